/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_TAG_LIST_H
#define MIME_TAG_LIST_H

#include <stddef.h>

#include "base/error.h"

/* A list of tags and values (RFC 6376 3.2), as a DKIM-Signature field has one. */

struct tag_value {
	const char *at; /* in the list, without the white space around it; NULL: the list has no such tag */
	size_t size;
};

/*
 * tag_list_find(list, n, name, out, e): the value of a tag; names are compared with their case.
 * ERROR_HEADER_SYNTAX: `list` is none.  A name that stands twice makes the whole list invalid.
 */
int tag_list_find(const char *list, size_t n, const char *name, struct tag_value *out, struct error *e);

#endif
