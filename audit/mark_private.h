/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AUDIT_MARK_PRIVATE_H
#define AUDIT_MARK_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/audit.h"
#include "store/store.h"

/*
 * How far the record was when the store was last changed: a row that is written
 * by the same transaction.  Changes that stand behind it on the record never
 * were committed: whoever made them died, or could not.
 */
struct mark {
	uint64_t seq; /* of the last line */
	int64_t end;  /* the record's size behind it */
};

/* mark_read(store, out, out_found, e): a store that was not changed yet has none. */
int mark_read(struct store *store, struct mark *out, bool *out_found, struct error *e);
/* mark_write(store, audit, e): the end of the record as it is known here, which is behind our own lines. */
int mark_write(struct store *store, struct audit *audit, struct error *e);

/* The changes behind a mark that no "undone" speaks of yet. */
struct orphans {
	unsigned events;
	uint64_t first, last; /* their lines; what else stands between is no change */
};
/*
 * mark_orphans(audit, mark, out, e): to be asked by whoever holds the store, so that no other change is under way.  A
 * record that does not go on at the mark (another one was put in its place) has none.
 */
int mark_orphans(struct audit *audit, const struct mark *mark, struct orphans *out, struct error *e);

#endif
