/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_FILES_PRIVATE_H
#define CONF_FILES_PRIVATE_H

#include <stddef.h>

#include "base/error.h"
#include "conf/pool_private.h"
#include "conf/words_private.h"

/*
 * files_read(path, pool, out, octets, e): the words of a file with those of its
 * includes in their places, each file ended by WORD_END.  An include stands outside of
 * sections: include "file" or include "folder" (its *.conf by name), relative to
 * the file that says it.  No file is read twice, so there is no circle.  All
 * that was read is appended to `octets`, in the order of reading.
 *
 * files_read_text(): the same for a text in memory; `name` stands for its path.
 */
int files_read(const char *path, struct pool *pool, struct lexicon *out, struct buffer *octets, struct error *e);
int files_read_text(const char *name, const char *text, size_t n, struct pool *pool, struct lexicon *out,
    struct buffer *octets, struct error *e);

#endif
