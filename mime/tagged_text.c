/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include <gmime/gmime.h>

#include "base/limits.h"
#include "base/text.h"
#include "mime/address_field.h"
#include "mime/gmime_private.h"
#include "mime/tagged_text.h"

#define DECODED_MAX                                                                                          \
	((size_t)4 * LIMIT_HEADER_FIELD) /* an octet of a legacy charset may become four of UTF-8 */

static const char *
find(const char *text, const char *tag)
{
	for (; *text != '\0'; text++)
		if (text_starts_nocase(text, tag))
			return text;
	return NULL;
}

int
tagged_text_has(const char *value, size_t n, const char *tag, bool *out, struct error *e)
{
	struct buffer text = BUFFER_INIT(DECODED_MAX);
	int rc = encoded_words_decode(value, n, &text, e);

	if (rc == 0)
		*out = find(buffer_text(&text), tag) != NULL;
	buffer_done(&text);
	return rc;
}

int
tagged_text_begins(const char *value, size_t n, const char *tag, bool *out, struct error *e)
{
	struct buffer text = BUFFER_INIT(DECODED_MAX);
	int rc = encoded_words_decode(value, n, &text, e);

	if (rc == 0)
		*out = text_starts_nocase(buffer_text(&text), tag);
	buffer_done(&text);
	return rc;
}

/* Again from the start each time: what stood around one tag may form another. */
static void
cut_tags(char *text, const char *tag)
{
	const char *found;
	size_t blanks, size;

	while ((found = find(text, tag)) != NULL) {
		char *at = text + (found - text);
		const char *rest = at + strlen(tag);

		if ((at == text || at[-1] == ' ') && *rest == ' ')
			rest++;
		memmove(at, rest, strlen(rest) + 1);
	}
	blanks = strspn(text, " "); /* no reader shows what stands around a text */
	size = strlen(text + blanks);
	memmove(text, text + blanks, size + 1);
	for (; size > 0 && text[size - 1] == ' '; size--)
		text[size - 1] = '\0';
}

/* GMime's fold begins lines behind "\n" and ends in one. */
static int
append_folded(const char *folded, struct buffer *out, struct error *e)
{
	size_t n = strlen(folded);

	while (n > 0 && folded[n - 1] == '\n')
		n--;
	for (size_t i = 0; i < n; i++)
		if ((folded[i] == '\n' && buffer_append_char(out, '\r', e) != 0) ||
		    buffer_append_char(out, folded[i], e) != 0)
			return -1;
	return 0;
}

static int
reads_back_as(const char *folded, const char *text, bool *out, struct error *e)
{
	struct buffer decoded = BUFFER_INIT(DECODED_MAX);
	int rc = encoded_words_decode(folded, strlen(folded), &decoded, e);

	if (rc == 0)
		*out = strcmp(buffer_text(&decoded), text) == 0;
	buffer_done(&decoded);
	return rc;
}

/* As the value of a Subject: the longest name that a trigger's tag is removed from leaves the same room. */
static int
write_text(const char *text, struct buffer *out, struct error *e)
{
	static const char name[] = "Thread-Topic:";
	char *encoded, *line, *folded;
	bool same = false;
	int rc = 0;

	gmime_begin();
	encoded = g_mime_utils_header_encode_text(NULL, text, "utf-8");
	line = g_strconcat(name, " ", encoded, NULL);
	folded = g_mime_utils_unstructured_header_fold(NULL, NULL, line);
	if (strncmp(folded, name, strlen(name)) == 0)
		rc = reads_back_as(folded + strlen(name), text, &same, e);
	if (rc == 0 && !same)
		rc = error_set(e, ERROR_HEADER_SYNTAX,
		    "a text that reads differently when it is written without its tag");
	if (rc == 0)
		rc = append_folded(folded + strlen(name), out, e);
	g_free(folded);
	g_free(line);
	g_free(encoded);
	return rc;
}

int
tagged_text_remove(const char *value, size_t n, const char *tag, struct buffer *out, struct error *e)
{
	struct buffer text = BUFFER_INIT(DECODED_MAX);
	int rc = encoded_words_decode(value, n, &text, e);

	if (rc == 0 && text.size == 0)
		rc = buffer_append_char(out, ' ', e);
	else if (rc == 0) {
		cut_tags(text.data, tag);
		rc = write_text(text.data, out, e);
	}
	buffer_done(&text);
	return rc;
}
