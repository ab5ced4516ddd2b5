/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "tests/unit/audit/helpers.h"
#include "tests/unit/support.h"

Suite *suite_event(void);

static struct error e;

static void
set_up(void)
{
	e = (struct error)ERROR_INIT;
}

/* ---- the table ---- */

static int
is_name(const char *s, size_t n)
{
	return n > 0 && strspn(s, "abcdefghijklmnopqrstuvwxyz-") >= n && s[0] != '-' && s[n - 1] != '-';
}

START_TEST(each_row_of_the_table_is_well_formed)
{
	for (enum audit_event_type i = 0; i < AUDIT_EVENT_COUNT; i++) {
		const char *name = audit_event_name(i), *members = event_members(i);

		ck_assert_msg(is_name(name, strlen(name)), "\"%s\"", name);
		ck_assert_uint_gt(strlen(audit_event_meaning(i)), 0);
		for (enum audit_event_type j = 0; j < i; j++)
			ck_assert_str_ne(name, audit_event_name(j));
		for (const char *at = members; *at != '\0'; at += strspn(at, " ")) {
			size_t n = strcspn(at, " ");

			ck_assert_msg(is_name(at, n), "%s: \"%s\"", name, members);
			at += n;
		}
	}
}
END_TEST

/* A second "time" would make the line one with two readings. */
START_TEST(no_row_takes_a_name_that_every_line_has)
{
	static const char *const taken[] = { "v", "seq", "prev", "salt", "time", "event", "h" };

	for (enum audit_event_type i = 0; i < AUDIT_EVENT_COUNT; i++)
		for (size_t j = 0; j < sizeof taken / sizeof taken[0]; j++) {
			struct buffer out = BUFFER_INIT(1000);
			struct audit_event *event = audit_event_new(i, &e);

			expect_ok(audit_put_text(event, taken[j], "x", &e));
			expect_error(event_render(event, 0, &out, &e), ERROR_INTERNAL);
			audit_event_free(event);
			buffer_done(&out);
		}
}
END_TEST

/* ---- members ---- */

static struct address *
an_address(const char *text)
{
	struct address *a = NULL;

	expect_ok(address_parse_path(text, NULL, &a, &e));
	return a;
}

START_TEST(members_are_written_in_the_order_they_were_put)
{
	struct audit_event *event = audit_event_new(AUDIT_MESSAGE, &e);
	struct address *from = an_address("<Alice@EXAMPLE.org>"), *null = an_address("<>");
	struct json *list = json_new_array(&e);
	struct buffer out = BUFFER_INIT(1000);

	expect_ok(audit_put_address(event, "from", from, &e));
	expect_ok(audit_put_address(event, "mail-from", null, &e));
	expect_ok(audit_put_text(event, "instance", "in\"\n\x80", &e));
	expect_ok(audit_put_text(event, "login", NULL, &e));
	expect_ok(audit_put_bool(event, "observe", true, &e));
	expect_ok(audit_put_number(event, "size", INT64_MAX, &e));
	expect_ok(json_push_text(list, "one", &e));
	expect_ok(audit_put_take(event, "layers", list, &e));
	expect_ok(event_render(event, 0, &out, &e));
	ck_assert_str_eq(buffer_text(&out),
	    "\"time\":\"1970-01-01T00:00:00.000Z\",\"event\":\"message\",\"from\":\"Alice@example.org\",\"mail-from\":\"\","
	    "\"instance\":\"in\\\"\\n\\uFFFD\",\"login\":null,\"observe\":true,\"size\":9223372036854775807,\"layers\":[\"one\"]");
	audit_event_free(event);
	address_free(from);
	address_free(null);
	buffer_done(&out);
}
END_TEST

START_TEST(an_event_without_members_is_a_line_too)
{
	struct audit *audit = open_record(scratch("record"));

	expect_ok(audit_append(audit, audit_event_new(AUDIT_STOP, &e), &e));
	audit_close(audit);
	expect_whole(scratch("record"), 1);
}
END_TEST

START_TEST(a_member_that_the_row_does_not_have_is_refused)
{
	static const char *const strays[] = { "owner", "login", "", "from to", "re", "reasons", "time" };
	struct audit *audit = open_record(scratch("record"));

	for (size_t i = 0; i < sizeof strays / sizeof strays[0]; i++) {
		struct audit_event *event = audit_event_new(AUDIT_KEY_STATE, &e);

		expect_ok(audit_put_text(event, "reason", "x", &e));
		expect_ok(audit_put_text(event, strays[i], "x", &e));
		expect_error(audit_append(audit, event, &e), ERROR_INTERNAL);
	}
	audit_close(audit);
	expect_whole(scratch("record"), 0);
}
END_TEST

START_TEST(a_missing_event_is_an_error)
{
	struct audit *audit = open_record(scratch("record"));
	struct witness witness = { audit, "root", NULL };

	expect_error(audit_put_text(NULL, "reason", "x", &e), ERROR_INTERNAL);
	expect_error(audit_put_take(NULL, "reason", json_new_array(&e), &e), ERROR_INTERNAL);
	expect_error(audit_append(audit, NULL, &e), ERROR_INTERNAL);
	expect_error(witness_record(&witness, NULL, &e), ERROR_INTERNAL);
	audit_event_free(NULL);
	audit_close(audit);
	audit_close(NULL);
}
END_TEST

START_TEST(a_witness_says_who_and_why)
{
	struct audit *audit = open_record(scratch("record"));
	struct witness witness = { audit, "alice", "ticket 7" }, silent = { audit, "daemon", NULL };
	struct buffer b;

	expect_ok(witness_record(&witness, audit_event_new(AUDIT_INIT, &e), &e));
	expect_ok(witness_record(&silent, audit_event_new(AUDIT_INIT, &e), &e));
	expect_error(witness_record(&silent, audit_event_new(AUDIT_TORN_LINE, &e), &e), ERROR_INTERNAL);
	audit_close(audit);
	b = read_file(scratch("record"));
	ck_assert_ptr_nonnull(strstr(b.data, "\"event\":\"init\",\"actor\":\"alice\",\"reason\":\"ticket 7\","));
	ck_assert_ptr_nonnull(strstr(b.data, "\"event\":\"init\",\"actor\":\"daemon\",\"reason\":null,"));
	expect_whole(scratch("record"), 2);
	buffer_done(&b);
}
END_TEST

START_TEST(an_event_past_the_ceiling_is_refused_and_the_next_goes_on)
{
	struct audit *audit = open_record(scratch("record"));
	char *large = malloc(LIMIT_RECORD_LINE + 1);

	ck_assert_ptr_nonnull(large);
	memset(large, 'x', LIMIT_RECORD_LINE);
	large[LIMIT_RECORD_LINE] = '\0';
	expect_error(append_note(audit, large, &e), ERROR_TOO_LARGE);
	large[LIMIT_RECORD_LINE - 200] = '\0';
	expect_ok(append_note(audit, large, &e));
	expect_ok(append_note(audit, "small", &e));
	audit_close(audit);
	expect_whole(scratch("record"), 2);
	audit = open_record(scratch("record"));
	expect_ok(append_note(audit, "after a long one", &e));
	audit_close(audit);
	free(large);
}
END_TEST

static int
open_and_append(void *ctx, struct error *e_)
{
	struct audit *audit = NULL;
	struct witness witness = { NULL, "root", "why" };
	struct audit_event *event;
	int rc;

	(void)ctx;
	if (audit_open(scratch("record"), GATEWAY, test_clock(), &audit, e_) != 0)
		return -1;
	witness.audit = audit;
	event = audit_event_new(AUDIT_INIT, e_);
	rc = event == NULL ? -1 : witness_record(&witness, event, e_);
	audit_close(audit);
	return rc;
}

START_TEST(recording_survives_any_failed_allocation)
{
	each_allocation_fails(open_and_append, NULL);
	ck_assert_int_eq(verify(scratch("record")).finding, AUDIT_WHOLE);
}
END_TEST

Suite *
suite_event(void)
{
	Suite *suite = suite_create("audit/event");
	TCase *t = tcase_create("event");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, each_row_of_the_table_is_well_formed);
	tcase_add_test(t, no_row_takes_a_name_that_every_line_has);
	tcase_add_test(t, members_are_written_in_the_order_they_were_put);
	tcase_add_test(t, an_event_without_members_is_a_line_too);
	tcase_add_test(t, a_member_that_the_row_does_not_have_is_refused);
	tcase_add_test(t, a_missing_event_is_an_error);
	tcase_add_test(t, a_witness_says_who_and_why);
	tcase_add_test(t, an_event_past_the_ceiling_is_refused_and_the_next_goes_on);
	tcase_add_test(t, recording_survives_any_failed_allocation);
	suite_add_tcase(suite, t);
	return suite;
}
