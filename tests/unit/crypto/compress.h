/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_CRYPTO_COMPRESS_H
#define TESTS_UNIT_CRYPTO_COMPRESS_H

#include "base/buffer.h"

/* Compressed data (RFC 3274) as correspondents write it.  The caller calls buffer_done(). */

/* zlib_stream(plain, n): by zlib itself.  compressed_der(stream): a CompressedData over these octets, whatever they are. */
struct buffer zlib_stream(const void *plain, size_t n);
struct buffer compressed_der(const struct buffer *stream);

/* compressed_entity(take_der): an entity with this object in it.  compressed(entity): all of it. */
struct buffer compressed_entity(struct buffer take_der);
struct buffer compressed(const char *entity);

#endif
