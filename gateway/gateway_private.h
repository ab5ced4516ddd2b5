/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GATEWAY_GATEWAY_PRIVATE_H
#define GATEWAY_GATEWAY_PRIVATE_H

#include <stdint.h>

#include "base/limits.h"
#include "crypto/digest.h"
#include "gateway/edits_private.h"
#include "gateway/gateway.h"
#include "mime/address_field.h"
#include "mime/entity.h"
#include "mime/header_list.h"
#include "smime/header_protection.h"
#include "smime/layers.h"
#include "smime/smime.h"

/* Fields of this name are ours alone; whoever else writes one forges it. */
#define OUR_FIELDS "X-Postseal-"
#define NOTICE_FIELD "X-Postseal-Notice"
#define OUTER_FIELD "X-Postseal-Outer" /* "name: value" of a field that stood outside only */
#define INNER_FIELD "X-Postseal-Inner" /* the same of one that stood inside and is not restored */
#define OPENED_FIELD "X-Postseal-Opened" /* keyed: this mail was encrypted when it came (opened.c) */
#define PASSED_FIELD "X-Postseal-Passed" /* keyed: for whom the first pass has applied the rules (passed.c) */
#define TICKET_FIELD "X-Postseal-Ticket" /* keyed: who handed the message in (witnessed.c) */
#define RESULT_FIELD "Authentication-Results"

struct gateway {
	struct gateway_parts parts; /* borrowed; none of it changes, so nothing needs a lock here */
};

/* How a recipient is served. */
enum fate {
	FATE_IN_PLACE,    /* by the message itself, which the MTA delivers */
	FATE_UNTRIED,     /* by a copy that was not sent: something failed before */
	FATE_SENT,        /* by a copy that the MTA took */
	FATE_SENT_BEFORE, /* the same, in an earlier try of the message: by nothing now */
	FATE_RETRY,       /* the MTA would not take the copy now */
	FATE_REFUSED,     /* the MTA would not take the copy */
	FATE_UNKNOWN,     /* the copy went out, and no answer came */
	FATE_REPORTED,    /* not at all, and the sender was told so */
};

struct recipient {
	char *verbatim;               /* as given, for the MTA */
	char *parameters;             /* of RCPT, verbatim, a space between */
	struct address *address;
	struct address *original;     /* ORCPT (RFC 3461 4.2), if it is a readable mail address; NULL */
	bool local;
	struct lookup *lookup;        /* NULL once collected, or never wanted */
	struct candidates *candidates;
	enum fate fate;
	bool repeated;                /* an earlier try may have served it: nobody knows */
	char *reply;                  /* what the MTA said about the copy; NULL: nothing */
};

/*
 * A field that no header list can hold, because its name is none (RFC 5322 2.2).  Kept by name and index, so that it
 * can be told from the others and deleted.
 */
struct odd_field {
	char *name;
	unsigned nth;
};

/* What came of the ticket, on the pass that writes it and on the one that reads it. */
enum ticket_state {
	TICKET_UNASKED,    /* this pass has nothing to do with tickets */
	TICKET_ISSUED,
	TICKET_NOT_ISSUED, /* nobody to name: no login, and no row for the client */
	TICKET_VALID,
	TICKET_MISSING,
	TICKET_SEVERAL,
	TICKET_MALFORMED,
	TICKET_UNFIT,      /* of another message, by somebody else, or the message was changed since */
	TICKET_EXPIRED,
	TICKET_AHEAD,      /* good for longer than any ticket is: the clock was set back */
};
const char *ticket_word(enum ticket_state state); /* for the record; NULL for TICKET_UNASKED */

/* ---- what is known: facts.c ---------------------------------------------- */

struct facts {
	struct entity *root;             /* NULL: past a limit of the parser, `structure` says which */
	struct error structure;
	struct address_list authors;     /* every mailbox of every From field that could be read, up to LIMIT_AUTHORS */
	bool too_many_authors;
	const struct address *author;    /* the only one, or NULL */
	bool display_name_address;       /* a reader who sees names alone would take another for an author */
	struct signer *signer;
	const struct trigger **triggers; /* those that fired; the array is owned */
	bool *triggers_carried;          /* of each; owned */
	struct message_facts message;
	struct recipient_facts *recipients;
};

/* ---- what was made of it: outgoing.c, incoming.c --------------------------- */

/* A signature of a received message, judged. */
struct judged {
	const struct smime_layer *layer; /* NULL: parts of the message are signed, the whole is not */
	struct judgement judgement;      /* of the chain; empty when the signature did not hold */
	struct result result;
};

/* How the From inside the layers meets the one outside (RFC 9788 4.4). */
enum from_state {
	FROM_SAME,     /* one address, or only one of them has a From */
	FROM_BOUND,    /* another address, and a signature that is good for it: it is the one that counts */
	FROM_MISMATCH, /* another address, and nothing that speaks for it: the one outside stays */
};

struct incoming {
	struct smime_layers *layers;     /* NULL: the structure could not be read */
	const char *closed;              /* why nothing was delivered opened, or NULL (static) */
	bool delivered_open;             /* what was encrypted was opened */
	bool signature_removed;          /* one that is `pass` was taken off, as the settings say */
	bool decompressed;               /* compressed layers were taken off */
	bool notice;                     /* opened without integrity: CBC and no valid signature inside */
	struct judged judged[LIMIT_CMS_LAYERS];
	size_t judged_count;
	struct protected_header *headers; /* what was protected of the header; NULL: nothing */
	enum from_state from;
	bool headers_restored;
	struct spool *content;           /* the entity as delivered */
};

struct outgoing {
	bool sign, encrypted;
	bool opaque;
	enum signature_scheme scheme;
	struct certificates certificates; /* encrypted to these */
	struct header_protection *protection; /* NULL: none */
	const char *unprotected;          /* why there is none although it is asked for (static) */
	bool legacy_display;
	struct payload payload;           /* with `protection`: what is signed or encrypted */
	struct spool *made;               /* the protected entity */
	bool dkim_removed;                /* a signature of ours that this breaks */
};

/* ---- what recipients get: body.c ------------------------------------------- */

/*
 * What is made of a message for recipients that get the same octets.  The message itself, its facts and the edits that
 * all of them need are shared; everything that a group's own settings or keys bear on stands here.
 */
struct body {
	struct gateway_message *message;
	const struct plan_group *plan;
	struct recipient **recipients;    /* who gets it; the array is owned, they are the message's */
	size_t recipient_count;
	struct edits edits;               /* what makes it of the message as it came */
	struct incoming incoming;
	struct outgoing outgoing;
	struct spool *bounce;             /* the text of a bounce without what was opened here */
	size_t concealed;                 /* parts of it that became their header, obscured */
};

/* ---- copies.c ---------------------------------------------------------------- */

/* One try to serve every recipient: the ledger keeps it apart from others of the same message. */
struct handover {
	bool begun;              /* the ledger has rows of this try */
	char id[SHA256_TEXT];
	char claim[CLAIM_SIZE];  /* says to others that this try is at work; "": not taken */
	int64_t deadline_ms;     /* of the transport's clock; set when the first post is about to be sent */
};

struct gateway_message {
	struct gateway *gateway;
	struct settings *settings;
	/* the session; owned copies */
	enum gateway_mode mode;
	enum choice_role role;
	struct origin role_origin;
	bool observe;
	bool behind_queue;
	char *client_address, *client_name, *default_domain, *actor, *reason;
	/* the envelope */
	char *mail_from;                  /* verbatim */
	char *mail_parameters;            /* verbatim, a space between */
	bool mta_is_postfix;
	struct address *sender;           /* NULL: no readable path */
	char *queue_id, *login;
	struct smtp_endpoint resubmit;
	bool has_resubmit;
	struct recipient *recipients;
	size_t recipient_count, recipient_room;
	/* header and body */
	struct header_list *headers;
	struct odd_field *odd;
	size_t odd_count;
	bool has_odd_fields;              /* also: a value whose line ends are no folds */
	struct spool *text;               /* the body as it came */
	struct error failure;             /* the first thing that went wrong while collecting */
	/* filled by gateway_finish() */
	struct facts facts;
	struct plan *plan;
	size_t marks;                     /* forged marks of ours that were found */
	enum ticket_state ticket;
	char *witnessed_host;             /* by a valid ticket: the client that handed the message in; NULL */
	bool witnessed_outside;           /* by a valid ticket: it bore a mark of ours then */
	unsigned opened_mark;             /* which OPENED_FIELD is genuine and stays; 0: none */
	struct edits edits;               /* those that every body needs: found before it is known who gets what */
	struct body *bodies;              /* what was made for whom; none: nothing was decided */
	size_t body_count;
	enum verdict verdict;             /* decided; with `observe` what it would have been */
	struct error error;               /* why, when not CONTINUE */
	struct handover handover;
	char *alarm;                      /* NULL: none */
	char *log_line;
};

/* Whether this message's keys may be used and its edits applied. */
bool message_is_live(const struct gateway_message *m);

/* The world's mail behind the queue: refused, it would bounce to whoever a stranger named as its sender. */
bool message_is_let_in(const struct gateway_message *m);

/* Of mail that only comes in nothing is asked that bears on leaving: it will be read layer by layer. */
bool message_only_comes_in(const struct gateway_message *m);

/* message_workspace(m): settings of the spools that are filled from a message; what is made may be larger than what came. */
struct spool_settings message_workspace(const struct gateway_message *m);

/* facts_collect(m, e): look at the message and ask the rooms below.  -1: a fault. */
int facts_collect(struct gateway_message *m, struct error *e);
void facts_done(struct facts *f);

/* correspondents_find_blind(m, e): who of the recipients stands neither in To nor in Cc. */
int correspondents_find_blind(struct gateway_message *m, struct error *e);

/*
 * opened_find(m, e): whether the message was opened here before.  opened_write(b, e): the mark on what is delivered opened;
 * every other edit of the header stands.  passed_find(m, e): for whom the first pass applied the rules.  passed_write(b,
 * e): the proof of it, where there is a second; every other edit stands.
 */
int opened_find(struct gateway_message *m, struct error *e);
int opened_write(struct body *b, struct error *e);
int passed_find(struct gateway_message *m, struct error *e);
int passed_write(struct body *b, struct error *e);

/*
 * witnessed_write(b, e): on the pass before the queue, a ticket for whoever handed the message in.  witnessed_find(m,
 * e): behind it, what the ticket says, and nothing of what the MTA says of its own connection.
 */
int witnessed_write(struct body *b, struct error *e);
int witnessed_find(struct gateway_message *m, struct error *e);

/*
 * strip_marks(m, e): edits that remove whatever looks like a mark of ours, but for a genuine one of opened mail; on the
 * second pass that, too.  m->marks counts what was forged.
 */
int strip_marks(struct gateway_message *m, struct error *e);

/*
 * triggers_find(m, e): which triggers of the settings fire.  triggers_strip(): edits that remove what fired them from
 * a message that leaves; the plan is known.
 */
int triggers_find(struct gateway_message *m, struct error *e);
int triggers_strip(struct gateway_message *m, struct error *e);

/*
 * complete.c: split_message(m, e): edits that every body needs once several are made of one message: a Message-ID and a
 * Date where there is none, and no Bcc.  drop_private_fields(headers, edits, e): fields that tell too much go.
 */
int split_message(struct gateway_message *m, struct error *e);
int drop_private_fields(const struct header_list *headers, struct edits *edits, struct error *e);

/*
 * bodies_begin(m, e): m->bodies as the plan has them, nothing made yet.  bodies_prepare(m, e): each is signed and
 * encrypted, or opened and judged, and its edits stand.  body_in_place(m): the one that the message itself becomes;
 * NULL before there is a plan.
 */
int bodies_begin(struct gateway_message *m, struct error *e);
int bodies_prepare(struct gateway_message *m, struct error *e);
void bodies_done(struct gateway_message *m);
struct body *body_in_place(const struct gateway_message *m);

/* outgoing_prepare(b, e): sign and encrypt as the plan says, and the edits for it. */
int outgoing_prepare(struct body *b, struct error *e);
void outgoing_done(struct outgoing *o);

/* bounce_conceal(b, e): on the second pass, a bounce of mail that was opened here without its text and hidden fields. */
int bounce_conceal(struct body *b, struct error *e);

/* dkim_remove_broken(b, e): edits that remove DKIM signatures of our domains that the others break. */
int dkim_remove_broken(struct body *b, struct error *e);

/* incoming_prepare(b, e): open, verify, judge, and the edits for it. */
int incoming_prepare(struct body *b, struct error *e);
void incoming_done(struct incoming *in);

/* owners.c: which of our keys may open a message in place; `ctx` is the body. */
int owners_keys(void *ctx, const struct cms_shape *shape, struct decryptors *out, const char **out_reason,
    struct error *e);

/* owners_find(m, e): recipients that each own a key which the message names (facts.recipients[].may_open). */
int owners_find(struct gateway_message *m, struct error *e);

/* judge.c: judge_signatures(b, inside, e): each signature that a reader of the delivered form sees, with its result. */
int judge_signatures(struct body *b, bool inside, struct error *e);
bool layer_is_valid(const struct smime_layer *layer);
bool some_signature_passes(const struct incoming *in); /* of those that were judged */

/* deliver.c: deliver_content(b, e): the opened entity as it is delivered, into incoming.content. */
int deliver_content(struct body *b, struct error *e);

/*
 * restore.c: restore_read(b, inside, e): the protected header of what is delivered, `inside` opened layers or as it came.
 * restore_judge(b, e): signatures are judged: which From counts, and whether the header is restored.
 * restore_edits(b, e): the edits for it.  body_author(b): whose mail it is: the author inside, if there is one.
 * stands_outside_too(b, field): the field inside says what the one of its name and place outside says.
 */
int restore_read(struct body *b, bool inside, struct error *e);
int restore_judge(struct body *b, bool inside, struct error *e);
int restore_edits(struct body *b, struct error *e);
const struct address *body_author(const struct body *b);
bool stands_outside_too(const struct body *b, const struct header_field *field);

/*
 * ledger_id(m, out, e): by what a second try of the message is known (its key in the ledger): MAIL FROM, the fields that
 * its author wrote, and the body, all as they came.
 */
int ledger_id(const struct gateway_message *m, char out[SHA256_TEXT], struct error *e);

/*
 * copies_send(m, ops, ctx, e): every recipient that the message itself does not serve gets its copy, by SMTP, and its fate;
 * intents are in the ledger before.  0: each was sent now or in an earlier try, and whom the message is not for is among
 * the edits of its body.  -1: nothing may be said to the MTA but "try again"; the ledger keeps what was sent.
 * copies_close(m, e): the record is durable: the ledger forgets the try.  copies_end(m): it is no longer at work.
 */
int copies_send(struct gateway_message *m, const struct edit_ops *ops, void *ctx, struct error *e);
int copies_close(struct gateway_message *m, struct error *e);
void copies_end(struct gateway_message *m);

/* compose.c: copy_write(b, to, out_eight_bit, e): the message that b's recipients get, with a Received field of ours. */
int copy_write(const struct body *b, struct spool *to, bool *out_eight_bit, struct error *e);
int copy_parameters(const struct body *b, struct buffer *out, struct error *e);
/* copy_is_opened(b): bounces of it must not carry its text, and copy_parameters() asks for that. */
bool copy_is_opened(const struct body *b);

/*
 * notice.c: notice_write(m, recipients, count, to, e): the report of non-delivery (RFC 3464) that the sender of `m` gets
 * about these.
 */
int notice_write(const struct gateway_message *m, struct recipient *const *recipients, size_t count, struct spool *to,
    bool *out_eight_bit, struct error *e);

/* record_message(m, e): durable on return.  record_refusal(): before the end of a message. */
int record_message(struct gateway_message *m, struct error *e);
int record_refusal(struct gateway_message *m, const char *recipient, enum verdict verdict, const struct error *why,
    struct error *e);

/* report_log_line(m): fills m->log_line; without memory there is none. */
void report_log_line(struct gateway_message *m);

const char *verdict_word(enum verdict v);

/* answer_set(m, e): the plan's objection, with the addresses that it is about where a sender may read them; -1. */
int answer_set(const struct gateway_message *m, struct error *e);

#endif
