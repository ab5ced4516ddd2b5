/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_CRYPTO_OPENSSL_MEMORY_H
#define TESTS_UNIT_CRYPTO_OPENSSL_MEMORY_H

/*
 * The library's allocations, made to fail like ours: openssl_fail_at(n) lets
 * the n-th one of this thread from now on fail, once; 0 turns it off.
 * openssl_fail_pending() is 1 while it has not come yet.
 */
void openssl_fail_at(unsigned n);
int openssl_fail_pending(void);

#endif
