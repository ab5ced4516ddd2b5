/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_CMS_VERIFY_H
#define CRYPTO_CMS_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/io.h"
#include "crypto/certificate.h"
#include "crypto/cms_walk.h"
#include "crypto/signature_type.h"

/*
 * The mathematics and the attribute rules of a signature (RFC 5652 5.4 and 11, RFC 5035 3, RFC 8551 2.5, RFC 3183
 * 3.1.2); chains and addresses are judged elsewhere.
 */
enum signature_status {
	SIGNATURE_VALID,          /* digest, attributes and signature hold under `signer` */
	SIGNATURE_ABSENT,         /* no SignerInfo: not signed */
	SIGNATURE_DIGEST_DIFFERS, /* the content is not what was signed */
	SIGNATURE_INVALID,        /* the signature does not fit */
	SIGNATURE_MALFORMED,      /* attribute rules broken, eContent where none may be or none where one must */
	SIGNATURE_SEVERAL,        /* more than one signer identity */
	SIGNATURE_NO_CERTIFICATE, /* the signer's certificate is not at hand */
	SIGNATURE_UNSUPPORTED,    /* an algorithm that we do not verify */
};
const char *signature_status_word(enum signature_status s); /* "digest-differs", for records */

struct signature_facts {
	enum signature_status status;
	const char *detail;              /* a static word that says more, or NULL */
	bool weak;                       /* a weak digest, scheme or key: never `pass` */
	enum signature_scheme scheme;
	enum digest_algorithm digest;
	int64_t signing_time;            /* 0: none claimed */
	enum signature_type type;        /* of whom it claims to be */
	struct certificate *signer;      /* one reference, owned; NULL unless found */
	struct certificate *encryption;  /* from SMIMEEncryptionKeyPreference, if it is in the message; NULL */
};

/*
 * cms_verify(shape, detached, content, more, out, e): judge the SignedData `shape`.  `content` gives the signed
 * octets: those of the MIME part when `detached`, of eContent otherwise.  A detached signature that carries
 * eContent is malformed, and so is an opaque one without.  `more` are certificates beside the message's; may be
 * NULL.  All certificates that a SignerInfo's name fits are tried.  -1 only for faults (memory, reading).
 */
int cms_verify(const struct cms_shape *shape, bool detached, struct source *content, const struct certificates *more,
    struct signature_facts *out, struct error *e);
void signature_facts_done(struct signature_facts *f);

#endif
