/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_PEM_H
#define CRYPTO_PEM_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

/* pem_write(name, der, n, out, e): one PEM block (RFC 7468) such as "CERTIFICATE REQUEST", appended. */
int pem_write(const char *name, const unsigned char *der, size_t n, struct buffer *out, struct error *e);

#endif
