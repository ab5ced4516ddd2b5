/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_IDENTIFIER_PRIVATE_H
#define CRYPTO_IDENTIFIER_PRIVATE_H

#include "crypto/der_private.h"
#include "crypto/oid_private.h"

/* AlgorithmIdentifiers as we write them. */

/* RFC 5754 2: parameters absent. */
void identifier_put_digest(struct der_writer *w, enum digest_algorithm a);

/*
 * identifier_put_signature(w, tag, scheme): of a SignerInfo, with DER_SEQUENCE or an implicit tag.  PKCS#1 v1.5 is
 * named rsaEncryption, which every reader has understood since RFC 3370 3.2; the digest stands beside it.
 */
void identifier_put_signature(struct der_writer *w, unsigned char tag, enum signature_scheme scheme);

/* identifier_put_certificate_signature(w, scheme): of a certificate, CRL or request: the digest is in the name. */
void identifier_put_certificate_signature(struct der_writer *w, enum signature_scheme scheme);

/* The attributes of CMS and PKCS#10 that we write or judge (oid content octets). */
extern const struct oid oid_content_type;               /* RFC 5652 11.1 */
extern const struct oid oid_message_digest;             /* 11.2 */
extern const struct oid oid_signing_time;               /* 11.3 */
extern const struct oid oid_smime_capabilities;         /* RFC 8551 2.5.2 */
extern const struct oid oid_encryption_key_preference;  /* RFC 8551 2.5.3 */
extern const struct oid oid_signing_certificate;        /* RFC 2634 5.4 */
extern const struct oid oid_signing_certificate_v2;     /* RFC 5035 3 */
extern const struct oid oid_signature_type;             /* RFC 3183 3.1.2; and its values: */
extern const struct oid oid_type_originator;
extern const struct oid oid_type_domain;
extern const struct oid oid_type_review;
extern const struct oid oid_algorithm_protection;       /* RFC 6211 2 */
extern const struct oid oid_extension_request;          /* RFC 2985 5.4.2 */

/* certificate_issuer_serial_der(c, issuer_size, n): issuer Name and serialNumber as encoded, borrowed (certificate.c). */
const unsigned char *certificate_issuer_serial_der(const struct certificate *c, size_t *issuer_size, size_t *n);

/* identifier_put_issuer_serial(w, c): the same two, without a SEQUENCE around. */
void identifier_put_issuer_serial(struct der_writer *w, const struct certificate *c);

#endif
