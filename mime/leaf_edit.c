/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/encoding.h"
#include "base/limits.h"
#include "base/text.h"
#include "mime/entity_private.h"
#include "mime/leaf_edit.h"
#include "mime/quoted_printable.h"

/* What one edit of a body shares. */
struct editing {
	const struct leaf_editor *editor;
	struct header_list *root_headers;
	struct sink to;
	size_t edited;
};

int
header_list_set(struct header_list *list, const char *name, const char *value, struct error *e)
{
	size_t at = header_list_count(list);

	for (size_t i = 0; i < header_list_count(list); i++)
		if (text_equal_nocase(header_list_at(list, i)->name, name)) {
			at = i;
			break;
		}
	if (header_list_insert(list, at, name, value, strlen(value), e) != 0)
		return -1;
	header_list_remove(list, at + 1);
	return 0;
}

int
header_list_set_parameter(struct header_list *list, const char *name, const char *value, const char *fallback,
    struct error *e)
{
	const struct header_field *field = header_list_find(list, "Content-Type", 1);
	struct buffer changed = BUFFER_INIT(2 * LIMIT_HEADER_FIELD);
	int rc = field != NULL ? media_type_set(field->value, field->value_size, name, value, &changed, e)
	                       : media_type_set(fallback, strlen(fallback), name, value, &changed, e);

	if (rc == 0)
		rc = header_list_set(list, "Content-Type", buffer_text(&changed), e);
	buffer_done(&changed);
	return rc;
}

/* ---- one leaf ---- */

/* The head of the content, and whether all of it can be decoded. */
static int
read_head(const struct entity *leaf, struct buffer *head, bool *out_whole, bool *out_readable, struct error *e)
{
	struct entity_reader *reader = NULL;
	struct source content;
	struct error why = ERROR_INIT;
	char block[4096];
	ssize_t n = -1;

	*out_whole = true;
	if (entity_reader_new(leaf, &reader, &content, &why) != 0)
		goto out;
	while ((n = source_read(&content, block, sizeof(block), &why)) > 0) {
		size_t room = LEAF_HEAD - head->size, take = (size_t)n < room ? (size_t)n : room;

		if (buffer_append(head, block, take, &why) != 0)
			goto out;
		*out_whole = *out_whole && take == (size_t)n;
	}
out:
	entity_reader_free(reader);
	*out_readable = n == 0;
	if (why.code != ERROR_NONE && why.code != ERROR_MIME_SYNTAX)
		return error_set(e, why.code, "%s", error_text(&why));
	return 0;
}

/* A sink that leaves out the first octets. */
struct skipper {
	struct sink *to;
	size_t skip;
};

static int
write_skipping(void *ctx, const void *from, size_t n, struct error *e)
{
	struct skipper *s = ctx;
	size_t skip = n < s->skip ? n : s->skip;

	s->skip -= skip;
	return n == skip ? 0 : sink_write(s->to, (const char *)from + skip, n - skip, e);
}

static int
write_decoded(const struct entity *leaf, const struct buffer *head, const struct leaf_edit *edit, struct sink *to,
    struct error *e)
{
	struct skipper skipper = { to, edit->to };
	struct sink rest = { write_skipping, &skipper };
	struct entity_reader *reader = NULL;
	struct source content;
	int rc = -1;

	if (sink_write(to, buffer_text(head), edit->from, e) == 0 &&
	    sink_write(to, buffer_text(&edit->text), edit->text.size, e) == 0 &&
	    entity_reader_new(leaf, &reader, &content, e) == 0)
		rc = io_copy(&content, &rest, e);
	entity_reader_free(reader);
	return rc;
}

static int
write_content(const struct entity *leaf, const struct buffer *head, const struct leaf_edit *edit, struct sink *to,
    struct error *e)
{
	struct quoted_writer quoted;
	struct base64_writer base64;
	struct sink sink;

	if (leaf->encoding == ENCODING_QUOTED_PRINTABLE) {
		quoted_writer_init(&quoted, to);
		sink = quoted_writer_sink(&quoted);
		return write_decoded(leaf, head, edit, &sink, e) != 0 ? -1 : quoted_finish(&quoted, e);
	}
	if (leaf->encoding == ENCODING_BASE64) {
		base64_writer_init(&base64, to);
		sink = base64_writer_sink(&base64);
		return write_decoded(leaf, head, edit, &sink, e) != 0 ? -1 : base64_finish(&base64, e);
	}
	return write_decoded(leaf, head, edit, to, e);
}

static bool
has_8bit(const struct buffer *b)
{
	for (size_t i = 0; i < b->size; i++)
		if ((unsigned char)b->data[i] > 127)
			return true;
	return false;
}

static int
set_fields(const struct entity *leaf, const struct leaf_edit *edit, struct header_list *headers, struct error *e)
{
	for (size_t i = 0; i < sizeof(edit->parameters) / sizeof(edit->parameters[0]); i++)
		if (edit->parameters[i].name != NULL &&
		    header_list_set_parameter(headers, edit->parameters[i].name, edit->parameters[i].value,
		        " text/plain", e) != 0)
			return -1;
	if (leaf->encoding == ENCODING_7BIT && has_8bit(&edit->text))
		return header_list_set(headers, "Content-Transfer-Encoding", " 8bit", e);
	return 0;
}

static int
write_leaf(struct editing *w, const struct entity *leaf, const struct buffer *head, const struct leaf_edit *edit,
    struct error *e)
{
	struct header_list *headers = NULL;
	int rc = -1;

	w->edited++;
	if (leaf->parent == NULL)
		return set_fields(leaf, edit, w->root_headers, e) != 0 ? -1 : write_content(leaf, head, edit, &w->to, e);
	if (header_list_copy(leaf->headers, &headers, e) == 0 && set_fields(leaf, edit, headers, e) == 0 &&
	    header_list_write(headers, &w->to, e) == 0 && sink_text(&w->to, "\r\n", e) == 0)
		rc = write_content(leaf, head, edit, &w->to, e);
	header_list_free(headers);
	return rc;
}

static int
write_as_it_is(struct editing *w, const struct entity *entity, struct error *e)
{
	return spool_span_write(entity->parent == NULL ? entity->body : entity_whole(entity), &w->to, e);
}

static int
edit_leaf(struct editing *w, const struct entity *leaf, struct error *e)
{
	struct leaf_edit edit = { .text = BUFFER_INIT(LEAF_HEAD) };
	struct buffer head = BUFFER_INIT(LEAF_HEAD);
	bool whole = false, wanted = false;
	int rc;

	if (leaf->encoding == ENCODING_UNKNOWN || !w->editor->wants(w->editor->ctx, leaf))
		return write_as_it_is(w, leaf, e);
	rc = read_head(leaf, &head, &whole, &wanted, e);
	if (rc == 0 && wanted)
		rc = w->editor->look(w->editor->ctx, leaf, &head, whole, &edit, &wanted, e);
	if (rc == 0)
		rc = wanted ? write_leaf(w, leaf, &head, &edit, e) : write_as_it_is(w, leaf, e);
	buffer_wipe(&head);
	buffer_done(&edit.text);
	return rc;
}

/* ---- the tree ---- */

static bool
is_entered(const struct entity *entity)
{
	return entity_is(entity, "multipart", NULL) && !entity_is(entity, "multipart", "signed") &&
	    !entity_is(entity, "multipart", "encrypted") && entity->count > 0;
}

static int
edit_entity(struct editing *w, const struct entity *entity, struct error *e)
{
	uint64_t at = entity->body.offset, end = at + entity->body.size;

	if (entity->count == 0)
		return edit_leaf(w, entity, e);
	if (!is_entered(entity))
		return write_as_it_is(w, entity, e);
	if (entity->parent != NULL && spool_span_write(entity->header_span, &w->to, e) != 0)
		return -1;
	for (size_t i = 0; i < entity->count; i++) {
		struct spool_span part = entity_whole(entity->parts[i]);
		struct spool_span between = { entity->body.spool, at, part.offset - at };

		if (spool_span_write(between, &w->to, e) != 0 || edit_entity(w, entity->parts[i], e) != 0)
			return -1;
		at = part.offset + part.size;
	}
	return spool_span_write((struct spool_span){ entity->body.spool, at, end - at }, &w->to, e);
}

int
entity_edit_leaves(const struct entity *root, const struct leaf_editor *editor, struct header_list *headers,
    struct spool *out, size_t *out_edited, struct error *e)
{
	struct editing w = { editor, headers, spool_sink(out), 0 };

	if (edit_entity(&w, root, e) != 0)
		return -1;
	*out_edited = w.edited;
	return 0;
}
