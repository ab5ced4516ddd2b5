/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "cli/checklist.h"
#include "cli/listing.h"
#include "tests/unit/cli/printed.h"

static const char *const columns[] = { "name", "count", "ok", "list", "last", NULL };

static void
add(struct listing *l, const char *name, int64_t count, bool ok, const char *last)
{
	struct error e = ERROR_INIT;
	struct json *row = listing_row(l, &e), *list = json_new_array(&e);

	ck_assert_ptr_nonnull(row);
	expect_ok(json_put_text(row, "name", name, &e));
	expect_ok(json_put_number(row, "count", count, &e));
	expect_ok(json_put_bool(row, "ok", ok, &e));
	expect_ok(json_push_text(list, "a", &e));
	expect_ok(json_push_text(list, "b", &e));
	expect_ok(json_put_take(row, "list", list, &e));
	if (last != NULL)
		expect_ok(json_put_text(row, "last", last, &e));
}

static struct buffer
print(const struct cli *c, struct listing *l)
{
	struct error e = ERROR_INIT;

	printed_begin();
	expect_ok(listing_print(c, l, columns, &e));
	return printed_end();
}

START_TEST(rows_stand_in_aligned_columns)
{
	struct error e = ERROR_INIT;
	struct cli c = { 0 };
	struct listing l;
	struct buffer text;

	expect_ok(listing_init(&l, &e));
	add(&l, "short", 7, true, "x");
	add(&l, "rather long", 1234567, false, NULL);
	text = print(&c, &l);
	ck_assert_str_eq(buffer_text(&text),
	    "name         count    ok   list  last\n"
	    "short        7        yes  a,b   x\n"
	    "rather long  1234567  no   a,b   -\n");
	buffer_done(&text);
	listing_done(&l);
}
END_TEST

START_TEST(nothing_is_printed_of_no_rows)
{
	struct error e = ERROR_INIT;
	struct cli c = { 0 };
	struct listing l;
	struct buffer text;

	expect_ok(listing_init(&l, &e));
	text = print(&c, &l);
	ck_assert_uint_eq(text.size, 0);
	buffer_done(&text);
	listing_done(&l);
}
END_TEST

START_TEST(a_terminal_gets_no_control_characters)
{
	struct error e = ERROR_INIT;
	struct cli c = { 0 };
	struct listing l;
	struct buffer text;

	expect_ok(listing_init(&l, &e));
	add(&l, "a\033[2Jb\nc", 1, true, "\302\233x");
	text = print(&c, &l);
	ck_assert_ptr_null(strchr(buffer_text(&text), '\033'));
	ck_assert_ptr_null(strstr(buffer_text(&text), "\302\233"));
	ck_assert_ptr_nonnull(strstr(buffer_text(&text), "a?[2Jb?c"));
	buffer_done(&text);
	listing_done(&l);
}
END_TEST

START_TEST(programs_get_an_array_of_objects)
{
	struct error e = ERROR_INIT;
	struct cli c = { .json = true };
	struct listing l;
	struct json *read = NULL;
	struct buffer text;

	expect_ok(listing_init(&l, &e));
	text = print(&c, &l);
	ck_assert_str_eq(buffer_text(&text), "[]\n");
	buffer_done(&text);
	add(&l, "one", 1, true, NULL);
	add(&l, "two", 2, false, NULL);
	text = print(&c, &l);
	expect_ok(json_read(text.data, text.size, &read, &e));
	ck_assert_uint_eq(json_count(read), 2);
	ck_assert_str_eq(json_look_text(json_at(read, 1), "name"), "two");
	json_release(read);
	buffer_done(&text);
	listing_done(&l);
}
END_TEST

START_TEST(a_cell_longer_than_its_room_is_cut)
{
	struct error e = ERROR_INIT;
	struct cli c = { 0 };
	struct listing l;
	struct buffer text;
	struct json *list, *row;
	char item[600];

	memset(item, 'x', sizeof(item) - 1);
	item[sizeof(item) - 1] = '\0';
	expect_ok(listing_init(&l, &e));
	row = listing_row(&l, &e);
	list = json_new_array(&e);
	for (int i = 0; i < 10; i++)
		expect_ok(json_push_text(list, item, &e));
	expect_ok(json_put_take(row, "list", list, &e));
	text = print(&c, &l);
	ck_assert_uint_gt(text.size, 1000);
	ck_assert_uint_lt(text.size, 5000);
	buffer_done(&text);
	listing_done(&l);
}
END_TEST

START_TEST(members_stand_one_a_line_without_the_absent)
{
	static const char *const members[] = { "name", "count", "last", NULL };
	struct error e = ERROR_INIT;
	struct listing l;
	struct buffer text;

	expect_ok(listing_init(&l, &e));
	add(&l, "one", 1, true, NULL);
	add(&l, "two", 2, true, "x");
	printed_begin();
	expect_ok(listing_print_members(&l, members));
	text = printed_end();
	ck_assert_str_eq(buffer_text(&text), "name   one\ncount  1\n\nname   two\ncount  2\nlast   x\n");
	buffer_done(&text);
	listing_done(&l);
}
END_TEST

START_TEST(days_are_shown_of_times)
{
	char text[TIME_TEXT_MAX];

	time_text(0, text);
	ck_assert_str_eq(text, "-");
	time_text(1795384860, text);
	ck_assert_str_eq(text, "2026-11-22");
}
END_TEST

START_TEST(findings_keep_the_worst_and_their_remedies)
{
	struct error e = ERROR_INIT, why = ERROR_INIT;
	struct cli c = { 0 };
	struct checklist f;
	struct buffer text;

	expect_ok(finding_list_init(&f, &e));
	expect_ok(finding_add(&f, FINDING_OK, "one", NULL, &e, "%d", 1));
	ck_assert_int_eq(f.worst, FINDING_OK);
	(void)error_set(&why, ERROR_STORE, "broken\nline");
	expect_ok(finding_take(&f, "two", "mend it", &why, &e));
	ck_assert_int_eq(why.code, ERROR_NONE);
	expect_ok(finding_add(&f, FINDING_WARNING, "three", NULL, &e, "soon"));
	ck_assert_int_eq(f.worst, FINDING_ERROR);
	ck_assert_uint_eq(f.errors, 1);
	ck_assert_uint_eq(f.warnings, 1);
	printed_begin();
	expect_ok(finding_list_print(&c, &f, &e));
	text = printed_end();
	ck_assert_str_eq(buffer_text(&text),
	    "ok       one            1\n"
	    "error    two            broken?line\n"
	    "                      -> mend it\n"
	    "warning  three          soon\n");
	buffer_done(&text);
	finding_list_done(&f);
}
END_TEST

static int
make_rows(void *ctx, struct error *e)
{
	struct listing l = { NULL };
	struct json *row;
	int rc = -1;

	(void)ctx;
	if (listing_init(&l, e) == 0 && (row = listing_row(&l, e)) != NULL && json_put_text(row, "a", "b", e) == 0)
		rc = 0;
	listing_done(&l);
	return rc;
}

START_TEST(want_of_memory_is_an_error)
{
	each_allocation_fails(make_rows, NULL);
}
END_TEST

Suite *suite_listing(void);

Suite *
suite_listing(void)
{
	Suite *s = suite_create("listing");
	TCase *t = tcase_create("listing");

	tcase_add_test(t, rows_stand_in_aligned_columns);
	tcase_add_test(t, nothing_is_printed_of_no_rows);
	tcase_add_test(t, a_terminal_gets_no_control_characters);
	tcase_add_test(t, programs_get_an_array_of_objects);
	tcase_add_test(t, a_cell_longer_than_its_room_is_cut);
	tcase_add_test(t, members_stand_one_a_line_without_the_absent);
	tcase_add_test(t, days_are_shown_of_times);
	tcase_add_test(t, findings_keep_the_worst_and_their_remedies);
	tcase_add_test(t, want_of_memory_is_an_error);
	suite_add_tcase(s, t);
	return s;
}
