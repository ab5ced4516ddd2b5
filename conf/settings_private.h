/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_SETTINGS_PRIVATE_H
#define CONF_SETTINGS_PRIVATE_H

#include <stdatomic.h>

#include "conf/network.h"
#include "conf/pool_private.h"
#include "conf/settings.h"
#include "conf/table_private.h"

/* A value with its setting: rules hold only what is written in them. */
struct written {
	enum setting_id id;
	struct value value;
};

/* A domain or address section. */
struct rule {
	const char *pattern; /* "example.org", ".example.org", "*"; "local@domain"; in normal form */
	struct origin origin;
	struct written *written;
	size_t count;
};

/* Sections of one kind, sorted by pattern. */
struct rule_set {
	struct rule *items;
	size_t count;
};

struct daemon_role {
	const char *name;
	struct origin origin;
	struct value role;
};

struct listener {
	const char *name;
	struct origin origin;
	struct value values[SETTING_COUNT]; /* those of its scope; the others are not set */
	struct daemon_role *daemons;
	size_t daemon_count;
};

struct trigger {
	const char *name;
	struct origin origin;
	struct value values[SETTING_COUNT]; /* those of its scope */
};

struct settings {
	atomic_uint references;
	struct pool pool; /* owns every text and array below */
	struct buffer octets; /* every octet read */
	struct value base[SETTING_COUNT]; /* GLOBAL: written or factory; RULE: of defaults or factory */
	struct listener *listeners;
	size_t listener_count;
	struct trigger *triggers;
	size_t trigger_count;
	struct rule_set domains, addresses;
	struct network *internal;
	size_t internal_count;
	const char *gateway_id, *authserv_id;
};

/* rule_set_sort(set, e): by pattern; two of the same pattern are refused. */
int rule_set_sort(struct rule_set *set, struct error *e);

/* value_stricter(): the choice that stands later in its table. */
bool value_stricter(const struct value *a, const struct value *b);

/* A side's own word on a setting: what its narrowest section says, and how narrow that section is. */
struct say {
	const struct value *value; /* NULL: no section of its own speaks */
	size_t narrowness;
};

/* rule_merge(merge, sender, recipient, base): the value that holds. */
const struct value *rule_merge(
    enum merge merge, struct say sender, struct say recipient, const struct value *base);

/*
 * hostname_qualified(pool, e): the host's name with its domain, lower case: as the kernel has it, else by
 * /etc/hosts.  Neither the environment nor DNS is asked: a start must not wait for them.
 * hostname_find(hosts, name, pool, out, e): the first name in the text of a hosts(5) file that begins with
 * `name` and a dot; `*out` NULL: there is none.
 */
const char *hostname_qualified(struct pool *pool, struct error *e);
int hostname_find(const char *hosts, const char *name, struct pool *pool, const char **out, struct error *e);

#endif
