/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "keystore/identity.h"
#include "tests/unit/keystore/world.h"

Suite *suite_decryptor(void);

/* Our keys as RecipientInfos name them. */

static struct error e = ERROR_INIT;
static struct world w;
static struct keystore *ks;
static struct pki pki;

static void
set_up(void)
{
	w = world_new();
	expect_ok(keystore_create(w.store, &w.master, &e));
	expect_ok(keystore_open(w.store, &w.master, &ks, &e));
	pki = pki_new("Test CA");
}

static void
tear_down(void)
{
	pki_done(&pki);
	keystore_close(ks);
	world_done(&w);
}

static struct certificate *
import(struct leaf leaf, char id[33])
{
	struct certificate *certificate = NULL;
	struct key *key = NULL;

	pki_issue(&pki, leaf, &key, &certificate);
	expect_ok(keystore_key_import(ks, NULL, key, certificate, NULL, false, &w.w, id, &e));
	key_unref(key);
	return certificate;
}

static size_t
count(const char *issuer_serial, const char *ski)
{
	struct decryptors found = { NULL, 0 };
	size_t n;

	expect_ok(keystore_find_decryptors(ks, issuer_serial, ski, true, &found, &e));
	for (size_t i = 0; i < found.count; i++) {
		ck_assert_str_eq(key_public_hash(found.items[i].key), certificate_public_hash(found.items[i].certificate));
		ck_assert_uint_eq(strlen(found.items[i].identity), 32);
	}
	n = found.count;
	decryptors_done(&found);
	return n;
}

START_TEST(a_key_is_found_by_issuer_and_serial_and_by_key_identifier)
{
	struct decryptors found = { NULL, 0 };
	struct certificate *alice, *bob;
	char id[33], other[33];

	alice = import((struct leaf){ .first = "alice@example.org" }, id);
	bob = import((struct leaf){ .first = "bob@example.org" }, other);
	ck_assert_uint_eq(count(certificate_issuer_serial(alice), ""), 1);
	ck_assert_uint_eq(count("", certificate_ski(alice)), 1);
	ck_assert_uint_eq(count(certificate_issuer_serial(bob), certificate_ski(alice)), 2);
	ck_assert_uint_eq(count("", ""), 0);
	ck_assert_uint_eq(count("00", "00"), 0);
	expect_ok(keystore_find_decryptors(ks, certificate_issuer_serial(alice), "", false, &found, &e));
	ck_assert_str_eq(found.items[0].key_id, id);
	ck_assert_ptr_null(found.items[0].key);
	ck_assert_str_eq(certificate_fingerprint(found.items[0].certificate), certificate_fingerprint(alice));
	decryptors_done(&found);
	certificate_unref(alice);
	certificate_unref(bob);
}
END_TEST

START_TEST(what_was_once_ours_still_opens)
{
	static const struct {
		const char *state;
		size_t count;
	} rows[] = { { "pending", 0 }, { "active", 1 }, { "retired", 1 }, { "revoked", 1 }, { "destroyed", 0 } };
	struct certificate *expired;
	char id[33];

	expired = import((struct leaf){ .first = "alice@example.org", .from = NOW - 9 * YEAR, .to = NOW - 8 * YEAR }, id);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		expect_ok(key_set_state(w.store, id, rows[i].state, &e));
		ck_assert_uint_eq(count(certificate_issuer_serial(expired), ""), rows[i].count);
	}
	certificate_unref(expired);
}
END_TEST

START_TEST(a_key_for_signing_never_decrypts)
{
	struct certificate *sign;
	char id[33];

	sign = import((struct leaf){ .first = "alice@example.org", .only_sign = true }, id);
	ck_assert_uint_eq(count(certificate_issuer_serial(sign), certificate_ski(sign)), 0);
	certificate_unref(sign);
}
END_TEST

START_TEST(a_renewed_certificate_does_not_make_two_keys_of_one)
{
	struct certificate *first, *renewed = NULL;
	struct key *key = NULL;
	char id[33];

	first = import((struct leaf){ .first = "alice@example.org", .from = NOW - 2 * DAY }, id);
	expect_ok(keystore_key_open(ks, id, &key, &e));
	pki_issue(&pki, (struct leaf){ .first = "alice@example.org", .key = key }, NULL, &renewed);
	expect_ok(keystore_certificate_bind(ks, id, renewed, NULL, false, &w.w, &e));
	ck_assert_str_eq(certificate_ski(first), certificate_ski(renewed));
	ck_assert_uint_eq(count("", certificate_ski(first)), 1);
	ck_assert_uint_eq(count(certificate_issuer_serial(first), ""), 1);
	ck_assert_uint_eq(count(certificate_issuer_serial(renewed), ""), 1);
	certificate_unref(first);
	certificate_unref(renewed);
	key_unref(key);
}
END_TEST

START_TEST(only_some_of_several_matches_may_be_usable)
{
	struct certificate *sign, *both;
	struct decryptors found = { NULL, 0 };
	char id[33], other[33];

	sign = import((struct leaf){ .first = "alice@example.org", .only_sign = true }, id);
	both = import((struct leaf){ .first = "alice@example.org" }, other);
	expect_ok(keystore_find_decryptors(ks, certificate_issuer_serial(sign), certificate_ski(both), true, &found, &e));
	ck_assert_uint_eq(found.count, 1);
	ck_assert_str_eq(found.items[0].key_id, other);
	decryptors_done(&found);
	certificate_unref(sign);
	certificate_unref(both);
}
END_TEST

START_TEST(a_damaged_key_is_a_fault_and_no_missing_key)
{
	struct decryptors found = { NULL, 0 };
	struct certificate *alice;
	struct key_row row;
	char id[33];

	alice = import((struct leaf){ .first = "alice@example.org" }, id);
	expect_ok(key_get(w.store, id, &row, &e));
	((unsigned char *)row.sealed.data)[row.sealed.size - 1] ^= 1;
	expect_ok(key_set_sealed(w.store, id, &row.sealed, &e));
	expect_error(keystore_find_decryptors(ks, certificate_issuer_serial(alice), "", true, &found, &e), ERROR_SEAL);
	ck_assert_uint_eq(found.count, 0);
	key_row_done(&row);
	certificate_unref(alice);
}
END_TEST

START_TEST(a_row_that_holds_another_certificate_than_it_says_is_damaged)
{
	struct decryptors found = { NULL, 0 };
	struct key_certificate_row row = { .created = NOW };
	struct certificate *alice, *forged = NULL;
	char id[33];

	alice = import((struct leaf){ .first = "alice@example.org" }, id);
	pki_issue(NULL, (struct leaf){ .first = "alice@example.org" }, NULL, &forged);
	memset(row.fingerprint, '0', 64);
	strcpy(row.key_id, id);
	strcpy(row.issuer_serial, certificate_issuer_serial(forged));
	row.der.data = (void *)certificate_der(forged, &row.der.size);
	expect_ok(key_certificate_add(w.store, &row, &e));
	expect_error(keystore_find_decryptors(ks, certificate_issuer_serial(forged), "", true, &found, &e), ERROR_STORE);
	certificate_unref(alice);
	certificate_unref(forged);
}
END_TEST

Suite *
suite_decryptor(void)
{
	Suite *suite = suite_create("decryptor");
	TCase *tc = tcase_create("decryptor");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, a_key_is_found_by_issuer_and_serial_and_by_key_identifier);
	tcase_add_test(tc, what_was_once_ours_still_opens);
	tcase_add_test(tc, a_key_for_signing_never_decrypts);
	tcase_add_test(tc, a_renewed_certificate_does_not_make_two_keys_of_one);
	tcase_add_test(tc, only_some_of_several_matches_may_be_usable);
	tcase_add_test(tc, a_damaged_key_is_a_fault_and_no_missing_key);
	tcase_add_test(tc, a_row_that_holds_another_certificate_than_it_says_is_damaged);
	suite_add_tcase(suite, tc);
	return suite;
}
