/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/encoding.h"
#include "crypto/ber_private.h"
#include "crypto/cms_open.h"
#include "tests/unit/crypto/cms_support.h"

#define TEST_MAX ((size_t)64 * 1024 * 1024)

/* ---- parties ---- */

struct key *
key_of(const EVP_PKEY *pkey)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
	struct secret secret = SECRET_INIT;
	struct error e = ERROR_INIT;
	unsigned char *der = NULL;
	struct key *key = NULL;
	int n = i2d_PKCS8_PRIV_KEY_INFO(info, &der);

	ck_assert_int_gt(n, 0);
	expect_ok(secret_copy(&secret, der, (size_t)n, &e));
	if (key_read_pkcs8(&secret, &key, &e) != 0)
		expect_error(-1, ERROR_ALGORITHM);
	secret_done(&secret);
	OPENSSL_free(der);
	PKCS8_PRIV_KEY_INFO_free(info);
	return key;
}

static struct certificate *
certificate_of(X509 *x509)
{
	struct certificate *c = NULL;
	struct error e = ERROR_INIT;
	unsigned char *der = NULL;
	int n = i2d_X509(x509, &der);

	ck_assert_int_gt(n, 0);
	expect_ok(certificate_read(der, (size_t)n, &c, &e));
	OPENSSL_free(der);
	return c;
}

static X509 *
certify(EVP_PKEY *pkey)
{
	static long serial = 1000;
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	X509V3_CTX ctx;
	X509_EXTENSION *ski;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
	X509_set_issuer_name(x, name);
	ASN1_TIME_set_string(X509_getm_notBefore(x), "20200101000000Z");
	ASN1_TIME_set_string(X509_getm_notAfter(x), "20491231235959Z");
	X509_set_pubkey(x, pkey);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	ski = X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_key_identifier, "hash");
	X509_add_ext(x, ski, -1);
	X509_EXTENSION_free(ski);
	ck_assert_int_gt(X509_sign(x, pkey, EVP_sha256()), 0);
	return x;
}

struct party
party_of(EVP_PKEY *pkey)
{
	struct party p = { .evp = pkey, .x509 = certify(pkey) };

	p.key = key_of(p.evp);
	p.certificate = certificate_of(p.x509);
	return p;
}

static struct party
party_load(const char *certificate, const char *key)
{
	struct buffer c = load(certificate), k = load(key);
	BIO *cb = BIO_new_mem_buf(c.data, (int)c.size), *kb = BIO_new_mem_buf(k.data, (int)k.size);
	struct party p = { .x509 = PEM_read_bio_X509(cb, NULL, NULL, NULL),
		.evp = PEM_read_bio_PrivateKey(kb, NULL, NULL, NULL) };

	ck_assert_ptr_nonnull(p.x509);
	ck_assert_ptr_nonnull(p.evp);
	p.key = key_of(p.evp);
	p.certificate = certificate_of(p.x509);
	BIO_free(cb);
	BIO_free(kb);
	buffer_done(&c);
	buffer_done(&k);
	return p;
}

struct party
party_make(const char *kind)
{
	if (strcmp(kind, "rsa") == 0)
		return party_load("crypto/rfc9216/5.3-Bob_s_Encryption_End_Entity_Certificate.crt",
		    "crypto/rfc9216/5.4-Bob_s_Decryption_Private_Key_Material.key");
	if (strcmp(kind, "rsa-alice") == 0)
		return party_load("crypto/rfc9216/4.3-Alice_s_Encryption_End_Entity_Certificate.crt",
		    "crypto/rfc9216/4.4-Alice_s_Decryption_Private_Key_Material.key");
	return party_of(EVP_EC_gen(kind));
}

void
party_done(struct party *p)
{
	key_unref(p->key);
	certificate_unref(p->certificate);
	EVP_PKEY_free(p->evp);
	X509_free(p->x509);
}

/* ---- octets ---- */

/* The base64 between two places of a text. */
static void
decode_text(struct buffer *b, const char *from, const char *to)
{
	struct buffer out = BUFFER_INIT(TEST_MAX);
	struct error e = ERROR_INIT;

	expect_ok(base64_decode_text(from, (size_t)(to - from), &out, &e));
	buffer_done(b);
	*b = out;
}

struct buffer
load_cms(const char *path)
{
	struct buffer b = load(path);
	char *start, *end;

	if (b.size > 11 && memcmp(b.data, "-----BEGIN ", 11) == 0) {
		start = strchr(b.data, '\n');
		end = strstr(b.data, "-----END ");
		ck_assert(start != NULL && end != NULL);
		decode_text(&b, start, end);
	} else if ((start = strstr(b.data, "\n\n")) != NULL && b.data[0] != 0x30) {
		decode_text(&b, start, b.data + b.size);
	}
	return b;
}

struct buffer
pattern(size_t n)
{
	struct buffer b = BUFFER_INIT(TEST_MAX);
	struct error e = ERROR_INIT;
	uint32_t state = 12345;
	char *to = buffer_reserve(&b, n + 1, &e);

	ck_assert_ptr_nonnull(to);
	for (size_t i = 0; i < n; i++) {
		state = state * 1664525 + 1013904223;
		to[i] = (char)(state >> 24);
	}
	b.size = n;
	return b;
}

/* ---- shapes ---- */

int
try_walk(const void *data, size_t n, size_t step, struct cms_shape **out, struct error *e)
{
	struct slow_source slow;
	struct source source = slow_source(&slow, data, n, step);

	return cms_walk(&source, NULL, out, e);
}

struct cms_shape *
walk(const void *data, size_t n)
{
	struct cms_shape *shape = NULL;
	struct error e = ERROR_INIT;

	expect_ok(try_walk(data, n, n + 1, &shape, &e));
	return shape;
}

static void
put_number(struct buffer *to, const char *name, uint64_t value)
{
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_format(to, &e, "%s=%llu ", name, (unsigned long long)value));
}

static void
put_octets(struct buffer *to, const char *name, struct octets value)
{
	struct error e = ERROR_INIT;
	char *text = malloc(2 * value.size + 1);

	hex_encode(value.data, value.size, text);
	expect_ok(buffer_append_format(to, &e, "%s=%s ", name, text));
	free(text);
}

static void
put_word(struct buffer *to, const char *name, const char *value)
{
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_format(to, &e, "%s=%s ", name, value == NULL ? "-" : value));
}

static void
describe_signer(struct buffer *to, const struct signer_info *si)
{
	put_number(to, "\nsigner", si->version);
	put_word(to, "issuer-serial", si->name.issuer_serial);
	put_word(to, "ski", si->name.ski);
	put_number(to, "digest", si->digest);
	put_word(to, "scheme", signature_name(si->scheme));
	put_number(to, "pss-sane", si->pss_parameters_sane);
	put_number(to, "pss-salt", si->pss_salt);
	put_octets(to, "digest-algorithm", si->digest_algorithm);
	put_octets(to, "signature-algorithm", si->signature_algorithm);
	put_octets(to, "attributes", si->signed_attributes);
	put_number(to, "has-attributes", si->has_signed_attributes);
	put_octets(to, "unsigned-attributes", si->unsigned_attributes);
	put_octets(to, "signature", si->signature);
}

static void
describe_recipient(struct buffer *to, const struct recipient_info *ri)
{
	put_number(to, "\nrecipient", ri->kind);
	put_word(to, "issuer-serial", ri->name.issuer_serial);
	put_word(to, "ski", ri->name.ski);
	put_word(to, "transport", transport_name(ri->transport));
	put_number(to, "oaep", ri->oaep_digest);
	put_number(to, "mgf", ri->oaep_mgf_digest);
	put_octets(to, "label", ri->oaep_label);
	put_number(to, "kdf", ri->kdf_digest);
	put_number(to, "wrap-key", ri->wrap_key_size);
	put_octets(to, "wrap", ri->wrap_algorithm);
	put_octets(to, "originator", ri->originator_key);
	put_octets(to, "originator-parameters", ri->originator_parameters);
	put_octets(to, "ukm", ri->ukm);
	put_number(to, "has-ukm", ri->has_ukm);
	put_number(to, "kem", ri->kem);
	put_octets(to, "kem-ciphertext", ri->kem_ciphertext);
	put_octets(to, "key", ri->encrypted_key);
	put_word(to, "unusable", ri->unusable);
}

struct buffer
describe(const struct cms_shape *shape)
{
	struct buffer b = BUFFER_INIT(TEST_MAX);

	put_number(&b, "type", shape->type);
	put_number(&b, "version", shape->version);
	put_octets(&b, "content-type", shape->content_type);
	put_number(&b, "data", shape->content_is_data);
	put_number(&b, "has-content", shape->has_content);
	put_number(&b, "content", shape->content_size);
	put_number(&b, "bad-certificates", shape->bad_certificates);
	put_word(&b, "cipher", cipher_name(shape->cipher));
	put_octets(&b, "iv", (struct octets){ shape->iv, shape->iv_size });
	put_number(&b, "icv", shape->icv_size);
	put_octets(&b, "mac", (struct octets){ shape->mac, shape->mac_size });
	put_octets(&b, "attributes", shape->authenticated_attributes);
	put_number(&b, "has-attributes", shape->has_authenticated_attributes);
	put_word(&b, "unusable", shape->unusable);
	for (size_t i = 0; i < shape->certificates.count; i++)
		put_word(&b, "certificate", certificate_fingerprint(shape->certificates.items[i]));
	for (size_t i = 0; i < shape->signer_count; i++)
		describe_signer(&b, &shape->signers[i]);
	for (size_t i = 0; i < shape->recipient_count; i++)
		describe_recipient(&b, &shape->recipients[i]);
	return b;
}

/* ---- BER ---- */

static void
put_run(struct buffer *to, unsigned char tag, const unsigned char *data, size_t n)
{
	unsigned char header[DER_HEADER_MAX];
	struct error e = ERROR_INIT;

	expect_ok(buffer_append(to, header, der_header(header, tag, n), &e));
	if (n != 0)
		expect_ok(buffer_append(to, data, n, &e));
}

static void
put_two(struct buffer *to, unsigned char a, unsigned char b)
{
	struct error e = ERROR_INIT;
	unsigned char two[2] = { a, b };

	expect_ok(buffer_append(to, two, 2, &e));
}

static void
berify_elements(struct der_reader r, size_t segment, struct buffer *out)
{
	struct der_element x;

	while (der_next(&r, &x)) {
		if ((x.tag & BER_CONSTRUCTED) != 0) {
			put_two(out, x.tag, 0x80);
			berify_elements(der_enter(&x), segment, out);
			put_two(out, 0, 0);
		} else if (x.tag == DER_OCTET_STRING || x.tag == DER_CONTEXT_0) {
			put_two(out, x.tag | BER_CONSTRUCTED, 0x80);
			for (size_t at = 0; at < x.size; at += segment)
				put_run(out, DER_OCTET_STRING, x.data + at,
				    x.size - at < segment ? x.size - at : segment);
			put_two(out, 0, 0);
		} else {
			put_run(out, x.tag, x.data, x.size);
		}
	}
	ck_assert_uint_eq(r.size, 0);
}

struct buffer
berify(const void *data, size_t n, size_t segment)
{
	struct buffer out = BUFFER_INIT(TEST_MAX);

	berify_elements((struct der_reader){ data, n }, segment, &out);
	return out;
}

/* ---- opening ---- */

struct spool *
new_spool(void)
{
	static const struct spool_settings settings = { .memory = TEST_MAX, .max = TEST_MAX };
	struct error e = ERROR_INIT;
	struct spool *spool = spool_new(&settings, &e);

	ck_assert_ptr_nonnull(spool);
	return spool;
}

struct buffer
spool_octets(struct spool *spool)
{
	struct buffer b = BUFFER_INIT(TEST_MAX);
	struct sink sink = buffer_sink(&b);
	struct error e = ERROR_INIT;

	expect_ok(spool_span_write(spool_all(spool), &sink, &e));
	return b;
}

int
try_open(const void *data, size_t n, size_t ri, const struct key *key, struct buffer *out, struct error *e)
{
	struct cms_shape *shape = walk(data, n);
	struct spool *spool = new_spool();
	struct memory_source memory;
	struct source source = memory_source(&memory, data, n);
	int rc;

	ck_assert_uint_lt(ri, shape->recipient_count);
	rc = cms_open(shape, &shape->recipients[ri], key, &source, spool, e);
	if (rc != 0)
		ck_assert_uint_eq(spool_size(spool), 0);
	else if (out != NULL)
		*out = spool_octets(spool);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	spool_free(spool);
	cms_shape_free(shape);
	return rc;
}

/* ---- OpenSSL's side ---- */

static void
set_rsa(EVP_PKEY_CTX *ctx, const struct openssl_way *way)
{
	if (way->oaep == NULL)
		return;
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_oaep_md(ctx, way->oaep), 1);
	ck_assert_int_eq(
	    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, way->oaep_mgf == NULL ? way->oaep : way->oaep_mgf), 1);
	if (way->oaep_label != NULL)
		ck_assert_int_eq(EVP_PKEY_CTX_set0_rsa_oaep_label(
		    ctx, OPENSSL_strdup(way->oaep_label), (int)strlen(way->oaep_label)), 1);
}

static void
add_recipient(CMS_ContentInfo *cms, const struct party *p, const struct openssl_way *way)
{
	unsigned flags = CMS_KEY_PARAM | (way->flags & CMS_USE_KEYID);
	CMS_RecipientInfo *ri = CMS_add1_recipient_cert(cms, p->x509, flags);
	EVP_PKEY_CTX *ctx;

	ck_assert_ptr_nonnull(ri);
	ctx = CMS_RecipientInfo_get0_pkey_ctx(ri);
	if (CMS_RecipientInfo_type(ri) == CMS_RECIPINFO_TRANS) {
		set_rsa(ctx, way);
	} else {
		if (way->kdf != NULL)
			ck_assert_int_eq(EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, way->kdf), 1);
		if (way->ukm != NULL)
			ck_assert_int_eq(EVP_PKEY_CTX_set0_ecdh_kdf_ukm(
			    ctx, (unsigned char *)OPENSSL_strdup(way->ukm), (int)strlen(way->ukm)), 1);
	}
}

struct buffer
openssl_encrypt(const struct party *const *to, size_t count, const struct openssl_way *way, const void *content,
    size_t n)
{
	bool aead = (EVP_CIPHER_get_flags(way->cipher) & EVP_CIPH_FLAG_AEAD_CIPHER) != 0;
	CMS_ContentInfo *cms = aead ? CMS_AuthEnvelopedData_create(way->cipher) :
	    CMS_encrypt(NULL, NULL, way->cipher, CMS_PARTIAL);
	unsigned flags = CMS_BINARY | (way->flags & CMS_STREAM);
	BIO *in = BIO_new_mem_buf(content, (int)n), *out = BIO_new(BIO_s_mem());
	struct buffer b = BUFFER_INIT(TEST_MAX);
	struct error e = ERROR_INIT;
	char *data;
	long size;

	ck_assert_ptr_nonnull(cms);
	CMS_set_detached(cms, 0);
	for (size_t i = 0; i < count; i++)
		add_recipient(cms, to[i], way);
	if ((flags & CMS_STREAM) == 0)
		ck_assert_int_eq(CMS_final(cms, in, NULL, flags), 1);
	ck_assert_int_eq(i2d_CMS_bio_stream(out, cms, in, (int)flags), 1);
	size = BIO_get_mem_data(out, &data);
	expect_ok(buffer_append(&b, data, (size_t)size, &e));
	BIO_free(in);
	BIO_free(out);
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return b;
}

CMS_ContentInfo *
openssl_read(const void *data, size_t n)
{
	const unsigned char *p = data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)n);

	ERR_clear_error();
	if (cms != NULL && p != (const unsigned char *)data + n) {
		CMS_ContentInfo_free(cms);
		return NULL;
	}
	return cms;
}

int
openssl_decrypt(const void *data, size_t n, const struct party *p, struct buffer *out)
{
	CMS_ContentInfo *cms = openssl_read(data, n);
	BIO *bio = BIO_new(BIO_s_mem());
	struct error e = ERROR_INIT;
	char *plain;
	long size;
	int rc;

	buffer_init(out, TEST_MAX);
	if (cms == NULL) {
		BIO_free(bio);
		return 0;
	}
	rc = CMS_decrypt(cms, p->evp, p->x509, NULL, bio, CMS_BINARY);
	size = BIO_get_mem_data(bio, &plain);
	if (rc == 1 && size > 0)
		expect_ok(buffer_append(out, plain, (size_t)size, &e));
	ERR_clear_error();
	BIO_free(bio);
	CMS_ContentInfo_free(cms);
	return rc == 1;
}
