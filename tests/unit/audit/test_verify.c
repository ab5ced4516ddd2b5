/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/memory.h"
#include "tests/unit/audit/helpers.h"
#include "tests/unit/support.h"

Suite *suite_verify(void);

static struct error e;
static struct buffer record; /* six lines */

#define LINES 6

static void
set_up(void)
{
	e = (struct error)ERROR_INIT;
	record = make_record(scratch("record"), LINES);
}

static void
tear_down(void)
{
	buffer_done(&record);
}

/* ---- tampering by whole lines: the order they shall stand in ---- */

static const struct {
	const char *order; /* lines of the record by number; a is line 1 of another record of the same gateway */
	enum audit_finding finding;
	uint64_t line;
} orders[] = {
	{ "123456", AUDIT_WHOLE, 0 },
	{ "", AUDIT_WHOLE, 0 },
	{ "12345", AUDIT_WHOLE, 0 }, /* a cut at the tail shows only against an anchor */
	{ "23456", AUDIT_GAP, 1 },   /* the head is gone */
	{ "12356", AUDIT_GAP, 4 },   /* one is gone */
	{ "1236", AUDIT_GAP, 4 },    /* two are gone */
	{ "124356", AUDIT_GAP, 3 },  /* two changed places */
	{ "213456", AUDIT_GAP, 1 },
	{ "123465", AUDIT_GAP, 5 },
	{ "1233456", AUDIT_GAP, 4 }, /* one stands twice */
	{ "1123456", AUDIT_GAP, 2 },
	{ "1234566", AUDIT_GAP, 7 },
	{ "123123", AUDIT_GAP, 4 },
	{ "123b456", AUDIT_GAP, 4 }, /* one of another record was put in */
	{ "1b3456", AUDIT_GAP, 2 },  /* it took a place: its number fits, its chain does not */
	{ "a23456", AUDIT_GAP, 2 },  /* another first line of this gateway's */
	{ "\n123456", AUDIT_MALFORMED, 1 },
	{ "123\n456", AUDIT_MALFORMED, 4 },
	{ "123456\n", AUDIT_MALFORMED, 7 },
};

static void
append_line(struct buffer *to, const struct buffer *from, size_t line)
{
	size_t start = line_start(from, line), end = line_start(from, line + 1);

	expect_ok(buffer_append(to, from->data + start, end - start, &e));
}

static void
arrange(const char *order, const struct buffer *other, struct buffer *out)
{
	for (; *order != '\0'; order++) {
		if (*order == '\n')
			expect_ok(buffer_append_char(out, '\n', &e));
		else if (*order >= 'a')
			append_line(out, other, (size_t)(*order - 'a') + 1);
		else
			append_line(out, &record, (size_t)(*order - '0'));
	}
}

START_TEST(lines_out_of_place_are_found_where_they_are)
{
	struct buffer other = make_record(scratch("other"), LINES), b = BUFFER_INIT(1 << 20);
	struct audit_report report;

	for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
		buffer_clear(&b);
		arrange(orders[i].order, &other, &b);
		write_file(scratch("bad"), buffer_text(&b), b.size);
		report = verify(scratch("bad"));
		ck_assert_msg(report.finding == orders[i].finding && report.line == orders[i].line, "%s: %s at line %llu: %s",
		    orders[i].order, audit_finding_text(report.finding), (unsigned long long)report.line, report.detail);
	}
	buffer_done(&other);
	buffer_done(&b);
}
END_TEST

START_TEST(another_gateways_record_is_foreign)
{
	struct audit_report report;

	expect_ok(audit_verify(scratch("record"), "gateway-2", &report, &e));
	ck_assert_int_eq(report.finding, AUDIT_FOREIGN);
	ck_assert_uint_eq(report.line, 1);
	ck_assert_uint_eq(report.lines, 0);
}
END_TEST

/* ---- tampering within lines ---- */

/* The number of the line in which octet `at` stands; a line end belongs to its line. */
static uint64_t
line_of(size_t at)
{
	uint64_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += record.data[i] == '\n';
	return line;
}

/* Every octet, every bit: found at the line it stands in. */
START_TEST(every_flipped_bit_is_found_at_its_line)
{
	struct buffer small = make_record(scratch("record"), 3);

	buffer_done(&record);
	record = small;
	for (size_t i = 0; i < record.size; i++) {
		for (int bit = 0; bit < 8; bit++) {
			struct audit_report report;

			record.data[i] = (char)(record.data[i] ^ (1 << bit));
			write_file(scratch("bad"), record.data, record.size);
			record.data[i] = (char)(record.data[i] ^ (1 << bit));
			report = verify(scratch("bad"));
			ck_assert_msg(report.finding != AUDIT_WHOLE && report.line == line_of(i),
			    "octet %zu of line %llu, bit %d: %s at line %llu", i, (unsigned long long)line_of(i), bit,
			    audit_finding_text(report.finding), (unsigned long long)report.line);
		}
	}
}
END_TEST

START_TEST(every_missing_or_added_octet_is_found_at_its_line)
{
	static const char added[] = { ' ', '0', '"', '\0', '\n', '}' };
	struct buffer b = BUFFER_INIT(1 << 20);
	uint64_t empty;

	for (size_t i = 0; i <= record.size; i += i < line_start(&record, 2) ? 1 : 17) {
		for (size_t j = 0; j < sizeof added; j++) {
			buffer_clear(&b);
			expect_ok(buffer_append(&b, record.data, i, &e));
			expect_ok(buffer_append_char(&b, added[j], &e));
			expect_ok(buffer_append(&b, record.data + i, record.size - i, &e));
			write_file(scratch("bad"), b.data, b.size);
			empty = added[j] == '\n' && i < record.size && record.data[i] == '\n'; /* a line behind this one */
			ck_assert_uint_eq(verify(scratch("bad")).line, line_of(i) + empty);
		}
		if (i == record.size)
			break;
		buffer_clear(&b);
		expect_ok(buffer_append(&b, record.data, i, &e));
		expect_ok(buffer_append(&b, record.data + i + 1, record.size - i - 1, &e));
		write_file(scratch("bad"), buffer_text(&b), b.size);
		ck_assert_uint_eq(verify(scratch("bad")).line, line_of(i));
	}
	buffer_done(&b);
}
END_TEST

START_TEST(a_record_cut_anywhere_is_whole_or_torn_at_its_line)
{
	for (size_t n = 0; n <= record.size; n++) {
		uint64_t line = line_of(n);

		write_file(scratch("bad"), record.data, n);
		if (n == line_start(&record, line))
			expect_whole(scratch("bad"), line - 1);
		else
			expect_finding(scratch("bad"), AUDIT_TORN, line);
	}
}
END_TEST

/* ---- a forger who knows the formula ---- */

/* The lines from `line` on with other texts, each hashed as it should be; `rest` for the first of them. */
static void
forge(size_t line, const char *rest, struct buffer *out)
{
	struct record_line parsed;
	size_t start = line_start(&record, line), end = line_start(&record, line + 1) - 1;

	expect_ok(buffer_append(out, record.data, start, &e));
	ck_assert_int_eq(record_parse(record.data + start, end - start, &parsed), 0);
	expect_ok(record_compose(&parsed, rest, strlen(rest), out, &e));
	expect_ok(buffer_append(out, record.data + end + 1, record.size - end - 1, &e));
}

START_TEST(a_line_changed_with_its_hash_shows_at_the_next)
{
	struct buffer b = BUFFER_INIT(1 << 20);

	forge(3, "\"time\":\"2026-11-22T21:00:00.123Z\",\"event\":\"login-add\",\"author\":\"mallory@example.org\"", &b);
	write_file(scratch("bad"), b.data, b.size);
	expect_finding(scratch("bad"), AUDIT_GAP, 4);
	buffer_done(&b);
}
END_TEST

static const char *const two_readings[] = {
	"\"time\":\"x\",\"event\":\"a\",\"event\":\"b\"",
	"\"time\":\"x\",\"event\":\"a\",\"seq\":7",
	"\"time\":\"x\",\"event\":\"a\",\"h\":\"\"",
	"\"time\":\"x\",\"event\":\"a\"}{",
	"\"time\":\"x\",\"event\":\"a\",",
	"\"time\":\"x\",\"event\":\"a",
	"\"time\":\"x\",\"event\":7",
	"\"time\":\"x\"",
};

START_TEST(a_hashed_line_that_is_no_plain_json_is_malformed)
{
	for (size_t i = 0; i < sizeof two_readings / sizeof two_readings[0]; i++) {
		struct buffer b = BUFFER_INIT(1 << 20);

		forge(LINES, two_readings[i], &b);
		write_file(scratch("bad"), b.data, b.size);
		expect_finding(scratch("bad"), AUDIT_MALFORMED, LINES);
		buffer_done(&b);
	}
}
END_TEST

START_TEST(a_line_without_end_is_malformed)
{
	static char large[RECORD_LINE_MAX + 100];

	memset(large, 'x', sizeof large);
	write_file(scratch("bad"), large, sizeof large);
	expect_finding(scratch("bad"), AUDIT_MALFORMED, 1);
}
END_TEST

/* ---- reading ---- */

START_TEST(what_cannot_be_read_is_an_error)
{
	struct audit_report report = { .lines = 77 };

	expect_error(audit_verify(scratch("none"), GATEWAY, &report, &e), ERROR_RECORD);
	expect_error(audit_verify(scratch(""), GATEWAY, &report, &e), ERROR_RECORD);
	ck_assert_uint_eq(report.lines, 77);
}
END_TEST

START_TEST(every_finding_has_a_text)
{
	for (enum audit_finding i = AUDIT_WHOLE; i <= AUDIT_FOREIGN; i++)
		ck_assert_uint_gt(strlen(audit_finding_text(i)), 0);
}
END_TEST

static int
expect_next(void *ctx, const struct json *line, struct error *e_)
{
	int64_t *last = ctx, seq = 0;

	(void)e_;
	ck_assert_int_eq(json_look_number(line, "seq", &seq), 0);
	ck_assert_int_eq(seq, ++*last);
	return seq == 5 ? error_set(e_, ERROR_USAGE, "enough") : 0;
}

START_TEST(a_listing_shows_each_line_until_it_is_stopped)
{
	int64_t last = 0;

	expect_error(audit_each(scratch("record"), expect_next, &last, &e), ERROR_USAGE);
	ck_assert_int_eq(last, 5);
	last = 0;
	write_file(scratch("bad"), record.data, line_start(&record, 4) + 50);
	expect_ok(audit_each(scratch("bad"), expect_next, &last, &e)); /* the torn one is left out */
	ck_assert_int_eq(last, 3);
	last = 0;
	write_file(scratch("bad"), "no json\n", 8);
	expect_error(audit_each(scratch("bad"), expect_next, &last, &e), ERROR_RECORD_BROKEN);
	expect_error(audit_each(scratch("none"), expect_next, &last, &e), ERROR_RECORD);
}
END_TEST

/* The JSON library may live with a failed allocation; what the chain says is then right all the same. */
START_TEST(verifying_survives_any_failed_allocation)
{
	int pending = 0;

	for (unsigned n = 1; !pending; n++) {
		struct audit_report report = { .finding = AUDIT_FOREIGN };
		int rc;

		memory_fail_at(n);
		rc = audit_verify(scratch("record"), GATEWAY, &report, &e);
		pending = memory_fail_pending();
		memory_fail_at(0);
		ck_assert_int_eq(e.code, rc == 0 ? ERROR_NONE : ERROR_NO_MEMORY);
		ck_assert_int_eq(report.finding, rc == 0 ? AUDIT_WHOLE : AUDIT_FOREIGN);
		error_clear(&e);
		ck_assert_uint_lt(n, 100000);
	}
}
END_TEST

Suite *
suite_verify(void)
{
	Suite *suite = suite_create("audit/verify");
	TCase *t = tcase_create("verify");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, lines_out_of_place_are_found_where_they_are);
	tcase_add_test(t, another_gateways_record_is_foreign);
	tcase_add_test(t, every_flipped_bit_is_found_at_its_line);
	tcase_add_test(t, every_missing_or_added_octet_is_found_at_its_line);
	tcase_add_test(t, a_record_cut_anywhere_is_whole_or_torn_at_its_line);
	tcase_add_test(t, a_line_changed_with_its_hash_shows_at_the_next);
	tcase_add_test(t, a_hashed_line_that_is_no_plain_json_is_malformed);
	tcase_add_test(t, a_line_without_end_is_malformed);
	tcase_add_test(t, what_cannot_be_read_is_an_error);
	tcase_add_test(t, every_finding_has_a_text);
	tcase_add_test(t, a_listing_shows_each_line_until_it_is_stopped);
	tcase_add_test(t, verifying_survives_any_failed_allocation);
	suite_add_tcase(suite, t);
	return suite;
}
