/* SPDX-License-Identifier: BSD-2-Clause */

#include "crypto/oid_private.h"

#define RSADSI 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d        /* 1.2.840.113549 */
#define NIST_AES 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01
#define NIST_HASH 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02
#define NIST_SIGNATURE 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03
#define NIST_KEM 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x04
#define X9_62 0x2a, 0x86, 0x48, 0xce, 0x3d               /* 1.2.840.10045 */
#define X9_57 0x2a, 0x86, 0x48, 0xce, 0x38               /* 1.2.840.10040 */
#define CERTICOM 0x2b, 0x81, 0x04                        /* 1.3.132 */
#define X9_63_SCHEME 0x2b, 0x81, 0x05, 0x10, 0x86, 0x48, 0x3f, 0x00

/* clang-format off */
const struct oid oid_data           = { 9, { RSADSI, 1, 7, 1 } };
const struct oid oid_rsa_encryption = { 9, { RSADSI, 1, 1, 1 } };
const struct oid oid_rsaes_oaep     = { 9, { RSADSI, 1, 1, 7 } };
const struct oid oid_mgf1           = { 9, { RSADSI, 1, 1, 8 } };
const struct oid oid_triple_des_wrap = { 11, { RSADSI, 1, 9, 16, 3, 6 } };
const struct oid oid_p_specified    = { 9, { RSADSI, 1, 1, 9 } };
const struct oid oid_rsassa_pss     = { 9, { RSADSI, 1, 1, 10 } };
const struct oid oid_ec_public_key  = { 7, { X9_62, 2, 1 } };
const struct oid oid_zlib           = { 11, { RSADSI, 1, 9, 16, 3, 8 } };
const struct oid oid_ori_kem        = { 11, { RSADSI, 1, 9, 16, 13, 3 } };

/* The first row of a value is the one that is written. */
struct row {
	struct oid oid;
	unsigned value;
};

static const struct row digests[] = {
	{ { 8, { RSADSI, 2, 5 } },                DIGEST_MD5 },
	{ { 5, { 0x2b, 0x0e, 0x03, 0x02, 0x1a } }, DIGEST_SHA1 },
	{ { 9, { NIST_HASH, 4 } },                DIGEST_SHA224 },
	{ { 9, { NIST_HASH, 1 } },                DIGEST_SHA256 },
	{ { 9, { NIST_HASH, 2 } },                DIGEST_SHA384 },
	{ { 9, { NIST_HASH, 3 } },                DIGEST_SHA512 },
	{ { 9, { NIST_HASH, 12 } },               DIGEST_SHAKE256 },
	{ { 0, { 0 } }, 0 },
};

static const struct row ciphers[] = {
	{ { 9, { NIST_AES, 2 } },   CIPHER_AES128_CBC },
	{ { 9, { NIST_AES, 22 } },  CIPHER_AES192_CBC },
	{ { 9, { NIST_AES, 42 } },  CIPHER_AES256_CBC },
	{ { 9, { NIST_AES, 6 } },   CIPHER_AES128_GCM },
	{ { 9, { NIST_AES, 26 } },  CIPHER_AES192_GCM },
	{ { 9, { NIST_AES, 46 } },  CIPHER_AES256_GCM },
	{ { 8, { RSADSI, 3, 7 } },  CIPHER_DES_EDE3_CBC },
	{ { 0, { 0 } }, 0 },
};

/* RFC 3565 2.3.2.  The padded forms (RFC 5649: .8, .28, .48) are not here: no content key needs them. */
static const struct row wraps[] = {
	{ { 9, { NIST_AES, 5 } },   16 },
	{ { 9, { NIST_AES, 25 } },  24 },
	{ { 9, { NIST_AES, 45 } },  32 },
	{ { 0, { 0 } }, 0 },
};

/* RFC 5753 7.1.4.  Cofactor DH is the same on our curves, whose cofactor is 1. */
static const struct row kdfs[] = {
	{ { 9, { X9_63_SCHEME, 2 } },       DIGEST_SHA1 },
	{ { 6, { CERTICOM, 1, 11, 0 } },    DIGEST_SHA224 },
	{ { 6, { CERTICOM, 1, 11, 1 } },    DIGEST_SHA256 },
	{ { 6, { CERTICOM, 1, 11, 2 } },    DIGEST_SHA384 },
	{ { 6, { CERTICOM, 1, 11, 3 } },    DIGEST_SHA512 },
	{ { 9, { X9_63_SCHEME, 3 } },       DIGEST_SHA1 },
	{ { 6, { CERTICOM, 1, 14, 0 } },    DIGEST_SHA224 },
	{ { 6, { CERTICOM, 1, 14, 1 } },    DIGEST_SHA256 },
	{ { 6, { CERTICOM, 1, 14, 2 } },    DIGEST_SHA384 },
	{ { 6, { CERTICOM, 1, 14, 3 } },    DIGEST_SHA512 },
	{ { 0, { 0 } }, 0 },
};

/* RFC 8619 2. */
static const struct row hkdfs[] = {
	{ { 11, { RSADSI, 1, 9, 16, 3, 28 } }, DIGEST_SHA256 },
	{ { 11, { RSADSI, 1, 9, 16, 3, 29 } }, DIGEST_SHA384 },
	{ { 11, { RSADSI, 1, 9, 16, 3, 30 } }, DIGEST_SHA512 },
	{ { 0, { 0 } }, 0 },
};

/* Keys whose one identifier says everything: RFC 9881 2, RFC 9935 3. */
static const struct row keys[] = {
	{ { 9, { NIST_SIGNATURE, 17 } },    KEY_ML_DSA_44 },
	{ { 9, { NIST_SIGNATURE, 18 } },    KEY_ML_DSA_65 },
	{ { 9, { NIST_SIGNATURE, 19 } },    KEY_ML_DSA_87 },
	{ { 9, { NIST_KEM, 1 } },           KEY_ML_KEM_512 },
	{ { 9, { NIST_KEM, 2 } },           KEY_ML_KEM_768 },
	{ { 9, { NIST_KEM, 3 } },           KEY_ML_KEM_1024 },
	{ { 0, { 0 } }, 0 },
};

static const struct row curves[] = {
	{ { 8, { X9_62, 3, 1, 7 } },        KEY_EC_P256 },
	{ { 5, { CERTICOM, 0, 34 } },       KEY_EC_P384 },
	{ { 5, { CERTICOM, 0, 35 } },       KEY_EC_P521 },
	{ { 0, { 0 } }, 0 },
};

/* RFC 5754 3, RFC 8419 2.3, RFC 9882 2.  RSASSA-PSS names its digest in the parameters. */
static const struct row signatures[] = {
	{ { 9, { RSADSI, 1, 1, 11 } },      SIGNATURE_RSA_SHA256 },
	{ { 9, { RSADSI, 1, 1, 12 } },      SIGNATURE_RSA_SHA384 },
	{ { 9, { RSADSI, 1, 1, 13 } },      SIGNATURE_RSA_SHA512 },
	{ { 8, { X9_62, 4, 3, 2 } },        SIGNATURE_ECDSA_SHA256 },
	{ { 8, { X9_62, 4, 3, 3 } },        SIGNATURE_ECDSA_SHA384 },
	{ { 8, { X9_62, 4, 3, 4 } },        SIGNATURE_ECDSA_SHA512 },
	{ { 3, { 0x2b, 0x65, 0x70 } },      SIGNATURE_ED25519 },
	{ { 9, { NIST_SIGNATURE, 17 } },    SIGNATURE_ML_DSA_44 },
	{ { 9, { NIST_SIGNATURE, 18 } },    SIGNATURE_ML_DSA_65 },
	{ { 9, { NIST_SIGNATURE, 19 } },    SIGNATURE_ML_DSA_87 },
	{ { 9, { RSADSI, 1, 1, 5 } },       SIGNATURE_RSA_SHA1 },
	{ { 5, { 0x2b, 0x0e, 0x03, 0x02, 0x1d } }, SIGNATURE_RSA_SHA1 },
	{ { 9, { RSADSI, 1, 1, 4 } },       SIGNATURE_RSA_MD5 },
	{ { 9, { RSADSI, 1, 1, 14 } },      SIGNATURE_RSA_SHA224 },
	{ { 7, { X9_62, 4, 1 } },           SIGNATURE_ECDSA_SHA1 },
	{ { 8, { X9_62, 4, 3, 1 } },        SIGNATURE_ECDSA_SHA224 },
	{ { 7, { X9_57, 4, 3 } },           SIGNATURE_DSA },
	{ { 7, { X9_57, 4, 1 } },           SIGNATURE_DSA },
	{ { 9, { NIST_SIGNATURE, 1 } },     SIGNATURE_DSA },
	{ { 9, { NIST_SIGNATURE, 2 } },     SIGNATURE_DSA },
	{ { 0, { 0 } }, 0 },
};

static const struct row types[] = {
	{ { 9, { RSADSI, 1, 7, 2 } },           CMS_SIGNED },
	{ { 9, { RSADSI, 1, 7, 3 } },           CMS_ENVELOPED },
	{ { 11, { RSADSI, 1, 9, 16, 1, 23 } },  CMS_AUTH_ENVELOPED },
	{ { 11, { RSADSI, 1, 9, 16, 1, 9 } },   CMS_COMPRESSED },
	{ { 0, { 0 } }, 0 },
};
/* clang-format on */

static unsigned
value_of(const struct row *rows, const struct der_element *oid, unsigned otherwise)
{
	for (; rows->oid.size != 0; rows++)
		if (oid_is(oid, &rows->oid))
			return rows->value;
	return otherwise;
}

static const struct oid *
oid_of(const struct row *rows, size_t value)
{
	for (; rows->oid.size != 0; rows++)
		if (rows->value == value)
			return &rows->oid;
	return NULL;
}

bool
oid_is(const struct der_element *element, const struct oid *oid)
{
	return der_is(element, oid->octets, oid->size);
}

void
der_put_oid(struct der_writer *w, const struct oid *oid)
{
	der_put(w, DER_OID, oid->octets, oid->size);
}

enum digest_algorithm
digest_from_oid(const struct der_element *oid)
{
	return (enum digest_algorithm)value_of(digests, oid, DIGEST_NONE);
}

enum content_cipher
cipher_from_oid(const struct der_element *oid)
{
	return (enum content_cipher)value_of(ciphers, oid, CIPHER_UNKNOWN);
}

enum signature_scheme
signature_from_oid(const struct der_element *oid)
{
	return (enum signature_scheme)value_of(signatures, oid, SIGNATURE_UNKNOWN);
}

enum cms_type
cms_type_from_oid(const struct der_element *oid)
{
	return (enum cms_type)value_of(types, oid, CMS_OTHER);
}

enum digest_algorithm
ecdh_kdf_from_oid(const struct der_element *oid)
{
	return (enum digest_algorithm)value_of(kdfs, oid, DIGEST_NONE);
}

enum digest_algorithm
hkdf_from_oid(const struct der_element *oid)
{
	return (enum digest_algorithm)value_of(hkdfs, oid, DIGEST_NONE);
}

enum key_type
key_type_from_oid(const struct der_element *oid)
{
	return (enum key_type)value_of(keys, oid, KEY_OTHER);
}

size_t
wrap_key_size_from_oid(const struct der_element *oid)
{
	return value_of(wraps, oid, 0);
}

enum key_type
curve_from_oid(const struct der_element *oid)
{
	return (enum key_type)value_of(curves, oid, KEY_OTHER);
}

const struct oid *
digest_oid(enum digest_algorithm a)
{
	return oid_of(digests, a);
}

const struct oid *
cipher_oid(enum content_cipher c)
{
	return oid_of(ciphers, c);
}

const struct oid *
signature_oid(enum signature_scheme s)
{
	return oid_of(signatures, s);
}

const struct oid *
cms_type_oid(enum cms_type t)
{
	return oid_of(types, t);
}

const struct oid *
ecdh_kdf_oid(enum digest_algorithm a)
{
	return oid_of(kdfs, a);
}

const struct oid *
wrap_oid(size_t key_size)
{
	return oid_of(wraps, key_size);
}
