/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "conf/settings_private.h"
#include "tests/unit/conf/reading.h"

#define NOBODY ""
#define ALICE  "alice@example.org"
#define BOB    "bob@partner.example"

START_TEST(without_sections_the_factory_holds)
{
	struct settings *s = reads(LOCAL);

	ck_rule(s, SETTING_SIGN, ALICE, BOB, "available");
	ck_rule(s, SETTING_ON_MISSING_CERTIFICATE, NOBODY, NOBODY, "refuse");
	ck_assert_ptr_null(settings_rule(s, SETTING_SIGN, NULL, NULL)->origin.file);
	settings_unref(s);
}
END_TEST

START_TEST(narrower_sections_win_over_wider_ones)
{
	struct settings *s = reads_more("defaults { profile = modern }\n"
					"domain \"*\" { profile = compatible }\n"
					"domain \".example\" { profile = edi-energy }\n"
					"domain \".partner.example\" { profile = modern }\n"
					"domain \"partner.example\" { profile = compatible }\n"
					"address \"carol@partner.example\" { profile = edi-energy }\n");

	ck_rule(s, SETTING_PROFILE, ALICE, NOBODY, "modern");
	ck_rule(s, SETTING_PROFILE, ALICE, "x@example.net", "compatible");
	ck_rule(s, SETTING_PROFILE, ALICE, "x@other.example", "edi-energy");
	ck_rule(s, SETTING_PROFILE, ALICE, "x@sub.partner.example", "modern");
	ck_rule(s, SETTING_PROFILE, ALICE, "x@a.b.partner.example", "modern");
	ck_rule(s, SETTING_PROFILE, ALICE, "x@notpartner.example", "edi-energy");
	ck_rule(s, SETTING_PROFILE, ALICE, BOB, "compatible");
	ck_rule(s, SETTING_PROFILE, ALICE, "carol@partner.example", "edi-energy");
	ck_rule(s, SETTING_PROFILE, ALICE, "Carol@Partner.Example", "edi-energy");
	settings_unref(s);
}
END_TEST

START_TEST(a_narrow_section_that_is_silent_leaves_it_to_the_next)
{
	struct settings *s = reads_more("defaults { profile = modern signature-form = opaque }\n"
					"domain \".example\" { profile = edi-energy }\n"
					"domain \"partner.example\" { decrypt = no }\n"
					"address \"bob@partner.example\" { sign = off }\n");

	ck_rule(s, SETTING_PROFILE, NOBODY, BOB, "edi-energy");
	ck_rule(s, SETTING_DECRYPT, NOBODY, BOB, "no");
	ck_rule(s, SETTING_SIGNATURE_FORM, NOBODY, BOB, "opaque");
	settings_unref(s);
}
END_TEST

START_TEST(a_section_may_be_weaker_than_defaults)
{
	struct settings *s =
	    reads_more("defaults { encrypt = required }\n"
		       "domain \"partner.example\" { encrypt = off on-missing-certificate = clear }\n");

	ck_rule(s, SETTING_ENCRYPT, ALICE, BOB, "off");
	ck_rule(s, SETTING_ON_MISSING_CERTIFICATE, ALICE, BOB, "clear");
	ck_rule(s, SETTING_ENCRYPT, ALICE, "x@example.net", "required");
	settings_unref(s);
}
END_TEST

START_TEST(of_two_sections_that_speak_the_stricter_holds)
{
	struct settings *s = reads_more("domain \"example.org\" { encrypt = required sign = available }\n"
					"domain \"partner.example\" { encrypt = off sign = required }\n");
	struct error e = ERROR_INIT;
	struct address *alice = NULL, *bob = NULL;

	ck_rule(s, SETTING_ENCRYPT, ALICE, BOB, "required");
	ck_rule(s, SETTING_ENCRYPT, BOB, ALICE, "required");
	ck_rule(s, SETTING_SIGN, ALICE, BOB, "required");
	expect_ok(address_parse(ALICE, strlen(ALICE), &alice, &e));
	expect_ok(address_parse(BOB, strlen(BOB), &bob, &e));
	ck_assert_str_eq(
	    settings_rule(s, SETTING_ENCRYPT, alice, bob)->origin.section, "domain \"example.org\"");
	ck_assert_str_eq(
	    settings_rule(s, SETTING_SIGN, alice, bob)->origin.section, "domain \"partner.example\"");
	address_free(alice);
	address_free(bob);
	settings_unref(s);
}
END_TEST

static void
ck_origin(const struct settings *s, const char *sender, const char *recipient, const char *section)
{
	struct error e = ERROR_INIT;
	struct address *from = NULL, *to = NULL;

	expect_ok(address_parse(sender, strlen(sender), &from, &e));
	expect_ok(address_parse(recipient, strlen(recipient), &to, &e));
	ck_assert_str_eq(settings_rule(s, SETTING_SIGN, from, to)->origin.section, section);
	address_free(from);
	address_free(to);
}

START_TEST(of_two_sections_that_say_the_same_the_narrower_is_named)
{
	struct settings *s =
	    reads_more("domain \".sub.example.org\" { sign = off }\ndomain \".example\" { sign = off }\n"
		       "domain \"*\" { sign = off }\ndomain \"a.example\" { sign = off }\n"
		       "address \"x@a.example\" { sign = off }\n");

	ck_origin(s, "a@x.sub.example.org", "b@b.example", "domain \".sub.example.org\"");
	ck_origin(s, "b@b.example", "a@x.sub.example.org", "domain \".sub.example.org\"");
	ck_origin(s, "b@b.example", "a@example.net", "domain \".example\"");
	ck_origin(s, "a@x.sub.example.org", "a@a.example", "domain \"a.example\"");
	ck_origin(s, "x@a.example", "a@a.example", "address \"x@a.example\"");
	ck_origin(s, "a@a.example", "x@a.example", "address \"x@a.example\"");
	settings_unref(s);
}
END_TEST

START_TEST(the_two_sides_are_heard_only_where_the_table_says)
{
	struct settings *s =
	    reads_more("domain \"example.org\" { profile = modern sign-local = yes }\n"
		       "domain \"partner.example\" { profile = edi-energy sign-local = no }\n");

	ck_rule(s, SETTING_PROFILE, ALICE, BOB, "edi-energy");
	ck_rule(s, SETTING_PROFILE, BOB, ALICE, "modern");
	ck_rule(s, SETTING_PROFILE, ALICE, NOBODY, "compatible");
	ck_rule(s, SETTING_SIGN_LOCAL, ALICE, BOB, "yes");
	ck_rule(s, SETTING_SIGN_LOCAL, BOB, ALICE, "no");
	ck_rule(s, SETTING_SIGN_LOCAL, NOBODY, ALICE, "no");
	settings_unref(s);
}
END_TEST

START_TEST(the_null_sender_is_in_no_section)
{
	struct settings *s = reads_more("domain \"*\" { encrypt = required }\n");
	struct error e = ERROR_INIT;
	struct address *null = NULL;

	expect_ok(address_parse_path("<>", NULL, &null, &e));
	ck_assert_str_eq(value_print(settings_rule(s, SETTING_ENCRYPT, null, NULL)), "available");
	ck_assert_str_eq(value_print(settings_rule(s, SETTING_ENCRYPT, null, null)), "available");
	address_free(null);
	settings_unref(s);
}
END_TEST

START_TEST(merging_follows_its_rule)
{
	static const struct value weak = { .set = true, .number = 0 }, strong = { .set = true, .number = 2 },
				  equal = { .set = true, .number = 2 }, base = { .set = true, .number = 1 };
	const struct say none = { NULL, 0 }, narrow_weak = { &weak, SIZE_MAX }, wide_strong = { &strong, 2 },
			 wide_equal = { &equal, 2 }, narrow_equal = { &equal, 3 };

	ck_assert_ptr_eq(rule_merge(MERGE_STRICTER, none, none, &base), &base);
	ck_assert_ptr_eq(rule_merge(MERGE_STRICTER, narrow_weak, none, &base), &weak);
	ck_assert_ptr_eq(rule_merge(MERGE_STRICTER, none, narrow_weak, &base), &weak);
	ck_assert_ptr_eq(rule_merge(MERGE_STRICTER, narrow_weak, wide_strong, &base), &strong);
	ck_assert_ptr_eq(rule_merge(MERGE_STRICTER, wide_strong, narrow_weak, &base), &strong);
	ck_assert_ptr_eq(rule_merge(MERGE_STRICTER, wide_strong, wide_equal, &base), &equal);
	ck_assert_ptr_eq(rule_merge(MERGE_STRICTER, narrow_equal, wide_strong, &base), &equal);
	ck_assert_ptr_eq(rule_merge(MERGE_STRICTER, wide_strong, narrow_equal, &base), &equal);
	ck_assert_ptr_eq(rule_merge(MERGE_OVERRIDE, narrow_weak, wide_strong, &base), &weak);
	ck_assert_ptr_eq(rule_merge(MERGE_OVERRIDE, wide_strong, narrow_weak, &base), &weak);
	ck_assert_ptr_eq(rule_merge(MERGE_OVERRIDE, wide_strong, wide_equal, &base), &equal);
	ck_assert_ptr_eq(rule_merge(MERGE_OVERRIDE, wide_equal, wide_strong, &base), &strong);
	ck_assert_ptr_eq(rule_merge(MERGE_SENDER, none, wide_strong, &base), &base);
	ck_assert_ptr_eq(rule_merge(MERGE_SENDER, narrow_weak, wide_strong, &base), &weak);
	ck_assert_ptr_eq(rule_merge(MERGE_RECIPIENT, wide_strong, none, &base), &base);
	ck_assert_ptr_eq(rule_merge(MERGE_RECIPIENT, narrow_weak, wide_strong, &base), &strong);
}
END_TEST

Suite *
suite_rules(void)
{
	Suite *suite = suite_create("conf/rules");
	TCase *tc = tcase_create("rules");

	tcase_add_test(tc, without_sections_the_factory_holds);
	tcase_add_test(tc, narrower_sections_win_over_wider_ones);
	tcase_add_test(tc, a_narrow_section_that_is_silent_leaves_it_to_the_next);
	tcase_add_test(tc, a_section_may_be_weaker_than_defaults);
	tcase_add_test(tc, of_two_sections_that_speak_the_stricter_holds);
	tcase_add_test(tc, of_two_sections_that_say_the_same_the_narrower_is_named);
	tcase_add_test(tc, the_two_sides_are_heard_only_where_the_table_says);
	tcase_add_test(tc, the_null_sender_is_in_no_section);
	tcase_add_test(tc, merging_follows_its_rule);
	suite_add_tcase(suite, tc);
	return suite;
}
