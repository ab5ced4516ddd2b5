/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "gateway/keyed_private.h"

/* What our keyed fields are made of. */

static const char *const bound[] = { "Message-ID", "Date", "From" };

int
keyed_plain(const struct header_field *field, struct buffer *out, struct error *e)
{
	const char *value = field->value;
	size_t n = field->value_size;

	text_trim(&value, &n);
	for (size_t i = 0; i < n; i++) {
		bool space = text_is_space(value[i]);

		if (space && text_is_space(value[i + 1]))
			continue;
		if (buffer_append_char(out, space ? ' ' : value[i], e) != 0)
			return -1;
	}
	return 0;
}

int
keyed_bind(const struct header_list *headers, struct buffer *out, struct error *e)
{
	for (size_t i = 0; i < sizeof(bound) / sizeof(bound[0]); i++)
		for (unsigned nth = 1; nth <= header_list_count_of(headers, bound[i]); nth++)
			if (buffer_append_format(out, e, "%s:", bound[i]) != 0 ||
			    keyed_plain(header_list_find(headers, bound[i], nth), out, e) != 0 ||
			    buffer_append_char(out, '\n', e) != 0)
				return -1;
	return 0;
}

/* The fields that name the message, as the edits leave them. */
static int
header_as_edited(const struct body *b, struct header_list **out, struct error *e)
{
	struct header_list *list = NULL;
	size_t *places = NULL;
	int rc = edits_result(&b->edits, b->message->headers, &list, &places, e);

	for (size_t i = 0; rc == 0 && i < b->edits.count; i++) {
		const struct edit *edit = &b->edits.items[i];

		if (edit->kind != EDIT_CHANGE)
			rc = header_list_append(list, edit->name, edit->value, strlen(edit->value), e);
	}
	free(places);
	if (rc == 0)
		*out = list;
	else
		header_list_free(list);
	return rc;
}

int
keyed_bind_edited(const struct body *b, struct buffer *out, struct error *e)
{
	struct header_list *list = NULL;
	int rc = header_as_edited(b, &list, e);

	if (rc == 0)
		rc = keyed_bind(list, out, e);
	header_list_free(list);
	return rc;
}

int
keyed_digest(struct spool_span body, bool with_space, char out[KEYED_DIGEST_TEXT], struct error *e)
{
	struct digest *digest = digest_new(DIGEST_SHA256, e);
	struct spool_reader reader;
	struct source source = spool_reader_source(&reader, body);
	unsigned char data[8192], raw[SHA256_SIZE];
	ssize_t n = -1;
	int rc = -1;

	while (digest != NULL && (n = source_read(&source, data, sizeof(data), e)) > 0) {
		size_t kept = 0;

		for (ssize_t i = 0; i < n; i++)
			if (with_space || !text_is_space((char)data[i]))
				data[kept++] = data[i];
		if (digest_update(digest, data, kept, e) != 0)
			goto out;
	}
	if (n == 0 && digest_final(digest, raw, e) == 0) {
		hex_encode(raw, sizeof(raw), out);
		rc = 0;
	}
out:
	digest_free(digest);
	return rc;
}

int
keyed_insert(struct body *b, const char *name, const char *value, struct error *e)
{
	struct buffer folded = BUFFER_INIT(2 * LIMIT_HEADER_FIELD);
	int rc = header_value_fold(value, strlen(value), strlen(name) + 1, &folded, e);

	if (rc == 0)
		rc = edits_insert(&b->edits, name, buffer_text(&folded), e);
	buffer_done(&folded);
	return rc;
}
