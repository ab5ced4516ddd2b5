/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_CHAIN_PRIVATE_H
#define CRYPTO_CHAIN_PRIVATE_H

#include "crypto/chain.h"

/*
 * chain_path(r, leaf, out, reason, e): a path from `leaf` (not that of the request) to one of its anchors, leaf
 * first; when there is none, `*reason` says why and `out` is untouched.  `*reason` is NULL before.
 */
int chain_path(const struct chain_request *r, const struct certificate *leaf, struct certificates *out,
    const char **reason, struct error *e);

/* revocation_judge(r, out, e): fill `revocation` and `revoked_at` of a trusted path (revocation.c). */
int revocation_judge(const struct chain_request *r, struct chain_result *out, struct error *e);

/*
 * crls_judge(crls, c, signer, when, revoked_at): what the CRLs under the name of the issuer of `c` say about it, as
 * far as `signer` signed them (RFC 5280 6.3): the newest complete one whose dates hold decides; lists of some reasons
 * count together.
 */
enum revocation crls_judge(const struct crls *crls, const struct certificate *c, const struct certificate *signer,
    int64_t when, int64_t *revoked_at);

#endif
