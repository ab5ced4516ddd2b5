/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include <openssl/x509.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/extension_private.h"
#include "crypto/identifier_private.h"
#include "crypto/private.h"

#define COMMON_NAME_MAX 64 /* characters: ub-common-name, RFC 5280 A.1 */

static const struct oid oid_common_name         = { 3, { 0x55, 0x04, 0x03 } };
static const struct oid oid_email_protection    = { 8, { 0x2b, 6, 1, 5, 5, 7, 3, 4 } };
static const struct oid oid_smtp_utf8_mailbox   = { 8, { 0x2b, 6, 1, 5, 5, 7, 8, 9 } };

static void
fail(struct der_writer *w, enum error_code code, const char *what)
{
	if (!w->failed)
		w->failed = error_set(w->e, code, "%s", what);
}

/* ---- extensions ---- */

void
extension_open(struct der_writer *w, enum extension which, bool critical)
{
	const struct oid oid = { 3, { 0x55, 0x1d, (unsigned char)which } };

	der_open(w, DER_SEQUENCE);
	der_put_oid(w, &oid);
	if (critical)
		der_put(w, DER_BOOLEAN, "\xff", 1);
	der_open(w, DER_OCTET_STRING);
}

void
extension_close(struct der_writer *w)
{
	der_close(w);
	der_close(w);
}

/* RFC 3279 2.3, RFC 5480 3, RFC 8410 5: RSA enciphers keys, elliptic curves agree on them, Ed25519 only signs. */
int
extension_usage(enum key_type type, int sign, int encrypt, unsigned *out, struct error *e)
{
	unsigned usage = sign ? USAGE_DIGITAL_SIGNATURE : 0;

	if (encrypt && type == KEY_RSA)
		usage |= USAGE_KEY_ENCIPHERMENT;
	else if (encrypt && (type == KEY_EC_P256 || type == KEY_EC_P384 || type == KEY_EC_P521))
		usage |= USAGE_KEY_AGREEMENT;
	else if (encrypt)
		return error_set(e, ERROR_KEY_UNUSABLE, "a key of this kind cannot be encrypted to");
	if (usage == 0)
		return error_set(e, ERROR_KEY_UNUSABLE, "a certificate is for signing, encrypting or both");
	*out = usage;
	return 0;
}

void
extension_put_key_usage(struct der_writer *w, unsigned usage)
{
	extension_open(w, EXTENSION_KEY_USAGE, true);
	der_put_flags(w, usage, 9);
	extension_close(w);
}

void
extension_put_email_protection(struct der_writer *w)
{
	extension_open(w, EXTENSION_EXTENDED_KEY_USAGE, false);
	der_open(w, DER_SEQUENCE);
	der_put_oid(w, &oid_email_protection);
	der_close(w);
	extension_close(w);
}

static bool
local_part_is_ascii(const struct address *a)
{
	for (size_t i = 0; i < a->local_size; i++)
		if ((unsigned char)a->text[i] >= 0x80)
			return false;
	return true;
}

/* The domain is in A-labels already, so only the local part can be beyond ASCII. */
static void
put_address(struct der_writer *w, const struct address *a)
{
	if (local_part_is_ascii(a)) {
		der_put(w, DER_CONTEXT_0 + 1, a->text, strlen(a->text));
		return;
	}
	der_open(w, DER_CONSTRUCTED_0);
	der_put_oid(w, &oid_smtp_utf8_mailbox);
	der_open(w, DER_CONSTRUCTED_0);
	der_put(w, DER_UTF8_STRING, a->text, strlen(a->text));
	der_close(w);
	der_close(w);
}

void
extension_put_addresses(struct der_writer *w, const struct address_list *list, bool critical)
{
	extension_open(w, EXTENSION_SUBJECT_ALT_NAME, critical);
	der_open(w, DER_SEQUENCE);
	for (size_t i = 0; i < list->count; i++)
		put_address(w, list->items[i]);
	der_close(w);
	extension_close(w);
}

/* ---- names and keys ---- */

static bool
is_common_name(const char *s)
{
	size_t n = strlen(s), characters = 0, octets;

	for (; n > 0; s += octets, n -= octets, characters++)
		if ((octets = text_printable_octets(s, n)) == 0)
			return false;
	return characters <= COMMON_NAME_MAX;
}

void
name_put(struct der_writer *w, const char *common_name)
{
	der_open(w, DER_SEQUENCE);
	if (common_name != NULL && common_name[0] != '\0') {
		if (!is_common_name(common_name))
			fail(w, ERROR_USAGE, "a common name is UTF-8 without control characters, at most 64 characters");
		der_open(w, DER_SET);
		der_open(w, DER_SEQUENCE);
		der_put_oid(w, &oid_common_name);
		der_put(w, DER_UTF8_STRING, common_name, strlen(common_name));
		der_close(w);
		der_close(w);
	}
	der_close(w);
}

int
public_key_der(const struct key *k, struct buffer *out, struct error *e)
{
	unsigned char *spki = NULL;
	int n = i2d_PUBKEY(key_public(k), &spki), rc;

	if (n < 0)
		return crypto_fail(e, ERROR_CRYPTO, "cannot encode a public key");
	rc = buffer_append(out, spki, (size_t)n, e);
	OPENSSL_free(spki);
	return rc;
}

/* ---- signing ---- */

enum signature_scheme
sign_scheme(const struct key *key)
{
	return profile_signature(profile_get(PROFILE_COMPATIBLE), key_type(key));
}

int
sign_der(const struct key *key, const struct buffer *tbs, struct buffer *out, struct error *e)
{
	enum signature_scheme scheme = sign_scheme(key);
	struct buffer signature = BUFFER_INIT(LIMIT_CMS_OVERHEAD);
	struct der_writer w;
	int rc = -1;

	if (key_sign(key, scheme, tbs->data, tbs->size, &signature, e) != 0)
		goto out;
	der_begin(&w, out, e);
	der_open(&w, DER_SEQUENCE);
	der_put_raw(&w, tbs->data, tbs->size);
	identifier_put_certificate_signature(&w, scheme);
	der_put_bits(&w, signature.data, signature.size);
	der_close(&w);
	rc = der_finish(&w);
out:
	buffer_done(&signature);
	return rc;
}
