/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/random.h"
#include "tests/unit/support.h"

Suite *suite_random(void);

START_TEST(fills_every_place)
{
	unsigned char seen[1000] = { 0 }, octets[1000];
	struct error e = ERROR_INIT;

	/* An octet that stays 0 through 10 draws has a chance of 2^-80. */
	for (int i = 0; i < 10; i++) {
		expect_ok(random_octets(octets, sizeof octets, &e));
		for (size_t k = 0; k < sizeof octets; k++)
			seen[k] |= octets[k];
	}
	ck_assert_ptr_null(memchr(seen, 0, sizeof seen));
	expect_ok(random_octets(NULL, 0, &e));
}
END_TEST

START_TEST(an_id_is_32_digits_and_new)
{
	char one[RANDOM_ID_SIZE], two[RANDOM_ID_SIZE];
	struct error e = ERROR_INIT;

	expect_ok(random_id(one, &e));
	expect_ok(random_id(two, &e));
	ck_assert_uint_eq(strlen(one), 32);
	ck_assert_uint_eq(strspn(one, "0123456789abcdef"), 32);
	ck_assert_str_ne(one, two);
}
END_TEST

Suite *
suite_random(void)
{
	Suite *s = suite_create("random");
	TCase *t = tcase_create("random");

	tcase_add_test(t, fills_every_place);
	tcase_add_test(t, an_id_is_32_digits_and_new);
	suite_add_tcase(s, t);
	return s;
}
