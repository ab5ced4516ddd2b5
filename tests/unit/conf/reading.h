/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_CONF_READING_H
#define TESTS_UNIT_CONF_READING_H

#include <check.h>

#include "conf/settings.h"
#include "tests/unit/support.h"

#define SUITE(name) Suite *suite_##name(void);
#include "tests/unit/conf/suites.def"
#undef SUITE

/* What a configuration needs to be one. */
#define LOCAL "local-domains = { \"example.org\" }\n"

/* reads(text): the settings of `text`, which must be fine; the caller unrefs. */
struct settings *reads(const char *text);

/* refuses(text, says): `text` is a configuration error whose detail contains `says`. */
void refuses(const char *text, const char *says);

/* The same with LOCAL in the first line, so that `text` begins in line 2. */
struct settings *reads_more(const char *text);
void refuses_more(const char *text, const char *says);

/* prints(s, says): settings_print() contains `says`. */
void prints(const struct settings *s, const char *says);

/* ck_rule(s, id, sender, recipient, word): the effective rule between two addresses; "" is nobody. */
void ck_rule(const struct settings *s, enum setting_id id, const char *sender, const char *recipient,
    const char *word);

/* write_file(name, text): a scratch file; returns its path, as scratch() does. */
const char *write_file(const char *name, const char *text);

#endif
