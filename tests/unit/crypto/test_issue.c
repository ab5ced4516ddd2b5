/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "crypto/chain.h"
#include "crypto/issue.h"
#include "crypto/private.h"
#include "tests/unit/crypto/cms_support.h"
#include "tests/unit/crypto/forge.h"

static const struct {
	const char *kind;
	int encrypt; /* whether such a key can be encrypted to */
} kinds[] = { { "rsa-2048", 1 }, { "P-256", 1 }, { "P-384", 1 }, { "P-521", 1 }, { "ed25519", 0 } };
#define KINDS (sizeof kinds / sizeof kinds[0])

static struct key *
new_key(const char *kind)
{
	EVP_PKEY *pkey = pkey_make(kind);
	struct key *k = key_of(pkey);

	EVP_PKEY_free(pkey);
	return k;
}

static struct certificate *
issued(const struct issue_request *r)
{
	struct certificate *c = NULL;
	struct error e = ERROR_INIT;

	expect_ok(issue_certificate(r, &c, &e));
	return c;
}

static struct certificate *
root_of(const struct key *k, const char *const *domains)
{
	return issued(&(struct issue_request){ .issuer_key = k, .subject_key = k, .common_name = "Test CA",
	    .permitted_domains = domains, .ca = 1, .path_length = -1, .not_before = FORGE_FROM, .not_after = FORGE_TO });
}

static struct address_list
addresses(const char *one, const char *two)
{
	struct address_list list = { NULL, 0 };
	const char *const both[] = { one, two };
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < 2 && both[i] != NULL; i++) {
		struct address *a = NULL;

		expect_ok(address_parse(both[i], strlen(both[i]), &a, &e));
		expect_ok(address_list_take(&list, a, &e));
	}
	return list;
}

/* The library's judgement, with its purpose and its strictest rules. */
static int
library_trusts(const struct certificate *leaf, const struct certificate *root, int purpose)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int error;

	X509_STORE_add_cert(store, certificate_x509(root));
	X509_STORE_CTX_init(ctx, store, certificate_x509(leaf), NULL);
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_purpose(param, purpose);
	X509_VERIFY_PARAM_set_time(param, FORGE_NOW);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
	X509_VERIFY_PARAM_set_auth_level(param, 2);
	X509_verify_cert(ctx);
	error = X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return error;
}

static const char *
our_reason(struct certificate *leaf, struct certificate *root, enum certificate_purpose purpose)
{
	struct certificates anchors = { NULL, 0 };
	struct chain_request r = { .leaf = leaf, .anchors = &anchors, .purpose = purpose, .when = FORGE_NOW };
	struct chain_result result;
	struct error e = ERROR_INIT;

	expect_ok(certificates_add(&anchors, root, &e));
	expect_ok(chain_verify(&r, &result, &e));
	chain_result_done(&result);
	certificates_done(&anchors);
	return result.reason;
}

START_TEST(issued_certificates_are_good_here_and_elsewhere)
{
	struct key *ca_key = new_key(kinds[_i].kind), *key = new_key(kinds[_i].kind);
	struct certificate *root = root_of(ca_key, NULL), *leaf;
	struct address_list list = addresses("alice@example.org", "j\xc3\xb6rg@example.org");

	leaf = issued(&(struct issue_request){ .issuer_key = ca_key, .issuer = root, .subject_key = key,
	    .common_name = "Alice \xc3\x84", .addresses = &list, .sign = 1, .encrypt = kinds[_i].encrypt,
	    .not_before = FORGE_FROM, .not_after = FORGE_TO });
	ck_assert_int_eq(library_trusts(leaf, root, X509_PURPOSE_SMIME_SIGN), X509_V_OK);
	ck_assert_ptr_null(our_reason(leaf, root, PURPOSE_SIGN));
	if (kinds[_i].encrypt)
		ck_assert_ptr_null(our_reason(leaf, root, PURPOSE_ENCRYPT));
	ck_assert(certificate_is_ca(root) && certificate_is_self_signed(root));
	ck_assert_str_eq(certificate_subject(leaf), "CN=Alice \xc3\x84");
	ck_assert_str_eq(certificate_issuer(leaf), "CN=Test CA");
	ck_assert_uint_eq(certificate_addresses(leaf)->count, 2);
	ck_assert_ptr_nonnull(address_list_find(certificate_addresses(leaf), list.items[0]));
	ck_assert_ptr_nonnull(address_list_find(certificate_addresses(leaf), list.items[1]));
	ck_assert_str_eq(certificate_public_hash(leaf), key_public_hash(key));
	ck_assert_uint_eq(strlen(certificate_ski(leaf)), 40);
	ck_assert_int_eq(certificate_not_before(leaf), FORGE_FROM);
	ck_assert_int_eq(certificate_not_after(leaf), FORGE_TO);
	address_list_done(&list);
	certificate_unref(leaf);
	certificate_unref(root);
	key_unref(ca_key);
	key_unref(key);
}
END_TEST

START_TEST(key_usage_says_what_was_wanted)
{
	static const struct {
		const char *kind;
		int sign, encrypt;
		uint32_t usage;
	} rows[] = {
		{ "rsa-2048", 1, 0, KU_DIGITAL_SIGNATURE }, { "rsa-2048", 0, 1, KU_KEY_ENCIPHERMENT },
		{ "rsa-2048", 1, 1, KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT }, { "P-256", 0, 1, KU_KEY_AGREEMENT },
		{ "P-256", 1, 1, KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT }, { "ed25519", 1, 0, KU_DIGITAL_SIGNATURE },
	};
	struct key *ca_key = new_key("P-256");
	struct certificate *root = root_of(ca_key, NULL);

	ck_assert_uint_eq(X509_get_key_usage(certificate_x509(root)), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct key *k = new_key(rows[i].kind);
		struct certificate *c = issued(&(struct issue_request){ .issuer_key = ca_key, .issuer = root,
		    .subject_key = k, .common_name = "x", .sign = rows[i].sign, .encrypt = rows[i].encrypt,
		    .not_before = FORGE_FROM, .not_after = FORGE_TO });
		X509 *x = certificate_x509(c);

		ck_assert_uint_eq(X509_get_key_usage(x), rows[i].usage);
		ck_assert_uint_eq(X509_get_extended_key_usage(x), XKU_SMIME);
		ck_assert_int_eq(X509_EXTENSION_get_critical(X509_get_ext(x, X509_get_ext_by_NID(x, NID_key_usage, -1))), 1);
		ck_assert_uint_eq(X509_get_extension_flags(x) & EXFLAG_CRITICAL, 0);
		certificate_unref(c);
		key_unref(k);
	}
	certificate_unref(root);
	key_unref(ca_key);
}
END_TEST

START_TEST(name_constraints_bite)
{
	static const char *const domains[] = { "example.org", ".sub.example.org", NULL };
	static const struct {
		const char *address, *reason;
	} rows[] = {
		{ "a@example.org", NULL },                    { "a@EXAMPLE.ORG", NULL },
		{ "a@x.sub.example.org", NULL },              { "a@sub.example.org", "name-constraints" },
		{ "a@other.example.org", "name-constraints" }, { "a@example.com", "name-constraints" },
		{ "a@notexample.org", "name-constraints" },   { "\xc3\xa4@example.com", "name-constraints" },
		{ "\xc3\xa4@example.org", NULL },
	};
	struct key *ca_key = new_key("P-256");
	struct certificate *root = root_of(ca_key, domains);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct address_list list = addresses(rows[i].address, NULL);
		struct certificate *c = issued(&(struct issue_request){ .issuer_key = ca_key, .issuer = root,
		    .subject_key = ca_key, .common_name = "x", .addresses = &list, .sign = 1, .not_before = FORGE_FROM,
		    .not_after = FORGE_TO });
		const char *reason = our_reason(c, root, PURPOSE_SIGN);

		ck_assert_msg((reason == NULL) == (rows[i].reason == NULL), "%s: %s", rows[i].address,
		    reason == NULL ? "trusted" : reason);
		ck_assert_int_eq(library_trusts(c, root, X509_PURPOSE_SMIME_SIGN) == X509_V_OK, rows[i].reason == NULL);
		certificate_unref(c);
		address_list_done(&list);
	}
	certificate_unref(root);
	key_unref(ca_key);
}
END_TEST

START_TEST(a_path_length_bites)
{
	struct key *k = new_key("P-256"), *sub_key = new_key("P-256");
	struct issue_request r = { .issuer_key = k, .subject_key = k, .common_name = "root", .ca = 1, .path_length = 0,
		.not_before = FORGE_FROM, .not_after = FORGE_TO };
	struct certificate *root = issued(&r), *sub, *leaf;
	struct certificates anchors = { NULL, 0 }, middle = { NULL, 0 };
	struct chain_request ask = { .anchors = &anchors, .intermediates = &middle, .purpose = PURPOSE_SIGN,
		.when = FORGE_NOW };
	struct chain_result result;
	struct error e = ERROR_INIT;

	r.issuer = root;
	r.subject_key = sub_key;
	r.common_name = "sub";
	sub = issued(&r);
	leaf = issued(&(struct issue_request){ .issuer_key = sub_key, .issuer = sub, .subject_key = k, .common_name = "x",
	    .sign = 1, .not_before = FORGE_FROM, .not_after = FORGE_TO });
	expect_ok(certificates_add(&anchors, root, &e));
	expect_ok(certificates_add(&middle, sub, &e));
	ask.leaf = leaf;
	expect_ok(chain_verify(&ask, &result, &e));
	ck_assert_str_eq(result.reason, "path-length");
	certificates_done(&anchors);
	certificates_done(&middle);
	certificate_unref(leaf);
	certificate_unref(sub);
	certificate_unref(root);
	key_unref(k);
	key_unref(sub_key);
}
END_TEST

/* A hundred serial numbers: all positive, all different, all of nearly 127 bits. */
START_TEST(serial_numbers_are_random)
{
	enum { COUNT = 100 };
	struct key *k = new_key("P-256");
	struct certificate *all[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		all[i] = root_of(k, NULL);
		ck_assert_uint_ge(strlen(certificate_serial(all[i])), 28);
		ck_assert_uint_le(strlen(certificate_serial(all[i])), 32);
		ck_assert(certificate_serial(all[i])[0] != '-');
		for (size_t before = 0; before < i; before++)
			ck_assert_str_ne(certificate_serial(all[i]), certificate_serial(all[before]));
	}
	for (size_t i = 0; i < COUNT; i++)
		certificate_unref(all[i]);
	key_unref(k);
}
END_TEST

START_TEST(a_name_is_not_needed_for_a_leaf)
{
	struct key *k = new_key("P-256");
	struct certificate *root = root_of(k, NULL), *leaf;
	struct address_list list = addresses("a@example.org", NULL);
	X509 *x;

	leaf = issued(&(struct issue_request){ .issuer_key = k, .issuer = root, .subject_key = k, .addresses = &list,
	    .sign = 1, .not_before = FORGE_FROM, .not_after = FORGE_TO });
	x = certificate_x509(leaf);
	ck_assert_str_eq(certificate_subject(leaf), "");
	ck_assert_int_eq(X509_EXTENSION_get_critical(X509_get_ext(x, X509_get_ext_by_NID(x, NID_subject_alt_name, -1))), 1);
	ck_assert_int_eq(library_trusts(leaf, root, X509_PURPOSE_SMIME_SIGN), X509_V_OK);
	address_list_done(&list);
	certificate_unref(leaf);
	certificate_unref(root);
	key_unref(k);
}
END_TEST

START_TEST(what_makes_no_sense_is_refused)
{
	struct key *k = new_key("P-256"), *other = new_key("ed25519");
	struct certificate *root = root_of(k, NULL), *leaf, *c = NULL;
	const struct issue_request good = { .issuer_key = k, .issuer = root, .subject_key = other, .common_name = "x",
		.sign = 1, .not_before = FORGE_FROM, .not_after = FORGE_TO };
	struct issue_request r = good;
	struct error e = ERROR_INIT;

	leaf = issued(&good);
	r.issuer_key = other;
	expect_error(issue_certificate(&r, &c, &e), ERROR_KEY_MISMATCH);
	r = good;
	r.issuer = leaf;
	expect_error(issue_certificate(&r, &c, &e), ERROR_CERTIFICATE_UNUSABLE);
	r = good;
	r.issuer = NULL;
	expect_error(issue_certificate(&r, &c, &e), ERROR_KEY_MISMATCH);
	r = good;
	r.encrypt = 1; /* to Ed25519 */
	expect_error(issue_certificate(&r, &c, &e), ERROR_KEY_UNUSABLE);
	r = good;
	r.sign = 0;
	expect_error(issue_certificate(&r, &c, &e), ERROR_KEY_UNUSABLE);
	r = good;
	r.common_name = "12345678901234567890123456789012345678901234567890123456789012345";
	expect_error(issue_certificate(&r, &c, &e), ERROR_USAGE);
	r.common_name = "x\ny";
	expect_error(issue_certificate(&r, &c, &e), ERROR_USAGE);
	r = good;
	r.ca = 1;
	r.common_name = "";
	expect_error(issue_certificate(&r, &c, &e), ERROR_USAGE);
	r = good;
	r.not_after = r.not_before;
	expect_error(issue_certificate(&r, &c, &e), ERROR_USAGE);
	ck_assert_ptr_null(c);
	certificate_unref(leaf);
	certificate_unref(root);
	key_unref(k);
	key_unref(other);
}
END_TEST

/* ---- CRLs ---- */

START_TEST(a_crl_is_good_here_and_elsewhere)
{
	struct key *k = new_key(kinds[_i].kind);
	struct certificate *root = root_of(k, NULL), *leaf;
	struct buffer pem = BUFFER_INIT(100000);
	struct issue_revoked revoked[] = { { "0f", FORGE_NOW - 100, 0 }, { NULL, FORGE_NOW - 50, 1 },
		{ "00ff00", FORGE_NOW - 10, 4 } };
	struct error e = ERROR_INIT;
	X509_REVOKED *entry = NULL;
	X509_CRL *crl;
	BIO *bio;

	leaf = issued(&(struct issue_request){ .issuer_key = k, .issuer = root, .subject_key = k, .common_name = "x",
	    .sign = 1, .not_before = FORGE_FROM, .not_after = FORGE_TO });
	revoked[1].serial = certificate_serial(leaf);
	expect_ok(issue_crl(k, root, revoked, 3, 7, FORGE_NOW - 5, FORGE_NOW + 5, &pem, &e));
	bio = BIO_new_mem_buf(pem.data, (int)pem.size);
	crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
	ck_assert_ptr_nonnull(crl);
	ck_assert_int_eq(X509_CRL_verify(crl, certificate_public_key(root)), 1);
	ck_assert_int_eq(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl)), 3);
	ck_assert_int_eq(X509_CRL_get0_by_cert(crl, &entry, certificate_x509(leaf)), 1);
	X509_CRL_free(crl);
	BIO_free(bio);
	buffer_done(&pem);
	certificate_unref(leaf);
	certificate_unref(root);
	key_unref(k);
}
END_TEST

START_TEST(a_crl_revokes_whom_it_names)
{
	struct key *k = new_key("P-256");
	struct certificate *root = root_of(k, NULL), *leaf[2];
	struct certificates anchors = { NULL, 0 };
	struct buffer pem = BUFFER_INIT(100000);
	struct issue_revoked revoked = { NULL, FORGE_NOW - 50, 1 };
	struct error e = ERROR_INIT;
	struct crls *crls = crls_new(&e);

	for (size_t i = 0; i < 2; i++)
		leaf[i] = issued(&(struct issue_request){ .issuer_key = k, .issuer = root, .subject_key = k,
		    .common_name = "x", .sign = 1, .not_before = FORGE_FROM, .not_after = FORGE_TO });
	revoked.serial = certificate_serial(leaf[0]);
	expect_ok(issue_crl(k, root, &revoked, 1, 0, FORGE_NOW - 5, FORGE_NOW + 5, &pem, &e));
	expect_ok(crls_read(crls, pem.data, pem.size, &e));
	expect_ok(certificates_add(&anchors, root, &e));
	for (size_t i = 0; i < 2; i++) {
		struct chain_request r = { .leaf = leaf[i], .anchors = &anchors, .crls = crls, .purpose = PURPOSE_SIGN,
			.when = FORGE_NOW };
		struct chain_result result;

		expect_ok(chain_verify(&r, &result, &e));
		ck_assert(result.trusted);
		ck_assert_int_eq(result.revocation, i == 0 ? REVOCATION_REVOKED : REVOCATION_GOOD);
		ck_assert_int_eq(result.revoked_at, i == 0 ? FORGE_NOW - 50 : 0);
		chain_result_done(&result);
		certificate_unref(leaf[i]);
	}
	crls_free(crls);
	certificates_done(&anchors);
	buffer_done(&pem);
	certificate_unref(root);
	key_unref(k);
}
END_TEST

START_TEST(a_crl_of_nonsense_is_refused)
{
	static const struct issue_revoked bad[] = { { "", FORGE_NOW, 0 }, { "xy", FORGE_NOW, 0 }, { "-5", FORGE_NOW, 0 },
		{ "01", FORGE_NOW, 7 }, { "01", FORGE_NOW, 8 }, { "01", FORGE_NOW, 11 }, { "01", FORGE_NOW, -1 } };
	struct key *k = new_key("P-256"), *other = new_key("P-256");
	struct certificate *root = root_of(k, NULL);
	struct buffer pem = BUFFER_INIT(100000);
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		expect_error(issue_crl(k, root, &bad[i], 1, 1, FORGE_NOW, FORGE_NOW + 1, &pem, &e), ERROR_USAGE);
	expect_error(issue_crl(k, root, NULL, 0, -1, FORGE_NOW, FORGE_NOW + 1, &pem, &e), ERROR_USAGE);
	expect_error(issue_crl(other, root, NULL, 0, 1, FORGE_NOW, FORGE_NOW + 1, &pem, &e), ERROR_KEY_MISMATCH);
	ck_assert_uint_eq(pem.size, 0);
	certificate_unref(root);
	key_unref(k);
	key_unref(other);
}
END_TEST

static int
issue_once(void *ctx, struct error *e)
{
	const char *const domains[] = { "example.org", NULL };
	struct certificate *c = NULL;
	struct buffer pem = BUFFER_INIT(100000);
	struct issue_revoked revoked = { "0f", FORGE_NOW, 1 };
	int rc = issue_certificate(&(struct issue_request){ .issuer_key = ctx, .subject_key = ctx, .common_name = "x",
	    .ca = 1, .path_length = 1, .permitted_domains = domains, .not_before = FORGE_FROM, .not_after = FORGE_TO }, &c,
	    e);

	if (rc == 0)
		rc = issue_crl(ctx, c, &revoked, 1, 1, FORGE_NOW, FORGE_NOW + 1, &pem, e);
	certificate_unref(c);
	buffer_done(&pem);
	return rc;
}

START_TEST(issuing_fails_cleanly_without_memory)
{
	struct key *k = new_key("P-256");

	each_allocation_fails(issue_once, k);
	key_unref(k);
}
END_TEST

Suite *suite_issue(void);
Suite *
suite_issue(void)
{
	Suite *s = suite_create("issue");
	TCase *t = tcase_create("issue");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, issued_certificates_are_good_here_and_elsewhere, 0, KINDS);
	tcase_add_test(t, key_usage_says_what_was_wanted);
	tcase_add_test(t, name_constraints_bite);
	tcase_add_test(t, a_path_length_bites);
	tcase_add_test(t, serial_numbers_are_random);
	tcase_add_test(t, a_name_is_not_needed_for_a_leaf);
	tcase_add_test(t, what_makes_no_sense_is_refused);
	tcase_add_loop_test(t, a_crl_is_good_here_and_elsewhere, 0, KINDS);
	tcase_add_test(t, a_crl_revokes_whom_it_names);
	tcase_add_test(t, a_crl_of_nonsense_is_refused);
	tcase_add_test(t, issuing_fails_cleanly_without_memory);
	suite_add_tcase(s, t);
	return s;
}
