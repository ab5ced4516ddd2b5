/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AUDIT_VERIFY_H
#define AUDIT_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Is a record as it was written?  Any change inside is found and placed; a cut at the tail only with an anchor. */
enum audit_finding {
	AUDIT_WHOLE,        /* every line holds */
	AUDIT_TORN,         /* every line holds but the last, which has no line end: a crash while writing */
	AUDIT_CHANGED,      /* line `line` was changed: its own hash does not fit its bytes */
	AUDIT_GAP,          /* line `line` does not follow the one before: lines missing, inserted or reordered */
	AUDIT_MALFORMED,    /* line `line` is no record line */
	AUDIT_FOREIGN,      /* the first line does not begin this gateway's chain */
};

struct audit_report {
	enum audit_finding finding;
	uint64_t lines;      /* good lines read */
	uint64_t line;       /* where the finding is, 1-based; 0 if the record is whole */
	uint64_t last_seq;
	char last_hash[65];
	char detail[256];
};

/*
 * audit_verify(path, gateway_id, out, e): read the file up to the first finding; -1 only when it cannot be
 * read.  A line that was changed together with its own hash shows as a gap at the next line.  Daemons may
 * go on writing meanwhile: what they append is not looked at.
 */
int audit_verify(const char *path, const char *gateway_id, struct audit_report *out, struct error *e);
const char *audit_finding_text(enum audit_finding finding);

/*
 * audit_each(path, visit, ctx, e): every line, parsed, in order; for listings.  The lines are not verified;
 * a torn last one is left out, one that is no JSON is ERROR_RECORD_BROKEN.
 */
struct json;
int audit_each(const char *path, int (*visit)(void *ctx, const struct json *line, struct error *e), void *ctx,
    struct error *e);

#endif
