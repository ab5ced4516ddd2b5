/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_PKCS12_H
#define CRYPTO_PKCS12_H

#include "base/error.h"
#include "base/secret.h"
#include "crypto/certificate.h"
#include "crypto/key.h"

/* A key and the certificate that belongs to it: by public key, whatever the order; of a renewed one the latest. */
struct pkcs12_pair {
	struct key *key;
	struct certificate *leaf;
};

struct pkcs12_pairs {
	struct pkcs12_pair *items;
	size_t count;
};

/*
 * pkcs12_read_all(data, n, password, pairs, others, e): a PKCS#12 (RFC 7292), DER or PEM-armoured: every key with its
 * certificate, in the order of the file, and the other certificates; both appended.  One file often holds a key to
 * sign and one to decrypt.  Keys of kinds that we do not support are passed by when others are there.  ERROR_PASSWORD
 * when the MAC does not fit; an algorithm that the library no longer offers is ERROR_ALGORITHM and says how to
 * convert the file; no certificate for a key: ERROR_KEY_MISMATCH.  Iteration counts over 10 million are refused.
 */
int pkcs12_read_all(const void *data, size_t n, const struct secret *password, struct pkcs12_pairs *pairs,
    struct certificates *others, struct error *e);
void pkcs12_pairs_done(struct pkcs12_pairs *pairs);

/*
 * pkcs12_read(data, n, password, out_key, out_leaf, others, e): the same of a file with one key; with several:
 * ERROR_KEY_SYNTAX.
 */
int pkcs12_read(const void *data, size_t n, const struct secret *password, struct key **out_key,
    struct certificate **out_leaf, struct certificates *others, struct error *e);

#endif
