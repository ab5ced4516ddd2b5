/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NET_SMTP_LINK_PRIVATE_H
#define NET_SMTP_LINK_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/smtp.h"

/* One connection of a transport with room for a line that comes and for octets that go, until a deadline. */

/* One line of a reply, its end counted: RFC 5321 4.5.3.1.5 says 512, servers pass longer texts of others on. */
#define SMTP_LINE_MAX 4096

#define SMTP_OUT_MAX (16 * 1024) /* octets that wait to be written together */

struct smtp_link {
	const struct smtp_transport *transport;
	void *connection;
	int64_t deadline_ms;
	char in[SMTP_LINE_MAX];
	size_t in_begin, in_end;
	char out[SMTP_OUT_MAX];
	size_t out_size;
	bool broken; /* something failed, or the two sides are out of step: nothing is to be said any more */
};

/* smtp_link_open(l, transport, to, deadline_ms, e): `l` is zeroed.  smtp_link_close() after success only. */
int smtp_link_open(struct smtp_link *l, const struct smtp_transport *transport,
    const struct smtp_endpoint *to, int64_t deadline_ms, struct error *e);
void smtp_link_close(struct smtp_link *l); /* what waits in `out` is dropped */

/* smtp_link_put(l, from, n, e): written by smtp_link_flush() at the latest; nothing is after the deadline. */
int smtp_link_put(struct smtp_link *l, const void *from, size_t n, struct error *e);
int smtp_link_text(struct smtp_link *l, const char *text, struct error *e);
int smtp_link_flush(struct smtp_link *l, struct error *e);

/*
 * smtp_link_line(l, out, n, e): the next line without its CRLF, borrowed until the next call.  A line that is
 * too long, or has a NUL, CR or LF of its own: ERROR_SMTP_SYNTAX.  A server that closes: ERROR_IO.
 */
int smtp_link_line(struct smtp_link *l, const char **out, size_t *n, struct error *e);

/*
 * smtp_link_ahead(l): has the server sent what no line has taken yet?
 * smtp_link_speaks(l): or does it speak, or close, just now?
 */
bool smtp_link_ahead(const struct smtp_link *l);
bool smtp_link_speaks(struct smtp_link *l);

/* smtp_link_left_ms(l): until the deadline; 0 or less: it has passed.  smtp_link_extend(l, ms): it is `ms` from now. */
int64_t smtp_link_left_ms(const struct smtp_link *l);
void smtp_link_extend(struct smtp_link *l, int64_t ms);

#endif
