/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_MEDIA_TYPE_H
#define MIME_MEDIA_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * A Content-Type or Content-Disposition value (RFC 2045 5.1, RFC 2183, RFC
 * 2231), type and parameter names in lower case, comments gone, RFC 2231
 * continuations joined and decoded to UTF-8.
 */
struct media_parameter {
	char *name, *value;
};

struct media_type {
	char *type, *subtype; /* subtype is "" for a disposition */
	struct media_parameter *parameters;
	size_t count;
	/*
	 * Two careful readers could differ: a parameter given twice, a boundary
	 * in RFC 2231 form, unbalanced quotes or comments, octets behind the
	 * value.  What depends on the structure must then be refused.
	 */
	bool ambiguous;
	bool type_ambiguous; /* not only a parameter: even type and subtype could be read differently */
};

/*
 * media_type_parse(value, n, out, e): of a raw field value.  Lenient as real
 * mail needs (missing space, trailing semicolon, unquoted tspecials in values);
 * what has no readable type gives "application/octet-stream" with `ambiguous`.
 * Fails only for want of memory.
 */
int media_type_parse(const char *value, size_t n, struct media_type **out, struct error *e);
int media_disposition_parse(const char *value, size_t n, struct media_type **out, struct error *e);
void media_type_free(struct media_type *m);

bool media_type_is(const struct media_type *m, const char *type, const char *subtype); /* NULL subtype: any */
const char *media_type_parameter(const struct media_type *m, const char *name);         /* NULL if absent */

/*
 * media_type_set(value, n, name, text, out, e): a raw field value appended to `out` with every parameter of that name
 * gone (comments of their own with them) and, unless `text` is NULL, name="text" at its end; for values that are not
 * `ambiguous` and a text that needs no escapes.
 */
struct buffer;
int media_type_set(const char *value, size_t n, const char *name, const char *text, struct buffer *out,
    struct error *e);

#endif
