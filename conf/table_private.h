/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_TABLE_PRIVATE_H
#define CONF_TABLE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/settings.h"

/* settings.def and choices.def as rows, and the sections that a file may have. */

/* The TYPE column: the plain types, then one for each choice. */
enum row_type {
	ROW_TEXT,
	ROW_PATH,
	ROW_LIST,
	ROW_COUNT,
	ROW_SIZE,
	ROW_DURATION,
	ROW_BOOL,
	ROW_CHOICE_RELAY,
	ROW_CHOICE_LOG,
	ROW_CHOICE_ROLE,
	ROW_CHOICE_DEGREE,
	ROW_CHOICE_MISSING,
	ROW_CHOICE_PROFILE,
	ROW_CHOICE_FORM,
	ROW_CHOICE_UNAUTHORISED,
	ROW_CHOICE_REVOCATION,
	ROW_CHOICE_REVOCATION_INCOMING,
	ROW_CHOICE_DOMAIN_SIGNATURE,
	ROW_CHOICE_CBC,
	ROW_CHOICE_VALID_SIGNATURE,
	ROW_CHOICE_OPENED,
	ROW_CHOICE_HEADERS
};

enum merge { MERGE_NONE, MERGE_STRICTER, MERGE_SENDER, MERGE_RECIPIENT, MERGE_OVERRIDE };
enum reload { RELOAD_LIVE, RELOAD_RESTART };

struct setting_row {
	const char *name;
	enum row_type type;
	enum setting_scope scope;
	const char *def; /* NULL: none */
	int64_t min, max;
	enum merge merge;
	enum reload reload;
	const char *help;
};

/* setting_row(id), setting_type(id): the row; what a reader of values sees of its type. */
const struct setting_row *setting_row(enum setting_id id);
enum setting_type setting_type(enum setting_id id);

/* setting_find(name, scope, out): the setting of that name in that scope; false: there is none. */
bool setting_find(const char *name, enum setting_scope scope, enum setting_id *out);

/* choice_find(type, word, out): the word's index; false: not a word of this choice. */
bool choice_find(enum row_type type, const char *word, int64_t *out);

/* choice_at(type, index): the word; NULL past the last. */
const char *choice_at(enum row_type type, int64_t index);

/* Kinds of sections; the file itself is one. */
enum section_kind {
	SECTION_FILE,
	SECTION_LISTENER,
	SECTION_DAEMON,
	SECTION_DEFAULTS,
	SECTION_DOMAIN,
	SECTION_ADDRESS,
	SECTION_TRIGGER,
	SECTION_KINDS
};

struct section_row {
	const char *name;
	enum section_kind parent; /* where it stands; SECTION_FILE stands in itself */
	bool titled;
	enum setting_scope scope;
	const char *place; /* for messages: where its settings belong */
};

const struct section_row *section_row(enum section_kind kind);

/* section_find(name, parent, out): the kind of that name inside `parent`. */
bool section_find(const char *name, enum section_kind parent, enum section_kind *out);

/*
 * suggest(name, parent): the setting or section of `parent` that a slip of the
 * pen may have meant; NULL when nothing is near.
 */
const char *suggest(const char *name, enum section_kind parent);

#endif
