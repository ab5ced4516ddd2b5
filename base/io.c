/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/io.h"

ssize_t
source_read(struct source *s, void *to, size_t max, struct error *e)
{
	return s->read(s->ctx, to, max, e);
}

int
sink_write(struct sink *s, const void *from, size_t n, struct error *e)
{
	return n == 0 ? 0 : s->write(s->ctx, from, n, e);
}

int
sink_text(struct sink *s, const char *text, struct error *e)
{
	return sink_write(s, text, strlen(text), e);
}

int
io_copy(struct source *from, struct sink *to, struct error *e)
{
	unsigned char block[16 * 1024];
	ssize_t n;

	while ((n = source_read(from, block, sizeof block, e)) > 0)
		if (sink_write(to, block, (size_t)n, e) != 0)
			return -1;
	return n == 0 ? 0 : -1;
}

static ssize_t
memory_read(void *ctx, void *to, size_t max, struct error *e)
{
	struct memory_source *m = ctx;
	size_t n = m->size - m->position;

	(void)e;
	if (n > max)
		n = max;
	if (n != 0)
		memcpy(to, m->data + m->position, n);
	m->position += n;
	return (ssize_t)n;
}

struct source
memory_source(struct memory_source *m, const void *data, size_t size)
{
	*m = (struct memory_source){ data, size, 0 };
	return (struct source){ memory_read, m };
}

static int
null_write(void *ctx, const void *from, size_t n, struct error *e)
{
	(void)ctx;
	(void)from;
	(void)n;
	(void)e;
	return 0;
}

struct sink
sink_null(void)
{
	return (struct sink){ null_write, NULL };
}
