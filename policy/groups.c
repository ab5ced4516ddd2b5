/* SPDX-License-Identifier: BSD-2-Clause */

#include "policy/policy_private.h"

/*
 * Recipients that need the same bytes form a group.  The bytes differ when one is
 * to read them in clear and another encrypted, when two need different
 * algorithms, signatures or protected headers, or when a blind recipient's
 * RecipientInfo would name it to the others (RFC 8551 leaves that to us; RFC 5322
 * 3.6.3 says what blind means).
 */

static bool
same_signature(const struct question *q, const struct plan_group *a, const struct plan_group *b)
{
	if (a->sign != b->sign)
		return false;
	return !a->sign || (a->opaque == b->opaque && sign_alike(q->message, a->profile, b->profile));
}

/* A path can be given twice: one body serves both, or its owner would get two. */
static bool
same_blind(const struct plan_group *a, const struct plan_group *b)
{
	if (a->blind == NULL || b->blind == NULL)
		return a->blind == b->blind;
	return address_equal(a->blind, b->blind);
}

static bool
same_encryption(const struct plan_group *a, const struct plan_group *b)
{
	if (a->encrypt != b->encrypt)
		return false;
	return !a->encrypt || (same_blind(a, b) && a->profile == b->profile);
}

static bool
same_header(const struct plan_group *a, const struct plan_group *b)
{
	return a->headers == b->headers && a->legacy_display == b->legacy_display;
}

static bool
same_opening(const struct plan_group *a, const struct plan_group *b)
{
	if (a->incoming_work != b->incoming_work || a->decrypt != b->decrypt)
		return false;
	return a->valid_signature == b->valid_signature && (!a->decrypt || a->cbc == b->cbc);
}

static bool
same_bytes(const struct question *q, const struct plan_group *a, const struct plan_group *b)
{
	return same_encryption(a, b) && same_signature(q, a, b) && same_header(a, b) && same_opening(a, b);
}

static bool
is_served(const struct plan *plan, size_t i)
{
	return plan->recipients[i].group != GROUP_NONE;
}

/* One of ours that wishes no signature takes mail with a clear one as well: that is no harm. */
static bool
takes_clear_signature(const struct question *q, const struct plan *plan, size_t i, const struct plan_group *body)
{
	return plan->recipients[i].direction != DIRECTION_OUTGOING && !body->incoming_work && !wishes_signature(q, plan, i);
}

static bool
is_clear_signed(const struct plan_group *g)
{
	return g->sign && !g->opaque && !g->encrypt;
}

/* ---- who shares with whom ---- */

/* A group's reason is that of whoever wishes a signature most. */
static void
join(struct plan *plan, size_t group, size_t i, const struct plan_group *body)
{
	struct plan_group *g = &plan->groups[group];

	plan->recipients[i].group = group;
	g->members++;
	if (body->sign == g->sign && body->sign_setting != NULL &&
	    (g->sign_setting == NULL || body->sign_setting->number > g->sign_setting->number)) {
		g->sign_setting = body->sign_setting;
		g->sign_reason = body->sign_reason;
	}
}

static bool
join_same(const struct question *q, struct plan *plan, size_t i, const struct plan_group *body)
{
	for (size_t g = 0; g < plan->group_count; g++)
		if (same_bytes(q, &plan->groups[g], body)) {
			join(plan, g, i, body);
			return true;
		}
	return false;
}

static bool
join_clear_signed(struct plan *plan, size_t i, const struct plan_group *body)
{
	for (size_t g = 0; g < plan->group_count; g++)
		if (is_clear_signed(&plan->groups[g])) {
			join(plan, g, i, body);
			return true;
		}
	return false;
}

static void
found_group(struct plan *plan, size_t i, const struct plan_group *body)
{
	plan->groups[plan->group_count] = *body;
	join(plan, plan->group_count++, i, body);
}

static void
place(const struct question *q, struct plan *plan, size_t i, const struct plan_group *body, bool takes_signed)
{
	if (!join_same(q, plan, i, body) && !(takes_signed && join_clear_signed(plan, i, body)))
		found_group(plan, i, body);
}

/* Those who take what there is come last. */
static void
gather(const struct question *q, const struct plan_group *bodies, struct plan *plan)
{
	for (int takes_signed = 0; takes_signed < 2; takes_signed++)
		for (size_t i = 0; i < plan->count; i++)
			if (is_served(plan, i) && takes_clear_signature(q, plan, i, &bodies[i]) == (takes_signed != 0))
				place(q, plan, i, &bodies[i], takes_signed != 0);
}

/* ---- which is in place ---- */

/*
 * How little a body reveals to somebody who gets it by an MTA's mistake: ciphertext of ours before anything else, one
 * that names no blind recipient first and then the one that hides more of the header; what came as it came before
 * what was opened.
 */
static int
discretion(const struct plan_group *g)
{
	if (g->encrypt)
		return 16 + (g->blind != NULL ? 0 : 8) + (int)g->headers;
	return g->decrypt ? (int)g->cbc : 8;
}

static size_t
least_revealing(const struct plan *plan)
{
	size_t best = 0;

	for (size_t i = 1; i < plan->group_count; i++) {
		const struct plan_group *a = &plan->groups[best], *b = &plan->groups[i];
		const int more = discretion(b) - discretion(a);

		if (more > 0 || (more == 0 && b->members > a->members))
			best = i;
	}
	return best;
}

/* The setting that a recipient's bytes differ by from those in place. */
static const struct value *
what_parts(const struct question *q, const struct plan *plan, size_t i, const struct plan_group *in_place)
{
	const struct plan_group *g = &plan->groups[plan->recipients[i].group];

	if (!same_encryption(g, in_place))
		return plan->recipients[i].setting;
	if (!same_signature(q, g, in_place))
		return g->sign_setting;
	return same_header(g, in_place) ? g->decrypt_setting : g->headers_setting;
}

/* All groups but the one in place need a copy: they can be made, and are not too many. */
static void
object_to_number(const struct question *q, struct plan *plan)
{
	const struct value *most = settings_global(q->settings, SETTING_MAX_COPIES);

	if (plan->group_count - 1 > (uint64_t)most->number)
		plan_object(plan, ERROR_TOO_MANY_COPIES, REASON_TOO_MANY_COPIES, most);
}

static void
object_to_copies(const struct question *q, struct plan *plan, size_t in_place)
{
	for (size_t i = 0; i < plan->count; i++)
		if (is_served(plan, i) && plan->recipients[i].group != in_place) {
			plan_object(plan, ERROR_COPIES_NEEDED, REASON_COPIES_NEEDED,
			    what_parts(q, plan, i, &plan->groups[in_place]));
			return;
		}
}

void
plan_groups(const struct question *q, const struct plan_group *bodies, struct plan *plan)
{
	size_t in_place;

	gather(q, bodies, plan);
	if (plan->group_count == 0) {
		plan->groups[0] = bodies[0]; /* nobody is served: the reasons of the first stand for all */
		return;
	}
	in_place = least_revealing(plan);
	plan->groups[in_place].in_place = true;
	if (q->message->can_copy)
		object_to_number(q, plan);
	else
		object_to_copies(q, plan, in_place);
}
