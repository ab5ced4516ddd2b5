/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/crashpoint.h"
#include "base/memory.h"
#include "gateway/post_private.h"

/*
 * Whoever the message itself is not for gets a copy.
 *
 * A copy that went out cannot be called back, and the MTA may yet lose the message that stays: so intents are durable
 * before the first octet is sent, each outcome is as soon as it is known, and only when every copy is with the MTA is it
 * asked to take these recipients off the message.  Whatever fails in between is "try again", and the next try finds in
 * the ledger whom it need not serve again.
 */

#define BUDGET_MS 30000 /* for all of it to be sent, however long it took to make */

/* ---- what there is to send ---- */

struct posts {
	struct post *items; /* the report, if there is one, then the copies */
	size_t count, reports;
};

static void
posts_done(struct posts *posts)
{
	for (size_t i = 0; i < posts->count; i++)
		post_done(&posts->items[i]);
	free(posts->items);
}

static struct post *
add_post(struct posts *posts, struct gateway_message *m, const struct body *b, struct error *e)
{
	struct post *post = &posts->items[posts->count];

	if (post_init(post, m, b, e) != 0)
		return NULL;
	posts->count++;
	return post;
}

static bool
is_left_out(const struct gateway_message *m, const struct recipient *r)
{
	return m->plan->recipients[r - m->recipients].group == GROUP_NONE;
}

/* The recipients that the rules leave out: their sender is told. */
static int
gather_left_out(struct posts *posts, struct gateway_message *m, struct error *e)
{
	struct post *report = NULL;

	for (size_t i = 0; i < m->recipient_count; i++) {
		if (!is_left_out(m, &m->recipients[i]))
			continue;
		if (report == NULL && (report = add_post(posts, m, NULL, e)) == NULL)
			return -1;
		post_add(report, &m->recipients[i]);
	}
	posts->reports = posts->count;
	return 0;
}

static int
gather(struct posts *posts, struct gateway_message *m, struct error *e)
{
	posts->items = memory_new(m->body_count + 1, sizeof(*posts->items), e);
	if (posts->items == NULL || gather_left_out(posts, m, e) != 0)
		return -1;
	for (size_t i = 0; i < m->body_count; i++) {
		const struct body *b = &m->bodies[i];
		struct post *post;

		if (b->plan->in_place)
			continue;
		if ((post = add_post(posts, m, b, e)) == NULL)
			return -1;
		for (size_t j = 0; j < b->recipient_count; j++)
			post_add(post, b->recipients[j]);
	}
	return 0;
}

static int
write_some(struct posts *posts, size_t first, size_t end, struct error *e)
{
	for (size_t i = first; i < end; i++)
		if (posts->items[i].count > 0 && post_write(&posts->items[i], e) != 0)
			return -1;
	return 0;
}

/* ---- the ledger ---- */

static int
is_alive(void *ctx, const char *owner, bool *out, struct error *e)
{
	return claim_is_held(ctx, owner, out, e);
}

struct ledger_try
copies_try(const struct gateway_message *m)
{
	return (struct ledger_try){
		.message = m->handover.id,
		.owner = m->handover.claim,
		.now = clock_now(m->gateway->parts.clock),
		.is_alive = is_alive,
		.ctx = m->gateway->parts.claims,
	};
}

static int
note_row(void *ctx, const struct ledger_row *row, struct error *e)
{
	(void)row;
	(void)e;
	*(bool *)ctx = true;
	return 0;
}

/* A message that is not split may have been in an earlier try, under other rules or certificates. */
static int
was_begun(const struct gateway_message *m, bool *out, struct error *e)
{
	*out = false;
	return ledger_each(m->gateway->parts.store, m->handover.id, note_row, out, e);
}

/* What earlier tries left for a recipient. */
static void
note_state(const struct gateway_message *m, struct recipient *r, enum ledger_state state)
{
	if (state == LEDGER_SENT)
		r->fate = is_left_out(m, r) ? FATE_REPORTED : FATE_SENT_BEFORE;
	r->repeated = state == LEDGER_UNKNOWN;
}

static void
names_free(char **names, size_t count)
{
	for (size_t i = 0; names != NULL && i < count; i++)
		free(names[i]);
	free(names);
}

static char **
ledger_names(const struct gateway_message *m, struct error *e)
{
	char **names = memory_new(m->recipient_count + 1, sizeof(*names), e);

	for (size_t i = 0; names != NULL && i < m->recipient_count; i++)
		if ((names[i] = post_ledger_name(&m->recipients[i], is_left_out(m, &m->recipients[i]), e)) == NULL) {
			names_free(names, m->recipient_count);
			return NULL;
		}
	return names;
}

/* Of all recipients: one that the message itself is for now may have got a copy before. */
static int
begin(struct gateway_message *m, struct error *e)
{
	enum ledger_state *states = memory_new(m->recipient_count + 1, sizeof(*states), e);
	char **names = ledger_names(m, e);
	int64_t lifetime = settings_global(m->settings, SETTING_LEDGER_LIFETIME)->number;
	struct ledger_try try;
	int rc = -1;

	if (states == NULL || names == NULL || claim_take(m->gateway->parts.claims, m->handover.claim, e) != 0)
		goto out;
	try = copies_try(m);
	if (ledger_expire(m->gateway->parts.store, try.now - lifetime, e) != 0 ||
	    ledger_begin(m->gateway->parts.store, &try, (const char *const *)names, m->recipient_count, states, e) != 0)
		goto out;
	m->handover.begun = true;
	crashpoint(COPIES_BEGUN);
	for (size_t i = 0; i < m->recipient_count; i++)
		note_state(m, &m->recipients[i], states[i]);
	rc = 0;
out:
	names_free(names, m->recipient_count);
	free(states);
	return rc;
}

int
copies_close(struct gateway_message *m, struct error *e)
{
	struct ledger_try try = copies_try(m);

	if (!m->handover.begun)
		return 0;
	if (ledger_close(m->gateway->parts.store, &try, e) != 0)
		return -1;
	crashpoint(LEDGER_CLOSED);
	return 0;
}

void
copies_end(struct gateway_message *m)
{
	if (m->handover.claim[0] != '\0')
		claim_drop(m->gateway->parts.claims, m->handover.claim);
	m->handover.claim[0] = '\0';
}

/* ---- what came of it ---- */

bool
is_served(const struct recipient *r)
{
	return r->fate == FATE_SENT || r->fate == FATE_SENT_BEFORE || r->fate == FATE_REPORTED;
}

static int
weight(const struct recipient *r)
{
	return r->fate == FATE_REFUSED ? 2 : r->fate != FATE_UNTRIED;
}

/* The first that is not served; one that the MTA refuses before any other, one that was not tried last. */
static const struct recipient *
find_failed(const struct gateway_message *m)
{
	const struct recipient *failed = NULL;

	for (size_t i = 0; i < m->recipient_count; i++) {
		const struct recipient *r = &m->recipients[i];

		if (r->fate == FATE_IN_PLACE || is_served(r))
			continue;
		if (failed == NULL || weight(r) > weight(failed))
			failed = r;
	}
	return failed;
}

/* What can fail for a recipient: of one who is left out the MTA is told nothing, it refuses the report to the sender. */
static const struct failing {
	const char *what;
	enum error_code refused, failed;
} failing[] = {
	{ "a copy for", ERROR_COPY_REFUSED, ERROR_COPY_FAILED },
	{ "the report to the sender about", ERROR_REPORT_REFUSED, ERROR_REPORT_FAILED },
};

/* The front took the recipient, so whoever is behind should: trying again may not help, and somebody has to look. */
static void
raise_alarm(struct gateway_message *m, const struct recipient *r, const char *what)
{
	m->alarm = memory_format(NULL, "resubmit refuses %s %s: %s", what, r->address->text,
	    r->reply != NULL ? r->reply : "no reply");
}

static int
judge(struct gateway_message *m, struct error *e)
{
	const struct recipient *r = find_failed(m);
	const struct failing *f;

	if (r == NULL)
		return 0;
	f = &failing[is_left_out(m, r)];
	if (r->fate == FATE_REFUSED)
		raise_alarm(m, r, f->what);
	return error_set(e, r->fate == FATE_REFUSED ? f->refused : f->failed, "%s %s: %s", f->what, r->address->text,
	    r->reply != NULL ? r->reply : "was not sent");
}

/* An MTA takes off every recipient of that name. */
static bool
is_needed_in_place(const struct gateway_message *m, const char *verbatim)
{
	for (size_t i = 0; i < m->recipient_count; i++)
		if (m->recipients[i].fate == FATE_IN_PLACE && strcmp(m->recipients[i].verbatim, verbatim) == 0)
			return true;
	return false;
}

/* Nobody is taken off the message whom nothing else serves. */
static int
take_off(struct gateway_message *m, struct error *e)
{
	struct body *b = body_in_place(m);

	for (size_t i = 0; i < m->recipient_count; i++) {
		const struct recipient *r = &m->recipients[i];

		if (!is_served(r))
			continue;
		if (is_needed_in_place(m, r->verbatim))
			return error_set(e, ERROR_INTERNAL, "%s is served twice", r->verbatim);
		if (edits_delete_recipient(&b->edits, r->verbatim, e) != 0)
			return -1;
	}
	return 0;
}

/* ---- the whole ---- */

static void
expect(struct gateway_message *m)
{
	const struct body *b = body_in_place(m);

	for (size_t i = 0; i < m->recipient_count; i++)
		m->recipients[i].fate = FATE_UNTRIED;
	for (size_t i = 0; i < b->recipient_count; i++)
		b->recipients[i]->fate = FATE_IN_PLACE;
}

/* What is large took its time before: that is not held against it, it would take as long the next time. */
static void
set_deadline(struct gateway_message *m)
{
	const struct smtp_transport *transport = m->gateway->parts.transport;

	m->handover.deadline_ms = transport->now_ms(transport->ctx) + BUDGET_MS;
}

/* Who was told does not depend on the copies, but without the report nobody may be left out. */
static int
send_all(struct posts *posts, struct gateway_message *m, const struct edit_ops *ops, void *ctx, struct error *e)
{
	int rc = posts_send(posts->items, posts->reports, ops, ctx, e);

	for (size_t i = 0; i < m->recipient_count && rc == 0; i++)
		if (is_left_out(m, &m->recipients[i]) && !is_served(&m->recipients[i]))
			return judge(m, e);
	if (rc == 0)
		rc = posts_send(posts->items + posts->reports, posts->count - posts->reports, ops, ctx, e);
	return judge(m, rc == 0 ? e : NULL) == 0 && rc == 0 ? 0 : -1;
}

static int
hand_over(struct posts *posts, struct gateway_message *m, const struct edit_ops *ops, void *ctx, struct error *e)
{
	if (write_some(posts, posts->reports, posts->count, e) != 0 || begin(m, e) != 0)
		return -1;
	for (size_t i = 0; i < posts->count; i++)
		post_drop_served(&posts->items[i]);
	if (write_some(posts, 0, posts->reports, e) != 0)
		return -1;
	set_deadline(m);
	if (send_all(posts, m, ops, ctx, e) != 0)
		return -1;
	crashpoint(COPIES_SENT);
	return take_off(m, e);
}

/* Where nothing can be kept about copies, none is needed: else somebody would be left without. */
static int
expect_none(const struct posts *posts, struct error *e)
{
	return posts->count == 0 ? 0 : error_set(e, ERROR_INTERNAL, "copies are needed, and there is no ledger");
}

int
copies_send(struct gateway_message *m, const struct edit_ops *ops, void *ctx, struct error *e)
{
	struct posts posts = { 0 };
	bool needed, empty = false;
	int rc = -1;

	if (gather(&posts, m, e) != 0)
		goto out;
	if (m->gateway->parts.store == NULL) {
		rc = expect_none(&posts, e);
		goto out;
	}
	if (posts.count == 0 && ledger_is_empty(m->gateway->parts.store, &empty, e) != 0)
		goto out;
	if (empty) {
		rc = 0;
		goto out;
	}
	if (ledger_id(m, m->handover.id, e) != 0)
		goto out;
	needed = posts.count > 0;
	rc = needed ? 0 : was_begun(m, &needed, e);
	if (rc == 0 && needed) {
		expect(m);
		rc = hand_over(&posts, m, ops, ctx, e);
	}
out:
	posts_done(&posts);
	return rc;
}
