/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/net/peer.h"
#include "tests/unit/support.h"

const char peer_hangs[] = "hangs";
const char peer_drops[] = "drops";

static const struct {
	const char *verb, *friendly;
} steps[PEER_STEPS] = {
	[PEER_GREETING] = { "", "220 peer.example ESMTP\r\n" },
	[PEER_EHLO] = { "EHLO ",
	    "250-peer.example greets you\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250-DSN\r\n"
	    "250-8BITMIME\r\n250-SMTPUTF8\r\n250 MT-PRIORITY\r\n" },
	[PEER_HELO] = { "HELO ", "250 peer.example\r\n" },
	[PEER_MAIL] = { "MAIL FROM:", "250 2.1.0 sender ok\r\n" },
	[PEER_RCPT] = { "RCPT TO:", "250 2.1.5 recipient ok\r\n" },
	[PEER_DATA] = { "DATA\r\n", "354 go ahead\r\n" },
	[PEER_DOT] = { "", "250 2.0.0 queued as 1\r\n" },
	[PEER_QUIT] = { "QUIT\r\n", "221 2.0.0 bye\r\n" },
};

void
peer_init(struct peer *p)
{
	*p = (struct peer){ .now_ms = PEER_START_MS, .cut_replies = PEER_NEVER, .cut_commands = PEER_NEVER };
	buffer_init(&p->received, 1 << 24);
	buffer_init(&p->replied, 1 << 20);
	buffer_init(&p->commands, 1 << 20);
	buffer_init(&p->message, 1 << 24);
}

void
peer_done(struct peer *p)
{
	ck_assert_uint_eq(p->opened, p->closed);
	buffer_done(&p->received);
	buffer_done(&p->replied);
	buffer_done(&p->commands);
	buffer_done(&p->message);
}

bool
peer_took_over(const struct peer *p)
{
	const char *reply = p->replies[PEER_DOT];

	return p->got_dot && (reply == NULL || reply[0] == '2');
}

static void
say(struct peer *p, const char *reply)
{
	struct error e = ERROR_INIT;

	if (reply == peer_drops)
		p->dropped = true;
	else if (reply != peer_hangs)
		expect_ok(buffer_append_text(&p->replied, reply, &e));
}

static void
answer(struct peer *p, enum peer_step step)
{
	const char *reply = p->replies[step] != NULL ? p->replies[step] : steps[step].friendly;

	if (step == PEER_RCPT) {
		ck_assert_uint_lt(p->rcpts, PEER_RECIPIENTS);
		if (p->rcpt[p->rcpts] != NULL)
			reply = p->rcpt[p->rcpts];
		p->rcpts++;
	}
	say(p, reply);
	if (step == PEER_DATA && reply[0] == '3')
		p->in_data = true;
	if (step == PEER_DOT && reply != peer_hangs && reply != peer_drops)
		p->dot_replied_at = p->replied.size;
}

/* One line that ends at `lf`, of a dialogue or of a message. */
static void
take_command(struct peer *p, const char *line, size_t n)
{
	struct error e = ERROR_INIT;

	ck_assert_msg(n >= 2 && line[n - 2] == '\r', "a command that does not end in CRLF");
	expect_ok(buffer_append(&p->commands, line, n - 2, &e));
	expect_ok(buffer_append_char(&p->commands, '\n', &e));
	for (enum peer_step i = PEER_EHLO; i < PEER_STEPS; i++)
		if (steps[i].verb[0] != '\0' && strncmp(line, steps[i].verb, strlen(steps[i].verb)) == 0) {
			answer(p, i);
			return;
		}
	ck_abort_msg("the client said: %.*s", (int)n, line);
}

static void
take_line_of_message(struct peer *p, const char *line, size_t n)
{
	struct error e = ERROR_INIT;

	if (n == 3 && memcmp(line, ".\r\n", 3) == 0) {
		p->in_data = false;
		p->got_dot = true;
		p->dot_at_ms = p->now_ms;
		expect_ok(buffer_append_text(&p->commands, "[dot]\n", &e));
		answer(p, PEER_DOT);
		return;
	}
	expect_ok(buffer_append(&p->message, line + (line[0] == '.'), n - (line[0] == '.'), &e));
}

static void
take_lines(struct peer *p)
{
	const char *lf;

	while (!p->dropped && p->parsed < p->received.size &&
	    (lf = memchr(p->received.data + p->parsed, '\n', p->received.size - p->parsed)) != NULL) {
		const char *line = p->received.data + p->parsed;
		size_t n = (size_t)(lf - line) + 1;

		p->parsed += n;
		if (p->in_data)
			take_line_of_message(p, line, n);
		else
			take_command(p, line, n);
	}
}

/* ---- the transport ------------------------------------------------------------------------------ */

static int
peer_open(
    void *ctx, const struct smtp_endpoint *to, int64_t deadline_ms, void **out_connection, struct error *e)
{
	struct peer *p = ctx;

	(void)to;
	(void)deadline_ms;
	if (p->out_of_memory)
		return error_set(e, ERROR_NO_MEMORY, "no memory");
	if (p->refuses_connection)
		return error_set(e, ERROR_IO, "connect: refused");
	p->opened++;
	answer(p, PEER_GREETING);
	*out_connection = p;
	return 0;
}

static ssize_t
peer_read(void *connection, void *to, size_t max, int64_t deadline_ms, struct error *e)
{
	struct peer *p = connection;
	size_t end = p->replied.size < p->cut_replies ? p->replied.size : p->cut_replies;
	size_t n = end - p->read;

	ck_assert_uint_gt(max, 0);
	if (n > 0 && p->got_dot && p->now_ms < p->dot_at_ms + p->dot_takes_ms) {
		int64_t ready_ms = p->dot_at_ms + p->dot_takes_ms;

		p->now_ms = ready_ms <= deadline_ms ? ready_ms : deadline_ms > p->now_ms ? deadline_ms : p->now_ms;
		if (p->now_ms < ready_ms)
			return error_set(e, ERROR_TIMEOUT, "the server took too long");
	}
	if (n == 0) {
		if (p->dropped || (end == p->cut_replies && !p->hangs_at_cut))
			return 0;
		if (p->now_ms < deadline_ms)
			p->now_ms = deadline_ms;
		return error_set(e, ERROR_TIMEOUT, "the server took too long");
	}
	if (n > max)
		n = max;
	if (p->step != 0 && n > p->step)
		n = p->step;
	memcpy(to, p->replied.data + p->read, n);
	p->read += n;
	return (ssize_t)n;
}

static int
peer_write(void *connection, const void *from, size_t n, int64_t deadline_ms, struct error *e)
{
	struct peer *p = connection;
	size_t room = p->cut_commands - p->received.size;

	(void)deadline_ms;
	ck_assert_msg(!p->write_failed, "the client writes on after a failure");
	p->write_failed = p->dropped || n > room;
	if (p->dropped)
		return error_set(e, ERROR_IO, "write: broken pipe");
	if (p->in_data && !(n == 3 && memcmp(from, ".\r\n", 3) == 0))
		p->now_ms += p->message_takes_ms;
	ck_assert_int_eq(buffer_append(&p->received, from, n < room ? n : room, e), 0);
	p->flushes++;
	if (p->in_data && p->interruption != NULL && !p->interrupted) {
		p->interrupted = true;
		say(p, p->interruption);
	}
	take_lines(p);
	return !p->write_failed ? 0 : error_set(e, ERROR_IO, "write: broken pipe");
}

static void
peer_close(void *connection)
{
	struct peer *p = connection;

	p->closed++;
}

static int64_t
peer_now_ms(void *ctx)
{
	const struct peer *p = ctx;

	return p->now_ms;
}

struct smtp_transport
peer_transport(struct peer *p)
{
	return (struct smtp_transport){ peer_open, peer_read, peer_write, peer_close, peer_now_ms, p };
}

/* ---- mail to send ------------------------------------------------------------------------------- */

static int
write_pieces(void *ctx, struct sink *to, struct error *e)
{
	const struct mail_fixture *m = ctx;

	for (size_t at = 0, n; at < m->size; at += n) {
		n = m->size - at;
		if (m->piece != 0 && n > m->piece)
			n = m->piece;
		if (n > m->fail_after - at)
			n = m->fail_after - at;
		if (sink_write(to, m->text + at, n, e) != 0 && !m->deaf)
			return -1;
		if (at + n == m->fail_after)
			return error_set(e, ERROR_CRYPTO, "the source failed");
	}
	return 0;
}

void
mail_fixture_init(struct mail_fixture *m, const char *text, size_t count)
{
	static char paths[PEER_RECIPIENTS][32];

	ck_assert_uint_le(count, PEER_RECIPIENTS);
	*m = (struct mail_fixture){ .text = text, .size = strlen(text), .fail_after = PEER_NEVER };
	m->mail = (struct smtp_mail){ .helo = "gate.example",
		.sender = "<a@one.example>",
		.parameters = "",
		.recipients = m->to,
		.count = count,
		.write = write_pieces };
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(paths[i], sizeof paths[i], "<r%zu@two.example>", i);
		m->to[i] = (struct smtp_recipient){ .path = paths[i], .parameters = "" };
	}
}

int
send_to_peer(struct peer *p, struct mail_fixture *m, struct error *e)
{
	static const struct smtp_endpoint to = { SMTP_IPV4, "127.0.0.1", 10026 };
	struct smtp_transport transport = peer_transport(p);

	m->mail.ctx = m;
	return smtp_send(&transport, &to, &m->mail, PEER_START_MS + PEER_TIME_MS, e);
}
