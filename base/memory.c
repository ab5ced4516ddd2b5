/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/memory_private.h"

/* Allocations until the one that a test wants to fail; 0 is none.  Each thread has its own. */
static _Thread_local unsigned fail_countdown;

int
memory_refused(void)
{
	if (fail_countdown == 0)
		return 0;
	return --fail_countdown == 0;
}

void
memory_fail_at(unsigned n)
{
	fail_countdown = n;
}

int
memory_fail_pending(void)
{
	return fail_countdown != 0;
}

static void *
no_memory(size_t n, size_t size, struct error *e)
{
	error_set(e, ERROR_NO_MEMORY, "cannot allocate %zu times %zu octets", n, size);
	return NULL;
}

/* Whether an object of `n` times `size` octets can exist: larger ones break pointer arithmetic. */
static bool
is_possible(size_t n, size_t size)
{
	return size == 0 || n <= PTRDIFF_MAX / size;
}

void *
memory_new(size_t n, size_t size, struct error *e)
{
	void *p = NULL;

	if (n == 0 || size == 0)
		n = size = 1; /* calloc(0) may answer NULL, which is our word for failure */
	if (is_possible(n, size) && !memory_refused())
		p = calloc(n, size);
	return p != NULL ? p : no_memory(n, size, e);
}

void *
memory_resize(void *p, size_t n, size_t size, struct error *e)
{
	void *new = NULL;

	if (n == 0 || size == 0)
		n = size = 1; /* realloc(p, 0) may free */
	if (is_possible(n, size) && !memory_refused())
		new = reallocarray(p, n, size);
	return new != NULL ? new : no_memory(n, size, e);
}

void *
memory_copy(const void *p, size_t n, struct error *e)
{
	char *copy = NULL;

	if (n < PTRDIFF_MAX && !memory_refused())
		copy = malloc(n + 1);
	if (copy == NULL)
		return no_memory(1, n, e);
	if (n != 0)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

char *
memory_text(const char *s, struct error *e)
{
	return memory_copy(s, strlen(s), e);
}

char *
memory_format(struct error *e, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n = -1;

	va_start(ap, fmt);
	if (!memory_refused())
		n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		error_set(e, ERROR_NO_MEMORY, "cannot allocate text");
		return NULL;
	}
	return text;
}

void
memory_wipe(void *p, size_t n)
{
	if (n != 0)
		explicit_bzero(p, n);
}
