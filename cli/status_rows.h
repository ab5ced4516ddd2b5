/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_STATUS_ROWS_H
#define CLI_STATUS_ROWS_H

#include "cli/checklist.h"

/* The rows of `status` that come from the store; each subsystem adds its own.  The store is open. */
int status_identities(const struct cli *c, struct checklist *f, struct error *e);
int status_keys(const struct cli *c, struct checklist *f, struct error *e);     /* by state, and what expires */
int status_partners(const struct cli *c, struct checklist *f, struct error *e);
int status_ca(const struct cli *c, struct checklist *f, struct error *e);

#endif
