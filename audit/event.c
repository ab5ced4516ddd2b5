/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/event_private.h"
#include "base/limits.h"
#include "base/memory.h"

/* Events: the table, and one event while it is put together. */

static const struct row {
	const char *name, *members, *meaning;
} rows[AUDIT_EVENT_COUNT] = {
#define EVENT(id, name, members, meaning) [AUDIT_##id] = { name, members, meaning },
#include "audit/events.def"
#undef EVENT
};

struct audit_event {
	enum audit_event_type type;
	struct json *members;
	char stray[64]; /* the first member put that the row does not have */
};

const char *
audit_event_name(enum audit_event_type type)
{
	return rows[type].name;
}

const char *
audit_event_meaning(enum audit_event_type type)
{
	return rows[type].meaning;
}

const char *
event_members(enum audit_event_type type)
{
	return rows[type].members;
}

struct audit_event *
audit_event_new(enum audit_event_type type, struct error *e)
{
	struct audit_event *event = memory_new(1, sizeof *event, e);

	if (event == NULL)
		return NULL;
	event->type = type;
	event->members = json_new_object(e);
	if (event->members == NULL) {
		free(event);
		return NULL;
	}
	return event;
}

void
audit_event_free(struct audit_event *event)
{
	if (event == NULL)
		return;
	json_release(event->members);
	free(event);
}

/* ---- members ---- */

static int
has_member(enum audit_event_type type, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = rows[type].members; *at != '\0'; at += strspn(at, " ")) {
		size_t word = strcspn(at, " ");

		if (word == n && memcmp(at, name, n) == 0)
			return 1;
		at += word;
	}
	return 0;
}

/* Everything that has an actor, save what changes no row. */
bool
event_is_change(enum audit_event_type type)
{
	return type != AUDIT_UNDONE && type != AUDIT_EXPORT && type != AUDIT_PROCESS && type != AUDIT_DECRYPTION &&
	    has_member(type, "actor");
}

/* The object to put `name` into; NULL when an earlier step failed, so that a caller may ask once, at the end. */
static struct json *
object_for(struct audit_event *event, const char *name, struct error *e)
{
	if (event == NULL) {
		error_set(e, ERROR_INTERNAL, "no event to put \"%s\" into", name);
		return NULL;
	}
	if (event->stray[0] == '\0' && !has_member(event->type, name))
		snprintf(event->stray, sizeof event->stray, "%s", *name != '\0' ? name : "?");
	return event->members;
}

int
audit_put_text(struct audit_event *event, const char *name, const char *value, struct error *e)
{
	struct json *object = object_for(event, name, e);

	return object == NULL ? -1 : json_put_text(object, name, value, e);
}

int
audit_put_number(struct audit_event *event, const char *name, int64_t value, struct error *e)
{
	struct json *object = object_for(event, name, e);

	return object == NULL ? -1 : json_put_number(object, name, value, e);
}

int
audit_put_bool(struct audit_event *event, const char *name, bool value, struct error *e)
{
	struct json *object = object_for(event, name, e);

	return object == NULL ? -1 : json_put_bool(object, name, value, e);
}

int
audit_put_take(struct audit_event *event, const char *name, struct json *take, struct error *e)
{
	struct json *object = object_for(event, name, e);

	if (object == NULL) {
		json_release(take);
		return -1;
	}
	return json_put_take(object, name, take, e);
}

int
audit_put_address(struct audit_event *event, const char *name, const struct address *a, struct error *e)
{
	struct json *object = object_for(event, name, e);

	return object == NULL ? -1 : audit_json_put_address(object, name, a, e);
}

int
audit_json_put_address(struct json *object, const char *name, const struct address *a, struct error *e)
{
	return json_put_text(object, name, a == NULL ? NULL : a->text, e);
}

/* ---- rendering ---- */

int
event_render(const struct audit_event *event, int64_t now_ms, struct buffer *out, struct error *e)
{
	struct buffer members = BUFFER_INIT(LIMIT_RECORD_LINE);
	char time[CLOCK_TEXT_MAX];
	int rc = -1;

	if (event->stray[0] != '\0')
		return error_set(e, ERROR_INTERNAL, "the event \"%s\" has no member \"%s\"", rows[event->type].name,
		    event->stray);
	clock_text_ms(now_ms, time);
	if (json_render(event->members, &members, e) != 0)
		goto out;
	if (buffer_append_format(out, e, "\"time\":\"%s\",\"event\":\"%s\"", time, rows[event->type].name) != 0)
		goto out;
	if (members.size > 2) /* more than "{}": what stands between the braces */
		rc = buffer_append_char(out, ',', e) != 0 ? -1 : buffer_append(out, members.data + 1, members.size - 2, e);
	else
		rc = 0;
out:
	buffer_done(&members);
	return rc;
}
