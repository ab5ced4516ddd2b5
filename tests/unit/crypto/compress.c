/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include <zlib.h>

#include "base/encoding.h"
#include "crypto/der_private.h"
#include "tests/unit/crypto/compress.h"
#include "tests/unit/support.h"

#define ROOM ((size_t)64 * 1024 * 1024)

struct buffer
zlib_stream(const void *plain, size_t n)
{
	uLongf size = compressBound(n);
	struct buffer out = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;
	char *room = buffer_reserve(&out, size, &e);

	ck_assert_ptr_nonnull(room);
	ck_assert_int_eq(compress2((Bytef *)room, &size, plain, n, 9), Z_OK);
	out.size = size;
	return out;
}

/* Its object identifiers stand here as RFC 3274 and RFC 5652 have them, not as our tables do. */
struct buffer
compressed_der(const struct buffer *stream)
{
	static const unsigned char type[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 9 };
	static const unsigned char zlib[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 3, 8 };
	static const unsigned char data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1 };
	struct buffer der = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;
	struct der_writer w;

	der_begin(&w, &der, &e);
	der_open(&w, DER_SEQUENCE);
	der_put(&w, DER_OID, type, sizeof(type));
	der_open(&w, DER_CONSTRUCTED_0);
	der_open(&w, DER_SEQUENCE);
	der_put_small(&w, DER_INTEGER, 0);
	der_open(&w, DER_SEQUENCE);
	der_put(&w, DER_OID, zlib, sizeof(zlib));
	der_close(&w);
	der_open(&w, DER_SEQUENCE);
	der_put(&w, DER_OID, data, sizeof(data));
	der_open(&w, DER_CONSTRUCTED_0);
	der_put(&w, DER_OCTET_STRING, stream->data, stream->size);
	for (int i = 0; i < 5; i++)
		der_close(&w);
	expect_ok(der_finish(&w));
	return der;
}

struct buffer
compressed_entity(struct buffer take_der)
{
	struct buffer out = BUFFER_INIT(ROOM);
	struct sink sink = buffer_sink(&out);
	struct base64_writer base64;
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_text(&out,
	    "Content-Type: application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n",
	    &e));
	base64_writer_init(&base64, &sink);
	expect_ok(base64_write(&base64, take_der.data, take_der.size, &e));
	expect_ok(base64_finish(&base64, &e));
	buffer_done(&take_der);
	return out;
}

struct buffer
compressed(const char *entity)
{
	struct buffer stream = zlib_stream(entity, strlen(entity));
	struct buffer der = compressed_der(&stream);

	buffer_done(&stream);
	return compressed_entity(der);
}
