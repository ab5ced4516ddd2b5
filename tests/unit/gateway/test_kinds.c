/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "tests/unit/gateway/mta.h"

Suite *suite_kinds(void);

/* What is done with each kind of mail (kinds.def), where it is wished for and where it is required. */

static const struct kind {
	const char *name, *is_signed, *encrypted, *envelope, *text;
} kinds[] = {
#define KIND(name, is_signed, encrypted, envelope, text) { name, is_signed, encrypted, envelope, text },
#include "tests/unit/gateway/kinds.def"
#undef KIND
};

#define HEADER \
	"From: Alice <alice@a.example>\r\nTo: bob@b.example\r\nSubject: s\r\nMessage-ID: <1@a.example>\r\nMIME-Version: 1.0\r\n"

static struct world *a, *b;
static struct forged alice, bob;

static void
set_up(void)
{
	a = world_open("a.example", NULL);
	b = world_open("b.example", NULL);
	alice = certified("alice@a.example", NULL);
	bob = certified("bob@b.example", NULL);
	world_identity(a, &alice);
	world_login(a, "alice", "alice@a.example");
	world_partner(a, NULL, &bob);
	world_identity(b, &bob);
}

static void
tear_down(void)
{
	world_close(a);
	world_close(b);
	forged_done(&alice);
	forged_done(&bob);
}

static bool
is_sent_elsewhere(const struct kind *kind)
{
	return strcmp(kind->envelope, "mta") == 0;
}

static struct delivery
submit(const struct kind *kind, const char *degree)
{
	bool null = strcmp(kind->envelope, "null") == 0;
	char rules[200], text[4096];

	(void)snprintf(rules, sizeof(rules), "defaults { sign = \"%s\" encrypt = \"%s\" }\n", degree, degree);
	(void)snprintf(text, sizeof(text), HEADER "%s", kind->text);
	world_configure(a, "a.example", rules);
	return mta_send(a, &(struct mail){ .from = null ? "<>" : "<alice@a.example>", .to = { "<bob@b.example>" }, .text = text,
		.login = "alice", .client = "192.0.2.7", .role = CHOICE_ROLE_SUBMISSION }, MTA_POSTFIX);
}

static bool
has_action(const struct delivery *d, const char *action)
{
	const struct json *list = json_look(d->report, "actions");

	for (size_t i = 0; i < json_count(list); i++)
		if (strcmp(json_text_of(json_at(list, i)), action) == 0)
			return true;
	return false;
}

/* Whether the kind is signed where that is wished for, and where it is required. */
static bool
is_signed(const struct kind *kind, bool required)
{
	return strcmp(kind->is_signed, "yes") == 0 || (required && strcmp(kind->is_signed, "opaquely") == 0);
}

static void
expect_protection(const struct delivery *d, const struct kind *kind, bool required)
{
	bool already = strcmp(kind->encrypted, "already") == 0;

	ck_assert_msg(d->verdict == VERDICT_CONTINUE, "%s: %s", kind->name, error_text(&d->error));
	ck_assert_msg(has_action(d, "signed") == is_signed(kind, required), "%s, required %d: signed", kind->name, required);
	ck_assert_msg(has_action(d, "encrypted") == !already, "%s: encrypted", kind->name);
	ck_assert_msg(!already || d->edits.size == 0, "%s: changed", kind->name);
	ck_assert_msg(already || strstr(delivery_body(d), "canary") == NULL, "%s: in clear", kind->name);
}

/* The other side reads what was written. */
static void
expect_arrival(const struct delivery *d, const struct kind *kind)
{
	struct delivery arrived = mta_receive(b, "<bob@b.example>", buffer_text(&d->text));

	ck_assert_msg(arrived.verdict == VERDICT_CONTINUE, "%s: %s", kind->name, error_text(&arrived.error));
	ck_assert_msg(has_action(&arrived, "opened") || strcmp(kind->encrypted, "already") == 0, "%s: not opened", kind->name);
	ck_assert_msg(strstr(buffer_text(&arrived.text), "canary") != NULL || strstr(kind->text, "canary") == NULL, "%s:\n%s",
	    kind->name, buffer_text(&arrived.text));
	delivery_done(&arrived);
}

START_TEST(each_kind_is_protected_as_the_manual_says)
{
	const struct kind *kind = &kinds[_i];
	struct delivery d;

	if (is_sent_elsewhere(kind))
		return;
	d = submit(kind, "available");
	expect_protection(&d, kind, false);
	expect_arrival(&d, kind);
	delivery_done(&d);
}
END_TEST

/* Already protected mail is carried as it is; everything else that must be signed and never is, is refused. */
START_TEST(each_kind_is_refused_where_what_is_required_cannot_be)
{
	const struct kind *kind = &kinds[_i];
	bool carried = strncmp(kind->name, "signed by", 9) == 0 || strcmp(kind->encrypted, "already") == 0;
	struct delivery d;

	if (is_sent_elsewhere(kind))
		return;
	d = submit(kind, "required");
	if (is_signed(kind, true) || carried) {
		expect_protection(&d, kind, true);
		expect_arrival(&d, kind);
	} else {
		ck_assert_msg(d.verdict == VERDICT_REFUSE, "%s: sent", kind->name);
		ck_assert_str_eq(delivery_report(&d, "reason"), "sign-required");
		ck_assert_uint_eq(d.edits.size, 0);
	}
	delivery_done(&d);
}
END_TEST

Suite *
suite_kinds(void)
{
	Suite *s = suite_create("kinds");
	TCase *t = tcase_create("kinds");
	const int count = sizeof(kinds) / sizeof(kinds[0]);

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, each_kind_is_protected_as_the_manual_says, 0, count);
	tcase_add_loop_test(t, each_kind_is_refused_where_what_is_required_cannot_be, 0, count);
	suite_add_tcase(s, t);
	return s;
}
