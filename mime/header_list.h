/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_HEADER_LIST_H
#define MIME_HEADER_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/io.h"
#include "base/spool.h"

/*
 * The header of an entity (RFC 5322 2.2, RFC 2045 3) with its bytes as they
 * came: order, case of names, the space after the colon, folds.  Line ends
 * within a value are kept as CRLF; a value never ends in one.
 */
struct header_field {
	char *name;        /* as written; compared without case */
	char *value;       /* everything after the colon, leading white space included */
	size_t value_size;
	unsigned nth;      /* 1-based among the fields of this name: the index of smfi_chgheader */
};

struct header_list;

struct header_list *header_list_new(struct error *e);
int header_list_copy(const struct header_list *from, struct header_list **out, struct error *e);
void header_list_free(struct header_list *list); /* NULL is fine */

/*
 * header_list_append(list, name, value, n, e): LF or CRLF folds are accepted and
 * become CRLF.  Refused with ERROR_HEADER_SYNTAX: an empty name or one with
 * octets outside 33 to 126 or ":", NUL, a line end that no white space follows.
 * ERROR_TOO_MANY_HEADERS past the limits of base/limits.h.
 */
int header_list_append(struct header_list *list, const char *name, const char *value, size_t n, struct error *e);

/* header_list_prepend(), header_list_insert(): the same at the top or before position `at`. */
int header_list_prepend(struct header_list *list, const char *name, const char *value, size_t n, struct error *e);
int header_list_insert(struct header_list *list, size_t at, const char *name, const char *value, size_t n,
    struct error *e);
void header_list_remove(struct header_list *list, size_t at); /* later `nth` of the name move down */

size_t header_list_count(const struct header_list *list);
const struct header_field *header_list_at(const struct header_list *list, size_t i);

/* header_list_find(list, name, nth): the nth (1-based) field of that name, or NULL. */
const struct header_field *header_list_find(const struct header_list *list, const char *name, unsigned nth);
unsigned header_list_count_of(const struct header_list *list, const char *name);

/* header_field_unfolded(field, out, e): the value without folds and outer white space (RFC 5322 2.2.3), appended. */
struct buffer;
int header_field_unfolded(const struct header_field *field, struct buffer *out, struct error *e);

/* header_field_same(a, b): their values say the same, however they are folded and spaced. */
bool header_field_same(const struct header_field *a, const struct header_field *b);

/*
 * header_value_fold(text, n, column, out, e): a value in one line as it is written behind a name of `column` octets, its
 * colon counted: a leading space, CRLF before white space where lines grow long, never a line of white space alone.
 * Nothing for no text.
 */
struct buffer;
int header_value_fold(const char *text, size_t n, size_t column, struct buffer *out, struct error *e);

/* header_field_write(): "Name:value" CRLF.  header_list_write(): each field, no blank line. */
int header_field_write(const struct header_field *field, struct sink *to, struct error *e);
int header_list_write(const struct header_list *list, struct sink *to, struct error *e);

/*
 * header_list_read(span, out, out_body, e): the header at the start of `span`
 * and where the body begins (behind the blank line; `span`'s end when there is
 * none).  A line that is no field and no fold ends the header there, as RFC 2046
 * 5.1 leaves to us for body parts; `*out_body` then begins with that line.
 * CRLF and bare LF line ends are read; a bare CR is an octet of a value.
 */
int header_list_read(struct spool_span span, struct header_list **out, struct spool_span *out_body, struct error *e);

/* header_is_structural(name): MIME-Version or Content-* (RFC 9788 1.1). */
bool header_is_structural(const char *name);

#endif
