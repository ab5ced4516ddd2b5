/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_BER_PRIVATE_H
#define CRYPTO_BER_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/io.h"
#include "base/limits.h"
#include "crypto/der_private.h"

/*
 * BER (X.690 8) read from a stream, forward only and with flat memory: tags
 * are looked at, constructions entered and left, values passed on to a sink.
 * Definite and indefinite lengths and constructed strings are all fine; an
 * element that overlaps the end of its construction is not.  Every malformation
 * and truncation is ERROR_CMS_SYNTAX with the octet's number.  Tags are those
 * of der_private.h.
 */
#define BER_END 0x00 /* what ber_peek() tells at the end of a construction */
#define BER_CONSTRUCTED 0x20

#define BER_HEADER_MAX 15 /* a tag number of 5 octets after the first, a length of 8 after the first */

struct ber_header {
	unsigned tag;         /* the identifier octet; of a high tag number only this first octet */
	size_t size;          /* octets of the header itself */
	bool indefinite;
	uint64_t length;      /* when not indefinite */
};

/* ber_header(p, n, out): decode the header at the start of `n` octets; -1 if malformed or not all there. */
int ber_header(const unsigned char *p, size_t n, struct ber_header *out);

struct ber {
	struct source *source;
	unsigned char block[16 * 1024];
	size_t used, count;            /* of `block` */
	uint64_t position;             /* octets taken so far */
	uint64_t overhead, overhead_max;
	uint64_t content, content_max; /* octets of the strings that count as content */
	struct {
		uint64_t end;
		bool indefinite;
	} levels[LIMIT_DER_DEPTH];
	size_t depth;
	struct ber_header next;
	unsigned char next_raw[BER_HEADER_MAX];
	bool peeked;
};

/* ber_init(b, source, overhead, content): the ceilings, in octets, for everything but the content and for it. */
void ber_init(struct ber *b, struct source *source, uint64_t overhead, uint64_t content);

/* ber_peek(b, tag, e): the identifier octet of the next element, not taken; BER_END where the construction ends. */
int ber_peek(struct ber *b, unsigned *tag, struct error *e);

/* ber_enter(b, tag, e), ber_leave(b, e): into an element that must have this tag, out of it at its end. */
int ber_enter(struct ber *b, unsigned tag, struct error *e);
int ber_leave(struct ber *b, struct error *e);

/* ber_element(b, to, e): the next element whole, as sent; NULL skips it. */
int ber_element(struct ber *b, struct sink *to, struct error *e);

/*
 * ber_string(b, tag, to, content, e): the value of a string, primitive (`tag`) or in segments (X.690 8.7), these
 * joined; NULL passes it by.  `content` says under which ceiling its octets fall.
 */
int ber_string(struct ber *b, unsigned tag, struct sink *to, bool content, struct error *e);

/* ber_inside(b, to, e): the rest of the entered construction as sent, without its end mark. */
int ber_inside(struct ber *b, struct sink *to, struct error *e);

/*
 * ber_normalise(from, n, out, e): the elements of `from` appended with definite lengths of the shortest form and
 * the segments of OCTET STRINGs joined (X.690 10.1, 10.2): what BER leaves open in the structures that CMS digests
 * or compares.  Octets that are DER already come out as they are.
 */
int ber_normalise(const void *from, size_t n, struct buffer *out, struct error *e);

/* ber_wrong(b, what, e): ERROR_CMS_SYNTAX at this octet; -1. */
int ber_wrong(const struct ber *b, const char *what, struct error *e);

#endif
