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

static int
add_recipients(struct body *b, struct error *e)
{
	struct gateway_message *m = b->message;

	b->recipients = memory_new(m->recipient_count + 1, sizeof(struct recipient *), e);
	if (b->recipients == NULL)
		return -1;
	for (size_t i = 0; i < m->recipient_count; i++)
		b->recipients[b->recipient_count++] = &m->recipients[i];
	return 0;
}

int
bodies_begin(struct gateway_message *m, struct error *e)
{
	m->bodies = memory_new(1, sizeof(*m->bodies), e);
	if (m->bodies == NULL)
		return -1;
	m->body_count = 1;
	m->bodies[0].message = m;
	m->bodies[0].plan = plan_in_place(m->plan);
	return add_recipients(&m->bodies[0], e);
}

const struct body *
body_in_place(const struct gateway_message *m)
{
	return m->body_count > 0 ? &m->bodies[0] : NULL;
}

/* What the message will be for these recipients, without a word to anybody. */
static int
prepare(struct body *b, struct error *e)
{
	if (edits_copy(&b->message->edits, &b->edits, e) != 0)
		return -1;
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
	for (size_t i = 0; i < m->body_count; i++)
		if (prepare(&m->bodies[i], e) != 0)
			return -1;
	return 0;
}
