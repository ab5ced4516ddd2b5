/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_ALGORITHM_H
#define CRYPTO_ALGORITHM_H

#include <stdbool.h>

#include "crypto/digest.h"

/*
 * The algorithms that we know, as fixed tables (algorithm.c), and the profiles
 * that choose among them.  Weak ones are read with a mark and never written.
 */
enum key_type {
	KEY_NONE,
	KEY_RSA,
	KEY_RSA_PSS,
	KEY_EC_P256,
	KEY_EC_P384,
	KEY_EC_P521,
	KEY_ED25519,
	KEY_ML_DSA_44, /* FIPS 204, RFC 9881; verified where the library can */
	KEY_ML_DSA_65,
	KEY_ML_DSA_87,
	KEY_ML_KEM_512, /* FIPS 203, RFC 9935; opened with where the library can */
	KEY_ML_KEM_768,
	KEY_ML_KEM_1024,
	KEY_OTHER
};
const char *key_type_name(enum key_type t); /* "ec-p256", "ml-kem-768" */
bool key_type_is_rsa(enum key_type t);
bool key_type_is_ec(enum key_type t); /* one of our curves */
bool key_type_is_ml_dsa(enum key_type t);
bool key_type_is_ml_kem(enum key_type t);

/* How a SignerInfo's signature was or is to be made (RFC 5754, 4056, 8419, 9882). */
enum signature_scheme {
	SIGNATURE_NONE,
	SIGNATURE_RSA_SHA256,     /* RSASSA-PKCS1-v1_5 */
	SIGNATURE_RSA_SHA384,
	SIGNATURE_RSA_SHA512,
	SIGNATURE_RSA_PSS_SHA256, /* RSASSA-PSS, MGF1 with the same digest, salt as long as the digest */
	SIGNATURE_RSA_PSS_SHA384,
	SIGNATURE_RSA_PSS_SHA512,
	SIGNATURE_ECDSA_SHA256,
	SIGNATURE_ECDSA_SHA384,
	SIGNATURE_ECDSA_SHA512,
	SIGNATURE_ED25519,        /* digest SHA-512 */
	SIGNATURE_ML_DSA_44,      /* from here on: read only */
	SIGNATURE_ML_DSA_65,
	SIGNATURE_ML_DSA_87,
	SIGNATURE_RSA_SHA1,       /* from here on: weak, too */
	SIGNATURE_RSA_MD5,
	SIGNATURE_RSA_SHA224,
	SIGNATURE_ECDSA_SHA1,
	SIGNATURE_ECDSA_SHA224,
	SIGNATURE_DSA,            /* recognised, not verified as pass */
	SIGNATURE_UNKNOWN,
};
enum digest_algorithm signature_digest(enum signature_scheme s);
/* signature_takes_digest(s, a): whether the content's digest may be `a`; of ML-DSA every one that is as strong. */
bool signature_takes_digest(enum signature_scheme s, enum digest_algorithm a);
/* signature_key(s): the only type of key that makes it, for schemes that have one; else KEY_NONE. */
enum key_type signature_key(enum signature_scheme s);
const char *signature_name(enum signature_scheme s); /* "rsa-pss-sha256" */
bool signature_is_weak(enum signature_scheme s);

enum content_cipher {
	CIPHER_NONE,
	CIPHER_AES128_CBC,
	CIPHER_AES192_CBC,
	CIPHER_AES256_CBC,
	CIPHER_AES128_GCM,
	CIPHER_AES192_GCM,
	CIPHER_AES256_GCM,
	CIPHER_DES_EDE3_CBC, /* read only, weak */
	CIPHER_UNKNOWN,
};
const char *cipher_name(enum content_cipher c); /* "aes-256-gcm" */
bool cipher_is_authenticated(enum content_cipher c);
bool cipher_is_weak(enum content_cipher c);
size_t cipher_key_size(enum content_cipher c); /* octets */

enum key_transport {
	TRANSPORT_NONE,
	TRANSPORT_RSA_V15,     /* RFC 3370 4.2.1 */
	TRANSPORT_RSA_OAEP,    /* RFC 3560; digest and MGF1 digest in the RecipientInfo */
	TRANSPORT_ECDH,        /* RFC 5753: ephemeral-static, stdDH KDF, AES key wrap */
	TRANSPORT_ML_KEM,      /* RFC 9629, 9936: encapsulation, HKDF, AES key wrap; read only */
	TRANSPORT_UNKNOWN,
};
const char *transport_name(enum key_transport t);

/* A profile: what we write to a correspondent. */
enum crypto_profile { PROFILE_COMPATIBLE, PROFILE_MODERN, PROFILE_EDI_ENERGY, PROFILE_COUNT };

struct profile {
	const char *name;
	enum content_cipher cipher;
	enum key_transport rsa_transport; /* for RSA recipients; EC recipients always get ECDH */
	enum digest_algorithm oaep_digest;
	bool rsa_pss;                     /* sign with PSS when the key is RSA */
};
const struct profile *profile_get(enum crypto_profile p);

/*
 * profile_signature(p, key type): the scheme that a key of this type signs with; SIGNATURE_NONE if it cannot.
 * An id-RSASSA-PSS key signs PSS in every profile.
 */
enum signature_scheme profile_signature(const struct profile *p, enum key_type type);

#endif
