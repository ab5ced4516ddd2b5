/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any octets as a header: what is written is what was read, octet by octet but for line ends; nothing is lost behind
 * it; each field is found by its name and index, and has neither folds nor outer blanks when it is unfolded.
 */

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

/* The octets with each line end as CRLF. */
static void
with_crlf(const uint8_t *data, size_t n, struct buffer *out)
{
	for (size_t i = 0; i < n; i++)
		if ((data[i] == '\n' && (i == 0 || data[i - 1] != '\r') && buffer_append_char(out, '\r', NULL) != 0) ||
		    buffer_append_char(out, (char)data[i], NULL) != 0)
			abort();
}

/* Written is as read, plus the blank line that ended it or less the line end that the last field lacked. */
static void
compare(const struct buffer *written, struct buffer *read)
{
	size_t w = written->size, r = read->size;

	if (r == w + 2)
		r -= 2;
	else if (w == r + 2)
		w -= 2;
	if (r != w || memcmp(buffer_text(written), buffer_text(read), w) != 0)
		abort();
	if (r < read->size && memcmp(read->data + r, "\r\n", 2) != 0)
		abort();
}

static void
check_fields(const struct header_list *list)
{
	for (size_t i = 0; i < header_list_count(list); i++) {
		const struct header_field *field = header_list_at(list, i);
		struct buffer plain = BUFFER_INIT(SIZE_LIMIT);

		if (header_list_find(list, field->name, field->nth) != field ||
		    field->nth > header_list_count_of(list, field->name))
			abort();
		if (header_field_unfolded(field, &plain, NULL) != 0 || plain.size > field->value_size ||
		    strchr(buffer_text(&plain), '\n') != NULL)
			abort();
		if (plain.size > 0 && (strchr(" \t\r\n", plain.data[0]) != NULL || strchr(" \t\r\n", plain.data[plain.size - 1]) != NULL))
			abort();
		buffer_done(&plain);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer written = BUFFER_INIT(SIZE_LIMIT), read = BUFFER_INIT(SIZE_LIMIT);
	struct sink sink = buffer_sink(&written);
	struct spool *spool = spool_of(data, size);
	struct header_list *list = NULL;
	struct error e = ERROR_INIT;
	struct spool_span body;

	if (header_list_read(spool_all(spool), &list, &body, &e) == 0) {
		if (body.offset + body.size != size || header_list_write(list, &sink, &e) != 0)
			abort();
		with_crlf(data, (size_t)body.offset, &read);
		compare(&written, &read);
		check_fields(list);
	} else if (e.code != ERROR_TOO_MANY_HEADERS) {
		abort();
	}
	header_list_free(list);
	spool_free(spool);
	buffer_done(&written);
	buffer_done(&read);
	return 0;
}
