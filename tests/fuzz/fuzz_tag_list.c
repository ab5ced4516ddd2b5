/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The first octet says how long the wanted name is, the name and a tag list follow: a value that is found stands within
 * the list, behind its name and "=", and holds no ";"; the same list with that tag once more is none.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "mime/tag_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_value(const char *list, size_t n, const char *name, struct tag_value value)
{
	const char *before = list;
	size_t room;

	if (value.at < list || value.at + value.size > list + n || memchr(value.at, ';', value.size) != NULL)
		abort();
	room = (size_t)(value.at - list);
	text_trim(&before, &room);
	if (room == 0 || before[room - 1] != '=')
		abort();
	room--;
	text_trim(&before, &room);
	if (room < strlen(name) || memcmp(before + room - strlen(name), name, strlen(name)) != 0)
		abort();
}

static void
check_twice(const char *list, size_t n, const char *name)
{
	struct buffer twice = BUFFER_INIT((size_t)1 << 20);
	struct tag_value value;

	if (buffer_append_format(&twice, NULL, "%s=;", name) == 0 && buffer_append(&twice, list, n, NULL) == 0 &&
	    tag_list_find(twice.data, twice.size, name, &value, NULL) == 0)
		abort();
	buffer_done(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n = size > 0 ? data[0] % 4 : 0;
	const char *list = (const char *)data + n + 1;
	struct tag_value value;
	char name[4] = "";

	if (size < n + 1)
		return 0;
	memcpy(name, data + 1, n);
	if (tag_list_find(list, size - n - 1, name, &value, NULL) != 0 || value.at == NULL)
		return 0;
	check_value(list, size - n - 1, name, value);
	check_twice(list, size - n - 1, name);
	return 0;
}
