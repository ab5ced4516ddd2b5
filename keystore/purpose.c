/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "keystore/keystore_private.h"

/* What a key may do, in which state it may be, and which certificate suits it. */

static const char *const purpose_words[] = {
	[KEY_PURPOSE_BOTH] = "both",
	[KEY_PURPOSE_SIGN] = "sign",
	[KEY_PURPOSE_DECRYPT] = "decrypt",
};
#define PURPOSES (sizeof purpose_words / sizeof purpose_words[0])

const char *
key_purpose_word(enum key_purpose p)
{
	return (size_t)p < PURPOSES ? purpose_words[p] : "unknown";
}

int
key_purpose_parse(const char *word, enum key_purpose *out, struct error *e)
{
	for (size_t i = 0; i < PURPOSES; i++)
		if (strcmp(word, purpose_words[i]) == 0) {
			*out = (enum key_purpose)i;
			return 0;
		}
	return error_set(e, ERROR_USAGE, "\"%s\" is no purpose of a key: sign, decrypt or both", word);
}

int
purpose_check(enum key_purpose purpose, enum key_type type, struct error *e)
{
	if (purpose != KEY_PURPOSE_SIGN && (type == KEY_ED25519 || type == KEY_RSA_PSS))
		return error_set(e, ERROR_KEY_UNUSABLE, "keys of this type only sign: give the purpose \"sign\"");
	if (purpose != KEY_PURPOSE_DECRYPT && key_type_is_ml_kem(type))
		return error_set(e, ERROR_KEY_UNUSABLE, "keys of this type only decrypt: give the purpose \"decrypt\"");
	return 0;
}

/*
 * Which states follow which.  A destroyed key stays destroyed; a key becomes active through its certificate, and
 * again when it was retired by mistake.
 */
static const struct {
	const char *from, *to;
} transitions[] = {
	{ "pending", "destroyed" },
	{ "active", "retired" },
	{ "active", "revoked" },
	{ "active", "destroyed" },
	{ "retired", "active" },
	{ "retired", "revoked" },
	{ "retired", "destroyed" },
	{ "revoked", "destroyed" },
};

int
state_check(const char *from, const char *to, struct error *e)
{
	for (size_t i = 0; i < sizeof transitions / sizeof transitions[0]; i++)
		if (strcmp(from, transitions[i].from) == 0 && strcmp(to, transitions[i].to) == 0)
			return 0;
	return error_set(e, ERROR_USAGE, "a key that is %s cannot become %s", from, to);
}

/* ---- certificates -------------------------------------------------------------- */

/* Usage without time: an expired certificate still belongs to a key that decrypts old mail. */
static const char *
unfit_for(const struct certificate *leaf, enum certificate_purpose purpose)
{
	return certificate_fits(leaf, purpose, certificate_not_before(leaf));
}

int
purpose_of_certificate(const struct certificate *leaf, enum key_purpose *out, struct error *e)
{
	const char *not_sign = unfit_for(leaf, PURPOSE_SIGN), *not_decrypt = unfit_for(leaf, PURPOSE_DECRYPT);

	if (not_sign != NULL && not_decrypt != NULL)
		return error_set(e, ERROR_CERTIFICATE_UNUSABLE,
		    "the certificate of %s is neither for signing (%s) nor for encrypting (%s)",
		    certificate_subject(leaf), not_sign, not_decrypt);
	*out = not_sign != NULL ? KEY_PURPOSE_DECRYPT : not_decrypt != NULL ? KEY_PURPOSE_SIGN : KEY_PURPOSE_BOTH;
	return 0;
}

int
certificate_suits(const struct certificate *leaf, enum key_purpose purpose, struct error *e)
{
	const char *not_sign = unfit_for(leaf, PURPOSE_SIGN), *not_decrypt = unfit_for(leaf, PURPOSE_DECRYPT);

	if (purpose != KEY_PURPOSE_DECRYPT && not_sign != NULL)
		return error_set(e, ERROR_CERTIFICATE_UNUSABLE, "the key signs, the certificate does not allow it (%s)",
		    not_sign);
	if (purpose != KEY_PURPOSE_SIGN && not_decrypt != NULL)
		return error_set(e, ERROR_CERTIFICATE_UNUSABLE,
		    "the key decrypts, the certificate does not allow it (%s)", not_decrypt);
	return 0;
}

/* A domain's certificate bears an address in the domain or none at all (RFC 3183 2 names it by its CN). */
static bool
is_of_domain(const struct address_list *addresses, const char *domain)
{
	for (size_t i = 0; i < addresses->count; i++)
		if (strcmp(addresses->items[i]->domain, domain) == 0)
			return true;
	return addresses->count == 0;
}

static bool
subject_names_one(const struct certificate *leaf, const struct address_list *own)
{
	for (size_t i = 0; i < own->count; i++)
		if (certificate_has_address(leaf, own->items[i], true))
			return true;
	return false;
}

static int
check_names(const struct certificate *leaf, const struct address_list *own, const char *domain, bool dn_too,
    struct error *e)
{
	if (domain != NULL && !is_of_domain(certificate_addresses(leaf), domain))
		return error_set(e, ERROR_CERTIFICATE_UNUSABLE, "the certificate of %s has no address in %s",
		    certificate_subject(leaf), domain);
	if (domain != NULL)
		return 0;
	for (size_t i = 0; i < own->count; i++)
		if (certificate_has_address(leaf, own->items[i], dn_too))
			return 0;
	return error_set(e, ERROR_CERTIFICATE_UNUSABLE, "the certificate of %s bears no address of the identity%s",
	    certificate_subject(leaf), subject_names_one(leaf, own) ? " but in its subject: see subject-dn-address" : "");
}

int
certificate_names_identity(struct keystore *ks, const char *identity, const struct certificate *leaf, bool dn_too,
    struct error *e)
{
	struct address_list own = { NULL, 0 };
	char *domain = NULL;
	int rc = -1;

	if (identity_addresses(ks, identity, &own, e) == 0 && identity_domain(ks, identity, &domain, e) == 0)
		rc = check_names(leaf, &own, domain, dn_too, e);
	address_list_done(&own);
	free(domain);
	return rc;
}

/* The certificate above `c` among `others`, by name. */
static struct certificate *
issuer_of(const struct certificate *c, const struct certificates *others)
{
	for (size_t i = 0; i < others->count; i++)
		if (certificate_is_ca(others->items[i]) &&
		    strcmp(certificate_subject(others->items[i]), certificate_issuer(c)) == 0)
			return others->items[i];
	return NULL;
}

int
chain_pick(const struct certificate *leaf, const struct certificates *others, struct certificates *list,
    struct error *e)
{
	const struct certificate *at = leaf;

	while (others != NULL && list->count < LIMIT_CHAIN_DEPTH && !certificate_is_self_signed(at)) {
		struct certificate *above = issuer_of(at, others);

		if (above == NULL || certificates_find(list, certificate_fingerprint(above)) != NULL)
			break;
		if (certificates_add(list, above, e) != 0)
			return -1;
		at = above;
	}
	return 0;
}
