/* SPDX-License-Identifier: BSD-2-Clause */

/* Any octets as an address field or unstructured text: read, and what comes out holds no line end. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "mime/address_field.h"

#define SIZE_LIMIT (1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_mailboxes(const char *value, size_t n)
{
	struct mailboxes m;
	struct error e = ERROR_INIT;

	if (mailboxes_parse(value, n, &m, &e) != 0) {
		if (e.code != ERROR_TOO_MANY_HEADERS)
			abort();
		return;
	}
	for (size_t i = 0; i < m.list.count; i++)
		if (strpbrk(m.list.items[i]->text, "\r\n") != NULL)
			abort();
	mailboxes_done(&m);
}

static void
read_words(const char *value, size_t n)
{
	struct buffer out = BUFFER_INIT(SIZE_LIMIT);
	struct error e = ERROR_INIT;

	if (encoded_words_decode(value, n, &out, &e) != 0 && e.code != ERROR_TOO_MANY_HEADERS)
		abort();
	if (out.size > 0 && (strpbrk(buffer_text(&out), "\r\n") != NULL || strlen(out.data) != out.size))
		abort();
	buffer_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_mailboxes((const char *)data, size);
	read_words((const char *)data, size);
	return 0;
}
