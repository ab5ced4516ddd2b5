/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "gateway/gateway_private.h"
#include "smime/result_field.h"

/*
 * Whatever looks like a mark of ours and came with the message was not written
 * by us: it goes, in every role and direction.  A keyed one was, and stays as long
 * as the mail stays inside; what leaves has none.
 */

static bool
is_mark(const struct gateway_message *m, const char *name, const char *value, size_t n)
{
	bool shared = settings_global(m->settings, SETTING_AUTHSERV_ID_SHARED)->number != 0;

	if (text_starts_nocase(name, OUR_FIELDS))
		return true;
	return text_equal_nocase(name, RESULT_FIELD) &&
	    result_field_judge(value, n, settings_authserv_id(m->settings), shared) != RESULT_FIELD_FOREIGN;
}

static bool
is_kept(const struct gateway_message *m, const struct header_field *field)
{
	return field->nth == m->opened_mark && text_equal_nocase(field->name, OPENED_FIELD);
}

/* A first pass wrote it, and removed what was forged. */
static bool
is_of_a_first_pass(const struct gateway_message *m, const struct header_field *field)
{
	return m->role == CHOICE_ROLE_EGRESS || (m->behind_queue && text_equal_nocase(field->name, TICKET_FIELD));
}

/*
 * A malformed name that is one of ours but for what surrounds it, as in "Authentication-Results : …": some readers
 * take it for the real one.  Its value was not kept; nobody honest writes it.
 */
static int
is_odd_mark(const char *name, bool *out, struct error *e)
{
	char *copy = memory_text(name, e), *to = copy;

	if (copy == NULL)
		return -1;
	for (const char *from = copy; *from != '\0'; from++)
		if (*from > ' ' && *from < 0x7f)
			*to++ = *from;
	*to = '\0';
	*out = text_equal_nocase(copy, RESULT_FIELD) || text_starts_nocase(copy, OUR_FIELDS);
	free(copy);
	return 0;
}

int
strip_marks(struct gateway_message *m, struct error *e)
{
	for (size_t i = 0; i < header_list_count(m->headers); i++) {
		const struct header_field *field = header_list_at(m->headers, i);

		if (!is_mark(m, field->name, field->value, field->value_size) || is_kept(m, field))
			continue;
		if (edits_delete(&m->edits, field->name, field->nth, e) != 0)
			return -1;
		m->marks += !is_of_a_first_pass(m, field);
	}
	for (size_t i = 0; i < m->odd_count; i++) {
		bool mark = false;

		if (is_odd_mark(m->odd[i].name, &mark, e) != 0)
			return -1;
		if (mark && edits_delete(&m->edits, m->odd[i].name, m->odd[i].nth, e) != 0)
			return -1;
		m->marks += mark;
	}
	return 0;
}
