/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "conf/pool_private.h"

void
pool_done(struct pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		free(pool->items[i]);
	free(pool->items);
	*pool = (struct pool)POOL_INIT;
}

static int
grow(struct pool *pool, struct error *e)
{
	size_t room = pool->room == 0 ? 64 : pool->room * 2;
	void **items = memory_resize(pool->items, room, sizeof items[0], e);

	if (items == NULL)
		return -1;
	pool->items = items;
	pool->room = room;
	return 0;
}

void *
pool_take(struct pool *pool, void *p, struct error *e)
{
	if (p == NULL)
		return NULL;
	if (pool->count == pool->room && grow(pool, e) != 0) {
		free(p);
		return NULL;
	}
	pool->items[pool->count++] = p;
	return p;
}

void *
pool_new(struct pool *pool, size_t n, size_t size, struct error *e)
{
	return pool_take(pool, memory_new(n, size, e), e);
}

char *
pool_copy(struct pool *pool, const char *s, size_t n, struct error *e)
{
	return pool_take(pool, memory_copy(s, n, e), e);
}

char *
pool_format(struct pool *pool, struct error *e, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n >= 0)
		text = pool_new(pool, (size_t)n + 1, 1, e);
	if (text == NULL)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}
