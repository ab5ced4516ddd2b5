/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POLICY_POLICY_PRIVATE_H
#define POLICY_POLICY_PRIVATE_H

#include "policy/policy.h"

/* What the files of policy/ share: one question, as policy_plan() was asked. */
struct question {
	const struct settings *settings;
	const struct message_facts *message;
	const struct recipient_facts *recipients;
	size_t count;
};

/* author_proven(m): one author, and a login or host row stands for it. */
bool author_proven(const struct message_facts *m);

/*
 * rule(q, id, recipient): the value that holds between the author and a recipient (NULL: none in particular).  For
 * an author that is not proven it is the strictest of all that the message could be from, nobody in particular
 * included.  What the message asks for by a trigger is in it.
 */
const struct value *rule(const struct question *q, enum setting_id id, const struct recipient_facts *recipient);

/* carries_as_it_is(q): what is protected already gets no further layer. */
bool carries_as_it_is(const struct question *q);

/* What the table of routes says about a recipient. */
struct route {
	enum direction direction;
	enum reason obstacle; /* REASON_NONE, REASON_RELAY_LOCAL_AUTHOR or REASON_UNLISTED */
};
struct route route_find(const struct question *q, const struct recipient_facts *r);

/*
 * plan_object(plan, reply, reason, setting): something speaks against sending the message now.  The first
 * refusal stays, else the first retry.
 */
void plan_object(struct plan *plan, enum error_code reply, enum reason reason, const struct value *setting);

/* plan_encryption(q, plan): each recipient's action, then whether one body serves all.  Directions are known. */
void plan_encryption(const struct question *q, struct plan *plan);
/* plan_signature(q, plan): whether and how it is signed, and whether one body serves all. */
void plan_signature(const struct question *q, struct plan *plan);
/* plan_headers(q, plan): which header protection what is signed or encrypted gets.  Signature and encryption are known. */
void plan_headers(const struct question *q, struct plan *plan);
/* plan_incoming(q, plan): what may be done to a message that comes in. */
void plan_incoming(const struct question *q, struct plan *plan);

/* profile_for(q, recipient): the algorithms that the settings give for a correspondent. */
enum crypto_profile profile_for(const struct question *q, const struct recipient_facts *recipient);

#endif
