/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CACHE_H
#define BASE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * What was read from a source at one of its revisions, by name: bounded, the
 * least recently used goes first.  A newer revision empties it; for what never
 * changes the revision is always 0.  Values are counted and immutable; the lock
 * inside guards the table only and is held for a look-up, never while something
 * is loaded or used.
 */
struct cache_values {
	void *(*ref)(void *value);
	void (*unref)(void *value);
};

struct cache;
struct cache *cache_new(size_t max, const struct cache_values *values, struct error *e);
void cache_free(struct cache *c); /* NULL is fine */

/* cache_get(c, revision, name): a reference of its own, or NULL. */
void *cache_get(struct cache *c, int64_t revision, const char *name);

/*
 * cache_put(c, revision, name, value): remember what was read after `revision` had been asked for; takes a
 * reference of its own.  What is older than the cache, or finds no memory, is not remembered.
 */
void cache_put(struct cache *c, int64_t revision, const char *name, void *value);

size_t cache_count(struct cache *c);

#endif
