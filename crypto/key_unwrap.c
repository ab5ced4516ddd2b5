/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "base/limits.h"
#include "crypto/kem_private.h"
#include "crypto/key_agreement_private.h"
#include "crypto/oid_private.h"

/* Every failure that the sender could cause or learn from has this one face. */
static int
unreadable(struct error *e)
{
	return crypto_fail(e, ERROR_CMS_UNREADABLE, "the content cannot be opened");
}

/* ---- RSA ---- */

/* All bits set if x is 0, none otherwise; without a branch. */
static unsigned
zero_mask(unsigned x)
{
	return ((x | (0u - x)) >> (sizeof x * 8 - 1)) - 1u;
}

/*
 * The mask of a block 00 02 PS 00 KEY, where PS is not shorter than 8 octets and holds no zero (RFC 8017 7.2.2).
 * The key's length is known, so the separator's place is too, and nothing needs to be searched for.
 */
static unsigned
v15_mask(const unsigned char *block, size_t size, size_t key_size)
{
	size_t separator = size - key_size - 1;
	unsigned good = zero_mask(block[0]) & zero_mask(block[1] ^ 2u) & zero_mask(block[separator]);

	for (size_t i = 2; i < separator; i++)
		good &= ~zero_mask(block[i]);
	return good;
}

/* The block under the RSA padding; all zeros, which is no good padding, if the operation fails. */
static int
rsa_decrypt_raw(EVP_PKEY *pkey, struct octets encrypted, struct secret *block, struct error *e)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	size_t n = block->size;
	int rc = 0;

	if (ctx == NULL || EVP_PKEY_decrypt_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) != 1)
		rc = crypto_fail(e, ERROR_CRYPTO, "RSA");
	else if (EVP_PKEY_decrypt(ctx, block->data, &n, encrypted.data, encrypted.size) != 1)
		memset(block->data, 0, block->size);
	EVP_PKEY_CTX_free(ctx);
	(void)crypto_fail(NULL, ERROR_CRYPTO, "");
	return rc;
}

/*
 * RFC 3218 2.3.2: the random key is drawn before anything is known and replaces a bad one, so that neither the
 * result nor the time says whether the padding was right.  We check the padding ourselves: what the library makes of
 * a bad one differs between its versions.
 */
static int
unwrap_rsa_v15(EVP_PKEY *pkey, const struct recipient_info *ri, size_t cek_size, struct secret *out, struct error *e)
{
	struct secret cek = SECRET_INIT, block = SECRET_INIT;
	size_t size = (size_t)EVP_PKEY_get_size(pkey);
	volatile unsigned good; /* volatile: the compiler shall not make branches of it */
	int rc = -1;

	if (size < cek_size + 11)
		return unreadable(e);
	if (secret_init(&cek, cek_size, e) != 0 || secret_init(&block, size, e) != 0)
		goto out;
	if (RAND_priv_bytes(cek.data, (int)cek_size) != 1) {
		crypto_fail(e, ERROR_CRYPTO, "random numbers");
		goto out;
	}
	if (rsa_decrypt_raw(pkey, ri->encrypted_key, &block, e) != 0)
		goto out;
	good = v15_mask(block.data, size, cek_size);
	for (size_t i = 0; i < cek_size; i++)
		cek.data[i] = (unsigned char)((block.data[size - cek_size + i] & good) | (cek.data[i] & ~good));
	*out = cek;
	cek = (struct secret)SECRET_INIT;
	rc = 0;
out:
	secret_done(&cek);
	secret_done(&block);
	return rc;
}

/* The label becomes the context's own. */
static int
set_label(EVP_PKEY_CTX *ctx, struct octets label)
{
	unsigned char *copy;

	if (label.size == 0)
		return 1;
	if (label.size > LIMIT_CMS_ELEMENT || (copy = OPENSSL_memdup(label.data, label.size)) == NULL)
		return 0;
	if (EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, copy, (int)label.size) == 1)
		return 1;
	OPENSSL_free(copy);
	return 0;
}

/* RSAES-OAEP (RFC 3560), with every parameter as the RecipientInfo says and none as the library's default. */
static int
unwrap_rsa_oaep(EVP_PKEY *pkey, const struct recipient_info *ri, struct secret *out, struct error *e)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	struct secret block = SECRET_INIT;
	size_t n = (size_t)EVP_PKEY_get_size(pkey);
	int rc = -1;

	if (secret_init(&block, n, e) != 0)
		goto out;
	if (ctx == NULL || EVP_PKEY_decrypt_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, digest_md(ri->oaep_digest)) != 1 ||
	    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, digest_md(ri->oaep_mgf_digest)) != 1 ||
	    set_label(ctx, ri->oaep_label) != 1 ||
	    EVP_PKEY_decrypt(ctx, block.data, &n, ri->encrypted_key.data, ri->encrypted_key.size) != 1 || n == 0) {
		unreadable(e);
		goto out;
	}
	rc = secret_copy(out, block.data, n, e);
out:
	secret_done(&block);
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

/* ---- ECDH ---- */

/* The originator names no curve, or ours (RFC 5753 3.1.1: absent, NULL or ECParameters). */
static bool
curve_agrees(const struct recipient_info *ri, enum key_type ours)
{
	struct der_element oid;

	return !der_sole(ri->originator_parameters.data, ri->originator_parameters.size, DER_OID, &oid) ||
	    curve_from_oid(&oid) == ours;
}

/* The ephemeral key: a point in the uncompressed or compressed form (SEC 1 2.3.3), which must lie on our curve. */
static EVP_PKEY *
ephemeral_key(EVP_PKEY *ours, struct octets point)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *ctx = NULL;
	char group[64];
	OSSL_PARAM parameters[3];

	if (point.size < 2 || point.data[0] < 2 || point.data[0] > 4 ||
	    EVP_PKEY_get_group_name(ours, group, sizeof group, NULL) != 1)
		return NULL;
	parameters[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	parameters[1] =
	    OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point.data, point.size);
	parameters[2] = OSSL_PARAM_construct_end();
	if ((ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL)) == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static int
unwrap_ecdh(EVP_PKEY *pkey, const struct recipient_info *ri, struct secret *out, struct error *e)
{
	struct secret kek = SECRET_INIT;
	struct error inner = ERROR_INIT;
	EVP_PKEY *ephemeral = NULL;
	int rc = -1;

	if (!curve_agrees(ri, key_type_of(pkey)) || (ephemeral = ephemeral_key(pkey, ri->originator_key)) == NULL)
		unreadable(&inner);
	else if (key_agreement_kek(pkey, ephemeral, ri, &kek, &inner) == 0)
		rc = (ri->wrap_triple_des ? key_unwrap_triple_des : key_unwrap_aes)(&kek, ri->encrypted_key.data,
		    ri->encrypted_key.size, out, &inner);
	if (rc != 0 && inner.code == ERROR_NO_MEMORY)
		crypto_fail(e, inner.code, inner.detail);
	else if (rc != 0)
		unreadable(e);
	secret_done(&kek);
	EVP_PKEY_free(ephemeral);
	return rc;
}

/* ---- whoever holds the key ---- */

static int
unwrap_here(const struct key *k, const struct recipient_info *ri, size_t cek_size, struct secret *out,
    struct error *e)
{
	enum key_type type = key_type(k);

	if (ri->transport == TRANSPORT_RSA_V15 && type == KEY_RSA)
		return unwrap_rsa_v15(key_evp(k), ri, cek_size, out, e);
	if (ri->transport == TRANSPORT_RSA_OAEP && type == KEY_RSA)
		return unwrap_rsa_oaep(key_evp(k), ri, out, e);
	if (ri->transport == TRANSPORT_ECDH && key_type_is_ec(type))
		return unwrap_ecdh(key_evp(k), ri, out, e);
	if (ri->transport == TRANSPORT_ML_KEM && key_type_is_ml_kem(type))
		return kem_unwrap(key_evp(k), ri, out, e);
	return unreadable(e);
}

int
key_unwrap(const struct key *k, const struct recipient_info *ri, size_t cek_size, struct secret *out_cek,
    struct error *e)
{
	struct secret cek = SECRET_INIT;
	const struct key_holder *holder;
	void *ctx = NULL;
	int rc;

	if (ri->unusable != NULL || cek_size == 0 || cek_size > 64)
		return unreadable(e);
	holder = key_holder_of(k, &ctx);
	if (holder != NULL)
		rc = holder->unwrap(ctx, ri, cek_size, &cek, e);
	else
		rc = unwrap_here(k, ri, cek_size, &cek, e);
	if (rc == 0 && cek.size != cek_size) /* of OAEP, of a key wrap, of a holder */
		rc = unreadable(e);
	if (rc == 0)
		*out_cek = cek;
	else
		secret_done(&cek);
	return rc;
}
