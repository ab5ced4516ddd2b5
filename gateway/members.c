/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "gateway/members_private.h"

static bool
is_wanted(const struct members *to, const char *name)
{
	char word[64];

	if (to->rc != 0)
		return false;
	if (to->only == NULL)
		return true;
	(void)snprintf(word, sizeof(word), " %s ", name);
	return strstr(to->only, word) != NULL;
}

void
put_text(struct members *to, const char *name, const char *value)
{
	if (value == NULL || !is_wanted(to, name))
		return;
	to->rc = to->event != NULL ? audit_put_text(to->event, name, value, to->e) :
	                             json_put_text(to->object, name, value, to->e);
}

void
put_number(struct members *to, const char *name, int64_t value)
{
	if (is_wanted(to, name))
		to->rc = to->event != NULL ? audit_put_number(to->event, name, value, to->e) :
		                             json_put_number(to->object, name, value, to->e);
}

void
put_bool(struct members *to, const char *name, bool value)
{
	if (is_wanted(to, name))
		to->rc = to->event != NULL ? audit_put_bool(to->event, name, value, to->e) :
		                             json_put_bool(to->object, name, value, to->e);
}

void
put_address(struct members *to, const char *name, const struct address *a)
{
	if (a != NULL && is_wanted(to, name))
		to->rc = to->event != NULL ? audit_put_address(to->event, name, a, to->e) :
		                             audit_json_put_address(to->object, name, a, to->e);
}

void
put_take(struct members *to, const char *name, struct json *take)
{
	if (take == NULL) {
		to->rc = -1;
		return;
	}
	if (!is_wanted(to, name)) {
		json_release(take);
		return;
	}
	to->rc = to->event != NULL ? audit_put_take(to->event, name, take, to->e) :
	                             json_put_take(to->object, name, take, to->e);
}

struct members
begin_object(const struct members *list)
{
	struct members one = { .object = json_new_object(list->e), .e = list->e };

	if (one.object == NULL)
		one.rc = -1;
	return one;
}

void
end_object(struct members *one, struct json *list, struct members *to)
{
	if (one->rc != 0) {
		json_release(one->object);
		to->rc = -1;
	} else if (json_push_take(list, one->object, to->e) != 0) {
		to->rc = -1;
	}
}
