/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_ENTITY_PRIVATE_H
#define MIME_ENTITY_PRIVATE_H

#include "mime/entity.h"

/* entity_new(e): zeroed, with nothing read yet. */
struct entity *entity_new(struct error *e);

/* entity_add_part(parent, part, e): takes `part` only on success. */
int entity_add_part(struct entity *parent, struct entity *part, struct error *e);

/* entity_read_header(entity, e): type, encoding and what is ambiguous about them, from `headers` and the place. */
int entity_read_header(struct entity *entity, struct error *e);

/* entity_measure_header(entity): `header_facts` of a header that was given as a list. */
void entity_measure_header(struct entity *entity);

/* entity_note(entity, why): the first reason stays. */
void entity_note(struct entity *entity, const char *why);

/*
 * entity_boundary(entity, out_size): the boundary by which a multipart's parts
 * can be told, or NULL: no multipart, or none that all readers would agree on
 * (which is noted).
 */
const char *entity_boundary(struct entity *entity, size_t *out_size);

/* entity_holds_message(entity): a message/rfc822 whose content stands there unencoded (RFC 2046 5.2.1). */
bool entity_holds_message(const struct entity *entity);

bool encoding_is_identity(enum transfer_encoding encoding); /* 7bit, 8bit, binary */

#endif
