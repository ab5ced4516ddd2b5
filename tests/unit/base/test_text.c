/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/text.h"
#include "tests/unit/support.h"

Suite *suite_text(void);

START_TEST(compares_ascii_letters_only)
{
	ck_assert(text_equal_nocase("From", "fROM"));
	ck_assert(!text_equal_nocase("From", "Fro"));
	ck_assert(!text_equal_nocase("[", "{"));
	ck_assert(!text_equal_nocase("\xc3\xa9", "\xc3\x89"));
	ck_assert(text_equal_nocase_n("a\0B", 3, "A\0b", 3));
	ck_assert(!text_equal_nocase_n("a\0B", 3, "A\0c", 3));
	ck_assert(text_starts_nocase("List-Id", "LIST-"));
	ck_assert(!text_starts_nocase("List", "List-"));
	ck_assert_int_eq(text_lower('I'), 'i');
	ck_assert_int_eq(text_lower('@'), '@');
}
END_TEST

START_TEST(trims_both_ends)
{
	const char *s = " \t\r\n a b \n";
	size_t n = strlen(s);

	text_trim(&s, &n);
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(memcmp(s, "a b", 3), 0);
	s = " \n";
	n = 2;
	text_trim(&s, &n);
	ck_assert_uint_eq(n, 0);
}
END_TEST

static const struct {
	const char *text;
	bool good;
} utf8_rows[] = {
	{ "", true },
	{ "plain", true },
	{ "\xc2\x80", true },
	{ "\xdf\xbf", true },
	{ "\xe0\xa0\x80", true },
	{ "\xed\x9f\xbf", true },
	{ "\xee\x80\x80", true },
	{ "\xf0\x90\x80\x80", true },
	{ "\xf4\x8f\xbf\xbf", true },
	{ "\x80", false },
	{ "\xc0\x80", false },         /* overlong NUL */
	{ "\xc1\xbf", false },         /* overlong */
	{ "\xe0\x9f\xbf", false },     /* overlong */
	{ "\xf0\x8f\xbf\xbf", false }, /* overlong */
	{ "\xed\xa0\x80", false },     /* surrogate */
	{ "\xed\xbf\xbf", false },
	{ "\xf4\x90\x80\x80", false }, /* past U+10FFFF */
	{ "\xf5\x80\x80\x80", false },
	{ "\xff", false },
	{ "\xc3", false },
	{ "\xe2\x82", false },
	{ "\xe2\x28\xa1", false },
	{ "\xf0\x9f\x98", false },
	{ "a\xc3(", false },
};

START_TEST(knows_well_formed_utf8)
{
	ck_assert(text_is_utf8("a\0b", 3));
	for (size_t i = 0; i < sizeof utf8_rows / sizeof utf8_rows[0]; i++)
		ck_assert_msg(text_is_utf8(utf8_rows[i].text, strlen(utf8_rows[i].text)) == utf8_rows[i].good,
		    "row %zu", i);
}
END_TEST

static void
expect_printable(const char *text, size_t n, size_t max, const char *want)
{
	struct buffer b = BUFFER_INIT(1000);
	struct error e = ERROR_INIT;

	expect_ok(text_printable(text, n, max, &b, &e));
	ck_assert_str_eq(buffer_text(&b), want);
	ck_assert_uint_eq(b.size, strlen(want));
	buffer_done(&b);
}

START_TEST(printable_text_has_no_control_characters)
{
	expect_printable("a\r\nb\0c", 6, 100, "a??b?c");
	expect_printable("\033[2J\x7f", 5, 100, "?[2J?");
	expect_printable("\xc3\xa9\xff\xc2\x85\xe2\x80\xa8.", 9, 100, "\xc3\xa9???.");
	expect_printable("", 0, 100, "");
}
END_TEST

START_TEST(printable_text_is_cut_between_characters)
{
	expect_printable("abcdef", 6, 6, "abcdef");
	expect_printable("abcdefg", 7, 6, "abc...");
	expect_printable("ab\xc3\xa9\xc3\xa9", 6, 6, "ab\xc3\xa9\xc3\xa9");
	expect_printable("ab\xc3\xa9\xc3\xa9g", 7, 6, "ab...");
	expect_printable("abc", 3, 2, "ab");
	expect_printable("abc", 3, 0, "");
}
END_TEST

START_TEST(printable_text_that_does_not_fit_leaves_the_buffer)
{
	struct buffer b = BUFFER_INIT(4);
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_text(&b, "ab", &e));
	expect_error(text_printable("cde", 3, 10, &b, &e), ERROR_TOO_LARGE);
	ck_assert_str_eq(buffer_text(&b), "ab");
	ck_assert_uint_eq(b.size, 2);
	buffer_done(&b);
}
END_TEST

Suite *
suite_text(void)
{
	Suite *s = suite_create("text");
	TCase *t = tcase_create("text");

	tcase_add_test(t, compares_ascii_letters_only);
	tcase_add_test(t, trims_both_ends);
	tcase_add_test(t, knows_well_formed_utf8);
	tcase_add_test(t, printable_text_has_no_control_characters);
	tcase_add_test(t, printable_text_is_cut_between_characters);
	tcase_add_test(t, printable_text_that_does_not_fit_leaves_the_buffer);
	suite_add_tcase(s, t);
	return s;
}
