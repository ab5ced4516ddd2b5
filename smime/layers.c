/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"
#include "smime/layers_private.h"

/* ---- what the layers own ---- */

static struct smime_layers *
layers_new(struct error *e)
{
	struct smime_layers *layers = memory_new(1, sizeof(*layers), e);

	if (layers == NULL)
		return NULL;
	layers->items = memory_new(LIMIT_CMS_LAYERS, sizeof(*layers->items), e);
	layers->spools = memory_new(LIMIT_CMS_LAYERS, sizeof(struct spool *), e);
	layers->entities = memory_new(LIMIT_CMS_LAYERS, sizeof(struct entity *), e);
	if (layers->items == NULL || layers->spools == NULL || layers->entities == NULL) {
		layers_free(layers);
		return NULL;
	}
	layers->authenticated = true;
	return layers;
}

void
layers_free(struct smime_layers *layers)
{
	if (layers == NULL)
		return;
	for (size_t i = 0; i < layers->count; i++) {
		signature_facts_done(&layers->items[i].signature);
		certificates_done(&layers->items[i].certificates);
	}
	for (size_t i = 0; layers->entities != NULL && i < layers->entity_count; i++)
		entity_free(layers->entities[i]);
	for (size_t i = 0; layers->spools != NULL && i < layers->spool_count; i++)
		spool_free(layers->spools[i]);
	free(layers->items);
	free(layers->entities);
	free(layers->spools);
	free(layers);
}

void
layers_close(struct smime_layers *layers, const char *why)
{
	for (size_t i = 0; i < layers->count; i++)
		layers->items[i].taken_off = false;
	layers->opened = false;
	layers->entity = layers->payload = NULL;
	if (layers->failure == NULL)
		layers->failure = why;
}

struct spool *
walk_spool(struct walk *w, struct error *e)
{
	struct spool *spool;

	if (w->layers->spool_count == LIMIT_CMS_LAYERS) {
		error_set(e, ERROR_INTERNAL, "layers: more spools than layers");
		return NULL;
	}
	spool = spool_new(w->workspace, e);
	if (spool != NULL)
		w->layers->spools[w->layers->spool_count++] = spool;
	return spool;
}

int
walk_enter(struct walk *w, struct entity *take, struct error *e)
{
	char section[64];

	if (w->layers->entity_count == LIMIT_CMS_LAYERS) {
		entity_free(take);
		return error_set(e, ERROR_INTERNAL, "layers: more entities than layers");
	}
	w->layers->entities[w->layers->entity_count++] = take;
	walk_section(w, "", section);
	if (strlen(section) + 2 > sizeof(w->outer))
		return error_set(e, ERROR_INTERNAL, "layers: a section is too long");
	memcpy(w->outer, section, strlen(section));
	memcpy(w->outer + strlen(section), "/", 2);
	w->path[0] = '\0';
	w->entity = take;
	return 0;
}

int
walk_into(struct walk *w, struct spool *content, const char **why, struct error *e)
{
	struct entity *inner = NULL;

	if (plaintext_read(spool_all(content), &inner, why, e) != 0)
		return -1;
	if (inner == NULL)
		return 0;
	return walk_enter(w, inner, e) == 0 ? 1 : -1;
}

void
walk_section(const struct walk *w, const char *below, char to[64])
{
	const char *dot = w->path[0] != '\0' && below[0] != '\0' ? "." : "";
	const char *own = w->path[0] == '\0' && below[0] == '\0' ? "1" : "";

	(void)snprintf(to, 64, "%s%s%s%s%s", w->outer, w->path, own, dot, below);
}

int
walk_into_first_part(struct walk *w, struct error *e)
{
	size_t used = strlen(w->path);
	const char *step = used > 0 ? ".1" : "1";

	if (used + strlen(step) >= sizeof(w->path))
		return error_set(e, ERROR_INTERNAL, "layers: a section is too long");
	memcpy(w->path + used, step, strlen(step) + 1);
	w->entity = w->entity->parts[0];
	return 0;
}

/* ---- reading ---- */

bool
error_is_fault(const struct error *e)
{
	return error_disposition(e->code) == DISPOSITION_RETRY;
}

int
shape_read(const struct entity *entity, struct cms_shape **out, struct error *e)
{
	struct entity_reader *reader = NULL;
	struct source content;
	int rc = -1;

	if (entity_reader_new(entity, &reader, &content, e) == 0)
		rc = cms_walk(&content, NULL, out, e);
	entity_reader_free(reader);
	if (rc != 0 && !error_is_fault(e)) {
		error_clear(e);
		rc = 0;
	}
	return rc;
}

/* ---- the walk ---- */

/* application/pkcs7-mime and its like: the object decides what it is, whatever its label says (RFC 8551 3.9). */
static int
walk_cms(struct walk *w, struct smime_layer *layer, struct error *e)
{
	const char *smime_type = media_type_parameter(w->entity->type, "smime-type");
	struct cms_shape *shape = NULL;
	int rc = 0;

	if (shape_read(w->entity, &shape, e) != 0)
		return -1;
	layer->type = shape != NULL ? shape->type : CMS_OTHER;
	if (shape == NULL) {
		layer->closed_reason = "malformed";
		layer->is_signed = smime_type != NULL && text_equal_nocase(smime_type, "signed-data");
		layer->signature.status = SIGNATURE_MALFORMED;
		walk_section(w, "", layer->section);
	} else if (shape->type == CMS_SIGNED) {
		rc = walk_opaque_signed(w, layer, shape, e);
	} else if (shape->type == CMS_ENVELOPED || shape->type == CMS_AUTH_ENVELOPED) {
		rc = walk_encrypted(w, layer, shape, e);
	} else if (shape->type == CMS_COMPRESSED) {
		rc = walk_compressed(w, layer, shape, e);
	} else {
		layer->closed_reason = "content-type";
	}
	cms_shape_free(shape);
	return rc;
}

/* A label that promises nothing but certificates is believed no more than others. */
static bool
may_be_layer(enum smime_kind kind)
{
	return kind == SMIME_CLEAR_SIGNED || kind == SMIME_CMS || kind == SMIME_CERTS_ONLY;
}

static int
walk_step(struct walk *w, struct error *e)
{
	enum smime_kind kind = smime_recognise(w->entity);
	struct smime_layer *layer;
	int rc;

	if (!may_be_layer(kind)) {
		w->layers->payload = w->layers->count > 0 ? w->entity : NULL;
		return 0;
	}
	if (w->layers->count == LIMIT_CMS_LAYERS) {
		/* Deeper than any honest message: what came is delivered as it came. */
		layers_close(w->layers, "too-many-layers");
		return 0;
	}
	layer = &w->layers->items[w->layers->count++];
	layer->kind = kind == SMIME_CLEAR_SIGNED ? kind : SMIME_CMS; /* certificates alone show when they are there */
	layer->entity = w->entity;
	layer->signature.status = SIGNATURE_ABSENT;
	rc = kind == SMIME_CLEAR_SIGNED ? walk_clear_signed(w, layer, e) : walk_cms(w, layer, e);
	layer->inner = rc > 0 ? w->entity : NULL;
	return rc;
}

/* ---- what is delivered ---- */

/* Nobody could read what stands in it without S/MIME. */
static bool
hides_its_content(const struct smime_layer *layer)
{
	return layer->type == CMS_COMPRESSED || layer->opaque;
}

static void
choose_delivered(struct smime_layers *layers, const struct entity *root)
{
	const struct entity *at = root;

	for (size_t i = 0; i < layers->count && layers->failure == NULL; i++) {
		const struct smime_layer *layer = &layers->items[i];

		if (layer->inner == NULL)
			break;
		layers->opened = layers->opened || layer->opened;
		if (layer->opened || (layers->opened && hides_its_content(layer)) ||
		    (layer->type == CMS_COMPRESSED && layer->entity == at))
			at = layer->inner;
	}
	layers->entity = at != root && layers->failure == NULL ? at : NULL;
}

void
layers_take_off(struct smime_layers *layers, const struct entity *root,
    bool (*may)(void *ctx, const struct smime_layer *layer), void *ctx)
{
	const struct entity *at = layers->entity != NULL ? layers->entity : root;

	for (size_t i = 0; i < layers->count; i++) {
		struct smime_layer *layer = &layers->items[i];

		if (layer->entity != at)
			continue;
		if (layer->inner == NULL || (layer->is_signed && !may(ctx, layer)))
			break;
		layer->taken_off = layer->is_signed;
		at = layers->entity = layer->inner;
	}
}

/* ---- the whole ---- */

static bool
some_key_was_tried(const struct smime_layers *layers)
{
	for (size_t i = 0; i < layers->count; i++)
		if (layers->items[i].tried)
			return true;
	return false;
}

int
layers_open(const struct entity *root, const struct layer_keys *keys, const struct spool_settings *workspace,
    const struct certificates *more, struct smime_layers **out, struct error *e)
{
	struct walk w = { .keys = keys, .workspace = workspace, .more = more, .entity = root };
	int rc;

	w.layers = layers_new(e);
	if (w.layers == NULL)
		return -1;
	do
		rc = walk_step(&w, e);
	while (rc > 0);
	if (rc != 0 && some_key_was_tried(w.layers)) {
		/* An outsider must not see by a different answer how far we got (RFC 3218). */
		error_clear(e);
		layers_close(w.layers, "fault");
		rc = 0;
	}
	if (rc != 0) {
		layers_free(w.layers);
		return -1;
	}
	choose_delivered(w.layers, root);
	*out = w.layers;
	return 0;
}
