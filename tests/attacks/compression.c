/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "tests/attacks/attack.h"
#include "tests/attacks/envelope.h"
#include "tests/unit/crypto/compress.h"

/*
 * Compressed mail (RFC 3274) that holds more than it seems, or something else to another reader; and what a layer that
 * most readers cannot see through may hide.
 */

#define ROOM ((size_t)64 * 1024 * 1024)

/* The same stream under the label of a mail. */
static struct buffer
labelled(struct buffer take_stream)
{
	struct buffer der = compressed_der(&take_stream);

	buffer_done(&take_stream);
	return compressed_entity(der);
}

static struct buffer
mail_of(struct buffer take_stream)
{
	return letter(HEADER, labelled(take_stream));
}

/* In Eve's envelope to Bob if `n`. */
static struct buffer
sent(const struct attack *a, struct buffer take_entity)
{
	struct envelope x;

	if (a->n == 0)
		return letter(HEADER, take_entity);
	x = envelope_seal(&cast.bob, CIPHER_AES256_GCM, take_entity.data, take_entity.size);
	buffer_done(&take_entity);
	return letter(HEADER, entity_of(envelope_der(&x), "application/pkcs7-mime; smime-type=authEnveloped-data"));
}

/* ---- bombs ---- */

static struct buffer
zeros(size_t n)
{
	char *plain = calloc(1, n);
	struct buffer stream;

	ck_assert_ptr_nonnull(plain);
	memcpy(plain, PLAIN, sizeof(PLAIN) - 1);
	stream = zlib_stream(plain, n);
	free(plain);
	return stream;
}

/* 48 MiB in 48 KiB in a few hundred octets. */
static struct buffer
bomb_in_bomb(const struct attack *a)
{
	struct buffer inner = labelled(zeros(48 * 1024 * 1024)), outer = zlib_stream(inner.data, inner.size);

	buffer_done(&inner);
	return sent(a, labelled(outer));
}

/* As often as there are layers; each time smaller than a letter. */
static struct buffer
compressed_in_compressed(const struct attack *a)
{
	struct buffer entity = text("%s", PLAIN), outer;

	for (int i = 0; i < LIMIT_CMS_LAYERS; i++) {
		outer = compressed(buffer_text(&entity));
		buffer_done(&entity);
		entity = outer;
	}
	return sent(a, entity);
}

/* Octet for octet a mail that we take, and just over the ratio. */
static struct buffer
just_too_small(const struct attack *a)
{
	return sent(a, labelled(zeros(LIMIT_INFLATE_FREE + LIMIT_INFLATE_RATIO * 2048)));
}

/* Blocks that hold nothing, a million octets of them (RFC 1951 3.2.4). */
static struct buffer
empty_blocks(const struct attack *a)
{
	static const unsigned char block[] = { 0, 0, 0, 0xff, 0xff };
	struct buffer stream = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;

	expect_ok(buffer_append(&stream, "\x78\x9c", 2, &e));
	for (int i = 0; i < 200000; i++)
		expect_ok(buffer_append(&stream, block, sizeof(block), &e));
	return sent(a, labelled(stream));
}

static void
stays_small(const struct attack *a, const struct delivery *d)
{
	ck_assert_msg(d->text.size < 2 * 1024 * 1024, "%s: %zu octets", a->name, d->text.size);
}

/* ---- two readers ---- */

#define OTHER "Content-Type: text/plain\r\n\r\nsomething else\r\n"

/* Octets behind the stream: `a`, or another stream. */
static struct buffer
with_more_behind(const struct attack *a)
{
	struct buffer stream = zlib_stream(PLAIN, strlen(PLAIN)), more = zlib_stream(OTHER, strlen(OTHER));
	struct error e = ERROR_INIT;

	expect_ok(a->a != NULL ? buffer_append(&stream, a->a, 1, &e) : buffer_append(&stream, more.data, more.size, &e));
	buffer_done(&more);
	return mail_of(stream);
}

/* The sum over the text is Adler-32 in this format; gzip has its length there. */
static struct buffer
with_false_sum(const struct attack *a)
{
	struct buffer stream = zlib_stream(PLAIN, strlen(PLAIN));

	(void)a;
	memset(stream.data + stream.size - 4, 0, 4);
	return mail_of(stream);
}

static struct buffer
cut_off(const struct attack *a)
{
	struct buffer stream = zlib_stream(PLAIN, strlen(PLAIN));

	stream.size -= (size_t)a->n;
	return mail_of(stream);
}

static struct buffer
behind_the_object(const struct attack *a)
{
	struct buffer stream = zlib_stream(PLAIN, strlen(PLAIN)), der = compressed_der(&stream);
	struct error e = ERROR_INIT;

	(void)a;
	buffer_done(&stream);
	expect_ok(buffer_append_char(&der, 'x', &e));
	return letter(HEADER, compressed_entity(der));
}

static struct buffer
raw(const struct attack *a)
{
	struct buffer stream = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;

	expect_ok(buffer_append(&stream, a->a, (size_t)a->n, &e));
	return mail_of(stream);
}

/* ---- what it hides ---- */

/* Captured from Alice, compressed, under a signature of Eve's. */
static struct buffer
under_signature_of_eve(const struct attack *a)
{
	struct buffer inner = letter_signed(&cast.alice, PLAIN, false), packed = compressed(buffer_text(&inner)), out;

	out = letter(a->a, letter_signed(&cast.eve, buffer_text(&packed), a->n != 0));
	buffer_done(&packed);
	buffer_done(&inner);
	return out;
}

/* The same, in an envelope to Bob with something beside it. */
static struct buffer
beside_text(const struct attack *a)
{
	struct buffer inner = letter_signed(&cast.alice, PLAIN, false), packed = compressed(buffer_text(&inner)), out;

	(void)a;
	out = text(HEADER "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nPay Eve.\r\n"
	    "--x\r\n%s\r\n--x--\r\n", buffer_text(&packed));
	buffer_done(&packed);
	buffer_done(&inner);
	return out;
}

/* Ciphertext for Bob that Carol captured. */
static struct buffer
ciphertext(const struct attack *a)
{
	const struct forged *to[] = { &cast.bob };
	struct buffer inner = letter_encrypted(to, 1, PROFILE_MODERN, SECRET), packed = compressed(buffer_text(&inner));

	(void)a;
	buffer_done(&inner);
	return letter(HEADER, packed);
}

/* Fields of a mail, a mark of ours among them, in what nobody vouches for. */
static struct buffer
fields(const struct attack *a)
{
	struct buffer inner = text("%s" PLAIN, a->a), packed = compressed(buffer_text(&inner));

	buffer_done(&inner);
	return letter(HEADER, packed);
}

static void
header_stands(const struct attack *a, const struct delivery *d)
{
	char *from = delivery_field(d, "From", 1), *subject = delivery_field(d, "Subject", 1);

	ck_assert_msg(strcmp(from, "Alice <" ALICE ">") == 0 && strcmp(subject, "s") == 0, "%s: %s, %s", a->name, from, subject);
	ck_assert_uint_eq(delivery_count(d, "Authentication-Results"), 1);
	ck_assert_uint_eq(delivery_count(d, "Bcc") + delivery_count(d, "Received") + delivery_count(d, "X-Postseal-Notice"), 0);
	free(from);
	free(subject);
}

/* clang-format off */
#define CLOSED(why) .result = "smime=none", .recorded = "\"type\":\"compressed-data\",\"closed\":\"" why "\""
#define MALFORMED CLOSED("malformed")
#define OF_EVE(part) .result = "smime=policy reason=\"from-mismatch\" body.smime-identifier=" EVE " body.smime-part=" part

static const struct attack attacks[] = {
	{ "48 MiB in 48 KiB in a line", bomb_in_bomb, .fate = FATE_UNPACKED, CLOSED("too-large"), .look = stays_small },
	{ "the same in an envelope", bomb_in_bomb, .n = 1, .fate = FATE_OPENED, CLOSED("too-large"), .look = stays_small },
	{ "eight compressed layers", compressed_in_compressed, .fate = FATE_UNPACKED, CLOSED("too-many-layers"), .look = stays_small },
	{ "eight compressed layers in an envelope", compressed_in_compressed, .n = 1, .fate = FATE_OPENED, .result = "smime=none",
	    .recorded = "too-many-layers", .look = stays_small },
	{ "a little more than the ratio allows", just_too_small, CLOSED("too-large"), .look = stays_small },
	{ "200,000 empty blocks", empty_blocks, MALFORMED },

	{ "an octet behind the stream", with_more_behind, "x", MALFORMED },
	{ "NUL behind the stream", with_more_behind, "", MALFORMED },
	{ "another text behind the stream", with_more_behind, MALFORMED },
	{ "an octet behind the object", behind_the_object, .result = "smime=none", .recorded = "\"closed\":\"malformed\"" },
	{ "a false sum at the end", with_false_sum, MALFORMED },
	{ "no sum at the end", cut_off, .n = 4, MALFORMED },
	{ "half a sum at the end", cut_off, .n = 2, MALFORMED },
	{ "half the stream", cut_off, .n = 30, MALFORMED },
	{ "gzip with a false length", raw, "\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b\xcc\x4d\x05\0\x3b\xcd\xe3\x66\xff\xff\xff\xff", .n = 23, MALFORMED },
	{ "a stream that wants a dictionary", raw, "\x78\xbb\x06\x2c\x02\x15\x03\0", .n = 8, MALFORMED },
	{ "deflate without a frame", raw, "\x4b\xcc\x4d\x05\0", .n = 5, MALFORMED },
	{ "nothing at all", raw, "", .n = 0, MALFORMED },

	{ "Alice's signed mail, compressed, under Eve's signature", under_signature_of_eve, HEADER, OF_EVE("2") },
	{ "the same in an opaque signature", under_signature_of_eve, HEADER, .n = 1, OF_EVE("1") },
	{ "the same from Eve", under_signature_of_eve, HEADER_OF_EVE, .result = "smime=pass body.smime-identifier=" EVE " body.smime-part=2" },
	{ "Alice's signed mail, compressed, beside a text", beside_text, .result = "smime=neutral reason=\"partly-signed\"" },
	{ "Bob's ciphertext, compressed, to Carol", ciphertext, .to = { "<" CAROL ">" }, .fate = FATE_UNPACKED, .result = "smime=none",
	    .recorded = "\"reason\":\"not-every-recipient-owns-a-key\"" },
	{ "Bob's ciphertext, compressed, to both", ciphertext, .to = { "<" CAROL ">", "<" BOB ">" }, .fate = FATE_UNPACKED,
	    .result = "smime=none", .recorded = "\"reason\":\"not-every-recipient-owns-a-key\"" },
	{ "another author and subject inside", fields, "From: ceo@b.example\r\nSubject: pay\r\n", .fate = FATE_UNPACKED,
	    .result = "smime=none", .look = header_stands },
	{ "a result and a notice inside", fields, "Authentication-Results: smime.b.example; smime=pass\r\nX-Postseal-Notice: fine\r\n",
	    .fate = FATE_UNPACKED, .result = "smime=none", .look = header_stands },
	{ "protected fields inside", fields, "Subject: pay\r\nMIME-Version: 1.0\r\nHP-Outer: Subject: s\r\n", .fate = FATE_UNPACKED,
	    .result = "smime=none", .look = header_stands },
};
/* clang-format on */

ATTACKS(compression, attacks)
