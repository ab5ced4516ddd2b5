/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_DIRECTORY_SCENE_H
#define TESTS_UNIT_DIRECTORY_SCENE_H

#include "directory/directory.h"
#include "tests/unit/keystore/world.h"

/* A directory over a fresh store, its clock at NOW, that trusts the root of `pki`. */
struct scene {
	struct world w;
	struct pki pki;
	struct directory *d;
	struct clock clock;
	int64_t now_ms;
};
void scene_set_up(struct scene *s);
void scene_tear_down(struct scene *s);

/* scene_trust(s, anchor, crl): trust one root, with a list (PEM) if not NULL; `anchor` NULL: nobody. */
void scene_trust(struct scene *s, struct certificate *anchor, const struct buffer *crl);

/* scene_import(s, owner, leaf, level): a certificate of such a leaf, with its chain; the caller unrefs it. */
struct certificate *scene_import(struct scene *s, const char *owner, struct leaf leaf, enum trust_level level);
/* import_one(s, owner, certificate, chain, level): partner_import(). */
int import_one(struct scene *s, const char *owner, struct certificate *leaf, const struct certificates *chain,
    enum trust_level level, struct error *e);

/* scene_look(s, address): want and collect; the caller frees. */
struct candidates *scene_look(struct scene *s, const char *address);
/* expect_usable(s, address, certificate): the best candidate is this one. */
void expect_usable(struct scene *s, const char *address, const struct certificate *c);
/* expect_missing(s, address, reason): there are candidates, the first is rejected for that reason, none is usable. */
void expect_missing(struct scene *s, const char *address, const char *reason);
/* expect_rejected(s, address, certificate, reason): among the candidates this one is rejected for that reason. */
void expect_rejected(struct scene *s, const char *address, const struct certificate *c, const char *reason);

#endif
