/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/limits.h"
#include "crypto/chain.h"
#include "crypto/chain_private.h"
#include "crypto/private.h"

/* ---- what the library says, in our words ---- */

static const char *
reason_of(int code)
{
	static const struct {
		int code;
		const char *reason;
	} reasons[] = {
		{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "no-anchor" },
		{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "no-anchor" },
		{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "no-anchor" },
		{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "no-anchor" },
		{ X509_V_ERR_CERT_UNTRUSTED, "no-anchor" },
		{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "self-signed" },
		{ X509_V_ERR_CERT_NOT_YET_VALID, "not-yet-valid" },
		{ X509_V_ERR_CERT_HAS_EXPIRED, "expired" },
		{ X509_V_ERR_CERT_SIGNATURE_FAILURE, "signature" },
		{ X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, "signature" },
		{ X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH, "signature" },
		{ X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM, "signature" },
		{ X509_V_ERR_INVALID_CA, "purpose" },
		{ X509_V_ERR_INVALID_PURPOSE, "purpose" },
		{ X509_V_ERR_KEYUSAGE_NO_CERTSIGN, "purpose" },
		{ X509_V_ERR_PATH_LENGTH_EXCEEDED, "path-length" },
		{ X509_V_ERR_CERT_CHAIN_TOO_LONG, "path-length" },
		{ X509_V_ERR_PERMITTED_VIOLATION, "name-constraints" },
		{ X509_V_ERR_EXCLUDED_VIOLATION, "name-constraints" },
		{ X509_V_ERR_SUBTREE_MINMAX, "name-constraints" },
		{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, "name-constraints" },
		{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, "name-constraints" },
		{ X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, "name-constraints" },
		{ X509_V_ERR_UNNESTED_RESOURCE, "name-constraints" },
		{ X509_V_ERR_NO_EXPLICIT_POLICY, "policy" },
		{ X509_V_ERR_INVALID_POLICY_EXTENSION, "policy" },
		{ X509_V_ERR_EE_KEY_TOO_SMALL, "weak" },
		{ X509_V_ERR_CA_KEY_TOO_SMALL, "weak" },
		{ X509_V_ERR_CA_MD_TOO_WEAK, "weak" },
	};

	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].code == code)
			return reasons[i].reason;
	return "syntax";
}

/* ---- building the path ---- */

/* The library's stack of borrowed certificates. */
static STACK_OF(X509) *
stack_of(const struct certificates *list)
{
	STACK_OF(X509) *stack = sk_X509_new_reserve(NULL, list == NULL ? 0 : (int)list->count);

	for (size_t i = 0; stack != NULL && list != NULL && i < list->count; i++)
		sk_X509_push(stack, certificate_x509(list->items[i]));
	return stack;
}

/*
 * No purpose of the library's is set: those for S/MIME refuse elliptic keys to
 * encrypt to and nonRepudiation alone, so leaf and issuers are judged by
 * certificate_fits() and issuer_fits().  Policies are checked because
 * requireExplicitPolicy is critical (RFC 5280 4.2.1.11).  X509_V_FLAG_X509_STRICT
 * is not set: real authorities of mail miss key identifiers or critical marks.
 */
static void
set_parameters(X509_VERIFY_PARAM *param, int64_t when)
{
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_POLICY_CHECK);
	X509_VERIFY_PARAM_set_time(param, (time_t)when);
	X509_VERIFY_PARAM_set_depth(param, LIMIT_CHAIN_DEPTH);
	X509_VERIFY_PARAM_set_auth_level(param, 2); /* 112 bits: RSA-2048, no SHA-1 */
	/* Every policy is fine; unless that is said, requireExplicitPolicy finds none acceptable. */
	X509_VERIFY_PARAM_add0_policy(param, OBJ_nid2obj(NID_any_policy));
}

/* 1: a path holds, left in `ctx`; 0: none, with the reason; -1: a fault. */
static int
build_path(X509_STORE_CTX *ctx, const struct certificate *leaf, int64_t when, STACK_OF(X509) *untrusted,
    STACK_OF(X509) *anchors, const char **reason, struct error *e)
{
	int rc, code;

	if (X509_STORE_CTX_init(ctx, NULL, certificate_x509(leaf), untrusted) != 1)
		return crypto_fail(e, ERROR_NO_MEMORY, "cannot build a path");
	X509_STORE_CTX_set0_trusted_stack(ctx, anchors);
	set_parameters(X509_STORE_CTX_get0_param(ctx), when);
	rc = X509_verify_cert(ctx);
	code = X509_STORE_CTX_get_error(ctx);
	if (rc == 1 && code == X509_V_OK)
		return 1;
	if (rc < 0 || code == X509_V_ERR_OUT_OF_MEM || code == X509_V_ERR_UNSPECIFIED || crypto_out_of_memory())
		return crypto_fail(e, ERROR_NO_MEMORY, "cannot build a path");
	*reason = reason_of(code);
	return 0;
}

/* The certificate of ours that an X509 of the path belongs to. */
static struct certificate *
find_own(const struct certificates *list, const X509 *x)
{
	for (size_t i = 0; list != NULL && i < list->count; i++)
		if (X509_cmp(certificate_x509(list->items[i]), x) == 0)
			return list->items[i];
	return NULL;
}

static int
take_path(const STACK_OF(X509) *chain, const struct chain_request *r, const struct certificate *leaf,
    struct certificates *out, struct error *e)
{
	struct certificate *c;

	if (certificates_add(out, (struct certificate *)(uintptr_t)leaf, e) != 0)
		return -1;
	for (int i = 1; i < sk_X509_num(chain); i++) {
		const X509 *x = sk_X509_value(chain, i);

		if ((c = find_own(r->anchors, x)) == NULL && (c = find_own(r->intermediates, x)) == NULL)
			return error_set(e, ERROR_INTERNAL, "a path with a certificate from nowhere");
		if (certificates_add(out, c, e) != 0)
			return -1;
	}
	return 0;
}

/* ---- judging it ---- */

/* An issuer that is limited to other purposes than mail issues nothing for mail; anchors are what we say they are. */
static const char *
issuers_fit(const struct certificates *path)
{
	for (size_t i = 1; i + 1 < path->count; i++) {
		X509 *x = certificate_x509(path->items[i]);

		if ((X509_get_extended_key_usage(x) & (XKU_SMIME | XKU_ANYEKU)) == 0)
			return "purpose";
	}
	return NULL;
}

/* One attempt at a path; `*reason` is set anew. */
static int
try_path(const struct chain_request *r, const struct certificate *leaf, STACK_OF(X509) *untrusted,
    STACK_OF(X509) *anchors, struct certificates *out, const char **reason, struct error *e)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int built, rc = -1;

	*reason = NULL;
	if (ctx == NULL)
		return crypto_fail(e, ERROR_NO_MEMORY, "cannot build a path");
	if ((built = build_path(ctx, leaf, r->when, untrusted, anchors, reason, e)) < 0)
		goto out;
	if (built == 1) {
		if (take_path(X509_STORE_CTX_get0_chain(ctx), r, leaf, out, e) != 0)
			goto out;
		*reason = issuers_fit(out);
	}
	rc = 0;
out:
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return rc;
}

/*
 * The library may find no path because memory ran out, without a word about it;
 * as in cms_verify(), a no must be said twice.
 */
int
chain_path(const struct chain_request *r, const struct certificate *leaf, struct certificates *out,
    const char **reason, struct error *e)
{
	STACK_OF(X509) *untrusted = stack_of(r->intermediates), *anchors = stack_of(r->anchors);
	struct certificates path = { NULL, 0 };
	int rc = -1;

	if (untrusted == NULL || anchors == NULL)
		crypto_fail(e, ERROR_NO_MEMORY, "cannot build a path");
	else
		rc = try_path(r, leaf, untrusted, anchors, &path, reason, e);
	if (rc == 0 && *reason != NULL) {
		certificates_done(&path);
		rc = try_path(r, leaf, untrusted, anchors, &path, reason, e);
	}
	if (rc == 0 && *reason == NULL) {
		*out = path;
		path = (struct certificates){ NULL, 0 };
	}
	certificates_done(&path);
	sk_X509_free(untrusted);
	sk_X509_free(anchors);
	return rc;
}

int
chain_verify(const struct chain_request *r, struct chain_result *out, struct error *e)
{
	struct chain_result result = { .revocation = REVOCATION_UNKNOWN };

	result.reason = certificate_fits(r->leaf, r->purpose, r->when);
	if (result.reason == NULL && chain_path(r, r->leaf, &result.path, &result.reason, e) != 0)
		return -1;
	result.trusted = result.reason == NULL;
	if (result.trusted && revocation_judge(r, &result, e) != 0) {
		chain_result_done(&result);
		return -1;
	}
	*out = result;
	return 0;
}

void
chain_result_done(struct chain_result *r)
{
	certificates_done(&r->path);
}
