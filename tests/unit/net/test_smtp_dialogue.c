/* SPDX-License-Identifier: BSD-2-Clause */

/* Who gets which fate by which reply, and what is said meanwhile. */

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "tests/unit/net/peer.h"
#include "tests/unit/support.h"

Suite *suite_smtp_dialogue(void);

#define TEXT "Subject: x\r\n\r\nhello\r\n"

START_TEST(says_this_and_no_more)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 2);
	expect_ok(send_to_peer(&p, &m, &e));
	ck_assert_str_eq(buffer_text(&p.commands), "EHLO gate.example\nMAIL FROM:<a@one.example>\nRCPT TO:<r0@two.example>\n"
						   "RCPT TO:<r1@two.example>\nDATA\n[dot]\nQUIT\n");
	ck_assert_str_eq(buffer_text(&p.message), TEXT);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq((int)m.to[i].fate, SMTP_SENT);
		ck_assert_str_eq(m.to[i].reply, "250 2.0.0 queued as 1");
	}
	peer_done(&p);
}
END_TEST

START_TEST(says_helo_where_ehlo_is_not_known)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	m.mail.parameters = "RET=HDRS";
	/* Even if it lists something, nothing of it counts. */
	p.replies[PEER_EHLO] = "502-no\r\n502 DSN\r\n";
	expect_ok(send_to_peer(&p, &m, &e));
	ck_assert_str_eq(buffer_text(&p.commands), "EHLO gate.example\nHELO gate.example\nMAIL FROM:<a@one.example>\n"
						   "RCPT TO:<r0@two.example>\nDATA\n[dot]\nQUIT\n");
	ck_assert_int_eq((int)m.to[0].fate, SMTP_SENT);
	peer_done(&p);
}
END_TEST

/* A reply to a step that holds for everybody: the fate of both recipients, and whether QUIT follows. */
static const struct {
	enum peer_step step;
	const char *reply;
	enum smtp_fate fate;
	const char *text; /* NULL: the reply's */
	bool quits;
} rows[] = {
	{ PEER_GREETING, "421 4.3.2 closing\r\n", SMTP_RETRY, NULL, false },
	{ PEER_GREETING, "450 4.3.2 busy\r\n", SMTP_RETRY, NULL, true },
	{ PEER_GREETING, "554 5.3.2 no\r\n", SMTP_REFUSED, NULL, true },
	{ PEER_GREETING, "354 what\r\n", SMTP_RETRY, "451 4.5.0 greeting: unexpected reply: 354 what", false },
	{ PEER_EHLO, "421 4.3.2 closing\r\n", SMTP_RETRY, NULL, false },
	{ PEER_EHLO, "450 4.3.2 busy\r\n", SMTP_RETRY, NULL, true },
	{ PEER_EHLO, "354 what\r\n", SMTP_RETRY, "451 4.5.0 EHLO: unexpected reply: 354 what", false },
	{ PEER_MAIL, "421 4.3.2 closing\r\n", SMTP_RETRY, NULL, false },
	{ PEER_MAIL, "452 4.3.1 full\r\n", SMTP_RETRY, NULL, true },
	{ PEER_MAIL, "550 5.7.1 not you\r\n", SMTP_REFUSED, NULL, true },
	{ PEER_MAIL, "354 what\r\n", SMTP_RETRY, "451 4.5.0 MAIL: unexpected reply: 354 what", false },
	{ PEER_RCPT, "421 4.3.2 closing\r\n", SMTP_RETRY, NULL, false },
	{ PEER_RCPT, "450 4.2.0 grey\r\n", SMTP_RETRY, NULL, true },
	{ PEER_RCPT, "550 5.1.1 unknown\r\n", SMTP_REFUSED, NULL, true },
	{ PEER_RCPT, "354 what\r\n", SMTP_RETRY, "451 4.5.0 RCPT: unexpected reply: 354 what", false },
	{ PEER_DATA, "421 4.3.2 closing\r\n", SMTP_RETRY, NULL, false },
	{ PEER_DATA, "451 4.3.0 no\r\n", SMTP_RETRY, NULL, true },
	{ PEER_DATA, "554 5.5.1 no\r\n", SMTP_REFUSED, NULL, true },
	{ PEER_DATA, "250 what\r\n", SMTP_RETRY, "451 4.5.0 DATA: unexpected reply: 250 what", false },
	{ PEER_DOT, "421 4.3.2 closing\r\n", SMTP_RETRY, NULL, false },
	{ PEER_DOT, "451 4.7.1 later\r\n", SMTP_RETRY, NULL, true },
	{ PEER_DOT, "552 5.3.4 big\r\n", SMTP_REFUSED, NULL, true },
	{ PEER_DOT, "354 what\r\n", SMTP_UNKNOWN, "451 4.5.0 final dot: unexpected reply: 354 what", false },
	{ PEER_DOT, "250 ok\r\n", SMTP_SENT, NULL, true },
	{ PEER_DOT, "250\r\n", SMTP_SENT, "250", true },
	{ PEER_DOT, "299 odd\r\n", SMTP_SENT, NULL, true },
	{ PEER_DOT, "250-2.0.0 ok\r\n250 2.0.0 queued\r\n", SMTP_SENT, "250 2.0.0 ok 2.0.0 queued", true },
	{ PEER_DOT, "250 \xc3\xa9 \xff\x01\x7f\t.\r\n", SMTP_SENT, "250 \xc3\xa9 ????.", true },
	{ PEER_QUIT, "500 what\r\n", SMTP_SENT, "250 2.0.0 queued as 1", true },
	/* silence and goodbye */
	{ PEER_GREETING, peer_drops, SMTP_RETRY, "451 4.4.2 greeting: the server closed the connection", false },
	{ PEER_GREETING, peer_hangs, SMTP_RETRY, "451 4.4.2 greeting: the server took too long", false },
	{ PEER_EHLO, peer_drops, SMTP_RETRY, "451 4.4.2 EHLO: the server closed the connection", false },
	{ PEER_EHLO, peer_hangs, SMTP_RETRY, "451 4.4.2 EHLO: the server took too long", false },
	{ PEER_MAIL, peer_drops, SMTP_RETRY, "451 4.4.2 MAIL: the server closed the connection", false },
	{ PEER_MAIL, peer_hangs, SMTP_RETRY, NULL, false },
	{ PEER_RCPT, peer_drops, SMTP_RETRY, "451 4.4.2 RCPT: the server closed the connection", false },
	{ PEER_RCPT, peer_hangs, SMTP_RETRY, "451 4.4.2 RCPT: the server took too long", false },
	{ PEER_DATA, peer_drops, SMTP_RETRY, "451 4.4.2 DATA: the server closed the connection", false },
	{ PEER_DATA, peer_hangs, SMTP_RETRY, "451 4.4.2 DATA: the server took too long", false },
	{ PEER_DOT, peer_drops, SMTP_UNKNOWN, "451 4.4.2 final dot: the server closed the connection", false },
	{ PEER_DOT, peer_hangs, SMTP_UNKNOWN, "451 4.4.2 final dot: the server took too long", false },
	{ PEER_QUIT, peer_drops, SMTP_SENT, "250 2.0.0 queued as 1", true },
	{ PEER_QUIT, peer_hangs, SMTP_SENT, "250 2.0.0 queued as 1", true },
};

START_TEST(a_reply_for_all_settles_all)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 2);
	p.replies[rows[_i].step] = rows[_i].reply;
	/* Without pipelining a hanging MAIL is not followed by answers to RCPT. */
	if (rows[_i].step == PEER_MAIL && rows[_i].reply == peer_hangs)
		p.replies[PEER_EHLO] = "250 peer.example\r\n";
	expect_ok(send_to_peer(&p, &m, &e));
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq((int)m.to[i].fate, (int)rows[_i].fate);
		if (rows[_i].text != NULL)
			ck_assert_str_eq(m.to[i].reply, rows[_i].text);
		else if (rows[_i].reply[0] >= '2' && rows[_i].reply[0] <= '5')
			ck_assert_int_eq(strncmp(m.to[i].reply, rows[_i].reply, strlen(rows[_i].reply) - 2), 0);
	}
	ck_assert_int_eq(strstr(buffer_text(&p.commands), "QUIT\n") != NULL, rows[_i].quits);
	/* Until the dot the deadline holds, and only the answer to the dot has a time of its own. */
	if (rows[_i].reply == peer_hangs && rows[_i].step != PEER_QUIT)
		ck_assert_int_eq(p.now_ms, PEER_START_MS + (rows[_i].step == PEER_DOT ? SMTP_ANSWER_MS : PEER_TIME_MS));
	peer_done(&p);
}
END_TEST

START_TEST(waits_a_second_at_most_for_a_goodbye)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	p.replies[PEER_QUIT] = peer_hangs;
	expect_ok(send_to_peer(&p, &m, &e));
	ck_assert_int_eq(p.now_ms, PEER_START_MS + 1000);
	peer_done(&p);
}
END_TEST

START_TEST(each_recipient_has_its_own_reply)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 4);
	p.rcpt[1] = "550 5.1.1 unknown\r\n";
	p.rcpt[2] = "450 4.2.0 grey\r\n";
	p.rcpt[3] = "251 elsewhere\r\n";
	if (_i == 1)
		p.replies[PEER_EHLO] = "250 peer.example\r\n";
	expect_ok(send_to_peer(&p, &m, &e));
	ck_assert_int_eq((int)m.to[0].fate, SMTP_SENT);
	ck_assert_int_eq((int)m.to[1].fate, SMTP_REFUSED);
	ck_assert_str_eq(m.to[1].reply, "550 5.1.1 unknown");
	ck_assert_int_eq((int)m.to[2].fate, SMTP_RETRY);
	ck_assert_str_eq(m.to[2].reply, "450 4.2.0 grey");
	ck_assert_int_eq((int)m.to[3].fate, SMTP_SENT);
	ck_assert_str_eq(m.to[3].reply, "250 2.0.0 queued as 1");
	peer_done(&p);
}
END_TEST

START_TEST(what_happens_to_the_message_leaves_the_refused_refused)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 2);
	p.rcpt[0] = "550 5.1.1 unknown\r\n";
	p.replies[PEER_DOT] = peer_drops;
	expect_ok(send_to_peer(&p, &m, &e));
	ck_assert_int_eq((int)m.to[0].fate, SMTP_REFUSED);
	ck_assert_int_eq((int)m.to[1].fate, SMTP_UNKNOWN);
	peer_done(&p);
}
END_TEST

START_TEST(sends_no_data_when_nobody_is_left)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 2);
	p.rcpt[0] = "550 5.1.1 unknown\r\n";
	p.rcpt[1] = "451 4.3.0 later\r\n";
	expect_ok(send_to_peer(&p, &m, &e));
	ck_assert_ptr_null(strstr(buffer_text(&p.commands), "DATA"));
	ck_assert_ptr_nonnull(strstr(buffer_text(&p.commands), "QUIT"));
	ck_assert_int_eq((int)m.to[0].fate, SMTP_REFUSED);
	ck_assert_int_eq((int)m.to[1].fate, SMTP_RETRY);
	peer_done(&p);
}
END_TEST

START_TEST(replies_to_rcpt_do_not_count_where_mail_was_refused)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 2);
	p.replies[PEER_MAIL] = "452 4.3.1 full\r\n";
	p.rcpt[0] = "503 5.5.1 MAIL first\r\n";
	expect_ok(send_to_peer(&p, &m, &e));
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq((int)m.to[i].fate, SMTP_RETRY);
		ck_assert_str_eq(m.to[i].reply, "452 4.3.1 full");
	}
	ck_assert_ptr_null(strstr(buffer_text(&p.commands), "DATA"));
	peer_done(&p);
}
END_TEST

START_TEST(a_421_among_the_recipients_ends_it_for_those_who_wait)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 3);
	p.rcpt[0] = "550 5.1.1 unknown\r\n";
	p.rcpt[1] = "421 4.3.2 closing\r\n";
	expect_ok(send_to_peer(&p, &m, &e));
	ck_assert_int_eq((int)m.to[0].fate, SMTP_REFUSED);
	for (size_t i = 1; i < 3; i++) {
		ck_assert_int_eq((int)m.to[i].fate, SMTP_RETRY);
		ck_assert_str_eq(m.to[i].reply, "421 4.3.2 closing");
	}
	ck_assert(!p.got_dot);
	peer_done(&p);
}
END_TEST

START_TEST(pipelines_where_it_is_offered_and_not_without_end)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 60);
	if (_i == 1)
		p.replies[PEER_EHLO] = "250-peer.example\r\n250 DSN\r\n";
	expect_ok(send_to_peer(&p, &m, &e));
	for (size_t i = 0; i < 60; i++)
		ck_assert_int_eq((int)m.to[i].fate, SMTP_SENT);
	/* EHLO, DATA, message, dot, QUIT; MAIL and RCPT in runs of 20, or one by one. */
	ck_assert_uint_eq(p.flushes, 5 + (_i == 1 ? 61 : 4));
	peer_done(&p);
}
END_TEST

START_TEST(nobody_answers_at_all)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	p.refuses_connection = true;
	expect_ok(send_to_peer(&p, &m, &e));
	ck_assert_int_eq((int)m.to[0].fate, SMTP_RETRY);
	ck_assert_str_eq(m.to[0].reply, "451 4.4.1 no connection to 127.0.0.1: connect: refused");
	p.out_of_memory = true;
	expect_error(send_to_peer(&p, &m, &e), ERROR_NO_MEMORY);
	ck_assert_int_eq((int)m.to[0].fate, SMTP_UNTRIED);
	ck_assert_str_eq(m.to[0].reply, "");
	peer_done(&p);
}
END_TEST

START_TEST(a_deadline_that_has_passed_sends_nothing)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	p.now_ms = PEER_START_MS + PEER_TIME_MS;
	expect_ok(send_to_peer(&p, &m, &e));
	ck_assert_int_eq((int)m.to[0].fate, SMTP_RETRY);
	ck_assert_uint_eq(p.received.size, 0);
	peer_done(&p);
}
END_TEST

START_TEST(wants_recipients_and_not_too_many)
{
	static struct smtp_recipient many[LIMIT_RECIPIENTS + 1];
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 0);
	expect_error(send_to_peer(&p, &m, &e), ERROR_INTERNAL);
	m.mail.recipients = many;
	m.mail.count = LIMIT_RECIPIENTS + 1;
	expect_error(send_to_peer(&p, &m, &e), ERROR_INTERNAL);
	ck_assert_uint_eq(p.opened, 0);
	peer_done(&p);
}
END_TEST

static int
send_once(void *ctx, struct error *e)
{
	struct peer p;
	struct mail_fixture m;
	int rc;

	(void)ctx;
	peer_init(&p);
	/* The fixture's own buffers are not what is tested. */
	ck_assert_ptr_nonnull(p.received.data = calloc(1, 4096));
	ck_assert_ptr_nonnull(p.replied.data = calloc(1, 4096));
	ck_assert_ptr_nonnull(p.commands.data = calloc(1, 4096));
	ck_assert_ptr_nonnull(p.message.data = calloc(1, 4096));
	p.received.room = p.replied.room = p.commands.room = p.message.room = 4096;
	mail_fixture_init(&m, TEXT, 2);
	rc = send_to_peer(&p, &m, e);
	ck_assert_int_eq((int)m.to[0].fate, rc == 0 ? SMTP_SENT : SMTP_UNTRIED);
	peer_done(&p);
	return rc;
}

START_TEST(want_of_memory_sends_nothing)
{
	each_allocation_fails(send_once, NULL);
}
END_TEST

Suite *
suite_smtp_dialogue(void)
{
	Suite *s = suite_create("smtp_dialogue");
	TCase *t = tcase_create("smtp_dialogue");

	tcase_add_test(t, says_this_and_no_more);
	tcase_add_test(t, says_helo_where_ehlo_is_not_known);
	tcase_add_loop_test(t, a_reply_for_all_settles_all, 0, (int)(sizeof rows / sizeof rows[0]));
	tcase_add_test(t, waits_a_second_at_most_for_a_goodbye);
	tcase_add_loop_test(t, each_recipient_has_its_own_reply, 0, 2);
	tcase_add_test(t, what_happens_to_the_message_leaves_the_refused_refused);
	tcase_add_test(t, sends_no_data_when_nobody_is_left);
	tcase_add_test(t, replies_to_rcpt_do_not_count_where_mail_was_refused);
	tcase_add_test(t, a_421_among_the_recipients_ends_it_for_those_who_wait);
	tcase_add_loop_test(t, pipelines_where_it_is_offered_and_not_without_end, 0, 2);
	tcase_add_test(t, nobody_answers_at_all);
	tcase_add_test(t, a_deadline_that_has_passed_sends_nothing);
	tcase_add_test(t, wants_recipients_and_not_too_many);
	tcase_add_test(t, want_of_memory_sends_nothing);
	suite_add_tcase(s, t);
	return s;
}
