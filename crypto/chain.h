/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_CHAIN_H
#define CRYPTO_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "crypto/certificate.h"

/* Paths from a leaf to a trust anchor (RFC 5280 6), with revocation from lists that we hold. */

/* CRLs in memory: immutable once built, shared between threads. */
struct crls;
struct crls *crls_new(struct error *e);
void crls_free(struct crls *crls);
/* crls_read(crls, data, n, e): every CRL of a PEM text, or one DER CRL.  Signatures are checked when used. */
int crls_read(struct crls *crls, const void *data, size_t n, struct error *e);
size_t crls_count(const struct crls *crls);

enum revocation { REVOCATION_GOOD, REVOCATION_REVOKED, REVOCATION_UNKNOWN };

struct chain_request {
	const struct certificate *leaf;
	const struct certificates *intermediates; /* untrusted material: the message's, the store's; may be NULL */
	const struct certificates *anchors;
	const struct crls *crls;                  /* may be NULL: revocation unknown */
	enum certificate_purpose purpose;
	int64_t when;
};

struct chain_result {
	bool trusted;                  /* a path to an anchor holds, revocation aside */
	enum revocation revocation;    /* of the worst certificate of the path, the anchor excepted */
	int64_t revoked_at;            /* 0 unless revoked */
	const char *reason;            /* why not trusted, or NULL; see chain_verify() */
	struct certificates path;      /* leaf first, anchor last, when trusted */
};

/*
 * chain_verify(request, out, e): 0 whenever there is a judgement, trusted or not; -1 only for want of memory
 * or a fault.  Anchors may be intermediates (a partial chain ends there); a self-signed leaf is trusted only if
 * it is an anchor itself.  The leaf must also pass certificate_fits(), and issuers must be good for mail.  Reasons
 * are the words of certificate_fits(), of the leaf, and "no-anchor", "self-signed", "signature", "purpose",
 * "name-constraints", "path-length", "policy", "weak", "expired", "not-yet-valid", "syntax", of the path.
 *
 * Revocation (RFC 5280 6.3): a CRL counts within its dates (one without nextUpdate never) and its scope, when a key of
 * the issuer with cRLSign signed it, and if nothing critical in it is unknown; delta and indirect CRLs count as none.
 */
int chain_verify(const struct chain_request *request, struct chain_result *out, struct error *e);
void chain_result_done(struct chain_result *r);

#endif
