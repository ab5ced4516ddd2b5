/* SPDX-License-Identifier: BSD-2-Clause */

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/encoding.h"
#include "base/memory.h"
#include "crypto/digest.h"
#include "crypto/private.h"

struct digest {
	EVP_MD_CTX *ctx;
	size_t size;
};

struct digest_row {
	size_t size;
	const char *micalg;
	int weak;
	const EVP_MD *(*md)(void);
};

static const struct digest_row digest_rows[] = {
	[DIGEST_NONE]   = { 0,  "",        1, NULL },
	[DIGEST_MD5]    = { 16, "md5",     1, EVP_md5 },
	[DIGEST_SHA1]   = { 20, "sha-1",   1, EVP_sha1 },
	[DIGEST_SHA224] = { 28, "sha-224", 1, EVP_sha224 },
	[DIGEST_SHA256] = { 32, "sha-256", 0, EVP_sha256 },
	[DIGEST_SHA384] = { 48, "sha-384", 0, EVP_sha384 },
	[DIGEST_SHA512] = { 64, "sha-512", 0, EVP_sha512 },
	[DIGEST_SHAKE256] = { 64, "shake256", 0, EVP_shake256 },
};

static const struct digest_row *
row_of(enum digest_algorithm a)
{
	return &digest_rows[(size_t)a < sizeof digest_rows / sizeof digest_rows[0] ? a : DIGEST_NONE];
}

size_t
digest_size(enum digest_algorithm a)
{
	return row_of(a)->size;
}

const char *
digest_micalg(enum digest_algorithm a)
{
	return row_of(a)->micalg;
}

int
digest_is_weak(enum digest_algorithm a)
{
	return row_of(a)->weak;
}

/*
 * The library's named digests are looked up among its providers at every use,
 * under a lock; these are looked up once and live as long as the process.
 */
static EVP_MD *fetched[sizeof digest_rows / sizeof digest_rows[0]];
static pthread_once_t fetched_once = PTHREAD_ONCE_INIT;

static void
fetch_all(void)
{
	for (size_t i = 0; i < sizeof fetched / sizeof fetched[0]; i++)
		if (digest_rows[i].md != NULL)
			fetched[i] = EVP_MD_fetch(NULL, EVP_MD_get0_name(digest_rows[i].md()), NULL);
	ERR_clear_error();
}

const EVP_MD *
digest_md(enum digest_algorithm a)
{
	const struct digest_row *row = row_of(a);
	const EVP_MD *md;

	if (row->md == NULL)
		return NULL;
	pthread_once(&fetched_once, fetch_all);
	md = fetched[row - digest_rows];
	return md != NULL ? md : row->md();
}

struct digest *
digest_new(enum digest_algorithm a, struct error *e)
{
	const EVP_MD *md = digest_md(a);
	struct digest *d;

	if (md == NULL) {
		error_set(e, ERROR_ALGORITHM, "no such digest");
		return NULL;
	}
	if ((d = memory_new(1, sizeof *d, e)) == NULL)
		return NULL;
	d->size = digest_size(a);
	if ((d->ctx = EVP_MD_CTX_new()) == NULL || EVP_DigestInit_ex(d->ctx, md, NULL) != 1) {
		crypto_fail(e, ERROR_CRYPTO, "digest");
		digest_free(d);
		return NULL;
	}
	return d;
}

int
digest_update(struct digest *d, const void *data, size_t n, struct error *e)
{
	if (n != 0 && EVP_DigestUpdate(d->ctx, data, n) != 1)
		return crypto_fail(e, ERROR_CRYPTO, "digest");
	return 0;
}

/* SHAKE256 gives as many octets as one asks for; the library's own idea of how many differs between its versions. */
static bool
is_extendable(const EVP_MD *md)
{
	return (EVP_MD_get_flags(md) & EVP_MD_FLAG_XOF) != 0;
}

int
digest_final(struct digest *d, unsigned char *out, struct error *e)
{
	int done = is_extendable(EVP_MD_CTX_get0_md(d->ctx)) ? EVP_DigestFinalXOF(d->ctx, out, d->size)
	                                                     : EVP_DigestFinal_ex(d->ctx, out, NULL);

	return done == 1 ? 0 : crypto_fail(e, ERROR_CRYPTO, "digest");
}

void
digest_free(struct digest *d)
{
	if (d != NULL)
		EVP_MD_CTX_free(d->ctx);
	free(d);
}

static int
digest_extendable(enum digest_algorithm a, const void *data, size_t n, unsigned char *out, struct error *e)
{
	struct digest *d = digest_new(a, e);
	int rc = d != NULL && digest_update(d, data, n, e) == 0 ? digest_final(d, out, e) : -1;

	digest_free(d);
	return rc;
}

int
digest_of(enum digest_algorithm a, const void *data, size_t n, unsigned char *out, struct error *e)
{
	const EVP_MD *md = digest_md(a);

	if (md == NULL)
		return error_set(e, ERROR_ALGORITHM, "no such digest");
	if (is_extendable(md))
		return digest_extendable(a, data, n, out, e);
	if (EVP_Digest(n == 0 ? "" : data, n, out, NULL, md, NULL) != 1)
		return crypto_fail(e, ERROR_CRYPTO, "digest");
	return 0;
}

int
digest_source(enum digest_algorithm a, struct source *from, unsigned char *out, struct error *e)
{
	unsigned char block[16 * 1024];
	struct digest *d = digest_new(a, e);
	ssize_t n;
	int rc = -1;

	if (d == NULL)
		return -1;
	while ((n = source_read(from, block, sizeof block, e)) > 0)
		if (digest_update(d, block, (size_t)n, e) != 0)
			break;
	if (n == 0)
		rc = digest_final(d, out, e);
	digest_free(d);
	return rc;
}

int
digest_sha256(const void *data, size_t n, unsigned char out[SHA256_SIZE], struct error *e)
{
	return digest_of(DIGEST_SHA256, data, n, out, e);
}

int
digest_sha256_text(const void *data, size_t n, char out[SHA256_TEXT], struct error *e)
{
	unsigned char raw[SHA256_SIZE];

	if (digest_sha256(data, n, raw, e) != 0)
		return -1;
	hex_encode(raw, sizeof raw, out);
	return 0;
}

int
hmac_sha256(const void *key, size_t key_size, const void *data, size_t n, unsigned char out[SHA256_SIZE],
    struct error *e)
{
	if (key_size > INT_MAX)
		return error_set(e, ERROR_INTERNAL, "HMAC key of %zu octets", key_size);
	if (HMAC(EVP_sha256(), key_size == 0 ? "" : key, (int)key_size, n == 0 ? (const void *)"" : data, n, out,
	        NULL) == NULL)
		return crypto_fail(e, ERROR_CRYPTO, "HMAC");
	return 0;
}
