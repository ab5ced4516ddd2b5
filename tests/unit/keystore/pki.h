/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_KEYSTORE_PKI_H
#define TESTS_UNIT_KEYSTORE_PKI_H

#include "crypto/issue.h"
#include "tests/unit/support.h"

/* Certificates minted while a test runs; keys are P-256, which are quick. */

#define NOW  INT64_C(1800000000) /* 2027-01-15T08:00:00Z */
#define DAY  INT64_C(86400)
#define YEAR (365 * DAY)

/* A root, and an issuing CA below it. */
struct pki {
	struct key *root_key, *ca_key;
	struct certificate *root, *ca;
	struct certificates chain; /* the issuing CA and the root */
};
struct pki pki_new(const char *name);
void pki_done(struct pki *p);

/* What a leaf is to be; zero means: one year to both sides of NOW, signing and encrypting. */
struct leaf {
	const char *first, *second; /* addresses */
	const char *common_name;
	bool only_sign, only_encrypt;
	int64_t from, to;
	const struct key *key;      /* NULL: a new one */
};
/* pki_issue(p, leaf, out_key, out): `p` NULL: self-signed; `out_key` may be NULL. */
void pki_issue(const struct pki *p, struct leaf leaf, struct key **out_key, struct certificate **out);

/* pki_crl(p, revoked, when): the issuing CA's list as PEM; NULL: an empty one; the caller calls buffer_done(). */
struct buffer pki_crl(const struct pki *p, const struct certificate *revoked, int64_t when);

/* address(text): the caller calls address_free(). */
struct address *address_new(const char *text);

#endif
