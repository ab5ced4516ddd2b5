/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "base/limits.h"
#include "base/memory.h"
#include "crypto/cms_encrypt_private.h"
#include "crypto/identifier_private.h"
#include "crypto/key_agreement_private.h"

#define RSA_BITS_MIN 2048 /* RFC 8551 4.2: less is never written */

static int
unusable(const struct certificate *c, const char *why, struct error *e)
{
	(void)crypto_fail(NULL, ERROR_CERTIFICATE_UNUSABLE, "");
	return error_set(e, ERROR_CERTIFICATE_UNUSABLE, "cannot encrypt to the certificate of %s: %s",
	    certificate_subject(c), why);
}

static void
put_name(struct der_writer *w, const struct certificate *c)
{
	der_open(w, DER_SEQUENCE);
	identifier_put_issuer_serial(w, c);
	der_close(w);
}

/* ---- RSA ---- */

static void
put_hash(struct der_writer *w, enum digest_algorithm a)
{
	der_open(w, DER_SEQUENCE);
	der_put_oid(w, digest_oid(a));
	der_put(w, DER_NULL, NULL, 0); /* RFC 4055 2.1: readers take it absent too, writers put it */
	der_close(w);
}

/* RSAES-OAEP-params with one digest for both uses; SHA-1 is the default of both and not written (X.690 11.5). */
static void
put_oaep(struct der_writer *w, enum digest_algorithm a)
{
	der_put_oid(w, &oid_rsaes_oaep);
	der_open(w, DER_SEQUENCE);
	if (a != DIGEST_SHA1) {
		der_open(w, DER_CONSTRUCTED_0);
		put_hash(w, a);
		der_close(w);
		der_open(w, DER_CONSTRUCTED_0 + 1);
		der_open(w, DER_SEQUENCE);
		der_put_oid(w, &oid_mgf1);
		put_hash(w, a);
		der_close(w);
		der_close(w);
	}
	der_close(w);
}

static void
put_transport_algorithm(struct der_writer *w, const struct profile *profile)
{
	der_open(w, DER_SEQUENCE);
	if (profile->rsa_transport == TRANSPORT_RSA_OAEP) {
		put_oaep(w, profile->oaep_digest);
	} else {
		der_put_oid(w, &oid_rsa_encryption);
		der_put(w, DER_NULL, NULL, 0);
	}
	der_close(w);
}

static int
set_padding(EVP_PKEY_CTX *ctx, const struct profile *profile)
{
	const EVP_MD *md = digest_md(profile->oaep_digest);

	if (profile->rsa_transport != TRANSPORT_RSA_OAEP)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 && md != NULL &&
	    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) == 1 && EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1;
}

/* KeyTransRecipientInfo, version 0: named by issuer and serial number (RFC 5652 6.2.1). */
static int
put_key_transport(struct der_writer *w, const struct certificate *c, const struct profile *profile,
    const struct secret *cek, struct error *e)
{
	EVP_PKEY *key = certificate_public_key(c);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	size_t n = (size_t)EVP_PKEY_get_size(key);
	unsigned char *encrypted = NULL;
	int rc = -1;

	if (ctx == NULL || EVP_PKEY_encrypt_init(ctx) != 1 || !set_padding(ctx, profile)) {
		crypto_fail(e, ERROR_CRYPTO, "key transport");
		goto out;
	}
	if ((encrypted = memory_new(1, n, e)) == NULL)
		goto out;
	if (EVP_PKEY_encrypt(ctx, encrypted, &n, cek->data, cek->size) != 1) {
		unusable(c, "its key does not encrypt", e);
		goto out;
	}
	der_open(w, DER_SEQUENCE);
	der_put_small(w, DER_INTEGER, 0);
	put_name(w, c);
	put_transport_algorithm(w, profile);
	der_put(w, DER_OCTET_STRING, encrypted, n);
	der_close(w);
	rc = 0;
out:
	free(encrypted);
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

/* ---- ECDH ---- */

static enum digest_algorithm
kdf_digest_for(enum key_type type)
{
	switch (type) {
	case KEY_EC_P384:
		return DIGEST_SHA384;
	case KEY_EC_P521:
		return DIGEST_SHA512;
	default:
		return DIGEST_SHA256;
	}
}

/* A fresh key on the recipient's curve, named by the curve alone: nothing else of the certificate is trusted. */
static EVP_PKEY *
new_ephemeral(enum key_type type)
{
	switch (type) {
	case KEY_EC_P256:
		return EVP_EC_gen("P-256");
	case KEY_EC_P384:
		return EVP_EC_gen("P-384");
	default:
		return EVP_EC_gen("P-521");
	}
}

/* The wrap algorithm's identifier, as it stands in the RecipientInfo and in the shared info. */
static int
wrap_identifier(size_t key_size, struct buffer *out, struct error *e)
{
	struct der_writer w;

	der_begin(&w, out, e);
	der_open(&w, DER_SEQUENCE);
	der_put_oid(&w, wrap_oid(key_size));
	der_close(&w);
	return der_finish(&w);
}

/* KeyAgreeRecipientInfo, version 3 (RFC 5652 6.2.2, RFC 5753 3.1.1), for one recipient. */
static void
put_agreement_parts(struct der_writer *w, const struct certificate *c, const struct recipient_info *ri)
{
	der_open(w, DER_CONSTRUCTED_0 + 1);
	der_put_small(w, DER_INTEGER, 3);
	der_open(w, DER_CONSTRUCTED_0);
	der_open(w, DER_CONSTRUCTED_0 + 1);
	der_open(w, DER_SEQUENCE);
	der_put_oid(w, &oid_ec_public_key);
	der_close(w);
	der_put_bits(w, ri->originator_key.data, ri->originator_key.size);
	der_close(w);
	der_close(w);
	der_open(w, DER_SEQUENCE);
	der_put_oid(w, ecdh_kdf_oid(ri->kdf_digest));
	der_put_raw(w, ri->wrap_algorithm.data, ri->wrap_algorithm.size);
	der_close(w);
	der_open(w, DER_SEQUENCE);
	der_open(w, DER_SEQUENCE);
	put_name(w, c);
	der_put(w, DER_OCTET_STRING, ri->encrypted_key.data, ri->encrypted_key.size);
	der_close(w);
	der_close(w);
	der_close(w);
}

static int
put_key_agreement(struct der_writer *w, const struct certificate *c, const struct secret *cek, struct error *e)
{
	struct recipient_info ri = { .kind = RECIPIENT_KEY_AGREEMENT, .transport = TRANSPORT_ECDH };
	struct buffer wrap = BUFFER_INIT(64);
	EVP_PKEY *ephemeral = new_ephemeral(certificate_key_type(c));
	unsigned char *point = NULL, wrapped[32 + KEY_WRAP_OVERHEAD];
	struct secret kek = SECRET_INIT;
	int rc = -1;

	if (ephemeral == NULL ||
	    (ri.originator_key.size = EVP_PKEY_get1_encoded_public_key(ephemeral, &point)) == 0) {
		crypto_fail(e, ERROR_CRYPTO, "key generation");
		goto out;
	}
	if (wrap_identifier(cek->size, &wrap, e) != 0)
		goto out;
	ri.originator_key.data = point;
	ri.kdf_digest = kdf_digest_for(certificate_key_type(c));
	ri.wrap_key_size = cek->size;
	ri.wrap_algorithm = (struct octets){ (const unsigned char *)wrap.data, wrap.size };
	ri.encrypted_key = (struct octets){ wrapped, cek->size + KEY_WRAP_OVERHEAD };
	if (key_agreement_kek(ephemeral, certificate_public_key(c), &ri, &kek, e) != 0 ||
	    key_wrap(&kek, cek, wrapped, e) != 0)
		goto out;
	put_agreement_parts(w, c, &ri);
	rc = 0;
out:
	secret_done(&kek);
	buffer_done(&wrap);
	OPENSSL_free(point);
	EVP_PKEY_free(ephemeral);
	return rc;
}

/* ---- both ---- */

bool
needs_key_agreement(const struct certificate *c)
{
	return key_type_is_ec(certificate_key_type(c));
}

int
put_recipient_info(struct der_writer *w, const struct certificate *c, const struct profile *profile,
    const struct secret *cek, struct error *e)
{
	if (certificate_public_key(c) == NULL)
		return unusable(c, "no readable key", e);
	if (needs_key_agreement(c))
		return put_key_agreement(w, c, cek, e);
	if (certificate_key_type(c) != KEY_RSA)
		return unusable(c, "a key that is not for encryption", e);
	if (certificate_key_bits(c) < RSA_BITS_MIN || certificate_key_bits(c) > LIMIT_RSA_BITS)
		return unusable(c, "key size", e);
	return put_key_transport(w, c, profile, cek, e);
}
