/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "tests/unit/policy/questions.h"

Suite *suite_triggers(void);

/* What a trigger that fired makes of the rules: stricter always, weaker only where it may and the author is proven. */

#define HERE "alice@example.org"
#define AWAY "carol@partner.example"

static const char *const words[] = { "off", "available", "required" };
enum { OFF, AVAILABLE, REQUIRED, WORDS };

/* The degree that a plan followed: nobody has a key or certificate, so each degree ends in another way. */
static int
encrypt_degree(const struct plan *plan)
{
	switch (plan->recipients[0].reason) {
	case REASON_ENCRYPT_OFF:
		return OFF;
	case REASON_NO_CERTIFICATE:
		return AVAILABLE;
	case REASON_MISSING_REFUSED:
		ck_assert_int_eq(plan->verdict, VERDICT_REFUSE);
		return REQUIRED;
	default:
		ck_abort_msg("%s", reason_word(plan->recipients[0].reason));
	}
}

static int
sign_degree(const struct plan *plan)
{
	if (plan_in_place(plan)->sign_reason == REASON_SIGN_OFF)
		return OFF;
	return plan->reason == REASON_SIGN_REQUIRED ? REQUIRED : AVAILABLE;
}

struct fired {
	const char *triggers;
	bool proven, carried;
};

static struct plan *
ask(const char *setting, int rule, struct fired fired, struct settings **s)
{
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	struct recipient_facts r = recipient_of(AWAY, 0);
	const struct trigger *triggers[4];
	const bool carried[4] = { fired.carried };
	char rules[1000];

	(void)snprintf(rules, sizeof(rules), "defaults { %s = off %s = %s }\n%s",
	    strcmp(setting, "sign") == 0 ? "encrypt" : "sign", setting, words[rule], fired.triggers);
	*s = settings_of(rules);
	m.has_signer = false;
	m.no_signer = "no-identity";
	m.authority = fired.proven ? AUTHORITY_LOGIN : AUTHORITY_NONE;
	for (m.trigger_count = 0; m.trigger_count < settings_trigger_count(*s); m.trigger_count++)
		triggers[m.trigger_count] = settings_trigger_at(*s, m.trigger_count);
	m.triggers = triggers;
	m.triggers_carried = carried;
	return plan_of(*s, &m, &r, 1);
}

static void
expect_degree(const char *setting, int rule, struct fired fired, int expected)
{
	struct settings *s;
	struct plan *plan = ask(setting, rule, fired, &s);
	int got = strcmp(setting, "sign") == 0 ? sign_degree(plan) : encrypt_degree(plan);

	ck_assert_msg(got == expected, "%s = %s, %s, %s: %s instead of %s", setting, words[rule],
	    fired.triggers, fired.proven ? "proven" : "not proven", words[got], words[expected]);
	plan_free(plan);
	settings_unref(s);
}

static int
larger(int a, int b)
{
	return a > b ? a : b;
}

static void
each_word_against_each(const char *setting)
{
	for (int rule = OFF; rule < WORDS; rule++)
		for (int word = OFF; word < WORDS; word++)
			for (int weaken = 0; weaken < 2; weaken++) {
				char trigger[200];

				(void)snprintf(trigger, sizeof(trigger),
				    "trigger \"t\" { header = X %s = %s may-weaken = %s }", setting,
				    words[word], weaken ? "yes" : "no");
				expect_degree(setting, rule, (struct fired){ trigger, true, false },
				    weaken ? word : larger(rule, word));
				if (strcmp(setting, "encrypt") == 0) /* nobody else is signed for */
					expect_degree(setting, rule, (struct fired){ trigger, false, false },
					    larger(rule, word));
			}
}

START_TEST(a_trigger_makes_rules_stricter_and_weaker_only_where_it_may)
{
	each_word_against_each("encrypt");
	each_word_against_each("sign");
}
END_TEST

START_TEST(a_trigger_says_nothing_of_what_it_does_not_name)
{
	expect_degree("encrypt", AVAILABLE,
	    (struct fired){ "trigger \"t\" { header = X sign = off may-weaken = yes }", true, false }, AVAILABLE);
	expect_degree("sign", AVAILABLE,
	    (struct fired){ "trigger \"t\" { header = X encrypt = off may-weaken = yes }", true, false }, AVAILABLE);
}
END_TEST

#define WEAK "trigger \"weak\" { header = X encrypt = off may-weaken = yes }\n"

START_TEST(of_several_triggers_the_strictest_counts)
{
	expect_degree("encrypt", AVAILABLE,
	    (struct fired){ "trigger \"s\" { header = Y encrypt = required }\n" WEAK, true, false }, REQUIRED);
	expect_degree("encrypt", AVAILABLE,
	    (struct fired){ WEAK "trigger \"s\" { header = Y encrypt = required }", true, false }, REQUIRED);
	expect_degree("encrypt", REQUIRED,
	    (struct fired){ WEAK "trigger \"s\" { header = Y encrypt = available }", true, false }, REQUIRED);
	expect_degree("encrypt", REQUIRED,
	    (struct fired){ WEAK "trigger \"s\" { header = Y encrypt = available may-weaken = yes }", true, false },
	    AVAILABLE);
	expect_degree(
	    "encrypt", REQUIRED, (struct fired){ WEAK "trigger \"s\" { header = Y sign = off }", true, false }, OFF);
}
END_TEST

START_TEST(a_tag_that_a_reply_carries_on_weakens_nothing)
{
	expect_degree("encrypt", REQUIRED, (struct fired){ WEAK, true, true }, REQUIRED);
	expect_degree("encrypt", OFF,
	    (struct fired){ "trigger \"t\" { header = X encrypt = required may-weaken = yes }", true, true }, REQUIRED);
}
END_TEST

START_TEST(the_plan_names_the_trigger_that_decided)
{
	struct settings *s;
	struct plan *plan = ask("encrypt", OFF,
	    (struct fired){ "trigger \"secret\" { header = X encrypt = available }", true, false }, &s);

	ck_assert_str_eq(plan->recipients[0].setting->origin.section, "trigger \"secret\"");
	plan_free(plan);
	settings_unref(s);
}
END_TEST

Suite *
suite_triggers(void)
{
	Suite *s = suite_create("triggers");
	TCase *t = tcase_create("triggers");

	tcase_add_test(t, a_trigger_makes_rules_stricter_and_weaker_only_where_it_may);
	tcase_add_test(t, a_trigger_says_nothing_of_what_it_does_not_name);
	tcase_add_test(t, of_several_triggers_the_strictest_counts);
	tcase_add_test(t, a_tag_that_a_reply_carries_on_weakens_nothing);
	tcase_add_test(t, the_plan_names_the_trigger_that_decided);
	suite_add_tcase(s, t);
	return s;
}
