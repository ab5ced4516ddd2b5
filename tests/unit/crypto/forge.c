/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "crypto/private.h"
#include "tests/unit/crypto/cms_support.h"
#include "tests/unit/crypto/forge.h"

/* Making one takes long: Bob's of RFC 9216 serves all tests. */
static EVP_PKEY *
known_rsa(void)
{
	struct buffer pem = load("crypto/rfc9216/5.2-Bob_s_Signing_Private_Key_Material.key");
	BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.size);
	EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	BIO_free(bio);
	buffer_done(&pem);
	return pkey;
}

EVP_PKEY *
pkey_make(const char *kind)
{
	EVP_PKEY *pkey;

	if (kind != NULL && strcmp(kind, "ed25519") == 0)
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else if (kind != NULL && strcmp(kind, "x25519") == 0)
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	else if (kind != NULL && strncmp(kind, "ML-", 3) == 0)
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, kind);
	else if (kind != NULL && strcmp(kind, "rsa-1024") == 0)
		pkey = EVP_RSA_gen(1024);
	else if (kind != NULL && strcmp(kind, "rsa-2048") == 0)
		pkey = known_rsa();
	else
		pkey = EVP_EC_gen(kind == NULL ? "P-256" : kind);
	ck_assert_ptr_nonnull(pkey);
	return pkey;
}

static void
add_name(X509_NAME *name, const char *field, int type, const char *value)
{
	if (value != NULL)
		ck_assert_int_eq(X509_NAME_add_entry_by_txt(name, field, type, (const unsigned char *)value, -1, -1,
		    0), 1);
}

static void
add_extensions(X509 *x, const struct forge *how)
{
	X509V3_CTX ctx;

	CONF *conf = NCONF_new(NULL); /* some extensions want one, if only to find nothing in it */

	X509V3_set_ctx(&ctx, how->issuer == NULL ? x : how->issuer->x509, x, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, conf);
	for (size_t i = 0; i + 1 < 12 && how->extensions[i] != NULL; i += 2) {
		X509_EXTENSION *one = X509V3_EXT_nconf(conf, &ctx, how->extensions[i], how->extensions[i + 1]);

		ck_assert_msg(one != NULL, "%s=%s", how->extensions[i], how->extensions[i + 1]);
		X509_add_ext(x, one, -1);
		X509_EXTENSION_free(one);
	}
	NCONF_free(conf);
	if (how->san != NULL) {
		ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
		X509_EXTENSION *one;

		ASN1_OCTET_STRING_set(octets, how->san, (int)how->san_size);
		one = X509_EXTENSION_create_by_NID(NULL, NID_subject_alt_name, 0, octets);
		X509_add_ext(x, one, -1);
		X509_EXTENSION_free(one);
		ASN1_OCTET_STRING_free(octets);
	}
}

static struct certificate *
own(X509 *x)
{
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);
	struct certificate *c = NULL;
	struct error e = ERROR_INIT;

	ck_assert_int_gt(n, 0);
	expect_ok(certificate_read(der, (size_t)n, &c, &e));
	OPENSSL_free(der);
	return c;
}

struct forged
forge(const struct forge *how)
{
	struct forged f = { .pkey = how->pkey, .x509 = X509_new() };
	const EVP_MD *md = how->md != NULL ? how->md : EVP_sha256();
	EVP_PKEY *signer;
	uint64_t serial;

	if (f.pkey == NULL)
		f.pkey = pkey_make(how->key);
	else
		EVP_PKEY_up_ref(f.pkey);
	signer = how->issuer == NULL ? f.pkey : how->issuer->pkey;
	X509_set_version(f.x509, 2);
	RAND_bytes((unsigned char *)&serial, sizeof serial);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(f.x509), serial >> 1 | 1);
	add_name(X509_get_subject_name(f.x509), "CN", MBSTRING_UTF8, how->cn);
	add_name(X509_get_subject_name(f.x509), "CN", MBSTRING_UTF8, how->second_cn);
	add_name(X509_get_subject_name(f.x509), "emailAddress", MBSTRING_ASC, how->email);
	X509_set_issuer_name(f.x509, X509_get_subject_name(how->issuer == NULL ? f.x509 : how->issuer->x509));
	ASN1_TIME_set(X509_getm_notBefore(f.x509), how->from != 0 ? how->from : FORGE_FROM);
	ASN1_TIME_set(X509_getm_notAfter(f.x509), how->to != 0 ? how->to : FORGE_TO);
	X509_set_pubkey(f.x509, f.pkey);
	add_extensions(f.x509, how);
	if (EVP_PKEY_get_base_id(signer) == EVP_PKEY_ED25519 || key_type_is_ml_dsa(key_type_of(signer)))
		md = NULL; /* they hash for themselves */
	ck_assert_int_gt(X509_sign(f.x509, signer, md), 0);
	f.c = own(f.x509);
	return f;
}

void
forged_done(struct forged *f)
{
	EVP_PKEY_free(f->pkey);
	X509_free(f->x509);
	certificate_unref(f->c);
}

struct key *
forged_key(const struct forged *f)
{
	return key_of(f->pkey);
}
