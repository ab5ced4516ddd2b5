/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>

#include "crypto/identifier_private.h"
#include "tests/attacks/attack.h"
#include "tests/unit/crypto/cms_support.h"
#include "tests/unit/crypto/signed_support.h"

/*
 * SignedData that says it is Alice's ("Johnny, you are fired", 4.2 and 4.4; RFC
 * 8933; draft-ietf-lamps-cms-euf-cma-signeddata): what is signed, by how many,
 * under which certificate, with which attributes.
 */

#define TEXT   "Content-Type: text/plain\r\n\r\nPay Alice.\r\n"
#define FORGED "Content-Type: text/plain\r\n\r\nPay Eve.\r\n"

/* ---- who signs ---- */

/* Certificates that Eve could have. */
static struct forged impostor, self, rogue_ca, rogue, under_eve, ca, server, crypt, expired, future, same_ski;

static struct forged
of_alice(struct forge how)
{
	size_t n = 0;

	while (how.extensions[n] != NULL)
		n++;
	how.extensions[n] = "subjectAltName";
	how.extensions[n + 1] = "email:" ALICE;
	how.cn = "Alice";
	return certified_as(how);
}

static void
make_certificates(void)
{
	char ski[260];

	(void)snprintf(ski, sizeof(ski), "%s", certificate_ski(cast.alice.c));
	impostor = cast.eve;
	EVP_PKEY_up_ref(impostor.pkey);
	X509_up_ref(cast.alice.x509);
	impostor.x509 = cast.alice.x509;
	impostor.c = certificate_ref(cast.alice.c);
	self = forge(&(struct forge){ .cn = "Alice", .extensions = { "subjectAltName", "email:" ALICE } });
	rogue_ca = forge(&(struct forge){ .cn = "Test CA", .extensions = { "basicConstraints", "critical,CA:TRUE" } });
	rogue = of_alice((struct forge){ .issuer = &rogue_ca, .extensions = { "authorityKeyIdentifier", "none" } });
	under_eve = of_alice((struct forge){ .issuer = &cast.eve });
	ca = of_alice((struct forge){ .extensions = { "basicConstraints", "critical,CA:TRUE" } });
	server = of_alice((struct forge){ .extensions = { "extendedKeyUsage", "serverAuth" } });
	crypt = of_alice((struct forge){ .extensions = { "keyUsage", "critical,keyAgreement" } });
	expired = of_alice((struct forge){ .to = FORGE_NOW - 1 });
	future = of_alice((struct forge){ .from = FORGE_NOW + 86400 });
	same_ski = certified_as((struct forge){ .cn = "Eve", .extensions = { "subjectAltName", "email:" EVE,
		"subjectKeyIdentifier", ski } });
}

static void
drop_certificates(void)
{
	struct forged *const all[] = { &impostor, &self, &rogue_ca, &rogue, &under_eve, &ca, &server, &crypt, &expired,
		&future, &same_ski };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		forged_done(all[i]);
}

/* ---- what is sent ---- */

static const char *
header_of(const struct attack *a)
{
	return a->a != NULL ? a->a : HEADER;
}

/* A multipart/signed of a text and an object. */
static struct buffer
clear(const struct attack *a, const char *part, struct buffer take_der)
{
	struct buffer signature = entity_of(take_der, "application/pkcs7-signature; name=smime.p7s");
	struct buffer out = text("%sContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\";"
	    " micalg=sha-256; boundary=x\r\n\r\n--x\r\n%s\r\n--x\r\n%s\r\n--x--\r\n",
	    header_of(a), part, buffer_text(&signature));

	buffer_done(&signature);
	return out;
}

static struct buffer
opaque(const struct attack *a, struct buffer take_der)
{
	return letter(header_of(a), entity_of(take_der, "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m"));
}

static struct buffer
crafted(const struct attack *a, const char *content)
{
	struct craft how = *(const struct craft *)a->with;
	struct buffer der;

	make_certificates();
	how.content = content;
	if (how.scheme == SIGNATURE_NONE)
		how.scheme = SIGNATURE_ECDSA_SHA256;
	der = craft(&how);
	drop_certificates();
	return der;
}

/* As `with` says, over the text that is shown (or over another, when `b` says what is shown). */
static struct buffer
clear_signed(const struct attack *a)
{
	struct buffer der = crafted(a, TEXT);
	struct error e = ERROR_INIT;

	if (a->n < 0) /* the last signature in it */
		der.data[der.size - 1] ^= 1;
	else if (a->n > 0)
		expect_ok(buffer_append(&der, "\x30\x02\x05", (size_t)a->n, &e));
	return clear(a, a->b != NULL ? a->b : TEXT, der);
}

static struct buffer
opaque_signed(const struct attack *a)
{
	return opaque(a, crafted(a, TEXT));
}

/* ---- made by the library ---- */

static struct buffer
signed_by_library(const struct attack *a)
{
	BIO *in = BIO_new_mem_buf(TEXT, sizeof(TEXT) - 1);
	unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_PARTIAL;
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, in, flags);
	struct buffer der = BUFFER_INIT(1 << 20);
	struct error e = ERROR_INIT;
	struct forged rsa = certified(ALICE, a->n == 1024 ? "rsa-1024" : "rsa-2048");
	unsigned char *data = NULL;
	int n;

	ck_assert_ptr_nonnull(CMS_add1_signer(cms, rsa.x509, rsa.pkey, EVP_get_digestbyname(a->b), flags));
	ck_assert_int_eq(CMS_final(cms, in, NULL, flags), 1);
	n = i2d_CMS_ContentInfo(cms, &data);
	expect_ok(buffer_append(&der, data, (size_t)n, &e));
	OPENSSL_free(data);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	forged_done(&rsa);
	ERR_clear_error();
	return clear(a, TEXT, der);
}

/* ---- attributes for content ---- */

/* SignedData over `content` with one SignerInfo of Alice's: no attributes, this signature. */
static struct buffer
bare_signature(const struct octets *content, const struct octets *signature)
{
	struct buffer b = BUFFER_INIT(1 << 20);
	struct error e = ERROR_INIT;
	struct der_writer w;
	const unsigned char *der;
	size_t n;

	der_begin(&w, &b, &e);
	der_open(&w, DER_SEQUENCE);
	der_put_oid(&w, cms_type_oid(CMS_SIGNED));
	der_open(&w, DER_CONSTRUCTED_0);
	der_open(&w, DER_SEQUENCE);
	der_put_small(&w, DER_INTEGER, 1);
	der_put(&w, DER_SET, "", 0);
	der_open(&w, DER_SEQUENCE);
	der_put_oid(&w, &oid_data);
	der_open(&w, DER_CONSTRUCTED_0);
	der_open(&w, DER_OCTET_STRING); /* the attributes as they were signed: SET OF */
	der_put(&w, DER_SET, content->data, content->size);
	der_close(&w);
	der_close(&w);
	der_close(&w);
	der_open(&w, DER_CONSTRUCTED_0);
	der = certificate_der(cast.alice.c, &n);
	der_put_raw(&w, der, n);
	der_close(&w);
	der_open(&w, DER_SET);
	der_open(&w, DER_SEQUENCE);
	der_put_small(&w, DER_INTEGER, 1);
	der_open(&w, DER_SEQUENCE);
	identifier_put_issuer_serial(&w, cast.alice.c);
	der_close(&w);
	identifier_put_digest(&w, DIGEST_SHA256);
	identifier_put_signature(&w, DER_SEQUENCE, SIGNATURE_ECDSA_SHA256);
	der_put(&w, DER_OCTET_STRING, signature->data, signature->size);
	der_close(&w);
	der_close(&w);
	der_close(&w);
	der_close(&w);
	der_close(&w);
	expect_ok(der_finish(&w));
	return b;
}

static struct buffer
attributes_as_content(const struct attack *a)
{
	struct buffer good = craft(&(struct craft){ .signer = &cast.alice, .scheme = SIGNATURE_ECDSA_SHA256,
		.content = TEXT }), der;
	struct cms_shape *shape = walk(good.data, good.size);

	der = bare_signature(&shape->signers[0].signed_attributes, &shape->signers[0].signature);
	cms_shape_free(shape);
	buffer_done(&good);
	return opaque(a, der);
}

static const struct oid receipt = { 11, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 1 } };

/* clang-format off */
#define BY(...) .with = &(const struct craft){ __VA_ARGS__ }
#define BAD(detail) .result = "smime=neutral reason=\"malformed\" body.smime-part=2", .recorded = "\"detail\":\"" detail "\""
#define FAIL(reason, status) .result = "smime=fail reason=\"" reason "\" body.smime-part=2", .recorded = "\"status\":\"" status "\""
#define HELD(reason) .result = "smime=policy reason=\"" reason "\" body.smime-identifier=" ALICE " body.smime-part=2"
#define HERS .result = "smime=policy reason=\"from-mismatch\" body.smime-identifier=" EVE " body.smime-part=2"

static const struct attack attacks[] = {
	{ "C1: a detached signature with a text of its own", clear_signed, .b = FORGED, BY(.signer = &cast.alice, .opaque = true), BAD("content-in-detached") },
	{ "C1: the same, its text the one that is shown", clear_signed, BY(.signer = &cast.alice, .opaque = true), BAD("content-in-detached") },
	{ "a reviewer's signature under Alice's certificate", clear_signed,
	  BY(.signer = &cast.alice, .add = BIT(ATTRIBUTE_SIGNATURE_TYPE), .types = { &oid_type_review }), HELD("signature-type") },
	{ "a signature type of two originators", clear_signed,
	  BY(.signer = &cast.alice, .add = BIT(ATTRIBUTE_SIGNATURE_TYPE), .types = { &oid_type_originator, &oid_type_originator }), HELD("signature-type") },
	{ "a signature type of nothing", clear_signed, BY(.signer = &cast.alice, .add = BIT(ATTRIBUTE_SIGNATURE_TYPE)), BAD("signature-type") },
	{ "a signature type twice", clear_signed,
	  BY(.signer = &cast.alice, .add = BIT(ATTRIBUTE_SIGNATURE_TYPE), .twice = BIT(ATTRIBUTE_SIGNATURE_TYPE), .types = { &oid_type_domain }), BAD("attribute-twice") },
	{ "an opaque signature without its text", opaque_signed, BY(.signer = &cast.alice),
	    .result = "smime=neutral reason=\"malformed\" body.smime-part=1", .recorded = "\"status\":\"malformed\"" },
	{ "C2: a second SignerInfo of Eve's", clear_signed, BY(.signer = &cast.alice, .second = &cast.eve),
	    .result = "smime=policy reason=\"several-signers\" body.smime-part=2", .recorded = "\"status\":\"several\"" },
	{ "C2: a second SignerInfo of Alice's on Eve's", clear_signed, HEADER_OF_EVE, BY(.signer = &cast.eve, .second = &cast.alice),
	    .result = "smime=policy reason=\"several-signers\" body.smime-part=2", .recorded = "\"status\":\"several\"" },
	{ "one identity twice, the second time not hers", clear_signed, .n = -1, BY(.signer = &cast.alice, .second = &cast.alice),
	    FAIL("signature-invalid", "invalid") },
	{ "C3: no SignerInfo", clear_signed, BY(.signer = NULL, .bystander = &cast.alice),
	    .result = "smime=none body.smime-part=2", .recorded = "\"status\":\"absent\"" },
	{ "C3: no SignerInfo, opaque", opaque_signed, BY(.signer = NULL, .bystander = &cast.alice, .opaque = true),
	    .result = "smime=none body.smime-part=1", .recorded = "\"status\":\"absent\"" },
	{ "C4: Alice's certificate beside Eve's signature", clear_signed, BY(.signer = &cast.eve, .bystander = &cast.alice), HERS },
	{ "C4: Eve signs and names Alice's certificate", clear_signed, BY(.signer = &impostor), FAIL("signature-invalid", "invalid") },
	{ "C4: a certificate of Eve's with Alice's key identifier", clear_signed, BY(.signer = &same_ski, .bystander = &cast.alice,
	    .by_key_identifier = true, .omit = BIT(ATTRIBUTE_SIGNING_CERTIFICATE_V2)), HERS },
	{ "C4: a certificate that Eve signed herself", clear_signed, BY(.signer = &self), FAIL("self-signed", "valid") },
	{ "a certificate under a CA of the same name", clear_signed, BY(.signer = &rogue, .bystander = &rogue_ca),
	    FAIL("signature", "valid") },
	{ "a certificate under Eve's certificate", clear_signed, BY(.signer = &under_eve, .bystander = &cast.eve), FAIL("purpose", "valid") },
	{ "a CA that signs mail", clear_signed, BY(.signer = &ca), HELD("ca") },
	{ "a certificate for servers", clear_signed, BY(.signer = &server), HELD("extended-key-usage") },
	{ "a certificate for encryption", clear_signed, BY(.signer = &crypt), HELD("key-usage") },
	{ "a certificate that expired", clear_signed, BY(.signer = &expired), FAIL("expired", "valid") },
	{ "a certificate of tomorrow", clear_signed, BY(.signer = &future), FAIL("not-yet-valid", "valid") },
	{ "a key of RSA-1024", signed_by_library, .b = "SHA256", .n = 1024, HELD("weak-key") },
	{ "no certificate at all", clear_signed, BY(.signer = &cast.alice, .no_certificates = true),
	    .result = "smime=permerror reason=\"no-certificate\" body.smime-part=2" },
	{ "Alice's signature under another text", clear_signed, .b = FORGED, BY(.signer = &cast.alice), FAIL("content-changed", "digest-differs") },
	{ "no signed attributes", clear_signed, BY(.signer = &cast.alice, .no_attributes = true), BAD("no-signed-attributes") },
	{ "Alice's signed attributes as the content", attributes_as_content,
	    .result = "smime=neutral reason=\"malformed\" body.smime-part=1", .recorded = "\"detail\":\"no-signed-attributes\"" },
	{ "no contentType", clear_signed, BY(.signer = &cast.alice, .omit = BIT(ATTRIBUTE_CONTENT_TYPE)), BAD("no-content-type") },
	{ "no messageDigest", clear_signed, BY(.signer = &cast.alice, .omit = BIT(ATTRIBUTE_MESSAGE_DIGEST)), BAD("no-message-digest") },
	{ "contentType twice", clear_signed, BY(.signer = &cast.alice, .twice = BIT(ATTRIBUTE_CONTENT_TYPE)), BAD("attribute-twice") },
	{ "messageDigest twice", clear_signed, BY(.signer = &cast.alice, .twice = BIT(ATTRIBUTE_MESSAGE_DIGEST)), BAD("attribute-twice") },
	{ "signingTime twice", clear_signed, BY(.signer = &cast.alice, .twice = BIT(ATTRIBUTE_SIGNING_TIME)), BAD("attribute-twice") },
	{ "signingCertificateV2 twice", clear_signed, BY(.signer = &cast.alice, .twice = BIT(ATTRIBUTE_SIGNING_CERTIFICATE_V2)), BAD("attribute-twice") },
	{ "messageDigest with two values", clear_signed, BY(.signer = &cast.alice, .two_values = BIT(ATTRIBUTE_MESSAGE_DIGEST)), BAD("attribute-values") },
	{ "contentType of a receipt", clear_signed, BY(.signer = &cast.alice, .signed_content_type = &receipt), BAD("content-type") },
	{ "a signed receipt for a mail", clear_signed, BY(.signer = &cast.alice, .content_type = &receipt, .signed_content_type = &receipt), BAD("content-type") },
	{ "signingCertificateV2 of somebody else", clear_signed, BY(.signer = &cast.alice, .claimed = &cast.eve), FAIL("signature-invalid", "invalid") },
	{ "signingCertificate (SHA-1) of somebody else", clear_signed, BY(.signer = &cast.alice, .claimed = &cast.eve,
	    .add = BIT(ATTRIBUTE_SIGNING_CERTIFICATE), .omit = BIT(ATTRIBUTE_SIGNING_CERTIFICATE_V2)), FAIL("signature-invalid", "invalid") },
	{ "signingCertificateV2 with another serial number", clear_signed, BY(.signer = &cast.alice, .wrong_issuer_serial = true), FAIL("signature-invalid", "invalid") },
	{ "CMSAlgorithmProtection of another digest", clear_signed, BY(.signer = &cast.alice, .protected_digest = DIGEST_SHA512), BAD("algorithm-protection") },
	{ "CMSAlgorithmProtection of a MAC", clear_signed, BY(.signer = &cast.alice, .protect_mac = true), BAD("algorithm-protection") },
	{ "content and signature digested differently", clear_signed, BY(.signer = &cast.alice, .digest = DIGEST_SHA512), BAD("digest-algorithm") },
	{ "attributes signed in another order", clear_signed, BY(.signer = &cast.alice, .sign_reversed = true), FAIL("signature-invalid", "invalid") },
	{ "SHA-1", signed_by_library, .b = "SHA1", HELD("weak") },
	{ "MD5", signed_by_library, .b = "MD5", HELD("weak") },
	{ "octets behind the object", clear_signed, .n = 3, BY(.signer = &cast.alice), BAD("no-signed-data") },
	{ "one octet behind the object", clear_signed, .n = 1, BY(.signer = &cast.alice), BAD("no-signed-data") },
};
/* clang-format on */

ATTACKS(signers, attacks)
