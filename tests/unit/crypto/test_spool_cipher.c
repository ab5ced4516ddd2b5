/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "crypto/spool_cipher.h"
#include "tests/unit/support.h"

Suite *suite_spool_cipher(void);

START_TEST(a_block_comes_back_under_its_key_and_number_only)
{
	const struct spool_cipher *c = spool_cipher();
	struct error e = ERROR_INIT;
	void *key = c->key_new(&e), *other = c->key_new(&e);
	unsigned char plain[100], back[100], sealed[200];

	memset(plain, 'p', sizeof plain);
	ck_assert(key != NULL && other != NULL);
	ck_assert_uint_le(sizeof plain + c->overhead, sizeof sealed);
	expect_ok(c->seal(key, 7, plain, sizeof plain, sealed, &e));
	expect_ok(c->open(key, 7, sealed, sizeof plain + c->overhead, back, &e));
	ck_assert_mem_eq(plain, back, sizeof plain);
	expect_error(c->open(key, 8, sealed, sizeof plain + c->overhead, back, &e), ERROR_IO);
	expect_error(c->open(other, 7, sealed, sizeof plain + c->overhead, back, &e), ERROR_IO);
	expect_error(c->open(key, 7, sealed, c->overhead - 1, back, &e), ERROR_IO);
	expect_ok(c->open(key, 7, sealed, sizeof plain + c->overhead, back, &e));
	c->key_free(key);
	c->key_free(other);
	c->key_free(NULL);
}
END_TEST

START_TEST(every_changed_octet_is_noticed)
{
	const struct spool_cipher *c = spool_cipher();
	struct error e = ERROR_INIT;
	void *key = c->key_new(&e);
	unsigned char plain[20] = "nineteen characters", back[20], sealed[64];
	size_t n = sizeof plain + c->overhead;

	expect_ok(c->seal(key, UINT64_MAX, plain, sizeof plain, sealed, &e));
	for (size_t i = 0; i < n; i++) {
		sealed[i] ^= 1;
		expect_error(c->open(key, UINT64_MAX, sealed, n, back, &e), ERROR_IO);
		ck_assert_mem_ne(back, plain, sizeof plain);
		sealed[i] ^= 1;
	}
	expect_ok(c->open(key, UINT64_MAX, sealed, n, back, &e));
	c->key_free(key);
}
END_TEST

START_TEST(a_spool_leaves_memory_and_comes_back_the_same)
{
	struct spool_settings settings = { .memory = 1000, .max = 10000000, .folder = "/tmp", .cipher = spool_cipher() };
	struct error e = ERROR_INIT;
	struct spool *spool = spool_new(&settings, &e);
	unsigned char block[1000], back[1000];

	ck_assert_ptr_nonnull(spool);
	for (unsigned i = 0; i < 1000; i++) {
		memset(block, (int)(i % 251), sizeof block);
		expect_ok(spool_write(spool, block, sizeof block, &e));
	}
	for (unsigned i = 999; i > 0; i -= 37) {
		expect_ok(spool_read_at(spool, (uint64_t)i * 1000, back, sizeof back, &e));
		memset(block, (int)(i % 251), sizeof block);
		ck_assert_mem_eq(block, back, sizeof back);
	}
	spool_free(spool);
}
END_TEST

static int
make_key(void *ctx, struct error *e)
{
	void *key = spool_cipher()->key_new(e);

	(void)ctx;
	spool_cipher()->key_free(key);
	return key == NULL ? -1 : 0;
}

START_TEST(memory_that_runs_out_is_an_error)
{
	each_allocation_fails(make_key, NULL);
}
END_TEST

Suite *
suite_spool_cipher(void)
{
	Suite *s = suite_create("spool_cipher");
	TCase *t = tcase_create("spool_cipher");

	tcase_add_test(t, a_block_comes_back_under_its_key_and_number_only);
	tcase_add_test(t, every_changed_octet_is_noticed);
	tcase_add_test(t, a_spool_leaves_memory_and_comes_back_the_same);
	tcase_add_test(t, memory_that_runs_out_is_an_error);
	suite_add_tcase(s, t);
	return s;
}
