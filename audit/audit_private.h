/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AUDIT_AUDIT_PRIVATE_H
#define AUDIT_AUDIT_PRIVATE_H

#include <stddef.h>

#include "audit/audit.h"
#include "audit/writer_private.h"

/* audit_open() with another way to the disk, for tests. */
int audit_open_io(const char *path, const char *gateway_id, const struct clock *clock, const struct audit_io *io,
    struct audit **out, struct error *e);

/* audit_end(audit, out_seq, out_end): the last line known here, and the record's size behind it; audit_path(). */
void audit_end(struct audit *audit, uint64_t *out_seq, int64_t *out_end);
const char *audit_path(const struct audit *audit);

/* audit_waiting(audit): events that wait for the next batch, for tests. */
size_t audit_waiting(struct audit *audit);

#endif
