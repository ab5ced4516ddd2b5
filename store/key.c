/* SPDX-License-Identifier: BSD-2-Clause */

#include "store/fields.h"
#include "store/rows.h"
#include "store/store_private.h"

/* store_key: what wraps the rows; key: the sealed private keys of our identities. */

static const struct field store_key_fields[] = {
	FIELD(FIXED, struct store_key_row, id),
	FIELD(NUMBER, struct store_key_row, created),
	FIELD(BLOB, struct store_key_row, wrapped),
	FIELD_LAST,
};

static const struct field key_fields[] = {
	FIELD(FIXED, struct key_row, id),
	FIELD(FIXED, struct key_row, identity_id),
	FIELD(TEXT, struct key_row, purpose),
	FIELD(TEXT, struct key_row, state),
	FIELD(TEXT, struct key_row, algorithm),
	FIELD(FIXED, struct key_row, public_hash),
	FIELD(BLOB, struct key_row, sealed),
	FIELD(NUMBER, struct key_row, created),
	FIELD_LAST,
};
#define KEY_COLUMNS "id, identity_id, purpose, state, algorithm, public_hash, sealed, created"

/* ---- store_key ---- */

int
store_key_add(struct store *s, const struct store_key_row *row, struct error *e)
{
	static const char sql[] = "INSERT INTO store_key (id, created, wrapped) VALUES ($1, $2, $3)"
				  " ON CONFLICT DO NOTHING";
	struct value values[FIELDS_MAX + 1];

	fields_bind(store_key_fields, row, values);
	return store_add(s, "store key", sql, values, e);
}

struct store_key_visitor {
	int (*visit)(void *ctx, const struct store_key_row *row, struct error *e);
	void *ctx;
};

static int
visit_store_key(void *ctx, const struct value *columns, struct error *e)
{
	const struct store_key_visitor *v = ctx;
	struct store_key_row row;
	int rc;

	if (fields_fill(store_key_fields, columns, sizeof row, &row, e) != 0)
		return -1;
	rc = v->visit(v->ctx, &row, e);
	fields_done(store_key_fields, &row);
	return rc;
}

int
store_key_each(struct store *s, int (*visit)(void *ctx, const struct store_key_row *row, struct error *e), void *ctx,
    struct error *e)
{
	static const char sql[] = "SELECT id, created, wrapped FROM store_key ORDER BY created, id";
	static const struct value none[] = { VALUE_LAST };
	struct store_key_visitor v = { visit, ctx };

	return store_each(s, sql, none, visit_store_key, &v, e);
}

/* ---- key ---- */

int
key_add(struct store *s, const struct key_row *row, struct error *e)
{
	static const char sql[] = "INSERT INTO key (" KEY_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
				  " ON CONFLICT DO NOTHING";
	struct value values[FIELDS_MAX + 1];

	fields_bind(key_fields, row, values);
	return store_add(s, "key", sql, values, e);
}

static int
take_key(void *ctx, const struct value *columns, struct error *e)
{
	return fields_fill(key_fields, columns, sizeof(struct key_row), ctx, e);
}

static int
get(struct store *s, const char *sql, const char *value, struct key_row *out, struct error *e)
{
	const struct value values[] = { value_text(value), VALUE_LAST };
	struct key_row row = { 0 };

	if (store_one(s, "key", sql, values, take_key, &row, e) != 0)
		return -1;
	*out = row;
	return 0;
}

int
key_get(struct store *s, const char *id, struct key_row *out, struct error *e)
{
	static const char sql[] = "SELECT " KEY_COLUMNS " FROM key WHERE id = $1";

	return get(s, sql, id, out, e);
}

int
key_get_by_public_hash(struct store *s, const char *public_hash, struct key_row *out, struct error *e)
{
	static const char sql[] = "SELECT " KEY_COLUMNS " FROM key WHERE public_hash = $1";

	return get(s, sql, public_hash, out, e);
}

struct key_visitor {
	int (*visit)(void *ctx, const struct key_row *row, struct error *e);
	void *ctx;
};

static int
visit_key(void *ctx, const struct value *columns, struct error *e)
{
	const struct key_visitor *v = ctx;
	struct key_row row;
	int rc;

	if (take_key(&row, columns, e) != 0)
		return -1;
	rc = v->visit(v->ctx, &row, e);
	key_row_done(&row);
	return rc;
}

int
key_each(struct store *s, const char *identity_id, int (*visit)(void *ctx, const struct key_row *row, struct error *e),
    void *ctx, struct error *e)
{
	static const char all[] = "SELECT " KEY_COLUMNS " FROM key ORDER BY created DESC, id";
	static const char some[] = "SELECT " KEY_COLUMNS " FROM key WHERE identity_id = $1 ORDER BY created DESC, id";
	static const struct value none[] = { VALUE_LAST };
	const struct value values[] = { value_text(identity_id), VALUE_LAST };
	struct key_visitor v = { visit, ctx };

	if (identity_id == NULL)
		return store_each(s, all, none, visit_key, &v, e);
	return store_each(s, some, values, visit_key, &v, e);
}

int
key_set_state(struct store *s, const char *id, const char *state, struct error *e)
{
	static const char sql[] = "UPDATE key SET state = $2 WHERE id = $1";
	const struct value values[] = { value_text(id), value_text(state), VALUE_LAST };

	return store_change(s, "key", sql, values, e);
}

int
key_set_sealed(struct store *s, const char *id, const struct blob *sealed, struct error *e)
{
	static const char sql[] = "UPDATE key SET sealed = $2 WHERE id = $1";
	const struct value values[] = { value_text(id), value_octets(sealed->data, sealed->size), VALUE_LAST };

	return store_change(s, "key", sql, values, e);
}

void
key_row_done(struct key_row *row)
{
	if (row != NULL)
		fields_done(key_fields, row);
}
