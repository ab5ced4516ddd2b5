/* SPDX-License-Identifier: BSD-2-Clause */

#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "conf/checks_private.h"
#include "conf/table_private.h"
#include "conf/types_private.h"

static int
read_number(const struct setting_row *row, const struct word *w, struct value *v, struct error *e)
{
	const char *fault = NULL, *unit = "";

	if (row->type == ROW_COUNT) {
		fault = number_read(w->text, &v->number);
	} else if (row->type == ROW_SIZE) {
		fault = size_read(w->text, &v->number);
		unit = " (octets)";
	} else {
		fault = duration_read(w->text, &v->number);
		unit = " (seconds)";
	}
	if (fault != NULL)
		return word_error(w, row->name, e, "\"%.40s\": %s", w->text, fault);
	if (v->number < row->min || v->number > row->max)
		return word_error(w, row->name, e,
		    "\"%s\" is out of bounds; write %" PRId64 " to %" PRId64 "%s", w->text, row->min,
		    row->max, unit);
	return 0;
}

static int
read_bool(const struct setting_row *row, const struct word *w, struct value *v, struct error *e)
{
	if (strcmp(w->text, "yes") != 0 && strcmp(w->text, "no") != 0)
		return word_error(w, row->name, e, "\"%.40s\" is neither; write yes or no", w->text);
	v->number = w->text[0] == 'y';
	return 0;
}

static int
read_choice(const struct setting_row *row, const struct word *w, struct value *v, struct error *e)
{
	struct buffer words = BUFFER_INIT(ERROR_DETAIL_MAX);
	const char *word;

	if (choice_find(row->type, w->text, &v->number))
		return 0;
	for (int64_t i = 0; (word = choice_at(row->type, i)) != NULL; i++)
		buffer_append_format(&words, NULL, "%s%s", i == 0 ? "" : ", ", word);
	word_error(w, row->name, e, "\"%.40s\" is none of its words; write one of: %s", w->text,
	    buffer_text(&words));
	buffer_done(&words);
	return -1;
}

static int
read_scalar(const struct setting_row *row, const struct word *w, struct value *v, struct error *e)
{
	if (w->text[0] == '\0')
		return word_error(w, row->name, e, "empty; write a value or remove the line");
	v->text = w->text;
	switch (row->type) {
	case ROW_TEXT:
	case ROW_PATH:
	case ROW_LIST:
		return 0;
	case ROW_COUNT:
	case ROW_SIZE:
	case ROW_DURATION:
		return read_number(row, w, v, e);
	case ROW_BOOL:
		return read_bool(row, w, v, e);
	default:
		return read_choice(row, w, v, e);
	}
}

static int
write_list(const struct value *v, struct buffer *out, struct error *e)
{
	int rc = buffer_append_text(out, "{ ", e);

	for (size_t i = 0; rc == 0 && i < v->count; i++) {
		rc = buffer_append_text(out, i == 0 ? "" : ", ", e);
		if (rc == 0)
			rc = text_quote(v->items[i], out, e);
	}
	return rc == 0 ? buffer_append_text(out, v->count > 0 ? " }" : "}", e) : -1;
}

/* The texts of a list, still as they are written. */
static int
read_items(const struct setting_row *row, const struct word *const *words, size_t n, struct pool *pool,
    struct value *v, struct error *e)
{
	const char **items = pool_new(pool, n + 1, sizeof items[0], e);

	if (items == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (words[i]->text[0] == '\0')
			return word_error(words[i], row->name, e, "an empty item; remove it");
		items[i] = words[i]->text;
	}
	v->items = (char *const *)items;
	v->count = n;
	return 0;
}

/* `text` of a list is how the list may be written, after the checks made its items normal. */
static int
print_items(struct pool *pool, struct value *v, struct error *e)
{
	struct buffer text = BUFFER_INIT(4 * LIMIT_CONFIGURATION);
	int rc = write_list(v, &text, e);

	if (rc == 0)
		v->text = pool_copy(pool, text.data, text.size, e);
	buffer_done(&text);
	return v->text != NULL ? rc : -1;
}

int
value_read(enum setting_id id, const struct word *const *words, size_t n, struct pool *pool,
    struct value *out, struct error *e)
{
	const struct setting_row *row = setting_row(id);
	struct value v = { .set = true };
	int rc;

	if (row->type == ROW_LIST)
		rc = read_items(row, words, n, pool, &v, e);
	else
		rc = read_scalar(row, words[0], &v, e);
	if (rc == 0)
		rc = check_value(id, words, pool, &v, e);
	if (rc == 0 && row->type == ROW_LIST)
		rc = print_items(pool, &v, e);
	if (rc == 0)
		*out = v;
	return rc;
}

/* The words of a list default: what stands between its braces, without the commas. */
static int
read_factory_list(
    enum setting_id id, const struct lexicon *words, struct pool *pool, struct value *out, struct error *e)
{
	const struct word **values = pool_new(pool, words->count, sizeof(const struct word *), e);
	size_t n = 0;

	if (values == NULL)
		return -1;
	for (size_t i = 0; i < words->count; i++)
		if (words->items[i].kind == WORD_QUOTED)
			values[n++] = &words->items[i];
	return value_read(id, values, n, pool, out, e);
}

int
value_factory(enum setting_id id, struct pool *pool, struct value *out, struct error *e)
{
	const struct setting_row *row = setting_row(id);
	struct lexicon words = WORDS_INIT;
	struct word word = { .kind = WORD_QUOTED, .text = row->def, .file = "factory default" };
	const struct word *value = &word;
	char *line;
	int rc = -1;

	if (row->def == NULL) {
		*out = (struct value){ .set = false };
		return 0;
	}
	if (row->type != ROW_LIST)
		return value_read(id, &value, 1, pool, out, e);
	line = pool_format(pool, e, "%s\n", row->def);
	if (line != NULL && lexicon_scan(word.file, line, strlen(line), pool, &words, e) == 0)
		rc = read_factory_list(id, &words, pool, out, e);
	lexicon_done(&words);
	return rc;
}
