/* SPDX-License-Identifier: BSD-2-Clause */

#include "store/fields.h"
#include "store/rows.h"
#include "store/store_private.h"

/* ca: the built-in certification authority; issued: the log of what it issued. */

static const struct field ca_fields[] = {
	FIELD(FIXED, struct ca_row, id),
	FIELD(FIXED, struct ca_row, key_id),
	FIELD(TEXT, struct ca_row, name),
	FIELD(BLOB, struct ca_row, certificate),
	FIELD(BLOB, struct ca_row, chain),
	FIELD(NUMBER, struct ca_row, created),
	FIELD_LAST,
};

static const struct field issued_fields[] = {
	FIELD(FIXED, struct issued_row, ca_id),
	FIELD(TEXT, struct issued_row, serial),
	FIELD(FIXED, struct issued_row, fingerprint),
	FIELD(TEXT, struct issued_row, subject),
	FIELD(NUMBER, struct issued_row, not_after),
	FIELD(NUMBER, struct issued_row, issued),
	FIELD(NUMBER, struct issued_row, revoked),
	FIELD(NUMBER, struct issued_row, reason),
	FIELD_LAST,
};
#define ISSUED_COLUMNS "ca_id, serial, fingerprint, subject, not_after, issued, revoked, reason"

/* ---- ca ---- */

int
ca_add(struct store *s, const struct ca_row *row, struct error *e)
{
	static const char sql[] = "INSERT INTO ca (id, key_id, name, certificate, chain, created)"
				  " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
	struct value values[FIELDS_MAX + 1];

	fields_bind(ca_fields, row, values);
	return store_add(s, "certification authority", sql, values, e);
}

struct ca_visitor {
	int (*visit)(void *ctx, const struct ca_row *row, struct error *e);
	void *ctx;
};

static int
visit_ca(void *ctx, const struct value *columns, struct error *e)
{
	const struct ca_visitor *v = ctx;
	struct ca_row row;
	int rc;

	if (fields_fill(ca_fields, columns, sizeof row, &row, e) != 0)
		return -1;
	rc = v->visit(v->ctx, &row, e);
	ca_row_done(&row);
	return rc;
}

int
ca_each(struct store *s, int (*visit)(void *ctx, const struct ca_row *row, struct error *e), void *ctx,
    struct error *e)
{
	static const char sql[] = "SELECT id, key_id, name, certificate, chain, created FROM ca"
				  " ORDER BY created DESC, id";
	static const struct value none[] = { VALUE_LAST };
	struct ca_visitor v = { visit, ctx };

	return store_each(s, sql, none, visit_ca, &v, e);
}

void
ca_row_done(struct ca_row *row)
{
	if (row != NULL)
		fields_done(ca_fields, row);
}

/* ---- issued ---- */

int
issued_add(struct store *s, const struct issued_row *row, struct error *e)
{
	static const char sql[] = "INSERT INTO issued (" ISSUED_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
				  " ON CONFLICT DO NOTHING";
	struct value values[FIELDS_MAX + 1];

	fields_bind(issued_fields, row, values);
	return store_add(s, "serial number of the certification authority", sql, values, e);
}

int
issued_revoke(struct store *s, const char *ca_id, const char *serial, int64_t when, int64_t reason, struct error *e)
{
	static const char sql[] = "UPDATE issued SET revoked = $3, reason = $4 WHERE ca_id = $1 AND serial = $2";
	const struct value values[] = { value_text(ca_id), value_text(serial), value_number(when),
		value_number(reason), VALUE_LAST };

	return store_change(s, "certificate of the certification authority", sql, values, e);
}

struct issued_visitor {
	int (*visit)(void *ctx, const struct issued_row *row, struct error *e);
	void *ctx;
};

static int
visit_issued(void *ctx, const struct value *columns, struct error *e)
{
	const struct issued_visitor *v = ctx;
	struct issued_row row;
	int rc;

	if (fields_fill(issued_fields, columns, sizeof row, &row, e) != 0)
		return -1;
	rc = v->visit(v->ctx, &row, e);
	issued_row_done(&row);
	return rc;
}

int
issued_each(struct store *s, const char *ca_id,
    int (*visit)(void *ctx, const struct issued_row *row, struct error *e), void *ctx, struct error *e)
{
	static const char sql[] = "SELECT " ISSUED_COLUMNS " FROM issued WHERE ca_id = $1 ORDER BY issued, serial";
	const struct value values[] = { value_text(ca_id), VALUE_LAST };
	struct issued_visitor v = { visit, ctx };

	return store_each(s, sql, values, visit_issued, &v, e);
}

void
issued_row_done(struct issued_row *row)
{
	if (row != NULL)
		fields_done(issued_fields, row);
}
