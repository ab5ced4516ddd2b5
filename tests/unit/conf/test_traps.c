/* SPDX-License-Identifier: BSD-2-Clause */

/* What libconfuse 3.3 reads in another way than it was meant, each measured there and each refused here. */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/conf/reading.h"

START_TEST(refuses_an_unclosed_comment_which_would_swallow_all_that_follows)
{
	refuses_more(
	    "defaults {\n}\n/* from here\nlistener \"in\" { }\n", "test.conf:4: the comment is not closed");
	refuses_more("/* from here\nuser = mail\n/* to here */\n", "test.conf:2: the comment is not closed");
	refuses_more("/*", "no line end");
	refuses_more("/*\n", "test.conf:2: the comment is not closed");
	refuses_more("/*/\n", "test.conf:2: the comment is not closed");
}
END_TEST

START_TEST(refuses_an_unclosed_string)
{
	refuses_more("user = \"mail\nlog-level = \"info\"\n", "test.conf:2: the string is not closed");
	refuses_more("user = \"mail\\\nx\"\n", "test.conf:2: a lone backslash");
}
END_TEST

START_TEST(refuses_an_unclosed_section_which_the_end_of_the_file_would_close)
{
	refuses_more("defaults {\n\tsign = \"off\"\n", "test.conf:2: this { is not closed");
	refuses_more("listener \"in\" {\n\tdaemon \"x\" {\n\t\trole = local\n\t}\n",
	    "test.conf:2: this { is not closed");
	refuses("local-domains = {\n\"example.org\",\n", "test.conf:1: this { is not closed");
}
END_TEST

START_TEST(never_consults_the_environment)
{
	setenv("POSTSEAL_TEST", "mail", 1);
	refuses_more("user = \"${POSTSEAL_TEST}\"\n", "test.conf:2: \"${\" in a string");
	refuses_more("user = \"x${POSTSEAL_TEST:-y}\"\n", "\"${\" in a string");
	refuses_more("user = ${POSTSEAL_TEST}\n", "test.conf:2: \"$\" outside of a string");
	settings_unref(reads_more("# ${POSTSEAL_TEST} in a comment is nobody's business\n"));
	unsetenv("POSTSEAL_TEST");
}
END_TEST

START_TEST(refuses_a_repeated_setting_of_which_the_last_would_hold)
{
	refuses_more("user = a\nuser = b\n", "test.conf:3: user: written already in test.conf:2");
	refuses_more("crls = { }\ncrls = { \"/c\" }\n", "test.conf:3: crls: written already in test.conf:2");
	refuses_more("defaults { sign = off\nsign = required }\n",
	    "test.conf:3: sign: written already in test.conf:2");
	refuses_more("local-domains = \"example.net\"\n",
	    "test.conf:2: local-domains: written already in test.conf:1");
}
END_TEST

START_TEST(refuses_a_repeated_section_of_which_the_last_would_hold)
{
	refuses_more("defaults { }\ndefaults { }\n", "test.conf:3: defaults: written already in test.conf:2");
	refuses_more("domain \"a.example\" { }\n\ndomain \"a.example\" { }\n",
	    "test.conf:4: domain \"a.example\": written already in test.conf:2");
	refuses_more("listener \"in\" { socket = \"unix:/a\" role = local }\nlistener \"in\" { }\n",
	    "test.conf:3: listener \"in\"");
	refuses_more("listener \"in\" { daemon \"x\" { role = local }\ndaemon \"x\" { role = local } }\n",
	    "test.conf:3: listener \"in\", daemon \"x\": written already in test.conf:2");
}
END_TEST

START_TEST(refuses_sections_that_differ_only_in_writing)
{
	refuses_more("domain \"Partner.Example\" { }\ndomain \"partner.example.\" { }\n",
	    "test.conf:3: domain \"partner.example.\": the same as domain \"Partner.Example\" in "
	    "test.conf:2");
	refuses_more("domain \"*.partner.example\" { }\ndomain \".partner.example\" { }\n", "the same as");
	refuses_more(
	    "address \"a@example.org\" { }\naddress \"A@Example.org\" { }\n", "test.conf:3: address");
}
END_TEST

START_TEST(does_not_read_a_leading_zero_as_octal)
{
	refuses_more(
	    "lookup-timeout = 010\n", "test.conf:2: lookup-timeout: \"010\": a number with a leading zero");
	refuses_more("lookup-timeout = \"010s\"\n", "leading zero");
	refuses_more("lookup-timeout = 0x10\n", "not a duration");
}
END_TEST

START_TEST(refuses_characters_that_would_vanish_from_a_word)
{
	refuses("local-domains = *.example.org\n", "test.conf:1: \"*\" outside of a string");
	refuses_more("user = a+b\n", "\"+\" outside of a string");
	refuses_more("address a@example.org { }\n", "test.conf:2: \"@\" outside of a string");
	refuses_more("user = (mail)\n", "\"(\" outside of a string");
	refuses_more("user = mail;\n", "\";\" outside of a string");
	refuses_more("user = 'mail'\n", "a single quote");
	refuses_more("user = b\xc3\xbc"
		     "cher\n",
	    "\"\xc3\xbc\" outside of a string");
	refuses_more("store = /a//b\n", "\"/\" outside of a string");
	refuses_more("crls += { \"/c\" }\n", "\"+\" outside of a string");
}
END_TEST

START_TEST(refuses_escapes_that_would_become_other_characters)
{
	static const char *const escapes[] = { "\\n", "\\0", "\\101", "\\x41", "\\e", "\\q", "\\9" };
	char text[64];

	for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
		snprintf(text, sizeof text, "user = \"a%sb\"\n", escapes[i]);
		refuses_more(text, "test.conf:2: a lone backslash");
	}
}
END_TEST

START_TEST(refuses_octets_that_no_text_has)
{
	static const char nul[] = LOCAL "# a\0b\n";
	struct error e = ERROR_INIT;
	struct settings *s = NULL;

	expect_error(settings_load_text("test.conf", nul, sizeof nul - 1, &s, &e), ERROR_CONFIGURATION);
	refuses("\xef\xbb\xbf" LOCAL, "test.conf:1: a byte order mark");
	refuses_more("# \r\n", "test.conf:2: a carriage return");
	refuses_more("# \x1b[31m\n", "test.conf:2: a control character");
	refuses_more("# \xe4\n", "test.conf:2: not UTF-8");
	refuses_more("# \xc2\x85\n", "test.conf:2: a control character");
	refuses_more("# \xe2\x80\xa8\n", "test.conf:2: a control character");
}
END_TEST

START_TEST(refuses_a_last_line_without_its_end)
{
	refuses("local-domains = { \"example.org\" }", "test.conf:1: the last line has no line end");
	refuses_more("# a comment", "test.conf:2: the last line has no line end");
}
END_TEST

START_TEST(does_not_reach_into_other_sections_by_a_name_with_a_bar)
{
	refuses_more("defaults { }\ndefaults|sign = off\n", "test.conf:3: \"|\" outside of a string");
	refuses_more("\"defaults|sign\" = off\n",
	    "test.conf:2: \"defaults|sign\" where a setting or section is expected");
}
END_TEST

START_TEST(refuses_a_list_where_one_value_belongs)
{
	refuses_more("user = { \"a\", \"b\" }\n", "test.conf:2: user: a list where one value is expected");
	refuses_more("user = { }\n", "a list where one value is expected");
}
END_TEST

START_TEST(counts_lines_right_behind_comments_and_lists)
{
	struct settings *s = reads("# one\n// two\n/* three\nfour */\nlocal-domains = {\n\t\"a.example\", # "
				   "six\n\t\"b.example\",\n}\n"
				   "### nine\nuser = mail\n");

	ck_assert_uint_eq(settings_global(s, SETTING_LOCAL_DOMAINS)->origin.line, 5);
	ck_assert_uint_eq(settings_global(s, SETTING_USER)->origin.line, 10);
	settings_unref(s);
	refuses("local-domains = {\n# two\n\t\"a.example\",\n\t\"-\"\n}\n",
	    "test.conf:4: local-domains: \"-\": not a domain");
}
END_TEST

START_TEST(does_not_care_about_an_old_errno)
{
	struct settings *s;

	errno = ERANGE;
	s = reads_more("lookup-timeout = 7\n");
	ck_assert_int_eq(settings_global(s, SETTING_LOOKUP_TIMEOUT)->number, 7);
	settings_unref(s);
}
END_TEST

START_TEST(a_refused_text_leaves_nothing_behind_for_the_next)
{
	refuses_more("user = \"mail\n", "not closed");
	refuses_more("/* \n", "not closed");
	refuses_more("defaults { sign = \n", "not closed");
	settings_unref(reads_more("user = mail\n"));
}
END_TEST

static void *
read_often(void *ctx)
{
	char text[200], name[16];

	snprintf(name, sizeof name, "user-%d", *(int *)ctx);
	snprintf(text, sizeof text, "user = %s\ndomain \"%s.example\" { sign = off }\n", name, name);
	for (int i = 0; i < 200; i++) {
		struct settings *s = reads_more(text);

		ck_assert_str_eq(settings_global(s, SETTING_USER)->text, name);
		settings_unref(s);
	}
	return NULL;
}

START_TEST(parses_of_several_threads_do_not_mix)
{
	pthread_t threads[4];
	int numbers[4];

	for (int i = 0; i < 4; i++) {
		numbers[i] = i;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_often, &numbers[i]), 0);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}
END_TEST

Suite *
suite_traps(void)
{
	Suite *suite = suite_create("conf/traps");
	TCase *tc = tcase_create("traps of libconfuse");

	tcase_add_test(tc, refuses_an_unclosed_comment_which_would_swallow_all_that_follows);
	tcase_add_test(tc, refuses_an_unclosed_string);
	tcase_add_test(tc, refuses_an_unclosed_section_which_the_end_of_the_file_would_close);
	tcase_add_test(tc, never_consults_the_environment);
	tcase_add_test(tc, refuses_a_repeated_setting_of_which_the_last_would_hold);
	tcase_add_test(tc, refuses_a_repeated_section_of_which_the_last_would_hold);
	tcase_add_test(tc, refuses_sections_that_differ_only_in_writing);
	tcase_add_test(tc, does_not_read_a_leading_zero_as_octal);
	tcase_add_test(tc, refuses_characters_that_would_vanish_from_a_word);
	tcase_add_test(tc, refuses_escapes_that_would_become_other_characters);
	tcase_add_test(tc, refuses_octets_that_no_text_has);
	tcase_add_test(tc, refuses_a_last_line_without_its_end);
	tcase_add_test(tc, does_not_reach_into_other_sections_by_a_name_with_a_bar);
	tcase_add_test(tc, refuses_a_list_where_one_value_belongs);
	tcase_add_test(tc, counts_lines_right_behind_comments_and_lists);
	tcase_add_test(tc, does_not_care_about_an_old_errno);
	tcase_add_test(tc, a_refused_text_leaves_nothing_behind_for_the_next);
	tcase_add_test(tc, parses_of_several_threads_do_not_mix);
	suite_add_tcase(suite, tc);
	return suite;
}
