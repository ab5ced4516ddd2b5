/* SPDX-License-Identifier: BSD-2-Clause */

#include <gmime/gmime.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"
#include "mime/gmime_private.h"

static pthread_once_t begun = PTHREAD_ONCE_INIT;

void
gmime_begin(void)
{
	pthread_once(&begun, g_mime_init);
}

/* ---- encoded-words ---- */

/* "=?charset?B?payload?=" with its parts; the payload may be anything. */
struct base64_word {
	const char *encoding, *payload, *end;
};

static bool
find_base64_word(const char *s, struct base64_word *out)
{
	const char *charset = s + 2, *inner;

	out->encoding = charset + strcspn(charset, "? ");
	if (out->encoding == charset || *out->encoding++ != '?' || text_lower(out->encoding[0]) != 'b' ||
	    out->encoding[1] != '?')
		return false;
	out->payload = out->encoding + 2;
	out->end = strstr(out->payload, "?=");
	inner = strstr(out->payload, "=?");
	return out->end != NULL && (inner == NULL || inner >= out->end - 1);
}

/* Readers begin anew behind a padding, and pass over what is no base64. */
static int
append_quoted(const struct base64_word *word, struct buffer *out, struct error *e)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, count = 0;

	for (const char *s = word->payload; s < word->end; s++) {
		const char *digit = strchr(digits, *s);

		if (*s == '=')
			bits = count = 0;
		if (digit == NULL)
			continue;
		bits = (bits << 6 | (unsigned)(digit - digits)) & 0xffff;
		count += 6;
		if (count < 8)
			continue;
		count -= 8;
		if (buffer_append_format(out, e, "=%02X", bits >> count & 0xff) != 0)
			return -1;
	}
	return 0;
}

/* The text up to the next "=?", or the word that begins there; `*at` moves behind it. */
static int
append_next(const char **at, struct buffer *out, struct error *e)
{
	const char *start = *at, *next;
	struct base64_word word;

	if (start[0] != '=' || start[1] != '?' || !find_base64_word(start, &word)) {
		next = strstr(start + 1, "=?");
		*at = next != NULL ? next : start + strlen(start);
		return buffer_append(out, start, (size_t)(*at - start), e);
	}
	*at = word.end;
	if (buffer_append(out, start, (size_t)(word.encoding - start), e) != 0 || buffer_append_text(out, "Q?", e) != 0)
		return -1;
	return append_quoted(&word, out, e);
}

char *
gmime_text(const char *value, size_t n, struct error *e)
{
	struct buffer out = BUFFER_INIT(3 * n + 1); /* four characters become nine at most */
	char *copy = memory_copy(value, n, e);
	const char *at = copy;

	for (size_t i = 0; copy != NULL && i < n; i++)
		if (copy[i] == '\0')
			copy[i] = '?';
	while (at != NULL && *at != '\0')
		if (append_next(&at, &out, e) != 0)
			at = NULL;
	if (at != NULL && out.size == 0)
		return copy; /* empty */
	free(copy);
	if (at == NULL)
		buffer_done(&out);
	return buffer_take(&out);
}
