/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GATEWAY_ESMTP_PRIVATE_H
#define GATEWAY_ESMTP_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

/* Parameters of MAIL and RCPT (RFC 5321 4.1.1.11), as text with a space between them. */

/* esmtp_join(esmtp, e): of a NULL-terminated list, which may be NULL; the caller frees. */
char *esmtp_join(char *const *esmtp, struct error *e);

/* esmtp_find(parameters, name, out_size): the value of "NAME=value", empty of "NAME" alone; NULL if there is none. */
const char *esmtp_find(const char *parameters, const char *name, size_t *out_size);

/* esmtp_decode(xtext, n, out, e): xtext (RFC 3461 4) as it was meant, appended; what is no hexadecimal stays as it is. */
int esmtp_decode(const char *xtext, size_t n, struct buffer *out, struct error *e);

#endif
