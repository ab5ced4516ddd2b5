/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdint.h>
#include <string.h>

#include "base/text.h"

char
text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
text_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
text_equal_nocase_n(const char *a, size_t an, const char *b, size_t bn)
{
	if (an != bn)
		return false;
	for (size_t i = 0; i < an; i++)
		if (text_lower(a[i]) != text_lower(b[i]))
			return false;
	return true;
}

bool
text_equal_nocase(const char *a, const char *b)
{
	return text_equal_nocase_n(a, strlen(a), b, strlen(b));
}

bool
text_starts_nocase(const char *text, const char *prefix)
{
	for (; *prefix != '\0'; text++, prefix++)
		if (text_lower(*text) != text_lower(*prefix))
			return false;
	return true;
}

void
text_trim(const char **s, size_t *n)
{
	while (*n > 0 && text_is_space(**s)) {
		(*s)++;
		(*n)--;
	}
	while (*n > 0 && text_is_space((*s)[*n - 1]))
		(*n)--;
}

/*
 * The well-formed sequences of RFC 3629 4: by first octet the range of the
 * second, which excludes overlong forms, surrogates and what is past U+10FFFF.
 */
static const struct utf8_row {
	unsigned char first, last, second_low, second_high, octets;
} utf8_rows[] = {
	{ 0x00, 0x7f, 0x00, 0x00, 1 },
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static const struct utf8_row *
utf8_row_of(unsigned char first)
{
	for (size_t i = 0; i < sizeof utf8_rows / sizeof utf8_rows[0]; i++)
		if (first >= utf8_rows[i].first && first <= utf8_rows[i].last)
			return &utf8_rows[i];
	return NULL;
}

size_t
text_utf8_octets(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	const struct utf8_row *row = n == 0 ? NULL : utf8_row_of(u[0]);

	if (row == NULL || n < row->octets)
		return 0;
	if (row->octets > 1 && (u[1] < row->second_low || u[1] > row->second_high))
		return 0;
	for (size_t i = 2; i < row->octets; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	return row->octets;
}

bool
text_is_utf8(const char *s, size_t n)
{
	for (size_t octets; n > 0; s += octets, n -= octets)
		if ((octets = text_utf8_octets(s, n)) == 0)
			return false;
	return true;
}

/* C0 and DEL; C1 (U+0080 to U+009F), which terminals obey too; the line separators U+2028 and U+2029. */
static bool
is_control(const char *s, size_t octets)
{
	const unsigned char *u = (const unsigned char *)s;

	if (octets == 1)
		return u[0] < 0x20 || u[0] == 0x7f;
	if (octets == 2)
		return u[0] == 0xc2 && u[1] < 0xa0;
	return octets == 3 && u[0] == 0xe2 && u[1] == 0x80 && (u[2] == 0xa8 || u[2] == 0xa9);
}

size_t
text_printable_octets(const char *s, size_t n)
{
	size_t octets = text_utf8_octets(s, n);

	return octets != 0 && !is_control(s, octets) ? octets : 0;
}

void
text_clean(char *s)
{
	size_t n = strlen(s);

	for (size_t octets; n > 0; s += octets, n -= octets)
		if ((octets = text_printable_octets(s, n)) == 0) {
			*s = '?';
			octets = 1;
		}
}

/* One character of the printable form: itself, or "?" for a whole control character or one bad octet. */
static size_t
printable_step(const char *s, size_t n, size_t *written)
{
	size_t octets = text_utf8_octets(s, n);

	*written = text_printable_octets(s, n);
	return octets == 0 ? 1 : octets;
}

/* How much of `s` to take so that its printable form has at most `max` octets. */
static size_t
printable_fit(const char *s, size_t n, size_t max)
{
	size_t taken = 0, size = 0, written, step;

	while (taken < n) {
		step = printable_step(s + taken, n - taken, &written);
		if (written == 0)
			written = 1;
		if (written > max - size)
			break;
		size += written;
		taken += step;
	}
	return taken;
}

int
text_printable(const char *s, size_t n, size_t max, struct buffer *out, struct error *e)
{
	size_t start = out->size, fit = printable_fit(s, n, max), written;
	const char *tail = "";
	int rc = -1;

	if (fit < n) {
		tail = max >= 3 ? "..." : "";
		fit = printable_fit(s, n, max >= 3 ? max - 3 : max);
	}
	for (size_t i = 0, step; i < fit; i += step) {
		step = printable_step(s + i, n - i, &written);
		if (buffer_append(out, written != 0 ? s + i : "?", written != 0 ? written : 1, e) != 0)
			goto out;
	}
	rc = buffer_append_text(out, tail, e);
out:
	if (rc != 0)
		buffer_cut(out, start);
	return rc;
}
