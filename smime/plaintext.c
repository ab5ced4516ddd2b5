/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/text.h"
#include "smime/layers_private.h"

/*
 * What came out of an encrypted or opaque layer becomes a message's own root,
 * so it must be one MIME entity to every reader.  Ciphertext that was cut up
 * and put together anew, or opened with a wrong key, seldom is.
 */

/* The first field of a real entity is one of these or a structural one. */
static const char *const known_fields[] = { "From", "To", "Subject", "Date", "Message-ID" };

static bool
is_known_field(const char *name)
{
	if (header_is_structural(name))
		return true;
	for (size_t i = 0; i < sizeof(known_fields) / sizeof(known_fields[0]); i++)
		if (text_equal_nocase(name, known_fields[i]))
			return true;
	return false;
}

/* Control characters, save HT and the line ends of folds, are what garbage looks like and what smuggling needs. */
static bool
is_clean_value(const struct header_field *field)
{
	for (size_t i = 0; i < field->value_size; i++) {
		unsigned char c = (unsigned char)field->value[i];

		if (c == '\r' && i + 1 < field->value_size && field->value[i + 1] == '\n')
			i++;
		else if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static const char *
header_fault(const struct header_list *headers)
{
	bool known = false;

	if (header_list_count(headers) == 0)
		return "no-header";
	for (size_t i = 0; i < header_list_count(headers); i++) {
		const struct header_field *field = header_list_at(headers, i);

		if (!is_clean_value(field))
			return "control-character";
		if (header_is_structural(field->name) && field->nth > 1)
			return "duplicate-field";
		known = known || is_known_field(field->name);
	}
	return known ? NULL : "no-header";
}

/* The blank line behind the header is there. */
static int
ends_in_blank_line(struct spool_span header, bool *out, struct error *e)
{
	char tail[3];
	size_t n = header.size < sizeof(tail) ? (size_t)header.size : sizeof(tail);

	memset(tail, 0, sizeof(tail));
	if (n > 0 && spool_read_at(header.spool, header.offset + header.size - n, tail + sizeof(tail) - n, n, e) != 0)
		return -1;
	*out = memcmp(tail, "\n\r\n", 3) == 0 || memcmp(tail + 1, "\n\n", 2) == 0;
	return 0;
}

/* A message that is only attached may be as odd as it was; everything else holds together. */
static const char *
structure_fault(const struct entity *entity)
{
	const char *why = entity->ambiguity;

	if (entity_is(entity, "message", "rfc822") || entity_is(entity, "message", "global"))
		return NULL;
	for (size_t i = 0; why == NULL && i < entity->count; i++)
		why = structure_fault(entity->parts[i]);
	return why;
}

/*
 * Of the root's header only the fields that label the content go inside as they are; the others stay outside, where an
 * odd one makes the label of the ciphertext as doubtful.
 */
const char *
smime_ambiguity(const struct entity *entity)
{
	const char *why = entity->ambiguity;

	for (size_t i = 0; why == NULL && i < header_list_count(entity->headers); i++) {
		const struct header_field *field = header_list_at(entity->headers, i);

		if (!header_is_structural(field->name) || text_equal_nocase(field->name, "MIME-Version"))
			continue;
		if (!is_clean_value(field))
			why = "a control character in a header";
		else if (field->nth > 1)
			why = "a field that labels the content stands twice";
	}
	return why != NULL ? why : structure_fault(entity);
}

int
plaintext_read(struct spool_span whole, struct entity **out, const char **why, struct error *e)
{
	struct entity *entity = NULL;
	bool blank_line = false;

	if (entity_parse_whole(whole, &entity, e) != 0) {
		if (error_is_fault(e))
			return -1;
		error_clear(e);
		*why = "syntax";
		return 0;
	}
	if (ends_in_blank_line(entity->header_span, &blank_line, e) != 0) {
		entity_free(entity);
		return -1;
	}
	*why = header_fault(entity->headers);
	if (*why == NULL)
		*why = blank_line ? structure_fault(entity) : "no-blank-line";
	if (*why != NULL) {
		entity_free(entity);
		return 0;
	}
	*out = entity;
	return 0;
}
