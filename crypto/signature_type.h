/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_SIGNATURE_TYPE_H
#define CRYPTO_SIGNATURE_TYPE_H

/* What a signature says of itself by the signed attribute signatureType (RFC 3183 3.1.2). */
enum signature_type {
	SIGNATURE_TYPE_NONE,       /* the attribute is absent: the originator's (3.5) */
	SIGNATURE_TYPE_ORIGINATOR,
	SIGNATURE_TYPE_DOMAIN,     /* released by the originator's domain (3.2); perhaps reviewed, too */
	SIGNATURE_TYPE_OTHER,      /* additional attributes, review alone, unknown: says nothing about the originator (3.3, 3.4) */
};
const char *signature_type_word(enum signature_type t); /* "domain", for records */

/* What the certificate of a domain's signing agent is called, and the local part of its address (RFC 3183 3.1.1). */
#define DOMAIN_SIGNING_AUTHORITY "domain-signing-authority"

#endif
