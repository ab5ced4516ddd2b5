/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"

#define ROOM_FIRST 64 /* most buffers hold a field or a line */

void
buffer_init(struct buffer *b, size_t ceiling)
{
	*b = (struct buffer)BUFFER_INIT(ceiling);
}

void
buffer_done(struct buffer *b)
{
	if (b == NULL)
		return;
	free(b->data);
	buffer_init(b, b->ceiling);
}

void
buffer_wipe(struct buffer *b)
{
	if (b == NULL)
		return;
	memory_wipe(b->data, b->room);
	buffer_done(b);
}

void
buffer_clear(struct buffer *b)
{
	buffer_cut(b, 0);
}

void
buffer_cut(struct buffer *b, size_t size)
{
	if (size < b->size)
		b->size = size;
	if (b->data != NULL)
		b->data[b->size] = '\0';
}

/* The next room that holds `need` octets and the NUL: doubled, but not past the ceiling. */
static size_t
next_room(const struct buffer *b, size_t need)
{
	size_t most = b->ceiling < SIZE_MAX ? b->ceiling + 1 : SIZE_MAX;
	size_t room = b->room > most / 2 ? most : b->room * 2;

	if (room < ROOM_FIRST)
		room = ROOM_FIRST;
	return room < need + 1 ? need + 1 : room;
}

char *
buffer_reserve(struct buffer *b, size_t n, struct error *e)
{
	size_t need, room;
	char *data;

	if (b->ceiling < b->size || n > b->ceiling - b->size || n >= SIZE_MAX - b->size) {
		error_set(e, ERROR_TOO_LARGE, "more than %zu octets", b->ceiling);
		return NULL;
	}
	need = b->size + n;
	if (b->data == NULL || need >= b->room) {
		room = next_room(b, need);
		data = memory_resize(b->data, room, 1, e);
		if (data == NULL)
			return NULL;
		b->data = data;
		b->room = room;
	}
	b->data[need] = '\0'; /* the caller fills up to here */
	if (n != 0)
		b->data[b->size] = '\0';
	return b->data + b->size;
}

int
buffer_append(struct buffer *b, const void *from, size_t n, struct error *e)
{
	char *to = buffer_reserve(b, n, e);

	if (to == NULL)
		return -1;
	if (n != 0)
		memcpy(to, from, n);
	b->size += n;
	return 0;
}

int
buffer_append_text(struct buffer *b, const char *s, struct error *e)
{
	return buffer_append(b, s, strlen(s), e);
}

int
buffer_append_char(struct buffer *b, char c, struct error *e)
{
	return buffer_append(b, &c, 1, e);
}

int
buffer_append_format(struct buffer *b, struct error *e, const char *fmt, ...)
{
	va_list ap;
	char *to;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return error_set(e, ERROR_INTERNAL, "text cannot be formatted");
	to = buffer_reserve(b, (size_t)n, e);
	if (to == NULL)
		return -1;
	va_start(ap, fmt);
	vsnprintf(to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->size += (size_t)n;
	return 0;
}

const char *
buffer_text(const struct buffer *b)
{
	return b->data != NULL ? b->data : "";
}

char *
buffer_take(struct buffer *b)
{
	char *data = b->data;

	if (b->size == 0) {
		buffer_done(b);
		return NULL;
	}
	buffer_init(b, b->ceiling);
	return data;
}

static int
sink_append(void *ctx, const void *from, size_t n, struct error *e)
{
	return buffer_append(ctx, from, n, e);
}

struct sink
buffer_sink(struct buffer *b)
{
	return (struct sink){ sink_append, b };
}
