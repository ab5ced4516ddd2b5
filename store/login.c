/* SPDX-License-Identifier: BSD-2-Clause */

#include "store/fields.h"
#include "store/rows.h"
#include "store/store_private.h"

/* login: which authors a login may act for. */

int
login_add(struct store *s, const char *login, const char *author, struct error *e)
{
	static const char sql[] = "INSERT INTO login (login, author) VALUES ($1, $2) ON CONFLICT DO NOTHING";
	const struct value values[] = { value_text(login), value_text(author), VALUE_LAST };

	return store_add(s, "author of a login", sql, values, e);
}

int
login_remove(struct store *s, const char *login, const char *author, struct error *e)
{
	static const char sql[] = "DELETE FROM login WHERE login = $1 AND author = $2";
	const struct value values[] = { value_text(login), value_text(author), VALUE_LAST };

	return store_change(s, "author of a login", sql, values, e);
}

struct visitor {
	int (*visit)(void *ctx, const char *login, const char *author, struct error *e);
	void *ctx;
};

static int
visit_row(void *ctx, const struct value *columns, struct error *e)
{
	const struct visitor *v = ctx;

	if (columns[0].type != VALUE_TEXT || columns[1].type != VALUE_TEXT)
		return error_set(e, ERROR_STORE, "a login in the store is damaged");
	return v->visit(v->ctx, columns[0].data, columns[1].data, e);
}

int
login_each(struct store *s, const char *login,
    int (*visit)(void *ctx, const char *login, const char *author, struct error *e), void *ctx, struct error *e)
{
	static const char all[] = "SELECT login, author FROM login ORDER BY login, author";
	static const char some[] = "SELECT login, author FROM login WHERE login = $1 ORDER BY author";
	static const struct value none[] = { VALUE_LAST };
	const struct value values[] = { value_text(login), VALUE_LAST };
	struct visitor v = { visit, ctx };

	if (login == NULL)
		return store_each(s, all, none, visit_row, &v, e);
	return store_each(s, some, values, visit_row, &v, e);
}
