/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/cms_open.h"
#include "smime/layers_private.h"

/*
 * Encrypted layers.  We choose the RecipientInfo and the key ourselves, a few
 * at most, and every failure looks alike (RFC 8551 6, RFC 3218; standards 6).
 */

static bool
names(const struct certificate_name *name, const struct certificate *c)
{
	const char *ski = certificate_ski(c);

	if (name->issuer_serial[0] != '\0')
		return strcmp(name->issuer_serial, certificate_issuer_serial(c)) == 0;
	return name->ski[0] != '\0' && ski[0] != '\0' && strcmp(name->ski, ski) == 0;
}

/* Decrypt by one key.  0 with NULL: not by this one; nothing else may be learnt from it. */
static int
try_key(struct walk *w, const struct cms_shape *shape, const struct recipient_info *ri, const struct key *key,
    struct spool *to, struct entity **out, struct error *e)
{
	struct entity_reader *reader = NULL;
	struct source source;
	const char *why;
	int rc = -1;

	if (entity_reader_new(w->entity, &reader, &source, e) == 0)
		rc = cms_open(shape, ri, key, &source, to, e);
	entity_reader_free(reader);
	if (rc == 0)
		rc = plaintext_read(spool_all(to), out, &why, e);
	if (*out != NULL)
		return 0;
	if (rc != 0 && error_is_fault(e))
		return -1;
	/* A wrong key whose padding happened to fit is as wrong as any: what it made is wiped. */
	error_clear(e);
	return spool_truncate(to, e);
}

/* Each pair of a RecipientInfo and a key that it names, in the message's order, up to a bound. */
static int
try_keys(struct walk *w, struct smime_layer *layer, const struct cms_shape *shape, const struct decryptors *keys,
    struct spool *to, struct entity **out, struct error *e)
{
	unsigned tries = 0;

	for (size_t i = 0; i < shape->recipient_count; i++) {
		const struct recipient_info *ri = &shape->recipients[i];

		for (size_t j = 0; j < keys->count && ri->unusable == NULL; j++) {
			const struct decryptor *d = &keys->items[j];

			if (d->key == NULL || !names(&ri->name, d->certificate))
				continue;
			if (tries++ == LIMIT_OPEN_TRIES)
				return 0;
			layer->tried = true;
			if (try_key(w, shape, ri, d->key, to, out, e) != 0)
				return -1;
			if (*out == NULL)
				continue;
			layer->transport = ri->transport;
			(void)snprintf(layer->key_id, sizeof(layer->key_id), "%s", d->key_id);
			(void)snprintf(layer->identity, sizeof(layer->identity), "%s", d->identity);
			return 0;
		}
	}
	return 0;
}

static int
open_layer(struct walk *w, struct smime_layer *layer, const struct cms_shape *shape, const struct decryptors *keys,
    struct error *e)
{
	struct spool *plain = walk_spool(w, e);
	struct entity *inner = NULL;

	if (plain == NULL || try_keys(w, layer, shape, keys, plain, &inner, e) != 0)
		return -1;
	if (inner == NULL) {
		layer->closed_reason = layer->tried ? "unreadable" : "no-usable-recipient-info";
		if (layer->tried)
			layers_close(w->layers, layer->closed_reason);
		return 0;
	}
	if (walk_enter(w, inner, e) != 0)
		return -1;
	layer->opened = true;
	w->layers->opened = true;
	w->layers->authenticated = w->layers->authenticated && cipher_is_authenticated(shape->cipher);
	w->layers->content = spool_all(plain);
	w->layers->entity = inner;
	return 1;
}

int
walk_encrypted(struct walk *w, struct smime_layer *layer, const struct cms_shape *shape, struct error *e)
{
	struct decryptors keys = { NULL, 0 };
	int rc = 0;

	layer->encrypted = true;
	layer->cipher = shape->cipher;
	if (shape->unusable != NULL)
		layer->closed_reason = shape->unusable;
	else if (w->entity->type->ambiguous || w->entity->ambiguity != NULL)
		layer->closed_reason = "ambiguous-structure";
	if (layer->closed_reason != NULL)
		return 0;
	if (w->keys->keys(w->keys->ctx, shape, &keys, &layer->closed_reason, e) != 0)
		rc = -1;
	else if (keys.count > 0)
		rc = open_layer(w, layer, shape, &keys, e);
	else if (layer->closed_reason == NULL)
		layer->closed_reason = "no-key";
	decryptors_done(&keys);
	return rc;
}
