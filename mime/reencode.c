/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdbool.h>
#include <string.h>

#include "base/encoding.h"
#include "base/text.h"
#include "mime/line_reader_private.h"
#include "mime/quoted_printable.h"
#include "mime/reencode_private.h"

int
reencode_quoted(struct spool_span body, struct sink *to, struct error *e)
{
	struct quoted_writer writer;
	struct sink sink;

	quoted_writer_init(&writer, to);
	sink = quoted_writer_sink(&writer);
	return spool_span_write(body, &sink, e) != 0 ? -1 : quoted_finish(&writer, e);
}

int
reencode_base64(struct spool_span body, struct sink *to, struct error *e)
{
	struct base64_writer writer;
	struct sink sink;

	base64_writer_init(&writer, to);
	sink = base64_writer_sink(&writer);
	return spool_span_write(body, &sink, e) != 0 ? -1 : base64_finish(&writer, e);
}

/* ---- base64 again ---- */

#define BASE64_WIDTH 76

struct wrapper {
	struct sink *to;
	char line[BASE64_WIDTH + 2];
	size_t column;
};

static int
end_wrapped(struct wrapper *w, struct error *e)
{
	size_t n = w->column;

	memcpy(w->line + n, "\r\n", 2);
	w->column = 0;
	return sink_write(w->to, w->line, n + 2, e);
}

static int
wrap(void *ctx, const void *from, size_t n, struct error *e)
{
	struct wrapper *w = ctx;
	const char *at = from;

	for (size_t i = 0; i < n; i++) {
		if (text_is_space(at[i]))
			continue;
		if (w->column == BASE64_WIDTH && end_wrapped(w, e) != 0)
			return -1;
		/* no character of base64, but whatever it is, it must not make a delimiter or end the message */
		if (w->column == 0 && (at[i] == '-' || at[i] == '.'))
			w->line[w->column++] = ' ';
		w->line[w->column++] = at[i];
	}
	return 0;
}

int
rewrap_base64(struct spool_span body, struct sink *to, struct error *e)
{
	struct wrapper w = { .to = to };
	struct sink sink = { wrap, &w };

	if (spool_span_write(body, &sink, e) != 0)
		return -1;
	return w.column == 0 ? 0 : end_wrapped(&w, e);
}

/* ---- quoted-printable again ---- */

#define MENDED_WIDTH 900

struct mender {
	struct sink *to;
	size_t column;
};

static int
mend_write(struct mender *m, const char *text, size_t n, struct error *e)
{
	m->column += n;
	return sink_write(m->to, text, n, e);
}

static int
mend_break(struct mender *m, struct error *e)
{
	m->column = 0;
	return sink_write(m->to, "=\r\n", 3, e);
}

/* The first octet of a line, in a form that no hop and no reader of boundaries stumbles over. */
static int
mend_first(struct mender *m, const char *at, size_t n, bool broken, size_t *taken, struct error *e)
{
	*taken = 1;
	if (*at == '.')
		return mend_write(m, "=2E", 3, e);
	if (*at == '-' && broken)
		return mend_write(m, "=2D", 3, e);
	if (n >= 5 && memcmp(at, "From ", 5) == 0)
		return mend_write(m, "=46", 3, e);
	*taken = 0;
	return 0;
}

/* How many of `n` octets the line has room for, without cutting a "=XX"; one that was begun is let through. */
static size_t
mend_fit(const struct mender *m, const char *at, size_t n)
{
	size_t fit = m->column + 3 > MENDED_WIDTH ? 3 : MENDED_WIDTH - m->column;

	if (n <= fit)
		return n;
	for (size_t back = 1; back <= 2 && back < fit; back++)
		if (at[fit - back] == '=')
			return fit - back;
	return fit;
}

static int
mend_piece(struct mender *m, const struct line_piece *piece, struct error *e)
{
	const char *at = piece->data;
	size_t left = piece->size, taken;
	bool broken = !piece->first;

	while (left > 0) {
		if (m->column == 0) {
			if (mend_first(m, at, left, broken, &taken, e) != 0)
				return -1;
			at += taken;
			left -= taken;
		}
		taken = mend_fit(m, at, left);
		if (mend_write(m, at, taken, e) != 0)
			return -1;
		at += taken;
		left -= taken;
		if (left > 0 && mend_break(m, e) != 0)
			return -1;
		broken = true;
	}
	return 0;
}

int
mend_quoted(struct spool_span body, struct sink *to, struct error *e)
{
	struct line_reader lines;
	struct line_piece piece;
	struct mender m = { to, 0 };
	int rc;

	if (line_reader_init(&lines, body, e) != 0)
		return -1;
	while ((rc = line_reader_next(&lines, &piece, e)) > 0) {
		if (mend_piece(&m, &piece, e) != 0)
			break;
		if (!piece.last)
			continue;
		m.column = 0;
		if (piece.end != LINE_END_NONE && sink_write(to, "\r\n", 2, e) != 0)
			break;
	}
	line_reader_done(&lines);
	return rc == 0 ? 0 : -1;
}
