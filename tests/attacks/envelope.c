/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include <openssl/rsa.h>

#include "crypto/identifier_private.h"
#include "tests/attacks/envelope.h"
#include "tests/unit/support.h"

#define ROOM ((size_t)64 * 1024 * 1024)

/* ---- sealing ---- */

static void
seal_content(struct envelope *x, bool gcm, const void *content, size_t n)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	struct error e = ERROR_INIT;
	unsigned char *to;
	int got = 0, last = 0;

	buffer_init(&x->content, ROOM);
	to = (unsigned char *)buffer_reserve(&x->content, n + 32, &e);
	ck_assert_ptr_nonnull(to);
	ck_assert_int_eq(EVP_EncryptInit_ex(ctx, gcm ? EVP_aes_256_gcm() : EVP_aes_256_cbc(), NULL, x->key, x->iv), 1);
	if (x->attributes != NULL) {
		unsigned char header[DER_HEADER_MAX];
		size_t size = der_header(header, DER_SET, x->attributes_size);

		ck_assert_int_eq(EVP_EncryptUpdate(ctx, NULL, &got, header, (int)size), 1);
		ck_assert_int_eq(EVP_EncryptUpdate(ctx, NULL, &got, (const unsigned char *)x->attributes,
		    (int)x->attributes_size), 1);
	}
	ck_assert_int_eq(EVP_EncryptUpdate(ctx, to, &got, content, (int)n), 1);
	ck_assert_int_eq(EVP_EncryptFinal_ex(ctx, to + got, &last), 1);
	x->content.size = (size_t)(got + last);
	if (gcm)
		ck_assert_int_eq(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, x->mac), 1);
	EVP_CIPHER_CTX_free(ctx);
}

void
rsa_block(const struct envelope *x, unsigned char block[256])
{
	memset(block, 0x5a, 256);
	block[0] = 0;
	block[1] = 2;
	block[256 - 33] = 0;
	memcpy(block + 256 - 32, x->key, 32);
}

void
envelope_address(struct envelope *x, const struct forged *to, const unsigned char *block, size_t n)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(to->pkey, NULL);
	unsigned char wrapped[512];
	size_t size = sizeof(wrapped);
	struct error e = ERROR_INIT;
	struct der_writer w;

	ck_assert_int_eq(EVP_PKEY_encrypt_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_encrypt(ctx, wrapped, &size, block, n), 1);
	EVP_PKEY_CTX_free(ctx);
	der_begin(&w, &x->infos, &e);
	der_open(&w, DER_SEQUENCE);
	der_put_small(&w, DER_INTEGER, 0);
	der_open(&w, DER_SEQUENCE);
	identifier_put_issuer_serial(&w, to->c);
	der_close(&w);
	der_open(&w, DER_SEQUENCE);
	der_put_oid(&w, &oid_rsa_encryption);
	der_put(&w, DER_NULL, "", 0);
	der_close(&w);
	der_put(&w, DER_OCTET_STRING, wrapped, size);
	der_close(&w);
	expect_ok(der_finish(&w));
}

struct envelope
envelope_seal_with(const struct forged *to, enum content_cipher cipher, const void *content, size_t n,
    const char *attributes, size_t attributes_size)
{
	bool gcm = cipher_is_authenticated(cipher);
	struct envelope x = { .authenticated = gcm, .cipher = cipher, .iv_size = gcm ? 12 : 16, .icv = 16,
		.mac_size = gcm ? 16 : 0, .attributes = attributes, .attributes_size = attributes_size };
	unsigned char block[256];

	buffer_init(&x.infos, ROOM);
	memset(x.key, 0x6b, sizeof(x.key)); /* not random: what comes out of a changed block is the same every time */
	memset(x.iv, 0x69, sizeof(x.iv));
	seal_content(&x, gcm, content, n);
	rsa_block(&x, block);
	envelope_address(&x, to, block, sizeof(block));
	return x;
}

struct envelope
envelope_seal(const struct forged *to, enum content_cipher cipher, const void *content, size_t n)
{
	return envelope_seal_with(to, cipher, content, n, NULL, 0);
}

/* ---- writing ---- */

static void
put_algorithm(struct der_writer *w, const struct envelope *x)
{
	der_open(w, DER_SEQUENCE);
	der_put_oid(w, cipher_oid(x->cipher));
	if (cipher_is_authenticated(x->cipher)) {
		der_open(w, DER_SEQUENCE);
		der_put(w, DER_OCTET_STRING, x->iv, x->iv_size);
		if (x->icv > 0)
			der_put_small(w, DER_INTEGER, (uint64_t)x->icv);
		der_close(w);
	} else {
		der_put(w, DER_OCTET_STRING, x->iv, x->iv_size);
	}
	der_close(w);
}

struct buffer
envelope_der(struct envelope *take)
{
	struct envelope *x = take;
	struct buffer out = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;
	struct der_writer w;

	der_begin(&w, &out, &e);
	der_open(&w, DER_SEQUENCE);
	der_put_oid(&w, cms_type_oid(x->authenticated ? CMS_AUTH_ENVELOPED : CMS_ENVELOPED));
	der_open(&w, DER_CONSTRUCTED_0);
	der_open(&w, DER_SEQUENCE);
	der_put_small(&w, DER_INTEGER, 0);
	der_put(&w, DER_SET, x->infos.data, x->infos.size);
	der_open(&w, DER_SEQUENCE);
	der_put_oid(&w, &oid_data);
	put_algorithm(&w, x);
	der_put(&w, DER_CONTEXT_0, x->content.data, x->content.size);
	der_close(&w);
	if (x->authenticated && x->attributes != NULL)
		der_put(&w, DER_CONSTRUCTED_0 + 1, x->attributes, x->attributes_size);
	if (x->authenticated)
		der_put(&w, DER_OCTET_STRING, x->mac, x->mac_size);
	der_close(&w);
	der_close(&w);
	der_close(&w);
	expect_ok(der_finish(&w));
	if (x->behind != NULL)
		expect_ok(buffer_append_text(&out, x->behind, &e));
	buffer_done(&x->infos);
	buffer_done(&x->content);
	return out;
}
