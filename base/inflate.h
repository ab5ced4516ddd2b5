/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_INFLATE_H
#define BASE_INFLATE_H

#include <stdint.h>

#include "base/error.h"
#include "base/io.h"

/*
 * The zlib format (RFC 1950) undone, forward only: compressed octets go in as
 * they come, what they hold goes on to a sink.  Memory is the library's window
 * of 32 KiB and one block, whatever comes; it is wiped when done.
 *
 * Few octets can hold very many: up to 1,032 for one.  So what comes out is
 * bounded in its size, and past LIMIT_INFLATE_FREE also by what went in.
 */
struct inflater;

/* inflater_new(to, max, out, e): `to` is borrowed and gets `max` octets at most. */
int inflater_new(struct sink *to, uint64_t max, struct inflater **out, struct error *e);
void inflater_free(struct inflater *inflater); /* NULL is fine */

/*
 * inflater_sink(inflater): takes the compressed octets.  ERROR_CMS_SYNTAX for what is no such stream, wants a
 * dictionary, has a false check sum or octets behind its end; ERROR_TOO_LARGE past a bound.  After an error it takes
 * nothing more.
 */
struct sink inflater_sink(struct inflater *inflater);

/* inflater_finish(inflater, e): the stream was whole: its end and its check sum were there. */
int inflater_finish(struct inflater *inflater, struct error *e);

#endif
