/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/limits.h"
#include "crypto/der_private.h"
#include "crypto/kdf_private.h"
#include "crypto/key_agreement_private.h"

/*
 * ECC-CMS-SharedInfo (RFC 5753 7.2): SEQUENCE { keyInfo, entityUInfo [0] EXPLICIT OCTET STRING OPTIONAL,
 * suppPubInfo [2] EXPLICIT OCTET STRING }, the last the length of the wrap key in bits, in four octets.
 */
static int
shared_info(const struct recipient_info *ri, struct buffer *out, struct error *e)
{
	size_t bits = ri->wrap_key_size * 8;
	const unsigned char length[4] = { 0, 0, (unsigned char)(bits >> 8), (unsigned char)bits };
	struct der_writer w;

	der_begin(&w, out, e);
	der_open(&w, DER_SEQUENCE);
	der_put_raw(&w, ri->wrap_algorithm.data, ri->wrap_algorithm.size);
	if (ri->has_ukm) {
		der_open(&w, DER_CONSTRUCTED_0);
		der_put(&w, DER_OCTET_STRING, ri->ukm.data, ri->ukm.size);
		der_close(&w);
	}
	der_open(&w, DER_CONSTRUCTED_0 + 2);
	der_put(&w, DER_OCTET_STRING, length, sizeof length);
	der_close(&w);
	der_close(&w);
	return der_finish(&w);
}

/* Z, the x-coordinate.  Setting the peer makes the library check its point: on our curve, not the infinity. */
static int
shared_secret(EVP_PKEY *ours, EVP_PKEY *theirs, struct secret *out, struct error *e)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(ours, NULL);
	struct secret z = SECRET_INIT;
	size_t n = 0;
	int rc = -1;

	if (ctx == NULL || EVP_PKEY_derive_init(ctx) != 1 || EVP_PKEY_derive_set_peer(ctx, theirs) != 1 ||
	    EVP_PKEY_derive(ctx, NULL, &n) != 1) {
		crypto_fail(e, ERROR_CRYPTO, "key agreement");
		goto out;
	}
	if (secret_init(&z, n, e) != 0)
		goto out;
	if (EVP_PKEY_derive(ctx, z.data, &n) != 1 || n != z.size) {
		crypto_fail(e, ERROR_CRYPTO, "key agreement");
		goto out;
	}
	*out = z;
	z = (struct secret)SECRET_INIT;
	rc = 0;
out:
	secret_done(&z);
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

int
key_agreement_kek(EVP_PKEY *ours, EVP_PKEY *theirs, const struct recipient_info *ri, struct secret *kek,
    struct error *e)
{
	struct buffer info = BUFFER_INIT(2 * LIMIT_CMS_ELEMENT + 64);
	struct secret z = SECRET_INIT, derived = SECRET_INIT;
	int rc = -1;

	if (digest_md(ri->kdf_digest) == NULL)
		return error_set(e, ERROR_ALGORITHM, "no such key derivation");
	if (shared_info(ri, &info, e) == 0 && secret_init(&derived, ri->wrap_key_size, e) == 0 &&
	    shared_secret(ours, theirs, &z, e) == 0 && kdf_derive(KDF_X963, ri->kdf_digest, &z, &info, &derived, e) == 0) {
		*kek = derived;
		derived = (struct secret)SECRET_INIT;
		rc = 0;
	}
	secret_done(&z);
	secret_done(&derived);
	buffer_done(&info);
	return rc;
}

/* ---- key wrap ---- */

static const EVP_CIPHER *
wrap_cipher(size_t key_size)
{
	switch (key_size) {
	case 16:
		return EVP_aes_128_wrap();
	case 24:
		return EVP_aes_192_wrap();
	case 32:
		return EVP_aes_256_wrap();
	default:
		return NULL;
	}
}

/* With the standard initial value of RFC 3394, or of RFC 3217, one direction or the other; `out` has room for what comes out. */
static int
run_wrap(const EVP_CIPHER *cipher, int direction, const struct secret *kek, const unsigned char *in, size_t n,
    unsigned char *out, size_t expected, struct error *e)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int size = 0, rc = 0;

	if (ctx != NULL)
		EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (ctx == NULL || cipher == NULL || n > SECRET_MAX ||
	    EVP_CipherInit_ex(ctx, cipher, NULL, kek->data, NULL, direction) != 1 ||
	    EVP_CipherUpdate(ctx, out, &size, in, (int)n) != 1 || size < 0 || (size_t)size != expected)
		rc = crypto_fail(e, ERROR_CRYPTO, "key wrap");
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

int
key_wrap(const struct secret *kek, const struct secret *key, unsigned char *out, struct error *e)
{
	return run_wrap(wrap_cipher(kek->size), 1, kek, key->data, key->size, out, key->size + KEY_WRAP_OVERHEAD, e);
}

/* The key stands in `overhead` octets less than it was wrapped in. */
static int
unwrap(const EVP_CIPHER *cipher, const struct secret *kek, const unsigned char *wrapped, size_t n, size_t overhead,
    struct secret *out, struct error *e)
{
	struct secret key = SECRET_INIT;

	if (secret_init(&key, n, e) != 0) /* the library may use as much room as it was given octets */
		return -1;
	if (run_wrap(cipher, 0, kek, wrapped, n, key.data, n - overhead, e) != 0) {
		secret_done(&key);
		return -1;
	}
	key.size = n - overhead;
	*out = key;
	return 0;
}

int
key_unwrap_aes(const struct secret *kek, const unsigned char *wrapped, size_t n, struct secret *out, struct error *e)
{
	if (n < 16 + KEY_WRAP_OVERHEAD || n % 8 != 0 || n > SECRET_MAX)
		return error_set(e, ERROR_CRYPTO, "key wrap");
	return unwrap(wrap_cipher(kek->size), kek, wrapped, n, KEY_WRAP_OVERHEAD, out, e);
}

int
key_unwrap_triple_des(const struct secret *kek, const unsigned char *wrapped, size_t n, struct secret *out,
    struct error *e)
{
	if (n != 40) /* RFC 3217 3.2: eight octets before the key, eight behind it */
		return error_set(e, ERROR_CRYPTO, "key wrap");
	return unwrap(EVP_des_ede3_wrap(), kek, wrapped, n, 16, out, e);
}
