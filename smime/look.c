/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "smime/layers_private.h"

/* A multipart/signed has two parts, and a SignedData in the second; the first may be encrypted in turn. */
static int
look_at_clear_signed(const struct entity *entity, struct smime_look *out, struct error *e)
{
	struct smime_look inner = { SMIME_NONE, false, false };
	struct cms_shape *shape = NULL;

	if (entity->count != 2)
		return 0;
	if (shape_read(entity->parts[1], &shape, e) != 0)
		return -1;
	out->is_signed = shape != NULL && shape->type == CMS_SIGNED && shape->signer_count > 0;
	cms_shape_free(shape);
	if (!out->is_signed || smime_recognise(entity->parts[0]) != SMIME_CMS)
		return 0;
	if (smime_look(entity->parts[0], &inner, e) != 0)
		return -1;
	out->is_encrypted = inner.is_encrypted;
	return 0;
}

static int
look_at_cms(const struct entity *entity, struct smime_look *out, struct error *e)
{
	struct cms_shape *shape = NULL;

	if (shape_read(entity, &shape, e) != 0)
		return -1;
	if (shape != NULL) {
		out->is_signed = shape->type == CMS_SIGNED && shape->has_content && shape->signer_count > 0;
		out->is_encrypted = shape->type == CMS_ENVELOPED || shape->type == CMS_AUTH_ENVELOPED;
	}
	cms_shape_free(shape);
	return 0;
}

/* The second part holds one armoured message. */
static int
look_at_pgp(const struct entity *entity, struct smime_look *out, struct error *e)
{
	static const char armour[] = "-----BEGIN PGP MESSAGE-----";
	char start[sizeof(armour) - 1];
	struct spool_span body;

	if (entity->count != 2 || !entity_is(entity->parts[0], "application", "pgp-encrypted"))
		return 0;
	body = entity->parts[1]->body;
	if (body.size < sizeof(start))
		return 0;
	if (spool_read_at(body.spool, body.offset, start, sizeof(start), e) != 0)
		return -1;
	out->is_encrypted = memcmp(start, armour, sizeof(start)) == 0;
	return 0;
}

int
smime_look(const struct entity *entity, struct smime_look *out, struct error *e)
{
	struct smime_look look = { smime_recognise(entity), false, false };
	int rc = 0;

	if (look.kind == SMIME_CLEAR_SIGNED)
		rc = look_at_clear_signed(entity, &look, e);
	else if (look.kind == SMIME_CMS)
		rc = look_at_cms(entity, &look, e);
	else if (look.kind == SMIME_PGP_ENCRYPTED)
		rc = look_at_pgp(entity, &look, e);
	else if (look.kind == SMIME_PGP_SIGNED || look.kind == SMIME_SIGNED_OTHER)
		look.is_signed = entity->count == 2;
	if (rc == 0)
		*out = look;
	return rc;
}
