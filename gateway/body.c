/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>

#include "base/memory.h"
#include "gateway/gateway_private.h"

/* Who gets what: a body for each group of recipients of the plan. */

static void
body_done(struct body *b)
{
	incoming_done(&b->incoming);
	outgoing_done(&b->outgoing);
	spool_free(b->bounce);
	edits_done(&b->edits);
	free(b->recipients);
}

void
bodies_done(struct gateway_message *m)
{
	for (size_t i = 0; i < m->body_count; i++)
		body_done(&m->bodies[i]);
	free(m->bodies);
	m->bodies = NULL;
	m->body_count = 0;
}

/* A plan that does not continue asks for no work, and what it says of its first group is said of all. */
static bool
is_for(const struct body *b, size_t recipient)
{
	const struct plan *plan = b->message->plan;

	return plan->verdict != VERDICT_CONTINUE || plan->recipients[recipient].group == (size_t)(b->plan - plan->groups);
}

static int
body_begin(struct body *b, struct gateway_message *m, const struct plan_group *group, struct error *e)
{
	b->message = m;
	b->plan = group;
	b->recipients = memory_new(m->recipient_count + 1, sizeof(struct recipient *), e);
	if (b->recipients == NULL)
		return -1;
	for (size_t i = 0; i < m->recipient_count; i++)
		if (is_for(b, i))
			b->recipients[b->recipient_count++] = &m->recipients[i];
	return 0;
}

int
bodies_begin(struct gateway_message *m, struct error *e)
{
	size_t count = m->plan->verdict == VERDICT_CONTINUE ? m->plan->group_count : 0;

	m->bodies = memory_new(count + 1, sizeof(*m->bodies), e);
	if (m->bodies == NULL)
		return -1;
	if (count == 0)
		return body_begin(&m->bodies[m->body_count++], m, plan_in_place(m->plan), e);
	for (size_t i = 0; i < count; i++)
		if (body_begin(&m->bodies[m->body_count++], m, &m->plan->groups[i], e) != 0)
			return -1;
	return 0;
}

struct body *
body_in_place(const struct gateway_message *m)
{
	for (size_t i = 0; i < m->body_count; i++)
		if (m->bodies[i].plan->in_place)
			return &m->bodies[i];
	return m->bodies; /* NULL, or the only one */
}

/* What the message will be for these recipients, without a word to anybody. */
static int
prepare(struct body *b, struct error *e)
{
	if (edits_copy(&b->message->edits, &b->edits, e) != 0)
		return -1;
	if (b->message->role == CHOICE_ROLE_WITNESS)
		return witnessed_write(b, e);
	if (b->plan->sign || b->plan->encrypt) {
		if (outgoing_prepare(b, e) != 0)
			return -1;
	} else if (b->plan->incoming_work) {
		return incoming_prepare(b, e);
	} else if (bounce_conceal(b, e) != 0) {
		return -1;
	}
	return dkim_remove_broken(b, e) != 0 ? -1 : passed_write(b, e);
}

int
bodies_prepare(struct gateway_message *m, struct error *e)
{
	if (m->body_count > 1 && split_message(m, e) != 0)
		return -1;
	for (size_t i = 0; i < m->body_count; i++)
		if (prepare(&m->bodies[i], e) != 0)
			return -1;
	return 0;
}
