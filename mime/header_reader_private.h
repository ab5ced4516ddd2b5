/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_HEADER_READER_PRIVATE_H
#define MIME_HEADER_READER_PRIVATE_H

#include "base/buffer.h"
#include "mime/header_list.h"
#include "mime/line_reader_private.h"

/* A header taken in line by line. */
struct header_reader {
	struct header_list *list;
	struct buffer field; /* the field that may still have folds, as it will be split at its colon */
	const char *odd;     /* why two readers could see different fields, or NULL; static text */
};

enum header_step {
	HEADER_MORE,        /* the line was taken */
	HEADER_BLANK,       /* it was the blank line behind the header */
	HEADER_NOT_A_FIELD, /* it is neither field nor fold: the body begins with it */
};

int header_reader_init(struct header_reader *r, struct error *e);
void header_reader_done(struct header_reader *r); /* zeroed is fine */

/* header_reader_line(r, line, out, e): ERROR_TOO_MANY_HEADERS past base/limits.h. */
int header_reader_line(struct header_reader *r, const struct line_piece *line, enum header_step *out,
    struct error *e);

/* header_reader_finish(r, out, e): the header; to be called once, at its end. */
int header_reader_finish(struct header_reader *r, struct header_list **out, struct error *e);

#endif
