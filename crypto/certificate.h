/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_CERTIFICATE_H
#define CRYPTO_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/buffer.h"
#include "base/error.h"
#include "crypto/algorithm.h"

/* X.509 certificates (RFC 5280, RFC 8550): immutable, counted, shared between threads. */
struct certificate;

enum certificate_purpose {
	PURPOSE_SIGN,    /* RFC 8550 4.4.2: digitalSignature or nonRepudiation, or no key usage */
	PURPOSE_ENCRYPT, /* RSA: keyEncipherment; EC: keyAgreement; or no key usage (RFC 8550 4.4.2) */
	PURPOSE_DECRYPT, /* the same for a key of ours, and ML-KEM, which we open and do not write: keyEncipherment */
	PURPOSE_CA,
};

/*
 * certificate_read(der, n, out, e): exactly one DER certificate; ERROR_CERTIFICATE_SYNTAX, also for octets behind it
 * and for BER.  Those read lately are kept: the same octets give the same object.
 */
int certificate_read(const void *der, size_t n, struct certificate **out, struct error *e);
struct certificate *certificate_ref(struct certificate *c);
void certificate_unref(struct certificate *c); /* NULL is fine */

/* A list of certificates that it owns (one reference each). */
struct certificates {
	struct certificate **items;
	size_t count;
};
int certificates_add(struct certificates *list, struct certificate *c, struct error *e); /* takes a new reference */
void certificates_done(struct certificates *list);
const struct certificate *certificates_find(const struct certificates *list, const char *fingerprint);

/*
 * certificates_read(data, n, list, e): every certificate of a PEM text, a single DER certificate, a run of
 * concatenated DER certificates, or a certs-only CMS (PEM or DER), appended.  At least one, else ERROR_CERTIFICATE_SYNTAX.
 */
int certificates_read(const void *data, size_t n, struct certificates *list, struct error *e);
/* certificates_write_der(list, out, e): concatenated DER, as rows keep chains. */
int certificates_write_der(const struct certificates *list, struct buffer *out, struct error *e);
int certificate_write_pem(const struct certificate *c, struct buffer *out, struct error *e);

/* Facts; borrowed from the certificate. */
const unsigned char *certificate_der(const struct certificate *c, size_t *n);
const char *certificate_fingerprint(const struct certificate *c);   /* SHA-256 of the DER, 64 hexadecimal digits */
const char *certificate_public_hash(const struct certificate *c);   /* SHA-256 of the SubjectPublicKeyInfo, likewise */
const char *certificate_issuer_serial(const struct certificate *c); /* SHA-256 over DER issuer Name || DER serial INTEGER */
const char *certificate_ski(const struct certificate *c);           /* subjectKeyIdentifier, hexadecimal; "" if none */
const char *certificate_subject(const struct certificate *c);       /* RFC 4514 string */
const char *certificate_issuer(const struct certificate *c);
const char *certificate_serial(const struct certificate *c);        /* lower-case hexadecimal without separators */
const char *certificate_common_name(const struct certificate *c);   /* the single CN, or "" */
int64_t certificate_not_before(const struct certificate *c);
int64_t certificate_not_after(const struct certificate *c);
enum key_type certificate_key_type(const struct certificate *c);
unsigned certificate_key_bits(const struct certificate *c);
bool certificate_is_ca(const struct certificate *c);
bool certificate_is_self_signed(const struct certificate *c);

/*
 * Addresses (RFC 8550 3, RFC 9598): SAN rfc822Name and SmtpUTF8Mailbox in normal form; those of the subject
 * DN's emailAddress apart, since they count only by setting.  A name with NUL, control characters or no normal
 * form is not in the lists.
 */
const struct address_list *certificate_addresses(const struct certificate *c);
const struct address_list *certificate_dn_addresses(const struct certificate *c);
/* certificate_has_address(c, a, dn_too): those of the DN count at most where there is no other (RFC 5280 4.1.2.6). */
bool certificate_has_address(const struct certificate *c, const struct address *a, bool dn_too);

/*
 * certificate_signing_domain(c): the domain whose signing agent the certificate names by RFC 3183 3.1.1, in normal form,
 * or NULL: its only common name is "domain-signing-authority" and so are the local parts of its addresses, of which
 * there is at least one, all in one domain.  A certificate without an address names a domain in ways that no mail
 * address can be compared with.
 */
const char *certificate_signing_domain(const struct certificate *c);

/*
 * certificate_fits(c, purpose, when, reason): NULL-terminated judgement of the certificate alone, without its chain:
 * time, key usage, extended key usage (emailProtection or any, or absent), key type and size, signature algorithm,
 * a CA certificate as leaf, unknown critical extensions.  Returns NULL if it fits, else a static word: "expired",
 * "not-yet-valid", "key-usage", "extended-key-usage", "weak-key", "oversized-key", "weak-signature", "key-type", "ca",
 * "no-ca", "critical-extension", "extensions" (they are malformed or stand there twice), "algorithm-not-available"
 * (a newer library could use the key).
 */
const char *certificate_fits(const struct certificate *c, enum certificate_purpose purpose, int64_t when);

#endif
