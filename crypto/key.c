/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>

#include "base/limits.h"
#include "base/memory.h"
#include "crypto/key_private.h"
#include "crypto/library_private.h"

/* ---- kinds of keys ---- */

/* A curve by its name alone; explicit parameters are somebody's own curve (RFC 5480 2.1.1 forbids them). */
static enum key_type
curve_of(const EVP_PKEY *pkey)
{
	static const struct {
		const char *name;
		enum key_type type;
	} curves[] = {
		{ "prime256v1", KEY_EC_P256 }, { "secp384r1", KEY_EC_P384 }, { "secp521r1", KEY_EC_P521 },
	};
	char name[64];
	int explicit = 0;

	if (EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit) == 1 && explicit)
		return KEY_OTHER;
	if (EVP_PKEY_get_group_name(pkey, name, sizeof name, NULL) != 1)
		return KEY_OTHER;
	for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++)
		if (strcmp(name, curves[i].name) == 0)
			return curves[i].type;
	return KEY_OTHER;
}

enum key_type
key_type_of(const EVP_PKEY *pkey)
{
	enum key_type type;

	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_RSA:
		return KEY_RSA;
	case EVP_PKEY_RSA_PSS:
		return KEY_RSA_PSS;
	case EVP_PKEY_EC:
		type = curve_of(pkey);
		ERR_clear_error();
		return type;
	case EVP_PKEY_ED25519:
		return KEY_ED25519;
	default:
		return library_key_type(pkey);
	}
}

/* ---- life ---- */

static void
name_algorithm(struct key *k)
{
	const char *name = key_type_name(k->type);

	if (key_type_is_rsa(k->type))
		snprintf(k->algorithm_name, sizeof k->algorithm_name, "%s-%u", name, k->bits % 100000);
	else
		snprintf(k->algorithm_name, sizeof k->algorithm_name, "%s", name);
}

static int
hash_public(struct key *k, struct error *e)
{
	unsigned char *spki = NULL;
	int n = i2d_PUBKEY(k->public_half, &spki), rc;

	if (n < 0)
		return crypto_fail(e, ERROR_CRYPTO, "cannot encode a public key");
	rc = digest_sha256_text(spki, (size_t)n, k->public_hash, e);
	OPENSSL_free(spki);
	return rc;
}

static int
fill(struct key *k, struct error *e)
{
	int bits = EVP_PKEY_get_bits(k->public_half);

	k->type = key_type_of(k->public_half);
	if (k->type == KEY_OTHER || key_type_is_ml_dsa(k->type))
		return error_set(e, ERROR_ALGORITHM, "keys of this kind are not supported: RSA, EC P-256, P-384, "
		    "P-521, Ed25519 and, to decrypt, ML-KEM are");
	if (bits <= 0 || (key_type_is_rsa(k->type) && bits > LIMIT_RSA_BITS))
		return error_set(e, ERROR_ALGORITHM, "a key of %d bits; %d are the most", bits, LIMIT_RSA_BITS);
	k->bits = (unsigned)bits;
	name_algorithm(k);
	return hash_public(k, e);
}

int
key_adopt(EVP_PKEY *pkey, struct key **out, struct error *e)
{
	struct key *k = memory_new(1, sizeof *k, e);

	if (k == NULL) {
		EVP_PKEY_free(pkey);
		return -1;
	}
	atomic_init(&k->references, 1);
	k->private_half = k->public_half = pkey;
	if (fill(k, e) != 0) {
		key_unref(k);
		return -1;
	}
	*out = k;
	return 0;
}

int
key_generate(enum key_type type, unsigned bits, struct key **out, struct error *e)
{
	static const char *const curves[] = {
		[KEY_EC_P256] = "P-256", [KEY_EC_P384] = "P-384", [KEY_EC_P521] = "P-521",
	};
	EVP_PKEY *pkey = NULL;

	switch (type) {
	case KEY_RSA:
		if (bits < 2048 || bits > 4096 || bits % 8 != 0)
			return error_set(e, ERROR_ALGORITHM, "RSA keys are made with 2048 to 4096 bits, not %u", bits);
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
		break;
	case KEY_EC_P256:
	case KEY_EC_P384:
	case KEY_EC_P521:
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curves[type]);
		break;
	case KEY_ED25519:
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	default: /* RSA-PSS among them: no public authority certifies it (CA/Browser Forum S/MIME Baseline Requirements) */
		return error_set(e, ERROR_ALGORITHM, "keys of this kind are not generated");
	}
	if (pkey == NULL)
		return crypto_fail(e, ERROR_CRYPTO, "cannot generate a key");
	return key_adopt(pkey, out, e);
}

int
key_held(const struct key_holder *holder, void *ctx, const struct certificate *public_half, struct key **out,
    struct error *e)
{
	EVP_PKEY *public_key = certificate_public_key(public_half);
	struct key *k;

	if (public_key == NULL)
		return error_set(e, ERROR_ALGORITHM, "the certificate's public key is of an unknown kind");
	if ((k = memory_new(1, sizeof *k, e)) == NULL)
		return -1;
	atomic_init(&k->references, 1);
	k->public_half = public_key;
	EVP_PKEY_up_ref(public_key);
	if (fill(k, e) != 0) {
		key_unref(k); /* no holder is set yet: ctx stays the caller's */
		return -1;
	}
	k->holder = *holder;
	k->holder_ctx = ctx;
	*out = k;
	return 0;
}

struct key *
key_ref(struct key *k)
{
	atomic_fetch_add_explicit(&k->references, 1, memory_order_relaxed);
	return k;
}

void
key_unref(struct key *k)
{
	if (k == NULL || atomic_fetch_sub_explicit(&k->references, 1, memory_order_acq_rel) != 1)
		return;
	if (k->holder.release != NULL)
		k->holder.release(k->holder_ctx);
	EVP_PKEY_free(k->public_half); /* the library overwrites private numbers as it frees them */
	free(k);
}

/* ---- facts ---- */

enum key_type
key_type(const struct key *k)
{
	return k->type;
}

unsigned
key_bits(const struct key *k)
{
	return k->bits;
}

const char *
key_public_hash(const struct key *k)
{
	return k->public_hash;
}

const char *
key_algorithm_name(const struct key *k)
{
	return k->algorithm_name;
}

EVP_PKEY *
key_evp(const struct key *k)
{
	return k->private_half;
}

EVP_PKEY *
key_public(const struct key *k)
{
	return k->public_half;
}

const struct key_holder *
key_holder_of(const struct key *k, void **ctx)
{
	if (k->private_half != NULL)
		return NULL;
	*ctx = k->holder_ctx;
	return &k->holder;
}
