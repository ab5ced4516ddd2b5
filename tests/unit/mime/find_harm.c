/* SPDX-License-Identifier: BSD-2-Clause */

/* Is the 7-bit form of a message the same message?  Asked of our reader and of GMime's. */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <gmime/gmime.h>

#include "base/text.h"
#include "mime/seven_bit.h"
#include "tests/unit/mime/mime_support.h"
#include "tests/unit/support.h"

#define FORM_MAX ((size_t)64 * 1024 * 1024)

/* False for a leaf that cannot be decoded. */
static bool
leaf_text(const struct entity *leaf, struct buffer *out)
{
	struct entity_reader *reader = NULL;
	struct error e = ERROR_INIT;
	struct source source;
	bool ok;

	ok = entity_reader_new(leaf, &reader, &source, &e) == 0 && read_all(&source, out, &e) == 0;
	entity_reader_free(reader);
	return ok;
}

/* A text that lacks its last line end is given one, since the form "ends in CRLF". */
static void
trim_end(struct buffer *b)
{
	while (b->size > 0 && (b->data[b->size - 1] == '\n' || b->data[b->size - 1] == '\r'))
		b->size--;
}

static const char *
compare_leaf(const struct entity *before, const struct entity *after, bool last)
{
	struct buffer a = BUFFER_INIT(FORM_MAX), b = BUFFER_INIT(FORM_MAX);
	const char *harm = NULL;

	if (!entity_is(after, before->type->type, before->type->subtype))
		harm = "a leaf's type changed";
	else if (leaf_text(before, &a)) {
		if (!leaf_text(after, &b))
			harm = "a leaf can no longer be decoded";
		if (last) {
			trim_end(&a);
			trim_end(&b);
		}
		if (harm == NULL && (a.size != b.size || memcmp(buffer_text(&a), buffer_text(&b), a.size) != 0))
			harm = "a leaf decodes to other octets";
	}
	buffer_done(&a);
	buffer_done(&b);
	return harm;
}

const char *
leaves_differ(const struct entity *before, const struct entity *after)
{
	size_t n = leaf_count(before);
	const char *harm = leaf_count(after) != n ? "other leaves than before" : NULL;

	for (size_t i = 0; harm == NULL && i < n; i++)
		harm = compare_leaf(leaf_at(before, i), leaf_at(after, i), i + 1 == n);
	return harm;
}

/* ---- GMime's view ---- */

static GMimeObject *
gmime_parse(const struct buffer *text)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(buffer_text(text), text->size);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeObject *part = g_mime_parser_construct_part(parser, NULL);

	g_object_unref(parser);
	g_object_unref(stream);
	return part;
}

static void
gmime_leaf(GMimeObject *parent, GMimeObject *part, gpointer ctx)
{
	GMimeStream *to = ctx;
	GMimeDataWrapper *content;
	char *type;

	(void)parent;
	if (GMIME_IS_MESSAGE_PART(part)) {
		GMimeMessage *message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));

		if (message != NULL)
			g_mime_message_foreach(message, gmime_leaf, ctx);
		return;
	}
	if (!GMIME_IS_PART(part))
		return;
	type = g_mime_content_type_get_mime_type(g_mime_object_get_content_type(part));
	g_mime_stream_printf(to, "\n[%s]\n", type);
	g_free(type);
	content = g_mime_part_get_content(GMIME_PART(part));
	if (content != NULL)
		g_mime_data_wrapper_write_to_stream(content, to);
}

/* All leaves decoded by GMime, each behind its type; final line ends do not count. */
static GByteArray *
gmime_view(const struct buffer *text)
{
	GMimeObject *root = gmime_parse(text);
	GMimeStream *to = g_mime_stream_mem_new();
	GByteArray *view = g_byte_array_new();

	g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(to), view);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(to), FALSE);
	if (GMIME_IS_MULTIPART(root))
		g_mime_multipart_foreach(GMIME_MULTIPART(root), gmime_leaf, to);
	else if (root != NULL)
		gmime_leaf(NULL, root, to);
	g_object_unref(to);
	if (root != NULL)
		g_object_unref(root);
	while (view->len > 0 && (view->data[view->len - 1] == '\n' || view->data[view->len - 1] == '\r'))
		g_byte_array_set_size(view, view->len - 1);
	return view;
}

/* "=4": of an escape that is cut off GMime makes one thing at the very end, another before a line end. */
static bool
ends_in_escape(const struct buffer *text)
{
	const char *end = buffer_text(text) + text->size;

	return (text->size > 0 && end[-1] == '=') || (text->size > 1 && end[-2] == '=' && isxdigit((unsigned char)end[-1]));
}

const char *
gmime_differs(const struct buffer *before, const struct buffer *after)
{
	GByteArray *a = gmime_view(before), *b = gmime_view(after);
	bool same = ends_in_escape(before) ||
	    (a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0));

	if (!same && getenv("FIND_HARM") != NULL) {
		fprintf(stderr, "---- before:\n%.*s\n---- after:\n%.*s\n", (int)a->len, a->data, (int)b->len, b->data);
	}
	g_byte_array_unref(a);
	g_byte_array_unref(b);
	return same ? NULL : "GMime decodes other leaves";
}

/* ---- the property ---- */

static bool
is_seven_bit(const struct buffer *text)
{
	size_t column = 0;

	for (size_t i = 0; i < text->size; i++) {
		char c = text->data[i];

		if (c == '\0' || (unsigned char)c > 127 || (c == '\n' && (i == 0 || text->data[i - 1] != '\r')) ||
		    (c == '\r' && (i + 1 == text->size || text->data[i + 1] != '\n')))
			return false;
		column = c == '\n' ? 0 : column + 1;
		if (column > 998 + 1)
			return false;
	}
	return text->size >= 2 && memcmp(text->data + text->size - 2, "\r\n", 2) == 0;
}

static const char *
compare_forms(const struct message *m, const struct buffer *plain, const struct buffer *form)
{
	struct spool *spool = spool_of(buffer_text(form), form->size);
	struct error e = ERROR_INIT;
	struct entity *again = NULL;
	const char *harm;

	if (!is_seven_bit(form))
		harm = "the form is not 7-bit lines that end in CRLF";
	else if (entity_parse_whole(spool_all(spool), &again, &e) != 0)
		harm = "the form cannot be read";
	else if (seven_bit_blocked(again) != NULL || (entity_structure_ambiguity(m->root) == NULL && seven_bit_needed(again)))
		harm = "the form needs another form";
	else if (entity_structure_ambiguity(m->root) == NULL && entity_structure_ambiguity(again) != NULL)
		harm = "the form is not as clear as the message was";
	else
		harm = leaves_differ(m->root, again);
	/* a cut message is given a last line end, which may say more than it did to one who guesses */
	if (harm == NULL && (m->root->facts.ends_in_line_end || entity_structure_ambiguity(m->root) == NULL))
		harm = gmime_differs(plain, form);
	entity_free(again);
	spool_free(spool);
	return harm;
}

static const char *
harm_of(const struct message *m, enum form *out_form)
{
	struct buffer plain = BUFFER_INIT(FORM_MAX), form = BUFFER_INIT(FORM_MAX);
	struct sink to_plain = buffer_sink(&plain), to_form = buffer_sink(&form);
	struct error e = ERROR_INIT;
	const char *harm = NULL;

	*out_form = seven_bit_blocked(m->root) != NULL ? FORM_BLOCKED
	    : seven_bit_needed(m->root)                ? FORM_CHANGED
	                                               : FORM_SAME;
	if (entity_write_verbatim(m->root, NULL, &to_plain, &e) != 0)
		harm = "it cannot be written verbatim";
	else if (*out_form == FORM_BLOCKED) {
		if (seven_bit_write(m->root, NULL, &to_form, &e) == 0 || e.code != ERROR_MIME_SYNTAX)
			harm = "a blocked form can be written";
	} else if (seven_bit_write(m->root, NULL, &to_form, &e) != 0)
		harm = "the form cannot be written", fprintf(stderr, "%s\n", error_text(&e));
	else
		harm = compare_forms(m, &plain, &form);
	if (harm == NULL && *out_form == FORM_SAME && memcmp(plain.data, form.data, plain.size) != 0)
		harm = "octets changed without need";
	if (harm != NULL && getenv("FIND_HARM") != NULL)
		fprintf(stderr, "==== plain\n%s\n==== form\n%s\n", buffer_text(&plain), buffer_text(&form));
	buffer_done(&plain);
	buffer_done(&form);
	return harm;
}

const char *
find_harm(const void *data, size_t n, enum form *out_form)
{
	struct error e = ERROR_INIT;
	const char *harm = NULL;
	struct message m;

	*out_form = FORM_REFUSED;
	g_mime_init();
	if (message_open(&m, data, n, &e) == 0) {
		harm = harm_of(&m, out_form);
		message_done(&m);
	}
	return harm;
}
