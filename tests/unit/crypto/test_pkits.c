/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/chain.h"
#include "tests/unit/support.h"

/*
 * NIST's path validation suite (PKITS 1.0.1): 223 paths under one trust anchor.
 * The names of the leaves say the outcome.  All issuers and CRLs lie in one
 * heap, so the right ones must be found too.
 */
#define WHEN INT64_C(1700000000) /* 2023-11-14; the suite is valid from 2010 to 2030 */

struct heap {
	struct certificates anchors, issuers;
	struct crls *crls;
};

static struct heap
load_heap(void)
{
	struct heap h = { { NULL, 0 }, { NULL, 0 }, NULL };
	struct buffer anchor = load("crypto/pkits/anchor.pem"), issuers = load("crypto/pkits/issuers.pem"),
	    crls = load("crypto/pkits/crls.pem");
	struct error e = ERROR_INIT;

	expect_ok(certificates_read(anchor.data, anchor.size, &h.anchors, &e));
	expect_ok(certificates_read(issuers.data, issuers.size, &h.issuers, &e));
	h.crls = crls_new(&e);
	expect_ok(crls_read(h.crls, crls.data, crls.size, &e));
	ck_assert_uint_eq(h.issuers.count, 181);
	ck_assert_uint_eq(crls_count(h.crls), 173);
	buffer_done(&anchor);
	buffer_done(&issuers);
	buffer_done(&crls);
	return h;
}

static void
heap_done(struct heap *h)
{
	certificates_done(&h->anchors);
	certificates_done(&h->issuers);
	crls_free(h->crls);
}

/* Names that do not say it: with every policy acceptable these are to be refused (PKITS 4.8), the others accepted. */
static const char *const refused[] = { "DifferentPoliciesTest4EE", "DifferentPoliciesTest5EE",
	"DifferentPoliciesTest7EE", "DifferentPoliciesTest8EE", "DifferentPoliciesTest9EE", "DifferentPoliciesTest12EE" };

/*
 * Where we differ: all but one are refusals of something good, each for want of
 * what mail does not meet.
 */
static const struct {
	const char *name, *why;
} differences[] = {
	{ "ValidDSASignaturesTest4EE", "no DSA" },
	{ "ValidDSAParameterInheritanceTest5EE", "no DSA" },
	{ "OverlappingPoliciesTest6EE", "the leaf is a CA" },
	{ "ValidpathLenConstraintTest8EE", "the leaf is a CA" },
	{ "ValidpathLenConstraintTest14EE", "the leaf is a CA" },
	{ "ValidonlyContainsCACertsTest13EE", "the leaf is a CA" },
	{ "ValidIDPwithindirectCRLTest22EE", "no indirect CRLs" },
	{ "ValidIDPwithindirectCRLTest24EE", "no indirect CRLs" },
	{ "ValidIDPwithindirectCRLTest25EE", "no indirect CRLs" },
	{ "ValidcRLIssuerTest28EE", "no indirect CRLs" },
	{ "ValidcRLIssuerTest29EE", "no indirect CRLs" },
	{ "ValidcRLIssuerTest30EE", "no indirect CRLs" },
	{ "ValidcRLIssuerTest33EE", "no indirect CRLs" },
	{ "ValiddistributionPointTest4EE", "no distribution points by relative names" },
	{ "ValiddistributionPointTest5EE", "no distribution points by relative names" },
	{ "ValiddistributionPointTest7EE", "no distribution points by relative names" },
	{ "ValidSelfIssuedinhibitAnyPolicyTest9EE", "changes of keys at two levels at once" },
	{ "ValidSelfIssuedpathLenConstraintTest17EE", "changes of keys at two levels at once" },
	{ "ValiddeltaCRLTest5EE", "no delta CRLs (RFC 5280 6.3: optional)" },
	{ "InvaliddeltaCRLTest4EE", "no delta CRLs: its base, which is current, knows nothing yet" },
};

static bool
is_good(const char *name)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		if (strcmp(refused[i], name) == 0)
			return false;
	return strncmp(name, "Invalid", 7) != 0;
}

static const char *
difference(const char *name)
{
	for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++)
		if (strcmp(differences[i].name, name) == 0)
			return differences[i].why;
	return NULL;
}

static bool
accepted(const struct heap *h, struct certificate *leaf, const char **reason)
{
	struct chain_request r = { .leaf = leaf, .intermediates = &h->issuers, .anchors = &h->anchors, .crls = h->crls,
		.purpose = PURPOSE_SIGN, .when = WHEN };
	struct chain_result result;
	struct error e = ERROR_INIT;
	bool good;

	expect_ok(chain_verify(&r, &result, &e));
	good = result.trusted && result.revocation == REVOCATION_GOOD;
	*reason = result.reason != NULL ? result.reason : result.revocation == REVOCATION_REVOKED ? "revoked" :
	    result.revocation == REVOCATION_UNKNOWN ? "revocation unknown" : "good";
	chain_result_done(&result);
	return good;
}

START_TEST(paths_of_the_nist_suite_end_as_their_names_say)
{
	struct heap h = load_heap();
	struct buffer leaves = load("crypto/pkits/leaves.pem");
	const char *at = leaves.data, *end, *reason;
	struct error e = ERROR_INIT;
	unsigned judged = 0, wrong = 0;
	char name[120];

	while (sscanf(at, "%119[^\n]\n", name) == 1) {
		struct certificates one = { NULL, 0 };
		bool want = is_good(name), got;

		end = strstr(at, "-----END CERTIFICATE-----\n");
		ck_assert_ptr_nonnull(end);
		end += strlen("-----END CERTIFICATE-----\n");
		expect_ok(certificates_read(at, (size_t)(end - at), &one, &e));
		got = accepted(&h, one.items[0], &reason);
		if ((got == want) == (difference(name) != NULL)) {
			fprintf(stderr, "%s: %s\n", name, reason);
			wrong++;
		}
		certificates_done(&one);
		judged++;
		at = end;
	}
	ck_assert_uint_eq(judged, 223);
	ck_assert_uint_eq(wrong, 0);
	buffer_done(&leaves);
	heap_done(&h);
}
END_TEST

Suite *suite_pkits(void);
Suite *
suite_pkits(void)
{
	Suite *s = suite_create("pkits");
	TCase *t = tcase_create("pkits");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, paths_of_the_nist_suite_end_as_their_names_say);
	suite_add_tcase(s, t);
	return s;
}
