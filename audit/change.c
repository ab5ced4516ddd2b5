/* SPDX-License-Identifier: BSD-2-Clause */

#include "audit/change.h"

int
change_begin(struct change *c, struct store *store, const struct witness *w, struct error *e)
{
	*c = (struct change){ store, w, 0, false };
	if (store_begin(store, e) != 0)
		return -1;
	c->open = true;
	return 0;
}

int
change_record(struct change *c, struct audit_event *take, struct error *e)
{
	if (take == NULL || witness_record(c->w, take, e) != 0)
		return -1;
	c->recorded++;
	return 0;
}

int
change_commit(struct change *c, struct error *e)
{
	if (store_commit(c->store, e) != 0)
		return -1;
	c->open = false;
	c->recorded = 0;
	return 0;
}

/* What was recorded and did not happen; the cause may keep this line from the record, too. */
static void
record_undone(const struct change *c)
{
	struct audit_event *event = audit_event_new(AUDIT_UNDONE, NULL);

	if (event == NULL)
		return;
	if (audit_put_number(event, "events", c->recorded, NULL) != 0) {
		audit_event_free(event);
		return;
	}
	(void)witness_record(c->w, event, NULL);
}

void
change_end(struct change *c)
{
	if (!c->open)
		return;
	store_rollback(c->store); /* after a failed commit there is nothing left to roll back */
	c->open = false;
	if (c->recorded > 0)
		record_undone(c);
}
