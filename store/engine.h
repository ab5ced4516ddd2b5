/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_ENGINE_H
#define STORE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * What a database must do for the store.  The statements come from the other
 * files, in SQL that every engine understands: BIGINT, TEXT and BYTEA columns,
 * parameters $1, $2, … each used by its number, ON CONFLICT, ids made by us.
 */

/* One parameter or one column.  Octets and text are borrowed; a text is followed by a NUL that `size` does not count. */
enum value_type { VALUE_END, VALUE_NULL, VALUE_TEXT, VALUE_NUMBER, VALUE_OCTETS };

struct value {
	enum value_type type;
	const void *data;
	size_t size;
	int64_t number;
};

#define ENGINE_VALUES_MAX 16 /* parameters of a statement or columns of a row; the widest table has nine */

/* Called for each row of an answer; `columns` is ended by VALUE_END and lives during the call. */
typedef int engine_row(void *ctx, const struct value *columns, struct error *e);

struct engine {
	/*
	 * open(path, out, e): connect to what store_create() left there, look, and change nothing;
	 * something that is no store of ours is ERROR_STORE.  settle(): the schema was judged
	 * good, from now on the connection may write.
	 */
	int (*open)(const char *path, void **out, struct error *e);
	int (*settle)(void *connection, struct error *e);
	void (*close)(void *connection); /* NULL is fine */

	/*
	 * create(path, fill, ctx, e): make an empty database, let fill() write into it, and only then give
	 * it its name, durably and open to its owner alone; ERROR_STORE_CONFLICT if the name is taken.
	 */
	int (*create)(const char *path, int (*fill)(void *connection, void *ctx, struct error *e), void *ctx,
	    struct error *e);

	/*
	 * query(connection, sql, values, row, ctx, out_changed, e): run one statement, prepared at its
	 * first use and kept by the address of `sql`, which must be static.  `values` ends with
	 * VALUE_END; `row` may be NULL when no rows come; `out_changed` may be NULL.
	 */
	int (*query)(void *connection, const char *sql, const struct value *values, engine_row *row, void *ctx,
	    size_t *out_changed, struct error *e);

	/* script(connection, sql, e): several statements without parameters or answers. */
	int (*script)(void *connection, const char *sql, struct error *e);

	/* A writing transaction: nobody else writes between begin() and its end; commit() is durable. */
	int (*begin)(void *connection, struct error *e);
	int (*commit)(void *connection, struct error *e);
	void (*rollback)(void *connection);

	int (*check)(void *connection, struct error *e);

	/* patience(connection, ms): how long a statement waits for another writer. */
	void (*patience)(void *connection, int ms);
};

extern const struct engine engine_sqlite;

#endif
