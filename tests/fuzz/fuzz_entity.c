/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any octets as a message: the spans partition the octets (what lies between two of them is one delimiter line), the
 * facts of a body hold for its octets, and where we say that there is one reading, GMime reads the same tree with the
 * same octets in each leaf.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gmime/gmime.h>

#include "mime/entity.h"

#define SIZE_LIMIT (16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_facts(const struct entity *entity, const uint8_t *data)
{
	const uint8_t *at = data + entity->body.offset;
	size_t n = entity->body.size, high = 0;

	for (size_t i = 0; i < n; i++)
		high += at[i] > 127;
	if (entity->facts.octets_8bit != high || entity->facts.has_8bit != (high > 0) ||
	    entity->facts.has_nul != (memchr(at, 0, n) != NULL) || entity->facts.longest_line > n)
		abort();
	if (entity->facts.ends_in_line_end != (n == 0 || at[n - 1] == '\n'))
		abort();
}

/* ---- the partition ---- */

static bool
skip_line_end(const uint8_t *data, uint64_t *at, uint64_t end)
{
	if (*at < end && data[*at] == '\r' && *at + 1 < end && data[*at + 1] == '\n')
		++*at;
	if (*at == end || data[*at] != '\n')
		return false;
	++*at;
	return true;
}

/* From `at` to `end`: a line end unless one came before, "--", the boundary, padding, a line end unless all ends. */
static void
check_delimiter(const struct entity *multipart, const uint8_t *data, uint64_t at, uint64_t end, bool closing)
{
	const char *boundary = media_type_parameter(multipart->type, "boundary");
	uint64_t whole_end = multipart->body.offset + multipart->body.size;

	(void)skip_line_end(data, &at, end);
	if (end - at < 2 + strlen(boundary) || memcmp(data + at, "--", 2) != 0 ||
	    memcmp(data + at + 2, boundary, strlen(boundary)) != 0)
		abort();
	at += 2 + strlen(boundary);
	if (closing && (end - at < 2 || memcmp(data + at, "--", 2) != 0))
		abort();
	at += closing ? 2 : 0;
	while (at < end && (data[at] == ' ' || data[at] == '\t'))
		at++;
	if (!skip_line_end(data, &at, end) && end != whole_end)
		abort();
	if (at != end)
		abort();
}

static uint64_t
end_of(struct spool_span span)
{
	return span.offset + span.size;
}

/* Preamble, delimiter, part, …, closing delimiter, epilogue: in this order, and nothing else. */
static void
check_multipart(const struct entity *entity, const uint8_t *data)
{
	uint64_t at = end_of(entity->preamble);

	if (entity->preamble.offset != entity->body.offset)
		abort();
	for (size_t i = 0; i < entity->count; i++) {
		struct spool_span whole = entity_whole(entity->parts[i]);

		check_delimiter(entity, data, at, whole.offset, false);
		at = end_of(whole);
	}
	if (entity->closed) {
		check_delimiter(entity, data, at, entity->epilogue.offset, true);
		at = end_of(entity->epilogue);
	}
	/* not closed: the last part, or the preamble, reaches to the end or to the line end of an outer delimiter */
	if (at != end_of(entity->body))
		abort();
}

static void
check(const struct entity *entity, const uint8_t *data)
{
	uint64_t at = entity->body.offset, end = at + entity->body.size;

	check_facts(entity, data);
	if (entity->count > 0 && entity_is(entity, "multipart", NULL))
		check_multipart(entity, data);
	for (size_t i = 0; i < entity->count; i++) {
		const struct entity *part = entity->parts[i];
		struct spool_span whole = entity_whole(part);

		if (part->parent != entity || whole.offset < at || part->body.offset < whole.offset)
			abort();
		at = whole.offset + whole.size;
		if (at > end || at != part->body.offset + part->body.size)
			abort();
		check(part, data);
	}
}

static void
read_content(const struct entity *entity)
{
	struct entity_reader *reader = NULL;
	struct error e = ERROR_INIT;
	struct source source;
	struct sink sink = sink_null();

	if (entity_reader_new(entity, &reader, &source, &e) != 0 || io_copy(&source, &sink, &e) != 0)
		if (e.code != ERROR_MIME_SYNTAX)
			abort();
	entity_reader_free(reader);
	for (size_t i = 0; i < entity->count; i++)
		read_content(entity->parts[i]);
}

/* ---- beside GMime ---- */

static void
compare_leaf(const struct entity *entity, GMimePart *theirs, const uint8_t *data)
{
	GMimeDataWrapper *content = g_mime_part_get_content(theirs);
	GMimeStream *stream, *memory;
	GByteArray *octets;

	if (content == NULL) {
		if (entity->body.size != 0)
			abort();
		return;
	}
	stream = g_mime_data_wrapper_get_stream(content);
	memory = g_mime_stream_mem_new();
	g_mime_stream_reset(stream);
	g_mime_stream_write_to_stream(stream, memory);
	octets = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
	if (octets->len != entity->body.size ||
	    (octets->len > 0 && memcmp(octets->data, data + entity->body.offset, octets->len) != 0))
		abort();
	g_object_unref(memory);
}

static void
compare(const struct entity *entity, GMimeObject *theirs, const uint8_t *data)
{
	GMimeContentType *type = g_mime_object_get_content_type(theirs);

	if (strcasecmp(entity->type->type, g_mime_content_type_get_media_type(type)) != 0 ||
	    strcasecmp(entity->type->subtype, g_mime_content_type_get_media_subtype(type)) != 0)
		abort();
	if (GMIME_IS_MULTIPART(theirs)) {
		if ((size_t)g_mime_multipart_get_count(GMIME_MULTIPART(theirs)) != entity->count)
			abort();
		for (size_t i = 0; i < entity->count; i++)
			compare(entity->parts[i], g_mime_multipart_get_part(GMIME_MULTIPART(theirs), (int)i), data);
	} else if (GMIME_IS_MESSAGE_PART(theirs)) {
		GMimeMessage *message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(theirs));

		if (entity->count != 0 && message != NULL)
			compare(entity->parts[0], g_mime_message_get_mime_part(message), data);
	} else if (entity->count == 0) {
		compare_leaf(entity, GMIME_PART(theirs), data);
	} else {
		abort();
	}
}

static void
beside_gmime(const struct entity *root, const uint8_t *data, size_t size)
{
	GMimeStream *stream;
	GMimeParser *parser;
	GMimeMessage *message;

	g_mime_init();
	stream = g_mime_stream_mem_new_with_buffer((const char *)data, size);
	parser = g_mime_parser_new_with_stream(stream);
	message = g_mime_parser_construct_message(parser, NULL);
	if (message != NULL) { /* it reads no empty message */
		compare(root, g_mime_message_get_mime_part(message), data);
		g_object_unref(message);
	} else if (size != 0) {
		abort();
	}
	g_object_unref(parser);
	g_object_unref(stream);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct spool_settings settings = { .memory = SIZE_LIMIT, .max = SIZE_LIMIT };
	struct spool *spool = spool_new(&settings, NULL);
	struct error e = ERROR_INIT;
	struct entity *root = NULL;

	if (spool == NULL || spool_write(spool, data, size, NULL) != 0)
		abort();
	if (entity_parse_whole(spool_all(spool), &root, &e) == 0) {
		check(root, data);
		read_content(root);
		if (entity_structure_ambiguity(root) == NULL)
			beside_gmime(root, data, size);
	} else if (e.code != ERROR_TOO_DEEP && e.code != ERROR_TOO_MANY_PARTS && e.code != ERROR_TOO_MANY_HEADERS) {
		abort();
	}
	entity_free(root);
	spool_free(spool);
	return 0;
}
