/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_LINE_READER_PRIVATE_H
#define MIME_LINE_READER_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/spool.h"

/*
 * The lines of a span, read in blocks.  A line ends in CRLF or in a bare LF; a
 * bare CR is an octet of its line.  A line longer than a block comes in pieces:
 * only the first has `first`, only the last has `last`.
 */
enum line_end { LINE_END_NONE, LINE_END_LF, LINE_END_CRLF };

#define LINE_BLOCK 65536 /* above LIMIT_HEADER_FIELD's lines and every delimiter, so that those come whole */

struct line_piece {
	const char *data; /* within the reader's block, until the next call */
	size_t size;      /* without the line end */
	uint64_t offset;  /* of `data` within the spool */
	bool first, last;
	enum line_end end; /* NONE unless `last`; NONE at the end of the span */
};

struct line_reader {
	struct spool_span span;
	uint64_t loaded; /* octets of the span that are or were in `block` */
	char *block;     /* wiped when done */
	size_t room;     /* of `block`: LINE_BLOCK, or the whole of a smaller span */
	size_t begin, end;
	bool within_line;
};

/* line_reader_init(r, span, e): at the start of `span`; owns its block until line_reader_done(). */
int line_reader_init(struct line_reader *r, struct spool_span span, struct error *e);
void line_reader_done(struct line_reader *r); /* zeroed is fine */

/* line_reader_next(r, out, e): 1 and the next piece, 0 at the end of the span, -1. */
int line_reader_next(struct line_reader *r, struct line_piece *out, struct error *e);

/* line_piece_end(p): where the next line begins, within the spool. */
uint64_t line_piece_end(const struct line_piece *p);

/* line_end_size(end): 0, 1 or 2. */
unsigned line_end_size(enum line_end end);

#endif
