/* SPDX-License-Identifier: BSD-2-Clause */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/line_private.h"
#include "audit/lines_private.h"
#include "audit/verify.h"
#include "base/encoding.h"
#include "base/json.h"

/* The chain so far. */
struct chain {
	uint64_t lines, seq;
	unsigned char hash[SHA256_SIZE];
};

static const char *const finding_texts[] = {
	[AUDIT_WHOLE] = "whole",
	[AUDIT_TORN] = "whole, but the last line was never finished",
	[AUDIT_CHANGED] = "a line was changed",
	[AUDIT_GAP] = "a line does not follow the one before",
	[AUDIT_MALFORMED] = "a line is no line of a record",
	[AUDIT_FOREIGN] = "the record belongs to another gateway",
};

const char *
audit_finding_text(enum audit_finding finding)
{
	return finding_texts[finding];
}

/* ---- one line ---- */

static void
find(struct audit_report *report, const struct chain *chain, enum audit_finding finding, const char *detail)
{
	report->finding = finding;
	report->line = chain->lines + 1;
	snprintf(report->detail, sizeof report->detail, "%s", detail);
}

/* Its hash holds; is this where it belongs? */
static void
judge_place(const struct chain *chain, const struct record_line *line, struct audit_report *report)
{
	char detail[sizeof report->detail];

	if (line->seq != chain->seq + 1) {
		snprintf(detail, sizeof detail, "sequence number %" PRIu64 " stands where %" PRIu64 " belongs", line->seq,
		    chain->seq + 1);
		find(report, chain, AUDIT_GAP, detail);
	} else if (memcmp(line->prev, chain->hash, SHA256_SIZE) != 0 && chain->lines == 0) {
		find(report, chain, AUDIT_FOREIGN, "the first line does not begin this gateway's chain");
	} else if (memcmp(line->prev, chain->hash, SHA256_SIZE) != 0) {
		find(report, chain, AUDIT_GAP, "\"prev\" is not the hash of the line before");
	}
}

/* The members that every line has, and JSON that has one reading. */
static int
judge_content(const struct chain *chain, const struct buffer *text, struct audit_report *report, struct error *e)
{
	struct error why = ERROR_INIT;
	struct json *json = NULL;

	if (json_read(text->data, text->size, &json, &why) != 0) {
		if (why.code == ERROR_NO_MEMORY)
			return error_set(e, why.code, "%s", why.detail);
		find(report, chain, AUDIT_MALFORMED, error_text(&why));
		return 0;
	}
	if (json_look_text(json, "time") == NULL || json_look_text(json, "event") == NULL)
		find(report, chain, AUDIT_MALFORMED, "there is no \"time\" or no \"event\"");
	json_release(json);
	return 0;
}

/* Put what is wrong with the line into `report`, or the line into `chain`. */
static int
judge_line(struct chain *chain, const struct buffer *text, struct audit_report *report, struct error *e)
{
	unsigned char hash[SHA256_SIZE];
	struct record_line line;

	if (record_parse(buffer_text(text), text->size, &line) != 0) {
		find(report, chain, AUDIT_MALFORMED, "it does not have the form of a record line");
		return 0;
	}
	if (record_hash(&line, text->data, hash, e) != 0)
		return -1;
	if (memcmp(hash, line.hash, SHA256_SIZE) != 0) {
		find(report, chain, AUDIT_CHANGED, "\"h\" is not the hash of the line");
		return 0;
	}
	judge_place(chain, &line, report);
	if (report->finding == AUDIT_WHOLE && judge_content(chain, text, report, e) != 0)
		return -1;
	if (report->finding != AUDIT_WHOLE)
		return 0;
	chain->lines++;
	chain->seq = line.seq;
	memcpy(chain->hash, line.hash, SHA256_SIZE);
	return 0;
}

/* ---- all lines ---- */

static int
judge_lines(struct lines *lines, struct chain *chain, struct audit_report *report, struct error *e)
{
	while (report->finding == AUDIT_WHOLE) {
		switch (lines_next(lines, e)) {
		case LINES_END:
			return 0;
		case LINES_LINE:
			if (judge_line(chain, &lines->line, report, e) != 0)
				return -1;
			break;
		case LINES_TORN:
			find(report, chain, AUDIT_TORN, "it has no line end: it was being written when a crash came");
			break;
		case LINES_TOO_LONG:
			find(report, chain, AUDIT_MALFORMED, "it is longer than any line of a record");
			break;
		case LINES_FAILED:
			return -1;
		}
	}
	return 0;
}

int
audit_verify(const char *path, const char *gateway_id, struct audit_report *out, struct error *e)
{
	struct audit_report report = { .finding = AUDIT_WHOLE };
	struct chain chain = { 0 };
	struct lines lines;
	int rc = -1;

	if (record_origin(gateway_id, chain.hash, e) != 0)
		return -1;
	if (lines_open(&lines, path, e) == 0 && judge_lines(&lines, &chain, &report, e) == 0)
		rc = 0;
	lines_close(&lines);
	if (rc != 0)
		return error_context(e, "record %s", path);
	report.lines = chain.lines;
	report.last_seq = chain.seq;
	hex_encode(chain.hash, SHA256_SIZE, report.last_hash);
	*out = report;
	return 0;
}

/* ---- listing ---- */

static int
visit_line(const struct buffer *text, uint64_t number, int (*visit)(void *ctx, const struct json *line, struct error *e),
    void *ctx, struct error *e)
{
	struct error why = ERROR_INIT;
	struct json *json = NULL;
	int rc;

	if (json_read(buffer_text(text), text->size, &json, &why) != 0)
		return error_set(e, why.code == ERROR_NO_MEMORY ? why.code : ERROR_RECORD_BROKEN, "line %" PRIu64 ": %s",
		    number, error_text(&why));
	rc = visit(ctx, json, e);
	json_release(json);
	return rc;
}

static int
visit_lines(struct lines *lines, int (*visit)(void *ctx, const struct json *line, struct error *e), void *ctx,
    struct error *e)
{
	for (uint64_t number = 1;; number++) {
		switch (lines_next(lines, e)) {
		case LINES_END:
		case LINES_TORN: /* what was never finished says nothing */
			return 0;
		case LINES_LINE:
			if (visit_line(&lines->line, number, visit, ctx, e) != 0)
				return -1;
			break;
		case LINES_TOO_LONG:
			return error_set(e, ERROR_RECORD_BROKEN, "line %" PRIu64 " is longer than any line of a record", number);
		case LINES_FAILED:
			return -1;
		}
	}
}

int
audit_each(const char *path, int (*visit)(void *ctx, const struct json *line, struct error *e), void *ctx,
    struct error *e)
{
	struct lines lines;
	int rc = -1;

	if (lines_open(&lines, path, e) == 0)
		rc = visit_lines(&lines, visit, ctx, e);
	lines_close(&lines);
	return rc == 0 ? 0 : error_context(e, "record %s", path);
}
