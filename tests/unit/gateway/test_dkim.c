/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/letters.h"
#include "tests/unit/gateway/mta.h"

Suite *suite_dkim(void);

/* DKIM signatures that came with a message: ours go where our work breaks them, all others stay. */

static struct world *a;
static struct forged alice, bob;
static const char *author;

#define TAG_RULES "trigger \"tag\" { subject-tag = \"[tag]\" sign = \"off\" }\n"

static void
set_up(void)
{
	a = world_open("a.example", "defaults { sign = \"available\" encrypt = \"off\" }\n" TAG_RULES);
	alice = certified("alice@a.example", NULL);
	bob = certified("bob@b.example", NULL);
	world_identity(a, &alice);
	world_login(a, "alice", "alice@a.example");
	author = "alice@a.example";
}

static void
tear_down(void)
{
	world_close(a);
	forged_done(&alice);
	forged_done(&bob);
}

static void
configure(const char *rules)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "%s" TAG_RULES, rules);
	world_configure(a, "a.example", text);
}

static struct delivery
submit_with(const char *fields, const char *subject, enum mta_rules rules)
{
	char text[2048];
	struct mail mail = { .from = "<alice@a.example>", .to = { "<bob@b.example>" }, .text = text, .login = "alice",
		.client = "192.0.2.7", .role = CHOICE_ROLE_SUBMISSION };

	(void)snprintf(text, sizeof(text), "%sFrom: %s\r\nTo: bob@b.example\r\nSubject: %s\r\n\r\nhello\r\n", fields,
	    author, subject);
	return mta_send(a, &mail, rules);
}

static bool
says_removed(const struct delivery *d)
{
	const struct json *list = json_look(d->report, "actions");

	for (size_t i = 0; i < json_count(list); i++)
		if (strcmp(json_text_of(json_at(list, i)), "dkim-signatures-removed") == 0)
			return true;
	return false;
}

/* One signature in, and how many come out; what is done stands in the report, and so on the record. */
static void
expect_kept(const char *signature, const char *subject, bool kept)
{
	char field[1024];
	struct delivery d;

	(void)snprintf(field, sizeof(field), "DKIM-Signature: %s\r\n", signature);
	d = submit_with(field, subject, MTA_POSTFIX);
	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s", error_text(&d.error));
	ck_assert_msg(delivery_count(&d, "DKIM-Signature") == kept, "%s", signature);
	ck_assert_msg(says_removed(&d) == !kept, "%s", signature);
	delivery_done(&d);
}

#define REST "; s=x; h=From:Subject; bh=AA==; b=BB=="

START_TEST(a_signature_of_ours_over_what_is_signed_anew_goes)
{
	static const char *const ours[] = { "v=1; a=rsa-sha256; d=a.example" REST, "d=A.Example" REST, "d=a.example." REST,
		"v=1;\r\n\td = a.example\r\n " REST, "d=a.example" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		expect_kept(ours[i], "s", false);
}
END_TEST

START_TEST(a_signature_of_ours_over_what_is_encrypted_goes)
{
	world_partner(a, NULL, &bob);
	configure("defaults { sign = \"off\" encrypt = \"required\" }\n");
	expect_kept("v=1; d=a.example" REST, "s", false);
	expect_kept("v=1; d=a.example; h=From", "s", false); /* nothing but the body is changed */
}
END_TEST

START_TEST(a_signature_of_another_domain_stays)
{
	static const char *const others[] = { "v=1; d=b.example" REST, "d=example" REST, "d=sub.a.example" REST,
		"d=nota.example" REST, "d=b.example; i=@a.example" REST };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		expect_kept(others[i], "s", true);
}
END_TEST

START_TEST(a_domain_counts_in_either_form_of_its_labels)
{
	struct forged idn = certified("alice@xn--bcher-kva.example", NULL);

	world_close(a);
	a = world_open("xn--bcher-kva.example", "defaults { sign = \"available\" encrypt = \"off\" }\n");
	world_identity(a, &idn);
	world_login(a, "alice", "alice@xn--bcher-kva.example");
	author = "alice@xn--bcher-kva.example";
	expect_kept("d=XN--Bcher-kva.example" REST, "s", false);
	expect_kept("d=b\xc3\xbc" "cher.example" REST, "s", false);
	expect_kept("d=bucher.example" REST, "s", true);
	forged_done(&idn);
}
END_TEST

START_TEST(a_signature_that_nobody_can_read_stays)
{
	static const char *const unreadable[] = { "", "d=a.example; d=a.example" REST, "d", "d=" REST, "d=a..example" REST,
		"s=x; h=From", "d=a.example b.example" REST };

	for (size_t i = 0; i < sizeof(unreadable) / sizeof(unreadable[0]); i++)
		expect_kept(unreadable[i], "s", true);
}
END_TEST

START_TEST(a_signature_that_our_work_leaves_whole_stays)
{
	configure("defaults { sign = \"off\" encrypt = \"off\" }\n");
	expect_kept("d=a.example" REST, "s", true);
	expect_kept("d=a.example; h=From : to", "[tag] s", true); /* the Subject is changed, and is not signed */
	expect_kept("d=a.example; h=Subj:Subjects", "[tag] s", true);
	expect_kept("d=a.example", "[tag] s", true);
}
END_TEST

START_TEST(a_signature_of_ours_over_a_field_that_is_changed_goes)
{
	configure("defaults { sign = \"off\" encrypt = \"off\" }\n");
	expect_kept("d=a.example; h=From:Subject", "[tag] s", false);
	expect_kept("d=a.example; h=From :\r\n sUBJECT : To", "[tag] s", false);
	expect_kept("d=a.example; h=subject", "[tag] s", false);
	expect_kept("d=b.example; h=From:Subject", "[tag] s", true);
}
END_TEST

START_TEST(the_right_ones_of_several_go_on_every_mta)
{
	static const char fields[] = "DKIM-Signature: d=a.example; n=1\r\nDKIM-Signature: d=list.example; n=2\r\n"
	                             "dkim-signature: d=a.example; n=3\r\nX-DKIM-Signature: d=a.example\r\n"
	                             "DKIM-SIGNATURE: d=b.example; n=4\r\nDKIM-Signature: d=a.example; n=5\r\n";
	struct delivery d = submit_with(fields, "s", (enum mta_rules)_i);
	char *first = delivery_field(&d, "DKIM-Signature", 1), *second = delivery_field(&d, "DKIM-Signature", 2);

	ck_assert_uint_eq(delivery_count(&d, "DKIM-Signature"), 2);
	ck_assert_str_eq(first, "d=list.example; n=2");
	ck_assert_str_eq(second, "d=b.example; n=4");
	ck_assert_uint_eq(delivery_count(&d, "X-DKIM-Signature"), 1);
	free(first);
	free(second);
	delivery_done(&d);
}
END_TEST

START_TEST(an_arc_chain_stays_whole)
{
	static const char fields[] = "ARC-Seal: i=1; cv=none; d=a.example; s=x; b=B\r\n"
	                             "ARC-Message-Signature: i=1; d=a.example" REST "\r\n"
	                             "ARC-Authentication-Results: i=1; mx.a.example; none\r\n";
	struct delivery d = submit_with(fields, "s", MTA_POSTFIX);

	ck_assert_uint_eq(delivery_count(&d, "ARC-Seal"), 1);
	ck_assert_uint_eq(delivery_count(&d, "ARC-Message-Signature"), 1);
	ck_assert_uint_eq(delivery_count(&d, "ARC-Authentication-Results"), 1);
	ck_assert(!says_removed(&d));
	delivery_done(&d);
}
END_TEST

/* Who verifies DKIM has looked before us, and its result stands beside ours. */
START_TEST(a_message_that_comes_in_keeps_all_of_them)
{
	const struct forged *to[] = { &alice };
	struct buffer text = letter("From: bob@b.example\r\nTo: alice@a.example\r\nDKIM-Signature: d=a.example" REST "\r\n"
	                            "DKIM-Signature: d=b.example" REST "\r\n",
	    letter_encrypted(to, 1, PROFILE_MODERN, "Content-Type: text/plain\r\n\r\nhello\r\n"));
	struct delivery d = mta_receive(a, "<alice@a.example>", buffer_text(&text));

	ck_assert_str_eq(delivery_body(&d), "hello\r\n");
	ck_assert_uint_eq(delivery_count(&d, "DKIM-Signature"), 2);
	ck_assert(!says_removed(&d));
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(explain_says_so_and_an_observer_does_nothing)
{
	const struct mail mail = { .from = "<alice@a.example>", .to = { "<bob@b.example>" }, .login = "alice",
		.text = "From: alice@a.example\r\nDKIM-Signature: d=a.example" REST "\r\n\r\nhello\r\n", .client = "192.0.2.7",
		.role = CHOICE_ROLE_SUBMISSION, .mode = _i == 0 ? GATEWAY_EXPLAIN : GATEWAY_SERVE, .observe = _i == 1 };
	struct delivery d = mta_send(a, &mail, MTA_POSTFIX);

	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert(says_removed(&d));
	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
}
END_TEST

Suite *
suite_dkim(void)
{
	Suite *s = suite_create("dkim");
	TCase *t = tcase_create("dkim");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_signature_of_ours_over_what_is_signed_anew_goes);
	tcase_add_test(t, a_signature_of_ours_over_what_is_encrypted_goes);
	tcase_add_test(t, a_signature_of_another_domain_stays);
	tcase_add_test(t, a_domain_counts_in_either_form_of_its_labels);
	tcase_add_test(t, a_signature_that_nobody_can_read_stays);
	tcase_add_test(t, a_signature_that_our_work_leaves_whole_stays);
	tcase_add_test(t, a_signature_of_ours_over_a_field_that_is_changed_goes);
	tcase_add_loop_test(t, the_right_ones_of_several_go_on_every_mta, 0, MTA_COUNT);
	tcase_add_test(t, an_arc_chain_stays_whole);
	tcase_add_test(t, a_message_that_comes_in_keeps_all_of_them);
	tcase_add_loop_test(t, explain_says_so_and_an_observer_does_nothing, 0, 2);
	suite_add_tcase(s, t);
	return s;
}
