/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_SETTINGS_H
#define CONF_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/buffer.h"
#include "base/error.h"

/*
 * The configuration as an immutable, counted snapshot.  A message takes a
 * reference when it begins and keeps its rules to the end; a reload makes a new
 * snapshot.  settings.def is the one table of settings, choices.def of words.
 */
enum setting_id {
#define SETTING(id, name, type, scope, def, min, max, merge, reload, help) SETTING_##id,
#include "conf/settings.def"
#undef SETTING
	SETTING_COUNT
};

/* CHOICE_DEGREE_REQUIRED … : one enumerator a word; each choice counts from 0 in the table's order. */
#include "conf/choices.h"

enum setting_scope { SCOPE_GLOBAL, SCOPE_LISTENER, SCOPE_DAEMON, SCOPE_RULE, SCOPE_TRIGGER };
enum setting_type { TYPE_TEXT, TYPE_PATH, TYPE_LIST, TYPE_COUNT, TYPE_SIZE, TYPE_DURATION, TYPE_BOOL, TYPE_CHOICE };

/* Where a value was written: "/etc/postseal/postseal.conf", 12, "domain \"partner.example\""; NULL: factory. */
struct origin {
	const char *file;
	unsigned line;
	const char *section;
};

struct value {
	bool set;           /* false: no default and not written */
	const char *text;   /* as written, normalised; for TYPE_TEXT and TYPE_PATH the value */
	int64_t number;     /* COUNT, SIZE, DURATION; BOOL 0 or 1; CHOICE its index */
	char *const *items; /* LIST: NULL-terminated; borrowed */
	size_t count;
	struct origin origin;
};

struct settings;

/*
 * settings_load(path, out, e): read the file and its includes, check every value.  On failure the
 * detail reads "file:line: setting: what is wrong; remedy", and `*out` is untouched.
 * settings_load_text(): the same from memory, `name` standing for the file.
 */
int settings_load(const char *path, struct settings **out, struct error *e);
int settings_load_text(const char *name, const char *text, size_t n, struct settings **out, struct error *e);
struct settings *settings_ref(struct settings *s);
void settings_unref(struct settings *s); /* NULL is fine */

/* settings_octets(s): every octet read: the file, and those it includes behind it in the order of reading; borrowed. */
const struct buffer *settings_octets(const struct settings *s);

/* settings_global(s, id): a GLOBAL setting's value; never NULL. */
const struct value *settings_global(const struct settings *s, enum setting_id id);

/* Listeners in the order of the file. */
struct listener;
size_t settings_listener_count(const struct settings *s);
const struct listener *settings_listener_at(const struct settings *s, size_t i);
const struct listener *settings_listener(const struct settings *s, const char *name); /* NULL: none */
const char *listener_name(const struct listener *l);
const struct value *listener_value(const struct listener *l, enum setting_id id);
/* listener_role(l, daemon_name, out_origin): the role for the MTA service of that name (NULL: unknown). */
enum choice_role listener_role(const struct listener *l, const char *daemon_name, struct origin *out_origin);
/* settings_have_role(s, role): some listener, or a service of one, has the role. */
bool settings_have_role(const struct settings *s, enum choice_role role);

/* Triggers in the order of the file: what a user writes into a message to ask for more than the rules do. */
struct trigger;
size_t settings_trigger_count(const struct settings *s);
const struct trigger *settings_trigger_at(const struct settings *s, size_t i);
const char *trigger_name(const struct trigger *t);
const struct value *trigger_value(const struct trigger *t, enum setting_id id); /* of TRIGGER scope; maybe not set */

/*
 * settings_rule(s, id, sender, recipient): the effective RULE value: factory < defaults < domain (of the
 * patterns that set it the most specific) < address, for each side, then merged as the table says.  A
 * side that no domain or address section speaks for yields to the other: `defaults` holds for everybody
 * unless a narrower section says otherwise, weaker words included.  STRICTER on a tie names the more
 * specific section, then the recipient's.  Either side may be NULL and then says nothing.  Never NULL;
 * its origin names the section that won.
 */
const struct value *settings_rule(const struct settings *s, enum setting_id id, const struct address *sender,
    const struct address *recipient);

/* settings_is_local(s, a): the address is in local-domains. */
bool settings_is_local(const struct settings *s, const struct address *a);
/* settings_is_local_domain(s, domain): so is a domain in normal form. */
bool settings_is_local_domain(const struct settings *s, const char *domain);

/* settings_is_internal(s, ip): "192.0.2.1", "2001:db8::1" or "IPv6:2001:db8::1" is in internal-hosts. */
bool settings_is_internal(const struct settings *s, const char *ip);

/* The two names as written, or made from the host's qualified name when the file was read. */
const char *settings_gateway_id(const struct settings *s);
const char *settings_authserv_id(const struct settings *s);

/*
 * settings_needs_restart(from, to): the name of the first RESTART setting that differs, or NULL.  A listener
 * that is gone differs in its socket; one that is new concerns no daemon that runs.
 */
const char *settings_needs_restart(const struct settings *from, const struct settings *to);

/* setting_name(), choice_word(): the table's words; choice_word() is NULL where there is none. */
const char *setting_name(enum setting_id id);
const char *choice_word(enum setting_id id, int64_t number);
const char *setting_help(enum setting_id id);
const char *value_print(const struct value *v); /* text; "-" when not set */

/* origin_print(origin, out, e): "file:line, section" or "factory default". */
int origin_print(const struct origin *origin, struct buffer *out, struct error *e);

/* settings_print(s, out, e): every value with its origin, for `postseal check --settings`. */
int settings_print(const struct settings *s, struct buffer *out, struct error *e);

#endif
