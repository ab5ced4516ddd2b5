/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_ISSUE_H
#define CRYPTO_ISSUE_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "crypto/certificate.h"
#include "crypto/key.h"

/*
 * Certificates and CRLs of the built-in CA, signed through key_sign().  Leaves follow the S/MIME Strict profile
 * (CA/Browser Forum S/MIME Baseline Requirements): keyUsage critical, emailProtection alone, SAN, AKI and SKI, 127 random serial bits.
 */
struct issue_request {
	const struct key *issuer_key;
	const struct certificate *issuer;       /* NULL: self-signed by issuer_key */
	const struct key *subject_key;          /* its public half is certified */
	const char *common_name;
	const struct address_list *addresses;   /* leaves */
	const char *const *permitted_domains;   /* CAs: name constraints, NULL-terminated; may be NULL */
	int ca;                                 /* 1: a CA; then path_length */
	int path_length;                        /* -1: none */
	int sign, encrypt;                      /* leaves: key usage wanted */
	int64_t not_before, not_after;
};
int issue_certificate(const struct issue_request *r, struct certificate **out, struct error *e);

struct issue_revoked {
	const char *serial; /* hexadecimal */
	int64_t when, reason;
};
int issue_crl(const struct key *issuer_key, const struct certificate *issuer, const struct issue_revoked *revoked,
    size_t count, int64_t number, int64_t this_update, int64_t next_update, struct buffer *out_pem, struct error *e);

#endif
