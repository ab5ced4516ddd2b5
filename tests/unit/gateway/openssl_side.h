/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_GATEWAY_OPENSSL_SIDE_H
#define TESTS_UNIT_GATEWAY_OPENSSL_SIDE_H

#include <stdbool.h>

#include "tests/unit/crypto/forge.h"
#include "tests/unit/support.h"

/*
 * The correspondent: OpenSSL's own MIME and CMS readers and writers.  `name` stands in front of what is wrong; the caller calls
 * buffer_done().
 */

/* openssl_verified(text, by, name): what a signed message says, once OpenSSL has verified that `by` signed it. */
struct buffer openssl_verified(const struct buffer *text, const struct forged *by, const char *name);

/* openssl_decrypted(text, to, name): what an encrypted message says to one of its recipients. */
struct buffer openssl_decrypted(const struct buffer *text, const struct forged *to, const char *name);

/* openssl_signed(entity, by, opaque), openssl_encrypted(entity, to, cipher): protected entities, as OpenSSL writes them. */
struct buffer openssl_signed(const struct buffer *entity, const struct forged *by, bool opaque);
struct buffer openssl_encrypted(const struct buffer *entity, const struct forged *to, const EVP_CIPHER *cipher);

#endif
