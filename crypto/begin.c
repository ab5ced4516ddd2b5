/* SPDX-License-Identifier: BSD-2-Clause */

#include "crypto/begin.h"

#include <openssl/rand.h>

#include "crypto/digest.h"
#include "crypto/private.h"

int
crypto_begin(struct error *e)
{
	unsigned char octet;

	(void)digest_md(DIGEST_SHA256); /* looks all of them up */
	if (RAND_priv_bytes(&octet, 1) != 1 || RAND_bytes(&octet, 1) != 1)
		return crypto_fail(e, ERROR_CRYPTO, "random numbers");
	return 0;
}
