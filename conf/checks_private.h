/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_CHECKS_PRIVATE_H
#define CONF_CHECKS_PRIVATE_H

#include <stdbool.h>

#include "base/error.h"
#include "conf/pool_private.h"
#include "conf/settings.h"
#include "conf/words_private.h"

/* What a value must be beyond its type, so that a mistake is found when the file is read and not at the first mail. */

/*
 * check_value(id, words, pool, v, e): the setting's own rule; items of
 * local-domains become normal.  `words` are those that `v` was read from.
 */
int check_value(
    enum setting_id id, const struct word *const *words, struct pool *pool, struct value *v, struct error *e);

/* The titles of rules in normal form: "example.org", ".example.org", "*"; "local@domain". */
int check_domain_title(
    const struct word *section, const char *title, struct pool *pool, const char **out, struct error *e);
int check_address_title(
    const struct word *section, const char *title, struct pool *pool, const char **out, struct error *e);

/* check_name_title(): of listeners, which name an instance of the service and its files, and of triggers. */
int check_name_title(const struct word *section, const char *title, struct error *e);

/* socket_is_inet(text): a socket that the network may reach. */
bool socket_is_inet(const char *text);

#endif
