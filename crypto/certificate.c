/* SPDX-License-Identifier: BSD-2-Clause */

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/encoding.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/certificate_private.h"
#include "crypto/identifier_private.h"
#include "crypto/library_private.h"
#include "crypto/signature_type.h"

/* ---- reading ---- */

/*
 * The library's object.  It is written back and compared, so that two texts of
 * one certificate (BER lengths, say) cannot have two fingerprints.
 */
static int
parse(struct certificate *c, const unsigned char *der, size_t n, struct error *e)
{
	const unsigned char *at = der;
	unsigned char *again = NULL;
	int size;

	c->x509 = d2i_X509(NULL, &at, (long)n);
	if (c->x509 == NULL)
		return crypto_fail(e, ERROR_CERTIFICATE_SYNTAX, "this is no X.509 certificate");
	if (at != der + n)
		return error_set(e, ERROR_CERTIFICATE_SYNTAX, "octets behind the certificate");
	if ((size = i2d_X509(c->x509, &again)) < 0)
		return crypto_fail(e, ERROR_NO_MEMORY, "cannot encode a certificate");
	if ((size_t)size != n || memcmp(again, der, n) != 0)
		error_set(e, ERROR_CERTIFICATE_SYNTAX, "the certificate is not in DER");
	else if ((c->der = memory_copy(der, n, e)) != NULL)
		c->der_size = n;
	OPENSSL_free(again);
	return c->der != NULL ? 0 : -1;
}

/* SHA-256 over the SubjectPublicKeyInfo as it stands in the certificate. */
static int
hash_public_key(struct certificate *c, struct error *e)
{
	unsigned char *spki = NULL;
	int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c->x509), &spki), rc;

	if (size < 0)
		return crypto_fail(e, ERROR_CERTIFICATE_SYNTAX, "the certificate has no public key");
	rc = digest_sha256_text(spki, (size_t)size, c->public_hash, e);
	OPENSSL_free(spki);
	return rc;
}

/* Issuer and serial number as a SignerInfo or RecipientInfo repeats them (RFC 5652 10.2.4), and their SHA-256. */
static int
hash_issuer_serial(struct certificate *c, struct error *e)
{
	unsigned char *issuer = NULL, *serial = NULL;
	int issuer_size = i2d_X509_NAME(X509_get_issuer_name(c->x509), &issuer);
	int serial_size = i2d_ASN1_INTEGER(X509_get0_serialNumber(c->x509), &serial);
	struct buffer *both = &c->issuer_serial_der;
	int rc = -1;

	if (issuer_size < 0 || serial_size < 0)
		crypto_fail(e, ERROR_CERTIFICATE_SYNTAX, "the certificate has no issuer or serial number");
	else if (buffer_append(both, issuer, (size_t)issuer_size, e) == 0 &&
	    buffer_append(both, serial, (size_t)serial_size, e) == 0)
		rc = digest_sha256_text(both->data, both->size, c->issuer_serial, e);
	c->issuer_size = issuer_size < 0 ? 0 : (size_t)issuer_size;
	OPENSSL_free(issuer);
	OPENSSL_free(serial);
	return rc;
}

static int
read_time(const ASN1_TIME *t, int64_t *out, struct error *e)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return crypto_fail(e, ERROR_CERTIFICATE_SYNTAX, "the certificate's validity is malformed");
	*out = timegm(&tm);
	return 0;
}

/* A key that the library cannot read has a name all the same. */
static enum key_type
unread_type(const X509 *x)
{
	ASN1_OBJECT *kind;

	if (X509_PUBKEY_get0_param(&kind, NULL, NULL, NULL, X509_get_X509_PUBKEY(x)) != 1)
		return KEY_OTHER;
	return library_named_type(kind);
}

/* Extensions are parsed here once; the library keeps the result under its own lock. */
static int
fill_facts(struct certificate *c, struct error *e)
{
	const ASN1_OCTET_STRING *ski;
	int size;

	if (read_time(X509_get0_notBefore(c->x509), &c->not_before, e) != 0 ||
	    read_time(X509_get0_notAfter(c->x509), &c->not_after, e) != 0)
		return -1;
	(void)X509_check_purpose(c->x509, -1, 0);
	ski = X509_get0_subject_key_id(c->x509);
	size = ski == NULL ? 0 : ASN1_STRING_length(ski);
	if (size > 0 && size <= CERTIFICATE_SKI_MAX)
		hex_encode(ASN1_STRING_get0_data(ski), (size_t)size, c->ski);
	c->public_key = X509_get0_pubkey(c->x509);
	c->key_type = c->public_key == NULL ? unread_type(c->x509) : key_type_of(c->public_key);
	if (c->public_key != NULL && EVP_PKEY_get_bits(c->public_key) > 0)
		c->key_bits = (unsigned)EVP_PKEY_get_bits(c->public_key);
	return 0;
}

/*
 * What the library could not make out, key or extensions, may have been for
 * want of memory: that is not remembered.
 */
static bool
is_whole(const struct certificate *c)
{
	return c->public_key != NULL && c->key_type != KEY_OTHER && (X509_get_extension_flags(c->x509) & EXFLAG_INVALID) == 0;
}

static int
read_new(const void *der, size_t n, const char fingerprint[SHA256_TEXT], struct certificate **out, struct error *e)
{
	struct certificate *c = memory_new(1, sizeof *c, e);
	int rc = -1;

	if (c == NULL)
		return -1;
	atomic_init(&c->references, 1);
	memcpy(c->fingerprint, fingerprint, SHA256_TEXT);
	buffer_init(&c->issuer_serial_der, LIMIT_CERTIFICATE_SIZE);
	if (parse(c, der, n, e) != 0 || fill_facts(c, e) != 0 || hash_public_key(c, e) != 0 ||
	    hash_issuer_serial(c, e) != 0 || certificate_fill_names(c, e) != 0)
		goto out;
	*out = c;
	c = NULL;
	rc = 0;
out:
	certificate_unref(c);
	ERR_clear_error(); /* extensions or keys that cannot be read are facts of the certificate, not failures */
	return rc;
}

/*
 * What the library cannot make out is asked for once more: it does not say when memory was to blame, and an anchor
 * that lost its key in one such moment would make every certificate under it unknown for good.
 */
static int
read_again(struct certificate **c, const void *der, size_t n, struct error *e)
{
	struct certificate *again = NULL;

	if (is_whole(*c))
		return 0;
	if (read_new(der, n, (*c)->fingerprint, &again, e) != 0)
		return -1;
	certificate_unref(*c);
	*c = again;
	return 0;
}

int
certificate_read(const void *der, size_t n, struct certificate **out, struct error *e)
{
	char fingerprint[SHA256_TEXT];
	struct certificate *c;

	if (n == 0 || n > LIMIT_CERTIFICATE_SIZE)
		return error_set(e, ERROR_CERTIFICATE_SYNTAX, "a certificate of %zu octets", n);
	if (digest_sha256_text(der, n, fingerprint, e) != 0)
		return -1;
	if ((c = certificate_cache_find(fingerprint)) == NULL) {
		if (read_new(der, n, fingerprint, &c, e) != 0)
			return -1;
		if (read_again(&c, der, n, e) != 0) {
			certificate_unref(c);
			return -1;
		}
		if (is_whole(c))
			certificate_cache_add(c);
	}
	*out = c;
	return 0;
}

struct certificate *
certificate_ref(struct certificate *c)
{
	atomic_fetch_add_explicit(&c->references, 1, memory_order_relaxed);
	return c;
}

void
certificate_unref(struct certificate *c)
{
	if (c == NULL || atomic_fetch_sub_explicit(&c->references, 1, memory_order_acq_rel) != 1)
		return;
	X509_free(c->x509);
	free(c->der);
	buffer_done(&c->issuer_serial_der);
	free(c->subject);
	free(c->issuer);
	free(c->serial);
	free(c->common_name);
	address_list_done(&c->addresses);
	address_list_done(&c->dn_addresses);
	free(c);
}

/* ---- facts ---- */

X509 *
certificate_x509(const struct certificate *c)
{
	return c->x509;
}

EVP_PKEY *
certificate_public_key(const struct certificate *c)
{
	return c->public_key;
}

const unsigned char *
certificate_der(const struct certificate *c, size_t *n)
{
	*n = c->der_size;
	return c->der;
}

const char *
certificate_fingerprint(const struct certificate *c)
{
	return c->fingerprint;
}

const char *
certificate_public_hash(const struct certificate *c)
{
	return c->public_hash;
}

const char *
certificate_issuer_serial(const struct certificate *c)
{
	return c->issuer_serial;
}

const unsigned char *
certificate_issuer_serial_der(const struct certificate *c, size_t *issuer_size, size_t *n)
{
	*issuer_size = c->issuer_size;
	*n = c->issuer_serial_der.size;
	return (const unsigned char *)c->issuer_serial_der.data;
}

const char *
certificate_ski(const struct certificate *c)
{
	return c->ski;
}

const char *
certificate_subject(const struct certificate *c)
{
	return c->subject;
}

const char *
certificate_issuer(const struct certificate *c)
{
	return c->issuer;
}

const char *
certificate_serial(const struct certificate *c)
{
	return c->serial;
}

const char *
certificate_common_name(const struct certificate *c)
{
	return c->common_name;
}

int64_t
certificate_not_before(const struct certificate *c)
{
	return c->not_before;
}

int64_t
certificate_not_after(const struct certificate *c)
{
	return c->not_after;
}

enum key_type
certificate_key_type(const struct certificate *c)
{
	return c->key_type;
}

unsigned
certificate_key_bits(const struct certificate *c)
{
	return c->key_bits;
}

bool
certificate_is_ca(const struct certificate *c)
{
	return (X509_get_extension_flags(c->x509) & EXFLAG_CA) != 0;
}

bool
certificate_is_self_signed(const struct certificate *c)
{
	return (X509_get_extension_flags(c->x509) & EXFLAG_SS) != 0;
}

const struct address_list *
certificate_addresses(const struct certificate *c)
{
	return &c->addresses;
}

const struct address_list *
certificate_dn_addresses(const struct certificate *c)
{
	return &c->dn_addresses;
}

bool
certificate_has_address(const struct certificate *c, const struct address *a, bool dn_too)
{
	if (address_list_find(&c->addresses, a) != NULL)
		return true;
	return dn_too && c->addresses.count == 0 && address_list_find(&c->dn_addresses, a) != NULL;
}

/* ---- names of a domain's agent (RFC 3183 3.1.1) ---- */

static bool
all_name_agent(const struct address_list *list, const char *domain)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct address *a = list->items[i];

		if (a->local_size != strlen(DOMAIN_SIGNING_AUTHORITY) ||
		    memcmp(a->key, DOMAIN_SIGNING_AUTHORITY, a->local_size) != 0 || strcmp(a->domain, domain) != 0)
			return false;
	}
	return true;
}

const char *
certificate_signing_domain(const struct certificate *c)
{
	const char *domain = c->addresses.count > 0 ? c->addresses.items[0]->domain : NULL;

	if (domain == NULL || !text_equal_nocase(c->common_name, DOMAIN_SIGNING_AUTHORITY))
		return NULL;
	return all_name_agent(&c->addresses, domain) && all_name_agent(&c->dn_addresses, domain) ? domain : NULL;
}
