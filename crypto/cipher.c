/* SPDX-License-Identifier: BSD-2-Clause */

#include "crypto/cipher_private.h"

const EVP_CIPHER *
cipher_evp(enum content_cipher c)
{
	switch (c) {
	case CIPHER_AES128_CBC:
		return EVP_aes_128_cbc();
	case CIPHER_AES192_CBC:
		return EVP_aes_192_cbc();
	case CIPHER_AES256_CBC:
		return EVP_aes_256_cbc();
	case CIPHER_AES128_GCM:
		return EVP_aes_128_gcm();
	case CIPHER_AES192_GCM:
		return EVP_aes_192_gcm();
	case CIPHER_AES256_GCM:
		return EVP_aes_256_gcm();
	case CIPHER_DES_EDE3_CBC:
		return EVP_des_ede3_cbc();
	case CIPHER_NONE:
	case CIPHER_UNKNOWN:
		break;
	}
	return NULL;
}
