/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_ENTITY_H
#define MIME_ENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/spool.h"
#include "mime/header_list.h"
#include "mime/media_type.h"

/*
 * The structure of a message as byte spans over its spool (RFC 2045, 2046).
 * Nothing is decoded or copied; a signature lives by these bytes.
 */
enum transfer_encoding {
	ENCODING_7BIT, /* also: no field */
	ENCODING_8BIT,
	ENCODING_BINARY,
	ENCODING_QUOTED_PRINTABLE,
	ENCODING_BASE64,
	ENCODING_UNKNOWN,
};

/* What the octets of a leaf's (or a whole entity's) body are like. */
struct line_facts {
	bool has_8bit, has_nul, has_bare_cr, has_bare_lf;
	bool has_from_line;      /* a line that begins "From " */
	bool has_trailing_space; /* a line that ends in SP or HT */
	bool has_lone_dot;
	uint64_t longest_line;   /* octets without the line end */
	uint64_t octets_8bit;    /* how many are over 127 */
	bool ends_in_line_end;   /* also true when empty */
};

struct entity {
	struct entity *parent;
	struct entity **parts; /* of a multipart; a message/rfc822 has its content as the only one */
	size_t count;
	struct header_list *headers;    /* owned; the root's are a copy of what was given */
	struct media_type *type;        /* with the default of its place: text/plain, message/rfc822 in digests */
	enum transfer_encoding encoding;
	struct spool_span header_span;  /* header and blank line; size 0 at a root whose header was given apart */
	struct spool_span body;
	/*
	 * Of a multipart: what stands before the first delimiter line and behind
	 * the closing one (without their line ends).
	 */
	struct spool_span preamble, epilogue;
	bool closed;                    /* the closing delimiter was found */
	struct line_facts facts;        /* of the whole body span */
	struct line_facts header_facts; /* of `headers`, as they came */
	struct line_facts frame_facts;  /* of a multipart's own lines: preamble, delimiters, epilogue */
	/*
	 * Why two readers could see different parts here or below, or NULL: two
	 * Content-Type fields, an ambiguous boundary, a multipart without a
	 * delimiter or not closed, an outer boundary inside a leaf …  Static text.
	 */
	const char *ambiguity;
};

/*
 * entity_parse(headers, body, out, e): an entity whose header is known and whose
 * body is `body`.  entity_parse_whole(): header and body in one span.
 * ERROR_TOO_DEEP, ERROR_TOO_MANY_PARTS, ERROR_TOO_MANY_HEADERS past base/limits.h;
 * odd structure is no error: see `ambiguity`.  The spool must outlive the tree.
 */
int entity_parse(const struct header_list *headers, struct spool_span body, struct entity **out, struct error *e);
int entity_parse_whole(struct spool_span whole, struct entity **out, struct error *e);
void entity_free(struct entity *entity); /* the root only; NULL is fine */

bool entity_is(const struct entity *entity, const char *type, const char *subtype);

/* entity_structure_ambiguity(entity): the first `ambiguity` in the tree, or NULL. */
const char *entity_structure_ambiguity(const struct entity *entity);

/* entity_whole(entity): header span and body as one span (a part's bytes as signed, RFC 1847 2.1). */
struct spool_span entity_whole(const struct entity *entity);

/*
 * entity_content(entity, reader, …): the body with its transfer encoding undone.
 * Strict: ERROR_MIME_SYNTAX on octets that the encoding does not know.
 */
struct entity_reader;
int entity_reader_new(const struct entity *entity, struct entity_reader **out, struct source *out_source,
    struct error *e);
void entity_reader_free(struct entity_reader *reader);

#endif
