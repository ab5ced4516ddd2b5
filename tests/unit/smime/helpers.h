/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_SMIME_HELPERS_H
#define TESTS_UNIT_SMIME_HELPERS_H

#include "base/buffer.h"
#include "crypto/algorithm.h"
#include "smime/layers.h"
#include "tests/unit/crypto/forge.h"
#include "tests/unit/mime/mime_support.h"
#include "tests/unit/support.h"

/* People with keys, and protected entities as text. */

struct person {
	struct forged forged;
	struct key *key;
	const char *identity;
};

/* person_make(address, kind): "rsa-2048" or NULL for P-256; the address is the identity, too. */
struct person person_make(const char *address, const char *kind);
void person_done(struct person *p);

extern const struct spool_settings workspace;

/* Entities in, entities out: header, blank line, body.  The caller calls buffer_done(). */
struct buffer signed_by(const struct person *p, const char *entity, bool opaque);
struct buffer encrypted_to(const struct person *const *to, size_t count, enum crypto_profile profile,
    const char *entity);

/* encrypted_der(): the CMS object alone, over any octets; wrapped(): an entity with this object in it. */
struct buffer encrypted_der(const struct person *const *to, size_t count, enum crypto_profile profile,
    const char *content);
struct buffer wrapped(const struct buffer *der, const char *smime_type);

/* content_of(entity): its body with the transfer encoding undone. */
struct buffer content_of(const struct entity *entity);

/* The keys of some people, for layers_open(). */
struct ring {
	const struct person *const *people;
	size_t count;
	const char *reason;        /* set: no keys, and why */
	enum error_code fault;     /* set: fail with it … */
	unsigned fault_at;         /* … at this call, 1-based */
	unsigned calls;
};
struct layer_keys ring_keys(struct ring *ring);

/* opened(message, ring): its layers. */
struct smime_layers *opened(const struct message *m, struct ring *ring);

#endif
