/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/fields.h"
#include "store/rows.h"

struct value
value_text(const char *s)
{
	if (s == NULL)
		return (struct value){ VALUE_NULL, NULL, 0, 0 };
	return (struct value){ VALUE_TEXT, s, strlen(s), 0 };
}

struct value
value_number(int64_t n)
{
	return (struct value){ VALUE_NUMBER, NULL, 0, n };
}

struct value
value_octets(const void *data, size_t size)
{
	return (struct value){ VALUE_OCTETS, data, size, 0 };
}

static int
damaged(struct error *e)
{
	return error_set(e, ERROR_STORE, "a row of the store is damaged: a column is not of its type");
}

int
column_fixed(const struct value *column, char *to, size_t size, struct error *e)
{
	if (column->type != VALUE_TEXT || column->size >= size || memchr(column->data, '\0', column->size) != NULL)
		return damaged(e);
	memcpy(to, column->data, column->size);
	to[column->size] = '\0';
	return 0;
}

static int
column_text(const struct value *column, char **out, struct error *e)
{
	if (column->type != VALUE_TEXT || memchr(column->data, '\0', column->size) != NULL)
		return damaged(e);
	*out = memory_copy(column->data, column->size, e);
	return *out == NULL ? -1 : 0;
}

static int
column_number(const struct value *column, int64_t *out, struct error *e)
{
	if (column->type != VALUE_NUMBER)
		return damaged(e);
	*out = column->number;
	return 0;
}

static int
column_blob(const struct value *column, struct blob *out, struct error *e)
{
	if (column->type != VALUE_OCTETS)
		return damaged(e);
	out->data = memory_copy(column->data, column->size, e);
	if (out->data == NULL)
		return -1;
	out->size = column->size;
	return 0;
}

/* Member of a row by its place.  Rows come from their own types, so they are aligned. */
static void *
member(const struct field *field, void *row)
{
	return (char *)row + field->offset;
}

static int
fill_one(const struct field *field, const struct value *column, void *to, struct error *e)
{
	switch (field->type) {
	case FIELD_FIXED:
		return column_fixed(column, to, field->size, e);
	case FIELD_TEXT:
		return column_text(column, to, e);
	case FIELD_NUMBER:
		return column_number(column, to, e);
	case FIELD_BLOB:
		return column_blob(column, to, e);
	}
	return error_set(e, ERROR_INTERNAL, "a field of no type");
}

int
fields_fill(const struct field *fields, const struct value *columns, size_t size, void *row, struct error *e)
{
	memset(row, 0, size);
	for (size_t i = 0; fields[i].size != 0; i++) {
		if (fill_one(&fields[i], &columns[i], member(&fields[i], row), e) == 0)
			continue;
		fields_done(fields, row);
		return -1;
	}
	return 0;
}

void
fields_bind(const struct field *fields, const void *row, struct value out[FIELDS_MAX + 1])
{
	size_t i;

	for (i = 0; fields[i].size != 0; i++) {
		const void *at = (const char *)row + fields[i].offset;
		const struct blob *blob = at;

		switch (fields[i].type) {
		case FIELD_FIXED:
			out[i] = value_text(at);
			break;
		case FIELD_TEXT:
			out[i] = value_text(*(char *const *)at);
			break;
		case FIELD_NUMBER:
			out[i] = value_number(*(const int64_t *)at);
			break;
		case FIELD_BLOB:
			out[i] = value_octets(blob->data, blob->size);
			break;
		}
	}
	out[i] = (struct value)VALUE_LAST;
}

void
fields_done(const struct field *fields, void *row)
{
	for (size_t i = 0; fields[i].size != 0; i++) {
		void *at = member(&fields[i], row);

		if (fields[i].type == FIELD_TEXT) {
			free(*(char **)at);
			*(char **)at = NULL;
		} else if (fields[i].type == FIELD_BLOB) {
			free(((struct blob *)at)->data);
			*(struct blob *)at = (struct blob){ NULL, 0 };
		}
	}
}
