/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

/*
 * JSON values (RFC 8259) with the order of insertion kept.  Text that is not
 * UTF-8 is written with each bad octet replaced by U+FFFD.  The names avoid
 * those of the library behind.
 */
struct json;

struct json *json_new_object(struct error *e);
struct json *json_new_array(struct error *e);
void json_release(struct json *j); /* NULL is fine */

/* Put a member; a NULL text puts null; a second put of a name replaces.  The _take forms own the child even on failure. */
int json_put_text(struct json *object, const char *name, const char *value, struct error *e);
int json_put_number(struct json *object, const char *name, int64_t value, struct error *e);
int json_put_bool(struct json *object, const char *name, bool value, struct error *e);
int json_put_take(struct json *object, const char *name, struct json *take, struct error *e);
int json_push_text(struct json *array, const char *value, struct error *e);
int json_push_take(struct json *array, struct json *take, struct error *e);

/* json_render(j, out, e): compact, one line, ASCII only (other characters as \u escapes). */
int json_render(const struct json *j, struct buffer *out, struct error *e);
/* json_render_indented(j, out, e): for people, final line end included. */
int json_render_indented(const struct json *j, struct buffer *out, struct error *e);

/* json_read(text, size, out, e): one value, duplicate names refused, depth bounded. */
int json_read(const char *text, size_t size, struct json **out, struct error *e);

/* Look at members; NULL / -1 when absent or of another type.  Borrowed. */
const char *json_look_text(const struct json *object, const char *name);
int json_look_number(const struct json *object, const char *name, int64_t *out);
int json_look_bool(const struct json *object, const char *name, bool *out);
const struct json *json_look(const struct json *object, const char *name);
size_t json_count(const struct json *array);
const struct json *json_at(const struct json *array, size_t i);
const char *json_text_of(const struct json *j);

#endif
