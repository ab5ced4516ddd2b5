/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GATEWAY_KEYED_PRIVATE_H
#define GATEWAY_KEYED_PRIVATE_H

#include "base/buffer.h"
#include "gateway/gateway_private.h"

/* Fields that only we can write: what keyed.c, opened.c and passed.c share. */

#define KEYED_DIGEST_TEXT 65 /* SHA-256 in hexadecimal, and its NUL */

/* keyed_plain(field, out, e): its value in one form, appended: MTAs fold anew, so a run of white space is one blank. */
int keyed_plain(const struct header_field *field, struct buffer *out, struct error *e);

/*
 * keyed_bind(headers, out, e): what tells a message from another and stays as it is on its way: Message-ID, Date and
 * From, in one form however they are folded; appended.  keyed_bind_edited(): the same of what the body's edits make.
 */
int keyed_bind(const struct header_list *headers, struct buffer *out, struct error *e);
int keyed_bind_edited(const struct body *b, struct buffer *out, struct error *e);

/* keyed_digest(body, with_space, out, e): SHA-256 of the octets, or of those that are no white space, which MTAs change. */
int keyed_digest(struct spool_span body, bool with_space, char out[KEYED_DIGEST_TEXT], struct error *e);

/* keyed_insert(b, name, value, e): the field on top. */
int keyed_insert(struct body *b, const char *name, const char *value, struct error *e);

#endif
