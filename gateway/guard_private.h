/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GATEWAY_GUARD_PRIVATE_H
#define GATEWAY_GUARD_PRIVATE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/io.h"

/*
 * The last look at text of ours: no octet goes on that one MTA takes for a line end and the next does not, or that ends a
 * text to some (CVE-2023-51764): NUL, and a CR or LF alone, are ERROR_MIME_SYNTAX.
 */
struct guard {
	struct sink *to;
	char last;
	bool eight_bit; /* an octet above 127 went through */
};

/* guard_sink(g, to): a sink that passes on to `to`; both are borrowed.  guard_end(g, e): the text is whole. */
struct sink guard_sink(struct guard *g, struct sink *to);
int guard_end(const struct guard *g, struct error *e);

#endif
