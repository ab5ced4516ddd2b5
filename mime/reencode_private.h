/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_REENCODE_PRIVATE_H
#define MIME_REENCODE_PRIVATE_H

#include "base/io.h"
#include "base/spool.h"

/*
 * The ways in which a leaf's octets are given a form that survives every hop
 * (RFC 8551 3.1.2).  Each keeps what a reader decodes, octet for octet.
 */

/* Octets as they are meant → quoted-printable or base64. */
int reencode_quoted(struct spool_span body, struct sink *to, struct error *e);
int reencode_base64(struct spool_span body, struct sink *to, struct error *e);

/*
 * What is base64 already: the same characters in lines of 76, without other
 * white space; a line never begins like a delimiter or a lone dot.
 */
int rewrap_base64(struct spool_span body, struct sink *to, struct error *e);

/* What is quoted-printable already: "From " and "." at line starts quoted, lines over 900 octets broken softly. */
int mend_quoted(struct spool_span body, struct sink *to, struct error *e);

#endif
