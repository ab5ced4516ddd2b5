/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_CRYPTO_FORGE_H
#define TESTS_UNIT_CRYPTO_FORGE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypto/certificate.h"
#include "crypto/key.h"

/* Certificates with whatever a test needs in them, made by the library and not by our issue.c. */

#define FORGE_FROM INT64_C(1600000000) /* 2020-09-13 */
#define FORGE_NOW INT64_C(1700000000)  /* 2023-11-14 */
#define FORGE_TO INT64_C(2000000000)   /* 2033-05-18 */

struct forged {
	EVP_PKEY *pkey;
	X509 *x509;
	struct certificate *c;
};

struct forge {
	const char *key;                 /* "P-256" (also NULL), "P-384", "ed25519", "rsa-1024", "rsa-2048", "ML-DSA-65" and its like */
	const struct forged *issuer;     /* NULL: self-signed */
	const char *cn, *second_cn, *email;
	const char *extensions[12];      /* pairs of name and value as openssl.cnf(5) writes them */
	const void *san;                 /* a whole GeneralNames in DER */
	size_t san_size;
	const EVP_MD *md;                /* NULL: SHA-256 */
	int64_t from, to;                /* 0: FORGE_FROM, FORGE_TO */
	EVP_PKEY *pkey;                  /* use this key instead; not taken over */
};
struct forged forge(const struct forge *how);
void forged_done(struct forged *f);

/* forged_key(f): our key of its private half. */
struct key *forged_key(const struct forged *f);

/* pkey_make(kind): a key by the words of struct forge, fresh unless it is "rsa-2048"; also "x25519". */
EVP_PKEY *pkey_make(const char *kind);

#endif
