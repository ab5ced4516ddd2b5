/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/text.h"
#include "smime/layers_private.h"

/*
 * A multipart/signed has two parts, and a SignedData in the second; the first may be encrypted in turn.  Where a
 * reader may see more than that, it is not encrypted as a whole, whatever its first part is.
 */
static int
look_at_clear_signed(const struct entity *entity, struct smime_look *out, struct error *e)
{
	struct smime_look inner = { SMIME_NONE, false, false };
	struct cms_shape *shape = NULL;
	const char *odd = NULL;
	bool detached;

	if (clear_signed_structure(entity, &odd, e) != 0)
		return -1;
	if (entity->count != 2)
		return 0;
	if (shape_read(entity->parts[1], &shape, e) != 0)
		return -1;
	out->is_signed = shape != NULL && shape->type == CMS_SIGNED && shape->signer_count > 0;
	detached = shape != NULL && !shape->has_content; /* what a signature holds can be read */
	cms_shape_free(shape);
	if (!out->is_signed || !detached || odd != NULL || smime_recognise(entity->parts[0]) != SMIME_CMS)
		return 0;
	if (smime_look(entity->parts[0], &inner, e) != 0)
		return -1;
	out->is_encrypted = inner.is_encrypted;
	return 0;
}

/* Where the label can be read in two ways, somebody may read the body as text. */
static int
look_at_cms(const struct entity *entity, struct smime_look *out, struct error *e)
{
	struct cms_shape *shape = NULL;

	if (shape_read(entity, &shape, e) != 0)
		return -1;
	if (shape != NULL) {
		out->is_signed = shape->type == CMS_SIGNED && shape->has_content && shape->signer_count > 0;
		out->is_encrypted = (shape->type == CMS_ENVELOPED || shape->type == CMS_AUTH_ENVELOPED) &&
		    !entity->type->ambiguous && entity->ambiguity == NULL;
	}
	cms_shape_free(shape);
	return 0;
}

/* RFC 3156 4: "Version: 1" and nothing that somebody could read. */
static int
is_version_part(const struct entity *part, bool *out, struct error *e)
{
	char text[32];
	const char *s = text;
	size_t n = part->body.size < sizeof(text) ? (size_t)part->body.size : sizeof(text);

	*out = false;
	if (!entity_is(part, "application", "pgp-encrypted"))
		return 0;
	if (n > 0 && spool_read_at(part->body.spool, part->body.offset, text, n, e) != 0)
		return -1;
	text_trim(&s, &n);
	*out =
	    part->body.size <= sizeof(text) && text_equal_nocase_n(s, n, "Version: 1", strlen("Version: 1"));
	return 0;
}

static int
look_at_pgp(const struct entity *entity, struct smime_look *out, struct error *e)
{
	const char *odd = NULL;
	bool has_version = false;

	if (two_parts_structure(entity, &odd, e) != 0)
		return -1;
	if (odd != NULL)
		return 0;
	if (is_version_part(entity->parts[0], &has_version, e) != 0)
		return -1;
	return has_version ? armour_is_ciphertext(entity->parts[1], &out->is_encrypted, e) : 0;
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
