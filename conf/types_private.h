/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_TYPES_PRIVATE_H
#define CONF_TYPES_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "conf/pool_private.h"
#include "conf/settings.h"
#include "conf/words_private.h"

/*
 * value_read(id, words, n, pool, out, e): the words of one setting as a value of
 * its type, within its limits and with the checks of checks.c.  Text is borrowed
 * from the words or lives in the pool; the origin is left to the caller.
 */
int value_read(enum setting_id id, const struct word *const *words, size_t n, struct pool *pool,
    struct value *out, struct error *e);

/* value_factory(id, pool, out, e): the table's default; not set when there is none. */
int value_factory(enum setting_id id, struct pool *pool, struct value *out, struct error *e);

/*
 * Decimal numbers with a unit.  number_read() takes no unit, size_read() k, M or G,
 * duration_read() s, m, h or d.  NULL on success, else what is wrong; remedy.
 */
const char *number_read(const char *text, int64_t *out);
const char *size_read(const char *text, int64_t *out);
const char *duration_read(const char *text, int64_t *out);

#endif
