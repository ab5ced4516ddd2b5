/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/inflate.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/limits.h"
#include "base/memory.h"

struct inflater {
	z_stream z;
	bool begun;                    /* there is a state in `z` to be given back */
	bool ended;                    /* the stream's end was seen */
	enum error_code failed;        /* ERROR_NONE, or why nothing more is taken */
	struct sink *to;
	uint64_t in, out, max;         /* octets */
	struct error allocation;       /* why the library got no memory */
	unsigned char block[16 * 1024];
};

/* ---- the library's memory ---- */

/* The size stands before what the library gets, so that it can be wiped. */
union head {
	size_t size;
	max_align_t align;
};

static void *
give(void *ctx, unsigned n, unsigned size)
{
	struct inflater *i = ctx;
	union head *head;

	if (size != 0 && n > (UINT_MAX - sizeof(*head)) / size)
		return NULL;
	head = memory_new(1, sizeof(*head) + (size_t)n * size, &i->allocation);
	if (head == NULL)
		return NULL;
	head->size = (size_t)n * size;
	return head + 1;
}

static void
take_back(void *ctx, void *p)
{
	union head *head = (union head *)p - 1;

	(void)ctx;
	memory_wipe(p, head->size);
	free(head);
}

int
inflater_new(struct sink *to, uint64_t max, struct inflater **out, struct error *e)
{
	struct inflater *i = memory_new(1, sizeof(*i), e);

	if (i == NULL)
		return -1;
	i->z.zalloc = give;
	i->z.zfree = take_back;
	i->z.opaque = i;
	i->to = to;
	i->max = max;
	if (inflateInit(&i->z) != Z_OK) {
		inflater_free(i);
		return error_set(e, ERROR_NO_MEMORY, "inflate");
	}
	i->begun = true;
	*out = i;
	return 0;
}

void
inflater_free(struct inflater *i)
{
	if (i == NULL)
		return;
	if (i->begun)
		(void)inflateEnd(&i->z);
	memory_wipe(i, sizeof(*i));
	free(i);
}

/* ---- the stream ---- */

static int
fail(struct inflater *i, enum error_code code, const char *why, struct error *e)
{
	i->failed = code;
	return error_set(e, code, "compressed data: %s", why);
}

/* What came out goes on, within the bounds. */
static int
pass_on(struct inflater *i, size_t n, struct error *e)
{
	if (n > i->max - i->out)
		return fail(i, ERROR_TOO_LARGE, "it holds more than there is room for", e);
	i->out += n;
	if (i->out > LIMIT_INFLATE_FREE && i->out / LIMIT_INFLATE_RATIO > i->in)
		return fail(i, ERROR_TOO_LARGE, "it holds far more than it is long", e);
	if (n > 0 && sink_write(i->to, i->block, n, e) != 0) {
		i->failed = ERROR_IO;
		return -1;
	}
	return 0;
}

/* One block out of what the library was given; more may follow. */
static int
step(struct inflater *i, struct error *e)
{
	unsigned before = i->z.avail_in;
	int rc;

	i->z.next_out = i->block;
	i->z.avail_out = sizeof(i->block);
	rc = inflate(&i->z, Z_NO_FLUSH);
	i->in += before - i->z.avail_in;
	i->ended = rc == Z_STREAM_END;
	if (rc == Z_MEM_ERROR)
		return fail(i, ERROR_NO_MEMORY, "no memory", e);
	if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) /* Z_BUF_ERROR: nothing to do, and no error */
		return fail(i, ERROR_CMS_SYNTAX, rc == Z_NEED_DICT ? "it wants a dictionary" : "malformed", e);
	return pass_on(i, sizeof(i->block) - i->z.avail_out, e);
}

static int
write_piece(struct inflater *i, const void *from, unsigned n, struct error *e)
{
	i->z.next_in = from;
	i->z.avail_in = n;
	do {
		if (i->ended)
			return i->z.avail_in == 0 ? 0 : fail(i, ERROR_CMS_SYNTAX, "something behind its end", e);
		if (step(i, e) != 0)
			return -1;
	} while (i->z.avail_in > 0 || i->z.avail_out == 0);
	return 0;
}

/* The library counts in unsigned int. */
static int
inflater_write(void *ctx, const void *from, size_t n, struct error *e)
{
	struct inflater *i = ctx;
	const unsigned char *data = from;

	if (i->failed != ERROR_NONE)
		return error_set(e, i->failed, "compressed data: it failed before");
	for (size_t piece; n > 0; data += piece, n -= piece) {
		piece = n < INT_MAX ? n : INT_MAX;
		if (write_piece(i, data, (unsigned)piece, e) != 0)
			return -1;
	}
	return 0;
}

struct sink
inflater_sink(struct inflater *i)
{
	return (struct sink){ inflater_write, i };
}

int
inflater_finish(struct inflater *i, struct error *e)
{
	if (i->failed != ERROR_NONE)
		return error_set(e, i->failed, "compressed data: it failed before");
	return i->ended ? 0 : error_set(e, ERROR_CMS_SYNTAX, "compressed data: cut off");
}
