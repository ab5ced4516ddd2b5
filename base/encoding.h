/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_ENCODING_H
#define BASE_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/io.h"

/* Octets as text: hexadecimal and base64 (RFC 4648, line lengths of RFC 2045 6.8). */

/* hex_encode(from, n, to): 2n lower-case digits and a NUL into `to`. */
void hex_encode(const void *from, size_t n, char *to);

/* hex_decode(text, size, to, n): exactly `n` octets from 2n digits of either case; -1 otherwise. */
int hex_decode(const char *text, size_t size, void *to, size_t n);

/*
 * A base64 writer in lines of 64 characters ended by CRLF; base64_finish()
 * writes the padding and the last line end.
 */
struct base64_writer {
	struct sink *to;
	unsigned char pending[48]; /* one line's worth */
	size_t count;
};
void base64_writer_init(struct base64_writer *w, struct sink *to);
int base64_write(struct base64_writer *w, const void *from, size_t n, struct error *e);
int base64_finish(struct base64_writer *w, struct error *e);
struct sink base64_writer_sink(struct base64_writer *w);

/*
 * A base64 reader over a source.  Strict: the alphabet, white space and line
 * ends anywhere, correct padding, nothing but white space behind it
 * (ERROR_MIME_SYNTAX otherwise).
 */
struct base64_reader {
	struct source *from;
	unsigned char raw[4096];
	size_t raw_count, raw_used;
	unsigned char quad[4]; /* values of the characters that wait for their group of four */
	size_t quad_count;
	unsigned char done[3]; /* octets that wait for a reader */
	size_t done_count, done_used;
	bool padded, ended;
};
struct source base64_reader_source(struct base64_reader *r, struct source *from);

/* base64_encode_line(from, n, out, e): no line ends; base64_decode_text(text, size, out, e): the reader's rules. */
int base64_encode_line(const void *from, size_t n, struct buffer *out, struct error *e);
int base64_decode_text(const char *text, size_t size, struct buffer *out, struct error *e);

#endif
