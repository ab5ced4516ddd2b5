/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_CMS_SIGN_H
#define CRYPTO_CMS_SIGN_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/io.h"
#include "base/spool.h"
#include "crypto/certificate.h"
#include "crypto/key.h"
#include "crypto/signature_type.h"

/*
 * SignedData with one SignerInfo (RFC 5652 5, RFC 8551 2), by one path for every algorithm and holder: our
 * signed attributes, DER-encoded, through key_sign().  Attributes: contentType, messageDigest, signingTime,
 * SMIMECapabilities (ours), SMIMEEncryptionKeyPreference, signingCertificateV2, CMSAlgorithmProtection (RFC 8551 2.5, RFC 5035, RFC 6211),
 * and signatureType where it is asked for (RFC 3183 3.1.2).
 */
struct cms_sign_request {
	const struct key *key;
	const struct certificate *certificate;            /* the signer's; must match the key: ERROR_KEY_MISMATCH */
	const struct certificates *chain;                 /* intermediates to send along; a root is left out; may be NULL */
	const struct certificate *encryption_certificate; /* where answers should be encrypted to; may be NULL: the signer's */
	enum signature_scheme scheme;
	enum signature_type type;                         /* NONE: no such attribute; ORIGINATOR or DOMAIN */
	int64_t signing_time;
};

/* cms_sign_detached(r, content, out, e): DER without eContent, over the octets of `content` as they are. */
int cms_sign_detached(const struct cms_sign_request *r, struct source *content, struct buffer *out, struct error *e);

/* cms_sign_opaque(r, content, out, e): DER with the span's octets as eContent; reads the span twice, memory flat. */
int cms_sign_opaque(const struct cms_sign_request *r, struct spool_span content, struct sink *out, struct error *e);

#endif
