/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AUDIT_WRITER_PRIVATE_H
#define AUDIT_WRITER_PRIVATE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "audit/event_private.h"
#include "audit/line_private.h"
#include "base/buffer.h"
#include "base/clock.h"

/* The end of the record: lines go out in batches.  One thread at a time. */

/* What reaches the disk; tests put others in. */
struct audit_io {
	ssize_t (*write)(int fd, const void *from, size_t n);
	int (*sync)(int fd);
	int (*truncate)(int fd, off_t size);
};
extern const struct audit_io audit_io_system;

/* A line before it has its place in the chain: made outside of all locks. */
struct draft {
	struct draft *next;
	unsigned char salt[RECORD_SALT_SIZE];
	struct buffer rest; /* what stands between salt and h */
};
int draft_init(struct draft *draft, const struct audit_event *event, const struct clock *clock, struct error *e);
void draft_done(struct draft *draft);

struct writer {
	char *path;
	int fd;
	const struct audit_io *io;
	const struct clock *clock;
	unsigned char origin[SHA256_SIZE]; /* h_0 */
	uint64_t seq;                      /* of the last line that we know */
	unsigned char hash[SHA256_SIZE];   /* its h */
	off_t end;                         /* the file's size behind it */
	off_t refused_end;                 /* its size with lines that were refused and could not be cut off; else 0 */
	struct buffer batch;
};

/* writer_open(w, path, …): what audit_open() promises.  writer_close() after success or failure. */
int writer_open(struct writer *w, const char *path, const char *gateway_id, const struct clock *clock,
    const struct audit_io *io, struct error *e);
void writer_close(struct writer *w);

/* writer_write(w, drafts, e): all of them, in order, under the file's lock, synchronised; or none. */
int writer_write(struct writer *w, const struct draft *drafts, struct error *e);

#endif
