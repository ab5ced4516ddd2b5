/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/encoding.h"
#include "mime/quoted_printable.h"

#define LINE_WIDTH 76

void
quoted_writer_init(struct quoted_writer *w, struct sink *to)
{
	memset(w, 0, sizeof(*w));
	w->to = to;
}

static int
end_line(struct quoted_writer *w, const char *with, bool broken, struct error *e)
{
	size_t n = strlen(with);

	memcpy(w->line + w->column, with, n);
	n += w->column;
	w->column = 0;
	w->broken = broken;
	return sink_write(w->to, w->line, n, e);
}

/* Put one octet's form on the line; a soft break comes first when the "=" of the next one would not fit. */
static int
put(struct quoted_writer *w, const char *form, size_t n, struct error *e)
{
	if (w->column + n > LINE_WIDTH - 1 && end_line(w, "=\r\n", true, e) != 0)
		return -1;
	memcpy(w->line + w->column, form, n);
	w->column += n;
	return 0;
}

static bool
is_line_end(const unsigned char *at, size_t n)
{
	return n >= 2 && at[0] == '\r' && at[1] == '\n';
}

/* Must the octet `*at`, with `n` octets in sight, be written as "=XX"? */
static bool
must_quote(const struct quoted_writer *w, const unsigned char *at, size_t n)
{
	bool begins_line = w->column == 0 || w->column + 1 > LINE_WIDTH - 1;
	bool broken = w->column == 0 ? w->broken : begins_line;

	if (*at == ' ' || *at == '\t')
		return n == 1 || is_line_end(at + 1, n - 1);
	if (*at < '!' || *at > '~' || *at == '=')
		return true;
	if (!begins_line)
		return false;
	return *at == '.' || (*at == '-' && broken) || (n >= 5 && memcmp(at, "From ", 5) == 0);
}

/* Write the octet at `at`; returns how many were taken (2 for a line end) or -1. */
static int
write_octet(struct quoted_writer *w, const unsigned char *at, size_t n, struct error *e)
{
	static const char digits[] = "0123456789ABCDEF";
	char form[3] = { '=', digits[*at >> 4], digits[*at & 15] };

	if (is_line_end(at, n))
		return end_line(w, "\r\n", false, e) != 0 ? -1 : 2;
	if (must_quote(w, at, n))
		return put(w, form, 3, e) != 0 ? -1 : 1;
	return put(w, (const char *)at, 1, e) != 0 ? -1 : 1;
}

/* Write what is held, but for the last `keep` octets, about which the next ones may decide. */
static int
drain(struct quoted_writer *w, size_t keep, struct error *e)
{
	size_t at = 0;

	while (w->count - at > keep) {
		int taken = write_octet(w, w->in + at, w->count - at, e);

		if (taken < 0)
			return -1;
		at += (size_t)taken;
	}
	memmove(w->in, w->in + at, w->count - at);
	w->count -= at;
	return 0;
}

int
quoted_write(struct quoted_writer *w, const void *from, size_t n, struct error *e)
{
	const unsigned char *at = from;

	while (n > 0) {
		size_t some = sizeof(w->in) - w->count < n ? sizeof(w->in) - w->count : n;

		memcpy(w->in + w->count, at, some);
		w->count += some;
		at += some;
		n -= some;
		if (w->count > QUOTED_AHEAD && drain(w, QUOTED_AHEAD, e) != 0)
			return -1;
	}
	return 0;
}

int
quoted_finish(struct quoted_writer *w, struct error *e)
{
	if (drain(w, 0, e) != 0)
		return -1;
	return w->column == 0 ? 0 : end_line(w, "", false, e);
}

static int
sink_quoted(void *ctx, const void *from, size_t n, struct error *e)
{
	return quoted_write(ctx, from, n, e);
}

struct sink
quoted_writer_sink(struct quoted_writer *w)
{
	return (struct sink){ sink_quoted, w };
}

/* ---- reading ---- */

static int
bad(struct error *e, const char *why)
{
	return error_set(e, ERROR_MIME_SYNTAX, "quoted-printable: %s", why);
}

static int
refill(struct quoted_reader *r, struct error *e)
{
	ssize_t n;

	memmove(r->raw, r->raw + r->raw_used, r->raw_count - r->raw_used);
	r->raw_count -= r->raw_used;
	r->raw_used = 0;
	n = source_read(r->from, r->raw + r->raw_count, sizeof(r->raw) - r->raw_count, e);
	if (n < 0)
		return -1;
	r->raw_count += (size_t)n;
	r->ended = n == 0;
	return 0;
}

/* "=XX" at `at`, `n` octets left on the line. */
static int
take_quoted(struct quoted_reader *r, const unsigned char *at, size_t n, struct error *e)
{
	if (n < 3 || hex_decode((const char *)at + 1, 2, &r->line[r->line_count], 1) != 0)
		return bad(e, "\"=\" without two hexadecimal digits");
	r->line_count++;
	return 0;
}

/* Decode a line without its end; `*soft` if it ends in a soft line break. */
static int
decode_line(struct quoted_reader *r, const unsigned char *at, size_t n, bool *soft, struct error *e)
{
	while (n > 0 && (at[n - 1] == ' ' || at[n - 1] == '\t'))
		n--;
	*soft = n > 0 && at[n - 1] == '=';
	if (*soft)
		n--;
	for (size_t i = 0; i < n; i++) {
		if (at[i] == '=') {
			if (take_quoted(r, at + i, n - i, e) != 0)
				return -1;
			i += 2;
		} else if (at[i] > '~' || (at[i] < ' ' && at[i] != '\t')) {
			return bad(e, "an octet that must be encoded");
		} else {
			r->line[r->line_count++] = at[i];
		}
	}
	return 0;
}

/* The next line of `raw`, which holds a whole one or the last. */
static int
next_line(struct quoted_reader *r, struct error *e)
{
	const unsigned char *at = r->raw + r->raw_used;
	size_t left = r->raw_count - r->raw_used, n = left;
	const unsigned char *lf = memchr(at, '\n', left);
	bool soft;

	r->line_count = r->line_used = 0;
	if (lf != NULL && (lf == at || lf[-1] != '\r'))
		return bad(e, "a bare LF");
	if (lf != NULL)
		n = (size_t)(lf - at) - 1;
	if (n > QUOTED_LINE_MAX)
		return bad(e, "a line over 998 octets");
	if (decode_line(r, at, n, &soft, e) != 0)
		return -1;
	if (lf != NULL && !soft) {
		memcpy(r->line + r->line_count, "\r\n", 2);
		r->line_count += 2;
	}
	r->raw_used += lf != NULL ? n + 2 : n;
	return 0;
}

static int
fill_line(struct quoted_reader *r, struct error *e)
{
	while (r->line_used == r->line_count) {
		while (!r->ended && r->raw_count - r->raw_used < QUOTED_LINE_MAX + 2)
			if (refill(r, e) != 0)
				return -1;
		if (r->raw_used == r->raw_count)
			return 0;
		if (next_line(r, e) != 0)
			return -1;
	}
	return 0;
}

static ssize_t
read_quoted(void *ctx, void *to, size_t max, struct error *e)
{
	struct quoted_reader *r = ctx;
	size_t n;

	if (fill_line(r, e) != 0)
		return -1;
	n = r->line_count - r->line_used;
	if (n > max)
		n = max;
	memcpy(to, r->line + r->line_used, n);
	r->line_used += n;
	return (ssize_t)n;
}

struct source
quoted_reader_source(struct quoted_reader *r, struct source *from)
{
	memset(r, 0, sizeof(*r));
	r->from = from;
	return (struct source){ read_quoted, r };
}
