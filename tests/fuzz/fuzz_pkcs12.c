/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any octets as a PKCS#12 under a few passwords, and as a private key in PEM: read or refused.  What is read has a key
 * and a leaf that belong together, for each pair; the key writes and reads back as the same.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "crypto/pkcs12.h"

#define ROUNDS_MAX 100000 /* what takes longer is refused by the product later, and is not worth a fuzzer's time */

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* An INTEGER of three octets or more that could be an iteration count too high for us. */
static bool
takes_long(const unsigned char *data, size_t size)
{
	for (size_t i = 0; i + 5 <= size; i++) {
		if (data[i] != 0x02 || (data[i + 1] != 3 && data[i + 1] != 4))
			continue;
		if (data[i + 1] == 4 || ((size_t)data[i + 2] << 16 | (size_t)data[i + 3] << 8 | data[i + 4]) > ROUNDS_MAX)
			return true;
	}
	return false;
}

static void
check_pair(const struct pkcs12_pair *pair)
{
	struct secret der = SECRET_INIT;
	struct key *again = NULL;

	if (strcmp(key_public_hash(pair->key), certificate_public_hash(pair->leaf)) != 0)
		abort();
	if (key_write_pkcs8(pair->key, &der, NULL) != 0 || key_read_pkcs8(&der, &again, NULL) != 0 ||
	    strcmp(key_public_hash(pair->key), key_public_hash(again)) != 0)
		abort();
	key_unref(again);
	secret_done(&der);
}

static void
read_with(const unsigned char *data, size_t size, const char *password)
{
	struct secret word = SECRET_INIT;
	struct pkcs12_pairs pairs = { NULL, 0 };
	struct certificates others = { NULL, 0 };
	struct error e = ERROR_INIT;
	struct key *key = NULL;

	if (password[0] != '\0' && secret_copy(&word, password, strlen(password), &e) != 0)
		abort();
	if (pkcs12_read_all(data, size, &word, &pairs, &others, &e) == 0) {
		if (pairs.count == 0)
			abort();
		for (size_t i = 0; i < pairs.count; i++)
			check_pair(&pairs.items[i]);
	} else if (pairs.count != 0 || others.count != 0 || e.detail[0] == '\0') {
		abort();
	}
	if (key_read_pem(data, size, &word, &key, NULL) == 0)
		key_unref(key);
	if (ERR_peek_error() != 0)
		abort();
	pkcs12_pairs_done(&pairs);
	certificates_done(&others);
	secret_done(&word);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const char *const passwords[] = { "", "alice", "carlos", "wonderland" };

	if (takes_long(data, size))
		return 0;
	for (size_t i = 0; i < sizeof passwords / sizeof passwords[0]; i++)
		read_with(data, size, passwords[i]);
	return 0;
}
