/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_NET_PEER_H
#define TESTS_UNIT_NET_PEER_H

#include "base/buffer.h"
#include "net/smtp.h"

/*
 * A scripted SMTP server as a transport, and a clock that moves only when
 * somebody waits for it in vain.  It reads commands and undoes dot-stuffing by
 * rules of its own, and answers each step with what the script says.
 */

enum peer_step { PEER_GREETING, PEER_EHLO, PEER_HELO, PEER_MAIL, PEER_RCPT, PEER_DATA, PEER_DOT, PEER_QUIT, PEER_STEPS };

extern const char peer_hangs[]; /* instead of a reply: no answer, ever */
extern const char peer_drops[]; /* instead of a reply: closes */

#define PEER_RECIPIENTS 64
#define PEER_START_MS   1000
#define PEER_TIME_MS    30000 /* from there to the deadline */
#define PEER_NEVER      SIZE_MAX

struct peer {
	/* the script; NULL: a friendly reply */
	const char *replies[PEER_STEPS];
	const char *rcpt[PEER_RECIPIENTS]; /* of the n-th RCPT, where not NULL */
	const char *interruption;          /* sent as soon as octets of the message arrive */
	bool refuses_connection, out_of_memory;
	size_t step;                       /* at most so many octets a read; 0: as many as there are */
	size_t cut_replies, cut_commands;  /* after so many octets the server closes, the client's writes fail; or PEER_NEVER */
	int64_t message_takes_ms;          /* each write of a message, the dot not counted */
	int64_t dot_takes_ms;              /* until its answer is there, for whoever waits so long */
	bool hangs_at_cut;                 /* the server falls silent there instead */

	/* what happened */
	int64_t now_ms;
	struct buffer received, replied; /* all octets of either direction */
	struct buffer commands;          /* commands, a line each with "\n", and "[dot]" */
	struct buffer message;           /* behind DATA, dots undone */
	size_t read;                     /* octets of `replied` that the client took */
	size_t flushes, opened, closed;
	size_t dot_replied_at;           /* `replied.size` when the reply to the dot was whole; 0: not yet */
	bool got_dot;
	int64_t dot_at_ms;               /* by its clock */
	/* inside */
	size_t parsed, rcpts;
	bool in_data, interrupted, dropped, write_failed;
};

/* peer_init(p): friendly, offering everything.  peer_done(p): checks that what was opened was closed. */
void peer_init(struct peer *p);
void peer_done(struct peer *p);
struct smtp_transport peer_transport(struct peer *p);

/* peer_took_over(p): has the server accepted the message, by a 2xx for its dot? */
bool peer_took_over(const struct peer *p);

/* ---- mail to send ------------------------------------------------------------------------------ */

/* A mail of which the message stands in memory and is written in pieces. */
struct mail_fixture {
	struct smtp_mail mail;
	struct smtp_recipient to[PEER_RECIPIENTS];
	const char *text;
	size_t size;
	size_t piece;     /* octets a write; 0: all at once */
	size_t fail_after; /* the source fails after so many octets; or PEER_NEVER */
	bool deaf;        /* ignores that writing failed */
};

/* mail_fixture_init(m, text, count): from a@one.example to r0@two.example, r1@two.example, … */
void mail_fixture_init(struct mail_fixture *m, const char *text, size_t count);

/* send_to_peer(p, m, e): smtp_send() with a deadline PEER_TIME_MS from the peer's start. */
int send_to_peer(struct peer *p, struct mail_fixture *m, struct error *e);

#endif
