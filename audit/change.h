/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AUDIT_CHANGE_H
#define AUDIT_CHANGE_H

#include <stdbool.h>

#include "audit/audit.h"
#include "store/store.h"

/*
 * A change of the store with its witness: rows are written, then the events are
 * put on the record and are durable there, then the store commits.  So the
 * store never holds what the record lacks.  The reverse can happen, when the
 * machine dies or the disk fills between the two; where we live to see it, an
 * "undone" event follows on the record.
 */
struct change {
	struct store *store;
	const struct witness *w;
	unsigned recorded; /* events on the record */
	bool open;
};

/* change_begin(c, store, w, e): the calling thread holds the store until change_commit() or change_end(). */
int change_begin(struct change *c, struct store *store, const struct witness *w, struct error *e);
/* change_record(c, take, e): after the last row was written; takes the event, NULL is an event that found no memory. */
int change_record(struct change *c, struct audit_event *take, struct error *e);
int change_commit(struct change *c, struct error *e);
/* change_end(c): after a commit nothing; else roll back.  May be called on a zeroed change that never began. */
void change_end(struct change *c);

#endif
