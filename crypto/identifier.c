/* SPDX-License-Identifier: BSD-2-Clause */

#include "crypto/identifier_private.h"

#define RSADSI 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d
#define SMIME_AA RSADSI, 1, 9, 16, 2
#define SMIME_STI RSADSI, 1, 9, 16, 9

const struct oid oid_content_type              = { 9, { RSADSI, 1, 9, 3 } };
const struct oid oid_message_digest            = { 9, { RSADSI, 1, 9, 4 } };
const struct oid oid_signing_time              = { 9, { RSADSI, 1, 9, 5 } };
const struct oid oid_extension_request         = { 9, { RSADSI, 1, 9, 14 } };
const struct oid oid_smime_capabilities        = { 9, { RSADSI, 1, 9, 15 } };
const struct oid oid_algorithm_protection      = { 9, { RSADSI, 1, 9, 52 } };
const struct oid oid_encryption_key_preference = { 11, { SMIME_AA, 11 } };
const struct oid oid_signing_certificate       = { 11, { SMIME_AA, 12 } };
const struct oid oid_signature_type            = { 11, { SMIME_AA, 28 } };
const struct oid oid_signing_certificate_v2    = { 11, { SMIME_AA, 47 } };
const struct oid oid_type_originator           = { 11, { SMIME_STI, 1 } };
const struct oid oid_type_domain               = { 11, { SMIME_STI, 2 } };
const struct oid oid_type_review               = { 11, { SMIME_STI, 4 } };

static void
put_null(struct der_writer *w)
{
	der_put(w, DER_NULL, NULL, 0);
}

void
identifier_put_digest(struct der_writer *w, enum digest_algorithm a)
{
	der_open(w, DER_SEQUENCE);
	der_put_oid(w, digest_oid(a));
	der_close(w);
}

/* The parameters of RSASSA-PSS spell the digest's NULL (RFC 4055 2.1). */
static void
put_digest_with_null(struct der_writer *w, enum digest_algorithm a)
{
	der_open(w, DER_SEQUENCE);
	der_put_oid(w, digest_oid(a));
	put_null(w);
	der_close(w);
}

/* RFC 4055 3.1: hash, MGF1 with the same hash, salt as long as the hash; the trailer is the default. */
static void
put_pss_parameters(struct der_writer *w, enum digest_algorithm a)
{
	der_open(w, DER_SEQUENCE);
	der_open(w, DER_CONSTRUCTED_0);
	put_digest_with_null(w, a);
	der_close(w);
	der_open(w, DER_CONSTRUCTED_0 + 1);
	der_open(w, DER_SEQUENCE);
	der_put_oid(w, &oid_mgf1);
	put_digest_with_null(w, a);
	der_close(w);
	der_close(w);
	der_open(w, DER_CONSTRUCTED_0 + 2);
	der_put_small(w, DER_INTEGER, digest_size(a));
	der_close(w);
	der_close(w);
}

static bool
is_pss(enum signature_scheme s)
{
	return s == SIGNATURE_RSA_PSS_SHA256 || s == SIGNATURE_RSA_PSS_SHA384 || s == SIGNATURE_RSA_PSS_SHA512;
}

static bool
is_pkcs1(enum signature_scheme s)
{
	return s == SIGNATURE_RSA_SHA256 || s == SIGNATURE_RSA_SHA384 || s == SIGNATURE_RSA_SHA512;
}

static void
put_signature(struct der_writer *w, unsigned char tag, enum signature_scheme scheme, const struct oid *pkcs1)
{
	const struct oid *oid = is_pss(scheme) ? &oid_rsassa_pss : is_pkcs1(scheme) ? pkcs1 : signature_oid(scheme);

	if (oid == NULL) {
		if (!w->failed)
			w->failed = error_set(w->e, ERROR_ALGORITHM, "no such signature scheme");
		return;
	}
	der_open(w, tag);
	der_put_oid(w, oid);
	if (is_pss(scheme))
		put_pss_parameters(w, signature_digest(scheme));
	else if (is_pkcs1(scheme))
		put_null(w);
	der_close(w);
}

void
identifier_put_signature(struct der_writer *w, unsigned char tag, enum signature_scheme scheme)
{
	put_signature(w, tag, scheme, &oid_rsa_encryption);
}

void
identifier_put_certificate_signature(struct der_writer *w, enum signature_scheme scheme)
{
	put_signature(w, DER_SEQUENCE, scheme, signature_oid(scheme));
}

void
identifier_put_issuer_serial(struct der_writer *w, const struct certificate *c)
{
	size_t issuer_size, n;
	const unsigned char *both = certificate_issuer_serial_der(c, &issuer_size, &n);

	der_put_raw(w, both, n);
}
