/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "gateway/gateway_private.h"
#include "mime/tagged_text.h"

/* What a user wrote into a message to ask for more than the rules do: found first, removed from what leaves. */

/* Fields in which a tag of the Subject stands: Outlook repeats the Subject in the second. */
static const char *const tagged_fields[] = { "Subject", "Thread-Topic" };

static bool
is_tagged_field(const struct header_field *field)
{
	for (size_t i = 0; i < sizeof(tagged_fields) / sizeof(tagged_fields[0]); i++)
		if (text_equal_nocase(field->name, tagged_fields[i]))
			return true;
	return false;
}

/* "Name" or "Name: value" (conf/settings.def): the value without the case of its letters. */
static int
is_trigger_field(const struct trigger *t, const struct header_field *field, bool *out, struct error *e)
{
	const struct value *wanted = trigger_value(t, SETTING_TRIGGER_HEADER);
	struct buffer value = BUFFER_INIT(LIMIT_HEADER_FIELD);
	size_t name, n;
	const char *text;
	int rc;

	*out = false;
	if (!wanted->set)
		return 0;
	name = strcspn(wanted->text, ":");
	if (!text_equal_nocase_n(field->name, strlen(field->name), wanted->text, name))
		return 0;
	if (wanted->text[name] == '\0') {
		*out = true;
		return 0;
	}
	text = wanted->text + name + 1;
	n = strlen(text);
	text_trim(&text, &n);
	rc = header_field_unfolded(field, &value, e);
	*out = rc == 0 && text_equal_nocase_n(buffer_text(&value), value.size, text, n);
	buffer_done(&value);
	return rc;
}

/* ---- finding ---- */

struct cause {
	bool fired;
	bool own; /* not only by a tag behind "Re:", which is of whoever is answered */
};

static int
look_at_field(const struct trigger *t, const struct header_field *field, struct cause *out, struct error *e)
{
	const struct value *tag = trigger_value(t, SETTING_SUBJECT_TAG);
	bool is_field, has = false, begins = false;

	if (is_trigger_field(t, field, &is_field, e) != 0)
		return -1;
	if (tag->set && text_equal_nocase(field->name, "Subject") &&
	    (tagged_text_has(field->value, field->value_size, tag->text, &has, e) != 0 ||
	        tagged_text_begins(field->value, field->value_size, tag->text, &begins, e) != 0))
		return -1;
	out->fired = out->fired || is_field || has;
	out->own = out->own || is_field || begins;
	return 0;
}

static int
look_for_cause(const struct gateway_message *m, const struct trigger *t, struct cause *out, struct error *e)
{
	*out = (struct cause){ false, false };
	for (size_t i = 0; i < header_list_count(m->headers) && !out->own; i++)
		if (look_at_field(t, header_list_at(m->headers, i), out, e) != 0)
			return -1;
	return 0;
}

int
triggers_find(struct gateway_message *m, struct error *e)
{
	size_t count = settings_trigger_count(m->settings);
	struct facts *f = &m->facts;

	if (count == 0)
		return 0;
	f->triggers = memory_new(count, sizeof(const struct trigger *), e);
	f->triggers_carried = memory_new(count, sizeof(bool), e);
	if (f->triggers == NULL || f->triggers_carried == NULL)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct trigger *t = settings_trigger_at(m->settings, i);
		struct cause cause;

		if (look_for_cause(m, t, &cause, e) != 0)
			return -1;
		if (!cause.fired)
			continue;
		f->triggers_carried[f->message.trigger_count] = !cause.own;
		f->triggers[f->message.trigger_count++] = t;
	}
	f->message.triggers = f->triggers;
	f->message.triggers_carried = f->triggers_carried;
	return 0;
}

/* ---- removing ---- */

static int
strip_tag(struct buffer *value, const char *tag, bool *changed, struct error *e)
{
	struct buffer less = BUFFER_INIT(2 * LIMIT_HEADER_FIELD);
	bool has = false;

	if (tagged_text_has(buffer_text(value), value->size, tag, &has, e) != 0)
		return -1;
	if (!has)
		return 0;
	if (tagged_text_remove(buffer_text(value), value->size, tag, &less, e) != 0) {
		buffer_done(&less);
		return -1;
	}
	buffer_done(value);
	*value = less;
	*changed = true;
	return 0;
}

/* The field without the tags of all triggers that fired; an edit only where one stood in it. */
static int
strip_tags(struct gateway_message *m, const struct header_field *field, struct error *e)
{
	struct buffer value = BUFFER_INIT(2 * LIMIT_HEADER_FIELD);
	bool changed = false;
	int rc = buffer_append(&value, field->value, field->value_size, e);

	for (size_t i = 0; i < m->facts.message.trigger_count && rc == 0; i++) {
		const struct trigger *t = m->facts.triggers[i];
		const struct value *tag = trigger_value(t, SETTING_SUBJECT_TAG);

		if (tag->set && trigger_value(t, SETTING_KEEP)->number == 0)
			rc = strip_tag(&value, tag->text, &changed, e);
	}
	if (rc == 0 && changed)
		rc = edits_change(&m->edits, field->name, field->nth, buffer_text(&value), e);
	buffer_done(&value);
	return rc;
}

static int
strip_field(struct gateway_message *m, const struct header_field *field, struct error *e)
{
	for (size_t i = 0; i < m->facts.message.trigger_count; i++) {
		const struct trigger *t = m->facts.triggers[i];
		bool is_trigger;

		if (trigger_value(t, SETTING_KEEP)->number != 0)
			continue;
		if (is_trigger_field(t, field, &is_trigger, e) != 0)
			return -1;
		if (is_trigger)
			return edits_delete(&m->edits, field->name, field->nth, e);
	}
	return is_tagged_field(field) ? strip_tags(m, field, e) : 0;
}

static bool
leaves(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->recipients[i].direction == DIRECTION_OUTGOING)
			return true;
	return false;
}

int
triggers_strip(struct gateway_message *m, struct error *e)
{
	if (m->facts.message.trigger_count == 0 || !leaves(m->plan))
		return 0;
	for (size_t i = 0; i < header_list_count(m->headers); i++)
		if (strip_field(m, header_list_at(m->headers, i), e) != 0)
			return -1;
	return 0;
}
