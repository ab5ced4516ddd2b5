/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/text.h"
#include "smime/layers_private.h"

/* The second part is a signature that holds nothing itself: that could be read, and would not be what is shown. */
static int
look_at_signature(const struct entity *part, bool *out, struct error *e)
{
	struct cms_shape *shape = NULL;

	if (shape_read(part, &shape, e) != 0)
		return -1;
	*out = shape != NULL && shape->type == CMS_SIGNED && shape->signer_count > 0 && !shape->has_content;
	cms_shape_free(shape);
	return 0;
}

/* The first part is ciphertext, and a reader sees nothing beside it. */
static int
look_at_what_is_signed(const struct entity *entity, bool *out, struct error *e)
{
	struct smime_look inner = { SMIME_NONE, false, false };
	const char *odd = NULL;
	bool terse = false;

	if (smime_recognise(entity->parts[0]) != SMIME_CMS)
		return 0;
	if (clear_signed_structure(entity, &odd, e) != 0 || parts_are_terse(entity, &terse, e) != 0 ||
	    smime_look(entity->parts[0], &inner, e) != 0)
		return -1;
	*out = inner.is_encrypted && odd == NULL && terse;
	return 0;
}

/* A multipart/signed has two parts, and a SignedData in the second; the first may be encrypted in turn. */
static int
look_at_clear_signed(const struct entity *entity, struct smime_look *out, struct error *e)
{
	if (entity->count != 2)
		return 0;
	if (look_at_signature(entity->parts[1], &out->is_signed, e) != 0)
		return -1;
	return out->is_signed ? look_at_what_is_signed(entity, &out->is_encrypted, e) : 0;
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
	if (out->is_signed || out->is_encrypted) /* whatever "certs-only" promised */
		out->kind = SMIME_CMS;
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
	bool has_version = false, terse = false;

	if (two_parts_structure(entity, &odd, e) != 0 || parts_are_terse(entity, &terse, e) != 0)
		return -1;
	if (odd != NULL || !terse)
		return 0;
	if (is_version_part(entity->parts[0], &has_version, e) != 0)
		return -1;
	return has_version ? armour_is_ciphertext(entity->parts[1], &out->is_encrypted, e) : 0;
}

/* RFC 3156 5 */
static int
look_at_pgp_signed(const struct entity *entity, struct smime_look *out, struct error *e)
{
	if (entity->count != 2 || !entity_is(entity->parts[1], "application", "pgp-signature"))
		return 0;
	return armour_is_signature(entity->parts[1], &out->is_signed, e);
}

int
smime_look(const struct entity *entity, struct smime_look *out, struct error *e)
{
	struct smime_look look = { smime_recognise(entity), false, false };
	int rc = 0;

	if (look.kind == SMIME_CLEAR_SIGNED)
		rc = look_at_clear_signed(entity, &look, e);
	else if (look.kind == SMIME_CMS || look.kind == SMIME_CERTS_ONLY)
		rc = look_at_cms(entity, &look, e);
	else if (look.kind == SMIME_PGP_ENCRYPTED)
		rc = look_at_pgp(entity, &look, e);
	else if (look.kind == SMIME_PGP_SIGNED)
		rc = look_at_pgp_signed(entity, &look, e);
	if (rc == 0)
		*out = look;
	return rc;
}
