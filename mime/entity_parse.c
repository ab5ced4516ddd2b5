/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * One pass over the lines of a body.  Each line belongs to the innermost entity
 * that is open, unless it is a delimiter of one of the multiparts around it
 * (RFC 2046 5.1.1); the line end before a delimiter is the delimiter's.
 */

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "mime/entity_private.h"
#include "mime/header_list_private.h"
#include "mime/header_reader_private.h"
#include "mime/line_facts_private.h"

/* A multipart around the place where we are. */
struct frame {
	struct entity *entity;
	const char *boundary; /* of the entity's type */
	size_t size;
};

enum place { IN_HEADER, IN_LEAF, IN_PREAMBLE, IN_EPILOGUE, IN_PARTS /* between a part's end and the next line */ };

struct scan {
	struct spool *spool;
	struct line_reader lines;
	struct line_meter meter;
	struct header_reader header; /* of `current`, while IN_HEADER */
	struct entity *current;      /* innermost open */
	enum place place;
	struct frame frames[LIMIT_MIME_DEPTH];
	size_t frame_count;
	size_t parts, header_octets, header_fields;
	enum line_end last_end;      /* of the line before */
	enum line_end pending;       /* the same while it is not known whose it is */
	bool last_empty;             /* the line before had no octets */
	bool line_end_stays;         /* while closing: what ends here ends in a line end of its own */
};

static size_t
depth_of(const struct entity *entity)
{
	size_t depth = 0;

	for (; entity->parent != NULL; entity = entity->parent)
		depth++;
	return depth;
}

/* The facts that a line here belongs to. */
static struct line_facts *
facts_here(struct scan *s)
{
	switch (s->place) {
	case IN_HEADER:
		return &s->current->header_facts;
	case IN_LEAF:
		return &s->current->facts;
	default:
		return &s->current->frame_facts;
	}
}

/* The span ends at `end`, whatever was thought before. */
static void
cut(struct spool_span *span, uint64_t end)
{
	if (span->offset > end)
		span->offset = end;
	span->size = end - span->offset;
}

/* ---- opening ---- */

static int
begin_header(struct scan *s, struct entity *entity, uint64_t offset, struct error *e)
{
	header_reader_done(&s->header);
	if (header_reader_init(&s->header, e) != 0)
		return -1;
	entity->header_span = (struct spool_span){ s->spool, offset, 0 };
	entity->body = entity->header_span;
	s->current = entity;
	s->place = IN_HEADER;
	return 0;
}

/* A part of a multipart, or the message within a message/rfc822, whose header begins at `offset`. */
static int
open_part(struct scan *s, struct entity *parent, uint64_t offset, struct error *e)
{
	struct entity *part;

	if (++s->parts > LIMIT_PARTS)
		return error_set(e, ERROR_TOO_MANY_PARTS, "over %d parts", LIMIT_PARTS);
	if (depth_of(parent) + 1 >= LIMIT_MIME_DEPTH)
		return error_set(e, ERROR_TOO_DEEP, "parts nested over %d deep", LIMIT_MIME_DEPTH);
	part = entity_new(e);
	if (part == NULL || entity_add_part(parent, part, e) != 0) {
		entity_free(part);
		return -1;
	}
	return begin_header(s, part, offset, e);
}

/* The header of `current` is known and its body begins at `offset`. */
static int
begin_body(struct scan *s, uint64_t offset, struct error *e)
{
	struct entity *entity = s->current;
	const char *boundary;
	size_t size;

	entity->body = (struct spool_span){ s->spool, offset, 0 };
	if (entity_read_header(entity, e) != 0)
		return -1;
	boundary = entity_boundary(entity, &size);
	if (boundary != NULL) {
		entity->preamble = entity->epilogue = entity->body;
		s->frames[s->frame_count++] = (struct frame){ entity, boundary, size };
		s->place = IN_PREAMBLE;
	} else if (entity_holds_message(entity)) {
		return open_part(s, entity, offset, e);
	} else {
		s->place = IN_LEAF;
	}
	return 0;
}

/* The header that is being read ends at `offset`, where the body begins. */
static int
end_header(struct scan *s, uint64_t offset, struct error *e)
{
	struct entity *entity = s->current;
	const char *odd;

	if (header_reader_finish(&s->header, &entity->headers, e) != 0)
		return -1;
	odd = s->header.odd;
	s->header_octets += header_list_octets(entity->headers);
	s->header_fields += header_list_count(entity->headers);
	if (s->header_octets > LIMIT_MESSAGE_HEADERS || s->header_fields > LIMIT_MESSAGE_FIELDS)
		return error_set(e, ERROR_TOO_MANY_HEADERS, "headers of all parts over %d octets or %d fields",
		    LIMIT_MESSAGE_HEADERS, LIMIT_MESSAGE_FIELDS);
	if (odd != NULL)
		entity_note(entity, odd);
	cut(&entity->header_span, offset);
	return begin_body(s, offset, e);
}

/* ---- closing ---- */

static void
close_multipart(struct scan *s, struct entity *entity, uint64_t end)
{
	s->frame_count--;
	if (s->place == IN_PREAMBLE)
		cut(&entity->preamble, end);
	if (entity->closed)
		cut(&entity->epilogue, end);
	if (entity->count == 0)
		entity_note(entity, "a multipart without parts");
	else if (!entity->closed)
		entity_note(entity, "a multipart that is not closed");
}

/* `current` ends at `end`; its parent is then current. */
static int
close_current(struct scan *s, uint64_t end, struct error *e)
{
	struct entity *entity;

	while (s->place == IN_HEADER) /* RFC 2046 5.1: a part may be a header only */
		if (end_header(s, end, e) != 0)
			return -1;
	entity = s->current;
	if (entity->header_span.offset + entity->header_span.size > end)
		cut(&entity->header_span, end);
	cut(&entity->body, end);
	if (s->frame_count > 0 && s->frames[s->frame_count - 1].entity == entity)
		close_multipart(s, entity, end);
	line_facts_merge(&entity->facts, &entity->frame_facts);
	entity->facts.ends_in_line_end = entity->body.size == 0 || s->line_end_stays;
	s->current = entity->parent;
	s->place = IN_PARTS;
	if (entity->parent != NULL) {
		line_facts_merge(&entity->parent->facts, &entity->header_facts);
		line_facts_merge(&entity->parent->facts, &entity->facts);
	}
	return 0;
}

/* ---- delimiters ---- */

/* For a line that begins with "--".  The first character decides nearly always, and fifty frames may ask. */
static bool
begins_delimiter(const struct frame *frame, const struct line_piece *line)
{
	return line->size >= 2 + frame->size && line->data[2] == frame->boundary[0] &&
	    memcmp(line->data + 2, frame->boundary, frame->size) == 0;
}

/* "--" boundary ["--"] transport-padding, and nothing else. */
static bool
is_delimiter(const struct frame *frame, const struct line_piece *line, bool *closing)
{
	size_t i = 2 + frame->size;

	if (!line->last || !begins_delimiter(frame, line))
		return false;
	*closing = line->size >= i + 2 && memcmp(line->data + i, "--", 2) == 0;
	if (*closing)
		i += 2;
	while (i < line->size && (line->data[i] == ' ' || line->data[i] == '\t'))
		i++;
	return i == line->size;
}

/*
 * Some readers ask only whether a line begins with a boundary (RFC 2046 5.1.1
 * lets them), some see lines behind a bare CR, some go on behind the closing
 * delimiter: the multiparts for which `text` could be a delimiter are noted.
 * What is not `whole` may go on in the next piece.
 */
static void
note_near_delimiters(struct scan *s, const char *text, size_t n, bool whole)
{
	size_t seen = n < 2 ? 0 : n - 2;

	if (memcmp(text, "--", n - seen) != 0)
		return;
	for (size_t i = 0; i < s->frame_count; i++) {
		const struct frame *frame = &s->frames[i];
		size_t size = seen < frame->size ? seen : frame->size;

		if (whole && (n < 2 || size < frame->size))
			continue;
		if (size > 0 && text[2] != frame->boundary[0])
			continue;
		if (size == 0 || memcmp(text + 2, frame->boundary, size) == 0)
			entity_note(frame->entity, "a line that not every reader takes for a delimiter");
	}
}

/*
 * `line` is a delimiter of `found`.  It is no certain one if it is one of a
 * multipart further out as well, or if a reader that compares beginnings takes
 * it for one further in.  The reverse, a boundary that goes on like the one
 * around it, is common ("x" and "x_alt") and no reader trips over it.
 */
static void
note_rivals(struct scan *s, const struct frame *found, const struct line_piece *line)
{
	bool closing;

	for (const struct frame *frame = s->frames; frame < s->frames + s->frame_count; frame++) {
		if (frame < found && !frame->entity->closed && is_delimiter(frame, line, &closing))
			entity_note(frame->entity, "a line that delimits two multiparts");
		if (frame > found && !frame->entity->closed && begins_delimiter(frame, line))
			entity_note(found->entity, "a line that delimits two multiparts");
	}
}

/* The innermost multipart of which `line` is a delimiter, or NULL. */
static struct frame *
find_delimited(struct scan *s, const struct line_piece *line, bool *closing)
{
	bool near = false;

	if (line->size < 2 || line->data[0] != '-' || line->data[1] != '-')
		return NULL;
	for (size_t i = s->frame_count; i-- > 0;) {
		struct frame *frame = &s->frames[i];

		if (!begins_delimiter(frame, line))
			continue;
		near = true;
		if (frame->entity->closed || !is_delimiter(frame, line, closing))
			continue;
		note_rivals(s, frame, line);
		return frame;
	}
	if (near)
		note_near_delimiters(s, line->data, line->size, true);
	return NULL;
}

/*
 * Where what stands before a delimiter ends: at the line end that is the
 * delimiter's own, unless that is already the one of the delimiter line before
 * it or of the multipart's header.
 */
static uint64_t
end_before(const struct scan *s, const struct entity *multipart, const struct line_piece *line)
{
	const struct entity *part = s->current;
	uint64_t end = line->offset - line_end_size(s->last_end), from = multipart->body.offset;

	if (part != multipart) {
		while (part->parent != multipart)
			part = part->parent;
		from = part->header_span.offset;
	}
	return end < from ? from : end;
}

static int
at_delimiter(struct scan *s, struct frame *frame, bool closing, const struct line_piece *line, struct error *e)
{
	struct entity *entity = frame->entity;
	uint64_t end = end_before(s, entity, line);

	s->line_end_stays = s->last_empty;
	while (s->current != entity)
		if (close_current(s, end, e) != 0)
			return -1;
	if (s->place == IN_PREAMBLE)
		cut(&entity->preamble, end);
	if (s->last_end == LINE_END_LF || line->end == LINE_END_LF)
		entity_note(entity, "a delimiter with a bare LF");
	line_facts_end(&entity->frame_facts, s->pending);
	line_facts_add(&entity->frame_facts, &s->meter, line);
	line_facts_end(&entity->frame_facts, line->end);
	s->pending = LINE_END_NONE;
	if (!closing)
		return open_part(s, entity, line_piece_end(line), e);
	entity->closed = true;
	entity->epilogue.offset = line_piece_end(line);
	s->place = IN_EPILOGUE;
	return 0;
}

/* ---- lines ---- */

static void
look_behind_cr(struct scan *s, const struct line_piece *piece)
{
	const char *at = piece->data, *end = piece->data + piece->size;

	while (s->frame_count > 0 && (at = memchr(at, '\r', (size_t)(end - at))) != NULL) {
		at++;
		note_near_delimiters(s, at, (size_t)(end - at), piece->last);
	}
}

/* `*taken` is false for a line that ends the header and belongs to the body. */
static int
at_header_line(struct scan *s, const struct line_piece *line, bool *taken, struct error *e)
{
	enum header_step step;

	s->pending = LINE_END_NONE;
	if (header_reader_line(&s->header, line, &step, e) != 0)
		return -1;
	*taken = step != HEADER_NOT_A_FIELD;
	if (!*taken)
		return end_header(s, line->offset, e);
	line_facts_add(&s->current->header_facts, &s->meter, line);
	line_facts_end(&s->current->header_facts, line->end);
	return step == HEADER_BLANK ? end_header(s, line_piece_end(line), e) : 0;
}

static void
at_body_piece(struct scan *s, const struct line_piece *piece)
{
	struct line_facts *facts = facts_here(s);

	if (piece->first)
		line_facts_end(facts, s->pending);
	s->pending = piece->end;
	if (line_facts_add(facts, &s->meter, piece))
		look_behind_cr(s, piece);
}

/* A line that ends a header is looked at again: it may be a delimiter of the multipart whose body it begins. */
static int
at_piece(struct scan *s, const struct line_piece *piece, struct error *e)
{
	bool taken, closing;

	do {
		struct frame *frame = piece->first ? find_delimited(s, piece, &closing) : NULL;

		taken = true;
		if (frame != NULL) {
			if (at_delimiter(s, frame, closing, piece, e) != 0)
				return -1;
		} else if (s->place == IN_HEADER) {
			if (at_header_line(s, piece, &taken, e) != 0)
				return -1;
		} else {
			at_body_piece(s, piece);
		}
	} while (!taken);
	if (piece->first)
		s->last_empty = piece->size == 0;
	s->last_end = piece->end;
	return 0;
}

/* Every line of the span, then close what is open. */
static int
scan_lines(struct scan *s, struct error *e)
{
	uint64_t end = s->lines.span.offset + s->lines.span.size;
	struct line_piece piece;
	int rc;

	while ((rc = line_reader_next(&s->lines, &piece, e)) > 0)
		if (at_piece(s, &piece, e) != 0)
			return -1;
	if (rc != 0)
		return -1;
	if (s->place != IN_HEADER)
		line_facts_end(facts_here(s), s->pending);
	s->line_end_stays = s->last_end != LINE_END_NONE;
	while (s->current != NULL)
		if (close_current(s, end, e) != 0)
			return -1;
	return 0;
}

/* ---- entries ---- */

static int
begin_root(struct scan *s, struct entity *root, const struct header_list *headers, struct error *e)
{
	if (headers == NULL)
		return begin_header(s, root, s->lines.span.offset, e);
	if (header_list_copy(headers, &root->headers, e) != 0)
		return -1;
	entity_measure_header(root);
	s->current = root;
	return begin_body(s, s->lines.span.offset, e);
}

/* `headers` NULL: they stand at the start of `span`. */
static int
parse(const struct header_list *headers, struct spool_span span, struct entity **out, struct error *e)
{
	struct scan *s = memory_new(1, sizeof(*s), e);
	struct entity *root = entity_new(e);
	int rc = -1;

	if (s == NULL || root == NULL || line_reader_init(&s->lines, span, e) != 0)
		goto out;
	s->spool = span.spool;
	if (begin_root(s, root, headers, e) != 0 || scan_lines(s, e) != 0)
		goto out;
	*out = root;
	root = NULL;
	rc = 0;
out:
	if (s != NULL) {
		header_reader_done(&s->header);
		line_reader_done(&s->lines);
	}
	free(s);
	entity_free(root);
	return rc;
}

int
entity_parse(const struct header_list *headers, struct spool_span body, struct entity **out, struct error *e)
{
	return parse(headers, body, out, e);
}

int
entity_parse_whole(struct spool_span whole, struct entity **out, struct error *e)
{
	return parse(NULL, whole, out, e);
}
