/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "mime/media_type.h"

/* A Content-Type as it stands in a field, changed in one parameter; every other octet stays. */

/* Behind the ";" or at the end that closes the segment at `at`: quoted strings and comments may hold others. */
static size_t
segment_end(const char *value, size_t n, size_t at)
{
	unsigned depth = 0;
	bool quoted = false;

	for (; at < n; at++) {
		char c = value[at];

		if (c == '\\' && (quoted || depth > 0))
			at++;
		else if (c == '"' && depth == 0)
			quoted = !quoted;
		else if (c == '(' && !quoted)
			depth++;
		else if (c == ')' && !quoted && depth > 0)
			depth--;
		else if (c == ';' && !quoted && depth == 0)
			break;
	}
	return at < n ? at : n;
}

/* Behind white space and comments. */
static size_t
skip_space(const char *text, size_t n, size_t at)
{
	unsigned depth = 0;

	for (; at < n && (depth > 0 || text_is_space(text[at]) || text[at] == '('); at++) {
		if (text[at] == '(')
			depth++;
		else if (text[at] == ')')
			depth--;
	}
	return at;
}

/* "name=" or, in the forms of RFC 2231, "name*…=". */
static bool
is_parameter(const char *segment, size_t n, const char *name)
{
	size_t at = skip_space(segment, n, 0), size = strlen(name);

	if (n - at < size || !text_equal_nocase_n(segment + at, size, name, size))
		return false;
	at += size;
	if (at < n && segment[at] == '*')
		return true;
	at = skip_space(segment, n, at);
	return at < n && segment[at] == '=';
}

/* How far the last line of the value reaches. */
static size_t
column_of(const struct buffer *b)
{
	size_t column = b->size;

	while (column > 0 && b->data[column - 1] != '\n')
		column--;
	return b->size - column;
}

static int
append_parameter(struct buffer *out, const char *name, const char *text, struct error *e)
{
	bool fits = column_of(out) + strlen(name) + strlen(text) + strlen("Content-Type:; =\"\"") <= 78;

	return buffer_append_format(out, e, ";%s %s=\"%s\"", fits ? "" : "\r\n", name, text);
}

int
media_type_set(const char *value, size_t n, const char *name, const char *text, struct buffer *out, struct error *e)
{
	size_t end = segment_end(value, n, 0), from = out->size;

	if (buffer_append(out, value, end, e) != 0)
		return -1;
	while (end < n) {
		size_t at = end + 1;

		end = segment_end(value, n, at);
		if (skip_space(value, end, at) == end || is_parameter(value + at, end - at, name))
			continue;
		if (buffer_append_char(out, ';', e) != 0 || buffer_append(out, value + at, end - at, e) != 0)
			return -1;
	}
	while (out->size > from && text_is_space(out->data[out->size - 1]))
		buffer_cut(out, out->size - 1);
	return text != NULL ? append_parameter(out, name, text, e) : 0;
}
