/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMIME_SMIME_H
#define SMIME_SMIME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/spool.h"
#include "crypto/algorithm.h"
#include "crypto/certificate.h"
#include "crypto/cms_sign.h"
#include "mime/entity.h"

/*
 * S/MIME as MIME (RFC 8551 3): which entity is protected how, and the making of
 * protected entities.  An entity that is made stands whole in a spool: its
 * structural header fields, a blank line, its body.
 */
enum smime_kind {
	SMIME_NONE,
	SMIME_CLEAR_SIGNED,   /* multipart/signed with a pkcs7 signature (RFC 1847, x- forms too) */
	SMIME_CMS,            /* application/(x-)pkcs7-mime, or octet-stream named .p7m: the CMS decides what it is */
	SMIME_CERTS_ONLY,     /* labelled smime-type=certs-only or .p7c; what is in it decides when it is opened */
	SMIME_PGP_SIGNED,     /* multipart/signed of OpenPGP */
	SMIME_PGP_ENCRYPTED,  /* multipart/encrypted */
	SMIME_SIGNED_OTHER,   /* multipart/signed of another protocol */
	SMIME_SIGNED_WITHIN,  /* not protected as a whole, but some part of it is */
};

/* smime_recognise(entity): of the entity as a whole (RFC 8551 3.9); names and types without case. */
enum smime_kind smime_recognise(const struct entity *entity);
const char *smime_kind_word(enum smime_kind kind);

/*
 * What an entity is as a whole when its label is not believed: its CMS objects are walked (keys are not needed, and no
 * signature is verified), OpenPGP must show the armour of a message that begins encrypted or of a signature (RFC 3156
 * 4, 5), and beside what is encrypted nobody may have room to write.  Who is asked to sign or to encrypt must not take
 * a label for it.  A multipart/signed of another protocol is neither.
 */
struct smime_look {
	enum smime_kind kind;  /* smime_recognise() */
	bool is_signed, is_encrypted;
};
int smime_look(const struct entity *entity, struct smime_look *out, struct error *e);

/*
 * smime_ambiguity(entity): why a message, encrypted, would be left closed by layers_open(), since it or its label could
 * be read in two ways, as a static text, or NULL.  Messages that are only attached may be as odd as they were.
 */
const char *smime_ambiguity(const struct entity *entity);

/*
 * smime_sign(entity, extra, r, opaque, out, e): the signed entity, into an empty spool: multipart/signed over the 7-bit
 * form (mime/seven_bit.h), or signed-data.  An entity whose 7-bit form is blocked is signed opaquely over its own bytes.
 * An existing protected entity is signed as it is.  `extra`, if not NULL, are further fields of the entity: the
 * protected ones.  `workspace` settings are for the inner spool of signed-data.
 */
int smime_sign(const struct entity *entity, const struct header_list *extra, const struct cms_sign_request *r,
    bool opaque, const struct spool_settings *workspace, struct spool *out, struct error *e);

/* smime_write_plain(): the entity to encrypt when it is not signed: its 7-bit form if it has one, else its bytes. */
int smime_write_plain(const struct entity *entity, const struct header_list *extra, struct spool *out,
    struct error *e);

/* smime_encrypt(inner, recipients, profile, out, e): enveloped-data or authEnveloped-data over a whole entity. */
int smime_encrypt(struct spool_span inner, const struct certificates *recipients, const struct profile *profile,
    struct spool *out, struct error *e);

#endif
