/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/unit/store/helpers.h"
#include "tests/unit/support.h"

Suite *suite_store(void);

static struct error e;

static void
set_up(void)
{
	e = (struct error)ERROR_INIT;
}

/* ---- creating and opening ---- */

static void
expect_mode(const char *path, mode_t want)
{
	struct stat st;

	ck_assert_msg(stat(path, &st) == 0, "%s is missing", path);
	ck_assert_msg((st.st_mode & 07777) == want, "%s has mode %o", path, (unsigned)st.st_mode);
}

START_TEST(its_files_are_open_to_their_owner_alone)
{
	const char *path = scratch("store");
	struct store *s;

	umask(0);
	expect_ok(store_create(path, &e));
	expect_mode(path, 0600);
	s = open_store(path);
	expect_ok(login_add(s, "a", "b", &e));
	expect_mode(path, 0600);
	expect_mode(scratch("store-wal"), 0600);
	expect_mode(scratch("store-shm"), 0600);
	store_close(s);
}
END_TEST

START_TEST(nothing_else_is_left_beside_it)
{
	expect_ok(store_create(scratch("store"), &e));
	ck_assert_int_ne(access(scratch("store-wal"), F_OK), 0);
	ck_assert_int_eq(unlink(scratch("store")), 0);
	ck_assert_msg(rmdir(scratch("")) == 0, "a file is left");
}
END_TEST

static void
expect_owner(const char *path)
{
	struct stat st;

	ck_assert_msg(stat(path, &st) == 0, "%s is missing", path);
	ck_assert_uint_eq(st.st_uid, 12345);
	ck_assert_uint_eq(st.st_gid, 23456);
}

START_TEST(what_root_makes_belongs_to_the_folders_owner)
{
	struct store *s;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(scratch(""), 12345, 23456), 0);
	expect_ok(store_create(scratch("store"), &e));
	expect_owner(scratch("store"));
	s = open_store(scratch("store"));
	expect_ok(login_add(s, "a", "b", &e));
	expect_owner(scratch("store"));
	expect_owner(scratch("store-wal")); /* the daemon goes on with root's log */
	expect_owner(scratch("store-shm"));
	store_close(s);
}
END_TEST

START_TEST(an_existing_store_is_not_made_anew)
{
	struct store *s = fresh_store();

	expect_ok(login_add(s, "a", "b", &e));
	expect_error(store_create(scratch("store"), &e), ERROR_STORE_CONFLICT);
	expect_ok(login_remove(s, "a", "b", &e));
	store_close(s);
}
END_TEST

START_TEST(a_name_that_is_taken_by_anything_is_refused)
{
	ck_assert_int_eq(symlink("nowhere", scratch("link")), 0);
	expect_error(store_create(scratch("link"), &e), ERROR_STORE_CONFLICT);
	expect_error(store_create(scratch(""), &e), ERROR_STORE_CONFLICT);
}
END_TEST

START_TEST(the_log_of_a_former_store_is_in_the_way)
{
	expect_ok(file_create(scratch("store-wal"), "x", 1, 0600, &e));
	expect_error(store_create(scratch("store"), &e), ERROR_STORE_CONFLICT);
	ck_assert_int_ne(access(scratch("store"), F_OK), 0);
}
END_TEST

START_TEST(a_missing_folder_is_an_error)
{
	expect_error(store_create(scratch("none/store"), &e), ERROR_STORE);
}
END_TEST

START_TEST(a_missing_store_names_path_and_remedy)
{
	struct store *s = NULL;

	ck_assert_int_eq(store_open(scratch("none"), &s, &e), -1);
	ck_assert_int_eq(e.code, ERROR_STORE);
	ck_assert_ptr_nonnull(strstr(e.detail, scratch("none")));
	ck_assert_ptr_nonnull(strstr(e.detail, "postseal init"));
	ck_assert_ptr_null(s);
	ck_assert_int_ne(access(scratch("none"), F_OK), 0);
}
END_TEST

START_TEST(a_store_open_to_others_is_refused)
{
	struct store *s = NULL;

	expect_ok(store_create(scratch("store"), &e));
	ck_assert_int_eq(chmod(scratch("store"), 0640), 0);
	expect_error(store_open(scratch("store"), &s, &e), ERROR_PERMISSIONS);
}
END_TEST

START_TEST(names_that_the_library_knows_otherwise_are_plain_files)
{
	struct store *s = NULL;

	ck_assert_int_eq(chdir(scratch("")), 0);
	expect_ok(store_create(":memory:", &e));
	ck_assert_int_eq(access(":memory:", F_OK), 0);
	expect_ok(store_open(":memory:", &s, &e));
	expect_ok(login_add(s, "a", "b", &e));
	store_close(s);
	expect_ok(store_open(":memory:", &s, &e));
	expect_error(login_add(s, "a", "b", &e), ERROR_STORE_CONFLICT);
	store_close(s);
}
END_TEST

START_TEST(a_new_store_is_whole)
{
	struct store *s = fresh_store();

	expect_ok(store_check(s, &e));
	store_close(s);
	store_close(NULL);
}
END_TEST

static int
create_and_open(void *ctx, struct error *e_)
{
	struct store *s = NULL;
	int rc;

	(void)ctx;
	rc = store_create(scratch("store"), e_) == 0 ? store_open(scratch("store"), &s, e_) : -1;
	store_close(s);
	unlink(scratch("store"));
	return rc;
}

START_TEST(opening_survives_any_failed_allocation)
{
	each_allocation_fails(create_and_open, NULL);
	ck_assert_msg(rmdir(scratch("")) == 0, "a file is left");
}
END_TEST

/* ---- transactions ---- */

START_TEST(a_transaction_is_whole_or_nothing)
{
	struct store *s = fresh_store();

	expect_ok(store_begin(s, &e));
	expect_ok(login_add(s, "a", "1", &e));
	expect_ok(login_add(s, "a", "2", &e));
	store_rollback(s);
	expect_error(login_remove(s, "a", "1", &e), ERROR_STORE_NOT_FOUND);
	expect_ok(store_begin(s, &e));
	expect_ok(login_add(s, "a", "1", &e));
	expect_ok(login_add(s, "a", "2", &e));
	expect_ok(store_commit(s, &e));
	store_close(s);
	s = open_store(scratch("store"));
	expect_ok(login_remove(s, "a", "1", &e));
	expect_ok(login_remove(s, "a", "2", &e));
	store_close(s);
}
END_TEST

START_TEST(transactions_do_not_nest)
{
	struct store *s = fresh_store();

	expect_ok(store_begin(s, &e));
	expect_error(store_begin(s, &e), ERROR_INTERNAL);
	expect_ok(login_add(s, "a", "1", &e));
	expect_ok(store_commit(s, &e));
	expect_error(store_commit(s, &e), ERROR_INTERNAL);
	store_rollback(s); /* of nothing is nothing */
	expect_ok(login_remove(s, "a", "1", &e));
	store_close(s);
}
END_TEST

START_TEST(a_conflict_within_a_transaction_can_be_lived_with)
{
	struct store *s = fresh_store();

	expect_ok(login_add(s, "a", "1", &e));
	expect_ok(store_begin(s, &e));
	expect_error(login_add(s, "a", "1", &e), ERROR_STORE_CONFLICT);
	expect_error(login_remove(s, "a", "9", &e), ERROR_STORE_NOT_FOUND);
	expect_ok(login_add(s, "a", "2", &e));
	expect_ok(store_commit(s, &e));
	expect_ok(login_remove(s, "a", "2", &e));
	store_close(s);
}
END_TEST

START_TEST(a_transaction_with_a_failed_statement_cannot_be_committed)
{
	struct identity_row bad = an_identity(ID_A);
	struct store *s = fresh_store();

	bad.kind = "neither";
	expect_ok(store_begin(s, &e));
	expect_ok(login_add(s, "a", "1", &e));
	expect_error(identity_add(s, &bad, &e), ERROR_STORE);
	expect_error(store_commit(s, &e), ERROR_STORE);
	store_rollback(s);
	expect_error(login_remove(s, "a", "1", &e), ERROR_STORE_NOT_FOUND);
	store_close(s);
}
END_TEST

START_TEST(removing_an_identity_joins_the_callers_transaction)
{
	struct identity_row row = an_identity(ID_A);
	struct store *s = fresh_store();

	expect_ok(identity_add(s, &row, &e));
	expect_ok(store_begin(s, &e));
	expect_ok(identity_remove(s, ID_A, &e));
	store_rollback(s);
	expect_ok(identity_remove(s, ID_A, &e));
	store_close(s);
}
END_TEST

/* ---- durability ---- */

/*
 * The program's own fdatasync(2) stands before the C library's for every
 * library in it: the engine calls this one.
 */
static int syncs;
int fdatasync(int fd);

int
fdatasync(int fd)
{
	syncs++;
	return (int)syscall(SYS_fdatasync, fd);
}

START_TEST(a_commit_has_been_synchronised_to_the_disk)
{
	struct store *s = fresh_store();
	int before;

	for (int i = 0; i < 3; i++) {
		char author[24];

		snprintf(author, sizeof author, "%d", i);
		before = syncs;
		expect_ok(login_add(s, "a", author, &e));
		ck_assert_int_gt(syncs, before);
	}
	before = syncs;
	expect_ok(store_begin(s, &e));
	expect_ok(login_add(s, "b", "1", &e));
	ck_assert_int_eq(syncs, before);
	expect_ok(store_commit(s, &e));
	ck_assert_int_gt(syncs, before);
	store_close(s);
}
END_TEST

/* ---- revision ---- */

START_TEST(the_revision_moves_with_each_change_and_only_then)
{
	struct store *s = fresh_store();
	struct buffer out = BUFFER_INIT(100);
	int64_t before = revision(s);

	expect_ok(meta_get(s, "schema", &out, &e));
	buffer_done(&out);
	expect_error(login_remove(s, "a", "1", &e), ERROR_STORE_NOT_FOUND);
	expect_ok(store_begin(s, &e));
	expect_ok(login_add(s, "a", "1", &e));
	store_rollback(s);
	ck_assert_int_eq(revision(s), before);

	expect_ok(login_add(s, "a", "1", &e));
	ck_assert_int_gt(revision(s), before);
	before = revision(s);
	expect_error(login_add(s, "a", "1", &e), ERROR_STORE_CONFLICT);
	ck_assert_int_eq(revision(s), before);
	expect_ok(meta_put(s, "x", "1", &e));
	ck_assert_int_gt(revision(s), before);
	before = revision(s);
	expect_ok(login_remove(s, "a", "1", &e));
	ck_assert_int_gt(revision(s), before);
	before = revision(s);
	expect_ok(store_begin(s, &e));
	expect_ok(login_add(s, "a", "1", &e));
	expect_ok(login_add(s, "a", "2", &e));
	expect_ok(store_commit(s, &e));
	ck_assert_int_gt(revision(s), before);
	store_close(s);
}
END_TEST

Suite *
suite_store(void)
{
	Suite *suite = suite_create("store");
	TCase *t = tcase_create("store");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, its_files_are_open_to_their_owner_alone);
	tcase_add_test(t, nothing_else_is_left_beside_it);
	tcase_add_test(t, what_root_makes_belongs_to_the_folders_owner);
	tcase_add_test(t, an_existing_store_is_not_made_anew);
	tcase_add_test(t, a_name_that_is_taken_by_anything_is_refused);
	tcase_add_test(t, the_log_of_a_former_store_is_in_the_way);
	tcase_add_test(t, a_missing_folder_is_an_error);
	tcase_add_test(t, a_missing_store_names_path_and_remedy);
	tcase_add_test(t, a_store_open_to_others_is_refused);
	tcase_add_test(t, names_that_the_library_knows_otherwise_are_plain_files);
	tcase_add_test(t, a_new_store_is_whole);
	tcase_add_test(t, opening_survives_any_failed_allocation);
	tcase_add_test(t, a_transaction_is_whole_or_nothing);
	tcase_add_test(t, transactions_do_not_nest);
	tcase_add_test(t, a_conflict_within_a_transaction_can_be_lived_with);
	tcase_add_test(t, a_transaction_with_a_failed_statement_cannot_be_committed);
	tcase_add_test(t, removing_an_identity_joins_the_callers_transaction);
	tcase_add_test(t, a_commit_has_been_synchronised_to_the_disk);
	tcase_add_test(t, the_revision_moves_with_each_change_and_only_then);
	suite_add_tcase(suite, t);
	return suite;
}
