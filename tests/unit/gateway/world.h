/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_GATEWAY_WORLD_H
#define TESTS_UNIT_GATEWAY_WORLD_H

#include "gateway/gateway.h"
#include "tests/unit/crypto/forge.h"
#include "tests/unit/gateway/office.h"
#include "tests/unit/support.h"

/*
 * A whole organisation in a scratch folder: store, keys, record, directory,
 * settings and the gateway over them; its time stands still at FORGE_NOW.
 */
struct world {
	int64_t now_ms;
	struct clock clock;
	char *record;
	struct audit *audit;
	struct store *store;
	struct keystore *keystore;
	struct directory *directory;
	struct settings *settings;
	struct claims *claims;
	struct office office;       /* the MTA behind `resubmit` */
	struct gateway *gateway;
	struct witness witness;
};

/*
 * world_open(domain, more): users of `domain` are local; `more` is further configuration, may be NULL.  The
 * authserv-id is "smime.DOMAIN".
 */
struct world *world_open(const char *domain, const char *more);
void world_close(struct world *w);

/* world_configure(w, domain, more): other settings for the messages that begin from here on. */
void world_configure(struct world *w, const char *domain, const char *more);

/* The one CA of all worlds; trusted by each. */
const struct forged *world_ca(void);

/* certified(address, kind): a key and a certificate of the CA for signing and encrypting. */
struct forged certified(const char *address, const char *kind);
/* certified_as(how): the same with whatever the test needs; issuer and CA's extensions are filled in when missing. */
struct forged certified_as(struct forge how);

/* world_identity(w, f): our own user; returns the key's id, static.  world_partner(w, owner, f): somebody else. */
const char *world_identity(struct world *w, const struct forged *f);
void world_partner(struct world *w, const char *owner, const struct forged *f);
void world_login(struct world *w, const char *login, const char *author);

/* world_trust(w, anchors, count): other trust anchors. */
void world_trust(struct world *w, const struct forged *const *anchors, size_t count);

/* world_disk_is_full(full): the disk of every record takes no more octets. */
void world_disk_is_full(bool full);
/* world_disk_is_lazy(lazy): no record waits for the disk; for tests of very many messages. */
void world_disk_is_lazy(bool lazy);

/* world_last(w, event): the last line of that kind in the record, parsed; NULL if there is none. */
struct json *world_last(const struct world *w, const char *event);
size_t world_lines(const struct world *w);

#endif
