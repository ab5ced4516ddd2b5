/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_ATTACKS_ATTACK_H
#define TESTS_ATTACKS_ATTACK_H

#include "base/buffer.h"
#include "tests/unit/crypto/forge.h"
#include "tests/unit/gateway/letters.h"
#include "tests/unit/gateway/mta.h"

/*
 * Attacks, one row each.  A row builds the message that Eve sends; the whole
 * gateway gets it from an MTA that carries out what is asked of it, and then
 *
 *   - nobody's signature passes, save Eve's own over her own text,
 *   - no octet of the canary stands in anything that left the gateway: message, edits, reply, log line, record;
 *     unless the row says that its rightful reader gets it,
 *   - the mail is still there,
 *   - the record says why.
 *
 * Each row prints one line: what was done, what became of it.
 */

/* Who plays.  Alice writes from outside, Bob and Carol are our users, Eve has whatever she wants: a mailbox, a valid
 * certificate for it, captured mail of others. */
struct cast {
	struct world *w;
	struct forged alice, eve, bob, carol; /* Bob's key is RSA */
};
extern struct cast cast;

#define ALICE "alice@a.example"
#define BOB   "bob@b.example"
#define CAROL "carol@b.example"
#define EVE   "eve@e.example"

#define FIELDS  "To: " BOB "\r\nSubject: s\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\nMessage-ID: <1@a.example>\r\n"
#define HEADER  "From: Alice <" ALICE ">\r\n" FIELDS
#define HEADER_OF_EVE "From: Eve <" EVE ">\r\n" FIELDS

/* What must not get out.  The first 16 octets are what every mail of its kind begins with. */
#define CANARY  "Zq7-canary-Wm3Xk9Tb5Rn1Vy8Lp4Gs6"
#define SECRET  "Content-Type: text/html; charset=us-ascii\r\n\r\n<p>The password is " CANARY ".</p>\r\n"
#define PLAIN   "Content-Type: text/plain; charset=us-ascii\r\n\r\nhello\r\nworld\r\n"

enum fate {
	FATE_AS_IT_CAME,  /* but for the field with our result */
	FATE_STRIPPED,    /* marks that look like ours were taken off besides */
	FATE_UNTOUCHED,   /* not even a result: it is not our work, or we only observe */
	FATE_UNPACKED,    /* it was compressed, and is not any more */
	FATE_OPENED,      /* in clear, for its rightful reader alone */
	FATE_REFUSED,     /* 5xx */
	FATE_LATER,       /* 4xx */
};

enum way { FROM_OUTSIDE, SUBMITTED /* by Carol's login */, LOCALLY /* sendmail(1) */ };

struct attack {
	const char *name;
	struct buffer (*make)(const struct attack *a); /* the message, header and all */
	const char *a, *b;           /* for `make` */
	int n;
	const void *with;
	const char *to[6];           /* Bob when empty */
	const char *settings;        /* more configuration; NULL: none */
	enum way way;
	bool observe;
	enum fate fate;
	const char *result;          /* what our result field says, "#" for a serial number; NULL: there is none */
	const char *recorded;        /* stands in the record's line about it; NULL: any */
	void (*look)(const struct attack *a, const struct delivery *d); /* further claims; may be NULL */
};

/* attack_send(a, message): it goes through the gateway. */
struct delivery attack_send(const struct attack *a, const struct buffer *message);

/* attack_run(a): all of it. */
void attack_run(const struct attack *a);

/* attacks_set_up(), attacks_tear_down(): the cast around each row. */
void attacks_set_up(void);
void attacks_tear_down(void);

/* expect_harmless(name, d, fate): the claims that hold for all, but for the record's. */
void expect_harmless(const char *name, const struct delivery *d, enum fate fate);

/* canary_found(data, n): how the canary, or eight octets of it, stands in the data: "plain", "base64" …; NULL. */
const char *canary_found(const void *data, size_t n);

/* ---- for building ---- */

/* text(format, …): a message put together; the caller calls buffer_done(). */
struct buffer text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* edited(take, from, to): the first `from` replaced; it must be there. */
struct buffer edited(struct buffer take, const char *from, const char *to);

/* entity_of(der, type, encoding): an entity with this object in it, in base64. */
struct buffer entity_of(struct buffer take_der, const char *content_type);

/* attacks_alone(s): the suite has nothing but its rows. */
static inline Suite *
attacks_alone(Suite *s)
{
	return s;
}

/* One test per row and one suite per file; `more` adds what is no row. */
#define ATTACKS(family, rows) ATTACKS_AND(family, rows, attacks_alone)
#define ATTACKS_AND(family, rows, more) \
	START_TEST(family) \
	{ \
		attack_run(&(rows)[_i]); \
	} \
	END_TEST \
	Suite *suite_##family(void); \
	Suite *suite_##family(void) \
	{ \
		Suite *s = suite_create(#family); \
		TCase *t = tcase_create(#family); \
\
		tcase_add_checked_fixture(t, attacks_set_up, attacks_tear_down); \
		tcase_add_loop_test(t, family, 0, sizeof(rows) / sizeof((rows)[0])); \
		suite_add_tcase(s, t); \
		return more(s); \
	}

#endif
