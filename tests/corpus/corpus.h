/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_CORPUS_CORPUS_H
#define TESTS_CORPUS_CORPUS_H

#include "tests/unit/gateway/mta.h"

/*
 * Every file of tests/data with its documented outcome: outcomes.def is the
 * table, people.c says who of each folder are our users and whom we trust.
 */

/* ---- the table ---- */

enum corpus_form {
	CORPUS_MAIL,     /* a message, or an entity that only lacks an author */
	CORPUS_OBJECT,   /* a CMS object: DER, BER, PEM, or behind a few MIME fields */
	CORPUS_OVER,     /* a detached signature, over the file `over` */
	CORPUS_MATERIAL, /* certificates, keys, lists, and what is none of all that */
};

struct row {
	enum corpus_form form;
	const char *path; /* below tests/data/ */
	const char *over;
	/*
	 * Protection, from the outside in: V+ good signature, V- bad, V0 no signer; D+ opened, D- not; Z+ unpacked; P- not CMS; with our
	 * word for why.  "" for unprotected mail.  Of material: what our readers find in it.
	 */
	const char *protection;
	const char *in;   /* what the gateway says of it when it comes from outside; NULL: no mail */
	const char *out;  /* what becomes of it when a user of ours sends it and it must be signed; NULL: not sent */
	const char *needs; /* an algorithm of the library: where it lacks that, the next two hold; NULL */
	const char *without, *in_without;
	const char *note; /* what the origin says of it */
};

extern const struct row corpus_rows[];
extern const size_t corpus_count;

/* row_protection(), row_in(): what the row says with the library that is there. */
const char *row_protection(const struct row *row);
const char *row_in(const struct row *row);

/* ---- whose it is ---- */

#define PEOPLE_MAX 8
#define CORPUS_OFFICE "office.example"
#define CORPUS_AUTHOR "alice@" CORPUS_OFFICE

struct people {
	const char *folder; /* the rows whose path begins so; the longest counts */
	const char *domain; /* local */
	const char *from, *to; /* of what has no author; recipient of what comes in */
	int64_t when;       /* 0: FORGE_NOW */
	const char *anchors[PEOPLE_MAX];
	struct {
		const char *certificate, *key; /* key NULL: to verify with */
		bool ours; /* in the key store; else it lacks strength or an address, and the CMS layer alone knows it */
	} keys[PEOPLE_MAX];
};

extern const struct people corpus_people[];
extern const size_t corpus_people_count;
const struct people *people_of(const char *path);

struct scene {
	const struct people *people;
	struct world *world, *office;     /* of the people; of the author whose mail leaves signed */
	struct certificates certificates; /* keys[i] belongs to items[i], may be NULL */
	struct key *keys[PEOPLE_MAX];
	struct forged author;
};
struct scene *scene_open(const struct people *people);
void scene_close(struct scene *s);

/* ---- one file ---- */

/* All texts are for the caller to free(); buffers for buffer_done(). */

/* corpus_object(path): the CMS object of the file.  corpus_wrap(s, row, der): a mail to us with it. */
struct buffer corpus_object(const char *path);
struct buffer corpus_wrap(const struct scene *s, const struct row *row, const struct buffer *der);

/* corpus_mail(s, row): the file as a mail to us: CRLF, an author if it has none, an object in its MIME entity. */
struct buffer corpus_mail(const struct scene *s, const struct row *row);

/*
 * with_author(text, from, replace): that author if there is no From field; or instead of the first, and without the
 * line that a mailbox file has before a message.
 */
struct buffer with_author(const struct buffer *text, const char *from, bool replace);

/* The columns of the table, as seen.  `step`: octets that the reader or the gateway is given at once. */
char *protection_of_mail(const struct scene *s, const struct buffer *mail);
char *protection_of_object(const struct scene *s, const struct buffer *der, const struct buffer *over, size_t step);
char *material_of(const void *data, size_t n);

/*
 * arrival(), departure(): the gateway's word for a mail that comes in, or is sent and must be signed.  Each looks for
 * harm, too: an octet that is gone, edits where none are needed, a signature that OpenSSL does not verify over what was sent;
 * the word then begins with "HARM".
 */
char *arrival(const struct scene *s, const struct buffer *mail, size_t step);
char *departure(const struct scene *s, const struct buffer *mail, size_t step);
/* observed(): NULL when observe = yes left the mail alone in both directions. */
const char *observed(const struct scene *s, const struct buffer *mail, size_t step);

/* ---- cutting ---- */

/*
 * cuts(data, n, der): where to cut, ascending: every length when CORPUS_CUTS=all or the data is small, else two octets
 * around each structural boundary, up to a bound, and a stride over the rest.  Ends in `n`.
 */
size_t *cuts(const void *data, size_t n, bool der);

#endif
