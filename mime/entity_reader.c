/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>

#include "base/encoding.h"
#include "base/memory.h"
#include "mime/entity.h"
#include "mime/quoted_printable.h"

struct entity_reader {
	struct spool_reader spool;
	struct source raw;
	union {
		struct base64_reader base64;
		struct quoted_reader quoted;
	} decoder;
};

int
entity_reader_new(const struct entity *entity, struct entity_reader **out, struct source *out_source,
    struct error *e)
{
	struct entity_reader *reader;

	if (entity->encoding == ENCODING_UNKNOWN)
		return error_set(e, ERROR_MIME_SYNTAX, "an unknown transfer encoding");
	reader = memory_new(1, sizeof(*reader), e);
	if (reader == NULL)
		return -1;
	reader->raw = spool_reader_source(&reader->spool, entity->body);
	switch (entity->encoding) {
	case ENCODING_BASE64:
		*out_source = base64_reader_source(&reader->decoder.base64, &reader->raw);
		break;
	case ENCODING_QUOTED_PRINTABLE:
		*out_source = quoted_reader_source(&reader->decoder.quoted, &reader->raw);
		break;
	default:
		*out_source = reader->raw;
	}
	*out = reader;
	return 0;
}

void
entity_reader_free(struct entity_reader *reader)
{
	if (reader != NULL)
		memory_wipe(reader, sizeof(*reader)); /* a line of what may be a decrypted message */
	free(reader);
}
