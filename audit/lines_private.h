/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AUDIT_LINES_PRIVATE_H
#define AUDIT_LINES_PRIVATE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "base/error.h"

/*
 * A record's lines, forward, up to where it ended when it was opened: a moment
 * under the lock at which no line was half written.
 */
struct lines {
	int fd;
	off_t left; /* octets not read yet */
	char block[64 * 1024];
	size_t used, count;
	struct buffer line; /* without its LF */
};

enum lines_next {
	LINES_END,
	LINES_LINE,
	LINES_TORN,     /* the last one, without an LF */
	LINES_TOO_LONG, /* longer than any line of a record; nothing more can be read */
	LINES_FAILED,
};

/* lines_open(lines, path, e); lines_close() after success or failure. */
int lines_open(struct lines *lines, const char *path, struct error *e);
/* lines_skip(lines, octets, e): pass over that many octets before the first line is read. */
int lines_skip(struct lines *lines, off_t octets, struct error *e);
enum lines_next lines_next(struct lines *lines, struct error *e);
void lines_close(struct lines *lines);

#endif
