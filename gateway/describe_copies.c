/* SPDX-License-Identifier: BSD-2-Clause */

#include "gateway/describe_private.h"

/* Copies in words: for whom, what they are, and what became of them.  They are numbered from 1. */

/* Of a recipient who is left out it is the report to the sender that was tried. */
static const char *
fate_word(enum fate fate, bool left_out)
{
	/* clang-format off */
	static const char *const words[][2] = {
		[FATE_IN_PLACE]    = { "in-place",    "in-place" },
		[FATE_UNTRIED]     = { "untried",     "untried" },
		[FATE_SENT]        = { "sent",        "sent" },
		[FATE_SENT_BEFORE] = { "sent-before", "sent-before" },
		[FATE_RETRY]       = { "retry",       "report-retry" },
		[FATE_REFUSED]     = { "refused",     "report-refused" },
		[FATE_UNKNOWN]     = { "unknown",     "report-unknown" },
		[FATE_REPORTED]    = { "reported",    "reported" },
	};
	/* clang-format on */

	return (size_t)fate < sizeof(words) / sizeof(words[0]) ? words[fate][left_out] : "?";
}

/* 0: the message itself. */
static int64_t
copy_number(const struct gateway_message *m, size_t group)
{
	int64_t number = 0;

	if (m->plan->groups[group].in_place)
		return 0;
	for (size_t i = 0; i <= group; i++)
		number += !m->plan->groups[i].in_place;
	return number;
}

void
describe_handover(const struct gateway_message *m, size_t recipient, struct members *to)
{
	const struct recipient *r = &m->recipients[recipient];
	size_t group = m->plan != NULL ? m->plan->recipients[recipient].group : GROUP_NONE;

	if (m->plan != NULL && m->plan->verdict == VERDICT_CONTINUE && group != GROUP_NONE && m->body_count > 1)
		put_number(to, "copy", copy_number(m, group));
	if (!m->handover.begun)
		return;
	put_text(to, "fate", fate_word(r->fate, group == GROUP_NONE));
	put_text(to, "answer", r->reply);
	if (r->repeated)
		put_bool(to, "repeated", true);
}

static const char *
alarm_word(const struct gateway_message *m)
{
	if (m->alarm == NULL)
		return NULL;
	return m->error.code == ERROR_REPORT_REFUSED ? "report-refused" : "copy-refused";
}

/* In this try or an earlier one: for one recipient at least, whatever was answered in the end. */
static bool
was_handed_over(const struct gateway_message *m, const struct body *b)
{
	for (size_t i = 0; i < b->recipient_count && m->handover.begun; i++)
		if (b->recipients[i]->fate == FATE_SENT || b->recipients[i]->fate == FATE_SENT_BEFORE)
			return true;
	return false;
}

void
describe_copies(const struct gateway_message *m, struct members *to)
{
	struct json *list;

	put_text(to, "ledger", m->handover.begun ? m->handover.id : NULL);
	put_text(to, "alarm", alarm_word(m));
	if (m->body_count < 2)
		return;
	list = json_new_array(to->e);
	for (size_t i = 0; i < m->body_count && list != NULL && to->rc == 0; i++) {
		struct members one;

		if (m->bodies[i].plan->in_place)
			continue;
		one = begin_object(to);
		put_number(&one, "copy", copy_number(m, i));
		describe_body(m, &m->bodies[i], was_handed_over(m, &m->bodies[i]), &one);
		end_object(&one, list, to);
	}
	put_take(to, "copies", list);
}
