/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"
#include "smime/header_protection_private.h"
#include "smime/smime.h"

/* Header protection written: Compose of RFC 9788 5.2.1. */

#define LINE_MAX_OCTETS 998 /* RFC 5322 2.1.1 */
#define LINE_WANTED     78

void
header_protection_free(struct header_protection *p)
{
	if (p == NULL)
		return;
	header_list_free(p->fields);
	header_list_free(p->hidden);
	for (size_t i = 0; i < p->count; i++)
		free(p->changes[i].value);
	free(p->changes);
	free(p);
}

static struct header_protection *
protection_new(const struct header_list *outer, struct error *e)
{
	struct header_protection *p = memory_new(1, sizeof(*p), e);

	if (p == NULL)
		return NULL;
	p->fields = header_list_new(e);
	p->hidden = header_list_new(e);
	p->changes = memory_new(header_list_count(outer) + 1, sizeof(*p->changes), e);
	if (p->fields == NULL || p->hidden == NULL || p->changes == NULL) {
		header_protection_free(p);
		return NULL;
	}
	p->seven_bit = true;
	return p;
}

/* ---- what survives ---- */

/* RFC 8551 3.1.2, 3.1.3: a line that some hop would change breaks a clear signature over it. */
static bool
survives(const char *value, size_t n, size_t before)
{
	size_t line = before;

	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)value[i] > 127 || (value[i] == '\r' && (i + 1 == n || value[i + 1] != '\n')))
			return false;
		line = value[i] == '\n' ? 0 : line + 1;
		if (line > LINE_MAX_OCTETS)
			return false;
	}
	return true;
}

static bool
field_survives(const struct header_field *field)
{
	return survives(field->value, field->value_size, strlen(field->name) + 1);
}

/* ---- inside ---- */

static int
append_field(struct header_protection *p, const char *name, const char *value, size_t n, struct error *e)
{
	p->seven_bit = p->seven_bit && survives(value, n, strlen(name) + 1);
	return header_list_append(p->fields, name, value, n, e);
}

static size_t
first_line(const char *value, size_t n)
{
	const char *end = memchr(value, '\r', n);

	return end == NULL ? n : (size_t)(end - value);
}

/* RFC 9788 2.2.1; folded before the name where the line would grow long. */
static int
append_hp_outer(struct header_protection *p, const char *name, const char *value, size_t n, struct error *e)
{
	struct buffer text = BUFFER_INIT(2 * LIMIT_HEADER_FIELD);
	bool fits;
	int rc;

	while (n > 0 && text_is_space(*value)) {
		value++;
		n--;
	}
	fits = strlen(HP_OUTER_FIELD) + strlen(name) + 4 + first_line(value, n) <= LINE_WANTED;
	rc = buffer_append_format(&text, e, "%s %s: ", fits ? "" : "\r\n", name);
	if (rc == 0)
		rc = buffer_append(&text, value, n, e);
	if (rc == 0)
		rc = append_field(p, HP_OUTER_FIELD, buffer_text(&text), text.size, e);
	buffer_done(&text);
	return rc;
}

/* ---- outside ---- */

static int
note_change(struct header_protection *p, const struct header_list *outer, size_t at, const struct buffer *value,
    struct error *e)
{
	const struct header_field *field = header_list_at(outer, at);
	struct header_change *change = &p->changes[p->count];
	struct buffer folded = BUFFER_INIT(2 * LIMIT_HEADER_FIELD);
	int rc = 0;

	change->at = at;
	change->name = protected_field_find(field->name)->name;
	if (value != NULL)
		rc = header_value_fold(buffer_text(value), value->size, strlen(field->name) + 1, &folded, e);
	if (rc == 0) {
		change->value = value == NULL ? NULL : memory_text(buffer_text(&folded), e);
		p->count++;
		rc = value != NULL && change->value == NULL ? -1 : 0;
	}
	buffer_done(&folded);
	return rc;
}

static int
note_hidden(struct header_protection *p, const struct header_field *field, struct error *e)
{
	if (!(protected_field_find(field->name)->uses & FIELD_FACING))
		return 0;
	return header_list_append(p->hidden, field->name, field->value, field->value_size, e);
}

/* Does it say what the field says? */
static bool
is_same(const struct header_field *field, const struct buffer *value)
{
	const char *own = field->value;
	size_t n = field->value_size;

	text_trim(&own, &n);
	return n == value->size && memcmp(own, buffer_text(value), n) == 0;
}

/* What stands outside, and its copy inside (RFC 9788 5.2.1 step 5). */
static int
obscure(struct header_protection *p, enum hcp hcp, const struct header_list *outer, size_t at, struct error *e)
{
	const struct header_field *field = header_list_at(outer, at);
	struct buffer value = BUFFER_INIT(LIMIT_HEADER_FIELD);
	enum hcp_outcome outcome;
	int rc = hcp_apply(hcp, field, &value, &outcome, e);

	if (rc == 0 && outcome == HCP_REPLACE && is_same(field, &value))
		outcome = HCP_KEEP;
	if (rc == 0 && outcome != HCP_KEEP)
		rc = note_hidden(p, field, e) != 0 ||
		        note_change(p, outer, at, outcome == HCP_REMOVE ? NULL : &value, e) != 0
		    ? -1
		    : 0;
	if (rc == 0 && outcome == HCP_KEEP)
		rc = append_hp_outer(p, field->name, field->value, field->value_size, e);
	else if (rc == 0 && outcome == HCP_REPLACE)
		rc = append_hp_outer(p, field->name, p->changes[p->count - 1].value,
		    strlen(p->changes[p->count - 1].value), e);
	buffer_done(&value);
	return rc;
}

int
header_protection_make(const struct header_list *outer, enum hcp hcp, bool encrypted,
    struct header_protection **out, struct error *e)
{
	struct header_protection *p = protection_new(outer, e);
	size_t count = header_list_count(outer);

	if (p == NULL)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct header_field *field = header_list_at(outer, i);

		if (protected_field_find(field->name) == NULL || (!encrypted && !field_survives(field)))
			continue;
		if (append_field(p, field->name, field->value, field->value_size, e) != 0)
			goto fail;
	}
	for (size_t i = 0; i < count && encrypted; i++)
		if (protected_field_find(header_list_at(outer, i)->name) != NULL &&
		    obscure(p, hcp, outer, i, e) != 0)
			goto fail;
	*out = p;
	return 0;
fail:
	header_protection_free(p);
	return -1;
}

/* ---- the payload ---- */

const char *
payload_obstacle(const struct entity *entity)
{
	enum smime_kind kind = smime_recognise(entity);

	if (kind != SMIME_NONE && kind != SMIME_SIGNED_WITHIN)
		return "protected-already";
	if (header_list_count_of(entity->headers, "Content-Type") > 1 || entity->type->ambiguous)
		return "ambiguous-content-type";
	return NULL;
}

int
payload_fill(const struct entity *entity, struct header_list *take_headers, const struct leaf_editor *editor,
    const struct spool_settings *workspace, struct payload *out, struct error *e)
{
	size_t edited = 0;

	memset(out, 0, sizeof(*out));
	out->headers = take_headers;
	if (editor != NULL) {
		out->body = spool_new(workspace, e);
		if (out->body == NULL || entity_edit_leaves(entity, editor, out->headers, out->body, &edited, e) != 0)
			goto fail;
		out->has_legacy = edited > 0;
	}
	if (entity_parse(out->headers, edited > 0 ? spool_all(out->body) : entity->body, &out->entity, e) != 0)
		goto fail;
	return 0;
fail:
	payload_done(out);
	return -1;
}

int
payload_make(const struct entity *entity, const char *hp, const struct header_list *legacy,
    const struct spool_settings *workspace, struct payload *out, struct error *e)
{
	const struct leaf_editor editor = legacy_writer(legacy);
	/* RFC 2045 5.2: a type to carry the parameter; no charset is claimed for octets that US-ASCII has not. */
	const char *fallback = entity->facts.has_8bit ? " text/plain" : " text/plain; charset=us-ascii";
	bool edits = legacy != NULL && header_list_count(legacy) > 0 && entity_structure_ambiguity(entity) == NULL;
	struct header_list *headers = NULL;
	int rc = -1;

	if (header_list_copy(entity->headers, &headers, e) == 0 &&
	    header_list_set_parameter(headers, HP_PARAMETER, hp, fallback, e) == 0) {
		rc = payload_fill(entity, headers, edits ? &editor : NULL, workspace, out, e);
		headers = NULL;
	}
	header_list_free(headers);
	return rc;
}

void
payload_done(struct payload *p)
{
	entity_free(p->entity);
	header_list_free(p->headers);
	spool_free(p->body);
	*p = (struct payload){ 0 };
}
