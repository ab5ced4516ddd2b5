/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

#include "base/error.h"

/* Octets from the kernel for identifiers, salts and boundaries; keys come from crypto/. */
int random_octets(void *to, size_t n, struct error *e);

/* random_id(to, e): 16 random octets as 32 hexadecimal digits: the ids of our rows. */
#define RANDOM_ID_SIZE 33
int random_id(char to[RANDOM_ID_SIZE], struct error *e);

#endif
