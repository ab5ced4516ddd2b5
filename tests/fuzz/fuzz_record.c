/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any octets as a record: verified, listed and followed from their end without
 * harm, and the three agree.  The same octets as the members of an event whose
 * hash is right: whole or malformed, never anything else.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "audit/line_private.h"
#include "audit/tail_private.h"
#include "audit/verify.h"
#include "base/encoding.h"

#define GATEWAY "gateway-1"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static int
count_line(void *ctx, const struct json *line, struct error *e)
{
	(void)line;
	(void)e;
	++*(uint64_t *)ctx;
	return 0;
}

/* What the writer would go on from must be what the verifier saw. */
static void
follow(int fd, const struct audit_report *report)
{
	unsigned char origin[SHA256_SIZE];
	struct error e = ERROR_INIT;
	char hash[SHA256_TEXT];
	struct tail tail;
	int rc;

	if (record_origin(GATEWAY, origin, &e) != 0)
		abort();
	rc = tail_read(fd, origin, &tail, &e);
	if (rc != 0 && e.code != ERROR_RECORD_BROKEN)
		abort();
	if (report->finding != AUDIT_WHOLE)
		return;
	if (rc != 0 || tail.torn != 0 || tail.seq != report->last_seq || head_check(fd, origin, &e) != 0)
		abort();
	hex_encode(tail.hash, SHA256_SIZE, hash);
	if (strcmp(hash, report->last_hash) != 0)
		abort();
}

static void
look(const void *data, size_t size, struct audit_report *report)
{
	int fd = memfd_create("record", MFD_CLOEXEC);
	struct error e = ERROR_INIT;
	uint64_t listed = 0;
	char path[64];

	if (fd < 0 || (size > 0 && write(fd, data, size) != (ssize_t)size))
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (audit_verify(path, GATEWAY, report, &e) != 0)
		abort();
	if ((report->finding == AUDIT_WHOLE) != (report->line == 0) || (report->line != 0 && report->line != report->lines + 1))
		abort();
	if (audit_each(path, count_line, &listed, &e) != 0 && e.code != ERROR_RECORD_BROKEN)
		abort();
	if (listed < report->lines)
		abort();
	follow(fd, report);
	close(fd);
}

/* The octets as what stands between salt and h of a first line. */
static void
look_as_members(const unsigned char *data, size_t size)
{
	struct buffer out = BUFFER_INIT(RECORD_LINE_MAX + 1024);
	struct record_line line = { .seq = 1 };
	struct audit_report report;
	struct error e = ERROR_INIT;

	if (record_origin(GATEWAY, line.prev, &e) != 0 || record_compose(&line, (const char *)data, size, &out, &e) != 0)
		abort();
	look(out.data, out.size, &report);
	if (report.finding == AUDIT_FOREIGN || report.finding == AUDIT_GAP)
		abort();
	/* a line end among the octets makes two lines of it, and neither has its hash */
	if (memchr(data, '\n', size) == NULL && report.finding != AUDIT_WHOLE && report.finding != AUDIT_MALFORMED)
		abort();
	buffer_done(&out);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct audit_report report;

	look(data, size, &report);
	if (size <= LIMIT_RECORD_LINE)
		look_as_members(data, size);
	return 0;
}
