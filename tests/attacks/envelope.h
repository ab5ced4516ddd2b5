/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_ATTACKS_ENVELOPE_H
#define TESTS_ATTACKS_ENVELOPE_H

#include "base/buffer.h"
#include "crypto/algorithm.h"
#include "tests/unit/crypto/forge.h"

/* Encrypted objects in pieces, so that each can be changed as somebody without the key can change it. */
struct envelope {
	bool authenticated;          /* AuthEnvelopedData */
	enum content_cipher cipher;  /* what the object says */
	unsigned char key[32];       /* Eve does not know it */
	unsigned char iv[64];
	size_t iv_size;
	struct buffer infos;         /* RecipientInfos, one behind the other */
	struct buffer content;       /* ciphertext */
	const char *attributes;      /* content octets of authAttrs; NULL: none */
	size_t attributes_size;
	int icv;                     /* ICVlen as the object says; 0: left out, which means 12 (RFC 5084 3.2) */
	unsigned char mac[16];
	size_t mac_size;
	const char *behind;          /* octets behind the object */
};

/*
 * envelope_seal(to, cipher, content, n): AES-256, the key by RSA PKCS#1 v1.5 to `to`.  envelope_der(): the object,
 * whatever it says by now; the pieces go with it.
 */
struct envelope envelope_seal(const struct forged *to, enum content_cipher cipher, const void *content, size_t n);
struct envelope envelope_seal_with(const struct forged *to, enum content_cipher cipher, const void *content, size_t n,
    const char *attributes, size_t attributes_size);
struct buffer envelope_der(struct envelope *take);

/* envelope_address(x, to, block, n): one more RecipientInfo for `to`, its "encrypted key" made of this raw RSA block. */
void envelope_address(struct envelope *x, const struct forged *to, const unsigned char *block, size_t n);

/* rsa_block(x, block): how the key stands in a good block of 256 octets. */
void rsa_block(const struct envelope *x, unsigned char block[256]);

#endif
