/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "directory/directory_private.h"

/*
 * Chains that were found good a short while ago.  Only good ones are kept: a
 * path that leads to an anchor does so whatever else is sent along, while a bad
 * answer may only want for an intermediate that the next message brings.  The
 * leaf's own dates are looked at each time; those of its issuers and of the CRLs
 * may have ended for up to a minute.
 */
#define LIFETIME 60 /* seconds */

struct kept {
	char fingerprint[65]; /* "" : empty */
	uint64_t trust;
	enum certificate_purpose purpose;
	bool pinned;
	int64_t when;
	enum revocation revocation;
	char *anchor;
};

/* One place for each of so many fingerprints: a later one takes it. */
struct verdicts {
	pthread_mutex_t lock; /* guards `slots` */
	struct kept slots[LIMIT_CACHED_JUDGEMENTS];
};

struct verdicts *
verdicts_new(struct error *e)
{
	struct verdicts *v = memory_new(1, sizeof *v, e);

	if (v != NULL && pthread_mutex_init(&v->lock, NULL) != 0) {
		free(v);
		error_set(e, ERROR_NO_MEMORY, "cannot make a lock");
		return NULL;
	}
	return v;
}

void
verdicts_free(struct verdicts *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < LIMIT_CACHED_JUDGEMENTS; i++)
		free(v->slots[i].anchor);
	pthread_mutex_destroy(&v->lock);
	free(v);
}

/* A fingerprint is as even as a hash can be. */
static struct kept *
slot_of(struct verdicts *v, const char *fingerprint)
{
	char head[9];

	memcpy(head, fingerprint, 8);
	head[8] = '\0';
	return &v->slots[strtoul(head, NULL, 16) % LIMIT_CACHED_JUDGEMENTS];
}

static bool
answers(const struct kept *k, const struct chain_asked *asked)
{
	return strcmp(k->fingerprint, certificate_fingerprint(asked->leaf)) == 0 && k->trust == asked->trust->number &&
	    k->purpose == asked->purpose && k->pinned == asked->pinned && asked->when >= k->when &&
	    asked->when - k->when < LIFETIME;
}

bool
verdicts_get(struct verdicts *v, const struct chain_asked *asked, struct judgement *out)
{
	const struct kept *k = slot_of(v, certificate_fingerprint(asked->leaf));
	struct judgement j = { .trusted = true };
	bool found;

	if (certificate_fits(asked->leaf, asked->purpose, asked->when) != NULL)
		return false;
	pthread_mutex_lock(&v->lock);
	found = answers(k, asked);
	if (found) {
		j.revocation = k->revocation;
		j.anchor = k->anchor != NULL ? memory_text(k->anchor, NULL) : NULL;
		found = j.anchor != NULL || k->anchor == NULL;
	}
	pthread_mutex_unlock(&v->lock);
	if (found)
		*out = j;
	return found;
}

void
verdicts_put(struct verdicts *v, const struct chain_asked *asked, const struct judgement *j)
{
	struct kept *k = slot_of(v, certificate_fingerprint(asked->leaf));
	char *anchor = j->anchor != NULL ? memory_text(j->anchor, NULL) : NULL;

	if (!j->trusted || j->revocation == REVOCATION_REVOKED || (anchor == NULL && j->anchor != NULL)) {
		free(anchor);
		return;
	}
	pthread_mutex_lock(&v->lock);
	free(k->anchor);
	memcpy(k->fingerprint, certificate_fingerprint(asked->leaf), sizeof k->fingerprint);
	k->trust = asked->trust->number;
	k->purpose = asked->purpose;
	k->pinned = asked->pinned;
	k->when = asked->when;
	k->revocation = j->revocation;
	k->anchor = anchor;
	pthread_mutex_unlock(&v->lock);
}
