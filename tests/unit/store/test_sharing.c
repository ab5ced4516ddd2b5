/* SPDX-License-Identifier: BSD-2-Clause */

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store_private.h"
#include "tests/unit/store/helpers.h"
#include "tests/unit/support.h"

Suite *suite_sharing(void);

/* Several threads and several processes at one store. */

static struct error e;
static const char *scratch_path; /* for processes: each would make a scratch folder of its own */

static void
set_up(void)
{
	e = (struct error)ERROR_INIT;
}

/* ---- processes ---- */

static int
add_a_login(void *ctx)
{
	struct error mine = ERROR_INIT;
	struct store *s = NULL;
	int rc = store_open(ctx, &s, &mine);

	if (rc == 0)
		rc = login_add(s, "other", "author", &mine);
	store_close(s);
	return rc == 0 ? 0 : 1;
}

/* scratch("store") in storage of its own, for another process. */
static char *
store_path(void)
{
	static char path[512];

	snprintf(path, sizeof path, "%s", scratch("store"));
	return path;
}

START_TEST(another_process_moves_the_revision)
{
	struct process other = start_process(add_a_login, store_path());
	struct store *s = fresh_store();
	int64_t before = revision(s);

	release_process(&other);
	ck_assert_int_eq(finish_process(&other), 0);
	ck_assert_int_gt(revision(s), before);
	expect_ok(login_remove(s, "other", "author", &e));
	store_close(s);
}
END_TEST

static int
commit_and_die(void *ctx)
{
	struct error mine = ERROR_INIT;
	struct store *s = NULL;

	if (store_open(ctx, &s, &mine) != 0 || login_add(s, "kept", "1", &mine) != 0 ||
	    store_begin(s, &mine) != 0 || login_add(s, "lost", "1", &mine) != 0)
		_exit(1);
	kill(getpid(), SIGKILL);
	return 1;
}

START_TEST(what_was_committed_outlives_a_killed_process)
{
	struct process other = start_process(commit_and_die, store_path());
	struct store *s;

	store_close(fresh_store());
	release_process(&other);
	ck_assert_int_eq(WTERMSIG(finish_process(&other)), SIGKILL);
	s = open_store(scratch("store"));
	expect_ok(store_check(s, &e));
	expect_ok(login_remove(s, "kept", "1", &e));
	expect_error(login_remove(s, "lost", "1", &e), ERROR_STORE_NOT_FOUND);
	store_close(s);
}
END_TEST

START_TEST(waiting_for_another_writer_is_bounded)
{
	struct store *mine = fresh_store(), *other = open_store(scratch("store"));

	store_patience(mine, 20);
	expect_ok(store_begin(other, &e));
	expect_ok(login_add(other, "a", "1", &e));
	expect_error(login_add(mine, "b", "1", &e), ERROR_STORE);
	expect_error(store_begin(mine, &e), ERROR_STORE);
	expect_error(login_remove(mine, "a", "1", &e), ERROR_STORE);
	ck_assert_int_gt(revision(mine), 0); /* readers do not wait */
	expect_ok(store_commit(other, &e));
	expect_ok(login_remove(mine, "a", "1", &e));
	store_close(mine);
	store_close(other);
}
END_TEST

/* The engine's shared lock on the file, as a process outside sees it. */
static int
see_the_lock(void *ctx)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0x40000002, .l_len = 510 };
	int fd = open(ctx, O_RDWR);

	return fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_RDLCK ? 0 : 1;
}

static void
expect_the_lock(void)
{
	struct process other = start_process(see_the_lock, store_path());

	release_process(&other);
	ck_assert_int_eq(finish_process(&other), 0);
}

START_TEST(opening_again_drops_no_lock)
{
	struct store *s = fresh_store();

	revision(s);
	expect_the_lock();
	store_close(open_store(scratch("store")));
	expect_error(store_create(scratch("store"), &e), ERROR_STORE_CONFLICT);
	expect_the_lock();
	store_close(s);
}
END_TEST

/* ---- threads ---- */

#define THREADS 8
#define ROUNDS  13

struct worker {
	struct store *s;
	pthread_t thread;
	int number, failures;
};

/* Each adds its rows, some in transactions that must not mix with others', and reads in between. */
static void *
work(void *ctx)
{
	struct worker *w = ctx;
	struct error mine = ERROR_INIT;
	char login[24], author[24];
	int64_t number;

	snprintf(login, sizeof login, "%d", w->number);
	for (int i = 0; i < ROUNDS; i++) {
		int whole = i % 3 == 0, undone = i % 6 == 0;

		snprintf(author, sizeof author, "%d", i);
		w->failures += whole && store_begin(w->s, &mine) != 0;
		w->failures += login_add(w->s, login, author, &mine) != 0;
		if (undone)
			store_rollback(w->s);
		else if (whole)
			w->failures += store_commit(w->s, &mine) != 0;
		w->failures += store_revision(w->s, &number, &mine) != 0;
	}
	return NULL;
}

static int
count(void *ctx, const char *login, const char *author, struct error *e_)
{
	(void)login;
	(void)author;
	(void)e_;
	++*(int *)ctx;
	return 0;
}

START_TEST(threads_share_one_store)
{
	struct worker workers[THREADS];
	struct store *s = fresh_store();
	int rows = 0, kept = 0;

	for (int i = 0; i < ROUNDS; i++)
		kept += i % 6 != 0;
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .s = s, .number = i };
		ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		ck_assert_int_eq(workers[i].failures, 0);
	}
	expect_ok(login_each(s, NULL, count, &rows, &e));
	ck_assert_int_eq(rows, THREADS * kept);
	expect_ok(store_check(s, &e));
	store_close(s);
}
END_TEST

/* The same in a process of its own; `ctx` is a worker without a store. */
static int
work_alone(void *ctx)
{
	struct worker *w = ctx;
	struct error mine = ERROR_INIT;

	if (store_open(scratch_path, &w->s, &mine) != 0)
		return 99;
	work(w);
	store_close(w->s);
	return w->failures;
}

#define PROCESSES 4

START_TEST(processes_share_one_file)
{
	struct worker workers[PROCESSES];
	struct process processes[PROCESSES];
	struct store *s;
	int rows = 0, kept = 0;

	scratch_path = store_path();
	for (int i = 0; i < ROUNDS; i++)
		kept += i % 6 != 0;
	for (int i = 0; i < PROCESSES; i++) {
		workers[i] = (struct worker){ .number = i };
		processes[i] = start_process(work_alone, &workers[i]);
	}
	store_close(fresh_store());
	for (int i = 0; i < PROCESSES; i++)
		release_process(&processes[i]);
	for (int i = 0; i < PROCESSES; i++)
		ck_assert_int_eq(finish_process(&processes[i]), 0);
	s = open_store(scratch_path);
	expect_ok(login_each(s, NULL, count, &rows, &e));
	ck_assert_int_eq(rows, PROCESSES * kept);
	expect_ok(store_check(s, &e));
	store_close(s);
}
END_TEST

Suite *
suite_sharing(void)
{
	Suite *suite = suite_create("store/sharing");
	TCase *t = tcase_create("sharing");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, another_process_moves_the_revision);
	tcase_add_test(t, what_was_committed_outlives_a_killed_process);
	tcase_add_test(t, waiting_for_another_writer_is_bounded);
	tcase_add_test(t, opening_again_drops_no_lock);
	tcase_add_test(t, threads_share_one_store);
	tcase_add_test(t, processes_share_one_file);
	suite_add_tcase(suite, t);
	return suite;
}
