/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_CRL_PRIVATE_H
#define CRYPTO_CRL_PRIVATE_H

#include "crypto/chain.h"

/*
 * crls_judge(crls, c, issuer, when, revoked_at): what the CRLs that `issuer` signed say about `c` (RFC 5280 6.3):
 * the newest complete one whose dates hold decides; a revocation in one of limited reasons counts too.
 */
enum revocation crls_judge(const struct crls *crls, const struct certificate *c, const struct certificate *issuer,
    int64_t when, int64_t *revoked_at);

#endif
