/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "audit/verify.h"
#include "crypto/seal.h"
#include "tests/unit/keystore/world.h"

#define GATEWAY "gateway-1"

struct world
world_new(void)
{
	static unsigned number;
	struct error e = ERROR_INIT;
	struct world w = { .master = SECRET_INIT };
	char name[32];

	snprintf(name, sizeof name, "store-%u", ++number);
	snprintf(w.path, sizeof w.path, "%s", scratch(name));
	snprintf(name, sizeof name, "record-%u", number);
	snprintf(w.record, sizeof w.record, "%s", scratch(name));
	expect_ok(seal_key_new(&w.master, &e));
	expect_ok(store_create(w.path, &e));
	expect_ok(store_open(w.path, &w.store, &e));
	expect_ok(audit_open(w.record, GATEWAY, clock_system(), &w.audit, &e));
	w.w = (struct witness){ w.audit, "alice", "a test" };
	return w;
}

void
world_done(struct world *w)
{
	secret_done(&w->master);
	store_close(w->store);
	audit_close(w->audit);
}

struct counting {
	const char *event;
	unsigned count;
	char last[64];
};

static int
count_one(void *ctx, const struct json *line, struct error *e)
{
	struct counting *c = ctx;
	const char *event = json_look_text(line, "event");

	(void)e;
	ck_assert_ptr_nonnull(event);
	if (c->event != NULL && strcmp(event, c->event) == 0) {
		c->count++;
		ck_assert_str_eq(json_look_text(line, "actor"), "alice");
		ck_assert_str_eq(json_look_text(line, "reason"), "a test");
	}
	snprintf(c->last, sizeof c->last, "%s", event);
	return 0;
}

unsigned
world_count(const struct world *w, const char *event)
{
	struct counting c = { event, 0, "" };
	struct error e = ERROR_INIT;

	expect_ok(audit_each(w->record, count_one, &c, &e));
	return c.count;
}

const char *
world_last(const struct world *w)
{
	static struct counting c;
	struct error e = ERROR_INIT;

	c = (struct counting){ NULL, 0, "" };
	expect_ok(audit_each(w->record, count_one, &c, &e));
	return c.last;
}
