/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "crypto/seal.h"
#include "keystore/keystore_private.h"
#include "tests/unit/keystore/world.h"

Suite *suite_mac(void);

/* Codes that only this store can make. */

#define TEXT "what was said"
#define SIZE (sizeof TEXT - 1)

static struct world w;
static struct keystore *ks;
static struct error e = ERROR_INIT;

static struct keystore *
open_keystore(void)
{
	struct keystore *opened = NULL;

	expect_ok(keystore_open(w.store, &w.master, &opened, &e));
	return opened;
}

static void
set_up(void)
{
	w = world_new();
	expect_ok(keystore_create(w.store, &w.master, &e));
	ks = open_keystore();
}

static void
tear_down(void)
{
	keystore_close(ks);
	world_done(&w);
}

static bool
fits(struct keystore *by, const char *purpose, const char *text, size_t n, const unsigned char *mac)
{
	bool out = false;

	expect_ok(keystore_mac_fits(by, purpose, text, n, mac, &out, &e));
	return out;
}

START_TEST(a_code_fits_its_octets_and_purpose_alone)
{
	unsigned char mac[KEYSTORE_MAC_SIZE];

	expect_ok(keystore_mac(ks, "one", TEXT, SIZE, mac, &e));
	ck_assert(fits(ks, "one", TEXT, SIZE, mac));
	ck_assert(!fits(ks, "two", TEXT, SIZE, mac));
	ck_assert(!fits(ks, "one", TEXT, SIZE - 1, mac));
	ck_assert(!fits(ks, "one", "What was said", SIZE, mac));
	for (size_t i = 0; i < 8 * sizeof mac; i++) {
		mac[i / 8] ^= (unsigned char)(1u << i % 8);
		ck_assert(!fits(ks, "one", TEXT, SIZE, mac));
		mac[i / 8] ^= (unsigned char)(1u << i % 8);
	}
}
END_TEST

START_TEST(a_code_fits_when_the_store_is_opened_again_and_in_no_other_store)
{
	unsigned char mac[KEYSTORE_MAC_SIZE];
	struct keystore foreign;

	expect_ok(keystore_mac(ks, "one", TEXT, SIZE, mac, &e));
	keystore_close(ks);
	ks = open_keystore();
	ck_assert(fits(ks, "one", TEXT, SIZE, mac));
	foreign = *ks; /* another store with the same keys */
	foreign.id[0] = (char)(foreign.id[0] == '0' ? '1' : '0');
	ck_assert(!fits(&foreign, "one", TEXT, SIZE, mac));
}
END_TEST

static void
add_store_key(void)
{
	struct store_key_row row = { .created = 2 };
	struct seal_context label = { ks->id, row.id, "", "store-key", "", row.id };
	struct buffer wrapped = BUFFER_INIT(1024);
	struct secret key = SECRET_INIT;

	expect_ok(random_id(row.id, &e));
	expect_ok(seal_key_new(&key, &e));
	expect_ok(seal_wrap_key(&w.master, &label, &key, &wrapped, &e));
	row.created = INT64_MAX; /* the newest */
	row.wrapped = (struct blob){ wrapped.data, wrapped.size };
	expect_ok(store_key_add(w.store, &row, &e));
	secret_done(&key);
	buffer_done(&wrapped);
}

START_TEST(codes_of_older_store_keys_still_fit)
{
	unsigned char old[KEYSTORE_MAC_SIZE], new[KEYSTORE_MAC_SIZE];

	expect_ok(keystore_mac(ks, "one", TEXT, SIZE, old, &e));
	add_store_key();
	keystore_close(ks);
	ks = open_keystore();
	ck_assert_uint_eq(ks->key_count, 2);
	expect_ok(keystore_mac(ks, "one", TEXT, SIZE, new, &e));
	ck_assert_mem_ne(old, new, sizeof old);
	ck_assert(fits(ks, "one", TEXT, SIZE, old));
	ck_assert(fits(ks, "one", TEXT, SIZE, new));
}
END_TEST

static int
make_and_compare(void *ctx, struct error *err)
{
	unsigned char mac[KEYSTORE_MAC_SIZE] = { 0 };
	bool out = false;
	int rc = keystore_mac(ctx, "one", TEXT, SIZE, mac, err);

	if (rc == 0)
		rc = keystore_mac_fits(ctx, "one", TEXT, SIZE, mac, &out, err);
	ck_assert(rc != 0 || out);
	return rc;
}

START_TEST(without_memory_nothing_is_said_to_fit)
{
	each_allocation_fails(make_and_compare, ks);
}
END_TEST

Suite *
suite_mac(void)
{
	Suite *s = suite_create("mac");
	TCase *t = tcase_create("mac");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_code_fits_its_octets_and_purpose_alone);
	tcase_add_test(t, a_code_fits_when_the_store_is_opened_again_and_in_no_other_store);
	tcase_add_test(t, codes_of_older_store_keys_still_fit);
	tcase_add_test(t, without_memory_nothing_is_said_to_fit);
	suite_add_tcase(s, t);
	return s;
}
