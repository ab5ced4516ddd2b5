/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include <openssl/x509v3.h>

#include "crypto/chain_private.h"
#include "crypto/private.h"

static int
rank(enum revocation r)
{
	return r == REVOCATION_REVOKED ? 2 : r == REVOCATION_UNKNOWN ? 1 : 0;
}

/* ---- CRLs that another key of the issuer signed (RFC 5280 6.3.3 (f)): after a change of keys, or a key for CRLs alone */

/* Number `i` of the request's intermediates and anchors, or NULL behind the last. */
static const struct certificate *
certificate_at(const struct chain_request *r, size_t i)
{
	size_t count = r->intermediates == NULL ? 0 : r->intermediates->count;

	if (i < count)
		return r->intermediates->items[i];
	i -= count;
	return r->anchors != NULL && i < r->anchors->count ? r->anchors->items[i] : NULL;
}

static bool
same_name(const X509_NAME *a, const X509_NAME *b)
{
	return X509_NAME_cmp(a, b) == 0;
}

/* The issuer's name with another key than the one that issued `c`. */
static bool
is_other_key(const struct certificate *candidate, const struct certificate *c, const struct certificate *issuer)
{
	if (strcmp(certificate_public_hash(candidate), certificate_public_hash(issuer)) == 0)
		return false;
	return same_name(X509_get_subject_name(certificate_x509(candidate)),
	    X509_get_issuer_name(certificate_x509(c)));
}

/*
 * Whether no certificate of the other key's path is in doubt.  A list may speak
 * of the certificate of its own signer: there is no other under that name.
 */
static bool
path_is_good(const struct chain_request *r, const struct certificates *path)
{
	const struct certificate *signer = path->items[0];
	int64_t at;

	for (size_t i = 0; i + 1 < path->count; i++) {
		enum revocation one = crls_judge(r->crls, path->items[i], path->items[i + 1], r->when, &at);

		if (one == REVOCATION_UNKNOWN)
			one = crls_judge(r->crls, path->items[i], signer, r->when, &at);
		if (one != REVOCATION_GOOD)
			return false;
	}
	return true;
}

/* 1 if `candidate` leads to the same anchor as the path that is judged, without doubt; 0; -1 for a fault. */
static int
may_speak(const struct chain_request *r, const struct certificate *candidate, const struct certificate *anchor,
    struct error *e)
{
	struct certificates path = { NULL, 0 };
	const char *reason = NULL;
	int may;

	if (chain_path(r, candidate, &path, &reason, e) != 0)
		return -1;
	may = reason == NULL && strcmp(certificate_fingerprint(path.items[path.count - 1]),
	    certificate_fingerprint(anchor)) == 0 && path_is_good(r, &path);
	certificates_done(&path);
	return may;
}

static int
judge_by_other_keys(const struct chain_request *r, const struct certificates *path, size_t i, enum revocation *out,
    int64_t *revoked_at, struct error *e)
{
	const struct certificate *c = path->items[i], *candidate;
	enum revocation said;
	int64_t when;
	int may;

	for (size_t k = 0; *out == REVOCATION_UNKNOWN && (candidate = certificate_at(r, k)) != NULL; k++) {
		if (!is_other_key(candidate, c, path->items[i + 1]))
			continue;
		said = crls_judge(r->crls, c, candidate, r->when, &when);
		if (said == REVOCATION_UNKNOWN)
			continue;
		if ((may = may_speak(r, candidate, path->items[path->count - 1], e)) < 0)
			return -1;
		if (may == 1) {
			*out = said;
			*revoked_at = said == REVOCATION_REVOKED ? when : 0;
		}
	}
	return 0;
}

/* ---- the path ---- */

/* The worst of the path, the anchor excepted. */
int
revocation_judge(const struct chain_request *r, struct chain_result *out, struct error *e)
{
	out->revocation = REVOCATION_GOOD;
	for (size_t i = 0; i + 1 < out->path.count; i++) {
		enum revocation one = REVOCATION_UNKNOWN;
		int64_t at = 0;

		if (r->crls != NULL) {
			one = crls_judge(r->crls, out->path.items[i], out->path.items[i + 1], r->when, &at);
			if (judge_by_other_keys(r, &out->path, i, &one, &at, e) != 0)
				return -1;
		}
		if (rank(one) > rank(out->revocation)) {
			out->revocation = one;
			out->revoked_at = at;
		}
	}
	return 0;
}
