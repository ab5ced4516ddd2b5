/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_KEYSTORE_WORLD_H
#define TESTS_UNIT_KEYSTORE_WORLD_H

#include "audit/audit.h"
#include "store/rows.h"
#include "tests/unit/keystore/pki.h"

/* A store with its record, in a place of its own. */
struct world {
	struct secret master;
	char path[512], record[512];
	struct store *store;
	struct audit *audit;
	struct witness w;
};
struct world world_new(void);
/* world_copy(path, master): the same with a copy of a closed store. */
struct world world_copy(const char *path, const struct secret *master);
void world_done(struct world *w);

/* world_count(w, event): how often the record has this event. */
unsigned world_count(const struct world *w, const char *event);
/* world_last(w): the last event's name; static storage. */
const char *world_last(const struct world *w);

#endif
