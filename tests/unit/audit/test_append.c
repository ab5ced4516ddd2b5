/* SPDX-License-Identifier: BSD-2-Clause */

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/audit/helpers.h"
#include "tests/unit/support.h"

Suite *suite_append(void);

static struct error e;

static void
set_up(void)
{
	e = (struct error)ERROR_INIT;
}

static struct audit *
open_with(const struct audit_io *io)
{
	struct audit *audit = NULL;

	expect_ok(audit_open_io(scratch("record"), GATEWAY, test_clock(), io, &audit, &e));
	return audit;
}

/* ---- the file ---- */

START_TEST(a_new_record_is_readable_by_its_group_alone)
{
	struct stat st;

	umask(0);
	audit_close(open_record(scratch("record")));
	ck_assert_int_eq(stat(scratch("record"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(st.st_size, 0);
	umask(077);
	unlink(scratch("record"));
	audit_close(open_record(scratch("record")));
	ck_assert_int_eq(stat(scratch("record"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
}
END_TEST

START_TEST(what_root_makes_belongs_to_the_folders_owner)
{
	struct stat st;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(scratch(""), 12345, 23456), 0);
	audit_close(open_record(scratch("record")));
	ck_assert_int_eq(stat(scratch("record"), &st), 0);
	ck_assert_uint_eq(st.st_uid, 12345);
	ck_assert_uint_eq(st.st_gid, 23456);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	struct audit *audit = NULL;

	ck_assert_int_eq(symlink(scratch("real"), scratch("link")), 0);
	expect_error(audit_open(scratch("link"), GATEWAY, test_clock(), &audit, &e), ERROR_RECORD);
	ck_assert_int_ne(access(scratch("real"), F_OK), 0);
	ck_assert_int_eq(mkfifo(scratch("fifo"), 0600), 0);
	expect_error(audit_open(scratch("fifo"), GATEWAY, test_clock(), &audit, &e), ERROR_RECORD);
	expect_error(audit_open(scratch(""), GATEWAY, test_clock(), &audit, &e), ERROR_RECORD);
	expect_error(audit_open(scratch("none/record"), GATEWAY, test_clock(), &audit, &e), ERROR_RECORD);
	ck_assert_ptr_null(audit);
}
END_TEST

START_TEST(the_chain_goes_on_after_reopening)
{
	struct audit *audit;
	uint64_t seq;
	char hash[65], again[65];

	audit = open_record(scratch("record"));
	audit_position(audit, &seq, hash);
	ck_assert_uint_eq(seq, 0);
	ck_assert_str_eq(hash, verify(scratch("record")).last_hash); /* h_0 */
	expect_ok(append_note(audit, "1", &e));
	audit_position(audit, &seq, hash);
	ck_assert_uint_eq(seq, 1);
	ck_assert_str_eq(hash, verify(scratch("record")).last_hash);
	audit_close(audit);
	audit = open_record(scratch("record"));
	audit_position(audit, &seq, again);
	ck_assert_uint_eq(seq, 1);
	ck_assert_str_eq(hash, again);
	expect_ok(append_note(audit, "2", &e));
	audit_close(audit);
	expect_whole(scratch("record"), 2);
}
END_TEST

START_TEST(two_writers_follow_each_other)
{
	struct audit *one = open_record(scratch("record")), *two = open_record(scratch("record"));

	for (int i = 0; i < 5; i++) {
		expect_ok(append_note(one, "one", &e));
		expect_ok(append_note(two, "two", &e));
		expect_ok(append_note(two, "two", &e));
	}
	audit_close(one);
	audit_close(two);
	expect_whole(scratch("record"), 15);
}
END_TEST

/* ---- durability ---- */

static _Atomic int writes, syncs;
static _Atomic long synced_size;

static ssize_t
count_write(int fd, const void *from, size_t n)
{
	writes++;
	return write(fd, from, n);
}

static int
note_sync(int fd)
{
	struct stat st;

	syncs++;
	fstat(fd, &st);
	synced_size = st.st_size;
	return fdatasync(fd);
}

START_TEST(an_event_is_synchronised_before_it_counts)
{
	static const struct audit_io io = { count_write, note_sync, ftruncate };
	struct audit *audit = open_with(&io);
	struct stat st;

	for (int i = 1; i <= 10; i++) {
		expect_ok(append_note(audit, "a", &e));
		ck_assert_int_eq(syncs, i);
		ck_assert_int_eq(writes, i);
		ck_assert_int_eq(stat(scratch("record"), &st), 0);
		ck_assert_int_eq(synced_size, st.st_size);
	}
	audit_close(audit);
}
END_TEST

/* ---- group commit ---- */

static sem_t gate, at_gate;

/* The first synchronisation waits at the gate. */
static int
gated_sync(int fd)
{
	if (syncs++ == 0) {
		sem_post(&at_gate);
		sem_wait(&gate);
	}
	return fdatasync(fd);
}

struct appender {
	struct audit *audit;
	pthread_t thread;
	int number, events, failures;
};

static void *
append_some(void *ctx)
{
	struct appender *a = ctx;
	struct error mine = ERROR_INIT;
	char text[48];

	for (int i = 0; i < a->events; i++) {
		snprintf(text, sizeof text, "%d/%d@example.org", a->number, i);
		a->failures += append_note(a->audit, text, &mine) != 0;
	}
	return NULL;
}

static void
start(struct appender *appenders, int n, struct audit *audit, int events)
{
	for (int i = 0; i < n; i++) {
		appenders[i] = (struct appender){ .audit = audit, .number = i, .events = events };
		ck_assert_int_eq(pthread_create(&appenders[i].thread, NULL, append_some, &appenders[i]), 0);
	}
}

static void
join(struct appender *appenders, int n)
{
	for (int i = 0; i < n; i++) {
		pthread_join(appenders[i].thread, NULL);
		ck_assert_int_eq(appenders[i].failures, 0);
	}
}

START_TEST(all_that_wait_share_one_write_and_one_sync)
{
	static const struct audit_io io = { count_write, gated_sync, ftruncate };
	struct appender first, others[20];
	struct audit *audit;

	sem_init(&gate, 0, 0);
	sem_init(&at_gate, 0, 0);
	audit = open_with(&io);
	start(&first, 1, audit, 1);
	sem_wait(&at_gate);
	start(others, 20, audit, 1);
	while (audit_waiting(audit) < 20)
		sched_yield();
	sem_post(&gate);
	join(&first, 1);
	join(others, 20);
	ck_assert_int_eq(writes, 2);
	ck_assert_int_eq(syncs, 2);
	audit_close(audit);
	expect_whole(scratch("record"), 21);
}
END_TEST

/* An event that nearly fills a line. */
static void *
append_large(void *ctx)
{
	static char large[LIMIT_RECORD_LINE - 200];
	struct appender *a = ctx;
	struct error mine = ERROR_INIT;

	if (a->number == 0)
		memset(large, 'x', sizeof large - 1);
	a->failures = append_note(a->audit, large, &mine) != 0;
	return NULL;
}

START_TEST(a_batch_has_a_ceiling)
{
	static const struct audit_io io = { count_write, gated_sync, ftruncate };
	struct appender first, others[3];
	struct audit *audit;

	sem_init(&gate, 0, 0);
	sem_init(&at_gate, 0, 0);
	audit = open_with(&io);
	start(&first, 1, audit, 1);
	sem_wait(&at_gate);
	for (int i = 0; i < 3; i++) {
		others[i] = (struct appender){ .audit = audit, .number = i };
		ck_assert_int_eq(pthread_create(&others[i].thread, NULL, append_large, &others[i]), 0);
		while (audit_waiting(audit) < (size_t)i + 1)
			sched_yield();
	}
	sem_post(&gate);
	join(&first, 1);
	join(others, 3);
	ck_assert_int_eq(syncs, 1 + 2); /* two large ones fit, the third is the next batch */
	audit_close(audit);
	expect_whole(scratch("record"), 4);
}
END_TEST

#define THREADS   64
#define EVENTS    50
#define PROCESSES 4

START_TEST(threads_lose_nothing)
{
	static const struct audit_io io = { count_write, note_sync, ftruncate };
	struct appender appenders[THREADS];
	struct audit *audit = open_with(&io);

	start(appenders, THREADS, audit, EVENTS);
	join(appenders, THREADS);
	audit_close(audit);
	expect_whole(scratch("record"), THREADS * EVENTS);
	ck_assert_int_eq(writes, syncs);
	ck_assert_int_lt(syncs, THREADS * EVENTS);
}
END_TEST

/* A process that has just been forked: threads of its own at the same file. */
static void
append_alone(const char *path, int number)
{
	struct appender appenders[8];
	struct error mine = ERROR_INIT;
	struct audit *audit = NULL;
	int failures = 0;

	if (audit_open(path, GATEWAY, test_clock(), &audit, &mine) != 0)
		_exit(100);
	for (int i = 0; i < 8; i++) {
		appenders[i] = (struct appender){ .audit = audit, .number = number * 1000 + i, .events = EVENTS };
		failures += pthread_create(&appenders[i].thread, NULL, append_some, &appenders[i]) != 0;
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(appenders[i].thread, NULL);
		failures += appenders[i].failures;
	}
	audit_close(audit);
	_exit(failures);
}

static int
count_author(void *ctx, const struct json *line, struct error *e_)
{
	static char seen[2 * PROCESSES * 1000 * EVENTS];
	int number, event;

	(void)e_;
	ck_assert_int_eq(sscanf(json_look_text(line, "author"), "%d/%d@", &number, &event), 2);
	ck_assert_int_eq(seen[number * EVENTS + event]++, 0);
	++*(int *)ctx;
	return 0;
}

START_TEST(threads_of_several_processes_make_one_chain)
{
	char path[512];
	int status, lines = 0;
	pid_t pids[PROCESSES];

	snprintf(path, sizeof path, "%s", scratch("record"));
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			append_alone(path, i + 1);
	}
	for (int i = 0; i < PROCESSES; i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
	expect_whole(path, PROCESSES * 8 * EVENTS);
	expect_ok(audit_each(path, count_author, &lines, &e));
	ck_assert_int_eq(lines, PROCESSES * 8 * EVENTS);
}
END_TEST

Suite *
suite_append(void)
{
	Suite *suite = suite_create("audit/append");
	TCase *t = tcase_create("append");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_new_record_is_readable_by_its_group_alone);
	tcase_add_test(t, what_root_makes_belongs_to_the_folders_owner);
	tcase_add_test(t, what_is_no_file_is_refused);
	tcase_add_test(t, the_chain_goes_on_after_reopening);
	tcase_add_test(t, two_writers_follow_each_other);
	tcase_add_test(t, an_event_is_synchronised_before_it_counts);
	tcase_add_test(t, all_that_wait_share_one_write_and_one_sync);
	tcase_add_test(t, a_batch_has_a_ceiling);
	tcase_add_test(t, threads_lose_nothing);
	tcase_add_test(t, threads_of_several_processes_make_one_chain);
	suite_add_tcase(suite, t);
	return suite;
}
