/* SPDX-License-Identifier: BSD-2-Clause */

#include "store/fields.h"
#include "store/rows.h"
#include "store/store_private.h"

/* key_certificate: the certificates of our own keys, found by key or as a RecipientInfo names them. */

static const struct field fields[] = {
	FIELD(FIXED, struct key_certificate_row, fingerprint),
	FIELD(FIXED, struct key_certificate_row, key_id),
	FIELD(BLOB, struct key_certificate_row, der),
	FIELD(BLOB, struct key_certificate_row, chain),
	FIELD(FIXED, struct key_certificate_row, issuer_serial),
	FIELD(FIXED, struct key_certificate_row, ski),
	FIELD(NUMBER, struct key_certificate_row, not_before),
	FIELD(NUMBER, struct key_certificate_row, not_after),
	FIELD(NUMBER, struct key_certificate_row, created),
	FIELD_LAST,
};
#define COLUMNS "fingerprint, key_id, der, chain, issuer_serial, ski, not_before, not_after, created"

struct visitor {
	int (*visit)(void *ctx, const struct key_certificate_row *row, struct error *e);
	void *ctx;
};

int
key_certificate_add(struct store *s, const struct key_certificate_row *row, struct error *e)
{
	static const char sql[] = "INSERT INTO key_certificate (" COLUMNS ")"
				  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
	struct value values[FIELDS_MAX + 1];

	fields_bind(fields, row, values);
	return store_add(s, "certificate of a key", sql, values, e);
}

static int
visit_row(void *ctx, const struct value *columns, struct error *e)
{
	const struct visitor *v = ctx;
	struct key_certificate_row row;
	int rc;

	if (fields_fill(fields, columns, sizeof row, &row, e) != 0)
		return -1;
	rc = v->visit(v->ctx, &row, e);
	key_certificate_row_done(&row);
	return rc;
}

int
key_certificate_each(struct store *s, const char *key_id,
    int (*visit)(void *ctx, const struct key_certificate_row *row, struct error *e), void *ctx, struct error *e)
{
	static const char sql[] = "SELECT " COLUMNS " FROM key_certificate WHERE key_id = $1"
				  " ORDER BY not_before DESC, fingerprint";
	const struct value values[] = { value_text(key_id), VALUE_LAST };
	struct visitor v = { visit, ctx };

	return store_each(s, sql, values, visit_row, &v, e);
}

int
key_certificate_each_by_recipient(struct store *s, const char *issuer_serial, const char *ski,
    int (*visit)(void *ctx, const struct key_certificate_row *row, struct error *e), void *ctx, struct error *e)
{
	/* null equals nothing */
	static const char sql[] = "SELECT " COLUMNS " FROM key_certificate WHERE issuer_serial = $1 OR ski = $2"
				  " ORDER BY not_before DESC, fingerprint";
	const struct value values[] = {
		value_text(issuer_serial),
		value_text(ski != NULL && *ski == '\0' ? NULL : ski), /* certificates without one are no match */
		VALUE_LAST,
	};
	struct visitor v = { visit, ctx };

	return store_each(s, sql, values, visit_row, &v, e);
}

void
key_certificate_row_done(struct key_certificate_row *row)
{
	if (row != NULL)
		fields_done(fields, row);
}
