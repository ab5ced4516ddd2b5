/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/identifier_private.h"
#include "tests/unit/crypto/cms_support.h"
#include "tests/unit/crypto/openssl_memory.h"
#include "tests/unit/crypto/signed_support.h"

static const char text[] = "Content-Type: text/plain\r\n\r\nhello\r\n";

static struct forged
somebody(const char *key)
{
	return forge(&(struct forge){ .cn = "somebody", .key = key, .extensions = { "subjectKeyIdentifier", "hash" } });
}

static void
expect_craft(const struct craft *how, enum signature_status status, const char *detail)
{
	struct craft filled = *how;
	struct buffer cms;

	if (filled.content == NULL)
		filled.content = text;
	if (filled.scheme == SIGNATURE_NONE)
		filled.scheme = SIGNATURE_ECDSA_SHA256;
	cms = craft(&filled);
	expect_status(&cms, !filled.opaque, text, status, detail);
	buffer_done(&cms);
}

/* ---- the good ones ---- */

START_TEST(a_good_signature_is_valid_and_tells_its_facts)
{
	struct forged who = somebody("P-256");
	struct buffer cms = craft(&(struct craft){ .signer = &who, .scheme = SIGNATURE_ECDSA_SHA256, .content = text });
	struct signature_facts f = judge(&cms, true, text, strlen(text), NULL);

	ck_assert_int_eq(f.status, SIGNATURE_VALID);
	ck_assert_ptr_null(f.detail);
	ck_assert(!f.weak);
	ck_assert_int_eq(f.scheme, SIGNATURE_ECDSA_SHA256);
	ck_assert_int_eq(f.digest, DIGEST_SHA256);
	ck_assert_int_eq(f.signing_time, FORGE_NOW);
	ck_assert_str_eq(certificate_fingerprint(f.signer), certificate_fingerprint(who.c));
	ck_assert_str_eq(certificate_fingerprint(f.encryption), certificate_fingerprint(who.c));
	signature_facts_done(&f);
	signature_facts_done(&f); /* twice is fine */
	buffer_done(&cms);
	forged_done(&who);
}
END_TEST

START_TEST(rules_are_for_what_is_present)
{
	struct forged who = somebody("P-256");
	const unsigned optional = BIT(ATTRIBUTE_SIGNING_TIME) | BIT(ATTRIBUTE_SMIME_CAPABILITIES) |
	    BIT(ATTRIBUTE_ENCRYPTION_KEY_PREFERENCE) | BIT(ATTRIBUTE_SIGNING_CERTIFICATE_V2) |
	    BIT(ATTRIBUTE_ALGORITHM_PROTECTION);

	expect_craft(&(struct craft){ .signer = &who, .omit = optional }, SIGNATURE_VALID, NULL);
	expect_craft(&(struct craft){ .signer = &who, .add = BIT(ATTRIBUTE_SIGNING_CERTIFICATE) }, SIGNATURE_VALID, NULL);
	expect_craft(&(struct craft){ .signer = &who, .by_key_identifier = true }, SIGNATURE_VALID, NULL);
	expect_craft(&(struct craft){ .signer = &who, .opaque = true }, SIGNATURE_VALID, NULL);
	forged_done(&who);
}
END_TEST

/* RFC 5652 5.4 signs the sorted form; OpenSSL signs and verifies the sent one. */
START_TEST(attributes_out_of_order_are_verified_sorted_and_as_sent)
{
	struct forged who = somebody("P-256");

	expect_craft(&(struct craft){ .signer = &who, .reversed = true }, SIGNATURE_VALID, NULL);
	expect_craft(&(struct craft){ .signer = &who, .reversed = true, .sign_reversed = true }, SIGNATURE_VALID, NULL);
	expect_craft(&(struct craft){ .signer = &who, .sign_reversed = true }, SIGNATURE_INVALID, NULL);
	forged_done(&who);
}
END_TEST

START_TEST(the_preferred_encryption_certificate_is_found)
{
	static const unsigned char tags[] = { 0, DER_CONSTRUCTED_0 + 1, DER_CONTEXT_0 + 2 };
	struct forged who = somebody("P-256"), other = somebody("P-256");

	for (size_t i = 0; i < sizeof tags; i++) {
		struct buffer cms = craft(&(struct craft){ .signer = &who, .scheme = SIGNATURE_ECDSA_SHA256,
		    .content = text, .preferred = &other, .preference = tags[i] });
		struct signature_facts f = judge(&cms, true, text, strlen(text), NULL);

		ck_assert_int_eq(f.status, SIGNATURE_VALID);
		ck_assert_ptr_nonnull(f.encryption);
		ck_assert_str_eq(certificate_fingerprint(f.encryption), certificate_fingerprint(other.c));
		signature_facts_done(&f);
		f = judge(&cms, true, "forged", 6, NULL);
		ck_assert_int_eq(f.status, SIGNATURE_DIGEST_DIFFERS);
		ck_assert_ptr_null(f.encryption); /* nobody vouched for it */
		signature_facts_done(&f);
		buffer_done(&cms);
		cms = craft(&(struct craft){ .signer = &who, .scheme = SIGNATURE_ECDSA_SHA256, .content = text,
		    .preferred = &other, .preference = tags[i], .sign_reversed = true });
		f = judge(&cms, true, text, strlen(text), NULL);
		ck_assert_int_eq(f.status, SIGNATURE_INVALID);
		ck_assert_ptr_null(f.encryption);
		signature_facts_done(&f);
		buffer_done(&cms);
	}
	forged_done(&who);
	forged_done(&other);
}
END_TEST

/* ---- shape ---- */

START_TEST(content_stands_where_it_belongs)
{
	struct forged who = somebody("P-256");
	struct buffer opaque = craft(&(struct craft){ .signer = &who, .scheme = SIGNATURE_ECDSA_SHA256, .content = text,
	    .opaque = true });
	struct buffer detached = craft(&(struct craft){ .signer = &who, .scheme = SIGNATURE_ECDSA_SHA256,
	    .content = text });

	expect_status(&opaque, true, text, SIGNATURE_MALFORMED, "content-in-detached");
	expect_status(&detached, false, text, SIGNATURE_MALFORMED, "no-content");
	buffer_done(&opaque);
	buffer_done(&detached);
	forged_done(&who);
}
END_TEST

START_TEST(no_signer_is_no_signature)
{
	expect_craft(&(struct craft){ .signer = NULL }, SIGNATURE_ABSENT, NULL);
}
END_TEST

START_TEST(the_content_must_be_data)
{
	struct forged who = somebody("P-256");
	const struct oid *receipt = &(struct oid){ 11, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 1 } };

	expect_craft(&(struct craft){ .signer = &who, .content_type = receipt, .signed_content_type = receipt },
	    SIGNATURE_MALFORMED, "content-type");
	expect_craft(&(struct craft){ .signer = &who, .signed_content_type = receipt }, SIGNATURE_MALFORMED,
	    "content-type");
	forged_done(&who);
}
END_TEST

/* ---- attributes ---- */

START_TEST(attributes_are_required)
{
	struct forged who = somebody("P-256");

	expect_craft(&(struct craft){ .signer = &who, .no_attributes = true }, SIGNATURE_MALFORMED,
	    "no-signed-attributes");
	expect_craft(&(struct craft){ .signer = &who, .omit = BIT(ATTRIBUTE_CONTENT_TYPE) }, SIGNATURE_MALFORMED,
	    "no-content-type");
	expect_craft(&(struct craft){ .signer = &who, .omit = BIT(ATTRIBUTE_MESSAGE_DIGEST) }, SIGNATURE_MALFORMED,
	    "no-message-digest");
	forged_done(&who);
}
END_TEST

START_TEST(each_attribute_stands_once_and_has_one_value)
{
	const unsigned all = BIT(ATTRIBUTE_SIGNING_CERTIFICATE) | BIT(ATTRIBUTE_SIGNATURE_TYPE);
	struct forged who = somebody("P-256");

	for (enum attribute a = ATTRIBUTE_CONTENT_TYPE; a < ATTRIBUTE_COUNT; a++) {
		expect_craft(&(struct craft){ .signer = &who, .twice = BIT(a), .add = all, .types = { &oid_type_domain } },
		    SIGNATURE_MALFORMED, "attribute-twice");
		expect_craft(&(struct craft){ .signer = &who, .two_values = BIT(a), .add = all,
		    .types = { &oid_type_domain } }, SIGNATURE_MALFORMED, "attribute-values");
	}
	forged_done(&who);
}
END_TEST

/* RFC 3183 3.1.2, 3.3: a review may stand beside a domain's signature, additional attributes beside nothing. */
static const struct oid type_attributes = { 11, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 9, 3 } };
static const struct type_row {
	const struct oid *types[4];
	enum signature_type want;
} type_rows[] = {
	/* clang-format off */
	{ { &oid_type_originator },                    SIGNATURE_TYPE_ORIGINATOR },
	{ { &oid_type_domain },                        SIGNATURE_TYPE_DOMAIN },
	{ { &oid_type_domain, &oid_type_review },      SIGNATURE_TYPE_DOMAIN },
	{ { &oid_type_review, &oid_type_domain },      SIGNATURE_TYPE_DOMAIN },
	{ { &oid_type_review },                        SIGNATURE_TYPE_OTHER },
	{ { &type_attributes },                        SIGNATURE_TYPE_OTHER },
	{ { &oid_type_domain, &type_attributes },      SIGNATURE_TYPE_OTHER },
	{ { &oid_type_domain, &oid_type_originator },  SIGNATURE_TYPE_OTHER },
	{ { &oid_type_domain, &oid_type_domain },      SIGNATURE_TYPE_OTHER },
	{ { &oid_type_domain, &oid_data },             SIGNATURE_TYPE_OTHER },
	/* clang-format on */
};

START_TEST(the_signature_type_is_read)
{
	struct forged who = somebody("P-256");
	struct craft how = { .signer = &who, .scheme = SIGNATURE_ECDSA_SHA256, .content = text,
		.add = BIT(ATTRIBUTE_SIGNATURE_TYPE) };
	struct signature_facts f;
	struct buffer cms;

	memcpy(how.types, type_rows[_i].types, sizeof how.types);
	cms = craft(&how);
	f = judge(&cms, true, text, strlen(text), NULL);
	ck_assert_int_eq(f.status, SIGNATURE_VALID);
	ck_assert_str_eq(signature_type_word(f.type), signature_type_word(type_rows[_i].want));
	signature_facts_done(&f);
	buffer_done(&cms);
	forged_done(&who);
}
END_TEST

START_TEST(a_signature_type_says_something)
{
	struct forged who = somebody("P-256");

	expect_craft(&(struct craft){ .signer = &who, .add = BIT(ATTRIBUTE_SIGNATURE_TYPE) }, SIGNATURE_MALFORMED, "signature-type");
	forged_done(&who);
}
END_TEST

START_TEST(a_signing_time_must_be_one)
{
	static const char *const bad[] = { "2311142213Z", "231114221320+0000", "231314221320Z", "yesterday12345", "" };
	struct forged who = somebody("P-256");

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		expect_craft(&(struct craft){ .signer = &who, .signing_time = bad[i] }, SIGNATURE_MALFORMED,
		    "signing-time");
	forged_done(&who);
}
END_TEST

START_TEST(algorithm_protection_must_say_the_same)
{
	struct forged who = somebody("P-256");

	expect_craft(&(struct craft){ .signer = &who, .protected_digest = DIGEST_SHA512 }, SIGNATURE_MALFORMED,
	    "algorithm-protection");
	expect_craft(&(struct craft){ .signer = &who, .protect_mac = true }, SIGNATURE_MALFORMED,
	    "algorithm-protection");
	forged_done(&who);
}
END_TEST

/* RFC 8933: content and attributes are digested by one algorithm; Ed25519 by SHA-512 (RFC 8419 3.1). */
START_TEST(the_two_digests_must_be_one)
{
	struct forged ec = somebody("P-256"), ed = somebody("ed25519"), rsa = somebody("rsa-2048");

	expect_craft(&(struct craft){ .signer = &ec, .digest = DIGEST_SHA512 }, SIGNATURE_MALFORMED, "digest-algorithm");
	expect_craft(&(struct craft){ .signer = &ed, .scheme = SIGNATURE_ED25519, .digest = DIGEST_SHA256 },
	    SIGNATURE_MALFORMED, "digest-algorithm");
	expect_craft(&(struct craft){ .signer = &rsa, .scheme = SIGNATURE_RSA_PSS_SHA256, .digest = DIGEST_SHA512 },
	    SIGNATURE_MALFORMED, "digest-algorithm");
	forged_done(&ec);
	forged_done(&ed);
	forged_done(&rsa);
}
END_TEST

/* ---- whose signature it is ---- */

START_TEST(signing_certificate_must_name_the_signer)
{
	struct forged who = somebody("P-256"), other = somebody("P-256");

	expect_craft(&(struct craft){ .signer = &who, .claimed = &other }, SIGNATURE_INVALID, "signing-certificate");
	expect_craft(&(struct craft){ .signer = &who, .claimed = &other, .add = BIT(ATTRIBUTE_SIGNING_CERTIFICATE),
	    .omit = BIT(ATTRIBUTE_SIGNING_CERTIFICATE_V2) }, SIGNATURE_INVALID, "signing-certificate");
	expect_craft(&(struct craft){ .signer = &who, .wrong_issuer_serial = true }, SIGNATURE_INVALID,
	    "signing-certificate");
	forged_done(&who);
	forged_done(&other);
}
END_TEST

START_TEST(several_signers_are_too_many)
{
	struct forged who = somebody("P-256"), other = somebody("P-256");

	expect_craft(&(struct craft){ .signer = &who, .second = &other }, SIGNATURE_SEVERAL, NULL);
	expect_craft(&(struct craft){ .signer = &who, .second = &other, .no_certificates = true }, SIGNATURE_SEVERAL,
	    NULL);
	expect_craft(&(struct craft){ .signer = &who, .second = &who }, SIGNATURE_VALID, NULL);
	forged_done(&who);
	forged_done(&other);
}
END_TEST

START_TEST(the_certificate_may_come_from_elsewhere)
{
	struct forged who = somebody("P-256"), other = somebody("P-256");
	struct certificates more = { NULL, 0 };
	struct buffer cms = craft(&(struct craft){ .signer = &who, .scheme = SIGNATURE_ECDSA_SHA256, .content = text,
	    .no_certificates = true });
	struct signature_facts f;
	struct error e = ERROR_INIT;

	expect_status(&cms, true, text, SIGNATURE_NO_CERTIFICATE, NULL);
	expect_ok(certificates_add(&more, other.c, &e));
	f = judge(&cms, true, text, strlen(text), &more);
	ck_assert_int_eq(f.status, SIGNATURE_NO_CERTIFICATE);
	ck_assert_ptr_null(f.signer);
	expect_ok(certificates_add(&more, who.c, &e));
	f = judge(&cms, true, text, strlen(text), &more);
	ck_assert_int_eq(f.status, SIGNATURE_VALID);
	signature_facts_done(&f);
	certificates_done(&more);
	buffer_done(&cms);
	forged_done(&who);
	forged_done(&other);
}
END_TEST

/* Two certificates of one name and serial number, or one key identifier: the second may be the signer's. */
START_TEST(every_certificate_that_the_name_fits_is_tried)
{
	struct forged who = forge(&(struct forge){ .cn = "x", .extensions = { "subjectKeyIdentifier", "0102030405" } }),
	    other = forge(&(struct forge){ .cn = "x", .extensions = { "subjectKeyIdentifier", "0102030405" } });

	expect_craft(&(struct craft){ .signer = &who, .bystander = &other, .by_key_identifier = true }, SIGNATURE_VALID,
	    NULL);
	expect_craft(&(struct craft){ .signer = &who, .bystander = &other, .by_key_identifier = true,
	    .omit = BIT(ATTRIBUTE_SIGNING_CERTIFICATE_V2) }, SIGNATURE_VALID, NULL);
	forged_done(&who);
	forged_done(&other);
}
END_TEST

START_TEST(a_signature_by_another_key_is_invalid)
{
	struct forged who = forge(&(struct forge){ .cn = "x", .extensions = { "subjectKeyIdentifier", "0102030405" } }),
	    other = forge(&(struct forge){ .cn = "x", .key = "P-384",
	        .extensions = { "subjectKeyIdentifier", "0102030405" } });
	struct certificates more = { NULL, 0 };
	struct buffer cms = craft(&(struct craft){ .signer = &who, .scheme = SIGNATURE_ECDSA_SHA256, .content = text,
	    .by_key_identifier = true, .no_certificates = true, .omit = BIT(ATTRIBUTE_SIGNING_CERTIFICATE_V2) });
	struct signature_facts f;
	struct error e = ERROR_INIT;

	expect_ok(certificates_add(&more, other.c, &e));
	f = judge(&cms, true, text, strlen(text), &more);
	ck_assert_int_eq(f.status, SIGNATURE_INVALID);
	ck_assert_str_eq(certificate_fingerprint(f.signer), certificate_fingerprint(other.c)); /* as named, for the record */
	signature_facts_done(&f);
	certificates_done(&more);
	buffer_done(&cms);
	forged_done(&who);
	forged_done(&other);
}
END_TEST

/* ---- changes ---- */

START_TEST(changed_content_differs)
{
	struct forged who = somebody("P-256");
	struct buffer cms = craft(&(struct craft){ .signer = &who, .scheme = SIGNATURE_ECDSA_SHA256, .content = text });
	char changed[sizeof text];

	for (size_t i = 0; i + 1 < sizeof text; i++) {
		memcpy(changed, text, sizeof text);
		changed[i] ^= 1;
		if (changed[i] != '\0')
			expect_status(&cms, true, changed, SIGNATURE_DIGEST_DIFFERS, NULL);
	}
	expect_status(&cms, true, "", SIGNATURE_DIGEST_DIFFERS, NULL);
	buffer_done(&cms);
	forged_done(&who);
}
END_TEST

/* Every octet of the object: what still counts as valid says nothing else than before. */
START_TEST(a_changed_octet_changes_no_valid_fact)
{
	struct forged who = somebody("P-256");
	struct buffer cms = craft(&(struct craft){ .signer = &who, .scheme = SIGNATURE_ECDSA_SHA256, .content = text,
	    .add = BIT(ATTRIBUTE_SIGNATURE_TYPE), .types = { &oid_type_domain } });
	size_t valid = 0;

	for (size_t i = 0; i < cms.size; i++) {
		struct memory_source object, content;
		struct source source = memory_source(&object, cms.data, cms.size),
		    octets = memory_source(&content, text, strlen(text));
		struct cms_shape *shape = NULL;
		struct signature_facts f = { .status = SIGNATURE_ABSENT };
		struct error e = ERROR_INIT;

		cms.data[i] ^= (char)(1 << i % 8);
		if (cms_walk(&source, NULL, &shape, &e) == 0 && shape->type == CMS_SIGNED &&
		    cms_verify(shape, true, &octets, NULL, &f, &e) == 0 && f.status == SIGNATURE_VALID) {
			valid++;
			ck_assert_str_eq(certificate_fingerprint(f.signer), certificate_fingerprint(who.c));
			ck_assert_int_eq(f.signing_time, FORGE_NOW);
			ck_assert_int_eq(f.scheme, SIGNATURE_ECDSA_SHA256);
			ck_assert_int_eq(f.type, SIGNATURE_TYPE_DOMAIN);
		}
		signature_facts_done(&f);
		cms_shape_free(shape);
		cms.data[i] ^= (char)(1 << i % 8);
		ck_assert_uint_eq(ERR_peek_error(), 0);
	}
	ck_assert_uint_lt(valid, 12); /* the two version numbers, at most */
	buffer_done(&cms);
	forged_done(&who);
}
END_TEST

/* ---- algorithms ---- */

START_TEST(another_kind_of_key_is_invalid)
{
	struct forged rsa = forge(&(struct forge){ .cn = "x", .key = "rsa-2048",
	    .extensions = { "subjectKeyIdentifier", "0102" } }),
	    ec = forge(&(struct forge){ .cn = "x", .extensions = { "subjectKeyIdentifier", "0102" } });
	struct certificates more = { NULL, 0 };
	struct buffer cms = craft(&(struct craft){ .signer = &rsa, .scheme = SIGNATURE_RSA_SHA256, .content = text,
	    .by_key_identifier = true, .no_certificates = true });
	struct signature_facts f;
	struct error e = ERROR_INIT;

	expect_ok(certificates_add(&more, ec.c, &e));
	f = judge(&cms, true, text, strlen(text), &more);
	ck_assert_int_eq(f.status, SIGNATURE_INVALID);
	ck_assert_str_eq(f.detail, "key-type");
	signature_facts_done(&f);
	certificates_done(&more);
	buffer_done(&cms);
	forged_done(&rsa);
	forged_done(&ec);
}
END_TEST

/* What the library's CMS makes, in all its ways: the same verdict, and weak ones marked. */
static struct buffer
openssl_sign(const struct forged *who, const EVP_MD *md, int pss_salt, unsigned flags)
{
	struct buffer b = BUFFER_INIT(100000);
	BIO *in = BIO_new_mem_buf(text, (int)strlen(text)), *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, in, CMS_PARTIAL | CMS_BINARY | CMS_DETACHED | (flags & CMS_STREAM));
	CMS_SignerInfo *si = CMS_add1_signer(cms, who->x509, who->pkey, md,
	    CMS_PARTIAL | CMS_KEY_PARAM | CMS_BINARY | (flags & ~(unsigned)CMS_STREAM));
	struct error e = ERROR_INIT;
	char *data;
	long n;

	ck_assert_ptr_nonnull(si);
	if (pss_salt != 0) {
		EVP_PKEY_CTX *pctx = CMS_SignerInfo_get0_pkey_ctx(si);

		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING), 1);
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, pss_salt), 1);
	}
	ck_assert_int_eq(CMS_final(cms, in, NULL, CMS_BINARY | CMS_DETACHED), 1);
	ck_assert_int_eq(i2d_CMS_bio(out, cms), 1);
	n = BIO_get_mem_data(out, &data);
	expect_ok(buffer_append(&b, data, (size_t)n, &e));
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	BIO_free(out);
	return b;
}

START_TEST(what_the_library_signs_is_valid_here)
{
	const struct {
		const char *key;
		const EVP_MD *md;
		int pss_salt;
		unsigned flags;
		bool weak;
	} rows[] = {
		{ "rsa-2048", EVP_sha256(), 0, 0, false },        { "rsa-2048", EVP_sha384(), 0, CMS_USE_KEYID, false },
		{ "rsa-2048", EVP_sha512(), 0, CMS_CADES, false }, { "rsa-2048", EVP_sha1(), 0, 0, true },
		{ "rsa-2048", EVP_md5(), 0, 0, true },            { "rsa-2048", EVP_sha224(), 0, 0, true },
		{ "rsa-1024", EVP_sha256(), 0, 0, true },         { "rsa-2048", EVP_sha256(), RSA_PSS_SALTLEN_DIGEST, 0, false },
		{ "rsa-2048", EVP_sha384(), 20, 0, false },       { "rsa-2048", EVP_sha512(), RSA_PSS_SALTLEN_DIGEST, 0, false },
		{ "rsa-2048", EVP_sha256(), RSA_PSS_SALTLEN_MAX_SIGN, 0, false },
		{ "P-256", EVP_sha256(), 0, CMS_CADES, false },   { "P-384", EVP_sha384(), 0, 0, false },
		{ "P-521", EVP_sha512(), 0, CMS_USE_KEYID, false }, { "P-256", EVP_sha512(), 0, 0, false },
		{ "P-256", EVP_sha1(), 0, 0, true },              { "P-256", EVP_sha224(), 0, CMS_NOSMIMECAP, true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct forged who = somebody(rows[i].key);
		struct buffer cms = openssl_sign(&who, rows[i].md, rows[i].pss_salt, rows[i].flags);
		struct signature_facts f = judge(&cms, true, text, strlen(text), NULL);

		ck_assert_msg(f.status == SIGNATURE_VALID, "row %zu: %s %s", i, signature_status_word(f.status),
		    f.detail == NULL ? "" : f.detail);
		ck_assert_msg(f.weak == rows[i].weak, "row %zu", i);
		signature_facts_done(&f);
		buffer_done(&cms);
		forged_done(&who);
	}
}
END_TEST

/* ---- objects of others ---- */

struct sample {
	const char *path, *content; /* a NULL content: multipart/signed */
	const char *certificate;    /* beside the message's, or NULL */
	enum signature_status status;
	const char *detail;
	bool weak;
};

static const struct sample samples[] = {
	{ "made-here/ed25519-detached-valid.der", "made-here/content-m.txt", NULL, SIGNATURE_VALID, NULL, false },
	{ "made-here/ed25519-detached-valid.der", "made-here/mldsa.crt", NULL, SIGNATURE_DIGEST_DIFFERS, NULL, false },
	{ "made-here/sha1.eml", NULL, NULL, SIGNATURE_VALID, NULL, true },
	/* a PSS key's signature under the label of another scheme */
	{ "made-here/s2c.eml", NULL, NULL, SIGNATURE_INVALID, "key-type", false },
	/* the mathematics hold; its key usage is for chain_verify() to see */
	{ "made-here/bad.eml", NULL, NULL, SIGNATURE_VALID, NULL, false },
	{ "james/mail_with_signature.eml", NULL, NULL, SIGNATURE_VALID, NULL, false },
	{ "james/mail_with_bad_signature.eml", NULL, NULL, SIGNATURE_DIGEST_DIFFERS, NULL, true },
	{ "resteasy/smime_signed.txt", NULL, NULL, SIGNATURE_NO_CERTIFICATE, NULL, true },
	{ "resteasy/smime_signed.txt", NULL, "crypto/resteasy/mycert.pem", SIGNATURE_VALID, NULL, true },
	{ "resteasy/smime_signed_bad.txt", NULL, "crypto/resteasy/mycert.pem", SIGNATURE_INVALID, NULL, true },
	{ "resteasy/python_signed.txt", NULL, NULL, SIGNATURE_VALID, NULL, true },
};

START_TEST(objects_of_others_have_their_known_outcome)
{
	const struct sample *s = &samples[_i];
	struct buffer content, cms, pem;
	struct certificates more = { NULL, 0 };
	struct signature_facts f;
	struct error e = ERROR_INIT;
	char path[200];

	snprintf(path, sizeof path, "crypto/%s", s->path);
	if (s->content == NULL) {
		load_multipart(path, &content, &cms);
	} else {
		cms = load(path);
		snprintf(path, sizeof path, "crypto/%s", s->content);
		content = load(path);
	}
	if (s->certificate != NULL) {
		pem = load(s->certificate);
		expect_ok(certificates_read(pem.data, pem.size, &more, &e));
		buffer_done(&pem);
	}
	f = judge(&cms, true, content.data, content.size, &more);
	ck_assert_msg(f.status == s->status, "%s: %s (%s)", s->path, signature_status_word(f.status),
	    f.detail == NULL ? "" : f.detail);
	ck_assert_msg(s->detail == NULL || strcmp(s->detail, f.detail) == 0, "%s: %s", s->path, f.detail);
	ck_assert_msg(f.weak == s->weak, "%s", s->path);
	signature_facts_done(&f);
	certificates_done(&more);
	buffer_done(&content);
	buffer_done(&cms);
}
END_TEST

/* Opaque ones: the content comes out of the object itself. */
static struct signature_facts
judge_opaque(const struct buffer *cms)
{
	struct buffer content = BUFFER_INIT(1000000);
	struct sink sink = buffer_sink(&content);
	struct memory_source memory;
	struct source source = memory_source(&memory, cms->data, cms->size);
	struct signature_facts f;
	struct error e = ERROR_INIT;

	expect_ok(cms_copy_content(&source, &sink, &e));
	f = judge(cms, false, buffer_text(&content), content.size, NULL);
	buffer_done(&content);
	return f;
}

START_TEST(bad_attributes_of_the_librarys_own_tests_are_never_valid)
{
	static const struct {
		const char *path, *detail;
	} rows[] = {
		{ "crypto/openssl/no_ct_attr.cms", "no-content-type" },
		{ "crypto/openssl/no_md_attr.cms", "no-message-digest" },
		{ "crypto/openssl/ct_multiple_attr.cms", NULL },
		{ "crypto/openssl/bad_signtime_attr.cms", "unsigned-attribute" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buffer b = load(rows[i].path);
		struct signature_facts f = judge_opaque(&b);

		ck_assert_msg(f.status == SIGNATURE_MALFORMED, "%s: %s", rows[i].path, signature_status_word(f.status));
		ck_assert_msg(rows[i].detail == NULL || strcmp(rows[i].detail, f.detail) == 0, "%s: %s", rows[i].path,
		    f.detail);
		signature_facts_done(&f);
		buffer_done(&b);
	}
}
END_TEST

/* RFC 4134: DSS and attribute-less signatures of 1999: read, told apart, never passed. */
START_TEST(old_examples_are_told_apart)
{
	static const struct {
		const char *path;
		enum signature_status status;
	} rows[] = {
		{ "4.1", SIGNATURE_UNSUPPORTED }, { "4.2", SIGNATURE_MALFORMED }, { "4.4", SIGNATURE_UNSUPPORTED },
		{ "4.5", SIGNATURE_MALFORMED },   { "4.6", SIGNATURE_SEVERAL },   { "4.7", SIGNATURE_UNSUPPORTED },
		{ "4.10", SIGNATURE_UNSUPPORTED }, { "4.11", SIGNATURE_ABSENT },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char path[100];
		struct buffer b;
		struct signature_facts f;

		snprintf(path, sizeof path, "crypto/rfc4134/%s.bin", rows[i].path);
		b = load(path);
		if (strcmp(rows[i].path, "4.11") == 0)
			f = judge(&b, true, "", 0, NULL);
		else
			f = judge_opaque(&b);
		ck_assert_msg(f.status == rows[i].status, "%s: %s (%s)", rows[i].path, signature_status_word(f.status),
		    f.detail == NULL ? "" : f.detail);
		signature_facts_done(&f);
		buffer_done(&b);
	}
}
END_TEST

/* ---- faults ---- */

static ssize_t
fail_to_read(void *ctx, void *to, size_t max, struct error *e)
{
	(void)ctx;
	(void)to;
	(void)max;
	return error_set(e, ERROR_IO, "the disk is gone");
}

START_TEST(a_fault_while_reading_is_no_judgement)
{
	struct forged who = somebody("P-256");
	struct buffer cms = craft(&(struct craft){ .signer = &who, .scheme = SIGNATURE_ECDSA_SHA256, .content = text });
	struct cms_shape *shape = walk(cms.data, cms.size);
	struct source broken = { fail_to_read, NULL };
	struct signature_facts f = { .status = SIGNATURE_SEVERAL };
	struct error e = ERROR_INIT;

	expect_error(cms_verify(shape, true, &broken, NULL, &f, &e), ERROR_IO);
	ck_assert_int_eq(f.status, SIGNATURE_SEVERAL); /* untouched */
	cms_shape_free(shape);
	buffer_done(&cms);
	forged_done(&who);
}
END_TEST

static int
verify_once(void *ctx, struct error *e)
{
	const struct cms_shape *shape = ctx;
	struct memory_source memory;
	struct source source = memory_source(&memory, text, strlen(text));
	struct signature_facts f = { .status = SIGNATURE_ABSENT };
	int rc = cms_verify(shape, true, &source, NULL, &f, e);

	if (rc == 0)
		ck_assert_int_eq(f.status, SIGNATURE_VALID);
	signature_facts_done(&f);
	return rc;
}

START_TEST(verifying_fails_cleanly_without_memory)
{
	struct forged who = somebody("P-256");
	struct buffer cms = craft(&(struct craft){ .signer = &who, .scheme = SIGNATURE_ECDSA_SHA256, .content = text });
	struct cms_shape *shape = walk(cms.data, cms.size);

	each_allocation_fails(verify_once, shape);
	cms_shape_free(shape);
	buffer_done(&cms);
	forged_done(&who);
}
END_TEST

/* The library without memory: never "invalid", which would be a lie about somebody's good signature. */
START_TEST(verifying_without_memory_for_the_library_is_no_judgement)
{
	static const char *const keys[] = { "P-256", "rsa-2048", "ed25519" };
	static const enum signature_scheme schemes[] = { SIGNATURE_ECDSA_SHA256, SIGNATURE_RSA_PSS_SHA256,
		SIGNATURE_ED25519 };
	struct forged who = somebody(keys[_i]);
	struct buffer cms = craft(&(struct craft){ .signer = &who, .scheme = schemes[_i], .content = text });
	struct cms_shape *shape = walk(cms.data, cms.size);
	unsigned n = 0;
	int rc;

	do {
		struct error e = ERROR_INIT;

		openssl_fail_at(++n);
		rc = verify_once(shape, &e); /* asserts that a judgement says valid */
		ck_assert_msg(rc == 0 || e.code == ERROR_NO_MEMORY || e.code == ERROR_CRYPTO, "allocation %u: %s", n,
		    error_text(&e));
		ck_assert_uint_eq(ERR_peek_error(), 0);
	} while (!openssl_fail_pending());
	openssl_fail_at(0);
	ck_assert_int_eq(rc, 0);
	cms_shape_free(shape);
	buffer_done(&cms);
	forged_done(&who);
}
END_TEST

Suite *suite_cms_verify(void);
Suite *
suite_cms_verify(void)
{
	Suite *s = suite_create("cms_verify");
	TCase *t = tcase_create("cms_verify");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_good_signature_is_valid_and_tells_its_facts);
	tcase_add_test(t, rules_are_for_what_is_present);
	tcase_add_test(t, attributes_out_of_order_are_verified_sorted_and_as_sent);
	tcase_add_test(t, the_preferred_encryption_certificate_is_found);
	tcase_add_test(t, content_stands_where_it_belongs);
	tcase_add_test(t, no_signer_is_no_signature);
	tcase_add_test(t, the_content_must_be_data);
	tcase_add_test(t, attributes_are_required);
	tcase_add_test(t, each_attribute_stands_once_and_has_one_value);
	tcase_add_loop_test(t, the_signature_type_is_read, 0, sizeof type_rows / sizeof type_rows[0]);
	tcase_add_test(t, a_signature_type_says_something);
	tcase_add_test(t, a_signing_time_must_be_one);
	tcase_add_test(t, algorithm_protection_must_say_the_same);
	tcase_add_test(t, the_two_digests_must_be_one);
	tcase_add_test(t, signing_certificate_must_name_the_signer);
	tcase_add_test(t, several_signers_are_too_many);
	tcase_add_test(t, the_certificate_may_come_from_elsewhere);
	tcase_add_test(t, every_certificate_that_the_name_fits_is_tried);
	tcase_add_test(t, a_signature_by_another_key_is_invalid);
	tcase_add_test(t, changed_content_differs);
	tcase_add_test(t, a_changed_octet_changes_no_valid_fact);
	tcase_add_test(t, another_kind_of_key_is_invalid);
	tcase_add_test(t, what_the_library_signs_is_valid_here);
	tcase_add_loop_test(t, objects_of_others_have_their_known_outcome, 0, sizeof samples / sizeof samples[0]);
	tcase_add_test(t, bad_attributes_of_the_librarys_own_tests_are_never_valid);
	tcase_add_test(t, old_examples_are_told_apart);
	tcase_add_test(t, a_fault_while_reading_is_no_judgement);
	tcase_add_test(t, verifying_fails_cleanly_without_memory);
	tcase_add_loop_test(t, verifying_without_memory_for_the_library_is_no_judgement, 0, 3);
	suite_add_tcase(s, t);
	return s;
}
