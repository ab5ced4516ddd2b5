/* SPDX-License-Identifier: BSD-2-Clause */

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/limits.h"
#include "crypto/library_private.h"

#define SECURITY_BITS_MIN 112 /* RSA-2048, SHA-224: what RFC 8551 2 and NIST SP 800-57 still let pass */

static bool
key_can(enum key_type type, enum certificate_purpose purpose)
{
	if (type == KEY_RSA || key_type_is_ec(type))
		return true;
	if (key_type_is_ml_kem(type))
		return purpose == PURPOSE_DECRYPT;
	return type != KEY_NONE && type != KEY_OTHER && purpose != PURPOSE_ENCRYPT && purpose != PURPOSE_DECRYPT;
}

/* RFC 8550 4.4.2; for elliptic curves RFC 5753, for ML-KEM RFC 9935 5: no key usage at all allows everything. */
static bool
key_usage_fits(X509 *x, enum key_type type, enum certificate_purpose purpose)
{
	uint32_t usage = X509_get_key_usage(x), wanted = 0;

	switch (purpose) {
	case PURPOSE_SIGN:
		wanted = KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION;
		break;
	case PURPOSE_ENCRYPT:
	case PURPOSE_DECRYPT:
		wanted = key_type_is_ec(type) ? KU_KEY_AGREEMENT : KU_KEY_ENCIPHERMENT;
		break;
	case PURPOSE_CA:
		wanted = KU_KEY_CERT_SIGN;
		break;
	}
	return (usage & wanted) != 0; /* absent: every bit is set */
}

/* RFC 8550 4.4.4: emailProtection or any, or no such extension. */
static bool
extended_key_usage_fits(X509 *x)
{
	return (X509_get_extended_key_usage(x) & (XKU_SMIME | XKU_ANYEKU)) != 0;
}

/* The issuer's signature; one that certifies itself proves nothing, whatever its strength. */
static bool
signature_is_weak_on(const struct certificate *c, X509 *x)
{
	int bits = 0;

	if (certificate_is_self_signed(c))
		return false;
	if (X509_get_signature_info(x, NULL, NULL, &bits, NULL) != 1) {
		ERR_clear_error();
		return true;
	}
	return bits < SECURITY_BITS_MIN;
}

static const char *
key_problem(const struct certificate *c, enum certificate_purpose purpose)
{
	enum key_type type = certificate_key_type(c);
	unsigned bits = certificate_key_bits(c);

	if (!key_can(type, purpose))
		return "key-type";
	if (certificate_public_key(c) == NULL)
		return NOT_AVAILABLE;
	if (!key_type_is_rsa(type))
		return NULL;
	if (bits < 2048)
		return "weak-key";
	return bits > LIMIT_RSA_BITS ? "oversized-key" : NULL; /* RFC 8551 2.5 warns of the cost */
}

const char *
certificate_fits(const struct certificate *c, enum certificate_purpose purpose, int64_t when)
{
	X509 *x = certificate_x509(c);
	uint32_t flags = X509_get_extension_flags(x);
	const char *problem;

	if ((flags & EXFLAG_INVALID) != 0)
		return "extensions";
	if (when < certificate_not_before(c))
		return "not-yet-valid";
	if (when > certificate_not_after(c))
		return "expired";
	if (certificate_is_ca(c) != (purpose == PURPOSE_CA))
		return purpose == PURPOSE_CA ? "no-ca" : "ca";
	if ((problem = key_problem(c, purpose)) != NULL)
		return problem;
	if (signature_is_weak_on(c, x))
		return "weak-signature";
	if (!key_usage_fits(x, certificate_key_type(c), purpose))
		return "key-usage";
	if (!extended_key_usage_fits(x))
		return "extended-key-usage";
	return (flags & EXFLAG_CRITICAL) != 0 ? "critical-extension" : NULL;
}
