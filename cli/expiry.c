/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/expiry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/rows.h"

#define DAY ((int64_t)86400)

/* ---- keys ------------------------------------------------------------------------------ */

static int
take_key(void *ctx, const struct key_row *row, struct error *e)
{
	struct key_list *list = ctx;
	struct key_entry *items = memory_resize(list->items, list->count + 1, sizeof(*items), e), *to;

	if (items == NULL)
		return -1;
	list->items = items;
	to = &items[list->count++];
	memcpy(to->id, row->id, sizeof(to->id));
	memcpy(to->identity, row->identity_id, sizeof(to->identity));
	(void)snprintf(to->state, sizeof(to->state), "%s", row->state);
	(void)snprintf(to->purpose, sizeof(to->purpose), "%s", row->purpose);
	return 0;
}

static int
by_identity(const void *a, const void *b)
{
	return strcmp(((const struct key_entry *)a)->identity, ((const struct key_entry *)b)->identity);
}

/* Those of one identity stand together. */
int
key_list_read(struct store *s, struct key_list *out, struct error *e)
{
	struct key_list list = { NULL, 0 };

	if (key_each(s, NULL, take_key, &list, e) != 0) {
		key_list_done(&list);
		return -1;
	}
	if (list.count > 0)
		qsort(list.items, list.count, sizeof(list.items[0]), by_identity);
	*out = list;
	return 0;
}

void
key_list_done(struct key_list *list)
{
	free(list->items);
	*list = (struct key_list){ NULL, 0 };
}

/* ---- the table --------------------------------------------------------------------------- */

void
expiries_done(struct expiries *x)
{
	for (size_t i = 0; i < x->count; i++)
		free(x->items[i].name);
	free(x->items);
	x->items = NULL;
	x->count = 0;
}

static int
add(struct expiries *x, const char *name, int64_t until, struct error *e)
{
	struct expiry *items = memory_resize(x->items, x->count + 1, sizeof(*items), e);

	if (items == NULL)
		return -1;
	x->items = items;
	items[x->count].name = memory_text(name, e);
	items[x->count].until = until;
	return items[x->count++].name != NULL ? 0 : -1;
}

static int
by_end(const void *a, const void *b)
{
	const struct expiry *left = a, *right = b;

	return (left->until > right->until) - (left->until < right->until);
}

static void
sort_and_count(struct expiries *x)
{
	static const int64_t days[] = { [EXPIRY_30] = 30, [EXPIRY_14] = 14, [EXPIRY_7] = 7, [EXPIRY_1] = 1 };

	if (x->count > 0)
		qsort(x->items, x->count, sizeof(x->items[0]), by_end);
	for (size_t i = 0; i < x->count; i++) {
		if (x->items[i].until < x->now) {
			x->within[EXPIRY_PAST]++;
			continue;
		}
		for (size_t s = EXPIRY_30; s <= EXPIRY_1; s++)
			x->within[s] += x->items[i].until <= x->now + days[s] * DAY;
	}
}

/* ---- ours ----------------------------------------------------------------------------------- */

static int
take_latest(void *ctx, const struct key_certificate_row *row, struct error *e)
{
	int64_t *latest = ctx;

	(void)e;
	if (row->not_after > *latest)
		*latest = row->not_after;
	return 0;
}

/* The first address speaks for an identity. */
static int
take_first(void *ctx, const char *key, struct error *e)
{
	char **name = ctx;

	if (*name != NULL)
		return 0;
	*name = memory_text(key, e);
	return *name != NULL ? 0 : -1;
}

/* The CA's key has an identity without an address: its certificate is not among those of `key_certificate`. */
static int
add_identity(struct store *s, const char *identity, int64_t until, struct expiries *x, struct error *e)
{
	char *name = NULL;
	int rc = identity_address_each(s, identity, take_first, &name, e);

	if (rc == 0 && name != NULL)
		rc = add(x, name, until, e);
	free(name);
	return rc;
}

/* Until when the identity at `first` can do what it has active keys for; `*next` is the one behind it. */
static int
find_end(struct store *s, const struct key_list *keys, size_t first, size_t *next, bool *out_any, int64_t *out,
    struct error *e)
{
	int64_t sign = -1, decrypt = -1;
	size_t i;

	for (i = first; i < keys->count && strcmp(keys->items[i].identity, keys->items[first].identity) == 0; i++) {
		const struct key_entry *key = &keys->items[i];
		int64_t latest = 0;

		if (strcmp(key->state, "active") != 0)
			continue;
		if (key_certificate_each(s, key->id, take_latest, &latest, e) != 0)
			return -1;
		if (strcmp(key->purpose, "decrypt") != 0 && latest > sign)
			sign = latest;
		if (strcmp(key->purpose, "sign") != 0 && latest > decrypt)
			decrypt = latest;
	}
	*next = i;
	*out_any = sign >= 0 || decrypt >= 0;
	*out = sign < 0 || (decrypt >= 0 && decrypt < sign) ? decrypt : sign;
	return 0;
}

int
expiries_own(struct store *s, const struct key_list *keys, struct expiries *x, struct error *e)
{
	size_t next;

	for (size_t i = 0; i < keys->count; i = next) {
		int64_t until;
		bool any;

		if (find_end(s, keys, i, &next, &any, &until, e) != 0)
			return -1;
		if (any && add_identity(s, keys->items[i].identity, until, x, e) != 0)
			return -1;
	}
	sort_and_count(x);
	return 0;
}

/* ---- theirs ---------------------------------------------------------------------------------- */

/* Rows come by owner. */
static int
take_partner(void *ctx, const struct partner_certificate_row *row, struct error *e)
{
	struct expiries *x = ctx;

	if (x->count == 0 || strcmp(x->items[x->count - 1].name, row->owner) != 0)
		return add(x, row->owner, row->not_after, e);
	if (row->not_after > x->items[x->count - 1].until)
		x->items[x->count - 1].until = row->not_after;
	return 0;
}

int
expiries_partners(struct store *s, struct expiries *x, struct error *e)
{
	if (partner_certificate_each(s, NULL, take_partner, x, e) != 0)
		return -1;
	sort_and_count(x);
	return 0;
}
