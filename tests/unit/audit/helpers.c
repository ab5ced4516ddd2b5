/* SPDX-License-Identifier: BSD-2-Clause */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/unit/audit/helpers.h"
#include "tests/unit/support.h"

#define FILE_MAX ((size_t)64 * 1024 * 1024)

const struct clock *
test_clock(void)
{
	static int64_t now = INT64_C(1795381200123);
	static struct clock clock;

	clock = clock_fixed(&now);
	return &clock;
}

static int
no_sync(int fd)
{
	(void)fd;
	return 0;
}

/* Hundreds of records are opened and written here; only test_append.c waits for the disk. */
struct audit *
open_record(const char *path)
{
	static const struct audit_io io = { write, no_sync, ftruncate };
	struct error e = ERROR_INIT;
	struct audit *audit = NULL;

	expect_ok(audit_open_io(path, GATEWAY, test_clock(), &io, &audit, &e));
	return audit;
}

int
append_note(struct audit *audit, const char *text, struct error *e)
{
	struct audit_event *event = audit_event_new(AUDIT_LOGIN_ADD, e);

	if (audit_put_text(event, "author", text, e) == 0)
		return audit_append(audit, event, e);
	audit_event_free(event);
	return -1;
}

void
write_file(const char *path, const void *data, size_t n)
{
	struct error e = ERROR_INIT;
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	expect_ok(file_write_all(fd, data, n, &e));
	ck_assert_int_eq(ftruncate(fd, (off_t)n), 0); /* O_TRUNC makes ext4 wait for the disk at close */
	close(fd);
}

struct buffer
read_file(const char *path)
{
	struct buffer b = BUFFER_INIT(FILE_MAX);
	struct error e = ERROR_INIT;

	expect_ok(file_read(path, FILE_MAX, &b, &e));
	return b;
}

struct buffer
make_record(const char *path, int lines)
{
	struct error e = ERROR_INIT;
	struct audit *audit;

	unlink(path);
	audit = open_record(path);
	for (int i = 1; i <= lines; i++) {
		char text[32];

		snprintf(text, sizeof text, "author%d@example.org", i);
		expect_ok(append_note(audit, text, &e));
	}
	audit_close(audit);
	return read_file(path);
}

struct audit_report
verify(const char *path)
{
	struct error e = ERROR_INIT;
	struct audit_report report;

	expect_ok(audit_verify(path, GATEWAY, &report, &e));
	return report;
}

void
expect_whole(const char *path, uint64_t lines)
{
	struct audit_report report = verify(path);

	ck_assert_msg(report.finding == AUDIT_WHOLE, "line %llu: %s", (unsigned long long)report.line, report.detail);
	ck_assert_uint_eq(report.lines, lines);
	ck_assert_uint_eq(report.last_seq, lines);
	ck_assert_uint_eq(report.line, 0);
}

void
expect_finding(const char *path, enum audit_finding finding, uint64_t line)
{
	struct audit_report report = verify(path);

	ck_assert_msg(report.finding == finding && report.line == line, "%s at line %llu: %s; wanted %s at line %llu",
	    audit_finding_text(report.finding), (unsigned long long)report.line, report.detail,
	    audit_finding_text(finding), (unsigned long long)line);
	ck_assert_uint_eq(report.lines, line - 1);
	ck_assert_str_ne(report.detail, "");
}

size_t
line_start(const struct buffer *b, size_t n)
{
	size_t at = 0;

	while (--n > 0 && at < b->size) {
		const char *lf = memchr(b->data + at, '\n', b->size - at);

		at = lf == NULL ? b->size : (size_t)(lf - b->data) + 1;
	}
	return at;
}
