/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "tests/unit/support.h"

Suite *suite_error(void);

START_TEST(keeps_the_first_cause)
{
	struct error e = ERROR_INIT;

	ck_assert_int_eq(error_set(&e, ERROR_IO, "disk %d", 1), -1);
	ck_assert_int_eq(error_set(&e, ERROR_INTERNAL, "later"), -1);
	errno = ENOENT;
	ck_assert_int_eq(error_set_errno(&e, ERROR_INTERNAL, "later still"), -1);
	ck_assert_int_eq(e.code, ERROR_IO);
	ck_assert_str_eq(error_text(&e), "disk 1");
}
END_TEST

START_TEST(puts_context_before_a_detail)
{
	struct error e = ERROR_INIT;

	ck_assert_int_eq(error_context(&e, "nothing happened"), -1);
	ck_assert_int_eq(e.code, ERROR_NONE);
	ck_assert_str_eq(e.detail, "");
	error_set(&e, ERROR_IO, "disk");
	error_context(&e, "line %d", 7);
	error_context(&e, "file");
	ck_assert_str_eq(error_text(&e), "file: line 7: disk");
}
END_TEST

START_TEST(context_of_an_empty_detail_keeps_the_meaning)
{
	struct error e = { ERROR_NO_MEMORY, "" };

	error_context(&e, "file");
	ck_assert_str_eq(error_text(&e), "file: out of memory, please try again later");
}
END_TEST

START_TEST(names_the_reason_of_errno)
{
	struct error e = ERROR_INIT;

	errno = ENOENT;
	ck_assert_int_eq(error_set_errno(&e, ERROR_IO, "%s", "a file"), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_str_eq(e.detail, "a file: No such file or directory");
}
END_TEST

START_TEST(replaces_control_characters)
{
	struct error e = ERROR_INIT;

	error_set(&e, ERROR_IO, "a\r\nb\x7f\033[2J \xc3\xa9 \xff \xc2\x85");
	ck_assert_str_eq(e.detail, "a??b??[2J \xc3\xa9 ? ??");
	error_context(&e, "x\ny");
	ck_assert_ptr_null(strchr(e.detail, '\n'));
}
END_TEST

START_TEST(cuts_what_is_too_long)
{
	struct error e = ERROR_INIT;
	char long_text[2 * ERROR_DETAIL_MAX];

	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	error_set(&e, ERROR_IO, "%s", long_text);
	ck_assert_uint_eq(strlen(e.detail), ERROR_DETAIL_MAX - 1);
	errno = EIO;
	error_context(&e, "before");
	ck_assert_uint_eq(strlen(e.detail), ERROR_DETAIL_MAX - 1);
	ck_assert_int_eq(strncmp(e.detail, "before: xxx", 11), 0);
	error_clear(&e);
	error_set_errno(&e, ERROR_IO, "%s", long_text);
	ck_assert_uint_eq(strlen(e.detail), ERROR_DETAIL_MAX - 1);
}
END_TEST

START_TEST(needs_no_place_for_the_error)
{
	ck_assert_int_eq(error_set(NULL, ERROR_IO, "x"), -1);
	ck_assert_int_eq(error_set_errno(NULL, ERROR_IO, "x"), -1);
	ck_assert_int_eq(error_context(NULL, "x"), -1);
	error_clear(NULL);
}
END_TEST

START_TEST(forgets_when_told)
{
	struct error e = ERROR_INIT;

	error_set(&e, ERROR_IO, "x");
	error_clear(&e);
	ck_assert_int_eq(e.code, ERROR_NONE);
	error_set(&e, ERROR_BUSY, "y");
	ck_assert_str_eq(error_text(&e), "y");
}
END_TEST

START_TEST(every_row_is_whole)
{
	for (int code = 1; code < ERROR_COUNT; code++) {
		enum error_code c = (enum error_code)code;
		const char *status = error_status(c);

		ck_assert_uint_gt(strlen(error_meaning(c)), 0);
		ck_assert_uint_eq(strlen(error_meaning(c)), strcspn(error_meaning(c), "\r\n"));
		ck_assert_uint_eq(strspn(error_name(c), "abcdefghijklmnopqrstuvwxyz-"), strlen(error_name(c)));
		ck_assert_int_eq(status[0], error_disposition(c) == DISPOSITION_RETRY ? '4' : '5');
		ck_assert_int_eq(status[1], '.');
		ck_assert_uint_eq(strspn(status, "0123456789."), strlen(status));
	}
	ck_assert_str_eq(error_name(ERROR_NO_MEMORY), "no-memory");
	ck_assert_str_eq(error_name(ERROR_IO), "io");
	ck_assert_str_eq(error_status(ERROR_CERTIFICATE_MISSING), "5.7.5");
}
END_TEST

START_TEST(an_unknown_code_is_a_fault_of_ours)
{
	ck_assert_int_eq(error_disposition((enum error_code)9999), DISPOSITION_RETRY);
	ck_assert_str_eq(error_name((enum error_code)9999), "internal");
}
END_TEST

Suite *
suite_error(void)
{
	Suite *s = suite_create("error");
	TCase *t = tcase_create("error");

	tcase_add_test(t, keeps_the_first_cause);
	tcase_add_test(t, puts_context_before_a_detail);
	tcase_add_test(t, context_of_an_empty_detail_keeps_the_meaning);
	tcase_add_test(t, names_the_reason_of_errno);
	tcase_add_test(t, replaces_control_characters);
	tcase_add_test(t, cuts_what_is_too_long);
	tcase_add_test(t, needs_no_place_for_the_error);
	tcase_add_test(t, forgets_when_told);
	tcase_add_test(t, every_row_is_whole);
	tcase_add_test(t, an_unknown_code_is_a_fault_of_ours);
	suite_add_tcase(s, t);
	return s;
}
