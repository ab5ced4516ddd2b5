/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "keystore/keystore_private.h"

static void *
ring_ref(void *value)
{
	atomic_fetch_add(&((struct ring *)value)->references, 1);
	return value;
}

static void
item_done(struct ring_item *item)
{
	certificate_unref(item->certificate);
	certificates_done(&item->chain);
}

void
ring_unref(struct ring *ring)
{
	if (ring == NULL || atomic_fetch_sub(&ring->references, 1) != 1)
		return;
	for (size_t i = 0; i < ring->count; i++)
		item_done(&ring->items[i]);
	free(ring->items);
	free(ring);
}

static void
release(void *value)
{
	ring_unref(value);
}

const struct cache_values ring_values = { ring_ref, release };

/* ---- loading ------------------------------------------------------------------ */

/* An active key, before its certificates are asked for: a visit must not call the store. */
struct found_key {
	char id[RANDOM_ID_SIZE];
	bool sign, decrypt;
	int64_t created;
};

struct found_keys {
	struct found_key *items;
	size_t count;
};

static int
take_active(void *ctx, const struct key_row *row, struct error *e)
{
	struct found_keys *found = ctx;
	struct found_key *items;

	if (strcmp(row->state, "active") != 0 || found->count >= LIMIT_CERTIFICATES)
		return 0;
	items = memory_resize(found->items, found->count + 1, sizeof items[0], e);
	if (items == NULL)
		return -1;
	found->items = items;
	items += found->count++;
	memcpy(items->id, row->id, sizeof items->id);
	items->sign = strcmp(row->purpose, key_purpose_word(KEY_PURPOSE_DECRYPT)) != 0;
	items->decrypt = strcmp(row->purpose, key_purpose_word(KEY_PURPOSE_SIGN)) != 0;
	items->created = row->created;
	return 0;
}

int
certificate_of(struct keystore *ks, const struct key_certificate_row *row, struct certificate **out, struct error *e)
{
	struct certificate *c = cache_get(ks->certificates, 0, row->fingerprint);

	if (c != NULL) {
		*out = c;
		return 0;
	}
	if (certificate_read(row->der.data, row->der.size, &c, e) != 0)
		return error_context(e, "certificate %s of key %s", row->fingerprint, row->key_id);
	if (strcmp(certificate_fingerprint(c), row->fingerprint) != 0) {
		certificate_unref(c);
		return error_set(e, ERROR_STORE, "the row of certificate %s holds another one", row->fingerprint);
	}
	cache_put(ks->certificates, 0, row->fingerprint, c);
	*out = c;
	return 0;
}

struct taking {
	struct keystore *ks;
	struct ring *ring;
	const struct found_key *key;
};

static int
fill_item(struct keystore *ks, struct ring_item *item, const struct found_key *key,
    const struct key_certificate_row *row, struct error *e)
{
	memcpy(item->key_id, key->id, sizeof item->key_id);
	item->sign = key->sign;
	item->decrypt = key->decrypt;
	item->created = key->created;
	if (certificate_of(ks, row, &item->certificate, e) != 0)
		return -1;
	if (row->chain.size == 0)
		return 0;
	return certificates_read(row->chain.data, row->chain.size, &item->chain, e);
}

static int
take_certificate(void *ctx, const struct key_certificate_row *row, struct error *e)
{
	const struct taking *t = ctx;
	struct ring_item item = { 0 }, *items;

	if (t->ring->count >= LIMIT_CERTIFICATES)
		return 0;
	items = memory_resize(t->ring->items, t->ring->count + 1, sizeof items[0], e);
	if (items == NULL)
		return -1;
	t->ring->items = items;
	if (fill_item(t->ks, &item, t->key, row, e) != 0) {
		item_done(&item);
		return -1;
	}
	items[t->ring->count++] = item;
	return 0;
}

/* Newest first; keys of one second by their certificates. */
static int
compare(const void *left, const void *right)
{
	const struct ring_item *a = left, *b = right;
	const int64_t from_a = certificate_not_before(a->certificate), from_b = certificate_not_before(b->certificate);

	if (a->created != b->created)
		return a->created > b->created ? -1 : 1;
	if (from_a != from_b)
		return from_a > from_b ? -1 : 1;
	return strcmp(certificate_fingerprint(a->certificate), certificate_fingerprint(b->certificate));
}

static int
load_items(struct keystore *ks, struct ring *ring, struct error *e)
{
	struct found_keys found = { NULL, 0 };
	int rc = key_each(ks->store, ring->identity, take_active, &found, e);

	for (size_t i = 0; rc == 0 && i < found.count; i++) {
		struct taking t = { ks, ring, &found.items[i] };

		ring->can_sign = ring->can_sign || found.items[i].sign;
		rc = key_certificate_each(ks->store, found.items[i].id, take_certificate, &t, e);
	}
	if (rc == 0 && ring->count > 1)
		qsort(ring->items, ring->count, sizeof ring->items[0], compare);
	free(found.items);
	return rc;
}

/* The identity whose address it is, "@domain" among them; "" if there is none. */
static int
find_owner(struct keystore *ks, const char *key, char out[RANDOM_ID_SIZE], struct error *e)
{
	struct error mine = ERROR_INIT;

	if (identity_address_get(ks->store, key, out, &mine) == 0 || mine.code == ERROR_STORE_NOT_FOUND)
		return 0;
	return error_set(e, mine.code, "%s", error_text(&mine));
}

/* The identity that owns `key`, an address or "@domain"; of an address that nobody owns, the one of its domain. */
static int
find_identity(struct keystore *ks, const char *key, struct ring *ring, struct error *e)
{
	const char *at = strrchr(key, '@');

	if (at == NULL) /* the null sender */
		return 0;
	if (at != key && find_owner(ks, key, ring->identity, e) != 0)
		return -1;
	if (ring->identity[0] != '\0')
		return 0;
	if (find_owner(ks, at, ring->identity, e) != 0)
		return -1;
	ring->domain = ring->identity[0] != '\0';
	return 0;
}

static int
get(struct keystore *ks, int64_t revision, const char *key, struct ring **out, struct error *e)
{
	struct ring *ring = cache_get(ks->rings, revision, key);

	if (ring == NULL) {
		ring = memory_new(1, sizeof *ring, e);
		if (ring == NULL)
			return -1;
		atomic_init(&ring->references, 1);
		if (find_identity(ks, key, ring, e) != 0 || (ring->identity[0] != '\0' && load_items(ks, ring, e) != 0)) {
			ring_unref(ring);
			return -1;
		}
		cache_put(ks->rings, revision, key, ring);
	}
	*out = ring;
	return 0;
}

int
ring_get(struct keystore *ks, int64_t revision, const struct address *a, struct ring **out, struct error *e)
{
	return get(ks, revision, a->key, out, e);
}

int
ring_get_domain(struct keystore *ks, int64_t revision, const char *domain, struct ring **out, struct error *e)
{
	char *key = memory_format(e, "@%s", domain);
	int rc = key != NULL ? get(ks, revision, key, out, e) : -1;

	free(key);
	return rc;
}
