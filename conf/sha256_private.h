/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_SHA256_PRIVATE_H
#define CONF_SHA256_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * SHA-256 (FIPS 180-4) for the name of a configuration.  It guards no secret and
 * no signature; conf/ and crypto/ are of one rank, so the library is out of reach.
 */
struct sha256 {
	uint32_t state[8];
	unsigned char block[64];
	uint64_t octets;
};

void sha256_init(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *data, size_t n);
void sha256_hex(struct sha256 *h, char to[65]); /* ends the digest: 64 digits and a NUL */

#endif
