/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GATEWAY_TICKET_PRIVATE_H
#define GATEWAY_TICKET_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "keystore/keystore.h"

/*
 * The text of a ticket: who handed a message in, as the pass before the queue saw it, for the pass behind it.
 *
 *   v=1; x=EXPIRY; f=FLAGS; login=HEX; h=HEX
 *
 * EXPIRY in seconds since 1970, without leading zeros; FLAGS "-", or some of the letters "d", "i", "o" in this order;
 * "login" or "host", and its octets in hexadecimal; the code over all of it and over the message (witnessed.c).
 */
#define TICKET_HOLDER_MAX 256 /* octets; in hexadecimal it still is one line that no MTA breaks (RFC 5322 2.1.1) */

struct ticket {
	int64_t expiry;
	bool no_date, no_message_id; /* there was none, and the MTA may have added one since */
	bool outside;                /* it bore a mark of ours: it came in from outside once */
	bool is_host;                /* the holder is a client's address, not a login */
	char holder[TICKET_HOLDER_MAX + 1];
	unsigned char code[KEYSTORE_MAC_SIZE];
};

/* ticket_print_claim(t, out, e): everything before the code, appended.  ticket_print(): the whole. */
int ticket_print_claim(const struct ticket *t, struct buffer *out, struct error *e);
int ticket_print(const struct ticket *t, struct buffer *out, struct error *e);

/* ticket_parse(text, n, out): exactly what ticket_print() writes, and nothing else; false leaves `out` as it is. */
bool ticket_parse(const char *text, size_t n, struct ticket *out);

#endif
