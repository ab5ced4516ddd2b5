/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DIRECTORY_DIRECTORY_PRIVATE_H
#define DIRECTORY_DIRECTORY_PRIVATE_H

#include <pthread.h>

#include "directory/source.h"

/* What the files of directory/ share. */

struct trust {
	_Atomic unsigned references;
	uint64_t number; /* of this process; no two sets share one */
	struct certificates anchors;
	struct crls *crls;
};

#define SOURCES_MAX 8

struct directory {
	struct store *store;        /* borrowed */
	const struct clock *clock;  /* borrowed */
	struct certificate_source sources[SOURCES_MAX];
	size_t source_count;
	struct verdicts *verdicts;  /* has a lock of its own */
	pthread_mutex_t lock;       /* guards `trust` */
	struct trust *trust;        /* NULL: nothing is trusted */
};

/* trust_now(d): the set of now, with a reference; NULL if there is none. */
struct trust *trust_now(struct directory *d);

/* ---- chains (judge.c) ------------------------------------------------------- */

/* What is asked about a chain, and with which anchors; `pinned` adds the leaf's own chain to the anchors. */
struct chain_asked {
	const struct trust *trust;
	const struct certificate *leaf;
	const struct certificates *intermediates;
	enum certificate_purpose purpose;
	int64_t when;
	bool pinned;
};
/* chain_judge(d, asked, out, e): from memory where the same was found good a short while ago. */
int chain_judge(struct directory *d, const struct chain_asked *asked, struct judgement *out, struct error *e);

/* ---- what was found good a short while ago (verdicts.c) ----------------------- */

struct verdicts;
struct verdicts *verdicts_new(struct error *e);
void verdicts_free(struct verdicts *v); /* NULL is fine */
/* verdicts_get(): fill `out` if this question had a good answer under this trust, less than a minute before `when`. */
bool verdicts_get(struct verdicts *v, const struct chain_asked *asked, struct judgement *out);
void verdicts_put(struct verdicts *v, const struct chain_asked *asked, const struct judgement *j);

/* ---- candidates (candidates.c) -------------------------------------------------- */

/* candidates_judge(d, trust, address, findings, now, out, e): judge each and put the usable first; empties `findings`. */
int candidates_judge(struct directory *d, const struct trust *trust, const struct address *a,
    struct findings *findings, int64_t now, struct candidates *out, struct error *e);

/* owner_key(text, e): "@example.org" or an address as partner_certificate rows have it; caller frees. */
char *owner_key(const char *text, struct error *e);

#endif
