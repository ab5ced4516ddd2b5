/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_BOUNDARY_H
#define MIME_BOUNDARY_H

#include "base/error.h"

/* boundary_make(to, e): a fresh boundary of 128 random bits that needs no quoting (RFC 2046 5.1.1). */
#define BOUNDARY_SIZE 48
int boundary_make(char to[BOUNDARY_SIZE], struct error *e);

#endif
