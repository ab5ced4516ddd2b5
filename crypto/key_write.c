/* SPDX-License-Identifier: BSD-2-Clause */

#include <limits.h>

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "crypto/key_private.h"

#define ROUNDS  600000 /* OWASP's figure of 2023 for PBKDF2-HMAC-SHA256: a third of a second */
#define PEM_MAX 65536

/* The key's PrivateKeyInfo encrypted under the password (RFC 5958 3, RFC 8018 6.2). */
static X509_SIG *
encrypt_private_info(const struct key *k, const struct secret *password)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(k->private_half);
	X509_ALGOR *scheme = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), ROUNDS, NULL, 0, NULL, NID_hmacWithSHA256);
	X509_SIG *sealed = NULL;

	if (info != NULL && scheme != NULL)
		sealed = PKCS8_set0_pbe((const char *)password->data, (int)password->size, info, scheme);
	if (sealed == NULL)
		X509_ALGOR_free(scheme);
	PKCS8_PRIV_KEY_INFO_free(info);
	return sealed;
}

int
key_write_pem(const struct key *k, const struct secret *password, struct secret *out, struct error *e)
{
	struct buffer pem = BUFFER_INIT(PEM_MAX);
	unsigned char *der = NULL;
	X509_SIG *sealed;
	int n, rc = -1;

	if (k->private_half == NULL)
		return error_set(e, ERROR_KEY_UNUSABLE, "the private key is held elsewhere");
	if (password->size == 0 || password->size > INT_MAX)
		return error_set(e, ERROR_PASSWORD, "a password is needed to write a private key");
	sealed = encrypt_private_info(k, password);
	n = sealed == NULL ? -1 : i2d_X509_SIG(sealed, &der);
	if (n <= 0)
		crypto_fail(e, ERROR_CRYPTO, "cannot encrypt a private key");
	else if (pem_write(PEM_STRING_PKCS8, der, (size_t)n, &pem, e) == 0)
		rc = secret_copy(out, pem.data, pem.size, e);
	OPENSSL_free(der);
	X509_SIG_free(sealed);
	buffer_wipe(&pem);
	return rc;
}
