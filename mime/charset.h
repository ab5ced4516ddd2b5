/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_CHARSET_H
#define MIME_CHARSET_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

/* The charsets that a text/plain or text/html part may be in, for text of ours that joins the author's. */

/* charset_holds_ascii(charset): known to us, and octets under 128 are US-ASCII in it wherever they stand. */
bool charset_holds_ascii(const char *charset);

/*
 * charset_from_utf8(charset, text, out, out_fits, e): UTF-8 in such a charset, appended; `*out_fits` is false, and nothing
 * is appended, when it has not all of the characters.
 */
int charset_from_utf8(const char *charset, const struct buffer *text, struct buffer *out, bool *out_fits,
    struct error *e);

#endif
