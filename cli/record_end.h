/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_RECORD_END_H
#define CLI_RECORD_END_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"

/* Where a record ends, by its last whole line alone; nothing is verified, written or locked. */
struct record_end {
	int64_t seq; /* 0: it is empty */
	char time[CLOCK_TEXT_MAX];
	bool torn;   /* octets without a line end stand behind */
};

int record_end_read(const char *path, struct record_end *out, struct error *e);

#endif
