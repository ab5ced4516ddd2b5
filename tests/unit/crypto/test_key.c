/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/limits.h"
#include "crypto/private.h"
#include "tests/unit/crypto/cms_support.h"
#include "tests/unit/crypto/forge.h"

static struct secret
secret_of(const char *text)
{
	struct secret s = SECRET_INIT;
	struct error e = ERROR_INIT;

	expect_ok(secret_copy(&s, text, strlen(text), &e));
	return s;
}

/* PEM of a key in one of the library's forms. */
static struct buffer
pem_of(EVP_PKEY *pkey, int traditional, const EVP_CIPHER *cipher, const char *password)
{
	struct buffer b = BUFFER_INIT(100000);
	struct error e = ERROR_INIT;
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	int rc, n = password == NULL ? 0 : (int)strlen(password);
	unsigned char *word = (unsigned char *)(uintptr_t)password;

	if (traditional)
		rc = PEM_write_bio_PrivateKey_traditional(bio, pkey, cipher, word, n, NULL, NULL);
	else
		rc = PEM_write_bio_PKCS8PrivateKey(bio, pkey, cipher, (char *)word, n, NULL, NULL);
	ck_assert_int_eq(rc, 1);
	n = (int)BIO_get_mem_data(bio, &data);
	expect_ok(buffer_append(&b, data, (size_t)n, &e));
	BIO_free(bio);
	return b;
}

START_TEST(generates_what_it_says_and_reads_it_back)
{
	static const struct {
		enum key_type type;
		unsigned bits, told;
		const char *name;
	} rows[] = {
		{ KEY_RSA, 2048, 2048, "rsa-2048" },    { KEY_EC_P256, 0, 256, "ec-p256" },
		{ KEY_EC_P384, 0, 384, "ec-p384" },     { KEY_EC_P521, 0, 521, "ec-p521" },
		{ KEY_ED25519, 0, 256, "ed25519" },
	};
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct key *k = NULL, *again = NULL;
		struct secret der = SECRET_INIT;

		expect_ok(key_generate(rows[i].type, rows[i].bits, &k, &e));
		ck_assert_int_eq(key_type(k), rows[i].type);
		ck_assert_uint_eq(key_bits(k), rows[i].told);
		ck_assert_str_eq(key_algorithm_name(k), rows[i].name);
		expect_ok(key_write_pkcs8(k, &der, &e));
		expect_ok(key_read_pkcs8(&der, &again, &e));
		ck_assert_str_eq(key_public_hash(k), key_public_hash(again));
		ck_assert_int_eq(EVP_PKEY_eq(key_evp(k), key_evp(again)), 1);
		secret_done(&der);
		key_unref(again);
		key_unref(k);
	}
}
END_TEST

START_TEST(does_not_generate_what_is_too_short_or_unknown)
{
	static const struct {
		enum key_type type;
		unsigned bits;
	} rows[] = { { KEY_RSA, 1024 }, { KEY_RSA, 2047 }, { KEY_RSA, 2052 }, { KEY_RSA, 8192 }, { KEY_RSA, 0 },
		{ KEY_RSA_PSS, 2048 }, { KEY_OTHER, 0 }, { KEY_NONE, 0 } };
	struct error e = ERROR_INIT;
	struct key *k = NULL;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		expect_error(key_generate(rows[i].type, rows[i].bits, &k, &e), ERROR_ALGORITHM);
	ck_assert_ptr_null(k);
}
END_TEST

START_TEST(the_public_hash_is_that_of_the_certificate)
{
	static const char *const kinds[] = { "P-256", "P-521", "ed25519", "rsa-2048" };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct forged f = forge(&(struct forge){ .cn = "x", .key = kinds[i] });
		struct key *k = forged_key(&f);

		ck_assert_str_eq(key_public_hash(k), certificate_public_hash(f.c));
		key_unref(k);
		forged_done(&f);
	}
}
END_TEST

START_TEST(reads_pem_in_every_form)
{
	static const char *const kinds[] = { "P-256", "rsa-2048" };
	struct secret right = secret_of("right"), wrong = secret_of("wrong");
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < 4; i++) {
		EVP_PKEY *pkey = pkey_make(kinds[i / 2]);
		int traditional = i % 2;
		struct buffer plain = pem_of(pkey, traditional, NULL, NULL),
		    sealed = pem_of(pkey, traditional, EVP_aes_256_cbc(), "right");
		struct key *k = NULL;

		expect_ok(key_read_pem(plain.data, plain.size, NULL, &k, &e));
		ck_assert_int_eq(EVP_PKEY_eq(key_evp(k), pkey), 1);
		key_unref(k);
		k = NULL;
		expect_ok(key_read_pem(plain.data, plain.size, &wrong, &k, &e)); /* not asked for */
		key_unref(k);
		k = NULL;
		expect_ok(key_read_pem(sealed.data, sealed.size, &right, &k, &e));
		ck_assert_int_eq(EVP_PKEY_eq(key_evp(k), pkey), 1);
		key_unref(k);
		k = NULL;
		expect_error(key_read_pem(sealed.data, sealed.size, NULL, &k, &e), ERROR_PASSWORD);
		expect_error(key_read_pem(sealed.data, sealed.size, &wrong, &k, &e), ERROR_PASSWORD);
		ck_assert_ptr_null(k);
		ck_assert_uint_eq(ERR_peek_error(), 0);
		buffer_done(&plain);
		buffer_done(&sealed);
		EVP_PKEY_free(pkey);
	}
	secret_done(&right);
	secret_done(&wrong);
}
END_TEST

START_TEST(writes_pem_that_only_its_password_opens)
{
	EVP_PKEY *pkey = pkey_make("P-256");
	struct key *k = key_of(pkey), *again = NULL;
	struct secret right = secret_of("right"), wrong = secret_of("wrong"), pem = SECRET_INIT;
	struct error e = ERROR_INIT;
	BIO *bio;
	EVP_PKEY *elsewhere;

	expect_ok(key_write_pem(k, &right, &pem, &e));
	expect_ok(key_read_pem(pem.data, pem.size, &right, &again, &e));
	ck_assert_str_eq(key_public_hash(k), key_public_hash(again));
	key_unref(again);
	again = NULL;
	expect_error(key_read_pem(pem.data, pem.size, &wrong, &again, &e), ERROR_PASSWORD);
	expect_error(key_read_pem(pem.data, pem.size, NULL, &again, &e), ERROR_PASSWORD);
	bio = BIO_new_mem_buf(pem.data, (int)pem.size);
	elsewhere = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t)"right");
	ck_assert_int_eq(EVP_PKEY_eq(elsewhere, pkey), 1);
	EVP_PKEY_free(elsewhere);
	BIO_free(bio);
	secret_done(&right);
	secret_done(&wrong);
	secret_done(&pem);
	key_unref(k);
	EVP_PKEY_free(pkey);
}
END_TEST

START_TEST(reads_the_only_key_of_a_text)
{
	EVP_PKEY *one = pkey_make("P-256"), *two = pkey_make("P-256");
	struct forged f = forge(&(struct forge){ .cn = "x" });
	struct buffer text = BUFFER_INIT(100000), first = pem_of(one, 0, NULL, NULL), second = pem_of(two, 1, NULL, NULL);
	struct error e = ERROR_INIT;
	struct key *k = NULL;

	expect_ok(buffer_append_text(&text, "Bag Attributes\n    friendlyName: x\n", &e));
	expect_ok(certificate_write_pem(f.c, &text, &e));
	expect_error(key_read_pem(text.data, text.size, NULL, &k, &e), ERROR_KEY_SYNTAX);
	expect_ok(buffer_append(&text, first.data, first.size, &e));
	expect_ok(certificate_write_pem(f.c, &text, &e));
	expect_ok(key_read_pem(text.data, text.size, NULL, &k, &e));
	key_unref(k);
	k = NULL;
	expect_ok(buffer_append(&text, second.data, second.size, &e));
	expect_error(key_read_pem(text.data, text.size, NULL, &k, &e), ERROR_KEY_SYNTAX);
	buffer_done(&text);
	buffer_done(&first);
	buffer_done(&second);
	EVP_PKEY_free(one);
	EVP_PKEY_free(two);
	forged_done(&f);
}
END_TEST

START_TEST(refuses_every_truncation)
{
	EVP_PKEY *pkey = pkey_make("P-256");
	struct buffer pem = pem_of(pkey, 0, NULL, NULL);
	struct key *k = key_of(pkey), *cut = NULL;
	struct secret der = SECRET_INIT;
	struct error e = ERROR_INIT;

	expect_error(key_read_pem(NULL, 0, NULL, &cut, &e), ERROR_KEY_SYNTAX); /* an empty buffer */
	for (size_t i = 0; i + 2 < pem.size; i++) /* the last line end may be missing, and a dash */
		if (key_read_pem(pem.data, i, NULL, &cut, &e) == 0)
			ck_abort_msg("%zu of %zu octets are a key", i, pem.size);
		else
			error_clear(&e);
	expect_ok(key_write_pkcs8(k, &der, &e));
	for (size_t i = 1; i < der.size; i++) {
		struct secret part = SECRET_INIT;

		expect_ok(secret_copy(&part, der.data, i, &e));
		ck_assert_int_eq(key_read_pkcs8(&part, &cut, &e), -1);
		error_clear(&e);
		secret_done(&part);
	}
	ck_assert_ptr_null(cut);
	secret_done(&der);
	key_unref(k);
	buffer_done(&pem);
	EVP_PKEY_free(pkey);
}
END_TEST

/* An ECPrivateKey may carry any public point: the secret of one key with the public half of another. */
START_TEST(refuses_halves_that_do_not_belong_together)
{
	EVP_PKEY *one = pkey_make("P-256"), *two = pkey_make("P-256");
	struct key *a = key_of(one), *mixed = NULL;
	struct secret der = SECRET_INIT;
	struct error e = ERROR_INIT;
	unsigned char point[65], *at;
	size_t n;

	expect_ok(key_write_pkcs8(a, &der, &e));
	ck_assert_int_eq(EVP_PKEY_get_octet_string_param(two, "pub", point, sizeof point, &n), 1);
	ck_assert_uint_eq(n, 65);
	at = der.data + der.size - n; /* the point stands at the end */
	ck_assert_uint_eq(*at, 4);
	memcpy(at, point, n);
	expect_error(key_read_pkcs8(&der, &mixed, &e), ERROR_KEY_SYNTAX);
	ck_assert_ptr_null(mixed);
	secret_done(&der);
	key_unref(a);
	EVP_PKEY_free(one);
	EVP_PKEY_free(two);
}
END_TEST

START_TEST(says_which_keys_are_not_supported)
{
	EVP_PKEY *x25519 = pkey_make("x25519"), *curve = pkey_make("secp256k1");
	struct buffer a = pem_of(x25519, 0, NULL, NULL), b = pem_of(curve, 0, NULL, NULL), c = load("crypto/made-here/mldsa.key");
	struct error e = ERROR_INIT;
	struct key *k = NULL;

	expect_error(key_read_pem(a.data, a.size, NULL, &k, &e), ERROR_ALGORITHM);
	expect_error(key_read_pem(b.data, b.size, NULL, &k, &e), ERROR_ALGORITHM);
	expect_error(key_read_pem(c.data, c.size, NULL, &k, &e), ERROR_ALGORITHM);
	buffer_done(&a);
	buffer_done(&b);
	buffer_done(&c);
	EVP_PKEY_free(x25519);
	EVP_PKEY_free(curve);
}
END_TEST

/* PBKDF2 with 2^31-1 rounds would keep the machine busy for half an hour. */
START_TEST(does_not_compute_absurd_iteration_counts)
{
	static const unsigned char der[] = {
		0x30, 0x5d, 0x30, 0x57, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d, 0x30, 0x4a,
		0x30, 0x29, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c, 0x30, 0x1c,
		0x04, 0x08, 1, 2, 3, 4, 5, 6, 7, 8, 0x02, 0x02, 0x08, 0x00,
		0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09, 0x05, 0x00,
		0x30, 0x1d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a,
		0x04, 0x10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
		0x04, 0x02, 0, 0,
	};
	const unsigned char *at = der;
	X509_SIG *sealed = d2i_X509_SIG(NULL, &at, sizeof der);
	const X509_ALGOR *algorithm;
	PBE2PARAM *pbes2;
	PBKDF2PARAM *kdf;
	struct buffer pem = BUFFER_INIT(10000);
	struct secret password = secret_of("x");
	struct error e = ERROR_INIT;
	unsigned char *again = NULL;
	struct key *k = NULL;
	int n;

	ck_assert_ptr_nonnull(sealed);
	X509_SIG_get0(sealed, &algorithm, NULL);
	pbes2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
	kdf = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), pbes2->keyfunc->parameter);
	ASN1_INTEGER_set(kdf->iter, 2147483647);
	ASN1_TYPE_pack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), kdf, &pbes2->keyfunc->parameter);
	ASN1_TYPE_pack_sequence(ASN1_ITEM_rptr(PBE2PARAM), pbes2, (ASN1_TYPE **)(uintptr_t)&algorithm->parameter);
	n = i2d_X509_SIG(sealed, &again);
	expect_ok(pem_write("ENCRYPTED PRIVATE KEY", again, (size_t)n, &pem, &e));
	expect_error(key_read_pem(pem.data, pem.size, &password, &k, &e), ERROR_ALGORITHM);
	OPENSSL_free(again);
	PBKDF2PARAM_free(kdf);
	PBE2PARAM_free(pbes2);
	X509_SIG_free(sealed);
	secret_done(&password);
	buffer_done(&pem);
}
END_TEST

/* ---- signing ---- */

static const struct {
	const char *key;
	enum signature_scheme scheme;
} fits[] = {
	{ "rsa-2048", SIGNATURE_RSA_SHA256 },     { "rsa-2048", SIGNATURE_RSA_SHA384 },
	{ "rsa-2048", SIGNATURE_RSA_SHA512 },     { "rsa-2048", SIGNATURE_RSA_PSS_SHA256 },
	{ "rsa-2048", SIGNATURE_RSA_PSS_SHA384 }, { "rsa-2048", SIGNATURE_RSA_PSS_SHA512 },
	{ "P-256", SIGNATURE_ECDSA_SHA256 },      { "P-384", SIGNATURE_ECDSA_SHA384 },
	{ "P-521", SIGNATURE_ECDSA_SHA512 },      { "ed25519", SIGNATURE_ED25519 },
};

START_TEST(signatures_hold_under_the_public_half)
{
	const EVP_MD *md = fits[_i].scheme == SIGNATURE_ED25519 ? NULL : digest_md(signature_digest(fits[_i].scheme));
	struct forged f = forge(&(struct forge){ .cn = "x", .key = fits[_i].key });
	struct key *k = forged_key(&f);
	struct buffer signature = BUFFER_INIT(10000);
	struct error e = ERROR_INIT;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;

	expect_ok(key_sign(k, fits[_i].scheme, "text", 4, &signature, &e));
	ck_assert_int_eq(EVP_DigestVerifyInit(ctx, &pctx, md, NULL, X509_get0_pubkey(f.x509)), 1);
	if (strncmp(signature_name(fits[_i].scheme), "rsa-pss", 7) == 0) {
		EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST); /* of exactly this length */
	}
	ck_assert_int_eq(EVP_DigestVerify(ctx, (unsigned char *)signature.data, signature.size,
	    (const unsigned char *)"text", 4), 1);
	EVP_MD_CTX_free(ctx);
	buffer_done(&signature);
	key_unref(k);
	forged_done(&f);
}
END_TEST

START_TEST(a_key_makes_only_its_own_signatures)
{
	static const char *const kinds[] = { "rsa-2048", "rsa-1024", "P-256", "ed25519" };
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		EVP_PKEY *pkey = pkey_make(kinds[i]);
		struct key *k = key_of(pkey);

		for (int s = SIGNATURE_NONE; s <= SIGNATURE_UNKNOWN; s++) {
			const char *name = signature_name((enum signature_scheme)s);
			struct buffer signature = BUFFER_INIT(10000);
			int own = !signature_is_weak((enum signature_scheme)s) &&
			    ((i == 0 && strncmp(name, "rsa", 3) == 0) || (i == 2 && strncmp(name, "ecdsa", 5) == 0) ||
			        (i == 3 && strcmp(name, "ed25519") == 0));

			if (own)
				expect_ok(key_sign(k, (enum signature_scheme)s, "x", 1, &signature, &e));
			else
				expect_error(key_sign(k, (enum signature_scheme)s, "x", 1, &signature, &e),
				    ERROR_KEY_UNUSABLE);
			buffer_done(&signature);
		}
		key_unref(k);
		EVP_PKEY_free(pkey);
	}
}
END_TEST

/* ---- a key held elsewhere ---- */

struct elsewhere {
	struct key *real;
	int signed_times, released;
};

static int
sign_elsewhere(void *ctx, enum signature_scheme scheme, const void *tbs, size_t n, struct buffer *out, struct error *e)
{
	struct elsewhere *w = ctx;

	w->signed_times++;
	return key_sign(w->real, scheme, tbs, n, out, e);
}

static void
release_elsewhere(void *ctx)
{
	((struct elsewhere *)ctx)->released++;
}

START_TEST(a_held_key_is_asked_and_released_once)
{
	static const struct key_holder holder = { .sign = sign_elsewhere, .release = release_elsewhere };
	struct forged f = forge(&(struct forge){ .cn = "x" });
	struct elsewhere w = { .real = forged_key(&f) };
	struct buffer signature = BUFFER_INIT(10000);
	struct secret der = SECRET_INIT;
	struct error e = ERROR_INIT;
	struct key *k = NULL;

	expect_ok(key_held(&holder, &w, f.c, &k, &e));
	ck_assert_str_eq(key_public_hash(k), certificate_public_hash(f.c));
	ck_assert_ptr_null(key_evp(k));
	expect_ok(key_sign(k, SIGNATURE_ECDSA_SHA256, "x", 1, &signature, &e));
	ck_assert_int_eq(w.signed_times, 1);
	expect_error(key_sign(k, SIGNATURE_RSA_SHA256, "x", 1, &signature, &e), ERROR_KEY_UNUSABLE);
	ck_assert_int_eq(w.signed_times, 1); /* it is not even asked */
	expect_error(key_write_pkcs8(k, &der, &e), ERROR_KEY_UNUSABLE);
	key_unref(key_ref(k));
	ck_assert_int_eq(w.released, 0);
	key_unref(k);
	ck_assert_int_eq(w.released, 1);
	key_unref(w.real);
	buffer_done(&signature);
	forged_done(&f);
}
END_TEST

static int
read_and_sign(void *ctx, struct error *e)
{
	const struct buffer *pem = ctx;
	struct buffer signature = BUFFER_INIT(10000);
	struct key *k = NULL;
	int rc = key_read_pem(pem->data, pem->size, NULL, &k, e);

	if (rc == 0)
		rc = key_sign(k, SIGNATURE_ECDSA_SHA256, "x", 1, &signature, e);
	key_unref(k);
	buffer_done(&signature);
	return rc;
}

START_TEST(reading_and_signing_fail_cleanly_without_memory)
{
	EVP_PKEY *pkey = pkey_make("P-256");
	struct buffer pem = pem_of(pkey, 0, NULL, NULL);

	each_allocation_fails(read_and_sign, &pem);
	buffer_done(&pem);
	EVP_PKEY_free(pkey);
}
END_TEST

Suite *suite_key(void);
Suite *
suite_key(void)
{
	Suite *s = suite_create("key");
	TCase *t = tcase_create("key");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, generates_what_it_says_and_reads_it_back);
	tcase_add_test(t, does_not_generate_what_is_too_short_or_unknown);
	tcase_add_test(t, the_public_hash_is_that_of_the_certificate);
	tcase_add_test(t, reads_pem_in_every_form);
	tcase_add_test(t, writes_pem_that_only_its_password_opens);
	tcase_add_test(t, reads_the_only_key_of_a_text);
	tcase_add_test(t, refuses_every_truncation);
	tcase_add_test(t, refuses_halves_that_do_not_belong_together);
	tcase_add_test(t, says_which_keys_are_not_supported);
	tcase_add_test(t, does_not_compute_absurd_iteration_counts);
	tcase_add_loop_test(t, signatures_hold_under_the_public_half, 0, sizeof fits / sizeof fits[0]);
	tcase_add_test(t, a_key_makes_only_its_own_signatures);
	tcase_add_test(t, a_held_key_is_asked_and_released_once);
	tcase_add_test(t, reading_and_signing_fail_cleanly_without_memory);
	suite_add_tcase(s, t);
	return s;
}
