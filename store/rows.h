/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/random.h"
#include "store/store.h"

/*
 * The tables as C structures.  Ids are 32 hexadecimal digits made by us
 * (random_id()).  Texts and octets in a row that is read are owned by it and
 * freed by its _done(); in a row that is written they are borrowed.  Times are
 * seconds since 1970.  Reading: _get_ functions give ERROR_STORE_NOT_FOUND;
 * _each_ functions call `visit` for every row in the order named and stop with
 * its -1.  A visit must not call the store.  Writing an id or key that exists is
 * ERROR_STORE_CONFLICT.
 */
struct blob {
	void *data;
	size_t size;
};

/* meta: single values by name: store id, schema, generation. */
int meta_get(struct store *s, const char *name, struct buffer *out, struct error *e);
int meta_put(struct store *s, const char *name, const char *value, struct error *e);

/* store_key: keys that wrap rows, themselves wrapped by the master key. */
struct store_key_row {
	char id[RANDOM_ID_SIZE];
	int64_t created;
	struct blob wrapped;
};
int store_key_add(struct store *s, const struct store_key_row *row, struct error *e);
int store_key_each(struct store *s, int (*visit)(void *ctx, const struct store_key_row *row, struct error *e),
    void *ctx, struct error *e); /* oldest first */

/* identity: whose keys these are.  kind "address" or "domain". */
struct identity_row {
	char id[RANDOM_ID_SIZE];
	char *kind, *name; /* name: for people; free text */
	int64_t created;
};
int identity_add(struct store *s, const struct identity_row *row, struct error *e);
int identity_get(struct store *s, const char *id, struct identity_row *out, struct error *e);
int identity_each(struct store *s, int (*visit)(void *ctx, const struct identity_row *row, struct error *e),
    void *ctx, struct error *e); /* by name */
int identity_remove(struct store *s, const char *id, struct error *e); /* with its addresses; refused while keys exist */
void identity_row_done(struct identity_row *row);

/* identity_address: normal form `key` (an address, or "@example.org" for a domain) → identity; unique. */
int identity_address_add(struct store *s, const char *identity_id, const char *key, struct error *e);
int identity_address_remove(struct store *s, const char *key, struct error *e);
int identity_address_get(struct store *s, const char *key, char out_identity_id[RANDOM_ID_SIZE], struct error *e);
int identity_address_each(struct store *s, const char *identity_id,
    int (*visit)(void *ctx, const char *key, struct error *e), void *ctx, struct error *e); /* by key */

/* key: a sealed private key.  purpose "sign", "decrypt", "both"; state "pending", "active", "retired", "revoked", "destroyed". */
struct key_row {
	char id[RANDOM_ID_SIZE], identity_id[RANDOM_ID_SIZE];
	char *purpose, *state, *algorithm;
	char public_hash[65]; /* SHA-256 of the SubjectPublicKeyInfo, hexadecimal; unique */
	struct blob sealed;
	int64_t created;
};
int key_add(struct store *s, const struct key_row *row, struct error *e);
int key_get(struct store *s, const char *id, struct key_row *out, struct error *e);
int key_get_by_public_hash(struct store *s, const char *public_hash, struct key_row *out, struct error *e);
int key_each(struct store *s, const char *identity_id /* NULL: all */,
    int (*visit)(void *ctx, const struct key_row *row, struct error *e), void *ctx,
    struct error *e); /* newest first */
int key_set_state(struct store *s, const char *id, const char *state, struct error *e);
int key_set_sealed(struct store *s, const char *id, const struct blob *sealed, struct error *e);
void key_row_done(struct key_row *row);

/* key_certificate: certificates of our own keys; `issuer_serial` and `ski` are the lookup forms of RecipientInfos. */
struct key_certificate_row {
	char fingerprint[65]; /* SHA-256, hexadecimal; unique */
	char key_id[RANDOM_ID_SIZE];
	struct blob der;
	struct blob chain;          /* concatenated DER of the certificates above it; may be empty */
	char issuer_serial[65];     /* SHA-256 over DER issuer Name and serial INTEGER, hexadecimal */
	char ski[129];              /* subjectKeyIdentifier, hexadecimal; "" if none */
	int64_t not_before, not_after, created;
};
int key_certificate_add(struct store *s, const struct key_certificate_row *row, struct error *e);
int key_certificate_each(struct store *s, const char *key_id,
    int (*visit)(void *ctx, const struct key_certificate_row *row, struct error *e), void *ctx,
    struct error *e); /* latest not_before first */
int key_certificate_each_by_recipient(struct store *s, const char *issuer_serial /* or NULL */,
    const char *ski /* or NULL */, int (*visit)(void *ctx, const struct key_certificate_row *row, struct error *e),
    void *ctx, struct error *e);
void key_certificate_row_done(struct key_certificate_row *row);

/* login: which authors a login (or a host, as "host:192.0.2.0/24") may act for: addresses or patterns (base/address.h). */
int login_add(struct store *s, const char *login, const char *author, struct error *e);
int login_remove(struct store *s, const char *login, const char *author, struct error *e);
int login_each(struct store *s, const char *login /* NULL: all */,
    int (*visit)(void *ctx, const char *login, const char *author, struct error *e), void *ctx, struct error *e);

/* partner_certificate: other people's certificates.  `owner` is an address key or "@example.org" for a whole domain. */
struct partner_certificate_row {
	char id[RANDOM_ID_SIZE];
	char *owner;
	char fingerprint[65];
	char *level; /* "pinned", "verified", "discovered", "harvested" */
	struct blob der;
	struct blob chain;
	int64_t not_before, not_after, created;
};
int partner_certificate_add(struct store *s, const struct partner_certificate_row *row, struct error *e);
int partner_certificate_each(struct store *s, const char *owner /* NULL: all */,
    int (*visit)(void *ctx, const struct partner_certificate_row *row, struct error *e), void *ctx,
    struct error *e); /* by owner, then newest first */
int partner_certificate_remove(struct store *s, const char *owner, const char *fingerprint, struct error *e);
void partner_certificate_row_done(struct partner_certificate_row *row);

/* ca: the built-in certification authority; its key is a row of `key` under an identity of its own. */
struct ca_row {
	char id[RANDOM_ID_SIZE], key_id[RANDOM_ID_SIZE];
	char *name;
	struct blob certificate;
	struct blob chain; /* up to its root, the root included */
	int64_t created;
};
int ca_add(struct store *s, const struct ca_row *row, struct error *e);
int ca_each(struct store *s, int (*visit)(void *ctx, const struct ca_row *row, struct error *e), void *ctx,
    struct error *e); /* newest first */
void ca_row_done(struct ca_row *row);

/* issued: the CA's log of what it issued. */
struct issued_row {
	char ca_id[RANDOM_ID_SIZE];
	char *serial;         /* hexadecimal; unique per CA */
	char fingerprint[65];
	char *subject;
	int64_t not_after, issued, revoked; /* revoked 0: it is not */
	int64_t reason;                     /* CRLReason (RFC 5280 5.3.1) */
};
int issued_add(struct store *s, const struct issued_row *row, struct error *e);
int issued_revoke(struct store *s, const char *ca_id, const char *serial, int64_t when, int64_t reason,
    struct error *e);
int issued_each(struct store *s, const char *ca_id,
    int (*visit)(void *ctx, const struct issued_row *row, struct error *e), void *ctx, struct error *e);
void issued_row_done(struct issued_row *row);

/*
 * ledger: which recipients of a message got a copy from us; a row per message and recipient, until it is closed.  A
 * message is named by a SHA-256 in hexadecimal, a recipient by its path as the MTA gave it.  state "begun", "sent" or
 * "unknown"; `owner` names the try that wrote the row (base/claim.h).  Nothing of it moves store_revision().
 */
struct ledger_row {
	char message[65];
	char *recipient;
	char state[8];
	char owner[33];
	int64_t changed;
	char *reply; /* what was last said about the recipient; "" if nothing */
};

/* One try to deliver a message: all strings are borrowed. */
struct ledger_try {
	const char *message;
	const char *owner; /* no other try has it; 1 to 32 octets */
	int64_t now;
	/* Is that other try still at work?  It is asked within a transaction and must not call the store. */
	int (*is_alive)(void *ctx, const char *owner, bool *out, struct error *e);
	void *ctx;
};

enum ledger_state {
	LEDGER_UNSENT,  /* certainly not sent */
	LEDGER_UNKNOWN, /* perhaps sent: its try ended, or its connection, before that was known */
	LEDGER_SENT,
};

/*
 * ledger_begin(s, try, recipients, n, out, e): durably, before anything is sent: each recipient's row becomes this
 * try's, and out[i] says what earlier tries left: whatever is not LEDGER_SENT is to be sent.  If one of the rows
 * belongs to another try that is alive it is ERROR_LEDGER_BUSY and nothing changes.
 * ledger_set(): how it ended for one recipient of this try.  No such row, or one that another try took over:
 * ERROR_STORE_NOT_FOUND.  LEDGER_UNSENT removes this try's row, if there is one and it does not say "sent".
 * ledger_close(): durably, before the message is accepted: this try's rows are removed, so that they hold back nothing
 * of an equal message that comes later.
 * ledger_is_empty(): nothing is held back from anybody.  ledger_expire(s, before, e): removes what nobody touched since `before`.
 */
int ledger_begin(struct store *s, const struct ledger_try *try, const char *const *recipients, size_t n,
    enum ledger_state *out, struct error *e);
int ledger_set(struct store *s, const struct ledger_try *try, const char *recipient, enum ledger_state state,
    const char *reply, struct error *e);
int ledger_close(struct store *s, const struct ledger_try *try, struct error *e);
int ledger_is_empty(struct store *s, bool *out, struct error *e);
int ledger_expire(struct store *s, int64_t before, struct error *e);
int ledger_each(struct store *s, const char *message /* NULL: all */,
    int (*visit)(void *ctx, const struct ledger_row *row, struct error *e), void *ctx,
    struct error *e); /* by message, then recipient */
void ledger_row_done(struct ledger_row *row);

#endif
