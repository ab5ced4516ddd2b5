/* SPDX-License-Identifier: BSD-2-Clause */

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/memory.h"

struct entry {
	char *name;
	void *value;
	struct entry *next;           /* in the same slot */
	struct entry *newer, *older;  /* by last use */
};

struct cache {
	const struct cache_values *values;
	size_t max, slots; /* slots: a power of two */
	pthread_mutex_t lock; /* guards what follows */
	int64_t revision;
	size_t count;
	struct entry **table;
	struct entry *newest, *oldest;
};

struct cache *
cache_new(size_t max, const struct cache_values *values, struct error *e)
{
	struct cache *c = memory_new(1, sizeof *c, e);

	if (c == NULL)
		return NULL;
	for (c->slots = 1; c->slots < max; c->slots *= 2)
		continue;
	c->table = memory_new(c->slots, sizeof c->table[0], e);
	if (c->table == NULL || pthread_mutex_init(&c->lock, NULL) != 0) {
		free(c->table);
		free(c);
		error_set(e, ERROR_NO_MEMORY, "cannot make a cache");
		return NULL;
	}
	c->max = max;
	c->values = values;
	return c;
}

/* FNV-1a; a slot that somebody fills on purpose costs at most `max` comparisons. */
static struct entry **
slot_of(const struct cache *c, const char *name)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3u;
	return &c->table[(h ^ h >> 32) & (c->slots - 1)];
}

static void
unlink_use(struct cache *c, struct entry *entry)
{
	*(entry->newer != NULL ? &entry->newer->older : &c->newest) = entry->older;
	*(entry->older != NULL ? &entry->older->newer : &c->oldest) = entry->newer;
}

static void
link_newest(struct cache *c, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = c->newest;
	*(c->newest != NULL ? &c->newest->newer : &c->oldest) = entry;
	c->newest = entry;
}

static void
drop(struct cache *c, struct entry *entry)
{
	struct entry **at = slot_of(c, entry->name);

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	unlink_use(c, entry);
	c->values->unref(entry->value);
	free(entry->name);
	free(entry);
	c->count--;
}

/* Whether the cache speaks of `revision`, emptied first if that is newer. */
static bool
is_current(struct cache *c, int64_t revision)
{
	if (revision > c->revision) {
#ifndef __clang_analyzer__ /* it does not see that another one is the oldest then */
		while (c->oldest != NULL)
			drop(c, c->oldest);
#endif
		c->revision = revision;
	}
	return revision == c->revision;
}

static struct entry *
find(const struct cache *c, const char *name)
{
	struct entry *entry = *slot_of(c, name);

	while (entry != NULL && strcmp(entry->name, name) != 0)
		entry = entry->next;
	return entry;
}

void *
cache_get(struct cache *c, int64_t revision, const char *name)
{
	struct entry *entry = NULL;
	void *value = NULL;

	pthread_mutex_lock(&c->lock);
	if (is_current(c, revision))
		entry = find(c, name);
	if (entry != NULL) {
		unlink_use(c, entry);
		link_newest(c, entry);
		value = c->values->ref(entry->value);
	}
	pthread_mutex_unlock(&c->lock);
	return value;
}

static void
add(struct cache *c, const char *name, void *value)
{
	struct entry *entry = memory_new(1, sizeof *entry, NULL), **slot = slot_of(c, name);

	if (entry != NULL)
		entry->name = memory_text(name, NULL);
	if (entry == NULL || entry->name == NULL) {
		free(entry);
		return;
	}
	entry->value = c->values->ref(value);
	entry->next = *slot;
	*slot = entry;
	link_newest(c, entry);
	c->count++;
}

void
cache_put(struct cache *c, int64_t revision, const char *name, void *value)
{
	pthread_mutex_lock(&c->lock);
	if (is_current(c, revision) && find(c, name) == NULL) {
		if (c->count >= c->max)
			drop(c, c->oldest);
		add(c, name, value);
	}
	pthread_mutex_unlock(&c->lock);
}

size_t
cache_count(struct cache *c)
{
	size_t count;

	pthread_mutex_lock(&c->lock);
	count = c->count;
	pthread_mutex_unlock(&c->lock);
	return count;
}

void
cache_free(struct cache *c)
{
	if (c == NULL)
		return;
#ifndef __clang_analyzer__ /* it does not see that another one is the oldest then */
	while (c->oldest != NULL)
		drop(c, c->oldest);
#endif
	pthread_mutex_destroy(&c->lock);
	free(c->table);
	free(c);
}
