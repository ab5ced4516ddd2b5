/* SPDX-License-Identifier: BSD-2-Clause */

/* Numbers as people write them: decimal only, "010" is neither 8 nor 10 but a question. */

#include <stdbool.h>
#include <string.h>

#include "conf/types_private.h"

struct unit {
	const char *letters;
	int64_t factor;
};

static const struct unit no_units[] = {
	{ "", 1 },
	{ NULL, 0 },
};

static const struct unit size_units[] = {
	{ "", 1 },
	{ "k", 1024 },
	{ "K", 1024 },
	{ "M", INT64_C(1024) * 1024 },
	{ "G", INT64_C(1024) * 1024 * 1024 },
	{ NULL, 0 },
};

static const struct unit duration_units[] = {
	{ "", 1 },
	{ "s", 1 },
	{ "m", 60 },
	{ "h", INT64_C(60) * 60 },
	{ "d", INT64_C(24) * 60 * 60 },
	{ NULL, 0 },
};

/* The digits at `text`; returns how many, 0 when the number does not fit. */
static size_t
read_digits(const char *text, int64_t *out)
{
	int64_t n = 0;
	size_t i;

	for (i = 0; text[i] >= '0' && text[i] <= '9'; i++) {
		int digit = text[i] - '0';

		if (n > (INT64_MAX - digit) / 10)
			return 0;
		n = n * 10 + digit;
	}
	*out = n;
	return i;
}

static const char *
read_with_unit(const char *text, const struct unit *units, const char *remedy, int64_t *out)
{
	int64_t n = 0;
	size_t digits = strspn(text, "0123456789");

	if (digits == 0)
		return remedy;
	if (text[0] == '0' && digits > 1)
		return "a number with a leading zero, as if it were octal; write it without the zero";
	if (read_digits(text, &n) == 0)
		return "the number is too large; write a smaller one";
	for (const struct unit *unit = units; unit->letters != NULL; unit++) {
		if (strcmp(text + digits, unit->letters) != 0)
			continue;
		if (n > INT64_MAX / unit->factor)
			return "the number is too large; write a smaller one";
		*out = n * unit->factor;
		return NULL;
	}
	return remedy;
}

const char *
number_read(const char *text, int64_t *out)
{
	return read_with_unit(text, no_units, "not a number; write decimal digits", out);
}

const char *
size_read(const char *text, int64_t *out)
{
	return read_with_unit(
	    text, size_units, "not a size; write digits and perhaps k, M or G, as 64M", out);
}

const char *
duration_read(const char *text, int64_t *out)
{
	return read_with_unit(
	    text, duration_units, "not a duration; write digits and s, m, h or d, as 30s", out);
}
