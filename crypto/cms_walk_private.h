/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_CMS_WALK_PRIVATE_H
#define CRYPTO_CMS_WALK_PRIVATE_H

#include "crypto/ber_private.h"
#include "crypto/cms_walk.h"

/* What the files of the walk share. */

/* A shape together with what its octets stand in. */
struct shape_owner {
	struct cms_shape shape; /* first: the shape's address is the owner's */
	char **pieces;
	size_t count;
};

struct walk {
	struct ber ber;
	struct cms_limits limits;
	struct shape_owner *owner;
	struct cms_shape *shape;    /* of `owner` */
	size_t recipient_infos;     /* seen; one may name several recipients or none */
};

/* The object's parts; each is read from its tag to its end. */
int walk_signed(struct walk *w, struct error *e);
int walk_enveloped(struct walk *w, bool authenticated, struct error *e);
int walk_recipient_info(struct walk *w, struct error *e);
int walk_other_recipient(struct walk *w, struct error *e);

/* walk_add_recipient(w, ri, e): one more way to the content key. */
int walk_add_recipient(struct walk *w, const struct recipient_info *ri, struct error *e);
/* walk_ukm(w, tag, ri, e): UserKeyingMaterial, EXPLICIT and OPTIONAL, under this tag. */
int walk_ukm(struct walk *w, unsigned tag, struct recipient_info *ri, struct error *e);

/*
 * Pieces that the shape keeps, of LIMIT_CMS_ELEMENT octets at most: a string's value, an element (which must have
 * the tag) as DER, a buffer's octets.
 */
int walk_string(struct walk *w, unsigned tag, struct octets *out, struct error *e);
int walk_element(struct walk *w, unsigned tag, struct octets *out, struct error *e);
int walk_keep(struct walk *w, struct buffer *take, struct octets *out, struct error *e);
int walk_version(struct walk *w, unsigned *out, struct error *e);
/* walk_content(w, tag, e): the content's octets, counted. */
int walk_content(struct walk *w, unsigned tag, struct error *e);
/* walk_content_type(), walk_encapsulated(): the type of the content; EncapsulatedContentInfo, which holds both. */
int walk_content_type(struct walk *w, struct error *e);
int walk_encapsulated(struct walk *w, struct error *e);
/* walk_skip_optional(w, tag, e): pass the next element by if it has this tag. */
int walk_skip_optional(struct walk *w, unsigned tag, struct error *e);
/* walk_name(w, out, e): IssuerAndSerialNumber or [0] SubjectKeyIdentifier (RFC 5652 5.3, 6.2.1). */
int walk_name(struct walk *w, struct certificate_name *out, struct error *e);
int walk_issuer_serial(struct walk *w, struct certificate_name *out, struct error *e);
int walk_key_identifier(struct walk *w, unsigned tag, struct certificate_name *out, struct error *e);

/*
 * What AlgorithmIdentifiers (DER, as walk_element() keeps them) say.  Those that may be refused return why,
 * a static word, or NULL.
 */
enum digest_algorithm algorithm_digest(struct octets identifier);
const char *algorithm_content_cipher(struct octets identifier, struct cms_shape *out);
const char *algorithm_compression(struct octets identifier); /* zlib alone is none to be refused */
const char *algorithm_key_transport(struct octets identifier, struct recipient_info *out);
const char *algorithm_key_agreement(struct octets identifier, struct recipient_info *out);
const char *algorithm_kem(struct octets kem, struct octets kdf, struct octets wrap, struct octets length,
    struct recipient_info *out);
/* algorithm_signature(signer): scheme and PSS parameters from the identifier and the digest that it holds. */
void algorithm_signature(struct signer_info *signer);

#endif
