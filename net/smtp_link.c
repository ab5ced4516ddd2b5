/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "net/smtp_link_private.h"

int
smtp_link_open(struct smtp_link *l, const struct smtp_transport *transport, const struct smtp_endpoint *to,
    int64_t deadline_ms, struct error *e)
{
	l->transport = transport;
	l->deadline_ms = deadline_ms;
	return transport->open(transport->ctx, to, deadline_ms, &l->connection, e);
}

void
smtp_link_close(struct smtp_link *l)
{
	l->transport->close(l->connection);
	l->connection = NULL;
}

int64_t
smtp_link_left_ms(const struct smtp_link *l)
{
	return l->deadline_ms - l->transport->now_ms(l->transport->ctx);
}

void
smtp_link_extend(struct smtp_link *l, int64_t ms)
{
	l->deadline_ms = l->transport->now_ms(l->transport->ctx) + ms;
}

/* Once a write has failed none follows: what comes later must not look like a continuation. */
static int
write_now(struct smtp_link *l, const void *from, size_t n, struct error *e)
{
	if (l->broken)
		return error_set(e, ERROR_IO, "the connection is broken");
	if (smtp_link_left_ms(l) <= 0) {
		l->broken = true;
		return error_set(e, ERROR_TIMEOUT, "the time is over");
	}
	if (l->transport->write(l->connection, from, n, l->deadline_ms, e) == 0)
		return 0;
	l->broken = true;
	return -1;
}

int
smtp_link_flush(struct smtp_link *l, struct error *e)
{
	size_t n = l->out_size;

	l->out_size = 0;
	return n == 0 && !l->broken ? 0 : write_now(l, l->out, n, e);
}

int
smtp_link_put(struct smtp_link *l, const void *from, size_t n, struct error *e)
{
	if (n > sizeof l->out - l->out_size && smtp_link_flush(l, e) != 0)
		return -1;
	if (n > sizeof l->out)
		return write_now(l, from, n, e);
	memcpy(l->out + l->out_size, from, n);
	l->out_size += n;
	return 0;
}

int
smtp_link_text(struct smtp_link *l, const char *text, struct error *e)
{
	return smtp_link_put(l, text, strlen(text), e);
}

/* More octets into `in`, behind those that are there. */
static int
fill(struct smtp_link *l, int64_t deadline_ms, struct error *e)
{
	ssize_t n;

	if (l->in_begin > 0) {
		memmove(l->in, l->in + l->in_begin, l->in_end - l->in_begin);
		l->in_end -= l->in_begin;
		l->in_begin = 0;
	}
	if (l->in_end == sizeof l->in)
		return error_set(e, ERROR_SMTP_SYNTAX, "a line of more than %d octets", SMTP_LINE_MAX);
	n = l->transport->read(l->connection, l->in + l->in_end, sizeof l->in - l->in_end, deadline_ms, e);
	if (n > 0)
		l->in_end += (size_t)n;
	return n > 0 ? 0 : n < 0 ? -1 : error_set(e, ERROR_IO, "the server closed the connection");
}

/* The line that ends at `lf` holds no other end of a line and no NUL, which readers take differently. */
static int
check_line(const char *line, const char *lf, struct error *e)
{
	const char *cr = memchr(line, '\r', (size_t)(lf - line));

	if (cr == NULL || cr + 1 != lf)
		return error_set(e, ERROR_SMTP_SYNTAX, "a line that does not end in CRLF");
	if (memchr(line, '\0', (size_t)(lf - line)) != NULL)
		return error_set(e, ERROR_SMTP_SYNTAX, "a NUL in a line");
	return 0;
}

static int
next_line(struct smtp_link *l, const char **out, size_t *n, struct error *e)
{
	const char *line, *lf;

	while ((lf = memchr(l->in + l->in_begin, '\n', l->in_end - l->in_begin)) == NULL)
		if (fill(l, l->deadline_ms, e) != 0)
			return -1;
	line = l->in + l->in_begin;
	if (check_line(line, lf, e) != 0)
		return -1;
	*out = line;
	*n = (size_t)(lf - line) - 1;
	l->in_begin = (size_t)(lf + 1 - l->in);
	return 0;
}

int
smtp_link_line(struct smtp_link *l, const char **out, size_t *n, struct error *e)
{
	if (next_line(l, out, n, e) == 0)
		return 0;
	l->broken = true;
	return -1;
}

bool
smtp_link_ahead(const struct smtp_link *l)
{
	return l->in_begin < l->in_end;
}

bool
smtp_link_speaks(struct smtp_link *l)
{
	struct error silence = ERROR_INIT;

	if (smtp_link_ahead(l))
		return true;
	/* A deadline that has come: what is there, or nothing. */
	return fill(l, l->transport->now_ms(l->transport->ctx), &silence) == 0 ||
	    silence.code != ERROR_TIMEOUT;
}
