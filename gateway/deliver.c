/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/text.h"
#include "gateway/gateway_private.h"
#include "gateway/guard_private.h"
#include "mime/seven_bit.h"

/*
 * An opened entity in the form in which it is delivered: its structural fields,
 * a blank line, its body.  What of its other fields reaches the message's own
 * is decided in restore.c.
 */

/* ---- fields that would be lost ---- */

/*
 * Header fields that nothing calls protected, or that contradict each other: whether they say something that the outer
 * ones do not.  HP-Outer only repeats the outside.
 */
static int
find_own_fields(const struct body *b, struct header_list **out, struct error *e)
{
	const struct header_list *inner = b->incoming.layers->entity->headers;
	struct header_list *found = header_list_new(e);
	bool news = false;

	for (size_t i = 0; found != NULL && i < header_list_count(inner); i++) {
		const struct header_field *field = header_list_at(inner, i);

		if (header_is_structural(field->name))
			continue;
		if (header_list_append(found, field->name, field->value, field->value_size, e) != 0) {
			header_list_free(found);
			return -1;
		}
		news = news || (!stands_outside_too(b, field) && !text_equal_nocase(field->name, "HP-Outer"));
	}
	if (found == NULL)
		return -1;
	if (!news) {
		header_list_free(found);
		found = NULL;
	}
	*out = found;
	return 0;
}

/* ---- line ends ---- */

/* A sink that makes each bare LF a CRLF, as the MTA would in its own way. */
struct line_ends {
	struct sink *to;
	bool after_cr;
};

static int
write_line_ends(void *ctx, const void *from, size_t n, struct error *e)
{
	struct line_ends *l = ctx;
	const char *data = from, *end = data + n, *start = data;

	for (const char *lf = data; lf < end && (lf = memchr(lf, '\n', (size_t)(end - lf))) != NULL; lf++) {
		if (lf > data ? lf[-1] == '\r' : l->after_cr)
			continue;
		if (sink_write(l->to, start, (size_t)(lf - start), e) != 0 || sink_write(l->to, "\r\n", 2, e) != 0)
			return -1;
		start = lf + 1;
	}
	if (n > 0)
		l->after_cr = end[-1] == '\r';
	return start == end ? 0 : sink_write(l->to, start, (size_t)(end - start), e);
}

/* ---- writing ---- */

static bool
has_binary_part(const struct entity *entity)
{
	for (size_t i = 0; i < entity->count; i++)
		if (has_binary_part(entity->parts[i]))
			return true;
	return entity->encoding == ENCODING_BINARY;
}

/*
 * What an MTA would change or choke on, and a second reader might take for the
 * end of the mail.  Bare LF alone is how some software ends its lines.
 */
static bool
needs_7bit_form(const struct entity *entity)
{
	const struct line_facts *f = &entity->facts;

	if (seven_bit_blocked(entity) != NULL)
		return false;
	return f->has_nul || f->has_bare_cr || f->longest_line > 998 || (f->has_bare_lf && has_binary_part(entity));
}

static int
write_entity(const struct entity *entity, const struct header_list *extra, struct sink *to, struct error *e)
{
	struct line_ends line_ends = { to, false };
	struct sink normal = { write_line_ends, &line_ends };

	if (needs_7bit_form(entity))
		return seven_bit_write(entity, extra, to, e);
	return entity_write_verbatim(entity, extra, &normal, e);
}

/* So that no field is lost and none is promoted, protected ones come as a message within. */
static int
write_wrapper(const struct entity *entity, struct sink *to, struct error *e)
{
	const char *encoding = entity->facts.has_8bit || entity->header_facts.has_8bit ? "8bit" : "7bit";

	if (sink_text(to, "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: ", e) != 0 ||
	    sink_text(to, encoding, e) != 0)
		return -1;
	return sink_text(to, "\r\n\r\n", e);
}

/* The header is restored outside and no signature over the payload is kept: what served to protect it goes. */
static int
deliver_payload(struct body *b, const struct spool_settings *workspace, struct sink *to, struct error *e)
{
	struct payload payload = { 0 };
	int rc = protected_body(b->incoming.headers, workspace, &payload, e);

	if (rc == 0)
		rc = write_entity(payload.entity, NULL, to, e);
	payload_done(&payload);
	return rc;
}

int
deliver_content(struct body *b, struct error *e)
{
	const struct entity *entity = b->incoming.layers->entity;
	struct spool_settings workspace = message_workspace(b->message);
	struct header_list *own_fields = NULL;
	struct guard guard;
	struct sink spool, to;
	int rc = -1;

	b->incoming.content = spool_new(&workspace, e);
	if (b->incoming.content == NULL)
		goto out;
	spool = spool_sink(b->incoming.content);
	to = guard_sink(&guard, &spool);
	if (b->incoming.headers_restored && entity == b->incoming.layers->payload) {
		rc = deliver_payload(b, &workspace, &to, e);
	} else if (find_own_fields(b, &own_fields, e) == 0) {
		rc = own_fields != NULL ? write_wrapper(entity, &to, e) : 0;
		if (rc == 0)
			rc = write_entity(entity, own_fields, &to, e);
	}
	if (rc == 0)
		rc = guard_end(&guard, e);
out:
	header_list_free(own_fields);
	return rc;
}
