/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/line_private.h"
#include "audit/tail_private.h"
#include "base/memory.h"

/* Torn octets may be a whole batch of which only the length reached the disk. */
#define TORN_MAX (LIMIT_RECORD_BATCH + RECORD_LINE_MAX)

/* Exactly `n` octets from `offset`. */
static int
read_at(int fd, off_t offset, char *to, size_t n, struct error *e)
{
	while (n > 0) {
		ssize_t done = pread(fd, to, n, offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return error_set_errno(e, ERROR_RECORD, "it cannot be read");
		if (done == 0)
			return error_set(e, ERROR_RECORD, "it became shorter while it was read");
		to += done;
		offset += done;
		n -= (size_t)done;
	}
	return 0;
}

/* The offset behind the last LF before `from`, at most `most` octets back; 0 if there is none, -1 on failure. */
static off_t
behind_last_lf(int fd, off_t from, off_t most, struct error *e)
{
	char block[16 * 1024];
	off_t at = from;

	while (at > 0) {
		size_t n = at < (off_t)sizeof block ? (size_t)at : sizeof block;
		const char *lf;

		if (from - at > most)
			return error_set(e, ERROR_RECORD_BROKEN, "its end is no record");
		if (read_at(fd, at - (off_t)n, block, n, e) != 0)
			return -1;
		lf = memrchr(block, '\n', n);
		if (lf != NULL)
			return at - (off_t)n + (lf - block) + 1;
		at -= (off_t)n;
	}
	return 0;
}

/* The line that ends at `end`, into `out`. */
static int
judge_last_line(int fd, off_t start, off_t end, struct tail *out, struct error *e)
{
	size_t n = (size_t)(end - start) - 1;
	char *text = memory_new(n, 1, e);
	unsigned char hash[SHA256_SIZE];
	struct record_line line;
	int rc = -1;

	if (text == NULL)
		return -1;
	if (read_at(fd, start, text, n, e) != 0)
		goto out;
	if (record_parse(text, n, &line) != 0) {
		error_set(e, ERROR_RECORD_BROKEN, "its last line is no line of a record");
		goto out;
	}
	if (record_hash(&line, text, hash, e) != 0)
		goto out;
	if (memcmp(hash, line.hash, SHA256_SIZE) != 0) {
		error_set(e, ERROR_RECORD_BROKEN, "its last line was changed");
		goto out;
	}
	out->seq = line.seq;
	memcpy(out->hash, line.hash, SHA256_SIZE);
	rc = 0;
out:
	free(text);
	return rc;
}

/* Is this how the line after `tail` begins?  From the first zero on it never reached the disk. */
static int
judge_torn(int fd, const struct tail *tail, struct error *e)
{
	struct record_line next = { .seq = tail->seq + 1 };
	char want[RECORD_FRAME_MAX], got[RECORD_FRAME_MAX];
	size_t n;

	memcpy(next.prev, tail->hash, SHA256_SIZE);
	record_head(&next, want);
	n = strlen(want);
	if (tail->torn < (off_t)n)
		n = (size_t)tail->torn;
	if (read_at(fd, tail->end, got, n, e) != 0)
		return -1;
	for (size_t i = 0; i < n && got[i] != '\0'; i++)
		if (got[i] != want[i])
			return error_set(e, ERROR_RECORD_BROKEN, "what follows its last line is no line of it");
	return 0;
}

int
tail_read(int fd, const unsigned char origin[SHA256_SIZE], struct tail *out, struct error *e)
{
	struct tail tail = { 0 };
	struct stat st;
	off_t start;

	if (fstat(fd, &st) != 0)
		return error_set_errno(e, ERROR_RECORD, "it cannot be read");
	memcpy(tail.hash, origin, SHA256_SIZE);
	tail.end = behind_last_lf(fd, st.st_size, TORN_MAX, e);
	if (tail.end < 0)
		return -1;
	tail.torn = st.st_size - tail.end;
	if (tail.end > 0) {
		start = behind_last_lf(fd, tail.end - 1, RECORD_LINE_MAX, e);
		if (start < 0 || judge_last_line(fd, start, tail.end, &tail, e) != 0)
			return -1;
	}
	if (tail.torn > 0 && judge_torn(fd, &tail, e) != 0)
		return -1;
	*out = tail;
	return 0;
}

int
head_check(int fd, const unsigned char origin[SHA256_SIZE], struct error *e)
{
	struct record_line first = { .seq = 1 };
	char want[RECORD_FRAME_MAX], got[RECORD_FRAME_MAX];
	ssize_t n;

	memcpy(first.prev, origin, SHA256_SIZE);
	record_head(&first, want);
	n = pread(fd, got, strlen(want), 0);
	if (n < 0)
		return error_set_errno(e, ERROR_RECORD, "it cannot be read");
	for (ssize_t i = 0; i < n && got[i] != '\0'; i++)
		if (got[i] != want[i])
			return error_set(e, ERROR_RECORD_BROKEN, "it does not begin this gateway's chain");
	return 0;
}
