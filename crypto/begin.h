/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_BEGIN_H
#define CRYPTO_BEGIN_H

#include "base/error.h"

/*
 * crypto_begin(e): do now what the library does once, at the first use of random numbers and digests.  A moment
 * without memory there spoils it for the rest of the process: for a daemon that had better be its start, which can
 * fail.  Nobody else needs to call it.
 */
int crypto_begin(struct error *e);

#endif
