/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/text.h"
#include "mime/entity_private.h"
#include "mime/header_list_private.h"
#include "mime/reencode_private.h"
#include "mime/seven_bit_private.h"

#define ENCODING_FIELD "Content-Transfer-Encoding"

/* What each treatment writes: the encoding's name, and how the body becomes it. */
static const struct treatment_row {
	const char *label; /* NULL: the field stays */
	int (*write)(struct spool_span body, struct sink *to, struct error *e);
} rows[] = {
	[TREAT_KEEP] = { NULL, spool_span_write },
	[TREAT_RELABEL] = { "7bit", spool_span_write },
	[TREAT_QUOTE] = { "quoted-printable", reencode_quoted },
	[TREAT_BASE64] = { "base64", reencode_base64 },
	[TREAT_MEND] = { NULL, mend_quoted },
	[TREAT_REWRAP] = { NULL, rewrap_base64 },
};

/* ---- headers ---- */

static int
write_encoding(const char *label, struct sink *to, struct error *e)
{
	if (sink_text(to, ENCODING_FIELD ": ", e) != 0 || sink_text(to, label, e) != 0)
		return -1;
	return sink_text(to, "\r\n", e);
}

/* The label to write for an entity, or NULL if its field stays as it is. */
static const char *
new_label(const struct entity *entity)
{
	enum treatment treatment = seven_bit_treatment(entity);

	if (treatment == TREAT_RELABEL && entity->encoding != ENCODING_8BIT && entity->encoding != ENCODING_BINARY)
		return NULL;
	return rows[treatment].label;
}

/* The fields that `wanted` takes, with `label` (if any) for the encoding. */
static int
write_fields(const struct header_list *headers, bool (*wanted)(const char *), const char *label, struct sink *to,
    struct error *e)
{
	for (size_t i = 0; i < header_list_count(headers); i++) {
		const struct header_field *field = header_list_at(headers, i);

		if (!wanted(field->name))
			continue;
		if (label == NULL || !text_equal_nocase(field->name, ENCODING_FIELD)) {
			if (header_field_write(field, to, e) != 0)
				return -1;
		} else if (write_encoding(label, to, e) != 0) { /* a second one is ambiguous and does not come here */
			return -1;
		}
	}
	if (label != NULL && header_list_find(headers, ENCODING_FIELD, 1) == NULL)
		return write_encoding(label, to, e);
	return 0;
}

static bool
any_field(const char *name)
{
	(void)name;
	return true;
}

/* RFC 2045 4: the encoding that we write would mean nothing in a message without MIME-Version. */
static int
write_version(const struct entity *part, struct sink *to, struct error *e)
{
	if (!entity_is(part->parent, "message", "rfc822") || new_label(part) == NULL ||
	    header_list_find(part->headers, "MIME-Version", 1) != NULL)
		return 0;
	return sink_text(to, "MIME-Version: 1.0\r\n", e);
}

static int
write_part_header(const struct entity *part, struct sink *to, struct error *e)
{
	if (write_version(part, to, e) != 0 || write_fields(part->headers, any_field, new_label(part), to, e) != 0)
		return -1;
	return sink_text(to, "\r\n", e);
}

/*
 * RFC 2045 5.2: the default is written out, since not every reader of a signed
 * part knows it; no charset is claimed for octets that US-ASCII has not.
 */
static int
write_default_type(const struct entity *entity, struct sink *to, struct error *e)
{
	if (header_list_find(entity->headers, "Content-Type", 1) != NULL)
		return 0;
	return sink_text(to,
	    entity->facts.has_8bit ? "Content-Type: text/plain\r\n" : "Content-Type: text/plain; charset=us-ascii\r\n",
	    e);
}

static int
write_top_header(const struct entity *entity, const struct header_list *extra, const char *label, struct sink *to,
    struct error *e)
{
	if ((extra != NULL && header_list_write(extra, to, e) != 0) || write_default_type(entity, to, e) != 0 ||
	    write_fields(entity->headers, header_is_content, label, to, e) != 0)
		return -1;
	return sink_text(to, "\r\n", e);
}

/* ---- bodies ---- */

static int write_part(const struct entity *part, struct sink *to, struct error *e);

/* The octets from where `*at` stands up to `end`: delimiters, preamble, epilogue. */
static int
write_between(const struct entity *entity, uint64_t *at, uint64_t end, struct sink *to, struct error *e)
{
	struct spool_span span = { entity->body.spool, *at, end - *at };

	*at = end;
	return spool_span_write(span, to, e);
}

static int
write_body(const struct entity *entity, struct sink *to, struct error *e)
{
	uint64_t at = entity->body.offset, end = at + entity->body.size;

	if (!seven_bit_changes(entity))
		return spool_span_write(entity->body, to, e);
	if (entity->count == 0)
		return rows[seven_bit_treatment(entity)].write(entity->body, to, e);
	for (size_t i = 0; i < entity->count; i++) {
		struct spool_span part = entity_whole(entity->parts[i]);

		if (write_between(entity, &at, part.offset, to, e) != 0 || write_part(entity->parts[i], to, e) != 0)
			return -1;
		at = part.offset + part.size;
	}
	return write_between(entity, &at, end, to, e);
}

static int
write_part(const struct entity *part, struct sink *to, struct error *e)
{
	if (!seven_bit_changes(part))
		return spool_span_write(entity_whole(part), to, e);
	return write_part_header(part, to, e) != 0 ? -1 : write_body(part, to, e);
}

/* ---- the whole ---- */

/* A sink that remembers how what went through it ends. */
struct tail {
	struct sink *to;
	char last[2];
};

static int
write_tail(void *ctx, const void *from, size_t n, struct error *e)
{
	struct tail *tail = ctx;
	const char *at = from;

	for (size_t i = n < 2 ? 0 : n - 2; i < n; i++) {
		tail->last[0] = tail->last[1];
		tail->last[1] = at[i];
	}
	return sink_write(tail->to, from, n, e);
}

/* "Ends in CRLF": in quoted-printable by a soft line break, which adds nothing to the text. */
static const char *
line_end_of(const struct entity *entity)
{
	enum treatment treatment = entity->count == 0 ? seven_bit_treatment(entity) : TREAT_KEEP;

	return treatment == TREAT_QUOTE || treatment == TREAT_MEND ? "=\r\n" : "\r\n";
}

static int
write_line_end(struct tail *tail, const char *line_end, struct error *e)
{
	return memcmp(tail->last, "\r\n", 2) == 0 ? 0 : sink_text(tail->to, line_end, e);
}

int
seven_bit_write(const struct entity *entity, const struct header_list *extra, struct sink *to, struct error *e)
{
	const char *why = seven_bit_blocked(entity);
	struct tail tail = { to, "" };
	struct sink sink = { write_tail, &tail };

	if (why != NULL)
		return error_set(e, ERROR_MIME_SYNTAX, "%s", why);
	if (!seven_bit_needed(entity))
		return entity_write_verbatim(entity, extra, &sink, e) != 0 ? -1 : write_line_end(&tail, "\r\n", e);
	if (write_top_header(entity, extra, new_label(entity), &sink, e) != 0 || write_body(entity, &sink, e) != 0)
		return -1;
	return write_line_end(&tail, line_end_of(entity), e);
}

int
entity_write_verbatim(const struct entity *entity, const struct header_list *extra, struct sink *to,
    struct error *e)
{
	if (write_top_header(entity, extra, NULL, to, e) != 0)
		return -1;
	return spool_span_write(entity->body, to, e);
}
