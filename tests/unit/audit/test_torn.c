/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "tests/unit/audit/helpers.h"
#include "tests/unit/support.h"

Suite *suite_torn(void);

/* What a crash leaves at the end of the record, and what it cannot have left. */

static struct error e;

static void
set_up(void)
{
	e = (struct error)ERROR_INIT;
}

/* ---- a crash ---- */

static int
take_last(void *ctx, const struct json *line, struct error *e_)
{
	int64_t *octets = ctx;

	(void)e_;
	*octets = -1;
	if (strcmp(json_look_text(line, "event"), "torn-line") == 0)
		ck_assert_int_eq(json_look_number(line, "octets", octets), 0);
	return 0;
}

static void
expect_torn_event(const char *path, size_t octets)
{
	int64_t got = -2;

	expect_ok(audit_each(path, take_last, &got, &e));
	ck_assert_int_eq(got, (int64_t)octets);
}

START_TEST(a_last_line_cut_anywhere_is_cut_off_and_said)
{
	struct buffer b = make_record(scratch("record"), 3);
	const char *path = scratch("torn");
	size_t last = line_start(&b, 3);

	for (size_t n = last + 1; n < b.size; n++) {
		write_file(path, b.data, n);
		expect_finding(path, AUDIT_TORN, 3);
		audit_close(open_record(path));
		expect_whole(path, 3);
		expect_torn_event(path, n - last);
	}
	buffer_done(&b);
}
END_TEST

START_TEST(a_first_line_cut_anywhere_is_cut_off_and_said)
{
	struct buffer b = make_record(scratch("record"), 1);
	const char *path = scratch("torn");

	for (size_t n = 1; n < b.size; n++) {
		write_file(path, b.data, n);
		expect_finding(path, AUDIT_TORN, 1);
		audit_close(open_record(path));
		expect_whole(path, 1);
		expect_torn_event(path, n);
	}
	buffer_done(&b);
}
END_TEST

START_TEST(a_record_cut_between_lines_is_not_torn)
{
	struct buffer b = make_record(scratch("record"), 3);
	const char *path = scratch("torn");

	for (size_t line = 1; line <= 4; line++) {
		write_file(path, b.data, line_start(&b, line));
		audit_close(open_record(path));
		expect_whole(path, line - 1);
	}
	buffer_done(&b);
}
END_TEST

/* A length that reached the disk before the octets did. */
START_TEST(zeros_at_the_end_are_cut_off_and_said)
{
	static const size_t counts[] = { 1, 200, 5000, 100000 };
	struct buffer b = make_record(scratch("record"), 2), torn = BUFFER_INIT(1 << 20);
	size_t from[3];

	from[0] = line_start(&b, 2);
	from[1] = from[0] + 40;
	from[2] = b.size;
	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < sizeof counts / sizeof counts[0]; j++) {
			buffer_clear(&torn);
			expect_ok(buffer_append(&torn, b.data, from[i], &e));
			ck_assert_ptr_nonnull(buffer_reserve(&torn, counts[j], &e));
			memset(torn.data + torn.size, 0, counts[j]);
			write_file(scratch("torn"), torn.data, torn.size + counts[j]);
			audit_close(open_record(scratch("torn")));
			expect_torn_event(scratch("torn"), counts[j] + (i == 1 ? 40 : 0));
		}
	buffer_done(&b);
	buffer_done(&torn);
}
END_TEST

START_TEST(a_crash_of_another_writer_is_followed)
{
	struct audit *audit = open_record(scratch("record"));
	struct buffer b, more;

	expect_ok(append_note(audit, "1", &e));
	expect_ok(append_note(audit, "2", &e));
	b = read_file(scratch("record"));
	expect_ok(append_note(audit, "3", &e));
	more = read_file(scratch("record"));
	audit_close(audit);

	write_file(scratch("record"), b.data, b.size);
	audit = open_record(scratch("record"));
	write_file(scratch("record"), more.data, more.size - 30); /* the other one crashed in its line 3 */
	expect_ok(append_note(audit, "4", &e));
	audit_close(audit);
	expect_whole(scratch("record"), 4);
	buffer_done(&b);
	buffer_done(&more);
}
END_TEST

/* ---- what was no crash ---- */

static void
expect_broken(const char *path, const char *gateway)
{
	struct buffer before = read_file(path), after;
	struct audit *audit = NULL;

	ck_assert_int_eq(audit_open(path, gateway, test_clock(), &audit, &e), -1);
	ck_assert_msg(e.code == ERROR_RECORD_BROKEN, "%s", e.detail);
	ck_assert_ptr_nonnull(strstr(e.detail, path));
	error_clear(&e);
	ck_assert_ptr_null(audit);
	after = read_file(path);
	ck_assert_uint_eq(before.size, after.size);
	ck_assert_int_eq(memcmp(buffer_text(&before), buffer_text(&after), before.size), 0);
	buffer_done(&before);
	buffer_done(&after);
}

START_TEST(a_file_of_somebody_else_is_refused_and_left_alone)
{
	static const char *const texts[] = { "hello", "hello\n", "\n", "\n\n", "{}\n", "{\"v\":1}\n", "{\"v\":2",
		"{\"v\":1,\"seq\":2" };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		write_file(scratch("theirs"), texts[i], strlen(texts[i]));
		expect_broken(scratch("theirs"), GATEWAY);
	}
}
END_TEST

START_TEST(another_gateways_record_is_refused)
{
	struct buffer b = make_record(scratch("record"), 2);

	expect_broken(scratch("record"), "gateway-2");
	write_file(scratch("record"), b.data, b.size - 5);
	expect_broken(scratch("record"), "gateway-2");
	write_file(scratch("record"), b.data, line_start(&b, 2) - 5);
	expect_broken(scratch("record"), "gateway-2");
	buffer_done(&b);
}
END_TEST

START_TEST(a_changed_last_line_is_refused)
{
	struct buffer b = make_record(scratch("record"), 2);

	for (size_t i = line_start(&b, 2); i + 1 < b.size; i++) {
		b.data[i] ^= 1;
		write_file(scratch("record"), b.data, b.size);
		expect_broken(scratch("record"), GATEWAY);
		b.data[i] ^= 1;
	}
	buffer_done(&b);
}
END_TEST

START_TEST(octets_that_are_no_line_of_ours_are_not_cut_off)
{
	struct buffer b = make_record(scratch("record"), 2);

	expect_ok(buffer_append_text(&b, "some text", &e));
	write_file(scratch("record"), b.data, b.size);
	expect_broken(scratch("record"), GATEWAY);
	buffer_done(&b);
}
END_TEST

START_TEST(an_open_record_that_was_cut_back_is_refused)
{
	struct buffer b = make_record(scratch("record"), 3);
	struct audit *audit = open_record(scratch("record"));

	ck_assert_int_eq(truncate(scratch("record"), (off_t)line_start(&b, 3)), 0);
	expect_error(append_note(audit, "x", &e), ERROR_RECORD_BROKEN);
	ck_assert_int_eq(truncate(scratch("record"), (off_t)b.size - 9), 0);
	expect_error(append_note(audit, "x", &e), ERROR_RECORD_BROKEN);
	ck_assert_int_eq(truncate(scratch("record"), 0), 0);
	expect_error(append_note(audit, "x", &e), ERROR_RECORD_BROKEN);
	write_file(scratch("record"), b.data, b.size);
	expect_ok(append_note(audit, "x", &e));
	audit_close(audit);
	expect_whole(scratch("record"), 4);
	buffer_done(&b);
}
END_TEST

START_TEST(a_record_that_was_moved_away_is_refused_until_it_is_back)
{
	struct audit *audit = open_record(scratch("record"));

	expect_ok(append_note(audit, "1", &e));
	ck_assert_int_eq(rename(scratch("record"), scratch("moved")), 0);
	expect_error(append_note(audit, "2", &e), ERROR_RECORD);
	write_file(scratch("record"), "", 0);
	expect_error(append_note(audit, "2", &e), ERROR_RECORD);
	ck_assert_int_eq(rename(scratch("moved"), scratch("record")), 0);
	expect_ok(append_note(audit, "2", &e));
	audit_close(audit);
	expect_whole(scratch("record"), 2);
}
END_TEST

Suite *
suite_torn(void)
{
	Suite *suite = suite_create("audit/torn");
	TCase *t = tcase_create("torn");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_last_line_cut_anywhere_is_cut_off_and_said);
	tcase_add_test(t, a_first_line_cut_anywhere_is_cut_off_and_said);
	tcase_add_test(t, a_record_cut_between_lines_is_not_torn);
	tcase_add_test(t, zeros_at_the_end_are_cut_off_and_said);
	tcase_add_test(t, a_crash_of_another_writer_is_followed);
	tcase_add_test(t, a_file_of_somebody_else_is_refused_and_left_alone);
	tcase_add_test(t, another_gateways_record_is_refused);
	tcase_add_test(t, a_changed_last_line_is_refused);
	tcase_add_test(t, octets_that_are_no_line_of_ours_are_not_cut_off);
	tcase_add_test(t, an_open_record_that_was_cut_back_is_refused);
	tcase_add_test(t, a_record_that_was_moved_away_is_refused_until_it_is_back);
	suite_add_tcase(suite, t);
	return suite;
}
