/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_SUPPORT_H
#define TESTS_UNIT_SUPPORT_H

#include <check.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/io.h"

/* What unit tests of every folder share.  Tests run from the top of the tree and read only tests/data/. */

/* Assert success or failure of a call that took `e`; on surprise the error's text is printed. */
#define expect_ok(call) expect_ok_((call), &e, __FILE__, __LINE__)
#define expect_error(call, want) expect_error_((call), (want), &e, __FILE__, __LINE__)
void expect_ok_(int rc, struct error *e, const char *file, int line);
void expect_error_(int rc, enum error_code want, struct error *e, const char *file, int line);

/* load(path): the file tests/data/PATH; the caller calls buffer_done(). */
struct buffer load(const char *path);

/* scratch(name): "FOLDER/name" in a fresh private folder of this test process, removed at exit; static storage. */
const char *scratch(const char *name);

/*
 * each_allocation_fails(call, ctx): run `call` with the first allocation
 * failing, then the second and so on until it gets through: each run must end
 * in ERROR_NO_MEMORY, the last in success.  `call` frees what it made.
 */
void each_allocation_fails(int (*call)(void *ctx, struct error *e), void *ctx);

/* slow_source(s, data, n, step): a source that gives at most `step` octets a read, to feed parsers byte by byte. */
struct slow_source {
	const unsigned char *data;
	size_t size, position, step;
};
struct source slow_source(struct slow_source *s, const void *data, size_t n, size_t step);

#endif
