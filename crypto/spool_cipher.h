/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_SPOOL_CIPHER_H
#define CRYPTO_SPOOL_CIPHER_H

#include "base/spool.h"

/* spool_cipher(): AES-256-GCM for the file form of a spool: a random key a spool, the block number as nonce. */
const struct spool_cipher *spool_cipher(void);

#endif
