/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "conf/settings_private.h"
#include "tests/unit/conf/reading.h"

static struct settings *
reads_file(const char *path)
{
	struct error e = ERROR_INIT;
	struct settings *s = NULL;

	expect_ok(settings_load(path, &s, &e));
	return s;
}

static void
refuses_file(const char *path, const char *says)
{
	struct error e = ERROR_INIT;
	struct settings *s = NULL;

	ck_assert_int_eq(settings_load(path, &s, &e), -1);
	ck_assert_msg(e.code == ERROR_CONFIGURATION && strstr(error_text(&e), says) != NULL,
	    "%s: \"%s\" does not say \"%s\"", error_name(e.code), error_text(&e), says);
	ck_assert_ptr_null(s);
}

START_TEST(reads_a_file_and_names_it_in_origins)
{
	const char *path = write_file("a.conf", LOCAL "user = mail\n");
	struct settings *s = reads_file(path);

	ck_assert_str_eq(settings_global(s, SETTING_USER)->origin.file, path);
	ck_assert_uint_eq(settings_global(s, SETTING_USER)->origin.line, 2);
	ck_assert_ptr_null(settings_global(s, SETTING_USER)->origin.section);
	settings_unref(s);
}
END_TEST

START_TEST(includes_a_file_relative_to_the_one_that_says_so)
{
	struct error e = ERROR_INIT;
	struct settings *s;
	const char *path;

	expect_ok(file_make_folder(scratch("sub"), 0755, &e));
	write_file("sub/b.conf", "user = mail\ninclude \"c.conf\"\nlog-level = debug\n");
	write_file("sub/c.conf", "# c\n\ndomain \"c.example\" { sign = off }\n");
	path = write_file("a.conf", "include \"sub/b.conf\" local-domains = example.org\n");
	s = reads_file(path);
	ck_assert_str_eq(settings_global(s, SETTING_USER)->text, "mail");
	ck_assert_str_eq(settings_global(s, SETTING_LOG_LEVEL)->origin.file, scratch("sub/b.conf"));
	ck_assert_uint_eq(settings_global(s, SETTING_LOG_LEVEL)->origin.line, 3);
	ck_assert_str_eq(settings_global(s, SETTING_LOCAL_DOMAINS)->origin.file, path);
	ck_rule(s, SETTING_SIGN, "a@c.example", "", "off");
	settings_unref(s);
}
END_TEST

START_TEST(includes_the_conf_files_of_a_folder_by_name)
{
	struct error e = ERROR_INIT;
	struct settings *s;

	expect_ok(file_make_folder(scratch("d"), 0755, &e));
	write_file("d/20.conf", "listener \"b\" { socket = \"unix:/b\" role = local }\n");
	write_file("d/10.conf", "listener \"a\" { socket = \"unix:/a\" role = local }\n");
	write_file("d/README", "this is not read {\n");
	write_file("d/.hidden.conf", "neither is this {\n");
	s = reads_file(write_file("a.conf", LOCAL "include \"d\"\n"));
	ck_assert_uint_eq(settings_listener_count(s), 2);
	ck_assert_str_eq(listener_name(settings_listener_at(s, 0)), "a");
	settings_unref(s);
	write_file("d/30.conf", "user = x");
	refuses_file(scratch("a.conf"), "d/30.conf:1: the last line has no line end");
}
END_TEST

START_TEST(finds_circles_of_includes)
{
	refuses_file(write_file("a.conf", LOCAL "include \"a.conf\"\n"), "a.conf:2: include:");
	write_file("c.conf", "include \"b.conf\"\n");
	refuses_file(write_file("b.conf", LOCAL "include \"c.conf\"\n"),
	    "b.conf: it includes itself; remove this include");
	ck_assert_int_eq(symlink("a.conf", scratch("link.conf")), 0);
	refuses_file(write_file("a.conf", LOCAL "include \"link.conf\"\n"), "link.conf: it includes itself");
}
END_TEST

START_TEST(refuses_a_file_that_is_included_twice)
{
	write_file("b.conf", "# nothing\n");
	refuses_file(
	    write_file("a.conf", LOCAL "include \"b.conf\"\ninclude \"./b.conf\"\n"), "a.conf:3: include: ");
	refuses_file(scratch("a.conf"), "it is included twice");
}
END_TEST

START_TEST(bounds_the_depth_of_includes)
{
	char name[32], text[64];

	for (int i = 0; i <= LIMIT_CONF_DEPTH; i++) {
		snprintf(name, sizeof name, "n%d.conf", i);
		snprintf(text, sizeof text, "%sinclude \"n%d.conf\"\n", i == 0 ? LOCAL : "", i + 1);
		write_file(name, text);
	}
	refuses_file(scratch("n0.conf"), "n8.conf:1: include: includes are nested deeper than 8");
	write_file("n8.conf", "# the last that is allowed\n");
	settings_unref(reads_file(scratch("n0.conf")));
}
END_TEST

START_TEST(refuses_includes_that_cannot_be_read)
{
	refuses_file(scratch("nothing.conf"), "nothing.conf: No such file or directory");
	refuses_file(write_file("a.conf", LOCAL "\ninclude \"nothing.conf\"\n"), "a.conf:3: include: ");
	refuses_file(write_file("a.conf", LOCAL "include nothing\n"), "write include \"file\"");
	refuses_file(write_file("a.conf", LOCAL "include\n"), "write include \"file\"");
	refuses_file(write_file("a.conf", LOCAL "include \"\"\n"), "write include \"file\"");
	refuses_file(write_file("a.conf", LOCAL "include \"/dev/null\"\n"), "/dev/null: not a regular file");
	ck_assert_int_eq(mkfifo(scratch("pipe"), 0600), 0);
	refuses_file(write_file("a.conf", LOCAL "include \"pipe\"\n"), "pipe: not a regular file");
	write_file("open.conf", "# \n");
	ck_assert_int_eq(chmod(scratch("open.conf"), 0666), 0);
	refuses_file(write_file("a.conf", LOCAL "include \"open.conf\"\n"), "everybody may write to it");
}
END_TEST

START_TEST(a_section_does_not_go_on_in_another_file)
{
	write_file("b.conf", "sign = off }\n");
	refuses_file(
	    write_file("a.conf", LOCAL "defaults {\ninclude \"b.conf\"\n"), "a.conf:2: this { is not closed");
	refuses_file(write_file("a.conf", LOCAL "include \"b.conf\"\n"), "b.conf:1: this } closes nothing");
	write_file("b.conf", "user =\n");
	refuses_file(write_file("a.conf", LOCAL "include \"b.conf\"\ndefaults { }\n"), "user: ");
}
END_TEST

START_TEST(repeated_settings_are_found_across_files)
{
	write_file("b.conf", "user = b\n");
	refuses_file(write_file("a.conf", LOCAL "user = a\ninclude \"b.conf\"\n"),
	    "b.conf:1: user: written already in ");
	refuses_file(scratch("a.conf"), "a.conf:2; keep one of the two");
}
END_TEST

START_TEST(keeps_the_octets_that_were_read)
{
	struct settings *s = reads_file(write_file("a.conf", "local-domains = example.org\n#\n"));

	ck_assert_str_eq(buffer_text(settings_octets(s)), "local-domains = example.org\n#\n");
	settings_unref(s);
	write_file("b.conf", "user = mail\n");
	s = reads_file(write_file("a.conf", "local-domains = example.org\ninclude \"b.conf\"\n"));
	ck_assert_str_eq(buffer_text(settings_octets(s)), "local-domains = example.org\ninclude \"b.conf\"\nuser = mail\n");
	settings_unref(s);
}
END_TEST

START_TEST(bounds_what_is_read)
{
	struct buffer text = BUFFER_INIT(LIMIT_CONFIGURATION + 100);
	struct error e = ERROR_INIT;
	struct settings *s = NULL;

	while (text.size <= LIMIT_CONFIGURATION)
		expect_ok(buffer_append_text(&text, "################################\n", &e));
	expect_error(settings_load_text("x", text.data, text.size, &s, &e), ERROR_CONFIGURATION);
	refuses_file(write_file("a.conf", buffer_text(&text)), "larger than 4 MiB");
	buffer_clear(&text);
	for (int i = 0; i <= LIMIT_CONF_WORDS; i++)
		expect_ok(buffer_append_text(&text, "=\n", &e));
	ck_assert_int_eq(settings_load_text("x", text.data, text.size, &s, &e), -1);
	ck_assert_ptr_nonnull(strstr(error_text(&e), "more than 500000 words"));
	buffer_done(&text);
}
END_TEST

START_TEST(bounds_the_sections)
{
	struct buffer text = BUFFER_INIT(LIMIT_CONFIGURATION);
	struct error e = ERROR_INIT;
	struct settings *s = NULL;

	expect_ok(buffer_append_text(&text, LOCAL, &e));
	for (int i = 0; i <= LIMIT_CONF_SECTIONS; i++)
		expect_ok(buffer_append_format(&text, &e, "domain \"d%d.example\" { }\n", i));
	ck_assert_int_eq(settings_load_text("x", text.data, text.size, &s, &e), -1);
	ck_assert_ptr_nonnull(strstr(error_text(&e), "more than 10000 sections"));
	buffer_done(&text);
}
END_TEST

START_TEST(a_snapshot_lives_while_somebody_holds_it)
{
	struct settings *s = reads_more("user = mail\n"), *held = settings_ref(s);

	settings_unref(s);
	ck_assert_str_eq(settings_global(held, SETTING_USER)->text, "mail");
	settings_unref(held);
	settings_unref(NULL);
}
END_TEST

START_TEST(survives_every_allocation_that_fails)
{
	static const char text[] =
	    LOCAL "crls = { \"/a\" }\nlistener \"in\" { socket = \"unix:/a\" role = inbound\n"
		  "daemon \"x\" { role = local } }\ndomain \".example.net\" { sign = off }\n"
		  "address \"a@example.org\" { sign = required }\n";
	struct settings *s = NULL;
	unsigned n = 0;
	int failed;

	do {
		struct error e = ERROR_INIT;
		int rc;

		memory_fail_at(++n);
		rc = settings_load_text("test.conf", text, sizeof text - 1, &s, &e);
		failed = !memory_fail_pending();
		memory_fail_at(0);
		/* Without room for the hosts file the short name is good enough. */
		ck_assert_msg(rc == 0 || e.code == ERROR_NO_MEMORY, "allocation %u: %s: %s", n,
		    error_name(e.code), error_text(&e));
		ck_assert_int_eq(rc == 0, s != NULL);
		settings_unref(s);
		s = NULL;
	} while (failed);
	ck_assert_uint_gt(n, 50);
}
END_TEST

START_TEST(finds_the_domain_of_a_host_in_its_hosts_file)
{
	static const struct {
		const char *hosts, *want;
	} rows[] = {
		{ "127.0.0.1 localhost\n127.0.1.1\tmx1.example.org mx1\n", "mx1.example.org" },
		{ "127.0.1.1 mx1 mx1.example.org\n", "mx1.example.org" },
		{ "# mx1.wrong.example\n10.0.0.1 mx10.example.org mx10 # mx1.wrong.example\n10.0.0.2 "
		  "MX1.example.org",
		    "MX1.example.org" },
		{ "127.0.0.1 localhost mx1 mx1.\n", NULL },
		{ "127.0.0.1 localhost#mx1.wrong.example\n", NULL },
		{ "", NULL },
		{ "#", NULL },
	};
	struct error e = ERROR_INIT;
	struct pool pool = POOL_INIT;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *out = "untouched";

		expect_ok(hostname_find(rows[i].hosts, "mx1", &pool, &out, &e));
		if (rows[i].want == NULL)
			ck_assert_ptr_null(out);
		else
			ck_assert_str_eq(out, rows[i].want);
	}
	pool_done(&pool);
}
END_TEST

Suite *
suite_files(void)
{
	Suite *suite = suite_create("conf/files");
	TCase *files = tcase_create("files"), *life = tcase_create("life");

	tcase_add_test(files, reads_a_file_and_names_it_in_origins);
	tcase_add_test(files, includes_a_file_relative_to_the_one_that_says_so);
	tcase_add_test(files, includes_the_conf_files_of_a_folder_by_name);
	tcase_add_test(files, finds_circles_of_includes);
	tcase_add_test(files, refuses_a_file_that_is_included_twice);
	tcase_add_test(files, bounds_the_depth_of_includes);
	tcase_add_test(files, refuses_includes_that_cannot_be_read);
	tcase_add_test(files, a_section_does_not_go_on_in_another_file);
	tcase_add_test(files, repeated_settings_are_found_across_files);
	tcase_add_test(files, keeps_the_octets_that_were_read);
	tcase_add_test(files, bounds_what_is_read);
	tcase_add_test(files, bounds_the_sections);
	suite_add_tcase(suite, files);
	tcase_add_test(life, a_snapshot_lives_while_somebody_holds_it);
	tcase_add_test(life, survives_every_allocation_that_fails);
	tcase_add_test(life, finds_the_domain_of_a_host_in_its_hosts_file);
	suite_add_tcase(suite, life);
	return suite;
}
