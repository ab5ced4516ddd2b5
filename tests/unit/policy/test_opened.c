/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>

#include "tests/unit/policy/questions.h"

Suite *suite_opened(void);

/* Mail that was opened here and is about to leave, and the second pass of what leaves. */

#define HERE "alice@example.org"
#define STRANGER "eve@other.example"
#define AWAY "carol@partner.example"

/* ---- opened mail: the whole table ---- */

enum supplies { NONE, FAILED, UNCHECKED, USABLE, SUPPLIES };

static struct recipient_facts
supplied(enum supplies supply)
{
	struct recipient_facts r = recipient_of(AWAY, supply == UNCHECKED || supply == USABLE);

	r.temporary = supply == FAILED;
	r.revocation_unknown = supply == UNCHECKED;
	return r;
}

static const char *const degrees[] = { "off", "available", "required" };
static const char *const words[] = { "rules", "encrypt", "refuse" };
static const char *const missing[] = { "clear", "defer", "refuse" };
static const char *const unknown[] = { "accept", "defer", "refuse" };

/* For each word of opened-mail but "rules": what becomes of it, whatever `encrypt` and `on-missing-certificate` say. */
static void
expect_opened(const struct plan *plan, int word, enum supplies supply, int revocation)
{
	if (word == CHOICE_OPENED_REFUSE || supply == NONE)
		expect_refused(plan, REASON_OPENED_STAYS, ERROR_OPENED_STAYS);
	else if (supply == FAILED)
		expect_refused(plan, REASON_LOOKUP_FAILED, ERROR_CERTIFICATE_LOOKUP);
	else if (supply == UNCHECKED && revocation == CHOICE_REVOCATION_DEFER)
		expect_refused(plan, REASON_REVOCATION_UNKNOWN, ERROR_CERTIFICATE_UNCHECKED);
	else if (supply == UNCHECKED && revocation == CHOICE_REVOCATION_REFUSE)
		expect_refused(plan, REASON_REVOCATION_UNKNOWN, ERROR_CERTIFICATE_UNUSABLE);
	else
		expect_sent(plan, false, true);
}

static struct settings *
settings_for(int word, int degree, int miss, int revocation)
{
	char text[256];

	snprintf(text, sizeof text,
	    "defaults { opened-mail = \"%s\" encrypt = \"%s\" on-missing-certificate = \"%s\" revocation-unknown = \"%s\" }",
	    words[word], degrees[degree], missing[miss], unknown[revocation]);
	return settings_of(text);
}

static void
try_opened(const struct settings *s, enum choice_role role, int word, int revocation)
{
	for (int supply = 0; supply < SUPPLIES; supply++) {
		struct message_facts m = message_of(role, STRANGER), other = m;
		struct recipient_facts r = supplied((enum supplies)supply);
		struct plan *plan, *same;

		m.opened = true;
		plan = plan_of(s, &m, &r, 1);
		same = plan_of(s, &other, &r, 1);
		if (word != CHOICE_OPENED_RULES)
			expect_opened(plan, word, (enum supplies)supply, revocation);
		else
			ck_assert(plan->verdict == same->verdict && plan->reason == same->reason && plan_in_place(plan)->encrypt == plan_in_place(same)->encrypt);
		plan_free(plan);
		plan_free(same);
	}
}

START_TEST(opened_mail_never_leaves_in_clear_unless_the_setting_says_so)
{
	static const enum choice_role roles[] = { CHOICE_ROLE_SUBMISSION, CHOICE_ROLE_INBOUND, CHOICE_ROLE_LOCAL,
		CHOICE_ROLE_EGRESS };

	for (int degree = 0; degree < 3; degree++)
		for (int miss = 0; miss < 3; miss++)
			for (int revocation = 0; revocation < 3; revocation++) {
				struct settings *s = settings_for(_i, degree, miss, revocation);

				for (size_t role = 0; role < 4; role++)
					try_opened(s, roles[role], _i, revocation);
				settings_unref(s);
			}
}
END_TEST

START_TEST(opened_mail_stays_by_default_and_names_the_setting)
{
	struct settings *s = settings_of("");
	struct message_facts m = message_of(CHOICE_ROLE_EGRESS, STRANGER);
	struct recipient_facts r = recipient_of(AWAY, 0);
	struct plan *plan;

	m.opened = true;
	plan = plan_of(s, &m, &r, 1);
	expect_refused(plan, REASON_OPENED_STAYS, ERROR_OPENED_STAYS);
	ck_assert_ptr_eq(plan->setting, settings_rule(s, SETTING_OPENED_MAIL, m.author, r.address));
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(opened_mail_goes_on_to_local_recipients)
{
	struct settings *s = settings_of("defaults { opened-mail = \"refuse\" }");
	struct recipient_facts r = recipient_of(HERE, 0);

	for (int role = CHOICE_ROLE_SUBMISSION; role <= CHOICE_ROLE_EGRESS; role++) {
		struct message_facts m = message_of((enum choice_role)role, STRANGER);
		struct plan *plan;

		m.opened = true;
		plan = plan_of(s, &m, &r, 1);
		expect_sent(plan, false, false);
		plan_free(plan);
	}
	settings_unref(s);
}
END_TEST

START_TEST(what_of_opened_mail_is_still_encrypted_may_leave)
{
	struct settings *s = settings_of("defaults { opened-mail = \"refuse\" }");
	struct message_facts m = message_of(CHOICE_ROLE_EGRESS, STRANGER);
	struct recipient_facts r = recipient_of(AWAY, 0);
	struct plan *plan;

	m.opened = m.encrypted_already = m.protected_already = true;
	plan = plan_of(s, &m, &r, 1);
	expect_sent(plan, false, false);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

/* ---- the second pass ---- */

START_TEST(what_has_passed_the_rules_is_not_asked_again)
{
	struct settings *s =
	    settings_of("defaults { sign = \"required\" encrypt = \"required\" opened-mail = \"refuse\" protect-again = yes }");
	struct message_facts m = message_of(CHOICE_ROLE_EGRESS, HERE);

	m.authority = AUTHORITY_NONE;
	for (int opened = 0; opened < 2; opened++)
		for (size_t certificates = 0; certificates < 2; certificates++) {
			struct recipient_facts r = recipient_of(AWAY, certificates);
			struct plan *plan;

			m.opened = opened != 0;
			r.passed = true;
			plan = plan_of(s, &m, &r, 1);
			expect_sent(plan, false, false);
			ck_assert_str_eq(reason_word(plan->recipients[0].reason), "passed");
			ck_assert_str_eq(reason_word(plan_in_place(plan)->sign_reason), "passed");
			plan_free(plan);
		}
	settings_unref(s);
}
END_TEST

START_TEST(who_has_not_passed_gets_mail_by_the_strictest_rules)
{
	struct settings *s = settings_of("defaults { sign = \"off\" encrypt = \"available\" }\n"
	                                 "address \"alice@example.org\" { encrypt = \"required\" }");
	struct message_facts m = message_of(CHOICE_ROLE_EGRESS, HERE);
	struct recipient_facts r[] = { recipient_of(AWAY, 0), recipient_of(STRANGER, 0) };
	struct plan *plan;

	m.authority = AUTHORITY_NONE;
	r[0].passed = true;
	plan = plan_of(s, &m, r, 2);
	expect_refused(plan, REASON_MISSING_REFUSED, ERROR_CERTIFICATE_MISSING);
	ck_assert_int_eq(plan->recipients[0].action, ACTION_CLEAR);
	ck_assert_int_eq(plan->recipients[1].action, ACTION_REFUSE);
	plan_free(plan);
	r[1] = recipient_of(STRANGER, 1);
	plan = plan_of(s, &m, &r[1], 1);
	expect_sent(plan, false, true);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(the_second_pass_adds_no_layer_to_protected_mail)
{
	struct settings *s = settings_of("defaults { sign = \"available\" encrypt = \"required\" protect-again = yes }");
	struct message_facts m = message_of(CHOICE_ROLE_EGRESS, HERE);
	struct recipient_facts r = recipient_of(AWAY, 1);
	struct plan *plan;

	m.authority = AUTHORITY_NONE;
	m.protected_already = m.encrypted_already = true;
	plan = plan_of(s, &m, &r, 1);
	expect_sent(plan, false, false);
	ck_assert_str_eq(reason_word(plan->recipients[0].reason), "encrypted-already");
	plan_free(plan);
	m.encrypted_already = false; /* signed: to be encrypted all the same */
	plan = plan_of(s, &m, &r, 1);
	expect_sent(plan, false, true);
	plan_free(plan);
	settings_unref(s);
}
END_TEST

Suite *
suite_opened(void)
{
	Suite *suite = suite_create("opened");
	TCase *tc = tcase_create("opened");

	tcase_add_loop_test(tc, opened_mail_never_leaves_in_clear_unless_the_setting_says_so, 0, 3);
	tcase_add_test(tc, opened_mail_stays_by_default_and_names_the_setting);
	tcase_add_test(tc, opened_mail_goes_on_to_local_recipients);
	tcase_add_test(tc, what_of_opened_mail_is_still_encrypted_may_leave);
	tcase_add_test(tc, what_has_passed_the_rules_is_not_asked_again);
	tcase_add_test(tc, who_has_not_passed_gets_mail_by_the_strictest_rules);
	tcase_add_test(tc, the_second_pass_adds_no_layer_to_protected_mail);
	suite_add_tcase(suite, tc);
	return suite;
}
