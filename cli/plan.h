/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

#include "cli/drive.h"

/*
 * plan_add_candidates(c, report, e): to each remote recipient of a report an array "candidates": every certificate
 * that is known for it, with what speaks against each.
 */
int plan_add_candidates(struct cli *c, struct json *report, struct error *e);

/* plan_print(a, e): the report for people: what, why, and which line of which file made it so. */
int plan_print(const struct answer *a, struct error *e);

#endif
