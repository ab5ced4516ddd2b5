/* SPDX-License-Identifier: BSD-2-Clause */

#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/encoding.h"
#include "crypto/private.h"
#include "crypto/seal.h"

#define SEAL_VERSION 1
#define ID_SIZE 16
#define NONCE_SIZE 12
#define TAG_SIZE 16
#define BOX_OVERHEAD (NONCE_SIZE + TAG_SIZE)
#define ASSOCIATED_MAX 4096 /* six names and hashes; real ones sum up to 250 octets */

/* Octets in a row that begin another layer: version, store key id, boxed data key. */
#define ROW_HEAD (1 + ID_SIZE)
#define ROW_OVERHEAD (ROW_HEAD + BOX_OVERHEAD + SEAL_KEY_SIZE + BOX_OVERHEAD)

/* ---- a box: nonce | ciphertext | tag, AES-256-GCM (NIST SP 800-38D) ---- */

struct box {
	const unsigned char *key; /* SEAL_KEY_SIZE octets */
	const struct buffer *associated;
};

static int
box_seal(const struct box *box, const unsigned char *plain, size_t n, struct buffer *out, struct error *e)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char *to = (unsigned char *)buffer_reserve(out, n + BOX_OVERHEAD, e), *sealed;
	int some, rest, rc = -1;

	if (to == NULL)
		goto out;
	sealed = to + NONCE_SIZE;
	if (ctx == NULL || n > INT_MAX || RAND_bytes(to, NONCE_SIZE) != 1 ||
	    EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, box->key, to) != 1 ||
	    EVP_EncryptUpdate(ctx, NULL, &some, (const unsigned char *)box->associated->data,
	        (int)box->associated->size) != 1 ||
	    EVP_EncryptUpdate(ctx, sealed, &some, plain, (int)n) != 1 ||
	    EVP_EncryptFinal_ex(ctx, sealed + some, &rest) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, sealed + n) != 1) {
		crypto_fail(e, ERROR_CRYPTO, "cannot seal");
		goto out;
	}
	out->size += n + BOX_OVERHEAD;
	rc = 0;
out:
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

/* `n` octets of box; the plaintext has BOX_OVERHEAD fewer.  It is handed out only when the tag fits. */
static int
box_open(const struct box *box, const unsigned char *boxed, size_t n, struct secret *out, struct error *e)
{
	const unsigned char *sealed = boxed + NONCE_SIZE;
	const size_t size = n - BOX_OVERHEAD;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char tag[TAG_SIZE];
	struct secret plain = SECRET_INIT;
	int some, rest, rc = -1;

	if (secret_init(&plain, size, e) != 0)
		goto out;
	memcpy(tag, sealed + size, TAG_SIZE);
	if (ctx == NULL || EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, box->key, boxed) != 1 ||
	    EVP_DecryptUpdate(ctx, NULL, &some, (const unsigned char *)box->associated->data,
	        (int)box->associated->size) != 1 ||
	    EVP_DecryptUpdate(ctx, plain.data, &some, sealed, (int)size) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) != 1) {
		crypto_fail(e, ERROR_CRYPTO, "cannot open a seal");
		goto out;
	}
	if (EVP_DecryptFinal_ex(ctx, plain.data + some, &rest) != 1) {
		crypto_fail(e, ERROR_SEAL, "the seal is broken: another key, or a changed or swapped row");
		goto out;
	}
	*out = plain;
	plain = (struct secret)SECRET_INIT;
	rc = 0;
out:
	secret_done(&plain);
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

/* ---- associated data ---- */

static int
append_field(struct buffer *out, const char *field, struct error *e)
{
	size_t n = field == NULL ? 0 : strlen(field);
	const unsigned char size[4] = { (unsigned char)(n >> 24), (unsigned char)(n >> 16), (unsigned char)(n >> 8),
		(unsigned char)n };

	if (buffer_append(out, size, sizeof size, e) != 0)
		return -1;
	return buffer_append(out, field, n, e);
}

static int
associated_data(const struct seal_context *c, struct buffer *out, struct error *e)
{
	const char *const fields[] = { c->store_id, c->row_id, c->identity_id, c->purpose, c->public_hash,
		c->store_key_id };

	if (buffer_append_char(out, SEAL_VERSION, e) != 0)
		return -1;
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (append_field(out, fields[i], e) != 0)
			return -1;
	return 0;
}

static int
check_key(const struct secret *key, struct error *e)
{
	if (key->size != SEAL_KEY_SIZE)
		return error_set(e, ERROR_SEAL, "a sealing key has %d octets, this one %zu", SEAL_KEY_SIZE, key->size);
	return 0;
}

/* ---- keys ---- */

int
seal_key_new(struct secret *out, struct error *e)
{
	struct secret key = SECRET_INIT;

	if (secret_init(&key, SEAL_KEY_SIZE, e) != 0)
		return -1;
	if (RAND_priv_bytes(key.data, SEAL_KEY_SIZE) != 1) {
		secret_done(&key);
		return crypto_fail(e, ERROR_CRYPTO, "no random octets for a key");
	}
	*out = key;
	return 0;
}

int
seal_wrap_key(const struct secret *master, const struct seal_context *label, const struct secret *key,
    struct buffer *out, struct error *e)
{
	struct buffer associated = BUFFER_INIT(ASSOCIATED_MAX);
	struct box box = { master->data, &associated };
	size_t before = out->size;
	int rc = -1;

	if (check_key(master, e) != 0 || check_key(key, e) != 0 || associated_data(label, &associated, e) != 0)
		goto out;
	if (buffer_append_char(out, SEAL_VERSION, e) == 0 && box_seal(&box, key->data, key->size, out, e) == 0)
		rc = 0;
	else
		buffer_cut(out, before);
out:
	buffer_done(&associated);
	return rc;
}

int
seal_unwrap_key(const struct secret *master, const struct seal_context *label, const void *wrapped, size_t n,
    struct secret *out, struct error *e)
{
	const unsigned char *octets = wrapped;
	struct buffer associated = BUFFER_INIT(ASSOCIATED_MAX);
	struct box box = { master->data, &associated };
	int rc = -1;

	if (n != 1 + BOX_OVERHEAD + SEAL_KEY_SIZE || octets[0] != SEAL_VERSION)
		return error_set(e, ERROR_SEAL, "this is no wrapped key");
	if (check_key(master, e) == 0 && associated_data(label, &associated, e) == 0)
		rc = box_open(&box, octets + 1, n - 1, out, e);
	buffer_done(&associated);
	return rc;
}

/* ---- rows ---- */

/* Draw the row's own data key, put it into its box under the store key and the plaintext into one under it. */
static int
seal_boxes(const struct secret *store_key, const struct buffer *associated, const struct secret *plain,
    struct buffer *out, struct error *e)
{
	struct secret data_key = SECRET_INIT;
	struct box outer = { store_key->data, associated }, inner = { NULL, associated };
	int rc = -1;

	if (seal_key_new(&data_key, e) != 0)
		return -1;
	inner.key = data_key.data;
	if (box_seal(&outer, data_key.data, data_key.size, out, e) == 0)
		rc = box_seal(&inner, plain->data, plain->size, out, e);
	secret_done(&data_key);
	return rc;
}

int
seal_row(const struct secret *store_key, const struct seal_context *context, const struct secret *plain,
    struct buffer *out, struct error *e)
{
	struct buffer associated = BUFFER_INIT(ASSOCIATED_MAX);
	unsigned char head[ROW_HEAD] = { SEAL_VERSION };
	size_t before = out->size;
	int rc = -1;

	if (check_key(store_key, e) != 0)
		return -1;
	if (context->store_key_id == NULL ||
	    hex_decode(context->store_key_id, strlen(context->store_key_id), head + 1, ID_SIZE) != 0)
		return error_set(e, ERROR_INTERNAL, "a store key's id has 32 hexadecimal digits");
	if (associated_data(context, &associated, e) == 0 && buffer_append(out, head, sizeof head, e) == 0 &&
	    seal_boxes(store_key, &associated, plain, out, e) == 0)
		rc = 0;
	else
		buffer_cut(out, before);
	buffer_done(&associated);
	return rc;
}

int
seal_row_store_key_id(const void *sealed, size_t n, char to[33], struct error *e)
{
	const unsigned char *octets = sealed;

	if (n < ROW_OVERHEAD || octets[0] != SEAL_VERSION)
		return error_set(e, ERROR_SEAL, "this is no sealed row");
	hex_encode(octets + 1, ID_SIZE, to);
	return 0;
}

static int
open_boxes(const struct secret *store_key, const struct buffer *associated, const unsigned char *boxes, size_t n,
    struct secret *out, struct error *e)
{
	const size_t key_box = BOX_OVERHEAD + SEAL_KEY_SIZE;
	struct box outer = { store_key->data, associated }, inner = { NULL, associated };
	struct secret data_key = SECRET_INIT;
	int rc;

	if (box_open(&outer, boxes, key_box, &data_key, e) != 0)
		return -1;
	inner.key = data_key.data;
	rc = box_open(&inner, boxes + key_box, n - key_box, out, e);
	secret_done(&data_key);
	return rc;
}

int
seal_open_row(const struct secret *store_key, const struct seal_context *context, const void *sealed, size_t n,
    struct secret *out, struct error *e)
{
	struct buffer associated = BUFFER_INIT(ASSOCIATED_MAX);
	char id[33];
	int rc = -1;

	if (seal_row_store_key_id(sealed, n, id, e) != 0 || check_key(store_key, e) != 0)
		return -1;
	if (context->store_key_id == NULL || strcmp(id, context->store_key_id) != 0)
		return error_set(e, ERROR_SEAL, "the row names another store key");
	if (n == ROW_OVERHEAD || n - ROW_OVERHEAD > SECRET_MAX)
		return error_set(e, ERROR_SEAL, "a sealed row of %zu octets", n);
	if (associated_data(context, &associated, e) == 0)
		rc = open_boxes(store_key, &associated, (const unsigned char *)sealed + ROW_HEAD, n - ROW_HEAD, out, e);
	buffer_done(&associated);
	return rc;
}
