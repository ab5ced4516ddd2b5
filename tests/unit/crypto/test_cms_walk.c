/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/ber_private.h"
#include "tests/unit/crypto/cms_support.h"

Suite *suite_cms_walk(void);

/* What the origins say of their files. */
static const struct known {
	const char *path;
	enum cms_type type;
	unsigned version;
	int64_t content; /* -1: none */
	size_t signers, certificates, recipients;
	enum content_cipher cipher;
	const char *unusable;
} known[] = {
	{ "rfc4134/4.1.bin", CMS_SIGNED, 1, 28, 1, 1, 0, CIPHER_NONE, NULL },
	{ "rfc4134/4.2.bin", CMS_SIGNED, 1, 28, 1, 1, 0, CIPHER_NONE, NULL },
	{ "rfc4134/4.3.bin", CMS_SIGNED, 1, -1, 1, 1, 0, CIPHER_NONE, NULL },
	{ "rfc4134/4.4.bin", CMS_SIGNED, 1, 28, 1, 3, 0, CIPHER_NONE, NULL },
	{ "rfc4134/4.5.bin", CMS_SIGNED, 1, 28, 1, 2, 0, CIPHER_NONE, NULL },
	{ "rfc4134/4.6.bin", CMS_SIGNED, 1, 28, 2, 2, 0, CIPHER_NONE, NULL },
	{ "rfc4134/4.7.bin", CMS_SIGNED, 3, 28, 1, 1, 0, CIPHER_NONE, NULL },
	{ "rfc4134/4.10.bin", CMS_SIGNED, 1, 28, 1, 1, 0, CIPHER_NONE, NULL },
	{ "rfc4134/4.11.bin", CMS_SIGNED, 1, -1, 0, 2, 0, CIPHER_NONE, NULL },
	{ "rfc4134/5.1.bin", CMS_ENVELOPED, 0, 32, 0, 0, 1, CIPHER_DES_EDE3_CBC, NULL },
	{ "rfc4134/5.2.bin", CMS_ENVELOPED, 2, 32, 0, 0, 2, CIPHER_UNKNOWN, "algorithm" },
	{ "rfc4134/5.3.eml", CMS_ENVELOPED, 0, 32, 0, 0, 1, CIPHER_DES_EDE3_CBC, NULL },
	{ "rfc4134/6.0.bin", CMS_OTHER, 0, -1, 0, 0, 0, CIPHER_NONE, NULL },
	{ "rfc4134/7.1.bin", CMS_OTHER, 0, -1, 0, 0, 0, CIPHER_NONE, NULL },
	{ "rfc4134/7.2.bin", CMS_OTHER, 0, -1, 0, 0, 0, CIPHER_NONE, NULL },
	{ "made-here/authenv-gcm-icvlen-16.der", CMS_AUTH_ENVELOPED, 0, 35, 0, 0, 1, CIPHER_AES256_GCM, NULL },
	{ "made-here/authenv-gcm-icvlen-12.der", CMS_AUTH_ENVELOPED, 0, 35, 0, 0, 1, CIPHER_AES256_GCM, NULL },
	{ "made-here/authenv-gcm-icvlen-def.der", CMS_AUTH_ENVELOPED, 0, 35, 0, 0, 1, CIPHER_AES256_GCM, NULL },
	{ "made-here/authenv-gcm-icvlen-8.der", CMS_AUTH_ENVELOPED, 0, 35, 0, 0, 1, CIPHER_AES256_GCM,
	    "parameters" },
	{ "made-here/authenv-gcm-icvlen-4.der", CMS_AUTH_ENVELOPED, 0, 35, 0, 0, 1, CIPHER_AES256_GCM,
	    "parameters" },
	{ "made-here/authenv-gcm-icvlen-1.der", CMS_AUTH_ENVELOPED, 0, 35, 0, 0, 1, CIPHER_AES256_GCM,
	    "parameters" },
	{ "made-here/authenv-gcm-icvlen-0.der", CMS_AUTH_ENVELOPED, 0, 35, 0, 0, 1, CIPHER_AES256_GCM,
	    "parameters" },
	{ "made-here/authenv-with-cbc-oid.der", CMS_AUTH_ENVELOPED, 0, 35, 0, 0, 1, CIPHER_AES256_CBC,
	    "algorithm" },
	{ "made-here/authenv-valid-authAttrs.der", CMS_AUTH_ENVELOPED, 0, 35, 0, 0, 1, CIPHER_AES256_GCM, NULL },
	{ "made-here/authenv-forged-authAttrs.der", CMS_AUTH_ENVELOPED, 0, 35, 0, 0, 1, CIPHER_AES256_GCM, NULL },
	{ "made-here/mlkem.eml", CMS_AUTH_ENVELOPED, 0, -2, 0, 0, 1, CIPHER_AES256_GCM, NULL },
	{ "ml-kem/ML-KEM-512.cms", CMS_AUTH_ENVELOPED, 0, -2, 0, 0, 1, CIPHER_AES128_GCM, NULL },
	{ "openssl/dh-malformed.der", CMS_ENVELOPED, 2, 16, 0, 0, 1, CIPHER_AES256_CBC, NULL },
	{ "openssl/ecdh-malformed.der", CMS_ENVELOPED, 2, 16, 0, 0, 1, CIPHER_AES256_CBC, NULL },
	{ "openssl/rsa-malformed.der", CMS_ENVELOPED, 0, 16, 0, 0, 1, CIPHER_AES128_CBC, NULL },
	{ "openssl/ciphertext_from_1_1_1.cms", CMS_ENVELOPED, 2, -2, 0, 0, 2, CIPHER_DES_EDE3_CBC, NULL },
	{ "openssl/bad_signtime_attr.cms", CMS_SIGNED, 1, -2, 1, 1, 0, CIPHER_NONE, NULL },
	{ "openssl/ct_multiple_attr.cms", CMS_SIGNED, 1, -2, 1, 1, 0, CIPHER_NONE, NULL },
	{ "openssl/no_ct_attr.cms", CMS_SIGNED, 1, -2, 1, 1, 0, CIPHER_NONE, NULL },
	{ "openssl/no_md_attr.cms", CMS_SIGNED, 1, -2, 1, 1, 0, CIPHER_NONE, NULL },
	{ "openssl/pkcs7-md4.pem", CMS_SIGNED, 1, -2, 1, 1, 0, CIPHER_NONE, NULL },
};

#define KNOWN (int)(sizeof known / sizeof known[0])

static struct buffer
load_known(int i)
{
	char path[200];

	snprintf(path, sizeof path, "crypto/%s", known[i].path);
	return load_cms(path);
}

START_TEST(the_shape_says_what_the_origin_says)
{
	const struct known *k = &known[_i];
	struct buffer b = load_known(_i);
	struct cms_shape *s = walk(b.data, b.size);

	ck_assert_int_eq(s->type, k->type);
	ck_assert_uint_eq(s->version, k->version);
	ck_assert_int_eq(s->has_content, k->content != -1);
	if (k->content >= 0)
		ck_assert_uint_eq(s->content_size, (uint64_t)k->content);
	ck_assert_uint_eq(s->signer_count, k->signers);
	ck_assert_uint_eq(s->certificates.count + s->bad_certificates, k->certificates);
	ck_assert_uint_eq(s->recipient_count, k->recipients);
	ck_assert_int_eq(s->cipher, k->cipher);
	ck_assert_str_eq(s->unusable == NULL ? "" : s->unusable, k->unusable == NULL ? "" : k->unusable);
	ck_assert(s->type == CMS_OTHER || s->content_is_data);
	cms_shape_free(s);
	buffer_done(&b);
}
END_TEST

/* ---- beside OpenSSL's reader ---- */

static int
type_nid(enum cms_type type)
{
	switch (type) {
	case CMS_SIGNED:
		return NID_pkcs7_signed;
	case CMS_ENVELOPED:
		return NID_pkcs7_enveloped;
	case CMS_AUTH_ENVELOPED:
		return NID_id_smime_ct_authEnvelopedData;
	case CMS_COMPRESSED:
		return NID_id_smime_ct_compressedData;
	case CMS_OTHER:
		break;
	}
	return NID_undef;
}

static size_t
count_keys(STACK_OF(CMS_RecipientInfo) *infos)
{
	size_t n = 0;

	for (int i = 0; i < sk_CMS_RecipientInfo_num(infos); i++) {
		CMS_RecipientInfo *ri = sk_CMS_RecipientInfo_value(infos, i);

		if (CMS_RecipientInfo_type(ri) == CMS_RECIPINFO_AGREE)
			n += (size_t)sk_CMS_RecipientEncryptedKey_num(CMS_RecipientInfo_kari_get0_reks(ri));
		else
			n++;
	}
	return n;
}

/* Both read the same content octets, and as many signers and recipients.  `cms` is OpenSSL's reading. */
static void
same_reading(const void *data, size_t n, const struct cms_shape *shape, CMS_ContentInfo *cms)
{
	struct memory_source m;
	struct source source = memory_source(&m, data, n);
	struct buffer content = BUFFER_INIT(10000000);
	struct sink sink = buffer_sink(&content);
	struct error e = ERROR_INIT;
	ASN1_OCTET_STRING **theirs;

	if (shape->type == CMS_OTHER)
		return;
	ck_assert_int_eq(OBJ_obj2nid(CMS_get0_type(cms)), type_nid(shape->type));
	if (shape->type == CMS_SIGNED) {
		int signers = sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms));

		ck_assert_uint_eq(shape->signer_count, (size_t)(signers > 0 ? signers : 0));
	} else if (shape->type != CMS_COMPRESSED) {
		ck_assert_uint_eq(shape->recipient_count, count_keys(CMS_get0_RecipientInfos(cms)));
	}
	theirs = CMS_get0_content(cms);
	ck_assert_ptr_nonnull(theirs);
	ck_assert_int_eq(shape->has_content, *theirs != NULL);
	if (shape->has_content) {
		expect_ok(cms_copy_content(&source, &sink, &e));
		ck_assert_uint_eq(content.size, shape->content_size);
		ck_octets_eq(content.data, content.size, ASN1_STRING_get0_data(*theirs),
		    (size_t)ASN1_STRING_length(*theirs));
	} else {
		expect_error(cms_copy_content(&source, &sink, &e), ERROR_CMS_SYNTAX);
	}
	buffer_done(&content);
}

START_TEST(openssl_reads_the_same)
{
	struct buffer b = load_known(_i);
	struct cms_shape *s = walk(b.data, b.size);
	CMS_ContentInfo *cms = openssl_read(b.data, b.size);

	/* Authenticated attributes are more than some of its versions can read. */
	if (!s->has_authenticated_attributes) {
		ck_assert_ptr_nonnull(cms);
		same_reading(b.data, b.size, s, cms);
	}
	CMS_ContentInfo_free(cms);
	cms_shape_free(s);
	buffer_done(&b);
}
END_TEST

START_TEST(read_byte_by_byte_it_is_the_same_shape)
{
	struct buffer b = load_known(_i);
	struct cms_shape *whole = walk(b.data, b.size), *slow = NULL;
	struct buffer text = describe(whole), other;
	struct error e = ERROR_INIT;

	for (size_t step = 1; step < 20; step += 3) {
		expect_ok(try_walk(b.data, b.size, step, &slow, &e));
		other = describe(slow);
		ck_assert_str_eq(buffer_text(&text), buffer_text(&other));
		buffer_done(&other);
		cms_shape_free(slow);
		slow = NULL;
	}
	buffer_done(&text);
	cms_shape_free(whole);
	buffer_done(&b);
}
END_TEST

/* Reading a certificate takes milliseconds: of objects with several, not every octet is tried. */
static size_t
stride(int i)
{
	return known[i].certificates > 1 ? 31 : known[i].certificates == 1 ? 7 : 1;
}

START_TEST(cut_at_any_length_or_with_more_behind_it_is_refused)
{
	struct buffer b = load_known(_i);
	struct cms_shape *s = NULL;
	struct error e = ERROR_INIT;

	for (size_t n = 0; n < b.size; n += stride(_i))
		expect_error(try_walk(b.data, n, n + 1, &s, &e), ERROR_CMS_SYNTAX);
	expect_ok(buffer_append_char(&b, '\n', &e));
	expect_error(try_walk(b.data, b.size, b.size, &s, &e), ERROR_CMS_SYNTAX);
	b.size--;
	expect_ok(buffer_append(&b, "\x05\x00", 2, &e)); /* a whole element */
	expect_error(try_walk(b.data, b.size, b.size, &s, &e), ERROR_CMS_SYNTAX);
	ck_assert_ptr_null(s);
	buffer_done(&b);
}
END_TEST

static void
read_changed(const void *data, size_t n)
{
	struct cms_shape *s = NULL;
	struct error e = ERROR_INIT;
	CMS_ContentInfo *cms;

	if (try_walk(data, n, n, &s, &e) != 0) {
		ck_assert(e.code == ERROR_CMS_SYNTAX || e.code == ERROR_TOO_LARGE || e.code == ERROR_TOO_DEEP);
		return;
	}
	cms = openssl_read(data, n);
	if (cms != NULL)
		same_reading(data, n, s, cms);
	CMS_ContentInfo_free(cms);
	cms_shape_free(s);
}

/* Whatever both still read, they read alike; nothing crashes. */
START_TEST(any_changed_octet_is_refused_or_read_as_openssl_does)
{
	static const unsigned char changes[] = { 0x01, 0x20, 0x80, 0xff };
	size_t step = stride(_i);
	struct buffer b = load_known(_i);

	for (size_t at = 0; at < b.size; at += step)
		for (size_t c = 0; c < (step == 1 ? sizeof changes : 1); c++) {
			unsigned char change = changes[(at + c) % sizeof changes];

			b.data[at] = (char)(b.data[at] ^ change);
			read_changed(b.data, b.size);
			b.data[at] = (char)(b.data[at] ^ change);
		}
	buffer_done(&b);
}
END_TEST

/* ---- BER ---- */

START_TEST(the_loosest_ber_has_the_same_shape_as_der)
{
	static const char *const paths[] = { "crypto/made-here/authenv-gcm-icvlen-16.der",
		"crypto/made-here/authenv-valid-authAttrs.der", "crypto/rfc4134/5.1.bin",
		"crypto/openssl/ecdh-malformed.der", "crypto/openssl/rsa-malformed.der" };

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		for (size_t segment = 1; segment < 40; segment += 13) {
			struct buffer der = load_cms(paths[i]), ber = berify(der.data, der.size, segment);
			struct cms_shape *a = walk(der.data, der.size), *b = walk(ber.data, ber.size);
			struct buffer x = describe(a), y = describe(b);

			ck_assert_str_eq(buffer_text(&x), buffer_text(&y));
			buffer_done(&x);
			buffer_done(&y);
			cms_shape_free(a);
			cms_shape_free(b);
			buffer_done(&der);
			buffer_done(&ber);
		}
}
END_TEST

/* X.690 8.1.3.5: the length of the type in two octets, within an indefinite length. */
START_TEST(a_type_of_long_length_hides_no_content)
{
	static const unsigned char begin[] = { 0x30, 0x80, 0x06, 0x81 }, end[] = { 0, 0 };
	struct buffer der = load_cms("crypto/made-here/authenv-gcm-icvlen-16.der"), ber = BUFFER_INIT(100000);
	struct cms_shape *a = walk(der.data, der.size), *b;
	struct ber_header outer;
	struct error e = ERROR_INIT;
	const unsigned char *at;
	CMS_ContentInfo *cms;

	ck_assert_int_eq(ber_header((const unsigned char *)der.data, der.size, &outer), 0);
	expect_ok(buffer_append(&ber, begin, sizeof begin, &e));
	expect_ok(buffer_append(&ber, der.data + outer.size + 1, der.size - outer.size - 1, &e));
	expect_ok(buffer_append(&ber, end, sizeof end, &e));
	b = walk(ber.data, ber.size);
	ck_assert(a->has_content && b->has_content && b->type == CMS_AUTH_ENVELOPED);
	at = (const unsigned char *)ber.data;
	cms = d2i_CMS_ContentInfo(NULL, &at, (long)ber.size);
	ck_assert_ptr_nonnull(cms);
	same_reading(ber.data, ber.size, b, cms);
	CMS_ContentInfo_free(cms);
	cms_shape_free(a);
	cms_shape_free(b);
	buffer_done(&der);
	buffer_done(&ber);
}
END_TEST

START_TEST(authenticated_attributes_become_a_set_in_order)
{
	struct buffer b = load_cms("crypto/made-here/authenv-valid-authAttrs.der");
	struct cms_shape *s = walk(b.data, b.size);

	ck_assert(s->has_authenticated_attributes);
	ck_assert_uint_gt(s->authenticated_attributes.size, 2);
	ck_assert_uint_eq(s->authenticated_attributes.data[0], 0x31);
	ck_assert_uint_eq(s->authenticated_attributes.data[1], s->authenticated_attributes.size - 2);
	cms_shape_free(s);
	buffer_done(&b);
}
END_TEST

/* ---- names and algorithms ---- */

START_TEST(recipients_are_named_as_certificates_are)
{
	struct party rsa = party_make("rsa"), ec = party_make("P-256");
	const struct party *to[] = { &rsa, &ec };
	struct openssl_way way = { .cipher = EVP_aes_128_cbc() };

	for (int keyid = 0; keyid < 2; keyid++) {
		struct buffer b;
		struct cms_shape *s;

		way.flags = keyid ? CMS_USE_KEYID : 0;
		b = openssl_encrypt(to, 2, &way, "x", 1);
		s = walk(b.data, b.size);
		ck_assert_uint_eq(s->recipient_count, 2);
		for (size_t i = 0; i < 2; i++) {
			const struct recipient_info *ri = &s->recipients[i];
			const struct party *p = ri->kind == RECIPIENT_KEY_TRANSPORT ? &rsa : &ec;

			ck_assert_str_eq(ri->name.issuer_serial, keyid ? "" : certificate_issuer_serial(p->certificate));
			ck_assert_str_eq(ri->name.ski, keyid ? certificate_ski(p->certificate) : "");
			ck_assert_ptr_null(ri->unusable);
		}
		cms_shape_free(s);
		buffer_done(&b);
	}
	party_done(&rsa);
	party_done(&ec);
}
END_TEST

/* Replace octets, which must stand there exactly once. */
static void
replace(struct buffer *b, const char *from, const char *to, size_t n)
{
	char *found = memmem(b->data, b->size, from, n), *rest;

	ck_assert_ptr_nonnull(found);
	rest = found + 1;
	ck_assert_ptr_null(memmem(rest, b->size - (size_t)(rest - b->data), from, n));
	memcpy(found, to, n);
}

static const struct {
	const char *kind, *from, *to;
	size_t n;
	const char *unusable;
} refused[] = {
	/* id-aes128-wrap-pad, and the wrap of Triple-DES in its place */
	{ "P-256", "\x60\x86\x48\x01\x65\x03\x04\x01\x05", "\x60\x86\x48\x01\x65\x03\x04\x01\x08", 9, "algorithm" },
	{ "P-256", "\x60\x86\x48\x01\x65\x03\x04\x01\x05", "\x60\x86\x48\x01\x65\x03\x04\x01\x02", 9, "algorithm" },
	/* another key agreement, another kind of originator key */
	{ "P-256", "\x2b\x81\x04\x01\x0b\x01", "\x2b\x81\x04\x01\x0f\x01", 6, "algorithm" },
	{ "P-256", "\x2a\x86\x48\xce\x3d\x02\x01", "\x2a\x86\x48\xce\x3d\x02\x02", 7, "algorithm" },
	/* rsaEncryption becomes md5WithRSAEncryption */
	{ "rsa", "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", 9, "algorithm" },
	{ "rsa", "\x0d\x01\x01\x01\x05\x00", "\x0d\x01\x01\x01\x04\x00", 6, "parameters" },
	/* RSAES-OAEP without parameters */
	{ "rsa", "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07", 9, "parameters" },
};

START_TEST(key_management_that_we_would_not_try_is_marked)
{
	struct party p = party_make(refused[_i].kind);
	const struct party *to[] = { &p };
	struct openssl_way way = { .cipher = EVP_aes_128_cbc(), .kdf = EVP_sha256() };
	struct buffer b = openssl_encrypt(to, 1, &way, "x", 1);
	struct cms_shape *s = walk(b.data, b.size);

	ck_assert_ptr_null(s->recipients[0].unusable);
	cms_shape_free(s);
	replace(&b, refused[_i].from, refused[_i].to, refused[_i].n);
	s = walk(b.data, b.size);
	ck_assert_ptr_nonnull(s->recipients[0].unusable);
	ck_assert_str_eq(s->recipients[0].unusable, refused[_i].unusable);
	ck_assert_ptr_null(s->unusable);
	cms_shape_free(s);
	buffer_done(&b);
	party_done(&p);
}
END_TEST

START_TEST(passwords_and_shared_keys_are_no_way_in)
{
	CMS_ContentInfo *cms = CMS_encrypt(NULL, NULL, EVP_aes_256_cbc(), CMS_PARTIAL);
	BIO *in = BIO_new_mem_buf("x", 1), *out = BIO_new(BIO_s_mem());
	struct cms_shape *s;
	char *data;
	long n;

	ck_assert_ptr_nonnull(CMS_add0_recipient_key(cms, NID_undef, OPENSSL_zalloc(16), 16,
	    (unsigned char *)OPENSSL_strdup("id"), 2, NULL, NULL, NULL));
	ck_assert_ptr_nonnull(CMS_add0_recipient_password(cms, -1, NID_undef, NID_undef,
	    (unsigned char *)OPENSSL_strdup("secret"), 6, NULL));
	ck_assert_int_eq(CMS_final(cms, in, NULL, CMS_BINARY), 1);
	ck_assert_int_eq(i2d_CMS_bio(out, cms), 1);
	n = BIO_get_mem_data(out, &data);
	s = walk(data, (size_t)n);
	ck_assert_uint_eq(s->recipient_count, 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(s->recipients[i].kind, RECIPIENT_OTHER);
		ck_assert_str_eq(s->recipients[i].unusable, "kind");
	}
	cms_shape_free(s);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	BIO_free(out);
}
END_TEST

START_TEST(gcm_in_enveloped_data_and_no_content_are_unusable)
{
	struct party p = party_make("P-256");
	const struct party *to[] = { &p };
	struct openssl_way way = { .cipher = EVP_aes_256_cbc() };
	struct buffer b = openssl_encrypt(to, 1, &way, "x", 1);
	struct cms_shape *s;

	replace(&b, "\x60\x86\x48\x01\x65\x03\x04\x01\x2a", "\x60\x86\x48\x01\x65\x03\x04\x01\x2e", 9);
	s = walk(b.data, b.size);
	ck_assert_str_eq(s->unusable, "algorithm");
	cms_shape_free(s);
	buffer_done(&b);
	party_done(&p);
}
END_TEST

/* ---- hand-made objects ---- */

#define SIGNED_OID "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
#define ENVELOPED_OID "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"
#define DATA_OID "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
#define CBC "\x30\x1d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a\x04\x10" "0123456789abcdef"
#define KEK "\xa2\x00" /* not looked into */
/* a KeyAgreeRecipientInfo with this BIT STRING, without its end */
#define EC_KEY "\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
#define ORIGINATOR(bits) "\xa1\x80\x02\x01\x03\xa0\x80\xa1\x80" EC_KEY bits END2 "\x30\x00\x30\x00"
#define END2 "\x00\x00\x00\x00"
#define BEGIN(oid) "\x30\x80" oid "\xa0\x80\x30\x80"
#define END END2 "\x00\x00"

#define OBJECT(text) { text, sizeof text - 1 }
struct object {
	const char *octets;
	size_t size;
};

static const struct object fine[] = {
	OBJECT(BEGIN(ENVELOPED_OID) "\x02\x01\x02\x31\x02" KEK "\x30\x80" DATA_OID CBC "\x80\x00\x00\x00" END),
	OBJECT(BEGIN(ENVELOPED_OID) "\x02\x01\x02\xa0\x00\x31\x02" KEK "\x30\x80" DATA_OID CBC "\x00\x00\xa1\x00" END),
	OBJECT(BEGIN(SIGNED_OID) "\x02\x01\x01\x31\x00\x30\x0b" DATA_OID "\x31\x00" END),
	OBJECT(BEGIN(SIGNED_OID) "\x02\x01\x01\x31\x00\x30\x0b" DATA_OID "\xa0\x80\x00\x00\xa1\x00\x31\x80\x00\x00" END),
	OBJECT(BEGIN(SIGNED_OID) "\x02\x01\x01\x31\x00\x30\x05\x06\x03\x2a\x83\x04\x31\x00" END),
	OBJECT(BEGIN(ENVELOPED_OID) "\x02\x01\x02\x31\x80" KEK ORIGINATOR("\x03\x03\x07\x04\x00") END2 "\x30\x80" DATA_OID CBC "\x80\x00\x00\x00" END),
};

static const struct object broken[] = {
	OBJECT("\x30\x0b" SIGNED_OID),                                         /* no content of the ContentInfo */
	OBJECT("\x06\x03\x55\x04\x03"),
	OBJECT("\x30\x80\x02\x01\x00\x00\x00"),
	OBJECT(BEGIN(ENVELOPED_OID) "\x02\x01\x02\x31\x00\x30\x80" DATA_OID CBC "\x80\x00\x00\x00" END), /* nobody */
	OBJECT(BEGIN(ENVELOPED_OID) "\x02\x01\x06\x31\x02" KEK "\x30\x80" DATA_OID CBC "\x80\x00\x00\x00" END),
	OBJECT(BEGIN(ENVELOPED_OID) "\x02\x02\x00\x01\x31\x02" KEK "\x30\x80" DATA_OID CBC "\x80\x00\x00\x00" END),
	OBJECT(BEGIN(ENVELOPED_OID) "\x31\x02" KEK "\x30\x80" DATA_OID CBC "\x80\x00\x00\x00" END),
	OBJECT(BEGIN(ENVELOPED_OID) "\x02\x01\x02\x31\x02\xa5\x00\x30\x80" DATA_OID CBC "\x80\x00\x00\x00" END),
	OBJECT(BEGIN(ENVELOPED_OID) "\x02\x01\x02\x31\x02" KEK "\x30\x80" DATA_OID "\x80\x00\x00\x00" END),
	OBJECT(BEGIN(ENVELOPED_OID) "\x02\x01\x02\x31\x02" KEK "\x30\x80" DATA_OID CBC "\x04\x00\x00\x00" END),
	/* the two types in each other's place */
	OBJECT(BEGIN(ENVELOPED_OID) "\x02\x01\x01\x31\x00\x30\x0b" DATA_OID "\x31\x00" END),
	OBJECT(BEGIN(SIGNED_OID) "\x02\x01\x02\x31\x02" KEK "\x30\x80" DATA_OID CBC "\x80\x00\x00\x00" END),
	/* content that is no OCTET STRING (PKCS #7 allowed it), two contents, signers before certificates */
	OBJECT(BEGIN(SIGNED_OID) "\x02\x01\x01\x31\x00\x30\x0f" DATA_OID "\xa0\x02\x30\x00\x31\x00" END),
	OBJECT(BEGIN(SIGNED_OID) "\x02\x01\x01\x31\x00\x30\x13" DATA_OID "\xa0\x02\x04\x00\xa0\x02\x04\x00\x31\x00" END),
	OBJECT(BEGIN(SIGNED_OID) "\x02\x01\x01\x31\x00\x30\x0f" DATA_OID "\xa0\x04\x04\x00\x04\x00\x31\x00" END),
	OBJECT(BEGIN(SIGNED_OID) "\x02\x01\x01\x31\x00\x30\x0b" DATA_OID "\x31\x00\xa0\x00" END),
	OBJECT(BEGIN(SIGNED_OID) "\x02\x01\x01\x31\x00\x30\x0b" DATA_OID "\xa0\x02\x04\x00\x31\x00" END),
	OBJECT(BEGIN(SIGNED_OID) "\x02\x01\x01\x31\x00\x30\x0b" DATA_OID "\x31\x02\x31\x00" END),
	OBJECT(BEGIN(SIGNED_OID) "\x02\x01\x01\x30\x00\x30\x0b" DATA_OID "\x31\x00" END),
	OBJECT(BEGIN(SIGNED_OID) "\x02\x01\x01\x31\x00\x30\x02\x06\x00\x31\x00" END),
	/* content types that are no identifiers: a number without its end, one that begins with nothing */
	OBJECT(BEGIN(SIGNED_OID) "\x02\x01\x01\x31\x00\x30\x05\x06\x03\x2a\x03\x84\x31\x00" END),
	OBJECT(BEGIN(SIGNED_OID) "\x02\x01\x01\x31\x00\x30\x05\x06\x03\x2a\x80\x04\x31\x00" END),
	/* originator keys with eight unused bits, with unused bits of nothing */
	OBJECT(BEGIN(ENVELOPED_OID) "\x02\x01\x02\x31\x80" ORIGINATOR("\x03\x03\x08\x04\x04") END2 "\x30\x80" DATA_OID CBC "\x80\x00\x00\x00" END),
	OBJECT(BEGIN(ENVELOPED_OID) "\x02\x01\x02\x31\x80" ORIGINATOR("\x03\x01\x04") END2 "\x30\x80" DATA_OID CBC "\x80\x00\x00\x00" END),
};

START_TEST(what_no_rfc_allows_is_refused)
{
	struct cms_shape *s = NULL;
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
		cms_shape_free(walk(fine[i].octets, fine[i].size));
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
		expect_error(try_walk(broken[i].octets, broken[i].size, 100, &s, &e), ERROR_CMS_SYNTAX);
	s = walk(fine[1].octets, fine[1].size);
	ck_assert_str_eq(s->unusable, "no-content");
	cms_shape_free(s);
}
END_TEST

#define COMPRESSED(algorithm, content) \
	OBJECT(BEGIN("\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09") "\x02\x01\x00" algorithm "\x30\x80" DATA_OID content \
	    "\x00\x00" END)
#define ZLIB_OID "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x08"
#define ZIP "\xa0\x05\x04\x03zip"

/* RFC 3274 1.1, 2: zlib alone, its parameters left out or NULL. */
static const struct {
	struct object object;
	const char *unusable;
} compressed[] = {
	{ COMPRESSED("\x30\x0d" ZLIB_OID, ZIP), NULL },
	{ COMPRESSED("\x30\x0f" ZLIB_OID "\x05\x00", ZIP), NULL },
	{ COMPRESSED("\x30\x10" ZLIB_OID "\x04\x01x", ZIP), "parameters" },
	{ COMPRESSED("\x30\x0b" DATA_OID, ZIP), "algorithm" },
	{ COMPRESSED("\x30\x00", ZIP), "algorithm" },
	{ COMPRESSED("\x30\x0d" ZLIB_OID, ""), "no-content" },
};

START_TEST(compressed_data_says_how_and_how_much)
{
	for (size_t i = 0; i < sizeof compressed / sizeof compressed[0]; i++) {
		struct cms_shape *s = walk(compressed[i].object.octets, compressed[i].object.size);
		const char *want = compressed[i].unusable;

		ck_assert_int_eq(s->type, CMS_COMPRESSED);
		ck_assert_msg(want == NULL ? s->unusable == NULL : s->unusable != NULL && strcmp(s->unusable, want) == 0, "%zu", i);
		ck_assert(s->content_is_data);
		ck_assert_uint_eq(s->content_size, s->has_content ? 3 : 0);
		cms_shape_free(s);
	}
}
END_TEST

/* RFC 5753 3.1.1 and 7.2: the curve that the originator names, and the octets that both sides mix in. */
#define NAMED_KEY "\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define REK "\x30\x80\xa0\x03\x04\x01k\x04\x01" "e\x00\x00" /* for the key identifier "k" */

START_TEST(what_an_originator_adds_is_kept)
{
	static const struct object named = OBJECT(BEGIN(ENVELOPED_OID) "\x02\x01\x02\x31\x80"
	    "\xa1\x80\x02\x01\x03\xa0\x80\xa1\x80" NAMED_KEY "\x03\x03\x00\x04\x04" END2
	    "\xa1\x04\x04\x02uk\x30\x00\x30\x80" REK END2 "\x00\x00"
	    "\x30\x80" DATA_OID CBC "\x80\x00\x00\x00" END);
	struct cms_shape *s = walk(named.octets, named.size);
	const struct recipient_info *ri = s->recipients;

	ck_assert_uint_eq(s->recipient_count, 1);
	ck_octets_eq(ri->originator_parameters.data, ri->originator_parameters.size, &(NAMED_KEY)[11], 10);
	ck_octets_eq(ri->originator_key.data, ri->originator_key.size, "\x04\x04", 2);
	ck_assert(ri->has_ukm);
	ck_octets_eq(ri->ukm.data, ri->ukm.size, "uk", 2);
	ck_assert_str_eq(ri->name.ski, "6b");
	cms_shape_free(s);
}
END_TEST

/* ---- parameters of GCM ---- */

#define AUTH_OID "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17"
#define GCM "\x30\x80\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2e"
#define AUTH(parameters, mac) \
	OBJECT(BEGIN(AUTH_OID) "\x02\x01\x00\x31\x02" KEK "\x30\x80" DATA_OID GCM parameters "\x00\x00\x80\x00\x00\x00" mac END)
#define NONCE "\x04\x0c" "twelve octet"
#define MAC(size) "\x04" size "0123456789abcdef"

static const struct {
	struct object object;
	const char *unusable;
} gcm[] = {
	{ AUTH("\x30\x11" NONCE "\x02\x01\x10", MAC("\x10")), NULL },
	{ AUTH("\x30\x0e" NONCE, "\x04\x0c" "0123456789ab"), NULL },
	{ AUTH("\x30\x06\x04\x01" "n" "\x02\x01\x10", MAC("\x10")), NULL },
	{ AUTH("\x30\x15\x04\x10" "sixteen octets.." "\x02\x01\x10", MAC("\x10")), NULL },
	{ AUTH("\x30\x05\x04\x00\x02\x01\x10", MAC("\x10")), "parameters" },             /* no nonce */
	{ AUTH("\x30\x16\x04\x11" "seventeen octets." "\x02\x01\x10", MAC("\x10")), "parameters" },
	{ AUTH("\x30\x0e" NONCE, MAC("\x10")), "parameters" },                             /* the default is 12 */
	{ AUTH("\x30\x11" NONCE "\x02\x01\x0c", MAC("\x10")), "parameters" },
	{ AUTH("\x30\x11" NONCE "\x02\x01\x10", "\x04\x0c" "0123456789ab"), "parameters" },
	{ AUTH("\x30\x11" NONCE "\x02\x01\x10", "\x04\x11" "0123456789abcdefg"), "parameters" },
	{ AUTH("\x30\x11" NONCE "\x02\x01\x11", "\x04\x11" "0123456789abcdefg"), "parameters" },
	{ AUTH("\x30\x11" NONCE "\x02\x01\x0b", "\x04\x0b" "0123456789a"), "parameters" },
	{ AUTH("\x30\x11" NONCE "\x02\x01\x90", MAC("\x10")), "parameters" },               /* negative */
	{ AUTH("\x30\x13" NONCE "\x02\x01\x10\x05\x00", MAC("\x10")), "parameters" },       /* one too many */
	{ AUTH(NONCE, MAC("\x10")), "parameters" },
	{ AUTH("", MAC("\x10")), "parameters" },
};

START_TEST(gcm_wants_a_nonce_of_1_to_16_and_a_tag_as_announced)
{
	for (size_t i = 0; i < sizeof gcm / sizeof gcm[0]; i++) {
		struct cms_shape *s = walk(gcm[i].object.octets, gcm[i].object.size);

		ck_assert_int_eq(s->cipher, CIPHER_AES256_GCM);
		ck_assert_str_eq(s->unusable == NULL ? "" : s->unusable, gcm[i].unusable == NULL ? "" : gcm[i].unusable);
		cms_shape_free(s);
	}
}
END_TEST

START_TEST(malformed_pkcs7_is_refused)
{
	struct buffer b = load_cms("crypto/openssl/malformed.pkcs7");
	struct cms_shape *s = NULL;
	struct error e = ERROR_INIT;

	expect_error(try_walk(b.data, b.size, 100, &s, &e), ERROR_CMS_SYNTAX);
	buffer_done(&b);
}
END_TEST

/* ---- limits ---- */

static void
append(struct buffer *b, const char *octets, size_t n)
{
	struct error e = ERROR_INIT;

	expect_ok(buffer_append(b, octets, n, &e));
}
#define APPEND(b, text) append((b), text, sizeof text - 1)

static int
walk_within(const struct buffer *b, struct cms_limits limits, struct error *e)
{
	struct memory_source m;
	struct source source = memory_source(&m, b->data, b->size);
	struct cms_shape *s = NULL;
	int rc = cms_walk(&source, &limits, &s, e);

	cms_shape_free(s);
	return rc;
}

START_TEST(recipients_signers_and_certificates_are_bounded)
{
	struct buffer env = BUFFER_INIT(1000000), sig = BUFFER_INIT(1000000);
	struct error e = ERROR_INIT;

	APPEND(&env, BEGIN(ENVELOPED_OID) "\x02\x01\x02\x31\x80");
	for (size_t i = 0; i < LIMIT_RECIPIENT_INFOS; i++)
		APPEND(&env, KEK);
	APPEND(&env, "\x00\x00\x30\x80" DATA_OID CBC "\x80\x00\x00\x00" END);
	expect_ok(walk_within(&env, (struct cms_limits){ .overhead = 0 }, &e));
	expect_error(walk_within(&env, (struct cms_limits){ .recipient_infos = LIMIT_RECIPIENT_INFOS - 1 }, &e),
	    ERROR_TOO_LARGE);
	APPEND(&sig, BEGIN(SIGNED_OID) "\x02\x01\x01\x31\x00\x30\x0b" DATA_OID "\xa0\x80");
	for (size_t i = 0; i < 10; i++)
		APPEND(&sig, "\xa1\x00");
	APPEND(&sig, "\x00\x00\x31\x80");
	for (size_t i = 0; i < 3; i++)
		APPEND(&sig, "\x30\x80\x02\x01\x03\x80\x01" "k" "\x30\x02\x06\x00\x30\x02\x06\x00\x04\x01" "s" "\x00\x00");
	APPEND(&sig, "\x00\x00" END);
	expect_ok(walk_within(&sig, (struct cms_limits){ .certificates = 10, .signer_infos = 3 }, &e));
	expect_error(walk_within(&sig, (struct cms_limits){ .certificates = 9 }, &e), ERROR_TOO_LARGE);
	expect_error(walk_within(&sig, (struct cms_limits){ .signer_infos = 2 }, &e), ERROR_TOO_LARGE);
	buffer_done(&env);
	buffer_done(&sig);
}
END_TEST

/* Key agreements that name nobody must not slip under the ceiling of recipients. */
START_TEST(recipient_infos_without_recipients_are_bounded)
{
	struct buffer b = BUFFER_INIT(1000000);
	struct error e = ERROR_INIT;

	APPEND(&b, BEGIN(ENVELOPED_OID) "\x02\x01\x02\x31\x80");
	for (size_t i = 0; i < LIMIT_RECIPIENT_INFOS + 1; i++)
		APPEND(&b, "\xa1\x10\x02\x01\x03\xa0\x03\x80\x01k\x30\x02\x06\x00\x30\x00\x00\x00");
	APPEND(&b, "\x00\x00\x30\x80" DATA_OID CBC "\x80\x00\x00\x00" END);
	expect_error(walk_within(&b, (struct cms_limits){ .overhead = 0 }, &e), ERROR_CMS_SYNTAX);
	buffer_clear(&b);
	APPEND(&b, BEGIN(ENVELOPED_OID) "\x02\x01\x02\x31\x80");
	for (size_t i = 0; i < LIMIT_RECIPIENT_INFOS + 1; i++)
		APPEND(&b, "\xa1\x0e\x02\x01\x03\xa0\x03\x80\x01k\x30\x02\x06\x00\x30\x00");
	APPEND(&b, "\x00\x00\x30\x80" DATA_OID CBC "\x80\x00\x00\x00" END);
	expect_error(walk_within(&b, (struct cms_limits){ .overhead = 0 }, &e), ERROR_TOO_LARGE);
	buffer_done(&b);
}
END_TEST

START_TEST(recipients_of_one_key_agreement_are_bounded)
{
	struct buffer b = BUFFER_INIT(1000000);
	struct error e = ERROR_INIT;
	struct cms_limits limits = { .recipient_infos = 10 };

	for (size_t keys = 10; keys < 12; keys++) {
		buffer_clear(&b);
		APPEND(&b, BEGIN(ENVELOPED_OID) "\x02\x01\x02\x31\x80\xa1\x80\x02\x01\x03\xa0\x03\x80\x01k");
		APPEND(&b, "\x30\x02\x06\x00\x30\x80");
		for (size_t i = 0; i < keys; i++)
			APPEND(&b, "\x30\x08\xa0\x03\x04\x01k\x04\x01w");
		APPEND(&b, "\x00\x00\x00\x00\x00\x00\x30\x80" DATA_OID CBC "\x80\x00\x00\x00" END);
		if (keys == 10)
			expect_ok(walk_within(&b, limits, &e));
		else
			expect_error(walk_within(&b, limits, &e), ERROR_TOO_LARGE);
	}
	buffer_done(&b);
}
END_TEST

START_TEST(overhead_and_content_are_bounded_apart)
{
	struct buffer b = load_cms("crypto/rfc4134/5.1.bin");
	struct error e = ERROR_INIT;

	expect_ok(walk_within(&b, (struct cms_limits){ .overhead = b.size - 32, .content = 32 }, &e));
	expect_error(walk_within(&b, (struct cms_limits){ .overhead = b.size - 33 }, &e), ERROR_TOO_LARGE);
	expect_error(walk_within(&b, (struct cms_limits){ .content = 31 }, &e), ERROR_TOO_LARGE);
	buffer_done(&b);
}
END_TEST

START_TEST(nesting_and_single_elements_are_bounded)
{
	struct buffer deep = BUFFER_INIT(10000000), wide = BUFFER_INIT(10000000);
	struct error e = ERROR_INIT;

	APPEND(&deep, "\x30\x80\x06\x03\x55\x04\x03\xa0\x80");
	for (size_t i = 0; i < 100000; i++)
		APPEND(&deep, "\x30\x80");
	expect_error(walk_within(&deep, (struct cms_limits){ .overhead = 0 }, &e), ERROR_TOO_DEEP);
	APPEND(&wide, BEGIN(SIGNED_OID) "\x02\x01\x01\x31\x00\x30\x84\x00\x10\x00\x00\x06\x84\x00\x0f\xff\xfa");
	for (size_t i = 0; i < 0x100000; i++)
		APPEND(&wide, "\x01");
	expect_error(walk_within(&wide, (struct cms_limits){ .overhead = 0 }, &e), ERROR_TOO_LARGE);
	buffer_done(&deep);
	buffer_done(&wide);
}
END_TEST

/* ---- signers ---- */

static struct cms_shape *
signed_shape(const struct party *p, const EVP_MD *md, int padding, int salt, unsigned flags)
{
	BIO *in = BIO_new_mem_buf("content", 7), *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, in, CMS_PARTIAL | CMS_BINARY | (flags & CMS_STREAM));
	CMS_SignerInfo *si = CMS_add1_signer(cms, p->x509, p->evp, md, (padding != 0 ? CMS_KEY_PARAM : 0) | flags);
	struct cms_shape *s;
	char *data;
	long n;

	ck_assert_ptr_nonnull(si);
	if (padding != 0) {
		EVP_PKEY_CTX *ctx = CMS_SignerInfo_get0_pkey_ctx(si);

		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, padding), 1);
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, salt), 1);
	}
	if ((flags & CMS_STREAM) == 0)
		ck_assert_int_eq(CMS_final(cms, in, NULL, CMS_BINARY | flags), 1);
	ck_assert_int_eq(i2d_CMS_bio_stream(out, cms, in, (int)(CMS_BINARY | flags)), 1);
	n = BIO_get_mem_data(out, &data);
	s = walk(data, (size_t)n);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	BIO_free(out);
	return s;
}

START_TEST(signature_schemes_are_read_from_their_identifiers)
{
	static const struct {
		const char *kind, *md;
		int padding, salt;
		enum signature_scheme scheme;
	} rows[] = {
		{ "rsa", "sha256", 0, 0, SIGNATURE_RSA_SHA256 },
		{ "rsa", "sha384", 0, 0, SIGNATURE_RSA_SHA384 },
		{ "rsa", "sha1", 0, 0, SIGNATURE_RSA_SHA1 },
		{ "rsa", "md5", 0, 0, SIGNATURE_RSA_MD5 },
		{ "rsa", "sha256", RSA_PKCS1_PSS_PADDING, 32, SIGNATURE_RSA_PSS_SHA256 },
		{ "rsa", "sha512", RSA_PKCS1_PSS_PADDING, 64, SIGNATURE_RSA_PSS_SHA512 },
		{ "rsa", "sha256", RSA_PKCS1_PSS_PADDING, 33, SIGNATURE_RSA_PSS_SHA256 },
		{ "P-256", "sha256", 0, 0, SIGNATURE_ECDSA_SHA256 },
		{ "P-384", "sha384", 0, 0, SIGNATURE_ECDSA_SHA384 },
		{ "P-521", "sha512", 0, 0, SIGNATURE_ECDSA_SHA512 },
		{ "P-256", "sha1", 0, 0, SIGNATURE_ECDSA_SHA1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct party p = party_make(rows[i].kind);
		struct cms_shape *s = signed_shape(&p, EVP_get_digestbyname(rows[i].md), rows[i].padding, rows[i].salt, 0);
		const struct signer_info *si = &s->signers[0];

		ck_assert_uint_eq(s->signer_count, 1);
		ck_assert_int_eq(si->scheme, rows[i].scheme);
		ck_assert_int_eq(si->digest, signature_digest(rows[i].scheme));
		ck_assert(si->has_signed_attributes && si->signed_attributes.size > 0);
		if (rows[i].padding != 0) {
			ck_assert_uint_eq(si->pss_salt, (unsigned)rows[i].salt);
			ck_assert(si->pss_parameters_sane);
		}
		cms_shape_free(s);
		party_done(&p);
	}
}
END_TEST

/* RFC 4055 3.1 asks for the same digest in the mask; OpenSSL can be made to write another. */
START_TEST(a_mask_with_another_digest_is_not_sane)
{
	struct party p = party_make("rsa");
	BIO *in = BIO_new_mem_buf("content", 7), *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, in, CMS_PARTIAL | CMS_BINARY);
	CMS_SignerInfo *si = CMS_add1_signer(cms, p.x509, p.evp, EVP_sha256(), CMS_KEY_PARAM);
	EVP_PKEY_CTX *ctx = CMS_SignerInfo_get0_pkey_ctx(si);
	struct cms_shape *s;
	char *data;
	long n;

	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, 32), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha512()), 1);
	ck_assert_int_eq(CMS_final(cms, in, NULL, CMS_BINARY), 1);
	ck_assert_int_eq(i2d_CMS_bio(out, cms), 1);
	n = BIO_get_mem_data(out, &data);
	s = walk(data, (size_t)n);
	ck_assert_int_eq(s->signers[0].scheme, SIGNATURE_RSA_PSS_SHA256);
	ck_assert(!s->signers[0].pss_parameters_sane);
	cms_shape_free(s);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	BIO_free(out);
	party_done(&p);
}
END_TEST

START_TEST(a_streamed_signature_by_key_identifier_is_read)
{
	struct party p = party_make("P-256");
	struct cms_shape *s = signed_shape(&p, EVP_sha256(), 0, 0, CMS_STREAM | CMS_USE_KEYID);

	ck_assert_str_eq(s->signers[0].name.ski, certificate_ski(p.certificate));
	ck_assert_str_eq(s->signers[0].name.issuer_serial, "");
	ck_assert_uint_eq(s->signers[0].version, 3);
	ck_assert_uint_eq(s->content_size, 7);
	ck_assert_uint_eq(s->certificates.count, 1);
	ck_assert_str_eq(certificate_fingerprint(s->certificates.items[0]), certificate_fingerprint(p.certificate));
	cms_shape_free(s);
	s = signed_shape(&p, EVP_sha256(), 0, 0, CMS_STREAM | CMS_NOATTR);
	ck_assert(!s->signers[0].has_signed_attributes);
	cms_shape_free(s);
	party_done(&p);
}
END_TEST

/* ---- memory that runs out ---- */

static int
walk_once(void *ctx, struct error *e)
{
	struct buffer *b = ctx;
	struct cms_shape *s = NULL;
	int rc = try_walk(b->data, b->size, b->size, &s, e);

	cms_shape_free(s);
	return rc;
}

START_TEST(memory_that_runs_out_is_an_error)
{
	static const char *const paths[] = { "crypto/rfc4134/4.4.bin", "crypto/made-here/authenv-valid-authAttrs.der",
		"crypto/openssl/ecdh-malformed.der" };

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		struct buffer b = load_cms(paths[i]);

		each_allocation_fails(walk_once, &b);
		buffer_done(&b);
	}
}
END_TEST

Suite *
suite_cms_walk(void)
{
	Suite *s = suite_create("cms_walk");
	TCase *corpus = tcase_create("corpus"), *made = tcase_create("made");

	tcase_add_loop_test(corpus, the_shape_says_what_the_origin_says, 0, KNOWN);
	tcase_add_loop_test(corpus, openssl_reads_the_same, 0, KNOWN);
	tcase_add_loop_test(corpus, read_byte_by_byte_it_is_the_same_shape, 0, KNOWN);
	tcase_add_loop_test(corpus, cut_at_any_length_or_with_more_behind_it_is_refused, 0, KNOWN);
	tcase_add_loop_test(corpus, any_changed_octet_is_refused_or_read_as_openssl_does, 0, KNOWN);
	tcase_set_timeout(corpus, 60);
	tcase_add_test(made, the_loosest_ber_has_the_same_shape_as_der);
	tcase_add_test(made, a_type_of_long_length_hides_no_content);
	tcase_add_test(made, compressed_data_says_how_and_how_much);
	tcase_add_test(made, what_an_originator_adds_is_kept);
	tcase_add_test(made, authenticated_attributes_become_a_set_in_order);
	tcase_add_test(made, recipients_are_named_as_certificates_are);
	tcase_add_loop_test(made, key_management_that_we_would_not_try_is_marked, 0,
	    (int)(sizeof refused / sizeof refused[0]));
	tcase_add_test(made, passwords_and_shared_keys_are_no_way_in);
	tcase_add_test(made, gcm_in_enveloped_data_and_no_content_are_unusable);
	tcase_add_test(made, what_no_rfc_allows_is_refused);
	tcase_add_test(made, gcm_wants_a_nonce_of_1_to_16_and_a_tag_as_announced);
	tcase_add_test(made, malformed_pkcs7_is_refused);
	tcase_add_test(made, recipients_signers_and_certificates_are_bounded);
	tcase_add_test(made, recipient_infos_without_recipients_are_bounded);
	tcase_add_test(made, recipients_of_one_key_agreement_are_bounded);
	tcase_add_test(made, overhead_and_content_are_bounded_apart);
	tcase_add_test(made, nesting_and_single_elements_are_bounded);
	tcase_add_test(made, signature_schemes_are_read_from_their_identifiers);
	tcase_add_test(made, a_mask_with_another_digest_is_not_sane);
	tcase_add_test(made, a_streamed_signature_by_key_identifier_is_read);
	tcase_add_test(made, memory_that_runs_out_is_an_error);
	tcase_set_timeout(made, 60);
	suite_add_tcase(s, corpus);
	suite_add_tcase(s, made);
	return s;
}
