/* SPDX-License-Identifier: BSD-2-Clause */

#include <iconv.h>
#include <stdint.h>

#include "base/text.h"
#include "mime/charset.h"
#include "mime/parameter_private.h"

/* gcc's analyser takes the -1 of iconv_open() for memory that is never freed. */
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

/*
 * Only these are converted: the name comes from a stranger, and iconv_open(3)
 * would load whatever converter it asks for.  Other names of files are shown
 * with "?"; nothing is decided by them.
 */
static const char *const convertible[] = { "iso-8859-1", "iso-8859-15", "windows-1252" };

static const char *
find_convertible(const char *charset)
{
	for (size_t i = 0; i < sizeof convertible / sizeof convertible[0]; i++)
		if (text_equal_nocase(charset, convertible[i]))
			return convertible[i];
	return NULL;
}

/* An octet alone in one of the above is at most three of UTF-8; 0 if it is none. */
static size_t
convert_octet(iconv_t cd, char octet, char to[4])
{
	char *in = &octet, *out = to;
	size_t in_left = 1, out_left = 4;

	if (iconv(cd, &in, &in_left, &out, &out_left) == (size_t)-1)
		return 0;
	return 4 - out_left;
}

static int
convert(iconv_t cd, const struct buffer *text, struct buffer *out, struct error *e)
{
	char utf8[4];

	for (size_t i = 0; i < text->size; i++) {
		size_t n = convert_octet(cd, text->data[i], utf8);

		if (text_printable_octets(utf8, n) == 0) {
			utf8[0] = '?';
			n = 1;
		}
		if (buffer_append(out, utf8, n, e) != 0)
			return -1;
	}
	return 0;
}

int
charset_to_utf8(const char *charset, const struct buffer *text, struct buffer *out, struct error *e)
{
	const char *from = find_convertible(charset);
	iconv_t cd = (iconv_t)-1;
	int rc;

	if (from != NULL)
		cd = iconv_open("UTF-8", from); /* its tables may not be installed */
	if (cd == (iconv_t)-1)
		return text_printable(buffer_text(text), text->size, SIZE_MAX, out, e);
	rc = convert(cd, text, out, e);
	iconv_close(cd);
	return rc;
}

/* ---- out of UTF-8 ---- */

/* What mail programs write and whose single octets are ASCII; multi-octet ones whose second octets could be are not here. */
static const char *const ascii_supersets[] = {
	"us-ascii", "utf-8", "iso-8859-1", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-7",
	"iso-8859-8", "iso-8859-9", "iso-8859-10", "iso-8859-13", "iso-8859-14", "iso-8859-15", "iso-8859-16",
	"windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255", "windows-1256",
	"windows-1257", "windows-1258", "koi8-r", "koi8-u", "euc-jp", "euc-kr", "gb2312",
};

static const char *
find_superset(const char *charset)
{
	for (size_t i = 0; i < sizeof ascii_supersets / sizeof ascii_supersets[0]; i++)
		if (text_equal_nocase(charset, ascii_supersets[i]))
			return ascii_supersets[i];
	return NULL;
}

bool
charset_holds_ascii(const char *charset)
{
	return find_superset(charset) != NULL;
}

int
charset_from_utf8(const char *charset, const struct buffer *text, struct buffer *out, bool *out_fits, struct error *e)
{
	const char *name = find_superset(charset);
	iconv_t cd = name == NULL ? (iconv_t)-1 : iconv_open(name, "UTF-8"); /* its tables may not be installed */
	struct buffer in = BUFFER_INIT(text->size + 1);
	size_t left, room = 2 * text->size + 16;
	char *from, *to = NULL, *start = NULL;

	*out_fits = false;
	if (cd == (iconv_t)-1)
		return 0;
	if (buffer_append(&in, buffer_text(text), text->size, e) == 0)
		start = to = buffer_reserve(out, room, e);
	from = in.data;
	left = in.size;
	if (to != NULL && (left == 0 || iconv(cd, &from, &left, &to, &room) == 0)) {
		*out_fits = true;
		out->size += (size_t)(to - start);
	}
	if (start != NULL)
		out->data[out->size] = '\0'; /* also over what a failed conversion left */
	iconv_close(cd);
	buffer_done(&in);
	return start == NULL ? -1 : 0;
}
