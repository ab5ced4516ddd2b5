/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/text.h"
#include "smime/layers_private.h"

/*
 * Who cuts CBC ciphertext up and puts it together anew leaves a block of 16
 * octets at each seam that nobody chose (EFAIL, USENIX Security 2018, 4.2).  In
 * ASCII or UTF-8 one in a million such blocks looks like text.  In a charset
 * where every octet is a letter it is one in seven, and there are several; in a
 * binary part nothing can be told, and no reader runs it as a page.
 */
enum alphabet {
	ALPHABET_UTF8,   /* also ASCII, and whatever base64 and quoted-printable write */
	ALPHABET_LEGACY, /* octets over 127 mean what the charset says */
	ALPHABET_ANY,
};

static bool
charset_is_unicode(const char *charset)
{
	return charset == NULL || text_equal_nocase(charset, "utf-8") || text_equal_nocase(charset, "us-ascii") ||
	    text_starts_nocase(charset, "iso-2022-");
}

static enum alphabet
alphabet_of(const struct entity *leaf)
{
	bool raw = leaf->encoding != ENCODING_QUOTED_PRINTABLE && leaf->encoding != ENCODING_BASE64;

	if (!raw)
		return ALPHABET_UTF8;
	if (text_equal_nocase(leaf->type->type, "text"))
		return charset_is_unicode(media_type_parameter(leaf->type, "charset")) ? ALPHABET_UTF8 : ALPHABET_LEGACY;
	return leaf->encoding == ENCODING_7BIT ? ALPHABET_UTF8 : ALPHABET_ANY;
}

/*
 * Not HT, LF, FF and CR, what ISO-2022 shifts with (SO, SI, ESC), what DOS ends a text with (SUB), and what separates
 * the segments of EDI messages (FS, GS, RS, US).
 */
static bool
is_foreign_control(unsigned char c)
{
	return (c < ' ' && strchr("\t\n\f\r\016\017\032\033\034\035\036\037", c) == NULL) || c == '\0' || c == 0x7f;
}

/* How many octets of the `n` are fine; fewer than `n` when the rest is not, or (with `more` to come) not yet. */
static size_t
fine_octets(enum alphabet alphabet, const char *s, size_t n)
{
	size_t i = 0, step = 1;

	for (; i < n && step > 0; i += step) {
		if (is_foreign_control((unsigned char)s[i]))
			break;
		step = alphabet == ALPHABET_LEGACY || (unsigned char)s[i] < 0x80 ? 1 : text_utf8_octets(s + i, n - i);
	}
	return i;
}

/* Is every octet of the span one that somebody wrote? */
static int
span_is_fine(enum alphabet alphabet, struct spool_span span, bool *out, struct error *e)
{
	struct spool_reader reader;
	struct source source = spool_reader_source(&reader, span);
	char block[4096 + 4];
	size_t kept = 0, fine;
	ssize_t n = 1;

	*out = true;
	while (n > 0 && *out && alphabet != ALPHABET_ANY) {
		n = source_read(&source, block + kept, 4096, e);
		if (n < 0)
			return -1;
		kept += (size_t)n;
		fine = fine_octets(alphabet, block, kept);
		/* The beginning of a character may wait for the rest of it. */
		*out = kept - fine < 4 && (fine == kept || (n > 0 && (unsigned char)block[fine] >= 0xc2));
		kept -= fine;
		memmove(block, block + fine, kept);
	}
	return 0;
}

static int
entity_is_fine(const struct entity *entity, bool *out, struct error *e)
{
	if (span_is_fine(ALPHABET_UTF8, entity->header_span, out, e) != 0)
		return -1;
	if (*out && entity->count == 0)
		return span_is_fine(alphabet_of(entity), entity->body, out, e);
	if (*out && span_is_fine(ALPHABET_UTF8, entity->preamble, out, e) != 0)
		return -1;
	if (*out && span_is_fine(ALPHABET_UTF8, entity->epilogue, out, e) != 0)
		return -1;
	for (size_t i = 0; i < entity->count && *out; i++)
		if (entity_is_fine(entity->parts[i], out, e) != 0)
			return -1;
	return 0;
}

int
layers_look_damaged(const struct smime_layers *layers, bool *out, struct error *e)
{
	bool fine = true;

	if (layers->entity != NULL && entity_is_fine(layers->entity, &fine, e) != 0)
		return -1;
	*out = !fine;
	return 0;
}
