/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

#include "crypto/pkcs12.h"
#include "crypto/private.h"
#include "tests/unit/crypto/cms_support.h"
#include "tests/unit/crypto/forge.h"

/* What came out of a file. */
struct content {
	struct key *key;
	struct certificate *leaf;
	struct certificates others;
};

static void
content_done(struct content *c)
{
	key_unref(c->key);
	certificate_unref(c->leaf);
	certificates_done(&c->others);
}

static int
read_with(const struct buffer *b, const char *password, struct content *out, struct error *e)
{
	struct secret word = SECRET_INIT;
	int rc;

	*out = (struct content){ NULL, NULL, { NULL, 0 } };
	if (password != NULL)
		expect_ok_(secret_copy(&word, password, strlen(password), e), e, __FILE__, __LINE__);
	rc = pkcs12_read(b->data, b->size, password == NULL ? NULL : &word, &out->key, &out->leaf, &out->others, e);
	if (rc != 0)
		ck_assert(out->key == NULL && out->leaf == NULL && out->others.count == 0);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	secret_done(&word);
	return rc;
}

static struct buffer
der_of(PKCS12 *p12)
{
	struct buffer b = BUFFER_INIT(1000000);
	struct error e = ERROR_INIT;
	unsigned char *der = NULL;
	int n = i2d_PKCS12(p12, &der);

	ck_assert_int_gt(n, 0);
	expect_ok(buffer_append(&b, der, (size_t)n, &e));
	OPENSSL_free(der);
	PKCS12_free(p12);
	return b;
}

/* A leaf, its CA and root, in a file. */
struct family {
	struct forged root, ca, leaf;
};

static struct family
family(void)
{
	struct family f;

	f.root = forge(&(struct forge){ .cn = "root", .extensions = { "basicConstraints", "CA:true" } });
	f.ca = forge(&(struct forge){ .cn = "ca", .issuer = &f.root, .extensions = { "basicConstraints", "CA:true" } });
	f.leaf = forge(&(struct forge){ .cn = "leaf", .issuer = &f.ca });
	return f;
}

static void
family_done(struct family *f)
{
	forged_done(&f->root);
	forged_done(&f->ca);
	forged_done(&f->leaf);
}

static struct buffer
pack(const struct family *f, const char *password, int key_nid, int certificate_nid, int iterations, int mac_iterations)
{
	STACK_OF(X509) *cas = sk_X509_new_null();
	PKCS12 *p12;

	sk_X509_push(cas, f->root.x509);
	sk_X509_push(cas, f->ca.x509);
	p12 = PKCS12_create(password, "name", f->leaf.pkey, f->leaf.x509, cas, key_nid, certificate_nid, iterations,
	    mac_iterations, 0);
	ck_assert_ptr_nonnull(p12);
	sk_X509_free(cas);
	return der_of(p12);
}

START_TEST(reads_key_leaf_and_the_others)
{
	static const struct {
		const char *password;
		int key_nid, certificate_nid;
	} rows[] = {
		{ "secret", NID_aes_256_cbc, NID_aes_256_cbc },
		{ "secret", NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And3_Key_TripleDES_CBC },
		{ "p\xc3\xa4ssword", NID_aes_128_cbc, NID_aes_128_cbc },
		{ "", NID_aes_256_cbc, NID_aes_256_cbc },
		{ NULL, NID_aes_256_cbc, NID_aes_256_cbc },
		{ "secret", -1, -1 }, /* nothing encrypted, but a MAC */
	};
	struct family f = family();
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *given = rows[i].password == NULL || rows[i].password[0] == '\0' ? NULL : rows[i].password;
		struct buffer b = pack(&f, rows[i].password, rows[i].key_nid, rows[i].certificate_nid, 1000, 1000);
		struct content c;

		expect_ok(read_with(&b, given, &c, &e));
		ck_assert_str_eq(key_public_hash(c.key), certificate_public_hash(f.leaf.c));
		ck_assert_str_eq(certificate_fingerprint(c.leaf), certificate_fingerprint(f.leaf.c));
		ck_assert_uint_eq(c.others.count, 2);
		ck_assert_ptr_nonnull(certificates_find(&c.others, certificate_fingerprint(f.ca.c)));
		ck_assert_ptr_nonnull(certificates_find(&c.others, certificate_fingerprint(f.root.c)));
		content_done(&c);
		expect_error(read_with(&b, "wrong", &c, &e), ERROR_PASSWORD);
		if (given != NULL)
			expect_error(read_with(&b, NULL, &c, &e), ERROR_PASSWORD);
		buffer_done(&b);
	}
	family_done(&f);
}
END_TEST

/*
 * RFC 9216: PEM armour and two keys of one person; the password is the first name.  Carlos and Dana decrypt with
 * X25519, which no other part of us can use.
 */
START_TEST(reads_the_files_of_rfc_9216)
{
	static const struct {
		const char *path, *password;
		size_t pairs, others;
		enum key_type type;
	} rows[] = {
		{ "crypto/rfc9216/4.5-PKCS_12_Object_for_Alice.p12.pem", "alice", 2, 1, KEY_RSA },
		{ "crypto/rfc9216/5.5-PKCS_12_Object_for_Bob.p12.pem", "bob", 2, 1, KEY_RSA },
		{ "crypto/rfc9216/7.5-PKCS_12_Object_for_Carlos.p12.pem", "carlos", 1, 2, KEY_ED25519 },
		{ "crypto/rfc9216/8.5-PKCS_12_Object_for_Dana.p12.pem", "dana", 1, 2, KEY_ED25519 },
	};
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buffer b = load(rows[i].path);
		struct pkcs12_pairs pairs = { NULL, 0 };
		struct certificates others = { NULL, 0 };
		struct secret word = SECRET_INIT;
		struct content c;

		expect_ok(secret_copy(&word, rows[i].password, strlen(rows[i].password), &e));
		expect_ok(pkcs12_read_all(b.data, b.size, &word, &pairs, &others, &e));
		ck_assert_uint_eq(pairs.count, rows[i].pairs);
		ck_assert_uint_eq(others.count, rows[i].others);
		for (size_t k = 0; k < pairs.count; k++) {
			ck_assert_int_eq(key_type(pairs.items[k].key), rows[i].type);
			ck_assert_str_eq(key_public_hash(pairs.items[k].key), certificate_public_hash(pairs.items[k].leaf));
		}
		expect_error(read_with(&b, "nobody", &c, &e), ERROR_PASSWORD);
		if (rows[i].pairs != 1)
			expect_error(read_with(&b, rows[i].password, &c, &e), ERROR_KEY_SYNTAX);
		pkcs12_pairs_done(&pairs);
		certificates_done(&others);
		secret_done(&word);
		buffer_done(&b);
	}
}
END_TEST

START_TEST(says_how_to_convert_what_the_library_no_longer_reads)
{
	struct buffer b = load("crypto/james/smime.p12"); /* certificates under RC2-40 */
	struct content c;
	struct error e = ERROR_INIT;

	ck_assert_int_eq(read_with(&b, "secret", &c, &e), -1);
	ck_assert_int_eq(e.code, ERROR_ALGORITHM);
	ck_assert_ptr_nonnull(strstr(error_text(&e), "openssl pkcs12 -legacy"));
	error_clear(&e);
	expect_error(read_with(&b, "wrong", &c, &e), ERROR_PASSWORD);
	buffer_done(&b);
}
END_TEST

START_TEST(broken_files_are_refused)
{
	static const char *const paths[] = { "crypto/openssl/bad1.p12", "crypto/openssl/bad2.p12",
		"crypto/openssl/bad3.p12", "crypto/rfc9216/4.2-Alice_s_Signing_Private_Key_Material.key",
		"crypto/made-here/content-m.txt" };
	struct error e = ERROR_INIT;
	struct content c;

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		struct buffer b = load(paths[i]);

		ck_assert_int_eq(read_with(&b, NULL, &c, &e), -1);
		ck_assert_msg(e.code == ERROR_KEY_SYNTAX || e.code == ERROR_PASSWORD || e.code == ERROR_ALGORITHM, "%s: %s",
		    paths[i], error_name(e.code));
		error_clear(&e);
		buffer_done(&b);
	}
}
END_TEST

START_TEST(truncations_and_changes_are_refused)
{
	struct family f = family();
	struct buffer b = pack(&f, "secret", NID_aes_256_cbc, NID_aes_256_cbc, 1, 1);
	struct error e = ERROR_INIT;
	struct content c;

	for (size_t i = 0; i < b.size; i += 1 + i / 64) {
		struct buffer cut = BUFFER_INIT(1000000);

		expect_ok(buffer_append(&cut, b.data, i, &e));
		ck_assert_int_eq(read_with(&cut, "secret", &c, &e), -1);
		error_clear(&e);
		buffer_done(&cut);
	}
	for (size_t i = 0; i < b.size; i += 7) {
		b.data[i] ^= (char)(1 << i % 8);
		if (read_with(&b, "secret", &c, &e) == 0) /* a length of padding, a version: nothing of the content */
			ck_assert_str_eq(certificate_fingerprint(c.leaf), certificate_fingerprint(f.leaf.c));
		content_done(&c);
		error_clear(&e);
		b.data[i] ^= (char)(1 << i % 8);
	}
	buffer_done(&b);
	family_done(&f);
}
END_TEST

START_TEST(a_key_without_its_certificate_is_a_mismatch)
{
	struct family f = family();
	EVP_PKEY *other = pkey_make("P-256");
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(other);
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	STACK_OF(PKCS7) *safes = NULL;
	struct buffer b;
	PKCS12 *p12;
	struct error e = ERROR_INIT;
	struct content c;

	PKCS12_add_cert(&bags, f.leaf.x509);
	PKCS12_add_key(&bags, other, 0, 1, -1, NULL);
	PKCS12_add_safe(&safes, bags, -1, 0, NULL);
	p12 = PKCS12_add_safes(safes, 0);
	PKCS12_set_mac(p12, "x", 1, NULL, 0, 1, NULL);
	b = der_of(p12);
	expect_error(read_with(&b, "x", &c, &e), ERROR_KEY_MISMATCH);
	buffer_done(&b);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	PKCS8_PRIV_KEY_INFO_free(info);
	EVP_PKEY_free(other);
	family_done(&f);
}
END_TEST

/* An INTEGER of two octets in DER, and the same structure around it with one of four. */
static void
replace_count(struct buffer *b, unsigned count)
{
	const char from[4] = { 2, 2, (char)(count >> 8), (char)count };
	char *at = memmem(b->data, b->size, from, sizeof from);

	ck_assert_ptr_nonnull(at);
	memcpy(at, "\x02\x02\x80\x00", 4); /* -32768: as absurd as a count can be in two octets */
}

/* Counts are looked at before they are computed: of the MAC, and of the encryption with a MAC that fits it. */
START_TEST(absurd_iteration_counts_are_refused)
{
	struct family f = family();
	struct buffer b = pack(&f, "secret", NID_aes_256_cbc, NID_aes_256_cbc, 1, 0x4321);
	struct error e = ERROR_INIT;
	const unsigned char *at;
	struct content c;
	PKCS12 *p12;

	replace_count(&b, 0x4321);
	expect_error(read_with(&b, "secret", &c, &e), ERROR_ALGORITHM);
	buffer_done(&b);

	b = pack(&f, "secret", NID_aes_256_cbc, NID_aes_256_cbc, 0x1234, 1);
	replace_count(&b, 0x1234);
	at = (const unsigned char *)b.data;
	p12 = d2i_PKCS12(NULL, &at, (long)b.size);
	ck_assert_ptr_nonnull(p12);
	ck_assert_int_eq(PKCS12_set_mac(p12, "secret", 6, NULL, 0, 1, NULL), 1);
	buffer_done(&b);
	b = der_of(p12);
	expect_error(read_with(&b, "secret", &c, &e), ERROR_ALGORITHM);
	buffer_done(&b);
	family_done(&f);
}
END_TEST

static int
read_once(void *ctx, struct error *e)
{
	const struct buffer *b = ctx;
	struct key *key = NULL;
	struct certificate *leaf = NULL;
	struct certificates others = { NULL, 0 };
	struct secret word = SECRET_INIT;
	int rc = secret_copy(&word, "secret", 6, e);

	if (rc == 0)
		rc = pkcs12_read(b->data, b->size, &word, &key, &leaf, &others, e);
	if (rc != 0)
		ck_assert(key == NULL && leaf == NULL && others.count == 0);
	key_unref(key);
	certificate_unref(leaf);
	certificates_done(&others);
	secret_done(&word);
	return rc;
}

START_TEST(reading_fails_cleanly_without_memory)
{
	struct family f = family();
	struct buffer b = pack(&f, "secret", NID_aes_256_cbc, NID_aes_256_cbc, 1, 1);

	each_allocation_fails(read_once, &b);
	buffer_done(&b);
	family_done(&f);
}
END_TEST

Suite *suite_pkcs12(void);
Suite *
suite_pkcs12(void)
{
	Suite *s = suite_create("pkcs12");
	TCase *t = tcase_create("pkcs12");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, reads_key_leaf_and_the_others);
	tcase_add_test(t, reads_the_files_of_rfc_9216);
	tcase_add_test(t, says_how_to_convert_what_the_library_no_longer_reads);
	tcase_add_test(t, broken_files_are_refused);
	tcase_add_test(t, truncations_and_changes_are_refused);
	tcase_add_test(t, a_key_without_its_certificate_is_a_mismatch);
	tcase_add_test(t, absurd_iteration_counts_are_refused);
	tcase_add_test(t, reading_fails_cleanly_without_memory);
	suite_add_tcase(s, t);
	return s;
}
