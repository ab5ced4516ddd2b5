/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/text.h"
#include "gateway/gateway_private.h"

/*
 * Protected header fields of a message that comes in (RFC 9788 4): what the
 * layers hold takes the place of what stands outside, where decryption or a
 * good signature speaks for it.  Only fields of the table are promoted, each as
 * one logical line; nothing inside can make a mark of ours or a trace field.
 */

#define INNER_FIELDS_MAX 100 /* of those that are told of and not restored */

const struct address *
body_author(const struct body *b)
{
	const struct protected_header *h = b->incoming.headers;

	return h != NULL && h->author != NULL ? h->author : b->message->facts.author;
}

int
restore_read(struct body *b, bool inside, struct error *e)
{
	struct incoming *in = &b->incoming;

	protected_header_free(in->headers);
	in->headers = NULL;
	in->from = FROM_SAME;
	in->headers_restored = false;
	if (in->layers->payload == NULL)
		return 0;
	return protected_header_read(in->layers->payload, inside, b->message->headers, &in->headers, e);
}

/* ---- which From counts ---- */

/* RFC 9788 4.4.1: by the address alone, and with the From that really stands outside. */
static enum from_state
compare_from(const struct body *b)
{
	const struct address *inner = b->incoming.headers->author, *outer = b->message->facts.author;

	if (inner == NULL || (outer != NULL && address_equal(inner, outer)))
		return FROM_SAME;
	return some_signature_passes(&b->incoming) ? FROM_BOUND : FROM_MISMATCH;
}

/*
 * A message/rfc822 by somebody else than who sent it is a forwarded message, whatever RFC 9788 4.10.1 says of its
 * structure: it stays one, and the signature is the sender's.
 */
static bool
is_forwarded(const struct body *b)
{
	return b->incoming.headers->form == PROTECTION_WRAPPED &&
	    (b->incoming.headers->fault != NULL || b->incoming.from == FROM_MISMATCH);
}

int
restore_judge(struct body *b, bool inside, struct error *e)
{
	struct incoming *in = &b->incoming;

	if (in->headers == NULL)
		return 0;
	in->from = compare_from(b);
	if (is_forwarded(b)) {
		protected_header_free(in->headers);
		in->headers = NULL;
		in->from = FROM_SAME;
		return judge_signatures(b, inside, e);
	}
	in->headers_restored = in->headers->fault == NULL && (inside || some_signature_passes(in));
	return 0;
}

/* ---- the edits ---- */

static int
fold(const struct header_field *field, size_t column, struct buffer *out, struct error *e)
{
	const char *value = field->value;
	size_t n = field->value_size;

	text_trim(&value, &n);
	return header_value_fold(value, n, column, out, e);
}

/* An MTA cannot be asked for a field without content: an empty value means deletion. */
static int
set_field(struct edits *edits, const char *name, const struct header_field *inner, const struct header_field *outer,
    struct error *e)
{
	struct buffer value = BUFFER_INIT(2 * LIMIT_HEADER_FIELD);
	int rc = fold(inner, strlen(name) + 1, &value, e);

	if (rc == 0 && value.size == 0)
		rc = outer != NULL ? edits_delete(edits, name, outer->nth, e) : 0;
	else if (rc == 0 && outer != NULL)
		rc = header_field_same(inner, outer) ? 0 : edits_change(edits, name, outer->nth, buffer_text(&value), e);
	else if (rc == 0)
		rc = edits_add(edits, name, buffer_text(&value), e);
	buffer_done(&value);
	return rc;
}

/* A field that does not stand in the header any more, or never did, is told of in one of ours. */
static int
tell(struct edits *edits, const char *mark, const struct header_field *field, struct error *e)
{
	struct buffer value = BUFFER_INIT(2 * LIMIT_HEADER_FIELD), clean = BUFFER_INIT(2 * LIMIT_HEADER_FIELD);
	struct buffer text = BUFFER_INIT(2 * LIMIT_HEADER_FIELD);
	int rc = -1;

	if (header_field_unfolded(field, &value, e) == 0 &&
	    text_printable(buffer_text(&value), value.size, LIMIT_HEADER_FIELD / 2, &clean, e) == 0 &&
	    buffer_append_format(&text, e, "%.200s: %s", field->name, buffer_text(&clean)) == 0) {
		buffer_clear(&value);
		rc = header_value_fold(buffer_text(&text), text.size, strlen(mark) + 1, &value, e);
	}
	if (rc == 0)
		rc = edits_insert(edits, mark, buffer_text(&value), e);
	buffer_done(&value);
	buffer_done(&clean);
	buffer_done(&text);
	return rc;
}

/* What its author did not write, and a reader may act on: a Reply-To that was added leads answers astray (RFC 9788 6.2). */
static int
remove_added(struct body *b, const struct protected_field *row, struct error *e)
{
	unsigned count = header_list_count_of(b->message->headers, row->name);

	if (!(row->uses & FIELD_COMPLETE) || b->incoming.headers->form == PROTECTION_DRAFT)
		return 0;
	for (unsigned nth = 1; nth <= count; nth++)
		if (tell(&b->edits, OUTER_FIELD, header_list_find(b->message->headers, row->name, nth), e) != 0 ||
		    edits_delete(&b->edits, row->name, nth, e) != 0)
			return -1;
	return 0;
}

static int
restore_field(struct body *b, const struct protected_field *row, struct error *e)
{
	const struct header_list *fields = b->incoming.headers->fields;
	unsigned inside = header_list_count_of(fields, row->name);
	unsigned outside = header_list_count_of(b->message->headers, row->name);

	if (inside == 0)
		return remove_added(b, row, e);
	for (unsigned nth = 1; nth <= inside || nth <= outside; nth++) {
		const struct header_field *inner = header_list_find(fields, row->name, nth);
		const struct header_field *outer = header_list_find(b->message->headers, row->name, nth);
		int rc = inner != NULL ? set_field(&b->edits, row->name, inner, outer, e)
		                       : edits_delete(&b->edits, row->name, nth, e);

		if (rc != 0)
			return -1;
	}
	return 0;
}

/* RFC 9788 4.4.2, 4.4.3: without a signature that is good for it, the From inside is told of and the one outside stays. */
static int
restore_from(struct body *b, const struct protected_field *row, struct error *e)
{
	const struct header_field *inner = header_list_find(b->incoming.headers->fields, row->name, 1);
	const struct header_field *outer = header_list_find(b->message->headers, row->name, 1);

	if (b->incoming.from == FROM_MISMATCH)
		return tell(&b->edits, INNER_FIELD, inner, e) != 0
		    ? -1
		    : edits_insert(&b->edits, NOTICE_FIELD, " from-mismatch", e);
	if (b->incoming.from == FROM_BOUND && outer != NULL && tell(&b->edits, OUTER_FIELD, outer, e) != 0)
		return -1;
	return restore_field(b, row, e);
}

/* The n-th of a name is compared with the n-th outside: each with each would take minutes for two full headers. */
bool
stands_outside_too(const struct body *b, const struct header_field *field)
{
	const struct header_field *outer = header_list_find(b->message->headers, field->name, field->nth);

	return outer != NULL && header_field_same(field, outer);
}

/* Where the header inside goes with the layers, nothing of it is lost. */
static int
tell_others(struct body *b, struct error *e)
{
	const struct header_list *others = b->incoming.headers->others;
	unsigned told = 0;

	if (b->incoming.layers->entity != b->incoming.layers->payload)
		return 0;
	for (size_t i = 0; i < header_list_count(others) && told < INNER_FIELDS_MAX; i++) {
		if (stands_outside_too(b, header_list_at(others, i)))
			continue;
		if (tell(&b->edits, INNER_FIELD, header_list_at(others, i), e) != 0)
			return -1;
		told++;
	}
	return 0;
}

int
restore_edits(struct body *b, struct error *e)
{
	if (!b->incoming.headers_restored)
		return 0;
	for (const struct protected_field *row = protected_fields; row->name != NULL; row++)
		if ((text_equal_nocase(row->name, "From") ? restore_from(b, row, e) : restore_field(b, row, e)) != 0)
			return -1;
	return tell_others(b, e);
}
