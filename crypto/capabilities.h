/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_CAPABILITIES_H
#define CRYPTO_CAPABILITIES_H

#include <stddef.h>

/*
 * capabilities_der(n): the SMIMECapabilities (RFC 8551 2.5.2) that we announce in every signature, DER, in the
 * order of our preference: authenticated content encryption first, then what every correspondent has.
 */
const unsigned char *capabilities_der(size_t *n);

#endif
