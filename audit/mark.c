/* SPDX-License-Identifier: BSD-2-Clause */

#include "audit/mark_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/audit_private.h"
#include "audit/lines_private.h"
#include "store/rows.h"

#define META_MARK "record-mark"
#define MARK_MAX  64

/* ---- the row ---- */

int
mark_read(struct store *store, struct mark *out, bool *out_found, struct error *e)
{
	struct buffer text = BUFFER_INIT(MARK_MAX);
	struct error why = ERROR_INIT;
	int rc = meta_get(store, META_MARK, &text, &why);

	*out_found = rc == 0;
	if (rc != 0 && why.code == ERROR_STORE_NOT_FOUND)
		rc = 0;
	else if (rc != 0)
		error_set(e, why.code, "%s", why.detail);
	/* NOLINTNEXTLINE(cert-err34-c): a row that we wrote */
	else if (sscanf(buffer_text(&text), "%" SCNu64 " %" SCNd64, &out->seq, &out->end) != 2 || out->end < 0)
		rc = error_set(e, ERROR_STORE, "the mark of the record is damaged");
	buffer_done(&text);
	return rc;
}

int
mark_write(struct store *store, struct audit *audit, struct error *e)
{
	char text[MARK_MAX];
	struct mark mark;

	audit_end(audit, &mark.seq, &mark.end);
	(void)snprintf(text, sizeof text, "%" PRIu64 " %" PRId64, mark.seq, mark.end);
	return meta_put(store, META_MARK, text, e);
}

/* ---- what stands behind it ---- */

/* The event of a line, found by its octets: there may be a year of mail to pass over. */
static bool
is_event(const struct buffer *line, enum audit_event_type type)
{
	static const char key[] = "\"event\":\"";
	const char *at = memmem(buffer_text(line), line->size, key, sizeof key - 1), *name = audit_event_name(type);

	return at != NULL && strncmp(at + sizeof key - 1, name, strlen(name)) == 0 &&
	    at[sizeof key - 1 + strlen(name)] == '"';
}

static bool
is_change(const struct buffer *line)
{
	for (int type = 0; type < AUDIT_EVENT_COUNT; type++)
		if (event_is_change((enum audit_event_type)type) && is_event(line, (enum audit_event_type)type))
			return true;
	return false;
}

static void
take_line(struct orphans *found, const struct buffer *line, uint64_t seq)
{
	if (is_event(line, AUDIT_UNDONE)) {
		*found = (struct orphans){ 0, 0, 0 };
	} else if (is_change(line)) {
		if (found->events++ == 0)
			found->first = seq;
		found->last = seq;
	}
}

static int
read_on(struct lines *lines, uint64_t seq, struct orphans *found, struct error *e)
{
	for (;;) {
		struct record_line line;

		switch (lines_next(lines, e)) {
		case LINES_LINE:
			if (record_parse(buffer_text(&lines->line), lines->line.size, &line) != 0 || line.seq != ++seq)
				return 0; /* another record, or a damaged one: audit_verify() says which */
			take_line(found, &lines->line, seq);
			break;
		case LINES_END:
		case LINES_TORN:
		case LINES_TOO_LONG:
			return 0;
		case LINES_FAILED:
			return -1;
		}
	}
}

int
mark_orphans(struct audit *audit, const struct mark *mark, struct orphans *out, struct error *e)
{
	struct orphans found = { 0, 0, 0 };
	struct lines lines;
	int rc;

	rc = lines_open(&lines, audit_path(audit), e);
	if (rc == 0 && mark->end < lines.left)
		rc = lines_skip(&lines, mark->end, e) != 0 ? -1 : read_on(&lines, mark->seq, &found, e);
	lines_close(&lines);
	if (rc == 0)
		*out = found;
	return rc;
}
