/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/memory.h"
#include "gateway/describe_private.h"

/* The same for people: an object for programs, a line for the running log. */

static int
make_object(const struct gateway_message *m, struct json **out, struct error *e)
{
	struct members to = { .object = json_new_object(e), .e = e };

	if (to.object == NULL)
		return -1;
	describe_message(m, &to);
	if (m->plan != NULL && m->plan->verdict != VERDICT_CONTINUE) {
		put_text(&to, "why", reason_sentence(m->plan->reason));
		describe_setting(m->plan->setting, &to);
	} else if (m->error.code != ERROR_NONE) {
		put_text(&to, "why", error_text(&m->error));
	}
	if (to.rc != 0) {
		json_release(to.object);
		return -1;
	}
	*out = to.object;
	return 0;
}

int
gateway_report(const struct gateway_message *m, struct json **out, struct error *e)
{
	return make_object(m, out, e);
}

static const char *
protection_word(const struct body *b)
{
	if (b->outgoing.sign)
		return b->outgoing.encrypted ? "signed, encrypted" : "signed";
	if (b->outgoing.encrypted)
		return "encrypted";
	if (b->incoming.delivered_open)
		return "opened";
	return "unchanged";
}

/* The first result stands for all: signatures within signatures are rare, and the record has each. */
static const char *
result_word(const struct body *b)
{
	if (b->incoming.judged_count == 0)
		return smime_result_word(RESULT_NONE);
	return smime_result_word(b->incoming.judged[0].result.result);
}

void
report_log_line(struct gateway_message *m)
{
	const char *direction = describe_direction(m);
	const struct body *b = body_in_place(m);
	bool done = m->verdict == VERDICT_CONTINUE && b != NULL, judged = done && b->plan->incoming_work;

	m->log_line = memory_format(NULL, "%s%s: %s%s%s%s (%s)", m->observe ? "observed, " : "",
	    direction != NULL ? direction : "message", done ? protection_word(b) : verdict_word(m->verdict),
	    judged ? ", smime=" : "", judged ? result_word(b) : "", done && m->marks > 0 ? ", forged marks removed" : "",
	    describe_reason(m));
}
