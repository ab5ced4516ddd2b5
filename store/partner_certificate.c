/* SPDX-License-Identifier: BSD-2-Clause */

#include "store/fields.h"
#include "store/rows.h"
#include "store/store_private.h"

/* partner_certificate: other people's certificates, by address or whole domain. */

static const struct field fields[] = {
	FIELD(FIXED, struct partner_certificate_row, id),
	FIELD(TEXT, struct partner_certificate_row, owner),
	FIELD(FIXED, struct partner_certificate_row, fingerprint),
	FIELD(TEXT, struct partner_certificate_row, level),
	FIELD(BLOB, struct partner_certificate_row, der),
	FIELD(BLOB, struct partner_certificate_row, chain),
	FIELD(NUMBER, struct partner_certificate_row, not_before),
	FIELD(NUMBER, struct partner_certificate_row, not_after),
	FIELD(NUMBER, struct partner_certificate_row, created),
	FIELD_LAST,
};
#define COLUMNS "id, owner, fingerprint, level, der, chain, not_before, not_after, created"

int
partner_certificate_add(struct store *s, const struct partner_certificate_row *row, struct error *e)
{
	static const char sql[] = "INSERT INTO partner_certificate (" COLUMNS ")"
				  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
	struct value values[FIELDS_MAX + 1];

	fields_bind(fields, row, values);
	return store_add(s, "certificate of a correspondent", sql, values, e);
}

struct visitor {
	int (*visit)(void *ctx, const struct partner_certificate_row *row, struct error *e);
	void *ctx;
};

static int
visit_row(void *ctx, const struct value *columns, struct error *e)
{
	const struct visitor *v = ctx;
	struct partner_certificate_row row;
	int rc;

	if (fields_fill(fields, columns, sizeof row, &row, e) != 0)
		return -1;
	rc = v->visit(v->ctx, &row, e);
	partner_certificate_row_done(&row);
	return rc;
}

int
partner_certificate_each(struct store *s, const char *owner,
    int (*visit)(void *ctx, const struct partner_certificate_row *row, struct error *e), void *ctx, struct error *e)
{
	static const char all[] = "SELECT " COLUMNS " FROM partner_certificate ORDER BY owner, created DESC, id";
	static const char some[] = "SELECT " COLUMNS " FROM partner_certificate WHERE owner = $1"
				   " ORDER BY created DESC, id";
	static const struct value none[] = { VALUE_LAST };
	const struct value values[] = { value_text(owner), VALUE_LAST };
	struct visitor v = { visit, ctx };

	if (owner == NULL)
		return store_each(s, all, none, visit_row, &v, e);
	return store_each(s, some, values, visit_row, &v, e);
}

int
partner_certificate_remove(struct store *s, const char *owner, const char *fingerprint, struct error *e)
{
	static const char sql[] = "DELETE FROM partner_certificate WHERE owner = $1 AND fingerprint = $2";
	const struct value values[] = { value_text(owner), value_text(fingerprint), VALUE_LAST };

	return store_change(s, "certificate of a correspondent", sql, values, e);
}

void
partner_certificate_row_done(struct partner_certificate_row *row)
{
	if (row != NULL)
		fields_done(fields, row);
}
