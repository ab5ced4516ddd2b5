/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/unit/support.h"

Suite *suite_memory(void);

START_TEST(new_room_is_zeroed)
{
	struct error e = ERROR_INIT;
	unsigned char *p = memory_new(100, 3, &e);

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < 300; i++)
		ck_assert_uint_eq(p[i], 0);
	free(p);
}
END_TEST

START_TEST(nothing_is_room_too)
{
	struct error e = ERROR_INIT;
	void *p = memory_new(0, 8, &e), *q = memory_resize(NULL, 0, 8, &e);

	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_nonnull(q);
	p = memory_resize(p, 0, 0, &e);
	ck_assert_ptr_nonnull(p);
	free(p);
	free(q);
}
END_TEST

START_TEST(an_overflowing_product_fails)
{
	struct error e = ERROR_INIT;
	volatile size_t huge = SIZE_MAX / 2;
	char *p = memory_text("stays", &e);

	ck_assert_ptr_null(memory_new(huge, 3, &e));
	expect_error(-1, ERROR_NO_MEMORY);
	ck_assert_ptr_null(memory_resize(p, huge, 3, &e));
	expect_error(-1, ERROR_NO_MEMORY);
	ck_assert_str_eq(p, "stays");
	ck_assert_ptr_null(memory_copy("", SIZE_MAX, &e));
	expect_error(-1, ERROR_NO_MEMORY);
	free(p);
}
END_TEST

START_TEST(a_copy_ends_in_nul)
{
	struct error e = ERROR_INIT;
	char *p = memory_copy("a\0bc", 3, &e), *empty = memory_copy(NULL, 0, &e);
	char *text = memory_format(&e, "%s-%d", "x", 42);

	ck_assert_int_eq(memcmp(p, "a\0b", 4), 0);
	ck_assert_str_eq(empty, "");
	ck_assert_str_eq(text, "x-42");
	free(p);
	free(empty);
	free(text);
}
END_TEST

START_TEST(the_nth_allocation_fails_once)
{
	struct error e = ERROR_INIT;
	char *p;

	memory_fail_at(3);
	free(memory_new(1, 1, &e));
	free(memory_text("x", &e));
	ck_assert_int_eq(memory_fail_pending(), 1);
	ck_assert_ptr_null(memory_format(&e, "x"));
	ck_assert_int_eq(memory_fail_pending(), 0);
	expect_error(-1, ERROR_NO_MEMORY);
	p = memory_copy("y", 1, &e);
	ck_assert_ptr_nonnull(p);
	memory_fail_at(1);
	ck_assert_ptr_null(memory_resize(p, 10, 1, &e));
	memory_fail_at(1);
	memory_fail_at(0);
	ck_assert_int_eq(memory_fail_pending(), 0);
	free(p);
}
END_TEST

START_TEST(wiped_octets_are_zero)
{
	char key[] = "secret";

	memory_wipe(key, sizeof key);
	for (size_t i = 0; i < sizeof key; i++)
		ck_assert_int_eq(key[i], 0);
	memory_wipe(NULL, 0);
}
END_TEST

Suite *
suite_memory(void)
{
	Suite *s = suite_create("memory");
	TCase *t = tcase_create("memory");

	tcase_add_test(t, new_room_is_zeroed);
	tcase_add_test(t, nothing_is_room_too);
	tcase_add_test(t, an_overflowing_product_fails);
	tcase_add_test(t, a_copy_ends_in_nul);
	tcase_add_test(t, the_nth_allocation_fails_once);
	tcase_add_test(t, wiped_octets_are_zero);
	suite_add_tcase(s, t);
	return s;
}
