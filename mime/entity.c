/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>

#include "base/memory.h"
#include "mime/entity_private.h"

struct entity *
entity_new(struct error *e)
{
	return memory_new(1, sizeof(struct entity), e);
}

void
entity_free(struct entity *entity)
{
	if (entity == NULL)
		return;
	for (size_t i = 0; i < entity->count; i++)
		entity_free(entity->parts[i]);
	free(entity->parts);
	header_list_free(entity->headers);
	media_type_free(entity->type);
	free(entity);
}

int
entity_add_part(struct entity *parent, struct entity *part, struct error *e)
{
	size_t n = parent->count;

	if ((n & (n - 1)) == 0) { /* full at each power of two */
		struct entity **parts = memory_resize(parent->parts, n == 0 ? 1 : 2 * n, sizeof(*parts), e);

		if (parts == NULL)
			return -1;
		parent->parts = parts;
	}
	parent->parts[parent->count++] = part;
	part->parent = parent;
	return 0;
}

void
entity_note(struct entity *entity, const char *why)
{
	if (entity->ambiguity == NULL)
		entity->ambiguity = why;
}

bool
entity_is(const struct entity *entity, const char *type, const char *subtype)
{
	return media_type_is(entity->type, type, subtype);
}

const char *
entity_structure_ambiguity(const struct entity *entity)
{
	const char *why = entity->ambiguity;

	for (size_t i = 0; why == NULL && i < entity->count; i++)
		why = entity_structure_ambiguity(entity->parts[i]);
	return why;
}

struct spool_span
entity_whole(const struct entity *entity)
{
	struct spool_span whole = entity->body;

	if (entity->header_span.size > 0) {
		whole.offset = entity->header_span.offset;
		whole.size = entity->body.offset + entity->body.size - whole.offset;
	}
	return whole;
}
