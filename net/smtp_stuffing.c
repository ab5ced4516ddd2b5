/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "net/smtp_stuffing_private.h"

void
smtp_stuffing_init(struct smtp_stuffing *s, struct sink *to)
{
	*s = (struct smtp_stuffing){ to, SMTP_LINE_BEGIN, false };
}

static int
refuse(struct error *e)
{
	return error_set(e, ERROR_MIME_SYNTAX, "a CR or LF alone, which SMTP cannot carry");
}

/* How many octets belong to the line at hand, and the state behind them; 0 for a CR or LF alone. */
static size_t
take_line(struct smtp_stuffing *s, const char *at, size_t n)
{
	const char *lf = memchr(at, '\n', n);
	size_t size = lf != NULL ? (size_t)(lf - at) : n;
	const char *cr = memchr(at, '\r', size);

	if (s->state == SMTP_LINE_CR) {
		if (lf != at)
			return 0;
	} else if (cr == NULL) {
		if (lf != NULL)
			return 0;
		s->state = SMTP_LINE_WITHIN;
		return n;
	} else if (cr + 1 != at + size) {
		return 0;
	} else if (lf == NULL) {
		s->state = SMTP_LINE_CR;
		return n;
	}
	s->state = SMTP_LINE_BEGIN;
	return size + 1;
}

static int
stuff(struct smtp_stuffing *s, const char *at, size_t n, struct error *e)
{
	while (n > 0) {
		bool dot = s->state == SMTP_LINE_BEGIN && *at == '.';
		size_t size = take_line(s, at, n);

		if (size == 0)
			return refuse(e);
		if (dot && sink_write(s->to, ".", 1, e) != 0)
			return -1;
		if (sink_write(s->to, at, size, e) != 0)
			return -1;
		at += size;
		n -= size;
	}
	return 0;
}

static int
stuffing_write(void *ctx, const void *from, size_t n, struct error *e)
{
	struct smtp_stuffing *s = ctx;

	if (s->failed)
		return error_set(e, ERROR_IO, "an earlier write failed");
	if (stuff(s, from, n, e) == 0)
		return 0;
	s->failed = true;
	return -1;
}

struct sink
smtp_stuffing_sink(struct smtp_stuffing *s)
{
	return (struct sink){ stuffing_write, s };
}

int
smtp_stuffing_finish(struct smtp_stuffing *s, struct error *e)
{
	if (s->failed)
		return error_set(e, ERROR_IO, "an earlier write failed");
	if (s->state == SMTP_LINE_CR)
		return refuse(e);
	return s->state == SMTP_LINE_BEGIN ? 0 : sink_write(s->to, "\r\n", 2, e);
}
