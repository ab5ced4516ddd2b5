/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "tests/unit/mime/mime_support.h"
#include "tests/unit/support.h"

#define SPOOL_MAX ((size_t)64 * 1024 * 1024)

struct spool *
spool_of(const void *data, size_t n)
{
	static const struct spool_settings settings = { .memory = SPOOL_MAX, .max = SPOOL_MAX };
	struct error e = ERROR_INIT;
	struct spool *spool = spool_new(&settings, &e);

	if (spool == NULL)
		ck_abort_msg("no spool");
	expect_ok(spool_write(spool, data, n, &e));
	return spool;
}

int
message_open(struct message *m, const void *data, size_t n, struct error *e)
{
	memset(m, 0, sizeof(*m));
	m->spool = spool_of(data, n);
	if (header_list_read(spool_all(m->spool), &m->headers, &m->body, e) == 0 &&
	    entity_parse(m->headers, m->body, &m->root, e) == 0)
		return 0;
	message_done(m);
	return -1;
}

struct message
message_of(const char *text)
{
	struct error e = ERROR_INIT;
	struct message m;

	expect_ok(message_open(&m, text, strlen(text), &e));
	return m;
}

void
message_done(struct message *m)
{
	entity_free(m->root);
	header_list_free(m->headers);
	spool_free(m->spool);
	memset(m, 0, sizeof(*m));
}

struct buffer
span_text(struct spool_span span)
{
	struct buffer b = BUFFER_INIT(SPOOL_MAX);
	struct sink sink = buffer_sink(&b);
	struct error e = ERROR_INIT;

	expect_ok(spool_span_write(span, &sink, &e));
	return b;
}

bool
is_span(struct spool_span span, const char *text)
{
	struct buffer b = span_text(span);
	bool same = b.size == strlen(text) && memcmp(buffer_text(&b), text, b.size) == 0;

	buffer_done(&b);
	return same;
}

int
read_all(struct source *source, struct buffer *out, struct error *e)
{
	struct sink sink = buffer_sink(out);

	return io_copy(source, &sink, e);
}

void
with_crlf(struct buffer *b)
{
	struct buffer out = BUFFER_INIT(SPOOL_MAX);
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < b->size; i++) {
		if (b->data[i] == '\n' && (i == 0 || b->data[i - 1] != '\r'))
			expect_ok(buffer_append_char(&out, '\r', &e));
		expect_ok(buffer_append_char(&out, b->data[i], &e));
	}
	buffer_done(b);
	*b = out;
}

size_t
leaf_count(const struct entity *entity)
{
	size_t n = entity->count == 0;

	for (size_t i = 0; i < entity->count; i++)
		n += leaf_count(entity->parts[i]);
	return n;
}

const struct entity *
leaf_at(const struct entity *entity, size_t n)
{
	if (entity->count == 0)
		return n == 0 ? entity : NULL;
	for (size_t i = 0; i < entity->count; i++) {
		size_t here = leaf_count(entity->parts[i]);

		if (n < here)
			return leaf_at(entity->parts[i], n);
		n -= here;
	}
	return NULL;
}
