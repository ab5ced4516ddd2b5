/* SPDX-License-Identifier: BSD-2-Clause */

/* Any octets as a header: what is read is written, reads back and writes the same; nothing is lost behind it. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "mime/header_list.h"

#define SIZE_LIMIT (16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct spool *
spool_of(const void *data, size_t n)
{
	static const struct spool_settings settings = { .memory = SIZE_LIMIT, .max = SIZE_LIMIT };
	struct spool *spool = spool_new(&settings, NULL);

	if (spool == NULL || spool_write(spool, data, n, NULL) != 0)
		abort();
	return spool;
}

/* The header at the start of `spool` as it is written again; 0 if there is none within the limits. */
static int
rewrite(struct spool *spool, struct buffer *out)
{
	struct sink sink = buffer_sink(out);
	struct header_list *list = NULL;
	struct error e = ERROR_INIT;
	struct spool_span body;

	if (header_list_read(spool_all(spool), &list, &body, &e) != 0) {
		if (e.code != ERROR_TOO_MANY_HEADERS)
			abort();
		return 0;
	}
	if (body.offset + body.size != spool_size(spool) || header_list_write(list, &sink, &e) != 0)
		abort();
	for (size_t i = 0; i < header_list_count(list); i++) {
		const struct header_field *field = header_list_at(list, i);

		if (header_list_find(list, field->name, field->nth) != field)
			abort();
	}
	header_list_free(list);
	return 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer first = BUFFER_INIT(SIZE_LIMIT), second = BUFFER_INIT(SIZE_LIMIT);
	struct spool *spool = spool_of(data, size), *again;

	if (rewrite(spool, &first)) {
		again = spool_of(buffer_text(&first), first.size);
		if (!rewrite(again, &second) || second.size != first.size ||
		    memcmp(buffer_text(&first), buffer_text(&second), first.size) != 0)
			abort();
		spool_free(again);
	}
	spool_free(spool);
	buffer_done(&first);
	buffer_done(&second);
	return 0;
}
