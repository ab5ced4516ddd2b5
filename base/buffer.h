/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stddef.h>

#include "base/error.h"
#include "base/io.h"

/*
 * A growing run of octets that cannot be made without its ceiling.  `data` is
 * always followed by a NUL that `size` does not count, so that text can be read
 * in place; `data` may be NULL only while `size` is 0.
 */
struct buffer {
	char *data;
	size_t size;
	size_t room;    /* octets allocated */
	size_t ceiling; /* `size` never exceeds this */
};

#define BUFFER_INIT(max) { NULL, 0, 0, (max) }

/* buffer_init(b, ceiling): an empty buffer; nothing is allocated yet. */
void buffer_init(struct buffer *b, size_t ceiling);

/* buffer_done(b): free; the buffer is empty and usable again.  NULL is fine. */
void buffer_done(struct buffer *b);

/*
 * buffer_wipe(b): overwrite the content, then buffer_done().  Not the places
 * from which a growing buffer moved away: keys belong in a struct secret.
 */
void buffer_wipe(struct buffer *b);

/* buffer_clear(b): size 0, room kept.  buffer_cut(b, size): back to an earlier `size`. */
void buffer_clear(struct buffer *b);
void buffer_cut(struct buffer *b, size_t size);

/* Append octets, text, formatted text, one octet.  ERROR_TOO_LARGE past the ceiling; then `b` is unchanged. */
int buffer_append(struct buffer *b, const void *from, size_t n, struct error *e);
int buffer_append_text(struct buffer *b, const char *s, struct error *e);
int buffer_append_format(struct buffer *b, struct error *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int buffer_append_char(struct buffer *b, char c, struct error *e);

/* buffer_reserve(b, n, e): room for `n` more octets; returns where they go, or NULL.  The caller adds to `size`. */
char *buffer_reserve(struct buffer *b, size_t n, struct error *e);

/* buffer_text(b): the content as text, "" when empty; borrowed until the next change. */
const char *buffer_text(const struct buffer *b);

/* buffer_take(b): hand the octets over (caller frees; NULL if empty) and leave `b` empty. */
char *buffer_take(struct buffer *b);

/* buffer_sink(b): a sink that appends; `b` must outlive it. */
struct sink buffer_sink(struct buffer *b);

#endif
