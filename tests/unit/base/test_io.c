/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/io.h"
#include "tests/unit/support.h"

Suite *suite_io(void);

START_TEST(copies_to_the_end_whatever_the_steps)
{
	struct error e = ERROR_INIT;
	char text[50000];

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)('a' + i % 23);
	for (size_t step = 1; step < 70000; step = step * 7 + 1) {
		struct buffer b = BUFFER_INIT(sizeof text);
		struct sink to = buffer_sink(&b);
		struct slow_source slow;
		struct source from = slow_source(&slow, text, sizeof text, step);

		expect_ok(io_copy(&from, &to, &e));
		ck_assert_uint_eq(b.size, sizeof text);
		ck_assert_int_eq(memcmp(b.data, text, sizeof text), 0);
		buffer_done(&b);
	}
}
END_TEST

static ssize_t
fail_to_read(void *ctx, void *to, size_t max, struct error *e)
{
	(void)ctx;
	(void)to;
	(void)max;
	return error_set(e, ERROR_IO, "no more");
}

START_TEST(reports_a_failing_source_and_a_full_sink)
{
	struct error e = ERROR_INIT;
	struct buffer b = BUFFER_INIT(2);
	struct source bad = { fail_to_read, NULL }, from;
	struct sink to = buffer_sink(&b), nowhere = sink_null();
	struct memory_source memory;

	expect_error(io_copy(&bad, &nowhere, &e), ERROR_IO);
	from = memory_source(&memory, "abc", 3);
	expect_error(io_copy(&from, &to, &e), ERROR_TOO_LARGE);
	from = memory_source(&memory, "abc", 3);
	expect_ok(io_copy(&from, &nowhere, &e));
	buffer_done(&b);
}
END_TEST

START_TEST(memory_gives_its_octets_then_the_end)
{
	struct error e = ERROR_INIT;
	struct memory_source memory;
	struct source from = memory_source(&memory, "abc", 3);
	char to[10];

	ck_assert_int_eq(source_read(&from, to, 2, &e), 2);
	ck_assert_int_eq(source_read(&from, to + 2, 8, &e), 1);
	ck_assert_int_eq(memcmp(to, "abc", 3), 0);
	ck_assert_int_eq(source_read(&from, to, 8, &e), 0);
	from = memory_source(&memory, NULL, 0);
	ck_assert_int_eq(source_read(&from, to, 8, &e), 0);
}
END_TEST

START_TEST(text_is_written_without_its_nul)
{
	struct error e = ERROR_INIT;
	struct buffer b = BUFFER_INIT(10);
	struct sink to = buffer_sink(&b);

	expect_ok(sink_text(&to, "abc", &e));
	expect_ok(sink_write(&to, NULL, 0, &e));
	ck_assert_uint_eq(b.size, 3);
	buffer_done(&b);
}
END_TEST

Suite *
suite_io(void)
{
	Suite *s = suite_create("io");
	TCase *t = tcase_create("io");

	tcase_add_test(t, copies_to_the_end_whatever_the_steps);
	tcase_add_test(t, reports_a_failing_source_and_a_full_sink);
	tcase_add_test(t, memory_gives_its_octets_then_the_end);
	tcase_add_test(t, text_is_written_without_its_nul);
	suite_add_tcase(s, t);
	return s;
}
