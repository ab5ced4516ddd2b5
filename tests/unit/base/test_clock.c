/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdint.h>

#include "base/clock.h"
#include "tests/unit/support.h"

Suite *suite_clock(void);

static const struct {
	int64_t ms;
	const char *text, *text_ms, *mail;
} rows[] = {
	{ 0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z", "Thu, 1 Jan 1970 00:00:00 +0000" },
	{ 1795381200123, "2026-11-22T21:00:00Z", "2026-11-22T21:00:00.123Z", "Sun, 22 Nov 2026 21:00:00 +0000" },
	{ 951782399999, "2000-02-28T23:59:59Z", "2000-02-28T23:59:59.999Z", "Mon, 28 Feb 2000 23:59:59 +0000" },
	{ 951782400000, "2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z", "Tue, 29 Feb 2000 00:00:00 +0000" },
	{ 2147483648000, "2038-01-19T03:14:08Z", "2038-01-19T03:14:08.000Z", "Tue, 19 Jan 2038 03:14:08 +0000" },
	{ -1, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.999Z", "Wed, 31 Dec 1969 23:59:59 +0000" },
};

START_TEST(writes_the_forms_of_rfc_3339_and_rfc_5322)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[CLOCK_TEXT_MAX], mail[CLOCK_MAIL_DATE_MAX];
		int64_t ms = rows[i].ms;
		struct clock c = clock_fixed(&ms);

		clock_text(clock_now(&c), text);
		ck_assert_str_eq(text, rows[i].text);
		clock_text_ms(clock_now_ms(&c), text);
		ck_assert_str_eq(text, rows[i].text_ms);
		clock_mail_date(clock_now(&c), mail);
		ck_assert_str_eq(mail, rows[i].mail);
	}
}
END_TEST

START_TEST(times_beyond_four_digit_years_stay_in_form)
{
	char text[CLOCK_TEXT_MAX], mail[CLOCK_MAIL_DATE_MAX];

	clock_text(INT64_MAX, text);
	ck_assert_str_eq(text, "9999-12-31T23:59:59Z");
	clock_text(INT64_MIN, text);
	ck_assert_str_eq(text, "0000-01-01T00:00:00Z");
	clock_text_ms(INT64_MAX, text);
	ck_assert_str_eq(text, "9999-12-31T23:59:59.807Z");
	clock_mail_date(INT64_MAX, mail);
	ck_assert_str_eq(mail, "Fri, 31 Dec 9999 23:59:59 +0000");
}
END_TEST

START_TEST(a_fixed_clock_moves_when_it_is_moved)
{
	int64_t ms = 1000;
	struct clock c = clock_fixed(&ms);

	ck_assert_int_eq(clock_now(&c), 1);
	ms = 5999;
	ck_assert_int_eq(clock_now(&c), 5);
}
END_TEST

START_TEST(the_system_clock_runs)
{
	int64_t before = clock_monotonic_ms();

	ck_assert_int_gt(clock_now(clock_system()), 1700000000);
	ck_assert_int_le(before, clock_monotonic_ms());
}
END_TEST

Suite *
suite_clock(void)
{
	Suite *s = suite_create("clock");
	TCase *t = tcase_create("clock");

	tcase_add_test(t, writes_the_forms_of_rfc_3339_and_rfc_5322);
	tcase_add_test(t, times_beyond_four_digit_years_stay_in_form);
	tcase_add_test(t, a_fixed_clock_moves_when_it_is_moved);
	tcase_add_test(t, the_system_clock_runs);
	suite_add_tcase(s, t);
	return s;
}
