/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>

#include "base/memory.h"
#include "policy/policy_private.h"

/* How far a verdict is from sending the message. */
static int
severity(enum verdict v)
{
	return v == VERDICT_REFUSE ? 2 : v == VERDICT_RETRY_LATER ? 1 : 0;
}

void
plan_object(struct plan *plan, enum error_code reply, enum reason reason, const struct value *setting)
{
	const enum verdict verdict =
	    error_disposition(reply) == DISPOSITION_RETRY ? VERDICT_RETRY_LATER : VERDICT_REFUSE;

	if (severity(verdict) <= severity(plan->verdict))
		return;
	plan->verdict = verdict;
	plan->reply = reply;
	plan->reason = reason;
	plan->setting = setting;
}

/* Whom behind the queue nobody lets in any more: what a stranger sent would bounce to whom he names. */
static bool
is_let_in(const struct message_facts *m)
{
	return m->behind_queue && m->role == CHOICE_ROLE_INBOUND;
}

/* A message to nobody is no combination that the table lists. */
static void
plan_routes(const struct question *q, struct plan *plan)
{
	const struct value *relay = settings_global(q->settings, SETTING_RELAY_LOCAL_AUTHOR);

	if (q->count == 0)
		plan_object(plan, ERROR_POLICY, REASON_UNLISTED, NULL);
	for (size_t i = 0; i < q->count; i++) {
		struct route route = route_find(q, &q->recipients[i]);

		plan->recipients[i].direction = route.direction;
		if (route.obstacle == REASON_UNLISTED)
			plan_object(plan, ERROR_POLICY, REASON_UNLISTED, NULL);
		if (route.obstacle == REASON_RELAY_LOCAL_AUTHOR && relay->number == CHOICE_RELAY_REFUSE && !is_let_in(q->message))
			plan_object(plan, ERROR_RELAY_LOCAL_AUTHOR, REASON_RELAY_LOCAL_AUTHOR, relay);
	}
}

/* A login that claims an author it may not, whatever the recipients. */
static void
plan_authority(const struct question *q, struct plan *plan)
{
	const struct value *setting =
	    settings_rule(q->settings, SETTING_UNAUTHORISED_AUTHOR, q->message->author, NULL);

	if (q->message->authority == AUTHORITY_MISMATCH && setting->number == CHOICE_UNAUTHORISED_REFUSE)
		plan_object(plan, ERROR_NOT_AUTHORISED, REASON_LOGIN_MISMATCH, setting);
}

/* ---- what each would get alone ---- */

static void
take_headers(struct plan_group *body, const struct plan_group *from)
{
	if (!body->sign && !body->encrypt)
		return;
	body->headers = from->headers;
	body->headers_reason = from->headers_reason;
	body->headers_setting = from->headers_setting;
	body->legacy_display = from->legacy_display && body->encrypt;
}

static void
take_incoming(struct plan_group *body, const struct plan_group *from)
{
	body->incoming_work = from->incoming_work;
	body->decrypt = from->decrypt;
	body->decrypt_setting = from->decrypt_setting;
	body->cbc = from->cbc;
	body->valid_signature = from->valid_signature;
}

/* By the settings of the recipients from `first` to before `end`. */
static void
settle(const struct question *q, const struct plan *plan, size_t first, size_t end, struct plan_group *bodies)
{
	struct plan_group all = { 0 };

	plan_headers(q, bodies, first, end, &all);
	plan_incoming(q, plan, first, end, &all);
	for (size_t i = first; i < end; i++) {
		take_headers(&bodies[i], &all);
		take_incoming(&bodies[i], &all);
	}
}

/* Where no copies can be made, what need not part the recipients is settled for all of them at once. */
static void
plan_bodies(const struct question *q, struct plan *plan, struct plan_group *bodies)
{
	const size_t step = q->message->can_copy ? 1 : q->count;

	for (size_t i = 0; i < q->count; i++) {
		plan_encryption(q, plan, i, &bodies[i]);
		if (plan->recipients[i].reason != REASON_MISSING_LEFT_OUT)
			plan_signature(q, plan, i, &bodies[i]);
	}
	plan_nobody_left(plan);
	for (size_t i = 0; i < q->count; i += step)
		settle(q, plan, i, i + step, bodies);
}

/* ---- the whole ---- */

/* Whoever reads only the flags of a plan that does not continue must find no work in it. */
static void
plan_withdraw(struct plan *plan)
{
	for (size_t i = 0; i == 0 || i < plan->group_count; i++) {
		struct plan_group *g = &plan->groups[i];

		g->in_place = false;
		g->sign = g->opaque = g->encrypt = false;
		g->blind = NULL;
		g->headers = CHOICE_HEADERS_NONE;
		g->legacy_display = false;
		g->incoming_work = g->decrypt = false;
	}
}

/* One group there is always room for, so that plan_in_place() has something to give. */
static struct plan *
plan_new(size_t n, struct error *e)
{
	struct plan *plan = memory_new(1, sizeof *plan, e);

	if (plan == NULL)
		return NULL;
	plan->recipients = memory_new(n > 0 ? n : 1, sizeof *plan->recipients, e);
	plan->groups = memory_new(n > 0 ? n : 1, sizeof *plan->groups, e);
	if (plan->recipients == NULL || plan->groups == NULL) {
		plan_free(plan);
		return NULL;
	}
	plan->count = n;
	return plan;
}

int
policy_plan(const struct settings *settings, const struct message_facts *message,
    const struct recipient_facts *recipients, size_t n, struct plan **out, struct error *e)
{
	const struct question q = { settings, message, recipients, n };
	struct plan_group *bodies = memory_new(n > 0 ? n : 1, sizeof *bodies, e);
	struct plan *plan = plan_new(n, e);

	if (bodies == NULL || plan == NULL) {
		free(bodies);
		plan_free(plan);
		return -1;
	}
	plan_routes(&q, plan);
	plan_authority(&q, plan);
	plan_bodies(&q, plan, bodies);
	plan_groups(&q, bodies, plan);
	if (plan->verdict != VERDICT_CONTINUE)
		plan_withdraw(plan);
	free(bodies);
	*out = plan;
	return 0;
}

const struct plan_group *
plan_in_place(const struct plan *plan)
{
	for (size_t i = 0; i < plan->group_count; i++)
		if (plan->groups[i].in_place)
			return &plan->groups[i];
	return &plan->groups[0];
}

void
plan_free(struct plan *plan)
{
	if (plan == NULL)
		return;
	free(plan->recipients);
	free(plan->groups);
	free(plan);
}
