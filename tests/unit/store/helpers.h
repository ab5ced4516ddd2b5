/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_STORE_HELPERS_H
#define TESTS_UNIT_STORE_HELPERS_H

#include <stdint.h>

#include "store/rows.h"
#include "store/store.h"

/* Ids of 32 digits, one a letter. */
#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define ID_C "cccccccccccccccccccccccccccccccc"
#define HASH_A ID_A ID_A
#define HASH_B ID_B ID_B
#define HASH_C ID_C ID_C

/* A new store at scratch("store"), open. */
struct store *fresh_store(void);
struct store *open_store(const char *path);

int64_t revision(struct store *s);

struct identity_row an_identity(const char *id);
struct key_row a_key(const char *id, const char *identity_id, const char *public_hash);
struct key_certificate_row a_certificate(const char *fingerprint, const char *key_id);
struct partner_certificate_row a_partner(const char *id, const char *owner, const char *fingerprint);

/*
 * A process of its own that runs `body` when it is told to and answers 0 when
 * all is well.  It starts before the store is opened here: the engine's
 * connections must not be carried across fork(2).
 */
struct process {
	int pid, go;
};
struct process start_process(int (*body)(void *ctx), void *ctx);
void release_process(struct process *p);
int finish_process(struct process *p); /* its wait status */

#endif
