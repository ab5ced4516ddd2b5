/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "conf/table_private.h"

#define TOP_PLACE      "the top of the file, outside of every section"
#define LISTENER_PLACE "a section listener \"NAME\" { }"
#define DAEMON_PLACE   "a section daemon \"NAME\" { } of a listener"
#define RULE_PLACE     "a section defaults { }, domain \"PATTERN\" { } or address \"ADDRESS\" { }"
#define TRIGGER_PLACE  "a section trigger \"NAME\" { }"

/* clang-format off */
static const struct setting_row settings_rows[SETTING_COUNT] = {
#define SETTING(id, name, type, scope, def, min, max, merge, reload, help) \
	[SETTING_##id] = { name, ROW_##type, SCOPE_##scope, def, min, max, MERGE_##merge, RELOAD_##reload, help },
#include "conf/settings.def"
#undef SETTING
};

static const struct choice_row {
	enum row_type type;
	int64_t index;
	const char *word;
} choice_rows[] = {
#define CHOICE(type, value, word) { ROW_CHOICE_##type, CHOICE_##type##_##value, word },
#include "conf/choices.def"
#undef CHOICE
};

static const struct section_row section_rows[SECTION_KINDS] = {
	[SECTION_FILE]     = { "",         SECTION_FILE,     false, SCOPE_GLOBAL,   TOP_PLACE },
	[SECTION_LISTENER] = { "listener", SECTION_FILE,     true,  SCOPE_LISTENER, LISTENER_PLACE },
	[SECTION_DAEMON]   = { "daemon",   SECTION_LISTENER, true,  SCOPE_DAEMON,   DAEMON_PLACE },
	[SECTION_DEFAULTS] = { "defaults", SECTION_FILE,     false, SCOPE_RULE,     RULE_PLACE },
	[SECTION_DOMAIN]   = { "domain",   SECTION_FILE,     true,  SCOPE_RULE,     RULE_PLACE },
	[SECTION_ADDRESS]  = { "address",  SECTION_FILE,     true,  SCOPE_RULE,     RULE_PLACE },
	[SECTION_TRIGGER]  = { "trigger",  SECTION_FILE,     true,  SCOPE_TRIGGER,  TRIGGER_PLACE },
};
/* clang-format on */

#define CHOICE_ROWS (sizeof choice_rows / sizeof choice_rows[0])

const struct setting_row *
setting_row(enum setting_id id)
{
	return &settings_rows[id];
}

enum setting_type
setting_type(enum setting_id id)
{
	static const enum setting_type plain[] = {
		[ROW_TEXT] = TYPE_TEXT,
		[ROW_PATH] = TYPE_PATH,
		[ROW_LIST] = TYPE_LIST,
		[ROW_COUNT] = TYPE_COUNT,
		[ROW_SIZE] = TYPE_SIZE,
		[ROW_DURATION] = TYPE_DURATION,
		[ROW_BOOL] = TYPE_BOOL,
	};
	enum row_type type = setting_row(id)->type;

	return type >= ROW_CHOICE_RELAY ? TYPE_CHOICE : plain[type];
}

const char *
setting_name(enum setting_id id)
{
	return setting_row(id)->name;
}

const char *
setting_help(enum setting_id id)
{
	return setting_row(id)->help;
}

bool
setting_find(const char *name, enum setting_scope scope, enum setting_id *out)
{
	for (unsigned i = 0; i < SETTING_COUNT; i++) {
		if (settings_rows[i].scope == scope && strcmp(settings_rows[i].name, name) == 0) {
			*out = (enum setting_id)i;
			return true;
		}
	}
	return false;
}

bool
choice_find(enum row_type type, const char *word, int64_t *out)
{
	for (size_t i = 0; i < CHOICE_ROWS; i++) {
		if (choice_rows[i].type == type && strcmp(choice_rows[i].word, word) == 0) {
			*out = choice_rows[i].index;
			return true;
		}
	}
	return false;
}

const char *
choice_at(enum row_type type, int64_t index)
{
	for (size_t i = 0; i < CHOICE_ROWS; i++)
		if (choice_rows[i].type == type && choice_rows[i].index == index)
			return choice_rows[i].word;
	return NULL;
}

const char *
choice_word(enum setting_id id, int64_t number)
{
	return choice_at(setting_row(id)->type, number);
}

const struct section_row *
section_row(enum section_kind kind)
{
	return &section_rows[kind];
}

bool
section_find(const char *name, enum section_kind parent, enum section_kind *out)
{
	for (unsigned i = SECTION_FILE + 1; i < SECTION_KINDS; i++) {
		if (section_rows[i].parent == parent && strcmp(section_rows[i].name, name) == 0) {
			*out = (enum section_kind)i;
			return true;
		}
	}
	return false;
}
