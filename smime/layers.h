/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMIME_LAYERS_H
#define SMIME_LAYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/spool.h"
#include "crypto/cms_verify.h"
#include "crypto/cms_walk.h"
#include "keystore/keystore.h"
#include "mime/entity.h"
#include "smime/smime.h"

/*
 * The layers of a received message, opened from the outside in to a bound
 * (RFC 8551 3.6, 3.7 and 6).  What comes out are facts; trust is judged
 * elsewhere.  Only an entity that is S/MIME as a whole is opened (EFAIL).
 */

/*
 * Which of our keys may be tried on an encrypted layer.  keys() fills `out` (empty: leave the layer closed) and may
 * set `*out_reason` to a static word that says why it stays closed.  When keys of several identities are given, the
 * layer is opened only if each identity has a key to which the same content key was really encrypted.
 */
struct layer_keys {
	int (*keys)(void *ctx, const struct cms_shape *shape, struct decryptors *out, const char **out_reason,
	    struct error *e);
	void *ctx;
};

struct smime_layer {
	enum smime_kind kind;
	enum cms_type type;
	const struct entity *entity;          /* the layer itself */
	const struct entity *inner;           /* what it holds; NULL: the walk ended here */
	const char *closed_reason;            /* static; NULL when it was gone through */
	bool taken_off;                       /* a signature that is not delivered any more: layers_take_off() */
	/* encrypted layers */
	bool encrypted, opened;
	enum content_cipher cipher;
	enum key_transport transport;
	char key_id[33], identity[33];        /* which key opened it */
	bool tried;                           /* a RecipientInfo was tried: from here on no outward difference */
	/* compressed layers */
	uint64_t inflated;                    /* octets that it held */
	/* signed layers */
	bool is_signed, opaque;
	struct signature_facts signature;
	struct certificates certificates;     /* the message's */
	const char *structure;                /* why the signature does not cover what a reader sees, or NULL (static) */
	char section[64];                     /* IMAP section of the signature, "2", "1", "1/2" (RFC 7281 5) */
};

struct smime_layers {
	struct smime_layer *items;            /* outermost first */
	size_t count;
	/*
	 * At least one encrypted layer was opened and nothing that was tried failed.  When a layer that was tried further
	 * in stays closed, all of the message does.
	 */
	bool opened;
	/*
	 * What is to be delivered: what the innermost opened layer holds, without the opaque and compressed layers in it,
	 * which nobody could read; a clear signature inside is kept as it is.  Of a message that was not encrypted
	 * compression alone comes off, and only as far as no signature is around it.  NULL: the message as it came.
	 */
	const struct entity *entity;
	/*
	 * The first entity that is no layer, when every layer around it was gone through: what the layers protect (RFC
	 * 9788 1.7).  NULL without layers, and where one stayed closed.
	 */
	const struct entity *payload;
	bool authenticated;                   /* every opened layer was authenticated encryption */
	const char *failure;                  /* static: what went wrong on the way, for the record alone; NULL */
	struct spool **spools;                /* owned */
	size_t spool_count;
	struct entity **entities;             /* owned, `entity` among them */
	size_t entity_count;
};

/*
 * layers_open(root, keys, workspace, more, out, e): -1 only for faults of this machine *before* any RecipientInfo was
 * tried; afterwards whatever goes wrong is a layer that stays closed.  `more` are certificates to look for signers in
 * besides the message's; may be NULL.  The ceiling of `workspace` is also that of what a compressed layer may hold.
 */
int layers_open(const struct entity *root, const struct layer_keys *keys, const struct spool_settings *workspace,
    const struct certificates *more, struct smime_layers **out, struct error *e);
void layers_free(struct smime_layers *layers); /* NULL is fine */

/*
 * layers_take_off(layers, root, may, ctx): the signatures around what is delivered come off, from the outside in, as
 * long as may() lets each of them, and the compressed layers between them: what they hold is delivered instead.
 */
void layers_take_off(struct smime_layers *layers, const struct entity *root,
    bool (*may)(void *ctx, const struct smime_layer *layer), void *ctx);

/* layers_close(layers, why): nothing is to be delivered from inside after all; `why` is static. */
void layers_close(struct smime_layers *layers, const char *why);

/*
 * layers_look_damaged(layers, out, e): whether the opened content shows what ciphertext leaves that was cut up and put
 * together anew.  To be asked where neither a tag nor a signature inside vouches for it.
 */
int layers_look_damaged(const struct smime_layers *layers, bool *out, struct error *e);

#endif
