/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "mime/boundary.h"
#include "mime/media_type.h"
#include "tests/unit/support.h"

Suite *suite_boundary(void);

START_TEST(a_boundary_needs_no_quotes)
{
	char boundary[BOUNDARY_SIZE], value[100];
	struct error e = ERROR_INIT;
	struct media_type *m = NULL;

	expect_ok(boundary_make(boundary, &e));
	ck_assert_uint_le(strlen(boundary), 70); /* RFC 2046 5.1.1 */
	ck_assert_uint_eq(strspn(boundary, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(boundary));
	snprintf(value, sizeof(value), "multipart/mixed; boundary=%s", boundary);
	expect_ok(media_type_parse(value, strlen(value), &m, &e));
	ck_assert(!m->ambiguous);
	ck_assert_str_eq(media_type_parameter(m, "boundary"), boundary);
	media_type_free(m);
}
END_TEST

START_TEST(each_boundary_is_another)
{
	char boundaries[100][BOUNDARY_SIZE];
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < 100; i++) {
		expect_ok(boundary_make(boundaries[i], &e));
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(boundaries[i], boundaries[j]);
	}
}
END_TEST

Suite *
suite_boundary(void)
{
	Suite *s = suite_create("boundary");
	TCase *t = tcase_create("boundary");

	tcase_add_test(t, a_boundary_needs_no_quotes);
	tcase_add_test(t, each_boundary_is_another);
	suite_add_tcase(s, t);
	return s;
}
