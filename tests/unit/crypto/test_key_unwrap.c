/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "crypto/cms_encrypt.h"
#include "tests/unit/crypto/cms_support.h"

Suite *suite_key_unwrap(void);

#define CEK_SIZE 32
static const unsigned char cek[CEK_SIZE] = "0123456789abcdef0123456789abcde";

/* ---- RSA PKCS#1 v1.5 ---- */

/* The RSA operation over a block as it is, padding and all. */
static size_t
encrypt_block(EVP_PKEY *key, const unsigned char *block, size_t n, unsigned char *out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	size_t size = (size_t)EVP_PKEY_get_size(key);

	ck_assert_int_eq(EVP_PKEY_encrypt_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_encrypt(ctx, out, &size, block, n), 1);
	EVP_PKEY_CTX_free(ctx);
	return size;
}

/* 00 02, padding, 00, the key. */
static void
good_block(unsigned char *block, size_t n)
{
	memset(block, 0xaa, n);
	block[0] = 0;
	block[1] = 2;
	block[n - CEK_SIZE - 1] = 0;
	memcpy(block + n - CEK_SIZE, cek, CEK_SIZE);
}

static int
unwrap_v15(const struct key *key, const unsigned char *encrypted, size_t n, struct secret *out, struct error *e)
{
	struct recipient_info ri = { .kind = RECIPIENT_KEY_TRANSPORT, .transport = TRANSPORT_RSA_V15,
		.encrypted_key = { encrypted, n } };

	return key_unwrap(key, &ri, CEK_SIZE, out, e);
}

static bool
unwraps_block(const struct party *p, const unsigned char *block, size_t n)
{
	unsigned char encrypted[1024];
	size_t size = encrypt_block(p->evp, block, n, encrypted);
	struct secret out = SECRET_INIT;
	struct error e = ERROR_INIT;
	bool same;

	expect_ok(unwrap_v15(p->key, encrypted, size, &out, &e));
	ck_assert_uint_eq(out.size, CEK_SIZE);
	same = memcmp(out.data, cek, CEK_SIZE) == 0;
	secret_done(&out);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	return same;
}

START_TEST(a_good_block_gives_its_key)
{
	struct party p = party_make("rsa");
	unsigned char block[256];

	good_block(block, sizeof block);
	ck_assert(unwraps_block(&p, block, sizeof block));
	party_done(&p);
}
END_TEST

/* RFC 8017 7.2.2, octet by octet: whatever is wrong, success and another key. */
START_TEST(every_bad_block_gives_some_other_key_and_success)
{
	struct party p = party_make("rsa");
	unsigned char block[256];
	size_t separator = sizeof block - CEK_SIZE - 1;

	for (size_t i = 0; i <= separator; i++) {
		if (i > 12 && i < separator - 3 && i % 16 != 0)
			continue;
		good_block(block, sizeof block);
		if (i == 0)
			block[i] = 1;
		else if (i == 1 || i == separator)
			block[i] = 0xff;
		else
			block[i] = 0; /* the separator too early: a longer key than asked for */
		ck_assert(!unwraps_block(&p, block, sizeof block));
	}
	memset(block, 0, sizeof block);
	ck_assert(!unwraps_block(&p, block, sizeof block));
	good_block(block, sizeof block);
	block[1] = 1;
	ck_assert(!unwraps_block(&p, block, sizeof block));
	party_done(&p);
}
END_TEST

START_TEST(a_key_of_another_length_gives_some_other_key_and_success)
{
	struct party p = party_make("rsa");
	unsigned char block[256], encrypted[256];
	struct secret out = SECRET_INIT;
	struct error e = ERROR_INIT;
	struct recipient_info ri = { .transport = TRANSPORT_RSA_V15, .encrypted_key = { encrypted, 256 } };

	good_block(block, sizeof block);
	encrypt_block(p.evp, block, sizeof block, encrypted);
	for (size_t size = 16; size <= 24; size += 8) {
		expect_ok(key_unwrap(p.key, &ri, size, &out, &e));
		ck_assert_uint_eq(out.size, size);
		ck_assert_mem_ne(out.data, cek + CEK_SIZE - size, size);
		secret_done(&out);
	}
	party_done(&p);
}
END_TEST

START_TEST(ciphertexts_that_are_no_ciphertexts_give_some_key_and_success)
{
	struct party p = party_make("rsa");
	static const size_t lengths[] = { 0, 1, 255, 256, 257, 1000 };
	unsigned char encrypted[1000];
	struct secret out = SECRET_INIT, again = SECRET_INIT;
	struct error e = ERROR_INIT;

	memset(encrypted, 0xff, sizeof encrypted); /* with 256 octets: larger than the modulus */
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		expect_ok(unwrap_v15(p.key, encrypted, lengths[i], &out, &e));
		expect_ok(unwrap_v15(p.key, encrypted, lengths[i], &again, &e));
		ck_assert_uint_eq(out.size, CEK_SIZE);
		ck_assert_mem_ne(out.data, again.data, CEK_SIZE); /* random each time */
		secret_done(&out);
		secret_done(&again);
		ck_assert_uint_eq(ERR_peek_error(), 0);
	}
	party_done(&p);
}
END_TEST

/* ---- the others ---- */

static int
try_one(const struct recipient_info *ri, const struct key *key, size_t size, struct error *e)
{
	struct secret out = SECRET_INIT;
	int rc = key_unwrap(key, ri, size, &out, e);

	ck_assert_int_eq(rc == 0, out.data != NULL);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	secret_done(&out);
	return rc;
}

static struct cms_shape *
shape_for(const struct party *p, const struct profile *way)
{
	struct certificates list = { NULL, 0 };
	struct buffer b = BUFFER_INIT(100000);
	struct sink sink = buffer_sink(&b);
	struct memory_source m;
	struct source source = memory_source(&m, "x", 1);
	struct error e = ERROR_INIT;
	struct cms_shape *s;

	expect_ok(certificates_add(&list, p->certificate, &e));
	expect_ok(cms_encrypt(&list, way, &source, 1, &sink, &e));
	s = walk(b.data, b.size);
	certificates_done(&list);
	buffer_done(&b);
	return s;
}

START_TEST(oaep_wants_its_own_parameters)
{
	struct party p = party_make("rsa");
	struct cms_shape *s = shape_for(&p, profile_get(PROFILE_MODERN));
	struct recipient_info ri = s->recipients[0];
	struct error e = ERROR_INIT;

	expect_ok(try_one(&ri, p.key, 32, &e));
	expect_error(try_one(&ri, p.key, 16, &e), ERROR_CMS_UNREADABLE);
	ri.oaep_digest = DIGEST_SHA1;
	expect_error(try_one(&ri, p.key, 32, &e), ERROR_CMS_UNREADABLE);
	ri = s->recipients[0];
	ri.oaep_mgf_digest = DIGEST_SHA512;
	expect_error(try_one(&ri, p.key, 32, &e), ERROR_CMS_UNREADABLE);
	ri = s->recipients[0];
	ri.oaep_label = (struct octets){ (const unsigned char *)"label", 5 };
	expect_error(try_one(&ri, p.key, 32, &e), ERROR_CMS_UNREADABLE);
	ri = s->recipients[0];
	ri.encrypted_key.size--;
	expect_error(try_one(&ri, p.key, 32, &e), ERROR_CMS_UNREADABLE);
	cms_shape_free(s);
	party_done(&p);
}
END_TEST

static void
refuses_point(const struct party *p, const struct recipient_info *ri, const void *point, size_t n)
{
	struct recipient_info other = *ri;
	struct error e = ERROR_INIT;

	other.originator_key = (struct octets){ point, n };
	expect_error(try_one(&other, p->key, 32, &e), ERROR_CMS_UNREADABLE);
}

START_TEST(the_originators_point_must_lie_on_our_curve)
{
	struct party p = party_make("P-256"), larger = party_make("P-384");
	struct cms_shape *s = shape_for(&p, profile_get(PROFILE_MODERN));
	struct recipient_info *ri = &s->recipients[0];
	unsigned char point[65], *foreign = NULL;
	struct error e = ERROR_INIT;
	size_t n = EVP_PKEY_get1_encoded_public_key(larger.evp, &foreign);

	expect_ok(try_one(ri, p.key, 32, &e));
	ck_assert_uint_eq(ri->originator_key.size, sizeof point);
	memcpy(point, ri->originator_key.data, sizeof point);
	for (size_t i = 1; i < sizeof point; i += 8) { /* off the curve */
		point[i] ^= 1;
		refuses_point(&p, ri, point, sizeof point);
		point[i] ^= 1;
	}
	for (size_t i = 0; i < sizeof point; i++)
		refuses_point(&p, ri, point, i);
	refuses_point(&p, ri, "\0", 1); /* the point at infinity */
	point[0] = (unsigned char)(6 | (point[64] & 1)); /* the hybrid form */
	refuses_point(&p, ri, point, sizeof point);
	refuses_point(&p, ri, foreign, n);
	OPENSSL_free(foreign);
	cms_shape_free(s);
	party_done(&p);
	party_done(&larger);
}
END_TEST

START_TEST(a_compressed_point_is_the_same_point)
{
	struct party p = party_make("P-256");
	struct cms_shape *s = shape_for(&p, profile_get(PROFILE_MODERN));
	struct recipient_info ri = s->recipients[0];
	unsigned char point[33];
	struct error e = ERROR_INIT;

	memcpy(point, ri.originator_key.data, sizeof point);
	point[0] = (unsigned char)(2 | (ri.originator_key.data[64] & 1));
	ri.originator_key = (struct octets){ point, sizeof point };
	expect_ok(try_one(&ri, p.key, 32, &e));
	cms_shape_free(s);
	party_done(&p);
}
END_TEST

START_TEST(everything_about_the_agreement_counts)
{
	static const unsigned char p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	static const unsigned char p384[] = { 6, 5, 0x2b, 0x81, 4, 0, 34 };
	struct party p = party_make("P-256");
	struct cms_shape *s = shape_for(&p, profile_get(PROFILE_MODERN));
	struct recipient_info ri = s->recipients[0];
	struct error e = ERROR_INIT;

	ri.originator_parameters = (struct octets){ p256, sizeof p256 };
	expect_ok(try_one(&ri, p.key, 32, &e));
	ri.originator_parameters = (struct octets){ p384, sizeof p384 };
	expect_error(try_one(&ri, p.key, 32, &e), ERROR_CMS_UNREADABLE);
	ri = s->recipients[0];
	ri.has_ukm = true;
	expect_error(try_one(&ri, p.key, 32, &e), ERROR_CMS_UNREADABLE);
	ri = s->recipients[0];
	ri.kdf_digest = DIGEST_SHA384;
	expect_error(try_one(&ri, p.key, 32, &e), ERROR_CMS_UNREADABLE);
	ri = s->recipients[0];
	ri.wrap_key_size = 16;
	expect_error(try_one(&ri, p.key, 32, &e), ERROR_CMS_UNREADABLE);
	ri = s->recipients[0];
	ri.encrypted_key.size -= 8;
	expect_error(try_one(&ri, p.key, 24, &e), ERROR_CMS_UNREADABLE);
	ri = s->recipients[0];
	expect_error(try_one(&ri, p.key, 16, &e), ERROR_CMS_UNREADABLE);
	expect_ok(try_one(&ri, p.key, 32, &e));
	cms_shape_free(s);
	party_done(&p);
}
END_TEST

START_TEST(keys_of_another_kind_and_unusable_infos_are_refused)
{
	struct party rsa = party_make("rsa"), ec = party_make("P-256");
	struct cms_shape *r = shape_for(&rsa, profile_get(PROFILE_COMPATIBLE));
	struct cms_shape *o = shape_for(&rsa, profile_get(PROFILE_MODERN));
	struct cms_shape *a = shape_for(&ec, profile_get(PROFILE_MODERN));
	struct error e = ERROR_INIT;

	expect_error(try_one(&r->recipients[0], ec.key, 32, &e), ERROR_CMS_UNREADABLE);
	expect_error(try_one(&o->recipients[0], ec.key, 32, &e), ERROR_CMS_UNREADABLE);
	expect_error(try_one(&a->recipients[0], rsa.key, 32, &e), ERROR_CMS_UNREADABLE);
	r->recipients[0].unusable = "parameters";
	expect_error(try_one(&r->recipients[0], rsa.key, 32, &e), ERROR_CMS_UNREADABLE);
	expect_error(try_one(&o->recipients[0], rsa.key, 0, &e), ERROR_CMS_UNREADABLE);
	cms_shape_free(r);
	cms_shape_free(o);
	cms_shape_free(a);
	party_done(&rsa);
	party_done(&ec);
}
END_TEST

/* ---- a key that somebody else holds ---- */

struct holder_state {
	size_t give; /* octets */
	int calls, released;
};

static int
held_unwrap(void *ctx, const struct recipient_info *ri, size_t cek_size, struct secret *out, struct error *e)
{
	struct holder_state *state = ctx;

	ck_assert_int_eq(ri->transport, TRANSPORT_RSA_V15);
	ck_assert_uint_eq(cek_size, CEK_SIZE);
	state->calls++;
	return secret_copy(out, cek, state->give, e);
}

static int
held_sign(void *ctx, enum signature_scheme scheme, const void *tbs, size_t n, struct buffer *out, struct error *e)
{
	(void)ctx;
	(void)scheme;
	(void)tbs;
	(void)n;
	(void)out;
	return error_set(e, ERROR_INTERNAL, "not asked for");
}

static void
held_release(void *ctx)
{
	((struct holder_state *)ctx)->released++;
}

START_TEST(a_held_key_is_asked_and_its_answer_measured)
{
	static const struct key_holder holder = { held_sign, held_unwrap, held_release };
	struct holder_state state = { .give = CEK_SIZE };
	struct recipient_info ri = { .transport = TRANSPORT_RSA_V15 };
	struct party p = party_make("rsa");
	struct secret out = SECRET_INIT;
	struct error e = ERROR_INIT;
	struct key *key = NULL;

	expect_ok(key_held(&holder, &state, p.certificate, &key, &e));
	expect_ok(key_unwrap(key, &ri, CEK_SIZE, &out, &e));
	ck_assert_mem_eq(out.data, cek, CEK_SIZE);
	secret_done(&out);
	state.give = CEK_SIZE - 1;
	expect_error(key_unwrap(key, &ri, CEK_SIZE, &out, &e), ERROR_CMS_UNREADABLE);
	ck_assert_ptr_null(out.data);
	ck_assert_int_eq(state.calls, 2);
	key_unref(key);
	ck_assert_int_eq(state.released, 1);
	party_done(&p);
}
END_TEST

Suite *
suite_key_unwrap(void)
{
	Suite *s = suite_create("key_unwrap");
	TCase *t = tcase_create("key_unwrap");

	tcase_add_test(t, a_good_block_gives_its_key);
	tcase_add_test(t, every_bad_block_gives_some_other_key_and_success);
	tcase_add_test(t, a_key_of_another_length_gives_some_other_key_and_success);
	tcase_add_test(t, ciphertexts_that_are_no_ciphertexts_give_some_key_and_success);
	tcase_add_test(t, oaep_wants_its_own_parameters);
	tcase_add_test(t, the_originators_point_must_lie_on_our_curve);
	tcase_add_test(t, a_compressed_point_is_the_same_point);
	tcase_add_test(t, everything_about_the_agreement_counts);
	tcase_add_test(t, keys_of_another_kind_and_unusable_infos_are_refused);
	tcase_add_test(t, a_held_key_is_asked_and_its_answer_measured);
	suite_add_tcase(s, t);
	return s;
}
