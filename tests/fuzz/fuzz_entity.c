/* SPDX-License-Identifier: BSD-2-Clause */

/* Any octets as a message: spans lie within each other, in order, and the facts of a body hold for its octets. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

static void
check(const struct entity *entity, const uint8_t *data)
{
	uint64_t at = entity->body.offset, end = at + entity->body.size;

	check_facts(entity, data);
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
	} else if (e.code != ERROR_TOO_DEEP && e.code != ERROR_TOO_MANY_PARTS && e.code != ERROR_TOO_MANY_HEADERS) {
		abort();
	}
	entity_free(root);
	spool_free(spool);
	return 0;
}
