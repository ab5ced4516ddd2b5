/* SPDX-License-Identifier: BSD-2-Clause */

#include "policy/policy_private.h"

/*
 * Which rules hold, by role, author and recipient.  The first row that fits
 * counts; what no row lists is refused.  Whether an author or recipient is local
 * is said by local-domains alone, never by where the message came from.
 */
enum {
	SUBMISSION = 1 << CHOICE_ROLE_SUBMISSION,
	INBOUND = 1 << CHOICE_ROLE_INBOUND,
	NON_SMTP = 1 << CHOICE_ROLE_LOCAL,
	EGRESS = 1 << CHOICE_ROLE_EGRESS,
	WITNESS = 1 << CHOICE_ROLE_WITNESS,
	ANY_ROLE = SUBMISSION | INBOUND | NON_SMTP | EGRESS | WITNESS,
};

enum whose { ANYBODY, LOCAL_WITHOUT_LOGIN };
enum where { REMOTE, LOCAL };

static const struct row {
	unsigned roles;
	enum whose author;
	enum where recipient;
	enum direction direction;
	enum reason obstacle;
} rows[] = {
	/* clang-format off */
	{ SUBMISSION | INBOUND, LOCAL_WITHOUT_LOGIN, REMOTE, DIRECTION_OUTGOING, REASON_RELAY_LOCAL_AUTHOR },
	{ ANY_ROLE,             ANYBODY,             REMOTE, DIRECTION_OUTGOING, REASON_NONE },
	{ INBOUND,              ANYBODY,             LOCAL,  DIRECTION_INCOMING, REASON_NONE },
	{ ANY_ROLE,             ANYBODY,             LOCAL,  DIRECTION_INTERNAL, REASON_NONE },
	/* clang-format on */
};

/* One local author among several is enough: a second mailbox in From must not hide the first. */
static bool
names_local_author(const struct question *q)
{
	const struct address_list *authors = q->message->authors;

	for (size_t i = 0; authors != NULL && i < authors->count; i++)
		if (settings_is_local(q->settings, authors->items[i]))
			return true;
	return q->message->author_local;
}

static bool
author_fits(enum whose whose, const struct question *q)
{
	return whose == ANYBODY || (q->message->authority == AUTHORITY_NONE && names_local_author(q));
}

struct route
route_find(const struct question *q, const struct recipient_facts *r)
{
	const struct message_facts *m = q->message;
	const enum where where = r->local ? LOCAL : REMOTE;
	const unsigned role = (unsigned)m->role < 8 * sizeof role - 1 ? 1u << m->role : 0;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if ((rows[i].roles & role) != 0 && rows[i].recipient == where && author_fits(rows[i].author, q))
			return (struct route){ rows[i].direction, rows[i].obstacle };
	return (struct route){ where == LOCAL ? DIRECTION_INTERNAL : DIRECTION_OUTGOING, REASON_UNLISTED };
}
