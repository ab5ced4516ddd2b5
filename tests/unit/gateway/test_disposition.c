/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "gateway/gateway.h"
#include "tests/unit/support.h"

Suite *suite_disposition(void);

START_TEST(answers_every_error_in_a_form_that_an_mta_takes)
{
	static const enum verdict verdicts[] = { VERDICT_REFUSE, VERDICT_RETRY_LATER };
	struct error e = ERROR_INIT;

	for (int code = ERROR_NONE; code < ERROR_COUNT; code++)
		for (size_t i = 0; i < 2; i++) {
			struct gateway_answer answer;

			e = (struct error){ .code = (enum error_code)code, .detail = "100% of /etc/secret\x01\xc3\xa9" };
			gateway_reply(verdicts[i], &e, &answer);
			ck_assert_int_eq(answer.verdict, verdicts[i]);
			ck_assert_int_eq(answer.code[0], verdicts[i] == VERDICT_REFUSE ? '5' : '4');
			ck_assert_int_eq(answer.status[0], answer.code[0]);
			ck_assert_uint_eq(strlen(answer.code), 3);
			ck_assert_uint_gt(strlen(answer.text), 0);
			for (const char *c = answer.text; *c != '\0'; c++)
				ck_assert_msg(*c >= ' ' && *c < 0x7f && *c != '%', "%s: %s", error_name(e.code), answer.text);
		}
}
END_TEST

START_TEST(tells_an_outsider_no_detail_but_recipients)
{
	struct error local = { ERROR_SEAL, "/var/lib/postseal/master.key" }, names = { ERROR_CERTIFICATE_MISSING, "a@b.example" };
	struct gateway_answer answer;

	gateway_reply(VERDICT_RETRY_LATER, &local, &answer);
	ck_assert_ptr_null(strstr(answer.text, "master"));
	gateway_reply(VERDICT_REFUSE, &names, &answer);
	ck_assert_str_eq(answer.text, "no usable certificate is known for a recipient: a@b.example");
}
END_TEST

START_TEST(keeps_the_longest_detail_within_a_reply)
{
	struct error e = { .code = ERROR_CERTIFICATE_MISSING };
	struct gateway_answer answer;

	memset(e.detail, 'x', sizeof(e.detail) - 1);
	gateway_reply(VERDICT_REFUSE, &e, &answer);
	ck_assert_uint_lt(strlen(answer.text), GATEWAY_REPLY_MAX);
}
END_TEST

START_TEST(tries_again_after_faults_and_refuses_what_the_sender_must_change)
{
	struct error e = ERROR_INIT;

	ck_assert_int_eq(gateway_disposition(&e), VERDICT_RETRY_LATER);
	e.code = ERROR_NO_MEMORY;
	ck_assert_int_eq(gateway_disposition(&e), VERDICT_RETRY_LATER);
	e.code = ERROR_RECORD;
	ck_assert_int_eq(gateway_disposition(&e), VERDICT_RETRY_LATER);
	e.code = ERROR_TOO_LARGE;
	ck_assert_int_eq(gateway_disposition(&e), VERDICT_REFUSE);
}
END_TEST

Suite *
suite_disposition(void)
{
	Suite *s = suite_create("disposition");
	TCase *t = tcase_create("disposition");

	tcase_add_test(t, answers_every_error_in_a_form_that_an_mta_takes);
	tcase_add_test(t, tells_an_outsider_no_detail_but_recipients);
	tcase_add_test(t, keeps_the_longest_detail_within_a_reply);
	tcase_add_test(t, tries_again_after_faults_and_refuses_what_the_sender_must_change);
	suite_add_tcase(s, t);
	return s;
}
