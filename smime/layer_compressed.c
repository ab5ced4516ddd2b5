/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/inflate.h"
#include "base/limits.h"
#include "smime/layers_private.h"

/*
 * Compressed layers (RFC 8551 3.6, RFC 3274).  They protect nothing: whatever is wrong with one, it stays as it came,
 * and the layers around it count as they are.
 */

static unsigned
compressed_so_far(const struct smime_layers *layers)
{
	unsigned count = 0;

	for (size_t i = 0; i < layers->count; i++)
		count += layers->items[i].type == CMS_COMPRESSED;
	return count;
}

static int
inflate_content(struct walk *w, struct spool *to, struct error *e)
{
	struct sink plain = spool_sink(to), packed;
	struct entity_reader *reader = NULL;
	struct inflater *inflater = NULL;
	struct source source;
	int rc = -1;

	if (entity_reader_new(w->entity, &reader, &source, e) != 0 ||
	    inflater_new(&plain, w->workspace->max, &inflater, e) != 0)
		goto out;
	packed = inflater_sink(inflater);
	if (cms_copy_content(&source, &packed, e) == 0)
		rc = inflater_finish(inflater, e);
out:
	inflater_free(inflater);
	entity_reader_free(reader);
	return rc;
}

/* What came out goes again when it was not all, or is no entity. */
static int
forget(struct smime_layer *layer, const char *why, struct spool *content, struct error *e)
{
	layer->closed_reason = why;
	layer->inflated = 0;
	return spool_truncate(content, e);
}

int
walk_compressed(struct walk *w, struct smime_layer *layer, const struct cms_shape *shape, struct error *e)
{
	struct spool *content;
	const char *why = NULL;
	int rc;

	if (shape->unusable != NULL)
		layer->closed_reason = shape->unusable;
	else if (w->entity->type->ambiguous || w->entity->ambiguity != NULL)
		layer->closed_reason = "ambiguous-structure";
	else if (compressed_so_far(w->layers) > LIMIT_COMPRESSED_LAYERS)
		layer->closed_reason = "too-many-layers";
	if (layer->closed_reason != NULL)
		return 0;
	content = walk_spool(w, e);
	if (content == NULL)
		return -1;
	if (inflate_content(w, content, e) != 0) {
		if (error_is_fault(e))
			return -1;
		why = e->code == ERROR_TOO_LARGE ? "too-large" : "malformed";
		error_clear(e);
		return forget(layer, why, content, e);
	}
	layer->inflated = spool_size(content);
	rc = walk_into(w, content, &why, e);
	return rc == 0 ? forget(layer, why, content, e) : rc;
}
