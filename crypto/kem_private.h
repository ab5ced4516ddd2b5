/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_KEM_PRIVATE_H
#define CRYPTO_KEM_PRIVATE_H

#include "crypto/cms_walk.h"
#include "crypto/private.h"

/* ML-KEM in CMS (RFC 9629, RFC 9936): encapsulation by the library, what goes around it by us. */

/* kem_ciphertext_size(type): octets of an encapsulated secret (FIPS 203 8); 0 for keys that are no ML-KEM. */
size_t kem_ciphertext_size(enum key_type type);

/*
 * kem_unwrap(pkey, ri, out, e): the content key of a KEMRecipientInfo.  ERROR_CMS_UNREADABLE, the same for every
 * cause, or ERROR_NO_MEMORY.  ML-KEM rejects a false ciphertext by another secret, not by an error (FIPS 203 6.3).
 */
int kem_unwrap(EVP_PKEY *pkey, const struct recipient_info *ri, struct secret *out, struct error *e);

#endif
