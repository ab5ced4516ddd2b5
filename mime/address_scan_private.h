/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_ADDRESS_SCAN_PRIVATE_H
#define MIME_ADDRESS_SCAN_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"

/*
 * A second reader of address fields: RFC 5322 3.4 without its obsolete forms
 * (but for empty elements and dots in phrases, which all readers know), UTF-8
 * as RFC 6532 allows it, and no attempt to make sense of anything else.
 */
struct address_scan {
	struct address_list list; /* complete only if `strict` */
	bool strict;              /* the whole value follows the grammar */
	bool has_group;
	bool at_in_comment;       /* a comment holds an "@" */
	size_t colons, commas;    /* in the whole value */
	bool open_comment;        /* some "(" has no ")" of its own, read in one way or another */
};

/* address_scan(value, n, out, e): fails only for want of memory. */
int address_scan(const char *value, size_t n, struct address_scan *out, struct error *e);
void address_scan_done(struct address_scan *s);

#endif
