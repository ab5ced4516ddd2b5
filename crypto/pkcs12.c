/* SPDX-License-Identifier: BSD-2-Clause */

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "base/memory.h"
#include "crypto/der_private.h"
#include "crypto/key_private.h"
#include "crypto/pkcs12.h"

#define PKCS12_KEYS_MAX 64 /* a person has one for each purpose and year; a store of a whole company is no PKCS#12 */
#define BAGS_DEPTH_MAX 4 /* SafeContents within SafeContents (RFC 7292 4.2.6); nobody nests them */

/* What a walk over the bags collects. */
struct contents {
	const char *password; /* NULL: the absent one, which differs from the empty one (RFC 7292 B.1) */
	int password_size;
	struct key *keys[PKCS12_KEYS_MAX];
	size_t key_count;
	size_t foreign_keys; /* of kinds that we do not support */
	struct certificates certificates;
};

static int
old_algorithm(struct error *e)
{
	return error_set(e, ERROR_ALGORITHM, "the PKCS#12 file is encrypted with an algorithm that the library no longer "
	    "offers; convert it: openssl pkcs12 -legacy -in OLD.p12 -nodes -out ALL.pem && "
	    "openssl pkcs12 -export -in ALL.pem -out NEW.p12, then remove ALL.pem");
}

static int
absurd_count(struct error *e)
{
	return error_set(e, ERROR_ALGORITHM, "the PKCS#12 file has an absurd iteration count or unknown parameters");
}

/* What pbe_fail() found, in words about this file. */
static int
relay(const struct error *why, struct error *e)
{
	return why->code == ERROR_ALGORITHM ? old_algorithm(e) : error_set(e, why->code, "%s", why->detail);
}

/* ---- bags ---- */

static int
take_key(struct contents *c, const PKCS8_PRIV_KEY_INFO *info, struct error *e)
{
	struct error why = ERROR_INIT;

	if (c->key_count == PKCS12_KEYS_MAX)
		return error_set(e, ERROR_TOO_LARGE, "more than %d private keys in the PKCS#12 file", PKCS12_KEYS_MAX);
	if (key_from_private_info(info, &c->keys[c->key_count], &why) == 0)
		c->key_count++;
	else if (why.code == ERROR_ALGORITHM)
		c->foreign_keys++;
	else
		return error_set(e, why.code, "%s", why.detail);
	return 0;
}

static int
take_sealed_key(struct contents *c, const X509_SIG *sealed, struct error *e)
{
	struct error why = ERROR_INIT;
	PKCS8_PRIV_KEY_INFO *info = NULL;
	const X509_ALGOR *algorithm;
	int rc;

	X509_SIG_get0(sealed, &algorithm, NULL);
	if (!pbe_acceptable(algorithm))
		return absurd_count(e);
	if (key_decrypt_private_info(sealed, c->password, c->password_size, &info, &why) != 0)
		return relay(&why, e);
	rc = take_key(c, info, e);
	PKCS8_PRIV_KEY_INFO_free(info);
	return rc;
}

/* A certificate that we cannot read may stand there; only the key's own is needed. */
static int
take_certificate(struct contents *c, const PKCS12_SAFEBAG *bag, struct error *e)
{
	struct error bad = ERROR_INIT;
	struct certificate *one = NULL;
	X509 *x = PKCS12_SAFEBAG_get1_cert(bag);
	unsigned char *der = NULL;
	int n = x == NULL ? -1 : i2d_X509(x, &der), rc = 0;

	if (n < 0)
		rc = crypto_out_of_memory() ? error_set(e, ERROR_NO_MEMORY, "cannot read a certificate") : 0;
	else if (certificate_read(der, (size_t)n, &one, &bad) == 0)
		rc = certificates_add(&c->certificates, one, e);
	else if (bad.code != ERROR_CERTIFICATE_SYNTAX)
		rc = error_set(e, bad.code, "%s", bad.detail);
	certificate_unref(one);
	OPENSSL_free(der);
	X509_free(x);
	return rc;
}

static int
take_bags(struct contents *c, const STACK_OF(PKCS12_SAFEBAG) *bags, int depth, struct error *e)
{
	int rc = 0;

	if (depth > BAGS_DEPTH_MAX)
		return error_set(e, ERROR_KEY_SYNTAX, "the PKCS#12 file is nested too deeply");
	for (int i = 0; rc == 0 && i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);

		switch (PKCS12_SAFEBAG_get_nid(bag)) {
		case NID_keyBag:
			rc = take_key(c, PKCS12_SAFEBAG_get0_p8inf(bag), e);
			break;
		case NID_pkcs8ShroudedKeyBag:
			rc = take_sealed_key(c, PKCS12_SAFEBAG_get0_pkcs8(bag), e);
			break;
		case NID_certBag:
			rc = take_certificate(c, bag, e);
			break;
		case NID_safeContentsBag:
			rc = take_bags(c, PKCS12_SAFEBAG_get0_safes(bag), depth + 1, e);
			break;
		default:
			break;
		}
	}
	return rc;
}

/* A part that is encrypted under the password. */
static int
open_safe(const struct contents *c, PKCS7 *safe, STACK_OF(PKCS12_SAFEBAG) **out, struct error *e)
{
	const PKCS7_ENCRYPT *encrypted = safe->d.encrypted;
	struct error why = ERROR_INIT;

	if (encrypted == NULL || encrypted->enc_data == NULL || !pbe_acceptable(encrypted->enc_data->algorithm))
		return absurd_count(e);
	ERR_clear_error();
	if ((*out = PKCS12_unpack_p7encdata(safe, c->password, c->password_size)) != NULL)
		return 0;
	pbe_fail(&why);
	return relay(&why, e);
}

/* One part of the AuthenticatedSafe; what is encrypted under a public key is not for us. */
static int
take_safe(struct contents *c, PKCS7 *safe, struct error *e)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	int rc;

	if (PKCS7_type_is_encrypted(safe)) {
		if (open_safe(c, safe, &bags, e) != 0)
			return -1;
	} else if (!PKCS7_type_is_data(safe)) {
		return 0;
	} else if ((bags = PKCS12_unpack_p7data(safe)) == NULL) {
		return crypto_fail(e, ERROR_KEY_SYNTAX, "a part of the PKCS#12 file cannot be read");
	}
	rc = take_bags(c, bags, 0, e);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return rc;
}

static int
take_safes(struct contents *c, const PKCS12 *p12, struct error *e)
{
	STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p12);
	int rc = 0;

	if (safes == NULL)
		return crypto_fail(e, ERROR_KEY_SYNTAX, "the PKCS#12 file cannot be read");
	for (int i = 0; rc == 0 && i < sk_PKCS7_num(safes); i++)
		rc = take_safe(c, sk_PKCS7_value(safes, i), e);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	return rc;
}

/* ---- the file ---- */

/* The DER of a PEM armour's first block; the caller frees it with OPENSSL_free(). */
static int
unarmour(const void *data, size_t n, unsigned char **der, long *size, struct error *e)
{
	BIO *bio = text_bio(data, n);
	char *name = NULL, *header = NULL;
	int rc = 0;

	if (bio == NULL || PEM_read_bio(bio, &name, &header, der, size) != 1)
		rc = crypto_fail(e, ERROR_KEY_SYNTAX, "this is no PKCS#12 file");
	OPENSSL_free(name);
	OPENSSL_free(header);
	BIO_free(bio);
	return rc;
}

static int
parse(const void *data, size_t n, PKCS12 **out, struct error *e)
{
	const unsigned char *at = data;
	unsigned char *unarmoured = NULL;
	long size = (long)n;
	int rc = 0;

	if (n == 0 || n > INT_MAX)
		return error_set(e, ERROR_KEY_SYNTAX, "a PKCS#12 file of %zu octets", n);
	if (at[0] != DER_SEQUENCE) {
		if (unarmour(data, n, &unarmoured, &size, e) != 0)
			return -1;
		at = unarmoured;
	}
	if ((*out = d2i_PKCS12(NULL, &at, size)) == NULL)
		rc = crypto_fail(e, ERROR_KEY_SYNTAX, "this is no PKCS#12 file");
	OPENSSL_free(unarmoured);
	return rc;
}

/* The MAC tells a wrong password from a damaged file, and nothing is believed before it fits. */
static int
check_mac(PKCS12 *p12, struct contents *c, struct error *e)
{
	const ASN1_INTEGER *count = NULL;
	int64_t iterations = 1;

	if (!PKCS12_mac_present(p12))
		return error_set(e, ERROR_KEY_SYNTAX, "the PKCS#12 file has no MAC");
	PKCS12_get0_mac(NULL, NULL, NULL, &count, p12);
	if (count != NULL && (ASN1_INTEGER_get_int64(&iterations, count) != 1 || iterations < 1 ||
	        iterations > PBE_ITERATIONS_MAX))
		return absurd_count(e);
	ERR_clear_error();
	if (PKCS12_verify_mac(p12, c->password, c->password_size) == 1)
		return 0;
	if (c->password_size == 0 && PKCS12_verify_mac(p12, NULL, 0) == 1) {
		c->password = NULL;
		return 0;
	}
	if (ERR_GET_REASON(ERR_peek_error()) == PKCS12_R_UNKNOWN_DIGEST_ALGORITHM)
		return crypto_fail(e, ERROR_ALGORITHM, "the PKCS#12 file has a MAC of a kind that the library does not offer");
	return pbe_fail(e);
}

/* ---- what belongs together ---- */

static struct certificate *
find_leaf(const struct contents *c, const struct key *key)
{
	struct certificate *found = NULL;

	for (size_t i = 0; i < c->certificates.count; i++) {
		struct certificate *one = c->certificates.items[i];

		if (certificate_public_key(one) == NULL ||
		    EVP_PKEY_eq(certificate_public_key(one), key_public(key)) != 1)
			continue;
		if (found == NULL || certificate_not_before(one) > certificate_not_before(found))
			found = one;
	}
	ERR_clear_error();
	return found;
}

static int
pair_keys(const struct contents *c, struct pkcs12_pairs *out, struct error *e)
{
	struct certificate *leaf;

	if (c->key_count == 0)
		return error_set(e, c->foreign_keys != 0 ? ERROR_ALGORITHM : ERROR_KEY_SYNTAX,
		    c->foreign_keys != 0 ? "the private keys in the PKCS#12 file are of kinds that are not supported" :
		                           "there is no private key in the PKCS#12 file");
	if ((out->items = memory_new(c->key_count, sizeof out->items[0], e)) == NULL)
		return -1;
	for (size_t i = 0; i < c->key_count; i++) {
		if ((leaf = find_leaf(c, c->keys[i])) == NULL)
			return error_set(e, ERROR_KEY_MISMATCH, "no certificate in the PKCS#12 file belongs to its private key");
		out->items[i].key = key_ref(c->keys[i]);
		out->items[i].leaf = certificate_ref(leaf);
		out->count++;
	}
	return 0;
}

static bool
is_leaf(const struct pkcs12_pairs *pairs, const struct certificate *c)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (pairs->items[i].leaf == c)
			return true;
	return false;
}

static int
take_others(const struct contents *c, const struct pkcs12_pairs *pairs, struct certificates *others, struct error *e)
{
	for (size_t i = 0; i < c->certificates.count; i++)
		if (!is_leaf(pairs, c->certificates.items[i]) &&
		    certificates_add(others, c->certificates.items[i], e) != 0)
			return -1;
	return 0;
}

/* Append both lists: room first, so that nothing can fail halfway. */
static int
hand_out(struct pkcs12_pairs *pairs, const struct certificates *rest, struct pkcs12_pairs *out,
    struct certificates *others, struct error *e)
{
	struct pkcs12_pair *items = memory_resize(out->items, out->count + pairs->count, sizeof *items, e);
	struct certificate **certificates;

	if (items == NULL)
		return -1;
	out->items = items;
	certificates = memory_resize(others->items, others->count + rest->count, sizeof *certificates, e);
	if (certificates == NULL)
		return -1;
	others->items = certificates;
	if (pairs->count > 0)
		memcpy(items + out->count, pairs->items, pairs->count * sizeof *items);
	out->count += pairs->count;
	pairs->count = 0;
	for (size_t i = 0; i < rest->count; i++)
		others->items[others->count++] = certificate_ref(rest->items[i]);
	return 0;
}

void
pkcs12_pairs_done(struct pkcs12_pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++) {
		key_unref(pairs->items[i].key);
		certificate_unref(pairs->items[i].leaf);
	}
	free(pairs->items);
	*pairs = (struct pkcs12_pairs){ NULL, 0 };
}

int
pkcs12_read_all(const void *data, size_t n, const struct secret *password, struct pkcs12_pairs *out,
    struct certificates *others, struct error *e)
{
	struct contents c = { .password = "" };
	struct pkcs12_pairs pairs = { NULL, 0 };
	struct certificates rest = { NULL, 0 };
	PKCS12 *p12 = NULL;
	int rc = -1;

	if (password != NULL && password->size != 0) {
		c.password = (const char *)password->data;
		c.password_size = (int)password->size;
	}
	if (parse(data, n, &p12, e) == 0 && check_mac(p12, &c, e) == 0 && take_safes(&c, p12, e) == 0 &&
	    pair_keys(&c, &pairs, e) == 0 && take_others(&c, &pairs, &rest, e) == 0)
		rc = hand_out(&pairs, &rest, out, others, e);
	PKCS12_free(p12);
	for (size_t i = 0; i < c.key_count; i++)
		key_unref(c.keys[i]);
	certificates_done(&c.certificates);
	certificates_done(&rest);
	pkcs12_pairs_done(&pairs);
	ERR_clear_error();
	return rc;
}

int
pkcs12_read(const void *data, size_t n, const struct secret *password, struct key **out_key,
    struct certificate **out_leaf, struct certificates *others, struct error *e)
{
	struct pkcs12_pairs pairs = { NULL, 0 };
	struct certificates rest = { NULL, 0 };
	size_t before = others->count;
	int rc = -1;

	if (pkcs12_read_all(data, n, password, &pairs, &rest, e) != 0)
		goto out;
	if (pairs.count != 1) {
		error_set(e, ERROR_KEY_SYNTAX, "there are %zu private keys in the PKCS#12 file", pairs.count);
		goto out;
	}
	for (size_t i = 0; i < rest.count; i++)
		if (certificates_add(others, rest.items[i], e) != 0)
			goto out;
	*out_key = key_ref(pairs.items[0].key);
	*out_leaf = certificate_ref(pairs.items[0].leaf);
	rc = 0;
out:
	while (rc != 0 && others->count > before)
		certificate_unref(others->items[--others->count]);
	pkcs12_pairs_done(&pairs);
	certificates_done(&rest);
	return rc;
}
