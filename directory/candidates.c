/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "directory/directory_private.h"

/*
 * Which of the certificates found for an address may be used, and in which
 * order.  Each one that may not keeps its reason.  Then only the highest level
 * that has a usable one is left, and on it only those for the address itself
 * where there are any: never a union, so that nobody adds a reader by being
 * found somewhere else as well.
 */

/* RFC 8550 3 and 4: time and usage, address, chain and revocation, in the order in which people ask. */
static int
judge_one(struct directory *d, const struct trust *trust, const struct address *a, const struct finding *f,
    int64_t now, struct candidate *out, struct error *e)
{
	struct chain_asked asked = { trust, f->certificate, &f->chain, PURPOSE_ENCRYPT, now, f->level == LEVEL_PINNED };
	struct judgement j = { .trusted = false };

	*out = (struct candidate){ f->certificate, f->level, f->domain, f->source, REVOCATION_UNKNOWN, NULL };
	out->rejected = certificate_fits(f->certificate, PURPOSE_ENCRYPT, now);
	if (out->rejected == NULL && !f->domain && !certificate_has_address(f->certificate, a, false))
		out->rejected = "address";
	if (out->rejected != NULL)
		return 0;
	if (chain_judge(d, &asked, &j, e) != 0)
		return -1;
	out->revocation = j.revocation;
	out->rejected = !j.trusted ? j.reason : j.revocation == REVOCATION_REVOKED ? "revoked" : NULL;
	judgement_done(&j);
	return 0;
}

/* ---- only the highest level --------------------------------------------------------- */

/* Where a candidate stands: the level, and on it the address before its domain. */
static int
rank_of(const struct candidate *c)
{
	return 2 * (int)c->level + !c->domain;
}

/* A pin stands for its rank even when it is unusable: the certificate is missing then. */
static bool
holds_rank(const struct candidate *c)
{
	return c->rejected == NULL || c->level == LEVEL_PINNED;
}

static void
keep_highest(struct candidate *items, size_t n)
{
	int highest = -1;

	for (size_t i = 0; i < n; i++)
		if (holds_rank(&items[i]) && rank_of(&items[i]) > highest)
			highest = rank_of(&items[i]);
	for (size_t i = 0; i < n; i++)
		if (items[i].rejected == NULL && rank_of(&items[i]) < highest)
			items[i].rejected = (int)items[i].level == highest / 2 ? "less-specific" : "lower-level";
}

/* Usable before rejected, then by rank, then the newest. */
static int
compare(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	const int64_t from_a = certificate_not_before(a->certificate), from_b = certificate_not_before(b->certificate);

	if ((a->rejected == NULL) != (b->rejected == NULL))
		return a->rejected == NULL ? -1 : 1;
	if (rank_of(a) != rank_of(b))
		return rank_of(a) > rank_of(b) ? -1 : 1;
	if (from_a != from_b)
		return from_a > from_b ? -1 : 1;
	return strcmp(certificate_fingerprint(a->certificate), certificate_fingerprint(b->certificate));
}

int
candidates_judge(struct directory *d, const struct trust *trust, const struct address *a,
    struct findings *findings, int64_t now, struct candidates *out, struct error *e)
{
	out->items = memory_new(findings->count > 0 ? findings->count : 1, sizeof out->items[0], e);
	if (out->items == NULL)
		return -1;
	for (size_t i = 0; i < findings->count; i++)
		if (judge_one(d, trust, a, &findings->items[i], now, &out->items[i], e) != 0)
			return -1; /* the certificates are still the findings' */
	for (size_t i = 0; i < findings->count; i++)
		findings->items[i].certificate = NULL;
	out->count = findings->count;
	keep_highest(out->items, out->count);
	qsort(out->items, out->count, sizeof out->items[0], compare);
	while (out->usable < out->count && out->items[out->usable].rejected == NULL)
		out->usable++;
	return 0;
}

void
candidates_free(struct candidates *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->count; i++)
		certificate_unref(c->items[i].certificate);
	free(c->items);
	free(c);
}
