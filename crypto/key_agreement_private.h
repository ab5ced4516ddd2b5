/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_KEY_AGREEMENT_PRIVATE_H
#define CRYPTO_KEY_AGREEMENT_PRIVATE_H

#include "crypto/cms_walk.h"
#include "crypto/private.h"

/* Ephemeral-static ECDH and the key wrap behind it (RFC 5753 3.1, RFC 3394): the steps of both sides. */

/*
 * key_agreement_kek(ours, theirs, ri, kek, e): the key-encryption key.  Of `ri` are used the KDF's digest, the wrap
 * algorithm with its key size, and the ukm.  ERROR_CRYPTO when the two keys do not fit each other.
 */
int key_agreement_kek(EVP_PKEY *ours, EVP_PKEY *theirs, const struct recipient_info *ri, struct secret *kek,
    struct error *e);

#define KEY_WRAP_OVERHEAD 8 /* octets that a wrapped key is longer */

/* key_wrap(): `key` into key->size + KEY_WRAP_OVERHEAD octets.  key_unwrap_aes(): back; ERROR_CRYPTO if it is not whole. */
int key_wrap(const struct secret *kek, const struct secret *key, unsigned char *out, struct error *e);
int key_unwrap_aes(const struct secret *kek, const unsigned char *wrapped, size_t n, struct secret *out,
    struct error *e);
/* key_unwrap_triple_des(): a Triple-DES key out of 40 octets (RFC 3217); nobody should wrap so any more. */
int key_unwrap_triple_des(const struct secret *kek, const unsigned char *wrapped, size_t n, struct secret *out,
    struct error *e);

#endif
