/* SPDX-License-Identifier: BSD-2-Clause */

#include "store/fields.h"
#include "store/rows.h"
#include "store/store_private.h"

/* identity and identity_address: whose keys these are, and by which addresses they are found. */

static const struct field fields[] = {
	FIELD(FIXED, struct identity_row, id),
	FIELD(TEXT, struct identity_row, kind),
	FIELD(TEXT, struct identity_row, name),
	FIELD(NUMBER, struct identity_row, created),
	FIELD_LAST,
};

struct visitor {
	int (*visit)(void *ctx, const struct identity_row *row, struct error *e);
	void *ctx;
};

int
identity_add(struct store *s, const struct identity_row *row, struct error *e)
{
	static const char sql[] = "INSERT INTO identity (id, kind, name, created) VALUES ($1, $2, $3, $4)"
				  " ON CONFLICT DO NOTHING";
	struct value values[FIELDS_MAX + 1];

	fields_bind(fields, row, values);
	return store_add(s, "identity", sql, values, e);
}

static int
take_row(void *ctx, const struct value *columns, struct error *e)
{
	return fields_fill(fields, columns, sizeof(struct identity_row), ctx, e);
}

int
identity_get(struct store *s, const char *id, struct identity_row *out, struct error *e)
{
	static const char sql[] = "SELECT id, kind, name, created FROM identity WHERE id = $1";
	const struct value values[] = { value_text(id), VALUE_LAST };
	struct identity_row row = { 0 };

	if (store_one(s, "identity", sql, values, take_row, &row, e) != 0)
		return -1;
	*out = row;
	return 0;
}

static int
visit_row(void *ctx, const struct value *columns, struct error *e)
{
	const struct visitor *v = ctx;
	struct identity_row row;
	int rc;

	if (take_row(&row, columns, e) != 0)
		return -1;
	rc = v->visit(v->ctx, &row, e);
	identity_row_done(&row);
	return rc;
}

int
identity_each(struct store *s, int (*visit)(void *ctx, const struct identity_row *row, struct error *e), void *ctx,
    struct error *e)
{
	static const char sql[] = "SELECT id, kind, name, created FROM identity ORDER BY name, id";
	static const struct value none[] = { VALUE_LAST };
	struct visitor v = { visit, ctx };

	return store_each(s, sql, none, visit_row, &v, e);
}

void
identity_row_done(struct identity_row *row)
{
	if (row != NULL)
		fields_done(fields, row);
}

static int
refuse_key(void *ctx, const struct value *columns, struct error *e)
{
	(void)ctx;
	(void)columns;
	return error_set(e, ERROR_STORE_CONFLICT, "the identity has keys: an identity with keys stays");
}

int
identity_remove(struct store *s, const char *id, struct error *e)
{
	static const char keys[] = "SELECT id FROM key WHERE identity_id = $1";
	static const char addresses[] = "DELETE FROM identity_address WHERE identity_id = $1";
	static const char identity[] = "DELETE FROM identity WHERE id = $1";
	const struct value values[] = { value_text(id), VALUE_LAST };
	bool own;
	int rc;

	if (store_enter(s, &own, e) != 0)
		return -1;
	rc = store_each(s, keys, values, refuse_key, NULL, e);
	if (rc == 0)
		rc = store_put(s, addresses, values, e);
	if (rc == 0)
		rc = store_change(s, "identity", identity, values, e);
	return store_leave(s, own, rc, e);
}

/* ---- addresses ---- */

int
identity_address_add(struct store *s, const char *identity_id, const char *key, struct error *e)
{
	static const char sql[] = "INSERT INTO identity_address (address, identity_id) VALUES ($1, $2)"
				  " ON CONFLICT DO NOTHING";
	const struct value values[] = { value_text(key), value_text(identity_id), VALUE_LAST };

	return store_add(s, "address of an identity", sql, values, e);
}

int
identity_address_remove(struct store *s, const char *key, struct error *e)
{
	static const char sql[] = "DELETE FROM identity_address WHERE address = $1";
	const struct value values[] = { value_text(key), VALUE_LAST };

	return store_change(s, "address of an identity", sql, values, e);
}

static int
take_id(void *ctx, const struct value *columns, struct error *e)
{
	return column_fixed(&columns[0], ctx, RANDOM_ID_SIZE, e);
}

int
identity_address_get(struct store *s, const char *key, char out_identity_id[RANDOM_ID_SIZE], struct error *e)
{
	static const char sql[] = "SELECT identity_id FROM identity_address WHERE address = $1";
	const struct value values[] = { value_text(key), VALUE_LAST };

	return store_one(s, "address of an identity", sql, values, take_id, out_identity_id, e);
}

struct address_visitor {
	int (*visit)(void *ctx, const char *key, struct error *e);
	void *ctx;
};

static int
visit_address(void *ctx, const struct value *columns, struct error *e)
{
	const struct address_visitor *v = ctx;

	if (columns[0].type != VALUE_TEXT)
		return error_set(e, ERROR_STORE, "an address in the store is damaged");
	return v->visit(v->ctx, columns[0].data, e);
}

int
identity_address_each(struct store *s, const char *identity_id,
    int (*visit)(void *ctx, const char *key, struct error *e), void *ctx, struct error *e)
{
	static const char sql[] = "SELECT address FROM identity_address WHERE identity_id = $1 ORDER BY address";
	const struct value values[] = { value_text(identity_id), VALUE_LAST };
	struct address_visitor v = { visit, ctx };

	return store_each(s, sql, values, visit_address, &v, e);
}
