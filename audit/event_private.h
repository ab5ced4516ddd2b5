/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AUDIT_EVENT_PRIVATE_H
#define AUDIT_EVENT_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/audit.h"
#include "base/buffer.h"

/* event_render(event, now_ms, out, e): `"time":…,"event":…` and the members, without braces. */
int event_render(const struct audit_event *event, int64_t now_ms, struct buffer *out, struct error *e);

/* event_members(type): the row's names, separated by blanks. */
const char *event_members(enum audit_event_type type);

/* event_is_change(type): it tells of a change of the store, which somebody ordered. */
bool event_is_change(enum audit_event_type type);

#endif
