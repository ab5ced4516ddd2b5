/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/limits.h"
#include "base/memory.h"
#include "crypto/cms_verify.h"
#include "crypto/digest.h"
#include "crypto/library_private.h"
#include "crypto/signed_attributes_private.h"

/* What is known while one SignedData is judged. */
struct verification {
	const struct cms_shape *shape;
	const struct certificates *more;
	struct signed_attributes *attributes; /* one a SignerInfo */
	bool wanted[DIGEST_COUNT];       /* the digests of the content that somebody needs … */
	unsigned char digests[DIGEST_COUNT][DIGEST_MAX]; /* … and what they are */
	unsigned tries;                       /* how often the mathematics were done */
	struct signature_facts facts;
};

const char *
signature_status_word(enum signature_status s)
{
	static const char *const words[] = {
		[SIGNATURE_VALID] = "valid",
		[SIGNATURE_ABSENT] = "absent",
		[SIGNATURE_DIGEST_DIFFERS] = "digest-differs",
		[SIGNATURE_INVALID] = "invalid",
		[SIGNATURE_MALFORMED] = "malformed",
		[SIGNATURE_SEVERAL] = "several",
		[SIGNATURE_NO_CERTIFICATE] = "no-certificate",
		[SIGNATURE_UNSUPPORTED] = "unsupported",
	};

	return (size_t)s < sizeof words / sizeof words[0] ? words[s] : "unknown";
}

void
signature_facts_done(struct signature_facts *f)
{
	certificate_unref(f->signer);
	certificate_unref(f->encryption);
	*f = (struct signature_facts){ .status = SIGNATURE_ABSENT };
}

static void
judge(struct verification *v, enum signature_status status, const char *detail)
{
	v->facts.status = status;
	v->facts.detail = detail;
}

/* ---- certificates that a SignerInfo names ---- */

static bool
name_fits(const struct certificate_name *name, const struct certificate *c)
{
	if (name->issuer_serial[0] != '\0')
		return strcmp(name->issuer_serial, certificate_issuer_serial(c)) == 0;
	return name->ski[0] != '\0' && strcmp(name->ski, certificate_ski(c)) == 0;
}

/* The message's certificates, then those at hand: number `i` of both, or NULL behind the last. */
static struct certificate *
certificate_at(const struct verification *v, size_t i)
{
	if (i < v->shape->certificates.count)
		return v->shape->certificates.items[i];
	i -= v->shape->certificates.count;
	return v->more != NULL && i < v->more->count ? v->more->items[i] : NULL;
}

static bool
same_name(const struct certificate_name *a, const struct certificate_name *b)
{
	return strcmp(a->issuer_serial, b->issuer_serial) == 0 && strcmp(a->ski, b->ski) == 0;
}

/* Whether all SignerInfos can be by one certificate: by one name, or by names that some certificate has all of. */
static bool
one_identity(const struct verification *v)
{
	const struct cms_shape *shape = v->shape;
	const struct certificate *c;
	size_t i, same = 1;

	while (same < shape->signer_count && same_name(&shape->signers[0].name, &shape->signers[same].name))
		same++;
	if (same == shape->signer_count)
		return true;
	for (size_t at = 0; (c = certificate_at(v, at)) != NULL; at++) {
		for (i = 0; i < shape->signer_count && name_fits(&shape->signers[i].name, c); i++)
			continue;
		if (i == shape->signer_count)
			return true;
	}
	return false;
}

/* ---- rules before any mathematics ---- */

/* What stands in the shape alone (a detached signature with content shows one text and signs another). */
static bool
shape_is_fit(struct verification *v, bool detached)
{
	const struct cms_shape *shape = v->shape;

	if (shape->signer_count == 0)
		judge(v, SIGNATURE_ABSENT, NULL);
	else if (detached && shape->has_content)
		judge(v, SIGNATURE_MALFORMED, "content-in-detached");
	else if (!detached && !shape->has_content)
		judge(v, SIGNATURE_MALFORMED, "no-content");
	else if (!shape->content_is_data)
		judge(v, SIGNATURE_MALFORMED, "content-type");
	else if (!one_identity(v))
		judge(v, SIGNATURE_SEVERAL, NULL);
	else
		return true;
	return false;
}

static bool
is_pss(enum signature_scheme s)
{
	return s == SIGNATURE_RSA_PSS_SHA256 || s == SIGNATURE_RSA_PSS_SHA384 || s == SIGNATURE_RSA_PSS_SHA512;
}

/*
 * The digest of the content and that of the signature are one (RFC 8933 3, RFC
 * 4056 3, RFC 8419 3.1) or as strong (RFC 9882 3.3), or a forger could choose
 * the weaker.
 */
static bool
signer_is_fit(struct verification *v, const struct signer_info *signer, struct signed_attributes *attributes)
{
	const char *broken;

	if (signer->digest == DIGEST_NONE)
		judge(v, SIGNATURE_UNSUPPORTED, "digest-algorithm");
	else if (signature_digest(signer->scheme) == DIGEST_NONE)
		judge(v, SIGNATURE_UNSUPPORTED, "signature-algorithm");
	else if ((broken = signed_attributes_read(signer, v->shape, attributes)) != NULL)
		judge(v, SIGNATURE_MALFORMED, broken);
	else if (!signature_takes_digest(signer->scheme, signer->digest))
		judge(v, SIGNATURE_MALFORMED, "digest-algorithm");
	else if (is_pss(signer->scheme) && !signer->pss_parameters_sane)
		judge(v, SIGNATURE_MALFORMED, "pss-parameters");
	else
		return true;
	return false;
}

/* Whether the library can verify such signatures at all. */
static int
scheme_is_offered(struct verification *v, enum signature_scheme scheme, struct error *e)
{
	enum key_type type = signature_key(scheme);
	int offers = type == KEY_NONE ? 1 : library_offers(type, e);

	if (offers == 0)
		judge(v, SIGNATURE_UNSUPPORTED, NOT_AVAILABLE);
	return offers;
}

/* 1, 0 with the judgement set, or -1. */
static int
signers_are_fit(struct verification *v, struct error *e)
{
	int offers;

	for (size_t i = 0; i < v->shape->signer_count; i++) {
		const struct signer_info *signer = &v->shape->signers[i];

		v->facts.weak |= digest_is_weak(signer->digest) || signature_is_weak(signer->scheme);
		if (!signer_is_fit(v, signer, &v->attributes[i]))
			return 0;
		if ((offers = scheme_is_offered(v, signer->scheme, e)) != 1)
			return offers;
		v->wanted[signer->digest] = true;
	}
	return 1;
}

/* ---- the content ---- */

static int
update_all(struct digest **digests, size_t count, const void *data, size_t n, struct error *e)
{
	for (size_t a = 0; a < count; a++)
		if (digests[a] != NULL && digest_update(digests[a], data, n, e) != 0)
			return -1;
	return 0;
}

/* One pass over the content for all digests. */
static int
digest_content(struct verification *v, struct source *content, struct error *e)
{
	const size_t count = sizeof v->wanted / sizeof v->wanted[0];
	struct digest *digests[sizeof v->wanted / sizeof v->wanted[0]] = { NULL };
	unsigned char block[16 * 1024];
	ssize_t n = -1;
	int rc = -1;

	for (size_t a = 0; a < count; a++)
		if (v->wanted[a] && (digests[a] = digest_new((enum digest_algorithm)a, e)) == NULL)
			goto out;
	while ((n = source_read(content, block, sizeof block, e)) > 0)
		if (update_all(digests, count, block, (size_t)n, e) != 0)
			goto out;
	for (size_t a = 0; n == 0 && a < count; a++)
		if (digests[a] != NULL && digest_final(digests[a], v->digests[a], e) != 0)
			goto out;
	rc = n == 0 ? 0 : -1;
out:
	for (size_t a = 0; a < count; a++)
		digest_free(digests[a]);
	return rc;
}

static bool
content_is_signed(struct verification *v)
{
	for (size_t i = 0; i < v->shape->signer_count; i++) {
		enum digest_algorithm a = v->shape->signers[i].digest;

		if (!der_is(&v->attributes[i].value[ATTRIBUTE_MESSAGE_DIGEST], v->digests[a], digest_size(a))) {
			judge(v, SIGNATURE_DIGEST_DIFFERS, NULL);
			return false;
		}
	}
	return true;
}

/* ---- the signature ---- */

static bool
key_makes(enum key_type type, enum signature_scheme scheme)
{
	switch (scheme) {
	case SIGNATURE_RSA_SHA256:
	case SIGNATURE_RSA_SHA384:
	case SIGNATURE_RSA_SHA512:
	case SIGNATURE_RSA_SHA1:
	case SIGNATURE_RSA_MD5:
	case SIGNATURE_RSA_SHA224:
		return type == KEY_RSA;
	case SIGNATURE_RSA_PSS_SHA256:
	case SIGNATURE_RSA_PSS_SHA384:
	case SIGNATURE_RSA_PSS_SHA512:
		return type == KEY_RSA || type == KEY_RSA_PSS;
	case SIGNATURE_ECDSA_SHA256:
	case SIGNATURE_ECDSA_SHA384:
	case SIGNATURE_ECDSA_SHA512:
	case SIGNATURE_ECDSA_SHA1:
	case SIGNATURE_ECDSA_SHA224:
		return key_type_is_ec(type);
	default:
		return type != KEY_NONE && type == signature_key(scheme);
	}
}

/* Why `c` cannot be the signer, or NULL. */
static const char *
certificate_problem(const struct certificate *c, const struct signer_info *signer)
{
	if (!key_makes(certificate_key_type(c), signer->scheme))
		return "key-type";
	if (key_type_is_rsa(certificate_key_type(c)) && certificate_key_bits(c) > LIMIT_RSA_BITS)
		return "oversized-key";
	return NULL;
}

/*
 * Ed25519 (RFC 8419) and ML-DSA (RFC 9882 3.1: the pure mode, no context) hash for themselves and are given no
 * digest; OpenSSL's own CMS before 3.5 can verify neither.
 */
static bool
library_says_yes(const struct certificate *c, const struct signer_info *signer, const struct buffer *tbs)
{
	const EVP_MD *md =
	    signature_key(signer->scheme) != KEY_NONE ? NULL : digest_md(signature_digest(signer->scheme));
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	bool yes = ctx != NULL && EVP_DigestVerifyInit(ctx, &pctx, md, NULL, certificate_public_key(c)) == 1;

	if (yes && is_pss(signer->scheme))
		yes = EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, (int)signer->pss_salt) == 1;
	yes = yes && EVP_DigestVerify(ctx, signer->signature.data, signer->signature.size,
	    (const unsigned char *)tbs->data, tbs->size) == 1;
	EVP_MD_CTX_free(ctx);
	return yes;
}

/*
 * 1 if the signature over `tbs` holds under `c`, 0 if not, -1 when memory runs
 * out.  The library does not always say that this is why it says no, and a no
 * is a verdict on somebody's signature: it must be said twice.
 */
static int
signature_holds(const struct certificate *c, const struct signer_info *signer, const struct buffer *tbs,
    struct error *e)
{
	for (int attempt = 0; attempt < 2; attempt++) {
		if (library_says_yes(c, signer, tbs))
			return 1;
		if (crypto_out_of_memory())
			return error_set(e, ERROR_NO_MEMORY, "cannot verify a signature for want of memory");
	}
	return 0;
}

/*
 * RFC 5652 5.4 signs the attributes in DER, so in sorted order.  Some senders
 * forget to sort and sign what they send; the attributes are the same, and so
 * that order is tried too when it differs.
 */
static int
attributes_hold(const struct certificate *c, const struct signer_info *signer, struct error *e)
{
	struct buffer sorted = BUFFER_INIT(LIMIT_CMS_OVERHEAD + 16), sent = BUFFER_INIT(LIMIT_CMS_OVERHEAD + 16);
	int holds = -1;

	if (signed_attributes_der(signer, true, &sorted, e) != 0 ||
	    signed_attributes_der(signer, false, &sent, e) != 0)
		goto out;
	holds = signature_holds(c, signer, &sorted, e);
	if (holds == 0 && memcmp(sorted.data, sent.data, sorted.size) != 0)
		holds = signature_holds(c, signer, &sent, e);
out:
	buffer_done(&sorted);
	buffer_done(&sent);
	return holds;
}

/* Set facts.signer: the certificate under which it holds or, for the record, the first that was tried. */
static void
remember_signer(struct verification *v, struct certificate *c)
{
	certificate_unref(v->facts.signer);
	v->facts.signer = certificate_ref(c);
}

/* Try one certificate on one SignerInfo.  0 with the judgement set in `v`, -1 for faults. */
static int
try_on_signer(struct verification *v, struct certificate *c, size_t i, struct error *e)
{
	const struct signer_info *signer = &v->shape->signers[i];
	const char *problem = certificate_problem(c, signer);
	int named, holds = 0;

	if ((named = signed_attributes_name(&v->attributes[i], c, e)) < 0)
		return -1;
	if (problem == NULL && !named)
		problem = "signing-certificate";
	if (problem == NULL && v->tries++ >= LIMIT_SIGNATURE_TRIES)
		problem = "too-many-tries";
	if (problem == NULL && (holds = attributes_hold(c, signer, e)) < 0)
		return -1;
	judge(v, holds ? SIGNATURE_VALID : SIGNATURE_INVALID, problem);
	return 0;
}

/* The same on every SignerInfo, until one does not hold. */
static int
try_certificate(struct verification *v, struct certificate *c, struct error *e)
{
	size_t i = 0;

	do {
		if (try_on_signer(v, c, i, e) != 0)
			return -1;
	} while (v->facts.status == SIGNATURE_VALID && ++i < v->shape->signer_count);
	return 0;
}

static bool
is_named_by_all(const struct verification *v, const struct certificate *c)
{
	for (size_t i = 0; i < v->shape->signer_count; i++)
		if (!name_fits(&v->shape->signers[i].name, c))
			return false;
	return true;
}

/*
 * All certificates that the name fits are tried, up to a bound: several may share issuer and serial number, or a key
 * identifier.
 */
static int
find_signer(struct verification *v, struct error *e)
{
	struct certificate *c;

	judge(v, SIGNATURE_NO_CERTIFICATE, NULL);
	for (size_t i = 0; (c = certificate_at(v, i)) != NULL; i++) {
		if (!is_named_by_all(v, c))
			continue;
		if (try_certificate(v, c, e) != 0)
			return -1;
		if (v->facts.signer == NULL || v->facts.status == SIGNATURE_VALID)
			remember_signer(v, c);
		if (v->facts.status == SIGNATURE_VALID)
			return 0;
	}
	return 0;
}

/* RSA below 2048 bits proves little today (RFC 8551 4.1, NIST SP 800-57): judged, and marked. */
static void
note_signer(struct verification *v)
{
	const struct certificate *c = v->facts.signer;
	struct certificate *preferred;

	if (key_type_is_rsa(certificate_key_type(c)))
		v->facts.weak |= certificate_key_bits(c) < 2048;
	preferred = signed_attributes_preference(&v->attributes[0], &v->shape->certificates);
	if (v->facts.status == SIGNATURE_VALID && preferred != NULL)
		v->facts.encryption = certificate_ref(preferred);
}

/* Of several SignerInfos each says the same (RFC 3183 3.1.2). */
static bool
types_agree(const struct verification *v)
{
	for (size_t i = 1; i < v->shape->signer_count; i++)
		if (v->attributes[i].type != v->attributes[0].type)
			return false;
	return true;
}

static int
verify(struct verification *v, bool detached, struct source *content, struct error *e)
{
	int fit;

	if (!shape_is_fit(v, detached))
		return 0;
	v->facts.scheme = v->shape->signers[0].scheme;
	v->facts.digest = v->shape->signers[0].digest;
	v->attributes = memory_new(v->shape->signer_count, sizeof *v->attributes, e);
	if (v->attributes == NULL)
		return -1;
	if ((fit = signers_are_fit(v, e)) != 1)
		return fit;
	v->facts.signing_time = v->attributes[0].signing_time;
	v->facts.type = v->attributes[0].type;
	if (!types_agree(v)) {
		judge(v, SIGNATURE_MALFORMED, "signature-type");
		return 0;
	}
	if (digest_content(v, content, e) != 0)
		return -1;
	if (!content_is_signed(v))
		return 0;
	if (find_signer(v, e) != 0)
		return -1;
	if (v->facts.signer != NULL)
		note_signer(v);
	return 0;
}

int
cms_verify(const struct cms_shape *shape, bool detached, struct source *content, const struct certificates *more,
    struct signature_facts *out, struct error *e)
{
	struct verification v = { .shape = shape, .more = more };
	int rc;

	if (shape->type != CMS_SIGNED)
		return error_set(e, ERROR_INTERNAL, "a signature is asked of an object that is no SignedData");
	rc = verify(&v, detached, content, e);
	free(v.attributes);
	if (rc != 0)
		signature_facts_done(&v.facts);
	else
		*out = v.facts;
	ERR_clear_error();
	return rc;
}
