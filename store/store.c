/* SPDX-License-Identifier: BSD-2-Clause */

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/crashpoint.h"
#include "base/memory.h"
#include "store/fields.h"
#include "store/store_private.h"

/*
 * `lock` guards everything below it, the connection and its prepared
 * statements included.  It is recursive: a transaction holds it once from
 * store_begin() to its end, and the calls in between take it again.
 */
struct store {
	const struct engine *engine;
	pthread_mutex_t lock;
	void *connection;
	bool in_transaction;
	bool changed;  /* the transaction changed a row: the revision must move */
	bool failed;   /* a writing statement of the transaction failed: it cannot be committed */
	bool visiting; /* rows are being handed out: the connection is busy */
};

static const struct value no_values[] = { VALUE_LAST };

/* ---- schema ---- */

static int
take_version(void *ctx, const struct value *columns, struct error *e)
{
	char text[24], *end;
	int64_t *version = ctx;

	if (column_fixed(&columns[0], text, sizeof text, e) != 0)
		return -1;
	*version = strtoll(text, &end, 10);
	if (*version < 1 || *end != '\0')
		return error_set(e, ERROR_STORE, "the store's schema is \"%s\", which is no number", text);
	return 0;
}

/* The version of the schema; 0 when the table is there but the row is not. */
static int
schema_version(const struct engine *engine, void *connection, int64_t *out, struct error *e)
{
	static const char sql[] = "SELECT value FROM meta WHERE name = 'schema'";

	*out = 0;
	return engine->query(connection, sql, no_values, take_version, out, NULL, e);
}

static int64_t
newest(const struct migration *migrations)
{
	int64_t version = 0;

	for (const struct migration *m = migrations; m->version != 0; m++)
		version = m->version;
	return version;
}

static int
apply(const struct engine *engine, void *connection, const struct migration *m, struct error *e)
{
	static const char sql[] = "INSERT INTO meta (name, value) VALUES ('schema', $1)"
				  " ON CONFLICT (name) DO UPDATE SET value = excluded.value";
	struct value values[] = { VALUE_LAST, VALUE_LAST };
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, m->version);
	values[0] = value_text(text);
	if (engine->script(connection, m->sql, e) != 0 ||
	    engine->query(connection, sql, values, NULL, NULL, NULL, e) != 0)
		return error_context(e, "schema %" PRId64, m->version);
	return 0;
}

static int
apply_from(const struct engine *engine, void *connection, const struct migration *migrations, int64_t version,
    struct error *e)
{
	for (const struct migration *m = migrations; m->version != 0; m++)
		if (m->version > version && apply(engine, connection, m, e) != 0)
			return -1;
	return 0;
}

/* Bring an old schema up, all in one transaction; another process may have done it before we got our turn. */
static int
migrate(const struct engine *engine, void *connection, const struct migration *migrations, struct error *e)
{
	int64_t version;

	if (engine->begin(connection, e) != 0)
		return -1;
	if (schema_version(engine, connection, &version, e) == 0 &&
	    apply_from(engine, connection, migrations, version, e) == 0 && engine->commit(connection, e) == 0)
		return 0;
	engine->rollback(connection);
	return -1;
}

/* ---- opening ---- */

struct creation {
	const struct engine *engine;
	const struct migration *migrations;
};

static int
fill_new(void *connection, void *ctx, struct error *e)
{
	const struct creation *c = ctx;

	if (c->engine->begin(connection, e) != 0)
		return -1;
	if (apply_from(c->engine, connection, c->migrations, 0, e) == 0 && c->engine->commit(connection, e) == 0)
		return 0;
	c->engine->rollback(connection);
	return -1;
}

int
store_create_as(const char *path, const struct migration *migrations, struct error *e)
{
	struct creation c = { &engine_sqlite, migrations };

	return c.engine->create(path, fill_new, &c, e);
}

int
store_create(const char *path, struct error *e)
{
	return store_create_as(path, store_migrations, e);
}

/* Is this a schema that we know?  Until that is clear nothing is written. */
static int
take_schema(struct store *s, const char *path, const struct migration *migrations, struct error *e)
{
	int64_t version, known = newest(migrations);

	if (schema_version(s->engine, s->connection, &version, e) != 0)
		return -1;
	if (version == 0)
		return error_set(e, ERROR_STORE, "store %s: has no schema number: restore it from a backup", path);
	if (version > known)
		return error_set(e, ERROR_STORE,
		    "store %s: its schema %" PRId64 " is newer than %" PRId64
		    ", the newest that this program knows: install the program that last used it",
		    path, version, known);
	if (s->engine->settle(s->connection, e) != 0)
		return -1;
	return version < known ? migrate(s->engine, s->connection, migrations, e) : 0;
}

static int
init_lock(pthread_mutex_t *lock, struct error *e)
{
	pthread_mutexattr_t attributes;
	int rc;

	if (pthread_mutexattr_init(&attributes) != 0)
		return error_set(e, ERROR_NO_MEMORY, "cannot make a lock");
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	rc = pthread_mutex_init(lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return rc == 0 ? 0 : error_set(e, ERROR_NO_MEMORY, "cannot make a lock");
}

int
store_open_as(const char *path, const struct migration *migrations, struct store **out, struct error *e)
{
	struct store *s = memory_new(1, sizeof *s, e);

	if (s == NULL)
		return -1;
	s->engine = &engine_sqlite;
	if (init_lock(&s->lock, e) != 0) {
		free(s);
		return -1;
	}
	if (s->engine->open(path, &s->connection, e) != 0 || take_schema(s, path, migrations, e) != 0) {
		store_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

int
store_open(const char *path, struct store **out, struct error *e)
{
	return store_open_as(path, store_migrations, out, e);
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	s->engine->close(s->connection);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void
store_patience(struct store *s, int ms)
{
	pthread_mutex_lock(&s->lock);
	s->engine->patience(s->connection, ms);
	pthread_mutex_unlock(&s->lock);
}

/* ---- the lock ---- */

/* Take the store for one call. */
static int
hold(struct store *s, struct error *e)
{
	pthread_mutex_lock(&s->lock);
	if (!s->visiting)
		return 0;
	pthread_mutex_unlock(&s->lock);
	return error_set(e, ERROR_INTERNAL, "the store was called while it hands out rows");
}

static void
let_go(struct store *s)
{
	pthread_mutex_unlock(&s->lock);
}

int
store_check(struct store *s, struct error *e)
{
	int rc;

	if (hold(s, e) != 0)
		return -1;
	rc = s->engine->check(s->connection, e);
	let_go(s);
	return rc;
}

/* ---- transactions ---- */

int
store_begin(struct store *s, struct error *e)
{
	if (hold(s, e) != 0)
		return -1;
	if (s->in_transaction) {
		let_go(s);
		return error_set(e, ERROR_INTERNAL, "transactions of the store do not nest");
	}
	if (s->engine->begin(s->connection, e) != 0) {
		let_go(s);
		return -1;
	}
	s->in_transaction = true;
	s->changed = s->failed = false;
	return 0; /* still holding the lock */
}

static int
commit_changes(struct store *s, struct error *e)
{
	static const char sql[] = "UPDATE revision SET number = number + 1";

	if (s->failed)
		return error_set(e, ERROR_STORE, "a statement of the transaction failed, so nothing of it is written");
	if (s->changed && s->engine->query(s->connection, sql, no_values, NULL, NULL, NULL, e) != 0)
		return -1;
	crashpoint(STORE_COMMITTING);
	if (s->engine->commit(s->connection, e) != 0)
		return -1;
	crashpoint(STORE_COMMITTED);
	return 0;
}

/* The calling thread holds the lock twice: by store_begin() and by hold(). */
static void
end_transaction(struct store *s)
{
	s->in_transaction = false;
	let_go(s);
	let_go(s);
}

int
store_commit(struct store *s, struct error *e)
{
	int rc;

	if (hold(s, e) != 0)
		return -1;
	if (!s->in_transaction) {
		let_go(s);
		return error_set(e, ERROR_INTERNAL, "no transaction of the store to commit");
	}
	rc = commit_changes(s, e);
	if (rc != 0)
		s->engine->rollback(s->connection);
	end_transaction(s);
	return rc;
}

void
store_rollback(struct store *s)
{
	if (hold(s, NULL) != 0)
		return;
	if (!s->in_transaction) {
		let_go(s);
		return;
	}
	s->engine->rollback(s->connection);
	end_transaction(s);
}

int
store_enter(struct store *s, bool *out_own, struct error *e)
{
	if (hold(s, e) != 0)
		return -1;
	*out_own = !s->in_transaction;
	if (*out_own && store_begin(s, e) != 0) {
		let_go(s);
		return -1;
	}
	return 0;
}

int
store_leave(struct store *s, bool own, int rc, struct error *e)
{
	if (own && rc == 0)
		rc = store_commit(s, e);
	else if (own)
		store_rollback(s);
	let_go(s);
	return rc;
}

/* ---- statements ---- */

/* A writing statement within a transaction. */
static int
write_rows(struct store *s, const char *sql, const struct value *values, size_t *out_changed, struct error *e)
{
	if (s->engine->query(s->connection, sql, values, NULL, NULL, out_changed, e) == 0)
		return 0;
	s->failed = true;
	return -1;
}

/* One that caches must hear of. */
static int
change_rows(struct store *s, const char *sql, const struct value *values, size_t *out_changed, struct error *e)
{
	if (write_rows(s, sql, values, out_changed, e) != 0)
		return -1;
	if (*out_changed != 0)
		s->changed = true;
	return 0;
}

int
store_add(struct store *s, const char *what, const char *sql, const struct value *values, struct error *e)
{
	size_t changed = 0;
	bool own;
	int rc;

	if (store_enter(s, &own, e) != 0)
		return -1;
	rc = change_rows(s, sql, values, &changed, e);
	if (rc == 0 && changed == 0)
		rc = error_set(e, ERROR_STORE_CONFLICT, "this %s exists already", what);
	return store_leave(s, own, rc, e);
}

int
store_change(struct store *s, const char *what, const char *sql, const struct value *values, struct error *e)
{
	size_t changed = 0;
	bool own;
	int rc;

	if (store_enter(s, &own, e) != 0)
		return -1;
	rc = change_rows(s, sql, values, &changed, e);
	if (rc == 0 && changed == 0)
		rc = error_set(e, ERROR_STORE_NOT_FOUND, "no such %s", what);
	return store_leave(s, own, rc, e);
}

int
store_put(struct store *s, const char *sql, const struct value *values, struct error *e)
{
	size_t changed = 0;
	bool own;

	if (store_enter(s, &own, e) != 0)
		return -1;
	return store_leave(s, own, change_rows(s, sql, values, &changed, e), e);
}

int
store_note(struct store *s, const char *sql, const struct value *values, size_t *out_changed, struct error *e)
{
	bool own;

	if (store_enter(s, &own, e) != 0)
		return -1;
	return store_leave(s, own, write_rows(s, sql, values, out_changed, e), e);
}

int
store_each(struct store *s, const char *sql, const struct value *values, engine_row *row, void *ctx, struct error *e)
{
	int rc;

	if (hold(s, e) != 0)
		return -1;
	s->visiting = true;
	rc = s->engine->query(s->connection, sql, values, row, ctx, NULL, e);
	s->visiting = false;
	let_go(s);
	return rc;
}

/* The first row goes on to whoever asked; that there was one is remembered. */
struct first {
	engine_row *row;
	void *ctx;
	bool seen;
};

static int
visit_first(void *ctx, const struct value *columns, struct error *e)
{
	struct first *first = ctx;

	if (first->seen)
		return error_set(e, ERROR_INTERNAL, "one row was asked for and more came");
	first->seen = true;
	return first->row(first->ctx, columns, e);
}

int
store_one(struct store *s, const char *what, const char *sql, const struct value *values, engine_row *row, void *ctx,
    struct error *e)
{
	struct first first = { row, ctx, false };

	if (store_each(s, sql, values, visit_first, &first, e) != 0)
		return -1;
	if (!first.seen)
		return error_set(e, ERROR_STORE_NOT_FOUND, "no such %s", what);
	return 0;
}

/* ---- revision ---- */

static int
take_number(void *ctx, const struct value *columns, struct error *e)
{
	int64_t *out = ctx;

	if (columns[0].type != VALUE_NUMBER)
		return error_set(e, ERROR_STORE, "the store's revision is damaged");
	*out = columns[0].number;
	return 0;
}

int
store_revision(struct store *s, int64_t *out, struct error *e)
{
	static const char sql[] = "SELECT number FROM revision";

	return store_one(s, "revision", sql, no_values, take_number, out, e);
}
