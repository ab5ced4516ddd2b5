/* SPDX-License-Identifier: BSD-2-Clause */

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "crypto/kdf_private.h"

static const struct {
	const char *name, *secret; /* what the library calls the function, and its secret */
} kdfs[] = {
	[KDF_X963] = { "X963KDF", OSSL_KDF_PARAM_SECRET },
	[KDF_HKDF] = { "HKDF", OSSL_KDF_PARAM_KEY },
};

/* The library takes parameters to change and does not change these. */
static void *
lent(const void *data)
{
	return (void *)(uintptr_t)data;
}

int
kdf_derive(enum kdf kdf, enum digest_algorithm digest, const struct secret *agreed, const struct buffer *info,
    struct secret *key, struct error *e)
{
	const OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, lent(EVP_MD_get0_name(digest_md(digest))), 0),
		OSSL_PARAM_construct_octet_string(kdfs[kdf].secret, lent(agreed->data), agreed->size),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, lent(info->data), info->size),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *function = EVP_KDF_fetch(NULL, kdfs[kdf].name, NULL);
	EVP_KDF_CTX *ctx = function == NULL ? NULL : EVP_KDF_CTX_new(function);
	int rc = 0;

	if (ctx == NULL || EVP_KDF_derive(ctx, key->data, key->size, parameters) != 1)
		rc = crypto_fail(e, ERROR_CRYPTO, "key derivation");
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(function);
	return rc;
}
