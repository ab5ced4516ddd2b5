/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "smime/layers_private.h"

/* Signed layers: whether the signature holds (RFC 8551 3.5); what it covers is told by coverage.c. */

/* The message's certificates outlive the shape. */
static int
keep_certificates(struct smime_layer *layer, const struct certificates *from, struct error *e)
{
	for (size_t i = 0; i < from->count; i++)
		if (certificates_add(&layer->certificates, from->items[i], e) != 0)
			return -1;
	return 0;
}

static int
verify(const struct walk *w, struct smime_layer *layer, const struct cms_shape *shape, struct spool_span content,
    struct error *e)
{
	struct spool_reader reader;
	struct source source = spool_reader_source(&reader, content);

	if (keep_certificates(layer, &shape->certificates, e) != 0)
		return -1;
	return cms_verify(shape, !layer->opaque, &source, w->more, &layer->signature, e);
}

static int
verify_clear(const struct walk *w, struct smime_layer *layer, struct error *e)
{
	struct cms_shape *shape = NULL;
	int rc = 0;

	if (shape_read(w->entity->parts[1], &shape, e) != 0)
		return -1;
	if (shape == NULL || shape->type != CMS_SIGNED)
		layer->signature.detail = "no-signed-data";
	else
		rc = verify(w, layer, shape, entity_whole(w->entity->parts[0]), e);
	cms_shape_free(shape);
	return rc;
}

int
walk_clear_signed(struct walk *w, struct smime_layer *layer, struct error *e)
{
	layer->type = CMS_SIGNED;
	layer->is_signed = true;
	layer->signature.status = SIGNATURE_MALFORMED; /* until it was read */
	walk_section(w, "2", layer->section);
	if (clear_signed_structure(w->entity, &layer->structure, e) != 0)
		return -1;
	if (w->entity->count < 2)
		return 0;
	if (verify_clear(w, layer, e) != 0)
		return -1;
	if (layer->structure != NULL)
		return 0;
	/* What is signed may be encrypted in turn (RFC 8551 3.7, triple wrapping). */
	return walk_into_first_part(w, e) == 0 ? 1 : -1;
}

/* eContent into a spool of its own: it is digested, and it may hold the next layer. */
static int
extract(struct walk *w, struct spool **out, struct error *e)
{
	struct entity_reader *reader = NULL;
	struct source source;
	struct spool *spool = walk_spool(w, e);
	int rc = -1;

	if (spool != NULL && entity_reader_new(w->entity, &reader, &source, e) == 0) {
		struct sink to = spool_sink(spool);

		rc = cms_copy_content(&source, &to, e);
	}
	entity_reader_free(reader);
	*out = spool;
	return rc;
}

int
walk_opaque_signed(struct walk *w, struct smime_layer *layer, const struct cms_shape *shape, struct error *e)
{
	struct spool *content = NULL;
	const char *why;

	if (!shape->has_content && shape->signer_count == 0) { /* RFC 8551 3.8 */
		layer->kind = SMIME_CERTS_ONLY;
		w->layers->payload = w->layers->count > 1 ? w->entity : NULL;
		return keep_certificates(layer, &shape->certificates, e);
	}
	layer->is_signed = layer->opaque = true;
	walk_section(w, "", layer->section);
	if (w->entity->type->ambiguous || w->entity->ambiguity != NULL)
		layer->structure = "ambiguous-structure";
	if (!shape->has_content) {
		/* A detached signature without what it signs. */
		layer->signature.status = SIGNATURE_MALFORMED;
		return keep_certificates(layer, &shape->certificates, e);
	}
	if (extract(w, &content, e) != 0 || verify(w, layer, shape, spool_all(content), e) != 0)
		return -1;
	return layer->structure != NULL ? 0 : walk_into(w, content, &why, e);
}
