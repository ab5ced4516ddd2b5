/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_OUTLINE_PRIVATE_H
#define CONF_OUTLINE_PRIVATE_H

#include <stddef.h>

#include "base/error.h"
#include "conf/pool_private.h"
#include "conf/table_private.h"
#include "conf/words_private.h"

/*
 * The sections of the file and the places of the settings in them: what is known,
 * what is written twice, and where.  libconfuse cannot tell: of a repeated setting
 * it keeps the last, and its own line numbers drift with every comment.
 */
struct place {
	enum section_kind kind;
	const struct word *word; /* the section's name; for the file its first word */
	const char *title;       /* "" for sections without one */
	const char *label;       /* domain "partner.example"; listener "in", daemon "x"; NULL for the file */
	size_t parent;           /* a daemon's listener */
	const struct word *names[SETTING_COUNT]; /* where each setting is written; NULL: it is not */
};

struct outline {
	struct place *places; /* [0] is the file */
	size_t count, room;
};

#define OUTLINE_INIT { NULL, 0, 0 }

/*
 * outline_read(words, pool, out, e): find the sections and settings.  `words`
 * are those of files_read(), braces balanced within each file, and get the place
 * of each section noted at its closing brace; `out` points into them.  Refused: unknown names (with what was probably
 * meant), repeated settings, repeated titles, a statement that is not whole.
 */
int outline_read(struct lexicon *words, struct pool *pool, struct outline *out, struct error *e);
void outline_done(struct outline *outline);

#endif
