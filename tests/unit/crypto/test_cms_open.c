/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/limits.h"
#include "crypto/cms_open.h"
#include "tests/unit/crypto/cms_support.h"

Suite *suite_cms_open(void);

static const size_t sizes[] = { 0, 1, 15, 16, 17, 4096, 16383, 16384, 16385, 100000 };

/* ---- what others wrote ---- */

static void
opens_to(const char *path, const struct key *key, const char *content, size_t n)
{
	struct buffer b = load_cms(path), plain = BUFFER_INIT(1000000);
	struct error e = ERROR_INIT;

	expect_ok(try_open(b.data, b.size, 0, key, &plain, &e));
	ck_octets_eq(plain.data, plain.size, content, n);
	buffer_done(&b);
	buffer_done(&plain);
}

static void
stays_closed(const char *path, const struct key *key)
{
	struct buffer b = load_cms(path);
	struct error e = ERROR_INIT;

	expect_error(try_open(b.data, b.size, 0, key, NULL, &e), ERROR_CMS_UNREADABLE);
	buffer_done(&b);
}

START_TEST(gcm_opens_with_tags_of_12_to_16_octets_and_no_shorter)
{
	struct party bob = party_make("rsa");
	struct buffer m = load("crypto/made-here/content-m.txt");

	opens_to("crypto/made-here/authenv-gcm-icvlen-16.der", bob.key, m.data, m.size);
	opens_to("crypto/made-here/authenv-gcm-icvlen-12.der", bob.key, m.data, m.size);
	opens_to("crypto/made-here/authenv-gcm-icvlen-def.der", bob.key, m.data, m.size);
	stays_closed("crypto/made-here/authenv-gcm-icvlen-8.der", bob.key);
	stays_closed("crypto/made-here/authenv-gcm-icvlen-4.der", bob.key);
	stays_closed("crypto/made-here/authenv-gcm-icvlen-1.der", bob.key);
	stays_closed("crypto/made-here/authenv-gcm-icvlen-0.der", bob.key);
	buffer_done(&m);
	party_done(&bob);
}
END_TEST

START_TEST(authenticated_attributes_count_and_cbc_is_no_gcm)
{
	struct party bob = party_make("rsa");
	struct buffer m = load("crypto/made-here/content-m.txt");

	opens_to("crypto/made-here/authenv-valid-authAttrs.der", bob.key, m.data, m.size);
	stays_closed("crypto/made-here/authenv-forged-authAttrs.der", bob.key);
	stays_closed("crypto/made-here/authenv-with-cbc-oid.der", bob.key);
	buffer_done(&m);
	party_done(&bob);
}
END_TEST

static struct key *
key_pkcs8(const char *path)
{
	struct buffer b = load(path);
	struct secret s = SECRET_INIT;
	struct error e = ERROR_INIT;
	struct key *key = NULL;

	expect_ok(secret_copy(&s, b.data, b.size, &e));
	expect_ok(key_read_pkcs8(&s, &key, &e));
	secret_done(&s);
	buffer_done(&b);
	return key;
}

/* 5.1 and 5.3 are Triple-DES; 5.2 is RC2, which nobody should still read. */
START_TEST(the_envelopes_of_rfc_4134_open_or_stay_closed)
{
	struct key *bob = key_pkcs8("crypto/rfc4134/BobPrivRSAEncrypt.pri");
	struct buffer content = load("crypto/rfc4134/ExContent.bin");

	opens_to("crypto/rfc4134/5.1.bin", bob, content.data, content.size);
	stays_closed("crypto/rfc4134/5.2.bin", bob);
	opens_to("crypto/rfc4134/5.3.eml", bob, content.data, content.size);
	buffer_done(&content);
	key_unref(bob);
}
END_TEST

static struct key *
key_pem(const char *path)
{
	struct buffer b = load(path);
	struct error e = ERROR_INIT;
	struct key *key = NULL;

	expect_ok(key_read_pem(b.data, b.size, NULL, &key, &e));
	buffer_done(&b);
	return key;
}

START_TEST(malformed_recipients_stay_closed_without_harm)
{
	struct key *rsa = key_pem("crypto/openssl/smrsa1.pem"), *ec = key_pem("crypto/openssl/ecdh-key.pem");
	static const char *const paths[] = { "crypto/openssl/rsa-malformed.der", "crypto/openssl/ecdh-malformed.der",
		"crypto/openssl/dh-malformed.der", "crypto/ml-kem/ML-KEM-512.cms", "crypto/made-here/mlkem.eml" };

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		stays_closed(paths[i], rsa);
		stays_closed(paths[i], ec);
	}
	key_unref(rsa);
	key_unref(ec);
}
END_TEST

/* OpenSSL before 3.2 wrapped with Triple-DES when it encrypted with it (RFC 5753 7.1.5). */
START_TEST(a_key_wrapped_with_triple_des_opens)
{
	struct key *key = key_pem("crypto/openssl/smec3.pem");
	struct buffer b = load_cms("crypto/openssl/ciphertext_from_1_1_1.cms"), plain = BUFFER_INIT(100000);
	struct buffer content = load("crypto/openssl/smcont.txt");
	char *at;
	struct cms_shape *s = walk(b.data, b.size);
	struct error e = ERROR_INIT;

	ck_assert_uint_eq(s->recipient_count, 2);
	ck_assert_uint_eq(s->cipher, CIPHER_DES_EDE3_CBC);
	for (size_t i = 0; i < s->recipient_count; i++) {
		ck_assert_ptr_null(s->recipients[i].unusable);
		ck_assert(s->recipients[i].wrap_triple_des);
	}
	expect_ok(try_open(b.data, b.size, 0, key, &plain, &e));
	ck_octets_eq(plain.data, plain.size, content.data, content.size);
	expect_error(try_open(b.data, b.size, 1, key, NULL, &e), ERROR_CMS_UNREADABLE);
	ck_assert_uint_eq(s->recipients[0].encrypted_key.size, 40);
	at = memmem(b.data, b.size, s->recipients[0].encrypted_key.data, 40);
	ck_assert_ptr_nonnull(at);
	at[20] ^= 1;
	expect_error(try_open(b.data, b.size, 0, key, NULL, &e), ERROR_CMS_UNREADABLE);
	cms_shape_free(s);
	buffer_done(&content);
	buffer_done(&plain);
	buffer_done(&b);
	key_unref(key);
}
END_TEST

/* ---- what OpenSSL writes now ---- */

static const struct {
	const char *kind;
	struct openssl_way way;
	const char *cipher, *oaep, *mgf, *kdf;
} ways[] = {
	{ "rsa", { .flags = 0 }, "aes-128-cbc", NULL, NULL, NULL },
	{ "rsa", { .flags = CMS_STREAM }, "aes-192-cbc", NULL, NULL, NULL },
	{ "rsa", { .flags = CMS_STREAM | CMS_USE_KEYID }, "aes-256-cbc", "sha1", NULL, NULL },
	{ "rsa", { .flags = CMS_STREAM }, "des-ede3-cbc", "sha256", NULL, NULL },
	{ "rsa", { .flags = 0 }, "aes-256-cbc", "sha256", "sha1", NULL },
	{ "rsa", { .flags = 0 }, "aes-256-cbc", "sha512", "sha384", NULL },
	{ "rsa", { .oaep_label = "a label" }, "aes-256-cbc", "sha256", NULL, NULL },
	{ "rsa", { .flags = 0 }, "aes-128-gcm", "sha256", NULL, NULL },
	{ "rsa", { .flags = 0 }, "aes-192-gcm", NULL, NULL, NULL },
	{ "rsa", { .flags = CMS_USE_KEYID }, "aes-256-gcm", NULL, NULL, NULL },
	{ "P-256", { .flags = 0 }, "aes-128-cbc", NULL, NULL, NULL },
	{ "P-256", { .flags = CMS_STREAM }, "aes-256-cbc", NULL, NULL, "sha256" },
	{ "P-256", { .ukm = "some keying material" }, "aes-128-gcm", NULL, NULL, "sha256" },
	{ "P-384", { .flags = CMS_USE_KEYID }, "aes-192-cbc", NULL, NULL, "sha384" },
	{ "P-384", { .flags = 0 }, "aes-256-gcm", NULL, NULL, "sha224" },
	{ "P-521", { .flags = CMS_STREAM }, "aes-256-cbc", NULL, NULL, "sha512" },
	{ "P-521", { .ukm = "u" }, "aes-192-gcm", NULL, NULL, "sha384" },
};

START_TEST(what_openssl_encrypts_opens_to_the_same_octets)
{
	struct party p = party_make(ways[_i].kind);
	const struct party *to[] = { &p };
	struct openssl_way way = ways[_i].way;

	way.cipher = EVP_get_cipherbyname(ways[_i].cipher);
	way.oaep = ways[_i].oaep == NULL ? NULL : EVP_get_digestbyname(ways[_i].oaep);
	way.oaep_mgf = ways[_i].mgf == NULL ? NULL : EVP_get_digestbyname(ways[_i].mgf);
	way.kdf = ways[_i].kdf == NULL ? NULL : EVP_get_digestbyname(ways[_i].kdf);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct buffer content = pattern(sizes[i]), plain = BUFFER_INIT(1000000);
		struct buffer b = openssl_encrypt(to, 1, &way, content.data, content.size);
		struct error e = ERROR_INIT;

		expect_ok(try_open(b.data, b.size, 0, p.key, &plain, &e));
		ck_octets_eq(plain.data, plain.size, content.data, content.size);
		buffer_done(&plain);
		buffer_done(&b);
		buffer_done(&content);
	}
	party_done(&p);
}
END_TEST

START_TEST(each_of_several_recipients_opens_it_and_nobody_else)
{
	struct party p[] = { party_make("rsa"), party_make("P-256"), party_make("rsa-alice"), party_make("P-521") };
	struct party other = party_make("P-256");
	const struct party *to[] = { &p[0], &p[1], &p[2], &p[3] };
	struct openssl_way way = { .cipher = EVP_aes_256_cbc(), .flags = CMS_STREAM };
	struct buffer b = openssl_encrypt(to, 4, &way, "the content", 11);
	struct cms_shape *s = walk(b.data, b.size);
	struct error e = ERROR_INIT;

	ck_assert_uint_eq(s->recipient_count, 4);
	for (size_t ri = 0; ri < 4; ri++) {
		for (size_t i = 0; i < 4; i++) {
			bool own = strcmp(s->recipients[ri].name.issuer_serial,
			    certificate_issuer_serial(p[i].certificate)) == 0;
			struct buffer plain = BUFFER_INIT(100);
			int rc = try_open(b.data, b.size, ri, p[i].key, &plain, &e);

			ck_assert_int_eq(rc == 0 && plain.size == 11 && memcmp(plain.data, "the content", 11) == 0, own);
			error_clear(&e);
			buffer_done(&plain);
		}
		if (s->recipients[ri].kind == RECIPIENT_KEY_AGREEMENT)
			expect_error(try_open(b.data, b.size, ri, other.key, NULL, &e), ERROR_CMS_UNREADABLE);
	}
	cms_shape_free(s);
	buffer_done(&b);
	for (size_t i = 0; i < 4; i++)
		party_done(&p[i]);
	party_done(&other);
}
END_TEST

START_TEST(the_loosest_ber_opens_as_der_does)
{
	struct party p = party_make("P-256");
	const struct party *to[] = { &p };
	struct openssl_way ways_here[] = { { .cipher = EVP_aes_128_gcm(), .ukm = "in segments too" },
		{ .cipher = EVP_aes_256_cbc() } };
	struct buffer content = pattern(5000);

	for (size_t w = 0; w < 2; w++)
		for (size_t segment = 1; segment < 6000; segment = segment * 7 + 1) {
			struct buffer der = openssl_encrypt(to, 1, &ways_here[w], content.data, content.size);
			struct buffer ber = berify(der.data, der.size, segment), plain = BUFFER_INIT(100000), theirs;
			struct error e = ERROR_INIT;

			expect_ok(try_open(ber.data, ber.size, 0, p.key, &plain, &e));
			ck_octets_eq(plain.data, plain.size, content.data, content.size);
			if (openssl_decrypt(ber.data, ber.size, &p, &theirs))
				ck_octets_eq(theirs.data, theirs.size, content.data, content.size);
			buffer_done(&theirs);
			buffer_done(&plain);
			buffer_done(&ber);
			buffer_done(&der);
		}
	buffer_done(&content);
	party_done(&p);
}
END_TEST

START_TEST(attributes_in_ber_are_authenticated_as_der)
{
	struct party bob = party_make("rsa");
	struct buffer der = load_cms("crypto/made-here/authenv-valid-authAttrs.der");
	struct buffer ber = berify(der.data, der.size, 5), plain = BUFFER_INIT(1000);
	struct error e = ERROR_INIT;

	expect_ok(try_open(ber.data, ber.size, 0, bob.key, &plain, &e));
	ck_assert_uint_eq(plain.size, 35);
	buffer_done(&plain);
	buffer_done(&ber);
	buffer_done(&der);
	party_done(&bob);
}
END_TEST

/* The content anew under the same key, with a nonce and a tag of other sizes; `to` is where its ciphertext stands. */
static void
seal_again(struct cms_shape *s, const struct secret *cek, size_t nonce, size_t tag, unsigned char *to, size_t n)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char plain[100];
	int got;

	memset(plain, 'p', sizeof plain);
	s->iv_size = nonce;
	s->icv_size = s->mac_size = tag;
	ck_assert_int_eq(EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, NULL, NULL), 1);
	ck_assert_int_eq(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)nonce, NULL), 1);
	ck_assert_int_eq(EVP_EncryptInit_ex(ctx, NULL, NULL, cek->data, s->iv), 1);
	ck_assert_int_eq(EVP_EncryptUpdate(ctx, to, &got, plain, (int)n), 1);
	ck_assert_int_eq(EVP_EncryptFinal_ex(ctx, to + n, &got), 1);
	ck_assert_int_eq(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)tag, s->mac), 1);
	EVP_CIPHER_CTX_free(ctx);
}

START_TEST(nonces_of_1_to_16_octets_and_tags_of_12_to_16_do)
{
	struct party p = party_make("P-256");
	const struct party *to[] = { &p };
	struct openssl_way way = { .cipher = EVP_aes_256_gcm() };
	struct buffer b = openssl_encrypt(to, 1, &way, "twenty octets of it.", 20);
	struct cms_shape *s = walk(b.data, b.size);
	struct secret cek = SECRET_INIT;
	struct error e = ERROR_INIT;

	memset(s->iv, 'n', sizeof s->iv);
	expect_ok(key_unwrap(p.key, &s->recipients[0], 32, &cek, &e));
	for (size_t nonce = 1; nonce <= 16; nonce++)
		for (size_t tag = 12; tag <= 16; tag++) {
			struct memory_source m;
			struct source source = memory_source(&m, b.data, b.size);
			struct spool *spool = new_spool();

			seal_again(s, &cek, nonce, tag, (unsigned char *)b.data + b.size - 18 - 20, 20);
			expect_ok(cms_open(s, &s->recipients[0], p.key, &source, spool, &e));
			ck_assert_uint_eq(spool_size(spool), 20);
			expect_ok(spool_truncate(spool, &e));
			s->mac[tag - 1] ^= 1;
			source = memory_source(&m, b.data, b.size);
			expect_error(cms_open(s, &s->recipients[0], p.key, &source, spool, &e), ERROR_CMS_UNREADABLE);
			ck_assert_uint_eq(spool_size(spool), 0);
			spool_free(spool);
		}
	secret_done(&cek);
	cms_shape_free(s);
	buffer_done(&b);
	party_done(&p);
}
END_TEST

/* ---- forged ---- */

/* With GCM every changed octet that still walks is noticed, save those that nobody authenticates. */
START_TEST(a_changed_octet_of_gcm_never_gives_other_content)
{
	struct party p = party_make("P-256");
	const struct party *to[] = { &p };
	struct openssl_way way = { .cipher = EVP_aes_128_gcm() };
	struct buffer b = openssl_encrypt(to, 1, &way, "twenty octets of it.", 20);
	size_t opened = 0;

	for (size_t at = 0; at < b.size; at++) {
		struct cms_shape *s = NULL;
		struct buffer plain = BUFFER_INIT(1000);
		struct error e = ERROR_INIT;

		b.data[at] = (char)(b.data[at] ^ 0x10);
		if (try_walk(b.data, b.size, b.size, &s, &e) == 0 && s->type == CMS_AUTH_ENVELOPED) {
			if (try_open(b.data, b.size, 0, p.key, &plain, &e) == 0) {
				ck_octets_eq(plain.data, plain.size, "twenty octets of it.", (size_t)20);
				opened++;
			} else {
				ck_assert_int_eq(e.code, ERROR_CMS_UNREADABLE);
			}
		}
		buffer_done(&plain);
		cms_shape_free(s);
		b.data[at] = (char)(b.data[at] ^ 0x10);
	}
	ck_assert_uint_lt(opened, b.size / 3); /* names, versions, the content type */
	buffer_done(&b);
	party_done(&p);
}
END_TEST

/* Both sides take and refuse the same ciphertexts when the padding is damaged. */
START_TEST(cbc_padding_is_judged_as_openssl_judges_it)
{
	struct party p = party_make("P-256");
	const struct party *to[] = { &p };
	struct openssl_way way = { .cipher = EVP_aes_256_cbc() };
	struct buffer b = openssl_encrypt(to, 1, &way, "0123456789abcdef01234567", 24);
	size_t refused = 0;

	for (unsigned change = 1; change < 256; change++) /* the last octet of the first block turns the padding's */
		for (size_t back = 17; back <= 24; back += 7) {
			struct buffer ours = BUFFER_INIT(1000), theirs;
			struct error e = ERROR_INIT;
			int we, they;

			b.data[b.size - back] = (char)(b.data[b.size - back] ^ (int)change);
			we = try_open(b.data, b.size, 0, p.key, &ours, &e) == 0;
			they = openssl_decrypt(b.data, b.size, &p, &theirs);
			ck_assert_int_eq(we, they);
			if (we) {
				ck_octets_eq(ours.data, ours.size, theirs.data, theirs.size);
			} else {
				ck_assert_int_eq(e.code, ERROR_CMS_UNREADABLE);
				refused++;
			}
			buffer_done(&ours);
			buffer_done(&theirs);
			b.data[b.size - back] = (char)(b.data[b.size - back] ^ (int)change);
		}
	ck_assert_uint_gt(refused, 400);
	buffer_done(&b);
	party_done(&p);
}
END_TEST

/* The object whose last `have` octets are its ciphertext, in BER and with `want` octets of it (more of the last). */
static struct buffer
recut(const struct buffer *b, size_t have, size_t want)
{
	struct buffer ber = berify(b->data, b->size, have), out = BUFFER_INIT(100000);
	struct error e = ERROR_INIT;
	size_t head = ber.size - 5 * 2 - have - 2; /* five end marks, the one segment with its header */

	expect_ok(buffer_append(&out, ber.data, head, &e));
	for (size_t i = 0; i < want; i++) {
		expect_ok(buffer_append(&out, "\x04\x01", 2, &e));
		expect_ok(buffer_append_char(&out, i < have ? ber.data[head + 2 + i] : 'x', &e));
	}
	expect_ok(buffer_append(&out, ber.data + head + 2 + have, ber.size - head - 2 - have, &e));
	buffer_done(&ber);
	return out;
}

START_TEST(cbc_content_of_broken_length_stays_closed)
{
	struct party p = party_make("P-256");
	const struct party *to[] = { &p };
	struct openssl_way way = { .cipher = EVP_aes_256_cbc() };
	struct buffer b = openssl_encrypt(to, 1, &way, "0123456789", 10);
	struct error e = ERROR_INIT;
	struct cms_shape *s = walk(b.data, b.size);

	ck_assert_uint_eq(s->content_size, 16);
	cms_shape_free(s);
	for (size_t n = 0; n < 48; n++) {
		struct buffer cut = recut(&b, 16, n);

		s = walk(cut.data, cut.size);
		ck_assert_uint_eq(s->content_size, n);
		cms_shape_free(s);
		if (n == 16)
			expect_ok(try_open(cut.data, cut.size, 0, p.key, NULL, &e));
		else if (n == 0 || n % 16 != 0) /* whole blocks of rubbish may end in what looks like padding */
			expect_error(try_open(cut.data, cut.size, 0, p.key, NULL, &e), ERROR_CMS_UNREADABLE);
		buffer_done(&cut);
	}
	buffer_done(&b);
	party_done(&p);
}
END_TEST

/* ---- one face for every failure ---- */

static void
failure_of(const struct buffer *b, const struct key *key, struct error *e)
{
	*e = (struct error)ERROR_INIT;
	ck_assert_int_ne(try_open(b->data, b->size, 0, key, NULL, e), 0);
}

START_TEST(every_failure_looks_the_same)
{
	static const char *const kinds[] = { "rsa", "rsa", "P-256" };
	struct error first = ERROR_INIT, e;

	for (size_t i = 0; i < 3; i++) {
		struct party p = party_make(kinds[i]), other = party_make(i < 2 ? "rsa-alice" : "P-256");
		const struct party *to[] = { &p };
		struct openssl_way way = { .cipher = EVP_aes_256_gcm(), .oaep = i == 1 ? EVP_sha256() : NULL };
		struct buffer b = openssl_encrypt(to, 1, &way, "x", 1);
		char *key_at = memmem(b.data, b.size, "\x04\x82\x01\x00", 4);

		failure_of(&b, other.key, &e); /* wrong key */
		if (first.code == ERROR_NONE)
			first = e;
		ck_assert_int_eq(e.code, ERROR_CMS_UNREADABLE);
		ck_assert_str_eq(e.detail, first.detail);
		b.data[b.size - 1] ^= 1; /* wrong tag */
		failure_of(&b, p.key, &e);
		ck_assert_int_eq(e.code, ERROR_CMS_UNREADABLE);
		ck_assert_str_eq(e.detail, first.detail);
		b.data[b.size - 1] ^= 1;
		if (key_at != NULL) {
			key_at[50] ^= 1; /* wrong encrypted key: bad padding */
			failure_of(&b, p.key, &e);
			ck_assert_int_eq(e.code, ERROR_CMS_UNREADABLE);
			ck_assert_str_eq(e.detail, first.detail);
		}
		buffer_done(&b);
		party_done(&p);
		party_done(&other);
	}
}
END_TEST

/* ---- this machine's own faults keep their names ---- */

struct attempt {
	struct buffer b;
	struct party p;
	struct cms_shape *shape;
};

static int
open_once(void *ctx, struct error *e)
{
	const struct spool_settings settings = { .memory = 100000, .max = 100000 };
	struct attempt *a = ctx;
	struct memory_source m;
	struct source source = memory_source(&m, a->b.data, a->b.size);
	struct spool *spool = spool_new(&settings, e);
	int rc;

	if (spool == NULL)
		return -1;
	rc = cms_open(a->shape, &a->shape->recipients[0], a->p.key, &source, spool, e);
	if (rc != 0)
		ck_assert_uint_eq(spool_size(spool), 0);
	spool_free(spool);
	return rc;
}

START_TEST(memory_that_runs_out_is_no_unreadable_message)
{
	static const char *const kinds[] = { "rsa", "P-384" };

	for (size_t i = 0; i < 4; i++) {
		struct attempt a = { .p = party_make(kinds[i % 2]) };
		const struct party *to[] = { &a.p };
		struct openssl_way way = { .cipher = i < 2 ? EVP_aes_256_gcm() : EVP_aes_128_cbc(),
			.oaep = i == 2 ? EVP_sha256() : NULL, .ukm = "u" };

		a.b = openssl_encrypt(to, 1, &way, "some content", 12);
		a.shape = walk(a.b.data, a.b.size);
		each_allocation_fails(open_once, &a);
		cms_shape_free(a.shape);
		buffer_done(&a.b);
		party_done(&a.p);
	}
}
END_TEST

START_TEST(a_full_spool_keeps_its_own_error_and_is_emptied)
{
	const struct spool_settings settings = { .memory = 1000, .max = 1000 };
	struct party p = party_make("P-256");
	const struct party *to[] = { &p };
	struct openssl_way way = { .cipher = EVP_aes_256_cbc() };
	struct buffer content = pattern(1001), b = openssl_encrypt(to, 1, &way, content.data, content.size);
	struct cms_shape *s = walk(b.data, b.size);
	struct memory_source m;
	struct source source = memory_source(&m, b.data, b.size);
	struct error e = ERROR_INIT;
	struct spool *spool = spool_new(&settings, &e);

	expect_error(cms_open(s, &s->recipients[0], p.key, &source, spool, &e), ERROR_TOO_LARGE);
	ck_assert_uint_eq(spool_size(spool), 0);
	expect_ok(spool_write(spool, "x", 1, &e));
	expect_error(cms_open(s, &s->recipients[0], p.key, &source, spool, &e), ERROR_INTERNAL);
	ck_assert_uint_eq(spool_size(spool), 1);
	spool_free(spool);
	cms_shape_free(s);
	buffer_done(&content);
	buffer_done(&b);
	party_done(&p);
}
END_TEST

START_TEST(an_object_cut_on_its_second_reading_is_an_error)
{
	struct party p = party_make("P-256");
	const struct party *to[] = { &p };
	struct openssl_way way = { .cipher = EVP_aes_128_gcm() };
	struct buffer b = openssl_encrypt(to, 1, &way, "some content", 12);
	struct cms_shape *s = walk(b.data, b.size);
	struct spool *spool = new_spool();

	for (size_t n = 0; n < b.size - 18; n++) { /* behind the content comes the tag, which is in the shape */
		struct memory_source m;
		struct source source = memory_source(&m, b.data, n);
		struct error e = ERROR_INIT;

		expect_error(cms_open(s, &s->recipients[0], p.key, &source, spool, &e), ERROR_CMS_SYNTAX);
		ck_assert_uint_eq(spool_size(spool), 0);
	}
	spool_free(spool);
	cms_shape_free(s);
	buffer_done(&b);
	party_done(&p);
}
END_TEST

Suite *
suite_cms_open(void)
{
	Suite *s = suite_create("cms_open");
	TCase *t = tcase_create("cms_open");

	tcase_add_test(t, gcm_opens_with_tags_of_12_to_16_octets_and_no_shorter);
	tcase_add_test(t, authenticated_attributes_count_and_cbc_is_no_gcm);
	tcase_add_test(t, the_envelopes_of_rfc_4134_open_or_stay_closed);
	tcase_add_test(t, malformed_recipients_stay_closed_without_harm);
	tcase_add_test(t, a_key_wrapped_with_triple_des_opens);
	tcase_add_loop_test(t, what_openssl_encrypts_opens_to_the_same_octets, 0, (int)(sizeof ways / sizeof ways[0]));
	tcase_add_test(t, each_of_several_recipients_opens_it_and_nobody_else);
	tcase_add_test(t, the_loosest_ber_opens_as_der_does);
	tcase_add_test(t, attributes_in_ber_are_authenticated_as_der);
	tcase_add_test(t, nonces_of_1_to_16_octets_and_tags_of_12_to_16_do);
	tcase_add_test(t, a_changed_octet_of_gcm_never_gives_other_content);
	tcase_add_test(t, cbc_padding_is_judged_as_openssl_judges_it);
	tcase_add_test(t, cbc_content_of_broken_length_stays_closed);
	tcase_add_test(t, every_failure_looks_the_same);
	tcase_add_test(t, memory_that_runs_out_is_no_unreadable_message);
	tcase_add_test(t, a_full_spool_keeps_its_own_error_and_is_emptied);
	tcase_add_test(t, an_object_cut_on_its_second_reading_is_an_error);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}
