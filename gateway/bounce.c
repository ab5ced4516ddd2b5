/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/text.h"
#include "gateway/gateway_private.h"

/*
 * Bounces that the MTA makes of mail that was delivered opened (RFC 6522).  Their
 * third part repeats its header, where a Subject that was hidden on its way here
 * stands restored, or the whole of it.  On the second pass such a part becomes its
 * header alone, as shy as it could have come (RFC 9788 3.2.2); the bounce's own
 * header is the MTA's.
 */

/* What an MTA repeats of a message: the part's type, whether it is the header alone. */
static bool
repeats_a_message(const struct entity *entity)
{
	return entity_is(entity, "message", "rfc822") || entity_is(entity, "message", "global") ||
	    entity_is(entity, "text", "rfc822-headers") || entity_is(entity, "message", "global-headers");
}

/* ---- the header within --------------------------------------------------------------- */

static int
read_decoded(const struct entity *entity, struct spool *content, struct header_list **out, struct error *e)
{
	struct entity_reader *reader = NULL;
	struct source source;
	struct sink to = spool_sink(content);
	struct spool_span body;
	int rc = entity_reader_new(entity, &reader, &source, e);

	if (rc == 0)
		rc = io_copy(&source, &to, e);
	entity_reader_free(reader);
	return rc == 0 ? header_list_read(spool_all(content), out, &body, e) : -1;
}

static int
read_header(const struct gateway_message *m, const struct entity *entity, struct header_list **out, struct error *e)
{
	struct spool_settings workspace = message_workspace(m);
	struct spool *content;
	int rc;

	if (entity->count == 1)
		return header_list_copy(entity->parts[0]->headers, out, e);
	content = spool_new(&workspace, e);
	rc = content != NULL ? read_decoded(entity, content, out, e) : -1;
	spool_free(content);
	return rc;
}

/* Of the fields that an author writes these show what was shown on the way. */
static bool
may_be_shown(const char *name)
{
	static const char *const shown[] = { "From", "To", "Cc", "Date", "Message-ID", "Subject" };

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (text_equal_nocase(name, shown[i]))
			return true;
	return protected_field_find(name) == NULL && !text_starts_nocase(name, OUR_FIELDS);
}

static bool
has_8bit(const struct header_list *headers)
{
	for (size_t i = 0; i < header_list_count(headers); i++) {
		const struct header_field *field = header_list_at(headers, i);

		for (size_t j = 0; j < field->value_size; j++)
			if ((unsigned char)field->value[j] > 127)
				return true;
	}
	return false;
}

/* A part of the header alone: RFC 6522 4, and RFC 6533 6 where it is not ASCII. */
static int
write_header(const struct header_list *headers, struct sink *to, struct error *e)
{
	int rc = sink_text(to, has_8bit(headers) ? "Content-Type: message/global-headers\r\n"
	                                           "Content-Transfer-Encoding: 8bit\r\n\r\n"
	                                         : "Content-Type: text/rfc822-headers\r\n\r\n", e);

	for (size_t i = 0; rc == 0 && i < header_list_count(headers); i++)
		if (may_be_shown(header_list_at(headers, i)->name))
			rc = hcp_write(HCP_SHY, header_list_at(headers, i), to, e);
	return rc;
}

/* ---- the bounce ------------------------------------------------------------------------ */

struct concealing {
	const struct gateway_message *m;
	struct sink to;
	uint64_t written; /* of the text as it came */
	size_t parts;     /* that were made anew */
};

static int
write_up_to(struct concealing *c, uint64_t offset, struct error *e)
{
	struct spool_span span = { c->m->text, c->written, offset - c->written };

	c->written = offset;
	return spool_span_write(span, &c->to, e);
}

static int
replace_part(struct concealing *c, const struct entity *entity, const struct header_list *headers, struct error *e)
{
	struct spool_span whole = entity_whole(entity);

	if (entity->parent == NULL)
		return error_set(e, ERROR_OPENED_STAYS, "what was opened here is the whole of a bounce");
	if (write_up_to(c, whole.offset, e) != 0 || write_header(headers, &c->to, e) != 0)
		return -1;
	c->written = whole.offset + whole.size;
	c->parts++;
	return 0;
}

static int
conceal_part(struct concealing *c, const struct entity *entity, bool *out_done, struct error *e)
{
	struct header_list *headers = NULL;
	int rc;

	if (!repeats_a_message(entity))
		return 0;
	rc = read_header(c->m, entity, &headers, e);
	if (rc == 0 && header_list_count_of(headers, OPENED_FIELD) > 0) {
		*out_done = true;
		rc = replace_part(c, entity, headers, e);
	}
	header_list_free(headers);
	return rc;
}

static int
conceal(struct concealing *c, const struct entity *entity, struct error *e)
{
	bool done = false;

	if (conceal_part(c, entity, &done, e) != 0)
		return -1;
	for (size_t i = 0; i < entity->count && !done; i++)
		if (conceal(c, entity->parts[i], e) != 0)
			return -1;
	return 0;
}

/* A bounce of this MTA: what somebody sent with the null sender has passed the rules. */
static bool
is_our_bounce(const struct body *b)
{
	const struct gateway_message *m = b->message;

	if (m->role != CHOICE_ROLE_EGRESS || m->sender == NULL || !address_is_null(m->sender))
		return false;
	for (size_t i = 0; i < b->recipient_count; i++)
		if (!m->facts.recipients[b->recipients[i] - m->recipients].passed)
			return true;
	return false;
}

int
bounce_conceal(struct body *b, struct error *e)
{
	struct gateway_message *m = b->message;
	struct spool_settings workspace = message_workspace(m);
	struct concealing c = { .m = m };

	if (!is_our_bounce(b))
		return 0;
	if (m->facts.root == NULL)
		return error_set(e, ERROR_OPENED_STAYS, "a bounce that cannot be read may hold what was opened here");
	b->bounce = spool_new(&workspace, e);
	if (b->bounce == NULL)
		return -1;
	c.to = spool_sink(b->bounce);
	if (conceal(&c, m->facts.root, e) != 0)
		return -1;
	b->concealed = c.parts;
	if (c.parts == 0)
		return 0;
	if (write_up_to(&c, spool_size(m->text), e) != 0)
		return -1;
	b->edits.has_body = true;
	b->edits.body = spool_all(b->bounce);
	return 0;
}
