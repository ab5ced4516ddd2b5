/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KEYSTORE_KEYSTORE_PRIVATE_H
#define KEYSTORE_KEYSTORE_PRIVATE_H

#include <stdatomic.h>

#include "audit/change.h"
#include "base/cache.h"
#include "base/random.h"
#include "crypto/seal.h"
#include "keystore/identity.h"
#include "keystore/keystore.h"
#include "store/rows.h"

/* What the files of keystore/ share. */

struct store_key {
	char id[RANDOM_ID_SIZE];
	struct secret secret;
};

struct keystore {
	struct store *store;      /* borrowed */
	char id[RANDOM_ID_SIZE];  /* of the store */
	struct store_key *keys;   /* oldest first; the last one seals; constant after keystore_open() */
	size_t key_count;
	struct cache *rings;      /* struct ring by an address's key */
	struct cache *opened;     /* struct key by key id */
	struct cache *certificates; /* struct certificate by fingerprint; never out of date */
	struct cache *authors;    /* struct words by login */
	struct cache *hosts;      /* struct hosts, one */
	struct cache *revoked;    /* struct words: fingerprints of what our CA revoked, one */
};

/* ---- sealed rows (sealed.c) ---------------------------------------------- */

/* sealed_write(ks, row, key, out, e): the private key as the row's sealed octets; the row's other members are bound. */
int sealed_write(struct keystore *ks, const struct key_row *row, const struct key *key, struct buffer *out,
    struct error *e);
/* sealed_read(): the reverse; the public key is compared after opening.  ERROR_SEAL if anything was changed. */
int sealed_read(struct keystore *ks, const struct key_row *row, struct key **out, struct error *e);
/* key_opened(ks, revision, id, out, e): the private key of a row, from memory where it was used before. */
int key_opened(struct keystore *ks, int64_t revision, const char *key_id, struct key **out, struct error *e);

/* ---- what an identity has (ring.c) ---------------------------------------- */

/* A certificate of an active key. */
struct ring_item {
	char key_id[RANDOM_ID_SIZE];
	bool sign, decrypt;             /* what the key is for */
	int64_t created;                /* of the key */
	struct certificate *certificate;
	struct certificates chain;
};

/* The keys and certificates that an address has, as they were at one revision of the store; immutable, counted. */
struct ring {
	atomic_uint references;
	char identity[RANDOM_ID_SIZE];  /* "" if no identity owns the address */
	bool domain;                    /* the identity stands for the whole domain */
	bool can_sign;                  /* some active key is for signing, with or without certificate */
	struct ring_item *items;        /* newest key first, then the newest certificate */
	size_t count;
};
extern const struct cache_values ring_values;
/* certificate_of(ks, row, out, e): parsed once; ERROR_STORE if it is not the one that the row names. */
int certificate_of(struct keystore *ks, const struct key_certificate_row *row, struct certificate **out,
    struct error *e);
/* ring_get(): of an address, or of the domain when nobody owns it; ring_get_domain(): of the domain itself. */
int ring_get(struct keystore *ks, int64_t revision, const struct address *a, struct ring **out, struct error *e);
int ring_get_domain(struct keystore *ks, int64_t revision, const char *domain, struct ring **out, struct error *e);
void ring_unref(struct ring *ring); /* NULL is fine */

/* ---- short lists of text, counted (words.c) -------------------------------- */

struct words {
	atomic_uint references;
	char **items;
	size_t count;
};
extern const struct cache_values words_values;
struct words *words_new(struct error *e);
int words_add(struct words *w, const char *text, struct error *e);
/* words_sort(w), then words_have(w, text): the list has exactly this text. */
void words_sort(struct words *w);
bool words_have(const struct words *w, const char *text);
void words_unref(struct words *w); /* NULL is fine */

extern const struct cache_values hosts_values; /* login.c */

/* revoked_get(ks, revision, out, e): the fingerprints of what our CAs revoked. */
int revoked_get(struct keystore *ks, int64_t revision, struct words **out, struct error *e);

/* ---- rows that several changes write ------------------------------------------ */

/*
 * identity_put(c, row, addresses, domain, e): a new identity, its id and time filled in; `domain` ("@example.org")
 * or addresses.  identity_record(): its event, after the last row of the change.
 */
int identity_put(struct change *c, struct identity_row *row, const struct address_list *addresses,
    const char *domain, struct error *e);
int identity_record(struct change *c, const struct identity_row *row, const struct address_list *addresses,
    const char *domain, struct error *e);

/* key_put(c, ks, row, key, e): a new key, sealed for its row; id, time, algorithm and public hash are filled in. */
int key_put(struct change *c, struct keystore *ks, struct key_row *row, const struct key *key, struct error *e);
/* certificate_put(): the certificate of a key with what of `others` leads upwards from it. */
int certificate_put(struct change *c, const char *key_id, const struct certificate *leaf,
    const struct certificates *others, struct error *e);
/* Their events, after the last row of the change. */
int key_record(struct change *c, const struct key_row *row, const char *origin, struct error *e);
int certificate_record(struct change *c, const struct key_row *row, const struct certificate *leaf, struct error *e);
int state_record(struct change *c, const struct key_row *row, const char *to, struct error *e);
/* bind_put(), bind_record(): a certificate that came back for a pending or active key, checked; the key is active then. */
int bind_put(struct change *c, struct keystore *ks, const struct key_row *row, const struct certificate *leaf,
    const struct certificates *others, bool dn_too, struct error *e);
int bind_record(struct change *c, const struct key_row *row, const struct certificate *leaf, struct error *e);
/* event_put_addresses(event, addresses, domain, e): the member "addresses" of an event; either may be NULL. */
int event_put_addresses(struct audit_event *event, const struct address_list *addresses, const char *domain,
    struct error *e);

/* Names and usage of a certificate to be asked for or issued (request.c). */
struct subject_names {
	char *common_name;
	struct address_list addresses;
	bool sign, encrypt;
};
int subject_names_of(struct keystore *ks, const struct key_row *row, struct subject_names *names, struct error *e);
void subject_names_done(struct subject_names *names);

/* ---- what suits what (purpose.c) ------------------------------------------------- */

/* purpose_check(purpose, type, e): a key of the type can do it. */
int purpose_check(enum key_purpose purpose, enum key_type type, struct error *e);
/* state_check(from, to, e): the one may follow the other. */
int state_check(const char *from, const char *to, struct error *e);
/* purpose_of_certificate(leaf, out, e): what its usage allows, whatever its dates. */
int purpose_of_certificate(const struct certificate *leaf, enum key_purpose *out, struct error *e);
/* certificate_suits(leaf, purpose, e): its usage allows all that the key is for. */
int certificate_suits(const struct certificate *leaf, enum key_purpose purpose, struct error *e);
/* certificate_names_identity(ks, identity, leaf, dn_too, e): it bears an address of the identity, or of its domain. */
int certificate_names_identity(struct keystore *ks, const char *identity, const struct certificate *leaf, bool dn_too,
    struct error *e);
/* chain_pick(leaf, others, list, e): those of `others` that lead upwards from the leaf, by name, appended in order. */
int chain_pick(const struct certificate *leaf, const struct certificates *others, struct certificates *list,
    struct error *e);

/* identity_addresses(ks, id, list, e): its addresses, appended; a domain identity has none. */
int identity_addresses(struct keystore *ks, const char *id, struct address_list *list, struct error *e);
/* identity_domain(ks, id, out, e): the domain of a domain identity; NULL for others; caller frees. */
int identity_domain(struct keystore *ks, const char *id, char **out, struct error *e);

/* is_id(what): 32 lower-case hexadecimal digits, the form of our ids. */
bool is_id(const char *what);

#endif
