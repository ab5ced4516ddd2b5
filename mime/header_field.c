/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "mime/header_list.h"
#include "mime/header_list_private.h"

bool
header_is_structural(const char *name)
{
	return text_equal_nocase(name, "MIME-Version") || header_is_content(name);
}

bool
header_is_content(const char *name)
{
	return text_starts_nocase(name, "Content-");
}

int
header_field_unfolded(const struct header_field *field, struct buffer *out, struct error *e)
{
	const char *value = field->value;
	size_t n = field->value_size, before = out->size;

	text_trim(&value, &n);
	while (n > 0) {
		const char *lf = memchr(value, '\n', n);
		size_t line = lf == NULL ? n : (size_t)(lf - value);

		if (buffer_append(out, value, lf == NULL ? line : line - 1, e) != 0) {
			out->size = before;
			if (out->data != NULL)
				out->data[before] = '\0';
			return -1;
		}
		line += lf != NULL;
		value += line;
		n -= line;
	}
	return 0;
}

/* The next octet of a value in which each run of white space, folds included, is one space; at the end NUL. */
static char
next_octet(const char **at, const char *end)
{
	if (*at == end)
		return '\0';
	if (!text_is_space(**at))
		return *(*at)++;
	while (*at < end && text_is_space(**at))
		(*at)++;
	return ' ';
}

bool
header_field_same(const struct header_field *a, const struct header_field *b)
{
	const char *left = a->value, *right = b->value;
	size_t left_size = a->value_size, right_size = b->value_size;
	char one, other;

	text_trim(&left, &left_size);
	text_trim(&right, &right_size);
	for (const char *left_end = left + left_size, *right_end = right + right_size;;) {
		one = next_octet(&left, left_end);
		other = next_octet(&right, right_end);
		if (one != other || one == '\0')
			return one == other;
	}
}

#define LINE_WANTED 78 /* RFC 5322 2.1.1 */

int
header_value_fold(const char *text, size_t n, size_t column, struct buffer *out, struct error *e)
{
	size_t from = out->size;

	while (n > 0) {
		const char *space = memchr(text, ' ', n);
		size_t word = space == NULL ? n : (size_t)(space - text);
		bool breaks = word > 0 && column + 1 + word > LINE_WANTED && out->size > from;

		if (buffer_append_text(out, breaks ? "\r\n " : " ", e) != 0 || buffer_append(out, text, word, e) != 0)
			return -1;
		column = (breaks ? 0 : column) + 1 + word;
		word += space != NULL;
		text += word;
		n -= word;
	}
	return 0;
}

int
header_field_write(const struct header_field *field, struct sink *to, struct error *e)
{
	if (sink_text(to, field->name, e) != 0 || sink_write(to, ":", 1, e) != 0 ||
	    sink_write(to, field->value, field->value_size, e) != 0)
		return -1;
	return sink_write(to, "\r\n", 2, e);
}

int
header_list_write(const struct header_list *list, struct sink *to, struct error *e)
{
	for (size_t i = 0; i < header_list_count(list); i++)
		if (header_field_write(header_list_at(list, i), to, e) != 0)
			return -1;
	return 0;
}
