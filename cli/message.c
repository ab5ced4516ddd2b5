/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/line_ends.h"
#include "crypto/spool_cipher.h"

#define CHUNK 65536

static struct spool *
new_spool(const struct settings *s, struct error *e)
{
	const struct spool_settings settings = {
		.memory = (size_t)settings_global(s, SETTING_SPOOL_MEMORY)->number,
		.max = (uint64_t)settings_global(s, SETTING_MESSAGE_SIZE_LIMIT)->number,
		.folder = settings_global(s, SETTING_SPOOL_FOLDER)->text,
		.cipher = spool_cipher(),
	};

	return spool_new(&settings, e);
}

void
message_done(struct message *m)
{
	for (size_t i = 0; i < m->deleted.count; i++)
		free(m->deleted_text[i]);
	header_list_free(m->headers);
	spool_free(m->text);
	free(m->sender);
	*m = (struct message){ 0 };
}

/* ---- reading --------------------------------------------------------------------------- */

static ssize_t
read_chunk(int fd, char *to, struct error *e)
{
	ssize_t n;

	do
		n = read(fd, to, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		(void)error_set_errno(e, ERROR_IO, "read");
	return n;
}

/* The first line end decides what the file's are. */
static void
note_line_ends(struct message *m, const char *data, size_t n, bool *known)
{
	const char *end = *known ? NULL : memchr(data, '\n', n);

	if (end == NULL)
		return;
	m->crlf = end > data && end[-1] == '\r';
	*known = true;
}

static int
copy_in(int fd, struct message *m, struct error *e)
{
	struct sink spool = spool_sink(m->text);
	struct to_crlf filter = { .to = &spool };
	char *chunk = memory_new(CHUNK, 1, e);
	bool known = false;
	ssize_t n = -1;

	if (chunk == NULL)
		return -1;
	while ((n = read_chunk(fd, chunk, e)) > 0) {
		note_line_ends(m, chunk, (size_t)n, &known);
		if (to_crlf_write(&filter, chunk, (size_t)n, e) != 0) {
			n = -1;
			break;
		}
	}
	free(chunk);
	return n == 0 ? 0 : -1;
}

/* "From alice Mon Nov 22 …" stands before a message in a mailbox file and is no field of it. */
static int
pass_mailbox_line(const struct message *m, struct spool_span *span, struct error *e)
{
	char line[1024];
	size_t n = span->size < sizeof(line) ? (size_t)span->size : sizeof(line);
	const char *end;

	if (n < 5 || spool_read_at(m->text, 0, line, n, e) != 0)
		return n < 5 ? 0 : -1;
	end = memchr(line, '\n', n);
	if (memcmp(line, "From ", 5) == 0 && end != NULL) {
		span->offset = (uint64_t)(end - line) + 1;
		span->size -= span->offset;
	}
	return 0;
}

static int
split(struct message *m, struct error *e)
{
	struct spool_span all = spool_all(m->text);

	if (pass_mailbox_line(m, &all, e) != 0)
		return -1;
	return header_list_read(all, &m->headers, &m->body, e);
}

int
message_read(const char *path, const struct settings *s, struct message *out, struct error *e)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc = -1;
	struct message m = { 0 };

	if (fd < 0)
		return error_set_errno(e, ERROR_IO, "%s", path);
	m.text = new_spool(s, e);
	if (m.text != NULL && copy_in(fd, &m, e) == 0)
		rc = split(&m, e);
	if (!standard)
		(void)close(fd);
	if (rc != 0) {
		message_done(&m);
		return error_context(e, "%s", path);
	}
	*out = m;
	return 0;
}

static int
compose_text(const char *from, const struct arg_list *to, struct sink *out, struct error *e)
{
	if (sink_text(out, "From: ", e) != 0 || sink_text(out, from, e) != 0 || sink_text(out, "\r\nTo: ", e) != 0)
		return -1;
	for (size_t i = 0; i < to->count; i++)
		if ((i > 0 && sink_text(out, ",\r\n ", e) != 0) || sink_text(out, to->items[i], e) != 0)
			return -1;
	return sink_text(out, "\r\n\r\nexplained\r\n", e);
}

int
message_compose(const char *from, const struct arg_list *to, const struct settings *s, struct message *out,
    struct error *e)
{
	struct message m = { .text = new_spool(s, e) };
	struct sink sink;

	if (m.text == NULL)
		return -1;
	sink = spool_sink(m.text);
	if (compose_text(from, to, &sink, e) != 0 || split(&m, e) != 0) {
		message_done(&m);
		return -1;
	}
	*out = m;
	return 0;
}

/* ---- to the gateway ------------------------------------------------------------------------ */

/* Folds come from an MTA as LF. */
static int
feed_field(const struct header_field *field, struct gateway_message *gm, struct error *e)
{
	char *raw = memory_copy(field->value, field->value_size, e), *to = raw;
	int rc;

	if (raw == NULL)
		return -1;
	for (const char *from = raw; from < raw + field->value_size; from++)
		if (from[0] != '\r' || from[1] != '\n')
			*to++ = *from;
	*to = '\0';
	rc = gateway_header(gm, field->name, raw, e);
	free(raw);
	return rc;
}

int
message_feed(const struct message *m, struct gateway_message *gm, struct error *e)
{
	char *chunk;
	int rc = 0;

	for (size_t i = 0; i < header_list_count(m->headers); i++)
		if (feed_field(header_list_at(m->headers, i), gm, e) != 0)
			return -1;
	chunk = memory_new(CHUNK, 1, e);
	if (chunk == NULL)
		return -1;
	for (uint64_t at = 0; rc == 0 && at < m->body.size;) {
		size_t n = m->body.size - at < CHUNK ? (size_t)(m->body.size - at) : CHUNK;

		rc = spool_read_at(m->body.spool, m->body.offset + at, chunk, n, e);
		if (rc == 0)
			rc = gateway_body(gm, chunk, n, e);
		at += n;
	}
	free(chunk);
	return rc;
}

/* ---- edits ----------------------------------------------------------------------------------- */

static bool
find_field(const struct message *m, const char *name, unsigned nth, size_t *out)
{
	const struct header_field *wanted = header_list_find(m->headers, name, nth == 0 ? 1 : nth);

	for (size_t i = 0; wanted != NULL && i < header_list_count(m->headers); i++)
		if (header_list_at(m->headers, i) == wanted) {
			*out = i;
			return true;
		}
	return false;
}

static int
change_header(void *ctx, const char *name, unsigned nth, const char *value, struct error *e)
{
	struct message *m = ctx;
	bool delete = value == NULL || *value == '\0';
	size_t at;

	if (!find_field(m, name, nth, &at))
		return delete ? 0 : header_list_append(m->headers, name, value, strlen(value), e);
	if (!delete && header_list_insert(m->headers, at, name, value, strlen(value), e) != 0)
		return -1;
	header_list_remove(m->headers, delete ? at : at + 1);
	return 0;
}

static int
insert_header(void *ctx, unsigned at, const char *name, const char *value, struct error *e)
{
	struct message *m = ctx;
	size_t count = header_list_count(m->headers);

	return header_list_insert(m->headers, at < count ? at : count, name, value, strlen(value), e);
}

static int
add_header(void *ctx, const char *name, const char *value, struct error *e)
{
	struct message *m = ctx;

	return header_list_append(m->headers, name, value, strlen(value), e);
}

static int
change_sender(void *ctx, const char *path, const char *esmtp, struct error *e)
{
	struct message *m = ctx;
	bool more = esmtp != NULL && *esmtp != '\0';
	char *sender = memory_format(e, "%s%s%s", path, more ? " " : "", more ? esmtp : "");

	if (sender == NULL)
		return -1;
	free(m->sender);
	m->sender = sender;
	return 0;
}

static int
delete_recipient(void *ctx, const char *verbatim, struct error *e)
{
	struct message *m = ctx;
	char *copy = memory_text(verbatim, e);

	if (copy == NULL)
		return -1;
	if (m->deleted.count == ARGS_MAX) {
		free(copy);
		return error_set(e, ERROR_TOO_MANY_RECIPIENTS, "more than %d recipients", ARGS_MAX);
	}
	m->deleted_text[m->deleted.count] = copy;
	m->deleted.items[m->deleted.count++] = copy;
	return 0;
}

static int
progress(void *ctx, struct error *e)
{
	(void)ctx;
	(void)e;
	return 0;
}

static int
replace_body(void *ctx, struct spool_span body, struct error *e)
{
	struct message *m = ctx;

	(void)e;
	m->body = body;
	return 0;
}

const struct edit_ops message_edit_ops = {
	.change_header = change_header,
	.insert_header = insert_header,
	.add_header = add_header,
	.change_sender = change_sender,
	.delete_recipient = delete_recipient,
	.progress = progress,
	.replace_body = replace_body,
};

/* ---- writing ----------------------------------------------------------------------------------- */

int
message_write(const struct message *m, struct sink *to, struct error *e)
{
	struct to_lf filter = { .to = to };
	struct sink plain = to_lf_sink(&filter), *out = m->crlf ? to : &plain;

	if (header_list_write(m->headers, out, e) != 0 || sink_text(out, "\r\n", e) != 0 ||
	    spool_span_write(m->body, out, e) != 0)
		return -1;
	return m->crlf ? 0 : to_lf_finish(&filter, e);
}
