/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_CRYPTO_SIGNED_SUPPORT_H
#define TESTS_UNIT_CRYPTO_SIGNED_SUPPORT_H

#include "crypto/cms_verify.h"
#include "crypto/signed_attributes_private.h"
#include "tests/unit/crypto/forge.h"

/* SignedData, judged and made, also as nobody should make it. */

/* judge(cms, detached, content, n, more): the facts of an object that the walk must accept. */
struct signature_facts judge(const struct buffer *cms, bool detached, const void *content, size_t n,
    const struct certificates *more);

/* expect_status(cms, detached, content, status, detail): judge text; a NULL detail is not looked at. */
void expect_status(const struct buffer *cms, bool detached, const char *content, enum signature_status status,
    const char *detail);

/* load_multipart(path, content, cms): the first part of a multipart/signed as it is signed, and the CMS of the second. */
void load_multipart(const char *path, struct buffer *content, struct buffer *cms);

#define BIT(attribute) (1U << (attribute))

/* How a SignedData deviates from a good one.  Bits are those of enum attribute. */
struct craft {
	const struct forged *signer, *second;   /* of each one SignerInfo */
	enum signature_scheme scheme;
	const char *content;
	bool opaque;
	bool no_certificates;
	const struct forged *bystander;         /* a certificate in the bag, before the signer's */
	bool by_key_identifier;
	unsigned omit, twice, two_values;       /* attributes */
	unsigned add;                           /* of those that a good one has not: SIGNING_CERTIFICATE, SIGNATURE_TYPE */
	const struct oid *types[4];             /* in signatureType; ends in NULL */
	bool no_attributes;                     /* the signature is over the content */
	bool reversed, sign_reversed;           /* attributes are sent, or signed, out of order */
	const struct oid *content_type, *signed_content_type;
	enum digest_algorithm digest;           /* in the SignerInfo, if not that of the scheme */
	enum digest_algorithm protected_digest; /* in CMSAlgorithmProtection, if not the same */
	bool protect_mac;
	const struct forged *claimed;           /* whom signingCertificate(V2) names, if not the signer */
	bool wrong_issuer_serial;               /* in there */
	const char *signing_time;               /* content of a UTCTime; NULL: a good one */
	unsigned char preference;               /* tag of SMIMEEncryptionKeyPreference; 0: issuer and serial number */
	const struct forged *preferred;
};
struct buffer craft(const struct craft *how);

#endif
