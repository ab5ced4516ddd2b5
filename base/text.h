/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

/* Small facts about text that several rooms need; ASCII rules, whatever the locale. */

bool text_equal_nocase(const char *a, const char *b);
bool text_equal_nocase_n(const char *a, size_t an, const char *b, size_t bn);
bool text_starts_nocase(const char *text, const char *prefix);
char text_lower(char c);
bool text_is_space(char c); /* SP, HT, CR, LF */

/* text_trim(&s, &n): drop white space at both ends. */
void text_trim(const char **s, size_t *n);

/*
 * text_printable(s, n, max, out, e): `s` for a log, reply or report: control
 * characters and non-UTF-8 become "?", longer than `max` octets is cut with
 * "...".  Never contains CR, LF or NUL.
 */
int text_printable(const char *s, size_t n, size_t max, struct buffer *out, struct error *e);

/* text_is_utf8(s, n): well-formed UTF-8 (RFC 3629), NUL allowed. */
bool text_is_utf8(const char *s, size_t n);

/* text_utf8_octets(s, n): octets of the well-formed UTF-8 character at the start of `s`; 0 if there is none. */
size_t text_utf8_octets(const char *s, size_t n);

/* text_printable_octets(s, n): the same, and 0 for a control character (C0, DEL, C1, U+2028, U+2029). */
size_t text_printable_octets(const char *s, size_t n);

/* text_clean(s): in place, every octet that text_printable() would not keep becomes "?". */
void text_clean(char *s);

#endif
