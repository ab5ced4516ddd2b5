/* SPDX-License-Identifier: BSD-2-Clause */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/encoding.h"
#include "base/limits.h"
#include "crypto/certificate_private.h"
#include "crypto/digest.h"
#include "tests/unit/crypto/cms_support.h"
#include "tests/unit/crypto/forge.h"
#include "tests/unit/crypto/openssl_memory.h"

#define RFC9216 "crypto/rfc9216/"

static struct certificate *
read_file(const char *path)
{
	struct buffer b = load(path);
	struct certificates list = { NULL, 0 };
	struct certificate *c;
	struct error e = ERROR_INIT;

	expect_ok(certificates_read(b.data, b.size, &list, &e));
	ck_assert_uint_eq(list.count, 1);
	c = certificate_ref(list.items[0]);
	certificates_done(&list);
	buffer_done(&b);
	return c;
}

/* ---- facts ---- */

START_TEST(tells_the_facts_of_a_real_certificate)
{
	struct certificate *c = read_file(RFC9216 "4.1-Alice_s_Signature_Verification_End_Entity_Certificate.crt");
	size_t n;
	const unsigned char *der = certificate_der(c, &n);
	char text[SHA256_TEXT];
	struct error e = ERROR_INIT;

	ck_assert_str_eq(certificate_subject(c), "CN=Alice Lovelace,OU=LAMPS WG,O=IETF");
	ck_assert_str_eq(certificate_issuer(c), "CN=Sample LAMPS RSA Certification Authority,OU=LAMPS WG,O=IETF");
	ck_assert_str_eq(certificate_serial(c), "37410579ed757f42a9a25c3af4f86ace9aa9d7");
	ck_assert_str_eq(certificate_common_name(c), "Alice Lovelace");
	ck_assert_int_eq(certificate_not_before(c), 1574232858);
	ck_assert_int_eq(certificate_not_after(c), 2611032858);
	ck_assert_int_eq(certificate_key_type(c), KEY_RSA);
	ck_assert_uint_eq(certificate_key_bits(c), 2048);
	ck_assert(!certificate_is_ca(c) && !certificate_is_self_signed(c));
	ck_assert_uint_eq(certificate_addresses(c)->count, 1);
	ck_assert_str_eq(certificate_addresses(c)->items[0]->text, "alice@smime.example");
	ck_assert_uint_eq(certificate_dn_addresses(c)->count, 0);
	expect_ok(digest_sha256_text(der, n, text, &e));
	ck_assert_str_eq(certificate_fingerprint(c), text);
	ck_assert_str_eq(certificate_fits(c, PURPOSE_ENCRYPT, FORGE_NOW), "key-usage");
	ck_assert_ptr_null(certificate_fits(c, PURPOSE_SIGN, FORGE_NOW));
	certificate_unref(c);
}
END_TEST

/* The hashes by which rows and RecipientInfos find a certificate, against the library's own encodings. */
START_TEST(hashes_what_others_hash)
{
	struct forged f = forge(&(struct forge){ .cn = "x", .extensions = { "subjectKeyIdentifier", "hash" } });
	unsigned char *a = NULL, *b = NULL, both[2048];
	struct error e = ERROR_INIT;
	char text[SHA256_TEXT];
	int an, bn;

	an = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(f.x509), &a);
	expect_ok(digest_sha256_text(a, (size_t)an, text, &e));
	ck_assert_str_eq(certificate_public_hash(f.c), text);
	OPENSSL_free(a);
	a = NULL;
	an = i2d_X509_NAME(X509_get_issuer_name(f.x509), &a);
	bn = i2d_ASN1_INTEGER(X509_get_serialNumber(f.x509), &b);
	memcpy(both, a, (size_t)an);
	memcpy(both + an, b, (size_t)bn);
	expect_ok(digest_sha256_text(both, (size_t)(an + bn), text, &e));
	ck_assert_str_eq(certificate_issuer_serial(f.c), text);
	ck_assert_uint_eq(strlen(certificate_ski(f.c)), 40);
	OPENSSL_free(a);
	OPENSSL_free(b);
	forged_done(&f);
}
END_TEST

START_TEST(a_common_name_is_one_or_none)
{
	struct forged two = forge(&(struct forge){ .cn = "first", .second_cn = "second" }),
	    none = forge(&(struct forge){ .email = "a@b.example" }), one = forge(&(struct forge){ .cn = "Jörg\xe2\x80\xa8" });

	ck_assert_str_eq(certificate_common_name(two.c), "");
	ck_assert_str_eq(certificate_common_name(none.c), "");
	ck_assert_str_eq(certificate_common_name(one.c), ""); /* U+2028 would break a line of a report */
	forged_done(&two);
	forged_done(&none);
	forged_done(&one);
}
END_TEST

START_TEST(names_carry_no_control_characters)
{
	struct forged f = forge(&(struct forge){ .cn = "evil\r\nX-Header: yes, \"indeed\" + \xc3\xa4" });

	ck_assert_str_eq(certificate_subject(f.c), "CN=evil\\0D\\0AX-Header: yes\\, \\\"indeed\\\" \\+ \xc3\xa4");
	forged_done(&f);
}
END_TEST

/* ---- reading ---- */

START_TEST(refuses_octets_behind_and_every_truncation)
{
	struct forged f = forge(&(struct forge){ .cn = "x" });
	struct certificate *c = NULL;
	struct error e = ERROR_INIT;
	size_t n;
	const unsigned char *der = certificate_der(f.c, &n);
	unsigned char *longer = malloc(n + 1);

	memcpy(longer, der, n);
	longer[n] = 0;
	expect_error(certificate_read(longer, n + 1, &c, &e), ERROR_CERTIFICATE_SYNTAX);
	for (size_t i = 0; i < n; i++) {
		unsigned char *cut = malloc(i + 1); /* of exactly this size, so that a sanitizer sees a read behind it */

		memcpy(cut, der, i);
		expect_error(certificate_read(cut, i, &c, &e), ERROR_CERTIFICATE_SYNTAX);
		free(cut);
	}
	ck_assert_ptr_null(c);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	free(longer);
	forged_done(&f);
}
END_TEST

/* Any octet changed: a certificate or a refusal, and always its own fingerprint. */
START_TEST(survives_every_changed_octet)
{
	struct forged f = forge(&(struct forge){ .cn = "x", .email = "a@b.example",
	    .extensions = { "subjectAltName", "email:a@b.example", "keyUsage", "digitalSignature" } });
	struct error e = ERROR_INIT;
	size_t n;
	const unsigned char *der = certificate_der(f.c, &n);
	unsigned char *changed = malloc(n);

	for (size_t i = 0; i < n; i++) {
		struct certificate *c = NULL;

		memcpy(changed, der, n);
		changed[i] ^= (unsigned char)(1 + i % 255);
		if (certificate_read(changed, n, &c, &e) != 0)
			expect_error(-1, ERROR_CERTIFICATE_SYNTAX);
		else
			ck_assert_str_ne(certificate_fingerprint(c), certificate_fingerprint(f.c));
		certificate_unref(c);
		ck_assert_uint_eq(ERR_peek_error(), 0);
	}
	free(changed);
	forged_done(&f);
}
END_TEST

/* The outer SEQUENCE with a length of four octets: the same certificate to BER, another fingerprint to whoever hashes. */
START_TEST(refuses_a_second_spelling_of_a_certificate)
{
	struct forged f = forge(&(struct forge){ .cn = "x" });
	struct certificate *c = NULL;
	struct error e = ERROR_INIT;
	size_t n;
	const unsigned char *der = certificate_der(f.c, &n);
	unsigned char *other = malloc(n + 2);
	const unsigned char *at = other;
	X509 *x;

	ck_assert(der[1] == 0x82);
	memcpy(other, "\x30\x84\x00\x00", 4);
	memcpy(other + 4, der + 2, n - 2);
	x = d2i_X509(NULL, &at, (long)(n + 2));
	ck_assert_ptr_nonnull(x); /* the library would take it */
	X509_free(x);
	expect_error(certificate_read(other, n + 2, &c, &e), ERROR_CERTIFICATE_SYNTAX);
	free(other);
	forged_done(&f);
}
END_TEST

static void
expect_count(const void *data, size_t n, size_t want)
{
	struct certificates list = { NULL, 0 };
	struct error e = ERROR_INIT;

	expect_ok(certificates_read(data, n, &list, &e));
	ck_assert_uint_eq(list.count, want);
	certificates_done(&list);
}

static struct buffer
certs_only(struct forged *f, size_t count, unsigned flags)
{
	STACK_OF(X509) *stack = sk_X509_new_null();
	struct buffer b = BUFFER_INIT(100000);
	struct error e = ERROR_INIT;
	BIO *bio = BIO_new(BIO_s_mem()), *empty = BIO_new_mem_buf("", 0);
	CMS_ContentInfo *cms;
	char *data;
	long n;

	for (size_t i = 0; i < count; i++)
		sk_X509_push(stack, f[i].x509);
	cms = CMS_sign(NULL, NULL, stack, empty, CMS_DETACHED | CMS_PARTIAL);
	ck_assert_ptr_nonnull(cms);
	if (flags != 0)
		ck_assert_int_eq(PEM_write_bio_CMS_stream(bio, cms, NULL, 0), 1);
	else
		ck_assert_int_eq(i2d_CMS_bio(bio, cms), 1);
	n = BIO_get_mem_data(bio, &data);
	expect_ok(buffer_append(&b, data, (size_t)n, &e));
	CMS_ContentInfo_free(cms);
	BIO_free(bio);
	BIO_free(empty);
	sk_X509_free(stack);
	return b;
}

START_TEST(reads_every_form_that_certificates_come_in)
{
	struct forged f[3];
	struct certificates list = { NULL, 0 };
	struct buffer der = BUFFER_INIT(100000), pem = BUFFER_INIT(100000), cms;
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < 3; i++) {
		f[i] = forge(&(struct forge){ .cn = "x" });
		expect_ok(certificates_add(&list, f[i].c, &e));
		expect_ok(buffer_append_text(&pem, "subject=x\n", &e));
		expect_ok(certificate_write_pem(f[i].c, &pem, &e));
	}
	expect_ok(certificates_write_der(&list, &der, &e));
	expect_count(der.data, der.size, 3);
	expect_count(pem.data, pem.size, 3);
	cms = certs_only(f, 3, 0);
	expect_count(cms.data, cms.size, 3);
	buffer_done(&cms);
	cms = certs_only(f, 2, 1);
	expect_count(cms.data, cms.size, 2);
	buffer_done(&cms);
	expect_error(certificates_read(der.data, der.size - 1, &list, &e), ERROR_CERTIFICATE_SYNTAX);
	expect_error(certificates_read(pem.data, pem.size - 30, &list, &e), ERROR_CERTIFICATE_SYNTAX);
	expect_error(certificates_read("", 0, &list, &e), ERROR_CERTIFICATE_SYNTAX);
	expect_error(certificates_read(NULL, 0, &list, &e), ERROR_CERTIFICATE_SYNTAX); /* an empty buffer */
	expect_error(certificates_read("0", 1, &list, &e), ERROR_CERTIFICATE_SYNTAX);
	expect_error(certificates_read("hello\n", 6, &list, &e), ERROR_CERTIFICATE_SYNTAX);
	ck_assert_uint_eq(list.count, 3); /* what was there stays, what failed left nothing */
	ck_assert_ptr_eq(certificates_find(&list, certificate_fingerprint(f[1].c)), f[1].c);
	ck_assert_ptr_null(certificates_find(&list, "00"));
	certificates_done(&list);
	buffer_done(&der);
	buffer_done(&pem);
	for (size_t i = 0; i < 3; i++)
		forged_done(&f[i]);
}
END_TEST

/* ---- addresses ---- */

/* GeneralNames of one name with this tag and content. */
static struct certificate *
with_name(unsigned char tag, const char *content, size_t n)
{
	unsigned char san[256] = { 0x30, (unsigned char)(n + 2), tag, (unsigned char)n };
	struct forged f;
	struct certificate *c;

	ck_assert_uint_lt(n, 120);
	memcpy(san + 4, content, n);
	f = forge(&(struct forge){ .cn = "x", .san = san, .san_size = n + 4 });
	c = certificate_ref(f.c);
	forged_done(&f);
	return c;
}

START_TEST(a_name_that_is_no_address_is_nobodys)
{
	static const struct {
		const char *octets;
		size_t n;
	} bad[] = {
#define BAD(s) { s, sizeof s - 1 }
		BAD("bank@good.example\0.evil.example"), BAD("\0"), BAD(""), BAD("a b@c.example"),
		BAD(" a@c.example"), BAD("a@c.example "), BAD("a@b@c.example"), BAD("a@c.example\n"),
		BAD("a@c.example\x7f"), BAD("<a@c.example>"), BAD("a\xe4@c.example"), BAD("\xc3\xa4@c.example"),
		BAD("\"a b\"@c.example"), BAD("nobody"), BAD("@c.example"), BAD("a@"),
#undef BAD
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct certificate *c = with_name(0x81, bad[i].octets, bad[i].n);

		ck_assert_msg(certificate_addresses(c)->count == 0, "name %zu counts", i);
		certificate_unref(c);
	}
}
END_TEST

START_TEST(an_address_is_compared_in_normal_form)
{
	struct certificate *c = with_name(0x81, "Alice.B@MAIL.Example", 20);
	struct address *a = NULL;
	struct error e = ERROR_INIT;

	expect_ok(address_parse("aLICE.b@mail.EXAMPLE", 20, &a, &e));
	ck_assert(certificate_has_address(c, a, false));
	address_free(a);
	expect_ok(address_parse("alice.b+tag@mail.example", 24, &a, &e));
	ck_assert(!certificate_has_address(c, a, true));
	address_free(a);
	certificate_unref(c);
}
END_TEST

/* otherName with the OID of SmtpUTF8Mailbox (RFC 9598). */
static struct certificate *
with_utf8_mailbox(const char *text)
{
	unsigned char name[256] = { 0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 8, 9, 0xa0 };
	size_t n = strlen(text);

	name[11] = (unsigned char)(n + 2);
	name[12] = 0x0c;
	name[13] = (unsigned char)n;
	memcpy(name + 14, text, n);
	return with_name(0xa0, (const char *)name, n + 14);
}

START_TEST(a_mailbox_beyond_ascii_has_one_spelling)
{
	struct certificate *c = with_utf8_mailbox("j\xc3\xb6rg@example.org");

	ck_assert_uint_eq(certificate_addresses(c)->count, 1);
	ck_assert_str_eq(certificate_addresses(c)->items[0]->text, "j\xc3\xb6rg@example.org");
	certificate_unref(c);
	c = with_utf8_mailbox("joerg@example.org"); /* ASCII belongs into rfc822Name */
	ck_assert_uint_eq(certificate_addresses(c)->count, 0);
	certificate_unref(c);
}
END_TEST

START_TEST(the_address_in_the_dn_counts_apart)
{
	struct forged both = forge(&(struct forge){ .cn = "x", .email = "dn@example.org",
	    .extensions = { "subjectAltName", "email:san@example.org,email:SAN@example.org,DNS:example.org" } }),
	    dn = forge(&(struct forge){ .cn = "x", .email = "dn@example.org",
	        .extensions = { "subjectAltName", "DNS:example.org" } });
	struct address *a = NULL;
	struct error e = ERROR_INIT;

	ck_assert_uint_eq(certificate_addresses(both.c)->count, 1);
	expect_ok(address_parse("DN@example.org", 14, &a, &e));
	ck_assert(!certificate_has_address(dn.c, a, false));
	ck_assert(certificate_has_address(dn.c, a, true));
	ck_assert(!certificate_has_address(both.c, a, true));
	address_free(a);
	forged_done(&both);
	forged_done(&dn);
}
END_TEST

/* RFC 3183 3.1.1 */
static const struct agent {
	const char *cn, *second_cn, *email, *names, *domain;
} agents[] = {
	/* clang-format off */
	{ "domain-signing-authority", NULL, NULL, "email:domain-signing-authority@a.example", "a.example" },
	{ "Domain-Signing-Authority", NULL, NULL, "email:DOMAIN-signing-authority@A.Example", "a.example" },
	{ "domain-signing-authority", NULL, "domain-signing-authority@a.example", "email:domain-signing-authority@a.example", "a.example" },
	{ "domain-signing-authority", NULL, NULL, "DNS:a.example", NULL },
	{ "domain-signing-authority", NULL, "domain-signing-authority@a.example", "DNS:a.example", NULL },
	{ "domain-signing-authority", "domain-signing-authority", NULL, "email:domain-signing-authority@a.example", NULL },
	{ "domain-signing-authority", "Eve", NULL, "email:domain-signing-authority@a.example", NULL },
	{ "domain-signing-authority@a.example", NULL, NULL, "email:domain-signing-authority@a.example", NULL },
	{ "Eve", NULL, NULL, "email:domain-signing-authority@a.example", NULL },
	{ "domain-signing-authority", NULL, NULL, "email:eve@a.example", NULL },
	{ "domain-signing-authority", NULL, NULL, "email:domain-signing-authority@a.example,email:eve@a.example", NULL },
	{ "domain-signing-authority", NULL, NULL, "email:domain-signing-authority@a.example,email:domain-signing-authority@b.example", NULL },
	{ "domain-signing-authority", NULL, "eve@a.example", "email:domain-signing-authority@a.example", NULL },
	{ "domain-signing-authority", NULL, NULL, "email:domain-signing-authority+x@a.example", NULL },
	{ "domain-confidentiality-authority", NULL, NULL, "email:domain-confidentiality-authority@a.example", NULL },
	/* clang-format on */
};

START_TEST(a_domains_agent_is_known_by_its_names)
{
	const struct agent *a = &agents[_i];
	struct forged f = forge(&(struct forge){ .cn = a->cn, .second_cn = a->second_cn, .email = a->email,
	    .extensions = { "subjectAltName", a->names } });
	const char *domain = certificate_signing_domain(f.c);

	ck_assert_msg((domain == NULL) == (a->domain == NULL) && (domain == NULL || strcmp(domain, a->domain) == 0), "%s, %s: %s",
	    a->cn, a->names, domain != NULL ? domain : "no agent");
	forged_done(&f);
}
END_TEST

/* ---- fitness ---- */

struct fitness {
	const char *what;
	struct forge how;
	const char *sign, *encrypt, *ca; /* the answers for each purpose; NULL: it fits */
	int64_t when;
};

static void
expect_answer(const char *what, const char *got, const char *want)
{
	ck_assert_msg((got == NULL) == (want == NULL) && (got == NULL || strcmp(got, want) == 0),
	    "%s: %s, not %s", what, got == NULL ? "fits" : got, want == NULL ? "fits" : want);
}

START_TEST(fitness_follows_rfc_8550)
{
	const struct fitness rows[] = {
		{ "no extensions", { .cn = "x" }, NULL, NULL, "no-ca", 0 },
		{ "early", { .cn = "x" }, "not-yet-valid", "not-yet-valid", "not-yet-valid", FORGE_FROM - 1 },
		{ "first second", { .cn = "x" }, NULL, NULL, "no-ca", FORGE_FROM },
		{ "last second", { .cn = "x" }, NULL, NULL, "no-ca", FORGE_TO },
		{ "late", { .cn = "x" }, "expired", "expired", "expired", FORGE_TO + 1 },
		{ "digitalSignature", { .cn = "x", .extensions = { "keyUsage", "digitalSignature" } }, NULL, "key-usage",
		    "no-ca", 0 },
		{ "nonRepudiation", { .cn = "x", .extensions = { "keyUsage", "critical,nonRepudiation" } }, NULL,
		    "key-usage", "no-ca", 0 },
		{ "EC keyAgreement", { .cn = "x", .extensions = { "keyUsage", "keyAgreement" } }, "key-usage", NULL,
		    "no-ca", 0 },
		{ "EC keyEncipherment", { .cn = "x", .extensions = { "keyUsage", "keyEncipherment" } }, "key-usage",
		    "key-usage", "no-ca", 0 },
		{ "RSA keyEncipherment", { .key = "rsa-2048", .cn = "x", .extensions = { "keyUsage", "keyEncipherment" } },
		    "key-usage", NULL, "no-ca", 0 },
		{ "RSA keyAgreement", { .key = "rsa-2048", .cn = "x", .extensions = { "keyUsage", "keyAgreement" } },
		    "key-usage", "key-usage", "no-ca", 0 },
		{ "Ed25519", { .key = "ed25519", .cn = "x" }, NULL, "key-type", "no-ca", 0 },
		{ "P-521", { .key = "P-521", .cn = "x" }, NULL, NULL, "no-ca", 0 },
		{ "another curve", { .key = "secp256k1", .cn = "x" }, "key-type", "key-type", "no-ca", 0 },
		{ "RSA-1024", { .key = "rsa-1024", .cn = "x" }, "weak-key", "weak-key", "no-ca", 0 },
		{ "emailProtection", { .cn = "x", .extensions = { "extendedKeyUsage", "clientAuth,emailProtection" } },
		    NULL, NULL, "no-ca", 0 },
		{ "any EKU", { .cn = "x", .extensions = { "extendedKeyUsage", "anyExtendedKeyUsage" } }, NULL, NULL,
		    "no-ca", 0 },
		{ "serverAuth", { .cn = "x", .extensions = { "extendedKeyUsage", "serverAuth" } }, "extended-key-usage",
		    "extended-key-usage", "no-ca", 0 },
		{ "CA", { .cn = "x", .extensions = { "basicConstraints", "critical,CA:true", "keyUsage", "keyCertSign" } },
		    "ca", "ca", NULL, 0 },
		{ "CA without keyCertSign", { .cn = "x", .extensions = { "basicConstraints", "critical,CA:true",
		    "keyUsage", "digitalSignature" } }, "ca", "ca", "key-usage", 0 },
		{ "unknown critical", { .cn = "x", .extensions = { "1.2.3.4", "critical,DER:0500" } },
		    "critical-extension", "critical-extension", "no-ca", 0 },
		{ "unknown", { .cn = "x", .extensions = { "1.2.3.4", "DER:0500" } }, NULL, NULL, "no-ca", 0 },
		{ "the same extension twice", { .cn = "x", .extensions = { "subjectAltName", "email:a@b.example",
		    "subjectAltName", "email:c@d.example" } }, "extensions", "extensions", "extensions", 0 },
		{ "broken key usage", { .cn = "x", .extensions = { "keyUsage", "DER:0404" } }, "extensions", "extensions",
		    "extensions", 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct forged f = forge(&rows[i].how);
		int64_t when = rows[i].when != 0 ? rows[i].when : FORGE_NOW;

		expect_answer(rows[i].what, certificate_fits(f.c, PURPOSE_SIGN, when), rows[i].sign);
		expect_answer(rows[i].what, certificate_fits(f.c, PURPOSE_ENCRYPT, when), rows[i].encrypt);
		expect_answer(rows[i].what, certificate_fits(f.c, PURPOSE_CA, when), rows[i].ca);
		ck_assert_uint_eq(ERR_peek_error(), 0);
		forged_done(&f);
	}
}
END_TEST

START_TEST(a_weak_issuer_signature_does_not_fit)
{
	struct forged ca = forge(&(struct forge){ .cn = "ca", .key = "rsa-2048" }),
	    leaf = forge(&(struct forge){ .cn = "x", .issuer = &ca, .md = EVP_sha1() }),
	    self = forge(&(struct forge){ .cn = "x", .key = "rsa-2048", .md = EVP_sha1() });

	ck_assert_str_eq(certificate_fits(leaf.c, PURPOSE_SIGN, FORGE_NOW), "weak-signature");
	ck_assert(certificate_is_self_signed(self.c));
	ck_assert_ptr_null(certificate_fits(self.c, PURPOSE_SIGN, FORGE_NOW)); /* trusted by pin, or not at all */
	forged_done(&ca);
	forged_done(&leaf);
	forged_done(&self);
}
END_TEST

/* Explicit parameters could be another curve under a known name's size. */
START_TEST(a_curve_by_parameters_is_no_key_of_ours)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *pkey = NULL;
	struct forged f;

	EVP_PKEY_keygen_init(ctx);
	EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, NID_X9_62_prime256v1);
	EVP_PKEY_CTX_set_ec_param_enc(ctx, 0);
	EVP_PKEY_keygen(ctx, &pkey);
	f = forge(&(struct forge){ .cn = "x", .pkey = pkey });
	ck_assert_int_eq(certificate_key_type(f.c), KEY_OTHER);
	ck_assert_str_eq(certificate_fits(f.c, PURPOSE_SIGN, FORGE_NOW), "key-type");
	forged_done(&f);
	EVP_PKEY_free(pkey);
	EVP_PKEY_CTX_free(ctx);
}
END_TEST

START_TEST(reads_certificates_of_keys_it_does_not_know)
{
	static const char *const files[] = { RFC9216 "7.3-Carlos_s_Encryption_End_Entity_Certificate.crt", "crypto/openssl/smdsa1.pem" };

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		struct certificate *c = read_file(files[i]);

		ck_assert_int_eq(certificate_key_type(c), KEY_OTHER);
		ck_assert_uint_eq(strlen(certificate_public_hash(c)), 64);
		certificate_unref(c);
	}
}
END_TEST

struct allocation {
	const unsigned char *der;
	size_t n;
};

static int
read_once(void *ctx, struct error *e)
{
	const struct allocation *a = ctx;
	struct certificates list = { NULL, 0 };
	int rc;

	certificate_cache_clear();
	rc = certificates_read(a->der, a->n, &list, e);
	certificates_done(&list);
	return rc;
}

START_TEST(reading_fails_cleanly_without_memory)
{
	struct forged f = forge(&(struct forge){ .cn = "x", .email = "a@b.example",
	    .extensions = { "subjectAltName", "email:c@d.example" } });
	struct allocation a;

	a.der = certificate_der(f.c, &a.n);
	each_allocation_fails(read_once, &a);
	forged_done(&f);
}
END_TEST

/* What the library could not read for want of memory is not what the cache says ever after. */
START_TEST(want_of_memory_is_not_remembered)
{
	struct forged f = forge(&(struct forge){ .cn = "x", .email = "a@b.example",
	    .extensions = { "subjectAltName", "email:c@d.example", "keyUsage", "digitalSignature" } });
	struct error e = ERROR_INIT;
	unsigned n = 0;
	size_t size;
	const unsigned char *der = certificate_der(f.c, &size);
	struct certificate *c;
	int last;

	do {
		certificate_cache_clear();
		c = NULL;
		openssl_fail_at(++n);
		(void)certificate_read(der, size, &c, &e);
		certificate_unref(c);
		last = openssl_fail_pending();
		openssl_fail_at(0);
		error_clear(&e);
		expect_ok(certificate_read(der, size, &c, &e));
		ck_assert_ptr_null(certificate_fits(c, PURPOSE_SIGN, FORGE_NOW));
		ck_assert_uint_eq(certificate_addresses(c)->count, 1);
		ck_assert_uint_eq(certificate_dn_addresses(c)->count, 1);
		ck_assert_str_eq(certificate_common_name(c), "x");
		ck_assert_str_eq(certificate_subject(c), certificate_subject(f.c));
		certificate_unref(c);
	} while (!last);
	forged_done(&f);
}
END_TEST

/* ---- the cache ---- */

START_TEST(a_certificate_is_parsed_once)
{
	struct forged f = forge(&(struct forge){ .cn = "x" }), unknown = forge(&(struct forge){ .cn = "y",
	    .key = "secp256k1" });
	struct error e = ERROR_INIT;
	size_t n;
	const unsigned char *der = certificate_der(f.c, &n);
	struct certificate *a = NULL, *b = NULL;

	expect_ok(certificate_read(der, n, &a, &e));
	expect_ok(certificate_read(der, n, &b, &e));
	ck_assert_ptr_eq(a, b);
	certificate_unref(b);
	certificate_cache_clear();
	expect_ok(certificate_read(der, n, &b, &e));
	ck_assert_ptr_ne(a, b);
	ck_assert_str_eq(certificate_fingerprint(a), certificate_fingerprint(b));
	certificate_unref(a);
	certificate_unref(b);
	der = certificate_der(unknown.c, &n);
	expect_ok(certificate_read(der, n, &a, &e));
	ck_assert_ptr_ne(a, unknown.c); /* its key cannot be read: perhaps the next time */
	certificate_unref(a);
	forged_done(&f);
	forged_done(&unknown);
}
END_TEST

/* More than fit, and by several threads: whatever comes out has the octets that went in. */
static void *
read_many(void *ctx)
{
	const struct certificates *list = ctx;

	for (size_t i = 0; i < 2000; i++) {
		struct certificate *own = list->items[i * 7 % list->count], *c = NULL;
		size_t n, got;
		const unsigned char *der = certificate_der(own, &n), *again;

		if (certificate_read(der, n, &c, NULL) != 0)
			return ctx;
		again = certificate_der(c, &got);
		if (got != n || memcmp(again, der, n) != 0)
			return ctx;
		certificate_unref(c);
	}
	return NULL;
}

START_TEST(threads_share_the_cache)
{
	struct buffer pem = load("crypto/pkits/issuers.pem");
	struct certificates list = { NULL, 0 };
	struct error e = ERROR_INIT;
	pthread_t threads[4];
	void *failed;

	expect_ok(certificates_read(pem.data, pem.size, &list, &e));
	certificate_cache_clear();
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_many, &list), 0);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	certificates_done(&list);
	buffer_done(&pem);
}
END_TEST

Suite *suite_certificate(void);
Suite *
suite_certificate(void)
{
	Suite *s = suite_create("certificate");
	TCase *t = tcase_create("certificate");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, tells_the_facts_of_a_real_certificate);
	tcase_add_test(t, hashes_what_others_hash);
	tcase_add_test(t, a_common_name_is_one_or_none);
	tcase_add_test(t, names_carry_no_control_characters);
	tcase_add_test(t, refuses_octets_behind_and_every_truncation);
	tcase_add_test(t, survives_every_changed_octet);
	tcase_add_test(t, refuses_a_second_spelling_of_a_certificate);
	tcase_add_test(t, reads_every_form_that_certificates_come_in);
	tcase_add_test(t, a_name_that_is_no_address_is_nobodys);
	tcase_add_test(t, an_address_is_compared_in_normal_form);
	tcase_add_test(t, a_mailbox_beyond_ascii_has_one_spelling);
	tcase_add_test(t, the_address_in_the_dn_counts_apart);
	tcase_add_loop_test(t, a_domains_agent_is_known_by_its_names, 0, sizeof agents / sizeof agents[0]);
	tcase_add_test(t, fitness_follows_rfc_8550);
	tcase_add_test(t, a_weak_issuer_signature_does_not_fit);
	tcase_add_test(t, a_curve_by_parameters_is_no_key_of_ours);
	tcase_add_test(t, reads_certificates_of_keys_it_does_not_know);
	tcase_add_test(t, reading_fails_cleanly_without_memory);
	tcase_add_test(t, want_of_memory_is_not_remembered);
	tcase_add_test(t, a_certificate_is_parsed_once);
	tcase_add_test(t, threads_share_the_cache);
	suite_add_tcase(s, t);
	return s;
}
