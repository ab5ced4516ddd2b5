/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The dialogue.  A recipient whose fate is SMTP_UNTRIED is still waiting: a
 * reply to its RCPT may settle it, and what holds for all settles everybody who
 * waits.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "net/smtp_command_private.h"
#include "net/smtp_reply_private.h"
#include "net/smtp_stuffing_private.h"

/* So many commands wait for their replies: both fit into what the system keeps, and nobody blocks. */
#define PIPELINE_COMMANDS 20

#define QUIT_PATIENCE_MS 1000 /* a good-bye is not worth more */

struct dialogue {
	struct smtp_link link;
	const struct smtp_mail *mail;
	struct smtp_offer offer;
	struct smtp_reply reply; /* the last one */
};

/* ---- what becomes of the recipients ------------------------------------------------------------- */

static void
settle(struct smtp_recipient *to, enum smtp_fate fate, const char *reply)
{
	if (to->fate != SMTP_UNTRIED)
		return;
	to->fate = fate;
	(void)snprintf(to->reply, sizeof to->reply, "%s", reply);
	text_clean(to->reply);
}

static void
settle_all(const struct smtp_mail *mail, enum smtp_fate fate, const char *reply)
{
	for (size_t i = 0; i < mail->count; i++)
		settle(&mail->recipients[i], fate, reply);
}

static bool
anybody_waits(const struct smtp_mail *mail)
{
	for (size_t i = 0; i < mail->count; i++)
		if (mail->recipients[i].fate == SMTP_UNTRIED)
			return true;
	return false;
}

static void
forget_fates(const struct smtp_mail *mail)
{
	for (size_t i = 0; i < mail->count; i++) {
		mail->recipients[i].fate = SMTP_UNTRIED;
		mail->recipients[i].reply[0] = '\0';
	}
}

static enum smtp_fate
fate_by_class(int class)
{
	return class == 2 ? SMTP_SENT : class == 5 ? SMTP_REFUSED : SMTP_RETRY;
}

/* No reply, or none that can be understood (RFC 3463 3.5, 3.6): nothing more is said.  Returns -1. */
static int
settle_trouble(struct dialogue *d, enum smtp_fate fate, const char *step, const struct error *trouble)
{
	char reply[SMTP_REPLY_MAX];

	(void)snprintf(reply, sizeof reply, "451 %s %s: %.*s",
	    trouble->code == ERROR_SMTP_SYNTAX ? "4.5.0" : "4.4.2", step, SMTP_REPLY_MAX - 64,
	    error_text(trouble));
	d->link.broken = true;
	settle_all(d->mail, fate, reply);
	return -1;
}

/* ---- one step --------------------------------------------------------------------------------------- */

/* An answer before its question is for something else, or somebody else's. */
static int
send_commands(struct dialogue *d, const char *step)
{
	struct error trouble = ERROR_INIT;

	if (smtp_link_ahead(&d->link))
		error_set(&trouble, ERROR_SMTP_SYNTAX, "the server answered before it was asked");
	else if (smtp_link_flush(&d->link, &trouble) == 0)
		return 0;
	return settle_trouble(d, SMTP_RETRY, step, &trouble);
}

/* `lost` is everybody's fate where no reply comes.  With 421 the server takes its leave (RFC 5321 3.8). */
static int
read_reply(struct dialogue *d, const char *step, enum smtp_fate lost, struct smtp_offer *offer)
{
	struct error trouble = ERROR_INIT;

	if (smtp_reply_read(&d->link, offer, &d->reply, &trouble) != 0)
		return settle_trouble(d, lost, step, &trouble);
	if (d->reply.code == 421)
		d->link.broken = true;
	return 0;
}

/* A reply that the step does not know: one of us has lost count. */
static int
settle_unexpected(struct dialogue *d, enum smtp_fate fate, const char *step)
{
	struct error trouble = ERROR_INIT;

	error_set(&trouble, ERROR_SMTP_SYNTAX, "unexpected reply: %s", d->reply.text);
	return settle_trouble(d, fate, step, &trouble);
}

/* 0 if the last reply is of class `wanted`; else everybody who waits is settled by it. */
static int
judge(struct dialogue *d, const char *step, int wanted)
{
	int class = smtp_reply_class(&d->reply);

	if (class == wanted)
		return 0;
	if (class < 4)
		return settle_unexpected(d, SMTP_RETRY, step);
	settle_all(d->mail, fate_by_class(class), d->reply.text);
	return -1;
}

/* ---- greeting ---------------------------------------------------------------------------------------- */

static int
ask_hello(struct dialogue *d, const char *verb, struct smtp_offer *offer)
{
	(void)smtp_command_hello(&d->link, verb, d->mail, NULL); /* short: a failure is told by the flush */
	if (send_commands(d, verb) != 0)
		return -1;
	return read_reply(d, verb, SMTP_RETRY, offer);
}

static int
greet(struct dialogue *d)
{
	if (read_reply(d, "greeting", SMTP_RETRY, NULL) != 0 || judge(d, "greeting", 2) != 0)
		return -1;
	if (ask_hello(d, "EHLO", &d->offer) != 0)
		return -1;
	if (smtp_reply_class(&d->reply) != 5)
		return judge(d, "EHLO", 2);
	d->offer = (struct smtp_offer){ .extensions = 0 };
	return ask_hello(d, "HELO", NULL) == 0 ? judge(d, "HELO", 2) : -1;
}

/* RFC 3463, RFC 6531 4.3 */
static const struct {
	unsigned extension;
	const char *reply;
} lacks[] = {
	{ SMTP_SMTPUTF8, "451 4.6.7 the server does not offer SMTPUTF8, which this mail needs" },
	{ SMTP_8BITMIME, "451 4.6.3 the server does not offer 8BITMIME, which this mail needs" },
	{ SMTP_DSN, "451 4.7.1 the server does not offer DSN, without which a bounce may disclose this mail" },
};

/* Can the server take this mail?  What it lacks now it may have when its set-up is mended. */
static int
check_offer(const struct dialogue *d)
{
	const struct smtp_mail *mail = d->mail;
	unsigned lacking = smtp_command_needs(mail) & ~d->offer.extensions;
	uint64_t limit = d->offer.size_limit;
	char reply[SMTP_REPLY_MAX];

	for (size_t i = 0; i < sizeof lacks / sizeof lacks[0]; i++)
		if ((lacking & lacks[i].extension) != 0) {
			settle_all(mail, SMTP_RETRY, lacks[i].reply);
			return -1;
		}
	if (limit == 0 || mail->size <= limit)
		return 0;
	(void)snprintf(reply, sizeof reply,
	    "552 5.3.4 the message has %" PRIu64 " octets, the server takes %" PRIu64, mail->size, limit);
	settle_all(mail, SMTP_REFUSED, reply);
	return -1;
}

/* ---- envelope ---------------------------------------------------------------------------------------- */

/* Command 0 is MAIL, the others are RCPT. */
static void
put_command(struct dialogue *d, size_t command)
{
	/* A failure stays in the link, and the flush tells it. */
	if (command == 0)
		(void)smtp_command_mail(&d->link, d->mail, &d->offer, NULL);
	else
		(void)smtp_command_rcpt(&d->link, &d->mail->recipients[command - 1], &d->offer, NULL);
}

static int
judge_command(struct dialogue *d, size_t command)
{
	int class = smtp_reply_class(&d->reply);

	if (command == 0 || class < 4 || d->reply.code == 421)
		return judge(d, command == 0 ? "MAIL" : "RCPT", 2);
	/* A recipient's own reply. */
	settle(&d->mail->recipients[command - 1], fate_by_class(class), d->reply.text);
	return 0;
}

/* Sends commands `first` to `end` and reads as many replies, also when the first of them says it all. */
static int
exchange(struct dialogue *d, size_t first, size_t end)
{
	const char *step = first == 0 ? "MAIL" : "RCPT";
	int rc = 0;

	for (size_t i = first; i < end; i++)
		put_command(d, i);
	if (send_commands(d, step) != 0)
		return -1;
	for (size_t i = first; i < end && !d->link.broken; i++)
		if (read_reply(d, i == 0 ? "MAIL" : "RCPT", SMTP_RETRY, NULL) != 0 ||
		    judge_command(d, i) != 0)
			rc = -1;
	return rc;
}

static int
send_envelope(struct dialogue *d)
{
	size_t commands = d->mail->count + 1,
	       step = smtp_offered(&d->offer, SMTP_PIPELINING) ? PIPELINE_COMMANDS : 1;

	for (size_t first = 0; first < commands; first += step)
		if (exchange(d, first, first + step < commands ? first + step : commands) != 0)
			return -1;
	return anybody_waits(d->mail) ? 0 : -1;
}

/* ---- message ----------------------------------------------------------------------------------------- */

static int
ask_data(struct dialogue *d)
{
	(void)smtp_link_text(&d->link, "DATA\r\n", NULL);
	if (send_commands(d, "DATA") != 0 || read_reply(d, "DATA", SMTP_RETRY, NULL) != 0)
		return -1;
	return judge(d, "DATA", 3);
}

static int
link_write(void *ctx, const void *from, size_t n, struct error *e)
{
	return smtp_link_put(ctx, from, n, e);
}

/* A refusal while the message is on its way says more than that the connection is gone (`trouble`, if set). */
static void
settle_interrupted(struct dialogue *d, const struct error *trouble)
{
	static const char step[] = "message";
	struct error heard = ERROR_INIT;

	if (smtp_link_speaks(&d->link) && smtp_reply_read(&d->link, NULL, &d->reply, &heard) == 0)
		(void)judge(d, step, 0);
	(void)settle_trouble(d, SMTP_RETRY, step, trouble->code != ERROR_NONE ? trouble : &heard);
}

/* The whole message up to its last line end. */
static int
write_content(struct dialogue *d, struct error *e)
{
	const struct smtp_mail *mail = d->mail;
	struct sink to = { link_write, &d->link }, stuffed;
	struct smtp_stuffing stuffing;

	smtp_stuffing_init(&stuffing, &to);
	stuffed = smtp_stuffing_sink(&stuffing);
	if (mail->write(mail->ctx, &stuffed, e) != 0)
		return error_set(e, ERROR_INTERNAL, "the message could not be written");
	if (smtp_stuffing_finish(&stuffing, e) != 0)
		return -1;
	return smtp_link_flush(&d->link, e);
}

/* The last moment to call it off: is there time left, and has the server kept silent? */
static int
check_before_dot(struct dialogue *d)
{
	struct error trouble = ERROR_INIT;

	if (smtp_link_left_ms(&d->link) < SMTP_DOT_MS)
		error_set(&trouble, ERROR_TIMEOUT, "too little time is left for the final dot");
	else if (!smtp_link_speaks(&d->link))
		return 0;
	settle_interrupted(d, &trouble);
	return -1;
}

/* From here on the message may have been accepted. */
static void
end_message(struct dialogue *d)
{
	static const char step[] = "final dot";
	struct error trouble = ERROR_INIT;

	smtp_link_extend(&d->link, SMTP_ANSWER_MS);
	if (smtp_link_text(&d->link, ".\r\n", &trouble) != 0 || smtp_link_flush(&d->link, &trouble) != 0)
		(void)settle_trouble(d, SMTP_UNKNOWN, step, &trouble);
	else if (read_reply(d, step, SMTP_UNKNOWN, NULL) != 0)
		return;
	else if (smtp_reply_class(&d->reply) == 3)
		(void)settle_unexpected(d, SMTP_UNKNOWN, step);
	else
		settle_all(d->mail, fate_by_class(smtp_reply_class(&d->reply)), d->reply.text);
}

/* -1: the source failed. */
static int
send_message(struct dialogue *d, struct error *e)
{
	struct error trouble = ERROR_INIT;

	if (write_content(d, &trouble) == 0) {
		if (check_before_dot(d) == 0)
			end_message(d);
		return 0;
	}
	if (d->link.broken) {
		settle_interrupted(d, &trouble);
		return 0;
	}
	d->link.broken = true; /* no good-bye: it would be a line of the message */
	return error_set(e, trouble.code, "%s", trouble.detail);
}

/* ---- the whole --------------------------------------------------------------------------------------- */

static int
transact(struct dialogue *d, struct error *e)
{
	if (greet(d) != 0 || check_offer(d) != 0 || send_envelope(d) != 0 || ask_data(d) != 0)
		return 0;
	return send_message(d, e);
}

/* Everybody's fate is settled: what comes back is of no interest, only that the server sees an orderly end. */
static void
say_goodbye(struct dialogue *d)
{
	const struct smtp_transport *transport = d->link.transport;
	int64_t patience = transport->now_ms(transport->ctx) + QUIT_PATIENCE_MS;
	struct error ignored = ERROR_INIT;

	if (d->link.broken)
		return;
	if (d->link.deadline_ms > patience)
		d->link.deadline_ms = patience;
	(void)smtp_link_text(&d->link, "QUIT\r\n", &ignored);
	if (smtp_link_flush(&d->link, &ignored) == 0)
		(void)smtp_reply_read(&d->link, NULL, &d->reply, &ignored);
}

/* No connection is no failure of ours, want of memory is. */
static int
settle_unreached(const struct smtp_mail *mail, const struct smtp_endpoint *to, const struct error *trouble,
    struct error *e)
{
	char reply[SMTP_REPLY_MAX];

	if (trouble->code == ERROR_NO_MEMORY)
		return error_set(e, trouble->code, "%s", trouble->detail);
	(void)snprintf(reply, sizeof reply, "451 4.4.1 no connection to %s: %.*s", to->host,
	    SMTP_REPLY_MAX / 2, error_text(trouble));
	settle_all(mail, SMTP_RETRY, reply);
	return 0;
}

int
smtp_send(const struct smtp_transport *transport, const struct smtp_endpoint *to,
    const struct smtp_mail *mail, int64_t deadline_ms, struct error *e)
{
	struct error trouble = ERROR_INIT;
	struct dialogue *d;
	int rc;

	forget_fates(mail);
	if (smtp_command_check(mail, e) != 0 || (d = memory_new(1, sizeof *d, e)) == NULL)
		return -1;
	d->mail = mail;
	if (smtp_link_open(&d->link, transport, to, deadline_ms, &trouble) != 0) {
		rc = settle_unreached(mail, to, &trouble, e);
	} else {
		rc = transact(d, e);
		say_goodbye(d);
		smtp_link_close(&d->link);
	}
	free(d);
	if (rc != 0)
		forget_fates(mail);
	return rc;
}
