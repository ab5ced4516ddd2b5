/* SPDX-License-Identifier: BSD-2-Clause */

/* What the header of an entity says about its body, and how surely. */

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "mime/entity_private.h"
#include "mime/line_facts_private.h"

/* RFC 2045 6.1 */
static const struct encoding_row {
	const char *name;
	enum transfer_encoding encoding;
} encodings[] = {
	{ "7bit", ENCODING_7BIT },
	{ "8bit", ENCODING_8BIT },
	{ "binary", ENCODING_BINARY },
	{ "quoted-printable", ENCODING_QUOTED_PRINTABLE },
	{ "base64", ENCODING_BASE64 },
};

bool
encoding_is_identity(enum transfer_encoding encoding)
{
	return encoding == ENCODING_7BIT || encoding == ENCODING_8BIT || encoding == ENCODING_BINARY;
}

static enum transfer_encoding
encoding_of(const struct header_list *headers)
{
	const struct header_field *field = header_list_find(headers, "Content-Transfer-Encoding", 1);
	const char *value;
	size_t n;

	if (field == NULL)
		return ENCODING_7BIT;
	value = field->value;
	n = field->value_size;
	text_trim(&value, &n);
	for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++)
		if (text_equal_nocase_n(value, n, encodings[i].name, strlen(encodings[i].name)))
			return encodings[i].encoding;
	return ENCODING_UNKNOWN;
}

static int
read_type(struct entity *entity, struct error *e)
{
	const struct header_field *field = header_list_find(entity->headers, "Content-Type", 1);
	const char *type = "text/plain";

	if (field != NULL)
		return media_type_parse(field->value, field->value_size, &entity->type, e);
	if (entity->parent != NULL && entity_is(entity->parent, "multipart", "digest"))
		type = "message/rfc822"; /* RFC 2046 5.1.5 */
	return media_type_parse(type, strlen(type), &entity->type, e);
}

/* A fold of white space only: legal once (RFC 5322 4.2), for some readers the end of the header. */
static bool
has_blank_fold(const struct header_field *field)
{
	const char *at = field->value;

	while ((at = strstr(at, "\r\n")) != NULL) {
		at += 2;
		at += strspn(at, " \t");
		if (*at == '\0' || strncmp(at, "\r\n", 2) == 0)
			return true;
	}
	return false;
}

static void
note_folds(struct entity *entity)
{
	for (size_t i = 0; i < header_list_count(entity->headers); i++)
		if (has_blank_fold(header_list_at(entity->headers, i)))
			entity_note(entity, "a header line of white space only");
}

int
entity_read_header(struct entity *entity, struct error *e)
{
	if (read_type(entity, e) != 0)
		return -1;
	entity->encoding = encoding_of(entity->headers);
	if (header_list_count_of(entity->headers, "Content-Type") > 1)
		entity_note(entity, "two Content-Type fields");
	if (header_list_count_of(entity->headers, "Content-Transfer-Encoding") > 1)
		entity_note(entity, "two Content-Transfer-Encoding fields");
	note_folds(entity);
	if (entity->header_facts.has_bare_cr)
		entity_note(entity, "a bare CR in a header");
	if (entity->type->type_ambiguous)
		entity_note(entity, "a Content-Type that can be read in more than one way");
	return 0;
}

void
entity_measure_header(struct entity *entity)
{
	for (size_t i = 0; i < header_list_count(entity->headers); i++) {
		const struct header_field *field = header_list_at(entity->headers, i);

		line_facts_add_value(&entity->header_facts, strlen(field->name), field->value, field->value_size);
	}
}

/*
 * RFC 2046 5.1.1 has fewer characters; what all readers compare alike will do.
 * Readers differ on escapes and outer blanks, and some would decode what looks
 * like an encoded-word.
 */
static bool
is_plain_boundary(const char *boundary, size_t n)
{
	if (boundary[0] == ' ' || boundary[n - 1] == ' ' || strncmp(boundary, "=?", 2) == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (boundary[i] < ' ' || boundary[i] > '~' || boundary[i] == '"' || boundary[i] == '\\')
			return false;
	return true;
}

const char *
entity_boundary(struct entity *entity, size_t *out_size)
{
	const char *boundary;

	if (!entity_is(entity, "multipart", NULL))
		return NULL;
	if (entity->type->ambiguous)
		entity_note(entity, "a multipart whose parameters can be read in more than one way");
	if (!encoding_is_identity(entity->encoding))
		entity_note(entity, "a multipart with a transfer encoding"); /* RFC 2045 6.4 forbids it */
	boundary = media_type_parameter(entity->type, "boundary");
	if (boundary == NULL || boundary[0] == '\0') {
		entity_note(entity, "a multipart without a boundary");
		return NULL;
	}
	*out_size = strlen(boundary);
	if (*out_size > LIMIT_BOUNDARY || !is_plain_boundary(boundary, *out_size)) {
		entity_note(entity, "a boundary that readers may compare differently");
		return NULL;
	}
	return boundary;
}

bool
entity_holds_message(const struct entity *entity)
{
	return entity_is(entity, "message", "rfc822") && encoding_is_identity(entity->encoding);
}
