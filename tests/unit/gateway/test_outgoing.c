/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/unit/gateway/mta.h"

Suite *suite_outgoing(void);

static struct world *a;
static struct forged alice, bob, carol;

static void
set_up(void)
{
	a = world_open("a.example", "defaults { sign = \"available\" encrypt = \"available\" }\n");
	alice = certified("alice@a.example", NULL);
	bob = certified("bob@b.example", NULL);
	carol = certified("carol@c.example", NULL);
	world_identity(a, &alice);
	world_login(a, "alice", "alice@a.example");
	world_partner(a, NULL, &bob);
	world_partner(a, NULL, &carol);
}

static void
tear_down(void)
{
	world_close(a);
	forged_done(&alice);
	forged_done(&bob);
	forged_done(&carol);
}

static void
configure(const char *rules)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "defaults { %s }\n", rules);
	world_configure(a, "a.example", text);
}

#define FROM "From: Alice <alice@a.example>\r\n"
#define TO_BOB "To: bob@b.example\r\n"
#define REST "Subject: s\r\nMessage-ID: <1@a.example>\r\n"
#define BODY "\r\nhello\r\n"

static struct delivery
submit_to(const char *const *to, const char *text, enum mta_rules rules)
{
	struct mail mail = { .from = "<alice@a.example>", .text = text, .login = "alice", .client = "192.0.2.7",
		.role = CHOICE_ROLE_SUBMISSION };

	for (size_t i = 0; to[i] != NULL; i++)
		mail.to[i] = to[i];
	return mta_send(a, &mail, rules);
}

static struct delivery
submit(const char *text)
{
	return submit_to((const char *const[]){ "<bob@b.example>", NULL }, text, MTA_POSTFIX);
}

static void
expect_action(const struct delivery *d, const char *action, bool done)
{
	const struct json *list = json_look(d->report, "actions");
	bool found = false;

	for (size_t i = 0; i < json_count(list); i++)
		found = found || strcmp(json_text_of(json_at(list, i)), action) == 0;
	ck_assert_msg(found == done, "%s: %d", action, found);
}

/* ---- the outer header ---- */

static const char *const headers[] = {
	FROM TO_BOB REST,
	FROM TO_BOB REST "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n",
	FROM TO_BOB REST "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n",
	FROM TO_BOB "MIME-Version: 1.0\r\n" REST "mime-version: 1.0\r\nMIME-VERSION: 1.0\r\n",
	FROM TO_BOB REST "MIME-Version: 1.0\r\nContent-Description: d\r\nContent-ID: <i>\r\nContent-Language: de\r\n"
	    "Content-Disposition: inline\r\nContent-Type: text/plain\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n",
};

static void
expect_one(const struct delivery *d, const char *name, const char *want)
{
	char *value = delivery_field(d, name, 1);

	if (want == NULL) {
		ck_assert_msg(value == NULL, "%s: %s", name, value);
	} else {
		ck_assert_msg(value != NULL && strstr(value, want) != NULL, "%s: %s", name, value);
		ck_assert_msg(delivery_count(d, name) == 1, "%s: %u", name, delivery_count(d, name));
	}
	free(value);
}

START_TEST(writes_the_outer_header_afresh_on_every_mta)
{
	char text[1024];
	struct delivery d;

	(void)snprintf(text, sizeof(text), "%s%s", headers[_i / 4], BODY);
	configure(_i % 4 < 2 ? "encrypt = \"off\"" : "sign = \"off\"");
	d = submit_to((const char *const[]){ "<bob@b.example>", NULL }, text, (enum mta_rules)(_i % 2));
	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s", error_text(&d.error));
	expect_one(&d, "MIME-Version", "1.0");
	expect_one(&d, "Content-Type", _i % 4 < 2 ? "multipart/signed" : "application/pkcs7-mime");
	expect_one(&d, "Content-Transfer-Encoding", _i % 4 < 2 ? NULL : "base64");
	expect_one(&d, "Content-Disposition", _i % 4 < 2 ? NULL : "smime.p7m");
	expect_one(&d, "Content-Description", NULL);
	expect_one(&d, "Content-ID", NULL);
	expect_one(&d, "Content-Language", NULL);
	expect_one(&d, "From", "alice@a.example");
	expect_one(&d, "Subject", _i % 4 < 2 ? "s" : "[...]");
	expect_one(&d, "Message-ID", "<1@a.example>");
	if (_i % 4 < 2 && strstr(headers[_i / 4], "Content-ID") != NULL)
		ck_assert_ptr_nonnull(strstr(delivery_body(&d), "\r\nContent-ID: <i>\r\n"));
	delivery_done(&d);
}
END_TEST

/* What the other end would leave closed is refused where it is to be encrypted, and nothing else is. */
static const struct ambiguous {
	const char *entity;
	bool is_refused;
} ambiguous[] = {
	/* clang-format off */
	{ "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nx\r\n", true },
	{ "Content-Disposition: inline\r\nContent-Disposition: attachment\r\n\r\nx\r\n", true },
	{ "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n", true },
	{ "Content-Description: a\001b\r\n\r\nx\r\n", true },
	{ "Content-Type: text/plain;\r\n \r\n\r\nx\r\n", true },
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\nno delimiter\r\n", true },
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--b--\r\n", true },
	{ "X-Blank: a\r\n \r\n b\r\nContent-Type: text/plain\r\n\r\nx\r\n", true },
	{ "X-Odd: a\001b\r\nContent-Type: text/plain\r\n\r\nx\r\n", false },
	{ "MIME-Version: 1.0\r\nMIME-Version: 1.0\r\n\r\nx\r\n", false },
	{ "Content-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nno delimiter\r\n", false },
	/* clang-format on */
};

START_TEST(encrypts_nothing_that_the_other_end_would_leave_closed)
{
	const struct ambiguous *row = &ambiguous[_i];
	struct world *b = world_open("b.example", NULL);
	struct delivery d, back;
	char text[1024];

	(void)snprintf(text, sizeof(text), "%s%s%s%s", FROM, TO_BOB, REST, row->entity);
	world_identity(b, &bob);
	configure("sign = \"off\" encrypt = \"available\"");
	d = submit(text);
	ck_assert_msg((d.verdict == VERDICT_REFUSE) == row->is_refused, "%s: %s", row->entity, error_text(&d.error));
	if (row->is_refused) {
		ck_assert_str_eq(d.answer.status, "5.6.0");
		ck_assert_uint_eq(d.edits.size, 0);
	} else {
		back = mta_receive(b, "<bob@b.example>", buffer_text(&d.text));
		expect_action(&back, "opened", true);
		delivery_done(&back);
	}
	delivery_done(&d);
	world_close(b);
}
END_TEST

START_TEST(removes_bcc_before_it_protects)
{
	struct delivery d = submit(FROM TO_BOB "Bcc: eve@c.example\r\nbcc: x@c.example\r\nResent-Bcc: y@c.example\r\n" REST BODY);

	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_ptr_null(strstr(buffer_text(&d.text), "c.example"));
	delivery_done(&d);
}
END_TEST

START_TEST(touches_nothing_when_there_is_nothing_to_do)
{
	struct delivery d;

	configure("sign = \"off\" encrypt = \"off\"");
	d = submit(FROM TO_BOB "Bcc: eve@c.example\r\n" REST BODY);
	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
}
END_TEST

/* ---- who is signed for ---- */

struct signing {
	const char *what, *header;
	const char *login, *client;
	enum choice_role role;
	bool is_signed;
	const char *reason;
};

static const struct signing signings[] = {
	/* clang-format off */
	{ "a login that may",        FROM TO_BOB, "alice", "192.0.2.7", CHOICE_ROLE_SUBMISSION, true, "sign-setting" },
	{ "nobody",                  "From: zed@z.example\r\n" TO_BOB, NULL, "192.0.2.7", CHOICE_ROLE_SUBMISSION, false, "not-proven" },
	{ "two From fields",         FROM FROM TO_BOB, "alice", "192.0.2.7", CHOICE_ROLE_SUBMISSION, false, "several-authors" },
	{ "two mailboxes",           "From: alice@a.example, alice@a.example\r\n" TO_BOB, "alice", "192.0.2.7", CHOICE_ROLE_SUBMISSION, false, "several-authors" },
	{ "a group",                 "From: all: alice@a.example;\r\n" TO_BOB, "alice", "192.0.2.7", CHOICE_ROLE_SUBMISSION, false, "several-authors" },
	{ "no From",                 TO_BOB, "alice", "192.0.2.7", CHOICE_ROLE_SUBMISSION, false, "several-authors" },
	{ "a list",                  FROM TO_BOB "List-Id: <l.a.example>\r\n", "alice", "192.0.2.7", CHOICE_ROLE_SUBMISSION, false, "list-mail" },
	{ "resent",                  FROM TO_BOB "resent-from: alice@a.example\r\n", "alice", "192.0.2.7", CHOICE_ROLE_SUBMISSION, false, "list-mail" },
	{ "automatic",               FROM TO_BOB "Auto-Submitted: auto-replied\r\n", "alice", "192.0.2.7", CHOICE_ROLE_SUBMISSION, false, "automatic" },
	{ "not automatic",           FROM TO_BOB "Auto-Submitted: No (a person)\r\n", "alice", "192.0.2.7", CHOICE_ROLE_SUBMISSION, true, "sign-setting" },
	{ "not automatic, with more", FROM TO_BOB "Auto-Submitted: no; x=y\r\n", "alice", "192.0.2.7", CHOICE_ROLE_SUBMISSION, true, "sign-setting" },
	{ "none of no",              FROM TO_BOB "Auto-Submitted: notification\r\n", "alice", "192.0.2.7", CHOICE_ROLE_SUBMISSION, false, "automatic" },
	{ "from outside",            FROM TO_BOB "Authentication-Results: smime.a.example; smime=none\r\n", "alice", "192.0.2.7", CHOICE_ROLE_SUBMISSION, false, "from-outside" },
	{ "cron",                    FROM TO_BOB, NULL, NULL, CHOICE_ROLE_LOCAL, false, "role-never-signs" },
	/* clang-format on */
};

START_TEST(signs_for_a_proven_author_only)
{
	const struct signing *s = &signings[_i];
	struct mail mail = { .from = "<alice@a.example>", .to = { "<bob@b.example>" }, .login = s->login,
		.client = s->client, .role = s->role };
	char text[1024];
	struct delivery d;

	(void)snprintf(text, sizeof(text), "%s%s%s", s->header, REST, BODY);
	configure("encrypt = \"off\"");
	mail.text = text;
	d = mta_send(a, &mail, MTA_POSTFIX);
	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s: %s", s->what, error_text(&d.error));
	ck_assert_msg((strstr(buffer_text(&d.text), "multipart/signed") != NULL) == s->is_signed, "%s", s->what);
	ck_assert_msg(strcmp(delivery_report(&d, "reason"), s->reason) == 0, "%s: %s", s->what,
	    delivery_report(&d, "reason"));
	delivery_done(&d);
}
END_TEST

START_TEST(never_signs_automatic_mail_of_the_null_sender)
{
	struct mail mail = { .from = "<>", .to = { "<bob@b.example>" }, .text = FROM TO_BOB REST BODY, .login = "alice",
		.client = "192.0.2.7", .role = CHOICE_ROLE_SUBMISSION };
	struct delivery d;

	configure("encrypt = \"off\"");
	d = mta_send(a, &mail, MTA_POSTFIX);
	ck_assert_str_eq(delivery_report(&d, "reason"), "automatic");
	delivery_done(&d);
}
END_TEST

START_TEST(refuses_a_login_that_claims_another_author)
{
	struct delivery d = submit("From: boss@a.example\r\n" TO_BOB REST BODY);

	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_str_eq(d.answer.code, "550");
	ck_assert_str_eq(d.answer.status, "5.7.1");
	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
	/* Nor may a second mailbox hide behind the first. */
	d = submit("From: alice@a.example, boss@a.example\r\n" TO_BOB REST BODY);
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	delivery_done(&d);
	d = submit(FROM "From: boss@a.example\r\n" TO_BOB REST BODY);
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	delivery_done(&d);
}
END_TEST

START_TEST(refuses_a_local_author_without_login)
{
	struct mail mail = { .from = "<alice@a.example>", .to = { "<bob@b.example>" }, .text = FROM TO_BOB REST BODY,
		.client = "192.0.2.7", .role = CHOICE_ROLE_SUBMISSION };
	struct delivery d = mta_send(a, &mail, MTA_POSTFIX);

	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_str_eq(delivery_report(&d, "reason"), "relay-local-author");
	delivery_done(&d);
}
END_TEST

/* ---- encryption ---- */

START_TEST(encrypts_to_all_or_refuses)
{
	struct delivery d;

	configure("encrypt = \"required\"");
	d = submit_to((const char *const[]){ "<bob@b.example>", "<carol@c.example>", NULL },
	    FROM "To: bob@b.example, carol@c.example\r\n" REST BODY, MTA_POSTFIX);
	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s", error_text(&d.error));
	expect_action(&d, "encrypted", true);
	expect_action(&d, "signed", true);
	delivery_done(&d);
	d = submit_to((const char *const[]){ "<bob@b.example>", "<dave@d.example>", "<erin%x@e.example>", NULL },
	    FROM "To: bob@b.example, dave@d.example, erin%x@e.example\r\n" REST BODY, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_str_eq(d.answer.code, "550");
	ck_assert_str_eq(d.answer.status, "5.7.5");
	ck_assert_ptr_nonnull(strstr(d.answer.text, "dave@d.example, erin?x@e.example"));
	ck_assert_ptr_null(strstr(d.answer.text, "bob@"));
	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
}
END_TEST

START_TEST(defers_where_the_settings_say_so)
{
	struct delivery d;

	configure("encrypt = \"required\" on-missing-certificate = \"defer\"");
	d = submit_to((const char *const[]){ "<dave@d.example>", NULL }, FROM "To: dave@d.example\r\n" REST BODY, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_RETRY_LATER);
	ck_assert_str_eq(d.answer.code, "451");
	ck_assert_str_eq(d.answer.status, "4.7.5");
	ck_assert_ptr_nonnull(strstr(d.answer.text, "dave@d.example"));
	delivery_done(&d);
}
END_TEST

START_TEST(names_no_more_recipients_than_a_reply_holds)
{
	struct mail mail = { .from = "<alice@a.example>", .text = FROM REST BODY, .login = "alice", .client = "192.0.2.7",
		.role = CHOICE_ROLE_SUBMISSION };
	char names[6][128];
	struct delivery d;

	configure("encrypt = \"required\"");
	for (size_t i = 0; i < 6; i++) {
		memset(names[i], 'a' + (int)i, 90);
		(void)snprintf(names[i] + 60, sizeof(names[i]) - 60, "@%c.example", 'd' + (int)i);
		mail.to[i] = names[i];
	}
	d = mta_send(a, &mail, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_uint_lt(strlen(d.answer.text), GATEWAY_REPLY_MAX);
	ck_assert_ptr_nonnull(strstr(d.answer.text, " and 3 more"));
	ck_assert_ptr_nonnull(strstr(d.answer.text, "@d.example"));
	delivery_done(&d);
}
END_TEST

START_TEST(refuses_what_needs_two_bodies)
{
	/* One recipient clear, one encrypted; and a blind one beside another. */
	struct delivery d = submit_to((const char *const[]){ "<bob@b.example>", "<dave@d.example>", NULL },
	    FROM "To: bob@b.example, dave@d.example\r\n" REST BODY, MTA_POSTFIX);

	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_str_eq(delivery_report(&d, "reason"), "copies-needed");
	delivery_done(&d);
	d = submit_to((const char *const[]){ "<bob@b.example>", "<carol@c.example>", NULL }, FROM TO_BOB REST BODY, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_str_eq(delivery_report(&d, "reason"), "copies-needed");
	delivery_done(&d);
}
END_TEST

static const struct {
	const char *header, *orcpt;
	bool blind;
} blindness[] = {
	/* clang-format off */
	{ "To: bob@b.example\r\nCc: Carol <CAROL@C.example>\r\n", NULL, false },
	{ "To: bob@b.example, carol@c.example\r\n", NULL, false },
	{ "To: bob@b.example\r\nTo: carol@c.example\r\n", NULL, false },
	{ "To: all: bob@b.example, carol@c.example;\r\n", NULL, false },
	{ "To: bob@b.example, carol@c.example\r\nResent-To: bob@b.example\r\n", NULL, true },
	{ "Resent-To: bob@b.example, carol@c.example\r\nTo: zed@z.example\r\n", NULL, false },
	{ "Resent-From: x@z.example\r\nResent-To: bob@b.example\r\nResent-From: y@z.example\r\nResent-To: carol@c.example\r\n", NULL, true },
	{ "Resent-To: bob@b.example\r\nReceived: by x\r\nResent-Cc: carol@c.example\r\n", NULL, true },
	{ "To: bob@b.example\r\nSubject: carol@c.example\r\n", NULL, true },
	{ "To: bob@b.example, alias+x@c.example\r\n", "ORCPT=rfc822;alias+2Bx@c.example", false },
	{ "To: bob@b.example\r\n", "ORCPT=rfc822;alias@c.example", true },
	/* clang-format on */
};

/* The MTA of these tests gives no parameters with RCPT; here the calls are made by hand. */
START_TEST(knows_who_is_blind)
{
	const struct session_facts session = { .role = CHOICE_ROLE_SUBMISSION, .client_address = "192.0.2.7",
		.mode = GATEWAY_EXPLAIN };
	char *orcpt[] = { (char *)(uintptr_t)blindness[_i].orcpt, NULL };
	struct error e = ERROR_INIT;
	struct gateway_message *m;
	char text[1024], *line, *rest = text;
	enum verdict verdict;

	m = gateway_begin(a->gateway, settings_ref(a->settings), &session, "<alice@a.example>", NULL, &e);
	ck_assert_ptr_nonnull(m);
	ck_assert_int_eq(gateway_fact(m, "{auth_authen}", "alice"), 0);
	ck_assert_int_eq(gateway_recipient(m, "<bob@b.example>", NULL, &e), VERDICT_CONTINUE);
	ck_assert_int_eq(gateway_recipient(m, "<carol@c.example>", orcpt, &e), VERDICT_CONTINUE);
	(void)snprintf(text, sizeof(text), "%s", blindness[_i].header);
	expect_ok(gateway_header(m, "From", " alice@a.example", &e));
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		char *colon = strchr(line, ':');

		*colon = '\0';
		colon[strcspn(colon + 1, "\r") + 1] = '\0';
		expect_ok(gateway_header(m, line, colon + 1, &e));
	}
	verdict = gateway_finish(m, NULL, NULL, &e);
	ck_assert_msg((verdict == VERDICT_REFUSE) == blindness[_i].blind, "%s", blindness[_i].header);
	gateway_end(m);
}
END_TEST

START_TEST(uses_the_certificate_of_a_whole_domain_once)
{
	struct forged domain = certified("gateway@p.example", "rsa-2048");
	struct delivery d;

	world_partner(a, "@p.example", &domain);
	configure("encrypt = \"required\"");
	d = submit_to((const char *const[]){ "<x@p.example>", "<y@p.example>", NULL },
	    FROM "To: x@p.example, y@p.example\r\n" REST BODY, MTA_POSTFIX);
	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s", error_text(&d.error));
	expect_action(&d, "encrypted", true);
	delivery_done(&d);
	forged_done(&domain);
}
END_TEST

/* ---- already protected ---- */

START_TEST(carries_what_is_encrypted_already)
{
	struct delivery first, again;

	configure("encrypt = \"required\"");
	first = submit(FROM TO_BOB REST BODY);
	again = submit(buffer_text(&first.text));
	ck_assert_msg(again.verdict == VERDICT_CONTINUE, "%s", error_text(&again.error));
	ck_assert_uint_eq(again.edits.size, 0);
	ck_assert_str_eq(delivery_report(&again, "reason"), "protected-already");
	delivery_done(&first);
	delivery_done(&again);
}
END_TEST

/* Who must be signed for, and had rather not, gets nowhere with a label. */
START_TEST(signs_what_is_only_labelled_as_protected)
{
	static const char *const entities[] = {
		"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n\r\nhello\r\n",
		"Content-Type: application/octet-stream; name=smime.p7m\r\n\r\nhello\r\n",
		"Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b--\r\n",
		"Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=b\r\n\r\n"
		"--b\r\n\r\nhello\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\nmine\r\n--b--\r\n",
		"Content-Type: multipart/signed; protocol=\"application/x-mine\"; boundary=b\r\n\r\n"
		"--b\r\n\r\nhello\r\n--b\r\nContent-Type: application/x-mine\r\n\r\nmine\r\n--b--\r\n",
	};

	configure("sign = \"required\" encrypt = \"off\"");
	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		char text[1024];
		struct delivery d;

		(void)snprintf(text, sizeof(text), "%s%s%s%s", FROM, TO_BOB, "MIME-Version: 1.0\r\n", entities[i]);
		d = submit(text);
		ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s: %s", entities[i], error_text(&d.error));
		expect_action(&d, "signed", true);
		delivery_done(&d);
	}
}
END_TEST

/* Signed and encrypted, and Bob finds in it what was sent. */
static void
expect_within(struct world *b, const char *text, const char *kept)
{
	struct delivery d = submit(text), opened;

	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s", error_text(&d.error));
	expect_action(&d, "signed", true);
	expect_action(&d, "encrypted", true);
	opened = mta_receive(b, "<bob@b.example>", buffer_text(&d.text));
	ck_assert_ptr_nonnull(strstr(buffer_text(&opened.text), kept));
	delivery_done(&d);
	delivery_done(&opened);
}

START_TEST(adds_a_further_layer_only_where_that_is_set)
{
	static const char signed_mail[] = FROM TO_BOB REST
	    "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=k\r\n\r\n"
	    "--k\r\n\r\nhello \r\n--k\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n"
	    "\r\nMAA=\r\n--k--\r\n";
	struct world *b = world_open("b.example", NULL);
	struct delivery first;

	world_identity(b, &bob);
	configure("encrypt = \"required\" protect-again = yes");
	expect_within(b, signed_mail, strstr(signed_mail, "--k"));
	first = submit(FROM TO_BOB REST BODY);
	expect_within(b, buffer_text(&first.text), "\r\nhello\r\n"); /* Bob's gateway opens both layers */
	delivery_done(&first);
	world_close(b);
}
END_TEST

START_TEST(encrypts_what_only_claims_to_be)
{
	static const char *const claims[] = {
		"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nsecret\r\n",
		"Content-Type: application/octet-stream; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\nc2VjcmV0\r\n",
		"Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=x\r\n\r\n--x\r\n"
		"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--x\r\n\r\nsecret\r\n--x--\r\n",
		"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=x\r\n\r\n--x\r\n"
		"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nsecret\r\n--x\r\n"
		"Content-Type: application/pkcs7-signature\r\n\r\nx\r\n--x--\r\n",
	};

	configure("encrypt = \"required\"");
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		char text[1024];
		struct delivery d;

		(void)snprintf(text, sizeof(text), FROM TO_BOB REST "%s", claims[i]);
		d = submit(text);
		ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
		expect_action(&d, "encrypted", true);
		ck_assert_ptr_null(strstr(buffer_text(&d.text), "secret"));
		ck_assert_ptr_null(strstr(buffer_text(&d.text), "c2VjcmV0"));
		delivery_done(&d);
	}
}
END_TEST

START_TEST(encrypts_what_a_user_signed_without_touching_it)
{
	struct delivery first, again;

	configure("encrypt = \"off\"");
	first = submit(FROM TO_BOB REST BODY);
	configure("encrypt = \"required\"");
	again = submit(buffer_text(&first.text));
	ck_assert_int_eq(again.verdict, VERDICT_CONTINUE);
	expect_action(&again, "encrypted", true);
	expect_action(&again, "signed", false);
	delivery_done(&first);
	delivery_done(&again);
}
END_TEST

/* ---- nothing that cannot be read in one way ---- */

START_TEST(refuses_to_protect_a_header_that_is_none)
{
	struct delivery d = submit(FROM TO_BOB REST "Bad name: x\r\n" BODY);

	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_str_eq(d.answer.code, "554");
	ck_assert_str_eq(d.answer.status, "5.6.0");
	delivery_done(&d);
	configure("sign = \"off\" encrypt = \"off\"");
	d = submit(FROM TO_BOB REST "Bad name: x\r\n" BODY);
	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
}
END_TEST

START_TEST(refuses_what_is_too_large_in_clear_words)
{
	struct buffer text = BUFFER_INIT(1 << 20);
	struct error e = ERROR_INIT;
	struct delivery d;

	world_configure(a, "a.example", "message-size-limit = \"64k\"");
	expect_ok(buffer_append_text(&text, FROM TO_BOB REST "\r\n", &e));
	while (text.size < 70000)
		expect_ok(buffer_append_text(&text, "0123456789012345678901234567890123456789\r\n", &e));
	d = submit(buffer_text(&text));
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_str_eq(d.answer.code, "552");
	ck_assert_str_eq(d.answer.status, "5.3.4");
	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(refuses_a_header_past_all_reason)
{
	struct buffer text = BUFFER_INIT(1 << 22);
	struct error e = ERROR_INIT;
	struct delivery d;

	expect_ok(buffer_append_text(&text, FROM TO_BOB REST, &e));
	for (unsigned i = 0; i < 2100; i++)
		expect_ok(buffer_append_format(&text, &e, "X-%u: x\r\n", i));
	expect_ok(buffer_append_text(&text, BODY, &e));
	d = submit(buffer_text(&text));
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_str_eq(d.answer.status, "5.6.0");
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

/* ---- recipients ---- */

START_TEST(refuses_a_malformed_recipient_in_the_dialogue_and_on_the_record)
{
	struct delivery d = submit_to((const char *const[]){ "<a@b@c>", NULL }, FROM REST BODY, MTA_POSTFIX);
	struct json *line = world_last(a, "refusal");

	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_str_eq(d.answer.code, "553");
	ck_assert_ptr_nonnull(line);
	ck_assert_str_eq(json_look_text(line, "recipient"), "<a@b@c>");
	ck_assert_str_eq(json_look_text(line, "verdict"), "refuse");
	json_release(line);
	delivery_done(&d);
}
END_TEST

START_TEST(answers_at_the_end_where_there_is_no_dialogue)
{
	/* A refusal at RCPT of non-SMTP mail leaves it in Postfix's queue for ever. */
	struct mail mail = { .from = "alice", .to = { "<a@b@c>" }, .text = FROM REST BODY, .role = CHOICE_ROLE_LOCAL };
	struct delivery d = mta_send(a, &mail, MTA_POSTFIX);

	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_ptr_nonnull(d.report); /* gateway_finish() gave the answer */
	delivery_done(&d);
}
END_TEST

START_TEST(completes_bare_local_parts_with_its_own_domain)
{
	struct mail mail = { .from = "root", .to = { "alice" }, .text = "From: root@a.example\r\n" REST BODY,
		.role = CHOICE_ROLE_LOCAL };
	struct delivery d = mta_send(a, &mail, MTA_POSTFIX);

	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_str_eq(delivery_report(&d, "direction"), "internal");
	ck_assert_str_eq(delivery_report(&d, "mail-from"), "root@a.example");
	delivery_done(&d);
}
END_TEST

/* ---- failure ---- */

START_TEST(gives_up_whole_when_any_edit_fails)
{
	unsigned n;

	configure("encrypt = \"required\"");
	for (n = 2;; n++) {
		struct mail mail = { .from = "<alice@a.example>", .to = { "<bob@b.example>" },
			.text = FROM TO_BOB "Bcc: x@y.example\r\n" REST "Content-Type: text/plain\r\n" BODY, .login = "alice",
			.client = "192.0.2.7", .role = CHOICE_ROLE_SUBMISSION, .fail_at = n / 2, .fail_mute = n % 2 != 0 };
		struct delivery d = mta_send(a, &mail, MTA_POSTFIX);
		bool done = d.verdict == VERDICT_CONTINUE;

		ck_assert_msg(done || d.verdict == VERDICT_RETRY_LATER, "edit %u", n);
		ck_assert(done || d.answer.code[0] == '4');
		delivery_done(&d);
		if (done)
			break;
	}
	ck_assert_uint_ge(n / 2, 6);
}
END_TEST

static unsigned bodies;

static int
take_header(void *ctx, const char *name, unsigned nth, const char *value, struct error *e)
{
	(void)ctx;
	(void)name;
	(void)nth;
	(void)value;
	(void)e;
	return 0;
}

static int
take_new_header(void *ctx, const char *name, const char *value, struct error *e)
{
	return take_header(ctx, name, 0, value, e);
}

static int
take_inserted_header(void *ctx, unsigned at, const char *name, const char *value, struct error *e)
{
	return take_header(ctx, name, at, value, e);
}

static int
take_body(void *ctx, struct spool_span body, struct error *e)
{
	(void)ctx;
	(void)body;
	(void)e;
	bodies++;
	return 0;
}

static int
take_word(void *ctx, struct error *e)
{
	(void)ctx;
	(void)e;
	return 0;
}

/* An MTA that needs no memory itself. */
static const struct edit_ops frugal_ops = {
	.progress = take_word,
	.change_header = take_header,
	.insert_header = take_inserted_header,
	.add_header = take_new_header,
	.replace_body = take_body,
};

START_TEST(takes_a_thousand_recipients_and_lets_the_client_come_again_with_more)
{
	const struct session_facts session = { .role = CHOICE_ROLE_INBOUND, .client_address = "192.0.2.1" };
	struct error e = ERROR_INIT;
	struct gateway_message *m = gateway_begin(a->gateway, settings_ref(a->settings), &session, "<>", NULL, &e);
	struct gateway_answer answer;
	enum verdict verdict = VERDICT_CONTINUE;
	unsigned n;

	ck_assert_ptr_nonnull(m);
	for (n = 0; n < 2000 && verdict == VERDICT_CONTINUE; n++)
		verdict = gateway_recipient(m, "<alice@a.example>", NULL, &e);
	gateway_reply(verdict, &e, &answer);
	ck_assert_uint_eq(n, 1001);
	ck_assert_str_eq(answer.code, "452");
	ck_assert_str_eq(answer.status, "4.5.3");
	error_clear(&e);
	ck_assert_int_eq(gateway_finish(m, &frugal_ops, NULL, &e), VERDICT_CONTINUE); /* the first thousand get it */
	gateway_end(m);
}
END_TEST

static int
send_once(enum gateway_mode mode, struct error *e)
{
	struct mail mail = { .from = "<alice@a.example>", .to = { "<bob@b.example>" }, .text = FROM TO_BOB REST BODY,
		.login = "alice", .client = "192.0.2.7", .role = CHOICE_ROLE_SUBMISSION };
	const struct session_facts session = { .role = mail.role, .client_address = mail.client, .mode = mode };
	struct gateway_message *m;
	int rc = -1;

	m = gateway_begin(a->gateway, settings_ref(a->settings), &session, mail.from, NULL, e);
	if (m == NULL)
		return -1;
	(void)gateway_fact(m, "{auth_authen}", "alice");
	if (gateway_recipient(m, mail.to[0], NULL, e) == VERDICT_CONTINUE) {
		(void)gateway_header(m, "From", " alice@a.example", NULL);
		(void)gateway_header(m, "To", " bob@b.example", NULL);
		(void)gateway_body(m, "hello\r\n", 7, NULL);
		rc = gateway_finish(m, &frugal_ops, NULL, e) == VERDICT_CONTINUE ? 0 : -1;
	}
	gateway_end(m);
	return rc;
}

START_TEST(tries_again_later_for_want_of_memory_anywhere)
{
	const enum gateway_mode mode = _i == 0 ? GATEWAY_EXPLAIN : GATEWAY_SERVE;

	configure("encrypt = \"required\"");
	/* Each allocation fails once; the last ones are the log line's, which nobody waits for. */
	for (unsigned n = 1;; n++) {
		struct error e = ERROR_INIT;
		int rc, pending;

		bodies = 0;
		memory_fail_at(n);
		rc = send_once(mode, &e);
		pending = memory_fail_pending();
		memory_fail_at(0);
		ck_assert_msg(rc != 0 || bodies == (mode == GATEWAY_SERVE), "%u: goes on as it was", n);
		if (pending) {
			ck_assert_int_eq(rc, 0);
			break;
		}
		if (rc != 0)
			ck_assert_msg(gateway_disposition(&e) == VERDICT_RETRY_LATER, "%u: %s", n, error_text(&e));
	}
}
END_TEST

#define LOOP(t, test, table) tcase_add_loop_test((t), test, 0, sizeof(table) / sizeof((table)[0]))

Suite *
suite_outgoing(void)
{
	Suite *s = suite_create("outgoing");
	TCase *t = tcase_create("sign");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, writes_the_outer_header_afresh_on_every_mta, 0, 4 * sizeof(headers) / sizeof(headers[0]));
	tcase_add_loop_test(t, encrypts_nothing_that_the_other_end_would_leave_closed, 0,
	    sizeof(ambiguous) / sizeof(ambiguous[0]));
	tcase_add_test(t, removes_bcc_before_it_protects);
	tcase_add_test(t, touches_nothing_when_there_is_nothing_to_do);
	LOOP(t, signs_for_a_proven_author_only, signings);
	tcase_add_test(t, never_signs_automatic_mail_of_the_null_sender);
	tcase_add_test(t, refuses_a_login_that_claims_another_author);
	tcase_add_test(t, refuses_a_local_author_without_login);
	suite_add_tcase(s, t);
	t = tcase_create("encrypt");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, encrypts_to_all_or_refuses);
	tcase_add_test(t, defers_where_the_settings_say_so);
	tcase_add_test(t, names_no_more_recipients_than_a_reply_holds);
	tcase_add_test(t, refuses_what_needs_two_bodies);
	LOOP(t, knows_who_is_blind, blindness);
	tcase_add_test(t, uses_the_certificate_of_a_whole_domain_once);
	tcase_add_test(t, carries_what_is_encrypted_already);
	tcase_add_test(t, signs_what_is_only_labelled_as_protected);
	tcase_add_test(t, adds_a_further_layer_only_where_that_is_set);
	tcase_add_test(t, encrypts_what_only_claims_to_be);
	tcase_add_test(t, encrypts_what_a_user_signed_without_touching_it);
	suite_add_tcase(s, t);
	t = tcase_create("failure");
	tcase_set_timeout(t, 120); /* every allocation of a whole message, each time with the record on disk */
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, refuses_to_protect_a_header_that_is_none);
	tcase_add_test(t, refuses_what_is_too_large_in_clear_words);
	tcase_add_test(t, refuses_a_header_past_all_reason);
	tcase_add_test(t, refuses_a_malformed_recipient_in_the_dialogue_and_on_the_record);
	tcase_add_test(t, takes_a_thousand_recipients_and_lets_the_client_come_again_with_more);
	tcase_add_test(t, answers_at_the_end_where_there_is_no_dialogue);
	tcase_add_test(t, completes_bare_local_parts_with_its_own_domain);
	tcase_add_test(t, gives_up_whole_when_any_edit_fails);
	tcase_add_loop_test(t, tries_again_later_for_want_of_memory_anywhere, 0, 2);
	suite_add_tcase(s, t);
	return s;
}
