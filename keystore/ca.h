/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KEYSTORE_CA_H
#define KEYSTORE_CA_H

#include "keystore/identity.h"

/*
 * The built-in certification authority: a root whose key is handed out once at
 * ca_create() to be kept offline, and an issuing CA (path length 0, name
 * constraints of the given domains) whose key rests sealed in the store.
 */

/*
 * Who takes the root's private key, as encrypted PKCS#8 in PEM, and keeps it durably.  Called when nothing but the
 * commit can fail any more; after its -1, or should that fail, there is no CA.
 */
struct root_keeper {
	int (*keep)(void *ctx, const struct secret *root_key_pem, struct error *e);
	void *ctx;
};

/*
 * ca_create(ks, name, domains, type, passphrase, now, keeper, w, out_root_pem, e): a root and an issuing CA of ten
 * years; RSA keys have 3072 bits.  `domains`, NULL-terminated and at least one, become the issuing CA's name
 * constraints ("example.org", ".example.org" for all below).  The root's key is encrypted under `passphrase`; the root
 * certificate, appended to `out_root_pem`, is the anchor to publish.
 */
int ca_create(struct keystore *ks, const char *name, const char *const *domains, enum key_type type,
    const struct secret *passphrase, int64_t now, const struct root_keeper *keeper, const struct witness *w,
    struct buffer *out_root_pem, struct error *e);

/*
 * ca_issue(ks, key_id, days, now, w, out, e): certify a key of ours (pending or active) and bind the certificate; at
 * most 824 days, and no longer than the CA.  ERROR_CERTIFICATE_UNUSABLE outside the CA's domains.
 */
int ca_issue(struct keystore *ks, const char *key_id, unsigned days, int64_t now, const struct witness *w,
    struct certificate **out, struct error *e);
/*
 * ca_revoke(ks, serial, reason, now, w, e): `reason` is a CRLReason (RFC 5280 5.3.1) but certificateHold.  Our own
 * signatures no longer use the certificate from then on; its key still decrypts.
 */
int ca_revoke(struct keystore *ks, const char *serial, int64_t reason, int64_t now, const struct witness *w,
    struct error *e);
/* ca_crl(ks, now, days, w, out_pem, e): the CRL of the newest CA, appended; its number grows by one. */
int ca_crl(struct keystore *ks, int64_t now, unsigned days, const struct witness *w, struct buffer *out_pem,
    struct error *e);
/* ca_anchors(ks, list, e): the roots of our CAs, appended; ca_intermediates() likewise. */
int ca_anchors(struct keystore *ks, struct certificates *list, struct error *e);
int ca_intermediates(struct keystore *ks, struct certificates *list, struct error *e);

#endif
