/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMIME_LAYERS_PRIVATE_H
#define SMIME_LAYERS_PRIVATE_H

#include "smime/layers.h"

/* Where a walk through the layers stands. */
struct walk {
	const struct layer_keys *keys;
	const struct spool_settings *workspace;
	const struct certificates *more;
	struct smime_layers *layers;
	const struct entity *entity; /* the next layer, if it is one */
	char outer[32];              /* sections of the CMS objects around it, each with its "/" (RFC 7281 3.2.1) */
	char path[16];               /* its own section below those; "" at the root */
};

/*
 * The steps.  1: `entity` is now what is inside; 0: the walk ends here; -1: a
 * fault of this machine.
 */
int walk_clear_signed(struct walk *w, struct smime_layer *layer, struct error *e);
int walk_opaque_signed(struct walk *w, struct smime_layer *layer, const struct cms_shape *shape, struct error *e);
int walk_compressed(struct walk *w, struct smime_layer *layer, const struct cms_shape *shape, struct error *e);
int walk_encrypted(struct walk *w, struct smime_layer *layer, const struct cms_shape *shape, struct error *e);

/*
 * walk_spool(w, e): an empty spool that the layers own.  walk_enter(w, take, e): go on with the root entity `take`.
 * walk_into(w, content, why, e): go on with the entity in `content`, as a step does; 0 with a static `*why` if it is none.
 */
struct spool *walk_spool(struct walk *w, struct error *e);
int walk_enter(struct walk *w, struct entity *take, struct error *e);
int walk_into(struct walk *w, struct spool *content, const char **why, struct error *e);
int walk_into_first_part(struct walk *w, struct error *e);

/* walk_section(w, below, to): the section of `below` ("1", "2", or "" for the entity itself) as RFC 7281 writes it. */
void walk_section(const struct walk *w, const char *below, char to[64]);

/* error_is_fault(e): of this machine, not of the message. */
bool error_is_fault(const struct error *e);

/* shape_read(entity, out, e): the CMS object that a leaf holds; 0 with NULL when it is none, -1 for faults alone. */
int shape_read(const struct entity *entity, struct cms_shape **out, struct error *e);

/*
 * two_parts_structure(root, out, e): why a reader may see something else than the two parts of a multipart/signed or
 * multipart/encrypted (RFC 1847 2), as a static text, or NULL.  clear_signed_structure(): and whether the second
 * part is shown as what it is.
 */
int two_parts_structure(const struct entity *root, const char **out, struct error *e);
int clear_signed_structure(const struct entity *root, const char **out, struct error *e);

/*
 * parts_are_terse(root, out, e): nothing stands beside the contents of the two parts in which somebody could be told
 * something: outside of them one of the notices that software is known to write and nothing else, and in their headers
 * the fields that label a part, each once and short.
 */
int parts_are_terse(const struct entity *root, bool *out, struct error *e);

/*
 * armour_is_ciphertext(leaf, out, e): the leaf holds one armoured OpenPGP message and nothing beside it, and its first
 * packet says that what follows is encrypted (RFC 9580 6.2, 10.3): "PGP MESSAGE" also labels what is only signed.
 */
int armour_is_ciphertext(const struct entity *leaf, bool *out, struct error *e);
/* armour_is_signature(): one armoured detached signature and nothing beside it. */
int armour_is_signature(const struct entity *leaf, bool *out, struct error *e);

/*
 * plaintext_read(whole, out, why, e): what came out of a layer, if it is a well-formed MIME entity, read strictly
 * (EFAIL); 0 with NULL and a static `*why` if not, -1 for faults alone.
 */
int plaintext_read(struct spool_span whole, struct entity **out, const char **why, struct error *e);

#endif
