/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>

#include "base/text.h"
#include "gateway/describe_private.h"

/*
 * The record of a message: what was decided and handed to the MTA.  It is on
 * stable storage before the answer is given.
 */

/* The members of the lines that tell of a command (audit/events.def). */
#define PROCESS_MEMBERS " direction mail-from triggers recipients verdict reply actions layers signature headers size "
#define DECRYPTION_MEMBERS " message-id mail-from from recipients verdict reply actions layers signature headers size "

/* Why a command made it is a person's word where a message is opened, and ours where it is only processed. */
static void
put_person(const struct gateway_message *m, bool decryption, struct members *to)
{
	put_text(to, "actor", m->actor != NULL ? m->actor : "unknown");
	put_text(to, "reason", decryption ? m->reason : describe_reason(m));
	if (decryption)
		put_text(to, "outcome", describe_reason(m));
	to->only = decryption ? DECRYPTION_MEMBERS : PROCESS_MEMBERS;
}

static struct audit_event *
begin_event(const struct gateway_message *m, enum audit_event_type type, struct members *to, struct error *e)
{
	to->event = audit_event_new(type, e);
	to->e = e;
	if (to->event == NULL)
		to->rc = -1;
	if (type == AUDIT_PROCESS || type == AUDIT_DECRYPTION)
		put_person(m, type == AUDIT_DECRYPTION, to);
	return to->event;
}

static enum audit_event_type
event_type(const struct gateway_message *m)
{
	if (m->mode != GATEWAY_PROCESS)
		return AUDIT_MESSAGE;
	return m->reason != NULL ? AUDIT_DECRYPTION : AUDIT_PROCESS;
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
	struct members to = { 0 };

	if (begin_event(m, event_type(m), &to, e) != NULL)
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
