/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>

#include <openssl/crypto.h>

#include "tests/unit/crypto/openssl_memory.h"

static _Thread_local unsigned countdown;

static int
refused(void)
{
	return countdown != 0 && --countdown == 0;
}

static void *
fallible_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return refused() ? NULL : malloc(n);
}

static void *
fallible_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return refused() ? NULL : realloc(p, n);
}

static void
plain_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/* The library takes other functions only before its first allocation: so before main(). */
__attribute__((constructor)) static void
install(void)
{
	if (CRYPTO_set_mem_functions(fallible_malloc, fallible_realloc, plain_free) != 1)
		abort();
}

void
openssl_fail_at(unsigned n)
{
	countdown = n;
}

int
openssl_fail_pending(void)
{
	return countdown != 0;
}
