/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Whatever breaks wherever: nobody is told "sent" who may have got nothing,
 * nobody "retry" for whom the server has taken over, and no half message is
 * ever ended by a dot.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/net/peer.h"
#include "tests/unit/support.h"

Suite *suite_smtp_faults(void);

#define TEXT "Subject: x\r\n\r\n.dot\r\nhello\r\n"

/* What holds for each end of a dialogue, however it came about. */
static void
check_truth(const struct peer *p, const struct mail_fixture *m, int rc)
{
	if (p->got_dot)
		ck_assert_uint_eq(p->message.size, m->size);
	for (size_t i = 0; i < m->mail.count; i++) {
		enum smtp_fate fate = m->to[i].fate;

		ck_assert_int_eq(fate == SMTP_UNTRIED, rc != 0);
		if (fate == SMTP_SENT)
			ck_assert(peer_took_over(p) && p->dot_replied_at != 0 && p->read >= p->dot_replied_at);
		if (fate == SMTP_UNKNOWN)
			ck_assert(p->received.size > m->size);
		if (peer_took_over(p) && p->rcpt[i] == NULL)
			ck_assert(fate == SMTP_SENT || fate == SMTP_UNKNOWN);
		ck_assert_int_eq(m->to[i].reply[0] == '\0', rc != 0);
	}
	ck_assert_int_le(p->now_ms, PEER_START_MS + PEER_TIME_MS + (p->got_dot ? SMTP_ANSWER_MS : 0));
}

static enum smtp_fate
run(struct peer *p, struct mail_fixture *m)
{
	struct error e = ERROR_INIT;
	int rc = send_to_peer(p, m, &e);

	check_truth(p, m, rc);
	return m->to[0].fate;
}

/* Replies that are as short as lines can be, and such as are not. */
static void
begin(struct peer *p, struct mail_fixture *m, int variant)
{
	peer_init(p);
	mail_fixture_init(m, TEXT, 2);
	if (variant == 1)
		p->replies[PEER_EHLO] = "500 \r\n";
	if (variant == 2) {
		p->replies[PEER_DOT] = "250-2.0.0 long\r\n250-and\r\n250 longer\r\n";
		p->rcpt[1] = "550 5.1.1 unknown\r\n";
	}
	if (variant == 3)
		p->replies[PEER_DOT] = "451-4.7.1 long\r\n451 4.7.1 longer\r\n";
}

START_TEST(cut_at_every_octet_of_the_replies)
{
	struct peer p;
	struct mail_fixture m;
	enum smtp_fate whole;
	size_t size, dot, sent = 0, unknown = 0;

	begin(&p, &m, _i);
	whole = run(&p, &m);
	size = p.replied.size;
	dot = p.dot_replied_at;
	peer_done(&p);
	for (size_t cut = 0; cut <= size; cut++)
		for (int hangs = 0; hangs < 2; hangs++) {
			enum smtp_fate fate;

			begin(&p, &m, _i);
			p.cut_replies = cut;
			p.hangs_at_cut = hangs;
			p.step = cut % 3; /* all at once, one by one, in pairs */
			fate = run(&p, &m);
			ck_assert(cut < dot || fate == whole);
			ck_assert(cut >= dot || fate == SMTP_RETRY || fate == SMTP_UNKNOWN);
			sent += fate == SMTP_SENT;
			unknown += fate == SMTP_UNKNOWN;
			peer_done(&p);
		}
	ck_assert_uint_gt(unknown, 10);
	ck_assert(whole != SMTP_SENT || sent > 10);
}
END_TEST

START_TEST(cut_at_every_octet_of_the_commands)
{
	struct peer p;
	struct mail_fixture m;
	size_t size, before_dot;

	begin(&p, &m, _i);
	(void)run(&p, &m);
	size = p.received.size;
	before_dot = size - strlen(".\r\nQUIT\r\n");
	peer_done(&p);
	for (size_t cut = 0; cut < size; cut++) {
		enum smtp_fate fate;

		begin(&p, &m, _i);
		p.cut_commands = cut;
		fate = run(&p, &m);
		ck_assert(cut >= before_dot || fate == SMTP_RETRY);
		ck_assert(cut >= before_dot || !p.got_dot);
		ck_assert(cut < before_dot || cut >= before_dot + 3 || fate == SMTP_UNKNOWN);
		peer_done(&p);
	}
}
END_TEST

START_TEST(a_source_that_fails_at_any_octet_sends_nothing)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	for (size_t after = 1; after <= strlen(TEXT); after++) {
		peer_init(&p);
		mail_fixture_init(&m, TEXT, 2);
		m.fail_after = after;
		m.piece = after % 4;
		p.rcpt[1] = "550 5.1.1 unknown\r\n";
		expect_error(send_to_peer(&p, &m, &e), ERROR_CRYPTO);
		check_truth(&p, &m, -1);
		ck_assert(!p.got_dot);
		/* Not even a good-bye, which would be a line of the message. */
		ck_assert_ptr_null(strstr(buffer_text(&p.received), "QUIT"));
		peer_done(&p);
	}
}
END_TEST

static int
fail_silently(void *ctx, struct sink *to, struct error *e)
{
	(void)ctx;
	(void)to;
	(void)e;
	return -1;
}

START_TEST(a_source_may_fail_without_a_word_or_not_notice)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	m.mail.write = fail_silently;
	expect_error(send_to_peer(&p, &m, &e), ERROR_INTERNAL);
	ck_assert(!p.got_dot);
	peer_done(&p);
	/* A bare LF that the sink refused, and the source goes on writing. */
	peer_init(&p);
	mail_fixture_init(&m, "a\nb\r\nc\r\n", 1);
	m.piece = 1;
	m.deaf = true;
	ck_assert_int_ne(send_to_peer(&p, &m, &e), 0);
	check_truth(&p, &m, -1);
	ck_assert(!p.got_dot);
	ck_assert_ptr_null(strstr(buffer_text(&p.received), "c\r\n"));
	peer_done(&p);
}
END_TEST

/* A message larger than what waits to be written, so that the loss of the connection meets a source at work. */
START_TEST(a_connection_lost_within_the_message_is_to_be_tried_again)
{
	size_t size = 100000;
	char *text = malloc(size + 1);
	struct peer p;
	struct mail_fixture m;

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < size; i += 10)
		memcpy(text + i, "12345678\r\n", 10);
	text[size] = '\0';
	for (int deaf = 0; deaf < 2; deaf++)
		for (size_t cut = 0; cut < size; cut += 9973) {
			peer_init(&p);
			mail_fixture_init(&m, text, 1);
			p.cut_commands = 200 + cut;
			m.piece = 1000;
			m.deaf = deaf;
			ck_assert_int_eq((int)run(&p, &m), SMTP_RETRY);
			ck_assert(!p.got_dot);
			peer_done(&p);
		}
	free(text);
}
END_TEST

/* What the server says before the dot: a refusal counts, everything else is out of step; no dot follows. */
static const struct {
	const char *interruption;
	enum smtp_fate fate;
	const char *reply;
} interruptions[] = {
	{ "552 5.3.4 enough\r\n", SMTP_REFUSED, "552 5.3.4 enough" },
	{ "421 4.3.2 closing\r\n", SMTP_RETRY, "421 4.3.2 closing" },
	{ "250 2.0.0 queued\r\n", SMTP_RETRY, "451 4.5.0 message: unexpected reply: 250 2.0.0 queued" },
	{ "354 more\r\n", SMTP_RETRY, "451 4.5.0 message: unexpected reply: 354 more" },
	{ "gibberish\r\n", SMTP_RETRY, "451 4.5.0 message: no reply of SMTP: \"gibberish\"" },
	{ peer_drops, SMTP_RETRY, "451 4.4.2 message: the server closed the connection" },
};

START_TEST(no_dot_follows_when_the_server_breaks_in)
{
	struct peer p;
	struct mail_fixture m;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	p.interruption = interruptions[_i].interruption;
	ck_assert_int_eq((int)run(&p, &m), (int)interruptions[_i].fate);
	ck_assert_str_eq(m.to[0].reply, interruptions[_i].reply);
	ck_assert(!p.got_dot);
	peer_done(&p);
}
END_TEST

static int
take_time(void *ctx, struct sink *to, struct error *e)
{
	struct peer *p = ctx;

	p->now_ms += PEER_TIME_MS;
	return sink_text(to, TEXT, e);
}

START_TEST(no_dot_follows_when_the_server_left_too_little_time)
{
	struct peer p;
	struct mail_fixture m;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	p.message_takes_ms = _i == 0 ? PEER_TIME_MS : PEER_TIME_MS - SMTP_DOT_MS + 1;
	ck_assert_int_eq((int)run(&p, &m), SMTP_RETRY);
	ck_assert_str_eq(m.to[0].reply, "451 4.4.2 message: too little time is left for the final dot");
	ck_assert(!p.got_dot);
	ck_assert_ptr_null(strstr(buffer_text(&p.commands), "QUIT"));
	peer_done(&p);
}
END_TEST

/* However late the dot went. */
START_TEST(the_answer_to_the_dot_has_a_time_of_its_own)
{
	struct peer p;
	struct mail_fixture m;

	for (int64_t takes = 0; takes <= PEER_TIME_MS - SMTP_DOT_MS; takes += 5000) {
		peer_init(&p);
		mail_fixture_init(&m, TEXT, 1);
		p.message_takes_ms = takes;
		p.dot_takes_ms = SMTP_ANSWER_MS - 1;
		ck_assert_int_eq((int)run(&p, &m), SMTP_SENT);
		peer_done(&p);
		peer_init(&p);
		mail_fixture_init(&m, TEXT, 1);
		p.message_takes_ms = takes;
		p.replies[PEER_DOT] = peer_hangs;
		ck_assert_int_eq((int)run(&p, &m), SMTP_UNKNOWN);
		ck_assert_int_eq(p.now_ms, p.dot_at_ms + SMTP_ANSWER_MS);
		peer_done(&p);
	}
}
END_TEST

/* Long parameters fill what waits to be written while the commands of one run are still being put together. */
START_TEST(a_connection_lost_among_long_commands_gets_nothing_more)
{
	static char parameter[4096 + 1] = "ORCPT=rfc822;";
	struct peer p;
	struct mail_fixture m;

	memset(parameter + 13, 'x', sizeof parameter - 14);
	for (size_t cut = 0; cut < 81000; cut += 5003) {
		peer_init(&p);
		mail_fixture_init(&m, TEXT, 19);
		for (size_t i = 0; i < 19; i++)
			m.to[i].parameters = parameter;
		p.cut_commands = cut;
		ck_assert_int_eq((int)run(&p, &m), cut < 19 * 4096 ? SMTP_RETRY : SMTP_SENT);
		peer_done(&p);
	}
}
END_TEST

START_TEST(no_dot_follows_when_the_time_is_over)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;
	struct smtp_transport transport;
	struct smtp_endpoint to = { SMTP_IPV4, "127.0.0.1", 1 };

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	transport = peer_transport(&p);
	m.mail.write = take_time;
	m.mail.ctx = &p;
	expect_ok(smtp_send(&transport, &to, &m.mail, PEER_START_MS + PEER_TIME_MS, &e));
	ck_assert_int_eq((int)m.to[0].fate, SMTP_RETRY);
	ck_assert_str_eq(m.to[0].reply, "451 4.4.2 message: the time is over");
	ck_assert(!p.got_dot);
	peer_done(&p);
}
END_TEST

/* Two replies at once where one was asked for: the second would be taken for the answer to the next command. */
START_TEST(an_answer_before_its_question_ends_it)
{
	static char twice[PEER_STEPS][80];
	static const char *const once[] = { "220 hi\r\n", "250 hi\r\n", "250 hi\r\n", "250 ok\r\n", "250 ok\r\n" };
	struct peer p;
	struct mail_fixture m;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	(void)snprintf(twice[_i], sizeof twice[_i], "%s250 early\r\n", once[_i]);
	p.replies[_i] = twice[_i];
	if (_i == PEER_HELO)
		p.replies[PEER_EHLO] = "500 no\r\n";
	ck_assert_int_eq((int)run(&p, &m), SMTP_RETRY);
	ck_assert_ptr_nonnull(strstr(m.to[0].reply, "answered before it was asked"));
	ck_assert(!p.got_dot);
	peer_done(&p);
}
END_TEST

START_TEST(a_go_ahead_with_an_answer_behind_it_sends_no_dot)
{
	struct peer p;
	struct mail_fixture m;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	p.replies[PEER_DATA] = "354 go\r\n250 2.0.0 queued\r\n";
	ck_assert_int_eq((int)run(&p, &m), SMTP_RETRY);
	ck_assert(!p.got_dot);
	peer_done(&p);
}
END_TEST

/* ---- hostile servers ---------------------------------------------------------------------------- */

static const char *const malformed[] = {
	"\r\n", "2\r\n", "25\r\n", "250x\r\n", "250ok\r\n", "250\tok\r\n", "250_ok\r\n", "2500 ok\r\n", " 250 ok\r\n", "\26250 ok\r\n",
	"150 ok\r\n", "050 ok\r\n", "650 ok\r\n", "2a0 ok\r\n", "25: ok\r\n", "-250 ok\r\n", "ok\r\n", "HTTP/1.1 400 Bad\r\n",
	"250 ok\n", "250-ok\n250 ok\r\n", "250 o\rk\r\n", "250 ok\r\r\n", "250-ok\r\n251 ok\r\n", "250-ok\r\n550 no\r\n",
	"250-ok\r\nok\r\n", "250-ok\r\n\r\n250 ok\r\n", "250-ok\r\n 250 ok\r\n",
};

START_TEST(what_is_no_reply_is_none)
{
	for (enum peer_step step = PEER_GREETING; step < PEER_QUIT; step++)
		for (size_t octets = 0; octets < 2; octets++) {
			struct peer p;
			struct mail_fixture m;
			enum smtp_fate fate;

			peer_init(&p);
			mail_fixture_init(&m, TEXT, 1);
			p.replies[step] = malformed[_i];
			p.step = octets;
			if (step == PEER_HELO)
				p.replies[PEER_EHLO] = "500 no\r\n";
			fate = run(&p, &m);
			ck_assert_int_eq((int)fate, step == PEER_DOT ? SMTP_UNKNOWN : SMTP_RETRY);
			ck_assert_msg(strncmp(m.to[0].reply, "451 4.5.0 ", 10) == 0, "%s", m.to[0].reply);
			peer_done(&p);
		}
}
END_TEST

/* A reply with a NUL in it cannot stand in the script: it comes from a transport of its own. */
struct raw {
	const char *octets;
	size_t size, position, endless; /* 0: as it stands; else `octets` again and again */
	unsigned reads;
};

static int
raw_open(void *ctx, const struct smtp_endpoint *to, int64_t deadline_ms, void **out_connection, struct error *e)
{
	(void)to;
	(void)deadline_ms;
	(void)e;
	*out_connection = ctx;
	return 0;
}

static ssize_t
raw_read(void *connection, void *to, size_t max, int64_t deadline_ms, struct error *e)
{
	struct raw *r = connection;
	char *at = to;

	(void)deadline_ms;
	(void)e;
	r->reads++;
	for (size_t i = 0; i < max; i++) {
		if (r->position == r->size) {
			if (!r->endless)
				return (ssize_t)i;
			r->position = 0;
		}
		at[i] = r->octets[r->position++];
	}
	return (ssize_t)max;
}

static int
raw_write(void *connection, const void *from, size_t n, int64_t deadline_ms, struct error *e)
{
	(void)connection;
	(void)from;
	(void)n;
	(void)deadline_ms;
	(void)e;
	return 0;
}

static void
raw_close(void *connection)
{
	(void)connection;
}

static int64_t
raw_now_ms(void *ctx)
{
	(void)ctx;
	return 0;
}

static const struct {
	const char *octets;
	size_t size;
	bool endless;
	const char *reply;
} raws[] = {
	{ "220 a\0b\r\n", 9, false, "451 4.5.0 greeting: a NUL in a line" },
	{ "220 a\0\r\n", 8, false, "451 4.5.0 greeting: a NUL in a line" },
	{ "\0", 1, true, "451 4.5.0 greeting: a line of more than 4096 octets" },
	{ "x", 1, true, "451 4.5.0 greeting: a line of more than 4096 octets" },
	{ "2", 1, true, "451 4.5.0 greeting: a line of more than 4096 octets" },
	{ "\r", 1, true, "451 4.5.0 greeting: a line of more than 4096 octets" },
	{ "\n", 1, true, "451 4.5.0 greeting: a line that does not end in CRLF" },
	{ "220-welcome\r\n", 13, true, "451 4.5.0 greeting: a reply of more than 200 lines" },
	{ "220 welcome\r\n", 13, true, "451 4.5.0 EHLO: the server answered before it was asked" },
};

START_TEST(an_endless_server_is_left_after_a_bounded_time)
{
	struct raw r = { raws[_i].octets, raws[_i].size, 0, raws[_i].endless, 0 };
	struct smtp_transport transport = { raw_open, raw_read, raw_write, raw_close, raw_now_ms, &r };
	struct smtp_endpoint to = { SMTP_IPV4, "127.0.0.1", 1 };
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	mail_fixture_init(&m, TEXT, 1);
	expect_ok(smtp_send(&transport, &to, &m.mail, 1000, &e));
	ck_assert_int_eq((int)m.to[0].fate, SMTP_RETRY);
	ck_assert_str_eq(m.to[0].reply, raws[_i].reply);
	ck_assert_uint_lt(r.reads, 201);
}
END_TEST

START_TEST(takes_a_line_and_a_reply_up_to_their_limits)
{
	static char line[4096 + 2], lines[200 * 8 + 1];
	struct peer p;
	struct mail_fixture m;

	/* the longest line */
	memset(line, 'x', sizeof line - 1);
	memcpy(line, "250 ", 4);
	memcpy(line + 4094, "\r\n", 3);
	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	p.replies[PEER_DOT] = line;
	ck_assert_int_eq((int)run(&p, &m), SMTP_SENT);
	ck_assert_uint_eq(strlen(m.to[0].reply), SMTP_REPLY_MAX - 1);
	peer_done(&p);
	/* one octet more */
	memcpy(line + 4094, "x\r\n", 4);
	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	p.replies[PEER_DOT] = line;
	ck_assert_int_eq((int)run(&p, &m), SMTP_UNKNOWN);
	peer_done(&p);
	/* the longest reply */
	for (size_t i = 0; i < 200; i++)
		memcpy(lines + i * 8, i == 199 ? "250 ok\r\n" : "250-ok\r\n", 8);
	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	p.replies[PEER_DOT] = lines;
	ck_assert_int_eq((int)run(&p, &m), SMTP_SENT);
	peer_done(&p);
}
END_TEST

Suite *
suite_smtp_faults(void)
{
	Suite *s = suite_create("smtp_faults");
	TCase *t = tcase_create("smtp_faults");

	tcase_add_loop_test(t, cut_at_every_octet_of_the_replies, 0, 4);
	tcase_add_loop_test(t, cut_at_every_octet_of_the_commands, 0, 4);
	tcase_add_test(t, a_source_that_fails_at_any_octet_sends_nothing);
	tcase_add_test(t, a_source_may_fail_without_a_word_or_not_notice);
	tcase_add_test(t, a_connection_lost_within_the_message_is_to_be_tried_again);
	tcase_add_loop_test(t, no_dot_follows_when_the_server_breaks_in, 0,
	    (int)(sizeof interruptions / sizeof interruptions[0]));
	tcase_add_test(t, no_dot_follows_when_the_time_is_over);
	tcase_add_loop_test(t, no_dot_follows_when_the_server_left_too_little_time, 0, 2);
	tcase_add_test(t, the_answer_to_the_dot_has_a_time_of_its_own);
	tcase_add_test(t, a_connection_lost_among_long_commands_gets_nothing_more);
	tcase_add_loop_test(t, an_answer_before_its_question_ends_it, 0, PEER_DATA);
	tcase_add_test(t, a_go_ahead_with_an_answer_behind_it_sends_no_dot);
	tcase_add_loop_test(t, what_is_no_reply_is_none, 0, (int)(sizeof malformed / sizeof malformed[0]));
	tcase_add_loop_test(t, an_endless_server_is_left_after_a_bounded_time, 0, (int)(sizeof raws / sizeof raws[0]));
	tcase_add_test(t, takes_a_line_and_a_reply_up_to_their_limits);
	suite_add_tcase(s, t);
	return s;
}
