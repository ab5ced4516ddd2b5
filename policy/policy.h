/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "conf/settings.h"
#include "crypto/algorithm.h"
#include "crypto/signature_type.h"

/*
 * Decisions: facts and settings in, a plan with reasons out; no I/O, nothing
 * remembered.  routes.c says which rules hold for a recipient, outgoing.c what
 * is encrypted, signing.c what is signed, headers.c how its header is protected,
 * groups.c who gets the same bytes, incoming.c what may be opened and what a
 * signature found in a message is called.
 */

enum verdict {
	VERDICT_CONTINUE,     /* nothing to say yet, or the message goes on */
	VERDICT_REFUSE,       /* 5xx */
	VERDICT_RETRY_LATER,  /* 4xx */
};

/* Every reason that a plan can give, with its word for records and its sentence for people: policy/reasons.def. */
enum reason {
#define REASON(id, word, sentence) REASON_##id,
#include "policy/reasons.def"
#undef REASON
	REASON_COUNT
};
const char *reason_word(enum reason r);
const char *reason_sentence(enum reason r);

enum direction {
	DIRECTION_OUTGOING, /* to a remote recipient, whoever submits */
	DIRECTION_INCOMING, /* to a local recipient, role inbound */
	DIRECTION_INTERNAL, /* to a local recipient, role submission or local */
};

/* How an author is proven. */
enum authority {
	AUTHORITY_NONE,      /* no login, no host row */
	AUTHORITY_LOGIN,     /* a row (login → author) */
	AUTHORITY_HOST,      /* a row (host → author) */
	AUTHORITY_MISMATCH,  /* a login that claims an author it may not */
};

/* The message's side of the question. */
struct message_facts {
	enum choice_role role;
	const struct address *author;      /* the only mailbox of the only From field; NULL: none or several */
	bool author_local;
	bool several_authors;              /* also: several From fields, group, unreadable */
	/*
	 * Everybody else that the message names as its author: each mailbox of each From field that could be read, and
	 * the reverse-path.  An author that is not proven could have been chosen for its weaker rules, so the strictest
	 * of all of theirs hold.  Either may be NULL.
	 */
	const struct address_list *authors;
	const struct address *reverse_path;
	enum authority authority;
	bool list_or_resent;               /* List-* or Resent-* present */
	bool automatic;                    /* Auto-Submitted other than "no", or the null sender */
	bool behind_queue;                 /* the MTA has accepted it: a refusal is a bounce */
	bool came_from_outside;            /* our mark says so */
	bool opened;                       /* our mark says that we decrypted it */
	bool protected_already;            /* S/MIME or PGP, signed or encrypted, as a whole */
	bool encrypted_already;
	bool fragment;                     /* message/partial: no message of its own */
	bool has_signer;                   /* a usable signing key and certificate of the author's own */
	bool has_domain_signer;            /* the author has no key of his own, and the domain's agent has (RFC 3183 3.2) */
	enum key_type signer_key;          /* its type; KEY_NONE: not known, any profile may then sign differently */
	const char *no_signer;             /* why not: a static word */
	const char *cannot_clear_sign;     /* seven_bit_blocked(): why not; NULL if it can */
	const struct trigger *const *triggers; /* those that fired; borrowed from the settings */
	const bool *triggers_carried;          /* of each: only by a text that a reply carries on from whom it answers */
	size_t trigger_count;
	bool can_copy;                     /* the listener can send copies; false: one body serves all, or nobody */
	bool can_report;                   /* a report of non-delivery has somebody to go to: a sender that is not null, and ours or proven */
};

/* One recipient's side. */
struct recipient_facts {
	const struct address *address;
	bool local;
	bool blind;                        /* neither in To nor Cc */
	size_t usable_certificates;
	bool temporary;                    /* the look-up could not answer */
	bool revocation_unknown;           /* of the certificate that would be used */
	bool may_open;                     /* incoming: it owns a key that opens the message; false also where none is needed */
	bool no_report;                    /* NOTIFY (RFC 3461 4.1) wants none when it is not served */
	bool passed;                       /* role egress: our proof says that the rules were applied for this recipient */
};

enum recipient_action {
	ACTION_CLEAR,        /* as it is, or signed */
	ACTION_ENCRYPT,
	ACTION_REFUSE,
	ACTION_DEFER,
};

#define GROUP_NONE ((size_t)-1)

struct recipient_plan {
	enum direction direction;
	enum recipient_action action;
	enum reason reason;
	const struct value *setting;       /* the setting that decided; NULL: none did; borrowed from the snapshot */
	size_t group;                      /* index in the plan's groups; GROUP_NONE: not served, by ACTION_REFUSE or ACTION_DEFER */
};

/* Recipients that get the same bytes, and which. */
struct plan_group {
	size_t members;
	bool in_place;                     /* the message itself; every other group gets a copy */
	bool sign;
	enum reason sign_reason;           /* why signed or not, whatever the verdict */
	const struct value *sign_setting;
	bool opaque;                       /* signature form */
	bool encrypt;                      /* to every member */
	const struct address *blind;       /* with encrypt: for this blind recipient alone, whom nobody else's copy may name */
	enum crypto_profile profile;
	enum choice_headers headers;       /* header protection of what is signed or encrypted */
	enum reason headers_reason;
	const struct value *headers_setting;
	bool legacy_display;               /* with encrypt: hidden fields as text in the body */
	bool incoming_work;                /* decrypt, verify, mark; every member is DIRECTION_INCOMING */
	bool decrypt;                      /* with incoming_work: every member may open it, and its settings let its mail be opened */
	const struct value *decrypt_setting; /* which setting said so; NULL without incoming_work */
	enum choice_cbc cbc;               /* with decrypt: what becomes of CBC without a valid signature inside */
	enum choice_valid_signature valid_signature; /* with incoming_work: whether it is delivered */
};

/* The groups of a plan that does not continue keep their reasons and ask for no work: neither is any in place. */
struct plan {
	enum verdict verdict;
	enum reason reason;                /* why the verdict; REASON_NONE for CONTINUE */
	enum error_code reply;             /* ERROR_NONE for CONTINUE: gives status and text */
	const struct value *setting;       /* likewise */
	struct plan_group *groups;
	size_t group_count;
	struct recipient_plan *recipients; /* one per recipient, in order */
	size_t count;
};

/*
 * policy_plan(settings, message, recipients, n, out, e): the plan; its values are borrowed from `settings`, its addresses from `recipients`.  Fails
 * only for want of memory.  Recipients that need the same bytes form a group; a blind recipient of an encrypted mail
 * beside others is one of its own, however often its address is given (its reason is REASON_BLIND_RECIPIENT).  A plan that continues has exactly one group
 * in place, the one that reveals least.  Where no copies can be made, header protection and opening are settled for
 * all by the strictest, and a plan of several groups refuses with REASON_COPIES_NEEDED; where they can, `max-copies`
 * bounds them.  A recipient whose `on-missing-certificate` is "refuse-some" is left out (ACTION_REFUSE, GROUP_NONE) if
 * somebody else is served and its sender can be told: whoever carries out the plan tells it; else the message is
 * refused.  Any doubt is RETRY_LATER or the configured refusal, never clear text.  A refusal wins over a retry.
 */
int policy_plan(const struct settings *settings, const struct message_facts *message,
    const struct recipient_facts *recipients, size_t n, struct plan **out, struct error *e);
void plan_free(struct plan *plan); /* NULL is fine */

/* plan_in_place(plan): the group in place, of a plan without one the first; never NULL. */
const struct plan_group *plan_in_place(const struct plan *plan);

/* ---- incoming ------------------------------------------------------------- */

/* The facts of one signature, judged by others; policy gives the result word (RFC 8601 2.7, RFC 7281). */
enum smime_result { RESULT_NONE, RESULT_PASS, RESULT_FAIL, RESULT_POLICY, RESULT_NEUTRAL, RESULT_TEMPERROR, RESULT_PERMERROR };
const char *smime_result_word(enum smime_result r);

enum signature_fact { /* what smime and crypto found; the order is theirs */
	FACT_UNSIGNED, FACT_VALID, FACT_DIGEST_DIFFERS, FACT_INVALID, FACT_MALFORMED, FACT_SEVERAL, FACT_NO_CERTIFICATE,
	FACT_UNSUPPORTED, FACT_PARTIAL /* a signed part that does not cover the whole message */
};

/* RFC 3183 3.1.1: how the domain of a signing agent stands to that of the author. */
enum domain_relation {
	DOMAIN_NONE,  /* the certificate is not named as an agent's */
	DOMAIN_OTHER, /* neither of the two below: not above the author's, or of somebody else */
	DOMAIN_ABOVE, /* an ascendant of the author's */
	DOMAIN_SAME,
};

struct verification_facts {
	enum signature_fact signature;
	bool weak;
	bool chain_trusted;
	const char *chain_reason;
	bool revoked, revocation_unknown;
	bool author_single;                /* one From field with one mailbox */
	bool address_matches;              /* the certificate bears the author's address */
	enum signature_type type;
	enum domain_relation domain;       /* with SIGNATURE_TYPE_DOMAIN: whose agent the signer is */
	bool certificate_has_address;
	bool over_ciphertext;              /* what is delivered was encrypted when it was signed */
	bool display_name_address;         /* the author's display name shows an address that is not the author's */
};
struct result {
	enum smime_result result;
	const char *reason;                /* static word for reason=; NULL for none, and for pass unless it is by a domain */
};
void policy_result(const struct settings *settings, const struct address *author, const struct address *recipient,
    const struct verification_facts *facts, struct result *out);

#endif
