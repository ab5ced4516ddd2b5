/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_TAGGED_TEXT_H
#define MIME_TAGGED_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

/*
 * A tag in the text of an unstructured field, as "[secret]" in a Subject.  The text is compared as a reader sees it:
 * unfolded, its encoded-words decoded (RFC 2047), ASCII letters without case.  A tag is UTF-8.
 */

/* tagged_text_has(value, n, tag, out, e): the tag stands anywhere in the value. */
int tagged_text_has(const char *value, size_t n, const char *tag, bool *out, struct error *e);
/* tagged_text_begins(value, n, tag, out, e): the value begins with it. */
int tagged_text_begins(const char *value, size_t n, const char *tag, bool *out, struct error *e);

/*
 * tagged_text_remove(value, n, tag, out, e): the value without the tag, however often it stood there, appended to
 * `out` as a header has it: a leading space, encoded-words where needed, CRLF folds.  One blank stays where the tag
 * stood between two.  ERROR_HEADER_SYNTAX for a text that reads differently once it is written again.
 */
int tagged_text_remove(const char *value, size_t n, const char *tag, struct buffer *out, struct error *e);

#endif
