/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "crypto/private.h"
#include "crypto/request.h"
#include "tests/unit/crypto/cms_support.h"
#include "tests/unit/crypto/forge.h"

static struct address_list
one_address(const char *text)
{
	struct address_list list = { NULL, 0 };
	struct address *a = NULL;
	struct error e = ERROR_INIT;

	expect_ok(address_parse(text, strlen(text), &a, &e));
	expect_ok(address_list_take(&list, a, &e));
	return list;
}

static X509_REQ *
request_of(const struct key *k, const char *common_name, const struct address_list *list, int sign, int encrypt)
{
	struct buffer b = BUFFER_INIT(10000);
	struct error e = ERROR_INIT;
	const unsigned char *at;
	unsigned char *again = NULL;
	X509_REQ *r;
	int n;

	expect_ok(request_make(k, common_name, list, sign, encrypt, &b, &e));
	at = (const unsigned char *)b.data;
	r = d2i_X509_REQ(NULL, &at, (long)b.size);
	ck_assert_ptr_nonnull(r);
	ck_assert_ptr_eq(at, b.data + b.size);
	n = i2d_X509_REQ(r, &again);
	ck_octets_eq(again, (size_t)n, b.data, b.size);
	OPENSSL_free(again);
	buffer_done(&b);
	return r;
}

START_TEST(a_request_is_signed_and_says_what_is_wanted)
{
	static const struct {
		const char *key;
		int sign, encrypt;
		unsigned usage; /* the first octet of the BIT STRING */
	} rows[] = {
		{ "rsa-2048", 1, 1, 0xa0 }, { "rsa-2048", 0, 1, 0x20 }, { "P-256", 1, 1, 0x88 }, { "P-384", 0, 1, 0x08 },
		{ "P-521", 1, 0, 0x80 },    { "ed25519", 1, 0, 0x80 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		EVP_PKEY *pkey = pkey_make(rows[i].key);
		struct key *k = key_of(pkey);
		struct address_list list = one_address("alice@example.org");
		X509_REQ *r = request_of(k, "Alice", &list, rows[i].sign, rows[i].encrypt);
		STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(r);
		GENERAL_NAMES *names = X509V3_get_d2i(extensions, NID_subject_alt_name, NULL, NULL);
		ASN1_BIT_STRING *usage = X509V3_get_d2i(extensions, NID_key_usage, NULL, NULL);
		EXTENDED_KEY_USAGE *extended = X509V3_get_d2i(extensions, NID_ext_key_usage, NULL, NULL);
		char name[100];

		ck_assert_int_eq(X509_REQ_verify(r, pkey), 1);
		ck_assert_int_eq(X509_REQ_get_version(r), 0);
		X509_NAME_oneline(X509_REQ_get_subject_name(r), name, sizeof name);
		ck_assert_str_eq(name, "/CN=Alice");
		ck_assert_int_eq(sk_GENERAL_NAME_num(names), 1);
		ck_assert_int_eq(sk_GENERAL_NAME_value(names, 0)->type, GEN_EMAIL);
		ck_assert_int_eq(ASN1_STRING_length(usage), 1);
		ck_assert_uint_eq(ASN1_STRING_get0_data(usage)[0], rows[i].usage);
		ck_assert_int_eq(sk_ASN1_OBJECT_num(extended), 1);
		GENERAL_NAMES_free(names);
		ASN1_BIT_STRING_free(usage);
		EXTENDED_KEY_USAGE_free(extended);
		sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
		X509_REQ_free(r);
		address_list_done(&list);
		key_unref(k);
		EVP_PKEY_free(pkey);
	}
}
END_TEST

START_TEST(an_address_beyond_ascii_is_an_smtp_utf8_mailbox)
{
	EVP_PKEY *pkey = pkey_make("P-256");
	struct key *k = key_of(pkey);
	struct address_list list = one_address("j\xc3\xb6rg@m\xc3\xbcnchen.example");
	X509_REQ *r = request_of(k, NULL, &list, 1, 0);
	STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(r);
	int critical;
	GENERAL_NAMES *names = X509V3_get_d2i(extensions, NID_subject_alt_name, &critical, NULL);
	const OTHERNAME *other = sk_GENERAL_NAME_value(names, 0)->d.otherName;
	const ASN1_STRING *text = other->value->value.utf8string;

	ck_assert_int_eq(critical, 1); /* nothing else names the subject */
	ck_assert_int_eq(sk_GENERAL_NAME_value(names, 0)->type, GEN_OTHERNAME);
	ck_assert_int_eq(OBJ_obj2nid(other->type_id), NID_id_on_SmtpUTF8Mailbox);
	ck_octets_eq(ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text), "j\xc3\xb6rg@xn--mnchen-3ya.example", 28);
	GENERAL_NAMES_free(names);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	X509_REQ_free(r);
	address_list_done(&list);
	key_unref(k);
	EVP_PKEY_free(pkey);
}
END_TEST

START_TEST(what_a_key_cannot_do_is_not_requested)
{
	EVP_PKEY *pkey = pkey_make("ed25519");
	struct key *k = key_of(pkey);
	struct buffer b = BUFFER_INIT(10000);
	struct error e = ERROR_INIT;

	expect_error(request_make(k, "x", NULL, 1, 1, &b, &e), ERROR_KEY_UNUSABLE);
	expect_error(request_make(k, "x", NULL, 0, 0, &b, &e), ERROR_KEY_UNUSABLE);
	expect_error(request_make(k, "x\r\ny", NULL, 1, 0, &b, &e), ERROR_USAGE);
	ck_assert_uint_eq(b.size, 0);
	key_unref(k);
	EVP_PKEY_free(pkey);
}
END_TEST

static int
request_once(void *ctx, struct error *e)
{
	struct buffer b = BUFFER_INIT(10000);
	int rc = request_make(ctx, "x", NULL, 1, 0, &b, e);

	buffer_done(&b);
	return rc;
}

START_TEST(requesting_fails_cleanly_without_memory)
{
	EVP_PKEY *pkey = pkey_make("P-256");
	struct key *k = key_of(pkey);

	each_allocation_fails(request_once, k);
	key_unref(k);
	EVP_PKEY_free(pkey);
}
END_TEST

Suite *suite_request(void);
Suite *
suite_request(void)
{
	Suite *s = suite_create("request");
	TCase *t = tcase_create("request");

	tcase_add_test(t, a_request_is_signed_and_says_what_is_wanted);
	tcase_add_test(t, an_address_beyond_ascii_is_an_smtp_utf8_mailbox);
	tcase_add_test(t, what_a_key_cannot_do_is_not_requested);
	tcase_add_test(t, requesting_fails_cleanly_without_memory);
	suite_add_tcase(s, t);
	return s;
}
