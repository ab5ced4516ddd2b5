/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>

#include "base/text.h"
#include "gateway/describe_private.h"

/*
 * The record of a message: what was decided and handed to the MTA.  It is on
 * stable storage before the answer is given.
 */

/* The members of a line that tells of a command (audit/events.def). */
#define PROCESS_MEMBERS " direction mail-from triggers recipients verdict reply actions layers signature headers size "

static struct audit_event *
begin_event(const struct gateway_message *m, enum audit_event_type type, struct members *to, struct error *e)
{
	to->event = audit_event_new(type, e);
	to->e = e;
	if (to->event == NULL)
		to->rc = -1;
	if (type != AUDIT_PROCESS)
		return to->event;
	to->only = NULL;
	put_text(to, "actor", m->actor != NULL ? m->actor : "unknown");
	put_text(to, "reason", describe_reason(m));
	to->only = PROCESS_MEMBERS;
	return to->event;
}

static int
append(struct gateway_message *m, struct members *to, struct error *e)
{
	if (to->rc != 0) {
		audit_event_free(to->event);
		return error_set(e, ERROR_RECORD, "a line of the record cannot be made");
	}
	return audit_append(m->gateway->parts.audit, to->event, e);
}

int
record_message(struct gateway_message *m, struct error *e)
{
	enum audit_event_type type = m->mode == GATEWAY_PROCESS ? AUDIT_PROCESS : AUDIT_MESSAGE;
	struct members to = { 0 };

	if (begin_event(m, type, &to, e) != NULL)
		describe_message(m, &to);
	return append(m, &to, e);
}

int
record_refusal(struct gateway_message *m, const char *recipient, enum verdict verdict, const struct error *why,
    struct error *e)
{
	struct members to = { 0 };

	if (begin_event(m, AUDIT_REFUSAL, &to, e) != NULL) {
		describe_session(m, &to);
		put_text(&to, "recipient", recipient);
		put_text(&to, "verdict", verdict_word(verdict));
		describe_reply(verdict, why, &to);
		put_text(&to, "reason", error_name(why->code));
	}
	return append(m, &to, e);
}
