/* SPDX-License-Identifier: BSD-2-Clause */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "audit/change.h"
#include "store/rows.h"
#include "tests/unit/audit/helpers.h"
#include "tests/unit/support.h"

Suite *suite_change(void);

/* A row and its line: both, or a line that says it did not happen. */

static struct error e;
static struct store *store;
static struct audit *audit;
static struct witness witness;

static void
set_up(void)
{
	e = (struct error)ERROR_INIT;
	audit = open_record(scratch("record"));
	expect_ok(store_create(scratch("store"), &e));
	expect_ok(store_open(scratch("store"), &store, &e));
	witness = (struct witness){ audit, "alice", "a test" };
}

static void
tear_down(void)
{
	audit_close(audit);
	store_close(store);
}

static void
expect_last(uint64_t lines, const char *text)
{
	struct buffer b = read_file(scratch("record"));

	expect_whole(scratch("record"), lines);
	ck_assert_ptr_nonnull(strstr(b.data + line_start(&b, lines), text));
	buffer_done(&b);
}

START_TEST(what_is_committed_is_on_the_record)
{
	struct change c;

	expect_ok(change_begin(&c, store, &witness, &e));
	expect_ok(login_add(store, "alice", "a@example.org", &e));
	expect_ok(change_record(&c, audit_event_new(AUDIT_LOGIN_ADD, &e), &e));
	expect_ok(change_commit(&c, &e));
	change_end(&c);
	expect_ok(login_remove(store, "alice", "a@example.org", &e));
	expect_last(1, "\"event\":\"login-add\",\"actor\":\"alice\",\"reason\":\"a test\"");
}
END_TEST

START_TEST(what_is_recorded_and_rolled_back_is_undone_on_the_record)
{
	struct change c;

	expect_ok(change_begin(&c, store, &witness, &e));
	expect_ok(login_add(store, "alice", "a@example.org", &e));
	expect_ok(change_record(&c, audit_event_new(AUDIT_LOGIN_ADD, &e), &e));
	expect_ok(change_record(&c, audit_event_new(AUDIT_LOGIN_ADD, &e), &e));
	change_end(&c);
	expect_error(login_remove(store, "alice", "a@example.org", &e), ERROR_STORE_NOT_FOUND);
	expect_last(3, "\"event\":\"undone\",\"events\":2,\"first\":1,\"last\":2,\"actor\":\"alice\"");
}
END_TEST

START_TEST(a_commit_that_fails_is_undone_on_the_record)
{
	struct identity_row bad = { .kind = "neither", .name = "x" };
	struct change c;

	expect_ok(change_begin(&c, store, &witness, &e));
	expect_error(identity_add(store, &bad, &e), ERROR_STORE); /* nothing of it can be committed now */
	expect_ok(change_record(&c, audit_event_new(AUDIT_IDENTITY_ADD, &e), &e));
	expect_error(change_commit(&c, &e), ERROR_STORE);
	change_end(&c);
	expect_last(2, "\"event\":\"undone\",\"events\":1");
}
END_TEST

START_TEST(what_cannot_be_recorded_does_not_happen)
{
	struct rlimit limit, old;
	struct change c;

	signal(SIGXFSZ, SIG_IGN);
	expect_ok(append_note(audit, "before", &e));
	expect_ok(change_begin(&c, store, &witness, &e));
	expect_ok(login_add(store, "alice", "a@example.org", &e));
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 100;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	expect_error(change_record(&c, audit_event_new(AUDIT_LOGIN_ADD, &e), &e), ERROR_RECORD);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	change_end(&c);
	expect_error(login_remove(store, "alice", "a@example.org", &e), ERROR_STORE_NOT_FOUND);
	expect_whole(scratch("record"), 1);
}
END_TEST

/* ---- whoever made it died ---- */

static void
append_mail(void)
{
	expect_ok(audit_append(audit, audit_event_new(AUDIT_MESSAGE, &e), &e));
}

/* Rows and lines, and then the end: nothing is committed, nothing is said. */
static void
die_before_the_commit(unsigned lines)
{
	struct change c;

	expect_ok(change_begin(&c, store, &witness, &e));
	expect_ok(login_add(store, "mallory", "m@example.org", &e));
	for (unsigned i = 0; i < lines; i++)
		expect_ok(change_record(&c, audit_event_new(AUDIT_LOGIN_ADD, &e), &e));
	store_close(store); /* as the kernel does it */
	expect_ok(store_open(scratch("store"), &store, &e));
}

static void
change_something(const char *login)
{
	struct change c;

	expect_ok(change_begin(&c, store, &witness, &e));
	expect_ok(login_add(store, login, "a@example.org", &e));
	expect_ok(change_record(&c, audit_event_new(AUDIT_LOGIN_ADD, &e), &e));
	expect_ok(change_commit(&c, &e));
	change_end(&c);
}

START_TEST(what_was_interrupted_is_undone_by_the_next_change)
{
	change_something("alice");
	append_mail();
	die_before_the_commit(2);
	append_mail();
	expect_whole(scratch("record"), 5);
	change_something("bob");
	expect_whole(scratch("record"), 7);
	change_something("carol"); /* and it is said once */
	expect_last(8, "\"event\":\"login-add\"");
	expect_error(login_remove(store, "mallory", "m@example.org", &e), ERROR_STORE_NOT_FOUND);
}
END_TEST

START_TEST(the_first_change_of_a_store_can_be_interrupted)
{
	append_mail();
	die_before_the_commit(1);
	expect_ok(change_settle(store, &witness, &e));
	expect_last(3, "\"event\":\"undone\",\"events\":1,\"first\":2,\"last\":2,\"actor\":\"alice\"");
	expect_ok(change_settle(store, &witness, &e));
	expect_whole(scratch("record"), 3);
}
END_TEST

START_TEST(what_was_committed_is_never_undone)
{
	expect_ok(change_settle(store, &witness, &e));
	for (int i = 0; i < 3; i++) {
		char login[8] = { (char)('a' + i), '\0' };

		change_something(login);
		append_mail();
		expect_ok(change_settle(store, &witness, &e));
	}
	die_before_the_commit(0); /* without a line */
	expect_ok(change_settle(store, &witness, &e));
	expect_whole(scratch("record"), 6);
}
END_TEST

START_TEST(another_record_has_nothing_to_undo)
{
	change_something("alice");
	audit_close(audit);
	ck_assert_int_eq(rename(scratch("record"), scratch("old")), 0);
	audit = open_record(scratch("record"));
	witness.audit = audit;
	expect_ok(append_note(audit, "a line longer than the one of before: the mark lies within it", &e));
	for (int i = 0; i < 3; i++)
		expect_ok(audit_append(audit, audit_event_new(AUDIT_LOGIN_ADD, &e), &e));
	expect_ok(change_settle(store, &witness, &e));
	expect_whole(scratch("record"), 4);
}
END_TEST

START_TEST(nothing_is_said_of_what_never_began)
{
	struct change c = { 0 };

	change_end(&c);
	expect_ok(change_begin(&c, store, &witness, &e));
	ck_assert_int_eq(change_record(&c, NULL, &e), -1);
	change_end(&c);
	expect_whole(scratch("record"), 0);
	expect_ok(login_add(store, "alice", "a@example.org", &e)); /* the store is free again */
}
END_TEST

Suite *
suite_change(void)
{
	Suite *suite = suite_create("audit/change");
	TCase *t = tcase_create("change");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, what_is_committed_is_on_the_record);
	tcase_add_test(t, what_is_recorded_and_rolled_back_is_undone_on_the_record);
	tcase_add_test(t, a_commit_that_fails_is_undone_on_the_record);
	tcase_add_test(t, what_cannot_be_recorded_does_not_happen);
	tcase_add_test(t, what_was_interrupted_is_undone_by_the_next_change);
	tcase_add_test(t, the_first_change_of_a_store_can_be_interrupted);
	tcase_add_test(t, what_was_committed_is_never_undone);
	tcase_add_test(t, another_record_has_nothing_to_undo);
	tcase_add_test(t, nothing_is_said_of_what_never_began);
	suite_add_tcase(suite, t);
	return suite;
}
