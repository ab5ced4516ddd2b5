/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Time passed in, so that a test can say what it is.  Seconds since 1970-01-01T00:00:00Z, or milliseconds. */
struct clock {
	int64_t (*now_ms)(void *ctx);
	void *ctx;
};

/* clock_system(): CLOCK_REALTIME. */
const struct clock *clock_system(void);
int64_t clock_now(const struct clock *c);    /* seconds */
int64_t clock_now_ms(const struct clock *c); /* milliseconds */
int64_t clock_monotonic_ms(void);            /* for budgets: never jumps */

/* A clock that stands still at `fixed` milliseconds, for tests. */
struct clock clock_fixed(int64_t *fixed_ms);

#define CLOCK_TEXT_MAX 96 /* more than needed: the compiler sees that no number of any size is cut */
/* clock_text(seconds, to): "2026-11-22T21:00:00Z" (RFC 3339).  clock_text_ms(): with ".123". */
void clock_text(int64_t seconds, char to[CLOCK_TEXT_MAX]);
void clock_text_ms(int64_t ms, char to[CLOCK_TEXT_MAX]);
/* clock_mail_date(seconds, to): the Date field's form (RFC 5322 3.3), in UTC. */
#define CLOCK_MAIL_DATE_MAX 96
void clock_mail_date(int64_t seconds, char to[CLOCK_MAIL_DATE_MAX]);

#endif
