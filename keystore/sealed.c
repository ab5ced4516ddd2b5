/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "keystore/keystore_private.h"

/*
 * Private keys at rest (crypto/seal.h).  Everything that says whose key it is
 * and what for is bound, so that a row that was changed, moved to another
 * identity or brought over from another store does not open.
 */
static struct seal_context
context_of(const struct keystore *ks, const struct key_row *row, const char *store_key_id)
{
	return (struct seal_context){ ks->id, row->id, row->identity_id, row->purpose, row->public_hash, store_key_id };
}

static const struct store_key *
find_store_key(const struct keystore *ks, const char *id)
{
	for (size_t i = 0; i < ks->key_count; i++)
		if (strcmp(ks->keys[i].id, id) == 0)
			return &ks->keys[i];
	return NULL;
}

int
sealed_write(struct keystore *ks, const struct key_row *row, const struct key *key, struct buffer *out,
    struct error *e)
{
	const struct store_key *store_key = &ks->keys[ks->key_count - 1];
	struct seal_context context = context_of(ks, row, store_key->id);
	struct secret pkcs8 = SECRET_INIT;
	int rc = -1;

	if (key_write_pkcs8(key, &pkcs8, e) == 0)
		rc = seal_row(&store_key->secret, &context, &pkcs8, out, e);
	secret_done(&pkcs8);
	return rc;
}

static int
open_octets(struct keystore *ks, const struct key_row *row, struct secret *pkcs8, struct error *e)
{
	const struct store_key *store_key;
	struct seal_context context;
	char id[RANDOM_ID_SIZE];

	if (row->sealed.size == 0)
		return error_set(e, ERROR_KEY_UNUSABLE, "the key was destroyed");
	if (seal_row_store_key_id(row->sealed.data, row->sealed.size, id, e) != 0)
		return -1;
	store_key = find_store_key(ks, id);
	if (store_key == NULL)
		return error_set(e, ERROR_SEAL, "it is sealed under store key %s, which this store does not have", id);
	context = context_of(ks, row, store_key->id);
	return seal_open_row(&store_key->secret, &context, row->sealed.data, row->sealed.size, pkcs8, e);
}

int
sealed_read(struct keystore *ks, const struct key_row *row, struct key **out, struct error *e)
{
	struct secret pkcs8 = SECRET_INIT;
	struct key *key = NULL;
	int rc = -1;

	if (open_octets(ks, row, &pkcs8, e) != 0 || key_read_pkcs8(&pkcs8, &key, e) != 0)
		goto out;
	if (strcmp(key_public_hash(key), row->public_hash) != 0) {
		error_set(e, ERROR_SEAL, "its public half is not the one that the row names");
		goto out;
	}
	*out = key;
	key = NULL;
	rc = 0;
out:
	secret_done(&pkcs8);
	key_unref(key);
	if (rc != 0)
		error_context(e, "key %s", row->id);
	return rc;
}

int
key_opened(struct keystore *ks, int64_t revision, const char *key_id, struct key **out, struct error *e)
{
	struct key *key = cache_get(ks->opened, revision, key_id);
	struct key_row row;
	int rc;

	if (key != NULL) {
		*out = key;
		return 0;
	}
	if (key_get(ks->store, key_id, &row, e) != 0)
		return -1;
	rc = sealed_read(ks, &row, &key, e);
	key_row_done(&row);
	if (rc != 0)
		return -1;
	cache_put(ks->opened, revision, key_id, key);
	*out = key;
	return 0;
}

int
keystore_key_open(struct keystore *ks, const char *key_id, struct key **out, struct error *e)
{
	int64_t revision;

	if (store_revision(ks->store, &revision, e) != 0)
		return -1;
	return key_opened(ks, revision, key_id, out, e);
}
