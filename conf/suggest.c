/* SPDX-License-Identifier: BSD-2-Clause */

/* "Did you mean …?": the known name that is fewest slips of the pen away. */

#include <string.h>

#include "base/text.h"
#include "conf/table_private.h"

#define NAME_MAX_OCTETS 48 /* longer than every name of ours; nothing longer is near one */
#define SLIPS_MAX       2  /* more slips than this would be guessing */

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Letters to insert, drop or replace to come from one to the other (Levenshtein), one row at a time. */
static size_t
slips_between(const char *a, const char *b)
{
	size_t row[NAME_MAX_OCTETS + 1], n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t above = row[j];
			bool same = text_lower(a[i - 1]) == text_lower(b[j - 1]);

			row[j] = least(above + 1, row[j - 1] + 1, diagonal + (same ? 0 : 1));
			diagonal = above;
		}
	}
	return row[n];
}

struct nearest {
	const char *wanted, *name;
	size_t slips;
};

static void
compare(struct nearest *nearest, const char *name)
{
	size_t slips = strlen(name) <= NAME_MAX_OCTETS ? slips_between(nearest->wanted, name) : SLIPS_MAX + 1;

	/* "on" is two slips from "user" and from much else: at least half must be right. */
	if (slips < nearest->slips && slips * 2 < strlen(name)) {
		nearest->slips = slips;
		nearest->name = name;
	}
}

const char *
suggest(const char *name, enum section_kind parent)
{
	struct nearest nearest = { name, NULL, SLIPS_MAX + 1 };

	if (strlen(name) > NAME_MAX_OCTETS)
		return NULL;
	for (unsigned i = 0; i < SETTING_COUNT; i++)
		if (setting_row((enum setting_id)i)->scope == section_row(parent)->scope)
			compare(&nearest, setting_row((enum setting_id)i)->name);
	for (unsigned k = SECTION_FILE + 1; k < SECTION_KINDS; k++)
		if (section_row((enum section_kind)k)->parent == parent)
			compare(&nearest, section_row((enum section_kind)k)->name);
	if (parent == SECTION_FILE)
		compare(&nearest, "include");
	return nearest.name;
}
