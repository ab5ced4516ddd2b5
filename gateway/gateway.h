/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>

#include "audit/audit.h"
#include "base/claim.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/spool.h"
#include "conf/settings.h"
#include "directory/directory.h"
#include "keystore/keystore.h"
#include "net/smtp.h"
#include "policy/policy.h"
#include "store/store.h"

/*
 * One message's life.  The daemon, `postseal process`, `postseal explain` and
 * the tests drive the same calls:
 *
 *   gateway_begin → gateway_fact*, gateway_recipient*, gateway_header*, gateway_body* → gateway_finish → gateway_end
 *
 * A gateway is shared by all threads; a message belongs to one at a time.
 */
struct gateway;

struct gateway_parts {
	struct audit *audit;         /* NULL only for explain */
	struct keystore *keystore;
	struct directory *directory;
	const struct clock *clock;
	const char *instance;        /* the listener's name; borrowed */
	/* What copies need; all three are NULL where none is ever sent. */
	struct store *store;         /* the ledger is in it */
	struct claims *claims;       /* which tries are at work */
	const struct smtp_transport *transport;
	size_t copies_at_once;       /* 0: a few */
};

/* gateway_new(parts, out, e): the parts are borrowed and must outlive it. */
int gateway_new(const struct gateway_parts *parts, struct gateway **out, struct error *e);
void gateway_free(struct gateway *g); /* NULL is fine */

enum gateway_mode {
	GATEWAY_SERVE,   /* the daemon */
	GATEWAY_PROCESS, /* by an administrator's command: recorded as such */
	GATEWAY_EXPLAIN, /* decide and report only: no key is opened, nothing recorded, no edits */
};

/* What is known of the SMTP session when a message begins; copied. */
struct session_facts {
	enum gateway_mode mode;
	enum choice_role role;
	struct origin role_origin;
	bool observe;
	bool behind_queue;          /* the MTA has accepted the message; who handed it in is said by a ticket alone */
	const char *client_address; /* IP as text; NULL or "": not SMTP */
	const char *client_name;
	const char *default_domain; /* completes bare local parts; NULL: the host's */
	const char *actor;          /* GATEWAY_PROCESS: who */
	const char *reason;         /* GATEWAY_PROCESS: why a stored message is opened: recorded as a decryption; NULL otherwise */
	const char *resubmit;       /* where copies go (net/smtp.h); NULL: nowhere, one body serves all recipients */
};

struct gateway_message;

/*
 * gateway_begin(g, take_snapshot, session, mail_argv0, esmtp, e): a message begins with MAIL FROM.  `take_snapshot`
 * is one reference that the message owns from here on, also on failure.  `esmtp` is NULL-terminated, may be NULL.
 * NULL on failure: answer by gateway_disposition(e).
 */
struct gateway_message *gateway_begin(struct gateway *g, struct settings *take_snapshot,
    const struct session_facts *session, const char *mail_argv0, char *const *esmtp, struct error *e);

/*
 * gateway_fact(m, name, value): a macro's value: "i" (queue id), "v" (which MTA), "{auth_authen}" (login), …; any
 * time before finish; Postfix gives the queue id only from DATA on.  Unknown names are ignored.  The last value counts,
 * save that a login once seen stays.  -1 for want of memory, which gateway_finish() will report.
 */
int gateway_fact(struct gateway_message *m, const char *name, const char *value);

/* gateway_recipient(): an RCPT TO.  A refusal is for this recipient; `e` has the reply.  Look-ups begin here. */
enum verdict gateway_recipient(struct gateway_message *m, const char *argv0, char *const *esmtp, struct error *e);

/* gateway_header(m, name, raw, e): a field as it came; `raw` with its leading space.  gateway_body(): CRLF line ends. */
int gateway_header(struct gateway_message *m, const char *name, const char *raw, struct error *e);
int gateway_body(struct gateway_message *m, const void *data, size_t n, struct error *e);

/* gateway_fail(m, why): whoever drives could not hand something over; gateway_finish() answers for it and records it. */
void gateway_fail(struct gateway_message *m, const struct error *why);

/*
 * The edits that a message needs, carried out by whoever drives: header edits first, in an order that keeps indexes
 * valid on every MTA (highest first), then the body in one go, never mixed.  Values have LF folds and their leading
 * space.  Any -1 makes the verdict RETRY_LATER.
 */
struct edit_ops {
	int (*change_header)(void *ctx, const char *name, unsigned nth, const char *value /* NULL: delete */,
	    struct error *e);
	int (*insert_header)(void *ctx, unsigned at, const char *name, const char *value, struct error *e); /* 0: top */
	int (*add_header)(void *ctx, const char *name, const char *value, struct error *e);
	int (*change_sender)(void *ctx, const char *path, const char *esmtp, struct error *e);
	int (*delete_recipient)(void *ctx, const char *verbatim, struct error *e);
	int (*progress)(void *ctx, struct error *e);
	int (*replace_body)(void *ctx, struct spool_span body, struct error *e);
};

/*
 * gateway_finish(m, ops, ctx, e): facts → policy → plan, prepare, edits, record (durable), and the verdict.  For
 * REFUSE and RETRY_LATER `e` carries code and text of the reply, see gateway_reply().  Nothing is reported as done
 * before its record is on stable storage.
 */
enum verdict gateway_finish(struct gateway_message *m, const struct edit_ops *ops, void *ctx, struct error *e);

/* gateway_end(m): exactly once, also after an abort; NULL is fine. */
void gateway_end(struct gateway_message *m);

/* gateway_report(m, out, e): after finish: what was decided and why, as one JSON object; the record's content. */
int gateway_report(const struct gateway_message *m, struct json **out, struct error *e);

/*
 * gateway_alarm(m): after finish: what somebody has to look into, for the running log at its highest level; owned by the
 * message; NULL: nothing.
 */
const char *gateway_alarm(const struct gateway_message *m);

/* gateway_log_line(m): after finish: one line for the running log; owned by the message. */
const char *gateway_log_line(const struct gateway_message *m);

/*
 * The one place where an error becomes a verdict and a reply: code ("550", "451"), enhanced status, and a text
 * without control characters or "%", short enough for an SMTP line.
 */
#define GATEWAY_REPLY_MAX 400
struct gateway_answer {
	enum verdict verdict;
	char code[4], status[12], text[GATEWAY_REPLY_MAX];
};
void gateway_reply(enum verdict verdict, const struct error *e, struct gateway_answer *out);
enum verdict gateway_disposition(const struct error *e);

#endif
