/* SPDX-License-Identifier: BSD-2-Clause */

/* Any octets as a Content-Type or Content-Disposition value: always read, names in lower case and once each. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mime/media_type.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct media_type *m)
{
	if (m->type[0] == '\0' || (m->type_ambiguous && !m->ambiguous))
		abort();
	for (size_t i = 0; i < m->count; i++) {
		const struct media_parameter *p = &m->parameters[i];

		if (media_type_parameter(m, p->name) != p->value)
			abort();
		for (const char *c = p->name; *c != '\0'; c++)
			if (*c >= 'A' && *c <= 'Z')
				abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct media_type *m = NULL;

	if (media_type_parse((const char *)data, size, &m, NULL) != 0)
		abort();
	check(m);
	media_type_free(m);
	if (media_disposition_parse((const char *)data, size, &m, NULL) != 0)
		abort();
	check(m);
	media_type_free(m);
	return 0;
}
