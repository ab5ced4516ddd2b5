/* SPDX-License-Identifier: BSD-2-Clause */

#include "gateway/guard_private.h"

static int
write_guarded(void *ctx, const void *from, size_t n, struct error *e)
{
	struct guard *g = ctx;
	const char *data = from;

	for (size_t i = 0; i < n; g->last = data[i++]) {
		if (data[i] == '\0' || (data[i] == '\n') != (g->last == '\r'))
			return error_set(e, ERROR_MIME_SYNTAX, "NUL or a bare CR or LF in the text");
		g->eight_bit = g->eight_bit || (unsigned char)data[i] > 127;
	}
	return sink_write(g->to, from, n, e);
}

struct sink
guard_sink(struct guard *g, struct sink *to)
{
	*g = (struct guard){ .to = to, .last = '\n' };
	return (struct sink){ write_guarded, g };
}

int
guard_end(const struct guard *g, struct error *e)
{
	return g->last != '\r' ? 0 : error_set(e, ERROR_MIME_SYNTAX, "a bare CR ends the text");
}
