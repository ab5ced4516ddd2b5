/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any octets as a Content-Type or Content-Disposition value: always read, names in lower case and once each.  Where
 * we say that there is one reading, GMime has the same: type, subtype, and the parameters that decide what a message
 * is.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gmime/gmime.h>

#include "base/memory.h"
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

/* GMime's value of a parameter, and ours. */
static void
compare(const char *ours, const char *theirs)
{
	if ((ours == NULL) != (theirs == NULL) || (ours != NULL && strcmp(ours, theirs) != 0))
		abort();
}

static void
beside_gmime(const struct media_type *m, const char *value, size_t n)
{
	static const char *const deciding[] = { "boundary", "protocol", "smime-type" };
	char *text = memory_copy(value, n, NULL);
	GMimeContentType *theirs = g_mime_content_type_parse(NULL, text);

	if (strcasecmp(m->type, g_mime_content_type_get_media_type(theirs)) != 0 ||
	    strcasecmp(m->subtype, g_mime_content_type_get_media_subtype(theirs)) != 0)
		abort();
	for (size_t i = 0; i < sizeof deciding / sizeof deciding[0]; i++)
		compare(media_type_parameter(m, deciding[i]), g_mime_content_type_get_parameter(theirs, deciding[i]));
	g_object_unref(theirs);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct media_type *m = NULL;

	g_mime_init();
	if (media_type_parse((const char *)data, size, &m, NULL) != 0)
		abort();
	check(m);
	if (!m->ambiguous)
		beside_gmime(m, (const char *)data, size);
	media_type_free(m);
	if (media_disposition_parse((const char *)data, size, &m, NULL) != 0)
		abort();
	check(m);
	media_type_free(m);
	return 0;
}
