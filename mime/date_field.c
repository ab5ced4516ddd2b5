/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "mime/date_field.h"

static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
	"Dec" };
static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

#define DATE_MAX 100 /* octets of a date-time; comments are cut off before */

/* `value` in one line, up to the comment that old software puts behind the zone ("(CET)"). */
static bool
one_line(const char *value, size_t n, char to[DATE_MAX])
{
	size_t size = 0;

	for (size_t i = 0; i < n && value[i] != '('; i++) {
		if (value[i] == '\r' || value[i] == '\n')
			continue;
		if (value[i] == '\0' || size + 1 == DATE_MAX)
			return false;
		to[size++] = value[i];
	}
	to[size] = '\0';
	return true;
}

/* Seconds east of Greenwich. */
static bool
read_zone(const char *zone, int *out)
{
	int number;

	if (strcmp(zone, "GMT") == 0 || strcmp(zone, "UT") == 0) {
		*out = 0;
		return true;
	}
	if ((zone[0] != '+' && zone[0] != '-') || strlen(zone) != 5 || strspn(zone + 1, "0123456789") != 4)
		return false;
	number = (int)strtol(zone + 1, NULL, 10);
	if (number % 100 > 59)
		return false;
	*out = (number / 100 * 60 + number % 100) * 60 * (zone[0] == '-' ? -1 : 1);
	return true;
}

static bool
read_month(const char *name, int *out)
{
	for (int i = 0; i < 12; i++)
		if (text_equal_nocase(name, months[i])) {
			*out = i;
			return true;
		}
	return false;
}

static bool
in_range(const struct tm *t)
{
	return t->tm_mday >= 1 && t->tm_mday <= 31 && t->tm_year >= 1900 && t->tm_hour >= 0 && t->tm_hour <= 23 &&
	    t->tm_min >= 0 && t->tm_min <= 59 && t->tm_sec >= 0 && t->tm_sec <= 60;
}

static bool
read_date(const char *text, time_t *out)
{
	const char *comma = strchr(text, ',');
	char month[4], zone[6];
	struct tm t = { 0 };
	int end = 0, east;

	if (comma != NULL)
		text = comma + 1;
	/* no field is long enough for its number to overflow */
	/* NOLINTBEGIN(cert-err34-c) */
	if (sscanf(text, " %2d %3[A-Za-z] %4d %2d:%2d:%2d %5[-+0-9A-Z] %n", &t.tm_mday, month, &t.tm_year, &t.tm_hour,
	        &t.tm_min, &t.tm_sec, zone, &end) != 7) {
		t.tm_sec = 0;
		if (sscanf(text, " %2d %3[A-Za-z] %4d %2d:%2d %5[-+0-9A-Z] %n", &t.tm_mday, month, &t.tm_year,
		        &t.tm_hour, &t.tm_min, zone, &end) != 6)
			return false;
	}
	/* NOLINTEND(cert-err34-c) */
	if (end == 0 || text[end] != '\0' || !in_range(&t) || !read_month(month, &t.tm_mon) || !read_zone(zone, &east))
		return false;
	t.tm_year -= 1900;
	*out = timegm(&t) - east;
	return true;
}

int
date_field_write(int64_t seconds, struct buffer *out, struct error *e)
{
	const time_t when = (time_t)seconds;
	struct tm t;

	if (gmtime_r(&when, &t) == NULL)
		return error_set(e, ERROR_INTERNAL, "a time without a date");
	return buffer_append_format(out, e, "%s, %02d %s %04d %02d:%02d:%02d +0000", days[t.tm_wday], t.tm_mday,
	    months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

int
date_field_utc(const char *value, size_t n, struct buffer *out, bool *out_is_date, struct error *e)
{
	char text[DATE_MAX];
	time_t when;

	*out_is_date = one_line(value, n, text) && read_date(text, &when);
	return *out_is_date ? date_field_write(when, out, e) : 0;
}
