/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "gateway/edits_private.h"

/* The message as an MTA that took the edits would send it, octet by octet. */

/* A value with LF or CRLF folds, each written as CRLF. */
static int
write_value(const char *value, struct sink *to, struct error *e)
{
	for (const char *lf; (lf = strchr(value, '\n')) != NULL; value = lf + 1) {
		size_t n = (size_t)(lf - value);

		if (n > 0 && lf[-1] == '\r')
			n--;
		if (sink_write(to, value, n, e) != 0 || sink_write(to, "\r\n", 2, e) != 0)
			return -1;
	}
	return sink_text(to, value, e);
}

static int
write_field(const struct edit *edit, struct sink *to, struct error *e)
{
	if (sink_text(to, edit->name, e) != 0 || sink_write(to, ":", 1, e) != 0 || write_value(edit->value, to, e) != 0)
		return -1;
	return sink_write(to, "\r\n", 2, e);
}

/* Inserted fields stand on top, the last one topmost. */
static int
write_inserted(const struct edits *edits, struct sink *to, struct error *e)
{
	for (size_t i = edits->count; i > 0; i--)
		if (edits->items[i - 1].kind == EDIT_INSERT && write_field(&edits->items[i - 1], to, e) != 0)
			return -1;
	return 0;
}

/* A changed field keeps its name as it was written: an MTA changes the value alone. */
static int
write_kept(const struct edits *edits, const struct header_list *headers, struct sink *to, struct error *e)
{
	for (size_t i = 0; i < header_list_count(headers); i++) {
		const struct header_field *field = header_list_at(headers, i);
		const struct edit *change = edits_find_change(edits, field->name, field->nth);
		struct edit changed = { .name = field->name };
		int rc = 0;

		if (change == NULL) {
			rc = header_field_write(field, to, e);
		} else if (change->value != NULL) {
			changed.value = change->value;
			rc = write_field(&changed, to, e);
		}
		if (rc != 0)
			return -1;
	}
	return 0;
}

static int
write_added(const struct edits *edits, struct sink *to, struct error *e)
{
	for (size_t i = 0; i < edits->count; i++)
		if (edits->items[i].kind == EDIT_ADD && write_field(&edits->items[i], to, e) != 0)
			return -1;
	return 0;
}

int
edits_write(const struct edits *edits, const struct header_list *headers, struct spool_span text, struct sink *to,
    struct error *e)
{
	if (write_inserted(edits, to, e) != 0 || write_kept(edits, headers, to, e) != 0 ||
	    write_added(edits, to, e) != 0 || sink_write(to, "\r\n", 2, e) != 0)
		return -1;
	return spool_span_write(edits->has_body ? edits->body : text, to, e);
}
