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
 * process dies or the disk fills between the two: an "undone" event follows on
 * the record, now or as soon as somebody can write it.  To that end each commit
 * also writes how far the record was.
 */
struct change {
	struct store *store;
	const struct witness *w;
	unsigned recorded; /* events on the record */
	bool open;
};

/*
 * change_begin(c, store, w, e): the calling thread holds the store until change_commit() or change_end().  What an
 * earlier change left on the record without having happened is settled first.
 */
int change_begin(struct change *c, struct store *store, const struct witness *w, struct error *e);
/* change_record(c, take, e): after the last row was written; takes the event, NULL is an event that found no memory. */
int change_record(struct change *c, struct audit_event *take, struct error *e);
int change_commit(struct change *c, struct error *e);
/* change_end(c): after a commit nothing; else roll back.  May be called on a zeroed change that never began. */
void change_end(struct change *c);

/* change_settle(store, w, e): say on the record what stands there and never was committed; usually nothing. */
int change_settle(struct store *store, const struct witness *w, struct error *e);

#endif
