/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_KEY_PRIVATE_H
#define CRYPTO_KEY_PRIVATE_H

#include <stdatomic.h>

#include "crypto/digest.h"
#include "crypto/private.h"

struct key {
	atomic_uint references;
	EVP_PKEY *private_half; /* NULL: held elsewhere */
	EVP_PKEY *public_half;  /* the same object as private_half when we hold it */
	struct key_holder holder;
	void *holder_ctx;
	enum key_type type;
	unsigned bits;
	char public_hash[SHA256_TEXT];
	char algorithm_name[16];
};

/* key_adopt(pkey, out, e): make a key of a private EVP_PKEY; takes it over, also on failure. */
int key_adopt(EVP_PKEY *pkey, struct key **out, struct error *e);

/*
 * key_adopt_foreign(pkey, out, e): the same for a key that somebody else made: its two halves must belong together
 * (a file can hold another public point than the one of its secret).
 */
int key_adopt_foreign(EVP_PKEY *pkey, struct key **out, struct error *e);

/* key_from_private_info(info, out, e): a PKCS#8 structure of the library; it stays the caller's. */
int key_from_private_info(const PKCS8_PRIV_KEY_INFO *info, struct key **out, struct error *e);

/*
 * key_decrypt_private_info(sealed, password, n, out, e): EncryptedPrivateKeyInfo (RFC 5958 3).  ERROR_PASSWORD,
 * ERROR_ALGORITHM for a cipher that the library does not offer.
 */
int key_decrypt_private_info(const X509_SIG *sealed, const char *password, int n, PKCS8_PRIV_KEY_INFO **out,
    struct error *e);

/* pbe.c: password-based encryption as others made it. */

/* pbe_acceptable(algorithm): its iteration count is one that we are ready to compute. */
bool pbe_acceptable(const X509_ALGOR *algorithm);
#define PBE_ITERATIONS_MAX 10000000 /* some seconds; files of one attacker must not cost hours */

/* pbe_unsupported(): whether the library's error queue says that it does not offer an algorithm. */
bool pbe_unsupported(void);

/* pbe_fail(e, password wrong if the queue says nothing else): ERROR_NO_MEMORY, ERROR_ALGORITHM or ERROR_PASSWORD. */
int pbe_fail(struct error *e);

#endif
