/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "base/encoding.h"
#include "base/limits.h"
#include "crypto/digest.h"
#include "crypto/extension_private.h"
#include "crypto/identifier_private.h"
#include "crypto/issue.h"
#include "crypto/private.h"

#define SERIAL_SIZE 16
#define KEY_ID_SIZE 20
#define CRL_MAX (32 * 1024 * 1024) /* some 700,000 revoked certificates */

/* ---- parts ---- */

/* RFC 7093 2 (1): the leftmost 160 bits of SHA-256 over the BIT STRING's content. */
static int
key_identifier(const struct buffer *spki, unsigned char out[KEY_ID_SIZE], struct error *e)
{
	struct der_element whole, algorithm, bits;
	struct der_reader r;
	unsigned char hash[SHA256_SIZE];

	if (!der_sole(spki->data, spki->size, DER_SEQUENCE, &whole))
		return error_set(e, ERROR_INTERNAL, "a public key that is not DER");
	r = der_enter(&whole);
	if (!der_expect(&r, DER_SEQUENCE, &algorithm) || !der_expect(&r, DER_BIT_STRING, &bits) || bits.size < 2)
		return error_set(e, ERROR_INTERNAL, "a public key that is not DER");
	if (digest_sha256(bits.data + 1, bits.size - 1, hash, e) != 0)
		return -1;
	memcpy(out, hash, KEY_ID_SIZE);
	return 0;
}

/* The issuer's subject as it stands in its certificate, octet by octet: chains are built by comparing names. */
static void
put_issuer_name(struct der_writer *w, const struct certificate *issuer)
{
	unsigned char *name = NULL;
	int n = i2d_X509_NAME(X509_get_subject_name(certificate_x509(issuer)), &name);

	if (n > 0)
		der_put_raw(w, name, (size_t)n);
	else if (!w->failed)
		w->failed = crypto_fail(w->e, ERROR_NO_MEMORY, "cannot encode a name");
	OPENSSL_free(name);
}

static void
put_authority_key_identifier(struct der_writer *w, const struct certificate *issuer)
{
	const char *ski = certificate_ski(issuer);
	size_t n = strlen(ski) / 2;
	unsigned char id[64];

	if (n == 0 || n > sizeof id || hex_decode(ski, strlen(ski), id, n) != 0)
		return;
	extension_open(w, EXTENSION_AUTHORITY_KEY_IDENTIFIER, false);
	der_open(w, DER_SEQUENCE);
	der_put(w, DER_CONTEXT_0, id, n);
	der_close(w);
	extension_close(w);
}

/* 127 random bits, never zero (CABF S/MIME BR 7.1: at least 64). */
static void
put_new_serial(struct der_writer *w)
{
	unsigned char serial[SERIAL_SIZE];

	if (RAND_bytes(serial, sizeof serial) != 1 && !w->failed)
		w->failed = crypto_fail(w->e, ERROR_CRYPTO, "no random octets for a serial number");
	serial[0] &= 0x7f;
	serial[SERIAL_SIZE - 1] |= 1;
	der_put_unsigned(w, DER_INTEGER, serial, sizeof serial);
}

/* ---- a certificate ---- */

static void
put_basic_constraints(struct der_writer *w, int path_length)
{
	extension_open(w, EXTENSION_BASIC_CONSTRAINTS, true);
	der_open(w, DER_SEQUENCE);
	der_put(w, DER_BOOLEAN, "\xff", 1);
	if (path_length >= 0)
		der_put_small(w, DER_INTEGER, (uint64_t)path_length);
	der_close(w);
	extension_close(w);
}

/* RFC 5280 4.2.1.10: "example.org" is that host's mailboxes, ".example.org" those of every host below it. */
static void
put_name_constraints(struct der_writer *w, const char *const *domains)
{
	extension_open(w, EXTENSION_NAME_CONSTRAINTS, true);
	der_open(w, DER_SEQUENCE);
	der_open(w, DER_CONSTRUCTED_0); /* permittedSubtrees */
	for (; *domains != NULL; domains++) {
		der_open(w, DER_SEQUENCE);
		der_put(w, DER_CONTEXT_0 + 1, *domains, strlen(*domains));
		der_close(w);
	}
	der_close(w);
	der_close(w);
	extension_close(w);
}

static void
put_ca_extensions(struct der_writer *w, const struct issue_request *r)
{
	put_basic_constraints(w, r->path_length);
	extension_put_key_usage(w, USAGE_KEY_CERT_SIGN | USAGE_CRL_SIGN);
	if (r->permitted_domains != NULL && r->permitted_domains[0] != NULL)
		put_name_constraints(w, r->permitted_domains);
}

static void
put_leaf_extensions(struct der_writer *w, const struct issue_request *r, unsigned usage)
{
	bool nameless = r->common_name == NULL || r->common_name[0] == '\0';

	extension_put_key_usage(w, usage);
	if (r->addresses != NULL && r->addresses->count != 0)
		extension_put_addresses(w, r->addresses, nameless); /* RFC 5280 4.2.1.6 */
}

/* Mail and nothing else, for the CA too: whoever trusts it trusts it for no web server. */
static void
put_extensions(struct der_writer *w, const struct issue_request *r, unsigned usage,
    const unsigned char key_id[KEY_ID_SIZE])
{
	der_open(w, DER_CONSTRUCTED_0 + 3);
	der_open(w, DER_SEQUENCE);
	if (r->ca)
		put_ca_extensions(w, r);
	else
		put_leaf_extensions(w, r, usage);
	extension_put_email_protection(w);
	extension_open(w, EXTENSION_SUBJECT_KEY_IDENTIFIER, false);
	der_put(w, DER_OCTET_STRING, key_id, KEY_ID_SIZE);
	extension_close(w);
	if (r->issuer != NULL)
		put_authority_key_identifier(w, r->issuer);
	der_close(w);
	der_close(w);
}

/* TBSCertificate (RFC 5280 4.1.2), version 3. */
static int
build_tbs(const struct issue_request *r, unsigned usage, const struct buffer *spki, struct buffer *out,
    struct error *e)
{
	unsigned char key_id[KEY_ID_SIZE];
	struct der_writer w;

	if (key_identifier(spki, key_id, e) != 0)
		return -1;
	der_begin(&w, out, e);
	der_open(&w, DER_SEQUENCE);
	der_open(&w, DER_CONSTRUCTED_0);
	der_put_small(&w, DER_INTEGER, 2);
	der_close(&w);
	put_new_serial(&w);
	identifier_put_certificate_signature(&w, sign_scheme(r->issuer_key));
	if (r->issuer != NULL)
		put_issuer_name(&w, r->issuer);
	else
		name_put(&w, r->common_name);
	der_open(&w, DER_SEQUENCE);
	der_put_time(&w, r->not_before);
	der_put_time(&w, r->not_after);
	der_close(&w);
	name_put(&w, r->common_name);
	der_put_raw(&w, spki->data, spki->size);
	put_extensions(&w, r, usage, key_id);
	der_close(&w);
	return der_finish(&w);
}

/* The issuer must be a CA whose key this is; who signs alone signs for its own key. */
static int
check_request(const struct issue_request *r, struct error *e)
{
	const struct key *own = r->issuer_key;
	const char *public_hash = r->issuer == NULL ? key_public_hash(r->subject_key) : certificate_public_hash(r->issuer);

	if (r->issuer != NULL && !certificate_is_ca(r->issuer))
		return error_set(e, ERROR_CERTIFICATE_UNUSABLE, "the issuer's certificate is not that of a CA");
	if (strcmp(public_hash, key_public_hash(own)) != 0)
		return error_set(e, ERROR_KEY_MISMATCH, "the issuer's key does not belong to its certificate");
	if (r->ca && (r->common_name == NULL || r->common_name[0] == '\0'))
		return error_set(e, ERROR_USAGE, "a CA needs a name (RFC 5280 4.1.2.6)");
	if (r->not_after <= r->not_before)
		return error_set(e, ERROR_USAGE, "the validity ends before it begins");
	return 0;
}

int
issue_certificate(const struct issue_request *r, struct certificate **out, struct error *e)
{
	struct buffer spki = BUFFER_INIT(LIMIT_CERTIFICATE_SIZE), tbs = BUFFER_INIT(LIMIT_CERTIFICATE_SIZE),
	    der = BUFFER_INIT(LIMIT_CERTIFICATE_SIZE);
	unsigned usage = 0;
	int rc = -1;

	if (check_request(r, e) != 0)
		return -1;
	if (!r->ca && extension_usage(key_type(r->subject_key), r->sign, r->encrypt, &usage, e) != 0)
		return -1;
	if (public_key_der(r->subject_key, &spki, e) == 0 && build_tbs(r, usage, &spki, &tbs, e) == 0 &&
	    sign_der(r->issuer_key, &tbs, &der, e) == 0)
		rc = certificate_read(der.data, der.size, out, e);
	buffer_done(&spki);
	buffer_done(&tbs);
	buffer_done(&der);
	return rc;
}

/* ---- a CRL ---- */

/* certificate_serial() gives whole octets; a person may leave out the first zero. */
static void
put_serial(struct der_writer *w, const char *text)
{
	char padded[2 * 64 + 2] = "0";
	unsigned char octets[64];
	size_t n = strlen(text), odd = n % 2;

	if (n == 0 || n > 2 * sizeof octets) {
		w->failed = error_set(w->e, ERROR_USAGE, "a serial number is written in hexadecimal");
		return;
	}
	memcpy(padded + odd, text, n);
	if (hex_decode(padded, n + odd, octets, (n + odd) / 2) != 0)
		w->failed = error_set(w->e, ERROR_USAGE, "a serial number is written in hexadecimal");
	der_put_unsigned(w, DER_INTEGER, octets, (n + odd) / 2);
}

/* RFC 5280 5.3.1: unspecified is said by saying nothing; 7 is not used, removeFromCRL is for delta CRLs. */
static void
put_reason(struct der_writer *w, int64_t reason)
{
	if (reason == 0)
		return;
	if (reason < 0 || reason > 10 || reason == 7 || reason == 8) {
		w->failed = error_set(w->e, ERROR_USAGE, "no such reason to revoke: %lld", (long long)reason);
		return;
	}
	der_open(w, DER_SEQUENCE);
	extension_open(w, EXTENSION_REASON_CODE, false);
	der_put_small(w, DER_ENUMERATED, (uint64_t)reason);
	extension_close(w);
	der_close(w);
}

static void
put_revoked(struct der_writer *w, const struct issue_revoked *revoked, size_t count)
{
	if (count == 0)
		return; /* absent, not empty (RFC 5280 5.1.2.6) */
	der_open(w, DER_SEQUENCE);
	for (size_t i = 0; i < count && !w->failed; i++) {
		der_open(w, DER_SEQUENCE);
		put_serial(w, revoked[i].serial);
		der_put_time(w, revoked[i].when);
		put_reason(w, revoked[i].reason);
		der_close(w);
	}
	der_close(w);
}

static void
put_crl_extensions(struct der_writer *w, const struct certificate *issuer, int64_t number)
{
	der_open(w, DER_CONSTRUCTED_0);
	der_open(w, DER_SEQUENCE);
	put_authority_key_identifier(w, issuer);
	extension_open(w, EXTENSION_CRL_NUMBER, false);
	der_put_small(w, DER_INTEGER, (uint64_t)number);
	extension_close(w);
	der_close(w);
	der_close(w);
}

int
issue_crl(const struct key *issuer_key, const struct certificate *issuer, const struct issue_revoked *revoked,
    size_t count, int64_t number, int64_t this_update, int64_t next_update, struct buffer *out_pem, struct error *e)
{
	struct buffer tbs = BUFFER_INIT(CRL_MAX), der = BUFFER_INIT(CRL_MAX);
	struct der_writer w;
	int rc = -1;

	if (strcmp(certificate_public_hash(issuer), key_public_hash(issuer_key)) != 0)
		return error_set(e, ERROR_KEY_MISMATCH, "the issuer's key does not belong to its certificate");
	if (number < 0)
		return error_set(e, ERROR_USAGE, "a CRL's number is not negative");
	der_begin(&w, &tbs, e);
	der_open(&w, DER_SEQUENCE);
	der_put_small(&w, DER_INTEGER, 1); /* version 2 (RFC 5280 5.1.2.1) */
	identifier_put_certificate_signature(&w, sign_scheme(issuer_key));
	put_issuer_name(&w, issuer);
	der_put_time(&w, this_update);
	der_put_time(&w, next_update);
	put_revoked(&w, revoked, count);
	put_crl_extensions(&w, issuer, number);
	der_close(&w);
	if (der_finish(&w) == 0 && sign_der(issuer_key, &tbs, &der, e) == 0)
		rc = pem_write(PEM_STRING_X509_CRL, (const unsigned char *)der.data, der.size, out_pem, e);
	buffer_done(&tbs);
	buffer_done(&der);
	return rc;
}
