/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/limits.h"
#include "mime/header_list_private.h"
#include "mime/header_reader_private.h"

int
header_reader_init(struct header_reader *r, struct error *e)
{
	memset(r, 0, sizeof(*r));
	buffer_init(&r->field, 2 * LIMIT_HEADER_FIELD);
	r->list = header_list_new(e);
	return r->list == NULL ? -1 : 0;
}

void
header_reader_done(struct header_reader *r)
{
	header_list_free(r->list);
	r->list = NULL;
	buffer_done(&r->field);
}

/* The field in hand is complete. */
static int
end_field(struct header_reader *r, struct error *e)
{
	struct buffer *field = &r->field;
	char *colon;
	int rc;

	if (field->size == 0)
		return 0;
	colon = memchr(field->data, ':', field->size);
	*colon++ = '\0';
	rc = header_list_append(r->list, field->data, colon, field->size - (size_t)(colon - field->data), e);
	buffer_clear(field);
	return rc;
}

static bool
begins_field(const struct line_piece *line)
{
	size_t i = 0;

	while (i < line->size && header_name_octet(line->data[i]))
		i++;
	return i > 0 && i < line->size && line->data[i] == ':';
}

static int
take(struct header_reader *r, const struct line_piece *line, bool fold, struct error *e)
{
	if (!line->last || r->field.size + line->size > LIMIT_HEADER_FIELD)
		return error_set(e, ERROR_TOO_MANY_HEADERS, "a header field over %d octets", LIMIT_HEADER_FIELD);
	if (fold && buffer_append(&r->field, "\r\n", 2, e) != 0)
		return -1;
	return buffer_append(&r->field, line->data, line->size, e);
}

int
header_reader_line(struct header_reader *r, const struct line_piece *line, enum header_step *out,
    struct error *e)
{
	bool fold = r->field.size > 0 && line->size > 0 && (line->data[0] == ' ' || line->data[0] == '\t');

	*out = HEADER_MORE;
	if (line->size == 0) {
		*out = HEADER_BLANK;
		return 0;
	}
	if ((!fold && !begins_field(line)) || memchr(line->data, '\0', line->size) != NULL) {
		*out = HEADER_NOT_A_FIELD;
		r->odd = "a header that ends without a blank line";
		return 0;
	}
	if (!fold && end_field(r, e) != 0)
		return -1;
	return take(r, line, fold, e);
}

int
header_reader_finish(struct header_reader *r, struct header_list **out, struct error *e)
{
	if (end_field(r, e) != 0)
		return -1;
	*out = r->list;
	r->list = NULL;
	return 0;
}

/* Feed lines until the header ends; `*out_end` is where the body begins. */
static int
read_lines(struct line_reader *lines, struct header_reader *r, uint64_t *out_end, struct error *e)
{
	struct line_piece line;
	enum header_step step;
	int rc;

	while ((rc = line_reader_next(lines, &line, e)) > 0) {
		if (header_reader_line(r, &line, &step, e) != 0)
			return -1;
		*out_end = step == HEADER_NOT_A_FIELD ? line.offset : line_piece_end(&line);
		if (step != HEADER_MORE)
			break;
	}
	return rc < 0 ? -1 : 0;
}

int
header_list_read(struct spool_span span, struct header_list **out, struct spool_span *out_body, struct error *e)
{
	struct line_reader lines = { .block = NULL };
	struct header_reader r = { .list = NULL };
	uint64_t end = span.offset;
	int rc = -1;

	if (header_reader_init(&r, e) != 0 || line_reader_init(&lines, span, e) != 0 ||
	    read_lines(&lines, &r, &end, e) != 0 || header_reader_finish(&r, out, e) != 0)
		goto out;
	*out_body = (struct spool_span){ span.spool, end, span.size - (end - span.offset) };
	rc = 0;
out:
	header_reader_done(&r);
	line_reader_done(&lines);
	return rc;
}
