/* SPDX-License-Identifier: BSD-2-Clause */

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"

/* A struct json is the library's value under another name. */
static json_t *
inner(const struct json *j)
{
	return (json_t *)(void *)(uintptr_t)j;
}

static struct json *
outer(json_t *value)
{
	return (struct json *)(void *)value;
}

/* Whether memory ran out within the current call: the library's reader calls that a fault of the text. */
static _Thread_local bool ran_out;

static void *
allocate(size_t n)
{
	void *p = memory_new(1, n, NULL);

	if (p == NULL)
		ran_out = true;
	return p;
}

static void
use_our_memory(void)
{
	json_set_alloc_funcs(allocate, free);
}

/* Before the first value of all: a value is freed with what allocated it. */
static void
prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, use_our_memory);
}

static int
no_memory(struct error *e)
{
	return error_set(e, ERROR_NO_MEMORY, "cannot allocate a JSON value");
}

/* ---- building ---- */

struct json *
json_new_object(struct error *e)
{
	json_t *value;

	prepare();
	value = json_object();
	if (value == NULL)
		no_memory(e);
	return outer(value);
}

struct json *
json_new_array(struct error *e)
{
	json_t *value;

	prepare();
	value = json_array();
	if (value == NULL)
		no_memory(e);
	return outer(value);
}

void
json_release(struct json *j)
{
	json_decref(inner(j));
}

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* `s` with each octet that is no UTF-8 replaced; the caller frees. */
static char *
repair(const char *s, struct error *e)
{
	size_t n = strlen(s), octets;
	char *fixed = memory_new(n + 1, strlen(REPLACEMENT), e);
	char *at = fixed;

	if (fixed == NULL)
		return NULL;
	for (; n > 0; s += octets, n -= octets) {
		octets = text_utf8_octets(s, n);
		if (octets != 0) {
			memcpy(at, s, octets);
			at += octets;
		} else {
			octets = 1;
			/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): there are zeros behind it */
			memcpy(at, REPLACEMENT, strlen(REPLACEMENT));
			at += strlen(REPLACEMENT);
		}
	}
	return fixed;
}

/* A text or null; NULL on failure. */
static json_t *
text_value(const char *text, struct error *e)
{
	json_t *value;
	char *fixed;

	prepare();
	if (text == NULL)
		return json_null();
	if (text_is_utf8(text, strlen(text))) {
		value = json_string_nocheck(text);
	} else {
		fixed = repair(text, e);
		value = fixed == NULL ? NULL : json_string_nocheck(fixed);
		free(fixed);
	}
	if (value == NULL)
		no_memory(e);
	return value;
}

/* The library takes `value` even when it fails, and fails on NULL. */
static int
put(struct json *object, const char *name, json_t *value, struct error *e)
{
	if (json_object_set_new(inner(object), name, value) == 0)
		return 0;
	if (!json_is_object(inner(object)) || !text_is_utf8(name, strlen(name)))
		return error_set(e, ERROR_INTERNAL, "a JSON member that cannot be");
	return no_memory(e);
}

static int
push(struct json *array, json_t *value, struct error *e)
{
	if (json_array_append_new(inner(array), value) == 0)
		return 0;
	if (!json_is_array(inner(array)))
		return error_set(e, ERROR_INTERNAL, "a JSON element outside an array");
	return no_memory(e);
}

int
json_put_text(struct json *object, const char *name, const char *value, struct error *e)
{
	return put(object, name, text_value(value, e), e);
}

int
json_put_number(struct json *object, const char *name, int64_t value, struct error *e)
{
	prepare();
	return put(object, name, json_integer(value), e);
}

int
json_put_bool(struct json *object, const char *name, bool value, struct error *e)
{
	return put(object, name, json_boolean(value), e);
}

int
json_put_take(struct json *object, const char *name, struct json *take, struct error *e)
{
	return put(object, name, inner(take), e);
}

int
json_push_text(struct json *array, const char *value, struct error *e)
{
	return push(array, text_value(value, e), e);
}

int
json_push_take(struct json *array, struct json *take, struct error *e)
{
	return push(array, inner(take), e);
}

/* ---- writing ---- */

/* The library goes on when the name of a member could not be written: one failure is a failure of the whole. */
struct render {
	struct buffer *out;
	struct error *e;
	bool failed;
};

static int
append_rendered(const char *text, size_t n, void *ctx)
{
	struct render *r = ctx;

	r->failed = r->failed || buffer_append(r->out, text, n, r->e) != 0;
	return r->failed ? -1 : 0;
}

static int
render(const struct json *j, size_t flags, const char *tail, struct buffer *out, struct error *e)
{
	struct render r = { out, e, false };
	size_t start = out->size;

	if (json_dump_callback(inner(j), append_rendered, &r, flags | JSON_ENCODE_ANY) == 0 && !r.failed &&
	    buffer_append_text(out, tail, e) == 0)
		return 0;
	buffer_cut(out, start);
	return no_memory(e); /* unless append_rendered() has named the cause */
}

int
json_render(const struct json *j, struct buffer *out, struct error *e)
{
	return render(j, JSON_COMPACT | JSON_ENSURE_ASCII, "", out, e);
}

int
json_render_indented(const struct json *j, struct buffer *out, struct error *e)
{
	return render(j, JSON_INDENT(2), "\n", out, e);
}

/* ---- reading ---- */

/* The library recurses by depth, 2048 levels: a thread's stack is not ours to spend. */
static bool
is_too_deep(const char *text, size_t size)
{
	bool in_string = false;
	size_t depth = 0;

	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '{' || c == '['))
			depth++;
		else if (!in_string && (c == '}' || c == ']') && depth > 0)
			depth--;
		if (depth > LIMIT_JSON_DEPTH)
			return true;
	}
	return false;
}

int
json_read(const char *text, size_t size, struct json **out, struct error *e)
{
	json_error_t why;
	json_t *value;

	prepare();
	if (is_too_deep(text, size))
		return error_set(e, ERROR_JSON_SYNTAX, "JSON: nested more than %d deep", LIMIT_JSON_DEPTH);
	ran_out = false;
	value = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	if (value == NULL && ran_out)
		return no_memory(e);
	if (value == NULL)
		return error_set(e, ERROR_JSON_SYNTAX, "JSON: line %d, column %d: %s", why.line, why.column,
		    why.text);
	*out = outer(value);
	return 0;
}

/* ---- looking ---- */

const struct json *
json_look(const struct json *object, const char *name)
{
	return outer(json_object_get(inner(object), name));
}

const char *
json_text_of(const struct json *j)
{
	return json_string_value(inner(j));
}

const char *
json_look_text(const struct json *object, const char *name)
{
	return json_text_of(json_look(object, name));
}

int
json_look_number(const struct json *object, const char *name, int64_t *out)
{
	const struct json *j = json_look(object, name);

	if (!json_is_integer(inner(j)))
		return -1;
	*out = json_integer_value(inner(j));
	return 0;
}

int
json_look_bool(const struct json *object, const char *name, bool *out)
{
	const struct json *j = json_look(object, name);

	if (!json_is_boolean(inner(j)))
		return -1;
	*out = json_is_true(inner(j));
	return 0;
}

size_t
json_count(const struct json *array)
{
	return json_array_size(inner(array));
}

const struct json *
json_at(const struct json *array, size_t i)
{
	return outer(json_array_get(inner(array), i));
}
