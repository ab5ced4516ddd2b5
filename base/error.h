/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/*
 * What went wrong, in one table: errors.def gives each code its disposition
 * (may the sender try again?), its enhanced status (RFC 3463) and a text that
 * a sender understands.  A function that can fail returns 0 or -1 and takes a
 * struct error as its last parameter; the first, most specific cause stays,
 * callers on the way up add context.
 */

enum error_disposition {
	DISPOSITION_RETRY,  /* a doubt or a fault of ours: 4xx, the MTA keeps the mail */
	DISPOSITION_REFUSE, /* the message or the request itself: 5xx */
};

enum error_code {
	ERROR_NONE = 0,
#define ERROR_CODE(name, disposition, status, text) ERROR_##name,
#include "base/errors.def"
#undef ERROR_CODE
	ERROR_COUNT
};

#define ERROR_DETAIL_MAX 512

struct error {
	enum error_code code;
	char detail[ERROR_DETAIL_MAX]; /* for logs and the command line; may name local things */
};

#define ERROR_INIT { ERROR_NONE, "" }

/*
 * error_set(e, code, fmt, ...): record `code` and a detail unless `e` already
 * holds an error (the first cause stays).  `e` may be NULL.  Control characters
 * in the result are replaced.  Always returns -1, so that
 * `return error_set(...)` reads well.
 */
int error_set(struct error *e, enum error_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* error_set_errno(e, code, fmt, ...): the same, with ": strerror(errno)" appended. */
int error_set_errno(struct error *e, enum error_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* error_context(e, fmt, ...): put "context: " before the detail of an error that is set.  Returns -1. */
int error_context(struct error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* error_clear(e): forget; for callers that handled the error and go on. */
void error_clear(struct error *e);

/* error_text(e): the detail, or the table's text when there is none; never NULL. */
const char *error_text(const struct error *e);

/* The table's columns.  Strings are static; error_status() is the full "X.Y.Z" of RFC 3463. */
enum error_disposition error_disposition(enum error_code code);
const char *error_name(enum error_code code);   /* lower case with dashes: "no-memory" */
const char *error_status(enum error_code code);
const char *error_meaning(enum error_code code); /* safe to show to an outsider */

#endif
