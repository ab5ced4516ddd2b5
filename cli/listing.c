/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/listing.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/text.h"

#define OUTPUT_MAX  (256U << 20)
#define COLUMNS_MAX 16
#define CELL_MAX    2048

int
listing_init(struct listing *l, struct error *e)
{
	l->rows = json_new_array(e);
	return l->rows != NULL ? 0 : -1;
}

void
listing_done(struct listing *l)
{
	json_release(l->rows);
	l->rows = NULL;
}

struct json *
listing_row(struct listing *l, struct error *e)
{
	struct json *row = json_new_object(e);

	if (row == NULL || json_push_take(l->rows, row, e) != 0)
		return NULL;
	return row;
}

struct json *
listing_at(struct listing *l, size_t i)
{
	return (struct json *)(uintptr_t)json_at(l->rows, i); /* the array is ours, so its members are */
}

/* A member as one cell: text, numbers, lists with commas.  A subject is foreign text: what a terminal would obey is gone. */
static void
cell(const struct json *row, const char *name, char to[CELL_MAX])
{
	const struct json *member = json_look(row, name);
	const char *text = json_look_text(row, name);
	int64_t number;
	bool flag;

	(void)snprintf(to, CELL_MAX, "-");
	if (text != NULL && *text != '\0') {
		(void)snprintf(to, CELL_MAX, "%s", text);
	} else if (json_look_number(row, name, &number) == 0) {
		(void)snprintf(to, CELL_MAX, "%lld", (long long)number);
	} else if (json_look_bool(row, name, &flag) == 0) {
		(void)snprintf(to, CELL_MAX, "%s", flag ? "yes" : "no");
	} else if (member != NULL && json_count(member) > 0) {
		size_t used = 0;

		for (size_t i = 0; i < json_count(member) && used < CELL_MAX; i++) {
			const char *item = json_text_of(json_at(member, i));

			used += (size_t)snprintf(to + used, CELL_MAX - used, "%s%s", i > 0 ? "," : "", item != NULL ? item : "?");
		}
	}
	text_clean(to);
}

static void
print_table(const struct listing *l, const char *const *columns)
{
	size_t width[COLUMNS_MAX] = { 0 }, n = 0;
	char text[CELL_MAX];

	for (; n < COLUMNS_MAX && columns[n] != NULL; n++) {
		width[n] = strlen(columns[n]);
		for (size_t i = 0; i < json_count(l->rows); i++) {
			cell(json_at(l->rows, i), columns[n], text);
			if (strlen(text) > width[n])
				width[n] = strlen(text);
		}
	}
	for (size_t j = 0; j < n; j++)
		printf("%-*s%s", j + 1 < n ? (int)width[j] : 0, columns[j], j + 1 < n ? "  " : "\n");
	for (size_t i = 0; i < json_count(l->rows); i++)
		for (size_t j = 0; j < n; j++) {
			cell(json_at(l->rows, i), columns[j], text);
			printf("%-*s%s", j + 1 < n ? (int)width[j] : 0, text, j + 1 < n ? "  " : "\n");
		}
}

int
listing_print(const struct cli *c, const struct listing *l, const char *const *columns, struct error *e)
{
	struct buffer out = BUFFER_INIT(OUTPUT_MAX);
	int rc = 0;

	if (c->json) {
		rc = json_render_indented(l->rows, &out, e);
		if (rc == 0)
			(void)fputs(buffer_text(&out), stdout);
	} else if (json_count(l->rows) > 0) {
		print_table(l, columns);
	}
	buffer_done(&out);
	return rc;
}

int
listing_print_members(const struct listing *l, const char *const *members)
{
	char text[CELL_MAX];
	int width = 0;

	for (size_t j = 0; members[j] != NULL; j++)
		if ((int)strlen(members[j]) > width)
			width = (int)strlen(members[j]);
	for (size_t i = 0; i < json_count(l->rows); i++) {
		if (i > 0)
			putchar('\n');
		for (size_t j = 0; members[j] != NULL; j++) {
			cell(json_at(l->rows, i), members[j], text);
			if (strcmp(text, "-") != 0)
				printf("%-*s  %s\n", width, members[j], text);
		}
	}
	return 0;
}

void
time_text(int64_t seconds, char out[TIME_TEXT_MAX])
{
	char full[CLOCK_TEXT_MAX];

	(void)snprintf(out, TIME_TEXT_MAX, "-");
	if (seconds == 0)
		return;
	clock_text(seconds, full);
	(void)snprintf(out, TIME_TEXT_MAX, "%.10s", full);
}
