/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "keystore/identity.h"
#include "tests/unit/keystore/world.h"

Suite *suite_identity(void);

static struct error e = ERROR_INIT;
static struct world w;
static struct keystore *ks;

static void
set_up(void)
{
	w = world_new();
	expect_ok(keystore_create(w.store, &w.master, &e));
	expect_ok(keystore_open(w.store, &w.master, &ks, &e));
}

static void
tear_down(void)
{
	keystore_close(ks);
	world_done(&w);
}

static int
create(const char *first, const char *second, char id[33])
{
	struct address_list list = { NULL, 0 };
	int rc;

	expect_ok(address_list_take(&list, address_new(first), &e));
	if (second != NULL)
		expect_ok(address_list_take(&list, address_new(second), &e));
	rc = identity_create(ks, &list, "Alice", &w.w, id, &e);
	address_list_done(&list);
	return rc;
}

START_TEST(an_identity_is_found_by_each_address_and_by_its_id)
{
	char id[33], found[33];

	expect_ok(create("Alice@Example.org", "a.adams@example.org", id));
	expect_ok(identity_find(ks, "alice@example.ORG", found, &e));
	ck_assert_str_eq(found, id);
	expect_ok(identity_find(ks, "a.adams@example.org", found, &e));
	ck_assert_str_eq(found, id);
	expect_ok(identity_find(ks, id, found, &e));
	ck_assert_str_eq(found, id);
	ck_assert_uint_eq(world_count(&w, "identity-add"), 1);
}
END_TEST

START_TEST(what_is_not_found_is_named)
{
	char found[33] = "untouched";

	expect_error(identity_find(ks, "00112233445566778899aabbccddeeff", found, &e), ERROR_STORE_NOT_FOUND);
	expect_error(identity_find(ks, "@example.org", found, &e), ERROR_STORE_NOT_FOUND);
	ck_assert_int_eq(identity_find(ks, "bob@example.org", found, &e), -1);
	ck_assert_int_eq(e.code, ERROR_STORE_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(error_text(&e), "bob@example.org"));
	error_clear(&e);
	expect_error(identity_find(ks, "not an address", found, &e), ERROR_ADDRESS_SYNTAX);
	expect_error(identity_find(ks, "@", found, &e), ERROR_ADDRESS_SYNTAX);
	expect_error(identity_find(ks, "", found, &e), ERROR_ADDRESS_SYNTAX);
	ck_assert_str_eq(found, "untouched");
}
END_TEST

START_TEST(an_address_belongs_to_one_identity_and_a_refused_one_leaves_nothing)
{
	char id[33], other[33] = "untouched", found[33];

	expect_ok(create("alice@example.org", NULL, id));
	expect_error(create("bob@example.org", "ALICE@example.org", other), ERROR_STORE_CONFLICT);
	ck_assert_str_eq(other, "untouched");
	expect_error(identity_find(ks, "bob@example.org", found, &e), ERROR_STORE_NOT_FOUND);
	ck_assert_uint_eq(world_count(&w, "identity-add"), 1);
	ck_assert_uint_eq(world_count(&w, "undone"), 0);
}
END_TEST

START_TEST(addresses_come_and_go)
{
	struct address *more = address_new("a.adams@example.org"), *foreign = address_new("bob@example.org");
	char id[33], bob[33], owner[33];

	expect_ok(create("alice@example.org", NULL, id));
	expect_ok(create("bob@example.org", NULL, bob));
	expect_ok(identity_address_change(ks, id, more, true, &w.w, &e));
	expect_ok(keystore_owner(ks, more, owner, &e));
	ck_assert_str_eq(owner, id);
	expect_error(identity_address_change(ks, id, foreign, true, &w.w, &e), ERROR_STORE_CONFLICT);
	expect_error(identity_address_change(ks, id, foreign, false, &w.w, &e), ERROR_STORE_NOT_FOUND);
	expect_ok(identity_address_change(ks, id, more, false, &w.w, &e));
	expect_ok(keystore_owner(ks, more, owner, &e));
	ck_assert_str_eq(owner, "");
	expect_error(identity_address_change(ks, id, more, false, &w.w, &e), ERROR_STORE_NOT_FOUND);
	expect_ok(keystore_owner(ks, foreign, owner, &e));
	ck_assert_str_eq(owner, bob);
	ck_assert_uint_eq(world_count(&w, "identity-change"), 2);
	address_free(more);
	address_free(foreign);
}
END_TEST

START_TEST(a_domain_identity_owns_no_address)
{
	struct address *a = address_new("anybody@example.org");
	char id[33], found[33], owner[33];

	expect_ok(identity_create_domain(ks, "Example.ORG", "the domain", &w.w, id, &e));
	expect_ok(identity_find(ks, "@example.org", found, &e));
	ck_assert_str_eq(found, id);
	expect_ok(keystore_owner(ks, a, owner, &e));
	ck_assert_str_eq(owner, "");
	expect_error(identity_address_change(ks, id, a, true, &w.w, &e), ERROR_USAGE);
	expect_error(identity_create_domain(ks, "example.org", "again", &w.w, found, &e), ERROR_STORE_CONFLICT);
	expect_error(identity_create_domain(ks, "not a domain", "x", &w.w, found, &e), ERROR_ADDRESS_SYNTAX);
	address_free(a);
}
END_TEST

START_TEST(an_identity_with_keys_stays)
{
	char id[33], key[33], found[33];

	expect_ok(create("alice@example.org", NULL, id));
	expect_ok(keystore_key_generate(ks, id, KEY_PURPOSE_BOTH, KEY_EC_P256, 0, &w.w, key, &e));
	expect_error(identity_delete(ks, id, &w.w, &e), ERROR_STORE_CONFLICT);
	expect_ok(identity_find(ks, "alice@example.org", found, &e));
	expect_ok(create("bob@example.org", NULL, id));
	expect_ok(identity_delete(ks, id, &w.w, &e));
	ck_assert_str_eq(world_last(&w), "identity-change");
	expect_error(identity_find(ks, "bob@example.org", found, &e), ERROR_STORE_NOT_FOUND);
	expect_error(identity_delete(ks, id, &w.w, &e), ERROR_STORE_NOT_FOUND);
}
END_TEST

START_TEST(an_identity_needs_an_address)
{
	struct address_list none = { NULL, 0 };
	char id[33];

	expect_error(identity_create(ks, &none, "nobody", &w.w, id, &e), ERROR_USAGE);
	ck_assert_uint_eq(world_count(&w, "identity-add"), 0);
}
END_TEST

START_TEST(what_cannot_be_recorded_does_not_happen)
{
	struct audit *broken = NULL;
	struct witness blind;
	char id[33], found[33];

	expect_ok(audit_open(scratch("gone"), "gateway-1", clock_system(), &broken, &e));
	ck_assert_int_eq(remove(scratch("gone")), 0);
	blind = (struct witness){ broken, "alice", "a test" };
	for (int i = 0; i < 2; i++) {
		struct address_list list = { NULL, 0 };

		expect_ok(address_list_take(&list, address_new("alice@example.org"), &e));
		expect_error(identity_create(ks, &list, "Alice", &blind, id, &e), ERROR_RECORD);
		address_list_done(&list);
		expect_error(identity_find(ks, "alice@example.org", found, &e), ERROR_STORE_NOT_FOUND);
	}
	audit_close(broken);
	expect_ok(create("alice@example.org", NULL, id)); /* the store is free again */
}
END_TEST

Suite *
suite_identity(void)
{
	Suite *suite = suite_create("identity");
	TCase *tc = tcase_create("identity");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, an_identity_is_found_by_each_address_and_by_its_id);
	tcase_add_test(tc, what_is_not_found_is_named);
	tcase_add_test(tc, an_address_belongs_to_one_identity_and_a_refused_one_leaves_nothing);
	tcase_add_test(tc, addresses_come_and_go);
	tcase_add_test(tc, a_domain_identity_owns_no_address);
	tcase_add_test(tc, an_identity_with_keys_stays);
	tcase_add_test(tc, an_identity_needs_an_address);
	tcase_add_test(tc, what_cannot_be_recorded_does_not_happen);
	suite_add_tcase(suite, tc);
	return suite;
}
