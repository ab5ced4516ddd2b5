/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_POOL_PRIVATE_H
#define CONF_POOL_PRIVATE_H

#include <stddef.h>

#include "base/error.h"

/*
 * What a snapshot of the settings owns: many small texts and arrays that are
 * never freed singly.  Everything a pool returns lives until pool_done().
 */
struct pool {
	void **items;
	size_t count, room;
};

#define POOL_INIT { NULL, 0, 0 }

void pool_done(struct pool *pool); /* frees all; the pool is empty and usable again */

/* pool_take(pool, p, e): own `p`, which is freed at once if that fails; returns `p` or NULL.  NULL is passed on. */
void *pool_take(struct pool *pool, void *p, struct error *e);

/* Zeroed room, a copy of `n` octets with a NUL behind them, formatted text; NULL on failure. */
void *pool_new(struct pool *pool, size_t n, size_t size, struct error *e);
char *pool_copy(struct pool *pool, const char *s, size_t n, struct error *e);
char *pool_format(struct pool *pool, struct error *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
