/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MILTER_SESSION_H
#define MILTER_SESSION_H

#include <stdbool.h>

#include "base/error.h"
#include "milter/daemon.h"

/*
 * Two lifetimes, two objects: the session is a connection of the MTA, the
 * message within it begins with MAIL FROM and ends once, by end of message,
 * abort, the next MAIL FROM or the connection's end.  Callbacks of a connection
 * come one after another, though on different threads: no lock is needed.
 */
struct session {
	struct daemon *daemon;
	unsigned long steps;    /* protocol steps negotiated: which replies the MTA does not wait for */
	bool leading_space;     /* header values come and go with their leading space (SMFIP_HDR_LEADSPC) */
	char *client_address, *client_name, *daemon_name;
	bool known;             /* the connection's facts are complete; without them there is no role to serve in */
	struct gateway_message *message;
};

struct session *session_new(struct daemon *d, struct error *e);
void session_end_message(struct session *s); /* idempotent */
void session_free(struct session *s);        /* NULL is fine; ends the message, too */

/* session_begin_message(s, argv, e): MAIL FROM and its parameters. */
int session_begin_message(struct session *s, char **argv, struct error *e);

#endif
