/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/encoding.h"
#include "base/limits.h"
#include "crypto/digest.h"
#include "crypto/identifier_private.h"
#include "crypto/private.h"
#include "crypto/signed_attributes_private.h"

/* ---- reading ---- */

/* Each of these may occur once and has one value (RFC 5652 11, RFC 8551 2.5, RFC 5035 3, RFC 6211 2). */
static const struct {
	const struct oid *oid;
	unsigned char tag; /* of the value; 0: several are possible */
} rows[ATTRIBUTE_COUNT] = {
	[ATTRIBUTE_CONTENT_TYPE]              = { &oid_content_type,              DER_OID },
	[ATTRIBUTE_MESSAGE_DIGEST]            = { &oid_message_digest,            DER_OCTET_STRING },
	[ATTRIBUTE_SIGNING_TIME]              = { &oid_signing_time,              0 },
	[ATTRIBUTE_SMIME_CAPABILITIES]        = { &oid_smime_capabilities,        DER_SEQUENCE },
	[ATTRIBUTE_ENCRYPTION_KEY_PREFERENCE] = { &oid_encryption_key_preference, 0 },
	[ATTRIBUTE_SIGNING_CERTIFICATE]       = { &oid_signing_certificate,       DER_SEQUENCE },
	[ATTRIBUTE_SIGNING_CERTIFICATE_V2]    = { &oid_signing_certificate_v2,    DER_SEQUENCE },
	[ATTRIBUTE_ALGORITHM_PROTECTION]      = { &oid_algorithm_protection,      DER_SEQUENCE },
	[ATTRIBUTE_SIGNATURE_TYPE]            = { &oid_signature_type,            DER_SEQUENCE },
};

static enum attribute
attribute_of(const struct der_element *oid)
{
	enum attribute a = ATTRIBUTE_CONTENT_TYPE;

	while (a < ATTRIBUTE_COUNT && !oid_is(oid, rows[a].oid))
		a++;
	return a;
}

/* Attribute ::= SEQUENCE { attrType OBJECT IDENTIFIER, attrValues SET OF AttributeValue } */
static const char *
read_attribute(const struct der_element *attribute, struct signed_attributes *out)
{
	struct der_reader r = der_enter(attribute), values;
	struct der_element type, set, value;
	enum attribute a;

	if (!der_expect(&r, DER_OID, &type) || !der_expect(&r, DER_SET, &set) || r.size != 0)
		return "attribute-syntax";
	if ((a = attribute_of(&type)) == ATTRIBUTE_COUNT)
		return NULL;
	if (out->present[a])
		return "attribute-twice";
	values = der_enter(&set);
	if (!der_next(&values, &value) || values.size != 0)
		return "attribute-values";
	if (rows[a].tag != 0 && value.tag != rows[a].tag)
		return "attribute-syntax";
	out->present[a] = true;
	out->value[a] = value;
	return NULL;
}

/* Absent parameters and NULL are the same (RFC 5754 2). */
static size_t
without_null(const unsigned char *data, size_t n)
{
	return n >= 2 && data[n - 2] == DER_NULL && data[n - 1] == 0 ? n - 2 : n;
}

static bool
same_identifier(const struct der_element *a, struct octets sent)
{
	struct der_element b;

	if (!der_sole(sent.data, sent.size, DER_SEQUENCE, &b))
		return false;
	return without_null(a->data, a->size) == without_null(b.data, b.size) &&
	    memcmp(a->data, b.data, without_null(a->data, a->size)) == 0;
}

/* RFC 6211 3: what is signed is what the SignerInfo says, and no MAC. */
static bool
protection_holds(const struct signed_attributes *a, const struct signer_info *signer)
{
	struct der_reader r = der_enter(&a->value[ATTRIBUTE_ALGORITHM_PROTECTION]);
	struct der_element digest, signature;

	if (!a->present[ATTRIBUTE_ALGORITHM_PROTECTION])
		return true;
	if (!der_expect(&r, DER_SEQUENCE, &digest) || !der_expect(&r, DER_CONSTRUCTED_0 + 1, &signature) || r.size != 0)
		return false;
	return same_identifier(&digest, signer->digest_algorithm) &&
	    same_identifier(&signature, signer->signature_algorithm);
}

/* ---- whose signature it claims to be (RFC 3183 3.1.2) ---- */

const char *
signature_type_word(enum signature_type t)
{
	static const char *const words[] = {
		[SIGNATURE_TYPE_NONE] = "none",
		[SIGNATURE_TYPE_ORIGINATOR] = "originator",
		[SIGNATURE_TYPE_DOMAIN] = "domain",
		[SIGNATURE_TYPE_OTHER] = "other",
	};

	return (size_t)t < sizeof words / sizeof words[0] ? words[t] : "other";
}

/*
 * A domain's signature may be a review, too; every other company makes it one that we know nothing about.  An
 * additional attributes signature stands alone by rule, and vouches for nobody.
 */
static bool
read_type(const struct der_element *value, enum signature_type *out)
{
	struct der_reader r = der_enter(value);
	size_t domain = 0, originator = 0, review = 0, others = 0;
	struct der_element oid;

	while (r.size != 0) {
		if (!der_expect(&r, DER_OID, &oid))
			return false;
		if (oid_is(&oid, &oid_type_domain))
			domain++;
		else if (oid_is(&oid, &oid_type_originator))
			originator++;
		else if (oid_is(&oid, &oid_type_review))
			review++;
		else
			others++;
	}
	*out = SIGNATURE_TYPE_OTHER;
	if (others == 0 && domain == 1 && originator == 0 && review <= 1)
		*out = SIGNATURE_TYPE_DOMAIN;
	else if (others == 0 && domain == 0 && originator == 1 && review == 0)
		*out = SIGNATURE_TYPE_ORIGINATOR;
	return domain + originator + review + others > 0;
}

static const char *
check_rules(const struct signed_attributes *a, const struct signer_info *signer, const struct cms_shape *shape)
{
	const struct der_element *type = &a->value[ATTRIBUTE_CONTENT_TYPE];

	if (!a->present[ATTRIBUTE_CONTENT_TYPE])
		return "no-content-type";
	if (!a->present[ATTRIBUTE_MESSAGE_DIGEST])
		return "no-message-digest";
	if (!der_is(type, shape->content_type.data, shape->content_type.size))
		return "content-type";
	return protection_holds(a, signer) ? NULL : "algorithm-protection";
}

/*
 * None of these may stand among the unsigned attributes, where anybody can put
 * them.  Those need not be DER; what cannot be read there means nothing to us.
 */
static const char *
check_unsigned(const struct signer_info *signer)
{
	struct der_reader r = { signer->unsigned_attributes.data, signer->unsigned_attributes.size }, inside;
	struct der_element attribute, type;

	while (der_expect(&r, DER_SEQUENCE, &attribute)) {
		inside = der_enter(&attribute);
		if (der_expect(&inside, DER_OID, &type) && attribute_of(&type) != ATTRIBUTE_COUNT)
			return "unsigned-attribute";
	}
	return NULL;
}

const char *
signed_attributes_read(const struct signer_info *signer, const struct cms_shape *shape, struct signed_attributes *out)
{
	struct der_reader r = { signer->signed_attributes.data, signer->signed_attributes.size };
	struct der_element attribute;
	const char *broken;

	*out = (struct signed_attributes){ .signing_time = 0 };
	if (!signer->has_signed_attributes || r.size == 0)
		return "no-signed-attributes";
	while (r.size != 0) {
		if (!der_expect(&r, DER_SEQUENCE, &attribute))
			return "attribute-syntax";
		if ((broken = read_attribute(&attribute, out)) != NULL)
			return broken;
	}
	if (out->present[ATTRIBUTE_SIGNING_TIME] &&
	    !der_time(&out->value[ATTRIBUTE_SIGNING_TIME], &out->signing_time))
		return "signing-time";
	if (out->present[ATTRIBUTE_SIGNATURE_TYPE] && !read_type(&out->value[ATTRIBUTE_SIGNATURE_TYPE], &out->type))
		return "signature-type";
	if ((broken = check_unsigned(signer)) != NULL)
		return broken;
	return check_rules(out, signer, shape);
}

int
signed_attributes_der(const struct signer_info *signer, bool sorted, struct buffer *out, struct error *e)
{
	struct der_writer w;

	der_begin(&w, out, e);
	der_open(&w, DER_SET);
	der_put_raw(&w, signer->signed_attributes.data, signer->signed_attributes.size);
	if (sorted)
		der_close_set(&w);
	else
		der_close(&w);
	return der_finish(&w);
}

/* ---- which certificate signed (RFC 5035, RFC 2634 5.4) ---- */

/* The same Name: octet by octet or, when somebody wrote it with other string types, by RFC 5280 7.1. */
static bool
same_issuer(const struct der_element *name, const struct certificate *c)
{
	size_t issuer_size, n;
	const unsigned char *own = certificate_issuer_serial_der(c, &issuer_size, &n), *at = name->data;
	X509_NAME *issuer;
	bool same;

	if (der_is(name, own, issuer_size))
		return true;
	issuer = d2i_X509_NAME(NULL, &at, (long)name->size);
	same = issuer != NULL && X509_NAME_cmp(issuer, X509_get_issuer_name(certificate_x509(c))) == 0;
	X509_NAME_free(issuer);
	ERR_clear_error();
	return same;
}

/* IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber CertificateSerialNumber } */
static bool
issuer_serial_fits(const struct der_element *issuer_serial, const struct certificate *c)
{
	size_t issuer_size, n;
	const unsigned char *names = certificate_issuer_serial_der(c, &issuer_size, &n);
	struct der_reader r = der_enter(issuer_serial), name;
	struct der_element general_names, directory_name, serial;

	if (!der_expect(&r, DER_SEQUENCE, &general_names) || !der_expect(&r, DER_INTEGER, &serial))
		return false;
	name = der_enter(&general_names);
	if (!der_expect(&name, DER_CONSTRUCTED_0 + 4, &directory_name) || name.size != 0)
		return false;
	return same_issuer(&directory_name, c) && serial.whole_size == n - issuer_size &&
	    memcmp(serial.whole, names + issuer_size, serial.whole_size) == 0;
}

/* The hash of an ESSCertIDv2 may name its algorithm; without a name it is SHA-256, in an ESSCertID SHA-1. */
static enum digest_algorithm
hash_algorithm(struct der_reader *r, bool v2)
{
	struct der_element identifier, oid;
	struct der_reader inside;

	if (!v2)
		return DIGEST_SHA1;
	if (!der_expect(r, DER_SEQUENCE, &identifier))
		return DIGEST_SHA256;
	inside = der_enter(&identifier);
	return der_expect(&inside, DER_OID, &oid) ? digest_from_oid(&oid) : DIGEST_NONE;
}

/* The hash of a certificate; SHA-256 is at hand. */
static int
hash_certificate(const struct certificate *c, enum digest_algorithm a, unsigned char out[DIGEST_MAX], struct error *e)
{
	size_t n;
	const unsigned char *der = certificate_der(c, &n);

	if (a == DIGEST_SHA256)
		return hex_decode(certificate_fingerprint(c), SHA256_TEXT - 1, out, SHA256_SIZE);
	return digest_of(a, der, n, out, e);
}

/* The first entry is the signer's certificate; further ones only narrow the path.  1, 0 or -1 for a fault. */
static int
first_entry_fits(const struct der_element *attribute, bool v2, const struct certificate *c, struct error *e)
{
	struct der_reader r = der_enter(attribute), entry;
	struct der_element list, first, hash, issuer_serial;
	enum digest_algorithm algorithm;
	unsigned char digest[DIGEST_MAX];

	if (!der_expect(&r, DER_SEQUENCE, &list))
		return 0;
	r = der_enter(&list);
	if (!der_expect(&r, DER_SEQUENCE, &first))
		return 0;
	entry = der_enter(&first);
	algorithm = hash_algorithm(&entry, v2);
	if (algorithm == DIGEST_NONE || !der_expect(&entry, DER_OCTET_STRING, &hash))
		return 0;
	if (hash_certificate(c, algorithm, digest, e) != 0)
		return -1;
	if (!der_is(&hash, digest, digest_size(algorithm)))
		return 0;
	if (entry.size == 0)
		return 1;
	return der_expect(&entry, DER_SEQUENCE, &issuer_serial) && entry.size == 0 &&
	    issuer_serial_fits(&issuer_serial, c);
}

int
signed_attributes_name(const struct signed_attributes *a, const struct certificate *c, struct error *e)
{
	static const struct {
		enum attribute attribute;
		bool v2;
	} kinds[] = { { ATTRIBUTE_SIGNING_CERTIFICATE, false }, { ATTRIBUTE_SIGNING_CERTIFICATE_V2, true } };
	int fits = 1;

	for (size_t i = 0; fits == 1 && i < sizeof kinds / sizeof kinds[0]; i++)
		if (a->present[kinds[i].attribute])
			fits = first_entry_fits(&a->value[kinds[i].attribute], kinds[i].v2, c, e);
	return fits;
}

/* ---- where answers should be encrypted to (RFC 8551 2.5.3) ---- */

static struct certificate *
by_issuer_serial(const struct der_element *both, const struct certificates *list)
{
	for (size_t i = 0; i < list->count; i++) {
		size_t issuer_size, n;
		const unsigned char *own = certificate_issuer_serial_der(list->items[i], &issuer_size, &n);

		if (der_is(both, own, n))
			return list->items[i];
	}
	return NULL;
}

static struct certificate *
by_key_identifier(const struct der_element *id, const struct certificates *list)
{
	char text[2 * 64 + 1];

	if (id->size == 0 || id->size > 64)
		return NULL;
	hex_encode(id->data, id->size, text);
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(certificate_ski(list->items[i]), text) == 0)
			return list->items[i];
	return NULL;
}

struct certificate *
signed_attributes_preference(const struct signed_attributes *a, const struct certificates *list)
{
	const struct der_element *choice = &a->value[ATTRIBUTE_ENCRYPTION_KEY_PREFERENCE];
	struct der_reader r = der_enter(choice);
	struct der_element id;

	if (!a->present[ATTRIBUTE_ENCRYPTION_KEY_PREFERENCE])
		return NULL;
	switch (choice->tag) {
	case DER_CONSTRUCTED_0:     /* IssuerAndSerialNumber */
		return by_issuer_serial(choice, list);
	case DER_CONSTRUCTED_0 + 1: /* RecipientKeyIdentifier: the key identifier comes first */
		return der_expect(&r, DER_OCTET_STRING, &id) ? by_key_identifier(&id, list) : NULL;
	case DER_CONTEXT_0 + 2:     /* SubjectKeyIdentifier */
		return by_key_identifier(choice, list);
	default:
		return NULL;
	}
}
