/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/line_ends.h"

#include <string.h>

int
to_crlf_write(struct to_crlf *f, const void *from, size_t n, struct error *e)
{
	const char *at = from, *end = at + n;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		size_t before = lf != NULL ? (size_t)(lf - at) : (size_t)(end - at);

		if (before > 0) {
			if (sink_write(f->to, at, before, e) != 0)
				return -1;
			f->behind_cr = at[before - 1] == '\r';
		}
		if (lf == NULL)
			return 0;
		if (sink_write(f->to, f->behind_cr ? "\n" : "\r\n", f->behind_cr ? 1 : 2, e) != 0)
			return -1;
		f->behind_cr = false;
		at = lf + 1;
	}
	return 0;
}

/* A CR waits for the octet behind it. */
static int
to_lf_write(void *ctx, const void *from, size_t n, struct error *e)
{
	struct to_lf *f = ctx;
	const char *at = from, *end = at + n;

	while (at < end) {
		const char *cr;
		size_t before;

		if (f->holds_cr && *at != '\n' && sink_write(f->to, "\r", 1, e) != 0)
			return -1;
		f->holds_cr = false;
		cr = memchr(at, '\r', (size_t)(end - at));
		before = cr != NULL ? (size_t)(cr - at) : (size_t)(end - at);
		if (before > 0 && sink_write(f->to, at, before, e) != 0)
			return -1;
		at += before;
		if (cr != NULL) {
			f->holds_cr = true;
			at++;
		}
	}
	return 0;
}

struct sink
to_lf_sink(struct to_lf *f)
{
	return (struct sink){ to_lf_write, f };
}

int
to_lf_finish(struct to_lf *f, struct error *e)
{
	bool holds = f->holds_cr;

	f->holds_cr = false;
	return holds ? sink_write(f->to, "\r", 1, e) : 0;
}
