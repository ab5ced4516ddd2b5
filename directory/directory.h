/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DIRECTORY_DIRECTORY_H
#define DIRECTORY_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/audit.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/error.h"
#include "crypto/certificate.h"
#include "crypto/chain.h"
#include "store/store.h"

/*
 * Other people's certificates: where they come from, whether they are to be
 * trusted, and why.  Wanted at RCPT, collected at the end of the message; the
 * chain is judged here for both directions.  May be used by several threads.
 */
struct directory;

/*
 * Trust anchors and CRLs as one immutable, counted set: read from files and folders, replaced as a whole by a
 * reload.  trust_load(): every entry of the NULL-terminated lists; a file that cannot be read is an error that names
 * it; no anchors at all is no error here (nothing will be trusted).
 */
struct trust;
int trust_load(const char *const *anchors, const char *const *crls, struct trust **out, struct error *e);
int trust_add_anchors(struct trust *t, const struct certificates *more, struct error *e); /* before it is shared */
struct trust *trust_ref(struct trust *t);
void trust_unref(struct trust *t);
size_t trust_anchor_count(const struct trust *t);

int directory_new(struct store *store, const struct clock *clock, struct directory **out, struct error *e);
void directory_free(struct directory *d); /* NULL is fine */
/* directory_set_trust(d, t): take a reference; look-ups under way keep the old set. */
void directory_set_trust(struct directory *d, struct trust *t);

/*
 * The level of a certificate: why it is believed to be the correspondent's.  Only the highest non-empty level of an
 * address is used, never a union; a pin is exclusive, and when it has expired the certificate is missing.
 */
enum trust_level { LEVEL_NONE, LEVEL_HARVESTED, LEVEL_DISCOVERED, LEVEL_VERIFIED, LEVEL_PINNED };
const char *trust_level_word(enum trust_level l);
int trust_level_parse(const char *word, enum trust_level *out, struct error *e);

struct candidate {
	struct certificate *certificate;
	enum trust_level level;
	bool domain;             /* it stands for the whole domain, by an administrator's word */
	const char *source;      /* static: "store" */
	enum revocation revocation;
	/*
	 * NULL: usable; else a static word: of certificate_fits(), of chain_verify(), "address" (it does not bear it),
	 * "revoked", "lower-level", "less-specific" (the domain's beside one of the address itself).
	 */
	const char *rejected;
};
struct candidates {
	struct candidate *items; /* best usable first, then the rejected */
	size_t count, usable;
	bool temporary;          /* a source could not answer: "missing" may be wrong */
};

/*
 * directory_want(d, address, deadline): begin to look for certificates of an address; `deadline` is in monotonic
 * milliseconds.  NULL only for want of memory.  directory_collect(lookup, out, e): wait for and judge what came
 * (chain, revocation, purpose, time, address); frees the lookup in every case.  directory_forget(): not wanted any more.
 * Pinned certificates need no anchor: the pin is the reason; time, usage, address and revocation still hold.  A source
 * that cannot answer, or not before the deadline, makes the answer `temporary`; -1 is want of memory or a fault.
 */
struct lookup;
struct lookup *directory_want(struct directory *d, const struct address *a, int64_t deadline);
int directory_collect(struct lookup *lookup, struct candidates **out, struct error *e);
void directory_forget(struct lookup *lookup);
void candidates_free(struct candidates *c);

/*
 * A signer's certificate, judged: chain, revocation and purpose at `when`.  A pin vouches for the address or domain
 * that it was made for, not for all that the certificate names: it counts when that is `author`, or, without an
 * author, any address that the certificate bears.
 */
struct chain_question {
	const struct certificate *leaf;
	const struct certificates *intermediates;
	enum certificate_purpose purpose;
	int64_t when;
	const struct address *author; /* NULL: nobody in particular */
};
struct judgement {
	bool trusted;                 /* revocation aside; also a signer that an administrator pinned */
	const char *reason;           /* static; NULL if trusted */
	enum revocation revocation;
	int64_t revoked_at;
	char *anchor;                 /* subject of the anchor reached; NULL if none */
};
int directory_judge(struct directory *d, const struct chain_question *q, struct judgement *out, struct error *e);
void judgement_done(struct judgement *j);

/*
 * Changes by administrators.  partner_import(d, owner, certificates, level, w, out_count, e): `owner` an address or
 * "@domain"; NULL: each address that the certificate names.  The leaf is the certificate that is no CA; others
 * become its chain.  A certificate without the owner's address is refused unless the owner is a domain.  One that
 * is known on the same level is ERROR_STORE_CONFLICT, unless it comes with another chain: then it gets that.
 */
int partner_import(struct directory *d, const char *owner, const struct certificates *list, enum trust_level level,
    const struct witness *w, size_t *out_count, struct error *e);
int partner_remove(struct directory *d, const char *owner, const char *fingerprint, const struct witness *w,
    struct error *e);

#endif
