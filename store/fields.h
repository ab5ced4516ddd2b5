/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_FIELDS_H
#define STORE_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "store/engine.h"

/*
 * A row structure of rows.h as a table of its members, in the order of the
 * columns that its statements name.
 */
enum field_type {
	FIELD_FIXED,  /* char[size], a text with its NUL */
	FIELD_TEXT,   /* char *, owned */
	FIELD_NUMBER, /* int64_t */
	FIELD_BLOB,   /* struct blob, owned */
};

struct field {
	enum field_type type;
	size_t offset, size;
};

#define FIELDS_MAX ENGINE_VALUES_MAX

/* FIELD(type, struct, member): one row of such a table; FIELD_LAST ends it. */
#define FIELD(type, of, member) { FIELD_##type, offsetof(of, member), sizeof(((of *)NULL)->member) }
#define FIELD_LAST              { FIELD_FIXED, 0, 0 }

/* fields_bind(fields, row, out): the members as parameters, borrowed from `row`. */
void fields_bind(const struct field *fields, const void *row, struct value out[FIELDS_MAX + 1]);

/* fields_fill(fields, columns, size, row, e): a row of `size` octets from an answer; the caller calls fields_done(). */
int fields_fill(const struct field *fields, const struct value *columns, size_t size, void *row, struct error *e);

/* fields_done(fields, row): free what the row owns; it is empty afterwards. */
void fields_done(const struct field *fields, void *row);

/* Parameters one by one. */
struct value value_text(const char *s); /* NULL is null */
struct value value_number(int64_t n);
struct value value_octets(const void *data, size_t size);

#define VALUE_LAST { VALUE_END, NULL, 0, 0 }

/* column_fixed(column, to, size, e): a text into room of `size` octets; one that does not fit is a damaged row. */
int column_fixed(const struct value *column, char *to, size_t size, struct error *e);

#endif
