/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include <stddef.h>

#include "base/json.h"
#include "cli/cli.h"

/* Rows for people (aligned columns) or programs (--json: an array of objects). */
struct listing {
	struct json *rows;
};

int listing_init(struct listing *l, struct error *e);
void listing_done(struct listing *l);

/* listing_row(l, e): a new row's object, owned by the listing; fill it by json_put_*.  NULL for want of memory. */
struct json *listing_row(struct listing *l, struct error *e);

/* listing_at(l, i): row `i`, to be filled further. */
struct json *listing_at(struct listing *l, size_t i);

/* listing_print(c, l, columns, e): `columns` are member names, NULL-terminated; the last is not padded. */
int listing_print(const struct cli *c, const struct listing *l, const char *const *columns, struct error *e);

/*
 * listing_print_members(l, members): for people, one member a line and a blank line between rows; absent ones are
 * left out.
 */
int listing_print_members(const struct listing *l, const char *const *members);

/* time_text(seconds, out): "2026-11-22" for columns; "-" for 0. */
#define TIME_TEXT_MAX 32
void time_text(int64_t seconds, char out[TIME_TEXT_MAX]);

#endif
