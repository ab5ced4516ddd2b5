/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/first_configuration.h"
#include "cli/made.h"
#include "cli/record_end.h"
#include "conf/settings.h"
#include "tests/unit/support.h"

#define TEXT_MAX 65536

/* ---- the first configuration ------------------------------------------------------------ */

START_TEST(the_first_configuration_is_read_by_our_reader)
{
	static const char *const domains[] = { "example.org", ".example.net", NULL };
	const struct first_configuration wishes[] = {
		{ domains, "/etc/postseal", NULL, NULL },
		{ domains, "/etc/postseal", "/srv/trial", NULL },
		{ domains, "/etc/postseal", NULL, "mail" },
	};
	const struct first_configuration *w = &wishes[_i];
	struct error e = ERROR_INIT;
	struct buffer text = BUFFER_INIT(TEXT_MAX);
	struct settings *s = NULL;

	expect_ok(first_configuration(w, &text, &e));
	expect_ok(settings_load_text("first", text.data, text.size, &s, &e));
	ck_assert_uint_eq(settings_global(s, SETTING_LOCAL_DOMAINS)->count, 2);
	ck_assert_uint_eq(settings_listener_count(s), 3);
	ck_assert_int_eq(listener_value(settings_listener(s, "out"), SETTING_ROLE)->number, CHOICE_ROLE_SUBMISSION);
	ck_assert_str_eq(settings_global(s, SETTING_USER)->text, w->user != NULL ? w->user : "postseal");
	ck_assert_str_eq(listener_value(settings_listener(s, "in"), SETTING_SOCKET)->text,
	    w->folder != NULL ? "unix:/srv/trial/run/in.sock" : "unix:/run/postseal/in.sock");
	if (w->folder != NULL)
		ck_assert_str_eq(settings_global(s, SETTING_STORE)->text, "/srv/trial/state/store.db");
	settings_unref(s);
	buffer_done(&text);
}
END_TEST

static const struct {
	const char *domain, *folder, *user;
} bad_names[] = {
	{ "a\"b", "/f", "u" },
	{ "a\\b", "/f", "u" },
	{ "a\nb", "/f", "u" },
	{ "a.example", "/f\"", "u" },
	{ "a.example", "/f", "u\"} store = \"x" },
	{ "${HOME}", "/f", "u" },
};

START_TEST(names_that_would_break_out_of_their_quotes_are_refused)
{
	const char *const domains[] = { bad_names[_i].domain, NULL };
	const struct first_configuration w = { domains, "/etc", bad_names[_i].folder, bad_names[_i].user };
	struct error e = ERROR_INIT;
	struct buffer text = BUFFER_INIT(TEXT_MAX);

	expect_error(first_configuration(&w, &text, &e), ERROR_USAGE);
	buffer_done(&text);
}
END_TEST

/* ---- what was made, and unmade ------------------------------------------------------------ */

static int
exists(const char *name)
{
	struct stat st;

	return lstat(scratch(name), &st) == 0;
}

START_TEST(what_was_made_goes_again_and_the_rest_stays)
{
	struct error e = ERROR_INIT;
	struct made made = { .count = 0 };
	char path[4096];

	ck_assert_int_eq(mkdir(scratch("old"), 0755), 0);
	strcpy(path, scratch("old/new/deep"));
	expect_ok(made_daemon_folder(&made, path, 0700, "store", &e));
	expect_ok(file_create(scratch("old/new/deep/file"), "x", 1, 0600, &e));
	strcpy(path, scratch("old/new/deep/file"));
	expect_ok(made_file(&made, path, &e));
	strcpy(path, scratch("old"));
	expect_ok(made_folder(&made, path, 0700, &e));
	made_undo(&made);
	made_done(&made);
	ck_assert(exists("old"));
	ck_assert(!exists("old/new"));
}
END_TEST

START_TEST(a_folder_with_somebody_s_files_is_not_removed)
{
	struct error e = ERROR_INIT;
	struct made made = { .count = 0 };
	char path[4096];

	strcpy(path, scratch("shared"));
	expect_ok(made_folder(&made, path, 0755, &e));
	expect_ok(file_create(scratch("shared/theirs"), "x", 1, 0600, &e));
	made_undo(&made);
	made_done(&made);
	ck_assert(exists("shared/theirs"));
}
END_TEST

START_TEST(a_folder_of_somebody_else_is_not_taken)
{
	struct error e = ERROR_INIT;
	struct made made = { .give = true, .uid = 12345, .gid = 12345 };
	struct stat st;
	char path[4096];

	if (geteuid() != 0)
		return; /* only root gives files away */
	strcpy(path, scratch("full"));
	ck_assert_int_eq(mkdir(path, 0755), 0);
	expect_ok(file_create(scratch("full/precious"), "x", 1, 0600, &e));
	ck_assert_int_eq(made_daemon_folder(&made, path, 0700, "record", &e), -1);
	ck_assert_ptr_nonnull(strstr(error_text(&e), "record"));
	expect_error(-1, ERROR_PERMISSIONS);
	strcpy(path, scratch("empty"));
	ck_assert_int_eq(mkdir(path, 0755), 0);
	expect_ok(made_daemon_folder(&made, path, 0700, "record", &e));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, 12345);
	made_done(&made);
}
END_TEST

START_TEST(a_file_in_a_folder_s_place_is_told)
{
	struct error e = ERROR_INIT;
	struct made made = { .count = 0 };
	char path[4096];

	expect_ok(file_create(scratch("plain"), "x", 1, 0600, &e));
	strcpy(path, scratch("plain"));
	expect_error(made_daemon_folder(&made, path, 0700, "store", &e), ERROR_CONFIGURATION);
	expect_error(made_folder(&made, path, 0700, &e), ERROR_CONFIGURATION);
	made_done(&made);
}
END_TEST

/* ---- the end of a record ------------------------------------------------------------------- */

static const struct {
	const char *text;
	int64_t seq; /* -1: an error */
	bool torn;
} ends[] = {
	{ "", 0, false },
	{ "{\"seq\":1,\"time\":\"T1\"}\n", 1, false },
	{ "{\"seq\":1,\"time\":\"T1\"}\n{\"seq\":2,\"time\":\"T2\"}\n", 2, false },
	{ "{\"seq\":1,\"time\":\"T1\"}\n{\"seq\":2,\"ti", 1, true },
	{ "{\"seq\":1,\"ti", -1, false },
	{ "nonsense\n", -1, false },
	{ "{}\n", -1, false },
	{ "\n", -1, false },
};

START_TEST(the_last_whole_line_tells_where_a_record_ends)
{
	struct error e = ERROR_INIT;
	struct record_end end = { .seq = 7 };

	expect_ok(file_replace(scratch("record"), ends[_i].text, strlen(ends[_i].text), 0600, &e));
	if (ends[_i].seq < 0) {
		ck_assert_int_eq(record_end_read(scratch("record"), &end, &e), -1);
		ck_assert_int_eq(end.seq, 7);
		return;
	}
	expect_ok(record_end_read(scratch("record"), &end, &e));
	ck_assert_int_eq(end.seq, ends[_i].seq);
	ck_assert_int_eq(end.torn, ends[_i].torn);
}
END_TEST

Suite *suite_setting_up(void);

Suite *
suite_setting_up(void)
{
	Suite *s = suite_create("setting_up");
	TCase *t = tcase_create("setting_up");

	tcase_add_loop_test(t, the_first_configuration_is_read_by_our_reader, 0, 3);
	tcase_add_loop_test(t, names_that_would_break_out_of_their_quotes_are_refused, 0,
	    (int)(sizeof(bad_names) / sizeof(bad_names[0])));
	tcase_add_test(t, what_was_made_goes_again_and_the_rest_stays);
	tcase_add_test(t, a_folder_with_somebody_s_files_is_not_removed);
	tcase_add_test(t, a_folder_of_somebody_else_is_not_taken);
	tcase_add_test(t, a_file_in_a_folder_s_place_is_told);
	tcase_add_loop_test(t, the_last_whole_line_tells_where_a_record_ends, 0, (int)(sizeof(ends) / sizeof(ends[0])));
	suite_add_tcase(s, t);
	return s;
}
