/* SPDX-License-Identifier: BSD-2-Clause */

/* What has to change so that an entity survives every hop, and what must not. */

#include <string.h>

#include "mime/entity_private.h"
#include "mime/header_list_private.h"
#include "mime/line_facts_private.h"
#include "mime/seven_bit_private.h"

#define LINE_OCTETS_MAX 998 /* RFC 5322 2.1.1; Postfix breaks longer ones */

/* Signed or encrypted already, or of a kind whose octets are not ours to touch (RFC 2046 5.2.2, 5.2.3). */
static const struct sealed_row {
	const char *type, *subtype;
} sealed_types[] = {
	{ "multipart", "signed" },
	{ "multipart", "encrypted" },
	{ "application", "pkcs7-mime" },
	{ "application", "x-pkcs7-mime" },
	{ "message", "partial" },
	{ "message", "external-body" },
};

static bool
is_sealed(const struct entity *entity)
{
	for (size_t i = 0; i < sizeof sealed_types / sizeof sealed_types[0]; i++)
		if (entity_is(entity, sealed_types[i].type, sealed_types[i].subtype))
			return true;
	return false;
}

/* What no hop promises to keep: outside "7bit" of RFC 2045 2.7. */
static bool
is_fragile(const struct line_facts *f)
{
	return f->has_8bit || f->has_nul || f->has_bare_cr || f->has_bare_lf || f->longest_line > LINE_OCTETS_MAX;
}

/* What some hops change although it is 7bit (RFC 1847 2.1, RFC 8551 3.1.2). */
static bool
is_delicate(const struct line_facts *f)
{
	return f->has_from_line || f->has_trailing_space || f->has_lone_dot;
}

/*
 * A message type other than message/rfc822 (which has a part) takes no encoding:
 * RFC 2045 6.4, RFC 3464 2.1.  RFC 6532 3.7 allows it for message/global, but
 * not every reader undoes it there.
 */
static bool
takes_encoding(const struct entity *entity)
{
	return !entity_is(entity, "message", NULL);
}

/* ---- the treatment of one entity ---- */

/* Quoted-printable for text that stays readable in it; its size is under base64's up to one octet in six. */
static enum treatment
encode_as(const struct entity *entity)
{
	const struct line_facts *f = &entity->facts;

	if (entity_is(entity, "text", NULL) && !f->has_nul && f->octets_8bit <= entity->body.size / 6)
		return TREAT_QUOTE;
	return TREAT_BASE64;
}

static enum treatment
leaf_treatment(const struct entity *entity)
{
	const struct line_facts *f = &entity->facts;
	bool wants = is_fragile(f) || is_delicate(f);

	switch (entity->encoding) {
	case ENCODING_BASE64:
		return wants ? TREAT_REWRAP : TREAT_KEEP;
	case ENCODING_QUOTED_PRINTABLE:
		return f->has_from_line || f->has_lone_dot || f->longest_line > LINE_OCTETS_MAX ? TREAT_MEND
		                                                                                : TREAT_KEEP;
	case ENCODING_UNKNOWN:
		return TREAT_KEEP;
	default:
		if (wants && takes_encoding(entity))
			return encode_as(entity);
		return entity->encoding == ENCODING_7BIT ? TREAT_KEEP : TREAT_RELABEL;
	}
}

enum treatment
seven_bit_treatment(const struct entity *entity)
{
	enum treatment treatment = TREAT_KEEP;

	if (is_sealed(entity))
		return TREAT_KEEP;
	if (entity->count == 0)
		treatment = leaf_treatment(entity);
	else if (entity->encoding != ENCODING_7BIT)
		treatment = TREAT_RELABEL;
	if (treatment == TREAT_KEEP && entity->header_span.size > 0 && entity->header_facts.has_bare_lf)
		treatment = TREAT_RELABEL;
	return treatment;
}

bool
seven_bit_changes(const struct entity *entity)
{
	if (is_sealed(entity))
		return false;
	if (seven_bit_treatment(entity) != TREAT_KEEP)
		return true;
	for (size_t i = 0; i < entity->count; i++)
		if (seven_bit_changes(entity->parts[i]))
			return true;
	return false;
}

/*
 * Where one part of a structure is uncertain, all is: a reader that misses the
 * end of that part sees others in what follows.
 */
bool
seven_bit_needed(const struct entity *entity)
{
	return entity_structure_ambiguity(entity) == NULL && seven_bit_changes(entity);
}

/* ---- what stands in the way ---- */

/* A header's octets have no transfer encoding; its bare LFs become CRLF where it is written anew. */
static bool
is_fragile_header(const struct line_facts *f, bool touchable)
{
	struct line_facts header = *f;

	if (touchable)
		header.has_bare_lf = false;
	return is_fragile(&header);
}

static const char *
leaf_blocked(const struct entity *entity)
{
	const struct line_facts *f = &entity->facts;

	switch (entity->encoding) {
	case ENCODING_BASE64:
		return f->has_8bit || f->has_nul ? "8-bit octets in a part that is called base64" : NULL;
	case ENCODING_QUOTED_PRINTABLE:
		return f->has_8bit || f->has_nul || f->has_bare_cr || f->has_bare_lf
		    ? "8-bit octets or bare line ends in a part that is called quoted-printable"
		    : NULL;
	case ENCODING_UNKNOWN:
		return is_fragile(f) ? "8-bit octets or long lines in a part of unknown transfer encoding" : NULL;
	default:
		return is_fragile(f) && !takes_encoding(entity)
		    ? "8-bit octets or long lines in a part that takes no transfer encoding"
		    : NULL;
	}
}

/* Does an entity whose octets cannot change do as it is? */
static bool
is_safe_as_is(const struct entity *entity)
{
	return !is_fragile(&entity->facts) && !is_fragile_header(&entity->header_facts, false);
}

static const char *
blocked(const struct entity *entity)
{
	const char *why = NULL;

	if (is_sealed(entity))
		return is_safe_as_is(entity)
		    ? NULL
		    : "8-bit octets or long lines inside a part that is signed or encrypted already";
	if (is_fragile_header(&entity->header_facts, true))
		return "8-bit octets or a line over 998 octets in the header of a part";
	if (entity->count == 0)
		return leaf_blocked(entity);
	if (is_fragile(&entity->frame_facts))
		return "8-bit octets or long lines around the parts of a multipart";
	for (size_t i = 0; why == NULL && i < entity->count; i++)
		why = blocked(entity->parts[i]);
	return why;
}

/* Of the entity itself only the fields that go into the signed part count. */
const char *
seven_bit_blocked(const struct entity *entity)
{
	struct entity top = *entity;

	memset(&top.header_facts, 0, sizeof(top.header_facts));
	for (size_t i = 0; i < header_list_count(entity->headers); i++) {
		const struct header_field *field = header_list_at(entity->headers, i);

		if (header_is_content(field->name))
			line_facts_add_value(&top.header_facts, strlen(field->name), field->value, field->value_size);
	}
	if (entity_structure_ambiguity(entity) == NULL)
		return blocked(&top);
	return is_safe_as_is(&top) ? NULL
	                           : "8-bit octets or long lines in a structure that can be read in more than one way";
}
