/* SPDX-License-Identifier: BSD-2-Clause */

#include "tests/unit/cli/printed.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"

#define PRINTED_MAX (16U << 20)

static int saved = -1;

void
printed_begin(void)
{
	int fd = open(scratch("printed"), O_RDWR | O_CREAT | O_TRUNC, 0600);

	(void)fflush(stdout);
	saved = dup(STDOUT_FILENO);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(dup2(fd, STDOUT_FILENO), 0);
	(void)close(fd);
}

struct buffer
printed_end(void)
{
	struct buffer text = BUFFER_INIT(PRINTED_MAX);
	struct error e = ERROR_INIT;

	(void)fflush(stdout);
	ck_assert_int_ge(dup2(saved, STDOUT_FILENO), 0);
	(void)close(saved);
	expect_ok(file_read(scratch("printed"), PRINTED_MAX, &text, &e));
	return text;
}
