/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "smime/result_field.h"
#include "tests/unit/support.h"

#define ID "smime.mx.example.org"

static enum result_field_judgement
judge(const char *value)
{
	return result_field_judge(value, strlen(value), ID, false);
}

static enum result_field_judgement
judge_shared(const char *value)
{
	return result_field_judge(value, strlen(value), ID, true);
}

/* ---- forged ones ---- */

static const char *const ours[] = {
	" " ID "; smime=pass",
	ID ";smime=pass",
	" SMIME.MX.Example.ORG; smime=pass",
	"\r\n " ID ";\r\n smime=pass",
	" (comment) " ID " (another (nested)) 1 ; smime=pass",
	" (a \\) in it)" ID "; none",
	" \"" ID "\"; smime=pass",
	" \"smime\\.mx.example.org\"; smime=pass",
	" " ID ".; smime=pass",
	" " ID,
	" " ID " 1; dkim=pass",
	" " ID " 99; smime=pass",
	" " ID "; smime (x) = (y) pass",
};

START_TEST(finds_its_own_id_however_it_is_written)
{
	ck_assert_msg(judge(ours[_i]) == RESULT_FIELD_OURS, "%s", ours[_i]);
}
END_TEST

static const char *const foreign[] = {
	" mx.example.org; smime=pass",
	" " ID ".evil.example; smime=pass",
	" evil-" ID "; smime=pass",
	" other.example; dkim=pass (as " ID " says)",
	" other.example; dkim=pass reason=\"" ID "\"",
	" other.example 1; none",
	" other.example",
};

START_TEST(keeps_the_results_of_others)
{
	ck_assert_msg(judge(foreign[_i]) == RESULT_FIELD_FOREIGN, "%s", foreign[_i]);
}
END_TEST

static const char *const unreadable[] = {
	" (unclosed " ID "; smime=pass",
	" \"" ID "; smime=pass",
	" " ID "/x; smime=pass",
	" x " ID "; smime=pass",
	" smime.(c)mx.example.org; smime=pass",
	" smime .mx.example.org; smime=pass",
	" =?utf-8?q?" ID "?=; smime=pass",
	" ; " ID "; smime=pass",
	" ; smime.(a(b)c)mx.(\\))example.org; smime=pass",
	" ; smime.(\\\\)mx.example.org; smime=pass",
	" (unclosed smime\\.mx.(c)example.org; smime=pass",
};

/* Read once: from each parenthesis to the end would take seconds a field. */
START_TEST(takes_comments_beyond_all_measure_for_ours)
{
	static char value[65000];

	memset(value, '(', sizeof(value));
	ck_assert_int_eq(result_field_judge(value, sizeof(value), ID, false), RESULT_FIELD_UNREADABLE);
	memset(value + 60, 'x', sizeof(value) - 60);
	ck_assert_int_eq(result_field_judge(value, sizeof(value), ID, false), RESULT_FIELD_FOREIGN);
}
END_TEST

START_TEST(takes_what_nobody_can_read_for_ours_when_our_id_is_in_it)
{
	ck_assert_msg(judge(unreadable[_i]) == RESULT_FIELD_UNREADABLE ||
	        (strstr(unreadable[_i], ID "/") != NULL && judge(unreadable[_i]) == RESULT_FIELD_OURS),
	    "%s", unreadable[_i]);
}
END_TEST

START_TEST(leaves_what_nobody_can_read_without_our_id)
{
	ck_assert_int_eq(judge(" (unclosed"), RESULT_FIELD_FOREIGN);
	ck_assert_int_eq(judge(""), RESULT_FIELD_FOREIGN);
	ck_assert_int_eq(judge(" ;;;"), RESULT_FIELD_FOREIGN);
}
END_TEST

START_TEST(compares_u_labels_with_a_labels)
{
	const char *value = " b\xc3\xbc" "cher.example; smime=pass";

	ck_assert_int_eq(result_field_judge(value, strlen(value), "xn--bcher-kva.example", false), RESULT_FIELD_OURS);
}
END_TEST

START_TEST(removes_only_smime_results_of_a_shared_id)
{
	ck_assert_int_eq(judge_shared(" " ID "; dkim=pass"), RESULT_FIELD_FOREIGN);
	ck_assert_int_eq(judge_shared(" " ID "; none"), RESULT_FIELD_FOREIGN);
	ck_assert_int_eq(judge_shared(" " ID "; dkim=pass reason=\"a;smime=b\""), RESULT_FIELD_FOREIGN);
	ck_assert_int_eq(judge_shared(" " ID "; dkim=pass (c; smime=pass)"), RESULT_FIELD_FOREIGN);
	ck_assert_int_eq(judge_shared(" " ID "; dkim=pass; smime=pass"), RESULT_FIELD_OURS);
	ck_assert_int_eq(judge_shared(" " ID "; (c) SMIME/1 = pass"), RESULT_FIELD_OURS);
	ck_assert_int_eq(judge_shared(" " ID "; dkim=pass (unclosed ; smime=pass"), RESULT_FIELD_OURS);
	ck_assert_int_eq(judge_shared(" " ID " x; smime=pass"), RESULT_FIELD_UNREADABLE);
}
END_TEST

START_TEST(reads_every_truncation_without_harm)
{
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		for (size_t n = 0; n <= strlen(ours[i]); n++) {
			char *exact = malloc(n + 1);

			ck_assert_ptr_nonnull(exact);
			memcpy(exact, ours[i], n);
			(void)result_field_judge(exact, n, ID, false);
			(void)result_field_judge(exact, n, ID, true);
			free(exact);
		}
}
END_TEST

/* ---- ours ---- */

static void
expect_written(const struct result_line *lines, size_t n, const char *want)
{
	struct buffer out = BUFFER_INIT(65536);
	struct error e = ERROR_INIT;

	expect_ok(result_field_write(ID, lines, n, &out, &e));
	ck_assert_str_eq(buffer_text(&out), want);
	ck_assert_int_eq(result_field_judge(out.data, out.size, ID, true),
	    n > 0 ? RESULT_FIELD_OURS : RESULT_FIELD_FOREIGN);
	buffer_done(&out);
}

START_TEST(writes_results_as_rfc_8601_has_them)
{
	const struct result_line pass = { "pass", NULL, "alice@example.com", NULL, "2", NULL, NULL };
	const struct result_line inner = { "policy", "from-mismatch", "eve@evil.example", NULL, "1/2", NULL, NULL };
	const struct result_line none = { "none", NULL, NULL, NULL, NULL, NULL, NULL };
	const struct result_line domain = { "pass", "domain-signature", "domain-signing-authority@example.com", "example.com", "2", NULL, NULL };
	const struct result_line both[] = { pass, inner };

	expect_written(&pass, 1, " " ID ";\n smime=pass\n body.smime-identifier=alice@example.com\n body.smime-part=2");
	expect_written(&none, 1, " " ID ";\n smime=none");
	expect_written(&domain, 1,
	    " " ID ";\n smime=pass reason=\"domain-signature\"\n body.smime-identifier=domain-signing-authority@example.com\n"
	    " policy.domain-signature=example.com\n body.smime-part=2");
	expect_written(NULL, 0, " " ID "; none");
	expect_written(both, 2,
	    " " ID ";\n smime=pass\n body.smime-identifier=alice@example.com\n body.smime-part=2"
	    ";\n smime=policy reason=\"from-mismatch\"\n body.smime-identifier=eve@evil.example\n"
	    " body.smime-part=\"1/2\"");
}
END_TEST

START_TEST(names_certificates_without_address_by_serial_and_issuer)
{
	const struct result_line line = { "pass", NULL, NULL, NULL, "2", "37410579ed757f42", "CN=\"CA\" 1\n,O=Ac\xc3\xa9,C=DE" };

	expect_written(&line, 1,
	    " " ID ";\n smime=pass\n body.smime-serial=37410579ed757f42\n"
	    " body.smime-issuer=\"CN=\\\"CA\\\" 1\\\\0A,O=Ac\\\\C3\\\\A9,C=DE\"\n body.smime-part=2");
}
END_TEST

START_TEST(lets_no_address_break_out_of_the_field)
{
	static const char *const bad[] = { "\"a b\"@x.example", "a;smime=pass@x.example", "a\r\nX: y@x.example",
		"(c)@x.example", "@x.example", "a@", "none", "a@b@x.example", "\xc3\xa9@x.example" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct result_line line = { "pass", NULL, bad[i], NULL, NULL, NULL, NULL };

		expect_written(&line, 1, " " ID ";\n smime=pass");
	}
}
END_TEST

START_TEST(leaves_out_an_issuer_too_long_for_a_line)
{
	char issuer[2000];
	const struct result_line line = { "pass", NULL, NULL, NULL, NULL, "01", issuer };

	memset(issuer, 'x', sizeof(issuer) - 1);
	issuer[sizeof(issuer) - 1] = '\0';
	expect_written(&line, 1, " " ID ";\n smime=pass");
}
END_TEST

Suite *suite_result_field(void);

Suite *
suite_result_field(void)
{
	Suite *s = suite_create("result_field");
	TCase *t = tcase_create("judge");

	tcase_add_loop_test(t, finds_its_own_id_however_it_is_written, 0, sizeof(ours) / sizeof(ours[0]));
	tcase_add_loop_test(t, keeps_the_results_of_others, 0, sizeof(foreign) / sizeof(foreign[0]));
	tcase_add_loop_test(t, takes_what_nobody_can_read_for_ours_when_our_id_is_in_it, 0,
	    sizeof(unreadable) / sizeof(unreadable[0]));
	tcase_add_test(t, takes_comments_beyond_all_measure_for_ours);
	tcase_add_test(t, leaves_what_nobody_can_read_without_our_id);
	tcase_add_test(t, compares_u_labels_with_a_labels);
	tcase_add_test(t, removes_only_smime_results_of_a_shared_id);
	tcase_add_test(t, reads_every_truncation_without_harm);
	suite_add_tcase(s, t);
	t = tcase_create("write");
	tcase_add_test(t, writes_results_as_rfc_8601_has_them);
	tcase_add_test(t, names_certificates_without_address_by_serial_and_issuer);
	tcase_add_test(t, lets_no_address_break_out_of_the_field);
	tcase_add_test(t, leaves_out_an_issuer_too_long_for_a_line);
	suite_add_tcase(s, t);
	return s;
}
