/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/fields.h"
#include "store/rows.h"
#include "store/store_private.h"

/* ledger: who of a message's recipients got a copy from us, while it is not known that its sender's MTA let go of it. */

static const struct field fields[] = {
	FIELD(FIXED, struct ledger_row, message),
	FIELD(TEXT, struct ledger_row, recipient),
	FIELD(FIXED, struct ledger_row, state),
	FIELD(FIXED, struct ledger_row, owner),
	FIELD(NUMBER, struct ledger_row, changed),
	FIELD(TEXT, struct ledger_row, reply),
	FIELD_LAST,
};
#define COLUMNS "message, recipient, state, owner, changed, reply"

/* What the words say about a recipient to whoever comes next; "begun" is somebody's who did not say how it ended. */
static const struct {
	const char *word;
	enum ledger_state state;
} words[] = {
	{ "begun", LEDGER_UNKNOWN },
	{ "unknown", LEDGER_UNKNOWN },
	{ "sent", LEDGER_SENT },
};

static int
state_of(const struct ledger_row *row, enum ledger_state *out, struct error *e)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(row->state, words[i].word) == 0) {
			*out = words[i].state;
			return 0;
		}
	return error_set(e, ERROR_STORE, "the ledger in the store is damaged: state \"%s\"", row->state);
}

/* ---- reading ---- */

struct visitor {
	int (*visit)(void *ctx, const struct ledger_row *row, struct error *e);
	void *ctx;
};

static int
visit_row(void *ctx, const struct value *columns, struct error *e)
{
	const struct visitor *v = ctx;
	struct ledger_row row;
	int rc;

	if (fields_fill(fields, columns, sizeof row, &row, e) != 0)
		return -1;
	rc = v->visit(v->ctx, &row, e);
	ledger_row_done(&row);
	return rc;
}

int
ledger_each(struct store *s, const char *message,
    int (*visit)(void *ctx, const struct ledger_row *row, struct error *e), void *ctx, struct error *e)
{
	static const char all[] = "SELECT " COLUMNS " FROM ledger ORDER BY message, recipient";
	static const char some[] = "SELECT " COLUMNS " FROM ledger WHERE message = $1 ORDER BY recipient";
	static const struct value none[] = { VALUE_LAST };
	const struct value values[] = { value_text(message), VALUE_LAST };
	struct visitor v = { visit, ctx };

	if (message == NULL)
		return store_each(s, all, none, visit_row, &v, e);
	return store_each(s, some, values, visit_row, &v, e);
}

void
ledger_row_done(struct ledger_row *row)
{
	if (row != NULL)
		fields_done(fields, row);
}

/* ---- beginning ---- */

static int
take_row(void *ctx, const struct value *columns, struct error *e)
{
	return fields_fill(fields, columns, sizeof(struct ledger_row), ctx, e);
}

/* An owner of "" stands for no row. */
static int
find(struct store *s, const struct ledger_try *try, const char *recipient, struct ledger_row *out, struct error *e)
{
	static const char sql[] = "SELECT " COLUMNS " FROM ledger WHERE message = $1 AND recipient = $2";
	const struct value values[] = { value_text(try->message), value_text(recipient), VALUE_LAST };

	memset(out, 0, sizeof *out);
	return store_each(s, sql, values, take_row, out, e);
}

/* What the row of another try means for this one. */
static int
take_over(const struct ledger_try *try, const struct ledger_row *row, enum ledger_state *out, struct error *e)
{
	bool alive = true;

	if (try->is_alive(try->ctx, row->owner, &alive, e) != 0)
		return -1;
	if (alive)
		return error_set(e, ERROR_LEDGER_BUSY, "another delivery of this message is at work");
	return state_of(row, out, e);
}

/* Kept from the row of another try: its state where that was "sent", and its reply. */
static int
write_row(struct store *s, const struct ledger_try *try, const char *recipient, enum ledger_state found,
    struct error *e)
{
	static const char sql[] = "INSERT INTO ledger (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, '')"
				  " ON CONFLICT (message, recipient) DO UPDATE SET"
				  " state = excluded.state, owner = excluded.owner, changed = excluded.changed";
	const char *state = found == LEDGER_SENT ? "sent" : "begun";
	const struct value values[] = { value_text(try->message), value_text(recipient), value_text(state),
		value_text(try->owner), value_number(try->now), VALUE_LAST };

	return store_note(s, sql, values, NULL, e);
}

/* A recipient that this try has begun already stays as it is: it was named twice. */
static int
begin_one(struct store *s, const struct ledger_try *try, const char *recipient, enum ledger_state *out,
    struct error *e)
{
	struct ledger_row row;
	int rc = 0;

	*out = LEDGER_UNSENT;
	if (find(s, try, recipient, &row, e) != 0)
		return -1;
	if (strcmp(row.owner, try->owner) == 0)
		*out = strcmp(row.state, "sent") == 0 ? LEDGER_SENT : LEDGER_UNSENT;
	else if (row.owner[0] != '\0')
		rc = take_over(try, &row, out, e);
	ledger_row_done(&row);
	return rc == 0 ? write_row(s, try, recipient, *out, e) : -1;
}

int
ledger_begin(struct store *s, const struct ledger_try *try, const char *const *recipients, size_t n,
    enum ledger_state *out, struct error *e)
{
	const size_t owner = strlen(try->owner);
	enum ledger_state *found;
	bool own;
	int rc = 0;

	if (owner == 0 || owner >= sizeof((struct ledger_row *)NULL)->owner)
		return error_set(e, ERROR_INTERNAL, "\"%s\" cannot own a row of the ledger", try->owner);
	found = memory_new(n > 0 ? n : 1, sizeof *found, e);
	if (found == NULL || store_enter(s, &own, e) != 0) {
		free(found);
		return -1;
	}
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = begin_one(s, try, recipients[i], &found[i], e);
	rc = store_leave(s, own, rc, e);
	if (rc == 0)
		memcpy(out, found, n * sizeof *found);
	free(found);
	return rc;
}

/* ---- what came of it ---- */

/* The statement is about one row of this try. */
static int
write_own(struct store *s, const char *sql, const struct value *values, struct error *e)
{
	size_t changed = 0;

	if (store_note(s, sql, values, &changed, e) != 0)
		return -1;
	return changed != 0 ? 0 : error_set(e, ERROR_STORE_NOT_FOUND, "no such row of the ledger for this delivery");
}

/* No row says the same.  What was sent was sent, whatever became of another attempt. */
static int
forget(struct store *s, const struct ledger_try *try, const char *recipient, struct error *e)
{
	static const char sql[] = "DELETE FROM ledger WHERE message = $1 AND recipient = $2 AND owner = $3"
				  " AND state <> 'sent'";
	const struct value values[] = { value_text(try->message), value_text(recipient), value_text(try->owner),
		VALUE_LAST };

	return store_note(s, sql, values, NULL, e);
}

int
ledger_set(struct store *s, const struct ledger_try *try, const char *recipient, enum ledger_state state,
    const char *reply, struct error *e)
{
	static const char sql[] = "UPDATE ledger SET state = $4, changed = $5, reply = $6"
				  " WHERE message = $1 AND recipient = $2 AND owner = $3";
	const struct value values[] = { value_text(try->message), value_text(recipient), value_text(try->owner),
		value_text(state == LEDGER_SENT ? "sent" : "unknown"), value_number(try->now), value_text(reply),
		VALUE_LAST };

	if (state == LEDGER_UNSENT)
		return forget(s, try, recipient, e);
	return write_own(s, sql, values, e);
}

int
ledger_close(struct store *s, const struct ledger_try *try, struct error *e)
{
	static const char sql[] = "DELETE FROM ledger WHERE message = $1 AND owner = $2";
	const struct value values[] = { value_text(try->message), value_text(try->owner), VALUE_LAST };

	return store_note(s, sql, values, NULL, e);
}

static int
note_count(void *ctx, const struct value *columns, struct error *e)
{
	(void)e;
	*(int64_t *)ctx = columns[0].number;
	return 0;
}

int
ledger_is_empty(struct store *s, bool *out, struct error *e)
{
	static const char sql[] = "SELECT COUNT(*) FROM ledger";
	static const struct value none[] = { VALUE_LAST };
	int64_t count = 0;

	if (store_each(s, sql, none, note_count, &count, e) != 0)
		return -1;
	*out = count == 0;
	return 0;
}

int
ledger_expire(struct store *s, int64_t before, struct error *e)
{
	static const char sql[] = "DELETE FROM ledger WHERE changed < $1";
	const struct value values[] = { value_number(before), VALUE_LAST };

	return store_note(s, sql, values, NULL, e);
}
