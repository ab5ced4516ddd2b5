/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AUDIT_LINE_PRIVATE_H
#define AUDIT_LINE_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"
#include "crypto/digest.h"

/* One line of the record: its octets and its place in the chain.  The format stands in audit.h. */

#define RECORD_SALT_SIZE 16

/* Octets of a line besides what the event brings, and the longest line with its LF. */
#define RECORD_FRAME_MAX 256
#define RECORD_LINE_MAX  (LIMIT_RECORD_LINE + RECORD_FRAME_MAX)

struct record_line {
	uint64_t seq; /* 1 to INT64_MAX, so that any JSON reader can hold it */
	unsigned char prev[SHA256_SIZE], salt[RECORD_SALT_SIZE], hash[SHA256_SIZE];
	size_t size; /* of the line bytes: all before `,"h":` */
};

/* record_origin(gateway_id, out, e): h_0. */
int record_origin(const char *gateway_id, unsigned char out[SHA256_SIZE], struct error *e);

/* record_hash(line, bytes, out, e): h_i from the line's prev, salt and `line->size` line bytes. */
int record_hash(const struct record_line *line, const char *bytes, unsigned char out[SHA256_SIZE], struct error *e);

/* record_parse(text, n, out): a line without its LF; -1 unless its frame is exactly what record_compose() makes. */
int record_parse(const char *text, size_t n, struct record_line *out);

/* record_head(line, to): how the line begins, up to the salt's first digit; it depends on seq and prev alone. */
void record_head(const struct record_line *line, char to[RECORD_FRAME_MAX]);

/*
 * record_compose(line, rest, n, out, e): append the whole line with its LF.
 * `line` brings seq, prev and salt and receives size and hash; `rest` is what
 * stands between salt and h, without the commas around it.
 */
int record_compose(struct record_line *line, const char *rest, size_t n, struct buffer *out, struct error *e);

#endif
