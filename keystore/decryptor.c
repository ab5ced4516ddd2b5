/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "keystore/keystore_private.h"

/*
 * Our keys that a RecipientInfo names.  Retired and revoked keys and expired
 * certificates are no hindrance: what was encrypted to them stays ours to
 * read.  A key for signing alone is never used, nor one that is pending or
 * destroyed.
 */
struct matches {
	struct keystore *ks;
	struct decryptor *items;
	size_t count;
};

static bool
has_key(const struct matches *m, const char *key_id)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->items[i].key_id, key_id) == 0)
			return true;
	return false;
}

/* One of each key: renewed certificates of one key share their key identifier. */
static int
take_match(void *ctx, const struct key_certificate_row *row, struct error *e)
{
	struct matches *m = ctx;
	struct decryptor *items, *d;

	if (has_key(m, row->key_id))
		return 0;
	items = memory_resize(m->items, m->count + 1, sizeof items[0], e);
	if (items == NULL)
		return -1;
	m->items = items;
	d = &items[m->count];
	*d = (struct decryptor){ 0 };
	memcpy(d->key_id, row->key_id, sizeof d->key_id);
	if (certificate_of(m->ks, row, &d->certificate, e) != 0)
		return -1;
	m->count++;
	return 0;
}

static bool
may_decrypt(const struct key_row *row)
{
	static const char *const states[] = { "active", "retired", "revoked" };

	if (strcmp(row->purpose, key_purpose_word(KEY_PURPOSE_SIGN)) == 0)
		return false;
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
		if (strcmp(row->state, states[i]) == 0)
			return true;
	return false;
}

static void
decryptor_done(struct decryptor *d)
{
	free(d->identity);
	key_unref(d->key);
	certificate_unref(d->certificate);
}

/* 1: usable and complete; 0: not for decrypting; -1. */
static int
complete(struct keystore *ks, int64_t revision, struct decryptor *d, bool open_key, struct error *e)
{
	struct key_row row;
	int rc = 0;

	if (key_get(ks->store, d->key_id, &row, e) != 0)
		return -1;
	if (may_decrypt(&row)) {
		d->identity = memory_text(row.identity_id, e);
		rc = d->identity != NULL ? 1 : -1;
	}
	key_row_done(&row);
	if (rc == 1 && open_key && key_opened(ks, revision, d->key_id, &d->key, e) != 0)
		rc = -1;
	return rc;
}

static int
complete_all(struct keystore *ks, int64_t revision, struct matches *m, bool open_key, struct error *e)
{
	size_t kept = 0;
	int rc = 0;

	for (size_t i = 0; i < m->count && rc >= 0; i++) {
		rc = complete(ks, revision, &m->items[i], open_key, e);
		if (rc == 1) {
			struct decryptor d = m->items[i];

			m->items[i] = m->items[kept];
			m->items[kept++] = d;
		}
	}
	if (rc < 0)
		return -1;
	while (m->count > kept)
		decryptor_done(&m->items[--m->count]);
	return 0;
}

int
keystore_find_decryptors(struct keystore *ks, const char *issuer_serial, const char *ski, bool open_key,
    struct decryptors *out, struct error *e)
{
	const char *serial = issuer_serial[0] != '\0' ? issuer_serial : NULL, *id = ski[0] != '\0' ? ski : NULL;
	struct matches m = { ks, NULL, 0 };
	struct decryptors found;
	int64_t revision;

	if (store_revision(ks->store, &revision, e) != 0)
		return -1;
	if (key_certificate_each_by_recipient(ks->store, serial, id, take_match, &m, e) != 0 ||
	    complete_all(ks, revision, &m, open_key, e) != 0) {
		found = (struct decryptors){ m.items, m.count };
		decryptors_done(&found);
		return -1;
	}
	*out = (struct decryptors){ m.items, m.count };
	return 0;
}

void
decryptors_done(struct decryptors *d)
{
	for (size_t i = 0; i < d->count; i++)
		decryptor_done(&d->items[i]);
	free(d->items);
	*d = (struct decryptors){ NULL, 0 };
}
