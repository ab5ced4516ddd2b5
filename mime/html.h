/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_HTML_H
#define MIME_HTML_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The tags of a text/html part, one after the other: as much of HTML's syntax
 * as it takes to find an element's place.  Comments, declarations and what
 * stands in script, style, title and textarea elements are passed over.
 */
struct html_tag {
	const char *name; /* within the text; compared without case */
	size_t name_size;
	bool closing;       /* </name> */
	size_t begin, end;  /* from its "<" to behind its ">" */
};

/* html_next(text, n, at, out): the next tag that is whole, from `*at` on, which moves behind it; false: there is none. */
bool html_next(const char *text, size_t n, size_t *at, struct html_tag *out);

bool html_tag_is(const struct html_tag *tag, const char *name);
bool html_tag_has_class(const char *text, const struct html_tag *tag, const char *word);

/* html_body_start(text, n, whole, out): where the content of the body begins; false if that lies further on or is unclear. */
bool html_body_start(const char *text, size_t n, bool whole, size_t *out);

/* html_find_element(text, n, name, class, out_from, out_to): the first element of that name and class, its tags included. */
bool html_find_element(const char *text, size_t n, const char *name, const char *class, size_t *out_from,
    size_t *out_to);

#endif
