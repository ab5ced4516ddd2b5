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
