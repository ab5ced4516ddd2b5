/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/secret.h"
#include "crypto/cms_open.h"
#include "smime/layers_private.h"

/*
 * Encrypted layers.  We choose the RecipientInfo and the key ourselves, a few
 * at most, and every failure looks alike (RFC 8551 6, RFC 3218).
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

/* What opened a layer, and what was in it; owned until the walk takes it over. */
struct success {
	struct entity *inner;
	const struct decryptor *by;
	const struct recipient_info *ri;
};

/* Each pair of a RecipientInfo and a key that it names, in the message's order, up to a bound. */
static int
try_keys(struct walk *w, struct smime_layer *layer, const struct cms_shape *shape, const struct decryptors *keys,
    struct spool *to, struct success *out, struct error *e)
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
			if (try_key(w, shape, ri, d->key, to, &out->inner, e) != 0)
				return -1;
			if (out->inner == NULL)
				continue;
			out->by = d;
			out->ri = ri;
			return 0;
		}
	}
	return 0;
}

/* ---- everybody's key ---- */

/* Does one of the identity's keys give this content key? */
static int
unwraps_alike(const struct cms_shape *shape, const struct decryptors *keys, const char *identity,
    const struct secret *content_key, bool *out, struct error *e)
{
	unsigned tries = 0;

	*out = false;
	for (size_t i = 0; i < shape->recipient_count; i++) {
		const struct recipient_info *ri = &shape->recipients[i];

		for (size_t j = 0; j < keys->count && !*out && ri->unusable == NULL; j++) {
			const struct decryptor *d = &keys->items[j];
			struct secret own = SECRET_INIT;

			if (d->key == NULL || strcmp(d->identity, identity) != 0 || !names(&ri->name, d->certificate))
				continue;
			if (tries++ == LIMIT_OPEN_TRIES)
				return 0;
			if (key_unwrap(d->key, ri, content_key->size, &own, e) == 0)
				*out = secret_equal(&own, content_key);
			else if (error_is_fault(e))
				return -1;
			error_clear(e);
			secret_done(&own);
		}
	}
	return 0;
}

static bool
is_first_of_identity(const struct decryptors *keys, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(keys->items[j].identity, keys->items[i].identity) == 0)
			return false;
	return true;
}

/*
 * A RecipientInfo can be made up by anybody; what it names proves nothing.  So
 * the key that opened the layer must come out of a RecipientInfo of each owner:
 * otherwise captured ciphertext with an invented RecipientInfo for somebody else
 * would be opened for both.
 */
static int
opens_for_everybody(const struct cms_shape *shape, const struct decryptors *keys, const struct decryptor *by,
    const struct recipient_info *ri, bool *out, struct error *e)
{
	struct secret content_key = SECRET_INIT;
	int rc = 0;

	*out = true;
	for (size_t i = 0; i < keys->count && *out && rc == 0; i++) {
		const char *identity = keys->items[i].identity;

		if (strcmp(identity, by->identity) == 0 || !is_first_of_identity(keys, i))
			continue;
		if (content_key.size == 0)
			rc = key_unwrap(by->key, ri, cipher_key_size(shape->cipher), &content_key, e);
		if (rc == 0)
			rc = unwraps_alike(shape, keys, identity, &content_key, out, e);
	}
	secret_done(&content_key);
	return rc;
}

/* One key opened it; everybody's must. */
static int
enter_opened(struct walk *w, struct smime_layer *layer, const struct cms_shape *shape, const struct decryptors *keys,
    struct success *found, struct error *e)
{
	struct entity *inner = found->inner;
	bool everybody = false;

	if (opens_for_everybody(shape, keys, found->by, found->ri, &everybody, e) != 0)
		return -1;
	if (!everybody) {
		layer->closed_reason = "not-every-recipient-can-open-it";
		layers_close(w->layers, layer->closed_reason);
		return 0;
	}
	layer->transport = found->ri->transport;
	(void)snprintf(layer->key_id, sizeof(layer->key_id), "%s", found->by->key_id);
	(void)snprintf(layer->identity, sizeof(layer->identity), "%s", found->by->identity);
	found->inner = NULL;
	if (walk_enter(w, inner, e) != 0)
		return -1;
	layer->opened = true;
	w->layers->authenticated = w->layers->authenticated && cipher_is_authenticated(shape->cipher);
	return 1;
}

static int
open_layer(struct walk *w, struct smime_layer *layer, const struct cms_shape *shape, const struct decryptors *keys,
    struct error *e)
{
	struct spool *plain = walk_spool(w, e);
	struct success found = { NULL, NULL, NULL };
	int rc = -1;

	if (plain == NULL || try_keys(w, layer, shape, keys, plain, &found, e) != 0)
		goto out;
	if (found.inner == NULL) {
		layer->closed_reason = layer->tried ? "unreadable" : "no-usable-recipient-info";
		if (layer->tried)
			layers_close(w->layers, layer->closed_reason);
		rc = 0;
		goto out;
	}
	rc = enter_opened(w, layer, shape, keys, &found, e);
out:
	entity_free(found.inner);
	return rc;
}

/* Why none of the RecipientInfos would be tried, or NULL. */
static const char *
nothing_to_try(const struct cms_shape *shape)
{
	for (size_t i = 0; i < shape->recipient_count; i++)
		if (shape->recipients[i].unusable == NULL)
			return NULL;
	return shape->recipients[0].unusable;
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
	else
		layer->closed_reason = nothing_to_try(shape);
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
