/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "mime/tag_list.h"

#define TAGS_MAX 64 /* RFC 6376 3.5 knows 14 */

struct tag {
	const char *name;
	size_t name_size;
	struct tag_value value;
};

static int
malformed(struct error *e, const char *why)
{
	(void)error_set(e, ERROR_HEADER_SYNTAX, "tag list: %s", why);
	return -1; /* said here, so that an analyser sees it, too */
}

static bool
is_letter(char c)
{
	return text_lower(c) >= 'a' && text_lower(c) <= 'z';
}

static bool
is_name(const char *s, size_t n)
{
	if (n == 0 || !is_letter(s[0]))
		return false;
	for (size_t i = 1; i < n; i++)
		if (!is_letter(s[i]) && (s[i] < '0' || s[i] > '9') && s[i] != '_')
			return false;
	return true;
}

/* VALCHAR and folds; and UTF-8, which a U-label in a domain needs (RFC 8616 3). */
static bool
is_value(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!text_is_space(s[i]) && ((unsigned char)s[i] < ' ' || s[i] == 0x7f))
			return false;
	return true;
}

static int
read_tag(const char *s, size_t n, struct tag *out, struct error *e)
{
	const char *equals = memchr(s, '=', n);
	struct tag tag;

	if (equals == NULL)
		return malformed(e, "a tag without a value");
	tag.name = s;
	tag.name_size = (size_t)(equals - s);
	tag.value.at = equals + 1;
	tag.value.size = n - tag.name_size - 1;
	text_trim(&tag.name, &tag.name_size);
	text_trim(&tag.value.at, &tag.value.size);
	if (!is_name(tag.name, tag.name_size) || !is_value(tag.value.at, tag.value.size))
		return malformed(e, "a character that is not allowed");
	*out = tag;
	return 0;
}

static const struct tag *
find(const struct tag *tags, size_t count, const char *name, size_t n)
{
	for (size_t i = 0; i < count; i++)
		if (tags[i].name_size == n && memcmp(tags[i].name, name, n) == 0)
			return &tags[i];
	return NULL;
}

static bool
is_blank(const char *s, size_t n)
{
	text_trim(&s, &n);
	return n == 0;
}

static int
read_tags(const char *list, size_t n, struct tag tags[TAGS_MAX], size_t *out_count, struct error *e)
{
	const char *end = list + n, *stop;
	size_t count = 0;

	for (const char *at = list; count == 0 || !is_blank(at, (size_t)(end - at)); at = stop < end ? stop + 1 : end) {
		stop = memchr(at, ';', (size_t)(end - at));
		if (stop == NULL)
			stop = end;
		if (count == TAGS_MAX)
			return malformed(e, "too many tags");
		if (read_tag(at, (size_t)(stop - at), &tags[count], e) != 0)
			return -1;
		if (find(tags, count, tags[count].name, tags[count].name_size) != NULL)
			return malformed(e, "a tag stands twice");
		count++;
	}
	*out_count = count;
	return 0;
}

int
tag_list_find(const char *list, size_t n, const char *name, struct tag_value *out, struct error *e)
{
	struct tag tags[TAGS_MAX];
	const struct tag *tag;
	size_t count = 0;

	if (read_tags(list, n, tags, &count, e) != 0)
		return -1;
	tag = find(tags, count, name, strlen(name));
	*out = tag != NULL ? tag->value : (struct tag_value){ NULL, 0 };
	return 0;
}
