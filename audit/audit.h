/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"

/*
 * The record: what was decided and handed over, one JSON object a line:
 *
 *   {"v":1,"seq":N,"prev":hex,"salt":32 hex,"time":…,"event":…, … ,"h":hex} LF
 *
 * Line bytes are all before `,"h":`; with raw octets
 *
 *   h_i = SHA-256(h_(i-1) || SHA-256(salt || line bytes))
 *   h_0 = SHA-256("postseal-record-1" || gateway id)
 *
 * `prev` is h_(i-1), `seq` counts from 1.  The members v, seq, prev, salt and
 * time stand first in this order, h stands last, all without blanks; hashes and
 * salt are lower-case digits, numbers have no leading zeros, the rest is ASCII
 * JSON (RFC 8259) without duplicate names.  So a line can be checked by its
 * octets, and one line can be proven without showing the others.
 *
 * Daemon and command line append under flock(2); whoever takes the lock
 * re-reads the tail when it moved.  One write and one fdatasync(2) serve all
 * that wait (group commit).
 */
struct audit;

/*
 * audit_open(path, gateway_id, clock, out, e): open or create (mode 0640; made by root it belongs to the
 * owner of its folder) the record.  A torn last line (a crash while it was written) is cut off and the cut
 * recorded; any other damage at the tail, or another gateway's record, is ERROR_RECORD_BROKEN and the file
 * stays untouched.  A symbolic link is refused.  `clock` is borrowed.  May be used by several threads, but
 * not carried across fork(2).
 */
int audit_open(const char *path, const char *gateway_id, const struct clock *clock, struct audit **out,
    struct error *e);
void audit_close(struct audit *audit); /* waits for what is being written; NULL is fine */

enum audit_event_type {
#define EVENT(id, name, members, meaning) AUDIT_##id,
#include "audit/events.def"
#undef EVENT
	AUDIT_EVENT_COUNT
};
const char *audit_event_name(enum audit_event_type type);
const char *audit_event_meaning(enum audit_event_type type);

/*
 * An event under construction.  Members must stand in the event's row of events.def; an unknown one is
 * ERROR_INTERNAL at audit_append().
 */
struct audit_event;
struct audit_event *audit_event_new(enum audit_event_type type, struct error *e);
void audit_event_free(struct audit_event *event); /* NULL is fine */
int audit_put_text(struct audit_event *event, const char *name, const char *value, struct error *e);
int audit_put_number(struct audit_event *event, const char *name, int64_t value, struct error *e);
int audit_put_bool(struct audit_event *event, const char *name, bool value, struct error *e);
int audit_put_take(struct audit_event *event, const char *name, struct json *take, struct error *e);

/* Addresses are written by this one function, so that they can be kept under a key later. */
int audit_put_address(struct audit_event *event, const char *name, const struct address *a, struct error *e);
int audit_json_put_address(struct json *object, const char *name, const struct address *a, struct error *e);

/*
 * audit_append(audit, event, e): take the event (freed in every case) and return when its line is on
 * stable storage, or fail with ERROR_RECORD: then the line is not in the record, or the record says at
 * its next opening that it was torn.  The next one may succeed: a full disk leaves the chain whole.  A
 * record that became shorter or was changed at its end while open is ERROR_RECORD_BROKEN; one that was
 * moved away is ERROR_RECORD until it is back.  A line past LIMIT_RECORD_LINE is ERROR_TOO_LARGE.
 * A process with a file size limit must ignore SIGXFSZ.
 */
int audit_append(struct audit *audit, struct audit_event *take, struct error *e);

/* audit_position(audit, out_seq, out_hash): the last line known here; of an empty record 0 and h_0. */
void audit_position(struct audit *audit, uint64_t *out_seq, char out_hash[65]);

/*
 * A change of the store has a witness: who, why, and where it is recorded.  `actor` is a person
 * ("alice" from SUDO_UID, "root") or "daemon".
 */
struct witness {
	struct audit *audit;
	const char *actor, *reason;
};
/* witness_record(w, event, e): audit_append() with actor and reason put in; takes the event. */
int witness_record(const struct witness *w, struct audit_event *take, struct error *e);

#endif
