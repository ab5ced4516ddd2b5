/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>

#include "base/memory.h"
#include "directory/source.h"

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

int
findings_copy(struct findings *list, const struct finding *from, struct error *e)
{
	struct finding f = { certificate_ref(from->certificate), { NULL, 0 }, from->level, from->domain, from->source };

	for (size_t i = 0; i < from->chain.count; i++)
		if (certificates_add(&f.chain, from->chain.items[i], e) != 0) {
			finding_done(&f);
			return -1;
		}
	return findings_take(list, &f, e);
}

void
findings_done(struct findings *list)
{
	for (size_t i = 0; i < list->count; i++)
		finding_done(&list->items[i]);
	free(list->items);
	*list = (struct findings){ NULL, 0 };
}
