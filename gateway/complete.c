/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/random.h"
#include "base/text.h"
#include "gateway/gateway_private.h"
#include "mime/date_field.h"

/*
 * Fields that each part of a message that is split must have, or must not.  By its Message-ID a reader knows that the
 * copies are one mail; each MTA would give each of them another.
 */

/*
 * RFC 5322 3.6.3: who is blind is told to nobody.  HP-Outer means something inside an encrypted message only (RFC 9788
 * 2.2): outside it could only mislead.
 */
int
drop_private_fields(const struct header_list *headers, struct edits *edits, struct error *e)
{
	static const char *const names[] = { "Bcc", "Resent-Bcc", "HP-Outer" };

	for (size_t i = 0; i < header_list_count(headers); i++) {
		const struct header_field *field = header_list_at(headers, i);

		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
			if (text_equal_nocase(field->name, names[j]) &&
			    edits_delete(edits, field->name, field->nth, e) != 0)
				return -1;
	}
	return 0;
}

/* By chance and not by the text: two equal mails are two. */
static int
add_message_id(struct gateway_message *m, struct error *e)
{
	struct buffer value = BUFFER_INIT(LIMIT_HEADER_FIELD);
	char id[RANDOM_ID_SIZE];
	int rc = -1;

	if (header_list_count_of(m->headers, "Message-ID") > 0)
		return 0;
	if (random_id(id, e) == 0 &&
	    buffer_append_format(&value, e, " <%s@%s>", id, settings_gateway_id(m->settings)) == 0)
		rc = edits_add(&m->edits, "Message-ID", buffer_text(&value), e);
	buffer_done(&value);
	return rc;
}

/* In UTC: a header confidentiality policy then finds nothing to hide in it. */
static int
add_date(struct gateway_message *m, struct error *e)
{
	struct buffer value = BUFFER_INIT(LIMIT_HEADER_FIELD);
	int rc = -1;

	if (header_list_count_of(m->headers, "Date") > 0)
		return 0;
	if (buffer_append_char(&value, ' ', e) == 0 &&
	    date_field_write(clock_now(m->gateway->parts.clock), &value, e) == 0)
		rc = edits_add(&m->edits, "Date", buffer_text(&value), e);
	buffer_done(&value);
	return rc;
}

/* Of mail that only comes in every field stays what its author's server made of it. */
static bool
some_leave(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->recipients[i].direction != DIRECTION_INCOMING)
			return true;
	return false;
}

int
split_message(struct gateway_message *m, struct error *e)
{
	if (add_message_id(m, e) != 0 || add_date(m, e) != 0)
		return -1;
	return some_leave(m->plan) ? drop_private_fields(m->headers, &m->edits, e) : 0;
}
