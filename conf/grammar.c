/* SPDX-License-Identifier: BSD-2-Clause */

#include <confuse.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "conf/grammar_private.h"

/* Settings of one scope, the sections in it, and the end. */
#define OPTIONS_MAX (SETTING_COUNT + SECTION_KINDS + 1)

struct parse {
	const struct lexicon *words;
	struct error *e;
};

/* Guards `current` and the scanner inside libconfuse, which is global: during a parse and while a parser is freed. */
static pthread_mutex_t parse_lock = PTHREAD_MUTEX_INITIALIZER;
static struct parse *current; /* libconfuse's callbacks carry no pointer of ours */

/* The word that libconfuse has just read. */
static const struct word *
word_at(const cfg_t *cfg)
{
	size_t i = cfg->line > 0 ? (size_t)cfg->line - 1 : 0;

	return &current->words->items[i < current->words->count ? i : current->words->count - 1];
}

/* libconfuse's cfg_errfunc_t. */
static void take_error(cfg_t *cfg, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

static void
take_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char what[ERROR_DETAIL_MAX];

	vsnprintf(what, sizeof what, fmt, ap);
	word_error(word_at(cfg), NULL, current->e, "%s", what);
}

/* libconfuse's cfg_callback_t: a value becomes the word that it was. */
static int
take_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	const struct word *w = word_at(cfg);

	if (strcmp(value, w->text) != 0)
		return word_error(
		    w, opt->name, current->e, "the value can be read in two ways; write it in \"...\"");
	*(const struct word **)result = w;
	return 0;
}

/* ---- what libconfuse is told of our settings ---- */

static cfg_opt_t
setting_option(const struct setting_row *row)
{
	cfg_opt_t scalar = CFG_PTR_CB(row->name, NULL, CFGF_NODEFAULT, take_value, NULL);

	if (row->type == ROW_LIST)
		scalar.flags |= CFGF_LIST;
	return scalar;
}

/* The options of a kind of section; cfg_init() copies them, so that they may live on the stack. */
static size_t
fill_settings(enum section_kind kind, cfg_opt_t options[OPTIONS_MAX])
{
	cfg_opt_t end = CFG_END();
	size_t n = 0;

	for (unsigned i = 0; i < SETTING_COUNT; i++)
		if (setting_row((enum setting_id)i)->scope == section_row(kind)->scope)
			options[n++] = setting_option(setting_row((enum setting_id)i));
	options[n] = end;
	return n;
}

static void
add_section(cfg_opt_t options[OPTIONS_MAX], size_t n, enum section_kind kind, cfg_opt_t *inner)
{
	const struct section_row *row = section_row(kind);
	cfg_opt_t section = CFG_SEC(row->name, inner, CFGF_MULTI | CFGF_NO_TITLE_DUPES);
	cfg_opt_t end = CFG_END();

	if (row->titled)
		section.flags |= CFGF_TITLE;
	options[n] = section;
	options[n + 1] = end;
}

static cfg_t *
new_parser(void)
{
	cfg_opt_t options[SECTION_KINDS][OPTIONS_MAX];
	size_t n[SECTION_KINDS];
	cfg_t *cfg;

	for (unsigned k = 0; k < SECTION_KINDS; k++)
		n[k] = fill_settings((enum section_kind)k, options[k]);
	for (unsigned k = SECTION_FILE + 1; k < SECTION_KINDS; k++) {
		enum section_kind parent = section_row((enum section_kind)k)->parent;

		add_section(options[parent], n[parent]++, (enum section_kind)k, options[k]);
	}
	cfg = cfg_init(options[SECTION_FILE], CFGF_NONE);
	if (cfg != NULL)
		cfg_set_error_function(cfg, take_error);
	return cfg;
}

/* ---- the text that libconfuse reads ---- */

/* One word a line; the end of a file is an empty one. */
static int
compose(const struct lexicon *words, struct buffer *text, struct error *e)
{
	for (const struct word *w = words->items; w < words->items + words->count; w++) {
		int rc = 0;

		if (w->kind == WORD_QUOTED)
			rc = text_quote(w->text, text, e);
		else if (w->kind != WORD_END)
			rc = buffer_append_text(text, w->text, e);
		if (rc != 0 || buffer_append_char(text, '\n', e) != 0)
			return -1;
	}
	return 0;
}

/* ---- what libconfuse read ---- */

struct walk {
	const struct lexicon *words;
	const struct outline *outline;
	const struct grammar_visitor *visitor;
	struct error *e;
};

static int
visit_setting(const struct walk *walk, cfg_t *section, const struct place *place, enum setting_id id)
{
	cfg_opt_t *option = cfg_getopt(section, setting_name(id));
	size_t n = cfg_opt_size(option);
	const struct word **values = memory_new(n, sizeof(const struct word *), walk->e);
	int rc;

	if (values == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		values[i] = cfg_opt_getnptr(option, (unsigned)i);
	rc = walk->visitor->setting(walk->visitor->ctx, place, id, values, n, walk->e);
	free(values);
	return rc;
}

static int visit_sections(const struct walk *walk, cfg_t *parent, enum section_kind kind);

static int
visit_section(const struct walk *walk, cfg_t *section, const struct place *place)
{
	int rc = walk->visitor->section(walk->visitor->ctx, place, walk->e);

	for (unsigned i = 0; rc == 0 && i < SETTING_COUNT; i++)
		if (place->names[i] != NULL)
			rc = visit_setting(walk, section, place, (enum setting_id)i);
	for (unsigned k = SECTION_FILE + 1; rc == 0 && k < SECTION_KINDS; k++)
		if (section_row((enum section_kind)k)->parent == place->kind)
			rc = visit_sections(walk, section, (enum section_kind)k);
	return rc;
}

static int
visit_sections(const struct walk *walk, cfg_t *parent, enum section_kind kind)
{
	cfg_opt_t *option = cfg_getopt(parent, section_row(kind)->name);

	for (unsigned i = 0; i < cfg_opt_size(option); i++) {
		cfg_t *section = cfg_opt_getnsec(option, i);
		/* A section's line stays at its closing brace. */
		size_t place = walk->words->items[(size_t)section->line - 1].place;

		if (visit_section(walk, section, &walk->outline->places[place]) != 0)
			return -1;
	}
	return 0;
}

/* ---- one parse ---- */

/* Called with the lock held. */
static int
parse_text(const struct lexicon *words, const char *text, cfg_t **out, struct error *e)
{
	struct parse parse = { words, e };
	cfg_t *cfg = new_parser();
	int rc = CFG_SUCCESS;

	if (cfg == NULL)
		return error_set(e, ERROR_NO_MEMORY, "cannot allocate a parser");
	current = &parse;
	rc = cfg_parse_buf(cfg, text);
	current = NULL;
	if (rc == CFG_SUCCESS) {
		*out = cfg;
		return 0;
	}
	/* Not every failure inside libconfuse comes with a message. */
	word_error(words->items, NULL, e, "the configuration cannot be read");
	cfg_free(cfg);
	return -1;
}

/* Freeing takes the scanner away, too. */
static void
free_parser(cfg_t *cfg)
{
	if (cfg == NULL)
		return;
	pthread_mutex_lock(&parse_lock);
	cfg_free(cfg);
	pthread_mutex_unlock(&parse_lock);
}

int
grammar_read(const struct lexicon *words, const struct outline *outline, const struct grammar_visitor *visitor,
    struct error *e)
{
	struct walk walk = { words, outline, visitor, e };
	struct buffer text = BUFFER_INIT(4 * LIMIT_CONFIGURATION);
	cfg_t *cfg = NULL;
	int rc;

	rc = compose(words, &text, e);
	if (rc == 0) {
		pthread_mutex_lock(&parse_lock);
		rc = parse_text(words, buffer_text(&text), &cfg, e);
		pthread_mutex_unlock(&parse_lock);
	}
	if (rc == 0)
		rc = visit_section(&walk, cfg, &outline->places[0]);
	free_parser(cfg);
	buffer_done(&text);
	return rc;
}
