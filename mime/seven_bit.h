/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_SEVEN_BIT_H
#define MIME_SEVEN_BIT_H

#include <stdbool.h>

#include "base/error.h"
#include "base/io.h"
#include "mime/entity.h"

/*
 * The form of an entity that survives every hop (RFC 8551 3.1.2, 3.1.3; RFC
 * 1847 2.1): only leaves that need it are re-encoded (8-bit or binary octets,
 * NUL, lines over 998 octets, lines beginning "From ", trailing white space, a
 * lone dot, bare CR or LF), quoted-printable for text that is mostly ASCII,
 * base64 otherwise; everything else keeps its bytes.  Nothing inside an existing
 * multipart/signed, multipart/encrypted or application/pkcs7-mime is touched,
 * nor inside message/partial or message/external-body.
 */

/*
 * seven_bit_blocked(entity): NULL if the entity can be given a 7-bit form, else
 * a static text why not: an ambiguous structure with 8-bit octets, 8-bit octets
 * inside a part that is signed already …  Such an entity can only be signed
 * opaquely or carried as it is.
 */
const char *seven_bit_blocked(const struct entity *entity);

/* seven_bit_needed(entity): some octet would have to change. */
bool seven_bit_needed(const struct entity *entity);

/*
 * seven_bit_write(entity, to, e): the entity to sign: its structural header
 * fields (Content-*; RFC 2045 defaults written out when there is no
 * Content-Type; MIME-Version is not repeated inside), a blank line, its body.
 * Ends in CRLF.  `extra`, if not NULL, are further fields written before the
 * structural ones.  ERROR_MIME_SYNTAX when seven_bit_blocked().
 */
int seven_bit_write(const struct entity *entity, const struct header_list *extra, struct sink *to, struct error *e);

/* entity_write_verbatim(): the same header rules, the body's bytes as they are. */
int entity_write_verbatim(const struct entity *entity, const struct header_list *extra, struct sink *to,
    struct error *e);

#endif
