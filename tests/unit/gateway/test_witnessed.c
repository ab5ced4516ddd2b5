/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "gateway/gateway_private.h"
#include "keystore/identity.h"
#include "tests/unit/gateway/letters.h"
#include "tests/unit/gateway/mta.h"

Suite *suite_witnessed(void);

/*
 * Behind the queue: a pass before it says in a ticket who handed a message in, and the pass behind it believes that
 * ticket, and nothing else.
 */

#define LISTENERS                                                                                        \
	"listener \"front\" { socket = \"unix:/run/front.sock\" role = \"witness\" }\n"                      \
	"listener \"out\" { socket = \"unix:/run/out.sock\" role = \"submission\" behind-queue = yes }\n"    \
	"listener \"in\" { socket = \"unix:/run/in.sock\" role = \"inbound\" behind-queue = yes }\n"         \
	"domain \"strict.example\" { encrypt = \"required\" }\n"

#define DAY ((int64_t)24 * 3600 * 1000)

static struct world *a;
static struct forged alice, zoe;

static void
set_up(void)
{
	a = world_open("a.example", LISTENERS);
	alice = certified("alice@a.example", "rsa-2048");
	zoe = certified("zoe@z.example", "rsa-2048");
	world_identity(a, &alice);
	world_partner(a, "zoe@z.example", &zoe);
	world_login(a, "alice", "alice@a.example");
}

static void
tear_down(void)
{
	world_close(a);
	forged_done(&alice);
	forged_done(&zoe);
}

#define FROM "From: Alice B. <alice@a.example>\r\n"
#define NAMES "Message-ID: <1@a.example>\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
#define REST "To: ned@n.example\r\nSubject: the figures, as promised\r\n"
#define TEXT "Content-Type: text/plain; charset=us-ascii\r\n\r\nThe figures are 4711.\r\nAlice\r\n"
#define MAIL FROM NAMES REST TEXT

static struct delivery
front_from(const char *text, const char *login, const char *client)
{
	const struct mail mail = { .from = "<alice@a.example>", .to = { "<ned@n.example>" }, .text = text, .login = login,
		.client = client, .role = CHOICE_ROLE_WITNESS };

	return mta_send(a, &mail, MTA_POSTFIX);
}

/* The message as it stands in the queue. */
static struct delivery
front(const char *text)
{
	struct delivery d = front_from(text, "alice", "192.0.2.7");

	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s", d.log_line);
	return d;
}

static struct delivery
behind_to(const char *text, const char *from, const char *to, enum choice_role role)
{
	const struct mail mail = { .from = from, .to = { to }, .text = text, .client = "127.0.0.1", .role = role,
		.behind_queue = true };

	return mta_send(a, &mail, MTA_POSTFIX);
}

static struct delivery
behind(const char *text)
{
	return behind_to(text, "<alice@a.example>", "<ned@n.example>", CHOICE_ROLE_SUBMISSION);
}

static bool
is_signed(const struct delivery *d)
{
	char *type = delivery_field(d, "Content-Type", 1);
	bool is = type != NULL && strstr(type, "multipart/signed") != NULL;

	free(type);
	return is;
}

static void
expect_signed(struct delivery d)
{
	ck_assert_str_eq(delivery_report(&d, "ticket"), "valid");
	ck_assert_msg(d.verdict == VERDICT_CONTINUE && is_signed(&d), "%s", d.log_line);
	ck_assert_ptr_null(strcasestr(buffer_text(&d.text), "x-postseal"));
	delivery_done(&d);
}

/* A local author whom nothing proves is refused here (relay-local-author), and so never signed for. */
static void
expect_unproven(struct delivery d, const char *word)
{
	ck_assert_str_eq(delivery_report(&d, "ticket"), word);
	ck_assert_str_eq(delivery_report(&d, "login"), "");
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_str_eq(delivery_report(&d, "reason"), "relay-local-author");
	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
}

/* `text` with `to` in the place of its first `from`. */
static struct buffer
changed(const char *text, const char *from, const char *to)
{
	struct buffer out = BUFFER_INIT(1 << 20);
	const char *at = strstr(text, from);
	struct error e = ERROR_INIT;

	ck_assert_msg(at != NULL, "no \"%s\" in %s", from, text);
	expect_ok(buffer_append(&out, text, (size_t)(at - text), &e));
	expect_ok(buffer_append_text(&out, to, &e));
	expect_ok(buffer_append_text(&out, at + strlen(from), &e));
	return out;
}

static struct buffer
with_top(const char *field, const char *text)
{
	struct buffer out = BUFFER_INIT(1 << 20);
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_format(&out, &e, "%s%s", field, text));
	return out;
}

/* ---- before the queue ---- */

START_TEST(a_witness_adds_one_ticket_and_changes_nothing_else)
{
	struct delivery d = front(MAIL);
	const char *end = strstr(buffer_text(&d.text), MAIL);

	ck_assert_uint_eq(delivery_count(&d, TICKET_FIELD), 1);
	ck_assert_msg(end != NULL, "%s", buffer_text(&d.text));
	ck_assert_str_eq(end, MAIL);
	ck_assert_int_eq(strncmp(d.edits.data != NULL ? buffer_text(&d.edits) : "", "insert " TICKET_FIELD,
	    strlen("insert " TICKET_FIELD)), 0);
	ck_assert_str_eq(delivery_report(&d, "ticket"), "issued");
	ck_assert_str_eq(delivery_report(&d, "role"), "witness");
	ck_assert_str_eq(delivery_report(&d, "reason"), "witnessed");
	delivery_done(&d);
}
END_TEST

START_TEST(a_witness_gives_none_to_who_did_not_log_in)
{
	struct delivery d = front_from(MAIL, NULL, "192.0.2.7");

	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_uint_eq(d.edits.size, 0);
	ck_assert_str_eq(delivery_report(&d, "ticket"), "not-issued");
	delivery_done(&d);
}
END_TEST

START_TEST(a_witness_gives_none_to_a_login_that_is_too_long_for_it)
{
	char login[300] = "";
	struct delivery d;

	memset(login, 'a', sizeof(login) - 1);
	world_login(a, login, "alice@a.example");
	d = front_from(MAIL, login, "192.0.2.7");
	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_uint_eq(delivery_count(&d, TICKET_FIELD), 0);
	ck_assert_str_eq(delivery_report(&d, "ticket"), "not-issued");
	delivery_done(&d);
}
END_TEST

START_TEST(a_witness_refuses_a_login_that_claims_somebody_else)
{
	struct delivery d = front_from("From: carl@a.example\r\n" NAMES REST TEXT, "alice", "192.0.2.7");

	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_str_eq(delivery_report(&d, "reason"), "login-mismatch");
	delivery_done(&d);
}
END_TEST

START_TEST(a_witness_applies_no_other_rule)
{
	const struct mail mail = { .from = "<alice@a.example>", .to = { "<zoe@z.example>", "<x@strict.example>", "<bob@a.example>" },
		.text = MAIL, .client = "192.0.2.7", .login = "alice", .role = CHOICE_ROLE_WITNESS };
	struct delivery d = mta_send(a, &mail, MTA_POSTFIX);

	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_ptr_nonnull(strstr(buffer_text(&d.text), MAIL));
	delivery_done(&d);
}
END_TEST

START_TEST(a_witness_takes_forged_tickets_off)
{
	struct delivery real = front(MAIL), d;

	d = front_from(buffer_text(&real.text), NULL, "198.51.100.9");
	ck_assert_uint_eq(delivery_count(&d, TICKET_FIELD), 0);
	expect_unproven(behind(buffer_text(&d.text)), "missing");
	delivery_done(&d);
	delivery_done(&real);
}
END_TEST

START_TEST(a_ticket_stays_off_what_is_only_observed)
{
	const struct mail mail = { .from = "<alice@a.example>", .to = { "<ned@n.example>" }, .text = MAIL, .login = "alice",
		.client = "192.0.2.7", .role = CHOICE_ROLE_WITNESS, .observe = true };
	struct delivery d = mta_send(a, &mail, MTA_POSTFIX);

	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
}
END_TEST

/* ---- behind it ---- */

START_TEST(a_ticket_stands_for_the_login)
{
	struct delivery d = front(MAIL), again = behind(buffer_text(&d.text));

	ck_assert_str_eq(delivery_report(&again, "login"), "alice");
	expect_signed(again);
	delivery_done(&d);
}
END_TEST

START_TEST(a_ticket_serves_each_recipient_of_its_message)
{
	struct delivery d = front(MAIL), again;

	again = behind_to(buffer_text(&d.text), "<alice@a.example>", "<zoe@z.example>", CHOICE_ROLE_SUBMISSION);
	ck_assert_int_eq(again.verdict, VERDICT_CONTINUE);
	ck_assert_ptr_null(strstr(buffer_text(&again.text), "4711"));
	delivery_done(&again);
	expect_signed(behind(buffer_text(&d.text)));
	again = behind_to(buffer_text(&d.text), "<alice@a.example>", "<x@strict.example>", CHOICE_ROLE_SUBMISSION);
	ck_assert_int_eq(again.verdict, VERDICT_REFUSE);
	ck_assert_str_eq(delivery_report(&again, "reason"), "missing-refused");
	delivery_done(&again);
	delivery_done(&d);
}
END_TEST

/* The rows are asked again, not the ticket: what was taken from a login meanwhile is gone. */
START_TEST(a_ticket_gives_no_more_than_its_login_may)
{
	struct delivery d = front(MAIL), again;
	struct error e = ERROR_INIT;

	expect_ok(keystore_login_change(a->keystore, "alice", "alice@a.example", false, &a->witness, &e));
	again = behind(buffer_text(&d.text));
	ck_assert_str_eq(delivery_report(&again, "ticket"), "valid");
	ck_assert_str_eq(delivery_report(&again, "reason"), "login-mismatch");
	delivery_done(&again);
	delivery_done(&d);
}
END_TEST

START_TEST(an_internal_host_is_witnessed_where_a_row_names_it)
{
	struct delivery d;

	world_login(a, "host:192.0.2.0/24", "alice@a.example");
	d = front_from(MAIL, NULL, "192.0.2.7");
	ck_assert_str_eq(delivery_report(&d, "ticket"), "issued");
	expect_signed(behind(buffer_text(&d.text)));
	delivery_done(&d);
	d = front_from(MAIL, NULL, "198.51.100.7");
	ck_assert_str_eq(delivery_report(&d, "ticket"), "not-issued");
	delivery_done(&d);
}
END_TEST

START_TEST(nothing_but_a_ticket_proves_anybody_behind_the_queue)
{
	struct mail mail = { .from = "<alice@a.example>", .to = { "<ned@n.example>" }, .text = MAIL, .login = "alice",
		.client = "127.0.0.1", .role = CHOICE_ROLE_SUBMISSION, .behind_queue = true };

	world_login(a, "host:127.0.0.0/8", "*@a.example");
	expect_unproven(mta_send(a, &mail, MTA_POSTFIX), "missing");
	mail.login = NULL;
	expect_unproven(mta_send(a, &mail, MTA_POSTFIX), "missing");
}
END_TEST

/* postseal explain: whoever asks says who it is. */
START_TEST(explaining_takes_the_word_of_who_asks)
{
	struct mail mail = { .from = "<alice@a.example>", .to = { "<ned@n.example>" }, .text = MAIL, .login = "alice",
		.role = CHOICE_ROLE_SUBMISSION, .mode = GATEWAY_EXPLAIN, .behind_queue = true };
	struct delivery d = mta_send(a, &mail, MTA_POSTFIX);

	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_str_eq(delivery_report(&d, "reason"), "sign-setting");
	delivery_done(&d);
	mail.login = NULL;
	mail.client = "192.0.2.7";
	world_login(a, "host:192.0.2.7", "alice@a.example");
	d = mta_send(a, &mail, MTA_POSTFIX);
	ck_assert_str_eq(delivery_report(&d, "reason"), "sign-setting");
	delivery_done(&d);
}
END_TEST

START_TEST(without_a_ticket_nothing_is_signed_and_the_rules_hold)
{
	struct delivery d;

	world_configure(a, "a.example", LISTENERS "relay-local-author = \"allow\"\n");
	d = behind(MAIL);
	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert(!is_signed(&d));
	ck_assert_str_eq(delivery_report(&d, "ticket"), "missing");
	delivery_done(&d);
	d = behind_to(MAIL, "<alice@a.example>", "<zoe@z.example>", CHOICE_ROLE_SUBMISSION);
	ck_assert_ptr_null(strstr(buffer_text(&d.text), "4711"));
	delivery_done(&d);
	d = behind_to(MAIL, "<alice@a.example>", "<x@strict.example>", CHOICE_ROLE_SUBMISSION);
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	delivery_done(&d);
}
END_TEST

START_TEST(a_listener_before_the_queue_believes_no_ticket)
{
	struct delivery d = front(MAIL), again;
	struct mail mail = { .from = "<alice@a.example>", .to = { "<ned@n.example>" }, .text = buffer_text(&d.text),
		.client = "192.0.2.1", .role = CHOICE_ROLE_SUBMISSION };

	again = mta_send(a, &mail, MTA_POSTFIX);
	ck_assert_int_eq(again.verdict, VERDICT_REFUSE);
	ck_assert_str_eq(delivery_report(&again, "ticket"), "");
	delivery_done(&again);
	delivery_done(&d);
}
END_TEST

/* ---- what a ticket is bound to ---- */

static const struct change {
	const char *from, *to;
} changes[] = {
	{ "Alice B. <alice@a.example>", "Alice C. <alice@a.example>" },
	{ "Alice B. <alice@a.example>", "<alice@a.example>" },
	{ FROM, "" },
	{ FROM, FROM FROM },
	{ "Message-ID: <1@", "Message-ID: <2@" },
	{ "Message-ID: <1@a.example>\r\n", "" },
	{ "Message-ID:", "X-Was: " },
	{ "Date: Sun, 22", "Date: Mon, 23" },
	{ "Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n", "" },
	{ "as promised", "as  denied" },
	{ "Subject: ", "Subject: x\r\nSubject: " },
	{ "text/plain", "text/html" },
	{ "Content-Type:", "Content-Transfer-Encoding: base64\r\nContent-Type:" },
	{ "Subject:", "Reply-To: mallory@m.example\r\nSubject:" },
	{ "4711", "4712" },
	{ "Alice\r\n", "Mallory\r\n" },
	{ "\r\nAlice\r\n", "\r\nAlice\r\n-- \r\na footer\r\n" },
};

START_TEST(a_ticket_does_not_fit_a_changed_message)
{
	struct delivery d = front(MAIL), again;
	struct buffer text = changed(buffer_text(&d.text), changes[_i].from, changes[_i].to);

	again = behind(buffer_text(&text));
	ck_assert_str_eq(delivery_report(&again, "ticket"), "unfit");
	ck_assert_str_eq(delivery_report(&again, "login"), "");
	ck_assert(!is_signed(&again));
	delivery_done(&again);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(a_ticket_does_not_fit_another_sender)
{
	struct delivery d = front(MAIL);

	expect_unproven(behind_to(buffer_text(&d.text), "<carl@a.example>", "<ned@n.example>", CHOICE_ROLE_SUBMISSION), "unfit");
	expect_unproven(behind_to(buffer_text(&d.text), "<>", "<ned@n.example>", CHOICE_ROLE_SUBMISSION), "unfit");
	delivery_done(&d);
}
END_TEST

START_TEST(a_ticket_does_not_fit_another_message)
{
	struct delivery d = front(MAIL);
	char *ticket = delivery_field(&d, TICKET_FIELD, 1);
	struct buffer field = BUFFER_INIT(4096), text;
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_format(&field, &e, TICKET_FIELD ": %s\r\n", ticket));
	text = with_top(buffer_text(&field), FROM NAMES REST "\r\nPay mallory.\r\n");
	expect_unproven(behind(buffer_text(&text)), "unfit");
	buffer_done(&text);
	buffer_done(&field);
	free(ticket);
	delivery_done(&d);
}
END_TEST

/* login, expiry, flags, kind of holder, code: each is under the code itself. */
START_TEST(no_octet_of_a_ticket_can_be_another)
{
	static const struct change forged[] = {
		{ "login=616c696365", "login=626f62" },
		{ "login=616c696365", "host=616c696365" },
		{ "x=17", "x=18" },
		{ "f=-", "f=i" },
		{ "f=-", "f=d" },
		{ "f=-", "f=o" },
	};
	struct delivery d = front(MAIL);
	const char *code = strstr(buffer_text(&d.text), "h=") + 2;
	char first[4] = { 'h', '=', code[0], '\0' }, other[4] = { 'h', '=', code[0] == '0' ? '1' : '0', '\0' };
	struct buffer text;

	for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		text = changed(buffer_text(&d.text), forged[i].from, forged[i].to);
		expect_unproven(behind(buffer_text(&text)), "unfit");
		buffer_done(&text);
	}
	text = changed(buffer_text(&d.text), first, other);
	expect_unproven(behind(buffer_text(&text)), "unfit");
	buffer_done(&text);
	text = changed(buffer_text(&d.text), "v=1", "v=2");
	expect_unproven(behind(buffer_text(&text)), "malformed");
	buffer_done(&text);
	delivery_done(&d);
}
END_TEST

START_TEST(two_tickets_are_none)
{
	struct delivery d = front(MAIL);
	char *ticket = delivery_field(&d, TICKET_FIELD, 1);
	struct buffer field = BUFFER_INIT(4096), text;
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_format(&field, &e, TICKET_FIELD ": %s\r\n", ticket));
	text = with_top(buffer_text(&field), buffer_text(&d.text));
	expect_unproven(behind(buffer_text(&text)), "several");
	buffer_done(&text);
	text = with_top(TICKET_FIELD ": x\r\n", buffer_text(&d.text));
	expect_unproven(behind(buffer_text(&text)), "several");
	buffer_done(&text);
	buffer_done(&field);
	free(ticket);
	delivery_done(&d);
}
END_TEST

START_TEST(a_ticket_under_the_keys_of_another_store_is_none)
{
	struct world *ours = a;
	struct delivery d;

	a = world_open("w.example", LISTENERS);
	world_login(a, "alice", "alice@a.example");
	d = front(MAIL);
	world_close(a);
	a = ours;
	expect_unproven(behind(buffer_text(&d.text)), "unfit");
	delivery_done(&d);
}
END_TEST

START_TEST(a_ticket_is_good_until_it_expires)
{
	struct delivery d = front(MAIL);
	int64_t issued = a->now_ms;

	a->now_ms = issued + 7 * DAY - 1000;
	expect_signed(behind(buffer_text(&d.text)));
	a->now_ms = issued + 7 * DAY;
	expect_unproven(behind(buffer_text(&d.text)), "expired");
	a->now_ms = issued;
	delivery_done(&d);
}
END_TEST

START_TEST(its_lifetime_is_a_setting)
{
	struct delivery d;
	int64_t issued = a->now_ms;

	world_configure(a, "a.example", "ticket-lifetime = 1h\n" LISTENERS);
	d = front(MAIL);
	a->now_ms = issued + 3600 * 1000;
	expect_unproven(behind(buffer_text(&d.text)), "expired");
	a->now_ms = issued;
	delivery_done(&d);
}
END_TEST

/* A little is what clocks do; a month of it would let what expired come back. */
START_TEST(a_clock_set_back_a_little_does_no_harm_and_far_back_proves_nobody)
{
	struct delivery d = front(MAIL);
	int64_t issued = a->now_ms;

	a->now_ms = issued - DAY;
	expect_signed(behind(buffer_text(&d.text)));
	a->now_ms = issued - 24 * DAY;
	expect_unproven(behind(buffer_text(&d.text)), "ahead");
	a->now_ms = issued;
	delivery_done(&d);
}
END_TEST

/* ---- what MTAs do to a message between the passes ---- */

static const struct change honest[] = {
	{ TICKET_FIELD, "Received: from mx (localhost [127.0.0.1])\r\n\tby mx; Sun, 22 Nov 2026 12:00:01 +0000\r\n" TICKET_FIELD },
	{ TICKET_FIELD, "Return-Path: <alice@a.example>\r\n" TICKET_FIELD },
	{ "From: Alice B. <alice@a.example>", "From: \"Alice B.\" <alice@a.example>" },
	{ "From: Alice B. <", "From: Alice B.\r\n\t<" },
	{ "From: Alice", "From:  Alice" },
	{ "the figures, as", "the figures,\r\n as" },
	{ "text/plain; charset", "text/plain;\r\n\tcharset" },
	{ "charset=us-ascii", "charset=\"us-ascii\"" },
	{ "; f=", ";\r\n\tf=" },
	{ "; f=", "; \r\n f=" },
	{ "4711.\r\n", "4711. \r\n" },
	{ "\r\nAlice\r\n", "\r\nAlice\r\n\r\n" },
	{ "To: ned@n.example", "To: <ned@n.example>" },
	{ REST, REST "X-Spam-Score: 0\r\n" },
};

START_TEST(a_ticket_bears_what_an_honest_mta_does)
{
	struct delivery d = front(MAIL);
	struct buffer text = changed(buffer_text(&d.text), honest[_i].from, honest[_i].to);

	expect_signed(behind(buffer_text(&text)));
	buffer_done(&text);
	delivery_done(&d);
}
END_TEST

START_TEST(a_ticket_bears_fields_that_the_mta_adds_where_there_were_none)
{
	struct delivery d = front(FROM REST TEXT);
	struct buffer text = with_top(NAMES, buffer_text(&d.text));

	expect_signed(behind(buffer_text(&d.text)));
	expect_signed(behind(buffer_text(&text)));
	buffer_done(&text);
	delivery_done(&d);
}
END_TEST

/* The first pass took the mark off, so the ticket says that there was one. */
START_TEST(what_came_from_outside_once_is_not_signed_behind_the_queue_either)
{
	struct delivery d = front(NOTICE_FIELD ": x\r\n" MAIL), again = behind(buffer_text(&d.text));

	ck_assert_uint_eq(delivery_count(&d, NOTICE_FIELD), 0);
	ck_assert_str_eq(delivery_report(&again, "ticket"), "valid");
	ck_assert_str_eq(delivery_report(&again, "reason"), "from-outside");
	ck_assert(!is_signed(&again));
	delivery_done(&again);
	delivery_done(&d);
}
END_TEST

/* ---- the world's mail behind the queue ---- */

static struct delivery
comes_in(const char *text, const char *to)
{
	return behind_to(text, "<sender@elsewhere.example>", to, CHOICE_ROLE_INBOUND);
}

#define STRANGER "From: Zoe <zoe@z.example>\r\nTo: alice@a.example\r\nSubject: s\r\n" NAMES

START_TEST(what_comes_in_behind_the_queue_is_opened_and_judged)
{
	const struct forged *to[] = { &alice };
	struct buffer text = letter(STRANGER, letter_encrypted(to, 1, PROFILE_MODERN, TEXT));
	struct delivery d = comes_in(buffer_text(&text), "<alice@a.example>");

	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_ptr_nonnull(strstr(buffer_text(&d.text), "4711"));
	ck_assert_str_eq(delivery_report(&d, "ticket"), "missing");
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(what_is_too_large_goes_in_as_it_came_without_marks)
{
	static const char head[] = STRANGER OPENED_FIELD ": forged\r\nAuthentication-Results: smime.a.example; smime=pass\r\n\r\n";
	struct buffer text = BUFFER_INIT(1 << 20);
	struct error e = ERROR_INIT;
	struct delivery d;

	expect_ok(buffer_append_text(&text, head, &e));
	for (int i = 0; i < 5000; i++)
		expect_ok(buffer_append_text(&text, "twenty octets a line\r\n", &e));
	world_configure(a, "a.example", "message-size-limit = 64k\n" LISTENERS);
	d = comes_in(buffer_text(&text), "<alice@a.example>");
	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s", d.log_line);
	ck_assert_uint_eq(delivery_count(&d, OPENED_FIELD), 0);
	ck_assert_uint_eq(delivery_count(&d, RESULT_FIELD), 0);
	ck_assert_str_eq(delivery_body(&d), strstr(buffer_text(&text), "\r\n\r\n") + 4);
	ck_assert_str_eq(delivery_report(&d, "reason"), "too-large");
	ck_assert_str_eq(delivery_report(&d, "verdict"), "continue");
	delivery_done(&d);
	d = mta_receive(a, "<alice@a.example>", buffer_text(&text)); /* before the queue it is refused */
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

/* A header past our limits could hide a mark of ours: neither delivered so nor bounced, it waits. */
START_TEST(a_header_that_cannot_be_read_whole_waits)
{
	struct buffer text = BUFFER_INIT(1 << 20);
	struct error e = ERROR_INIT;
	struct delivery d;

	expect_ok(buffer_append_text(&text, STRANGER, &e));
	for (int i = 0; i <= LIMIT_HEADER_FIELDS; i++)
		expect_ok(buffer_append_text(&text, "X-Many: x\r\n", &e));
	expect_ok(buffer_append_text(&text, OPENED_FIELD ": forged\r\n\r\ntext\r\n", &e));
	d = comes_in(buffer_text(&text), "<alice@a.example>");
	ck_assert_int_eq(d.verdict, VERDICT_RETRY_LATER);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(what_leads_on_outside_waits_where_the_rules_forbid_it_and_never_bounces)
{
	struct delivery d = comes_in(MAIL, "<x@strict.example>");

	ck_assert_int_eq(d.verdict, VERDICT_RETRY_LATER);
	ck_assert_int_eq(d.answer.code[0], '4');
	ck_assert_int_eq(d.answer.status[0], '4');
	ck_assert_str_eq(delivery_report(&d, "reason"), "missing-refused");
	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
}
END_TEST

/* A report is a bounce, too. */
START_TEST(nobody_is_left_out_with_a_report_to_a_stranger)
{
	const struct mail mail = { .from = "<sender@elsewhere.example>", .to = { "<zoe@z.example>", "<ned@n.example>" },
		.text = STRANGER TEXT, .client = "127.0.0.1", .role = CHOICE_ROLE_INBOUND, .behind_queue = true,
		.resubmit = "[127.0.0.1]:10026" };
	struct delivery d;

	world_configure(a, "a.example",
	    LISTENERS "defaults { encrypt = \"required\" on-missing-certificate = \"refuse-some\" }\n");
	d = mta_send(a, &mail, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_RETRY_LATER);
	ck_assert_str_eq(delivery_report(&d, "reason"), "missing-refused");
	delivery_done(&d);
}
END_TEST

START_TEST(a_local_author_that_leads_on_outside_goes_unsigned)
{
	struct delivery d = comes_in(MAIL, "<ned@n.example>");

	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert(!is_signed(&d));
	delivery_done(&d);
	d = comes_in(MAIL, "<zoe@z.example>");
	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_ptr_null(strstr(buffer_text(&d.text), "4711"));
	delivery_done(&d);
}
END_TEST

START_TEST(no_recipient_is_refused_of_what_is_let_in)
{
	struct delivery d = comes_in(MAIL, "<a@b@c>");

	ck_assert_int_eq(d.verdict, VERDICT_RETRY_LATER);
	ck_assert_str_eq(delivery_report(&d, "reason"), "address-syntax");
	delivery_done(&d);
}
END_TEST

Suite *
suite_witnessed(void)
{
	Suite *s = suite_create("witnessed");
	TCase *t = tcase_create("witnessed");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_witness_adds_one_ticket_and_changes_nothing_else);
	tcase_add_test(t, a_witness_gives_none_to_who_did_not_log_in);
	tcase_add_test(t, a_witness_gives_none_to_a_login_that_is_too_long_for_it);
	tcase_add_test(t, a_witness_refuses_a_login_that_claims_somebody_else);
	tcase_add_test(t, a_witness_applies_no_other_rule);
	tcase_add_test(t, a_witness_takes_forged_tickets_off);
	tcase_add_test(t, a_ticket_stays_off_what_is_only_observed);
	tcase_add_test(t, a_ticket_stands_for_the_login);
	tcase_add_test(t, a_ticket_serves_each_recipient_of_its_message);
	tcase_add_test(t, a_ticket_gives_no_more_than_its_login_may);
	tcase_add_test(t, an_internal_host_is_witnessed_where_a_row_names_it);
	tcase_add_test(t, nothing_but_a_ticket_proves_anybody_behind_the_queue);
	tcase_add_test(t, explaining_takes_the_word_of_who_asks);
	tcase_add_test(t, without_a_ticket_nothing_is_signed_and_the_rules_hold);
	tcase_add_test(t, a_listener_before_the_queue_believes_no_ticket);
	tcase_add_loop_test(t, a_ticket_does_not_fit_a_changed_message, 0, (int)(sizeof(changes) / sizeof(changes[0])));
	tcase_add_test(t, a_ticket_does_not_fit_another_sender);
	tcase_add_test(t, a_ticket_does_not_fit_another_message);
	tcase_add_test(t, no_octet_of_a_ticket_can_be_another);
	tcase_add_test(t, two_tickets_are_none);
	tcase_add_test(t, a_ticket_under_the_keys_of_another_store_is_none);
	tcase_add_test(t, a_ticket_is_good_until_it_expires);
	tcase_add_test(t, its_lifetime_is_a_setting);
	tcase_add_test(t, a_clock_set_back_a_little_does_no_harm_and_far_back_proves_nobody);
	tcase_add_loop_test(t, a_ticket_bears_what_an_honest_mta_does, 0, (int)(sizeof(honest) / sizeof(honest[0])));
	tcase_add_test(t, a_ticket_bears_fields_that_the_mta_adds_where_there_were_none);
	tcase_add_test(t, what_came_from_outside_once_is_not_signed_behind_the_queue_either);
	tcase_add_test(t, what_comes_in_behind_the_queue_is_opened_and_judged);
	tcase_add_test(t, what_is_too_large_goes_in_as_it_came_without_marks);
	tcase_add_test(t, a_header_that_cannot_be_read_whole_waits);
	tcase_add_test(t, what_leads_on_outside_waits_where_the_rules_forbid_it_and_never_bounces);
	tcase_add_test(t, nobody_is_left_out_with_a_report_to_a_stranger);
	tcase_add_test(t, a_local_author_that_leads_on_outside_goes_unsigned);
	tcase_add_test(t, no_recipient_is_refused_of_what_is_let_in);
	suite_add_tcase(s, t);
	return s;
}
