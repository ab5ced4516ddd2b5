/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include <openssl/err.h>

#include "base/encoding.h"
#include "base/limits.h"
#include "crypto/capabilities.h"
#include "crypto/cms_sign.h"
#include "crypto/digest.h"
#include "crypto/identifier_private.h"
#include "crypto/private.h"

/* ---- signed attributes (RFC 5652 5.3, 11) ---- */

/* Open one Attribute and its SET OF values; every attribute of ours has one value, so no sorting in there. */
static void
open_attribute(struct der_writer *w, const struct oid *type)
{
	der_open(w, DER_SEQUENCE);
	der_put_oid(w, type);
	der_open(w, DER_SET);
}

static void
close_attribute(struct der_writer *w)
{
	der_close(w);
	der_close(w);
}

/* RFC 8551 2.5.3: where answers should be encrypted to. */
static void
put_encryption_key_preference(struct der_writer *w, const struct cms_sign_request *r)
{
	open_attribute(w, &oid_encryption_key_preference);
	der_open(w, DER_CONSTRUCTED_0);
	identifier_put_issuer_serial(w, r->encryption_certificate != NULL ? r->encryption_certificate : r->certificate);
	der_close(w);
	close_attribute(w);
}

/* RFC 5035 4: the hash is SHA-256, the default, so it is not named. */
static void
put_signing_certificate(struct der_writer *w, const struct certificate *c)
{
	size_t issuer_size, n;
	const unsigned char *names = certificate_issuer_serial_der(c, &issuer_size, &n);
	unsigned char hash[SHA256_SIZE];

	(void)hex_decode(certificate_fingerprint(c), SHA256_TEXT - 1, hash, sizeof hash);
	open_attribute(w, &oid_signing_certificate_v2);
	der_open(w, DER_SEQUENCE);                 /* SigningCertificateV2 */
	der_open(w, DER_SEQUENCE);                 /* certs */
	der_open(w, DER_SEQUENCE);                 /* ESSCertIDv2 */
	der_put(w, DER_OCTET_STRING, hash, sizeof hash);
	der_open(w, DER_SEQUENCE);                 /* IssuerSerial */
	der_open(w, DER_SEQUENCE);                 /* GeneralNames */
	der_put(w, DER_CONSTRUCTED_0 + 4, names, issuer_size); /* directoryName */
	der_close(w);
	der_put_raw(w, names + issuer_size, n - issuer_size);
	der_close(w);
	der_close(w);
	der_close(w);
	der_close(w);
	close_attribute(w);
}

/* RFC 3183 3.1.2: SignatureType ::= SEQUENCE OF OBJECT IDENTIFIER */
static void
put_signature_type(struct der_writer *w, enum signature_type type)
{
	if (type != SIGNATURE_TYPE_DOMAIN && type != SIGNATURE_TYPE_ORIGINATOR)
		return;
	open_attribute(w, &oid_signature_type);
	der_open(w, DER_SEQUENCE);
	der_put_oid(w, type == SIGNATURE_TYPE_DOMAIN ? &oid_type_domain : &oid_type_originator);
	der_close(w);
	close_attribute(w);
}

/* RFC 6211: the algorithms themselves are signed too. */
static void
put_algorithm_protection(struct der_writer *w, enum signature_scheme scheme)
{
	open_attribute(w, &oid_algorithm_protection);
	der_open(w, DER_SEQUENCE);
	identifier_put_digest(w, signature_digest(scheme));
	identifier_put_signature(w, DER_CONSTRUCTED_0 + 1, scheme);
	der_close(w);
	close_attribute(w);
}

/* The DER SET OF attributes that is signed. */
static int
build_attributes(const struct cms_sign_request *r, const unsigned char *digest, struct buffer *out, struct error *e)
{
	size_t capabilities_size;
	const unsigned char *capabilities = capabilities_der(&capabilities_size);
	struct der_writer w;

	der_begin(&w, out, e);
	der_open(&w, DER_SET);
	open_attribute(&w, &oid_content_type);
	der_put_oid(&w, &oid_data);
	close_attribute(&w);
	open_attribute(&w, &oid_message_digest);
	der_put(&w, DER_OCTET_STRING, digest, digest_size(signature_digest(r->scheme)));
	close_attribute(&w);
	open_attribute(&w, &oid_signing_time);
	der_put_time(&w, r->signing_time);
	close_attribute(&w);
	open_attribute(&w, &oid_smime_capabilities);
	der_put_raw(&w, capabilities, capabilities_size);
	close_attribute(&w);
	put_encryption_key_preference(&w, r);
	put_signature_type(&w, r->type);
	put_signing_certificate(&w, r->certificate);
	put_algorithm_protection(&w, r->scheme);
	der_close_set(&w);
	return der_finish(&w);
}

/* ---- the parts of SignedData around the content ---- */

static void
put_certificate(struct der_writer *w, const struct certificate *c)
{
	size_t n;
	const unsigned char *der = certificate_der(c, &n);

	der_put_raw(w, der, n);
}

static bool
same_certificate(const struct certificate *a, const struct certificate *b)
{
	return strcmp(certificate_fingerprint(a), certificate_fingerprint(b)) == 0;
}

/* Whether the chain's certificate `i` goes along: no root (RFC 8550 2.3), nothing twice. */
static bool
is_sent(const struct cms_sign_request *r, size_t i)
{
	const struct certificate *c = r->chain->items[i];

	if (certificate_is_self_signed(c) || same_certificate(c, r->certificate))
		return false;
	if (r->encryption_certificate != NULL && same_certificate(c, r->encryption_certificate))
		return false;
	for (size_t before = 0; before < i; before++)
		if (same_certificate(c, r->chain->items[before]))
			return false;
	return true;
}

/* The certificates: the signer's, its issuers, and where answers should be encrypted to. */
static void
put_certificates(struct der_writer *w, const struct cms_sign_request *r)
{
	der_open(w, DER_CONSTRUCTED_0);
	put_certificate(w, r->certificate);
	if (r->encryption_certificate != NULL && !same_certificate(r->encryption_certificate, r->certificate))
		put_certificate(w, r->encryption_certificate);
	for (size_t i = 0; r->chain != NULL && i < r->chain->count; i++)
		if (is_sent(r, i))
			put_certificate(w, r->chain->items[i]);
	der_close_set(w);
}

/* Everything behind the content: certificates and the only SignerInfo (RFC 5652 5.3, version 1). */
static int
build_tail(const struct cms_sign_request *r, const struct buffer *attributes, const struct buffer *signature,
    struct buffer *out, struct error *e)
{
	struct der_reader reader = { (const unsigned char *)attributes->data, attributes->size };
	struct der_element set;
	struct der_writer w;

	if (!der_expect(&reader, DER_SET, &set))
		return error_set(e, ERROR_INTERNAL, "the signed attributes are no SET");
	der_begin(&w, out, e);
	put_certificates(&w, r);
	der_open(&w, DER_SET);
	der_open(&w, DER_SEQUENCE);
	der_put_small(&w, DER_INTEGER, 1);
	der_open(&w, DER_SEQUENCE);
	identifier_put_issuer_serial(&w, r->certificate);
	der_close(&w);
	identifier_put_digest(&w, signature_digest(r->scheme));
	der_put(&w, DER_CONSTRUCTED_0, set.data, set.size);
	identifier_put_signature(&w, DER_SEQUENCE, r->scheme);
	der_put(&w, DER_OCTET_STRING, signature->data, signature->size);
	der_close(&w);
	der_close(&w);
	return der_finish(&w);
}

/* Sign the attributes over `digest` and build the tail. */
static int
sign(const struct cms_sign_request *r, const unsigned char *digest, struct buffer *tail, struct error *e)
{
	struct buffer attributes = BUFFER_INIT(LIMIT_CMS_OVERHEAD), signature = BUFFER_INIT(LIMIT_CMS_OVERHEAD);
	int rc = -1;

	if (build_attributes(r, digest, &attributes, e) == 0 &&
	    key_sign(r->key, r->scheme, attributes.data, attributes.size, &signature, e) == 0)
		rc = build_tail(r, &attributes, &signature, tail, e);
	buffer_done(&attributes);
	buffer_done(&signature);
	return rc;
}

/* ---- the whole ---- */

static uint64_t
element_size(uint64_t content)
{
	unsigned char header[DER_HEADER_MAX];

	return der_header(header, DER_SEQUENCE, content) + content;
}

static void
put_header(struct der_writer *w, unsigned char tag, uint64_t size)
{
	unsigned char header[DER_HEADER_MAX];

	der_put_raw(w, header, der_header(header, tag, size));
}

/*
 * Everything before the content's octets, with the lengths of what follows
 * already in it: the content itself is never in memory.
 */
static int
build_head(enum digest_algorithm digest, bool opaque, uint64_t content, size_t tail, struct buffer *out,
    struct error *e)
{
	const uint64_t oid_size = 2 + oid_data.size; /* the same as signedData's */
	const uint64_t digests_size = 4 + element_size(digest_oid(digest)->size); /* SET, SEQUENCE, OID */
	const uint64_t explicit_size = element_size(content);
	const uint64_t encap_size = oid_size + (opaque ? element_size(explicit_size) : 0);
	const uint64_t signed_size = 3 + digests_size + element_size(encap_size) + tail;
	struct der_writer w;

	der_begin(&w, out, e);
	put_header(&w, DER_SEQUENCE, oid_size + element_size(element_size(signed_size)));
	der_put_oid(&w, cms_type_oid(CMS_SIGNED));
	put_header(&w, DER_CONSTRUCTED_0, element_size(signed_size));
	put_header(&w, DER_SEQUENCE, signed_size);
	der_put_small(&w, DER_INTEGER, 1);
	der_open(&w, DER_SET);
	identifier_put_digest(&w, digest);
	der_close(&w);
	put_header(&w, DER_SEQUENCE, encap_size);
	der_put_oid(&w, &oid_data);
	if (opaque) {
		put_header(&w, DER_CONSTRUCTED_0, explicit_size);
		put_header(&w, DER_OCTET_STRING, content);
	}
	return der_finish(&w);
}

static int
check_request(const struct cms_sign_request *r, struct error *e)
{
	if (strcmp(key_public_hash(r->key), certificate_public_hash(r->certificate)) != 0 &&
	    EVP_PKEY_eq(key_public(r->key), certificate_public_key(r->certificate)) != 1)
		return crypto_fail(e, ERROR_KEY_MISMATCH, "the private key does not belong to the signer's certificate");
	if (signature_is_weak(r->scheme))
		return error_set(e, ERROR_KEY_UNUSABLE, "%s signatures are not made", signature_name(r->scheme));
	return 0;
}

int
cms_sign_detached(const struct cms_sign_request *r, struct source *content, struct buffer *out, struct error *e)
{
	enum digest_algorithm algorithm = signature_digest(r->scheme);
	struct buffer head = BUFFER_INIT(LIMIT_CMS_OVERHEAD), tail = BUFFER_INIT(LIMIT_CMS_OVERHEAD);
	unsigned char digest[DIGEST_MAX];
	size_t before = out->size;
	int rc = -1;

	if (check_request(r, e) != 0 || digest_source(algorithm, content, digest, e) != 0 ||
	    sign(r, digest, &tail, e) != 0 || build_head(algorithm, false, 0, tail.size, &head, e) != 0)
		goto out;
	if (buffer_append(out, head.data, head.size, e) != 0 || buffer_append(out, tail.data, tail.size, e) != 0) {
		buffer_cut(out, before);
		goto out;
	}
	rc = 0;
out:
	buffer_done(&head);
	buffer_done(&tail);
	return rc;
}

int
cms_sign_opaque(const struct cms_sign_request *r, struct spool_span content, struct sink *out, struct error *e)
{
	enum digest_algorithm algorithm = signature_digest(r->scheme);
	struct buffer head = BUFFER_INIT(LIMIT_CMS_OVERHEAD), tail = BUFFER_INIT(LIMIT_CMS_OVERHEAD);
	struct spool_reader reader;
	struct source source = spool_reader_source(&reader, content);
	unsigned char digest[DIGEST_MAX];
	int rc = -1;

	if (check_request(r, e) != 0 || digest_source(algorithm, &source, digest, e) != 0 ||
	    sign(r, digest, &tail, e) != 0 ||
	    build_head(algorithm, true, content.size, tail.size, &head, e) != 0)
		goto out;
	if (sink_write(out, head.data, head.size, e) == 0 && spool_span_write(content, out, e) == 0)
		rc = sink_write(out, tail.data, tail.size, e);
out:
	buffer_done(&head);
	buffer_done(&tail);
	return rc;
}
