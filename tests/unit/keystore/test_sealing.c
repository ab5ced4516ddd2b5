/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "crypto/seal.h"
#include "keystore/keystore_private.h"
#include "tests/unit/keystore/world.h"

Suite *suite_sealing(void);

/* The store's keys, and that a private key opens only where it was put. */

#define FILE_MAX ((size_t)16 * 1024 * 1024)

static struct error e = ERROR_INIT;

static struct keystore *
open_keystore(const struct world *w)
{
	struct keystore *ks = NULL;

	expect_ok(keystore_open(w->store, &w->master, &ks, &e));
	return ks;
}

static struct keystore *
new_keystore(struct world *w)
{
	*w = world_new();
	expect_ok(keystore_create(w->store, &w->master, &e));
	return open_keystore(w);
}

/* A key of a new identity. */
static struct key_row
new_key(struct keystore *ks, const struct world *w, const char *address)
{
	struct address_list list = { NULL, 0 };
	char identity[33], id[33];
	struct key_row row;

	expect_ok(address_list_take(&list, address_new(address), &e));
	expect_ok(identity_create(ks, &list, "somebody", &w->w, identity, &e));
	expect_ok(keystore_key_generate(ks, identity, KEY_PURPOSE_BOTH, KEY_EC_P256, 0, &w->w, id, &e));
	expect_ok(key_get(ks->store, id, &row, &e));
	address_list_done(&list);
	return row;
}

START_TEST(a_store_is_initialised_once)
{
	struct world w = world_new();
	struct keystore *ks = NULL;

	expect_error(keystore_open(w.store, &w.master, &ks, &e), ERROR_STORE_NOT_FOUND);
	ck_assert_ptr_null(ks);
	expect_ok(keystore_create(w.store, &w.master, &e));
	expect_error(keystore_create(w.store, &w.master, &e), ERROR_STORE_CONFLICT);
	ks = open_keystore(&w);
	ck_assert_ptr_eq(keystore_store(ks), w.store);
	keystore_close(ks);
	keystore_close(NULL);
	world_done(&w);
}
END_TEST

static struct buffer
content_of(const char *path, const char *suffix)
{
	struct buffer b = BUFFER_INIT(FILE_MAX);
	char name[600];

	snprintf(name, sizeof name, "%s%s", path, suffix);
	if (file_read(name, FILE_MAX, &b, &e) != 0)
		error_clear(&e);
	return b;
}

START_TEST(a_wrong_master_key_opens_nothing_and_leaves_the_store_as_it_is)
{
	struct world w;
	struct keystore *ks = new_keystore(&w), *other = NULL;
	struct secret wrong = SECRET_INIT, shorter = SECRET_INIT;
	struct buffer before[2], after[2];
	struct key_row row = new_key(ks, &w, "alice@example.org");

	key_row_done(&row);
	keystore_close(ks);
	store_close(w.store);
	before[0] = content_of(w.path, "");
	before[1] = content_of(w.path, "-wal");
	expect_ok(store_open(w.path, &w.store, &e));
	expect_ok(seal_key_new(&wrong, &e));
	expect_error(keystore_open(w.store, &wrong, &other, &e), ERROR_SEAL);
	ck_assert_ptr_null(other);
	expect_ok(secret_copy(&shorter, wrong.data, 16, &e));
	ck_assert_int_eq(keystore_open(w.store, &shorter, &other, &e), -1);
	error_clear(&e);
	store_close(w.store);
	after[0] = content_of(w.path, "");
	after[1] = content_of(w.path, "-wal");
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(before[i].size, after[i].size);
		ck_assert(before[i].size == 0 || memcmp(before[i].data, after[i].data, after[i].size) == 0);
		buffer_done(&before[i]);
		buffer_done(&after[i]);
	}
	expect_ok(store_open(w.path, &w.store, &e)); /* and the right one still does */
	keystore_close(open_keystore(&w));
	secret_done(&wrong);
	secret_done(&shorter);
	world_done(&w);
}
END_TEST

START_TEST(a_key_outlives_its_keystore)
{
	struct world w;
	struct keystore *ks = new_keystore(&w);
	struct key_row row = new_key(ks, &w, "alice@example.org");
	struct key *key = NULL;

	keystore_close(ks);
	ks = open_keystore(&w);
	expect_ok(keystore_key_open(ks, row.id, &key, &e));
	ck_assert_str_eq(key_public_hash(key), row.public_hash);
	keystore_close(ks);
	ck_assert_str_eq(key_algorithm_name(key), "ec-p256");
	key_unref(key);
	key_row_done(&row);
	world_done(&w);
}
END_TEST

static void
expect_sealed(struct keystore *ks, const struct key_row *row)
{
	struct key *key = NULL;

	expect_error(sealed_read(ks, row, &key, &e), ERROR_SEAL);
	ck_assert_ptr_null(key);
}

START_TEST(whatever_says_whose_key_it_is_cannot_be_changed)
{
	struct world w;
	struct keystore *ks = new_keystore(&w);
	struct key_row row = new_key(ks, &w, "alice@example.org"), other = new_key(ks, &w, "bob@example.org");
	struct key_row changed;
	struct keystore foreign;
	char sign[] = "sign";
	struct key *key = NULL;

	expect_ok(sealed_read(ks, &row, &key, &e));
	key_unref(key);
	changed = row;
	memcpy(changed.id, other.id, sizeof changed.id);
	expect_sealed(ks, &changed);
	changed = row;
	memcpy(changed.identity_id, other.identity_id, sizeof changed.identity_id);
	expect_sealed(ks, &changed);
	changed = row;
	memcpy(changed.public_hash, other.public_hash, sizeof changed.public_hash);
	expect_sealed(ks, &changed);
	changed = row;
	changed.purpose = sign;
	expect_sealed(ks, &changed);
	changed = row;
	changed.sealed = other.sealed;
	expect_sealed(ks, &changed);
	foreign = *ks; /* another store with the same keys */
	foreign.id[0] = (char)(foreign.id[0] == '0' ? '1' : '0');
	expect_sealed(&foreign, &row);
	key_row_done(&row);
	key_row_done(&other);
	keystore_close(ks);
	world_done(&w);
}
END_TEST

START_TEST(the_key_inside_must_be_the_one_that_the_row_names)
{
	struct world w;
	struct keystore *ks = new_keystore(&w);
	struct key_row row = new_key(ks, &w, "alice@example.org"), changed = row;
	struct buffer sealed = BUFFER_INIT(65536);
	struct key *other = NULL;

	expect_ok(key_generate(KEY_EC_P256, 0, &other, &e));
	expect_ok(sealed_write(ks, &row, other, &sealed, &e)); /* well sealed, and wrong */
	changed.sealed = (struct blob){ sealed.data, sealed.size };
	expect_sealed(ks, &changed);
	buffer_done(&sealed);
	key_unref(other);
	key_row_done(&row);
	keystore_close(ks);
	world_done(&w);
}
END_TEST

START_TEST(no_octet_of_a_sealed_row_can_be_changed_or_cut_off)
{
	struct world w;
	struct keystore *ks = new_keystore(&w);
	struct key_row row = new_key(ks, &w, "alice@example.org");
	unsigned char *octets = row.sealed.data;
	const size_t size = row.sealed.size;

	for (size_t i = 0; i < size; i++) {
		octets[i] ^= 1;
		expect_sealed(ks, &row);
		octets[i] ^= 1;
		row.sealed.size = i;
		if (i > 0)
			expect_sealed(ks, &row);
		row.sealed.size = size;
	}
	key_row_done(&row);
	keystore_close(ks);
	world_done(&w);
}
END_TEST

static int
take_store_key(void *ctx, const struct store_key_row *row, struct error *err)
{
	return store_key_add(ctx, row, err);
}

/* Bring the identity and the key over as somebody with write access to both files would. */
static void
copy_key(const struct key_row *row, struct store *to)
{
	char kind[] = "address", name[] = "somebody";
	struct identity_row identity = { .kind = kind, .name = name };

	memcpy(identity.id, row->identity_id, sizeof identity.id);
	expect_ok(identity_add(to, &identity, &e));
	expect_ok(key_add(to, row, &e));
}

START_TEST(a_row_of_another_store_does_not_open)
{
	struct world a, b;
	struct keystore *from = new_keystore(&a), *to = new_keystore(&b);
	struct key_row row = new_key(from, &a, "alice@example.org");
	struct key *key = NULL;

	copy_key(&row, b.store);
	expect_error(keystore_key_open(to, row.id, &key, &e), ERROR_SEAL);
	keystore_close(to);
	/* With its store key and under the same master key: that is bound to the first store, too. */
	expect_ok(store_key_each(a.store, take_store_key, b.store, &e));
	expect_error(keystore_open(b.store, &b.master, &to, &e), ERROR_SEAL);
	expect_error(keystore_open(b.store, &a.master, &to, &e), ERROR_SEAL);
	key_row_done(&row);
	keystore_close(from);
	world_done(&a);
	world_done(&b);
}
END_TEST

START_TEST(two_stores_of_one_master_key_do_not_mix)
{
	struct world a, b = world_new();
	struct keystore *from = new_keystore(&a), *to = NULL;
	struct key_row row = new_key(from, &a, "alice@example.org");
	struct key *key = NULL;

	expect_ok(keystore_create(b.store, &a.master, &e));
	expect_ok(keystore_open(b.store, &a.master, &to, &e));
	copy_key(&row, b.store);
	expect_error(keystore_key_open(to, row.id, &key, &e), ERROR_SEAL);
	key_row_done(&row);
	keystore_close(from);
	keystore_close(to);
	world_done(&a);
	world_done(&b);
}
END_TEST

START_TEST(the_private_key_is_nowhere_in_the_file)
{
	struct world w;
	struct keystore *ks = new_keystore(&w);
	struct key_row row = new_key(ks, &w, "alice@example.org");
	struct secret pkcs8 = SECRET_INIT;
	struct key *key = NULL;
	struct buffer file;

	expect_ok(keystore_key_open(ks, row.id, &key, &e));
	expect_ok(key_write_pkcs8(key, &pkcs8, &e));
	keystore_close(ks);
	store_close(w.store);
	w.store = NULL;
	file = content_of(w.path, "");
	ck_assert_uint_gt(file.size, 0);
	ck_assert_ptr_nonnull(memmem(file.data, file.size, row.public_hash, 64)); /* the row itself is there */
	ck_assert_ptr_null(memmem(file.data, file.size, pkcs8.data + 36, 16)); /* within the secret number (RFC 5915 3) */
	ck_assert_ptr_null(memmem(file.data, file.size, w.master.data, w.master.size));
	buffer_done(&file);
	secret_done(&pkcs8);
	key_unref(key);
	key_row_done(&row);
	world_done(&w);
}
END_TEST

Suite *
suite_sealing(void)
{
	Suite *suite = suite_create("sealing");
	TCase *tc = tcase_create("sealing");

	tcase_add_test(tc, a_store_is_initialised_once);
	tcase_add_test(tc, a_wrong_master_key_opens_nothing_and_leaves_the_store_as_it_is);
	tcase_add_test(tc, a_key_outlives_its_keystore);
	tcase_add_test(tc, whatever_says_whose_key_it_is_cannot_be_changed);
	tcase_add_test(tc, the_key_inside_must_be_the_one_that_the_row_names);
	tcase_add_test(tc, no_octet_of_a_sealed_row_can_be_changed_or_cut_off);
	tcase_add_test(tc, a_row_of_another_store_does_not_open);
	tcase_add_test(tc, two_stores_of_one_master_key_do_not_mix);
	tcase_add_test(tc, the_private_key_is_nowhere_in_the_file);
	suite_add_tcase(suite, tc);
	return suite;
}
