/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/line_private.h"
#include "audit/lines_private.h"

/* The size while nobody writes. */
static int
take_size(int fd, off_t *out, struct error *e)
{
	struct stat st;
	int rc;

	while (flock(fd, LOCK_SH) != 0)
		if (errno != EINTR)
			return error_set_errno(e, ERROR_RECORD, "it cannot be locked");
	rc = fstat(fd, &st);
	flock(fd, LOCK_UN);
	if (rc != 0)
		return error_set_errno(e, ERROR_RECORD, "it cannot be read");
	if (!S_ISREG(st.st_mode))
		return error_set(e, ERROR_RECORD, "it is not a regular file");
	*out = st.st_size;
	return 0;
}

int
lines_open(struct lines *lines, const char *path, struct error *e)
{
	lines->left = 0;
	lines->used = lines->count = 0;
	buffer_init(&lines->line, RECORD_LINE_MAX);
	lines->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (lines->fd < 0)
		return error_set_errno(e, ERROR_RECORD, "it cannot be opened");
	return take_size(lines->fd, &lines->left, e);
}

int
lines_skip(struct lines *lines, off_t octets, struct error *e)
{
	if (lseek(lines->fd, octets, SEEK_SET) < 0)
		return error_set_errno(e, ERROR_RECORD, "it cannot be read");
	lines->left -= octets;
	return 0;
}

void
lines_close(struct lines *lines)
{
	if (lines->fd >= 0)
		close(lines->fd);
	lines->fd = -1;
	buffer_done(&lines->line);
}

/* The next block; an empty one is the end. */
static int
fill(struct lines *lines, struct error *e)
{
	size_t want = lines->left < (off_t)sizeof lines->block ? (size_t)lines->left : sizeof lines->block;
	ssize_t n;

	lines->used = lines->count = 0;
	if (want == 0)
		return 0;
	do
		n = read(lines->fd, lines->block, want);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_set_errno(e, ERROR_RECORD, "it cannot be read");
	lines->count = (size_t)n;
	lines->left = n == 0 ? 0 : lines->left - n;
	return 0;
}

enum lines_next
lines_next(struct lines *lines, struct error *e)
{
	buffer_clear(&lines->line);
	for (;;) {
		const char *at, *lf;
		size_t n;

		if (lines->used == lines->count) {
			if (fill(lines, e) != 0)
				return LINES_FAILED;
			if (lines->count == 0)
				return lines->line.size == 0 ? LINES_END : LINES_TORN;
		}
		at = lines->block + lines->used;
		lf = memchr(at, '\n', lines->count - lines->used);
		n = lf != NULL ? (size_t)(lf - at) : lines->count - lines->used;
		if (n > lines->line.ceiling - lines->line.size)
			return LINES_TOO_LONG;
		if (buffer_append(&lines->line, at, n, e) != 0)
			return LINES_FAILED;
		lines->used += n + (lf != NULL);
		if (lf != NULL)
			return LINES_LINE;
	}
}
