/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_KEY_H
#define CRYPTO_KEY_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/secret.h"
#include "crypto/algorithm.h"
#include "crypto/certificate.h"

/*
 * Private keys: two private operations, whoever holds the key: this process,
 * a key process, a token.  Counted; used by several threads at once.
 */
struct key;
struct recipient_info; /* crypto/cms_walk.h */

/* key_generate(type, bits, out, e): bits for KEY_RSA only (2048 to 4096). */
int key_generate(enum key_type type, unsigned bits, struct key **out, struct error *e);
/* key_read_pkcs8(secret, out, e): an unencrypted PKCS#8 PrivateKeyInfo, DER.  key_write_pkcs8(): the reverse. */
int key_read_pkcs8(const struct secret *der, struct key **out, struct error *e);
int key_write_pkcs8(const struct key *k, struct secret *out, struct error *e);
/*
 * key_read_pem(data, n, password, out, e): the only private key of a PEM text (PKCS#8, encrypted PKCS#8,
 * traditional); NULL password: an encrypted one is ERROR_PASSWORD.
 */
int key_read_pem(const void *data, size_t n, const struct secret *password, struct key **out, struct error *e);
/*
 * key_write_pem(k, password, out, e): an EncryptedPrivateKeyInfo in PEM (RFC 7468 11): PBES2 with AES-256-CBC and
 * PBKDF2-HMAC-SHA256 of 600,000 rounds.  ERROR_PASSWORD without a password.
 */
int key_write_pem(const struct key *k, const struct secret *password, struct secret *out, struct error *e);
struct key *key_ref(struct key *k);
void key_unref(struct key *k); /* wipes with the last reference; NULL is fine */

enum key_type key_type(const struct key *k);
unsigned key_bits(const struct key *k);
const char *key_public_hash(const struct key *k); /* as certificate_public_hash() */
const char *key_algorithm_name(const struct key *k); /* "rsa-2048", "ec-p256" */

/*
 * A key held elsewhere: the holder's two operations take the place of ours.  `ctx` is freed by `release` with
 * the last reference.
 */
struct key_holder {
	int (*sign)(void *ctx, enum signature_scheme, const void *tbs, size_t n, struct buffer *out, struct error *e);
	int (*unwrap)(void *ctx, const struct recipient_info *ri, size_t cek_size, struct secret *out, struct error *e);
	void (*release)(void *ctx);
};
int key_held(const struct key_holder *holder, void *ctx, const struct certificate *public_half, struct key **out,
    struct error *e);

/*
 * key_sign(k, scheme, tbs, n, out_signature, e): the signature over `tbs` (the DER SET OF signed attributes),
 * hashed by the scheme, appended to an empty buffer.  ERROR_KEY_UNUSABLE if the key cannot do the scheme.
 */
int key_sign(const struct key *k, enum signature_scheme scheme, const void *tbs, size_t n,
    struct buffer *out_signature, struct error *e);

/*
 * key_unwrap(k, ri, cek_size, out_cek, e): the content-encryption key of `cek_size` octets.  For RSA v1.5 a random
 * key is drawn first and handed out, in constant time, whenever unwrapping fails (RFC 8551 6, RFC 3218): success
 * says nothing.  For OAEP, ECDH and ML-KEM failure is ERROR_CMS_UNREADABLE, and nothing else.
 */
int key_unwrap(const struct key *k, const struct recipient_info *ri, size_t cek_size, struct secret *out_cek,
    struct error *e);

#endif
