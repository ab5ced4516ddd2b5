/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_LINE_FACTS_PRIVATE_H
#define MIME_LINE_FACTS_PRIVATE_H

#include "mime/entity.h"
#include "mime/line_reader_private.h"

/* What a line has shown so far, while it comes in pieces. */
struct line_meter {
	uint64_t length;
	char last_octet;
};

/*
 * line_facts_add(f, meter, piece): learn from a piece, its line end excepted: to
 * whom that belongs is known only at the next line (RFC 2046 5.1.1).  Returns
 * whether the piece holds a CR.
 */
bool line_facts_add(struct line_facts *f, struct line_meter *meter, const struct line_piece *piece);

/* line_facts_end(f, end): a line end that belongs to these facts. */
void line_facts_end(struct line_facts *f, enum line_end end);

/* line_facts_merge(f, part): `part` lies within what `f` is about.  `ends_in_line_end` stays. */
void line_facts_merge(struct line_facts *f, const struct line_facts *part);

/* line_facts_add_value(f, name_size, value, n): the lines of a header field. */
void line_facts_add_value(struct line_facts *f, size_t name_size, const char *value, size_t n);

#endif
