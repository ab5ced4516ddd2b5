/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "conf/settings_private.h"

/* ---- life ---- */

struct settings *
settings_ref(struct settings *s)
{
	atomic_fetch_add_explicit(&s->references, 1, memory_order_relaxed);
	return s;
}

void
settings_unref(struct settings *s)
{
	if (s == NULL || atomic_fetch_sub_explicit(&s->references, 1, memory_order_acq_rel) != 1)
		return;
	pool_done(&s->pool);
	buffer_done(&s->octets);
	free(s);
}

/* ---- what is written ---- */

const struct buffer *
settings_octets(const struct settings *s)
{
	return &s->octets;
}

const struct value *
settings_global(const struct settings *s, enum setting_id id)
{
	return &s->base[id];
}

size_t
settings_listener_count(const struct settings *s)
{
	return s->listener_count;
}

const struct listener *
settings_listener_at(const struct settings *s, size_t i)
{
	return i < s->listener_count ? &s->listeners[i] : NULL;
}

const struct listener *
settings_listener(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->listener_count; i++)
		if (strcmp(s->listeners[i].name, name) == 0)
			return &s->listeners[i];
	return NULL;
}

const char *
listener_name(const struct listener *l)
{
	return l->name;
}

const struct value *
listener_value(const struct listener *l, enum setting_id id)
{
	return &l->values[id];
}

enum choice_role
listener_role(const struct listener *l, const char *daemon_name, struct origin *out_origin)
{
	const struct value *role = &l->values[SETTING_ROLE];

	for (size_t i = 0; daemon_name != NULL && i < l->daemon_count; i++)
		if (strcmp(l->daemons[i].name, daemon_name) == 0)
			role = &l->daemons[i].role;
	if (out_origin != NULL)
		*out_origin = role->origin;
	return (enum choice_role)role->number;
}

bool
settings_have_role(const struct settings *s, enum choice_role role)
{
	for (size_t i = 0; i < s->listener_count; i++) {
		const struct listener *l = &s->listeners[i];

		if (l->values[SETTING_ROLE].number == (int64_t)role)
			return true;
		for (size_t j = 0; j < l->daemon_count; j++)
			if (l->daemons[j].role.number == (int64_t)role)
				return true;
	}
	return false;
}

size_t
settings_trigger_count(const struct settings *s)
{
	return s->trigger_count;
}

const struct trigger *
settings_trigger_at(const struct settings *s, size_t i)
{
	return i < s->trigger_count ? &s->triggers[i] : NULL;
}

const char *
trigger_name(const struct trigger *t)
{
	return t->name;
}

const struct value *
trigger_value(const struct trigger *t, enum setting_id id)
{
	return &t->values[id];
}

/* ---- what follows from it ---- */

bool
settings_is_local_domain(const struct settings *s, const char *domain)
{
	const struct value *domains = settings_global(s, SETTING_LOCAL_DOMAINS);

	for (size_t i = 0; i < domains->count; i++)
		if (domain_matches(domain, domains->items[i]))
			return true;
	return false;
}

bool
settings_is_local(const struct settings *s, const struct address *a)
{
	return settings_is_local_domain(s, a->domain);
}

bool
settings_is_internal(const struct settings *s, const char *ip)
{
	for (size_t i = 0; ip != NULL && i < s->internal_count; i++)
		if (network_has(&s->internal[i], ip))
			return true;
	return false;
}

const char *
settings_gateway_id(const struct settings *s)
{
	return s->gateway_id;
}

const char *
settings_authserv_id(const struct settings *s)
{
	return s->authserv_id;
}

/* ---- reload ---- */

static bool
differs(const struct value *a, const struct value *b)
{
	if (a->set != b->set)
		return true;
	return a->set && strcmp(a->text, b->text) != 0;
}

/* The first RESTART setting of a scope that differs; NULL. */
static const char *
first_difference(const struct value *from, const struct value *to, enum setting_scope scope)
{
	for (unsigned i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *row = setting_row((enum setting_id)i);

		if (row->scope == scope && row->reload == RELOAD_RESTART && differs(&from[i], &to[i]))
			return row->name;
	}
	return NULL;
}

const char *
settings_needs_restart(const struct settings *from, const struct settings *to)
{
	const char *name = first_difference(from->base, to->base, SCOPE_GLOBAL);

	for (size_t i = 0; name == NULL && i < from->listener_count; i++) {
		const struct listener *old = &from->listeners[i], *new = settings_listener(to, old->name);

		if (new == NULL)
			return setting_name(SETTING_SOCKET);
		name = first_difference(old->values, new->values, SCOPE_LISTENER);
	}
	return name;
}
