/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/mta.h"

Suite *suite_triggers(void);

/* What users write to ask for more than the rules do: it counts, and nobody on the way reads it. */

static struct world *a;
static struct forged alice, bob;

#define SECRET                                                                                               \
	"trigger \"secret\" { subject-tag = \"[secret]\" header = \"X-Secret: yes\" encrypt = \"required\" " \
	"}\n"
#define FROM "From: Alice <alice@a.example>\r\n"
#define REST "Message-ID: <1@a.example>\r\n\r\nhello\r\n"

static void
set_up(void)
{
	/* What is hidden anyway would show nothing of the tag; test_headers.c has both together. */
	a = world_open("a.example", "defaults { sign = \"off\" encrypt = \"off\" header-protection = \"none\" }\n" SECRET);
	alice = certified("alice@a.example", NULL);
	bob = certified("bob@b.example", NULL);
	world_identity(a, &alice);
	world_login(a, "alice", "alice@a.example");
	world_partner(a, NULL, &bob);
}

static void
tear_down(void)
{
	world_close(a);
	forged_done(&alice);
	forged_done(&bob);
}

static struct delivery
submit_by(enum mta_rules rules, const char *to, const char *fields)
{
	char text[1000];
	struct mail mail = { .from = "<alice@a.example>",
		.to = { to },
		.text = text,
		.login = "alice",
		.client = "192.0.2.7",
		.role = CHOICE_ROLE_SUBMISSION };

	(void)snprintf(text, sizeof(text), FROM "To: x@b.example\r\n%s" REST, fields);
	return mta_send(a, &mail, rules);
}

static bool
is_encrypted(const struct delivery *d)
{
	return strstr(buffer_text(&d->text), "enveloped-data") != NULL &&
	    strstr(buffer_text(&d->text), "hello") == NULL;
}

static void
expect_field(const struct delivery *d, const char *name, const char *value)
{
	char *field = delivery_field(d, name, 1);

	if (value == NULL)
		ck_assert_msg(field == NULL, "%s: %s", name, field);
	else
		ck_assert_str_eq(field, value);
	free(field);
}

START_TEST(a_tag_encrypts_and_does_not_leave)
{
	for (int rules = 0; rules < MTA_COUNT; rules++) {
		struct delivery d = submit_by((enum mta_rules)rules, "<bob@b.example>",
		    "Subject: Re: [SECRET] plans\r\nThread-Topic: [secret] plans\r\n");

		ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
		ck_assert(is_encrypted(&d));
		expect_field(&d, "Subject", "Re: plans");
		expect_field(&d, "Thread-Topic", "plans");
		ck_assert_ptr_null(strcasestr(buffer_text(&d.text), "secret"));
		delivery_done(&d);
	}
}
END_TEST

START_TEST(a_field_encrypts_and_does_not_leave)
{
	for (int rules = 0; rules < MTA_COUNT; rules++) {
		struct delivery d = submit_by((enum mta_rules)rules, "<bob@b.example>",
		    "Subject: plans\r\nX-Secret: maybe\r\nx-secret:  YES \r\nX-Secret: yes\r\nX-Secrets: "
		    "yes\r\n");

		ck_assert(is_encrypted(&d));
		expect_field(&d, "X-Secret", "maybe");
		ck_assert_uint_eq(delivery_count(&d, "X-Secret"), 1);
		ck_assert_uint_eq(delivery_count(&d, "X-Secrets"), 1);
		delivery_done(&d);
	}
}
END_TEST

START_TEST(what_does_not_fire_changes_nothing)
{
	struct delivery d =
	    submit_by(MTA_POSTFIX, "<bob@b.example>", "Subject: secret plans\r\nX-Secret: no\r\n");

	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_uint_eq(d.edits.size, 0);
	ck_assert_ptr_null(json_look(d.report, "triggers"));
	delivery_done(&d);
}
END_TEST

START_TEST(a_tag_that_cannot_be_honoured_refuses_the_message)
{
	struct delivery d = submit_by(MTA_POSTFIX, "<carol@c.example>", "Subject: [secret] plans\r\n");

	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_str_eq(d.answer.status, "5.7.5");
	ck_assert_ptr_nonnull(strstr(d.answer.text, "carol@c.example"));
	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
}
END_TEST

START_TEST(a_tag_goes_also_where_nothing_else_is_done)
{
	struct delivery d;

	world_configure(a, "a.example",
	    "defaults { sign = \"off\" encrypt = \"available\" }\n"
	    "trigger \"plain\" { subject-tag = \"[plain]\" encrypt = \"off\" may-weaken = yes }\n");
	d = submit_by(MTA_POSTFIX, "<bob@b.example>", "Subject: =?utf-8?q?=5Bplain=5D_gr=C3=BC=C3=9Fe?=\r\n");
	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert(!is_encrypted(&d));
	ck_assert_ptr_null(strcasestr(buffer_text(&d.text), "plain"));
	ck_assert_ptr_nonnull(strstr(buffer_text(&d.text), "Subject: =?"));
	delivery_done(&d);
}
END_TEST

START_TEST(a_tag_of_whoever_is_answered_weakens_nothing)
{
	struct delivery d;

	world_configure(a, "a.example",
	    "defaults { sign = \"off\" encrypt = \"required\" header-protection = \"none\" }\n"
	    "trigger \"plain\" { subject-tag = \"[plain]\" encrypt = \"off\" may-weaken = yes }\n");
	d = submit_by(MTA_POSTFIX, "<bob@b.example>", "Subject: Re: [plain] plans\r\n");
	ck_assert(is_encrypted(&d));
	expect_field(&d, "Subject", "Re: plans");
	delivery_done(&d);
	d = submit_by(MTA_POSTFIX, "<bob@b.example>", "Subject: [plain] Re: plans\r\n");
	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert(!is_encrypted(&d));
	delivery_done(&d);
}
END_TEST

START_TEST(a_trigger_that_keeps_leaves_its_field)
{
	struct delivery d;

	world_configure(a, "a.example",
	    "defaults { sign = \"off\" encrypt = \"off\" }\n"
	    "trigger \"c\" { header = \"Sensitivity: company-confidential\" encrypt = \"required\" keep = "
	    "yes }\n");
	d = submit_by(
	    MTA_POSTFIX, "<bob@b.example>", "Subject: plans\r\nSensitivity: Company-Confidential\r\n");
	ck_assert(is_encrypted(&d));
	expect_field(&d, "Sensitivity", "Company-Confidential");
	delivery_done(&d);
}
END_TEST

START_TEST(mail_between_our_users_keeps_its_tag)
{
	struct delivery d = submit_by(MTA_POSTFIX, "<anna@a.example>", "Subject: [secret] plans\r\n");

	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
}
END_TEST

START_TEST(mail_that_comes_in_fires_nothing)
{
	struct delivery d = mta_receive(a, "<alice@a.example>",
	    "From: bob@b.example\r\nSubject: [secret] plans\r\nX-Secret: yes\r\n" REST);

	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	expect_field(&d, "Subject", "[secret] plans");
	expect_field(&d, "X-Secret", "yes");
	ck_assert_ptr_null(json_look(d.report, "triggers"));
	delivery_done(&d);
}
END_TEST

START_TEST(the_record_names_what_fired)
{
	struct delivery d = submit_by(MTA_POSTFIX, "<bob@b.example>", "Subject: [secret] plans\r\n");
	struct json *line = world_last(a, "message");
	const struct json *list = json_look(line, "triggers");

	ck_assert_uint_eq(json_count(list), 1);
	ck_assert_str_eq(json_text_of(json_at(list, 0)), "secret");
	json_release(line);
	delivery_done(&d);
}
END_TEST

START_TEST(a_subject_that_cannot_be_written_without_its_tag_is_refused)
{
	struct delivery d = submit_by(
	    MTA_POSTFIX, "<bob@b.example>", "Subject: [secret] =?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=\r\n");

	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_str_eq(d.answer.code, "554");
	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
}
END_TEST

Suite *
suite_triggers(void)
{
	Suite *s = suite_create("triggers");
	TCase *t = tcase_create("triggers");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_tag_encrypts_and_does_not_leave);
	tcase_add_test(t, a_field_encrypts_and_does_not_leave);
	tcase_add_test(t, what_does_not_fire_changes_nothing);
	tcase_add_test(t, a_tag_that_cannot_be_honoured_refuses_the_message);
	tcase_add_test(t, a_tag_goes_also_where_nothing_else_is_done);
	tcase_add_test(t, a_tag_of_whoever_is_answered_weakens_nothing);
	tcase_add_test(t, a_trigger_that_keeps_leaves_its_field);
	tcase_add_test(t, mail_between_our_users_keeps_its_tag);
	tcase_add_test(t, mail_that_comes_in_fires_nothing);
	tcase_add_test(t, the_record_names_what_fired);
	tcase_add_test(t, a_subject_that_cannot_be_written_without_its_tag_is_refused);
	suite_add_tcase(s, t);
	return s;
}
