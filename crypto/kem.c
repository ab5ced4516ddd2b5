/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/limits.h"
#include "crypto/der_private.h"
#include "crypto/kdf_private.h"
#include "crypto/kem_private.h"
#include "crypto/key_agreement_private.h"

#define SHARED_SECRET 32 /* octets, of every ML-KEM */

size_t
kem_ciphertext_size(enum key_type type)
{
	switch (type) {
	case KEY_ML_KEM_512:
		return 768;
	case KEY_ML_KEM_768:
		return 1088;
	case KEY_ML_KEM_1024:
		return 1568;
	default:
		return 0;
	}
}

static int
decapsulate(EVP_PKEY *pkey, struct octets ciphertext, struct secret *out, struct error *e)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	struct secret shared = SECRET_INIT;
	size_t n = 0;
	int rc = -1;

	if (secret_init(&shared, SHARED_SECRET, e) != 0)
		goto out;
	if (ctx == NULL || EVP_PKEY_decapsulate_init(ctx, NULL) != 1 ||
	    EVP_PKEY_decapsulate(ctx, NULL, &n, ciphertext.data, ciphertext.size) != 1 || n != SHARED_SECRET ||
	    EVP_PKEY_decapsulate(ctx, shared.data, &n, ciphertext.data, ciphertext.size) != 1 || n != SHARED_SECRET) {
		crypto_fail(e, ERROR_CRYPTO, "decapsulation");
		goto out;
	}
	*out = shared;
	shared = (struct secret)SECRET_INIT;
	rc = 0;
out:
	secret_done(&shared);
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

/* CMSORIforKEMOtherInfo (RFC 9629 5): SEQUENCE { wrap, kekLength INTEGER, ukm [0] EXPLICIT OCTET STRING OPTIONAL } */
static int
other_info(const struct recipient_info *ri, struct buffer *out, struct error *e)
{
	struct der_writer w;

	der_begin(&w, out, e);
	der_open(&w, DER_SEQUENCE);
	der_put_raw(&w, ri->wrap_algorithm.data, ri->wrap_algorithm.size);
	der_put_small(&w, DER_INTEGER, ri->wrap_key_size);
	if (ri->has_ukm) {
		der_open(&w, DER_CONSTRUCTED_0);
		der_put(&w, DER_OCTET_STRING, ri->ukm.data, ri->ukm.size);
		der_close(&w);
	}
	der_close(&w);
	return der_finish(&w);
}

static int
derive_kek(EVP_PKEY *pkey, const struct recipient_info *ri, struct secret *out, struct error *e)
{
	struct buffer info = BUFFER_INIT(2 * LIMIT_CMS_ELEMENT + 64);
	struct secret shared = SECRET_INIT, kek = SECRET_INIT;
	int rc = -1;

	if (other_info(ri, &info, e) == 0 && secret_init(&kek, ri->wrap_key_size, e) == 0 &&
	    decapsulate(pkey, ri->kem_ciphertext, &shared, e) == 0 &&
	    kdf_derive(KDF_HKDF, ri->kdf_digest, &shared, &info, &kek, e) == 0) {
		*out = kek;
		kek = (struct secret)SECRET_INIT;
		rc = 0;
	}
	secret_done(&shared);
	secret_done(&kek);
	buffer_done(&info);
	return rc;
}

int
kem_unwrap(EVP_PKEY *pkey, const struct recipient_info *ri, struct secret *out, struct error *e)
{
	struct secret kek = SECRET_INIT;
	struct error inner = ERROR_INIT;
	int rc = -1;

	if (ri->kem != key_type_of(pkey) || ri->kem_ciphertext.size != kem_ciphertext_size(ri->kem) ||
	    digest_md(ri->kdf_digest) == NULL)
		return error_set(e, ERROR_CMS_UNREADABLE, "the content cannot be opened");
	if (derive_kek(pkey, ri, &kek, &inner) == 0)
		rc = key_unwrap_aes(&kek, ri->encrypted_key.data, ri->encrypted_key.size, out, &inner);
	if (rc != 0)
		crypto_fail(e, inner.code == ERROR_NO_MEMORY ? ERROR_NO_MEMORY : ERROR_CMS_UNREADABLE,
		    "the content cannot be opened");
	secret_done(&kek);
	return rc;
}
