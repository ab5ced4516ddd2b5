/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_GMIME_PRIVATE_H
#define MIME_GMIME_PRIVATE_H

#include <stddef.h>

#include "base/error.h"

/* The one place that knows how GMime starts.  Each user of it calls this first; any thread may. */
void gmime_begin(void);

/*
 * gmime_text(value, n, e): a copy for GMime to decode, which the caller frees.  NUL, where it would stop, is "?".  Of
 * encoded-words in base64 that follow each other it drops all behind the first padding (3.2.13), which readers show:
 * these are written anew as "Q" (RFC 2047 4.2).
 */
char *gmime_text(const char *value, size_t n, struct error *e);

#endif
