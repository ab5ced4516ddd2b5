/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_CMS_ENCRYPT_H
#define CRYPTO_CMS_ENCRYPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/io.h"
#include "crypto/algorithm.h"
#include "crypto/certificate.h"

/*
 * cms_encrypt(recipients, profile, content, size, out, e): EnvelopedData (CBC) or AuthEnvelopedData (GCM, tag of
 * 16 octets, no attributes) in DER, one RecipientInfo a certificate (in the order of DER, not of the list): RSA by
 * the profile's transport, EC by ECDH with the SHA-256 KDF (SHA-384 for P-384, SHA-512 for P-521) and a wrap key as
 * long as the content key.  Exactly `size` octets are read from `content`, forward only; memory flat.  A certificate
 * that cannot be encrypted to (kind of key, RSA under 2048 bits) is ERROR_CERTIFICATE_UNUSABLE; no recipients:
 * ERROR_INTERNAL; past what GCM carries under one key: ERROR_TOO_LARGE.
 */
int cms_encrypt(const struct certificates *recipients, const struct profile *profile, struct source *content,
    uint64_t size, struct sink *out, struct error *e);

#endif
