/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_SPOOL_H
#define BASE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/io.h"

/*
 * Where a message lives while we work on it: memory up to a threshold, then an
 * unlinked file whose blocks are sealed under a key that exists only in memory;
 * dropping the key is the wipe.  A spool is written at its end only and read
 * anywhere.  One thread at a time.
 */
struct spool;

/*
 * The cipher of the file form; crypto/spool_cipher.c fills it.  Each spool has
 * a key of its own and each block number is sealed once, so the block number is
 * the nonce.  A block that does not authenticate is ERROR_IO.
 */
struct spool_cipher {
	void *(*key_new)(struct error *e);
	void (*key_free)(void *key);
	size_t overhead; /* octets that a sealed block is longer */
	int (*seal)(void *key, uint64_t block, const void *plain, size_t n, void *sealed, struct error *e);
	int (*open)(void *key, uint64_t block, const void *sealed, size_t n, void *plain, struct error *e);
};

struct spool_settings {
	size_t memory;                     /* octets kept in memory before the file form begins */
	uint64_t max;                      /* ceiling; past it ERROR_TOO_LARGE */
	const char *folder;                /* for the file form; borrowed; NULL: none */
	const struct spool_cipher *cipher; /* NULL: the spool never leaves memory; past `memory` ERROR_TOO_LARGE */
};

struct spool *spool_new(const struct spool_settings *settings, struct error *e);
void spool_free(struct spool *spool); /* wipes; NULL is fine */

int spool_write(struct spool *spool, const void *from, size_t n, struct error *e);
uint64_t spool_size(const struct spool *spool);

/* spool_read_at(spool, offset, to, n, e): exactly `n` octets; ERROR_INTERNAL past the end. */
int spool_read_at(struct spool *spool, uint64_t offset, void *to, size_t n, struct error *e);

/* spool_truncate(spool): empty it (the key is renewed); for a failed attempt whose octets must be gone. */
int spool_truncate(struct spool *spool, struct error *e);

/* spool_sink(spool): a sink that appends. */
struct sink spool_sink(struct spool *spool);

/* A run of octets within a spool; borrowed. */
struct spool_span {
	struct spool *spool;
	uint64_t offset, size;
};

struct spool_span spool_all(struct spool *spool);

/* A forward reader over a span; the span's spool must outlive it. */
struct spool_reader {
	struct spool_span span;
	uint64_t position; /* relative to the span */
};
struct source spool_reader_source(struct spool_reader *reader, struct spool_span span);

/* spool_span_write(span, to, e): copy the span. */
int spool_span_write(struct spool_span span, struct sink *to, struct error *e);

#endif
