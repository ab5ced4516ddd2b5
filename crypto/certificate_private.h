/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_CERTIFICATE_PRIVATE_H
#define CRYPTO_CERTIFICATE_PRIVATE_H

#include <stdatomic.h>

#include "crypto/digest.h"
#include "crypto/private.h"

#define CERTIFICATE_SKI_MAX 64 /* octets of a subjectKeyIdentifier that we keep; hashes have 20 to 64 */

/* Everything is worked out at reading, so that threads share it without a lock. */
struct certificate {
	atomic_uint references;
	X509 *x509;
	EVP_PKEY *public_key; /* of x509; NULL when the library cannot read it */
	unsigned char *der;
	size_t der_size;
	char fingerprint[SHA256_TEXT], public_hash[SHA256_TEXT], issuer_serial[SHA256_TEXT];
	struct buffer issuer_serial_der; /* issuer Name and serialNumber as encoded, one behind the other */
	size_t issuer_size;              /* octets of the issuer's Name in it */
	char ski[2 * CERTIFICATE_SKI_MAX + 1];
	char *subject, *issuer, *serial, *common_name;
	int64_t not_before, not_after;
	enum key_type key_type;
	unsigned key_bits;
	struct address_list addresses, dn_addresses;
};

/* certificate_names.c: the names of `c->x509` as text, and its addresses. */
int certificate_fill_names(struct certificate *c, struct error *e);

/*
 * certificate_cache.c: certificates that were read lately, by fingerprint.  Reading one costs the library ten times
 * the signature check that it is read for, and the same few come with every message of a correspondent.
 */
struct certificate *certificate_cache_find(const char fingerprint[SHA256_TEXT]); /* a new reference, or NULL */
void certificate_cache_add(struct certificate *c);
void certificate_cache_clear(void); /* for tests: the next reading is a real one */

#endif
