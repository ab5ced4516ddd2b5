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

/* carries_as_it_is(q): what is protected already gets no further layer; on the second pass it has all of ours. */
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

/*
 * What recipient `i` would get if it were alone: each fills its part of `body`, in this order.
 * plan_encryption(): also the recipient's action, and GROUP_NONE for one that is not served.  Directions are known.
 * plan_signature(): whether and how it is signed.
 */
void plan_encryption(const struct question *q, struct plan *plan, size_t i, struct plan_group *body);
void plan_signature(const struct question *q, struct plan *plan, size_t i, struct plan_group *body);

/* plan_nobody_left(plan): where each recipient would be left out the message is refused. */
void plan_nobody_left(struct plan *plan);

/*
 * plan_headers(q, bodies, first, end, out): the header protection that the settings of the recipients from `first` to
 * before `end` ask for.  plan_incoming(q, plan, first, end, out): what may be done to a message that comes in to them.
 */
void plan_headers(const struct question *q, const struct plan_group *bodies, size_t first, size_t end,
    struct plan_group *out);
void plan_incoming(const struct question *q, const struct plan *plan, size_t first, size_t end,
    struct plan_group *out);

/* plan_groups(q, bodies, plan): who shares with whom, and which group is in place. */
void plan_groups(const struct question *q, const struct plan_group *bodies, struct plan *plan);

/* wishes_signature(q, plan, i): recipient `i` asks for its mail to be signed, whether or not it can be. */
bool wishes_signature(const struct question *q, const struct plan *plan, size_t i);
/* sign_alike(m, a, b): both profiles make the same signature with the signer's key. */
bool sign_alike(const struct message_facts *m, enum crypto_profile a, enum crypto_profile b);

/* profile_for(q, recipient): the algorithms that the settings give for a correspondent. */
enum crypto_profile profile_for(const struct question *q, const struct recipient_facts *recipient);

#endif
