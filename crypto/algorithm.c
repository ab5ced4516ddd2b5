/* SPDX-License-Identifier: BSD-2-Clause */

#include "crypto/algorithm.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* clang-format off */
static const struct {
	const char *name;
	enum digest_algorithm digest;
	bool weak;
	enum key_type key;    /* where only one type makes it */
	size_t digest_octets; /* where other digests will do, too: their least size (RFC 9882 3.3) */
} signatures[] = {
	[SIGNATURE_NONE]           = { "none",           DIGEST_NONE,   true,  KEY_NONE, 0 },
	[SIGNATURE_RSA_SHA256]     = { "rsa-sha256",     DIGEST_SHA256, false, KEY_NONE, 0 },
	[SIGNATURE_RSA_SHA384]     = { "rsa-sha384",     DIGEST_SHA384, false, KEY_NONE, 0 },
	[SIGNATURE_RSA_SHA512]     = { "rsa-sha512",     DIGEST_SHA512, false, KEY_NONE, 0 },
	[SIGNATURE_RSA_PSS_SHA256] = { "rsa-pss-sha256", DIGEST_SHA256, false, KEY_NONE, 0 },
	[SIGNATURE_RSA_PSS_SHA384] = { "rsa-pss-sha384", DIGEST_SHA384, false, KEY_NONE, 0 },
	[SIGNATURE_RSA_PSS_SHA512] = { "rsa-pss-sha512", DIGEST_SHA512, false, KEY_NONE, 0 },
	[SIGNATURE_ECDSA_SHA256]   = { "ecdsa-sha256",   DIGEST_SHA256, false, KEY_NONE, 0 },
	[SIGNATURE_ECDSA_SHA384]   = { "ecdsa-sha384",   DIGEST_SHA384, false, KEY_NONE, 0 },
	[SIGNATURE_ECDSA_SHA512]   = { "ecdsa-sha512",   DIGEST_SHA512, false, KEY_NONE, 0 },
	[SIGNATURE_ED25519]        = { "ed25519",        DIGEST_SHA512, false, KEY_ED25519, 0 }, /* RFC 8419 3.1 */
	[SIGNATURE_ML_DSA_44]      = { "ml-dsa-44",      DIGEST_SHA512, false, KEY_ML_DSA_44, 32 },
	[SIGNATURE_ML_DSA_65]      = { "ml-dsa-65",      DIGEST_SHA512, false, KEY_ML_DSA_65, 48 },
	[SIGNATURE_ML_DSA_87]      = { "ml-dsa-87",      DIGEST_SHA512, false, KEY_ML_DSA_87, 64 },
	[SIGNATURE_RSA_SHA1]       = { "rsa-sha1",       DIGEST_SHA1,   true,  KEY_NONE, 0 },
	[SIGNATURE_RSA_MD5]        = { "rsa-md5",        DIGEST_MD5,    true,  KEY_NONE, 0 },
	[SIGNATURE_RSA_SHA224]     = { "rsa-sha224",     DIGEST_SHA224, true,  KEY_NONE, 0 },
	[SIGNATURE_ECDSA_SHA1]     = { "ecdsa-sha1",     DIGEST_SHA1,   true,  KEY_NONE, 0 },
	[SIGNATURE_ECDSA_SHA224]   = { "ecdsa-sha224",   DIGEST_SHA224, true,  KEY_NONE, 0 },
	[SIGNATURE_DSA]            = { "dsa",            DIGEST_NONE,   true,  KEY_NONE, 0 },
	[SIGNATURE_UNKNOWN]        = { "unknown",        DIGEST_NONE,   true,  KEY_NONE, 0 },
};

static const struct {
	const char *name;
	size_t key_size;
	bool authenticated, weak;
} ciphers[] = {
	[CIPHER_NONE]         = { "none",         0,  false, true },
	[CIPHER_AES128_CBC]   = { "aes-128-cbc",  16, false, false },
	[CIPHER_AES192_CBC]   = { "aes-192-cbc",  24, false, false },
	[CIPHER_AES256_CBC]   = { "aes-256-cbc",  32, false, false },
	[CIPHER_AES128_GCM]   = { "aes-128-gcm",  16, true,  false },
	[CIPHER_AES192_GCM]   = { "aes-192-gcm",  24, true,  false },
	[CIPHER_AES256_GCM]   = { "aes-256-gcm",  32, true,  false },
	[CIPHER_DES_EDE3_CBC] = { "des-ede3-cbc", 24, false, true },
	[CIPHER_UNKNOWN]      = { "unknown",      0,  false, true },
};

static const char *const transports[] = {
	[TRANSPORT_NONE]     = "none",
	[TRANSPORT_RSA_V15]  = "rsa-v15",
	[TRANSPORT_RSA_OAEP] = "rsa-oaep",
	[TRANSPORT_ECDH]     = "ecdh",
	[TRANSPORT_ML_KEM]   = "ml-kem",
	[TRANSPORT_UNKNOWN]  = "unknown",
};

/* RFC 8551 2.3 and 2.7 for the floor; EDI@Energy asks PSS, OAEP and CBC and knows no GCM. */
static const struct profile profiles[PROFILE_COUNT] = {
	[PROFILE_COMPATIBLE] = { "compatible", CIPHER_AES256_CBC, TRANSPORT_RSA_V15,  DIGEST_NONE,   false },
	[PROFILE_MODERN]     = { "modern",     CIPHER_AES256_GCM, TRANSPORT_RSA_OAEP, DIGEST_SHA256, true },
	[PROFILE_EDI_ENERGY] = { "edi-energy", CIPHER_AES256_CBC, TRANSPORT_RSA_OAEP, DIGEST_SHA256, true },
};

/* The types of keys, as people read them. */
static const char *const key_types[] = {
	[KEY_NONE]        = "none",
	[KEY_RSA]         = "rsa",
	[KEY_RSA_PSS]     = "rsa-pss",
	[KEY_EC_P256]     = "ec-p256",
	[KEY_EC_P384]     = "ec-p384",
	[KEY_EC_P521]     = "ec-p521",
	[KEY_ED25519]     = "ed25519",
	[KEY_ML_DSA_44]   = "ml-dsa-44",
	[KEY_ML_DSA_65]   = "ml-dsa-65",
	[KEY_ML_DSA_87]   = "ml-dsa-87",
	[KEY_ML_KEM_512]  = "ml-kem-512",
	[KEY_ML_KEM_768]  = "ml-kem-768",
	[KEY_ML_KEM_1024] = "ml-kem-1024",
	[KEY_OTHER]       = "other",
};

/* The scheme of a key type without a say of the profile; the digest is as strong as the curve (RFC 5753 7.1). */
static const enum signature_scheme key_signatures[] = {
	[KEY_NONE]    = SIGNATURE_NONE,
	[KEY_RSA]     = SIGNATURE_RSA_SHA256,
	[KEY_RSA_PSS] = SIGNATURE_RSA_PSS_SHA256,
	[KEY_EC_P256] = SIGNATURE_ECDSA_SHA256,
	[KEY_EC_P384] = SIGNATURE_ECDSA_SHA384,
	[KEY_EC_P521] = SIGNATURE_ECDSA_SHA512,
	[KEY_ED25519] = SIGNATURE_ED25519,
	[KEY_OTHER]   = SIGNATURE_NONE,
};
/* clang-format on */

const char *
key_type_name(enum key_type t)
{
	return key_types[(size_t)t < ROWS(key_types) ? t : KEY_OTHER];
}

bool
key_type_is_rsa(enum key_type t)
{
	return t == KEY_RSA || t == KEY_RSA_PSS;
}

bool
key_type_is_ec(enum key_type t)
{
	return t == KEY_EC_P256 || t == KEY_EC_P384 || t == KEY_EC_P521;
}

bool
key_type_is_ml_dsa(enum key_type t)
{
	return t == KEY_ML_DSA_44 || t == KEY_ML_DSA_65 || t == KEY_ML_DSA_87;
}

bool
key_type_is_ml_kem(enum key_type t)
{
	return t == KEY_ML_KEM_512 || t == KEY_ML_KEM_768 || t == KEY_ML_KEM_1024;
}

static enum signature_scheme
known_signature(enum signature_scheme s)
{
	return (size_t)s < ROWS(signatures) ? s : SIGNATURE_UNKNOWN;
}

enum digest_algorithm
signature_digest(enum signature_scheme s)
{
	return signatures[known_signature(s)].digest;
}

bool
signature_takes_digest(enum signature_scheme s, enum digest_algorithm a)
{
	size_t least = signatures[known_signature(s)].digest_octets;

	return a == signature_digest(s) || (least != 0 && !digest_is_weak(a) && digest_size(a) >= least);
}

enum key_type
signature_key(enum signature_scheme s)
{
	return signatures[known_signature(s)].key;
}

const char *
signature_name(enum signature_scheme s)
{
	return signatures[known_signature(s)].name;
}

bool
signature_is_weak(enum signature_scheme s)
{
	return signatures[known_signature(s)].weak;
}

static enum content_cipher
known_cipher(enum content_cipher c)
{
	return (size_t)c < ROWS(ciphers) ? c : CIPHER_UNKNOWN;
}

const char *
cipher_name(enum content_cipher c)
{
	return ciphers[known_cipher(c)].name;
}

bool
cipher_is_authenticated(enum content_cipher c)
{
	return ciphers[known_cipher(c)].authenticated;
}

bool
cipher_is_weak(enum content_cipher c)
{
	return ciphers[known_cipher(c)].weak;
}

size_t
cipher_key_size(enum content_cipher c)
{
	return ciphers[known_cipher(c)].key_size;
}

const char *
transport_name(enum key_transport t)
{
	return transports[(size_t)t < ROWS(transports) ? t : TRANSPORT_UNKNOWN];
}

const struct profile *
profile_get(enum crypto_profile p)
{
	return (size_t)p < PROFILE_COUNT ? &profiles[p] : NULL;
}

enum signature_scheme
profile_signature(const struct profile *p, enum key_type type)
{
	if (type == KEY_RSA && p->rsa_pss)
		return SIGNATURE_RSA_PSS_SHA256;
	return (size_t)type < ROWS(key_signatures) ? key_signatures[type] : SIGNATURE_NONE;
}
