/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mime/line_reader_private.h"

int
line_reader_init(struct line_reader *r, struct spool_span span, struct error *e)
{
	memset(r, 0, sizeof(*r));
	r->room = span.size < LINE_BLOCK ? (size_t)span.size : LINE_BLOCK; /* most messages are small */
	r->block = memory_new(r->room, 1, e);
	if (r->block == NULL)
		return -1;
	r->span = span;
	return 0;
}

void
line_reader_done(struct line_reader *r)
{
	if (r->block != NULL)
		memory_wipe(r->block, r->room);
	free(r->block);
	r->block = NULL;
}

/* Move what is left to the front of the block and fill the rest. */
static int
refill(struct line_reader *r, struct error *e)
{
	uint64_t left = r->span.size - r->loaded;
	size_t kept = r->end - r->begin, n = r->room - kept;

	memmove(r->block, r->block + r->begin, kept);
	r->begin = 0;
	r->end = kept;
	if (n > left)
		n = (size_t)left;
	if (spool_read_at(r->span.spool, r->span.offset + r->loaded, r->block + kept, n, e) != 0)
		return -1;
	r->loaded += n;
	r->end += n;
	return 0;
}

static void
give(struct line_reader *r, struct line_piece *out, size_t size, bool last, enum line_end end)
{
	out->data = r->block + r->begin;
	out->size = size;
	out->offset = r->span.offset + r->loaded - (r->end - r->begin);
	out->first = !r->within_line;
	out->last = last;
	out->end = end;
	r->begin += size + line_end_size(end);
	r->within_line = !last;
}

static void
give_line(struct line_reader *r, struct line_piece *out, const char *lf)
{
	size_t size = (size_t)(lf - (r->block + r->begin));

	if (size > 0 && lf[-1] == '\r')
		give(r, out, size - 1, true, LINE_END_CRLF);
	else
		give(r, out, size, true, LINE_END_LF);
}

int
line_reader_next(struct line_reader *r, struct line_piece *out, struct error *e)
{
	const char *lf = NULL;
	size_t n = r->end - r->begin;

	if (n > 0)
		lf = memchr(r->block + r->begin, '\n', n);
	if (lf == NULL && r->loaded < r->span.size && n < r->room) {
		if (refill(r, e) != 0)
			return -1;
		lf = memchr(r->block + n, '\n', r->end - n);
		n = r->end;
	}
	if (lf != NULL) {
		give_line(r, out, lf);
		return 1;
	}
	if (n == 0)
		return 0;
	if (r->loaded == r->span.size)
		give(r, out, n, true, LINE_END_NONE);
	else /* a CR at the edge may be half of a CRLF */
		give(r, out, r->block[r->end - 1] == '\r' ? n - 1 : n, false, LINE_END_NONE);
	return 1;
}

uint64_t
line_piece_end(const struct line_piece *p)
{
	return p->offset + p->size + line_end_size(p->end);
}

unsigned
line_end_size(enum line_end end)
{
	return end == LINE_END_CRLF ? 2 : end == LINE_END_LF ? 1 : 0;
}
