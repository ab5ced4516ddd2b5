/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_CHECKLIST_H
#define CLI_CHECKLIST_H

#include "cli/cli.h"
#include "cli/listing.h"

/* What `check` and `status` found, one row a subject, with the worst of all. */
enum finding_level { FINDING_OK, FINDING_WARNING, FINDING_ERROR };

struct checklist {
	struct listing listing;
	enum finding_level worst;
	unsigned warnings, errors;
};

int finding_list_init(struct checklist *f, struct error *e);
void finding_list_done(struct checklist *f);

/* finding_add(f, level, subject, remedy, e, fmt, …): `remedy` may be NULL.  -1 only for want of memory. */
int finding_add(struct checklist *f, enum finding_level level, const char *subject, const char *remedy,
    struct error *e, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* finding_take(f, subject, remedy, why, e): an error becomes a finding, and is forgotten. */
int finding_take(struct checklist *f, const char *subject, const char *remedy, struct error *why, struct error *e);

/* finding_list_print(c, f, e): a line each, the remedy below; with --json an array of {state, subject, text, remedy}. */
int finding_list_print(const struct cli *c, const struct checklist *f, struct error *e);

/*
 * finding_listener(f, listener, absent, e): does a daemon answer on the listener's socket?  `absent`: how bad it is
 * if not.
 */
int finding_listener(struct checklist *f, const struct listener *listener, enum finding_level absent, struct error *e);

#endif
