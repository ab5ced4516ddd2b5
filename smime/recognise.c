/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/text.h"
#include "smime/smime.h"

/* How protected entities are labelled (RFC 8551 3.2, 3.10; RFC 1847; RFC 3156).  The x- forms are what old software writes. */
struct label {
	const char *type, *subtype;
	enum smime_kind kind;
};

static const struct label labels[] = {
	/* clang-format off */
	{ "multipart",   "encrypted",         SMIME_PGP_ENCRYPTED },
	{ "application", "pkcs7-mime",        SMIME_CMS },
	{ "application", "x-pkcs7-mime",      SMIME_CMS },
	{ "application", "pkcs7-signature",   SMIME_CMS },
	{ "application", "x-pkcs7-signature", SMIME_CMS },
	/* clang-format on */
};

/* RFC 1847 2.1: what the protocol parameter, or the type of the second part, says about a multipart/signed. */
static const struct label protocols[] = {
	/* clang-format off */
	{ "application", "pkcs7-signature",   SMIME_CLEAR_SIGNED },
	{ "application", "x-pkcs7-signature", SMIME_CLEAR_SIGNED },
	{ "application", "pgp-signature",     SMIME_PGP_SIGNED },
	/* clang-format on */
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static enum smime_kind
protocol_kind(const char *protocol)
{
	for (size_t i = 0; i < COUNT(protocols); i++) {
		const struct label *row = &protocols[i];
		size_t n = strlen(row->type);

		if (text_equal_nocase_n(protocol, n < strlen(protocol) ? n : strlen(protocol), row->type, n) &&
		    protocol[n] == '/' && text_equal_nocase(protocol + n + 1, row->subtype))
			return row->kind;
	}
	return SMIME_SIGNED_OTHER;
}

static bool
ends_in(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n >= m && text_equal_nocase(name + n - m, suffix);
}

/* What a file name says (RFC 8551 3.2.1). */
static enum smime_kind
name_kind(const char *name)
{
	if (name == NULL)
		return SMIME_NONE;
	if (ends_in(name, ".p7c"))
		return SMIME_CERTS_ONLY;
	return ends_in(name, ".p7m") || ends_in(name, ".p7s") || ends_in(name, ".p7z") ? SMIME_CMS : SMIME_NONE;
}

/* application/octet-stream: the name parameter, or the disposition's file name. */
static enum smime_kind
octet_stream_kind(const struct entity *entity)
{
	enum smime_kind kind = name_kind(media_type_parameter(entity->type, "name"));
	const struct header_field *field = header_list_find(entity->headers, "Content-Disposition", 1);
	struct media_type *disposition = NULL;

	if (kind != SMIME_NONE || field == NULL)
		return kind;
	if (media_disposition_parse(field->value, field->value_size, &disposition, NULL) == 0)
		kind = name_kind(media_type_parameter(disposition, "filename"));
	media_type_free(disposition);
	return kind;
}

static enum smime_kind
multipart_signed_kind(const struct entity *entity)
{
	const char *protocol = media_type_parameter(entity->type, "protocol");

	if (protocol != NULL)
		return protocol_kind(protocol);
	for (size_t i = 0; i < COUNT(protocols) && entity->count >= 2; i++)
		if (entity_is(entity->parts[1], protocols[i].type, protocols[i].subtype))
			return protocols[i].kind;
	if (entity->count >= 2 && entity_is(entity->parts[1], "application", "octet-stream") &&
	    octet_stream_kind(entity->parts[1]) == SMIME_CMS)
		return SMIME_CLEAR_SIGNED;
	return SMIME_SIGNED_OTHER;
}

/* Of this entity alone, without its parts. */
static enum smime_kind
own_kind(const struct entity *entity)
{
	const char *smime_type = media_type_parameter(entity->type, "smime-type");

	if (entity_is(entity, "multipart", "signed"))
		return multipart_signed_kind(entity);
	for (size_t i = 0; i < COUNT(labels); i++) {
		if (!entity_is(entity, labels[i].type, labels[i].subtype))
			continue;
		if (labels[i].kind == SMIME_CMS && smime_type != NULL && text_equal_nocase(smime_type, "certs-only"))
			return SMIME_CERTS_ONLY;
		return labels[i].kind;
	}
	return entity_is(entity, "application", "octet-stream") ? octet_stream_kind(entity) : SMIME_NONE;
}

/* Below the root a mere file name is an attachment like any other ("contract.pdf.p7m"), not a layer. */
static bool
is_protected_part(const struct entity *part)
{
	enum smime_kind kind = own_kind(part);

	return kind == SMIME_CLEAR_SIGNED || (kind == SMIME_CMS && !entity_is(part, "application", "octet-stream"));
}

static bool
is_protected_within(const struct entity *entity)
{
	for (size_t i = 0; i < entity->count; i++)
		if (is_protected_part(entity->parts[i]) || is_protected_within(entity->parts[i]))
			return true;
	return false;
}

enum smime_kind
smime_recognise(const struct entity *entity)
{
	enum smime_kind kind = own_kind(entity);

	if (kind == SMIME_NONE && is_protected_within(entity))
		return SMIME_SIGNED_WITHIN;
	return kind;
}

const char *
smime_kind_word(enum smime_kind kind)
{
	static const char *const words[] = {
		[SMIME_NONE] = "none",
		[SMIME_CLEAR_SIGNED] = "clear-signed",
		[SMIME_CMS] = "cms",
		[SMIME_CERTS_ONLY] = "certs-only",
		[SMIME_PGP_SIGNED] = "pgp-signed",
		[SMIME_PGP_ENCRYPTED] = "pgp-encrypted",
		[SMIME_SIGNED_OTHER] = "signed-other",
		[SMIME_SIGNED_WITHIN] = "signed-within",
	};

	return (size_t)kind < COUNT(words) ? words[kind] : "?";
}
