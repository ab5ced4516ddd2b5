/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "tests/unit/directory/scene.h"

Suite *suite_partner(void);

/* What an administrator brings and takes away. */

#define PARTNER "carol@partner.example"

static struct error e = ERROR_INIT;
static struct scene s;

static void
set_up(void)
{
	scene_set_up(&s);
}

static void
tear_down(void)
{
	scene_tear_down(&s);
}

static struct certificate *
issue(struct leaf leaf)
{
	struct certificate *c = NULL;

	pki_issue(&s.pki, leaf, NULL, &c);
	return c;
}

START_TEST(without_an_owner_each_address_of_the_certificate_gets_it)
{
	struct certificate *c = issue((struct leaf){ .first = PARTNER, .second = "cc@partner.example" });
	struct certificates list = { &c, 1 };
	size_t count = 0;

	expect_ok(partner_import(s.d, NULL, &list, LEVEL_PINNED, &s.w.w, &count, &e));
	ck_assert_uint_eq(count, 2);
	expect_usable(&s, PARTNER, c);
	expect_usable(&s, "cc@partner.example", c);
	ck_assert_uint_eq(world_count(&s.w, "cert-add"), 2);
	certificate_unref(c);
}
END_TEST

START_TEST(a_certificate_without_the_owners_address_is_refused)
{
	struct certificate *c = issue((struct leaf){ .first = PARTNER }), *bare = issue((struct leaf){ .first = NULL });

	expect_error(import_one(&s, "dave@partner.example", c, NULL, LEVEL_PINNED, &e), ERROR_CERTIFICATE_UNUSABLE);
	expect_error(import_one(&s, PARTNER, bare, NULL, LEVEL_PINNED, &e), ERROR_CERTIFICATE_UNUSABLE);
	expect_error(import_one(&s, NULL, bare, NULL, LEVEL_PINNED, &e), ERROR_CERTIFICATE_UNUSABLE);
	expect_error(import_one(&s, "not an address", c, NULL, LEVEL_PINNED, &e), ERROR_ADDRESS_SYNTAX);
	expect_error(import_one(&s, "@", c, NULL, LEVEL_PINNED, &e), ERROR_ADDRESS_SYNTAX);
	expect_error(import_one(&s, PARTNER, c, NULL, LEVEL_NONE, &e), ERROR_USAGE);
	ck_assert_uint_eq(world_count(&s.w, "cert-add"), 0);
	expect_ok(import_one(&s, "@partner.example", bare, NULL, LEVEL_PINNED, &e));
	expect_ok(import_one(&s, "CAROL@partner.example", c, NULL, LEVEL_PINNED, &e));
	certificate_unref(c);
	certificate_unref(bare);
}
END_TEST

START_TEST(what_could_never_be_used_is_refused)
{
	struct certificate *expired = issue((struct leaf){ .first = PARTNER, .to = NOW - 1 });
	struct certificate *one = issue((struct leaf){ .first = PARTNER }), *two = issue((struct leaf){ .first = PARTNER });
	struct certificates both = { NULL, 0 }, cas = { NULL, 0 };
	size_t count = 7;

	expect_error(import_one(&s, PARTNER, expired, NULL, LEVEL_PINNED, &e), ERROR_CERTIFICATE_UNUSABLE);
	expect_ok(certificates_add(&both, one, &e));
	expect_ok(certificates_add(&both, two, &e));
	expect_error(partner_import(s.d, PARTNER, &both, LEVEL_PINNED, &s.w.w, &count, &e), ERROR_CERTIFICATE_UNUSABLE);
	expect_error(partner_import(s.d, PARTNER, &s.pki.chain, LEVEL_PINNED, &s.w.w, &count, &e),
	    ERROR_CERTIFICATE_UNUSABLE);
	expect_error(partner_import(s.d, PARTNER, &cas, LEVEL_PINNED, &s.w.w, &count, &e), ERROR_CERTIFICATE_UNUSABLE);
	ck_assert_uint_eq(count, 7);
	ck_assert_uint_eq(world_count(&s.w, "cert-add"), 0);
	certificates_done(&both);
	certificate_unref(expired);
	certificate_unref(one);
	certificate_unref(two);
}
END_TEST

START_TEST(an_import_is_whole_or_not_at_all)
{
	struct certificate *c = issue((struct leaf){ .first = PARTNER, .second = "cc@partner.example" });
	struct candidates *found;

	expect_ok(import_one(&s, "cc@partner.example", c, NULL, LEVEL_PINNED, &e));
	expect_error(import_one(&s, NULL, c, NULL, LEVEL_PINNED, &e), ERROR_STORE_CONFLICT);
	found = scene_look(&s, PARTNER);
	ck_assert_uint_eq(found->count, 0);
	candidates_free(found);
	ck_assert_uint_eq(world_count(&s.w, "cert-add"), 1);
	certificate_unref(c);
}
END_TEST

START_TEST(a_known_certificate_takes_the_chain_of_a_bundle)
{
	struct certificate *c = issue((struct leaf){ .first = PARTNER });

	expect_ok(import_one(&s, NULL, c, NULL, LEVEL_VERIFIED, &e));
	expect_missing(&s, PARTNER, "no-anchor");
	expect_error(import_one(&s, NULL, c, &s.pki.chain, LEVEL_PINNED, &e), ERROR_STORE_CONFLICT);
	expect_missing(&s, PARTNER, "no-anchor");
	expect_ok(import_one(&s, NULL, c, &s.pki.chain, LEVEL_VERIFIED, &e));
	expect_usable(&s, PARTNER, c);
	ck_assert_uint_eq(world_count(&s.w, "cert-add"), 2);
	/* Nothing new is brought, and no chain is taken away. */
	expect_error(import_one(&s, NULL, c, &s.pki.chain, LEVEL_VERIFIED, &e), ERROR_STORE_CONFLICT);
	expect_error(import_one(&s, NULL, c, NULL, LEVEL_VERIFIED, &e), ERROR_STORE_CONFLICT);
	expect_usable(&s, PARTNER, c);
	certificate_unref(c);
}
END_TEST

START_TEST(a_certificate_is_removed_from_one_owner)
{
	struct certificate *c = issue((struct leaf){ .first = PARTNER, .second = "cc@partner.example" });
	struct candidates *found;
	char upper[65];

	for (size_t i = 0; i < 65; i++) {
		char digit = certificate_fingerprint(c)[i];

		upper[i] = digit >= 'a' ? (char)(digit - 'a' + 'A') : digit;
	}
	expect_ok(import_one(&s, NULL, c, &s.pki.chain, LEVEL_VERIFIED, &e));
	expect_ok(partner_remove(s.d, "Carol@PARTNER.example", upper, &s.w.w, &e));
	found = scene_look(&s, PARTNER);
	ck_assert_uint_eq(found->count, 0);
	candidates_free(found);
	expect_usable(&s, "cc@partner.example", c);
	expect_error(partner_remove(s.d, PARTNER, upper, &s.w.w, &e), ERROR_STORE_NOT_FOUND);
	expect_error(partner_remove(s.d, "cc@partner.example", "00", &s.w.w, &e), ERROR_STORE_NOT_FOUND);
	expect_error(partner_remove(s.d, "?", "00", &s.w.w, &e), ERROR_ADDRESS_SYNTAX);
	ck_assert_uint_eq(world_count(&s.w, "cert-remove"), 1);
	certificate_unref(c);
}
END_TEST

Suite *
suite_partner(void)
{
	Suite *suite = suite_create("partner");
	TCase *tc = tcase_create("partner");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, without_an_owner_each_address_of_the_certificate_gets_it);
	tcase_add_test(tc, a_certificate_without_the_owners_address_is_refused);
	tcase_add_test(tc, what_could_never_be_used_is_refused);
	tcase_add_test(tc, an_import_is_whole_or_not_at_all);
	tcase_add_test(tc, a_known_certificate_takes_the_chain_of_a_bundle);
	tcase_add_test(tc, a_certificate_is_removed_from_one_owner);
	suite_add_tcase(suite, tc);
	return suite;
}
