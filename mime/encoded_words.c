/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <gmime/gmime.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"
#include "mime/address_field.h"
#include "mime/gmime_private.h"

/* `value` without the line ends of its folds, for GMime. */
static char *
unfold(const char *value, size_t n, struct error *e)
{
	char *copy = memory_copy(value, n, e), *to = copy, *text;

	if (copy == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (value[i] != '\r' && value[i] != '\n')
			*to++ = value[i] == '\t' ? ' ' : value[i];
	text = gmime_text(copy, (size_t)(to - copy), e);
	free(copy);
	return text;
}

int
encoded_words_decode(const char *value, size_t n, struct buffer *out, struct error *e)
{
	char *text, *decoded;
	const char *trimmed;
	size_t size;
	int rc;

	if (n > LIMIT_HEADER_FIELD)
		return error_set(e, ERROR_TOO_MANY_HEADERS, "a field over %d octets", LIMIT_HEADER_FIELD);
	text = unfold(value, n, e);
	if (text == NULL)
		return -1;
	gmime_begin();
	decoded = g_mime_utils_header_decode_text(NULL, text);
	trimmed = decoded;
	size = strlen(decoded);
	text_trim(&trimmed, &size);
	/* an encoded-word may hold line ends and worse: none comes out */
	rc = text_printable(trimmed, size, size, out, e);
	g_free(decoded);
	free(text);
	return rc;
}
