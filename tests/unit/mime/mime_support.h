/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_MIME_MIME_SUPPORT_H
#define TESTS_UNIT_MIME_MIME_SUPPORT_H

#include "base/buffer.h"
#include "mime/entity.h"
#include "mime/header_list.h"

/* A message as the rooms above see it: header list, body in a spool, tree. */
struct message {
	struct spool *spool;
	struct header_list *headers;
	struct spool_span body;
	struct entity *root;
};

int message_open(struct message *m, const void *data, size_t n, struct error *e);
struct message message_of(const char *text); /* must work */
void message_done(struct message *m);

struct spool *spool_of(const void *data, size_t n);

/* span_text(span): its octets; the caller calls buffer_done(). */
struct buffer span_text(struct spool_span span);

/* is_span(span, text): does the span hold exactly `text`? */
bool is_span(struct spool_span span, const char *text);

/* read_all(source, out, e): everything that the source gives. */
int read_all(struct source *source, struct buffer *out, struct error *e);

/* with_crlf(b): each bare LF becomes CRLF, as an MTA hands a message over. */
void with_crlf(struct buffer *b);

/* leaf_count(entity), leaf_at(entity, &n): the leaves in order. */
size_t leaf_count(const struct entity *entity);
const struct entity *leaf_at(const struct entity *entity, size_t n);

/*
 * leaves_differ(before, after): NULL when both have the same leaves: in number, type and decoded octets; the last may
 * have got a line end.  gmime_differs(): the same of two texts as GMime reads them, after g_mime_init().
 */
const char *leaves_differ(const struct entity *before, const struct entity *after);
const char *gmime_differs(const struct buffer *before, const struct buffer *after);

/*
 * find_harm(data, n, out_state): write the 7-bit form of a message and read both
 * back, with our reader and with GMime's.  NULL, or what went wrong: some leaf
 * decodes to other octets, the form is not 7-bit, changes when written again …
 * `*out_state` says what was done: see enum form.
 */
enum form { FORM_REFUSED, FORM_BLOCKED, FORM_SAME, FORM_CHANGED };
const char *find_harm(const void *data, size_t n, enum form *out_form);

#endif
