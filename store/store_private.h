/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_STORE_PRIVATE_H
#define STORE_STORE_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "store/engine.h"
#include "store/store.h"

/* How long we wait for another process that writes; its transactions last milliseconds. */
#define STORE_PATIENCE_MS 5000

/* The schema, version by version: each text leads from the version before to its own.  Ended by version 0. */
struct migration {
	int64_t version;
	const char *sql;
};
extern const struct migration store_migrations[];

/* store_create() and store_open() with another list of migrations, for tests. */
int store_create_as(const char *path, const struct migration *migrations, struct error *e);
int store_open_as(const char *path, const struct migration *migrations, struct store **out, struct error *e);

/* store_patience(s, ms): another bound than STORE_PATIENCE_MS, for tests. */
void store_patience(struct store *s, int ms);

/*
 * The statements of the table files.  Each takes the lock for the call; a
 * writing statement outside a transaction is one of its own.  `what` names the
 * row for people ("identity").
 *
 * store_add(): INSERT … ON CONFLICT DO NOTHING; no row changed is ERROR_STORE_CONFLICT.
 * store_change(): UPDATE or DELETE; no row changed is ERROR_STORE_NOT_FOUND.
 * store_put(): any number of rows.
 * store_note(): the same for rows that nobody keeps a copy of: store_revision() stays.  `out_changed` may be NULL.
 * store_each(): `row` for every row of the answer, stopping with its -1.
 * store_one(): the same, and no row is ERROR_STORE_NOT_FOUND.
 */
int store_add(struct store *s, const char *what, const char *sql, const struct value *values, struct error *e);
int store_change(struct store *s, const char *what, const char *sql, const struct value *values, struct error *e);
int store_put(struct store *s, const char *sql, const struct value *values, struct error *e);
int store_note(struct store *s, const char *sql, const struct value *values, size_t *out_changed, struct error *e);
int store_each(struct store *s, const char *sql, const struct value *values, engine_row *row, void *ctx,
    struct error *e);
int store_one(struct store *s, const char *what, const char *sql, const struct value *values, engine_row *row,
    void *ctx, struct error *e);

/*
 * store_enter(s, e): for a function of several statements: hold the store, in a
 * transaction, the caller's if there is one.  store_leave(s, rc, e): end what
 * store_enter() began, committed if `rc` is 0, and return `rc` or the failure.
 */
int store_enter(struct store *s, bool *out_own, struct error *e);
int store_leave(struct store *s, bool own, int rc, struct error *e);

#endif
