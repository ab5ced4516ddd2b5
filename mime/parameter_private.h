/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_PARAMETER_PRIVATE_H
#define MIME_PARAMETER_PRIVATE_H

#include "base/buffer.h"
#include "mime/media_type.h"

/*
 * parameters_join(raw, count, m, e): fill `m`'s parameters from those of a field
 * as they stand there (names in lower case, some in the form of RFC 2231);
 * sets `m->ambiguous` where two readers could join them differently.
 */
int parameters_join(const struct media_parameter *raw, size_t count, struct media_type *m, struct error *e);

/* charset_to_utf8(charset, text, out, e): as UTF-8 without control characters; "?" for what cannot be read. */
int charset_to_utf8(const char *charset, const struct buffer *text, struct buffer *out, struct error *e);

#endif
