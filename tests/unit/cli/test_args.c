/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "cli/args.h"
#include "tests/unit/support.h"

#define ARGC(argv) ((int)(sizeof(argv) / sizeof((argv)[0])) - 1)

/* A command line is writable text in C. */
#define LINE(...) { (char[]){ "verb" }, __VA_ARGS__, NULL }
#define WORD(s)   (char[]){ s }

START_TEST(options_stand_anywhere_and_words_keep_their_order)
{
	struct error e = ERROR_INIT;
	struct cli c = { 0 };
	const char *out = NULL;
	bool flag = false;
	const struct arg_option options[] = { { "out", ARG_TEXT, &out }, { "flag", ARG_FLAG, &flag }, { NULL, ARG_FLAG, NULL } };
	char *argv[] = LINE(WORD("one"), WORD("--out"), WORD("file"), WORD("two"), WORD("--flag"), WORD("three"));
	struct arg_list words;

	expect_ok(args_parse(&c, ARGC(argv), argv, options, &words, 3, 3, &e));
	ck_assert_str_eq(words.items[0], "one");
	ck_assert_str_eq(words.items[1], "two");
	ck_assert_str_eq(words.items[2], "three");
	ck_assert_ptr_null(words.items[3]);
	ck_assert_str_eq(out, "file");
	ck_assert(flag);
}
END_TEST

START_TEST(a_value_stands_behind_an_equals_sign_too)
{
	struct error e = ERROR_INIT;
	struct cli c = { 0 };
	const char *name = NULL;
	int64_t days = 0;
	struct arg_list to = { .count = 0 }, words;
	const struct arg_option options[] = { { "name", ARG_TEXT, &name }, { "days", ARG_NUMBER, &days }, { "to", ARG_LIST, &to },
		{ NULL, ARG_FLAG, NULL } };
	char *argv[] = LINE(WORD("--name=a=b"), WORD("--days=30"), WORD("--to=x"), WORD("--to"), WORD("y"));

	expect_ok(args_parse(&c, ARGC(argv), argv, options, &words, 0, 0, &e));
	ck_assert_str_eq(name, "a=b");
	ck_assert_int_eq(days, 30);
	ck_assert_uint_eq(to.count, 2);
	ck_assert_str_eq(to.items[0], "x");
	ck_assert_str_eq(to.items[1], "y");
}
END_TEST

START_TEST(every_command_knows_json_and_reason)
{
	struct error e = ERROR_INIT;
	struct cli c = { 0 };
	char *argv[] = LINE(WORD("--json"), WORD("--reason"), WORD("because"));
	struct arg_list words;

	expect_ok(args_parse(&c, ARGC(argv), argv, NULL, &words, 0, 0, &e));
	ck_assert(c.json);
	ck_assert_str_eq(c.reason, "because");
	ck_assert_str_eq(c.witness.reason, "because");
}
END_TEST

START_TEST(two_dashes_end_the_options_and_one_is_a_word)
{
	struct error e = ERROR_INIT;
	struct cli c = { 0 };
	char *argv[] = LINE(WORD("-"), WORD("--"), WORD("--json"), WORD("--"));
	struct arg_list words;

	expect_ok(args_parse(&c, ARGC(argv), argv, NULL, &words, 3, 3, &e));
	ck_assert(!c.json);
	ck_assert_str_eq(words.items[0], "-");
	ck_assert_str_eq(words.items[1], "--json");
	ck_assert_str_eq(words.items[2], "--");
}
END_TEST

/* What is wrong, and a word that the error says. */
static const struct {
	const char *words[4];
	const char *says;
} wrong[] = {
	{ { "--unknown" }, "--unknown" },
	{ { "--fl" }, "--fl" },
	{ { "--flags" }, "--flags" },
	{ { "--flag=1" }, "takes no value" },
	{ { "--out" }, "needs a value" },
	{ { "--days", "x" }, "number" },
	{ { "--days", "-1" }, "number" },
	{ { "--days", "" }, "number" },
	{ { "--days", "1x" }, "number" },
	{ { "--days", "99999999999999999999" }, "number" },
	{ { "a", "b" }, "too many" },
	{ { NULL }, "too few" },
};

START_TEST(wrong_words_are_named)
{
	struct error e = ERROR_INIT;
	struct cli c = { 0 };
	const char *out = NULL;
	int64_t days = 7;
	bool flag = false;
	const struct arg_option options[] = { { "out", ARG_TEXT, &out }, { "days", ARG_NUMBER, &days }, { "flag", ARG_FLAG, &flag },
		{ NULL, ARG_FLAG, NULL } };
	char text[4][32], *argv[6] = { text[0] };
	struct arg_list words;
	int argc = 1;

	for (size_t i = 0; i < 3 && wrong[_i].words[i] != NULL; i++) {
		strcpy(text[argc], wrong[_i].words[i]);
		argv[argc] = text[argc];
		argc++;
	}
	argv[argc] = NULL;
	ck_assert_int_eq(args_parse(&c, argc, argv, options, &words, 1, 1, &e), -1);
	ck_assert_msg(strstr(error_text(&e), wrong[_i].says) != NULL, "%s", error_text(&e));
	expect_error(-1, ERROR_USAGE);
	ck_assert_int_eq(days, 7);
}
END_TEST

START_TEST(words_past_the_ceiling_are_refused)
{
	struct error e = ERROR_INIT;
	struct cli c = { 0 };
	static char word[] = "w";
	static char *argv[ARGS_MAX + 3];
	struct arg_list words;

	for (size_t i = 0; i < ARGS_MAX + 2; i++)
		argv[i] = word;
	expect_ok(args_parse(&c, ARGS_MAX + 1, argv, NULL, &words, 0, ARGS_MAX, &e));
	ck_assert_uint_eq(words.count, ARGS_MAX);
	expect_error(args_parse(&c, ARGS_MAX + 2, argv, NULL, &words, 0, ARGS_MAX + 1, &e), ERROR_USAGE);
}
END_TEST

Suite *suite_args(void);

Suite *
suite_args(void)
{
	Suite *s = suite_create("args");
	TCase *t = tcase_create("args");

	tcase_add_test(t, options_stand_anywhere_and_words_keep_their_order);
	tcase_add_test(t, a_value_stands_behind_an_equals_sign_too);
	tcase_add_test(t, every_command_knows_json_and_reason);
	tcase_add_test(t, two_dashes_end_the_options_and_one_is_a_word);
	tcase_add_loop_test(t, wrong_words_are_named, 0, (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(t, words_past_the_ceiling_are_refused);
	suite_add_tcase(s, t);
	return s;
}
