/* SPDX-License-Identifier: BSD-2-Clause */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/corpus/corpus.h"
#include "tests/unit/crypto/cms_support.h"
#include "tests/unit/mime/mime_support.h"

Suite *suite_cuts(void);

/* Every file cut off, see cuts(): no crash, nothing vouched for, nothing let out, nothing lost. */

struct tally {
	size_t cuts, failed;
};

static void
complain(struct tally *t, const struct row *row, size_t n, const char *what)
{
	printf("FAILED  %s cut at %zu: %s\n", row->path, n, what);
	(void)fflush(stdout);
	t->failed++;
}

/* ---- mails ---- */

/* What is cut off says nothing: the line ends behind the last line. */
static bool
is_blank(const struct buffer *b, size_t from)
{
	while (from < b->size && isspace((unsigned char)b->data[from]))
		from++;
	return from == b->size;
}

static void
cut_incoming(struct tally *t, const struct scene *s, const struct row *row, const struct buffer *whole, size_t n)
{
	const struct buffer part = { whole->data, n, n, n };
	char *word = arrival(s, &part, 1000);

	if (strncmp(word, "HARM", 4) == 0)
		complain(t, row, n, word);
	else if ((strstr(word, "pass") != NULL || strncmp(word, "opened", 6) == 0) && !is_blank(whole, n))
		complain(t, row, n, word);
	free(word);
}

static void
cut_outgoing(struct tally *t, const struct scene *s, const struct row *row, const struct buffer *whole, size_t n)
{
	const struct buffer part = { whole->data, n, n, n };
	char *word = departure(s, &part, 1000);
	enum form form;
	const char *harm = find_harm(whole->data, n, &form);

	if (strncmp(word, "HARM", 4) == 0)
		complain(t, row, n, word);
	if (harm != NULL)
		complain(t, row, n, harm);
	free(word);
}

static void
cut_mail(struct tally *t, const struct scene *s, const struct row *row)
{
	struct buffer mail = corpus_mail(s, row);
	size_t *at = cuts(mail.data, mail.size, false);

	for (size_t i = 0; at[i] < mail.size; i++) {
		cut_incoming(t, s, row, &mail, at[i]);
		if (row->form == CORPUS_MAIL)
			cut_outgoing(t, s, row, &mail, at[i]);
		t->cuts++;
	}
	free(at);
	buffer_done(&mail);
}

/* ---- objects ---- */

/* An object that lacks its last octet is none; this is quick, so every length is tried always. */
static void
cut_object(struct tally *t, const struct row *row)
{
	struct buffer der = corpus_object(row->path);

	for (size_t n = 0; n < der.size; n++) {
		struct cms_shape *shape = NULL;
		struct error e = ERROR_INIT;

		if (try_walk(der.data, n, n + 1, &shape, &e) == 0)
			complain(t, row, n, "it is still read");
		cms_shape_free(shape);
		t->cuts++;
	}
	buffer_done(&der);
}

/* ... and to the gateway, where the MIME around it is whole. */
static void
cut_object_in_mail(struct tally *t, const struct scene *s, const struct row *row)
{
	struct buffer der = corpus_object(row->path);
	size_t *at = cuts(der.data, der.size, true);

	for (size_t i = 0; at[i] < der.size; i++) {
		const struct buffer part = { der.data, at[i], at[i], at[i] };
		struct buffer mail = corpus_wrap(s, row, &part);
		char *word = arrival(s, &mail, 1000);

		if (strncmp(word, "HARM", 4) == 0 || strstr(word, "pass") != NULL || strncmp(word, "opened", 6) == 0)
			complain(t, row, at[i], word);
		free(word);
		buffer_done(&mail);
		t->cuts++;
	}
	free(at);
	buffer_done(&der);
}

static void
cut_material(struct tally *t, const struct row *row)
{
	struct buffer b = load(row->path);
	size_t *at = cuts(b.data, b.size, true);

	for (size_t i = 0; at[i] < b.size; i++, t->cuts++)
		free(material_of(b.data, at[i]));
	free(at);
	buffer_done(&b);
}

START_TEST(a_file_cut_off_is_never_vouched_for_and_never_lost)
{
	const struct people *people = &corpus_people[_i];
	struct scene *s = scene_open(people);
	struct tally t = { 0, 0 };
	size_t files = 0;

	for (size_t i = 0; i < corpus_count; i++) {
		const struct row *row = &corpus_rows[i];

		if (people_of(row->path) != people)
			continue;
		files++;
		if (row->form == CORPUS_MATERIAL) {
			cut_material(&t, row);
			continue;
		}
		cut_mail(&t, s, row);
		if (row->form != CORPUS_MAIL) {
			cut_object(&t, row);
			cut_object_in_mail(&t, s, row);
		}
	}
	printf("corpus: %s: %zu files cut at %zu places\n", people->folder, files, t.cuts);
	scene_close(s);
	ck_assert_msg(t.failed == 0, "%zu of %zu cuts did harm", t.failed, t.cuts);
}
END_TEST

Suite *
suite_cuts(void)
{
	Suite *s = suite_create("cuts");
	TCase *t = tcase_create("cuts");

	tcase_set_timeout(t, getenv("CORPUS_CUTS") != NULL ? 3600 : 60);
	tcase_add_loop_test(t, a_file_cut_off_is_never_vouched_for_and_never_lost, 0, (int)corpus_people_count);
	suite_add_tcase(s, t);
	return s;
}
