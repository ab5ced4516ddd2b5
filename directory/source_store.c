/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "directory/source.h"
#include "store/rows.h"

/* The certificates that administrators imported. */

void
finding_done(struct finding *f)
{
	certificate_unref(f->certificate);
	certificates_done(&f->chain);
}

int
findings_take(struct findings *list, struct finding *take, struct error *e)
{
	struct finding *items = memory_resize(list->items, list->count + 1, sizeof items[0], e);

	if (items == NULL) {
		finding_done(take);
		return -1;
	}
	list->items = items;
	list->items[list->count++] = *take;
	return 0;
}

void
findings_done(struct findings *list)
{
	for (size_t i = 0; i < list->count; i++)
		finding_done(&list->items[i]);
	free(list->items);
	*list = (struct findings){ NULL, 0 };
}

struct taking {
	struct findings *out;
	bool domain;
};

static int
take_row(void *ctx, const struct partner_certificate_row *row, struct error *e)
{
	const struct taking *t = ctx;
	struct finding f = { .domain = t->domain, .source = "store" };

	if (t->out->count >= LIMIT_CERTIFICATES)
		return 0; /* the newest come first */
	if (trust_level_parse(row->level, &f.level, e) != 0 ||
	    certificate_read(row->der.data, row->der.size, &f.certificate, e) != 0 ||
	    (row->chain.size > 0 && certificates_read(row->chain.data, row->chain.size, &f.chain, e) != 0)) {
		finding_done(&f);
		return error_context(e, "certificate %s of %s", row->fingerprint, row->owner);
	}
	return findings_take(t->out, &f, e);
}

static int
find(void *ctx, const struct address *a, int64_t deadline, struct findings *out, struct error *e)
{
	struct taking exact = { out, false }, whole = { out, true };
	char *domain;
	int rc;

	(void)deadline; /* the store answers at once or not at all */
	if (partner_certificate_each(ctx, a->key, take_row, &exact, e) != 0)
		return -1;
	domain = memory_format(e, "@%s", a->domain);
	if (domain == NULL)
		return -1;
	rc = partner_certificate_each(ctx, domain, take_row, &whole, e);
	free(domain);
	return rc;
}

static void
release(void *ctx)
{
	(void)ctx; /* the store is borrowed */
}

struct certificate_source
source_store(struct store *store)
{
	return (struct certificate_source){ .name = "store", .find = find, .release = release, .ctx = store };
}
