/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "mime/tag_list.h"
#include "tests/unit/support.h"

Suite *suite_tag_list(void);

static void
expect_value(const char *list, const char *name, const char *want)
{
	struct error e = ERROR_INIT;
	struct tag_value value;

	expect_ok(tag_list_find(list, strlen(list), name, &value, &e));
	if (want == NULL) {
		ck_assert_msg(value.at == NULL, "%s: %s", list, name);
		return;
	}
	ck_assert_msg(value.at != NULL && value.size == strlen(want) && memcmp(value.at, want, value.size) == 0, "%s: %s", list,
	    name);
}

static void
expect_none(const char *list, size_t n)
{
	struct tag_value value = { "untouched", 9 };
	struct error e = ERROR_INIT;

	ck_assert_msg(tag_list_find(list, n, "d", &value, &e) == -1, "%.*s", (int)n, list);
	ck_assert_int_eq(e.code, ERROR_HEADER_SYNTAX);
	ck_assert_str_eq(value.at, "untouched");
}

START_TEST(finds_a_value_without_the_white_space_around_it)
{
	static const char list[] = " v=1; a=rsa-sha256;\r\n\td = a.example\r\n ; s=x;h=From : To:\r\n Subject;b_2=AA\r\n BB==; t=;";

	expect_value(list, "v", "1");
	expect_value(list, "d", "a.example");
	expect_value(list, "h", "From : To:\r\n Subject");
	expect_value(list, "b_2", "AA\r\n BB==");
	expect_value(list, "t", "");
	expect_value("d=a.example", "d", "a.example");
	expect_value("d=a.example;  \r\n ", "d", "a.example");
	expect_value("d=b\xc3\xbc" "cher.example", "d", "b\xc3\xbc" "cher.example");
}
END_TEST

START_TEST(says_which_tag_is_absent)
{
	expect_value("d=a.example; bh=x", "b", NULL);
	expect_value("d=a.example; bh=x", "D", NULL);
	expect_value("d=a.example; bh=x", "", NULL);
	expect_value("d=a.example; bh=x", "bhx", NULL);
	expect_value("i=d=a.example", "d", NULL);
}
END_TEST

START_TEST(a_list_that_is_none_has_no_value)
{
	static const char *const lists[] = { "", " ", ";", "d", "d=a; s", "d=a;; s=b", "=a", "1d=a", "d d=a", "d-e=a", "_d=a",
		"d=a; d=b", "d=a; s=1; d =a", "d=a\x01", "d=a\x7f", "d=a; s=\x02", "\xc3\xbc=a" };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		expect_none(lists[i], strlen(lists[i]));
	expect_none("d=a\0b", 5);
}
END_TEST

START_TEST(has_a_bound)
{
	char list[1024] = "";
	size_t n = 0;

	for (int i = 0; i < 64; i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "d%d=%d;", i, i);
	expect_value(list, "d63", "63");
	(void)snprintf(list + n, sizeof(list) - n, "d=a;");
	expect_none(list, strlen(list));
}
END_TEST

START_TEST(a_list_that_is_cut_off_gives_no_more_than_it_has)
{
	static const char list[] = "v=1; d=a.example; h=From:To; b=xx";

	for (size_t n = 0; n < sizeof(list); n++) {
		struct tag_value value = { NULL, 0 };
		struct error e = ERROR_INIT;

		if (tag_list_find(list, n, "d", &value, &e) == 0 && value.at != NULL)
			ck_assert(value.at + value.size <= list + n && strncmp(value.at, "a.example", value.size) == 0);
	}
}
END_TEST

Suite *
suite_tag_list(void)
{
	Suite *s = suite_create("tag list");
	TCase *t = tcase_create("tag list");

	tcase_add_test(t, finds_a_value_without_the_white_space_around_it);
	tcase_add_test(t, says_which_tag_is_absent);
	tcase_add_test(t, a_list_that_is_none_has_no_value);
	tcase_add_test(t, has_a_bound);
	tcase_add_test(t, a_list_that_is_cut_off_gives_no_more_than_it_has);
	suite_add_tcase(s, t);
	return s;
}
