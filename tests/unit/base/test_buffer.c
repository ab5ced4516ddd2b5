/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "tests/unit/support.h"

Suite *suite_buffer(void);

START_TEST(an_empty_buffer_reads_as_empty_text)
{
	struct buffer b = BUFFER_INIT(10);

	ck_assert_str_eq(buffer_text(&b), "");
	ck_assert_ptr_null(buffer_take(&b));
	buffer_done(&b);
	buffer_done(NULL);
	buffer_wipe(NULL);
}
END_TEST

START_TEST(appends_in_order_and_ends_in_nul)
{
	struct buffer b = BUFFER_INIT(1000);
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_text(&b, "one ", &e));
	expect_ok(buffer_append_format(&b, &e, "%d %s", 2, "three"));
	expect_ok(buffer_append_char(&b, ' ', &e));
	expect_ok(buffer_append(&b, "a\0b", 3, &e));
	ck_assert_uint_eq(b.size, 15);
	ck_assert_int_eq(memcmp(b.data, "one 2 three a\0b", 16), 0);
	buffer_clear(&b);
	ck_assert_uint_eq(b.size, 0);
	ck_assert_str_eq(buffer_text(&b), "");
	buffer_done(&b);
}
END_TEST

START_TEST(stops_at_the_ceiling_and_stays_unchanged)
{
	struct buffer b = BUFFER_INIT(5);
	struct error e = ERROR_INIT;

	expect_ok(buffer_append(&b, "1234", 4, &e));
	expect_error(buffer_append(&b, "56", 2, &e), ERROR_TOO_LARGE);
	expect_error(buffer_append_text(&b, "56", &e), ERROR_TOO_LARGE);
	expect_error(buffer_append_format(&b, &e, "%d", 56), ERROR_TOO_LARGE);
	ck_assert_str_eq(buffer_text(&b), "1234");
	expect_ok(buffer_append_char(&b, '5', &e));
	expect_error(buffer_append_char(&b, '6', &e), ERROR_TOO_LARGE);
	ck_assert_ptr_null(buffer_reserve(&b, SIZE_MAX, &e));
	expect_error(-1, ERROR_TOO_LARGE);
	ck_assert_str_eq(buffer_text(&b), "12345");
	buffer_done(&b);
}
END_TEST

START_TEST(a_ceiling_of_nothing_takes_nothing)
{
	struct buffer b = BUFFER_INIT(0);
	struct error e = ERROR_INIT;

	expect_ok(buffer_append(&b, "", 0, &e));
	expect_error(buffer_append_char(&b, 'x', &e), ERROR_TOO_LARGE);
	buffer_done(&b);
}
END_TEST

START_TEST(a_boundless_ceiling_does_not_overflow)
{
	struct buffer b = BUFFER_INIT(SIZE_MAX);
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_text(&b, "x", &e));
	ck_assert_ptr_null(buffer_reserve(&b, SIZE_MAX - 1, &e));
	ck_assert_int_ne(e.code, ERROR_NONE);
	ck_assert_str_eq(buffer_text(&b), "x");
	buffer_done(&b);
}
END_TEST

START_TEST(reserved_room_counts_when_the_caller_says_so)
{
	struct buffer b = BUFFER_INIT(100);
	struct error e = ERROR_INIT;
	char *to;

	expect_ok(buffer_append_text(&b, "ab", &e));
	to = buffer_reserve(&b, 3, &e);
	memcpy(to, "cde", 3);
	ck_assert_uint_eq(b.size, 2);
	b.size += 3;
	ck_assert_str_eq(buffer_text(&b), "abcde");
	buffer_wipe(&b);
	ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(taken_octets_are_the_callers)
{
	struct buffer b = BUFFER_INIT(100);
	struct error e = ERROR_INIT;
	char *text;

	expect_ok(buffer_append_text(&b, "mine", &e));
	text = buffer_take(&b);
	ck_assert_str_eq(text, "mine");
	ck_assert_uint_eq(b.size, 0);
	expect_ok(buffer_append_text(&b, "again", &e));
	ck_assert_str_eq(text, "mine");
	buffer_done(&b);
	free(text);
}
END_TEST

START_TEST(holds_a_megabyte_written_octet_by_octet)
{
	struct buffer b = BUFFER_INIT(1 << 20);
	struct error e = ERROR_INIT;
	struct sink to = buffer_sink(&b);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < 1 << 20; i++)
		rc = sink_write(&to, i % 2 ? "1" : "0", 1, &e);
	expect_ok(rc);
	expect_error(sink_write(&to, "2", 1, &e), ERROR_TOO_LARGE);
	ck_assert_uint_eq(strspn(b.data, "01"), 1 << 20);
	ck_assert_uint_le(b.room, (1 << 20) + 1);
	buffer_done(&b);
}
END_TEST

static int
fill(void *ctx, struct error *e)
{
	struct buffer b = BUFFER_INIT(10000);
	int rc = 0;

	(void)ctx;
	for (int i = 0; rc == 0 && i < 1000; i++) {
		size_t before = b.size;

		rc = buffer_append_format(&b, e, "%d,", i);
		if (rc != 0)
			ck_assert_uint_eq(b.size, before);
	}
	buffer_done(&b);
	return rc;
}

START_TEST(survives_every_failing_allocation)
{
	each_allocation_fails(fill, NULL);
}
END_TEST

Suite *
suite_buffer(void)
{
	Suite *s = suite_create("buffer");
	TCase *t = tcase_create("buffer");

	tcase_add_test(t, an_empty_buffer_reads_as_empty_text);
	tcase_add_test(t, appends_in_order_and_ends_in_nul);
	tcase_add_test(t, stops_at_the_ceiling_and_stays_unchanged);
	tcase_add_test(t, a_ceiling_of_nothing_takes_nothing);
	tcase_add_test(t, a_boundless_ceiling_does_not_overflow);
	tcase_add_test(t, reserved_room_counts_when_the_caller_says_so);
	tcase_add_test(t, taken_octets_are_the_callers);
	tcase_add_test(t, holds_a_megabyte_written_octet_by_octet);
	tcase_add_test(t, survives_every_failing_allocation);
	suite_add_tcase(s, t);
	return s;
}
