/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/audit/helpers.h"
#include "tests/unit/support.h"

Suite *suite_failure(void);

/* Disks that are full or fail: nothing half stays, and the next event goes on when they are well again. */

static struct error e;
static struct audit *audit;

/* What the disk does: writes of at most `room` octets in all, in pieces of at most `piece`. */
static size_t room, piece;
static int write_errno, sync_errno, truncate_errno, interruptions;

static ssize_t
bad_write(int fd, const void *from, size_t n)
{
	if (interruptions > 0) {
		interruptions--;
		errno = EINTR;
		return -1;
	}
	if (room == 0 && n > 0) {
		errno = write_errno;
		return -1;
	}
	n = n < piece ? n : piece;
	n = n < room ? n : room;
	room -= n;
	return write(fd, from, n);
}

static int
bad_sync(int fd)
{
	if (sync_errno == 0)
		return fdatasync(fd);
	errno = sync_errno;
	return -1;
}

static int
bad_truncate(int fd, off_t size)
{
	if (truncate_errno == 0)
		return ftruncate(fd, size);
	errno = truncate_errno;
	return -1;
}

static const struct audit_io bad_disk = { bad_write, bad_sync, bad_truncate };

static void
be_well(void)
{
	room = piece = SIZE_MAX;
	sync_errno = truncate_errno = interruptions = 0;
}

static void
set_up(void)
{
	e = (struct error)ERROR_INIT;
	be_well();
	write_errno = ENOSPC;
	expect_ok(audit_open_io(scratch("record"), GATEWAY, test_clock(), &bad_disk, &audit, &e));
	expect_ok(append_note(audit, "a", &e));
}

static void
tear_down(void)
{
	audit_close(audit);
}

static off_t
size_of(const char *path)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_size;
}

START_TEST(short_and_interrupted_writes_are_finished)
{
	piece = 7;
	interruptions = 3;
	expect_ok(append_note(audit, "slow", &e));
	expect_whole(scratch("record"), 2);
}
END_TEST

START_TEST(a_full_disk_leaves_the_chain_whole)
{
	off_t before = size_of(scratch("record"));

	for (size_t n = 0; n < (size_t)before; n += 13) { /* a line like this one is longer */
		room = n;
		ck_assert_int_eq(append_note(audit, "does not fit", &e), -1);
		ck_assert_int_eq(e.code, ERROR_RECORD);
		ck_assert_ptr_nonnull(strstr(e.detail, scratch("record")));
		ck_assert_ptr_nonnull(strstr(e.detail, "No space left"));
		error_clear(&e);
		ck_assert_int_eq(size_of(scratch("record")), before);
	}
	be_well();
	expect_ok(append_note(audit, "there is room again", &e));
	expect_whole(scratch("record"), 2);
}
END_TEST

START_TEST(a_failed_write_leaves_the_chain_whole)
{
	room = 50;
	write_errno = EIO;
	expect_error(append_note(audit, "x", &e), ERROR_RECORD);
	expect_whole(scratch("record"), 1);
	be_well();
	expect_ok(append_note(audit, "y", &e));
	expect_whole(scratch("record"), 2);
}
END_TEST

START_TEST(a_failed_synchronisation_takes_the_line_back)
{
	uint64_t seq;
	char hash[65];

	sync_errno = EIO;
	expect_error(append_note(audit, "x", &e), ERROR_RECORD);
	expect_whole(scratch("record"), 1);
	audit_position(audit, &seq, hash);
	ck_assert_uint_eq(seq, 1);
	be_well();
	expect_ok(append_note(audit, "y", &e));
	expect_whole(scratch("record"), 2);
}
END_TEST

START_TEST(a_refused_line_that_could_not_be_cut_off_is_cut_off_later)
{
	struct buffer b;

	sync_errno = truncate_errno = EIO;
	expect_error(append_note(audit, "refused", &e), ERROR_RECORD);
	expect_whole(scratch("record"), 2); /* it is still there */
	expect_error(append_note(audit, "refused too", &e), ERROR_RECORD);
	expect_whole(scratch("record"), 2);
	be_well();
	expect_ok(append_note(audit, "good", &e));
	expect_whole(scratch("record"), 2);
	b = read_file(scratch("record"));
	ck_assert_ptr_null(strstr(b.data, "refused"));
	buffer_done(&b);
}
END_TEST

START_TEST(half_a_line_that_could_not_be_cut_off_is_torn)
{
	struct audit *other;

	room = 50;
	truncate_errno = EIO;
	expect_error(append_note(audit, "x", &e), ERROR_RECORD);
	expect_finding(scratch("record"), AUDIT_TORN, 2);
	other = open_record(scratch("record")); /* cuts it off and says so */
	expect_whole(scratch("record"), 2);
	audit_close(other);
	be_well();
	expect_ok(append_note(audit, "y", &e));
	expect_whole(scratch("record"), 3);
}
END_TEST

/* The same from the kernel: a file that may not grow. */
START_TEST(a_file_at_its_limit_leaves_the_chain_whole)
{
	struct rlimit limit, old;
	off_t before = size_of(scratch("record"));

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = (rlim_t)before + 100;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	expect_error(append_note(audit, "does not fit", &e), ERROR_RECORD);
	ck_assert_int_eq(size_of(scratch("record")), before);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	expect_ok(append_note(audit, "fits", &e));
	expect_whole(scratch("record"), 2);
}
END_TEST

START_TEST(a_full_disk_at_opening_is_an_error)
{
	struct buffer b = read_file(scratch("record"));
	struct audit *other = NULL;

	write_file(scratch("torn"), b.data, b.size - 1);
	room = 0;
	expect_error(audit_open_io(scratch("torn"), GATEWAY, test_clock(), &bad_disk, &other, &e), ERROR_RECORD);
	ck_assert_ptr_null(other);
	buffer_done(&b);
}
END_TEST

Suite *
suite_failure(void)
{
	Suite *suite = suite_create("audit/failure");
	TCase *t = tcase_create("failure");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, short_and_interrupted_writes_are_finished);
	tcase_add_test(t, a_full_disk_leaves_the_chain_whole);
	tcase_add_test(t, a_failed_write_leaves_the_chain_whole);
	tcase_add_test(t, a_failed_synchronisation_takes_the_line_back);
	tcase_add_test(t, a_refused_line_that_could_not_be_cut_off_is_cut_off_later);
	tcase_add_test(t, half_a_line_that_could_not_be_cut_off_is_torn);
	tcase_add_test(t, a_file_at_its_limit_leaves_the_chain_whole);
	tcase_add_test(t, a_full_disk_at_opening_is_an_error);
	suite_add_tcase(suite, t);
	return suite;
}
