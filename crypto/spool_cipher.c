/* SPDX-License-Identifier: BSD-2-Clause */

#include <limits.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/memory.h"
#include "crypto/private.h"
#include "crypto/spool_cipher.h"

#define KEY_SIZE 32
#define TAG_SIZE 16
#define NONCE_SIZE 12

/* One key, two directions; the key itself stays only inside the library's contexts, which wipe it when freed. */
struct cipher_key {
	EVP_CIPHER_CTX *seal, *open;
};

static void
cipher_key_free(void *key)
{
	struct cipher_key *k = key;

	if (k != NULL) {
		EVP_CIPHER_CTX_free(k->seal);
		EVP_CIPHER_CTX_free(k->open);
	}
	free(k);
}

static void *
cipher_key_new(struct error *e)
{
	unsigned char raw[KEY_SIZE];
	struct cipher_key *k;
	int ok;

	if ((k = memory_new(1, sizeof *k, e)) == NULL)
		return NULL;
	k->seal = EVP_CIPHER_CTX_new();
	k->open = EVP_CIPHER_CTX_new();
	ok = k->seal != NULL && k->open != NULL && RAND_priv_bytes(raw, sizeof raw) == 1 &&
	    EVP_EncryptInit_ex(k->seal, EVP_aes_256_gcm(), NULL, raw, NULL) == 1 &&
	    EVP_DecryptInit_ex(k->open, EVP_aes_256_gcm(), NULL, raw, NULL) == 1;
	memory_wipe(raw, sizeof raw);
	if (ok)
		return k;
	crypto_fail(e, ERROR_CRYPTO, "spool key");
	cipher_key_free(k);
	return NULL;
}

/* The nonce is the block's number: the key is the spool's own and a block is sealed once. */
static void
nonce_of(uint64_t block, unsigned char nonce[NONCE_SIZE])
{
	for (size_t i = NONCE_SIZE; i > 0; i--, block >>= 8)
		nonce[i - 1] = (unsigned char)block;
}

static int
cipher_seal(void *key, uint64_t block, const void *plain, size_t n, void *sealed, struct error *e)
{
	struct cipher_key *k = key;
	unsigned char nonce[NONCE_SIZE], *to = sealed;
	int size, last;

	nonce_of(block, nonce);
	if (n > INT_MAX || EVP_EncryptInit_ex(k->seal, NULL, NULL, NULL, nonce) != 1 ||
	    EVP_EncryptUpdate(k->seal, to, &size, plain, (int)n) != 1 ||
	    EVP_EncryptFinal_ex(k->seal, to + size, &last) != 1 ||
	    EVP_CIPHER_CTX_ctrl(k->seal, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, to + n) != 1)
		return crypto_fail(e, ERROR_CRYPTO, "spool block");
	return 0;
}

static int
cipher_open(void *key, uint64_t block, const void *sealed, size_t n, void *plain, struct error *e)
{
	struct cipher_key *k = key;
	const unsigned char *from = sealed;
	unsigned char nonce[NONCE_SIZE], tag[TAG_SIZE], *to = plain;
	int size, last;

	if (n < TAG_SIZE || n > INT_MAX)
		return error_set(e, ERROR_IO, "spool block %llu is damaged", (unsigned long long)block);
	n -= TAG_SIZE;
	for (size_t i = 0; i < TAG_SIZE; i++)
		tag[i] = from[n + i];
	nonce_of(block, nonce);
	if (EVP_DecryptInit_ex(k->open, NULL, NULL, NULL, nonce) == 1 &&
	    EVP_CIPHER_CTX_ctrl(k->open, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) == 1 &&
	    EVP_DecryptUpdate(k->open, to, &size, from, (int)n) == 1 &&
	    EVP_DecryptFinal_ex(k->open, to + size, &last) == 1)
		return 0;
	memory_wipe(plain, n);
	return crypto_fail(e, ERROR_IO, "spool block is damaged");
}

const struct spool_cipher *
spool_cipher(void)
{
	static const struct spool_cipher gcm = { cipher_key_new, cipher_key_free, TAG_SIZE, cipher_seal, cipher_open };

	return &gcm;
}
