/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/encoding.h"
#include "tests/attacks/attack.h"

Suite *suite_alarms(void);

/* What the attacks go by must itself ring: the canary is found in whatever form it gets out. */

static void
expect_found(const char *data, size_t n, const char *how)
{
	const char *found = canary_found(data, n);

	ck_assert_msg(found != NULL && strcmp(found, how) == 0, "%s instead of %s", found == NULL ? "not found" : found, how);
}

START_TEST(finds_the_canary_and_any_eight_octets_of_it)
{
	static const char within[] = "x" CANARY "y", folded[] = "Zq7-canary-\r\n Wm3Xk\r\n9Tb5Rn1Vy8";

	expect_found(within, sizeof(within) - 1, "plain");
	expect_found(folded, sizeof(folded) - 1, "plain");
	for (size_t i = 0; i + 8 <= sizeof(CANARY) - 1; i++)
		expect_found(&CANARY[i], 8, "plain");
	ck_assert_ptr_null(canary_found("canary", 6));
	ck_assert_ptr_null(canary_found("", 0));
}
END_TEST

START_TEST(finds_the_canary_encoded)
{
	static const char quoted[] = "=5Aq7=2Dcanary=2DW=\r\nm3Xk9";
	static const char hex[] = "5A71372D63616E6172792D576D33586B39546235526E31567938";
	struct buffer code = BUFFER_INIT(1024);
	struct error e = ERROR_INIT;

	expect_found(quoted, sizeof(quoted) - 1, "quoted-printable");
	expect_found(hex, sizeof(hex) - 1, "hexadecimal");
	for (size_t shift = 0; shift < 3; shift++) {
		struct buffer plain = text("%.*s%s, and more", (int)shift, "abc", CANARY), broken;

		buffer_clear(&code);
		expect_ok(base64_encode_line(plain.data, plain.size, &code, &e));
		broken = text("%.20s\r\n%s", code.data, code.data + 20);
		expect_found(broken.data, broken.size, "base64");
		buffer_done(&plain);
		buffer_done(&broken);
	}
	buffer_done(&code);
}
END_TEST

Suite *
suite_alarms(void)
{
	Suite *s = suite_create("alarms");
	TCase *t = tcase_create("alarms");

	tcase_add_test(t, finds_the_canary_and_any_eight_octets_of_it);
	tcase_add_test(t, finds_the_canary_encoded);
	suite_add_tcase(s, t);
	return s;
}
