/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crashpoint.h"
#include "base/limits.h"
#include "base/memory.h"
#include "keystore/keystore_private.h"

#define META_STORE_ID "store-id"

bool
is_id(const char *what)
{
	return strlen(what) == RANDOM_ID_SIZE - 1 && strspn(what, "0123456789abcdef") == RANDOM_ID_SIZE - 1;
}

/* A store key is bound to its store and its own id; it belongs to no identity. */
static struct seal_context
label_of(const char *store_id, const char *key_id)
{
	return (struct seal_context){ store_id, key_id, "", "store-key", "", key_id };
}

/* ---- creation -------------------------------------------------------------- */

static int
refuse_key(void *ctx, const struct store_key_row *row, struct error *e)
{
	(void)ctx;
	return error_set(e, ERROR_STORE_CONFLICT, "the store has a key already (%s)", row->id);
}

static int
put_first_key(struct store *store, const struct store_key_row *row, const char *store_id, struct error *e)
{
	if (store_key_each(store, refuse_key, NULL, e) != 0 || meta_put(store, META_STORE_ID, store_id, e) != 0)
		return -1;
	return store_key_add(store, row, e);
}

int
keystore_fill(struct store *store, const struct secret *master, struct error *e)
{
	struct store_key_row row = { .created = clock_now(clock_system()) };
	struct buffer wrapped = BUFFER_INIT(1024);
	struct secret key = SECRET_INIT;
	struct seal_context label;
	char store_id[RANDOM_ID_SIZE];
	int rc = -1;

	if (random_id(store_id, e) != 0 || random_id(row.id, e) != 0 || seal_key_new(&key, e) != 0)
		goto out;
	label = label_of(store_id, row.id);
	if (seal_wrap_key(master, &label, &key, &wrapped, e) != 0)
		goto out;
	crashpoint(STORE_KEY_WRAPPED);
	row.wrapped = (struct blob){ wrapped.data, wrapped.size };
	rc = put_first_key(store, &row, store_id, e);
out:
	secret_done(&key);
	buffer_done(&wrapped);
	return rc;
}

int
keystore_create(struct store *store, const struct secret *master, struct error *e)
{
	if (store_begin(store, e) != 0)
		return -1;
	if (keystore_fill(store, master, e) == 0)
		return store_commit(store, e);
	store_rollback(store);
	return -1;
}

static int
note_key(void *ctx, const struct store_key_row *row, struct error *e)
{
	bool *found = ctx;

	(void)row;
	(void)e;
	*found = true;
	return 0;
}

int
keystore_exists(struct store *store, bool *out, struct error *e)
{
	*out = false;
	return store_key_each(store, note_key, out, e);
}

/* ---- opening ---------------------------------------------------------------- */

struct opening {
	struct keystore *ks;
	const struct secret *master;
};

static int
take_store_key(void *ctx, const struct store_key_row *row, struct error *e)
{
	const struct opening *o = ctx;
	struct seal_context label = label_of(o->ks->id, row->id);
	struct store_key *keys = memory_resize(o->ks->keys, o->ks->key_count + 1, sizeof keys[0], e), *key;

	if (keys == NULL)
		return -1;
	o->ks->keys = keys;
	key = &keys[o->ks->key_count];
	*key = (struct store_key){ "", SECRET_INIT };
	memcpy(key->id, row->id, sizeof key->id);
	if (seal_unwrap_key(o->master, &label, row->wrapped.data, row->wrapped.size, &key->secret, e) != 0)
		return error_context(e, "store key %s does not open under this master key", row->id);
	o->ks->key_count++;
	return 0;
}

static int
read_store_id(struct keystore *ks, struct error *e)
{
	struct buffer id = BUFFER_INIT(RANDOM_ID_SIZE);
	int rc = meta_get(ks->store, META_STORE_ID, &id, e);

	if (rc == 0 && !is_id(buffer_text(&id)))
		rc = error_set(e, ERROR_STORE, "the store's id is damaged");
	if (rc == 0)
		memcpy(ks->id, id.data, sizeof ks->id);
	buffer_done(&id);
	return rc;
}

static int
read_store_keys(struct keystore *ks, const struct secret *master, struct error *e)
{
	struct opening o = { ks, master };

	if (read_store_id(ks, e) != 0 || store_key_each(ks->store, take_store_key, &o, e) != 0)
		return -1;
	if (ks->key_count == 0)
		return error_set(e, ERROR_STORE_NOT_FOUND, "the store has no key: it was never initialised");
	return 0;
}

static void *
ref_key(void *value)
{
	return key_ref(value);
}

static void
unref_key(void *value)
{
	key_unref(value);
}

static const struct cache_values key_values = { ref_key, unref_key };

static void *
ref_certificate(void *value)
{
	return certificate_ref(value);
}

static void
unref_certificate(void *value)
{
	certificate_unref(value);
}

static const struct cache_values certificate_values = { ref_certificate, unref_certificate };

static int
make_caches(struct keystore *ks, struct error *e)
{
	ks->rings = cache_new(LIMIT_CACHED_IDENTITIES, &ring_values, e);
	ks->opened = cache_new(LIMIT_CACHED_KEYS, &key_values, e);
	ks->certificates = cache_new(LIMIT_CACHED_IDENTITIES, &certificate_values, e);
	ks->authors = cache_new(LIMIT_CACHED_LOGINS, &words_values, e);
	ks->hosts = cache_new(1, &hosts_values, e);
	ks->revoked = cache_new(1, &words_values, e);
	return ks->rings != NULL && ks->opened != NULL && ks->certificates != NULL && ks->authors != NULL &&
	    ks->hosts != NULL && ks->revoked != NULL ? 0 : -1;
}

int
keystore_open(struct store *store, const struct secret *master, struct keystore **out, struct error *e)
{
	struct keystore *ks = memory_new(1, sizeof *ks, e);

	if (ks == NULL)
		return -1;
	ks->store = store;
	if (make_caches(ks, e) != 0 || read_store_keys(ks, master, e) != 0) {
		keystore_close(ks);
		return -1;
	}
	*out = ks;
	return 0;
}

void
keystore_close(struct keystore *ks)
{
	if (ks == NULL)
		return;
	cache_free(ks->rings);
	cache_free(ks->opened);
	cache_free(ks->certificates);
	cache_free(ks->authors);
	cache_free(ks->hosts);
	cache_free(ks->revoked);
	for (size_t i = 0; i < ks->key_count; i++)
		secret_done(&ks->keys[i].secret);
	free(ks->keys);
	free(ks);
}

struct store *
keystore_store(struct keystore *ks)
{
	return ks->store;
}
