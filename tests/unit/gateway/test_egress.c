/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gateway/keyed_private.h"
#include "tests/unit/gateway/letters.h"
#include "tests/unit/gateway/mta.h"

Suite *suite_egress(void);

/* Mail that was opened here is known again when it is about to leave, and what leaves passes a second time. */

#define LISTENERS                                                              \
	"listener \"in\" { socket = \"unix:/run/in.sock\" role = \"inbound\" }\n" \
	"listener \"egress\" { socket = \"unix:/run/egress.sock\" role = \"egress\" }\n"

static struct world *b;
static struct forged alice, bob, zoe;

static void
set_up(void)
{
	b = world_open("b.example", LISTENERS);
	alice = certified("alice@a.example", NULL);
	bob = certified("bob@b.example", "rsa-2048");
	zoe = certified("zoe@z.example", "rsa-2048");
	world_identity(b, &bob);
	world_partner(b, "zoe@z.example", &zoe);
	world_login(b, "bob", "bob@b.example");
}

static void
tear_down(void)
{
	world_close(b);
	forged_done(&alice);
	forged_done(&bob);
	forged_done(&zoe);
}

#define HEADER                                                                                             \
	"From: Alice <alice@a.example>\r\nTo: bob@b.example\r\nSubject: s\r\nMessage-ID: <1@a.example>\r\n" \
	"Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
#define CANARY "the figures are 4711"
#define PLAIN "Content-Type: text/plain; charset=us-ascii\r\n\r\n" CANARY "\r\n"

/* Mail to bob as it stands in his mailbox. */
static struct delivery
opened_mail(void)
{
	const struct forged *to[] = { &bob };
	struct buffer text = letter(HEADER, letter_encrypted(to, 1, PROFILE_MODERN, PLAIN));
	struct delivery d = mta_receive(b, "<bob@b.example>", buffer_text(&text));

	ck_assert_msg(strstr(delivery_body(&d), CANARY) != NULL, "%s", d.log_line);
	buffer_done(&text);
	return d;
}

static struct delivery
send_on(const char *text, const char *from, const char *to, enum choice_role role)
{
	const struct mail mail = { .from = from, .to = { to }, .text = text,
		.client = role == CHOICE_ROLE_LOCAL ? NULL : "192.0.2.1", .role = role };

	return mta_send(b, &mail, MTA_POSTFIX);
}

static void
expect_stays(struct delivery *d)
{
	ck_assert_int_eq(d->verdict, VERDICT_REFUSE);
	ck_assert_str_eq(d->answer.code, "550");
	ck_assert_str_eq(delivery_report(d, "reason"), "opened-stays");
	ck_assert_uint_eq(d->edits.size, 0);
	delivery_done(d);
}

/* ---- the mark ---- */

START_TEST(opened_mail_has_one_mark_and_other_mail_none)
{
	struct delivery opened = opened_mail(), plain = mta_receive(b, "<bob@b.example>", HEADER PLAIN);

	ck_assert_uint_eq(delivery_count(&opened, OPENED_FIELD), 1);
	ck_assert_uint_eq(delivery_count(&opened, PASSED_FIELD), 0);
	ck_assert_uint_eq(delivery_count(&plain, OPENED_FIELD), 0);
	delivery_done(&opened);
	delivery_done(&plain);
}
END_TEST

START_TEST(a_mark_survives_every_first_pass_and_no_second)
{
	static const enum choice_role roles[] = { CHOICE_ROLE_INBOUND, CHOICE_ROLE_SUBMISSION, CHOICE_ROLE_LOCAL };
	struct delivery opened = opened_mail(), again;
	char *mark = delivery_field(&opened, OPENED_FIELD, 1), *kept;

	for (size_t i = 0; i < 3; i++) {
		again = send_on(buffer_text(&opened.text), "<alice@a.example>", "<bob@b.example>", roles[i]);
		kept = delivery_field(&again, OPENED_FIELD, 1);
		ck_assert_msg(kept != NULL && strcmp(kept, mark) == 0, "role %zu", i);
		free(kept);
		delivery_done(&again);
	}
	again = send_on(buffer_text(&opened.text), "<alice@a.example>", "<bob@b.example>", CHOICE_ROLE_EGRESS);
	ck_assert_uint_eq(delivery_count(&again, OPENED_FIELD), 0);
	ck_assert_ptr_null(strcasestr(buffer_text(&again.text), "x-postseal"));
	delivery_done(&again);
	free(mark);
	delivery_done(&opened);
}
END_TEST

/* The mail with another text in the place of its first `from`. */
static struct buffer
changed(const struct delivery *d, const char *from, const char *to)
{
	struct buffer out = BUFFER_INIT(1 << 20);
	const char *at = strstr(buffer_text(&d->text), from);
	struct error e = ERROR_INIT;

	ck_assert_msg(at != NULL, "no \"%s\" in %s", from, buffer_text(&d->text));
	expect_ok(buffer_append(&out, d->text.data, (size_t)(at - d->text.data), &e));
	expect_ok(buffer_append_text(&out, to, &e));
	expect_ok(buffer_append_text(&out, at + strlen(from), &e));
	return out;
}

static const struct change {
	const char *from, *to;
	bool genuine;
} changes[] = {
	{ "Subject: s\r\n", "Subject: [list] s\r\n", true },
	{ CANARY, "a footer", true },
	{ "Date: Sun, 22", "Date:\r\n  Sun,\r\n\t22", true },
	{ "<1@a.example>", "<2@a.example>", false },
	{ "12:00:00", "12:00:01", false },
	{ "<alice@a.example>", "<alicia@a.example>", false },
	{ "From:", "From: eve@evil.example\r\nFrom:", false },
	{ "Date:", "X-Date:", false },
	{ "v=1;", "v=2;", false },
	{ " h=", " h= ", false },
	{ " o=", " o=0", false },
};

START_TEST(a_mark_holds_for_its_message_id_date_and_author_alone)
{
	const struct change *change = &changes[_i];
	struct delivery opened = opened_mail(), again;
	struct buffer text = changed(&opened, change->from, change->to);

	again = send_on(buffer_text(&text), "<alice@a.example>", "<bob@b.example>", CHOICE_ROLE_INBOUND);
	ck_assert_uint_eq(delivery_count(&again, OPENED_FIELD), change->genuine);
	delivery_done(&again);
	again = send_on(buffer_text(&text), "<alice@a.example>", "<nobody@z.example>", CHOICE_ROLE_LOCAL);
	if (change->genuine)
		expect_stays(&again);
	else
		delivery_done(&again);
	/* Where the first pass removed what was forged, a mark in any state counts. */
	again = send_on(buffer_text(&text), "<alice@a.example>", "<nobody@z.example>", CHOICE_ROLE_EGRESS);
	expect_stays(&again);
	buffer_done(&text);
	delivery_done(&opened);
}
END_TEST

START_TEST(no_octet_of_a_mark_can_be_changed_or_cut_off)
{
	struct delivery opened = opened_mail(), again;
	char *mark = delivery_field(&opened, OPENED_FIELD, 1);
	const size_t size = strlen(mark);

	for (size_t i = 0; i < 2 * size; i++) {
		struct buffer text = BUFFER_INIT(1 << 20);
		struct error e = ERROR_INIT;
		char *other = memory_copy(mark, i < size ? size : i - size, NULL);

		if (i < size)
			other[i] = other[i] == '0' ? '1' : '0';
		expect_ok(buffer_append_format(&text, &e, OPENED_FIELD ": %s\r\n" HEADER PLAIN, other));
		again = send_on(buffer_text(&text), "<alice@a.example>", "<bob@b.example>", CHOICE_ROLE_INBOUND);
		ck_assert_uint_eq(delivery_count(&again, OPENED_FIELD), 0);
		delivery_done(&again);
		buffer_done(&text);
		free(other);
	}
	free(mark);
	delivery_done(&opened);
}
END_TEST

START_TEST(of_several_marks_the_genuine_one_stays)
{
	struct delivery opened = opened_mail(), again;
	char *mark = delivery_field(&opened, OPENED_FIELD, 1), *kept;
	struct buffer text = BUFFER_INIT(1 << 20);
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_format(&text, &e,
	    OPENED_FIELD ": forged\r\n" OPENED_FIELD ": %s\r\n" OPENED_FIELD ": %s\r\n" HEADER PLAIN, mark, mark));
	again = send_on(buffer_text(&text), "<alice@a.example>", "<bob@b.example>", CHOICE_ROLE_INBOUND);
	ck_assert_uint_eq(delivery_count(&again, OPENED_FIELD), 1);
	kept = delivery_field(&again, OPENED_FIELD, 1);
	ck_assert_str_eq(kept, mark);
	free(kept);
	free(mark);
	delivery_done(&again);
	delivery_done(&opened);
	buffer_done(&text);
}
END_TEST

START_TEST(another_gateway_does_not_know_the_mark)
{
	struct delivery opened = opened_mail(), again;
	struct world *other = world_open("c.example", LISTENERS);
	const struct mail mail = { .from = "<alice@a.example>", .to = { "<carol@c.example>" }, .text = buffer_text(&opened.text),
		.client = "192.0.2.1", .role = CHOICE_ROLE_INBOUND };

	again = mta_send(other, &mail, MTA_POSTFIX);
	ck_assert_uint_eq(delivery_count(&again, OPENED_FIELD), 0);
	delivery_done(&again);
	world_close(other);
	delivery_done(&opened);
}
END_TEST

START_TEST(what_is_opened_twice_has_one_mark)
{
	const struct forged *to[] = { &bob };
	struct delivery opened = opened_mail(), again;
	char *mark = delivery_field(&opened, OPENED_FIELD, 1), *header;
	struct buffer text;

	header = memory_format(NULL, OPENED_FIELD ": %s\r\n" HEADER, mark);
	text = letter(header, letter_encrypted(to, 1, PROFILE_MODERN, PLAIN));
	for (int rules = 0; rules < MTA_COUNT; rules++) {
		const struct mail mail = { .from = "<alice@a.example>", .to = { "<bob@b.example>" }, .text = buffer_text(&text),
			.client = "192.0.2.1", .role = CHOICE_ROLE_INBOUND };

		again = mta_send(b, &mail, (enum mta_rules)rules);
		ck_assert_ptr_nonnull(strstr(delivery_body(&again), CANARY));
		ck_assert_uint_eq(delivery_count(&again, OPENED_FIELD), 1);
		delivery_done(&again);
	}
	buffer_done(&text);
	free(header);
	free(mark);
	delivery_done(&opened);
}
END_TEST

/* ---- opened mail that is about to leave ---- */

static const enum choice_role every_role[] = { CHOICE_ROLE_SUBMISSION, CHOICE_ROLE_INBOUND, CHOICE_ROLE_LOCAL,
	CHOICE_ROLE_EGRESS };

START_TEST(opened_mail_does_not_leave_in_clear_in_any_role)
{
	struct delivery opened = opened_mail(), left;

	left = send_on(buffer_text(&opened.text), "<alice@a.example>", "<nobody@z.example>", every_role[_i]);
	expect_stays(&left);
	left = send_on(buffer_text(&opened.text), "<alice@a.example>", "<zoe@z.example>", every_role[_i]);
	ck_assert_msg(left.verdict == VERDICT_CONTINUE, "%s", error_text(&left.error));
	ck_assert_ptr_null(strstr(buffer_text(&left.text), CANARY));
	ck_assert_ptr_null(strstr(buffer_text(&left.text), "Subject: s"));
	ck_assert_ptr_nonnull(strstr(buffer_text(&left.text), "enveloped-data"));
	ck_assert_uint_eq(delivery_count(&left, OPENED_FIELD), every_role[_i] != CHOICE_ROLE_EGRESS);
	delivery_done(&left);
	delivery_done(&opened);
}
END_TEST

START_TEST(the_record_says_that_opened_mail_was_kept_in)
{
	struct delivery opened = opened_mail(), left;
	struct json *line;

	left = send_on(buffer_text(&opened.text), "<alice@a.example>", "<nobody@z.example>", CHOICE_ROLE_EGRESS);
	line = world_last(b, "message");
	ck_assert_str_eq(json_look_text(line, "role"), "egress");
	ck_assert_str_eq(json_look_text(line, "reason"), "opened-stays");
	ck_assert_str_eq(json_look_text(line, "verdict"), "refuse");
	json_release(line);
	delivery_done(&left);
	delivery_done(&opened);
}
END_TEST

/* ---- the proof of the first pass ---- */

#define OURS "From: bob@b.example\r\nTo: zoe@z.example\r\nSubject: s\r\nMessage-ID: <1@b.example>\r\n" \
	     "Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"

/* What bob sends to somebody who has no certificate, and the rules let go for a login alone. */
static struct delivery
first_pass(const char *more, const char *const *to)
{
	struct mail mail = { .from = "<bob@b.example>", .text = OURS PLAIN, .login = "bob", .client = "192.0.2.7",
		.role = CHOICE_ROLE_SUBMISSION };
	char *rules = memory_format(NULL, LISTENERS "%s", more);

	world_configure(b, "b.example", rules);
	free(rules);
	for (size_t i = 0; to[i] != NULL; i++)
		mail.to[i] = to[i];
	return mta_send(b, &mail, MTA_POSTFIX);
}

#define STRICT_OUTSIDE "defaults { sign = \"required\" encrypt = \"required\" }\n" \
		       "domain \"n.example\" { encrypt = \"off\" }\n"              \
		       "address \"bob@b.example\" { encrypt = \"off\" }\n"
static const char *const one[] = { "<ned@n.example>", NULL };

START_TEST(what_has_passed_passes_again_unchanged)
{
	struct delivery first = first_pass(STRICT_OUTSIDE, one), second;

	ck_assert_msg(first.verdict == VERDICT_CONTINUE, "%s", error_text(&first.error));
	ck_assert_uint_eq(delivery_count(&first, PASSED_FIELD), 1);
	second = send_on(buffer_text(&first.text), "<bob@b.example>", "<ned@n.example>", CHOICE_ROLE_EGRESS);
	ck_assert_msg(second.verdict == VERDICT_CONTINUE, "%s", error_text(&second.error));
	ck_assert_str_eq(delivery_body(&second), delivery_body(&first));
	ck_assert_ptr_null(strcasestr(buffer_text(&second.text), "x-postseal"));
	ck_assert_str_eq(delivery_report(&second, "reason"), "passed");
	delivery_done(&second);
	delivery_done(&first);
}
END_TEST

START_TEST(a_proof_holds_for_its_recipients_and_text_alone)
{
	static const char unsigned_rules[] = "defaults { sign = \"off\" encrypt = \"required\" }\ndomain \"n.example\" { encrypt = \"off\" }\n"
	                                     "address \"bob@b.example\" { encrypt = \"off\" }\n";
	struct delivery first = first_pass(unsigned_rules, one), second;
	struct buffer text;
	/* From here on nothing may go in clear, but for a proof. */
	world_configure(b, "b.example", LISTENERS "defaults { sign = \"off\" encrypt = \"required\" }\n");
	ck_assert_uint_eq(delivery_count(&first, PASSED_FIELD), 1);
	second = send_on(buffer_text(&first.text), "<bob@b.example>", "<ned@n.example>", CHOICE_ROLE_EGRESS);
	ck_assert_int_eq(second.verdict, VERDICT_CONTINUE);
	delivery_done(&second);
	second = send_on(buffer_text(&first.text), "<bob@b.example>", "<nell@n.example>", CHOICE_ROLE_EGRESS);
	ck_assert_int_eq(second.verdict, VERDICT_REFUSE);
	delivery_done(&second);
	for (int i = 0; i < 4; i++) {
		static const char *const from[] = { CANARY, "<1@b.example>", "v=1;", "12:00:00" };
		static const char *const to[] = { "the figures are 4712", "<2@b.example>", "v=2;", "12:00:01" };

		text = changed(&first, from[i], to[i]);
		second = send_on(buffer_text(&text), "<bob@b.example>", "<ned@n.example>", CHOICE_ROLE_EGRESS);
		ck_assert_msg(second.verdict == VERDICT_REFUSE, "%s", from[i]);
		delivery_done(&second);
		buffer_done(&text);
	}
	text = changed(&first, CANARY "\r\n", CANARY " \r\n\r\n"); /* as an MTA might */
	second = send_on(buffer_text(&text), "<bob@b.example>", "<ned@n.example>", CHOICE_ROLE_EGRESS);
	ck_assert_int_eq(second.verdict, VERDICT_CONTINUE);
	delivery_done(&second);
	buffer_done(&text);
	delivery_done(&first);
}
END_TEST

START_TEST(a_proof_counts_on_the_second_pass_alone)
{
	static const enum choice_role roles[] = { CHOICE_ROLE_INBOUND, CHOICE_ROLE_SUBMISSION, CHOICE_ROLE_LOCAL };
	struct delivery first = first_pass("defaults { sign = \"off\" encrypt = \"off\" }", one), second;

	world_configure(b, "b.example", LISTENERS "relay-local-author = \"allow\"\n"
	                                          "defaults { sign = \"off\" encrypt = \"required\" }\n");
	for (size_t i = 0; i < 3; i++) {
		second = send_on(buffer_text(&first.text), "<bob@b.example>", "<ned@n.example>", roles[i]);
		ck_assert_int_eq(second.verdict, VERDICT_REFUSE);
		delivery_done(&second);
	}
	delivery_done(&first);
}
END_TEST

START_TEST(a_proof_is_written_for_remote_recipients_where_there_is_a_second_pass)
{
	static const char *const local[] = { "<bob@b.example>", NULL };
	static const char *const both[] = { "<bob@b.example>", "<ned@n.example>", NULL };
	struct delivery d = first_pass("defaults { sign = \"off\" encrypt = \"off\" }", local);
	char *value;

	ck_assert_uint_eq(delivery_count(&d, PASSED_FIELD), 0);
	delivery_done(&d);
	d = first_pass("defaults { sign = \"off\" encrypt = \"off\" }", both);
	value = delivery_field(&d, PASSED_FIELD, 1);
	ck_assert_uint_eq(strlen(value), strlen("v=1; ") + KEYSTORE_MAC_SIZE);
	free(value);
	delivery_done(&d);
	world_configure(b, "b.example", "defaults { sign = \"off\" encrypt = \"off\" }");
	d = mta_submit(b, "<bob@b.example>", "<ned@n.example>", OURS PLAIN);
	ck_assert_uint_eq(delivery_count(&d, PASSED_FIELD), 0);
	delivery_done(&d);
}
END_TEST

START_TEST(what_the_first_pass_encrypted_gets_no_second_layer)
{
	static const char *const to[] = { "<zoe@z.example>", NULL };
	struct delivery first = first_pass("defaults { protect-again = yes }", to), second;
	struct buffer text;

	ck_assert_ptr_nonnull(strstr(buffer_text(&first.text), "enveloped-data"));
	for (int proof = 0; proof < 2; proof++) {
		text = proof ? changed(&first, "v=1;", "v=1;") : changed(&first, "v=1;", "v=0;");
		second = send_on(buffer_text(&text), "<bob@b.example>", "<zoe@z.example>", CHOICE_ROLE_EGRESS);
		ck_assert_int_eq(second.verdict, VERDICT_CONTINUE);
		ck_assert_str_eq(delivery_body(&second), delivery_body(&first));
		delivery_done(&second);
		buffer_done(&text);
	}
	delivery_done(&first);
}
END_TEST

START_TEST(no_host_of_the_login_table_stands_for_an_author_on_the_second_pass)
{
	const struct mail mail = { .from = "<bob@b.example>", .to = { "<ned@n.example>" }, .text = OURS PLAIN,
		.client = "127.0.0.1", .role = CHOICE_ROLE_EGRESS };
	struct delivery d;

	world_login(b, "host:127.0.0.0/8", "*@b.example");
	world_configure(b, "b.example", LISTENERS "defaults { sign = \"off\" encrypt = \"required\" }\n"
	                                          "address \"bob@b.example\" { encrypt = \"off\" }\n");
	d = mta_send(b, &mail, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	delivery_done(&d);
}
END_TEST

/* ---- bounces ---- */

#define BOUNCE_HEADER                                                                        \
	"From: MAILER-DAEMON@mx.b.example\r\nTo: alice@a.example\r\nSubject: Undelivered\r\n" \
	"Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"                               \
	"Content-Type: multipart/report; report-type=delivery-status; boundary=\"x\"\r\n\r\n" \
	"This is MIME.\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nunknown user\r\n\r\n"    \
	"--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.b.example\r\n\r\n" \
	"--x\r\n%s\r\n\r\n%s\r\n--x--\r\nbehind\r\n"

/* A bounce of mail that was opened: `part` is the third part's header, `body` whether the text follows. */
static struct buffer
bounce_of(const struct delivery *opened, const char *part, bool body)
{
	const char *text = buffer_text(&opened->text), *end = strstr(text, "\r\n\r\n") + 2;
	char *quoted = memory_copy(text, body ? strlen(text) : (size_t)(end - text), NULL);
	struct buffer out = BUFFER_INIT(1 << 20);
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_format(&out, &e, BOUNCE_HEADER, part, quoted));
	free(quoted);
	return out;
}

static struct delivery
opened_with_secrets(void)
{
	const struct forged *to[] = { &bob };
	struct buffer text = letter("From: alice@a.example\r\nTo: bob@b.example\r\nSubject: [...]\r\n"
	                            "Message-ID: <1@a.example>\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n",
	    letter_encrypted(to, 1, PROFILE_MODERN,
	        "From: Alice Top-Secret <alice@a.example>\r\nTo: bob@b.example\r\nSubject: takeover\r\n"
	        "Keywords: merger\r\nMessage-ID: <1@a.example>\r\nDate: Sun, 22 Nov 2026 13:00:00 +0100\r\n"
	        "Reply-To: hidden@a.example\r\n"
	        "HP-Outer: Subject: [...]\r\nHP-Outer: From: alice@a.example\r\n"
	        "Content-Type: text/plain; charset=us-ascii; hp=\"cipher\"\r\n\r\n" CANARY "\r\n"));
	struct delivery d = mta_receive(b, "<bob@b.example>", buffer_text(&text));

	ck_assert_msg(strstr(buffer_text(&d.text), "Subject: takeover") != NULL, "%s", buffer_text(&d.text));
	buffer_done(&text);
	return d;
}

static const struct quoting {
	const char *part;
	bool body;
} quotings[] = {
	{ "Content-Type: text/rfc822-headers", false },
	{ "Content-Type: message/rfc822", true },
	{ "Content-Type: message/rfc822", false },
	{ "Content-Type: text/rfc822-headers", true },
	{ "Content-Type: message/global", true },
	{ "Content-Type: message/global-headers", false },
	{ "Content-Description: Undelivered Message\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit", true },
};

static const char *const secrets[] = { CANARY, "takeover", "merger", "Top-Secret", "hidden@", "X-Postseal" };

START_TEST(a_bounce_tells_nothing_of_what_was_opened)
{
	struct delivery opened = opened_with_secrets(), d;
	struct buffer text = bounce_of(&opened, quotings[_i].part, quotings[_i].body);

	world_configure(b, "b.example", LISTENERS "defaults { encrypt = \"available\" }\n");
	d = send_on(buffer_text(&text), "<>", "<alice@a.example>", CHOICE_ROLE_EGRESS);
	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s", error_text(&d.error));
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		ck_assert_msg(strstr(buffer_text(&d.text), secrets[i]) == NULL, "%s\n%s", secrets[i], buffer_text(&d.text));
	ck_assert_ptr_nonnull(strstr(delivery_body(&d), "--x\r\nContent-Type: text/rfc822-headers\r\n\r\n"));
	ck_assert_ptr_nonnull(strstr(delivery_body(&d), "Subject: [...]\r\n"));
	ck_assert_ptr_nonnull(strstr(delivery_body(&d), "Message-ID: <1@a.example>\r\n"));
	ck_assert_ptr_nonnull(strstr(delivery_body(&d), "unknown user"));
	ck_assert_ptr_nonnull(strstr(delivery_body(&d), "\r\n--x--\r\nbehind\r\n"));
	delivery_done(&d);
	buffer_done(&text);
	delivery_done(&opened);
}
END_TEST

START_TEST(a_bounce_of_other_mail_is_carried_as_it_is)
{
	struct delivery plain = mta_receive(b, "<bob@b.example>", HEADER PLAIN), d;
	struct buffer text = bounce_of(&plain, "Content-Type: message/rfc822", true);

	d = send_on(buffer_text(&text), "<>", "<alice@a.example>", CHOICE_ROLE_EGRESS);
	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_str_eq(buffer_text(&d.text), buffer_text(&text));
	delivery_done(&d);
	buffer_done(&text);
	delivery_done(&plain);
}
END_TEST

START_TEST(a_bounce_that_is_nothing_but_opened_mail_stays)
{
	struct delivery opened = opened_mail(), d;
	struct buffer text = BUFFER_INIT(1 << 20);
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_format(&text, &e, "From: MAILER-DAEMON@b.example\r\nContent-Type: message/rfc822\r\n\r\n%s",
	    buffer_text(&opened.text)));
	d = send_on(buffer_text(&text), "<>", "<alice@a.example>", CHOICE_ROLE_EGRESS);
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
	buffer_done(&text);
	delivery_done(&opened);
}
END_TEST

START_TEST(a_bounce_whose_structure_cannot_be_read_stays)
{
	struct buffer text = BUFFER_INIT(1 << 20);
	struct error e = ERROR_INIT;
	struct delivery d;

	expect_ok(buffer_append_text(&text, "From: MAILER-DAEMON@b.example\r\nContent-Type: multipart/mixed; boundary=0\r\n\r\n", &e));
	for (int i = 0; i < LIMIT_MIME_DEPTH + 2; i++)
		expect_ok(buffer_append_format(&text, &e, "--%d\r\nContent-Type: multipart/mixed; boundary=%d\r\n\r\n", i, i + 1));
	d = send_on(buffer_text(&text), "<>", "<alice@a.example>", CHOICE_ROLE_EGRESS);
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(a_bounce_to_somebody_with_a_certificate_is_encrypted_whole)
{
	struct delivery opened = opened_with_secrets(), d;
	struct buffer text = bounce_of(&opened, "Content-Type: message/rfc822", true);

	world_partner(b, "alice@a.example", &alice);
	d = send_on(buffer_text(&text), "<>", "<alice@a.example>", CHOICE_ROLE_EGRESS);
	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s", error_text(&d.error));
	ck_assert_ptr_nonnull(strstr(buffer_text(&d.text), "enveloped-data"));
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		ck_assert_ptr_null(strstr(buffer_text(&d.text), secrets[i]));
	delivery_done(&d);
	buffer_done(&text);
	delivery_done(&opened);
}
END_TEST

#define LOOP(t, test, table) tcase_add_loop_test((t), test, 0, sizeof(table) / sizeof((table)[0]))

Suite *
suite_egress(void)
{
	Suite *s = suite_create("egress");
	TCase *t = tcase_create("egress");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, opened_mail_has_one_mark_and_other_mail_none);
	tcase_add_test(t, a_mark_survives_every_first_pass_and_no_second);
	LOOP(t, a_mark_holds_for_its_message_id_date_and_author_alone, changes);
	tcase_add_test(t, no_octet_of_a_mark_can_be_changed_or_cut_off);
	tcase_add_test(t, of_several_marks_the_genuine_one_stays);
	tcase_add_test(t, another_gateway_does_not_know_the_mark);
	tcase_add_test(t, what_is_opened_twice_has_one_mark);
	LOOP(t, opened_mail_does_not_leave_in_clear_in_any_role, every_role);
	tcase_add_test(t, the_record_says_that_opened_mail_was_kept_in);
	tcase_add_test(t, what_has_passed_passes_again_unchanged);
	tcase_add_test(t, a_proof_holds_for_its_recipients_and_text_alone);
	tcase_add_test(t, a_proof_counts_on_the_second_pass_alone);
	tcase_add_test(t, a_proof_is_written_for_remote_recipients_where_there_is_a_second_pass);
	tcase_add_test(t, what_the_first_pass_encrypted_gets_no_second_layer);
	tcase_add_test(t, no_host_of_the_login_table_stands_for_an_author_on_the_second_pass);
	LOOP(t, a_bounce_tells_nothing_of_what_was_opened, quotings);
	tcase_add_test(t, a_bounce_of_other_mail_is_carried_as_it_is);
	tcase_add_test(t, a_bounce_that_is_nothing_but_opened_mail_stays);
	tcase_add_test(t, a_bounce_whose_structure_cannot_be_read_stays);
	tcase_add_test(t, a_bounce_to_somebody_with_a_certificate_is_encrypted_whole);
	suite_add_tcase(s, t);
	return s;
}
