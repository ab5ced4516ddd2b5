/* SPDX-License-Identifier: BSD-2-Clause */

#include "store/fields.h"
#include "store/rows.h"
#include "store/store_private.h"

/* meta: single values by name. */

static int
take_value(void *ctx, const struct value *columns, struct error *e)
{
	return buffer_append(ctx, columns[0].data, columns[0].size, e);
}

int
meta_get(struct store *s, const char *name, struct buffer *out, struct error *e)
{
	static const char sql[] = "SELECT value FROM meta WHERE name = $1";
	const struct value values[] = { value_text(name), VALUE_LAST };

	return store_one(s, "value in meta", sql, values, take_value, out, e);
}

int
meta_put(struct store *s, const char *name, const char *value, struct error *e)
{
	static const char sql[] = "INSERT INTO meta (name, value) VALUES ($1, $2)"
				  " ON CONFLICT (name) DO UPDATE SET value = excluded.value";
	const struct value values[] = { value_text(name), value_text(value), VALUE_LAST };

	return store_put(s, sql, values, e);
}
