/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/limits.h"
#include "base/memory.h"
#include "directory/source.h"
#include "store/rows.h"

/*
 * The certificates that administrators imported.  What an owner has is parsed
 * once and kept while the store's revision stands.
 */
struct shelf {
	atomic_uint references;
	struct findings findings; /* immutable */
};

struct store_source {
	struct store *store; /* borrowed */
	struct cache *shelves;
};

static void *
shelf_ref(void *value)
{
	atomic_fetch_add(&((struct shelf *)value)->references, 1);
	return value;
}

static void
shelf_unref(void *value)
{
	struct shelf *shelf = value;

	if (shelf == NULL || atomic_fetch_sub(&shelf->references, 1) != 1)
		return;
	findings_done(&shelf->findings);
	free(shelf);
}

static const struct cache_values shelf_values = { shelf_ref, shelf_unref };

/* ---- reading -------------------------------------------------------------------- */

static int
fill(struct finding *f, const struct partner_certificate_row *row, struct error *e)
{
	if (trust_level_parse(row->level, &f->level, e) != 0 ||
	    certificate_read(row->der.data, row->der.size, &f->certificate, e) != 0)
		return -1;
	if (strcmp(certificate_fingerprint(f->certificate), row->fingerprint) != 0)
		return error_set(e, ERROR_STORE, "the row holds another certificate");
	if (row->chain.size == 0)
		return 0;
	return certificates_read(row->chain.data, row->chain.size, &f->chain, e);
}

static int
take_row(void *ctx, const struct partner_certificate_row *row, struct error *e)
{
	struct findings *list = ctx;
	struct finding f = { .domain = row->owner[0] == '@', .source = "store" };

	if (list->count >= LIMIT_CERTIFICATES)
		return 0; /* the newest come first */
	if (fill(&f, row, e) != 0) {
		finding_done(&f);
		return error_context(e, "certificate %s of %s", row->fingerprint, row->owner);
	}
	return findings_take(list, &f, e);
}

static int
shelf_get(struct store_source *s, int64_t revision, const char *owner, struct shelf **out, struct error *e)
{
	struct shelf *shelf = cache_get(s->shelves, revision, owner);

	if (shelf == NULL) {
		shelf = memory_new(1, sizeof *shelf, e);
		if (shelf == NULL)
			return -1;
		atomic_init(&shelf->references, 1);
		if (partner_certificate_each(s->store, owner, take_row, &shelf->findings, e) != 0) {
			shelf_unref(shelf);
			return -1;
		}
		cache_put(s->shelves, revision, owner, shelf);
	}
	*out = shelf;
	return 0;
}

static int
append(struct store_source *s, int64_t revision, const char *owner, struct findings *out, struct error *e)
{
	struct shelf *shelf = NULL;
	int rc = shelf_get(s, revision, owner, &shelf, e);

	for (size_t i = 0; rc == 0 && i < shelf->findings.count; i++)
		rc = findings_copy(out, &shelf->findings.items[i], e);
	shelf_unref(shelf);
	return rc;
}

static int
find(void *ctx, const struct address *a, int64_t deadline, struct findings *out, struct error *e)
{
	struct store_source *s = ctx;
	int64_t revision;
	char *domain;
	int rc;

	(void)deadline; /* the store answers at once or not at all */
	if (store_revision(s->store, &revision, e) != 0 || append(s, revision, a->key, out, e) != 0)
		return -1;
	domain = memory_format(e, "@%s", a->domain);
	if (domain == NULL)
		return -1;
	rc = append(s, revision, domain, out, e);
	free(domain);
	return rc;
}

/* ---- life ------------------------------------------------------------------------- */

static void
release(void *ctx)
{
	struct store_source *s = ctx;

	cache_free(s->shelves);
	free(s);
}

int
source_store(struct store *store, struct certificate_source *out, struct error *e)
{
	struct store_source *s = memory_new(1, sizeof *s, e);

	if (s == NULL)
		return -1;
	s->store = store;
	s->shelves = cache_new(LIMIT_CACHED_IDENTITIES, &shelf_values, e);
	if (s->shelves == NULL) {
		free(s);
		return -1;
	}
	*out = (struct certificate_source){ .name = "store", .find = find, .release = release, .ctx = s };
	return 0;
}
