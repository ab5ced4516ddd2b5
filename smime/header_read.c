/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"
#include "mime/address_field.h"
#include "smime/header_protection_private.h"
#include "smime/layers_private.h"

/* Header protection read: HeaderSetsFromMessage and HeaderFieldProtection of RFC 9788 4. */

#define FIELDS_MAX 200   /* protected fields that are compared with what stood outside; real mail has a dozen */
#define VALUE_MAX  60000 /* one of them; the milter protocol has packets of 65535 octets */

const char *
protection_form_word(enum protection_form form)
{
	static const char *const words[] = {
		[PROTECTION_NONE] = "none",       [PROTECTION_CLEAR] = "clear", [PROTECTION_CIPHER] = "cipher",
		[PROTECTION_WRAPPED] = "wrapped", [PROTECTION_DRAFT] = "draft",
	};

	return (size_t)form < sizeof(words) / sizeof(words[0]) ? words[form] : "?";
}

const char *
field_protection_word(enum field_protection state)
{
	static const char *const words[] = {
		[FIELD_UNPROTECTED] = "unprotected",
		[FIELD_SIGNED_ONLY] = "signed-only",
		[FIELD_ENCRYPTED_ONLY] = "encrypted-only",
		[FIELD_SIGNED_AND_ENCRYPTED] = "signed-and-encrypted",
	};

	return (size_t)state < sizeof(words) / sizeof(words[0]) ? words[state] : "?";
}

void
protected_header_free(struct protected_header *h)
{
	if (h == NULL)
		return;
	header_list_free(h->fields);
	header_list_free(h->others);
	header_list_free(h->outer);
	address_free(h->author);
	free(h);
}

/* ---- which form ---- */

static bool
parameter_is(const struct entity *entity, const char *name, const char *value)
{
	const char *own = media_type_parameter(entity->type, name);

	return own != NULL && text_equal_nocase(own, value);
}

/*
 * RFC 9788 4.10.1.  The message within becomes the mail itself, so all readers must see the same in it.  What is marked
 * as forwarded is no wrapper.
 */
static bool
is_wrapper(const struct entity *payload)
{
	const struct entity *within;
	enum smime_kind kind;

	if ((!entity_is(payload, "message", "rfc822") && !entity_is(payload, "message", "global")) || payload->count != 1)
		return false;
	within = payload->parts[0];
	kind = smime_recognise(within);
	return (kind == SMIME_NONE || kind == SMIME_SIGNED_WITHIN) && entity_structure_ambiguity(payload) == NULL &&
	    media_type_parameter(within->type, HP_PARAMETER) == NULL && !parameter_is(payload, "forwarded", "yes");
}

/* RFC 9788 4.1: only the root of the payload is asked. */
static enum protection_form
form_of(const struct entity *payload)
{
	if (parameter_is(payload, HP_PARAMETER, "clear"))
		return PROTECTION_CLEAR;
	if (parameter_is(payload, HP_PARAMETER, "cipher"))
		return PROTECTION_CIPHER;
	if (media_type_parameter(payload->type, HP_PARAMETER) != NULL)
		return PROTECTION_NONE;
	if (parameter_is(payload, DRAFT_PARAMETER, "v1"))
		return PROTECTION_DRAFT;
	return is_wrapper(payload) ? PROTECTION_WRAPPED : PROTECTION_NONE;
}

/* ---- the fields ---- */

/* What a field of the message's own may hold: text, and no octet that ends a line or hides something. */
static bool
is_plain(const char *value, size_t n)
{
	size_t octets;

	for (size_t i = 0; i < n; i += octets) {
		octets = value[i] == '\t' ? 1 : text_printable_octets(value + i, n - i);
		if (octets == 0)
			return false;
	}
	return true;
}

static void
note_fault(struct protected_header *h, const char *why)
{
	if (h->fault == NULL)
		h->fault = why;
}

/* In one line, with the space that stands behind the colon. */
static int
append_line(struct header_list *to, const char *name, const char *value, size_t n, struct error *e)
{
	struct buffer line = BUFFER_INIT(LIMIT_HEADER_FIELD + 2);
	int rc = -1;

	if (buffer_append_char(&line, ' ', e) == 0 && buffer_append(&line, value, n, e) == 0)
		rc = header_list_append(to, name, buffer_text(&line), line.size, e);
	buffer_done(&line);
	return rc;
}

/* "name: value" of an HP-Outer field, split at the first colon (RFC 9788 4.2.1); what is no such pair says nothing. */
static int
take_hp_outer(struct protected_header *h, const char *value, size_t n, struct error *e)
{
	const char *colon = memchr(value, ':', n);
	const struct protected_field *row;
	char *name;
	int rc = 0;

	if (colon == NULL)
		return 0;
	name = memory_copy(value, (size_t)(colon - value), e);
	if (name == NULL)
		return -1;
	row = protected_field_find(name);
	n -= (size_t)(colon + 1 - value);
	value = colon + 1;
	text_trim(&value, &n);
	if (row != NULL)
		rc = append_line(h->outer, row->name, value, n, e);
	free(name);
	return rc;
}

static int
take_field(struct protected_header *h, const struct header_field *field, const struct buffer *value, struct error *e)
{
	const struct protected_field *row = protected_field_find(field->name);
	bool hp = h->form == PROTECTION_CLEAR || h->form == PROTECTION_CIPHER;

	if (text_equal_nocase(field->name, HP_OUTER_FIELD))
		return hp ? take_hp_outer(h, buffer_text(value), value->size, e) : 0;
	if (row == NULL)
		return append_line(h->others, field->name, buffer_text(value), value->size, e);
	if (!is_plain(buffer_text(value), value->size))
		note_fault(h, "control-character");
	if (value->size > VALUE_MAX || header_list_count(h->fields) >= FIELDS_MAX)
		note_fault(h, "too-large");
	if ((row->uses & FIELD_SINGLE) && header_list_find(h->fields, row->name, 1) != NULL)
		note_fault(h, "doubled-field");
	return append_line(h->fields, row->name, buffer_text(value), value->size, e);
}

static int
read_fields(struct protected_header *h, const struct header_list *from, struct error *e)
{
	struct buffer value = BUFFER_INIT(LIMIT_HEADER_FIELD + 2);
	int rc = 0;

	for (size_t i = 0; i < header_list_count(from) && rc == 0; i++) {
		const struct header_field *field = header_list_at(from, i);

		if (header_is_structural(field->name))
			continue;
		buffer_clear(&value);
		rc = header_field_unfolded(field, &value, e);
		if (rc == 0)
			rc = take_field(h, field, &value, e);
	}
	buffer_done(&value);
	return rc;
}

/* Wrapped mail says nothing about the outside but what is there (RFC 9788 4.10.2). */
static int
read_outside(struct protected_header *h, const struct header_list *outside, struct error *e)
{
	struct buffer value = BUFFER_INIT(LIMIT_HEADER_FIELD + 2);
	int rc = 0;

	for (size_t i = 0; i < header_list_count(outside) && rc == 0; i++) {
		const struct header_field *field = header_list_at(outside, i);

		if (protected_field_find(field->name) == NULL)
			continue;
		buffer_clear(&value);
		rc = header_field_unfolded(field, &value, e);
		if (rc == 0)
			rc = append_line(h->outer, field->name, buffer_text(&value), value.size, e);
	}
	buffer_done(&value);
	return rc;
}

/* One mailbox, or nobody can say whose mail it claims to be. */
static int
read_author(struct protected_header *h, struct error *e)
{
	const struct header_field *from = header_list_find(h->fields, "From", 1);
	struct mailboxes m = { 0 };

	if (from == NULL)
		return 0;
	if (mailboxes_parse(from->value, from->value_size, &m, e) != 0)
		return -1;
	if (m.has_group || m.unreadable || m.list.count != 1) {
		note_fault(h, "from-ambiguous");
	} else if (h->fault == NULL) {
		h->display_name_address = m.display_name_address;
		h->author = m.list.items[0];
		m.list.items[0] = NULL;
	}
	mailboxes_done(&m);
	return 0;
}

static int
fill(struct protected_header *h, const struct header_list *outside, struct error *e)
{
	h->fields = header_list_new(e);
	h->others = header_list_new(e);
	h->outer = header_list_new(e);
	if (h->fields == NULL || h->others == NULL || h->outer == NULL)
		return -1;
	if (read_fields(h, h->body->headers, e) != 0)
		return -1;
	if ((h->form == PROTECTION_WRAPPED || h->form == PROTECTION_DRAFT) && read_outside(h, outside, e) != 0)
		return -1;
	return read_author(h, e);
}

int
protected_header_read(const struct entity *payload, bool encrypted, const struct header_list *outside,
    struct protected_header **out, struct error *e)
{
	enum protection_form form = form_of(payload);
	struct protected_header *h;

	*out = NULL;
	if (form == PROTECTION_NONE)
		return 0;
	h = memory_new(1, sizeof(*h), e);
	if (h == NULL)
		return -1;
	h->form = form;
	h->encrypted = encrypted;
	h->body = form == PROTECTION_WRAPPED ? payload->parts[0] : payload;
	if (payload->type->ambiguous || payload->ambiguity != NULL)
		note_fault(h, "ambiguous-structure");
	if (fill(h, outside, e) != 0) {
		if (error_is_fault(e)) {
			protected_header_free(h);
			return -1;
		}
		error_clear(e);
		h->fault = "too-large";
	}
	*out = h;
	return 0;
}

/* ---- what each field's protection is ---- */

static bool
stood_outside(const struct protected_header *h, const struct header_field *field)
{
	for (size_t i = 0; i < header_list_count(h->outer); i++) {
		const struct header_field *outer = header_list_at(h->outer, i);

		if (text_equal_nocase(outer->name, field->name) && header_field_same(outer, field))
			return true;
	}
	return false;
}

/* RFC 9788 10.2: encrypted, and called clear, means that somebody encrypted it on the way. */
enum field_protection
protected_header_state(const struct protected_header *h, const struct header_field *field, bool signature_is_valid)
{
	if (h->encrypted && h->form != PROTECTION_CLEAR && !stood_outside(h, field))
		return signature_is_valid ? FIELD_SIGNED_AND_ENCRYPTED : FIELD_ENCRYPTED_ONLY;
	return signature_is_valid ? FIELD_SIGNED_ONLY : FIELD_UNPROTECTED;
}

/* ---- the body ---- */

static int
without_parameters(const struct entity *entity, struct header_list **out, struct error *e)
{
	bool has_type = header_list_find(entity->headers, "Content-Type", 1) != NULL;
	struct header_list *headers = NULL;

	if (header_list_copy(entity->headers, &headers, e) != 0)
		return -1;
	if (has_type && (header_list_set_parameter(headers, HP_PARAMETER, NULL, "", e) != 0 ||
	                    header_list_set_parameter(headers, DRAFT_PARAMETER, NULL, "", e) != 0)) {
		header_list_free(headers);
		return -1;
	}
	*out = headers;
	return 0;
}

int
protected_body(const struct protected_header *h, const struct spool_settings *workspace, struct payload *out,
    struct error *e)
{
	const struct leaf_editor editor = legacy_remover();
	struct header_list *headers = NULL;
	bool displays = h->encrypted && h->form != PROTECTION_WRAPPED;

	if (without_parameters(h->body, &headers, e) != 0)
		return -1;
	return payload_fill(h->body, headers, displays ? &editor : NULL, workspace, out, e);
}
