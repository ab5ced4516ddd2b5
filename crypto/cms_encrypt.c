/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>

#include <openssl/rand.h>

#include "base/limits.h"
#include "base/memory.h"
#include "crypto/cipher_private.h"
#include "crypto/cms_encrypt_private.h"
#include "crypto/oid_private.h"
#include "crypto/private.h"

#define BLOCK ((size_t)16384)
#define ICV_SIZE 16                            /* RFC 5084 3.2 allows 12 to 16; the whole tag is sent */
#define CONTENT_MAX (UINT64_C(1) << 36)        /* GCM under one nonce: 2^36 - 32 octets (SP 800-38D 5.2.1.1) */

struct encryption {
	enum content_cipher cipher;
	struct secret cek;
	unsigned char iv[16];
	size_t iv_size;
	uint64_t size;                         /* octets of ciphertext */
	EVP_CIPHER_CTX *ctx;
	unsigned char plain[BLOCK], sealed[BLOCK + EVP_MAX_BLOCK_LENGTH];
};

/* Fresh key and nonce for every object, so a 12-octet random nonce never meets its key twice. */
static int
begin(struct encryption *x, const struct profile *profile, uint64_t size, struct error *e)
{
	const EVP_CIPHER *cipher = cipher_evp(profile->cipher);
	bool gcm = cipher_is_authenticated(profile->cipher);

	if (cipher == NULL || cipher_is_weak(profile->cipher))
		return error_set(e, ERROR_ALGORITHM, "the profile's cipher is never written");
	if (size >= CONTENT_MAX - 64)
		return error_set(e, ERROR_TOO_LARGE, "%llu octets of content", (unsigned long long)size);
	x->cipher = profile->cipher;
	x->iv_size = gcm ? 12 : 16;
	x->size = gcm ? size : (size / 16 + 1) * 16;
	if (secret_init(&x->cek, cipher_key_size(x->cipher), e) != 0)
		return -1;
	if (RAND_priv_bytes(x->cek.data, (int)x->cek.size) != 1 || RAND_bytes(x->iv, (int)x->iv_size) != 1 ||
	    (x->ctx = EVP_CIPHER_CTX_new()) == NULL ||
	    EVP_EncryptInit_ex(x->ctx, cipher, NULL, x->cek.data, x->iv) != 1)
		return crypto_fail(e, ERROR_CRYPTO, "cipher");
	return 0;
}

/* EnvelopedData moves to version 2 with a KeyAgreeRecipientInfo; AuthEnvelopedData stays 0 (RFC 5652 6.1, RFC 5083 2.1). */
static unsigned
object_version(const struct encryption *x, const struct certificates *recipients)
{
	for (size_t i = 0; i < recipients->count; i++)
		if (needs_key_agreement(recipients->items[i]))
			return cipher_is_authenticated(x->cipher) ? 0 : 2;
	return 0;
}

/*
 * Version and RecipientInfos, a SET OF in the order that DER asks (X.690 11.6), whatever order the certificates
 * came in.
 */
static int
recipient_infos(const struct encryption *x, const struct certificates *recipients, const struct profile *profile,
    struct buffer *out, struct error *e)
{
	struct der_writer w;

	der_begin(&w, out, e);
	der_put_small(&w, DER_INTEGER, object_version(x, recipients));
	der_open(&w, DER_SET);
	for (size_t i = 0; i < recipients->count; i++)
		if (put_recipient_info(&w, recipients->items[i], profile, &x->cek, e) != 0)
			return -1;
	der_close_set(&w);
	return der_finish(&w);
}

static void
put_header(struct der_writer *w, unsigned char tag, uint64_t size)
{
	unsigned char header[DER_HEADER_MAX];

	der_put_raw(w, header, der_header(header, tag, size));
}

/* EncryptedContentInfo (RFC 5652 6.1) up to the ciphertext's first octet. */
static int
content_info_start(const struct encryption *x, struct buffer *out, struct error *e)
{
	struct der_writer w;

	der_begin(&w, out, e);
	der_put_oid(&w, &oid_data);
	der_open(&w, DER_SEQUENCE);
	der_put_oid(&w, cipher_oid(x->cipher));
	if (cipher_is_authenticated(x->cipher)) {
		der_open(&w, DER_SEQUENCE);
		der_put(&w, DER_OCTET_STRING, x->iv, x->iv_size);
		der_put_small(&w, DER_INTEGER, ICV_SIZE);
		der_close(&w);
	} else {
		der_put(&w, DER_OCTET_STRING, x->iv, x->iv_size);
	}
	der_close(&w);
	put_header(&w, DER_CONTEXT_0, x->size);
	return der_finish(&w);
}

/* Octets of an element with `size` octets of value. */
static uint64_t
element_size(uint64_t size)
{
	unsigned char header[DER_HEADER_MAX];

	return der_header(header, DER_SEQUENCE, size) + size;
}

/* The outer headers (RFC 5652 3, 6.1; RFC 5083 2.1).  Their lengths are definite: what comes behind is counted ahead. */
static int
object_start(const struct encryption *x, const struct buffer *infos, const struct buffer *info, struct buffer *out,
    struct error *e)
{
	bool gcm = cipher_is_authenticated(x->cipher);
	const struct oid *type = cms_type_oid(gcm ? CMS_AUTH_ENVELOPED : CMS_ENVELOPED);
	uint64_t content_info = info->size + x->size;
	uint64_t object = infos->size + element_size(content_info) + (gcm ? 2 + ICV_SIZE : 0);
	struct der_writer w;

	der_begin(&w, out, e);
	put_header(&w, DER_SEQUENCE, element_size(type->size) + element_size(element_size(object)));
	der_put_oid(&w, type);
	put_header(&w, DER_CONSTRUCTED_0, element_size(object));
	put_header(&w, DER_SEQUENCE, object);
	der_put_raw(&w, infos->data, infos->size);
	put_header(&w, DER_SEQUENCE, content_info);
	der_put_raw(&w, info->data, info->size);
	return der_finish(&w);
}

/* Everything before the ciphertext. */
static int
write_start(const struct encryption *x, const struct certificates *recipients, const struct profile *profile,
    struct sink *out, struct error *e)
{
	struct buffer infos = BUFFER_INIT(LIMIT_CMS_OVERHEAD), info = BUFFER_INIT(LIMIT_CMS_OVERHEAD);
	struct buffer start = BUFFER_INIT(LIMIT_CMS_OVERHEAD + 128);
	int rc = -1;

	if (recipient_infos(x, recipients, profile, &infos, e) == 0 && content_info_start(x, &info, e) == 0 &&
	    object_start(x, &infos, &info, &start, e) == 0)
		rc = sink_write(out, start.data, start.size, e);
	buffer_done(&infos);
	buffer_done(&info);
	buffer_done(&start);
	return rc;
}

/* Exactly `size` octets of content, encrypted block by block. */
static int
encrypt_content(struct encryption *x, struct source *content, uint64_t size, struct sink *out, struct error *e)
{
	ssize_t n;
	int got;

	for (; size > 0; size -= (uint64_t)n) {
		n = source_read(content, x->plain, size < BLOCK ? (size_t)size : BLOCK, e);
		if (n < 0)
			return -1;
		if (n == 0)
			return error_set(e, ERROR_INTERNAL, "the content is shorter than announced");
		if (EVP_EncryptUpdate(x->ctx, x->sealed, &got, x->plain, (int)n) != 1)
			return crypto_fail(e, ERROR_CRYPTO, "cipher");
		if (sink_write(out, x->sealed, (size_t)got, e) != 0)
			return -1;
	}
	if (EVP_EncryptFinal_ex(x->ctx, x->sealed, &got) != 1)
		return crypto_fail(e, ERROR_CRYPTO, "cipher");
	return sink_write(out, x->sealed, (size_t)got, e);
}

static int
write_mac(struct encryption *x, struct sink *out, struct error *e)
{
	unsigned char mac[2 + ICV_SIZE] = { DER_OCTET_STRING, ICV_SIZE };

	if (!cipher_is_authenticated(x->cipher))
		return 0;
	if (EVP_CIPHER_CTX_ctrl(x->ctx, EVP_CTRL_AEAD_GET_TAG, ICV_SIZE, mac + 2) != 1)
		return crypto_fail(e, ERROR_CRYPTO, "cipher");
	return sink_write(out, mac, sizeof mac, e);
}

int
cms_encrypt(const struct certificates *recipients, const struct profile *profile, struct source *content,
    uint64_t size, struct sink *out, struct error *e)
{
	struct encryption *x;
	int rc = -1;

	if (recipients->count == 0)
		return error_set(e, ERROR_INTERNAL, "no recipients to encrypt to");
	if ((x = memory_new(1, sizeof *x, e)) == NULL)
		return -1;
	if (begin(x, profile, size, e) != 0 || write_start(x, recipients, profile, out, e) != 0 ||
	    encrypt_content(x, content, size, out, e) != 0)
		goto out;
	rc = write_mac(x, out, e);
out:
	secret_done(&x->cek);
	EVP_CIPHER_CTX_free(x->ctx);
	memory_wipe(x, sizeof *x);
	free(x);
	return rc;
}
