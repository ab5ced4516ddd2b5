/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "tests/unit/support.h"

Suite *suite_digest(void);

static const enum digest_algorithm all[] = { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA224, DIGEST_SHA256, DIGEST_SHA384,
	DIGEST_SHA512, DIGEST_SHAKE256 };

/* The vectors of FIPS 180-4, FIPS 202 and RFC 1321 for "abc". */
static const char *const of_abc[] = {
	"900150983cd24fb0d6963f7d28e17f72",
	"a9993e364706816aba3e25717850c26c9cd0d89d",
	"23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
	("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"),
	("483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739"
	"d5a15bef186a5386c75744c0527e1faa9f8726e462a12a4feb06bd8801e751e4"),
};

START_TEST(known_answers_come_out)
{
	struct error e = ERROR_INIT;
	unsigned char raw[DIGEST_MAX];
	char text[2 * DIGEST_MAX + 1];

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		expect_ok(digest_of(all[i], "abc", 3, raw, &e));
		hex_encode(raw, digest_size(all[i]), text);
		ck_assert_str_eq(text, of_abc[i]);
	}
}
END_TEST

START_TEST(pieces_and_sources_digest_as_the_whole)
{
	struct error e = ERROR_INIT;
	unsigned char whole[DIGEST_MAX], pieces[DIGEST_MAX], source[DIGEST_MAX];
	char data[1000];

	memset(data, 'x', sizeof data);
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct digest *d = digest_new(all[i], &e);
		struct slow_source slow;
		struct source s = slow_source(&slow, data, sizeof data, 7);

		expect_ok(digest_of(all[i], data, sizeof data, whole, &e));
		for (size_t at = 0; at < sizeof data; at += 100)
			expect_ok(digest_update(d, data + at, 100, &e));
		expect_ok(digest_update(d, NULL, 0, &e));
		expect_ok(digest_final(d, pieces, &e));
		digest_free(d);
		expect_ok(digest_source(all[i], &s, source, &e));
		ck_assert_mem_eq(whole, pieces, digest_size(all[i]));
		ck_assert_mem_eq(whole, source, digest_size(all[i]));
	}
}
END_TEST

START_TEST(nothing_has_the_digest_of_nothing)
{
	struct error e = ERROR_INIT;
	char text[SHA256_TEXT];

	expect_ok(digest_sha256_text(NULL, 0, text, &e));
	ck_assert_str_eq(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

START_TEST(hmac_is_that_of_rfc_4231)
{
	struct error e = ERROR_INIT;
	unsigned char raw[SHA256_SIZE];
	char text[SHA256_TEXT];

	expect_ok(hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, raw, &e));
	hex_encode(raw, sizeof raw, text);
	ck_assert_str_eq(text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	expect_ok(hmac_sha256(NULL, 0, NULL, 0, raw, &e));
	hex_encode(raw, sizeof raw, text);
	ck_assert_str_eq(text, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}
END_TEST

START_TEST(weak_ones_are_marked)
{
	ck_assert(digest_is_weak(DIGEST_MD5) && digest_is_weak(DIGEST_SHA1) && digest_is_weak(DIGEST_SHA224));
	ck_assert(!digest_is_weak(DIGEST_SHA256) && !digest_is_weak(DIGEST_SHA384) && !digest_is_weak(DIGEST_SHA512));
	ck_assert(digest_is_weak(DIGEST_NONE));
}
END_TEST

START_TEST(no_digest_is_an_error)
{
	struct error e = ERROR_INIT;
	unsigned char raw[DIGEST_MAX];

	ck_assert_ptr_null(digest_new(DIGEST_NONE, &e));
	expect_error(-1, ERROR_ALGORITHM);
	expect_error(digest_of(DIGEST_NONE, "", 0, raw, &e), ERROR_ALGORITHM);
	ck_assert_uint_eq(digest_size(DIGEST_NONE), 0);
	digest_free(NULL);
}
END_TEST

static int
make_digest(void *ctx, struct error *e)
{
	struct digest *d = digest_new(DIGEST_SHA256, e);

	(void)ctx;
	digest_free(d);
	return d == NULL ? -1 : 0;
}

START_TEST(memory_that_runs_out_is_an_error)
{
	each_allocation_fails(make_digest, NULL);
}
END_TEST

Suite *
suite_digest(void)
{
	Suite *s = suite_create("digest");
	TCase *t = tcase_create("digest");

	tcase_add_test(t, known_answers_come_out);
	tcase_add_test(t, pieces_and_sources_digest_as_the_whole);
	tcase_add_test(t, nothing_has_the_digest_of_nothing);
	tcase_add_test(t, hmac_is_that_of_rfc_4231);
	tcase_add_test(t, weak_ones_are_marked);
	tcase_add_test(t, no_digest_is_an_error);
	tcase_add_test(t, memory_that_runs_out_is_an_error);
	suite_add_tcase(s, t);
	return s;
}
