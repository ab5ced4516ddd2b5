/* SPDX-License-Identifier: BSD-2-Clause */

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "crypto/key_private.h"

/* Which keys may make which signatures; what is not in the table is not written. */
static bool
key_can_sign(const struct key *k, enum signature_scheme scheme)
{
	switch (scheme) {
	case SIGNATURE_RSA_SHA256:
	case SIGNATURE_RSA_SHA384:
	case SIGNATURE_RSA_SHA512:
		return k->type == KEY_RSA && k->bits >= 2048;
	case SIGNATURE_RSA_PSS_SHA256:
	case SIGNATURE_RSA_PSS_SHA384:
	case SIGNATURE_RSA_PSS_SHA512:
		return key_type_is_rsa(k->type) && k->bits >= 2048;
	case SIGNATURE_ECDSA_SHA256:
	case SIGNATURE_ECDSA_SHA384:
	case SIGNATURE_ECDSA_SHA512:
		return key_type_is_ec(k->type);
	case SIGNATURE_ED25519:
		return k->type == KEY_ED25519;
	default:
		return false;
	}
}

static bool
scheme_is_pss(enum signature_scheme scheme)
{
	return scheme == SIGNATURE_RSA_PSS_SHA256 || scheme == SIGNATURE_RSA_PSS_SHA384 ||
	    scheme == SIGNATURE_RSA_PSS_SHA512;
}

/* RFC 4055 3.1: salt as long as the digest; MGF1 takes the same digest unless told otherwise. */
static int
set_padding(EVP_PKEY_CTX *pctx, enum signature_scheme scheme)
{
	if (!scheme_is_pss(scheme))
		return 1;
	return EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

/* Ed25519 hashes for itself (RFC 8419 3.1: PureEdDSA over the attributes): no digest is named. */
static int
sign_here(const struct key *k, enum signature_scheme scheme, const void *tbs, size_t n, struct buffer *out,
    struct error *e)
{
	const EVP_MD *md = scheme == SIGNATURE_ED25519 ? NULL : digest_md(signature_digest(scheme));
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	size_t before = out->size, room = (size_t)EVP_PKEY_get_size(k->private_half), size = room;
	char *to = buffer_reserve(out, room, e);
	int rc = -1;

	if (to == NULL)
		goto out;
	if (ctx == NULL || EVP_DigestSignInit(ctx, &pctx, md, NULL, k->private_half) != 1 ||
	    !set_padding(pctx, scheme) || EVP_DigestSign(ctx, (unsigned char *)to, &size, tbs, n) != 1) {
		crypto_fail(e, ERROR_CRYPTO, "the signature could not be made");
		goto out;
	}
	out->size += room;
	buffer_cut(out, before + size); /* an ECDSA signature may be shorter than its room */
	rc = 0;
out:
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return rc;
}

int
key_sign(const struct key *k, enum signature_scheme scheme, const void *tbs, size_t n, struct buffer *out_signature,
    struct error *e)
{
	if (!key_can_sign(k, scheme))
		return error_set(e, ERROR_KEY_UNUSABLE, "a key of kind %s does not make %s signatures",
		    k->algorithm_name, signature_name(scheme));
	if (k->private_half == NULL)
		return k->holder.sign(k->holder_ctx, scheme, tbs, n, out_signature, e);
	return sign_here(k, scheme, tbs, n, out_signature, e);
}
