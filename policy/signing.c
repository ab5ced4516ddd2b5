/* SPDX-License-Identifier: BSD-2-Clause */

#include "policy/policy_private.h"

/*
 * Whether what a recipient gets is signed for its author, and how.
 */

/* What stands against a signature, in the order in which it is named; `reply` where a signature is required. */
static bool
role_never_signs(const struct message_facts *m)
{
	return m->role == CHOICE_ROLE_LOCAL || m->role == CHOICE_ROLE_EGRESS;
}

static bool
came_from_outside(const struct message_facts *m)
{
	return m->came_from_outside;
}

static bool
has_no_single_author(const struct message_facts *m)
{
	return m->author == NULL || m->several_authors;
}

static bool
is_list_mail(const struct message_facts *m)
{
	return m->list_or_resent;
}

static bool
is_automatic(const struct message_facts *m)
{
	return m->automatic;
}

static bool
is_fragment(const struct message_facts *m)
{
	return m->fragment;
}

static bool
login_mismatches(const struct message_facts *m)
{
	return m->authority == AUTHORITY_MISMATCH;
}

static bool
is_not_proven(const struct message_facts *m)
{
	return !author_proven(m);
}

static bool
has_no_signer(const struct message_facts *m)
{
	return !m->has_signer && !m->has_domain_signer;
}

static const struct obstacle {
	bool (*stands)(const struct message_facts *m);
	enum reason reason;
	enum error_code reply;
} obstacles[] = {
	/* clang-format off */
	{ role_never_signs,     REASON_ROLE_NEVER_SIGNS, ERROR_POLICY },
	{ came_from_outside,    REASON_FROM_OUTSIDE,     ERROR_POLICY },
	{ has_no_single_author, REASON_SEVERAL_AUTHORS,  ERROR_AUTHOR_AMBIGUOUS },
	{ is_list_mail,         REASON_LIST_MAIL,        ERROR_POLICY },
	{ is_automatic,         REASON_AUTOMATIC,        ERROR_POLICY },
	{ is_fragment,          REASON_FRAGMENT,         ERROR_POLICY },
	{ login_mismatches,     REASON_LOGIN_MISMATCH,   ERROR_NOT_AUTHORISED },
	{ is_not_proven,        REASON_NOT_PROVEN,       ERROR_POLICY },
	{ has_no_signer,        REASON_NO_SIGNER,        ERROR_SIGNING_REQUIRED },
	/* clang-format on */
};

/* The same for the domain's agent in place of an author without a key: it signs by setting, and vouches for nobody else (RFC 3183 3.2). */
static const struct obstacle domain_off = { NULL, REASON_DOMAIN_SIGNING_OFF, ERROR_SIGNING_REQUIRED };
static const struct obstacle over_signed = { NULL, REASON_DOMAIN_OVER_SIGNED, ERROR_POLICY };

static const struct obstacle *
find_obstacle(const struct question *q, size_t recipient)
{
	const struct message_facts *m = q->message;

	for (size_t i = 0; i < sizeof obstacles / sizeof obstacles[0]; i++)
		if (obstacles[i].stands(m))
			return &obstacles[i];
	if (m->has_signer)
		return NULL;
	if (rule(q, SETTING_DOMAIN_SIGNING_AUTHORITY, &q->recipients[recipient])->number == 0)
		return &domain_off;
	return m->protected_already ? &over_signed : NULL;
}

/*
 * What a recipient wishes: a remote one by `sign`; one of ours the same where `sign-local` says so, and otherwise
 * nothing: a clear signature beside it is no harm.  What has passed the rules has been signed if it was to be.  NULL: no
 * wish.
 */
static const struct value *
wish_of(const struct question *q, const struct plan *plan, size_t i)
{
	if (q->message->role == CHOICE_ROLE_WITNESS)
		return NULL;
	switch (plan->recipients[i].direction) {
	case DIRECTION_OUTGOING:
		if (q->recipients[i].passed)
			return NULL;
		return rule(q, SETTING_SIGN, &q->recipients[i]);
	case DIRECTION_INTERNAL:
		if (rule(q, SETTING_SIGN_LOCAL, &q->recipients[i])->number == 0)
			return NULL;
		return rule(q, SETTING_SIGN, &q->recipients[i]);
	case DIRECTION_INCOMING:
		break;
	}
	return NULL;
}

bool
wishes_signature(const struct question *q, const struct plan *plan, size_t i)
{
	const struct value *wish = wish_of(q, plan, i);

	return wish != NULL && wish->number != CHOICE_DEGREE_OFF;
}

/* No signature is wished at all: why. */
static void
explain_no_wish(const struct question *q, const struct plan *plan, size_t i, struct plan_group *body)
{
	body->sign_reason = q->recipients[i].passed ? REASON_PASSED : REASON_INCOMING;
	if (q->message->role == CHOICE_ROLE_WITNESS)
		body->sign_reason = REASON_WITNESSED;
	if (plan->recipients[i].direction != DIRECTION_INTERNAL || q->message->role == CHOICE_ROLE_WITNESS)
		return;
	body->sign_reason = REASON_LOCAL_NOT_SIGNED;
	body->sign_setting = rule(q, SETTING_SIGN_LOCAL, &q->recipients[i]);
}

bool
sign_alike(const struct message_facts *m, enum crypto_profile a, enum crypto_profile b)
{
	const enum key_type type = m->signer_key == KEY_NONE ? KEY_RSA : m->signer_key;

	return profile_signature(profile_get(a), type) == profile_signature(profile_get(b), type);
}

/*
 * The form of a signature that can be made.  A clear one does not survive in some messages (RFC 8551 3.1.2, 3.1.3):
 * where one is required it becomes opaque, where it is only wished for the message is left as it is, since opaque mail
 * is unreadable to many.
 */
static void
choose_form(const struct question *q, size_t i, struct plan_group *body)
{
	const bool wants_opaque = rule(q, SETTING_SIGNATURE_FORM, &q->recipients[i])->number == CHOICE_FORM_OPAQUE;
	const bool cannot_clear = q->message->cannot_clear_sign != NULL;

	if (cannot_clear && !wants_opaque && body->sign_setting->number < CHOICE_DEGREE_REQUIRED) {
		body->sign_reason = REASON_CANNOT_CLEAR_SIGN;
		return;
	}
	body->opaque = wants_opaque || cannot_clear;
	body->sign = true;
	body->sign_reason = q->message->has_signer ? REASON_SIGN_SETTING : REASON_DOMAIN_SIGNATURE;
}

void
plan_signature(const struct question *q, struct plan *plan, size_t i, struct plan_group *body)
{
	const struct value *wish = wish_of(q, plan, i);
	const struct obstacle *obstacle;

	body->sign_setting = wish;
	if (wish == NULL) {
		explain_no_wish(q, plan, i, body);
		return;
	}
	if (wish->number == CHOICE_DEGREE_OFF) {
		body->sign_reason = REASON_SIGN_OFF;
		return;
	}
	if (carries_as_it_is(q) && (q->message->protected_already || q->message->encrypted_already)) {
		body->sign_reason = REASON_PROTECTED_ALREADY;
		return;
	}
	obstacle = find_obstacle(q, i);
	if (obstacle == NULL) {
		choose_form(q, i, body);
		return;
	}
	body->sign_reason = obstacle->reason;
	if (wish->number == CHOICE_DEGREE_REQUIRED)
		plan_object(plan, obstacle->reply, REASON_SIGN_REQUIRED, wish);
}
