/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_GATEWAY_MTA_H
#define TESTS_UNIT_GATEWAY_MTA_H

#include "tests/unit/gateway/world.h"

/*
 * An MTA that hands messages to a gateway and carries out its edits by the
 * rules of Postfix or of Sendmail, which differ in how indexes count.
 */
enum mta_rules { MTA_POSTFIX, MTA_SENDMAIL, MTA_COUNT };

struct mail {
	const char *from;             /* verbatim MAIL FROM */
	const char *to[6];            /* verbatim RCPT TO */
	char *const *parameters;      /* of MAIL; may be NULL */
	char *const *rcpt_parameters; /* of each RCPT; may be NULL */
	const char *text;             /* CRLF */
	size_t size;                  /* of `text`; 0: it is text to its NUL */
	size_t step;                  /* octets of the body handed over at once; 0: 1000 */
	const char *resubmit;         /* where copies go; NULL: nowhere */
	const char *login, *client;   /* client NULL: not SMTP; "" and 192.0.2.1 by mail_from_outside() */
	enum choice_role role;
	enum gateway_mode mode;
	bool observe;
	bool behind_queue;
	unsigned fail_at;             /* the n-th edit fails; 0: none */
	bool fail_mute;               /* and does not say why */
};

struct delivery {
	enum verdict verdict;
	struct error error;
	struct gateway_answer answer;
	struct buffer text;           /* the message as it goes on */
	struct buffer edits;          /* what was asked for, one line an edit, bodies by their size */
	char *sender, *sender_esmtp;  /* NULL: unchanged */
	bool deleted[6];              /* recipients that were taken off, in the order of mail.to */
	struct json *report;
	char *log_line;
};

struct delivery mta_send(struct world *w, const struct mail *mail, enum mta_rules rules);
void delivery_done(struct delivery *d);

/* mta_hold(text, size): the message as the MTA holds it, whatever filters do; the caller calls buffer_done(). */
struct buffer mta_hold(const char *text, size_t size);

/* Shorter: from outside to our users; from a user of ours with a login (its address). */
struct delivery mta_receive(struct world *w, const char *to, const char *text);
struct delivery mta_submit(struct world *w, const char *from, const char *to, const char *text);

/* delivery_field(d, name, nth): that field's value as it goes on, unfolded; NULL if there is none.  Caller frees. */
char *delivery_field(const struct delivery *d, const char *name, unsigned nth);
unsigned delivery_count(const struct delivery *d, const char *name);
/* delivery_body(d): where the body begins in d->text. */
const char *delivery_body(const struct delivery *d);

/* The member of the report, as text: "reason"; "" if absent. */
const char *delivery_report(const struct delivery *d, const char *name);

#endif
