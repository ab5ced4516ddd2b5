/* SPDX-License-Identifier: BSD-2-Clause */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "tests/unit/support.h"

Suite *suite_log(void);

/* Standard error goes into a file between these two; the second puts back and returns what was written. */
static int saved_stderr;

static void
begin_catching(void)
{
	int fd = open(scratch("log"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	ck_assert_int_ge(dup2(fd, STDERR_FILENO), 0);
	close(fd);
	log_open("tester", true);
}

static struct buffer
end_catching(void)
{
	struct buffer b = BUFFER_INIT(100000);
	struct error e = ERROR_INIT;

	ck_assert_int_ge(dup2(saved_stderr, STDERR_FILENO), 0);
	close(saved_stderr);
	expect_ok(file_read(scratch("log"), 100000, &b, &e));
	return b;
}

START_TEST(a_line_is_led_by_the_queue_id)
{
	struct buffer b;

	begin_catching();
	log_line(LOG_LEVEL_INFO, "4Xyz", "signed for %s", "alice");
	log_line(LOG_LEVEL_ERROR, NULL, "no store");
	b = end_catching();
	ck_assert_str_eq(buffer_text(&b), "tester: info: 4Xyz: signed for alice\ntester: error: no store\n");
	buffer_done(&b);
}
END_TEST

START_TEST(nobody_forges_lines)
{
	struct buffer b;

	begin_catching();
	log_line(LOG_LEVEL_INFO, "id\nid", "a\r\ntester: info: forged\033[2J \xc3\xa9 \xff");
	b = end_catching();
	ck_assert_str_eq(
	    buffer_text(&b), "tester: info: id?id: a??tester: info: forged?[2J \xc3\xa9 ?\n");
	buffer_done(&b);
}
END_TEST

START_TEST(levels_below_the_wanted_are_quiet)
{
	struct buffer b;

	begin_catching();
	log_line(LOG_LEVEL_DEBUG, NULL, "hidden by default");
	log_level_set(LOG_LEVEL_DEBUG);
	log_line(LOG_LEVEL_DEBUG, NULL, "seen");
	log_level_set(LOG_LEVEL_ERROR);
	log_line(LOG_LEVEL_WARNING, NULL, "hidden");
	log_level_set(LOG_LEVEL_INFO);
	b = end_catching();
	ck_assert_str_eq(buffer_text(&b), "tester: debug: seen\n");
	buffer_done(&b);
}
END_TEST

START_TEST(a_long_line_is_cut_and_still_ends)
{
	char text[10000], id[5000];
	struct buffer b;

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	memset(id, 'i', sizeof id - 1);
	id[sizeof id - 1] = '\0';
	begin_catching();
	log_line(LOG_LEVEL_INFO, NULL, "%s", text);
	log_line(LOG_LEVEL_INFO, id, "%s", text);
	b = end_catching();
	ck_assert_uint_lt(b.size, 2 * 2400);
	ck_assert_int_eq(b.data[b.size - 1], '\n');
	ck_assert_ptr_nonnull(strstr(b.data, "x\ntester: info: iii"));
	buffer_done(&b);
}
END_TEST

Suite *
suite_log(void)
{
	Suite *s = suite_create("log");
	TCase *t = tcase_create("log");

	tcase_add_test(t, a_line_is_led_by_the_queue_id);
	tcase_add_test(t, nobody_forges_lines);
	tcase_add_test(t, levels_below_the_wanted_are_quiet);
	tcase_add_test(t, a_long_line_is_cut_and_still_ends);
	suite_add_tcase(s, t);
	return s;
}
