/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_IO_H
#define BASE_IO_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Forward-only streams.  read() gives 1 to `max` octets, 0 at the end, -1 with
 * an error; write() takes all of `n` or fails.
 */
struct source {
	ssize_t (*read)(void *ctx, void *to, size_t max, struct error *e);
	void *ctx;
};

struct sink {
	int (*write)(void *ctx, const void *from, size_t n, struct error *e);
	void *ctx;
};

/* source_read(s, to, max, e), sink_write(s, from, n, e): the calls, spelled shortly. */
ssize_t source_read(struct source *s, void *to, size_t max, struct error *e);
int sink_write(struct sink *s, const void *from, size_t n, struct error *e);
int sink_text(struct sink *s, const char *text, struct error *e);

/* io_copy(from, to, e): everything up to the end. */
int io_copy(struct source *from, struct sink *to, struct error *e);

/* A source over octets in memory, borrowed. */
struct memory_source {
	const unsigned char *data;
	size_t size, position;
};
struct source memory_source(struct memory_source *m, const void *data, size_t size);

/* sink_null(): takes and forgets. */
struct sink sink_null(void);

#endif
