/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/mta.h"

Suite *suite_marks(void);

/* Forged marks of ours go in every role and direction, on every MTA; those of others stay. */

static struct world *w;

static void
set_up(void)
{
	w = world_open("b.example", "defaults { sign = \"off\" encrypt = \"off\" }\n");
	world_login(w, "bob", "bob@b.example");
}

static void
tear_down(void)
{
	world_close(w);
}

#define FORGED " smime.b.example; smime=pass body.smime-identifier=ceo@b.example"

static const char message[] =
    "Authentication-Results:" FORGED "\r\n"
    "Authentication-Results: mx.b.example; spf=pass\r\n"
    "authentication-results: (c) SMIME.B.Example (d);\r\n smime=pass\r\n"
    "From: bob@b.example\r\n"
    "X-Postseal-Notice: fine\r\n"
    "AUTHENTICATION-RESULTS: other.example; dkim=pass\r\n"
    "x-postseal-anything: at all\r\n"
    "X-Postseal-Notice: again\r\n"
    "Authentication-Results: \"smime.b.example\"; smime=pass\r\n"
    "X-Other: stays\r\n"
    "Authentication-Results :" FORGED "\r\n"
    "X-Postseal-Notice\t: hidden\r\n"
    "\r\nhello\r\n";

static const struct way {
	const char *to;
	enum choice_role role;
	const char *login, *client;
	bool ours; /* a result of ours is written */
} ways[] = {
	{ "<bob@b.example>", CHOICE_ROLE_INBOUND, NULL, "192.0.2.1", true },
	{ "<bob@b.example>", CHOICE_ROLE_SUBMISSION, "bob", "192.0.2.1", false },
	{ "<zed@z.example>", CHOICE_ROLE_SUBMISSION, "bob", "192.0.2.1", false },
	{ "<bob@b.example>", CHOICE_ROLE_LOCAL, NULL, NULL, false },
	{ "<zed@z.example>", CHOICE_ROLE_LOCAL, NULL, NULL, false },
};

START_TEST(removes_every_forged_mark_and_no_other)
{
	const struct way *way = &ways[_i / 2];
	const struct mail mail = { .from = "<bob@b.example>", .to = { way->to }, .text = message, .login = way->login,
		.client = way->client, .role = way->role };
	struct delivery d = mta_send(w, &mail, (enum mta_rules)(_i % 2));
	char *value;
	unsigned kept = way->ours ? 2 : 1;

	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s", error_text(&d.error));
	ck_assert_uint_eq(delivery_count(&d, "Authentication-Results"), kept + 1);
	value = delivery_field(&d, "Authentication-Results", kept);
	ck_assert_str_eq(value, "mx.b.example; spf=pass");
	free(value);
	value = delivery_field(&d, "Authentication-Results", kept + 1);
	ck_assert_str_eq(value, "other.example; dkim=pass");
	free(value);
	if (way->ours) {
		value = delivery_field(&d, "Authentication-Results", 1);
		ck_assert_str_eq(value, "smime.b.example; smime=none");
		free(value);
	}
	ck_assert_ptr_null(strstr(buffer_text(&d.text), "ceo@"));
	ck_assert_ptr_null(strcasestr(buffer_text(&d.text), "x-postseal"));
	ck_assert_uint_eq(delivery_count(&d, "X-Other"), 1);
	ck_assert_ptr_nonnull(strstr(d.log_line, "forged marks removed"));
	delivery_done(&d);
}
END_TEST

START_TEST(strips_nothing_where_it_only_observes)
{
	const struct mail mail = { .from = "<bob@b.example>", .to = { "<bob@b.example>" }, .text = message,
		.client = "192.0.2.1", .role = CHOICE_ROLE_INBOUND, .observe = true };
	struct delivery d = mta_send(w, &mail, MTA_POSTFIX);

	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
}
END_TEST

START_TEST(keeps_other_results_of_a_shared_id)
{
	static const char shared[] = "From: a@a.example\r\nAuthentication-Results: smime.b.example; dkim=pass\r\n"
	                             "Authentication-Results: smime.b.example; dkim=pass; smime=pass\r\n\r\nx\r\n";
	struct delivery d;
	char *value;

	world_configure(w, "b.example", "authserv-id-shared = yes\n");
	d = mta_receive(w, "<bob@b.example>", shared);
	ck_assert_uint_eq(delivery_count(&d, "Authentication-Results"), 2);
	value = delivery_field(&d, "Authentication-Results", 2);
	ck_assert_str_eq(value, "smime.b.example; dkim=pass");
	free(value);
	delivery_done(&d);
}
END_TEST

Suite *
suite_marks(void)
{
	Suite *s = suite_create("marks");
	TCase *t = tcase_create("marks");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, removes_every_forged_mark_and_no_other, 0, 2 * sizeof(ways) / sizeof(ways[0]));
	tcase_add_test(t, strips_nothing_where_it_only_observes);
	tcase_add_test(t, keeps_other_results_of_a_shared_id);
	suite_add_tcase(s, t);
	return s;
}
