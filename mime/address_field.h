/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_ADDRESS_FIELD_H
#define MIME_ADDRESS_FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"
#include "base/error.h"

/*
 * The mailboxes of an address field (From, To, Cc; RFC 5322 3.4, RFC 6854).
 * GMime reads the grammar; we refuse to be generous where a decision hangs on it.
 */
struct mailboxes {
	struct address_list list;  /* every mailbox in order, group members included */
	bool has_group;            /* group syntax was used */
	/* Some part of the value was no mailbox, or two readers could differ: also an encoded word in an address. */
	bool unreadable;
	bool display_name_address; /* a name holds an "@" that is not of the mailbox's own address, or a comment any "@" */
};

int mailboxes_parse(const char *value, size_t n, struct mailboxes *out, struct error *e);
void mailboxes_done(struct mailboxes *m);

/* encoded_words_decode(value, n, out, e): RFC 2047 text as UTF-8, unfolded; for display and triggers only. */
struct buffer;
int encoded_words_decode(const char *value, size_t n, struct buffer *out, struct error *e);

#endif
