/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "cli/line_ends.h"
#include "tests/unit/support.h"

static const struct {
	const char *from, *crlf, *lf;
} texts[] = {
	{ "", "", "" },
	{ "a", "a", "a" },
	{ "a\nb\n", "a\r\nb\r\n", "a\nb\n" },
	{ "a\r\nb\n", "a\r\nb\r\n", "a\nb\n" },
	{ "\n\n\n", "\r\n\r\n\r\n", "\n\n\n" },
	{ "a\rb\r\r\nc\r", "a\rb\r\r\nc\r", "a\rb\r\nc\r" },
	{ "\r", "\r", "\r" },
	{ "a\r\n\r\nb", "a\r\n\r\nb", "a\n\nb" },
};

/* In pieces of every size: a CR at the end of one and the LF at the start of the next belong together. */
START_TEST(line_ends_are_turned_wherever_the_text_is_cut)
{
	const char *from = texts[_i].from;

	for (size_t step = 1; step <= strlen(from) + 1; step++) {
		struct error e = ERROR_INIT;
		struct buffer crlf = BUFFER_INIT(100), lf = BUFFER_INIT(100);
		struct sink to_crlf_sink = buffer_sink(&crlf), to_lf_to = buffer_sink(&lf);
		struct to_crlf up = { .to = &to_crlf_sink };
		struct to_lf down = { .to = &to_lf_to };
		struct sink down_sink = to_lf_sink(&down);

		for (size_t at = 0; at < strlen(from); at += step) {
			size_t n = strlen(from) - at < step ? strlen(from) - at : step;

			expect_ok(to_crlf_write(&up, from + at, n, &e));
			expect_ok(sink_write(&down_sink, from + at, n, &e));
		}
		expect_ok(to_lf_finish(&down, &e));
		ck_assert_str_eq(buffer_text(&crlf), texts[_i].crlf);
		ck_assert_str_eq(buffer_text(&lf), texts[_i].lf);
		buffer_done(&crlf);
		buffer_done(&lf);
	}
}
END_TEST

START_TEST(a_sink_that_fails_is_heard)
{
	struct error e = ERROR_INIT;
	struct buffer small = BUFFER_INIT(2);
	struct sink sink = buffer_sink(&small);
	struct to_crlf up = { .to = &sink };
	struct to_lf down = { .to = &sink };
	struct sink down_sink = to_lf_sink(&down);

	expect_error(to_crlf_write(&up, "a\nb", 3, &e), ERROR_TOO_LARGE);
	buffer_clear(&small);
	expect_error(sink_write(&down_sink, "abc", 3, &e), ERROR_TOO_LARGE);
	buffer_done(&small);
}
END_TEST

Suite *suite_line_ends(void);

Suite *
suite_line_ends(void)
{
	Suite *s = suite_create("line_ends");
	TCase *t = tcase_create("line_ends");

	tcase_add_loop_test(t, line_ends_are_turned_wherever_the_text_is_cut, 0, (int)(sizeof(texts) / sizeof(texts[0])));
	tcase_add_test(t, a_sink_that_fails_is_heard);
	suite_add_tcase(s, t);
	return s;
}
