/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_KDF_PRIVATE_H
#define CRYPTO_KDF_PRIVATE_H

#include "base/buffer.h"
#include "crypto/digest.h"
#include "crypto/private.h"

/* How an agreed secret becomes a key: ANSI X9.63 (SEC 1 3.6.1) for ECDH, HKDF (RFC 5869) without a salt for KEM. */
enum kdf { KDF_X963, KDF_HKDF };

/* kdf_derive(kdf, digest, agreed, info, key, e): fill `key`, which has its size already.  ERROR_CRYPTO. */
int kdf_derive(enum kdf kdf, enum digest_algorithm digest, const struct secret *agreed, const struct buffer *info,
    struct secret *key, struct error *e);

#endif
