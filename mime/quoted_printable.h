/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_QUOTED_PRINTABLE_H
#define MIME_QUOTED_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/io.h"

/*
 * Quoted-printable (RFC 2045 6.7), streaming.  The writer takes CRLF as a line
 * end and every other CR and LF as an octet, so what a reader gets back is the
 * same octet for octet.  Its lines have at most 76 characters; none begins with
 * "From ", "." or, where the writer broke the line, "-": what hops or boundaries
 * could take for something else.
 */
#define QUOTED_AHEAD 5 /* octets that must be in sight to decide about one: "From " */
struct quoted_writer {
	struct sink *to;
	unsigned char in[1024];
	size_t count;
	char line[80];
	size_t column;
	bool broken; /* the line in hand follows a soft line break */
};
void quoted_writer_init(struct quoted_writer *w, struct sink *to);
int quoted_write(struct quoted_writer *w, const void *from, size_t n, struct error *e);
/* quoted_finish(w, e): what is pending; no line end is added. */
int quoted_finish(struct quoted_writer *w, struct error *e);
struct sink quoted_writer_sink(struct quoted_writer *w);

/*
 * A reader over a source.  Strict: "=" begins two hexadecimal digits or a soft
 * line break; no octet over 126 or under 32 besides HT and CRLF; white space
 * before a line end is dropped (RFC 2045 6.7 (3)); lines up to 998 octets.
 * ERROR_MIME_SYNTAX otherwise.
 */
#define QUOTED_LINE_MAX 998
struct quoted_reader {
	struct source *from;
	unsigned char raw[QUOTED_LINE_MAX + 2 + 3096];
	size_t raw_count, raw_used;
	unsigned char line[QUOTED_LINE_MAX + 2]; /* decoded, waits for a reader */
	size_t line_count, line_used;
	bool ended;
};
struct source quoted_reader_source(struct quoted_reader *r, struct source *from);

#endif
