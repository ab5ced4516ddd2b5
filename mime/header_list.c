/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"
#include "mime/header_list.h"
#include "mime/header_list_private.h"

/* A message can hold a hundred thousand fields: their names are compared by hash first. */
struct slot {
	struct header_field field;
	uint32_t hash;
};

struct header_list {
	struct slot *slots;
	size_t count, room;
	size_t octets; /* names and values together */
};

/* FNV-1a over the lower-case name. */
static uint32_t
name_hash(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)text_lower(*name)) * 16777619u;
	return hash;
}

static bool
has_name(const struct slot *slot, const char *name, uint32_t hash)
{
	return slot->hash == hash && text_equal_nocase(slot->field.name, name);
}

struct header_list *
header_list_new(struct error *e)
{
	return memory_new(1, sizeof(struct header_list), e);
}

static void
field_done(struct header_field *field)
{
	free(field->name);
	free(field->value);
}

void
header_list_free(struct header_list *list)
{
	if (list == NULL)
		return;
	for (size_t i = 0; i < list->count; i++)
		field_done(&list->slots[i].field);
	free(list->slots);
	free(list);
}

int
header_list_copy(const struct header_list *from, struct header_list **out, struct error *e)
{
	struct header_list *list = header_list_new(e);

	if (list == NULL)
		return -1;
	for (size_t i = 0; i < from->count; i++) {
		const struct header_field *field = &from->slots[i].field;

		if (header_list_append(list, field->name, field->value, field->value_size, e) != 0) {
			header_list_free(list);
			return -1;
		}
	}
	*out = list;
	return 0;
}

/* RFC 5322 2.2: printable US-ASCII without the colon. */
bool
header_name_octet(char c)
{
	return c > ' ' && c < 127 && c != ':';
}

static int
check_name(const char *name, struct error *e)
{
	const char *p = name;

	while (header_name_octet(*p))
		p++;
	if (p == name || *p != '\0')
		return error_set(e, ERROR_HEADER_SYNTAX, "\"%.80s\" is no name of a header field", name);
	return 0;
}

/* Copy `value` with each line end as CRLF; -1 if one is followed by no white space, or at a NUL. */
static int
copy_value(char *to, const char *value, size_t n, size_t *out_size)
{
	size_t size = 0;

	for (size_t i = 0; i < n; i++) {
		if (value[i] == '\0')
			return -1;
		if (value[i] == '\n') {
			if (i + 1 == n || (value[i + 1] != ' ' && value[i + 1] != '\t'))
				return -1;
			if (i == 0 || value[i - 1] != '\r')
				to[size++] = '\r';
		}
		to[size++] = value[i];
	}
	*out_size = size;
	return 0;
}

/* Room for `value` when every line end has become CRLF. */
static size_t
room_for(const char *value, size_t n)
{
	size_t room = n + 1;

	for (size_t i = 0; i < n; i++)
		room += value[i] == '\n';
	return room;
}

static int
field_init(struct header_field *field, const char *name, const char *value, size_t n, struct error *e)
{
	if (check_name(name, e) != 0)
		return -1;
	if (n > LIMIT_HEADER_FIELD || strlen(name) > LIMIT_HEADER_FIELD)
		return error_set(e, ERROR_TOO_MANY_HEADERS, "the field %.80s is over %d octets", name,
		    LIMIT_HEADER_FIELD);
	memset(field, 0, sizeof(*field));
	field->name = memory_text(name, e);
	field->value = memory_new(room_for(value, n), 1, e);
	if (field->name == NULL || field->value == NULL)
		goto fail;
	if (copy_value(field->value, value, n, &field->value_size) != 0) {
		error_set(e, ERROR_HEADER_SYNTAX, "the field %.80s holds a NUL or a line end that is no fold", name);
		goto fail;
	}
	return 0;
fail:
	field_done(field);
	return -1;
}

static int
make_room(struct header_list *list, size_t octets, struct error *e)
{
	struct slot *slots;
	size_t room = list->room == 0 ? 16 : 2 * list->room;

	if (list->count >= LIMIT_HEADER_FIELDS)
		return error_set(e, ERROR_TOO_MANY_HEADERS, "over %d header fields", LIMIT_HEADER_FIELDS);
	if (octets > LIMIT_HEADER_TOTAL - list->octets)
		return error_set(e, ERROR_TOO_MANY_HEADERS, "a header over %d octets", LIMIT_HEADER_TOTAL);
	if (list->count < list->room)
		return 0;
	slots = memory_resize(list->slots, room, sizeof(*slots), e);
	if (slots == NULL)
		return -1;
	list->slots = slots;
	list->room = room;
	return 0;
}

static void
count_anew(struct header_list *list, const char *name, uint32_t hash)
{
	unsigned nth = 0;

	for (size_t i = 0; i < list->count; i++)
		if (has_name(&list->slots[i], name, hash))
			list->slots[i].field.nth = ++nth;
}

int
header_list_insert(struct header_list *list, size_t at, const char *name, const char *value, size_t n,
    struct error *e)
{
	struct slot slot = { .hash = name_hash(name) };

	if (field_init(&slot.field, name, value, n, e) != 0)
		return -1;
	if (make_room(list, strlen(name) + slot.field.value_size, e) != 0) {
		field_done(&slot.field);
		return -1;
	}
	if (at > list->count)
		at = list->count;
	memmove(list->slots + at + 1, list->slots + at, (list->count - at) * sizeof(slot));
	list->slots[at] = slot;
	list->count++;
	list->octets += strlen(name) + slot.field.value_size;
	count_anew(list, name, slot.hash);
	return 0;
}

int
header_list_append(struct header_list *list, const char *name, const char *value, size_t n, struct error *e)
{
	return header_list_insert(list, list->count, name, value, n, e);
}

int
header_list_prepend(struct header_list *list, const char *name, const char *value, size_t n, struct error *e)
{
	return header_list_insert(list, 0, name, value, n, e);
}

void
header_list_remove(struct header_list *list, size_t at)
{
	struct slot gone;

	if (at >= list->count)
		return;
	gone = list->slots[at];
	list->count--;
	memmove(list->slots + at, list->slots + at + 1, (list->count - at) * sizeof(gone));
	list->octets -= strlen(gone.field.name) + gone.field.value_size;
	count_anew(list, gone.field.name, gone.hash);
	field_done(&gone.field);
}

size_t
header_list_count(const struct header_list *list)
{
	return list->count;
}

size_t
header_list_octets(const struct header_list *list)
{
	return list->octets;
}

const struct header_field *
header_list_at(const struct header_list *list, size_t i)
{
	return i < list->count ? &list->slots[i].field : NULL;
}

const struct header_field *
header_list_find(const struct header_list *list, const char *name, unsigned nth)
{
	uint32_t hash = name_hash(name);

	for (size_t i = 0; i < list->count; i++)
		if (list->slots[i].field.nth == nth && has_name(&list->slots[i], name, hash))
			return &list->slots[i].field;
	return NULL;
}

unsigned
header_list_count_of(const struct header_list *list, const char *name)
{
	uint32_t hash = name_hash(name);
	unsigned n = 0;

	for (size_t i = 0; i < list->count; i++)
		n += has_name(&list->slots[i], name, hash);
	return n;
}
