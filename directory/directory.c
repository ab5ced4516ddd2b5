/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>

#include "base/memory.h"
#include "directory/directory_private.h"

int
directory_new(struct store *store, const struct clock *clock, struct directory **out, struct error *e)
{
	struct directory *d = memory_new(1, sizeof *d, e);

	if (d == NULL)
		return -1;
	if (pthread_mutex_init(&d->lock, NULL) != 0) {
		free(d);
		return error_set(e, ERROR_NO_MEMORY, "cannot make a lock");
	}
	d->store = store;
	d->clock = clock;
	d->verdicts = verdicts_new(e);
	if (d->verdicts == NULL || source_store(store, &d->sources[0], e) != 0) {
		directory_free(d);
		return -1;
	}
	d->source_count = 1;
	*out = d;
	return 0;
}

void
directory_free(struct directory *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->source_count; i++)
		d->sources[i].release(d->sources[i].ctx);
	verdicts_free(d->verdicts);
	trust_unref(d->trust);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

void
directory_set_trust(struct directory *d, struct trust *t)
{
	struct trust *old;

	pthread_mutex_lock(&d->lock);
	old = d->trust;
	d->trust = trust_ref(t);
	pthread_mutex_unlock(&d->lock);
	trust_unref(old);
}

struct trust *
trust_now(struct directory *d)
{
	struct trust *t;

	pthread_mutex_lock(&d->lock);
	t = d->trust != NULL ? trust_ref(d->trust) : NULL;
	pthread_mutex_unlock(&d->lock);
	return t;
}

/* ---- look-ups ------------------------------------------------------------------------- */

/* What was wanted; the sources of today answer at once, so they are asked when the answer is collected. */
struct lookup {
	struct directory *directory;
	struct trust *trust; /* of the time when it was wanted; may be NULL */
	struct address *address;
	int64_t deadline;
};

struct lookup *
directory_want(struct directory *d, const struct address *a, int64_t deadline)
{
	struct lookup *lookup = memory_new(1, sizeof *lookup, NULL);

	if (lookup == NULL || address_copy(a, &lookup->address, NULL) != 0) {
		free(lookup);
		return NULL;
	}
	lookup->directory = d;
	lookup->trust = trust_now(d);
	lookup->deadline = deadline;
	return lookup;
}

void
directory_forget(struct lookup *lookup)
{
	if (lookup == NULL)
		return;
	trust_unref(lookup->trust);
	address_free(lookup->address);
	free(lookup);
}

/* Ask one source; 0 also when it could not answer, which `temporary` then says. */
static int
ask_source(const struct certificate_source *source, const struct lookup *lookup, struct findings *found,
    bool *temporary, struct error *e)
{
	struct error mine = ERROR_INIT;

	if (clock_monotonic_ms() >= lookup->deadline) {
		*temporary = true;
		return 0;
	}
	if (source->find(source->ctx, lookup->address, lookup->deadline, found, &mine) == 0)
		return 0;
	if (mine.code == ERROR_NO_MEMORY)
		return error_set(e, mine.code, "%s", error_text(&mine));
	*temporary = true;
	return 0;
}

int
directory_collect(struct lookup *lookup, struct candidates **out, struct error *e)
{
	struct directory *d = lookup->directory;
	struct findings found = { NULL, 0 };
	struct candidates *candidates = memory_new(1, sizeof *candidates, e);
	int rc = candidates != NULL ? 0 : -1;

	for (size_t i = 0; rc == 0 && i < d->source_count && !address_is_null(lookup->address); i++)
		rc = ask_source(&d->sources[i], lookup, &found, &candidates->temporary, e);
	if (rc == 0)
		rc = candidates_judge(d, lookup->trust, lookup->address, &found, clock_now(d->clock), candidates, e);
	if (rc == 0)
		*out = candidates;
	else
		candidates_free(candidates);
	findings_done(&found);
	directory_forget(lookup);
	return rc;
}
