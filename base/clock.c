/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <time.h>

#include "base/clock.h"

static int64_t
read_ms(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t
system_now_ms(void *ctx)
{
	(void)ctx;
	return read_ms(CLOCK_REALTIME);
}

const struct clock *
clock_system(void)
{
	static const struct clock system_clock = { system_now_ms, NULL };

	return &system_clock;
}

int64_t
clock_now_ms(const struct clock *c)
{
	return c->now_ms(c->ctx);
}

/* Division that rounds down, also before 1970. */
static int64_t
whole_seconds(int64_t ms)
{
	return ms / 1000 - (ms % 1000 < 0 ? 1 : 0);
}

int64_t
clock_now(const struct clock *c)
{
	return whole_seconds(clock_now_ms(c));
}

int64_t
clock_monotonic_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

static int64_t
fixed_now_ms(void *ctx)
{
	return *(const int64_t *)ctx;
}

struct clock
clock_fixed(int64_t *fixed_ms)
{
	return (struct clock){ fixed_now_ms, fixed_ms };
}

/* The years 0000 to 9999 are all that RFC 3339 can write; times outside move to the nearest of them. */
#define FIRST_SECOND (-INT64_C(62167219200))
#define LAST_SECOND  INT64_C(253402300799)

static void
split(int64_t seconds, struct tm *tm)
{
	time_t t;

	if (seconds < FIRST_SECOND)
		seconds = FIRST_SECOND;
	if (seconds > LAST_SECOND)
		seconds = LAST_SECOND;
	t = (time_t)seconds;
	gmtime_r(&t, tm);
}

void
clock_text(int64_t seconds, char to[CLOCK_TEXT_MAX])
{
	struct tm tm;

	split(seconds, &tm);
	snprintf(to, CLOCK_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void
clock_text_ms(int64_t ms, char to[CLOCK_TEXT_MAX])
{
	int64_t seconds = whole_seconds(ms);
	struct tm tm;

	split(seconds, &tm);
	snprintf(to, CLOCK_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(ms - seconds * 1000));
}

void
clock_mail_date(int64_t seconds, char to[CLOCK_MAIL_DATE_MAX])
{
	/* Not strftime(3): RFC 5322 has English names whatever the locale. */
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
		"Oct", "Nov", "Dec" };
	struct tm tm;

	split(seconds, &tm);
	snprintf(to, CLOCK_MAIL_DATE_MAX, "%s, %d %s %04d %02d:%02d:%02d +0000", days[tm.tm_wday], tm.tm_mday,
	    months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}
