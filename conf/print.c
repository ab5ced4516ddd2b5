/* SPDX-License-Identifier: BSD-2-Clause */

/* The settings as text; what settings_print() writes can be read again. */

#include "conf/settings_private.h"
#include "conf/words_private.h"

const char *
value_print(const struct value *v)
{
	return v->set ? v->text : "-";
}

int
origin_print(const struct origin *origin, struct buffer *out, struct error *e)
{
	if (origin->file == NULL)
		return buffer_append_text(out, "factory default", e);
	return buffer_append_format(out, e, "%s:%u%s%s", origin->file, origin->line,
	    origin->section != NULL ? ", " : "", origin->section != NULL ? origin->section : "");
}

static int
print_text(enum setting_id id, const struct value *v, struct buffer *out, struct error *e)
{
	switch (setting_type(id)) {
	case TYPE_TEXT:
	case TYPE_PATH:
	case TYPE_CHOICE:
		return text_quote(v->text, out, e);
	default:
		return buffer_append_text(out, v->text, e);
	}
}

static int
print_value(
    enum setting_id id, const struct value *v, const char *indent, struct buffer *out, struct error *e)
{
	if (!v->set)
		return buffer_append_format(out, e, "%s# %s is not set\n", indent, setting_name(id));
	if (buffer_append_format(out, e, "%s%s = ", indent, setting_name(id)) != 0 ||
	    print_text(id, v, out, e) != 0)
		return -1;
	if (buffer_append_text(out, "\t# ", e) != 0 || origin_print(&v->origin, out, e) != 0)
		return -1;
	return buffer_append_char(out, '\n', e);
}

static int
print_scope(const struct value *values, enum setting_scope scope, const char *indent, struct buffer *out,
    struct error *e)
{
	for (unsigned i = 0; i < SETTING_COUNT; i++)
		if (setting_row((enum setting_id)i)->scope == scope &&
		    print_value((enum setting_id)i, &values[i], indent, out, e) != 0)
			return -1;
	return 0;
}

/* The first line of a section. */
static int
print_heading(
    const char *indent, enum section_kind kind, const char *title, struct buffer *out, struct error *e)
{
	if (buffer_append_format(out, e, "%s%s ", indent, section_row(kind)->name) != 0 ||
	    text_quote(title, out, e) != 0)
		return -1;
	return buffer_append_text(out, " {\n", e);
}

static int
print_listener(const struct listener *l, struct buffer *out, struct error *e)
{
	if (print_heading("\n", SECTION_LISTENER, l->name, out, e) != 0 ||
	    print_scope(l->values, SCOPE_LISTENER, "\t", out, e) != 0)
		return -1;
	for (size_t i = 0; i < l->daemon_count; i++) {
		const struct daemon_role *d = &l->daemons[i];

		if (print_heading("\t", SECTION_DAEMON, d->name, out, e) != 0 ||
		    print_value(SETTING_DAEMON_ROLE, &d->role, "\t\t", out, e) != 0 ||
		    buffer_append_text(out, "\t}\n", e) != 0)
			return -1;
	}
	return buffer_append_text(out, "}\n", e);
}

static int
print_trigger(const struct trigger *t, struct buffer *out, struct error *e)
{
	if (print_heading("\n", SECTION_TRIGGER, t->name, out, e) != 0 ||
	    print_scope(t->values, SCOPE_TRIGGER, "\t", out, e) != 0)
		return -1;
	return buffer_append_text(out, "}\n", e);
}

static int
print_rule(enum section_kind kind, const struct rule *rule, struct buffer *out, struct error *e)
{
	if (print_heading("\n", kind, rule->pattern, out, e) != 0)
		return -1;
	for (size_t i = 0; i < rule->count; i++)
		if (print_value(rule->written[i].id, &rule->written[i].value, "\t", out, e) != 0)
			return -1;
	return buffer_append_text(out, "}\n", e);
}

static int
print_rules(enum section_kind kind, const struct rule_set *set, struct buffer *out, struct error *e)
{
	for (size_t i = 0; i < set->count; i++)
		if (print_rule(kind, &set->items[i], out, e) != 0)
			return -1;
	return 0;
}

int
settings_print(const struct settings *s, struct buffer *out, struct error *e)
{
	if (print_scope(s->base, SCOPE_GLOBAL, "", out, e) != 0)
		return -1;
	for (size_t i = 0; i < s->listener_count; i++)
		if (print_listener(&s->listeners[i], out, e) != 0)
			return -1;
	if (buffer_append_text(out, "\ndefaults {\n", e) != 0 ||
	    print_scope(s->base, SCOPE_RULE, "\t", out, e) != 0 || buffer_append_text(out, "}\n", e) != 0)
		return -1;
	if (print_rules(SECTION_DOMAIN, &s->domains, out, e) != 0)
		return -1;
	if (print_rules(SECTION_ADDRESS, &s->addresses, out, e) != 0)
		return -1;
	for (size_t i = 0; i < s->trigger_count; i++)
		if (print_trigger(&s->triggers[i], out, e) != 0)
			return -1;
	return 0;
}
