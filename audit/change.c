/* SPDX-License-Identifier: BSD-2-Clause */

#include "audit/change.h"
#include "audit/mark_private.h"
#include "base/crashpoint.h"

/* ---- what did not happen ---- */

static int
record_undone(const struct witness *w, const struct orphans *found, struct error *e)
{
	const struct witness note = { w->audit, w->actor, "interrupted, or the store was put back" };
	struct audit_event *event = audit_event_new(AUDIT_UNDONE, e);

	if (event == NULL)
		return -1;
	if (audit_put_number(event, "events", found->events, e) == 0 &&
	    audit_put_number(event, "first", (int64_t)found->first, e) == 0 &&
	    audit_put_number(event, "last", (int64_t)found->last, e) == 0)
		return witness_record(&note, event, e);
	audit_event_free(event);
	return -1;
}

/* Within a transaction, so that nobody else's change is on its way. */
static int
settle(struct store *store, const struct witness *w, bool *out_marked, struct error *e)
{
	struct orphans found = { 0, 0, 0 };
	struct mark mark;

	if (mark_read(store, &mark, out_marked, e) != 0)
		return -1;
	if (*out_marked && mark_orphans(w->audit, &mark, &found, e) != 0)
		return -1;
	return found.events > 0 ? record_undone(w, &found, e) : 0;
}

int
change_settle(struct store *store, const struct witness *w, struct error *e)
{
	bool marked;
	int rc;

	if (store_begin(store, e) != 0)
		return -1;
	rc = settle(store, w, &marked, e);
	store_rollback(store);
	return rc;
}

/* ---- a change ---- */

/* The first one needs something to be measured from, whatever becomes of it. */
static int
mark_first(struct store *store, struct audit *audit, struct error *e)
{
	if (mark_write(store, audit, e) != 0 || store_commit(store, e) != 0)
		return -1;
	return store_begin(store, e);
}

int
change_begin(struct change *c, struct store *store, const struct witness *w, struct error *e)
{
	bool marked;

	*c = (struct change){ store, w, 0, false };
	if (store_begin(store, e) != 0)
		return -1;
	if (settle(store, w, &marked, e) != 0 || (!marked && mark_first(store, w->audit, e) != 0)) {
		store_rollback(store);
		return -1;
	}
	c->open = true;
	return 0;
}

int
change_record(struct change *c, struct audit_event *take, struct error *e)
{
	if (c->recorded == 0)
		crashpoint(CHANGE_WRITTEN);
	if (take == NULL || witness_record(c->w, take, e) != 0)
		return -1;
	c->recorded++;
	crashpoint(CHANGE_RECORDED);
	return 0;
}

int
change_commit(struct change *c, struct error *e)
{
	/* A change without an event has not looked where the record ends. */
	if (c->recorded > 0 && mark_write(c->store, c->w->audit, e) != 0)
		return -1;
	if (store_commit(c->store, e) != 0)
		return -1;
	crashpoint(CHANGE_COMMITTED);
	c->open = false;
	c->recorded = 0;
	return 0;
}

void
change_end(struct change *c)
{
	if (!c->open)
		return;
	store_rollback(c->store); /* after a failed commit there is nothing left to roll back */
	c->open = false;
	if (c->recorded > 0)
		(void)change_settle(c->store, c->w, NULL); /* the cause may prevent this, too: then the next change does it */
}
