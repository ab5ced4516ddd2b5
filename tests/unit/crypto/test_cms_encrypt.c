/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "crypto/cms_encrypt.h"
#include "crypto/der_private.h"
#include "tests/unit/crypto/cms_support.h"

Suite *suite_cms_encrypt(void);

static const size_t sizes[] = { 0, 1, 15, 16, 17, 127, 128, 16384, 100000 };

static const struct profile ways[] = {
	{ "aes-128-cbc v1.5", CIPHER_AES128_CBC, TRANSPORT_RSA_V15, DIGEST_NONE, false },
	{ "aes-192-cbc oaep sha1", CIPHER_AES192_CBC, TRANSPORT_RSA_OAEP, DIGEST_SHA1, false },
	{ "aes-256-cbc oaep sha256", CIPHER_AES256_CBC, TRANSPORT_RSA_OAEP, DIGEST_SHA256, false },
	{ "aes-128-gcm oaep sha384", CIPHER_AES128_GCM, TRANSPORT_RSA_OAEP, DIGEST_SHA384, false },
	{ "aes-192-gcm oaep sha512", CIPHER_AES192_GCM, TRANSPORT_RSA_OAEP, DIGEST_SHA512, false },
	{ "aes-256-gcm v1.5", CIPHER_AES256_GCM, TRANSPORT_RSA_V15, DIGEST_NONE, false },
};

#define WAYS (int)(sizeof ways / sizeof ways[0])

static int
try_encrypt(const struct party *const *to, size_t count, const struct profile *profile, const void *content,
    size_t n, struct buffer *out, struct error *e)
{
	struct certificates list = { NULL, 0 };
	struct slow_source slow;
	struct source source = slow_source(&slow, content, n, 5000);
	struct sink sink = buffer_sink(out);
	int rc;

	for (size_t i = 0; i < count; i++)
		expect_ok_(certificates_add(&list, to[i]->certificate, e), e, __FILE__, __LINE__);
	rc = cms_encrypt(&list, profile, &source, n, &sink, e);
	certificates_done(&list);
	return rc;
}

static struct buffer
encrypt(const struct party *const *to, size_t count, const struct profile *profile, const void *content, size_t n)
{
	struct buffer out = BUFFER_INIT(10000000);
	struct error e = ERROR_INIT;

	expect_ok(try_encrypt(to, count, profile, content, n, &out, &e));
	return out;
}

/* Everything definite and as short as can be: that our own strict reader of DER goes through it says so. */
static void
is_der(struct der_reader r)
{
	struct der_element x;

	while (r.size != 0) {
		ck_assert(der_next(&r, &x));
		if ((x.tag & 0x20) != 0)
			is_der(der_enter(&x));
	}
}

static const char *const kinds[] = { "rsa", "P-256", "P-384", "P-521" };

START_TEST(openssl_and_we_decrypt_what_we_encrypt)
{
	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
		struct party p = party_make(kinds[k]);
		const struct party *to[] = { &p };

		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
			struct buffer content = pattern(sizes[i]);
			struct buffer b = encrypt(to, 1, &ways[_i], content.data, content.size);
			struct buffer ours = BUFFER_INIT(1000000), theirs;
			struct error e = ERROR_INIT;

			ck_assert_int_eq(openssl_decrypt(b.data, b.size, &p, &theirs), 1);
			ck_octets_eq(theirs.data, theirs.size, content.data, content.size);
			expect_ok(try_open(b.data, b.size, 0, p.key, &ours, &e));
			ck_octets_eq(ours.data, ours.size, content.data, content.size);
			is_der((struct der_reader){ (const unsigned char *)b.data, b.size });
			buffer_done(&theirs);
			buffer_done(&ours);
			buffer_done(&b);
			buffer_done(&content);
		}
		party_done(&p);
	}
}
END_TEST

START_TEST(what_is_written_is_what_the_profile_says)
{
	struct party p[] = { party_make("rsa"), party_make("P-256"), party_make("P-384"), party_make("P-521") };
	const struct party *to[] = { &p[0], &p[1], &p[2], &p[3] };
	const struct profile *way = &ways[_i];
	struct buffer b = encrypt(to, 4, way, "x", 1);
	struct cms_shape *s = walk(b.data, b.size);
	bool gcm = cipher_is_authenticated(way->cipher);

	ck_assert_int_eq(s->type, gcm ? CMS_AUTH_ENVELOPED : CMS_ENVELOPED);
	ck_assert_uint_eq(s->version, gcm ? 0 : 2);
	ck_assert_int_eq(s->cipher, way->cipher);
	ck_assert(s->content_is_data);
	ck_assert_ptr_null(s->unusable);
	if (gcm)
		ck_assert(s->iv_size == 12 && s->icv_size == 16 && s->mac_size == 16);
	ck_assert(!s->has_authenticated_attributes);
	ck_assert_uint_eq(s->recipient_count, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct recipient_info *ri = &s->recipients[i];
		size_t who = 0;

		while (who < 4 && strcmp(ri->name.issuer_serial, certificate_issuer_serial(p[who].certificate)) != 0)
			who++;
		ck_assert_uint_lt(who, 4);
		ck_assert_ptr_null(ri->unusable);
		ck_assert_int_eq(ri->transport, who == 0 ? way->rsa_transport : TRANSPORT_ECDH);
		if (who == 0 && way->rsa_transport == TRANSPORT_RSA_OAEP) {
			ck_assert_int_eq(ri->oaep_digest, way->oaep_digest);
			ck_assert_int_eq(ri->oaep_mgf_digest, way->oaep_digest);
		} else if (who != 0) {
			static const enum digest_algorithm kdf[] = { DIGEST_NONE, DIGEST_SHA256, DIGEST_SHA384,
				DIGEST_SHA512 };

			ck_assert_int_eq(ri->kdf_digest, kdf[who]);
			ck_assert_uint_eq(ri->wrap_key_size, cipher_key_size(way->cipher));
		}
	}
	cms_shape_free(s);
	buffer_done(&b);
	for (size_t i = 0; i < 4; i++)
		party_done(&p[i]);
}
END_TEST

START_TEST(an_envelope_for_rsa_alone_is_version_0)
{
	struct party p = party_make("rsa");
	const struct party *to[] = { &p };
	struct buffer b = encrypt(to, 1, &ways[0], "x", 1);
	struct cms_shape *s = walk(b.data, b.size);

	ck_assert_uint_eq(s->version, 0);
	cms_shape_free(s);
	buffer_done(&b);
	party_done(&p);
}
END_TEST

/* X.690 11.6, and so the order says nothing about who was named first. */
START_TEST(recipient_infos_stand_in_the_order_of_der)
{
	struct party p[8];
	const struct party *to[8];
	struct buffer b;
	struct der_element x, previous = { .whole = NULL };
	struct der_reader r, infos;

	for (size_t i = 0; i < 8; i++) {
		p[i] = party_make(i % 2 == 0 ? "P-256" : "rsa");
		to[i] = &p[i];
	}
	b = encrypt(to, 8, &ways[5], "x", 1);
	ck_assert(der_sole(b.data, b.size, DER_SEQUENCE, &x));
	r = der_enter(&x);
	ck_assert(der_next(&r, &x) && der_next(&r, &x)); /* type, [0] */
	ck_assert(der_sole(x.data, x.size, DER_SEQUENCE, &x));
	r = der_enter(&x);
	ck_assert(der_next(&r, &x) && der_expect(&r, DER_SET, &x));
	infos = der_enter(&x);
	while (der_next(&infos, &x)) {
		if (previous.whole != NULL)
			ck_assert_int_le(memcmp(previous.whole, x.whole,
			    previous.whole_size < x.whole_size ? previous.whole_size : x.whole_size), 0);
		previous = x;
	}
	buffer_done(&b);
	for (size_t i = 0; i < 8; i++)
		party_done(&p[i]);
}
END_TEST

START_TEST(two_encryptions_share_nothing_secret)
{
	struct party p = party_make("P-256");
	const struct party *to[] = { &p };
	struct buffer a = encrypt(to, 1, &ways[5], "same", 4), b = encrypt(to, 1, &ways[5], "same", 4);
	struct cms_shape *x = walk(a.data, a.size), *y = walk(b.data, b.size);

	ck_assert_mem_ne(x->iv, y->iv, 12);
	ck_assert_mem_ne(x->recipients[0].originator_key.data, y->recipients[0].originator_key.data, 65);
	ck_assert_mem_ne(x->recipients[0].encrypted_key.data, y->recipients[0].encrypted_key.data, 40);
	cms_shape_free(x);
	cms_shape_free(y);
	buffer_done(&a);
	buffer_done(&b);
	party_done(&p);
}
END_TEST

static EVP_PKEY *
generate(const char *type, size_t bits)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	ck_assert_int_eq(EVP_PKEY_keygen_init(ctx), 1);
	if (bits != 0)
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits), 1);
	ck_assert_int_eq(EVP_PKEY_generate(ctx, &key), 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

START_TEST(keys_that_cannot_or_should_not_encrypt_are_refused)
{
	struct party good = party_make("P-256");
	EVP_PKEY *keys[] = { generate("RSA", 1024), generate("RSA-PSS", 2048), EVP_EC_gen("secp256k1"),
		EVP_EC_gen("P-224") };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct party bad = party_of(keys[i]);
		const struct party *to[] = { &good, &bad };
		struct buffer out = BUFFER_INIT(100000);
		struct error e = ERROR_INIT;

		expect_error(try_encrypt(to, 2, &ways[0], "x", 1, &out, &e), ERROR_CERTIFICATE_UNUSABLE);
		ck_assert_uint_eq(out.size, 0);
		buffer_done(&out);
		party_done(&bad);
	}
	party_done(&good);
}
END_TEST

START_TEST(no_recipients_weak_ciphers_and_short_content_are_errors)
{
	static const struct profile weak = { "weak", CIPHER_DES_EDE3_CBC, TRANSPORT_RSA_V15, DIGEST_NONE, false };
	struct party p = party_make("P-256");
	const struct party *to[] = { &p };
	struct certificates list = { NULL, 0 };
	struct buffer out = BUFFER_INIT(100000);
	struct sink sink = buffer_sink(&out);
	struct memory_source m;
	struct source source = memory_source(&m, "ten octets", 10);
	struct error e = ERROR_INIT;

	expect_error(cms_encrypt(&list, &ways[0], &source, 10, &sink, &e), ERROR_INTERNAL);
	expect_error(try_encrypt(to, 1, &weak, "x", 1, &out, &e), ERROR_ALGORITHM);
	ck_assert_uint_eq(out.size, 0);
	expect_ok(certificates_add(&list, p.certificate, &e));
	expect_error(cms_encrypt(&list, &ways[0], &source, 11, &sink, &e), ERROR_INTERNAL);
	source = memory_source(&m, "ten octets", 10);
	expect_error(cms_encrypt(&list, &ways[0], &source, UINT64_MAX, &sink, &e), ERROR_TOO_LARGE);
	source = memory_source(&m, "ten octets", 10);
	expect_ok(cms_encrypt(&list, &ways[0], &source, 4, &sink, &e));
	ck_assert_uint_eq(m.position, 4);
	certificates_done(&list);
	buffer_done(&out);
	party_done(&p);
}
END_TEST

START_TEST(a_sink_that_fails_ends_it)
{
	struct party p = party_make("P-256");
	const struct party *to[] = { &p };
	struct buffer whole = encrypt(to, 1, &ways[5], "some content", 12);

	for (size_t room = 0; room < whole.size - 8; room++) {
		struct buffer out = BUFFER_INIT(room);
		struct error e = ERROR_INIT;

		expect_error(try_encrypt(to, 1, &ways[5], "some content", 12, &out, &e), ERROR_TOO_LARGE);
		buffer_done(&out);
	}
	buffer_done(&whole);
	party_done(&p);
}
END_TEST

struct attempt {
	struct certificates list;
	const struct profile *way;
};

static int
encrypt_once(void *ctx, struct error *e)
{
	struct attempt *a = ctx;
	struct sink sink = sink_null();
	struct memory_source m;
	struct source source = memory_source(&m, "content", 7);

	return cms_encrypt(&a->list, a->way, &source, 7, &sink, e);
}

START_TEST(memory_that_runs_out_is_an_error)
{
	struct party rsa = party_make("rsa"), ec = party_make("P-256");
	struct attempt a = { .way = &ways[_i] };
	struct error e = ERROR_INIT;

	expect_ok(certificates_add(&a.list, rsa.certificate, &e));
	expect_ok(certificates_add(&a.list, ec.certificate, &e));
	each_allocation_fails(encrypt_once, &a);
	certificates_done(&a.list);
	party_done(&rsa);
	party_done(&ec);
}
END_TEST

Suite *
suite_cms_encrypt(void)
{
	Suite *s = suite_create("cms_encrypt");
	TCase *t = tcase_create("cms_encrypt");

	tcase_add_loop_test(t, openssl_and_we_decrypt_what_we_encrypt, 0, WAYS);
	tcase_add_loop_test(t, what_is_written_is_what_the_profile_says, 0, WAYS);
	tcase_add_test(t, an_envelope_for_rsa_alone_is_version_0);
	tcase_add_test(t, recipient_infos_stand_in_the_order_of_der);
	tcase_add_test(t, two_encryptions_share_nothing_secret);
	tcase_add_test(t, keys_that_cannot_or_should_not_encrypt_are_refused);
	tcase_add_test(t, no_recipients_weak_ciphers_and_short_content_are_errors);
	tcase_add_test(t, a_sink_that_fails_ends_it);
	tcase_add_loop_test(t, memory_that_runs_out_is_an_error, 0, WAYS);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}
