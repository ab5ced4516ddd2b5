/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "conf/outline_private.h"

struct reader {
	struct word *at, *last; /* `last` ends the first file; each of the others ends between statements */
	struct pool *pool;
	struct outline *out;
	struct error *e;
};

static int read_statements(struct reader *r, size_t place);

void
outline_done(struct outline *outline)
{
	free(outline->places);
	*outline = (struct outline)OUTLINE_INIT;
}

static bool
is_value(const struct word *w)
{
	return w->kind == WORD_BARE || w->kind == WORD_QUOTED;
}

/* ---- names ---- */

/* The same name in another kind of section: the commonest slip after a typing error. */
static const char *
place_elsewhere(const char *name)
{
	enum section_kind kind;

	for (unsigned i = 0; i < SETTING_COUNT; i++) {
		if (strcmp(setting_row((enum setting_id)i)->name, name) != 0)
			continue;
		for (unsigned k = 0; k < SECTION_KINDS; k++)
			if (section_row((enum section_kind)k)->scope ==
			    setting_row((enum setting_id)i)->scope)
				return section_row((enum section_kind)k)->place;
	}
	for (unsigned k = 0; k < SECTION_KINDS; k++)
		if (section_find(name, (enum section_kind)k, &kind))
			return section_row((enum section_kind)k)->place;
	return NULL;
}

static int
refuse_name(const struct reader *r, enum section_kind kind)
{
	const char *name = r->at->text, *elsewhere = place_elsewhere(name), *meant = suggest(name, kind);

	if (strcmp(name, "include") == 0)
		return word_error(r->at, name, r->e, "write include \"file\", outside of every section");
	if (elsewhere != NULL)
		return word_error(r->at, name, r->e, "not here; it belongs to %s", elsewhere);
	if (meant != NULL)
		return word_error(r->at, name, r->e, "unknown; did you mean \"%s\"?", meant);
	return word_error(r->at, name, r->e, "unknown; see postseal.conf(5)");
}

/* ---- settings ---- */

static int
read_value(struct reader *r, const char *name)
{
	if (!is_value(r->at))
		return word_error(r->at, name, r->e, "\"%s\" where a value is expected; write %s = \"value\"",
		    r->at->text, name);
	r->at++;
	return 0;
}

static int
read_list(struct reader *r, const char *name)
{
	for (r->at++; r->at->kind != WORD_CLOSE; r->at++) {
		if (read_value(r, name) != 0)
			return -1;
		if (r->at->kind == WORD_CLOSE)
			break;
		if (r->at->kind != WORD_COMMA)
			return word_error(r->at, name, r->e,
			    "\"%s\" in a list; write commas between values, } at the end", r->at->text);
	}
	r->at++;
	return 0;
}

static int
read_setting(struct reader *r, struct place *place)
{
	const struct word *name = r->at;
	enum setting_id id;

	if (!setting_find(name->text, section_row(place->kind)->scope, &id))
		return refuse_name(r, place->kind);
	if (place->names[id] != NULL)
		return word_error(name, name->text, r->e, "written already in %s:%u; keep one of the two",
		    place->names[id]->file, place->names[id]->line);
	place->names[id] = name;
	r->at += 2;
	if (r->at->kind != WORD_OPEN)
		return read_value(r, name->text);
	if (setting_type(id) != TYPE_LIST)
		return word_error(r->at, name->text, r->e,
		    "a list where one value is expected; write %s = \"value\"", name->text);
	return read_list(r, name->text);
}

/* ---- sections ---- */

static int
add_place(struct reader *r, const struct place *place)
{
	struct outline *out = r->out;

	if (out->count > LIMIT_CONF_SECTIONS)
		return word_error(place->word, NULL, r->e, "more than %d sections", LIMIT_CONF_SECTIONS);
	if (out->count == out->room) {
		size_t room = out->room == 0 ? 16 : out->room * 2;
		struct place *places = memory_resize(out->places, room, sizeof *places, r->e);

		if (places == NULL)
			return -1;
		out->places = places;
		out->room = room;
	}
	out->places[out->count++] = *place;
	return 0;
}

/* The name and title of a section; `r->at` comes to stand behind the opening brace. */
static int
read_heading(struct reader *r, struct place *new)
{
	const struct section_row *row = section_row(new->kind);
	const char *outer;

	r->at++;
	if (row->titled) {
		if (!is_value(r->at) || r->at->text[0] == '\0')
			return word_error(
			    r->at, row->name, r->e, "no name; write %s \"NAME\" { }", row->name);
		new->title = r->at++->text;
		outer = r->out->places[new->parent].label;
		new->label = pool_format(r->pool, r->e, "%s%s%s \"%s\"", outer != NULL ? outer : "",
		    outer != NULL ? ", " : "", row->name, new->title);
		if (new->label == NULL)
			return -1;
	}
	if (r->at->kind != WORD_OPEN)
		return word_error(r->at, new->label, r->e, "\"%s\" where { is expected; write %s { }",
		    r->at->text, new->label);
	r->at++;
	return 0;
}

static int
read_section(struct reader *r, size_t parent)
{
	enum section_kind kind;
	struct place new = { .word = r->at, .title = "", .parent = parent };
	size_t mine = r->out->count;

	if (!section_find(r->at->text, r->out->places[parent].kind, &kind))
		return refuse_name(r, r->out->places[parent].kind);
	new.kind = kind;
	new.label = section_row(kind)->name;
	if (read_heading(r, &new) != 0 || add_place(r, &new) != 0)
		return -1;
	if (read_statements(r, mine) != 0)
		return -1;
	r->at++->place = mine;
	return 0;
}

/* name = value, or a section; up to the closing brace or the end of the last file. */
static int
read_statements(struct reader *r, size_t place)
{
	while (r->at->kind != WORD_CLOSE && r->at != r->last) {
		int rc;

		if (r->at->kind == WORD_END) {
			r->at++;
			continue;
		}
		if (r->at->kind != WORD_BARE)
			return word_error(
			    r->at, NULL, r->e, "\"%s\" where a setting or section is expected", r->at->text);
		if (r->at[1].kind == WORD_EQUALS)
			rc = read_setting(r, &r->out->places[place]);
		else if (r->at[1].kind == WORD_OPEN || is_value(&r->at[1]))
			rc = read_section(r, place);
		else
			rc = word_error(r->at, r->at->text, r->e,
			    "not followed by = or {; write %s = \"value\"", r->at->text);
		if (rc != 0)
			return -1;
	}
	return 0;
}

/* ---- repeated titles ---- */

/* By kind, parent and title; equal ones stay in the order of the file. */
static int
compare_places(const void *a, const void *b)
{
	const struct place *x = *(const struct place *const *)a, *y = *(const struct place *const *)b;
	int titles;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	titles = strcmp(x->title, y->title);
	return titles != 0 ? titles : (x > y) - (x < y);
}

static bool
same_section(const struct place *a, const struct place *b)
{
	return a->kind == b->kind && a->parent == b->parent && strcmp(a->title, b->title) == 0;
}

static int
check_titles(const struct outline *out, struct error *e)
{
	const struct place **sorted = memory_new(out->count, sizeof(const struct place *), e);
	int rc = 0;

	if (sorted == NULL)
		return -1;
	for (size_t i = 0; i < out->count; i++)
		sorted[i] = &out->places[i];
	qsort(sorted, out->count, sizeof(const struct place *), compare_places);
	for (size_t i = 1; rc == 0 && i < out->count; i++) {
		const struct place *old = sorted[i - 1], *again = sorted[i];

		if (same_section(old, again))
			rc = word_error(again->word, again->label, e,
			    "written already in %s:%u; make one of the two", old->word->file,
			    old->word->line);
	}
	free(sorted);
	return rc;
}

int
outline_read(struct lexicon *words, struct pool *pool, struct outline *out, struct error *e)
{
	struct reader r = {
		.at = words->items, .last = words->items + words->count - 1, .pool = pool, .out = out, .e = e
	};
	struct place file = { .kind = SECTION_FILE, .word = words->items, .title = "" };

	if (add_place(&r, &file) != 0)
		return -1;
	if (read_statements(&r, 0) != 0)
		return -1;
	return check_titles(out, e);
}
