/* SPDX-License-Identifier: BSD-2-Clause */

#include <openssl/evp.h>

#include "crypto/library_private.h"
#include "crypto/oid_private.h"

/* clang-format off */
static const struct {
	enum key_type type;
	const char *name;
} names[] = {
	{ KEY_ML_DSA_44,   "ML-DSA-44" },
	{ KEY_ML_DSA_65,   "ML-DSA-65" },
	{ KEY_ML_DSA_87,   "ML-DSA-87" },
	{ KEY_ML_KEM_512,  "ML-KEM-512" },
	{ KEY_ML_KEM_768,  "ML-KEM-768" },
	{ KEY_ML_KEM_1024, "ML-KEM-1024" },
};
/* clang-format on */
#define NAMES (sizeof names / sizeof names[0])

enum key_type
library_key_type(const EVP_PKEY *pkey)
{
	for (size_t i = 0; i < NAMES; i++)
		if (EVP_PKEY_is_a(pkey, names[i].name) == 1)
			return names[i].type;
	return KEY_OTHER;
}

enum key_type
library_named_type(const ASN1_OBJECT *kind)
{
	const struct der_element oid = { .tag = DER_OID, .data = OBJ_get0_data(kind), .size = OBJ_length(kind) };

	return key_type_from_oid(&oid);
}

int
library_offers(enum key_type type, struct error *e)
{
	EVP_KEYMGMT *found;
	int offers;

	for (size_t i = 0; i < NAMES; i++) {
		if (names[i].type != type)
			continue;
		found = EVP_KEYMGMT_fetch(NULL, names[i].name, NULL);
		offers = found != NULL;
		EVP_KEYMGMT_free(found);
		if (crypto_out_of_memory() && !offers)
			return error_set(e, ERROR_NO_MEMORY, "cannot ask the library for an algorithm");
		return offers;
	}
	return type != KEY_NONE && type != KEY_OTHER;
}
