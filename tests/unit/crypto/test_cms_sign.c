/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>

#include "base/limits.h"
#include "crypto/capabilities.h"
#include "crypto/cms_sign.h"
#include "crypto/digest.h"
#include "crypto/private.h"
#include "tests/unit/crypto/cms_support.h"
#include "tests/unit/crypto/openssl_memory.h"
#include "tests/unit/crypto/signed_support.h"

#define SIGNED_MAX ((size_t)32 * 1024 * 1024)

static const struct {
	const char *key;
	enum signature_scheme scheme;
} ways[] = {
	{ "rsa-2048", SIGNATURE_RSA_SHA256 },     { "rsa-2048", SIGNATURE_RSA_SHA384 },
	{ "rsa-2048", SIGNATURE_RSA_SHA512 },     { "rsa-2048", SIGNATURE_RSA_PSS_SHA256 },
	{ "rsa-2048", SIGNATURE_RSA_PSS_SHA384 }, { "rsa-2048", SIGNATURE_RSA_PSS_SHA512 },
	{ "P-256", SIGNATURE_ECDSA_SHA256 },      { "P-384", SIGNATURE_ECDSA_SHA384 },
	{ "P-521", SIGNATURE_ECDSA_SHA512 },      { "ed25519", SIGNATURE_ED25519 },
};
#define WAYS (sizeof ways / sizeof ways[0])

/* Somebody who signs, and what with. */
struct signer {
	struct forged f;
	struct key *key;
	struct cms_sign_request request;
};

static void
signer_init(struct signer *s, const char *key, enum signature_scheme scheme)
{
	s->f = forge(&(struct forge){ .cn = "signer", .key = key, .extensions = { "subjectKeyIdentifier", "hash" } });
	s->key = forged_key(&s->f);
	s->request = (struct cms_sign_request){ .key = s->key, .certificate = s->f.c, .scheme = scheme,
		.signing_time = FORGE_NOW };
}

static void
signer_done(struct signer *s)
{
	key_unref(s->key);
	forged_done(&s->f);
}

static struct buffer
detached(const struct cms_sign_request *r, const void *content, size_t n)
{
	struct buffer b = BUFFER_INIT(SIGNED_MAX);
	struct memory_source memory;
	struct source source = memory_source(&memory, content, n);
	struct error e = ERROR_INIT;

	expect_ok(cms_sign_detached(r, &source, &b, &e));
	return b;
}

static struct buffer
opaque(const struct cms_sign_request *r, const void *content, size_t n)
{
	struct buffer b = BUFFER_INIT(SIGNED_MAX);
	struct sink sink = buffer_sink(&b);
	struct spool *spool = new_spool();
	struct error e = ERROR_INIT;
	struct spool_span span;

	expect_ok(spool_write(spool, "before", 6, &e));
	expect_ok(spool_write(spool, content, n, &e));
	expect_ok(spool_write(spool, "behind", 6, &e));
	span = (struct spool_span){ spool, 6, n };
	expect_ok(cms_sign_opaque(r, span, &sink, &e));
	spool_free(spool);
	return b;
}

/* ---- the other side: OpenSSL's CMS, and for Ed25519 its bare signature check ---- */

/* CMS_CADES holds signingCertificateV2 against the signer's certificate too; the time is inside its validity. */
static void
openssl_verifies(const struct signer *s, const struct buffer *cms, const void *content, size_t n)
{
	CMS_ContentInfo *info = openssl_read(cms->data, cms->size);
	BIO *in = content == NULL ? NULL : BIO_new_mem_buf(content, (int)n), *out = BIO_new(BIO_s_mem());
	X509_STORE *store = X509_STORE_new();

	ck_assert_ptr_nonnull(info);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), FORGE_NOW);
	X509_STORE_add_cert(store, s->f.x509);
	ck_assert_int_eq(CMS_verify(info, NULL, store, in, out, CMS_BINARY | CMS_CADES), 1);
	X509_STORE_free(store);
	BIO_free(in);
	BIO_free(out);
	CMS_ContentInfo_free(info);
}

/* RFC 8419: a pure signature over the attributes' SET OF, which the library encodes one by one here. */
static void
ed25519_verifies(const struct buffer *cms, EVP_PKEY *public_key)
{
	CMS_ContentInfo *info = openssl_read(cms->data, cms->size);
	CMS_SignerInfo *si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(info), 0);
	ASN1_OCTET_STRING *signature = CMS_SignerInfo_get0_signature(si);
	unsigned char inside[4096], set[4200], *to = inside, *head = set;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n;

	for (int i = 0; i < CMS_signed_get_attr_count(si); i++)
		ck_assert_int_gt(i2d_X509_ATTRIBUTE(CMS_signed_get_attr(si, i), &to), 0);
	n = (size_t)(to - inside);
	ASN1_put_object(&head, 1, (int)n, V_ASN1_SET, V_ASN1_UNIVERSAL);
	memcpy(head, inside, n);
	ck_assert_int_eq(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, public_key), 1);
	ck_assert_int_eq(EVP_DigestVerify(ctx, ASN1_STRING_get0_data(signature),
	    (size_t)ASN1_STRING_length(signature), set, (size_t)(head - set) + n), 1);
	EVP_MD_CTX_free(ctx);
	CMS_ContentInfo_free(info);
}

static void
others_verify(const struct signer *s, const struct buffer *cms, const void *content, size_t n)
{
	if (s->request.scheme == SIGNATURE_ED25519)
		ed25519_verifies(cms, X509_get0_pubkey(s->f.x509));
	else
		openssl_verifies(s, cms, content, n);
}

/* Whatever we wrote comes out of the library octet for octet: it is DER. */
static void
is_der(const struct buffer *cms)
{
	CMS_ContentInfo *info = openssl_read(cms->data, cms->size);
	unsigned char *again = NULL;
	int n = i2d_CMS_ContentInfo(info, &again);

	ck_octets_eq(again, (size_t)n, cms->data, cms->size);
	OPENSSL_free(again);
	CMS_ContentInfo_free(info);
}

static void
we_verify(const struct buffer *cms, bool is_detached, const void *content, size_t n, const struct signer *s)
{
	struct signature_facts f = judge(cms, is_detached, content, n, NULL);

	ck_assert_str_eq(signature_status_word(f.status), "valid");
	ck_assert(!f.weak);
	ck_assert_int_eq(f.scheme, s->request.scheme);
	ck_assert_int_eq(f.signing_time, FORGE_NOW);
	ck_assert_str_eq(certificate_fingerprint(f.signer), certificate_fingerprint(s->f.c));
	signature_facts_done(&f);
}

START_TEST(a_detached_signature_verifies_here_and_elsewhere)
{
	static const char content[] = "Content-Type: text/plain\r\n\r\nhello\r\n\0bin\xff";
	struct signer s;
	struct buffer cms;

	signer_init(&s, ways[_i].key, ways[_i].scheme);
	cms = detached(&s.request, content, sizeof content);
	is_der(&cms);
	others_verify(&s, &cms, content, sizeof content);
	we_verify(&cms, true, content, sizeof content, &s);
	buffer_done(&cms);
	signer_done(&s);
}
END_TEST

START_TEST(an_opaque_signature_carries_its_content)
{
	static const size_t sizes[] = { 0, 1, 127, 128, 255, 256, 65535, 65536, 100000 };
	struct signer s;

	signer_init(&s, ways[_i].key, ways[_i].scheme);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct buffer content = pattern(sizes[i]), cms = opaque(&s.request, buffer_text(&content), content.size);
		struct buffer copy = BUFFER_INIT(SIGNED_MAX);
		struct sink sink = buffer_sink(&copy);
		struct memory_source memory;
		struct source source = memory_source(&memory, cms.data, cms.size);
		struct error e = ERROR_INIT;

		is_der(&cms);
		others_verify(&s, &cms, NULL, 0);
		expect_ok(cms_copy_content(&source, &sink, &e));
		ck_octets_eq(copy.data, copy.size, content.data, content.size);
		we_verify(&cms, false, buffer_text(&content), content.size, &s);
		buffer_done(&copy);
		buffer_done(&content);
		buffer_done(&cms);
	}
	signer_done(&s);
}
END_TEST

/* ---- what is in it ---- */

START_TEST(each_attribute_stands_there_once)
{
	/* contentType, messageDigest, signingTime, SMIMECapabilities, CMSAlgorithmProtection, encrypKeyPref,
	   signingCertificateV2; their names differ between versions of the library */
	static const char *const wanted[] = { "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.5",
		"1.2.840.113549.1.9.15", "1.2.840.113549.1.9.52", "1.2.840.113549.1.9.16.2.11",
		"1.2.840.113549.1.9.16.2.47" };
	struct signer s;
	struct buffer cms;
	CMS_ContentInfo *info;
	CMS_SignerInfo *si;

	signer_init(&s, "P-256", SIGNATURE_ECDSA_SHA256);
	cms = detached(&s.request, "x", 1);
	info = openssl_read(cms.data, cms.size);
	si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(info), 0);
	ck_assert_int_eq(CMS_signed_get_attr_count(si), (int)(sizeof wanted / sizeof wanted[0]));
	ck_assert_int_le(CMS_unsigned_get_attr_count(si), 0);
	for (int i = 0; i < CMS_signed_get_attr_count(si); i++) {
		X509_ATTRIBUTE *a = CMS_signed_get_attr(si, i);
		char name[80];
		size_t w = 0;

		OBJ_obj2txt(name, sizeof name, X509_ATTRIBUTE_get0_object(a), 1);
		while (w < sizeof wanted / sizeof wanted[0] && strcmp(wanted[w], name) != 0)
			w++;
		ck_assert_msg(w < sizeof wanted / sizeof wanted[0], "%s", name);
		ck_assert_int_eq(X509_ATTRIBUTE_count(a), 1);
	}
	CMS_ContentInfo_free(info);
	buffer_done(&cms);
	signer_done(&s);
}
END_TEST

START_TEST(our_capabilities_are_well_formed_and_begin_with_gcm)
{
	size_t n;
	const unsigned char *at = capabilities_der(&n), *start = at;
	X509_ALGORS *list = NULL;
	unsigned char *again = NULL;
	int size;

	list = d2i_X509_ALGORS(NULL, &at, (long)n);
	ck_assert_ptr_nonnull(list);
	ck_assert(at == start + n);
	ck_assert_int_eq(OBJ_obj2nid(sk_X509_ALGOR_value(list, 0)->algorithm), NID_aes_256_gcm);
	for (int i = 0; i < sk_X509_ALGOR_num(list); i++)
		ck_assert_int_ne(OBJ_obj2nid(sk_X509_ALGOR_value(list, i)->algorithm), NID_undef);
	size = i2d_X509_ALGORS(list, &again);
	ck_octets_eq(again, (size_t)size, start, n);
	OPENSSL_free(again);
	sk_X509_ALGOR_pop_free(list, X509_ALGOR_free);
}
END_TEST

START_TEST(the_chain_goes_along_without_root_and_without_repeats)
{
	struct forged root = forge(&(struct forge){ .cn = "root", .extensions = { "basicConstraints", "CA:true",
	    "subjectKeyIdentifier", "hash" } });
	struct forged ca = forge(&(struct forge){ .cn = "ca", .issuer = &root, .extensions = { "basicConstraints", "CA:true" } });
	struct forged encryption = forge(&(struct forge){ .cn = "signer", .issuer = &ca });
	struct certificates chain = { NULL, 0 };
	struct signer s;
	struct buffer cms;
	struct cms_shape *shape;
	struct signature_facts f;
	struct error e = ERROR_INIT;

	signer_init(&s, "P-256", SIGNATURE_ECDSA_SHA256);
	expect_ok(certificates_add(&chain, s.f.c, &e));
	expect_ok(certificates_add(&chain, ca.c, &e));
	expect_ok(certificates_add(&chain, ca.c, &e));
	expect_ok(certificates_add(&chain, encryption.c, &e));
	expect_ok(certificates_add(&chain, root.c, &e));
	s.request.chain = &chain;
	s.request.encryption_certificate = encryption.c;
	cms = detached(&s.request, "x", 1);
	is_der(&cms);
	shape = walk(cms.data, cms.size);
	ck_assert_uint_eq(shape->certificates.count, 3);
	ck_assert_ptr_nonnull(certificates_find(&shape->certificates, certificate_fingerprint(s.f.c)));
	ck_assert_ptr_nonnull(certificates_find(&shape->certificates, certificate_fingerprint(ca.c)));
	ck_assert_ptr_nonnull(certificates_find(&shape->certificates, certificate_fingerprint(encryption.c)));
	cms_shape_free(shape);
	f = judge(&cms, true, "x", 1, NULL);
	ck_assert_ptr_nonnull(f.encryption);
	ck_assert_str_eq(certificate_fingerprint(f.encryption), certificate_fingerprint(encryption.c));
	signature_facts_done(&f);
	buffer_done(&cms);
	certificates_done(&chain);
	signer_done(&s);
	forged_done(&encryption);
	forged_done(&ca);
	forged_done(&root);
}
END_TEST

START_TEST(signing_time_changes_its_form_in_2050)
{
	struct signer s;
	struct buffer cms;
	struct signature_facts f;

	signer_init(&s, "P-256", SIGNATURE_ECDSA_SHA256);
	s.request.signing_time = INT64_C(2600000000); /* 2052 */
	cms = detached(&s.request, "x", 1);
	f = judge(&cms, true, "x", 1, NULL);
	ck_assert_int_eq(f.status, SIGNATURE_VALID);
	ck_assert_int_eq(f.signing_time, INT64_C(2600000000));
	others_verify(&s, &cms, "x", 1);
	signature_facts_done(&f);
	buffer_done(&cms);
	signer_done(&s);
}
END_TEST

/* ---- what is refused ---- */

START_TEST(refuses_a_key_that_is_not_the_certificates)
{
	struct signer s, other;
	struct buffer b = BUFFER_INIT(10000);
	struct memory_source memory;
	struct source source = memory_source(&memory, "x", 1);
	struct error e = ERROR_INIT;

	signer_init(&s, "P-256", SIGNATURE_ECDSA_SHA256);
	signer_init(&other, "P-256", SIGNATURE_ECDSA_SHA256);
	s.request.certificate = other.f.c;
	expect_error(cms_sign_detached(&s.request, &source, &b, &e), ERROR_KEY_MISMATCH);
	ck_assert_uint_eq(b.size, 0);
	signer_done(&s);
	signer_done(&other);
}
END_TEST

/* The attribute is among the signed ones, with its one OID, for OpenSSL and for us. */
START_TEST(a_domains_signature_says_so)
{
	static const unsigned char domain[] = { 0x30, 13, 6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 9, 2 };
	struct signature_facts f;
	CMS_ContentInfo *info;
	CMS_SignerInfo *si;
	const ASN1_STRING *value;
	struct buffer cms;
	struct signer s;

	signer_init(&s, "P-256", SIGNATURE_ECDSA_SHA256);
	s.request.type = SIGNATURE_TYPE_DOMAIN;
	cms = detached(&s.request, "hello", 5);
	is_der(&cms);
	openssl_verifies(&s, &cms, "hello", 5);
	info = openssl_read(cms.data, cms.size);
	si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(info), 0);
	value = CMS_signed_get0_data_by_OBJ(si, OBJ_nid2obj(NID_id_smime_aa_signatureType), -3, V_ASN1_SEQUENCE);
	ck_assert_ptr_nonnull(value);
	ck_octets_eq(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value), domain, sizeof domain);
	CMS_ContentInfo_free(info);
	f = judge(&cms, true, "hello", 5, NULL);
	ck_assert_int_eq(f.status, SIGNATURE_VALID);
	ck_assert_int_eq(f.type, SIGNATURE_TYPE_DOMAIN);
	signature_facts_done(&f);
	buffer_done(&cms);
	signer_done(&s);
}
END_TEST

START_TEST(refuses_schemes_that_are_weak_or_of_another_key)
{
	static const enum signature_scheme bad[] = { SIGNATURE_NONE, SIGNATURE_RSA_SHA256, SIGNATURE_ED25519,
		SIGNATURE_ECDSA_SHA1, SIGNATURE_DSA, SIGNATURE_UNKNOWN };
	struct buffer b = BUFFER_INIT(10000);
	struct memory_source memory;
	struct source source = memory_source(&memory, "x", 1);
	struct error e = ERROR_INIT;
	struct signer s;

	signer_init(&s, "P-256", SIGNATURE_ECDSA_SHA256);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		s.request.scheme = bad[i];
		expect_error(cms_sign_detached(&s.request, &source, &b, &e), ERROR_KEY_UNUSABLE);
	}
	ck_assert_uint_eq(b.size, 0);
	signer_done(&s);
}
END_TEST

START_TEST(a_full_buffer_stays_as_it_was)
{
	struct buffer b = BUFFER_INIT(600);
	struct memory_source memory;
	struct source source = memory_source(&memory, "x", 1);
	struct error e = ERROR_INIT;
	struct signer s;

	signer_init(&s, "P-256", SIGNATURE_ECDSA_SHA256);
	expect_ok(buffer_append_text(&b, "there", &e));
	expect_error(cms_sign_detached(&s.request, &source, &b, &e), ERROR_TOO_LARGE);
	ck_assert_str_eq(buffer_text(&b), "there");
	buffer_done(&b);
	signer_done(&s);
}
END_TEST

/* ---- want of memory ---- */

static int
sign_once(void *ctx, struct error *e)
{
	const struct cms_sign_request *r = ctx;
	struct buffer b = BUFFER_INIT(100000);
	struct memory_source memory;
	struct source source = memory_source(&memory, "x", 1);
	int rc = cms_sign_detached(r, &source, &b, e);

	buffer_done(&b);
	return rc;
}

START_TEST(signing_fails_cleanly_without_memory)
{
	struct signer s;

	signer_init(&s, "P-256", SIGNATURE_ECDSA_SHA256);
	each_allocation_fails(sign_once, &s.request);
	signer_done(&s);
}
END_TEST

/* The library's own allocations: a failure is an error of ours and leaves nothing in its queue. */
START_TEST(signing_fails_cleanly_without_memory_for_the_library)
{
	struct signer s;
	unsigned n = 0;
	int rc;

	signer_init(&s, ways[_i].key, ways[_i].scheme);
	do {
		struct error e = ERROR_INIT;

		openssl_fail_at(++n);
		rc = sign_once(&s.request, &e);
		ck_assert_msg(rc == 0 || e.code == ERROR_NO_MEMORY || e.code == ERROR_CRYPTO, "allocation %u: %s", n,
		    error_text(&e));
		ck_assert_uint_eq(ERR_peek_error(), 0);
	} while (!openssl_fail_pending());
	openssl_fail_at(0);
	ck_assert_int_eq(rc, 0);
	signer_done(&s);
}
END_TEST

Suite *suite_cms_sign(void);
Suite *
suite_cms_sign(void)
{
	Suite *s = suite_create("cms_sign");
	TCase *t = tcase_create("cms_sign");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_detached_signature_verifies_here_and_elsewhere, 0, WAYS);
	tcase_add_loop_test(t, an_opaque_signature_carries_its_content, 0, WAYS);
	tcase_add_test(t, each_attribute_stands_there_once);
	tcase_add_test(t, our_capabilities_are_well_formed_and_begin_with_gcm);
	tcase_add_test(t, the_chain_goes_along_without_root_and_without_repeats);
	tcase_add_test(t, signing_time_changes_its_form_in_2050);
	tcase_add_test(t, refuses_a_key_that_is_not_the_certificates);
	tcase_add_test(t, a_domains_signature_says_so);
	tcase_add_test(t, refuses_schemes_that_are_weak_or_of_another_key);
	tcase_add_test(t, a_full_buffer_stays_as_it_was);
	tcase_add_test(t, signing_fails_cleanly_without_memory);
	tcase_add_loop_test(t, signing_fails_cleanly_without_memory_for_the_library, 0, WAYS);
	suite_add_tcase(s, t);
	return s;
}
