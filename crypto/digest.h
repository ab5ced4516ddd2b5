/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include <stddef.h>

#include "base/error.h"
#include "base/io.h"

/* Message digests (FIPS 180-4, FIPS 202), the weak ones only to read old signatures. */
enum digest_algorithm {
	DIGEST_NONE,
	DIGEST_MD5,
	DIGEST_SHA1,
	DIGEST_SHA224,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
	DIGEST_SHAKE256, /* read only; 512 bits of it (RFC 9882 3.3) */
	DIGEST_COUNT
};

#define DIGEST_MAX 64
#define SHA256_SIZE 32
#define SHA256_TEXT 65

size_t digest_size(enum digest_algorithm a);
const char *digest_micalg(enum digest_algorithm a); /* "sha-256": RFC 8551 3.5.3.2 */
/* digest_is_weak(a): MD5, SHA-1, SHA-224: read and marked, never written, never `pass`. */
int digest_is_weak(enum digest_algorithm a);

/* An incremental digest; digest_final() may be called once. */
struct digest;
struct digest *digest_new(enum digest_algorithm a, struct error *e);
int digest_update(struct digest *d, const void *data, size_t n, struct error *e);
int digest_final(struct digest *d, unsigned char *out, struct error *e);
void digest_free(struct digest *d); /* NULL is fine */

int digest_of(enum digest_algorithm a, const void *data, size_t n, unsigned char *out, struct error *e);
int digest_source(enum digest_algorithm a, struct source *from, unsigned char *out, struct error *e);
int digest_sha256(const void *data, size_t n, unsigned char out[SHA256_SIZE], struct error *e);
int digest_sha256_text(const void *data, size_t n, char out[SHA256_TEXT], struct error *e);

/* hmac_sha256(key, key_size, data, n, out, e): RFC 2104. */
int hmac_sha256(const void *key, size_t key_size, const void *data, size_t n, unsigned char out[SHA256_SIZE],
    struct error *e);

#endif
