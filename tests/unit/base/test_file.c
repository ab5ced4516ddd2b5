/* SPDX-License-Identifier: BSD-2-Clause */

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "tests/unit/support.h"

Suite *suite_file(void);

static void
write_file(const char *path, const char *text, mode_t mode)
{
	struct error e = ERROR_INIT;

	expect_ok(file_replace(path, text, strlen(text), mode, &e));
}

static void
expect_content(const char *path, const char *want)
{
	struct buffer b = BUFFER_INIT(1000);
	struct error e = ERROR_INIT;

	expect_ok(file_read(path, 1000, &b, &e));
	ck_assert_str_eq(buffer_text(&b), want);
	buffer_done(&b);
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_mode & 07777;
}

/* ---- reading ---- */

START_TEST(appends_a_whole_file)
{
	struct buffer b = BUFFER_INIT(100);
	struct error e = ERROR_INIT;

	write_file(scratch("f"), "content", 0600);
	expect_ok(buffer_append_text(&b, "before ", &e));
	expect_ok(file_read(scratch("f"), 7, &b, &e));
	ck_assert_str_eq(buffer_text(&b), "before content");
	expect_ok(file_read("/dev/null", 0, &b, &e));
	buffer_done(&b);
}
END_TEST

START_TEST(a_file_past_the_ceiling_leaves_the_buffer)
{
	struct buffer b = BUFFER_INIT(9);
	struct error e = ERROR_INIT;

	write_file(scratch("f"), "content", 0600);
	expect_ok(buffer_append_text(&b, "abc", &e));
	expect_error(file_read(scratch("f"), 6, &b, &e), ERROR_TOO_LARGE);
	ck_assert_str_eq(buffer_text(&b), "abc");
	expect_error(file_read(scratch("f"), 100, &b, &e), ERROR_TOO_LARGE);
	ck_assert_str_eq(buffer_text(&b), "abc");
	ck_assert_uint_eq(b.size, 3);
	buffer_done(&b);
}
END_TEST

START_TEST(a_missing_file_is_named)
{
	struct buffer b = BUFFER_INIT(9);
	struct error e = ERROR_INIT;

	ck_assert_int_eq(file_read("/nonexistent/file", 100, &b, &e), -1);
	ck_assert_ptr_nonnull(strstr(error_text(&e), "/nonexistent/file"));
	expect_error(-1, ERROR_IO);
	expect_error(file_read(scratch(""), 100, &b, &e), ERROR_IO); /* a folder */
}
END_TEST

/* ---- private files ---- */

START_TEST(opens_what_only_the_owner_may_read)
{
	static const mode_t modes[] = { 0600, 0400, 0700 };
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < 3; i++) {
		int fd;

		write_file(scratch("key"), "x", modes[i]);
		fd = file_open_private(scratch("key"), &e);
		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		close(fd);
	}
}
END_TEST

START_TEST(refuses_every_bit_for_others_and_names_the_remedy)
{
	static const mode_t bits[] = { 0040, 0020, 0010, 0004, 0002, 0001 };
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < 6; i++) {
		char mode[16];

		write_file(scratch("key"), "x", 0600 | bits[i]);
		ck_assert_int_eq(file_open_private(scratch("key"), &e), -1);
		snprintf(mode, sizeof mode, "%04o", 0600 | bits[i]);
		ck_assert_ptr_nonnull(strstr(error_text(&e), mode));
		ck_assert_ptr_nonnull(strstr(error_text(&e), scratch("key")));
		ck_assert_ptr_nonnull(strstr(error_text(&e), "chmod 0600"));
		expect_error(-1, ERROR_PERMISSIONS);
	}
}
END_TEST

START_TEST(a_link_is_judged_by_its_target)
{
	struct error e = ERROR_INIT;
	int fd;

	write_file(scratch("key"), "x", 0600);
	ck_assert_int_eq(symlink(scratch("key"), scratch("link")), 0);
	fd = file_open_private(scratch("link"), &e);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(chmod(scratch("key"), 0644), 0);
	expect_error(file_open_private(scratch("link"), &e), ERROR_PERMISSIONS);
}
END_TEST

START_TEST(only_regular_files_are_private)
{
	struct error e = ERROR_INIT;

	ck_assert_int_eq(mkfifo(scratch("fifo"), 0600), 0);
	/* Which must not wait for a writer. */
	expect_error(file_open_private(scratch("fifo"), &e), ERROR_PERMISSIONS);
	expect_error(file_open_private(scratch(""), &e), ERROR_PERMISSIONS);
	expect_error(file_open_private(scratch("absent"), &e), ERROR_IO);
}
END_TEST

START_TEST(root_opens_a_file_of_another_user)
{
	struct error e = ERROR_INIT;
	int fd;

	if (geteuid() != 0)
		return; /* only root can give files away */
	write_file(scratch("key"), "x", 0600);
	ck_assert_int_eq(chown(scratch("key"), 12345, 12345), 0);
	fd = file_open_private(scratch("key"), &e);
	ck_assert_int_ge(fd, 0);
	close(fd);
}
END_TEST

START_TEST(root_gives_a_file_to_the_owner_of_its_folder)
{
	struct error e = ERROR_INIT;
	struct stat st;
	int fd;

	if (geteuid() != 0)
		return; /* only root can give files away */
	expect_ok(file_make_folder(scratch("d"), 0700, &e));
	ck_assert_int_eq(chown(scratch("d"), 12345, 23456), 0);
	fd = open(scratch("d/f"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	expect_ok(file_take_folder_owner(fd, scratch("d/f"), &e));
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_uid, 12345);
	ck_assert_uint_eq(st.st_gid, 23456);
	expect_error(file_take_folder_owner(-1, scratch("d/f"), &e), ERROR_IO);
	close(fd);
}
END_TEST

/* ---- replacing and creating ---- */

static int
count_entries(void *ctx, const char *path, struct error *e)
{
	(void)path;
	(void)e;
	++*(int *)ctx;
	return 0;
}

static bool
is_alone(const char *name)
{
	char command[1024];

	/* Hidden names too. */
	snprintf(command, sizeof command, "test \"$(ls -A '%s')\" = '%s'", scratch(""), name);
	return system(command) == 0;
}

START_TEST(replaces_whole_with_the_mode_asked_for)
{
	mode_t before = umask(077);

	write_file(scratch("f"), "one", 0644);
	ck_assert_uint_eq(mode_of(scratch("f")), 0644);
	write_file(scratch("f"), "two", 0600);
	expect_content(scratch("f"), "two");
	ck_assert_uint_eq(mode_of(scratch("f")), 0600);
	ck_assert(is_alone("f"));
	umask(before);
}
END_TEST

START_TEST(a_failed_replacement_leaves_nothing)
{
	struct error e = ERROR_INIT;

	ck_assert_int_eq(mkdir(scratch("folder"), 0700), 0);
	expect_error(file_replace(scratch("folder"), "x", 1, 0600, &e), ERROR_IO);
	expect_error(file_replace("/nonexistent/f", "x", 1, 0600, &e), ERROR_IO);
	ck_assert(is_alone("folder"));
}
END_TEST

START_TEST(creates_once)
{
	struct error e = ERROR_INIT;

	expect_ok(file_create(scratch("f"), "one", 3, 0640, &e));
	ck_assert_uint_eq(mode_of(scratch("f")), 0640);
	expect_error(file_create(scratch("f"), "two", 3, 0600, &e), ERROR_STORE_CONFLICT);
	expect_content(scratch("f"), "one");
	ck_assert(is_alone("f"));
}
END_TEST

START_TEST(works_on_names_without_a_folder)
{
	struct error e = ERROR_INIT;
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_eq(chdir(scratch("")), 0);
	expect_ok(file_replace("plain", "x", 1, 0600, &e));
	expect_content("plain", "x");
	ck_assert_int_eq(fchdir(here), 0);
	close(here);
}
END_TEST

static int
replace_and_create(void *ctx, struct error *e)
{
	(void)ctx;
	unlink(scratch("b"));
	if (file_replace(scratch("a"), "x", 1, 0600, e) != 0)
		return -1;
	return file_create(scratch("b"), "x", 1, 0600, e);
}

static int
visit_all(void *ctx, struct error *e)
{
	int n = 0;

	(void)ctx;
	return file_names(scratch(""), count_entries, &n, e);
}

START_TEST(survives_every_failing_allocation)
{
	each_allocation_fails(replace_and_create, NULL);
	each_allocation_fails(visit_all, NULL);
}
END_TEST

/* ---- folders, names, locks ---- */

START_TEST(makes_a_folder_once)
{
	struct error e = ERROR_INIT;
	mode_t before = umask(077);

	expect_ok(file_make_folder(scratch("d"), 0750, &e));
	ck_assert_uint_eq(mode_of(scratch("d")), 0750);
	expect_ok(file_make_folder(scratch("d"), 0700, &e));
	ck_assert_uint_eq(mode_of(scratch("d")), 0750);
	write_file(scratch("f"), "x", 0600);
	expect_error(file_make_folder(scratch("f"), 0700, &e), ERROR_IO);
	expect_error(file_make_folder(scratch("no/such"), 0700, &e), ERROR_IO);
	umask(before);
}
END_TEST

static int
note_name(void *ctx, const char *path, struct error *e)
{
	struct buffer *b = ctx;

	if (strcmp(strrchr(path, '/') + 1, "stop") == 0)
		return error_set(e, ERROR_BUSY, "enough");
	return buffer_append_format(b, e, "%s ", strrchr(path, '/') + 1);
}

START_TEST(visits_regular_files_in_order)
{
	struct buffer b = BUFFER_INIT(1000);
	struct error e = ERROR_INIT;

	for (int i = 39; i >= 20; i--) {
		char name[16];

		snprintf(name, sizeof name, "f%d", i);
		write_file(scratch(name), "x", 0600);
	}
	write_file(scratch(".hidden"), "x", 0600);
	ck_assert_int_eq(mkdir(scratch("f00"), 0700), 0);
	ck_assert_int_eq(symlink(scratch("f20"), scratch("e-link")), 0);
	ck_assert_int_eq(symlink("/nonexistent", scratch("dangling")), 0);
	expect_ok(file_names(scratch(""), note_name, &b, &e));
	ck_assert_int_eq(strncmp(buffer_text(&b), "e-link f20 f21 f22 ", 19), 0);
	ck_assert_str_eq(strstr(buffer_text(&b), " f38"), " f38 f39 ");
	write_file(scratch("stop"), "x", 0600);
	write_file(scratch("unseen"), "x", 0600);
	buffer_clear(&b);
	expect_error(file_names(scratch(""), note_name, &b, &e), ERROR_BUSY);
	ck_assert_ptr_null(strstr(buffer_text(&b), "unseen"));
	expect_error(file_names("/nonexistent", note_name, &b, &e), ERROR_IO);
	buffer_done(&b);
}
END_TEST

START_TEST(a_lock_excludes_others_until_it_is_closed)
{
	struct error e = ERROR_INIT;
	int first = -1, second = -1;

	expect_ok(file_lock(scratch("lock"), false, &first, &e));
	expect_error(file_lock(scratch("lock"), false, &second, &e), ERROR_BUSY);
	ck_assert_int_eq(second, -1);
	close(first);
	expect_ok(file_lock(scratch("lock"), true, &second, &e));
	ck_assert_int_eq(fcntl(second, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(second);
	expect_error(file_lock("/nonexistent/lock", true, &second, &e), ERROR_IO);
}
END_TEST

/* Until somebody waits for a lock ("->" in /proc/locks), or long enough: only to hit the case that matters. */
static void
await_waiter(void)
{
	for (int i = 0; i < 20000; i++) {
		struct buffer b = BUFFER_INIT(1 << 20);
		bool waiting = false;

		if (file_read("/proc/locks", 1 << 20, &b, NULL) == 0)
			waiting = strstr(buffer_text(&b), "->") != NULL;
		buffer_done(&b);
		if (waiting)
			return;
		sched_yield();
	}
}

/* Holds the lock, and removes the file before it lets go. */
static void
hold_and_remove(const char *path, int ready)
{
	int held = -1;

	if (file_lock(path, true, &held, NULL) != 0 || write(ready, "x", 1) != 1)
		_exit(1);
	await_waiter();
	_exit(unlink(path) == 0 ? 0 : 1);
}

START_TEST(a_lock_on_a_removed_file_is_not_believed)
{
	struct error e = ERROR_INIT;
	struct stat mine, there;
	int got = -1, status = 0, ready[2];
	const char *path = scratch("lock");
	char c = 0;
	pid_t child;

	ck_assert_int_eq(pipe(ready), 0);
	child = fork();
	if (child == 0)
		hold_and_remove(path, ready[1]);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	expect_ok(file_lock(path, true, &got, &e));
	ck_assert_int_eq(fstat(got, &mine), 0);
	ck_assert_int_eq(stat(path, &there), 0);
	ck_assert_uint_eq(mine.st_ino, there.st_ino);
	close(got);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_lock_does_not_follow_a_link)
{
	struct error e = ERROR_INIT;
	int fd = -1;

	write_file(scratch("target"), "x", 0600);
	ck_assert_int_eq(symlink(scratch("target"), scratch("lock")), 0);
	expect_error(file_lock(scratch("lock"), false, &fd, &e), ERROR_IO);
}
END_TEST

Suite *
suite_file(void)
{
	Suite *s = suite_create("file");
	TCase *t = tcase_create("file");

	tcase_add_test(t, appends_a_whole_file);
	tcase_add_test(t, a_file_past_the_ceiling_leaves_the_buffer);
	tcase_add_test(t, a_missing_file_is_named);
	tcase_add_test(t, opens_what_only_the_owner_may_read);
	tcase_add_test(t, refuses_every_bit_for_others_and_names_the_remedy);
	tcase_add_test(t, a_link_is_judged_by_its_target);
	tcase_add_test(t, only_regular_files_are_private);
	tcase_add_test(t, root_opens_a_file_of_another_user);
	tcase_add_test(t, root_gives_a_file_to_the_owner_of_its_folder);
	tcase_add_test(t, replaces_whole_with_the_mode_asked_for);
	tcase_add_test(t, a_failed_replacement_leaves_nothing);
	tcase_add_test(t, creates_once);
	tcase_add_test(t, works_on_names_without_a_folder);
	tcase_add_test(t, survives_every_failing_allocation);
	tcase_add_test(t, makes_a_folder_once);
	tcase_add_test(t, visits_regular_files_in_order);
	tcase_add_test(t, a_lock_excludes_others_until_it_is_closed);
	tcase_add_test(t, a_lock_on_a_removed_file_is_not_believed);
	tcase_add_test(t, a_lock_does_not_follow_a_link);
	suite_add_tcase(s, t);
	return s;
}
