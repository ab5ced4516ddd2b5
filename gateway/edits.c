/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "gateway/edits_private.h"

static void
edit_done(struct edit *edit)
{
	free(edit->name);
	free(edit->value);
}

void
edits_truncate(struct edits *edits, size_t count)
{
	while (edits->count > count)
		edit_done(&edits->items[--edits->count]);
	free(edits->sender);
	free(edits->sender_esmtp);
	edits->sender = edits->sender_esmtp = NULL;
	edits->has_body = false;
}

void
edits_done(struct edits *edits)
{
	edits_truncate(edits, 0);
	free(edits->items);
	*edits = (struct edits){ 0 };
}

/* ---- the list ---- */

/* A value as an MTA takes it: LF before the white space of a fold, no other line end (smfi_addheader). */
static char *
milter_value(const char *value, struct error *e)
{
	char *copy = memory_text(value, e), *to = copy;

	if (copy == NULL)
		return NULL;
	for (const char *from = copy; *from != '\0'; from++)
		if (from[0] != '\r' || from[1] != '\n')
			*to++ = *from;
	*to = '\0';
	return copy;
}

/* The milter protocol has packets of 65535 octets: a longer field would be asked for in vain, time and again. */
#define FIELD_MAX ((size_t)65000)

static int
append(struct edits *edits, enum edit_kind kind, const char *name, unsigned nth, const char *value, struct error *e)
{
	struct edit edit = { kind, NULL, nth, NULL }, *items;

	if (strlen(name) + (value != NULL ? strlen(value) : 0) > FIELD_MAX)
		return error_set(e, ERROR_TOO_MANY_HEADERS, "a field to be written is over %zu octets", FIELD_MAX);
	items = memory_resize(edits->items, edits->count + 1, sizeof(*items), e);
	if (items == NULL)
		return -1;
	edits->items = items;
	edit.name = memory_text(name, e);
	if (edit.name == NULL)
		return -1;
	if (value != NULL && (edit.value = milter_value(value, e)) == NULL) {
		edit_done(&edit);
		return -1;
	}
	items[edits->count++] = edit;
	return 0;
}

int
edits_copy(const struct edits *from, struct edits *to, struct error *e)
{
	struct edits copy = { .has_body = from->has_body, .body = from->body };

	for (size_t i = 0; i < from->count; i++) {
		const struct edit *edit = &from->items[i];

		if (append(&copy, edit->kind, edit->name, edit->nth, edit->value, e) != 0)
			goto fail;
	}
	if (from->sender != NULL && edits_sender(&copy, from->sender, from->sender_esmtp, e) != 0)
		goto fail;
	*to = copy;
	return 0;
fail:
	edits_done(&copy);
	return -1;
}

struct edit *
edits_find_change(const struct edits *edits, const char *name, unsigned nth)
{
	for (size_t i = 0; i < edits->count; i++) {
		struct edit *edit = &edits->items[i];

		if (edit->kind == EDIT_CHANGE && edit->nth == nth && text_equal_nocase(edit->name, name))
			return edit;
	}
	return NULL;
}

int
edits_delete(struct edits *edits, const char *name, unsigned nth, struct error *e)
{
	return edits_change(edits, name, nth, NULL, e);
}

/* A field is changed once: on Postfix a second change would hit the one that moved into its place. */
int
edits_change(struct edits *edits, const char *name, unsigned nth, const char *value, struct error *e)
{
	struct edit *earlier, swap;

	if (append(edits, EDIT_CHANGE, name, nth, value, e) != 0)
		return -1;
	earlier = edits_find_change(edits, name, nth); /* the first of its name and place: the new one, or one before */
	if (earlier == NULL || earlier == &edits->items[edits->count - 1])
		return 0;
	swap = *earlier;
	*earlier = edits->items[--edits->count];
	edit_done(&swap);
	return 0;
}

static int
append_result(const struct edits *edits, const struct header_field *field, struct header_list *to, struct error *e)
{
	const struct edit *change = edits_find_change(edits, field->name, field->nth);

	if (change == NULL)
		return header_list_append(to, field->name, field->value, field->value_size, e);
	if (change->value == NULL)
		return 0;
	return header_list_append(to, field->name, change->value, strlen(change->value), e);
}

int
edits_result(const struct edits *edits, const struct header_list *headers, struct header_list **out,
    size_t **out_places, struct error *e)
{
	size_t count = header_list_count(headers);
	struct header_list *list = header_list_new(e);
	size_t *places = memory_new(count + edits->count + 1, sizeof(*places), e);

	if (list == NULL || places == NULL)
		goto fail;
	for (size_t i = 0; i < count; i++) {
		places[header_list_count(list)] = i;
		if (append_result(edits, header_list_at(headers, i), list, e) != 0)
			goto fail;
	}
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->items[i];

		if (edit->kind != EDIT_ADD)
			continue;
		places[header_list_count(list)] = PLACE_ADDED;
		if (header_list_append(list, edit->name, edit->value, strlen(edit->value), e) != 0)
			goto fail;
	}
	*out = list;
	*out_places = places;
	return 0;
fail:
	header_list_free(list);
	free(places);
	return -1;
}

int
edits_add(struct edits *edits, const char *name, const char *value, struct error *e)
{
	return append(edits, EDIT_ADD, name, 0, value, e);
}

int
edits_insert(struct edits *edits, const char *name, const char *value, struct error *e)
{
	return append(edits, EDIT_INSERT, name, 0, value, e);
}

int
edits_delete_recipient(struct edits *edits, const char *verbatim, struct error *e)
{
	return append(edits, EDIT_DELETE_RECIPIENT, verbatim, 0, NULL, e);
}

int
edits_sender(struct edits *edits, const char *path, const char *esmtp, struct error *e)
{
	char *sender = memory_text(path, e), *parameters = memory_text(esmtp, e);

	if (sender == NULL || parameters == NULL) {
		free(sender);
		free(parameters);
		return -1;
	}
	free(edits->sender);
	free(edits->sender_esmtp);
	edits->sender = sender;
	edits->sender_esmtp = parameters;
	return 0;
}

/* ---- a new entity in place of the old ---- */

static bool
is_content_field(const char *name)
{
	return text_starts_nocase(name, "Content-");
}

/* The fields that the old entity leaves behind: all but the first of a name that the new one has, too. */
static int
delete_left_over(struct edits *edits, const struct header_list *outer, const struct header_list *inner,
    struct error *e)
{
	for (size_t i = 0; i < header_list_count(outer); i++) {
		const struct header_field *field = header_list_at(outer, i);

		if (!is_content_field(field->name))
			continue;
		if (field->nth == 1 && header_list_find(inner, field->name, 1) != NULL)
			continue;
		if (edits_delete(edits, field->name, field->nth, e) != 0)
			return -1;
	}
	return 0;
}

/* An MTA cannot be asked to add a field without content: an empty value means deletion (smfi_chgheader). */
static bool
is_empty(const struct header_field *field)
{
	const char *value = field->value;
	size_t n = field->value_size;

	text_trim(&value, &n);
	return n == 0;
}

static int
set_fields(struct edits *edits, const struct header_list *outer, const struct header_list *inner, struct error *e)
{
	for (size_t i = 0; i < header_list_count(inner); i++) {
		const struct header_field *field = header_list_at(inner, i);
		int rc = 0;

		if (!is_content_field(field->name) || field->nth > 1)
			continue;
		if (header_list_find(outer, field->name, 1) != NULL)
			rc = edits_change(edits, field->name, 1, is_empty(field) ? NULL : field->value, e);
		else if (!is_empty(field))
			rc = edits_add(edits, field->name, field->value, e);
		if (rc != 0)
			return -1;
	}
	return 0;
}

/* Exactly one MIME-Version (RFC 2045 4); real mail has none, or two. */
static int
set_mime_version(struct edits *edits, const struct header_list *outer, struct error *e)
{
	unsigned count = header_list_count_of(outer, "MIME-Version");

	if (count == 0)
		return edits_add(edits, "MIME-Version", " 1.0", e);
	for (unsigned nth = 2; nth <= count; nth++)
		if (edits_delete(edits, "MIME-Version", nth, e) != 0)
			return -1;
	return 0;
}

int
edits_replace_entity(struct edits *edits, const struct header_list *outer, struct spool_span whole, struct error *e)
{
	struct header_list *inner = NULL;
	int rc = -1;

	if (header_list_read(whole, &inner, &edits->body, e) != 0 || delete_left_over(edits, outer, inner, e) != 0 ||
	    set_fields(edits, outer, inner, e) != 0 || set_mime_version(edits, outer, e) != 0)
		goto out;
	edits->has_body = true;
	rc = 0;
out:
	header_list_free(inner);
	return rc;
}

/* ---- carrying them out ---- */

static int
by_descending_index(const void *a, const void *b)
{
	const struct edit *const *left = a, *const *right = b;

	return ((*left)->nth < (*right)->nth) - ((*left)->nth > (*right)->nth);
}

static int
apply_changes(const struct edits *edits, const struct edit_ops *ops, void *ctx, struct error *e)
{
	const struct edit **order = memory_new(edits->count + 1, sizeof(struct edit *), e);
	size_t count = 0;
	int rc = 0;

	if (order == NULL)
		return -1;
	for (size_t i = 0; i < edits->count; i++)
		if (edits->items[i].kind == EDIT_CHANGE)
			order[count++] = &edits->items[i];
	qsort(order, count, sizeof(struct edit *), by_descending_index);
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = ops->change_header(ctx, order[i]->name, order[i]->nth, order[i]->value, e);
	free(order);
	return rc;
}

/* Additions, then insertions: an inserted field moves the indexes of its name. */
static int
apply_new_fields(const struct edits *edits, const struct edit_ops *ops, void *ctx, struct error *e)
{
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->items[i];

		if (edit->kind == EDIT_ADD && ops->add_header(ctx, edit->name, edit->value, e) != 0)
			return -1;
	}
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->items[i];

		if (edit->kind == EDIT_INSERT && ops->insert_header(ctx, 0, edit->name, edit->value, e) != 0)
			return -1;
	}
	return 0;
}

static int
apply_deleted_recipients(const struct edits *edits, const struct edit_ops *ops, void *ctx, struct error *e)
{
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->items[i];

		if (edit->kind == EDIT_DELETE_RECIPIENT && ops->delete_recipient(ctx, edit->name, e) != 0)
			return -1;
	}
	return 0;
}

int
edits_apply(const struct edits *edits, const struct edit_ops *ops, void *ctx, struct error *e)
{
	if (apply_changes(edits, ops, ctx, e) != 0 || apply_new_fields(edits, ops, ctx, e) != 0)
		return -1;
	if (edits->sender != NULL && ops->change_sender(ctx, edits->sender, edits->sender_esmtp, e) != 0)
		return -1;
	if (apply_deleted_recipients(edits, ops, ctx, e) != 0)
		return -1;
	if (edits->has_body && ops->replace_body(ctx, edits->body, e) != 0)
		return -1;
	/* Nothing answers an edit; whether anybody is still there shows when one more word is said. */
	return ops->progress(ctx, e);
}
