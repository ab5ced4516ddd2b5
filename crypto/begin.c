/* SPDX-License-Identifier: BSD-2-Clause */

#include "crypto/begin.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "crypto/digest.h"
#include "crypto/private.h"

int
crypto_begin(struct error *e)
{
	unsigned char octet;

	/* 3.0 goes on without its own context where that found no memory, and falls over it at the first look-up. */
	if (OPENSSL_init_crypto(0, NULL) != 1 || OSSL_LIB_CTX_get0_global_default() == NULL)
		return error_set(e, ERROR_NO_MEMORY, "the cryptographic library cannot begin");
	(void)digest_md(DIGEST_SHA256); /* looks all of them up */
	if (RAND_priv_bytes(&octet, 1) != 1 || RAND_bytes(&octet, 1) != 1)
		return crypto_fail(e, ERROR_CRYPTO, "random numbers");
	return 0;
}
