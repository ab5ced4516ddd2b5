/* SPDX-License-Identifier: BSD-2-Clause */

/* What check(3)'s assertions call, where no runner listens: a failed one ends the program, so that a fuzzer sees it. */

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

void
_ck_assert_failed(const char *file, int line, const char *expr, const char *msg, ...)
{
	fprintf(stderr, "%s:%d: %s %s\n", file, line, expr, msg != NULL ? msg : "");
	abort();
}

void
_mark_point(const char *file, int line)
{
	(void)file;
	(void)line;
}
