/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

/*
 * Rows: the only room that knows SQL.  Each table has one file of typed
 * functions; statements are written once, in the subset that SQLite and
 * PostgreSQL share; engine_sqlite.c is the engine.  A store may be used by
 * several threads: its lock guards the connection and its prepared statements,
 * and is held for one call, or from store_begin() to store_commit().
 */
struct store;

/*
 * store_create(path, e): a new, empty store (mode 0600; made by root it belongs to the owner of its folder),
 * newest schema; ERROR_STORE_CONFLICT if it exists or files of a former one are in the way.
 * store_open(path, out, e): an existing one; runs pending migrations in one transaction.  A store of a
 * newer schema, a damaged or unreadable file is ERROR_STORE, one that others may open ERROR_PERMISSIONS; the
 * text names path and remedy, and the file stays untouched.  Do not carry a store across fork(2).
 */
int store_create(const char *path, struct error *e);
int store_open(const char *path, struct store **out, struct error *e);
void store_close(struct store *s); /* NULL is fine */

/* store_check(s, e): the engine's own integrity check. */
int store_check(struct store *s, struct error *e);

/*
 * A transaction: durable when store_commit() has returned 0.  store_rollback() after a failure; where
 * nothing is to roll back it does nothing, so also after a failed store_commit().  The calling thread holds
 * the store in between.  They do not nest.  A row that exists already or that is not found leaves the
 * transaction usable; after another failed writing call, one that refers to a missing row included, it can
 * only be rolled back.  Waiting for another process that writes ends after five seconds with ERROR_STORE.
 */
int store_begin(struct store *s, struct error *e);
int store_commit(struct store *s, struct error *e);
void store_rollback(struct store *s);

/*
 * store_revision(s, out, e): a number that grows with each committed transaction that changed a row of any
 * table but the ledger, by whichever process; caches ask it.
 */
int store_revision(struct store *s, int64_t *out, struct error *e);

#endif
