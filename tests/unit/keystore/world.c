/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit_private.h"
#include "audit/verify.h"
#include "base/file.h"
#include "crypto/seal.h"
#include "tests/unit/keystore/world.h"

#define GATEWAY  "gateway-1"
#define FILE_MAX ((size_t)16 * 1024 * 1024)

static void
name_world(struct world *w)
{
	static unsigned number;
	char name[32];

	*w = (struct world){ .master = SECRET_INIT };
	snprintf(name, sizeof name, "store-%u", ++number);
	snprintf(w->path, sizeof w->path, "%s", scratch(name));
	snprintf(name, sizeof name, "record-%u", number);
	snprintf(w->record, sizeof w->record, "%s", scratch(name));
}

static int
no_sync(int fd)
{
	(void)fd;
	return 0;
}

/* Nobody cuts the power here: the record need not wait for the disk. */
static void
open_world(struct world *w)
{
	static const struct audit_io io = { write, no_sync, ftruncate };
	struct error e = ERROR_INIT;

	expect_ok(store_open(w->path, &w->store, &e));
	expect_ok(audit_open_io(w->record, GATEWAY, clock_system(), &io, &w->audit, &e));
	w->w = (struct witness){ w->audit, "alice", "a test" };
}

struct world
world_new(void)
{
	struct error e = ERROR_INIT;
	struct world w;

	name_world(&w);
	expect_ok(seal_key_new(&w.master, &e));
	expect_ok(store_create(w.path, &e));
	open_world(&w);
	return w;
}

struct world
world_copy(const char *path, const struct secret *master)
{
	struct buffer file = BUFFER_INIT(FILE_MAX);
	struct error e = ERROR_INIT;
	struct world w;

	name_world(&w);
	expect_ok(secret_copy(&w.master, master->data, master->size, &e));
	expect_ok(file_read(path, FILE_MAX, &file, &e));
	expect_ok(file_create(w.path, file.data, file.size, 0600, &e));
	buffer_done(&file);
	open_world(&w);
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
