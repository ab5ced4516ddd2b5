/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_SEAL_H
#define CRYPTO_SEAL_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/secret.h"

/*
 * Secrets at rest, in three tiers: a master key wraps store keys, a store key
 * wraps each row's own data key, the data key seals the row: AES-256-GCM
 * throughout, fresh 96-bit nonces, everything else bound as associated data.
 *
 *   sealed row  = version(1)=1 | store key id(16) | nonce(12) | wrapped data key(32) | tag(16) | nonce(12) | ciphertext | tag(16)
 *   wrapped key = version(1)=1 | nonce(12) | ciphertext(32) | tag(16)
 *
 * Associated data = each field of seal_context in order, as 4-octet big-endian length and octets, led by the
 * version octet; `store_key_id` is part of it.
 */
#define SEAL_KEY_SIZE 32

struct seal_context {
	const char *store_id, *row_id, *identity_id, *purpose, *public_hash, *store_key_id;
};

/* seal_key_new(out, e): 32 random octets (master, store or data key). */
int seal_key_new(struct secret *out, struct error *e);

/* seal_wrap_key(), seal_unwrap_key(): a store key under the master key; `label` (store id, key id) is bound. */
int seal_wrap_key(const struct secret *master, const struct seal_context *label, const struct secret *key,
    struct buffer *out, struct error *e);
int seal_unwrap_key(const struct secret *master, const struct seal_context *label, const void *wrapped, size_t n,
    struct secret *out, struct error *e);

/* seal_row(), seal_open_row(): a row's secret under a store key.  ERROR_SEAL if anything was changed or swapped. */
int seal_row(const struct secret *store_key, const struct seal_context *context, const struct secret *plain,
    struct buffer *out, struct error *e);
int seal_open_row(const struct secret *store_key, const struct seal_context *context, const void *sealed, size_t n,
    struct secret *out, struct error *e);

/* seal_row_store_key_id(sealed, n, to, e): which store key a sealed row names, 32 hexadecimal digits. */
int seal_row_store_key_id(const void *sealed, size_t n, char to[33], struct error *e);

#endif
