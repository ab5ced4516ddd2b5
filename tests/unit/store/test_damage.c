/* SPDX-License-Identifier: BSD-2-Clause */

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/unit/store/helpers.h"
#include "tests/unit/support.h"

Suite *suite_damage(void);

/* Files that are damaged, unreadable or of somebody else: said clearly, and left as they are. */

#define FILE_MAX ((size_t)1 << 22)

static struct error e;
static struct buffer whole; /* a good store's octets */

static void
set_up(void)
{
	struct store *s;
	char login[24];

	e = (struct error)ERROR_INIT;
	buffer_init(&whole, FILE_MAX);
	s = fresh_store();
	expect_ok(store_begin(s, &e));
	for (int i = 0; i < 300; i++) {
		snprintf(login, sizeof login, "login%d", i);
		expect_ok(login_add(s, login, "somebody@example.org", &e));
	}
	expect_ok(store_commit(s, &e));
	store_close(s);
	expect_ok(file_read(scratch("store"), FILE_MAX, &whole, &e));
	ck_assert_uint_gt(whole.size, 20 * 4096);
}

static void
tear_down(void)
{
	buffer_done(&whole);
}

static void
write_file(const char *path, const void *data, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	expect_ok(file_write_all(fd, data, n, &e));
	ck_assert_int_eq(ftruncate(fd, (off_t)n), 0); /* O_TRUNC makes ext4 wait for the disk at close */
	close(fd);
}

static void
expect_untouched(const char *path, const void *data, size_t n)
{
	struct buffer now = BUFFER_INIT(FILE_MAX);
	struct error mine = ERROR_INIT;

	ck_assert_int_eq(file_read(path, FILE_MAX, &now, &mine), 0);
	ck_assert_uint_eq(now.size, n);
	ck_assert_msg(n == 0 || memcmp(now.data, data, n) == 0, "the file was changed");
	buffer_done(&now);
}

static void
expect_refused(const void *data, size_t n)
{
	const char *path = scratch("bad");
	struct store *s = NULL;

	write_file(path, data, n);
	ck_assert_int_eq(store_open(path, &s, &e), -1);
	ck_assert_int_eq(e.code, ERROR_STORE);
	ck_assert_msg(strstr(e.detail, path) != NULL, "no path: %s", e.detail);
	ck_assert_msg(strstr(e.detail, "restore") != NULL || strstr(e.detail, "name the right"), "no remedy: %s", e.detail);
	error_clear(&e);
	ck_assert_ptr_null(s);
	expect_untouched(path, data, n);
}

START_TEST(a_file_of_somebody_else_is_refused)
{
	expect_refused("", 0);
	expect_refused("hello, world\n", 13);
	expect_refused(whole.data + 1, whole.size - 1);
}
END_TEST

/* ---- another program's database ---- */

START_TEST(another_programs_database_is_refused)
{
	struct buffer theirs = BUFFER_INIT(FILE_MAX);
	const char *path = scratch("theirs");
	sqlite3 *db = NULL;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "CREATE TABLE meta (name, value); INSERT INTO meta VALUES ('schema', '1')",
	    NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	expect_ok(file_read(path, FILE_MAX, &theirs, &e));
	expect_refused(theirs.data, theirs.size);
	buffer_done(&theirs);
}
END_TEST

START_TEST(a_schema_number_that_is_none_is_refused)
{
	static const char *const values[] = { "", "0", "-1", "one", "1x", "99999999999999999999999999" };
	struct store *s = open_store(scratch("store"));

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		struct store *again = NULL;

		expect_ok(meta_put(s, "schema", values[i], &e));
		expect_error(store_open(scratch("store"), &again, &e), ERROR_STORE);
	}
	store_close(s);
}
END_TEST

/* ---- damage ---- */

static int
count(void *ctx, const char *login, const char *author, struct error *e_)
{
	(void)login;
	(void)author;
	(void)e_;
	++*(int *)ctx;
	return 0;
}

/* Damage is found at opening, by the check, or it is not in our rows. */
static void
expect_found(const char *path, const void *data, size_t n, const char *what)
{
	struct store *s = NULL;
	int logins = 0, found;

	write_file(path, data, n);
	found = store_open(path, &s, &e) != 0;
	if (found)
		expect_untouched(path, data, n);
	found = found || store_check(s, &e) != 0 || login_each(s, NULL, count, &logins, &e) != 0;
	ck_assert_msg(found || logins == 300, "%s was not found and cost rows", what);
	ck_assert_msg(!found || e.code == ERROR_STORE, "%s: %s", what, e.detail);
	error_clear(&e);
	store_close(s);
}

START_TEST(a_store_cut_anywhere_is_found_damaged)
{
	const char *path = scratch("bad");
	struct store *s;
	char what[64];

	for (size_t n = 0; n < whole.size; n += n < 200 ? 1 : 512) {
		snprintf(what, sizeof what, "cut at %zu", n);
		s = NULL;
		write_file(path, whole.data, n);
		ck_assert_msg(store_open(path, &s, &e) != 0 || store_check(s, &e) != 0, "%s was not found", what);
		ck_assert_msg(e.code == ERROR_STORE, "%s: %s", what, e.detail);
		error_clear(&e);
		store_close(s);
		unlink(scratch("bad-wal"));
		unlink(scratch("bad-shm"));
	}
}
END_TEST

START_TEST(a_page_overwritten_is_found_damaged)
{
	char *copy = whole.data, page[4096];
	char what[64];

	for (size_t at = 0; at + 4096 <= whole.size; at += 4096) {
		memcpy(page, copy + at, 4096);
		memset(copy + at, 0x5a, 4096);
		snprintf(what, sizeof what, "page %zu overwritten", at / 4096);
		expect_found(scratch("bad"), copy, whole.size, what);
		memset(copy + at, 0, 4096);
		snprintf(what, sizeof what, "page %zu zeroed", at / 4096);
		expect_found(scratch("bad"), copy, whole.size, what);
		memcpy(copy + at, page, 4096);
		unlink(scratch("bad-wal"));
		unlink(scratch("bad-shm"));
	}
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	struct store *s = NULL;

	ck_assert_int_eq(mkfifo(scratch("fifo"), 0600), 0);
	expect_error(store_open(scratch("fifo"), &s, &e), ERROR_STORE);
	expect_error(store_open(scratch(""), &s, &e), ERROR_STORE);
	expect_error(store_open("", &s, &e), ERROR_STORE);
}
END_TEST

START_TEST(a_store_that_cannot_be_written_is_refused)
{
	struct store *s = NULL;

	if (geteuid() == 0) {
		ck_assert_int_eq(chmod(scratch(""), 0755), 0);
		ck_assert_int_eq(chown(scratch("store"), 12345, 12345), 0);
		ck_assert_int_eq(seteuid(12345), 0);
	}
	ck_assert_int_eq(chmod(scratch("store"), 0400), 0);
	ck_assert_int_eq(store_open(scratch("store"), &s, &e), -1);
	ck_assert_int_eq(e.code, ERROR_STORE);
	ck_assert_ptr_nonnull(strstr(e.detail, "run as its owner"));
	error_clear(&e);
	ck_assert_int_eq(chmod(scratch("store"), 0), 0);
	expect_error(store_open(scratch("store"), &s, &e), ERROR_STORE);
	if (geteuid() != getuid())
		ck_assert_int_eq(seteuid(getuid()), 0);
}
END_TEST

Suite *
suite_damage(void)
{
	Suite *suite = suite_create("store/damage");
	TCase *t = tcase_create("damage");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_file_of_somebody_else_is_refused);
	tcase_add_test(t, another_programs_database_is_refused);
	tcase_add_test(t, a_schema_number_that_is_none_is_refused);
	tcase_add_test(t, a_store_cut_anywhere_is_found_damaged);
	tcase_add_test(t, a_page_overwritten_is_found_damaged);
	tcase_add_test(t, what_is_no_file_is_refused);
	tcase_add_test(t, a_store_that_cannot_be_written_is_refused);
	suite_add_tcase(suite, t);
	return suite;
}
