/* SPDX-License-Identifier: BSD-2-Clause */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/limits.h"
#include "crypto/chain.h"
#include "crypto/issue.h"
#include "tests/unit/crypto/cms_support.h"
#include "tests/unit/crypto/forge.h"
#include "tests/unit/crypto/openssl_memory.h"

#define CA_EXTENSIONS "basicConstraints", "critical,CA:true", "keyUsage", "critical,keyCertSign,cRLSign", \
	"subjectKeyIdentifier", "hash"

/* Root, CA and leaf, and the question about them. */
struct tree {
	struct forged root, ca, leaf;
	struct certificates anchors, intermediates;
	struct chain_request request;
};

static void
tree_ask(struct tree *t)
{
	struct error e = ERROR_INIT;

	t->anchors = t->intermediates = (struct certificates){ NULL, 0 };
	expect_ok(certificates_add(&t->anchors, t->root.c, &e));
	expect_ok(certificates_add(&t->intermediates, t->ca.c, &e));
	t->request = (struct chain_request){ .leaf = t->leaf.c, .intermediates = &t->intermediates,
		.anchors = &t->anchors, .purpose = PURPOSE_SIGN, .when = FORGE_NOW };
}

/* A good tree with other extensions, key or digest where one of the three is given. */
static struct tree
tree_of(const struct forge *root, const struct forge *ca, const struct forge *leaf)
{
	struct forge r = { .cn = "root", .extensions = { CA_EXTENSIONS } }, c = { .cn = "ca", .extensions = { CA_EXTENSIONS } },
	    l = { .cn = "leaf" };
	struct tree t = { 0 };

	if (root != NULL)
		r = *root;
	if (ca != NULL)
		c = *ca;
	if (leaf != NULL)
		l = *leaf;
	r.cn = "root";
	c.cn = "ca";
	l.cn = "leaf";
	t.root = forge(&r);
	c.issuer = &t.root;
	t.ca = forge(&c);
	l.issuer = &t.ca;
	t.leaf = forge(&l);
	return t;
}

static void
tree_done(struct tree *t)
{
	certificates_done(&t->anchors);
	certificates_done(&t->intermediates);
	forged_done(&t->root);
	forged_done(&t->ca);
	forged_done(&t->leaf);
}

static void
expect_reason(const struct chain_request *r, const char *reason, const char *what)
{
	struct chain_result result;
	struct error e = ERROR_INIT;

	expect_ok(chain_verify(r, &result, &e));
	ck_assert_msg((result.reason == NULL) == (reason == NULL) &&
	    (reason == NULL || strcmp(result.reason, reason) == 0), "%s: %s, not %s", what,
	    result.reason == NULL ? "trusted" : result.reason, reason == NULL ? "trusted" : reason);
	ck_assert(result.trusted == (reason == NULL));
	ck_assert((result.path.count != 0) == result.trusted);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	chain_result_done(&result);
}

/* ---- paths ---- */

START_TEST(a_path_leads_from_the_leaf_to_the_anchor)
{
	struct tree t = tree_of(NULL, NULL, NULL);
	struct chain_result result;
	struct error e = ERROR_INIT;

	tree_ask(&t);
	expect_ok(chain_verify(&t.request, &result, &e));
	ck_assert(result.trusted);
	ck_assert_int_eq(result.revocation, REVOCATION_UNKNOWN); /* no lists at hand */
	ck_assert_uint_eq(result.path.count, 3);
	ck_assert_ptr_eq(result.path.items[0], t.leaf.c);
	ck_assert_ptr_eq(result.path.items[1], t.ca.c);
	ck_assert_ptr_eq(result.path.items[2], t.root.c);
	chain_result_done(&result);
	tree_done(&t);
}
END_TEST

START_TEST(an_anchor_may_be_an_intermediate_or_the_leaf)
{
	struct tree t = tree_of(NULL, NULL, NULL);
	struct chain_result result;
	struct certificates pin = { NULL, 0 };
	struct error e = ERROR_INIT;

	tree_ask(&t);
	t.request.anchors = &t.intermediates;
	t.request.intermediates = NULL;
	expect_reason(&t.request, NULL, "the CA as anchor");
	expect_ok(certificates_add(&pin, t.leaf.c, &e));
	t.request.anchors = &pin;
	expect_ok(chain_verify(&t.request, &result, &e));
	ck_assert(result.trusted && result.path.count == 1);
	ck_assert_int_eq(result.revocation, REVOCATION_GOOD); /* the anchor itself is not asked about */
	chain_result_done(&result);
	certificates_done(&pin);
	tree_done(&t);
}
END_TEST

START_TEST(without_an_anchor_nothing_is_trusted)
{
	struct tree t = tree_of(NULL, NULL, NULL), other = tree_of(NULL, NULL, NULL);
	const struct certificates none = { NULL, 0 };

	tree_ask(&t);
	tree_ask(&other);
	t.request.anchors = &none;
	expect_reason(&t.request, "no-anchor", "no anchors");
	t.request.anchors = &other.anchors; /* the same names, other keys */
	expect_reason(&t.request, "signature", "another root of the same name");
	t.request.anchors = &t.anchors;
	t.request.intermediates = NULL;
	expect_reason(&t.request, "no-anchor", "the CA is missing");
	t.request.intermediates = &other.intermediates;
	ck_assert_int_eq(EVP_PKEY_eq(t.ca.pkey, other.ca.pkey), 0);
	expect_reason(&t.request, "signature", "another CA of the same name");
	tree_done(&t);
	tree_done(&other);
}
END_TEST

START_TEST(a_self_signed_leaf_is_trusted_only_as_an_anchor)
{
	struct forged self = forge(&(struct forge){ .cn = "self" });
	struct tree t = tree_of(NULL, NULL, NULL);
	struct certificates pin = { NULL, 0 };
	struct error e = ERROR_INIT;

	tree_ask(&t);
	t.request.leaf = self.c;
	expect_reason(&t.request, "self-signed", "unknown");
	expect_ok(certificates_add(&pin, self.c, &e));
	t.request.intermediates = &pin; /* sent along in the message: still not an anchor */
	expect_reason(&t.request, "self-signed", "sent along");
	t.request.anchors = &pin;
	expect_reason(&t.request, NULL, "pinned");
	certificates_done(&pin);
	forged_done(&self);
	tree_done(&t);
}
END_TEST

/* The heap holds three roots and three CAs of the same names; key identifiers tell which belong together. */
START_TEST(issuers_of_one_name_are_told_apart)
{
	const struct forge ca = { .extensions = { CA_EXTENSIONS, "authorityKeyIdentifier", "keyid:always" } },
	    leaf = { .extensions = { "authorityKeyIdentifier", "keyid:always" } };
	struct tree t[3];
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < 3; i++) {
		t[i] = tree_of(NULL, &ca, &leaf);
		tree_ask(&t[i]);
		if (i != 0) {
			expect_ok(certificates_add(&t[0].intermediates, t[i].ca.c, &e));
			expect_ok(certificates_add(&t[0].anchors, t[i].root.c, &e));
		}
	}
	for (size_t i = 0; i < 3; i++) {
		t[0].request.leaf = t[i].leaf.c;
		expect_reason(&t[0].request, NULL, "by key identifier");
	}
	for (size_t i = 0; i < 3; i++)
		tree_done(&t[i]);
}
END_TEST

START_TEST(rules_of_the_path_hold)
{
	static const struct {
		const char *what;
		struct forge root, ca, leaf;
		int64_t when;
		const char *reason;
	} rows[] = {
		{ "good", { .extensions = { CA_EXTENSIONS } }, { .extensions = { CA_EXTENSIONS } }, { .cn = "leaf" }, 0,
		    NULL },
		{ "the CA is none", { .extensions = { CA_EXTENSIONS } }, { .cn = "ca" }, { .cn = "leaf" }, 0, "purpose" },
		{ "the CA may not sign certificates", { .extensions = { CA_EXTENSIONS } },
		    { .extensions = { "basicConstraints", "CA:true", "keyUsage", "digitalSignature,cRLSign" } },
		    { .cn = "leaf" }, 0, "purpose" },
		{ "path length", { .extensions = { "basicConstraints", "CA:true,pathlen:0" } },
		    { .extensions = { CA_EXTENSIONS } }, { .cn = "leaf" }, 0, "path-length" },
		{ "the CA is for web servers", { .extensions = { CA_EXTENSIONS } },
		    { .extensions = { CA_EXTENSIONS, "extendedKeyUsage", "serverAuth" } }, { .cn = "leaf" }, 0,
		    "purpose" },
		{ "the CA is for mail", { .extensions = { CA_EXTENSIONS } },
		    { .extensions = { CA_EXTENSIONS, "extendedKeyUsage", "emailProtection" } }, { .cn = "leaf" }, 0, NULL },
		{ "the CA has expired", { .extensions = { CA_EXTENSIONS } },
		    { .extensions = { CA_EXTENSIONS }, .to = FORGE_NOW - 1 }, { .cn = "leaf" }, 0, "expired" },
		{ "the CA is not yet valid", { .extensions = { CA_EXTENSIONS } },
		    { .extensions = { CA_EXTENSIONS }, .from = FORGE_NOW + 1 }, { .cn = "leaf" }, 0, "not-yet-valid" },
		{ "the root has expired", { .extensions = { CA_EXTENSIONS }, .to = FORGE_NOW - 1 },
		    { .extensions = { CA_EXTENSIONS } }, { .cn = "leaf" }, 0, "expired" },
		{ "the leaf has expired", { .extensions = { CA_EXTENSIONS } }, { .extensions = { CA_EXTENSIONS } },
		    { .to = FORGE_NOW - 1 }, 0, "expired" },
		{ "the CA's key is short", { .extensions = { CA_EXTENSIONS } },
		    { .key = "rsa-1024", .extensions = { CA_EXTENSIONS } }, { .cn = "leaf" }, 0, "weak" },
		{ "the leaf may not sign", { .extensions = { CA_EXTENSIONS } }, { .extensions = { CA_EXTENSIONS } },
		    { .extensions = { "keyUsage", "keyAgreement" } }, 0, "key-usage" },
		{ "names out of bounds", { .extensions = { CA_EXTENSIONS } },
		    { .extensions = { CA_EXTENSIONS, "nameConstraints", "critical,permitted;email:good.example" } },
		    { .extensions = { "subjectAltName", "email:a@evil.example" } }, 0, "name-constraints" },
		{ "a subdomain is another host", { .extensions = { CA_EXTENSIONS } },
		    { .extensions = { CA_EXTENSIONS, "nameConstraints", "critical,permitted;email:good.example" } },
		    { .extensions = { "subjectAltName", "email:a@sub.good.example" } }, 0, "name-constraints" },
		{ "names in the DN are bound too", { .extensions = { CA_EXTENSIONS } },
		    { .extensions = { CA_EXTENSIONS, "nameConstraints", "critical,permitted;email:good.example" } },
		    { .email = "a@evil.example" }, 0, "name-constraints" },
		{ "names within bounds", { .extensions = { CA_EXTENSIONS } },
		    { .extensions = { CA_EXTENSIONS, "nameConstraints", "critical,permitted;email:good.example" } },
		    { .extensions = { "subjectAltName", "email:a@GOOD.example" } }, 0, NULL },
		{ "an unknown critical extension of the CA", { .extensions = { CA_EXTENSIONS } },
		    { .extensions = { CA_EXTENSIONS, "1.2.3.4", "critical,DER:0500" } }, { .cn = "leaf" }, 0, "syntax" },
#ifndef __SANITIZE_ADDRESS__ /* OpenSSL 3.0 leaks the constraints of a certificate that has no policies */
		{ "a policy is required and missing", { .extensions = { CA_EXTENSIONS } },
		    { .extensions = { CA_EXTENSIONS, "policyConstraints", "critical,requireExplicitPolicy:0" } },
		    { .cn = "leaf" }, 0, "policy" },
#endif
		{ "a policy is required and there", { .extensions = { CA_EXTENSIONS } },
		    { .extensions = { CA_EXTENSIONS, "policyConstraints", "critical,requireExplicitPolicy:0",
		        "certificatePolicies", "1.2.3.4" } },
		    { .extensions = { "certificatePolicies", "1.2.3.4" } }, 0, NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tree t = tree_of(&rows[i].root, &rows[i].ca, &rows[i].leaf);

		tree_ask(&t);
		expect_reason(&t.request, rows[i].reason, rows[i].what);
		tree_done(&t);
	}
}
END_TEST

START_TEST(a_weak_digest_above_the_leaf_is_weak)
{
	struct tree t = tree_of(&(struct forge){ .key = "rsa-2048", .extensions = { CA_EXTENSIONS } },
	    &(struct forge){ .md = EVP_sha1(), .extensions = { CA_EXTENSIONS } }, NULL);

	tree_ask(&t);
	expect_reason(&t.request, "weak", "SHA-1 under the CA");
	tree_done(&t);
}
END_TEST

START_TEST(purpose_and_time_are_those_asked_for)
{
	struct tree t = tree_of(NULL, NULL, &(struct forge){ .extensions = { "keyUsage", "keyAgreement" } });

	tree_ask(&t);
	expect_reason(&t.request, "key-usage", "signing");
	t.request.purpose = PURPOSE_ENCRYPT;
	expect_reason(&t.request, NULL, "encrypting");
	t.request.when = FORGE_TO + 1;
	expect_reason(&t.request, "expired", "late");
	t.request.leaf = t.ca.c;
	t.request.when = FORGE_NOW;
	expect_reason(&t.request, "ca", "a CA to encrypt to");
	t.request.purpose = PURPOSE_CA;
	expect_reason(&t.request, NULL, "a CA");
	tree_done(&t);
}
END_TEST

START_TEST(a_path_has_a_bounded_length)
{
	struct forged all[LIMIT_CHAIN_DEPTH + 4];
	struct certificates anchors = { NULL, 0 }, list = { NULL, 0 };
	struct chain_request r = { .intermediates = &list, .anchors = &anchors, .purpose = PURPOSE_CA, .when = FORGE_NOW };
	const size_t count = sizeof all / sizeof all[0];
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < count; i++) {
		char name[20];

		snprintf(name, sizeof name, "ca %zu", i);
		all[i] = forge(&(struct forge){ .cn = name, .issuer = i == 0 ? NULL : &all[i - 1],
		    .extensions = { CA_EXTENSIONS } });
		expect_ok(certificates_add(i == 0 ? &anchors : &list, all[i].c, &e));
	}
	r.leaf = all[LIMIT_CHAIN_DEPTH - 1].c;
	expect_reason(&r, NULL, "as long as it may be");
	r.leaf = all[count - 1].c;
	expect_reason(&r, "path-length", "too long");
	certificates_done(&anchors);
	certificates_done(&list);
	for (size_t i = 0; i < count; i++)
		forged_done(&all[i]);
}
END_TEST

/* RFC 9216: Alice's certificate leads to its own root, and over the cross certificate to the other one. */
START_TEST(real_certificates_lead_to_both_roots)
{
	static const char *const anchors[] = { "crypto/rfc9216/3.1-RSA_Certification_Authority_Root_Certificate.crt",
		"crypto/rfc9216/6.1-Ed25519_Certification_Authority_Root_Certificate.crt" };
	static const char *const leaves[] = { "crypto/rfc9216/4.1-Alice_s_Signature_Verification_End_Entity_Certificate.crt",
		"crypto/rfc9216/7.1-Carlos_s_Signature_Verification_End_Entity_Certificate.crt" };
	static const char *const crosses[] = { "crypto/rfc9216/3.3-RSA_Certification_Authority_Cross_Signed_Certificate.crt",
		"crypto/rfc9216/6.3-Ed25519_Certification_Authority_Cross_Signed_Certificate.crt" };
	struct certificates cross = { NULL, 0 };
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < 2; i++) {
		struct buffer b = load(crosses[i]);

		expect_ok(certificates_read(b.data, b.size, &cross, &e));
		buffer_done(&b);
	}
	for (size_t i = 0; i < 4; i++) {
		struct buffer a = load(anchors[i % 2]), l = load(leaves[i / 2]);
		struct certificates anchor = { NULL, 0 }, leaf = { NULL, 0 };
		struct chain_request r = { .intermediates = &cross, .anchors = &anchor, .purpose = PURPOSE_SIGN,
			.when = FORGE_NOW };

		expect_ok(certificates_read(a.data, a.size, &anchor, &e));
		expect_ok(certificates_read(l.data, l.size, &leaf, &e));
		r.leaf = leaf.items[0];
		expect_reason(&r, NULL, leaves[i / 2]);
		certificates_done(&anchor);
		certificates_done(&leaf);
		buffer_done(&a);
		buffer_done(&l);
	}
	certificates_done(&cross);
}
END_TEST

/* ---- revocation ---- */

/* How a CRL deviates from a good one of its issuer. */
struct list {
	const struct forged *issuer, *revoked;
	const EVP_MD *md;
	int64_t this_update, next_update; /* 0: a day before and after FORGE_NOW; -1: none */
	const char *extension, *value;    /* one more, as openssl.cnf(5) writes it */
	const char *entry_extension, *entry_value;
	const X509_NAME *name;            /* instead of the issuer's */
};

static X509_EXTENSION *
extension_of(const struct forged *issuer, const char *name, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *x;

	X509V3_set_ctx(&ctx, issuer->x509, NULL, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, NCONF_new(NULL));
	x = X509V3_EXT_nconf(ctx.db, &ctx, name, value);
	NCONF_free(ctx.db);
	ck_assert_msg(x != NULL, "%s=%s", name, value);
	return x;
}

static void
add_entry(X509_CRL *crl, const struct list *how)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *when = ASN1_TIME_set(NULL, FORGE_NOW - 200000);

	X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(how->revoked->x509));
	X509_REVOKED_set_revocationDate(entry, when);
	if (how->entry_extension != NULL) {
		X509_EXTENSION *x = extension_of(how->issuer, how->entry_extension, how->entry_value);

		X509_REVOKED_add_ext(entry, x, -1);
		X509_EXTENSION_free(x);
	}
	X509_CRL_add0_revoked(crl, entry);
	ASN1_TIME_free(when);
}

static void
add_list(struct crls *crls, const struct list *how)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *from = ASN1_TIME_set(NULL, how->this_update != 0 ? how->this_update : FORGE_NOW - 86400),
	    *to = ASN1_TIME_set(NULL, how->next_update != 0 ? how->next_update : FORGE_NOW + 86400);
	unsigned char *der = NULL;
	struct error e = ERROR_INIT;
	int n;

	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, how->name != NULL ? how->name : X509_get_subject_name(how->issuer->x509));
	X509_CRL_set1_lastUpdate(crl, from);
	if (how->next_update != -1)
		X509_CRL_set1_nextUpdate(crl, to);
	if (how->revoked != NULL)
		add_entry(crl, how);
	if (how->extension != NULL) {
		X509_EXTENSION *x = extension_of(how->issuer, how->extension, how->value);

		X509_CRL_add_ext(crl, x, -1);
		X509_EXTENSION_free(x);
	}
	ck_assert_int_gt(X509_CRL_sign(crl, how->issuer->pkey, how->md != NULL ? how->md : EVP_sha256()), 0);
	n = i2d_X509_CRL(crl, &der);
	expect_ok(crls_read(crls, der, (size_t)n, &e));
	OPENSSL_free(der);
	X509_CRL_free(crl);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
}

static enum revocation
judged(const struct tree *t, const struct crls *crls, int64_t *at)
{
	struct chain_request r = t->request;
	struct chain_result result;
	struct error e = ERROR_INIT;
	enum revocation revocation;

	r.crls = crls;
	expect_ok(chain_verify(&r, &result, &e));
	ck_assert(result.trusted); /* revocation is told apart */
	revocation = result.revocation;
	if (at != NULL)
		*at = result.revoked_at;
	chain_result_done(&result);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	return revocation;
}

START_TEST(every_certificate_but_the_anchor_needs_a_list)
{
	struct tree t = tree_of(NULL, NULL, NULL);
	struct error e = ERROR_INIT;
	struct crls *crls = crls_new(&e);

	tree_ask(&t);
	ck_assert_int_eq(judged(&t, crls, NULL), REVOCATION_UNKNOWN);
	add_list(crls, &(struct list){ .issuer = &t.ca });
	ck_assert_int_eq(judged(&t, crls, NULL), REVOCATION_UNKNOWN); /* nobody speaks of the CA */
	add_list(crls, &(struct list){ .issuer = &t.root });
	ck_assert_int_eq(judged(&t, crls, NULL), REVOCATION_GOOD);
	ck_assert_uint_eq(crls_count(crls), 2);
	crls_free(crls);
	tree_done(&t);
}
END_TEST

START_TEST(a_revoked_certificate_anywhere_revokes_the_path)
{
	struct tree t = tree_of(NULL, NULL, NULL);
	struct error e = ERROR_INIT;
	int64_t at = 0;

	tree_ask(&t);
	for (int which = 0; which < 2; which++) {
		struct crls *crls = crls_new(&e);

		add_list(crls, &(struct list){ .issuer = &t.ca, .revoked = which == 0 ? &t.leaf : NULL });
		add_list(crls, &(struct list){ .issuer = &t.root, .revoked = which == 1 ? &t.ca : NULL });
		ck_assert_int_eq(judged(&t, crls, &at), REVOCATION_REVOKED);
		ck_assert_int_eq(at, FORGE_NOW - 200000);
		crls_free(crls);
	}
	tree_done(&t);
}
END_TEST

/* One list is for the CA, this one for the leaf: is it listened to? */
static void
expect_list(const struct tree *t, const struct list *how, enum revocation want, const char *what)
{
	struct error e = ERROR_INIT;
	struct crls *crls = crls_new(&e);
	enum revocation got;

	add_list(crls, &(struct list){ .issuer = &t->root });
	add_list(crls, how);
	got = judged(t, crls, NULL);
	ck_assert_msg(got == want, "%s: %d", what, got);
	crls_free(crls);
}

START_TEST(a_list_counts_only_within_its_dates_scope_and_rights)
{
	struct tree t = tree_of(NULL, NULL, &(struct forge){ .extensions = { "crlDistributionPoints",
	    "URI:http://a.example/1.crl" } }), other = tree_of(NULL, NULL, NULL);
	const X509_NAME *name = X509_get_subject_name(t.ca.x509);
	const struct {
		const char *what;
		struct list how;
		enum revocation want;
	} rows[] = {
		{ "good", { .issuer = &t.ca }, REVOCATION_GOOD },
		{ "of the past", { .issuer = &t.ca, .next_update = FORGE_NOW - 1 }, REVOCATION_UNKNOWN },
		{ "of the future", { .issuer = &t.ca, .this_update = FORGE_NOW + 1 }, REVOCATION_UNKNOWN },
		{ "without an end", { .issuer = &t.ca, .next_update = -1 }, REVOCATION_UNKNOWN },
		{ "by another key", { .issuer = &other.ca, .name = name }, REVOCATION_UNKNOWN },
		{ "by another key, revoking", { .issuer = &other.ca, .name = name, .revoked = &t.leaf },
		    REVOCATION_UNKNOWN },
		{ "unknown critical extension", { .issuer = &t.ca, .extension = "1.2.3.4", .value = "critical,DER:0500" },
		    REVOCATION_UNKNOWN },
		{ "unknown extension", { .issuer = &t.ca, .extension = "1.2.3.4", .value = "DER:0500" }, REVOCATION_GOOD },
		{ "unknown critical extension of an entry", { .issuer = &t.ca, .revoked = &t.leaf,
		    .entry_extension = "1.2.3.4", .entry_value = "critical,DER:0500" }, REVOCATION_UNKNOWN },
		{ "delta", { .issuer = &t.ca, .extension = "deltaCRL", .value = "critical,DER:020101" }, REVOCATION_UNKNOWN },
		{ "delta, not critical as it should be", { .issuer = &t.ca, .extension = "deltaCRL", .value = "DER:020101" },
		    REVOCATION_UNKNOWN },
		{ "for leaves", { .issuer = &t.ca, .extension = "issuingDistributionPoint", .value =
		    "critical,onlyuser:true" }, REVOCATION_GOOD },
		{ "for CAs", { .issuer = &t.ca, .extension = "issuingDistributionPoint", .value = "critical,onlyCA:true" },
		    REVOCATION_UNKNOWN },
		{ "for attribute certificates", { .issuer = &t.ca, .extension = "issuingDistributionPoint",
		    .value = "critical,onlyAA:true" }, REVOCATION_UNKNOWN },
		{ "indirect", { .issuer = &t.ca, .extension = "issuingDistributionPoint",
		    .value = "critical,indirectCRL:true" }, REVOCATION_UNKNOWN },
		{ "its point", { .issuer = &t.ca, .extension = "issuingDistributionPoint",
		    .value = "critical,fullname:URI:http://a.example/1.crl" }, REVOCATION_GOOD },
		{ "another point", { .issuer = &t.ca, .extension = "issuingDistributionPoint",
		    .value = "critical,fullname:URI:http://a.example/2.crl" }, REVOCATION_UNKNOWN },
		{ "some reasons, none of them", { .issuer = &t.ca, .extension = "issuingDistributionPoint",
		    .value = "critical,onlysomereasons:keyCompromise" }, REVOCATION_UNKNOWN },
		{ "some reasons, revoked", { .issuer = &t.ca, .revoked = &t.leaf, .extension = "issuingDistributionPoint",
		    .value = "critical,onlysomereasons:keyCompromise" }, REVOCATION_REVOKED },
		{ "a reason", { .issuer = &t.ca, .revoked = &t.leaf, .entry_extension = "CRLReason",
		    .entry_value = "DER:0a0101" }, REVOCATION_REVOKED },
	};

	tree_ask(&t);
	tree_ask(&other);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		expect_list(&t, &rows[i].how, rows[i].want, rows[i].what);
	tree_done(&t);
	tree_done(&other);
}
END_TEST

START_TEST(an_issuer_without_the_right_signs_no_list)
{
	struct tree t = tree_of(NULL, &(struct forge){ .extensions = { "basicConstraints", "CA:true", "keyUsage",
	    "keyCertSign" } }, NULL);

	tree_ask(&t);
	expect_list(&t, &(struct list){ .issuer = &t.ca }, REVOCATION_UNKNOWN, "no cRLSign");
	expect_list(&t, &(struct list){ .issuer = &t.ca, .revoked = &t.leaf }, REVOCATION_UNKNOWN, "no cRLSign");
	tree_done(&t);
}
END_TEST

START_TEST(the_newest_list_decides)
{
	struct tree t = tree_of(NULL, NULL, NULL);
	struct error e = ERROR_INIT;
	struct crls *crls = crls_new(&e);

	tree_ask(&t);
	add_list(crls, &(struct list){ .issuer = &t.root });
	add_list(crls, &(struct list){ .issuer = &t.ca, .this_update = FORGE_NOW - 500 });
	add_list(crls, &(struct list){ .issuer = &t.ca, .this_update = FORGE_NOW - 1000, .revoked = &t.leaf });
	ck_assert_int_eq(judged(&t, crls, NULL), REVOCATION_GOOD); /* a hold that was taken back */
	add_list(crls, &(struct list){ .issuer = &t.ca, .this_update = FORGE_NOW - 100, .revoked = &t.leaf });
	ck_assert_int_eq(judged(&t, crls, NULL), REVOCATION_REVOKED);
	crls_free(crls);
	tree_done(&t);
}
END_TEST

START_TEST(lists_are_read_whole_or_not_at_all)
{
	struct tree t = tree_of(NULL, NULL, NULL);
	struct key *k = forged_key(&t.ca);
	struct buffer pem = BUFFER_INIT(100000);
	struct error e = ERROR_INIT;
	struct crls *crls = crls_new(&e);

	tree_ask(&t);
	expect_ok(issue_crl(k, t.ca.c, NULL, 0, 1, FORGE_NOW, FORGE_NOW + 1, &pem, &e));
	expect_ok(issue_crl(k, t.ca.c, NULL, 0, 2, FORGE_NOW, FORGE_NOW + 1, &pem, &e));
	expect_error(crls_read(crls, pem.data, pem.size - 40, &e), ERROR_CERTIFICATE_SYNTAX);
	ck_assert_uint_eq(crls_count(crls), 0);
	expect_ok(crls_read(crls, pem.data, pem.size, &e));
	ck_assert_uint_eq(crls_count(crls), 2);
	expect_error(crls_read(crls, "nothing\n", 8, &e), ERROR_CERTIFICATE_SYNTAX);
	expect_error(crls_read(crls, "", 0, &e), ERROR_CERTIFICATE_SYNTAX);
	expect_error(crls_read(crls, NULL, 0, &e), ERROR_CERTIFICATE_SYNTAX);
	expect_error(crls_read(crls, "0\x03", 2, &e), ERROR_CERTIFICATE_SYNTAX);
	ck_assert_uint_eq(crls_count(crls), 2);
	crls_free(crls);
	buffer_done(&pem);
	key_unref(k);
	tree_done(&t);
}
END_TEST

/* ---- threads and want of memory ---- */

static void *
ask_often(void *ctx)
{
	const struct chain_request *r = ctx;

	for (int i = 0; i < 20; i++) {
		struct chain_result result;

		if (chain_verify(r, &result, NULL) != 0 || !result.trusted || result.revocation != REVOCATION_GOOD)
			return ctx;
		chain_result_done(&result);
	}
	return NULL;
}

START_TEST(threads_share_certificates_and_lists)
{
	struct tree t = tree_of(NULL, NULL, NULL);
	struct error e = ERROR_INIT;
	struct crls *crls = crls_new(&e);
	pthread_t threads[4];
	void *failed;

	tree_ask(&t);
	add_list(crls, &(struct list){ .issuer = &t.root });
	add_list(crls, &(struct list){ .issuer = &t.ca });
	t.request.crls = crls;
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_often, &t.request), 0);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	crls_free(crls);
	tree_done(&t);
}
END_TEST

static int
verify_once(void *ctx, struct error *e)
{
	struct chain_result result;
	int rc = chain_verify(ctx, &result, e);

	if (rc == 0) {
		ck_assert_msg(result.trusted, "%s", result.reason);
		ck_assert_int_eq(result.revocation, REVOCATION_GOOD);
		chain_result_done(&result);
	}
	return rc;
}

/* The library without memory: an error of ours, never a judgement about somebody's certificate. */
START_TEST(verifying_fails_cleanly_without_memory)
{
	struct tree t = tree_of(NULL, NULL, NULL);
	struct error none = ERROR_INIT;
	struct crls *crls = crls_new(&none);
	unsigned n = 0;
	int rc;

	tree_ask(&t);
	add_list(crls, &(struct list){ .issuer = &t.root });
	add_list(crls, &(struct list){ .issuer = &t.ca });
	t.request.crls = crls;
	each_allocation_fails(verify_once, &t.request);
	do {
		struct error e = ERROR_INIT;

		openssl_fail_at(++n);
		rc = verify_once(&t.request, &e);
		ck_assert_msg(rc == 0 || e.code == ERROR_NO_MEMORY || e.code == ERROR_CRYPTO, "allocation %u: %s", n,
		    error_text(&e));
		ck_assert_uint_eq(ERR_peek_error(), 0);
	} while (!openssl_fail_pending());
	openssl_fail_at(0);
	ck_assert_int_eq(rc, 0);
	crls_free(crls);
	tree_done(&t);
}
END_TEST

Suite *suite_chain(void);
Suite *
suite_chain(void)
{
	Suite *s = suite_create("chain");
	TCase *t = tcase_create("chain");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_path_leads_from_the_leaf_to_the_anchor);
	tcase_add_test(t, an_anchor_may_be_an_intermediate_or_the_leaf);
	tcase_add_test(t, without_an_anchor_nothing_is_trusted);
	tcase_add_test(t, a_self_signed_leaf_is_trusted_only_as_an_anchor);
	tcase_add_test(t, issuers_of_one_name_are_told_apart);
	tcase_add_test(t, rules_of_the_path_hold);
	tcase_add_test(t, a_weak_digest_above_the_leaf_is_weak);
	tcase_add_test(t, purpose_and_time_are_those_asked_for);
	tcase_add_test(t, a_path_has_a_bounded_length);
	tcase_add_test(t, real_certificates_lead_to_both_roots);
	tcase_add_test(t, every_certificate_but_the_anchor_needs_a_list);
	tcase_add_test(t, a_revoked_certificate_anywhere_revokes_the_path);
	tcase_add_test(t, a_list_counts_only_within_its_dates_scope_and_rights);
	tcase_add_test(t, an_issuer_without_the_right_signs_no_list);
	tcase_add_test(t, the_newest_list_decides);
	tcase_add_test(t, lists_are_read_whole_or_not_at_all);
	tcase_add_test(t, threads_share_certificates_and_lists);
	tcase_add_test(t, verifying_fails_cleanly_without_memory);
	suite_add_tcase(s, t);
	return s;
}
