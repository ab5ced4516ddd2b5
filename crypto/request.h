/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_REQUEST_H
#define CRYPTO_REQUEST_H

#include "base/buffer.h"
#include "base/error.h"
#include "crypto/certificate.h"
#include "crypto/key.h"

/*
 * request_make(key, common_name, addresses, purpose words, out_der, e): a PKCS#10 request (RFC 2986) with the
 * subjectAltName and keyUsage wanted (RFC 8551 4.1).
 */
int request_make(const struct key *k, const char *common_name, const struct address_list *addresses, int sign,
    int encrypt, struct buffer *out_der, struct error *e);

#endif
