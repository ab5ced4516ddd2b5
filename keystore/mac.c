/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "crypto/digest.h"
#include "keystore/keystore_private.h"

/*
 * Message authentication codes (RFC 2104) for what leaves this gateway and comes
 * back to it.  Their keys are made of the store keys, which the master key opens:
 * so they need no room in the store, outlive a new master key, and are the same
 * for every gateway that shares the store.
 */

_Static_assert(KEYSTORE_MAC_SIZE == SHA256_SIZE, "the code is a SHA-256");

/* A key for each purpose, so that no code can stand for another purpose's. */
static int
derive(const struct keystore *ks, const struct store_key *from, const char *purpose, struct secret *out,
    struct error *e)
{
	struct buffer label = BUFFER_INIT(256);
	struct secret key = SECRET_INIT;
	int rc = -1;

	if (buffer_append_format(&label, e, "postseal-mac-1 %s %s", ks->id, purpose) == 0 &&
	    secret_init(&key, SHA256_SIZE, e) == 0 &&
	    hmac_sha256(from->secret.data, from->secret.size, label.data, label.size, key.data, e) == 0) {
		*out = key;
		key = (struct secret)SECRET_INIT;
		rc = 0;
	}
	secret_done(&key);
	buffer_done(&label);
	return rc;
}

static int
make(const struct keystore *ks, const struct store_key *from, const char *purpose, const void *data, size_t n,
    unsigned char out[KEYSTORE_MAC_SIZE], struct error *e)
{
	struct secret key = SECRET_INIT;
	int rc = derive(ks, from, purpose, &key, e);

	if (rc == 0)
		rc = hmac_sha256(key.data, key.size, data, n, out, e);
	secret_done(&key);
	return rc;
}

int
keystore_mac(struct keystore *ks, const char *purpose, const void *data, size_t n,
    unsigned char out[KEYSTORE_MAC_SIZE], struct error *e)
{
	unsigned char mac[KEYSTORE_MAC_SIZE];

	if (make(ks, &ks->keys[ks->key_count - 1], purpose, data, n, mac, e) != 0)
		return -1;
	memcpy(out, mac, sizeof mac);
	return 0;
}

int
keystore_mac_fits(struct keystore *ks, const char *purpose, const void *data, size_t n,
    const unsigned char mac[KEYSTORE_MAC_SIZE], bool *out, struct error *e)
{
	unsigned char own[KEYSTORE_MAC_SIZE], given[KEYSTORE_MAC_SIZE];
	const struct secret a = { own, sizeof own, 0 }, b = { given, sizeof given, 0 };
	bool fits = false;

	memcpy(given, mac, sizeof given);
	for (size_t i = ks->key_count; i > 0 && !fits; i--) {
		if (make(ks, &ks->keys[i - 1], purpose, data, n, own, e) != 0)
			return -1;
		fits = secret_equal(&a, &b);
	}
	*out = fits;
	return 0;
}
