/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/secret.h"

/* output_write(path, b, e): to a file (replaced whole, mode 0644), or to standard output when `path` is NULL or "-". */
int output_write(const char *path, const struct buffer *b, struct error *e);

/* output_json(j, e): to standard output, indented. */
int output_json(const struct json *j, struct error *e);

#endif
