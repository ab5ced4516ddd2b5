/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_CLI_PRINTED_H
#define TESTS_UNIT_CLI_PRINTED_H

#include "tests/unit/support.h"

/* printed_begin(): standard output goes to a file; printed_end(): what it got; the caller calls buffer_done(). */
void printed_begin(void);
struct buffer printed_end(void);

#endif
