/* SPDX-License-Identifier: BSD-2-Clause */

#include "policy/policy_private.h"

/*
 * What a recipient gets, encrypted or not.  The tables are complete: each degree
 * meets each state of the certificates.
 */

/* What the directory could say about a recipient. */
enum supply {
	SUPPLY_NONE,      /* no usable certificate, and that is certain */
	SUPPLY_FAILED,    /* no usable certificate, but a source could not answer */
	SUPPLY_UNCHECKED, /* one, without current revocation information */
	SUPPLY_USABLE,
	SUPPLY_COUNT
};

struct outcome {
	enum recipient_action action;
	enum reason reason;
	enum error_code reply; /* for ACTION_REFUSE and ACTION_DEFER */
	enum decider {
		BY_DEGREE,     /* final, by `encrypt` */
		BY_MISSING,    /* look in by_missing[] */
		BY_REVOCATION, /* look in by_revocation[] */
		BY_OPENED,     /* final, by `opened-mail` */
	} decider;
};

#define DEGREES (CHOICE_DEGREE_REQUIRED + 1)

/* clang-format off */
#define OFF      { ACTION_CLEAR,   REASON_ENCRYPT_OFF,     ERROR_NONE,               BY_DEGREE }
#define CLEAR    { ACTION_CLEAR,   REASON_NO_CERTIFICATE,  ERROR_NONE,               BY_DEGREE }
#define ENCRYPT  { ACTION_ENCRYPT, REASON_ENCRYPT_SETTING, ERROR_NONE,               BY_DEGREE }
#define WAIT     { ACTION_DEFER,   REASON_LOOKUP_FAILED,   ERROR_CERTIFICATE_LOOKUP, BY_DEGREE }
#define MISSING  { ACTION_REFUSE,  REASON_MISSING_REFUSED, ERROR_INTERNAL,           BY_MISSING }
#define UNKNOWN  { ACTION_REFUSE,  REASON_REVOCATION_UNKNOWN, ERROR_INTERNAL,        BY_REVOCATION }
#define STAYS    { ACTION_REFUSE,  REASON_OPENED_STAYS,    ERROR_OPENED_STAYS,       BY_OPENED }
#define COVER    { ACTION_ENCRYPT, REASON_OPENED_ENCRYPTED, ERROR_NONE,              BY_OPENED }

/* Mail that was opened here; "rules" leaves it to the rules of all mail. */
static const struct outcome by_opened[][SUPPLY_COUNT] = {
	/*                            none     failed  unchecked  usable  */
	[CHOICE_OPENED_ENCRYPT]   = { STAYS,   WAIT,   UNKNOWN,   COVER },
	[CHOICE_OPENED_REFUSE]    = { STAYS,   STAYS,  STAYS,     STAYS },
};

static const struct outcome by_degree[DEGREES][SUPPLY_COUNT] = {
	/*                            none     failed  unchecked  usable  */
	[CHOICE_DEGREE_OFF]       = { OFF,     OFF,    OFF,       OFF },
	[CHOICE_DEGREE_AVAILABLE] = { CLEAR,   WAIT,   UNKNOWN,   ENCRYPT },
	[CHOICE_DEGREE_REQUIRED]  = { MISSING, WAIT,   UNKNOWN,   ENCRYPT },
};

static const struct outcome by_missing[] = {
	[CHOICE_MISSING_CLEAR]  = { ACTION_CLEAR,  REASON_MISSING_CLEAR,    ERROR_NONE,                BY_MISSING },
	[CHOICE_MISSING_DEFER]  = { ACTION_DEFER,  REASON_MISSING_DEFERRED, ERROR_CERTIFICATE_AWAITED, BY_MISSING },
	[CHOICE_MISSING_REFUSE_SOME] = { ACTION_REFUSE, REASON_MISSING_LEFT_OUT, ERROR_CERTIFICATE_MISSING, BY_MISSING },
	[CHOICE_MISSING_REFUSE] = { ACTION_REFUSE, REASON_MISSING_REFUSED,  ERROR_CERTIFICATE_MISSING, BY_MISSING },
};

static const struct outcome by_revocation[] = {
	[CHOICE_REVOCATION_ACCEPT] = { ACTION_ENCRYPT, REASON_ENCRYPT_SETTING,    ERROR_NONE,                  BY_DEGREE },
	[CHOICE_REVOCATION_DEFER]  = { ACTION_DEFER,   REASON_REVOCATION_UNKNOWN, ERROR_CERTIFICATE_UNCHECKED, BY_REVOCATION },
	[CHOICE_REVOCATION_REFUSE] = { ACTION_REFUSE,  REASON_REVOCATION_UNKNOWN, ERROR_CERTIFICATE_UNUSABLE,  BY_REVOCATION },
};
/* clang-format on */

static enum supply
supply_of(const struct recipient_facts *r)
{
	if (r->usable_certificates == 0)
		return r->temporary ? SUPPLY_FAILED : SUPPLY_NONE;
	return r->revocation_unknown ? SUPPLY_UNCHECKED : SUPPLY_USABLE;
}

/* The outcome for a remote recipient; `*setting` is the value that decided. */
static struct outcome
decide(const struct question *q, const struct recipient_facts *r, const struct value **setting)
{
	const struct value *opened = rule(q, SETTING_OPENED_MAIL, r);
	const bool stays = q->message->opened && opened->number != CHOICE_OPENED_RULES;
	const struct value *degree = stays ? opened : rule(q, SETTING_ENCRYPT, r);
	const struct value *missing = rule(q, SETTING_ON_MISSING_CERTIFICATE, r);
	const struct value *revocation = rule(q, SETTING_REVOCATION_UNKNOWN, r);
	struct outcome o = (stays ? by_opened : by_degree)[degree->number][supply_of(r)];

	if (o.decider == BY_MISSING)
		o = by_missing[missing->number];
	else if (o.decider == BY_REVOCATION)
		o = by_revocation[revocation->number];
	*setting = o.decider == BY_MISSING ? missing : o.decider == BY_REVOCATION ? revocation : degree;
	return o;
}

/* One recipient can be left out where its sender will hear of it, which takes a copy of its own: the report. */
static bool
can_leave_out(const struct question *q, const struct recipient_facts *r)
{
	return q->message->can_copy && q->message->can_report && !r->no_report;
}

/* What stands against serving a recipient stands against the message, unless the others go without this one. */
static void
object(const struct question *q, size_t i, struct outcome *o, struct plan *plan)
{
	struct recipient_plan *to = &plan->recipients[i];

	to->group = GROUP_NONE;
	if (o->reason == REASON_MISSING_LEFT_OUT && can_leave_out(q, &q->recipients[i]))
		return;
	if (o->reason == REASON_MISSING_LEFT_OUT)
		o->reason = REASON_MISSING_REFUSED;
	plan_object(plan, o->reply, o->reason, to->setting);
}

void
plan_nobody_left(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->recipients[i].reason != REASON_MISSING_LEFT_OUT)
			return;
	for (size_t i = 0; i < plan->count; i++) {
		plan->recipients[i].reason = REASON_MISSING_REFUSED;
		plan_object(plan, ERROR_CERTIFICATE_MISSING, REASON_MISSING_REFUSED, plan->recipients[i].setting);
	}
}

void
plan_encryption(const struct question *q, struct plan *plan, size_t i, struct plan_group *body)
{
	const struct recipient_facts *r = &q->recipients[i];
	struct recipient_plan *to = &plan->recipients[i];
	struct outcome o = { ACTION_CLEAR, REASON_LOCAL_RECIPIENT, ERROR_NONE, BY_DEGREE };

	if (q->message->role == CHOICE_ROLE_WITNESS)
		o.reason = REASON_WITNESSED;
	else if (to->direction == DIRECTION_INCOMING)
		o.reason = REASON_INCOMING;
	else if (to->direction == DIRECTION_OUTGOING && r->passed)
		o.reason = REASON_PASSED;
	else if (to->direction == DIRECTION_OUTGOING && q->message->encrypted_already && carries_as_it_is(q))
		o.reason = REASON_ENCRYPTED_ALREADY;
	else if (to->direction == DIRECTION_OUTGOING)
		o = decide(q, r, &to->setting);
	if (o.reply != ERROR_NONE)
		object(q, i, &o, plan);
	body->profile = profile_for(q, r);
	body->encrypt = o.action == ACTION_ENCRYPT;
	body->blind = body->encrypt && r->blind ? r->address : NULL;
	if (body->blind != NULL && plan->count > 1)
		o.reason = REASON_BLIND_RECIPIENT;
	to->action = o.action;
	to->reason = o.reason;
}
