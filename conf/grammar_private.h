/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_GRAMMAR_PRIVATE_H
#define CONF_GRAMMAR_PRIVATE_H

#include <stddef.h>

#include "base/error.h"
#include "conf/outline_private.h"
#include "conf/words_private.h"

/*
 * The grammar is libconfuse's; this is its only home.  It gets the words one a
 * line, without comments and with every value as a quoted string, so that its
 * line number is a word's number, and gives the values back as those words.
 */
struct grammar_visitor {
	int (*section)(void *ctx, const struct place *place, struct error *e);
	int (*setting)(void *ctx, const struct place *place, enum setting_id id,
	    const struct word *const *values, size_t n, struct error *e);
	void *ctx;
};

/*
 * grammar_read(words, outline, visitor, e): parse, then visit the file and each
 * section, the settings of a section before the sections in it, sections of one
 * kind in the order of the file.  One parse at a time: the library's scanner is
 * global, which cfg_free() ends, and a mutex keeps others waiting.
 */
int grammar_read(const struct lexicon *words, const struct outline *outline,
    const struct grammar_visitor *visitor, struct error *e);

#endif
