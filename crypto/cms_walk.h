/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_CMS_WALK_H
#define CRYPTO_CMS_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/io.h"
#include "base/spool.h"
#include "crypto/algorithm.h"
#include "crypto/certificate.h"

/*
 * The strict walk over a CMS ContentInfo (RFC 5652, 5083): BER as the RFC
 * allows it (indefinite lengths, constructed OCTET STRINGs, bounded depth),
 * forward only, memory flat: everything but the content is collected in the
 * shape, the content's octets are only counted and passed by.  Nothing is
 * believed yet: the shape says what the object claims.
 */
struct cms_limits {
	size_t overhead;       /* octets besides the content; 0: LIMIT_CMS_OVERHEAD */
	uint64_t content;      /* octets of content; 0: no limit of its own */
	size_t recipient_infos, signer_infos, certificates; /* 0: base/limits.h */
};

enum cms_type {
	CMS_SIGNED,             /* RFC 5652 5 */
	CMS_ENVELOPED,          /* RFC 5652 6 */
	CMS_AUTH_ENVELOPED,     /* RFC 5083 */
	CMS_COMPRESSED,         /* RFC 3274; its content is a zlib stream, see base/inflate.h */
	CMS_OTHER,              /* a content type that is none of ours */
};

struct octets {
	const unsigned char *data; /* owned by the shape */
	size_t size;
};

/* The certificate that a RecipientInfo or SignerInfo names. */
struct certificate_name {
	char issuer_serial[SHA256_TEXT]; /* as certificate_issuer_serial(); "" when named by key identifier */
	char ski[129];                   /* hexadecimal; "" when named by issuer and serial */
};

enum recipient_kind { RECIPIENT_KEY_TRANSPORT, RECIPIENT_KEY_AGREEMENT, RECIPIENT_KEM, RECIPIENT_OTHER };

/*
 * One way to the content key.  A KeyAgreeRecipientInfo with several RecipientEncryptedKeys gives one of these
 * each.  `unusable` is why we would not try it (a static word, e.g. "algorithm", "parameters", and
 * "algorithm-not-available" for what only a newer library could do), or NULL.
 */
struct recipient_info {
	enum recipient_kind kind;
	struct certificate_name name;
	enum key_transport transport;
	enum digest_algorithm oaep_digest, oaep_mgf_digest;
	struct octets oaep_label;
	enum digest_algorithm kdf_digest;    /* ECDH: of the X9.63 KDF; KEM: of HKDF */
	size_t wrap_key_size;                /* octets of the key-wrap key: 16, 24, 32 */
	bool wrap_triple_des;                /* not AES: RFC 3217, as OpenSSL before 3.2 had it beside Triple-DES; read only */
	struct octets wrap_algorithm;        /* the AlgorithmIdentifier as sent: what the KDF hashes has it */
	struct octets originator_key;        /* SubjectPublicKeyInfo's BIT STRING octets of the ephemeral key */
	struct octets originator_parameters; /* its algorithm parameters, may be empty */
	struct octets ukm;                   /* with `has_ukm` */
	bool has_ukm;
	enum key_type kem;                   /* KEM: one of ML-KEM */
	struct octets kem_ciphertext;
	struct octets encrypted_key;
	const char *unusable;
};

struct signer_info {
	unsigned version;
	struct certificate_name name;
	enum digest_algorithm digest;
	enum signature_scheme scheme;        /* as the AlgorithmIdentifier (and, for rsaEncryption, the digest) say */
	bool pss_parameters_sane;            /* hash, MGF1 hash equal, trailer 1, salt that a key has room for */
	unsigned pss_salt;
	struct octets digest_algorithm, signature_algorithm; /* AlgorithmIdentifiers as sent */
	struct octets signed_attributes;     /* content octets of [0], as sent; size 0: none */
	bool has_signed_attributes;
	struct octets unsigned_attributes;   /* likewise of [1] */
	struct octets signature;
};

struct cms_shape {
	enum cms_type type;
	unsigned version;
	struct octets content_type;          /* content octets of the OID: eContentType, or the encrypted content's type */
	bool content_is_data;                /* it is id-data */
	bool has_content;                    /* eContent or encryptedContent is present */
	uint64_t content_size;               /* its octets, segments joined */
	/* SignedData */
	struct signer_info *signers;
	size_t signer_count;
	struct certificates certificates;    /* those that could be read; others are counted in `bad_certificates` */
	size_t bad_certificates;
	/* EnvelopedData, AuthEnvelopedData */
	struct recipient_info *recipients;
	size_t recipient_count;
	enum content_cipher cipher;
	unsigned char iv[16];
	size_t iv_size;
	size_t icv_size;                     /* AES-GCM ICVlen (RFC 5084) */
	struct octets authenticated_attributes; /* as DER SET OF (tag 0x31), the AAD; empty: none */
	bool has_authenticated_attributes;
	unsigned char mac[16];
	size_t mac_size;
	/* these, and CompressedData: why the content would not be opened: "algorithm", "parameters", "no-content"; or NULL */
	const char *unusable;
};

/*
 * cms_walk(source, limits, out, e): read one ContentInfo to the end of the source.  ERROR_CMS_SYNTAX for what no
 * RFC allows (also octets behind the object, truncation, a SignedData in EnvelopedData's place), ERROR_TOO_LARGE
 * and ERROR_TOO_DEEP past the limits.  `limits` may be NULL.
 */
int cms_walk(struct source *source, const struct cms_limits *limits, struct cms_shape **out, struct error *e);
void cms_shape_free(struct cms_shape *shape); /* NULL is fine */

/*
 * cms_copy_content(source, to, e): read an object that was walked again, up to the end of its content, and write
 * that content's octets, segments joined.  ERROR_CMS_SYNTAX if it has none.
 */
int cms_copy_content(struct source *source, struct sink *to, struct error *e);

#endif
