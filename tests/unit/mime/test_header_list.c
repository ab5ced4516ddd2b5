/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "tests/unit/mime/mime_support.h"
#include "tests/unit/support.h"

Suite *suite_header_list(void);

static struct header_list *
list_of(const char *const *pairs)
{
	struct error e = ERROR_INIT;
	struct header_list *list = header_list_new(&e);

	for (; pairs[0] != NULL; pairs += 2)
		expect_ok(header_list_append(list, pairs[0], pairs[1], strlen(pairs[1]), &e));
	return list;
}

static void
expect_written(const struct header_list *list, const char *want)
{
	struct buffer b = BUFFER_INIT(1 << 20);
	struct sink sink = buffer_sink(&b);
	struct error e = ERROR_INIT;

	expect_ok(header_list_write(list, &sink, &e));
	ck_assert_str_eq(buffer_text(&b), want);
	buffer_done(&b);
}

START_TEST(keeps_order_case_and_the_space_after_the_colon)
{
	const char *const pairs[] = { "subject", " a ", "X-Tab", "\tb", "FROM", "c", "Empty", "", NULL, NULL };
	struct header_list *list = list_of(pairs);

	expect_written(list, "subject: a \r\nX-Tab:\tb\r\nFROM:c\r\nEmpty:\r\n");
	header_list_free(list);
}
END_TEST

START_TEST(folds_with_lf_become_crlf_and_crlf_stays)
{
	const char *const pairs[] = { "A", " x\n y\r\n\tz", NULL, NULL };
	struct header_list *list = list_of(pairs);

	ck_assert_uint_eq(header_list_at(list, 0)->value_size, strlen(" x\r\n y\r\n\tz"));
	expect_written(list, "A: x\r\n y\r\n\tz\r\n");
	header_list_free(list);
}
END_TEST

START_TEST(a_bare_cr_is_an_octet_of_the_value)
{
	const char *const pairs[] = { "A", " x\ry\r\r\n z", NULL, NULL };
	struct header_list *list = list_of(pairs);

	expect_written(list, "A: x\ry\r\r\n z\r\n");
	header_list_free(list);
}
END_TEST

static const struct refused {
	const char *name, *value;
	size_t size;
} refused[] = {
	{ "", " x", 2 },         { "A B", " x", 2 },       { "A:", " x", 2 },       { "A\r\nBcc", " x", 2 },
	{ "A\x7f", " x", 2 },    { "\xc3\xa4", " x", 2 },  { "A\t", " x", 2 },      { "A", " x\0y", 4 },
	{ "A", " x\r\nBcc: y", 11 }, { "A", " x\nBcc: y", 10 }, { "A", " x\r\n", 4 }, { "A", " x\n", 3 },
	{ "A", "\n", 1 },        { "A", " x\n\n y", 6 },
};

START_TEST(refuses_names_and_values_that_would_make_another_header)
{
	struct error e = ERROR_INIT;
	struct header_list *list = header_list_new(&e);
	const struct refused *row = &refused[_i];

	expect_error(header_list_append(list, row->name, row->value, row->size, &e), ERROR_HEADER_SYNTAX);
	expect_error(header_list_prepend(list, row->name, row->value, row->size, &e), ERROR_HEADER_SYNTAX);
	ck_assert_uint_eq(header_list_count(list), 0);
	header_list_free(list);
}
END_TEST

START_TEST(counts_the_nth_of_a_name_through_every_change)
{
	const char *const pairs[] = { "a", "1", "b", "2", "A", "3", NULL, NULL };
	struct error e = ERROR_INIT;
	struct header_list *list = list_of(pairs);

	expect_ok(header_list_prepend(list, "a", "0", 1, &e));
	expect_ok(header_list_insert(list, 2, "A", "1b", 2, &e));
	expect_ok(header_list_insert(list, 99, "c", "9", 1, &e));
	expect_written(list, "a:0\r\na:1\r\nA:1b\r\nb:2\r\nA:3\r\nc:9\r\n");
	ck_assert_uint_eq(header_list_count_of(list, "A"), 4);
	for (unsigned i = 1; i <= 4; i++)
		ck_assert_uint_eq(header_list_find(list, "a", i)->nth, i);
	ck_assert_str_eq(header_list_find(list, "a", 3)->value, "1b");
	ck_assert_str_eq(header_list_find(list, "a", 4)->value, "3");
	header_list_remove(list, 1);
	header_list_remove(list, 77);
	ck_assert_str_eq(header_list_find(list, "a", 3)->value, "3");
	ck_assert_ptr_null(header_list_find(list, "a", 4));
	ck_assert_ptr_null(header_list_find(list, "a", 0));
	ck_assert_ptr_null(header_list_find(list, "aa", 1));
	ck_assert_ptr_null(header_list_at(list, 5));
	header_list_free(list);
}
END_TEST

START_TEST(a_copy_is_equal_and_apart)
{
	const char *const pairs[] = { "a", " 1\r\n 2", "b", "3", NULL, NULL };
	struct header_list *list = list_of(pairs), *copy = NULL;
	struct error e = ERROR_INIT;

	expect_ok(header_list_copy(list, &copy, &e));
	header_list_remove(list, 0);
	expect_written(copy, "a: 1\r\n 2\r\nb:3\r\n");
	header_list_free(list);
	header_list_free(copy);
	header_list_free(NULL);
}
END_TEST

START_TEST(stops_at_each_ceiling)
{
	struct error e = ERROR_INIT;
	struct header_list *list = header_list_new(&e);
	static char big[LIMIT_HEADER_FIELD + 1];

	memset(big, 'x', sizeof(big));
	expect_error(header_list_append(list, "A", big, sizeof(big), &e), ERROR_TOO_MANY_HEADERS);
	for (int i = 0; i < LIMIT_HEADER_TOTAL / LIMIT_HEADER_FIELD - 1; i++)
		expect_ok(header_list_append(list, "A", big, LIMIT_HEADER_FIELD, &e));
	expect_error(header_list_append(list, "A", big, LIMIT_HEADER_FIELD, &e), ERROR_TOO_MANY_HEADERS);
	header_list_free(list);
	list = header_list_new(&e);
	for (int i = 0; i < LIMIT_HEADER_FIELDS; i++)
		expect_ok(header_list_append(list, "A", "", 0, &e));
	expect_error(header_list_append(list, "A", "", 0, &e), ERROR_TOO_MANY_HEADERS);
	ck_assert_uint_eq(header_list_at(list, LIMIT_HEADER_FIELDS - 1)->nth, LIMIT_HEADER_FIELDS);
	header_list_free(list);
}
END_TEST

START_TEST(unfolds_a_value)
{
	const char *const pairs[] = { "a", " \t x\r\n  y\r\n\tz \r\n ", "b", "", "c", "\r\n q", NULL, NULL };
	static const char *const want[] = { "x  y\tz", "", "q" };
	struct header_list *list = list_of(pairs);
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < 3; i++) {
		struct buffer b = BUFFER_INIT(100);

		expect_ok(buffer_append_text(&b, "+", &e));
		expect_ok(header_field_unfolded(header_list_at(list, i), &b, &e));
		ck_assert_str_eq(buffer_text(&b) + 1, want[i]);
		buffer_done(&b);
	}
	header_list_free(list);
}
END_TEST

START_TEST(an_unfolded_value_that_does_not_fit_leaves_the_buffer_as_it_was)
{
	const char *const pairs[] = { "a", " abc\r\n def", NULL, NULL };
	struct header_list *list = list_of(pairs);
	struct buffer b = BUFFER_INIT(5);
	struct error e = ERROR_INIT;

	expect_error(header_field_unfolded(header_list_at(list, 0), &b, &e), ERROR_TOO_LARGE);
	ck_assert_uint_eq(b.size, 0);
	ck_assert_str_eq(buffer_text(&b), "");
	buffer_done(&b);
	header_list_free(list);
}
END_TEST

START_TEST(knows_structural_names)
{
	ck_assert(header_is_structural("MIME-VERSION"));
	ck_assert(header_is_structural("content-type"));
	ck_assert(header_is_structural("Content-X"));
	ck_assert(!header_is_structural("Content"));
	ck_assert(!header_is_structural("X-Content-Type"));
	ck_assert(!header_is_structural("MIME-Version2"));
}
END_TEST

/* ---- reading ---- */

static const struct reading {
	const char *text;
	const char *written; /* the header as it is written again */
	const char *body;
} readings[] = {
	{ "", "", "" },
	{ "\r\n", "", "" },
	{ "\n", "", "" },
	{ "\r\nbody", "", "body" },
	{ "A: b\r\n\r\nbody", "A: b\r\n", "body" },
	{ "A: b\n\nbody\n", "A: b\r\n", "body\n" },
	{ "A: b", "A: b\r\n", "" },
	{ "A: b\r\n", "A: b\r\n", "" },
	{ "A: b\r\n c\r\n\td\r\nE:\r\n\r\n", "A: b\r\n c\r\n\td\r\nE:\r\n", "" },
	{ "A: b\n c\r\nD: e\r\n\r\nx", "A: b\r\n c\r\nD: e\r\n", "x" },
	{ "A: b\r\nno field\r\n\r\nx", "A: b\r\n", "no field\r\n\r\nx" },
	{ " fold of nothing\r\nA: b\r\n", "", " fold of nothing\r\nA: b\r\n" },
	{ "A b: c\r\n\r\n", "", "A b: c\r\n\r\n" },
	{ ": x\r\n\r\n", "", ": x\r\n\r\n" },
	{ "A: b\rc\r\n\r\nx", "A: b\rc\r\n", "x" },
	{ "A: b\r\r\n\r\nx", "A: b\r\r\n", "x" },
	{ "A: b\r\n\r\r\nx", "A: b\r\n", "\r\r\nx" },
	{ "A: b\r\n \r\n c\r\n\r\nx", "A: b\r\n \r\n c\r\n", "x" },
	{ "From x@y Mon\r\nA: b\r\n", "", "From x@y Mon\r\nA: b\r\n" },
	{ "A:b\r\n\r", "A:b\r\n", "\r" },
};

static void
expect_reading(const void *text, size_t n, const char *written, const char *body)
{
	struct spool *spool = spool_of(text, n);
	struct header_list *list = NULL;
	struct error e = ERROR_INIT;
	struct spool_span rest;

	expect_ok(header_list_read(spool_all(spool), &list, &rest, &e));
	expect_written(list, written);
	ck_assert(is_span(rest, body));
	header_list_free(list);
	spool_free(spool);
}

START_TEST(reads_a_header_and_finds_the_body)
{
	const struct reading *row = &readings[_i];

	expect_reading(row->text, strlen(row->text), row->written, row->body);
}
END_TEST

START_TEST(a_line_with_nul_is_no_field)
{
	struct spool *spool = spool_of("A: b\r\nC: d\0e\r\n\r\n", 17);
	struct header_list *list = NULL;
	struct error e = ERROR_INIT;
	struct spool_span rest;

	expect_ok(header_list_read(spool_all(spool), &list, &rest, &e));
	expect_written(list, "A: b\r\n");
	ck_assert_uint_eq(rest.offset, 6);
	ck_assert_uint_eq(rest.size, 11);
	header_list_free(list);
	spool_free(spool);
}
END_TEST

START_TEST(reads_only_the_span)
{
	struct spool *spool = spool_of("A: b\r\nC: d\r\n\r\nbody", 18);
	struct spool_span span = { spool, 6, 3 };
	struct header_list *list = NULL;
	struct error e = ERROR_INIT;
	struct spool_span rest;

	expect_ok(header_list_read(span, &list, &rest, &e));
	expect_written(list, "C: \r\n");
	ck_assert_uint_eq(rest.offset, 9);
	ck_assert_uint_eq(rest.size, 0);
	header_list_free(list);
	spool_free(spool);
}
END_TEST

/* Cut anywhere, a header gives its complete fields and perhaps a shorter last one; nothing is invented. */
START_TEST(reads_a_header_cut_at_every_length)
{
	struct buffer b = load("mime/hostile/27-folded-ct-tab.eml");

	for (size_t n = 0; n <= b.size; n++) {
		struct spool *spool = spool_of(b.data, n);
		struct header_list *list = NULL;
		struct error e = ERROR_INIT;
		struct spool_span rest;
		struct buffer again = BUFFER_INIT(1 << 20);
		struct sink sink = buffer_sink(&again);

		expect_ok(header_list_read(spool_all(spool), &list, &rest, &e));
		expect_ok(header_list_write(list, &sink, &e));
		ck_assert_uint_eq(rest.offset + rest.size, n);
		ck_assert_uint_le(rest.offset, again.size + 2);
		if (again.size > 3)
			ck_assert_int_eq(memcmp(again.data, b.data, again.size - 3), 0);
		buffer_done(&again);
		header_list_free(list);
		spool_free(spool);
	}
	buffer_done(&b);
}
END_TEST

/* A field over the ceiling, on one line or in many folds, and a header of too many fields. */
START_TEST(a_header_past_the_ceilings_is_an_error)
{
	struct buffer b = BUFFER_INIT(16 << 20);
	struct error e = ERROR_INIT;
	struct header_list *list = NULL;
	struct spool_span rest;

	expect_ok(buffer_append_text(&b, _i == 0 ? "A: " : _i == 1 ? "A:" : "", &e));
	while (b.size < 2 * LIMIT_HEADER_FIELD)
		expect_ok(buffer_append_text(&b, _i == 0 ? "xxxxxxxx" : _i == 1 ? " x\r\n" : "A:b\r\n", &e));
	{
		struct spool *spool = spool_of(b.data, b.size);

		expect_error(header_list_read(spool_all(spool), &list, &rest, &e), ERROR_TOO_MANY_HEADERS);
		spool_free(spool);
	}
	ck_assert_ptr_null(list);
	buffer_done(&b);
}
END_TEST

START_TEST(a_body_of_one_endless_line_is_no_header)
{
	struct buffer b = BUFFER_INIT(1 << 20);
	struct error e = ERROR_INIT;
	struct header_list *list = NULL;
	struct spool_span rest;
	struct spool *spool;

	while (b.size < 300000)
		expect_ok(buffer_append_text(&b, "no colon here ", &e));
	spool = spool_of(b.data, b.size);
	expect_ok(header_list_read(spool_all(spool), &list, &rest, &e));
	ck_assert_uint_eq(header_list_count(list), 0);
	ck_assert_uint_eq(rest.size, b.size);
	header_list_free(list);
	spool_free(spool);
	buffer_done(&b);
}
END_TEST

static int
read_once(void *ctx, struct error *e)
{
	struct header_list *list = NULL, *copy = NULL;
	struct spool_span rest;
	int rc = header_list_read(spool_all(ctx), &list, &rest, e);

	if (rc == 0)
		rc = header_list_copy(list, &copy, e);
	header_list_free(list);
	header_list_free(copy);
	return rc;
}

START_TEST(survives_every_failing_allocation)
{
	struct spool *spool = spool_of("A: b\r\n c\r\nD: e\r\n\r\n", 18);

	each_allocation_fails(read_once, spool);
	spool_free(spool);
}
END_TEST

#define LENGTH(a) ((int)(sizeof(a) / sizeof((a)[0])))

Suite *
suite_header_list(void)
{
	Suite *s = suite_create("header_list");
	TCase *t = tcase_create("header_list");

	tcase_add_test(t, keeps_order_case_and_the_space_after_the_colon);
	tcase_add_test(t, folds_with_lf_become_crlf_and_crlf_stays);
	tcase_add_test(t, a_bare_cr_is_an_octet_of_the_value);
	tcase_add_loop_test(t, refuses_names_and_values_that_would_make_another_header, 0, LENGTH(refused));
	tcase_add_test(t, counts_the_nth_of_a_name_through_every_change);
	tcase_add_test(t, a_copy_is_equal_and_apart);
	tcase_add_test(t, stops_at_each_ceiling);
	tcase_add_test(t, unfolds_a_value);
	tcase_add_test(t, an_unfolded_value_that_does_not_fit_leaves_the_buffer_as_it_was);
	tcase_add_test(t, knows_structural_names);
	tcase_add_loop_test(t, reads_a_header_and_finds_the_body, 0, LENGTH(readings));
	tcase_add_test(t, a_line_with_nul_is_no_field);
	tcase_add_test(t, reads_only_the_span);
	tcase_add_test(t, reads_a_header_cut_at_every_length);
	tcase_add_loop_test(t, a_header_past_the_ceilings_is_an_error, 0, 3);
	tcase_add_test(t, a_body_of_one_endless_line_is_no_header);
	tcase_add_test(t, survives_every_failing_allocation);
	suite_add_tcase(s, t);
	return s;
}
