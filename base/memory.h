/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

#include "base/error.h"

/*
 * Allocation that fails with ERROR_NO_MEMORY instead of aborting, and that a
 * test can make fail at the n-th call.  What these return is freed with free().
 */

/* memory_new(n, size, e): zeroed room for `n` objects of `size` octets; overflow-checked; NULL on failure. */
void *memory_new(size_t n, size_t size, struct error *e);

/* memory_resize(p, n, size, e): like reallocarray(3); on failure returns NULL and `p` stays valid. */
void *memory_resize(void *p, size_t n, size_t size, struct error *e);

/* memory_copy(p, n, e): a copy of `n` octets with a NUL behind them. */
void *memory_copy(const void *p, size_t n, struct error *e);

/* memory_text(s, e): like strdup(3). */
char *memory_text(const char *s, struct error *e);

/* memory_format(e, fmt, ...): like asprintf(3); NULL on failure. */
char *memory_format(struct error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* memory_wipe(p, n): overwrite in a way that the compiler may not remove. */
void memory_wipe(void *p, size_t n);

/*
 * memory_fail_at(n): tests only: the n-th allocation of this thread from now on
 * fails, once (1 = the next one); 0 turns it off.  memory_fail_pending() is 1
 * while that allocation has not come yet.
 */
void memory_fail_at(unsigned n);
int memory_fail_pending(void);

#endif
