/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_DER_PRIVATE_H
#define CRYPTO_DER_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

/*
 * DER (X.690 10) as we need it: a strict reader over octets in memory and a
 * writer.  Tags are single octets: no structure here has a number above 30.
 */
enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_ENUMERATED = 0x0a,
	DER_UTF8_STRING = 0x0c,
	DER_IA5_STRING = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT_0 = 0x80, /* + n: IMPLICIT [n] of a primitive type */
	DER_CONSTRUCTED_0 = 0xa0, /* + n: [n] of a constructed type, or EXPLICIT */
};

/* ---- reading ---- */

/* A run of octets that is read from its front. */
struct der_reader {
	const unsigned char *data;
	size_t size;
};

/* One element; `whole` begins at its tag. */
struct der_element {
	unsigned char tag;
	const unsigned char *data, *whole;
	size_t size, whole_size;
};

/* der_next(r, out): the next element; false at the end and for what is not DER (lengths: definite and minimal). */
bool der_next(struct der_reader *r, struct der_element *out);
/* der_expect(r, tag, out): the same, if it has this tag; otherwise false and nothing is read. */
bool der_expect(struct der_reader *r, unsigned char tag, struct der_element *out);
/* der_enter(element): a reader over the element's content. */
struct der_reader der_enter(const struct der_element *element);
bool der_is(const struct der_element *element, const void *content, size_t n);
/* der_sole(data, n, tag, out): exactly one element with this tag and nothing behind it. */
bool der_sole(const void *data, size_t n, unsigned char tag, struct der_element *out);
/* der_time(element, out): a UTCTime or GeneralizedTime in the one form of RFC 5280 4.1.2.5: seconds, "Z". */
bool der_time(const struct der_element *element, int64_t *out);

/* ---- writing ---- */

#define DER_OPEN_MAX 16

/*
 * A writer that appends to `out`.  The first failure stays: later calls do
 * nothing, and der_finish() tells.
 */
struct der_writer {
	struct buffer *out;
	size_t open[DER_OPEN_MAX]; /* where the contents of open elements begin */
	size_t depth;
	int failed;
	struct error *e;
};

void der_begin(struct der_writer *w, struct buffer *out, struct error *e);
/* der_finish(w): 0, or -1 with the error set. */
int der_finish(struct der_writer *w);

void der_open(struct der_writer *w, unsigned char tag);
void der_close(struct der_writer *w);
/* der_close_set(w): close a SET OF: its elements are put in order (X.690 11.6). */
void der_close_set(struct der_writer *w);

void der_put(struct der_writer *w, unsigned char tag, const void *content, size_t n);
void der_put_raw(struct der_writer *w, const void *encoded, size_t n);
/* der_put_unsigned(w, tag, octets, n): an INTEGER or ENUMERATED from big-endian octets of any length. */
void der_put_unsigned(struct der_writer *w, unsigned char tag, const unsigned char *octets, size_t n);
void der_put_small(struct der_writer *w, unsigned char tag, uint64_t value);
/* der_put_bits(w, octets, n): a BIT STRING of whole octets; der_put_flags(): a named bit list, bit 0 first. */
void der_put_bits(struct der_writer *w, const void *octets, size_t n);
void der_put_flags(struct der_writer *w, unsigned flags, unsigned count);
void der_put_time(struct der_writer *w, int64_t seconds);

/* der_header(to, tag, size): tag and length alone; returns the octets written (at most 10). */
#define DER_HEADER_MAX 10
size_t der_header(unsigned char to[DER_HEADER_MAX], unsigned char tag, uint64_t size);

#endif
