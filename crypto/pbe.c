/* SPDX-License-Identifier: BSD-2-Clause */

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypto/key_private.h"

/* PBES2 (RFC 8018 A.4): the iteration count is two structures deep. */
static bool
pbkdf2_acceptable(const ASN1_TYPE *parameter)
{
	PBE2PARAM *pbes2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), parameter);
	PBKDF2PARAM *kdf = NULL;
	int64_t iterations;
	bool acceptable = false;

	if (pbes2 == NULL)
		return false;
	if (OBJ_obj2nid(pbes2->keyfunc->algorithm) != NID_id_pbkdf2)
		acceptable = OBJ_obj2nid(pbes2->keyfunc->algorithm) != NID_id_scrypt;
	else if ((kdf = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), pbes2->keyfunc->parameter)) != NULL)
		acceptable = ASN1_INTEGER_get_int64(&iterations, kdf->iter) == 1 && iterations > 0 &&
		    iterations <= PBE_ITERATIONS_MAX;
	PBKDF2PARAM_free(kdf);
	PBE2PARAM_free(pbes2);
	return acceptable;
}

/* The schemes of PKCS#5 v1.5 and PKCS#12: salt and count. */
static bool
pbe1_acceptable(const ASN1_TYPE *parameter)
{
	PBEPARAM *pbe = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), parameter);
	int64_t iterations;
	bool acceptable;

	if (pbe == NULL)
		return false;
	acceptable = pbe->iter == NULL || (ASN1_INTEGER_get_int64(&iterations, pbe->iter) == 1 && iterations > 0 &&
	    iterations <= PBE_ITERATIONS_MAX);
	PBEPARAM_free(pbe);
	return acceptable;
}

bool
pbe_acceptable(const X509_ALGOR *algorithm)
{
	bool acceptable;

	if (OBJ_obj2nid(algorithm->algorithm) == NID_pbes2)
		acceptable = pbkdf2_acceptable(algorithm->parameter);
	else
		acceptable = pbe1_acceptable(algorithm->parameter);
	ERR_clear_error();
	return acceptable;
}

static bool
says_unsupported(unsigned long code)
{
	int reason = ERR_GET_REASON(code);

	if (reason == ERR_R_UNSUPPORTED || reason == ERR_R_FETCH_FAILED)
		return true;
	return ERR_GET_LIB(code) == ERR_LIB_EVP &&
	    (reason == EVP_R_UNSUPPORTED_ALGORITHM || reason == EVP_R_UNSUPPORTED_CIPHER ||
	        reason == EVP_R_UNKNOWN_PBE_ALGORITHM || reason == EVP_R_UNSUPPORTED_PRF ||
	        reason == EVP_R_UNSUPPORTED_PRIVATE_KEY_ALGORITHM || reason == EVP_R_UNSUPPORTED_KEYLENGTH);
}

/* Whoever fails inside says it first; outer layers add words of their own, so the whole queue is read. */
bool
pbe_unsupported(void)
{
	unsigned long code;
	bool unsupported = false;

	while ((code = ERR_get_error()) != 0)
		unsupported = unsupported || says_unsupported(code);
	return unsupported;
}

int
pbe_fail(struct error *e)
{
	if (ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE)
		return crypto_fail(e, ERROR_NO_MEMORY, "cannot decrypt for want of memory");
	if (pbe_unsupported())
		return error_set(e, ERROR_ALGORITHM, "it is encrypted with an algorithm that the library no longer offers");
	return error_set(e, ERROR_PASSWORD, "the password is wrong");
}
