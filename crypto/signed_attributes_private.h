/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_SIGNED_ATTRIBUTES_PRIVATE_H
#define CRYPTO_SIGNED_ATTRIBUTES_PRIVATE_H

#include "crypto/cms_walk.h"
#include "crypto/der_private.h"
#include "crypto/signature_type.h"

/* The signed attributes of a SignerInfo and their rules (RFC 5652 11, RFC 8551 2.5, RFC 5035, RFC 6211, RFC 3183). */
enum attribute {
	ATTRIBUTE_CONTENT_TYPE,
	ATTRIBUTE_MESSAGE_DIGEST,
	ATTRIBUTE_SIGNING_TIME,
	ATTRIBUTE_SMIME_CAPABILITIES,
	ATTRIBUTE_ENCRYPTION_KEY_PREFERENCE,
	ATTRIBUTE_SIGNING_CERTIFICATE,
	ATTRIBUTE_SIGNING_CERTIFICATE_V2,
	ATTRIBUTE_ALGORITHM_PROTECTION,
	ATTRIBUTE_SIGNATURE_TYPE,
	ATTRIBUTE_COUNT
};

struct signed_attributes {
	bool present[ATTRIBUTE_COUNT];
	struct der_element value[ATTRIBUTE_COUNT]; /* the single value; borrowed from the shape */
	int64_t signing_time;                      /* 0 when not claimed */
	enum signature_type type;
};

/*
 * signed_attributes_read(signer, shape, out): read them and hold them against the rules that need neither content
 * nor certificate.  NULL, or a static word that says which rule is broken.
 */
const char *signed_attributes_read(const struct signer_info *signer, const struct cms_shape *shape,
    struct signed_attributes *out);

/*
 * signed_attributes_der(signer, sorted, out, e): the SET OF that is signed (RFC 5652 5.4): as sent, or in the order
 * of DER.
 */
int signed_attributes_der(const struct signer_info *signer, bool sorted, struct buffer *out, struct error *e);

/*
 * signed_attributes_name(a, c, e): 1 if signingCertificate and signingCertificateV2, when present, name `c`, 0 if
 * not, -1 for a fault.
 */
int signed_attributes_name(const struct signed_attributes *a, const struct certificate *c, struct error *e);

/* signed_attributes_preference(a, list): the certificate of `list` that SMIMEEncryptionKeyPreference names, or NULL. */
struct certificate *signed_attributes_preference(const struct signed_attributes *a, const struct certificates *list);

#endif
