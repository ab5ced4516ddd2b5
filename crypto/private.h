/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_PRIVATE_H
#define CRYPTO_PRIVATE_H

/* What the files of crypto/ share and nobody else may see: OpenSSL's types behind ours. */

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypto/certificate.h"
#include "crypto/key.h"
#include "crypto/pem.h"

/* The library's objects, borrowed. */
X509 *certificate_x509(const struct certificate *c);
EVP_PKEY *certificate_public_key(const struct certificate *c);
/* key_evp(k): NULL when the key is held elsewhere. */
EVP_PKEY *key_evp(const struct key *k);
/* key_holder_of(k, ctx): the holder and its context of a key that is held elsewhere (key.c), else NULL. */
const struct key_holder *key_holder_of(const struct key *k, void **ctx);
/* key_public(k): the public half, whoever holds the private one. */
EVP_PKEY *key_public(const struct key *k);
const EVP_MD *digest_md(enum digest_algorithm a);
enum key_type key_type_of(const EVP_PKEY *pkey);

/* text_bio(data, n): a reader for the library over octets that stay ours; NULL for want of memory or over 2 GiB. */
BIO *text_bio(const void *data, size_t n);

/* crypto_out_of_memory(): whether the library's error queue says so; it is cleared. */
bool crypto_out_of_memory(void);

/*
 * crypto_fail(e, code, what): error_set() without a word of the library's error queue, which is cleared.  When the
 * queue says that memory ran out, the code is ERROR_NO_MEMORY instead: nobody's input was to blame.
 */
int crypto_fail(struct error *e, enum error_code code, const char *what);

#endif
