/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdint.h>
#include <string.h>

#include "base/encoding.h"

/* ---- hexadecimal ---- */

void
hex_encode(const void *from, size_t n, char *to)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *octets = from;

	for (size_t i = 0; i < n; i++) {
		*to++ = digits[octets[i] >> 4];
		*to++ = digits[octets[i] & 0x0f];
	}
	*to = '\0';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
hex_decode(const char *text, size_t size, void *to, size_t n)
{
	unsigned char *octets = to;

	if (size % 2 != 0 || size / 2 != n)
		return -1;
	for (size_t i = 0; i < size; i++)
		if (hex_digit(text[i]) < 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		octets[i] = (unsigned char)((unsigned)hex_digit(text[2 * i]) << 4 | (unsigned)hex_digit(text[2 * i + 1]));
	return 0;
}

/* ---- base64, out ---- */

static const char base64_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* `n` octets as 4 * ceil(n / 3) characters; returns where they end. */
static char *
encode_octets(const unsigned char *from, size_t n, char *to)
{
	for (; n >= 3; from += 3, n -= 3, to += 4) {
		uint32_t bits = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];

		to[0] = base64_alphabet[bits >> 18];
		to[1] = base64_alphabet[bits >> 12 & 0x3f];
		to[2] = base64_alphabet[bits >> 6 & 0x3f];
		to[3] = base64_alphabet[bits & 0x3f];
	}
	if (n == 0)
		return to;
	*to++ = base64_alphabet[from[0] >> 2];
	*to++ = base64_alphabet[(from[0] & 0x03) << 4 | (n == 2 ? from[1] >> 4 : 0)];
	*to++ = n == 2 ? base64_alphabet[(from[1] & 0x0f) << 2] : '=';
	*to++ = '=';
	return to;
}

#define LINE_OCTETS 48 /* as 64 characters; RFC 2045 6.8 allows 76, PEM and CMS tools write 64 */
#define LINES_ONCE  32 /* lines handed to the sink in one call */

void
base64_writer_init(struct base64_writer *w, struct sink *to)
{
	w->to = to;
	w->count = 0;
}

static int
write_lines(struct base64_writer *w, const unsigned char *from, size_t lines, struct error *e)
{
	char text[LINES_ONCE * (LINE_OCTETS / 3 * 4 + 2)];
	char *at = text;

	for (size_t i = 0; i < lines; i++) {
		at = encode_octets(from + i * LINE_OCTETS, LINE_OCTETS, at);
		*at++ = '\r';
		*at++ = '\n';
	}
	return sink_write(w->to, text, (size_t)(at - text), e);
}

int
base64_write(struct base64_writer *w, const void *from, size_t n, struct error *e)
{
	const unsigned char *at = from;
	size_t some;

	if (w->count > 0) {
		some = LINE_OCTETS - w->count < n ? LINE_OCTETS - w->count : n;
		memcpy(w->pending + w->count, at, some);
		w->count += some;
		at += some;
		n -= some;
		if (w->count < LINE_OCTETS)
			return 0;
		if (write_lines(w, w->pending, 1, e) != 0)
			return -1;
		w->count = 0;
	}
	for (; n >= LINE_OCTETS; at += some * LINE_OCTETS, n -= some * LINE_OCTETS) {
		some = n / LINE_OCTETS < LINES_ONCE ? n / LINE_OCTETS : LINES_ONCE;
		if (write_lines(w, at, some, e) != 0)
			return -1;
	}
	if (n > 0)
		memcpy(w->pending, at, n);
	w->count = n;
	return 0;
}

int
base64_finish(struct base64_writer *w, struct error *e)
{
	char text[LINE_OCTETS / 3 * 4 + 2];
	char *at;

	if (w->count == 0)
		return 0;
	at = encode_octets(w->pending, w->count, text);
	*at++ = '\r';
	*at++ = '\n';
	w->count = 0;
	return sink_write(w->to, text, (size_t)(at - text), e);
}

static int
sink_base64(void *ctx, const void *from, size_t n, struct error *e)
{
	return base64_write(ctx, from, n, e);
}

struct sink
base64_writer_sink(struct base64_writer *w)
{
	return (struct sink){ sink_base64, w };
}

int
base64_encode_line(const void *from, size_t n, struct buffer *out, struct error *e)
{
	size_t size = n / 3 * 4 + (n % 3 != 0 ? 4 : 0);
	char *to;

	if (size < n)
		return error_set(e, ERROR_TOO_LARGE, "%zu octets as base64", n);
	to = buffer_reserve(out, size, e);
	if (to == NULL)
		return -1;
	encode_octets(from, n, to);
	out->size += size;
	return 0;
}

/* ---- base64, in ---- */

/* What each octet is: its value 0 to 63, or a class, which has the two high bits set. */
enum { XX = 0xff /* no part of base64 */, SP = 0xfe /* white space */, PD = 0xfd /* padding */ };
#define CLASS_BITS 0xc0

/* clang-format off */
static const unsigned char classes[256] = {
	XX, XX, XX, XX, XX, XX, XX, XX, XX, SP, SP, XX, XX, SP, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	SP, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, 62, XX, XX, XX, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, XX, XX, XX, PD, XX, XX,
	XX,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, XX, XX, XX, XX, XX,
	XX, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
	XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
};
/* clang-format on */

static int
bad_base64(struct error *e, const char *why)
{
	return error_set(e, ERROR_MIME_SYNTAX, "base64: %s", why);
}

/* Four characters are there: their 1 to 3 octets go to `done`. */
static int
finish_quad(struct base64_reader *r, struct error *e)
{
	unsigned char *q = r->quad;
	size_t octets = 3;

	if (q[3] == PD)
		octets = q[2] == PD ? 1 : 2;
	if (q[0] == PD || q[1] == PD || (q[2] == PD && q[3] != PD))
		return bad_base64(e, "padding in the wrong place");
	for (size_t i = octets + 1; i < 4; i++)
		q[i] = 0;
	r->done[0] = (unsigned char)(q[0] << 2 | q[1] >> 4);
	r->done[1] = (unsigned char)(q[1] << 4 | q[2] >> 2);
	r->done[2] = (unsigned char)(q[2] << 6 | q[3]);
	r->done_count = octets;
	r->done_used = 0;
	r->quad_count = 0;
	r->padded = octets < 3;
	return 0;
}

/* Take one character of the text. */
static int
take_character(struct base64_reader *r, unsigned char c, struct error *e)
{
	unsigned char class = classes[c];

	if (class == SP)
		return 0;
	if (class == XX)
		return bad_base64(e, "a character outside the alphabet");
	if (r->padded)
		return bad_base64(e, "text behind the padding");
	r->quad[r->quad_count++] = class;
	return r->quad_count == 4 ? finish_quad(r, e) : 0;
}

/* More text into `raw`; at the end of the source `ended` is set. */
static int
refill(struct base64_reader *r, struct error *e)
{
	ssize_t n = source_read(r->from, r->raw, sizeof r->raw, e);

	if (n < 0)
		return -1;
	r->raw_used = 0;
	r->raw_count = (size_t)n;
	if (n > 0)
		return 0;
	r->ended = true;
	return r->quad_count == 0 ? 0 : bad_base64(e, "the text ends within a group of four");
}

/*
 * Whole groups of four and the line ends between them, nearly all of a text, straight to the reader; returns octets.
 * Where both stand is kept in variables of its own: the octets written could be any of `r` to a compiler.
 */
static size_t
take_groups(struct base64_reader *r, unsigned char *to, size_t max)
{
	const unsigned char *text = r->raw + r->raw_used, *end = r->raw + r->raw_count;
	unsigned char *at = to;

	if (r->quad_count != 0 || r->padded)
		return 0;
	while (max >= 3 && end - text >= 4) {
		uint32_t a = classes[text[0]], b = classes[text[1]], c = classes[text[2]], d = classes[text[3]];
		uint32_t bits = a << 18 | b << 12 | c << 6 | d;

		if (((a | b | c | d) & CLASS_BITS) != 0) {
			if (text[0] != '\r' || text[1] != '\n')
				break;
			text += 2;
			continue;
		}
		at[0] = (unsigned char)(bits >> 16);
		at[1] = (unsigned char)(bits >> 8);
		at[2] = (unsigned char)bits;
		text += 4;
		at += 3;
		max -= 3;
	}
	r->raw_used = (size_t)(text - r->raw);
	return (size_t)(at - to);
}

static ssize_t
read_base64(void *ctx, void *to, size_t max, struct error *e)
{
	struct base64_reader *r = ctx;
	unsigned char *at = to;
	size_t n = 0, some;

	while (n < max) {
		if (r->done_used < r->done_count) {
			at[n++] = r->done[r->done_used++];
		} else if ((some = take_groups(r, at + n, max - n)) > 0) {
			n += some;
		} else if (r->raw_used < r->raw_count) {
			if (take_character(r, r->raw[r->raw_used++], e) != 0)
				return -1;
		} else if (r->ended || n > 0) {
			break;
		} else if (refill(r, e) != 0) {
			return -1;
		}
	}
	return (ssize_t)n;
}

struct source
base64_reader_source(struct base64_reader *r, struct source *from)
{
	r->from = from;
	r->raw_count = r->raw_used = 0;
	r->done_count = r->done_used = 0;
	r->quad_count = 0;
	r->padded = r->ended = false;
	return (struct source){ read_base64, r };
}

int
base64_decode_text(const char *text, size_t size, struct buffer *out, struct error *e)
{
	struct memory_source memory;
	struct source from = memory_source(&memory, text, size), octets;
	struct sink to = buffer_sink(out);
	struct base64_reader reader;
	size_t start = out->size;

	octets = base64_reader_source(&reader, &from);
	if (io_copy(&octets, &to, e) == 0)
		return 0;
	buffer_cut(out, start);
	return -1;
}
