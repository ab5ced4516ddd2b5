/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crashpoint.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "store/engine.h"
#include "store/place.h"
#include "store/store_private.h"

/*
 * SQLite with a write-ahead log: readers never wait, a commit is one fsync of
 * the log, and command line and daemon share the file.  The only file that
 * knows the library or a PRAGMA.
 */

#define PREPARED_MAX   64 /* the statements of all table files; there are about forty */
#define APPLICATION_ID 0x5073656c /* "Psel", octets 68 to 71 of the file */

struct connection {
	sqlite3 *db;
	char *path; /* for messages */
	struct {
		const char *sql;
		sqlite3_stmt *statement;
	} prepared[PREPARED_MAX];
	size_t count;
};

/* ---- failures ---- */

static const struct remedy {
	int result;
	enum error_code code;
	const char *text;
} remedies[] = {
	/* clang-format off */
	{ SQLITE_BUSY,       ERROR_STORE,     "another process has been writing for too long: try again" },
	{ SQLITE_CORRUPT,    ERROR_STORE,     "the file is damaged: stop the daemons and restore it from a backup" },
	{ SQLITE_NOTADB,     ERROR_STORE,     "the file is damaged: stop the daemons and restore it from a backup" },
	{ SQLITE_FULL,       ERROR_STORE,     "the disk is full: make room" },
	{ SQLITE_IOERR,      ERROR_STORE,     "cannot be read or written: look at the disk and the system log" },
	{ SQLITE_CANTOPEN,   ERROR_STORE,     "cannot be opened: look at the permissions of the file and its folder" },
	{ SQLITE_READONLY,   ERROR_STORE,     "cannot be written: run as its owner" },
	{ SQLITE_PERM,       ERROR_STORE,     "cannot be opened: look at the permissions of the file and its folder" },
	{ SQLITE_NOMEM,      ERROR_NO_MEMORY, "out of memory" },
	{ SQLITE_TOOBIG,     ERROR_TOO_LARGE, "a value is larger than a row may hold" },
	{ SQLITE_CONSTRAINT, ERROR_STORE,     "a row breaks a rule of its table" },
	{ 0,                 ERROR_STORE,     "the database failed" },
	/* clang-format on */
};

/* Say what the library's result means; always -1. */
static int
failure(const struct connection *c, int result, struct error *e)
{
	const struct remedy *r = remedies;
	const char *why = c->db != NULL ? sqlite3_errmsg(c->db) : sqlite3_errstr(result);

	if (result == SQLITE_CONSTRAINT_FOREIGNKEY)
		return error_set(e, ERROR_STORE_NOT_FOUND, "store %s: a row refers to one that does not exist", c->path);
	while (r->result != 0 && r->result != (result & 0xff))
		r++;
	return error_set(e, r->code, "store %s: %s (%s)", c->path, r->text, why);
}

/* ---- statements ---- */

static sqlite3_stmt *
prepared(struct connection *c, const char *sql, struct error *e)
{
	sqlite3_stmt *statement = NULL;
	int result;

	for (size_t i = 0; i < c->count; i++)
		if (c->prepared[i].sql == sql)
			return c->prepared[i].statement;
	if (c->count == PREPARED_MAX) {
		error_set(e, ERROR_INTERNAL, "more than %d statements", PREPARED_MAX);
		return NULL;
	}
	result = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
	if (result != SQLITE_OK) {
		failure(c, result, e);
		return NULL;
	}
	c->prepared[c->count].sql = sql;
	c->prepared[c->count++].statement = statement;
	return statement;
}

static int
bind_value(sqlite3_stmt *statement, int place, const struct value *v)
{
	switch (v->type) {
	case VALUE_TEXT:
		return sqlite3_bind_text64(statement, place, v->data, v->size, SQLITE_STATIC, SQLITE_UTF8);
	case VALUE_NUMBER:
		return sqlite3_bind_int64(statement, place, v->number);
	case VALUE_OCTETS: /* no address would mean null */
		return sqlite3_bind_blob64(statement, place, v->data != NULL ? v->data : "", v->size, SQLITE_STATIC);
	case VALUE_NULL:
	case VALUE_END:
		break;
	}
	return sqlite3_bind_null(statement, place);
}

/* The library numbers "$n" by first use and treats n as a name; so it is looked up. */
static int
bind_all(sqlite3_stmt *statement, const struct value *values)
{
	int result = SQLITE_OK;
	char name[16];

	for (int i = 0; result == SQLITE_OK && values[i].type != VALUE_END; i++) {
		snprintf(name, sizeof name, "$%d", i + 1);
		result = bind_value(statement, sqlite3_bind_parameter_index(statement, name), &values[i]);
	}
	return result;
}

static int
take_column(sqlite3_stmt *statement, int i, struct value *out)
{
	*out = (struct value){ VALUE_NULL, "", 0, 0 };
	switch (sqlite3_column_type(statement, i)) {
	case SQLITE_INTEGER:
		out->type = VALUE_NUMBER;
		out->number = sqlite3_column_int64(statement, i);
		return SQLITE_OK;
	case SQLITE_TEXT:
		out->type = VALUE_TEXT;
		out->data = sqlite3_column_text(statement, i);
		break;
	case SQLITE_BLOB:
		out->type = VALUE_OCTETS;
		out->data = sqlite3_column_blob(statement, i);
		break;
	default:
		return SQLITE_OK;
	}
	out->size = (size_t)sqlite3_column_bytes(statement, i);
	if (out->data == NULL && out->size != 0)
		return SQLITE_NOMEM;
	if (out->data == NULL)
		out->data = "";
	return SQLITE_OK;
}

static int
give_row(struct connection *c, sqlite3_stmt *statement, engine_row *row, void *ctx, struct error *e)
{
	struct value columns[ENGINE_VALUES_MAX + 1];
	int n = sqlite3_column_count(statement);

	if (n > ENGINE_VALUES_MAX)
		return error_set(e, ERROR_INTERNAL, "a statement answers %d columns", n);
	for (int i = 0; i < n; i++)
		if (take_column(statement, i, &columns[i]) != SQLITE_OK)
			return failure(c, SQLITE_NOMEM, e);
	columns[n] = (struct value){ VALUE_END, NULL, 0, 0 };
	return row(ctx, columns, e);
}

static int
query(void *connection, const char *sql, const struct value *values, engine_row *row, void *ctx, size_t *out_changed,
    struct error *e)
{
	struct connection *c = connection;
	sqlite3_stmt *statement = prepared(c, sql, e);
	int result, rc = 0;

	if (statement == NULL)
		return -1;
	result = bind_all(statement, values);
	if (result != SQLITE_OK)
		rc = failure(c, result, e);
	while (rc == 0 && (result = sqlite3_step(statement)) == SQLITE_ROW)
		if (row != NULL)
			rc = give_row(c, statement, row, ctx, e);
	if (rc == 0 && result != SQLITE_DONE)
		rc = failure(c, result, e);
	if (rc == 0 && out_changed != NULL)
		*out_changed = (size_t)sqlite3_changes(c->db);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return rc;
}

static int
script(void *connection, const char *sql, struct error *e)
{
	struct connection *c = connection;
	int result = sqlite3_exec(c->db, sql, NULL, NULL, NULL);

	return result == SQLITE_OK ? 0 : failure(c, result, e);
}

/* ---- transactions ---- */

static int
begin(void *connection, struct error *e)
{
	/* The right to write is taken at once: a reader that turned writer could not wait for its turn. */
	return script(connection, "BEGIN IMMEDIATE", e);
}

static int
commit(void *connection, struct error *e)
{
	return script(connection, "COMMIT", e);
}

static void
rollback(void *connection)
{
	struct connection *c = connection;

	if (!sqlite3_get_autocommit(c->db)) /* some failures have rolled back already */
		sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- opening ---- */

static void
patience(void *connection, int ms)
{
	struct connection *c = connection;

	sqlite3_busy_timeout(c->db, ms);
}

static void
close_connection(void *connection)
{
	struct connection *c = connection;

	if (c == NULL)
		return;
	for (size_t i = 0; i < c->count; i++)
		sqlite3_finalize(c->prepared[i].statement);
	sqlite3_close(c->db);
	free(c->path);
	free(c);
}

/* A file name that the library cannot take for ":memory:", "" or a URI. */
static char *
plain_name(const char *path, struct error *e)
{
	return memory_format(e, "%s%s", path[0] == '/' ? "" : "./", path);
}

static struct connection *
connect_file(const char *path, struct error *e)
{
	struct connection *c = memory_new(1, sizeof *c, e);
	int result;

	if (c == NULL)
		return NULL;
	c->path = plain_name(path, e);
	if (c->path == NULL) {
		free(c);
		return NULL;
	}
	result = sqlite3_open_v2(c->path, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (result != SQLITE_OK) {
		failure(c, result, e);
		close_connection(c);
		return NULL;
	}
	sqlite3_extended_result_codes(c->db, 1);
	sqlite3_limit(c->db, SQLITE_LIMIT_LENGTH, LIMIT_STORE_VALUE);
	patience(c, STORE_PATIENCE_MS);
	return c;
}

/* How this connection behaves; nothing here writes. */
static int
configure(struct connection *c, struct error *e)
{
	static const char sql[] = "PRAGMA synchronous = FULL;"   /* a commit is on the disk */
				  "PRAGMA foreign_keys = ON;"
				  "PRAGMA secure_delete = ON;"    /* what was deleted is overwritten */
				  "PRAGMA cell_size_check = ON;"  /* damage is found where it is read */
				  "PRAGMA trusted_schema = OFF;"
				  "PRAGMA temp_store = MEMORY;";  /* no other files than the store's */

	sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return script(c, sql, e);
}

/*
 * The file's own header, read through the library's descriptor: closing one of
 * ours would drop the locks of every connection this process has to the file.
 */
static int
judge_header(struct connection *c, struct error *e)
{
	static const unsigned char id[] = { APPLICATION_ID >> 24, (APPLICATION_ID >> 16) & 0xff,
		(APPLICATION_ID >> 8) & 0xff, APPLICATION_ID & 0xff };
	unsigned char header[100];
	sqlite3_file *file = NULL;
	int result;

	result = sqlite3_file_control(c->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	if (result != SQLITE_OK || file == NULL || file->pMethods == NULL)
		return failure(c, result != SQLITE_OK ? result : SQLITE_CANTOPEN, e);
	result = file->pMethods->xRead(file, header, sizeof header, 0);
	if (result != SQLITE_OK && result != SQLITE_IOERR_SHORT_READ)
		return failure(c, result, e);
	if (result != SQLITE_OK || memcmp(header, "SQLite format 3", 16) != 0 || memcmp(header + 68, id, 4) != 0)
		return error_set(e, ERROR_STORE,
		    "store %s: this is no store, or its beginning is damaged: name the right file or restore it from a backup",
		    c->path);
	return 0;
}

static int
open_store(const char *path, void **out, struct error *e)
{
	struct connection *c;

	if (place_judge(path, e) != 0)
		return -1;
	c = connect_file(path, e);
	if (c == NULL)
		return -1;
	/* Until settle() not even the log is merged at closing: the file stays as it was. */
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (judge_header(c, e) != 0 || configure(c, e) != 0) {
		close_connection(c);
		return -1;
	}
	if (sqlite3_db_readonly(c->db, "main") == 1) {
		failure(c, SQLITE_READONLY, e);
		close_connection(c);
		return -1;
	}
	*out = c;
	return 0;
}

static int
take_mode(void *ctx, const struct value *columns, struct error *e)
{
	(void)ctx;
	if (columns[0].type == VALUE_TEXT && strcmp(columns[0].data, "wal") == 0)
		return 0;
	return error_set(e, ERROR_STORE, "its file system cannot hold a write-ahead log: move the store to a local disk");
}

static int
settle(void *connection, struct error *e)
{
	static const char sql[] = "PRAGMA journal_mode = WAL"; /* stays in the file; here it is made sure of */
	static const struct value none[] = { { VALUE_END, NULL, 0, 0 } };
	struct connection *c = connection;

	sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	if (query(c, sql, none, take_mode, NULL, NULL, e) == 0)
		return 0;
	return error_context(e, "store %s", c->path);
}

/* ---- creating ---- */

static int
fill_file(const char *name, int (*fill)(void *connection, void *ctx, struct error *e), void *ctx, struct error *e)
{
	struct connection *c = connect_file(name, e);
	char sql[64];
	int rc;

	if (c == NULL)
		return -1;
	snprintf(sql, sizeof sql, "PRAGMA application_id = %d", APPLICATION_ID);
	rc = configure(c, e) != 0 || script(c, sql, e) != 0 || settle(c, e) != 0 || fill(c, ctx, e) != 0 ? -1 : 0;
	close_connection(c); /* the last one: merges the log into the file, synchronised, and removes it */
	return rc;
}

/* Make it under another name, then link(2), which replaces nothing: a crash leaves no half store. */
static int
create(const char *path, int (*fill)(void *connection, void *ctx, struct error *e), void *ctx, struct error *e)
{
	char *name;
	int rc = -1;

	if (place_judge_new(path, e) != 0)
		return -1;
	name = memory_format(e, "%s.new-XXXXXX", path);
	if (name == NULL)
		return -1;
	if (place_make(name, path, e) != 0)
		goto out;
	crashpoint(STORE_MADE);
	if (fill_file(name, fill, ctx, e) == 0) {
		crashpoint(STORE_FILLED);
		rc = link(name, path);
		if (rc != 0)
			error_set_errno(e, errno == EEXIST ? ERROR_STORE_CONFLICT : ERROR_STORE, "store %s", path);
		crashpoint(STORE_NAMED);
	}
	unlink(name);
	if (rc == 0)
		rc = file_sync_folder(path, e);
out:
	free(name);
	return rc;
}

/* ---- checking ---- */

static int
take_finding(void *ctx, const struct value *columns, struct error *e)
{
	const struct connection *c = ctx;
	const char *text = columns[0].type == VALUE_TEXT ? columns[0].data : "?";

	if (strcmp(text, "ok") == 0)
		return 0;
	return error_set(e, ERROR_STORE, "store %s: the file is damaged: restore it from a backup (%s)", c->path, text);
}

static int
take_orphan(void *ctx, const struct value *columns, struct error *e)
{
	const struct connection *c = ctx;
	const char *table = columns[0].type == VALUE_TEXT ? columns[0].data : "?";

	return error_set(e, ERROR_STORE, "store %s: a row of table %s refers to one that is missing: restore it from a backup",
	    c->path, table);
}

static int
check(void *connection, struct error *e)
{
	static const char whole[] = "PRAGMA integrity_check(1)", linked[] = "PRAGMA foreign_key_check";
	static const struct value none[] = { { VALUE_END, NULL, 0, 0 } };

	if (query(connection, whole, none, take_finding, connection, NULL, e) != 0)
		return -1;
	return query(connection, linked, none, take_orphan, connection, NULL, e);
}

const struct engine engine_sqlite = {
	.open = open_store,
	.settle = settle,
	.close = close_connection,
	.create = create,
	.query = query,
	.script = script,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.check = check,
	.patience = patience,
};
