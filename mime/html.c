/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/text.h"
#include "mime/html.h"

static bool
is_letter(char c)
{
	char lower = text_lower(c);

	return lower >= 'a' && lower <= 'z';
}

static bool
ends_name(char c)
{
	return text_is_space(c) || c == '/' || c == '>' || c == '\f';
}

/* Behind the next `mark`, or the end. */
static size_t
behind(const char *text, size_t n, size_t at, const char *mark)
{
	const char *found = at < n ? memmem(text + at, n - at, mark, strlen(mark)) : NULL;

	return found == NULL ? n : (size_t)(found - text) + strlen(mark);
}

/* Behind the ">" of the tag that holds `at`; quoted values may hold others.  0: it does not end here. */
static size_t
tag_end(const char *text, size_t n, size_t at)
{
	char quote = '\0';

	for (; at < n; at++) {
		if (quote != '\0') {
			if (text[at] == quote)
				quote = '\0';
		} else if ((text[at] == '"' || text[at] == '\'') && at > 0 && text[at - 1] == '=') {
			quote = text[at];
		} else if (text[at] == '>') {
			return at + 1;
		}
	}
	return 0;
}

bool
html_tag_is(const struct html_tag *tag, const char *name)
{
	return text_equal_nocase_n(tag->name, tag->name_size, name, strlen(name));
}

/* Elements whose content is text to every reader. */
static bool
holds_text(const struct html_tag *tag)
{
	static const char *const names[] = { "script", "style", "title", "textarea" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !tag->closing; i++)
		if (html_tag_is(tag, names[i]))
			return true;
	return false;
}

/* At the closing tag of an element whose content is text. */
static size_t
text_end(const char *text, size_t n, size_t at, const struct html_tag *tag)
{
	for (; at + 2 + tag->name_size <= n; at++)
		if (text[at] == '<' && text[at + 1] == '/' &&
		    text_equal_nocase_n(text + at + 2, tag->name_size, tag->name, tag->name_size))
			return at;
	return n;
}

static bool
read_tag(const char *text, size_t n, size_t begin, struct html_tag *out)
{
	size_t at = begin + 1;

	out->begin = begin;
	out->closing = at < n && text[at] == '/';
	at += out->closing;
	if (at >= n || !is_letter(text[at]))
		return false;
	out->name = text + at;
	while (at < n && !ends_name(text[at]))
		at++;
	out->name_size = (size_t)(text + at - out->name);
	out->end = tag_end(text, n, at);
	return true;
}

bool
html_next(const char *text, size_t n, size_t *at, struct html_tag *out)
{
	while (*at < n) {
		const char *open = memchr(text + *at, '<', n - *at);
		size_t begin;

		if (open == NULL)
			break;
		begin = (size_t)(open - text);
		if (n - begin >= 4 && memcmp(open, "<!--", 4) == 0) {
			*at = behind(text, n, begin + 4, "-->");
		} else if (n - begin >= 2 && (open[1] == '!' || open[1] == '?')) {
			*at = behind(text, n, begin, ">");
		} else if (!read_tag(text, n, begin, out)) {
			*at = begin + 1;
		} else if (out->end == 0) {
			break;
		} else {
			*at = holds_text(out) ? text_end(text, n, out->end, out) : out->end;
			return true;
		}
	}
	*at = n;
	return false;
}

/* ---- attributes ---- */

/* The value of an attribute within a tag; quoted or bare. */
static bool
attribute(const char *at, const char *end, const char *name, const char **out, size_t *out_size)
{
	size_t size = strlen(name);

	for (; at + size < end; at++) {
		const char *value = at + size;

		if (!text_is_space(at[-1]) || !text_equal_nocase_n(at, size, name, size))
			continue;
		while (value < end && text_is_space(*value))
			value++;
		if (value == end || *value != '=')
			continue;
		for (value++; value < end && text_is_space(*value);)
			value++;
		if (value < end && (*value == '"' || *value == '\'')) {
			const char *close = memchr(value + 1, *value, (size_t)(end - value - 1));

			*out = value + 1;
			*out_size = close == NULL ? 0 : (size_t)(close - value - 1);
			return close != NULL;
		}
		*out = value;
		while (value < end && !text_is_space(*value) && *value != '>')
			value++;
		*out_size = (size_t)(value - *out);
		return true;
	}
	return false;
}

bool
html_tag_has_class(const char *text, const struct html_tag *tag, const char *word)
{
	const char *value;
	size_t n, at = 0;

	if (!attribute(tag->name + tag->name_size, text + tag->end, "class", &value, &n))
		return false;
	while (at < n) {
		size_t from = at;

		while (at < n && !text_is_space(value[at]))
			at++;
		if (text_equal_nocase_n(value + from, at - from, word, strlen(word)))
			return true;
		at++;
	}
	return false;
}

/* ---- places ---- */

bool
html_body_start(const char *text, size_t n, bool whole, size_t *out)
{
	struct html_tag tag;
	size_t at = 0, place = 0;
	bool has_frame = false, head_closed = false;

	while (html_next(text, n, &at, &tag)) {
		if (html_tag_is(&tag, "body") && !tag.closing) {
			*out = tag.end;
			return true;
		}
		has_frame = has_frame || html_tag_is(&tag, "html") || html_tag_is(&tag, "head");
		if (html_tag_is(&tag, "head") && tag.closing) {
			place = tag.end;
			head_closed = true;
		}
	}
	/* Without a body element the body begins behind the head, or is all there is. */
	*out = place;
	return whole && (head_closed || !has_frame);
}

bool
html_find_element(const char *text, size_t n, const char *name, const char *class, size_t *out_from, size_t *out_to)
{
	struct html_tag tag;
	size_t at = 0, depth = 0;

	while (html_next(text, n, &at, &tag)) {
		if (!html_tag_is(&tag, name))
			continue;
		if (depth == 0) {
			if (tag.closing || !html_tag_has_class(text, &tag, class))
				continue;
			*out_from = tag.begin;
		}
		if (!tag.closing)
			depth++;
		else if (--depth == 0) {
			*out_to = tag.end;
			return true;
		}
	}
	return false;
}
