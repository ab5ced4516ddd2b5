/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "tests/corpus/corpus.h"

/* Where to cut a file. */

/* Up to here every length is tried whatever CORPUS_CUTS says; past it so many cuts at boundaries and by stride. */
#define SMALL 64
#define AT_BOUNDARIES 24
#define BY_STRIDE 8

static bool
wants_all(void)
{
	const char *value = getenv("CORPUS_CUTS");

	return value != NULL && strcmp(value, "all") == 0;
}

/* The line ends of MIME: behind a header, before and behind a delimiter. */
static bool
is_mime_boundary(const char *data, size_t n, size_t at)
{
	static const char *const marks[] = { "\r\n\r\n", "\r\n--", "--\r\n" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (n - at >= strlen(marks[i]) && memcmp(data + at, marks[i], strlen(marks[i])) == 0)
			return true;
	return false;
}

/* What begins a value of DER in CMS and X.509: constructed tags, OIDs, strings of octets. */
static bool
is_der_boundary(const char *data, size_t at)
{
	return memchr("\x30\x31\xa0\xa1\x06\x04", data[at], 6) != NULL;
}

static void
mark(bool *wanted, size_t n, size_t at)
{
	for (size_t i = at < 2 ? 0 : at - 2; i <= at + 2 && i < n; i++)
		wanted[i] = true;
}

/* Evenly chosen among all boundaries when there are more than we can afford. */
static void
mark_boundaries(bool *wanted, const char *data, size_t n, bool der)
{
	size_t count = 0, seen = 0;

	for (size_t at = 0; at < n; at++)
		count += der ? is_der_boundary(data, at) : is_mime_boundary(data, n, at);
	for (size_t at = 0; at < n; at++) {
		if (!(der ? is_der_boundary(data, at) : is_mime_boundary(data, n, at)))
			continue;
		if (count <= AT_BOUNDARIES / 5 || seen * (AT_BOUNDARIES / 5) / count != (seen + 1) * (AT_BOUNDARIES / 5) / count)
			mark(wanted, n, at);
		seen++;
	}
}

size_t *
cuts(const void *data, size_t n, bool der)
{
	bool *wanted = calloc(n + 1, sizeof(*wanted));
	size_t *list = calloc(n + 1, sizeof(*list)), count = 0, stride = wants_all() || n <= SMALL ? 1 : n / BY_STRIDE;

	ck_assert(wanted != NULL && list != NULL);
	for (size_t at = 0; at < n; at += stride)
		wanted[at] = true;
	if (stride > 1)
		mark_boundaries(wanted, data, n, der);
	for (size_t at = 0; at < n; at++)
		if (wanted[at])
			list[count++] = at;
	list[count] = n;
	free(wanted);
	return list;
}
