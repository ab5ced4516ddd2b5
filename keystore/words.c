/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "keystore/keystore_private.h"

struct words *
words_new(struct error *e)
{
	struct words *w = memory_new(1, sizeof *w, e);

	if (w != NULL)
		atomic_init(&w->references, 1);
	return w;
}

int
words_add(struct words *w, const char *text, struct error *e)
{
	char *copy = memory_text(text, e), **items;

	if (copy == NULL)
		return -1;
	items = memory_resize(w->items, w->count + 1, sizeof items[0], e);
	if (items == NULL) {
		free(copy);
		return -1;
	}
	w->items = items;
	w->items[w->count++] = copy;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
words_sort(struct words *w)
{
	if (w->count > 1)
		qsort(w->items, w->count, sizeof w->items[0], compare);
}

bool
words_have(const struct words *w, const char *text)
{
	return w->count > 0 && bsearch(&text, w->items, w->count, sizeof w->items[0], compare) != NULL;
}

static void *
words_ref(void *value)
{
	atomic_fetch_add(&((struct words *)value)->references, 1);
	return value;
}

void
words_unref(struct words *w)
{
	if (w == NULL || atomic_fetch_sub(&w->references, 1) != 1)
		return;
	for (size_t i = 0; i < w->count; i++)
		free(w->items[i]);
	free(w->items);
	free(w);
}

static void
release(void *value)
{
	words_unref(value);
}

const struct cache_values words_values = { words_ref, release };
