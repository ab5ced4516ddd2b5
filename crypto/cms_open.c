/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "crypto/cipher_private.h"
#include "crypto/cms_open.h"
#include "crypto/private.h"

#define BLOCK ((size_t)16384)

/*
 * One decryption on its way.  For CBC the library removes no padding: it holds the last block back otherwise, and
 * what it says of a bad one differs between versions.  We keep the last block ourselves and judge it once, at the end.
 */
struct opening {
	const struct cms_shape *shape;
	EVP_CIPHER_CTX *ctx;
	struct spool *spool;
	bool failed;          /* the cipher refused: the same as a bad tag */
	uint64_t content;     /* octets of ciphertext seen */
	unsigned char last[EVP_MAX_BLOCK_LENGTH];
	size_t last_size;     /* 0, or one block */
	unsigned char block[BLOCK + EVP_MAX_BLOCK_LENGTH];
};

static int
unreadable(struct error *e)
{
	return crypto_fail(e, ERROR_CMS_UNREADABLE, "the content cannot be opened");
}

/* Plaintext on its way to the spool, less the last block of CBC. */
static int
put_plain(struct opening *o, const unsigned char *plain, size_t n, struct error *e)
{
	size_t block;

	if (n == 0)
		return 0;
	if (cipher_is_authenticated(o->shape->cipher))
		return spool_write(o->spool, plain, n, e);
	block = (size_t)EVP_CIPHER_CTX_get_block_size(o->ctx);
	if (o->last_size != 0 && spool_write(o->spool, o->last, o->last_size, e) != 0)
		return -1;
	o->last_size = block; /* the library gives whole blocks */
	memcpy(o->last, plain + n - block, block);
	return n == block ? 0 : spool_write(o->spool, plain, n - block, e);
}

/* A sink for the ciphertext. */
static int
decrypt(void *ctx, const void *from, size_t n, struct error *e)
{
	struct opening *o = ctx;
	const unsigned char *in = from;
	size_t part;
	int got;

	o->content += n;
	for (; n > 0 && !o->failed; in += part, n -= part) {
		part = n < BLOCK ? n : BLOCK;
		if (EVP_DecryptUpdate(o->ctx, o->block, &got, in, (int)part) != 1 || got < 0) {
			o->failed = true;
			(void)crypto_fail(NULL, ERROR_CRYPTO, "");
		} else if (put_plain(o, o->block, (size_t)got, e) != 0) {
			return -1;
		}
	}
	return 0;
}

/* PKCS#7 padding (RFC 5652 6.3) of the last block: how many octets of it are content, or -1; no branch on its value. */
static int
padding_of(const unsigned char *last, size_t block)
{
	unsigned pad = last[block - 1], bad = 0, must_pad;

	bad |= (pad - 1u) >> 31;                          /* 0 */
	bad |= ((unsigned)block - pad) >> 31;             /* longer than a block */
	for (size_t i = 0; i < block; i++) {
		must_pad = ((unsigned)(block - 1 - i) - pad) >> 31; /* one of the last `pad` octets */
		bad |= (0u - must_pad) & (last[i] ^ pad);
	}
	return bad == 0 ? (int)(block - pad) : -1;
}

static int
finish_cbc(struct opening *o, struct error *e)
{
	size_t block = (size_t)EVP_CIPHER_CTX_get_block_size(o->ctx);
	int keep;

	if (o->failed || o->last_size == 0 || o->content % block != 0)
		return unreadable(e);
	keep = padding_of(o->last, block);
	if (keep < 0)
		return unreadable(e);
	return keep == 0 ? 0 : spool_write(o->spool, o->last, (size_t)keep, e);
}

static int
finish_gcm(struct opening *o, struct error *e)
{
	int got = 0;

	if (o->failed || EVP_DecryptFinal_ex(o->ctx, o->block, &got) != 1 || got != 0)
		return unreadable(e);
	return 0;
}

/* Key, nonce, tag and associated data in, before the first octet of content. */
static int
begin(struct opening *o, const struct secret *cek, struct error *e)
{
	const struct cms_shape *s = o->shape;
	const EVP_CIPHER *cipher = cipher_evp(s->cipher);
	struct octets aad = s->authenticated_attributes;
	int got;

	if ((o->ctx = EVP_CIPHER_CTX_new()) == NULL || cipher == NULL ||
	    EVP_DecryptInit_ex(o->ctx, cipher, NULL, NULL, NULL) != 1)
		return crypto_fail(e, ERROR_CRYPTO, "cipher");
	if (!cipher_is_authenticated(s->cipher)) {
		if (EVP_DecryptInit_ex(o->ctx, NULL, NULL, cek->data, s->iv) != 1 ||
		    EVP_CIPHER_CTX_set_padding(o->ctx, 0) != 1)
			return crypto_fail(e, ERROR_CRYPTO, "cipher");
		return 0;
	}
	if (EVP_CIPHER_CTX_ctrl(o->ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)s->iv_size, NULL) != 1 ||
	    EVP_DecryptInit_ex(o->ctx, NULL, NULL, cek->data, s->iv) != 1 ||
	    EVP_CIPHER_CTX_ctrl(o->ctx, EVP_CTRL_AEAD_SET_TAG, (int)s->mac_size,
	        (void *)(uintptr_t)s->mac) != 1 ||
	    (aad.size != 0 && EVP_DecryptUpdate(o->ctx, NULL, &got, aad.data, (int)aad.size) != 1))
		return crypto_fail(e, ERROR_CRYPTO, "cipher");
	return 0;
}

static int
run(struct opening *o, const struct secret *cek, struct source *source, struct error *e)
{
	struct sink sink = { decrypt, o };

	if (begin(o, cek, e) != 0 || cms_copy_content(source, &sink, e) != 0)
		return -1;
	if (o->content != o->shape->content_size)
		return error_set(e, ERROR_INTERNAL, "CMS: another object than the one that was walked");
	return cipher_is_authenticated(o->shape->cipher) ? finish_gcm(o, e) : finish_cbc(o, e);
}

/* What cms_walk() found fit to be tried, and nothing else. */
static bool
can_open(const struct cms_shape *shape, const struct recipient_info *ri)
{
	return (shape->type == CMS_ENVELOPED || shape->type == CMS_AUTH_ENVELOPED) && shape->unusable == NULL &&
	    shape->has_content && ri->unusable == NULL;
}

int
cms_open(const struct cms_shape *shape, const struct recipient_info *ri, const struct key *key,
    struct source *source, struct spool *unverified, struct error *e)
{
	struct secret cek = SECRET_INIT;
	struct opening *o = NULL;
	int rc = -1;

	if (spool_size(unverified) != 0)
		return error_set(e, ERROR_INTERNAL, "CMS: the spool for the content is not empty");
	if (!can_open(shape, ri))
		return unreadable(e);
	if ((o = memory_new(1, sizeof *o, e)) == NULL)
		return -1;
	o->shape = shape;
	o->spool = unverified;
	if (key_unwrap(key, ri, cipher_key_size(shape->cipher), &cek, e) != 0)
		goto out;
	rc = run(o, &cek, source, e);
	if (rc != 0 && spool_truncate(unverified, NULL) != 0)
		rc = -1;
out:
	secret_done(&cek);
	EVP_CIPHER_CTX_free(o->ctx);
	memory_wipe(o, sizeof *o);
	free(o);
	return rc;
}
