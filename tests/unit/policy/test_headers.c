/* SPDX-License-Identifier: BSD-2-Clause */

#include "tests/unit/policy/questions.h"

Suite *suite_headers(void);

/* Which header protection a message gets. */

#define SECTION(kind, name, rules) kind " \"" name "\" { " rules " }\n"

static const struct row {
	const char *rules;
	size_t certificates; /* of carol@partner.example; dave@other.example has as many */
	bool both;           /* also to dave */
	enum choice_headers headers;
	enum reason reason;
	bool legacy_display;
} rows[] = {
	/* clang-format off */
	/* the factory's word: baseline, with a display where something is hidden */
	{ "", 1, false, CHOICE_HEADERS_BASELINE, REASON_HEADERS_SETTING, true },
	{ "", 0, false, CHOICE_HEADERS_BASELINE, REASON_HEADERS_SETTING, false },
	{ SECTION("domain", "partner.example", "header-protection = \"none\""), 1, false, CHOICE_HEADERS_NONE, REASON_HEADERS_OFF, false },
	{ SECTION("domain", "partner.example", "header-protection = \"shy\""), 1, false, CHOICE_HEADERS_SHY, REASON_HEADERS_SETTING, true },
	{ SECTION("address", "carol@partner.example", "legacy-display = no"), 1, false, CHOICE_HEADERS_BASELINE, REASON_HEADERS_SETTING, false },
	/* where both sides have a word the stricter holds */
	{ SECTION("domain", "partner.example", "header-protection = \"none\"") SECTION("address", "alice@example.org", "header-protection = \"shy\""),
	  1, false, CHOICE_HEADERS_SHY, REASON_HEADERS_SETTING, true },
	/* one body for all: the strictest of all, and a display if anybody needs it */
	{ SECTION("domain", "partner.example", "header-protection = \"none\""), 1, true, CHOICE_HEADERS_BASELINE, REASON_HEADERS_SETTING, true },
	{ SECTION("domain", "partner.example", "legacy-display = no"), 1, true, CHOICE_HEADERS_BASELINE, REASON_HEADERS_SETTING, true },
	/* the energy market takes no body but its author's */
	{ SECTION("domain", "partner.example", "profile = \"edi-energy\" header-protection = \"shy\""),
	  0, false, CHOICE_HEADERS_NONE, REASON_HEADERS_PROFILE, false },
	{ SECTION("domain", "partner.example", "profile = \"edi-energy\" header-protection = \"shy\""),
	  1, false, CHOICE_HEADERS_NONE, REASON_HEADERS_PROFILE, false },
	/* what is neither signed nor encrypted has no such question */
	{ "defaults { sign = \"off\" encrypt = \"off\" }", 1, false, CHOICE_HEADERS_NONE, REASON_NONE, false },
	/* clang-format on */
};

START_TEST(protects_headers_as_the_strictest_correspondent_wants)
{
	const struct row *row = &rows[_i];
	const char *rules = row->rules;
	struct settings *s = settings_of(rules);
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, "alice@example.org");
	const struct recipient_facts r[] = { recipient_of("carol@partner.example", row->certificates),
		recipient_of("dave@other.example", row->certificates) };
	struct plan *plan = plan_of(s, &m, r, row->both ? 2 : 1);

	ck_assert_int_eq(plan_in_place(plan)->headers, row->headers);
	ck_assert_str_eq(reason_word(plan_in_place(plan)->headers_reason), reason_word(row->reason));
	ck_assert(plan_in_place(plan)->legacy_display == row->legacy_display);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(asks_for_no_header_protection_of_what_does_not_leave)
{
	struct settings *s = settings_of("defaults { encrypt = \"required\" }");
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, "alice@example.org");
	const struct recipient_facts r = recipient_of("carol@partner.example", 0);
	struct plan *plan = plan_of(s, &m, &r, 1);

	ck_assert_int_eq(plan->verdict, VERDICT_REFUSE);
	ck_assert_int_eq(plan_in_place(plan)->headers, CHOICE_HEADERS_NONE);
	ck_assert(!plan_in_place(plan)->legacy_display);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

Suite *
suite_headers(void)
{
	Suite *s = suite_create("headers");
	TCase *t = tcase_create("headers");

	tcase_add_loop_test(t, protects_headers_as_the_strictest_correspondent_wants, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, asks_for_no_header_protection_of_what_does_not_leave);
	suite_add_tcase(s, t);
	return s;
}
