/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_GATEWAY_LETTERS_H
#define TESTS_UNIT_GATEWAY_LETTERS_H

#include "base/buffer.h"
#include "crypto/algorithm.h"
#include "crypto/signature_type.h"
#include "tests/unit/crypto/forge.h"

/* Protected entities as correspondents write them: header, blank line, body.  The caller calls buffer_done(). */
struct buffer letter_signed(const struct forged *by, const char *entity, bool opaque);
struct buffer letter_signed_as(const struct forged *by, enum signature_type type, const char *entity, bool opaque);
struct buffer letter_encrypted(const struct forged *const *to, size_t count, enum crypto_profile profile,
    const char *entity);

/* letter(header, take): a message of that header and entity. */
struct buffer letter(const char *header, struct buffer take);

/* letter_break_key(entity, n): spoil the encrypted key of the n-th RecipientInfo. */
void letter_break_key(struct buffer *entity, size_t n);

/* Everything that can be wrong behind a key, each in something encrypted to to[0]. */
enum letter_wrong {
	LETTER_BAD_KEY_BLOCK,   /* RSA v1.5, CBC */
	LETTER_BAD_OAEP_BLOCK,
	LETTER_BAD_PADDING,
	LETTER_BAD_TAG,
	LETTER_BAD_CIPHERTEXT,
	LETTER_NO_ENTITY,
	LETTER_UNCLOSED_MULTIPART,
	LETTER_SMUGGLED_FIELD,
	LETTER_BAD_INNER_LAYER, /* good outside, and a bad layer within */
	LETTER_WRONG_COUNT
};
struct buffer letter_broken(const struct forged *const *to, enum letter_wrong wrong, const struct forged *signer);

#endif
