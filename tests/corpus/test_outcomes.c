/* SPDX-License-Identifier: BSD-2-Clause */

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/corpus/corpus.h"
#include "tests/unit/mime/mime_support.h"

Suite *suite_outcomes(void);

/* Every file has the outcome of its row: whole, and octet by octet.  Prints the table. */

#define DATA "tests/data/"

/* ---- a row ---- */

/* "V+; in: pass; out: as it came: already-protected" */
static char *
in_words(const char *protection, const char *in, const char *out)
{
	struct buffer b = BUFFER_INIT(10000);
	struct error e = ERROR_INIT;
	char *text;

	expect_ok(buffer_append_text(&b, protection, &e));
	if (in != NULL)
		expect_ok(buffer_append_format(&b, &e, "%sin: %s", b.size > 0 ? "; " : "", in));
	if (out != NULL)
		expect_ok(buffer_append_format(&b, &e, "; out: %s", out));
	text = memory_text(buffer_text(&b), &e);
	buffer_done(&b);
	return text;
}

static char *
protection_of(const struct scene *s, const struct row *row, const struct buffer *mail, size_t step)
{
	struct buffer der, over = BUFFER_INIT(1);
	char *word;

	if (row->form == CORPUS_MAIL)
		return protection_of_mail(s, mail);
	der = corpus_object(row->path);
	if (row->form == CORPUS_OVER)
		over = load(row->over);
	word = protection_of_object(s, &der, row->form == CORPUS_OVER ? &over : NULL, step);
	buffer_done(&der);
	buffer_done(&over);
	return word;
}

static char *
see_mail(const struct scene *s, const struct row *row, size_t step)
{
	struct buffer mail = corpus_mail(s, row);
	char *protection = protection_of(s, row, &mail, step), *in = arrival(s, &mail, step), *text;
	char *out = row->form == CORPUS_MAIL ? departure(s, &mail, step) : NULL;
	const char *harm = observed(s, &mail, step);

	text = in_words(protection, harm != NULL ? harm : in, out);
	free(protection);
	free(in);
	free(out);
	buffer_done(&mail);
	return text;
}

static char *
see_material(const struct row *row)
{
	struct buffer b = load(row->path);
	char *text = material_of(b.data, b.size);

	buffer_done(&b);
	return text;
}

static bool
try_row(const struct scene *s, const struct row *row, size_t step)
{
	char *expected = in_words(row_protection(row), row_in(row), row->out);
	char *seen = row->form == CORPUS_MATERIAL ? see_material(row) : see_mail(s, row, step);
	bool same = strcmp(expected, seen) == 0;

	if (!same)
		printf("DIFFERS %-70s %s | %s: %s\n", row->path, expected, step > 1 ? "seen" : "octet by octet", seen);
	else if (step > 1)
		printf("ok      %-70s %s\n", row->path, expected);
	(void)fflush(stdout);
	free(expected);
	free(seen);
	return same;
}

static unsigned
try_people(const struct people *people, size_t step)
{
	struct scene *s = scene_open(people);
	unsigned differ = 0;

	for (size_t i = 0; i < corpus_count; i++)
		if (people_of(corpus_rows[i].path) == people && (step > 1 || corpus_rows[i].form != CORPUS_MATERIAL))
			differ += !try_row(s, &corpus_rows[i], step);
	scene_close(s);
	return differ;
}

START_TEST(every_file_has_its_documented_outcome)
{
	unsigned differ = try_people(&corpus_people[_i], 1000);

	ck_assert_msg(differ == 0, "%s: %u rows differ", corpus_people[_i].folder, differ);
}
END_TEST

START_TEST(every_file_has_it_octet_by_octet_too)
{
	unsigned differ = try_people(&corpus_people[_i], 1);

	ck_assert_msg(differ == 0, "%s: %u rows differ", corpus_people[_i].folder, differ);
}
END_TEST

/* ---- the table and the files ---- */

static unsigned strangers;

static int
expect_row(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	if (type != FTW_F || strncmp(path + ftw->base, "ORIGIN", 6) == 0 || strncmp(path + ftw->base, "LICENSE", 7) == 0)
		return 0;
	for (size_t i = 0; i < corpus_count; i++)
		if (strcmp(corpus_rows[i].path, path + strlen(DATA)) == 0)
			return 0;
	printf("DIFFERS %s has no row in tests/corpus/outcomes.def\n", path);
	strangers++;
	return 0;
}

START_TEST(every_file_has_a_row_and_every_row_people)
{
	nftw(DATA, expect_row, 16, FTW_PHYS);
	ck_assert_uint_eq(strangers, 0);
	for (size_t i = 0; i < corpus_count; i++) {
		const struct row *row = &corpus_rows[i];

		ck_assert_msg(people_of(row->path) != NULL, "%s belongs to nobody", row->path);
		ck_assert_msg(i == 0 || strcmp(corpus_rows[i - 1].path, row->path) < 0, "%s is not in its place", row->path);
	}
	printf("corpus: %zu files, each with its documented outcome\n", corpus_count);
}
END_TEST

Suite *
suite_outcomes(void)
{
	Suite *s = suite_create("outcomes");
	TCase *t = tcase_create("outcomes");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, every_file_has_its_documented_outcome, 0, (int)corpus_people_count);
	tcase_add_loop_test(t, every_file_has_it_octet_by_octet_too, 0, (int)corpus_people_count);
	tcase_add_test(t, every_file_has_a_row_and_every_row_people);
	suite_add_tcase(s, t);
	return s;
}
