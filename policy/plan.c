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
		if (route.obstacle == REASON_RELAY_LOCAL_AUTHOR && relay->number == CHOICE_RELAY_REFUSE)
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

/* Whoever reads only the flags of a plan that does not continue must find no work in it. */
static void
plan_withdraw(struct plan *plan)
{
	plan->sign = plan->opaque = plan->encrypt = false;
	plan->headers = CHOICE_HEADERS_NONE;
	plan->legacy_display = false;
	plan->incoming_work = plan->decrypt = false;
}

int
policy_plan(const struct settings *settings, const struct message_facts *message,
    const struct recipient_facts *recipients, size_t n, struct plan **out, struct error *e)
{
	const struct question q = { settings, message, recipients, n };
	struct plan *plan = memory_new(1, sizeof *plan, e);

	if (plan == NULL)
		return -1;
	plan->recipients = memory_new(n > 0 ? n : 1, sizeof *plan->recipients, e);
	if (plan->recipients == NULL) {
		free(plan);
		return -1;
	}
	plan->count = n;
	plan_routes(&q, plan);
	plan_authority(&q, plan);
	plan_encryption(&q, plan);
	plan_signature(&q, plan);
	plan_headers(&q, plan);
	plan_incoming(&q, plan);
	if (plan->verdict != VERDICT_CONTINUE)
		plan_withdraw(plan);
	*out = plan;
	return 0;
}

void
plan_free(struct plan *plan)
{
	if (plan == NULL)
		return;
	free(plan->recipients);
	free(plan);
}
