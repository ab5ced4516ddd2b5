/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_AUDIT_HELPERS_H
#define TESTS_UNIT_AUDIT_HELPERS_H

#include "audit/audit_private.h"
#include "audit/verify.h"
#include "base/buffer.h"

#define GATEWAY "gateway-1"

/* The time of all test events: 2026-11-22T21:00:00.123Z. */
const struct clock *test_clock(void);

/* open_record(path): the record, without waiting for the disk. */
struct audit *open_record(const char *path);

/* append_note(audit, text, e): one event: a login may act for the author `text`. */
int append_note(struct audit *audit, const char *text, struct error *e);

/* A record of `lines` notes at `path`, closed; its octets. */
struct buffer make_record(const char *path, int lines);

void write_file(const char *path, const void *data, size_t n);
struct buffer read_file(const char *path);

struct audit_report verify(const char *path);
void expect_whole(const char *path, uint64_t lines);
void expect_finding(const char *path, enum audit_finding finding, uint64_t line);

/* line_start(b, n): where the n-th line begins, from 1; past the last one the end. */
size_t line_start(const struct buffer *b, size_t n);

#endif
