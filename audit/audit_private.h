/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AUDIT_AUDIT_PRIVATE_H
#define AUDIT_AUDIT_PRIVATE_H

#include <stddef.h>

#include "audit/audit.h"
#include "audit/writer_private.h"

/* audit_open() with another way to the disk, for tests. */
int audit_open_io(const char *path, const char *gateway_id, const struct clock *clock, const struct audit_io *io,
    struct audit **out, struct error *e);

/* audit_waiting(audit): events that wait for the next batch, for tests. */
size_t audit_waiting(struct audit *audit);

#endif
