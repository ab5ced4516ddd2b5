/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "conf/settings_private.h"
#include "conf/words_private.h"

/* How narrow a section is; domain patterns below a domain count by their length. */
#define NARROW_ALL     1
#define NARROW_DOMAIN  (SIZE_MAX - 1)
#define NARROW_ADDRESS SIZE_MAX

/* ---- finding ---- */

static int
compare_rules(const void *a, const void *b)
{
	return strcmp(((const struct rule *)a)->pattern, ((const struct rule *)b)->pattern);
}

/* The section that stands first in the file first. */
static int
compare_lines(const struct rule *a, const struct rule *b)
{
	return strcmp(a->origin.file, b->origin.file) == 0 && a->origin.line > b->origin.line;
}

int
rule_set_sort(struct rule_set *set, struct error *e)
{
	if (set->count > 1)
		qsort(set->items, set->count, sizeof set->items[0], compare_rules);
	for (size_t i = 1; i < set->count; i++) {
		const struct rule *a = &set->items[i - 1], *b = &set->items[i];
		bool turned = compare_lines(a, b) > 0;
		const struct rule *first = turned ? b : a, *second = turned ? a : b;
		struct word where = { .file = second->origin.file, .line = second->origin.line };

		if (strcmp(a->pattern, b->pattern) == 0)
			return word_error(&where, second->origin.section, e,
			    "the same as %s in %s:%u; make one of the two", first->origin.section,
			    first->origin.file, first->origin.line);
	}
	return 0;
}

static const struct rule *
find_rule(const struct rule_set *set, const char *pattern)
{
	struct rule key = { .pattern = pattern };

	if (set->count == 0)
		return NULL;
	return bsearch(&key, set->items, set->count, sizeof set->items[0], compare_rules);
}

static const struct value *
rule_value(const struct rule *rule, enum setting_id id)
{
	for (size_t i = 0; rule != NULL && i < rule->count; i++)
		if (rule->written[i].id == id)
			return &rule->written[i].value;
	return NULL;
}

/*
 * What the domain sections say of `domain`, the most specific first: itself, then
 * the patterns for what is below each of its parents, then "*".  One that does
 * not set this setting leaves it to the next.
 */
static struct say
domain_say(const struct rule_set *set, const char *domain, enum setting_id id)
{
	const struct value *v = rule_value(find_rule(set, domain), id);

	if (v != NULL)
		return (struct say){ v, NARROW_DOMAIN };
	for (const char *dot = strchr(domain, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
		v = rule_value(find_rule(set, dot), id);
		if (v != NULL)
			return (struct say){ v, NARROW_ALL + strlen(dot) };
	}
	return (struct say){ rule_value(find_rule(set, "*"), id), NARROW_ALL };
}

static struct say
side_say(const struct settings *s, const struct address *a, enum setting_id id)
{
	const struct value *v;

	if (a == NULL || address_is_null(a))
		return (struct say){ NULL, 0 };
	v = rule_value(find_rule(&s->addresses, a->key), id);
	return v != NULL ? (struct say){ v, NARROW_ADDRESS } : domain_say(&s->domains, a->domain, id);
}

/* ---- merging ---- */

bool
value_stricter(const struct value *a, const struct value *b)
{
	return a->number > b->number;
}

/* The narrower section; on a tie the recipient's. */
static const struct value *
narrower(struct say sender, struct say recipient)
{
	return sender.narrowness > recipient.narrowness ? sender.value : recipient.value;
}

const struct value *
rule_merge(enum merge merge, struct say sender, struct say recipient, const struct value *base)
{
	if (merge == MERGE_SENDER)
		recipient.value = NULL;
	if (merge == MERGE_RECIPIENT)
		sender.value = NULL;
	if (sender.value == NULL && recipient.value == NULL)
		return base;
	if (sender.value == NULL || recipient.value == NULL)
		return sender.value != NULL ? sender.value : recipient.value;
	if (merge == MERGE_STRICTER && value_stricter(sender.value, recipient.value))
		return sender.value;
	if (merge == MERGE_STRICTER && value_stricter(recipient.value, sender.value))
		return recipient.value;
	return narrower(sender, recipient);
}

const struct value *
settings_rule(const struct settings *s, enum setting_id id, const struct address *sender,
    const struct address *recipient)
{
	return rule_merge(
	    setting_row(id)->merge, side_say(s, sender, id), side_say(s, recipient, id), &s->base[id]);
}
