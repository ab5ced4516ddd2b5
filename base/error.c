/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

struct error_row {
	enum error_disposition disposition;
	const char *identifier, *status, *meaning;
};

static const struct error_row rows[ERROR_COUNT] = {
	[ERROR_NONE] = { DISPOSITION_RETRY, "NONE", "2.0.0", "no error" },
#define ERROR_CODE(name, disposition, status, text) \
	[ERROR_##name] = { DISPOSITION_##disposition, #name, status, text },
#include "base/errors.def"
#undef ERROR_CODE
};

/* The identifiers as people read them; filled once, then constant. */
#define NAME_MAX_OCTETS 48
static char names[ERROR_COUNT][NAME_MAX_OCTETS];
static pthread_once_t names_once = PTHREAD_ONCE_INIT;

static void
fill_names(void)
{
	for (size_t code = 0; code < ERROR_COUNT; code++)
		for (size_t i = 0; i < NAME_MAX_OCTETS - 1 && rows[code].identifier[i] != '\0'; i++) {
			char c = rows[code].identifier[i];

			names[code][i] = c == '_' ? '-' : text_lower(c);
		}
}

static const struct error_row *
row_of(enum error_code code)
{
	/* An unknown number is a fault of ours: the MTA keeps the mail. */
	return &rows[(unsigned)code < ERROR_COUNT ? code : ERROR_INTERNAL];
}

/* Record `code`; 1 when the detail is ours to write, 0 when an earlier cause stays. */
static int
record(struct error *e, enum error_code code)
{
	if (e == NULL || e->code != ERROR_NONE)
		return 0;
	e->code = code;
	return 1;
}

int
error_set(struct error *e, enum error_code code, const char *fmt, ...)
{
	va_list ap;

	if (!record(e, code))
		return -1;
	va_start(ap, fmt);
	vsnprintf(e->detail, sizeof e->detail, fmt, ap);
	va_end(ap);
	text_clean(e->detail);
	return -1;
}

int
error_set_errno(struct error *e, enum error_code code, const char *fmt, ...)
{
	int saved = errno;
	char reason[128];
	size_t used;
	va_list ap;

	if (!record(e, code))
		return -1;
	va_start(ap, fmt);
	vsnprintf(e->detail, sizeof e->detail, fmt, ap);
	va_end(ap);
	used = strlen(e->detail);
	snprintf(e->detail + used, sizeof e->detail - used, ": %s", strerror_r(saved, reason, sizeof reason));
	text_clean(e->detail);
	errno = saved;
	return -1;
}

int
error_context(struct error *e, const char *fmt, ...)
{
	char before[ERROR_DETAIL_MAX];
	size_t used;
	va_list ap;

	if (e == NULL || e->code == ERROR_NONE)
		return -1;
	snprintf(before, sizeof before, "%s", error_text(e));
	va_start(ap, fmt);
	vsnprintf(e->detail, sizeof e->detail, fmt, ap);
	va_end(ap);
	used = strlen(e->detail);
	snprintf(e->detail + used, sizeof e->detail - used, ": %s", before);
	text_clean(e->detail);
	return -1;
}

void
error_clear(struct error *e)
{
	if (e == NULL)
		return;
	e->code = ERROR_NONE;
	e->detail[0] = '\0';
}

const char *
error_text(const struct error *e)
{
	return e->detail[0] != '\0' ? e->detail : error_meaning(e->code);
}

enum error_disposition
error_disposition(enum error_code code)
{
	return row_of(code)->disposition;
}

const char *
error_name(enum error_code code)
{
	pthread_once(&names_once, fill_names);
	return names[row_of(code) - rows];
}

const char *
error_status(enum error_code code)
{
	return row_of(code)->status;
}

const char *
error_meaning(enum error_code code)
{
	return row_of(code)->meaning;
}
