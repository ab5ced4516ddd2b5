/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "crypto/cms_walk_private.h"
#include "crypto/oid_private.h"

static const char bad_algorithm[] = "algorithm", bad_parameters[] = "parameters";

/* AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL } */
struct identifier {
	struct der_element oid;
	bool has_parameters;
	struct der_element parameters;
};

/* The identifier is all that stands in `r`, the rest of some construction. */
static bool
read_parts(struct der_reader r, struct identifier *out)
{
	memset(out, 0, sizeof *out);
	if (!der_expect(&r, DER_OID, &out->oid))
		return false;
	out->has_parameters = r.size != 0;
	return !out->has_parameters || (der_next(&r, &out->parameters) && r.size == 0);
}

static bool
read_identifier(const void *data, size_t n, struct identifier *out)
{
	struct der_element sequence;

	return der_sole(data, n, DER_SEQUENCE, &sequence) && read_parts(der_enter(&sequence), out);
}

/* Absent or NULL: writers differ, and RFC 5754 2 and 4055 2.1 have readers take both. */
static bool
no_parameters(const struct identifier *id)
{
	return !id->has_parameters || (id->parameters.tag == DER_NULL && id->parameters.size == 0);
}

static bool
small_integer(const struct der_element *element, unsigned *out)
{
	unsigned value = 0;

	if (element->tag != DER_INTEGER || element->size == 0 || element->size > 3 || (element->data[0] & 0x80) != 0)
		return false;
	for (size_t i = 0; i < element->size; i++)
		value = value << 8 | element->data[i];
	*out = value;
	return true;
}

enum digest_algorithm
algorithm_digest(struct octets identifier)
{
	struct identifier id;

	if (!read_identifier(identifier.data, identifier.size, &id) || !no_parameters(&id))
		return DIGEST_NONE;
	return digest_from_oid(&id.oid);
}

/* Inside the parameters of RSA: SHAKE256 has its own forms of them (RFC 8702), which we do not read. */
static enum digest_algorithm
digest_of_identifier(const void *data, size_t n)
{
	enum digest_algorithm digest = algorithm_digest((struct octets){ data, n });

	return digest == DIGEST_SHAKE256 ? DIGEST_NONE : digest;
}

/* ---- content encryption ---- */

/* GCMParameters (RFC 5084 3.2): what the whole of AuthEnvelopedData rests on, so nothing is lenient here. */
static const char *
read_gcm(const struct identifier *id, struct cms_shape *out)
{
	struct der_reader r = der_enter(&id->parameters);
	struct der_element nonce, icv;
	unsigned size = 12;

	if (id->parameters.tag != DER_SEQUENCE || !der_expect(&r, DER_OCTET_STRING, &nonce))
		return bad_parameters;
	if (nonce.size == 0 || nonce.size > sizeof out->iv)
		return bad_parameters;
	if (r.size != 0 && (!der_next(&r, &icv) || !small_integer(&icv, &size) || r.size != 0))
		return bad_parameters;
	if (size < 12 || size > 16)
		return bad_parameters;
	memcpy(out->iv, nonce.data, nonce.size);
	out->iv_size = nonce.size;
	out->icv_size = size;
	return NULL;
}

static const char *
read_cbc(const struct identifier *id, size_t block, struct cms_shape *out)
{
	if (!id->has_parameters || id->parameters.tag != DER_OCTET_STRING || id->parameters.size != block)
		return bad_parameters;
	memcpy(out->iv, id->parameters.data, block);
	out->iv_size = block;
	return NULL;
}

/* CBC belongs into EnvelopedData and GCM into AuthEnvelopedData: in the other's place its integrity would be a lie. */
const char *
algorithm_content_cipher(struct octets identifier, struct cms_shape *out)
{
	bool authenticated = out->type == CMS_AUTH_ENVELOPED;
	struct identifier id;

	out->cipher = CIPHER_UNKNOWN;
	if (!read_identifier(identifier.data, identifier.size, &id))
		return bad_algorithm;
	out->cipher = cipher_from_oid(&id.oid);
	if (out->cipher == CIPHER_UNKNOWN || cipher_is_authenticated(out->cipher) != authenticated)
		return bad_algorithm;
	if (authenticated)
		return id.has_parameters ? read_gcm(&id, out) : bad_parameters;
	return read_cbc(&id, out->cipher == CIPHER_DES_EDE3_CBC ? 8 : 16, out);
}

/* ---- compression ---- */

/* RFC 3274 2: zlib is the only one there is; parameters absent or NULL. */
const char *
algorithm_compression(struct octets identifier)
{
	struct identifier id;

	if (!read_identifier(identifier.data, identifier.size, &id) || !oid_is(&id.oid, &oid_zlib))
		return bad_algorithm;
	return no_parameters(&id) ? NULL : bad_parameters;
}

/* ---- key transport ---- */

/* maskGenAlgorithm: MGF1 with a digest (RFC 4055 2.1). */
static enum digest_algorithm
read_mgf(const struct der_element *element)
{
	struct identifier id;

	if (!read_identifier(element->data, element->size, &id) || !oid_is(&id.oid, &oid_mgf1) || !id.has_parameters)
		return DIGEST_NONE;
	return digest_of_identifier(id.parameters.whole, id.parameters.whole_size);
}

static bool
read_label(const struct der_element *element, struct octets *out)
{
	struct identifier id;

	if (!read_identifier(element->data, element->size, &id) || !oid_is(&id.oid, &oid_p_specified) ||
	    !id.has_parameters || id.parameters.tag != DER_OCTET_STRING)
		return false;
	*out = (struct octets){ id.parameters.data, id.parameters.size };
	return true;
}

/* RSAES-OAEP-params (RFC 4055 4.1); every field has a default. */
static const char *
read_oaep(const struct identifier *id, struct recipient_info *out)
{
	struct der_reader r = der_enter(&id->parameters);
	struct der_element field;

	out->oaep_digest = out->oaep_mgf_digest = DIGEST_SHA1;
	if (!id->has_parameters || id->parameters.tag != DER_SEQUENCE)
		return bad_parameters;
	if (der_expect(&r, DER_CONSTRUCTED_0, &field))
		out->oaep_digest = digest_of_identifier(field.data, field.size);
	if (der_expect(&r, DER_CONSTRUCTED_0 + 1, &field))
		out->oaep_mgf_digest = read_mgf(&field);
	if (der_expect(&r, DER_CONSTRUCTED_0 + 2, &field) && !read_label(&field, &out->oaep_label))
		return bad_parameters;
	if (r.size != 0 || out->oaep_digest == DIGEST_NONE || out->oaep_mgf_digest == DIGEST_NONE)
		return bad_parameters;
	return NULL;
}

const char *
algorithm_key_transport(struct octets identifier, struct recipient_info *out)
{
	struct identifier id;

	out->transport = TRANSPORT_UNKNOWN;
	if (!read_identifier(identifier.data, identifier.size, &id))
		return bad_algorithm;
	if (oid_is(&id.oid, &oid_rsa_encryption)) {
		out->transport = TRANSPORT_RSA_V15;
		return no_parameters(&id) ? NULL : bad_parameters;
	}
	if (oid_is(&id.oid, &oid_rsaes_oaep)) {
		out->transport = TRANSPORT_RSA_OAEP;
		return read_oaep(&id, out);
	}
	return bad_algorithm;
}

/* ---- key agreement ---- */

/* KeyWrapAlgorithm: it enters what the KDF hashes as it was sent. */
static const char *
read_wrap(struct octets identifier, struct recipient_info *out)
{
	struct identifier wrap;

	if (!read_identifier(identifier.data, identifier.size, &wrap))
		return bad_parameters;
	out->wrap_algorithm = identifier;
	out->wrap_triple_des = oid_is(&wrap.oid, &oid_triple_des_wrap);
	out->wrap_key_size = out->wrap_triple_des ? 24 : wrap_key_size_from_oid(&wrap.oid);
	if (out->wrap_key_size == 0)
		return bad_algorithm;
	return no_parameters(&wrap) ? NULL : bad_parameters;
}

/* The scheme's parameters are the KeyWrapAlgorithm (RFC 5753 7.1.4). */
const char *
algorithm_key_agreement(struct octets identifier, struct recipient_info *out)
{
	struct identifier id;

	out->transport = TRANSPORT_UNKNOWN;
	if (!read_identifier(identifier.data, identifier.size, &id))
		return bad_algorithm;
	out->kdf_digest = ecdh_kdf_from_oid(&id.oid);
	if (out->kdf_digest == DIGEST_NONE)
		return bad_algorithm;
	out->transport = TRANSPORT_ECDH;
	if (!id.has_parameters)
		return bad_parameters;
	return read_wrap((struct octets){ id.parameters.whole, id.parameters.whole_size }, out);
}

/* ---- key encapsulation ---- */

/* ML-KEM and HKDF have no parameters at all (RFC 9936 2.1), and kekLength is what the wrap takes (RFC 9629 3). */
const char *
algorithm_kem(struct octets kem, struct octets kdf, struct octets wrap, struct octets length,
    struct recipient_info *out)
{
	struct identifier id, derivation;
	struct der_element number;
	const char *why;
	unsigned octets;

	out->transport = TRANSPORT_UNKNOWN;
	if (!read_identifier(kem.data, kem.size, &id) || !read_identifier(kdf.data, kdf.size, &derivation))
		return bad_algorithm;
	out->kem = key_type_from_oid(&id.oid);
	out->kdf_digest = hkdf_from_oid(&derivation.oid);
	if (!key_type_is_ml_kem(out->kem) || out->kdf_digest == DIGEST_NONE)
		return bad_algorithm;
	out->transport = TRANSPORT_ML_KEM;
	if ((why = read_wrap(wrap, out)) != NULL)
		return why;
	if (out->wrap_triple_des)
		return bad_algorithm;
	if (id.has_parameters || derivation.has_parameters || !der_sole(length.data, length.size, DER_INTEGER, &number) ||
	    !small_integer(&number, &octets) || octets != out->wrap_key_size)
		return bad_parameters;
	return NULL;
}

/* ---- signatures ---- */

/* rsaEncryption and id-ecPublicKey as signature algorithms: the SignerInfo's digest completes them (RFC 3370 3.2). */
static enum signature_scheme
scheme_with_digest(const enum signature_scheme *schemes, enum digest_algorithm digest)
{
	enum signature_scheme s;

	for (; (s = *schemes) != SIGNATURE_UNKNOWN; schemes++)
		if (signature_digest(s) == digest)
			break;
	return s;
}

/* RSASSA-PSS-params (RFC 4055 3.1); every field has a default. */
static void
read_pss(const struct identifier *id, struct signer_info *out)
{
	static const enum signature_scheme schemes[] = { SIGNATURE_RSA_PSS_SHA256, SIGNATURE_RSA_PSS_SHA384,
		SIGNATURE_RSA_PSS_SHA512, SIGNATURE_UNKNOWN };
	enum digest_algorithm digest = DIGEST_SHA1, mgf = DIGEST_SHA1;
	struct der_reader r = der_enter(&id->parameters);
	struct der_element field, number;
	unsigned salt = 20, trailer = 1;

	out->scheme = SIGNATURE_UNKNOWN;
	if (!id->has_parameters || id->parameters.tag != DER_SEQUENCE)
		return;
	if (der_expect(&r, DER_CONSTRUCTED_0, &field))
		digest = digest_of_identifier(field.data, field.size);
	if (der_expect(&r, DER_CONSTRUCTED_0 + 1, &field))
		mgf = read_mgf(&field);
	if (der_expect(&r, DER_CONSTRUCTED_0 + 2, &field) &&
	    (!der_sole(field.data, field.size, DER_INTEGER, &number) || !small_integer(&number, &salt)))
		return;
	if (der_expect(&r, DER_CONSTRUCTED_0 + 3, &field) &&
	    (!der_sole(field.data, field.size, DER_INTEGER, &number) || !small_integer(&number, &trailer)))
		return;
	if (r.size != 0)
		return;
	out->scheme = scheme_with_digest(schemes, digest);
	out->pss_salt = salt;
	/* RFC 4055 3.1 recommends a salt as long as the digest; OpenSSL before 3.5 takes the longest that fits. */
	out->pss_parameters_sane = digest == mgf && trailer == 1 && salt <= LIMIT_RSA_BITS / 8;
}

void
algorithm_signature(struct signer_info *signer)
{
	static const enum signature_scheme rsa[] = { SIGNATURE_RSA_SHA256, SIGNATURE_RSA_SHA384,
		SIGNATURE_RSA_SHA512, SIGNATURE_RSA_SHA1, SIGNATURE_RSA_MD5, SIGNATURE_RSA_SHA224,
		SIGNATURE_UNKNOWN };
	static const enum signature_scheme ecdsa[] = { SIGNATURE_ECDSA_SHA256, SIGNATURE_ECDSA_SHA384,
		SIGNATURE_ECDSA_SHA512, SIGNATURE_ECDSA_SHA1, SIGNATURE_ECDSA_SHA224, SIGNATURE_UNKNOWN };
	struct identifier id;

	signer->scheme = SIGNATURE_UNKNOWN;
	if (!read_identifier(signer->signature_algorithm.data, signer->signature_algorithm.size, &id))
		return;
	if (oid_is(&id.oid, &oid_rsassa_pss)) {
		read_pss(&id, signer);
		return;
	}
	if (oid_is(&id.oid, &oid_rsa_encryption))
		signer->scheme = scheme_with_digest(rsa, signer->digest);
	else if (oid_is(&id.oid, &oid_ec_public_key))
		signer->scheme = scheme_with_digest(ecdsa, signer->digest);
	else
		signer->scheme = signature_from_oid(&id.oid);
	if (signer->scheme != SIGNATURE_DSA && !no_parameters(&id))
		signer->scheme = SIGNATURE_UNKNOWN;
	if (key_type_is_ml_dsa(signature_key(signer->scheme)) && id.has_parameters) /* RFC 9882 2: not even NULL */
		signer->scheme = SIGNATURE_UNKNOWN;
}
