/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/limits.h"
#include "tests/attacks/attack.h"
#include "tests/attacks/envelope.h"

/*
 * Eve sends thousands of changed copies of what she captured and watches: a
 * reply, a code, a field, a bounce that depends on how far the opening got gives
 * her the text bit by bit (Bleichenbacher 1998, Vaudenay 2002; RFC 3218).  Each
 * row is answered like every other, and like a mail that is for nobody here.
 */

static struct buffer
sent(struct envelope *take)
{
	return letter(HEADER, entity_of(envelope_der(take), take->authenticated ?
	    "application/pkcs7-mime; smime-type=authEnveloped-data" : "application/pkcs7-mime; smime-type=enveloped-data"));
}

static struct buffer
for_nobody_here(const struct attack *a)
{
	const struct forged *to[] = { &cast.alice };

	(void)a;
	return letter(HEADER, letter_encrypted(to, 1, PROFILE_MODERN, SECRET));
}

/* ---- the RSA block ---- */

enum block { ALL_ZERO, ALL_ONES, TYPE_1, FIRST_NOT_ZERO, NO_END, SHORT_PADDING, ZERO_IN_PADDING, KEY_16, KEY_31, KEY_33, NO_KEY, OTHER_KEY };

static void
spoil(unsigned char block[256], enum block how)
{
	switch (how) {
	case ALL_ZERO:
		memset(block, 0, 256);
		break;
	case ALL_ONES:
		memset(block, 1, 256);
		break;
	case TYPE_1:
		block[1] = 1;
		break;
	case FIRST_NOT_ZERO:
		block[0] = 1;
		break;
	case NO_END:
		block[256 - 33] = 0x5a;
		break;
	case SHORT_PADDING:
		block[6] = 0;
		break;
	case ZERO_IN_PADDING:
		block[100] = 0;
		break;
	case KEY_16:
		block[256 - 17] = 0;
		memset(block + 2, 0x5a, 256 - 19);
		break;
	case KEY_31:
		block[256 - 33] = 0x5a;
		block[256 - 32] = 0;
		break;
	case KEY_33:
		block[256 - 33] = 0x5a;
		block[256 - 34] = 0;
		break;
	case NO_KEY:
		memset(block + 2, 0x5a, 253);
		block[255] = 0;
		break;
	case OTHER_KEY:
		block[255] ^= 1;
		break;
	}
}

static struct buffer
rsa_block_spoilt(const struct attack *a)
{
	struct envelope x = envelope_seal(&cast.bob, CIPHER_AES256_CBC, SECRET, sizeof(SECRET) - 1);
	unsigned char block[256];

	rsa_block(&x, block);
	spoil(block, (enum block)a->n);
	buffer_clear(&x.infos);
	envelope_address(&x, &cast.bob, block, sizeof(block));
	return sent(&x);
}

/* ---- padding ---- */

/* The last octet of the plaintext becomes `n`; the block before it is garbage then, as for every such question. */
static struct buffer
padding(const struct attack *a)
{
	struct envelope x = envelope_seal(&cast.bob, CIPHER_AES256_CBC, SECRET, sizeof(SECRET) - 1);
	size_t pad = 16 - (sizeof(SECRET) - 1) % 16;

	x.content.data[x.content.size - 17] ^= (char)(pad ^ (unsigned)a->n);
	return sent(&x);
}

/* `n` octets off the end. */
static struct buffer
cut_off(const struct attack *a)
{
	struct envelope x = envelope_seal(&cast.bob, CIPHER_AES256_CBC, SECRET, sizeof(SECRET) - 1);

	x.content.size = a->n == 0 ? 0 : x.content.size - (size_t)a->n;
	return sent(&x);
}

/* ---- GCM ---- */

/* The octet `n` of tag (below 0: from its end) or ciphertext. */
static struct buffer
flipped(const struct attack *a)
{
	struct envelope x = envelope_seal(&cast.bob, CIPHER_AES256_GCM, SECRET, sizeof(SECRET) - 1);

	if (a->n < 0)
		x.mac[16 + a->n] ^= 1;
	else
		x.content.data[a->n] ^= 1;
	return sent(&x);
}

static struct buffer
other_nonce(const struct attack *a)
{
	struct envelope x = envelope_seal(&cast.bob, CIPHER_AES256_GCM, SECRET, sizeof(SECRET) - 1);

	(void)a;
	x.iv[0] ^= 1;
	return sent(&x);
}

/* ---- what is inside ---- */

static struct buffer
inside(const struct attack *a)
{
	enum content_cipher cipher = a->b == NULL ? CIPHER_AES256_GCM : CIPHER_AES256_CBC;
	struct envelope x = envelope_seal(&cast.bob, cipher, a->a, a->n > 0 ? (size_t)a->n : strlen(a->a));

	return sent(&x);
}

/* `n` times `a`, then `b`. */
static struct buffer
many_inside(const struct attack *a)
{
	struct buffer entity = text("Content-Type: multipart/mixed; boundary=x\r\n\r\n");
	struct error e = ERROR_INIT;
	struct envelope x;

	for (int i = 0; i < a->n; i++)
		expect_ok(buffer_append_text(&entity, a->a, &e));
	expect_ok(buffer_append_text(&entity, a->b, &e));
	x = envelope_seal(&cast.bob, CIPHER_AES256_GCM, entity.data, entity.size);
	buffer_done(&entity);
	return sent(&x);
}

/* A layer within that is bad, or the ninth. */
static struct buffer
layer_inside(const struct attack *a)
{
	const struct forged *to[] = { &cast.bob };
	struct buffer entity = text("%s", SECRET), next;

	if (a->n == 0) {
		buffer_done(&entity);
		return letter(HEADER, letter_broken(to, LETTER_BAD_INNER_LAYER, &cast.alice));
	}
	for (int i = 0; i < a->n; i++) {
		next = letter_encrypted(to, 1, PROFILE_MODERN, buffer_text(&entity));
		buffer_done(&entity);
		entity = next;
	}
	return letter(HEADER, entity);
}

/* What other rows of letters.h have. */
static struct buffer
broken(const struct attack *a)
{
	const struct forged *to[] = { &cast.bob };

	return letter(HEADER, letter_broken(to, (enum letter_wrong)a->n, &cast.alice));
}

static struct buffer
cbc_unsigned(const struct attack *a)
{
	const struct forged *to[] = { &cast.bob };

	(void)a;
	return letter(HEADER, letter_encrypted(to, 1, PROFILE_COMPATIBLE, SECRET));
}

/* To the octet what every other gets. */
static void
looks_like_all(const struct attack *a, const struct delivery *d)
{
	ck_assert_msg(strcmp(buffer_text(&d->edits), "insert Authentication-Results 0: smime.b.example;\n smime=none\n") == 0,
	    "%s: %s", a->name, buffer_text(&d->edits));
	ck_assert_str_eq(d->answer.code, "250");
	ck_assert_str_eq(d->answer.status, "2.0.0");
	ck_assert_str_eq(d->answer.text, "ok");
	ck_assert_int_eq(d->error.code, ERROR_NONE);
	ck_assert_ptr_null(d->sender);
}

/* clang-format off */
#define ALIKE(why) .result = "smime=none", .recorded = "\"reason\":\"" why "\"", .look = looks_like_all
#define HEAD "Content-Type: text/plain\r\n\r\n"

static const struct attack attacks[] = {
	{ "for comparison: for nobody here", for_nobody_here, ALIKE("no-key") },
	{ "RSA: a block of zeros", rsa_block_spoilt, .n = ALL_ZERO, ALIKE("unreadable") },
	{ "RSA: a block of ones", rsa_block_spoilt, .n = ALL_ONES, ALIKE("unreadable") },
	{ "RSA: block type 1", rsa_block_spoilt, .n = TYPE_1, ALIKE("unreadable") },
	{ "RSA: no zero at the start", rsa_block_spoilt, .n = FIRST_NOT_ZERO, ALIKE("unreadable") },
	{ "RSA: no zero before the key", rsa_block_spoilt, .n = NO_END, ALIKE("unreadable") },
	{ "RSA: padding of four octets", rsa_block_spoilt, .n = SHORT_PADDING, ALIKE("unreadable") },
	{ "RSA: a zero within the padding", rsa_block_spoilt, .n = ZERO_IN_PADDING, ALIKE("unreadable") },
	{ "RSA: a key of 16 octets", rsa_block_spoilt, .n = KEY_16, ALIKE("unreadable") },
	{ "RSA: a key of 31 octets", rsa_block_spoilt, .n = KEY_31, ALIKE("unreadable") },
	{ "RSA: a key of 33 octets", rsa_block_spoilt, .n = KEY_33, ALIKE("unreadable") },
	{ "RSA: no key", rsa_block_spoilt, .n = NO_KEY, ALIKE("unreadable") },
	{ "RSA: another key of the right length", rsa_block_spoilt, .n = OTHER_KEY, ALIKE("unreadable") },
	{ "RSA: an encrypted key changed", broken, .n = LETTER_BAD_KEY_BLOCK, ALIKE("unreadable") },
	{ "OAEP: an encrypted key changed", broken, .n = LETTER_BAD_OAEP_BLOCK, ALIKE("unreadable") },
	{ "CBC: padding of 0", padding, .n = 0, ALIKE("unreadable") },
	{ "CBC: padding of 17", padding, .n = 17, ALIKE("unreadable") },
	{ "CBC: padding of 255", padding, .n = 255, ALIKE("unreadable") },
	{ "CBC: padding of 16 where there is less", padding, .n = 16, ALIKE("unreadable") },
	{ "CBC: padding of 1, right by chance", padding, .n = 1, ALIKE("damaged") },
	{ "CBC: half a block at the end", cut_off, .n = 8, ALIKE("unreadable") },
	{ "CBC: the last block missing", cut_off, .n = 16, ALIKE("unreadable") },
	{ "CBC: no block at all", cut_off, .n = 0, ALIKE("unreadable") },
	{ "GCM: the tag's first octet", flipped, .n = -16, ALIKE("unreadable") },
	{ "GCM: the tag's last octet", flipped, .n = -1, ALIKE("unreadable") },
	{ "GCM: the first octet", flipped, .n = 0, ALIKE("unreadable") },
	{ "GCM: an octet of the text", flipped, .n = 60, ALIKE("unreadable") },
	{ "GCM: another nonce", other_nonce, ALIKE("unreadable") },
	{ "inside: nothing", inside, "", .n = 0, ALIKE("unreadable") },
	{ "inside: nothing (CBC)", inside, "", "CBC", .n = 0, ALIKE("unreadable") },
	{ "inside: no header", inside, CANARY "\r\n", ALIKE("unreadable") },
	{ "inside: no blank line", inside, "Content-Type: text/plain\r\n" CANARY, ALIKE("unreadable") },
	{ "inside: an unknown field first", inside, "X-" CANARY ": 1\r\n\r\nx\r\n", ALIKE("unreadable") },
	{ "inside: NUL in the header", inside, "Content-Type: text/plain; x=\0\r\n\r\n" CANARY, .n = 65, ALIKE("unreadable") },
	{ "inside: a multipart without its end", inside, "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n" CANARY "\r\n", ALIKE("unreadable") },
	{ "inside: a multipart without a boundary", inside, "Content-Type: multipart/mixed\r\n\r\n" CANARY "\r\n", ALIKE("unreadable") },
	{ "inside: two boundaries", inside, "Content-Type: multipart/mixed; boundary=x; boundary=y\r\n\r\n--x\r\n\r\n" CANARY "\r\n--x--\r\n", ALIKE("unreadable") },
	{ "inside: two Content-Type fields", inside, "Content-Type: text/plain\r\n" HEAD CANARY "\r\n", ALIKE("unreadable") },
	{ "inside: parts nested past our limit", many_inside, "--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n", CANARY, 100, ALIKE("unreadable") },
	{ "inside: more parts than our limit", many_inside, "--x\r\n\r\nx\r\n", "--x--\r\n", LIMIT_PARTS + 1, ALIKE("unreadable") },
	{ "inside: a header past our limit", many_inside, "--x\r\nX: y\r\n", "\r\n" CANARY "--x--\r\n", LIMIT_HEADER_FIELDS, ALIKE("unreadable") },
	{ "inside: a bare CR where it must stay", inside, "Content-Type: multipart/mixed; boundary=x\r\n\r\n\r.\r\r\n--x\r\n\r\n" CANARY "\r\n--x--\r\n", ALIKE("unsafe-octets") },
	{ "inside: a control character (CBC)", inside, HEAD CANARY "\001\r\n", "CBC", ALIKE("damaged") },
	{ "inside: no UTF-8 (CBC)", inside, HEAD CANARY "\xff\r\n", "CBC", ALIKE("damaged") },
	{ "inside: a signature around a layer that does not open", layer_inside, .n = 0, ALIKE("unreadable") },
	{ "inside: one layer more than our limit", layer_inside, .n = LIMIT_CMS_LAYERS + 1, ALIKE("too-many-layers") },
	{ "good, where CBC must stay closed", cbc_unsigned, .settings = "defaults { unauthenticated-cbc = \"leave-encrypted\" }",
	    ALIKE("unauthenticated-cbc") },
};
/* clang-format on */

ATTACKS(oracle, attacks)
