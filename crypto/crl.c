/* SPDX-License-Identifier: BSD-2-Clause */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/memory.h"
#include "crypto/chain_private.h"
#include "crypto/digest.h"
#include "crypto/private.h"

/* One list, read once. */
struct crl {
	X509_CRL *list;
	int64_t this_update, next_update;
	ISSUING_DIST_POINT *scope; /* issuingDistributionPoint, or NULL: everything of its issuer */
	bool usable;               /* it can be judged by: not a delta, not indirect, nothing critical unknown */
	pthread_mutex_t lock;      /* guards the two below, which are all that changes after reading */
	char verified_by[SHA256_TEXT]; /* public key whose signature was checked and holds; "" if none yet */
	char refused_by[SHA256_TEXT];  /* the last one whose signature does not hold */
};

struct crls {
	struct crl **items;
	size_t count;
};

/* ---- reading ---- */

static void
crl_free(struct crl *crl)
{
	if (crl == NULL)
		return;
	X509_CRL_free(crl->list);
	ISSUING_DIST_POINT_free(crl->scope);
	pthread_mutex_destroy(&crl->lock);
	free(crl);
}

static bool
read_time(const ASN1_TIME *t, int64_t *out)
{
	struct tm tm;

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*out = timegm(&tm);
	return true;
}

/* RFC 5280 5.2: what is critical and not known makes the list void; a delta needs its base. */
static bool
extensions_are_known(const X509_CRL *list)
{
	for (int i = 0; i < X509_CRL_get_ext_count(list); i++) {
		X509_EXTENSION *x = X509_CRL_get_ext(list, i);
		int nid = OBJ_obj2nid(X509_EXTENSION_get_object(x));

		if (nid == NID_delta_crl)
			return false;
		if (X509_EXTENSION_get_critical(x) && nid != NID_issuing_distribution_point)
			return false;
	}
	return true;
}

/* The same for the entries (RFC 5280 5.3): an unknown critical one may mean that it is another issuer's certificate. */
static bool
entries_are_known(X509_CRL *list)
{
	const STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(list);

	for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
		const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);

		for (int at = 0; at < X509_REVOKED_get_ext_count(entry); at++)
			if (X509_EXTENSION_get_critical(X509_REVOKED_get_ext(entry, at)))
				return false;
	}
	return true;
}

/* The library sorts the entries at the first look-up; do it now, before threads share them. */
static void
sort_entries(X509_CRL *list)
{
	ASN1_INTEGER *any = ASN1_INTEGER_new();
	X509_REVOKED *found;

	if (any != NULL && ASN1_INTEGER_set(any, 1) == 1)
		(void)X509_CRL_get0_by_serial(list, &found, any);
	ASN1_INTEGER_free(any);
}

/* Work out everything that does not depend on the certificate asked about. */
static void
examine(struct crl *crl)
{
	int critical;

	crl->scope = X509_CRL_get_ext_d2i(crl->list, NID_issuing_distribution_point, &critical, NULL);
	crl->usable = read_time(X509_CRL_get0_lastUpdate(crl->list), &crl->this_update) &&
	    read_time(X509_CRL_get0_nextUpdate(crl->list), &crl->next_update) &&
	    (crl->scope != NULL || critical == -1) && extensions_are_known(crl->list) &&
	    entries_are_known(crl->list);
	if (crl->scope != NULL && (crl->scope->indirectCRL > 0 || crl->scope->onlyattr > 0))
		crl->usable = false;
	sort_entries(crl->list);
	ERR_clear_error();
}

/* Takes `list` over, also on failure. */
static int
append(struct crls *crls, X509_CRL *list, struct error *e)
{
	struct crl *crl = memory_new(1, sizeof *crl, e);
	struct crl **items;

	if (crl == NULL) {
		X509_CRL_free(list);
		return -1;
	}
	pthread_mutex_init(&crl->lock, NULL);
	crl->list = list;
	if ((items = memory_resize(crls->items, crls->count + 1, sizeof items[0], e)) == NULL) {
		crl_free(crl);
		return -1;
	}
	crls->items = items;
	examine(crl);
	crls->items[crls->count++] = crl;
	return 0;
}

static int
append_der(struct crls *crls, const unsigned char *der, size_t n, struct error *e)
{
	const unsigned char *at = der;
	X509_CRL *list = n > LONG_MAX ? NULL : d2i_X509_CRL(NULL, &at, (long)n);

	if (list == NULL)
		return crypto_fail(e, ERROR_CERTIFICATE_SYNTAX, "this is no CRL");
	if (at != der + n) {
		X509_CRL_free(list);
		return error_set(e, ERROR_CERTIFICATE_SYNTAX, "octets behind the CRL");
	}
	return append(crls, list, e);
}

static int
append_pem(struct crls *crls, const void *data, size_t n, struct error *e)
{
	BIO *bio = text_bio(data, n);
	char *name, *header;
	unsigned char *der;
	long size;
	int rc = 0;

	if (bio == NULL)
		return crypto_fail(e, ERROR_NO_MEMORY, "cannot read the text");
	while (rc == 0 && PEM_read_bio(bio, &name, &header, &der, &size) == 1) {
		if (strcmp(name, PEM_STRING_X509_CRL) == 0)
			rc = append_der(crls, der, (size_t)size, e);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(der, (size_t)size);
	}
	if (rc == 0 && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		rc = crypto_fail(e, ERROR_CERTIFICATE_SYNTAX, "the PEM text is malformed");
	BIO_free(bio);
	ERR_clear_error();
	return rc;
}

struct crls *
crls_new(struct error *e)
{
	return memory_new(1, sizeof(struct crls), e);
}

void
crls_free(struct crls *crls)
{
	if (crls == NULL)
		return;
	for (size_t i = 0; i < crls->count; i++)
		crl_free(crls->items[i]);
	free(crls->items);
	free(crls);
}

int
crls_read(struct crls *crls, const void *data, size_t n, struct error *e)
{
	size_t before = crls->count;
	int rc;

	if (n != 0 && *(const unsigned char *)data == 0x30)
		rc = append_der(crls, data, n, e);
	else
		rc = append_pem(crls, data, n, e);
	if (rc == 0 && crls->count == before)
		rc = error_set(e, ERROR_CERTIFICATE_SYNTAX, "there is no CRL in it");
	while (rc != 0 && crls->count > before)
		crl_free(crls->items[--crls->count]);
	return rc;
}

size_t
crls_count(const struct crls *crls)
{
	return crls->count;
}

/* ---- judging ---- */

/* Whether two lists of general names have one in common (RFC 5280 6.3.3 (b)(2)(i)). */
static bool
names_meet(const GENERAL_NAMES *a, const GENERAL_NAMES *b)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(a); i++)
		for (int k = 0; k < sk_GENERAL_NAME_num(b); k++)
			if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(a, i), sk_GENERAL_NAME_value(b, k)) == 0)
				return true;
	return false;
}

/*
 * The list is one of several partitions: the certificate must point to it.
 * Names relative to the issuer (type 1) are used by nobody and meet nothing.
 */
static bool
point_covers(const DIST_POINT_NAME *point, X509 *x)
{
	CRL_DIST_POINTS *points;
	bool covers = false;

	if (point == NULL)
		return true;
	if (point->type != 0)
		return false;
	points = X509_get_ext_d2i(x, NID_crl_distribution_points, NULL, NULL);
	for (int i = 0; !covers && i < sk_DIST_POINT_num(points); i++) {
		const DIST_POINT *own = sk_DIST_POINT_value(points, i);

		if (own->distpoint != NULL && own->distpoint->type == 0 && own->CRLissuer == NULL)
			covers = names_meet(point->name.fullname, own->distpoint->name.fullname);
	}
	CRL_DIST_POINTS_free(points);
	ERR_clear_error();
	return covers;
}

static bool
scope_covers(const struct crl *crl, const struct certificate *c)
{
	if (crl->scope == NULL)
		return true;
	if (crl->scope->onlyuser > 0 && certificate_is_ca(c))
		return false;
	if (crl->scope->onlyCA > 0 && !certificate_is_ca(c))
		return false;
	return point_covers(crl->scope->distpoint, certificate_x509(c));
}

/* Checked once for each key; a list of megabytes must not be hashed for every message. */
static bool
signed_by(struct crl *crl, const struct certificate *signer)
{
	const char *key = certificate_public_hash(signer);
	bool known_good, known_bad, good;

	pthread_mutex_lock(&crl->lock);
	known_good = strcmp(crl->verified_by, key) == 0;
	known_bad = strcmp(crl->refused_by, key) == 0;
	pthread_mutex_unlock(&crl->lock);
	if (known_good || known_bad)
		return known_good;
	good = certificate_public_key(signer) != NULL &&
	    X509_CRL_verify(crl->list, certificate_public_key(signer)) == 1;
	ERR_clear_error();
	pthread_mutex_lock(&crl->lock);
	memcpy(good ? crl->verified_by : crl->refused_by, key, SHA256_TEXT);
	pthread_mutex_unlock(&crl->lock);
	return good;
}

/* Whether the list has a say about `c`, and `signer` signed it. */
static bool
speaks_of(struct crl *crl, const struct certificate *c, const struct certificate *signer, int64_t when)
{
	if (!crl->usable || when < crl->this_update || when > crl->next_update)
		return false;
	if (X509_NAME_cmp(X509_CRL_get_issuer(crl->list), X509_get_issuer_name(certificate_x509(c))) != 0)
		return false;
	if ((X509_get_key_usage(certificate_x509(signer)) & KU_CRL_SIGN) == 0)
		return false;
	return scope_covers(crl, c) && signed_by(crl, signer);
}

/* Whether the list revokes `c`; removeFromCRL (RFC 5280 5.3.1) takes it back. */
static bool
revokes(const struct crl *crl, const struct certificate *c, int64_t *when)
{
	X509_REVOKED *entry = NULL;

	if (X509_CRL_get0_by_cert(crl->list, &entry, certificate_x509(c)) != 1)
		return false;
	if (!read_time(X509_REVOKED_get0_revocationDate(entry), when) || *when == 0)
		*when = crl->this_update;
	ERR_clear_error();
	return true;
}

/* The reasons that a list is limited to, as bits 1 to 8 of ReasonFlags; 0: none, it is complete. */
static unsigned
reasons_of(const struct crl *crl)
{
	const ASN1_BIT_STRING *flags = crl->scope == NULL ? NULL : crl->scope->onlysomereasons;
	unsigned reasons = 0;

	for (int bit = 1; flags != NULL && bit <= 8; bit++)
		if (ASN1_BIT_STRING_get_bit(flags, bit))
			reasons |= 1U << bit;
	return reasons;
}

#define ALL_REASONS 0x1feU /* bits 1 to 8 (RFC 5280 5.2.5) */

enum revocation
crls_judge(const struct crls *crls, const struct certificate *c, const struct certificate *signer, int64_t when,
    int64_t *revoked_at)
{
	const struct crl *newest = NULL;
	unsigned reasons = 0;

	for (size_t i = 0; i < crls->count; i++) {
		struct crl *crl = crls->items[i];

		if (!speaks_of(crl, c, signer, when))
			continue;
		if (crl->scope != NULL && crl->scope->onlysomereasons != NULL) {
			if (revokes(crl, c, revoked_at))
				return REVOCATION_REVOKED;
			reasons |= reasons_of(crl);
		} else if (newest == NULL || crl->this_update > newest->this_update) {
			newest = crl;
		}
	}
	if (newest != NULL)
		return revokes(newest, c, revoked_at) ? REVOCATION_REVOKED : REVOCATION_GOOD;
	return reasons == ALL_REASONS ? REVOCATION_GOOD : REVOCATION_UNKNOWN;
}
