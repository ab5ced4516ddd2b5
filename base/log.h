/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

/*
 * The running log: for operators, beside the record.  Only the edges (milter/,
 * cli/) write it; libraries report by struct error.  Control characters are
 * replaced, so nobody forges lines.
 */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* log_open(program, to_stderr): syslog's mail facility (journald sees it too), or standard error. */
void log_open(const char *program, bool to_stderr);
void log_level_set(enum log_level highest);

/* log_line(level, id, fmt, ...): `id` is the queue id, or NULL; it leads the line. */
void log_line(enum log_level level, const char *id, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
