/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>

#include "base/crashpoint.h"
#include "base/memory.h"
#include "gateway/gateway_private.h"

int
gateway_new(const struct gateway_parts *parts, struct gateway **out, struct error *e)
{
	struct gateway *g = memory_new(1, sizeof(*g), e);

	if (g == NULL)
		return -1;
	g->parts = *parts;
	*out = g;
	return 0;
}

void
gateway_free(struct gateway *g)
{
	free(g);
}

/* ---- the end of a message --------------------------------------------------- */

/* A plan that does not continue becomes the error that answers for it. */
static int
decide(struct gateway_message *m, struct error *e)
{
	if (policy_plan(m->settings, &m->facts.message, m->facts.recipients, m->recipient_count, &m->plan, e) != 0)
		return -1;
	crashpoint(MESSAGE_DECIDED);
	if (bodies_begin(m, e) != 0)
		return -1;
	return m->plan->verdict == VERDICT_CONTINUE ? 0 : answer_set(m, e);
}

/* What the message will be, without a word to the MTA. */
static int
prepare(struct gateway_message *m, struct error *e)
{
	return triggers_strip(m, e) != 0 ? -1 : bodies_prepare(m, e);
}

/* From the first intent in the ledger or the first edit on, `*out_begun` is true. */
static int
hand_over(struct gateway_message *m, const struct edit_ops *ops, void *ctx, bool *out_begun, struct error *e)
{
	int rc;

	if (!message_is_live(m))
		return 0;
	rc = copies_send(m, ops, ctx, e);
	*out_begun = rc == 0 || m->handover.begun;
	return rc == 0 ? edits_apply(&body_in_place(m)->edits, ops, ctx, e) : -1;
}

static int
work(struct gateway_message *m, const struct edit_ops *ops, void *ctx, bool *edited, struct error *e)
{
	if (facts_collect(m, e) != 0 || decide(m, e) != 0 || prepare(m, e) != 0)
		return -1;
	crashpoint(MESSAGE_PREPARED);
	if (hand_over(m, ops, ctx, edited, e) != 0)
		return -1;
	crashpoint(MESSAGE_EDITED);
	return 0;
}

/* The header is whole, so that marks can be found in it, and so are the recipients. */
static bool
can_go_as_it_came(const struct gateway_message *m, const struct error *why)
{
	return message_is_let_in(m) && message_only_comes_in(m) && gateway_disposition(why) == VERDICT_REFUSE &&
	    m->recipient_count > 0 && (m->failure.code == ERROR_NONE || m->failure.code == ERROR_TOO_LARGE);
}

/* What is let in already and could only be refused is delivered as it came, without marks; the record knows why. */
static int
deliver_as_it_came(struct gateway_message *m, const struct edit_ops *ops, void *ctx, bool *edited, struct error *e)
{
	bodies_done(m);
	edits_done(&m->edits);
	m->marks = 0;
	if (opened_find(m, e) != 0 || strip_marks(m, e) != 0)
		return -1;
	*edited = true;
	return message_is_live(m) ? edits_apply(&m->edits, ops, ctx, e) : 0;
}

/*
 * After a failure the verdict is what the error says, save when something may be with the MTA already: a copy that was
 * sent, or an edit.  Whatever code the failure has, only a temporary one makes the MTA drop all edits, and the client
 * try again for those who lack their copy.  A step that failed and does not say why has failed all the same: nothing
 * goes on as if it had been done.
 */
static void
conclude(struct gateway_message *m, bool done, struct error *why, bool edited)
{
	if (!done && why->code == ERROR_NONE)
		error_set(why, ERROR_INTERNAL, "a step failed and did not say why");
	m->verdict = done ? VERDICT_CONTINUE : gateway_disposition(why);
	if (!done && (edited || message_is_let_in(m)))
		m->verdict = VERDICT_RETRY_LATER;
	m->error = *why;
}

/*
 * First the record, then the ledger forgets the try.  Where that fails the client has to come again, and a second line
 * of the record says so.
 */
static int
record_and_close(struct gateway_message *m)
{
	struct error failed = ERROR_INIT, unrecorded = ERROR_INIT;
	bool recorded = record_message(m, &failed) == 0;

	if (recorded && (m->verdict != VERDICT_CONTINUE || copies_close(m, &failed) == 0))
		return 0;
	m->verdict = VERDICT_RETRY_LATER;
	m->error = failed;
	if (recorded)
		(void)record_message(m, &unrecorded);
	return -1;
}

/*
 * Explaining leaves nothing behind; everything else is on the record before its answer is given.  What is only
 * observed goes on if it is on the record, which says what the answer would have been.
 */
static enum verdict
answer(struct gateway_message *m, struct error *e)
{
	if (m->mode != GATEWAY_EXPLAIN && record_and_close(m) == 0 && m->observe)
		return VERDICT_CONTINUE;
	if (m->verdict != VERDICT_CONTINUE && e != NULL)
		*e = m->error;
	return m->verdict;
}

enum verdict
gateway_finish(struct gateway_message *m, const struct edit_ops *ops, void *ctx, struct error *e)
{
	struct error why = m->failure, later = ERROR_INIT;
	enum verdict verdict;
	bool edited = false, done;

	crashpoint(MESSAGE_WHOLE);
	done = why.code == ERROR_NONE && work(m, ops, ctx, &edited, &why) == 0 && why.code == ERROR_NONE;
	if (!done && !edited && can_go_as_it_came(m, &why))
		done = deliver_as_it_came(m, ops, ctx, &edited, &later) == 0 && later.code == ERROR_NONE;
	if (later.code != ERROR_NONE)
		why = later;
	conclude(m, done, &why, edited);
	verdict = answer(m, e);
	copies_end(m);
	crashpoint(MESSAGE_RECORDED);
	report_log_line(m);
	return verdict;
}

const char *
gateway_alarm(const struct gateway_message *m)
{
	return m->alarm;
}

const char *
gateway_log_line(const struct gateway_message *m)
{
	return m->log_line != NULL ? m->log_line : verdict_word(m->verdict);
}
