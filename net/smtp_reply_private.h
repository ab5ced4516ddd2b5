/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NET_SMTP_REPLY_PRIVATE_H
#define NET_SMTP_REPLY_PRIVATE_H

#include "net/smtp_link_private.h"
#include "net/smtp_offer_private.h"

/* One reply of a server (RFC 5321 4.2). */

#define SMTP_REPLY_LINES 200 /* lines of one reply; an answer to EHLO has 20 */

struct smtp_reply {
	int code;                  /* 200 to 599 */
	char text[SMTP_REPLY_MAX]; /* of all lines, on one, and cut if need be; raw, but no NUL, CR, LF */
};

/*
 * smtp_reply_read(l, offer, out, e): the next reply.  Every line must have the
 * same code (ERROR_SMTP_SYNTAX).  `offer`, where not NULL, gets the lines behind
 * the first.  After a failure the link is broken.
 */
int smtp_reply_read(struct smtp_link *l, struct smtp_offer *offer, struct smtp_reply *out, struct error *e);

/* smtp_reply_class(r): 2 to 5. */
int smtp_reply_class(const struct smtp_reply *r);

#endif
