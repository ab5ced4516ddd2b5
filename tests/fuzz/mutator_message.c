/* SPDX-License-Identifier: BSD-2-Clause */

/* For targets whose input is a message: where its body is base64 of a BER object, that object is mutated, too. */

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/encoding.h"
#include "tests/fuzz/mutate.h"

#define OBJECT_MAX (1024 * 1024)

/* `message` is a header of `head` octets and base64: the object within is mutated; -1 if there is none. */
static int
mutate_body(uint8_t *message, size_t *size, size_t head, size_t max, unsigned seed)
{
	struct buffer object = BUFFER_INIT(OBJECT_MAX), text = BUFFER_INIT(OBJECT_MAX);
	struct sink sink = buffer_sink(&text);
	struct base64_writer w;
	uint8_t *room = calloc(1, max);
	int rc = -1;
	size_t n;

	if (room == NULL || base64_decode_text((const char *)message + head, *size - head, &object, NULL) != 0 ||
	    object.size == 0 || object.size > max / 2)
		goto out;
	memcpy(room, object.data, object.size);
	n = mutate_der(room, object.size, max / 2, seed);
	base64_writer_init(&w, &sink);
	if (base64_write(&w, room, n, NULL) != 0 || base64_finish(&w, NULL) != 0 || head + text.size > max)
		goto out;
	memcpy(message + head, text.data, text.size);
	*size = head + text.size;
	rc = 0;
out:
	free(room);
	buffer_done(&object);
	buffer_done(&text);
	return rc;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	const uint8_t *blank = memmem(data, size, "\r\n\r\n", 4);

	if (blank == NULL || seed % 4 == 0 || mutate_body(data, &size, (size_t)(blank - data) + 4, max, seed / 4) != 0)
		return LLVMFuzzerMutate(data, size, max);
	return size;
}
