/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_CIPHER_PRIVATE_H
#define CRYPTO_CIPHER_PRIVATE_H

#include <openssl/evp.h>

#include "crypto/algorithm.h"

/* cipher_evp(c): the library's cipher; NULL for those that we do not know. */
const EVP_CIPHER *cipher_evp(enum content_cipher c);

#endif
