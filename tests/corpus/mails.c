/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/encoding.h"
#include "tests/corpus/corpus.h"
#include "tests/unit/crypto/cms_support.h"
#include "tests/unit/mime/mime_support.h"

/* Files as mails. */

#define ROOM ((size_t)64 * 1024 * 1024)

/* ---- the author ---- */

/* Where the field at `at` ends, its folds included. */
static const char *
field_end(const char *at, const char *end)
{
	while (at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));

		if (line_end == NULL)
			return end;
		at = line_end + 1;
		if (at == end || (*at != ' ' && *at != '\t'))
			return at;
	}
	return end;
}

/* The first From field of the header as an MTA reads it: up to a line that is no field. */
static const char *
find_author(const char *text, const char *end)
{
	for (const char *at = text; at < end && *at != '\r'; at = field_end(at, end)) {
		if (end - at > 5 && strncasecmp(at, "From:", 5) == 0)
			return at;
		if (memchr(at, ':', (size_t)(field_end(at, end) - at)) == NULL)
			return NULL;
	}
	return NULL;
}

/* The line that mailbox files have between messages is none of the message; an MTA takes it off. */
static const char *
behind_mailbox_line(const char *text, const char *end)
{
	return end - text > 5 && strncmp(text, "From ", 5) == 0 ? field_end(text, end) : text;
}

struct buffer
with_author(const struct buffer *text, const char *from, bool replace)
{
	const char *end = buffer_text(text) + text->size;
	const char *start = replace ? behind_mailbox_line(buffer_text(text), end) : buffer_text(text);
	const char *at = find_author(start, end), *rest;
	struct buffer out = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;

	rest = at == NULL ? start : at;
	if (at != NULL && replace)
		rest = field_end(at, end);
	expect_ok(buffer_append(&out, start, (size_t)((at == NULL ? start : at) - start), &e));
	if (at == NULL || replace)
		expect_ok(buffer_append_format(&out, &e, "From: %s\r\n", from));
	expect_ok(buffer_append(&out, rest, (size_t)(end - rest), &e));
	return out;
}

/* ---- objects ---- */

struct buffer
corpus_object(const char *path)
{
	return load_cms(path);
}

static void
put_base64(struct buffer *to, const struct buffer *der)
{
	struct sink sink = buffer_sink(to);
	struct base64_writer base64;
	struct error e = ERROR_INIT;

	base64_writer_init(&base64, &sink);
	expect_ok(base64_write(&base64, der->data, der->size, &e));
	expect_ok(base64_finish(&base64, &e));
}

struct buffer
corpus_wrap(const struct scene *s, const struct row *row, const struct buffer *der)
{
	struct buffer out = BUFFER_INIT(ROOM), over;
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_format(&out, &e, "From: %s\r\nMIME-Version: 1.0\r\n", s->people->from));
	if (row->form != CORPUS_OVER) {
		expect_ok(buffer_append_text(&out, "Content-Type: application/pkcs7-mime; name=smime.p7m\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\n", &e));
		put_base64(&out, der);
		return out;
	}
	over = load(row->over);
	expect_ok(buffer_append_text(&out, "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n"
	    "\tboundary=b\r\n\r\n--b\r\n", &e));
	expect_ok(buffer_append(&out, over.data, over.size, &e));
	expect_ok(buffer_append_text(&out, "\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n", &e));
	put_base64(&out, der);
	expect_ok(buffer_append_text(&out, "\r\n--b--\r\n", &e));
	buffer_done(&over);
	return out;
}

struct buffer
corpus_mail(const struct scene *s, const struct row *row)
{
	struct buffer raw, out;

	raw = row->form == CORPUS_MAIL ? load(row->path) : corpus_object(row->path);
	if (row->form == CORPUS_MAIL) {
		with_crlf(&raw);
		out = with_author(&raw, s->people->from, false);
	} else {
		out = corpus_wrap(s, row, &raw);
	}
	buffer_done(&raw);
	return out;
}
