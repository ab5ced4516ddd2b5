/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_CRYPTO_CMS_SUPPORT_H
#define TESTS_UNIT_CRYPTO_CMS_SUPPORT_H

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/spool.h"
#include "crypto/certificate.h"
#include "crypto/cms_walk.h"
#include "crypto/key.h"
#include "tests/unit/support.h"

/* Correspondents, and the same CMS objects through our code and through OpenSSL's. */

/* Somebody with a key and a certificate, in both worlds. */
struct party {
	EVP_PKEY *evp;
	X509 *x509;
	struct key *key;
	struct certificate *certificate;
};

/* party_make(kind): "P-256", "P-384", "P-521" fresh; "rsa": Bob of RFC 9216; "rsa-alice": Alice. */
struct party party_make(const char *kind);
/* party_of(pkey): a fresh certificate for this key, which is taken over. */
struct party party_of(EVP_PKEY *pkey);
void party_done(struct party *p);

/* key_of(pkey): our key of OpenSSL's; NULL for a kind that we do not have. */
struct key *key_of(const EVP_PKEY *pkey);

/* load_cms(path): a CMS object as DER or BER, out of PEM or of a MIME entity if need be. */
struct buffer load_cms(const char *path);

/* pattern(n): n octets that do not repeat soon. */
struct buffer pattern(size_t n);

/* walk(data, n): the shape of an object that must be fine. */
struct cms_shape *walk(const void *data, size_t n);

/* try_walk(data, n, step, out, e): the same in reads of `step` octets, which may fail. */
int try_walk(const void *data, size_t n, size_t step, struct cms_shape **out, struct error *e);

/* describe(shape): everything that the shape says, as text; equal texts are equal shapes. */
struct buffer describe(const struct cms_shape *shape);

/*
 * berify(data, n, segment): an EnvelopedData or AuthEnvelopedData in DER made anew in the other extreme of BER:
 * indefinite lengths everywhere, OCTET STRINGs in segments of `segment` octets.
 */
struct buffer berify(const void *data, size_t n, size_t segment);

/* new_spool(): in memory, large enough for every test. */
struct spool *new_spool(void);
struct buffer spool_octets(struct spool *spool);

/* try_open(data, n, ri, key, out, e): walk and open through the ri-th RecipientInfo. */
int try_open(const void *data, size_t n, size_t ri, const struct key *key, struct buffer *out, struct error *e);

/* How OpenSSL is to encrypt. */
struct openssl_way {
	const EVP_CIPHER *cipher;
	const EVP_MD *oaep;       /* NULL: PKCS#1 v1.5 */
	const EVP_MD *oaep_mgf;   /* NULL: as `oaep` */
	const char *oaep_label;
	const EVP_MD *kdf;        /* ECDH; NULL: OpenSSL's default */
	const char *ukm;          /* ECDH */
	unsigned flags;           /* CMS_STREAM: BER with indefinite lengths; CMS_USE_KEYID */
};
struct buffer openssl_encrypt(const struct party *const *to, size_t count, const struct openssl_way *way,
    const void *content, size_t n);

/* openssl_decrypt(data, n, p, out): CMS_decrypt() with key and certificate; 1 if it says so. */
int openssl_decrypt(const void *data, size_t n, const struct party *p, struct buffer *out);

/* openssl_read(data, n): OpenSSL's reading of exactly these octets, NULL if it refuses. */
CMS_ContentInfo *openssl_read(const void *data, size_t n);

#define ck_octets_eq(a, an, b, bn) \
	do { \
		ck_assert_uint_eq((an), (bn)); \
		if ((an) != 0) \
			ck_assert_mem_eq((a), (b), (an)); \
	} while (0)

#endif
