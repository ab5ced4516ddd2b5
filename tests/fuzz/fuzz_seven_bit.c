/* SPDX-License-Identifier: BSD-2-Clause */

/* Any octets as a message: its 7-bit form is 7-bit, decodes to the same leaves, and is its own 7-bit form. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "mime/seven_bit.h"

#define SIZE_LIMIT (64 * 1024 * 1024)

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

static int
decode(const struct entity *leaf, struct buffer *out)
{
	struct entity_reader *reader = NULL;
	struct sink sink = buffer_sink(out);
	struct source source;
	int rc = -1;

	if (entity_reader_new(leaf, &reader, &source, NULL) == 0)
		rc = io_copy(&source, &sink, NULL);
	entity_reader_free(reader);
	return rc;
}

/* The form has a last line end, which the message may lack. */
static void
trim(struct buffer *b)
{
	while (b->size > 0 && strchr("\r\n", b->data[b->size - 1]) != NULL && b->data[b->size - 1] != '\0')
		b->size--;
}

static void
compare(const struct entity *before, const struct entity *after)
{
	struct buffer a = BUFFER_INIT(SIZE_LIMIT), b = BUFFER_INIT(SIZE_LIMIT);

	if (before->count != after->count)
		abort();
	for (size_t i = 0; i < before->count; i++)
		compare(before->parts[i], after->parts[i]);
	if (before->count == 0 && decode(before, &a) == 0) {
		if (decode(after, &b) != 0)
			abort();
		trim(&a);
		trim(&b);
		if (a.size != b.size || memcmp(buffer_text(&a), buffer_text(&b), a.size) != 0)
			abort();
	}
	buffer_done(&a);
	buffer_done(&b);
}

/* The form of the form is the form. */
static void
check_final(const struct entity *again, const struct buffer *form)
{
	struct buffer second = BUFFER_INIT(SIZE_LIMIT);
	struct sink sink = buffer_sink(&second);

	if (seven_bit_needed(again) || seven_bit_blocked(again) != NULL || seven_bit_write(again, NULL, &sink, NULL) != 0 ||
	    second.size != form->size || memcmp(second.data, form->data, form->size) != 0)
		abort();
	buffer_done(&second);
}

static void
check_form(const struct entity *message, const struct buffer *form)
{
	struct spool *spool = spool_of(buffer_text(form), form->size);
	struct entity *again = NULL;

	if (entity_parse_whole(spool_all(spool), &again, NULL) != 0 || again->facts.has_8bit || again->facts.has_nul ||
	    again->facts.has_bare_cr || again->facts.has_bare_lf || again->facts.longest_line > 998 ||
	    form->size < 2 || memcmp(form->data + form->size - 2, "\r\n", 2) != 0)
		abort();
	if (entity_structure_ambiguity(message) == NULL) {
		if (entity_structure_ambiguity(again) != NULL)
			abort();
		check_final(again, form);
		compare(message, again);
	}
	entity_free(again);
	spool_free(spool);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spool *spool = spool_of(data, size);
	struct buffer form = BUFFER_INIT(SIZE_LIMIT);
	struct sink sink = buffer_sink(&form);
	struct error e = ERROR_INIT;
	struct entity *message = NULL;
	int blocked;

	if (entity_parse_whole(spool_all(spool), &message, &e) == 0) {
		blocked = seven_bit_blocked(message) != NULL;
		if ((seven_bit_write(message, NULL, &sink, &e) != 0) != blocked)
			abort();
		if (!blocked)
			check_form(message, &form);
	}
	entity_free(message);
	buffer_done(&form);
	spool_free(spool);
	return 0;
}
