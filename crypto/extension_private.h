/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_EXTENSION_PRIVATE_H
#define CRYPTO_EXTENSION_PRIVATE_H

#include "base/address.h"
#include "crypto/der_private.h"
#include "crypto/key.h"

/* What requests, certificates and CRLs are made of (RFC 5280 4.1, 4.2). */

/* The numbers n of id-ce, 2.5.29.n. */
enum extension {
	EXTENSION_SUBJECT_KEY_IDENTIFIER = 14,
	EXTENSION_KEY_USAGE = 15,
	EXTENSION_SUBJECT_ALT_NAME = 17,
	EXTENSION_BASIC_CONSTRAINTS = 19,
	EXTENSION_CRL_NUMBER = 20,
	EXTENSION_REASON_CODE = 21,
	EXTENSION_NAME_CONSTRAINTS = 30,
	EXTENSION_AUTHORITY_KEY_IDENTIFIER = 35,
	EXTENSION_EXTENDED_KEY_USAGE = 37,
};

/* The bits of KeyUsage, bit 0 first. */
enum key_usage {
	USAGE_DIGITAL_SIGNATURE = 1 << 0,
	USAGE_KEY_ENCIPHERMENT = 1 << 2,
	USAGE_KEY_AGREEMENT = 1 << 4,
	USAGE_KEY_CERT_SIGN = 1 << 5,
	USAGE_CRL_SIGN = 1 << 6,
};

/* extension_open(), extension_close(): around the value of one Extension. */
void extension_open(struct der_writer *w, enum extension which, bool critical);
void extension_close(struct der_writer *w);

/* extension_usage(type, sign, encrypt, out, e): the bits for a leaf; ERROR_KEY_UNUSABLE if the key cannot. */
int extension_usage(enum key_type type, int sign, int encrypt, unsigned *out, struct error *e);
void extension_put_key_usage(struct der_writer *w, unsigned usage);
void extension_put_email_protection(struct der_writer *w);
/* extension_put_addresses(w, list, critical): subjectAltName; beyond ASCII as SmtpUTF8Mailbox (RFC 9598). */
void extension_put_addresses(struct der_writer *w, const struct address_list *list, bool critical);

/* name_put(w, common_name): a Name of one CN, or of nothing when it is NULL or "". */
void name_put(struct der_writer *w, const char *common_name);

/* public_key_der(k, out, e): its SubjectPublicKeyInfo, appended. */
int public_key_der(const struct key *k, struct buffer *out, struct error *e);

/*
 * sign_der(key, tbs, out, e): SEQUENCE { tbs, signatureAlgorithm, signature }, which is how certificates, CRLs and
 * requests are all signed; sign_scheme(key) is the scheme that it uses, for those that repeat it inside.
 */
enum signature_scheme sign_scheme(const struct key *key);
int sign_der(const struct key *key, const struct buffer *tbs, struct buffer *out, struct error *e);

#endif
