/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_PKCS12_H
#define CRYPTO_PKCS12_H

#include "base/error.h"
#include "base/secret.h"
#include "crypto/certificate.h"
#include "crypto/key.h"

/*
 * pkcs12_read(data, n, password, out_key, out_leaf, others, e): a PKCS#12 (RFC 7292), DER or PEM-armoured, with
 * one key: the key, the certificate that belongs to it (by public key, whatever the order), the others appended.
 * ERROR_PASSWORD when the MAC does not fit; an algorithm that the library no longer offers is ERROR_ALGORITHM and
 * says so; no certificate for the key: ERROR_KEY_MISMATCH.  Iteration counts over 10 million are refused.
 */
int pkcs12_read(const void *data, size_t n, const struct secret *password, struct key **out_key,
    struct certificate **out_leaf, struct certificates *others, struct error *e);

#endif
