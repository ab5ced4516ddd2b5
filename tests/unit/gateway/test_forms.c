/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "tests/unit/crypto/compress.h"
#include "tests/unit/gateway/mta.h"
#include "tests/unit/gateway/openssl_side.h"
#include "tests/unit/mime/mime_support.h"

/*
 * Every form in which protected mail arrives, made by OpenSSL and zlib: what is delivered, octet by octet, what our
 * result field says, and what the record says.
 */
Suite *suite_forms(void);

#define ROOM ((size_t)16 * 1024 * 1024)

static struct world *w;
static struct forged alice, bob;

static void
set_up(void)
{
	w = world_open("b.example", NULL);
	alice = certified("alice@a.example", NULL);
	bob = certified("bob@b.example", "rsa-2048");
	world_identity(w, &bob);
}

static void
tear_down(void)
{
	world_close(w);
	forged_done(&alice);
	forged_done(&bob);
}

#define HEADER "From: Alice <alice@a.example>\r\nTo: bob@b.example\r\nSubject: outside\r\nMessage-ID: <1@a.example>\r\n"
#define PLAIN "Content-Type: text/plain; charset=us-ascii\r\n\r\nhello\r\nworld\r\n"

/* ---- making ---- */

/* A message within (RFC 8551 3.1). */
static struct buffer
message_within(const struct buffer *entity)
{
	struct buffer out = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_format(&out, &e,
	    "Content-Type: message/rfc822\r\n\r\nFrom: Alice <alice@a.example>\r\nSubject: inside\r\n%s", buffer_text(entity)));
	return out;
}

/* 's' clear, 'o' opaque, 'c' AES-CBC, 'g' AES-GCM, 'z' compressed, 'w' a message within. */
static struct buffer
layer(char kind, const struct buffer *entity)
{
	switch (kind) {
	case 's':
	case 'o':
		return openssl_signed(entity, &alice, kind == 'o');
	case 'c':
		return openssl_encrypted(entity, &bob, EVP_aes_128_cbc());
	case 'g':
		return openssl_encrypted(entity, &bob, EVP_aes_256_gcm());
	case 'z':
		return compressed(buffer_text(entity));
	default:
		return message_within(entity);
	}
}

#define STAGES 8

/* The entity as it grew, layer by layer; the last one is what is sent. */
struct made {
	struct buffer stages[STAGES];
	size_t count;
};

static struct made
make(const char *kinds)
{
	struct made m = { .count = 1 };
	struct error e = ERROR_INIT;

	buffer_init(&m.stages[0], ROOM);
	expect_ok(buffer_append_text(&m.stages[0], PLAIN, &e));
	for (; *kinds != '\0'; kinds++, m.count++) {
		ck_assert_uint_lt(m.count, STAGES);
		m.stages[m.count] = layer(*kinds, &m.stages[m.count - 1]);
	}
	return m;
}

static void
made_done(struct made *m)
{
	for (size_t i = 0; i < m->count; i++)
		buffer_done(&m->stages[i]);
}

/* ---- looking ---- */

static const struct buffer *
body_of(const struct buffer *text, struct buffer *out)
{
	const char *at = memmem(text->data, text->size, "\r\n\r\n", 4);
	struct error e = ERROR_INIT;

	ck_assert_ptr_nonnull(at);
	buffer_clear(out);
	expect_ok(buffer_append(out, at + 4, text->size - (size_t)(at + 4 - text->data), &e));
	return out;
}

static void
expect_body(const struct delivery *d, const struct buffer *stage, const char *name)
{
	struct buffer got = BUFFER_INIT(ROOM), want = BUFFER_INIT(ROOM);

	body_of(&d->text, &got);
	body_of(stage, &want);
	ck_assert_msg(got.size == want.size && memcmp(got.data, want.data, got.size) == 0, "%s: delivered:\n%s\ninstead of:\n%s", name,
	    buffer_text(&d->text), buffer_text(stage));
	buffer_done(&got);
	buffer_done(&want);
}

/* Its media type is that of the stage, and the fields around it are Alice's still. */
static void
expect_header(const struct delivery *d, const struct buffer *stage, const char *subject, const char *name)
{
	struct delivery as_made = { .text = *stage };
	char *got = delivery_field(d, "Content-Type", 1), *want = delivery_field(&as_made, "Content-Type", 1);
	char *title = delivery_field(d, "Subject", 1);

	ck_assert_msg(got != NULL && strcmp(got, want) == 0, "%s: %s instead of %s", name, got, want);
	ck_assert_msg(title != NULL && strcmp(title, subject) == 0, "%s: %s", name, title);
	ck_assert_uint_eq(delivery_count(d, "Content-Type"), 1);
	free(got);
	free(want);
	free(title);
}

static void
expect_result(const struct delivery *d, const char *want, const char *name)
{
	char *value = delivery_field(d, "Authentication-Results", 1);
	const char *found = value != NULL ? strchr(value, ';') : NULL;

	ck_assert_msg(found != NULL && strcmp(found + 2, want) == 0, "%s: %s", name, value);
	ck_assert_uint_eq(delivery_count(d, "Authentication-Results"), 1);
	free(value);
}

/* "opened result-written", "enveloped-data signed-data": the words of a list in the record. */
static void
expect_words(const struct json *list, const char *member, const char *want, const char *name)
{
	struct buffer found = BUFFER_INIT(1000);
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < json_count(list); i++) {
		const char *word = member != NULL ? json_look_text(json_at(list, i), member) : json_text_of(json_at(list, i));

		expect_ok(buffer_append_format(&found, &e, "%s%s", i > 0 ? " " : "", word != NULL ? word : "-"));
	}
	ck_assert_msg(strcmp(buffer_text(&found), want) == 0, "%s: %s instead of %s", name, buffer_text(&found), want);
	buffer_done(&found);
}

/* ---- the forms ---- */

#define AS_IT_CAME ((size_t)-1)
#define BY_ALICE " body.smime-identifier=alice@a.example"
#define PASS(part) "smime=pass" BY_ALICE " body.smime-part=" part
#define OUTSIDE(part) "smime=policy reason=\"outside-encryption\"" BY_ALICE " body.smime-part=" part
#define NONE "smime=none"
#define WRITTEN "result-written"

static const struct arrival {
	const char *kinds;   /* innermost first */
	size_t delivered;    /* how many layers are left */
	const char *result, *actions, *layers;
	const char *subject; /* NULL: as it stood outside */
} forms[] = {
	/* clang-format off */
	{ "",     AS_IT_CAME, NONE, WRITTEN, "", NULL },
	{ "s",    AS_IT_CAME, PASS("2"), WRITTEN, "clear-signed", NULL },
	{ "o",    AS_IT_CAME, PASS("1"), WRITTEN, "signed-data", NULL },
	{ "c",    0, NONE, "opened noticed " WRITTEN, "enveloped-data", NULL },
	{ "g",    0, NONE, "opened " WRITTEN, "auth-enveloped-data", NULL },
	{ "z",    0, NONE, "decompressed " WRITTEN, "compressed-data", NULL },
	/* signed, then encrypted */
	{ "sc",   1, PASS("\"1/2\""), "opened " WRITTEN, "enveloped-data clear-signed", NULL },
	{ "sg",   1, PASS("\"1/2\""), "opened " WRITTEN, "auth-enveloped-data clear-signed", NULL },
	{ "oc",   0, PASS("\"1/1\""), "opened " WRITTEN, "enveloped-data signed-data", NULL },
	{ "og",   0, PASS("\"1/1\""), "opened " WRITTEN, "auth-enveloped-data signed-data", NULL },
	/* encrypted, then signed: by somebody who had the ciphertext */
	{ "cs",   0, OUTSIDE("2"), "opened noticed " WRITTEN, "clear-signed enveloped-data", NULL },
	{ "gs",   0, OUTSIDE("2"), "opened " WRITTEN, "clear-signed auth-enveloped-data", NULL },
	{ "go",   0, OUTSIDE("1"), "opened " WRITTEN, "signed-data auth-enveloped-data", NULL },
	/* triple wrapping (RFC 2634 1.1), each signature in each form */
	{ "sgs",  1, OUTSIDE("2") "; " PASS("\"1/2\""), "opened " WRITTEN, "clear-signed auth-enveloped-data clear-signed", NULL },
	{ "ocs",  0, OUTSIDE("2") "; " PASS("\"1/1\""), "opened " WRITTEN, "clear-signed enveloped-data signed-data", NULL },
	{ "sgo",  1, OUTSIDE("1") "; " PASS("\"1/1/2\""), "opened " WRITTEN, "signed-data auth-enveloped-data clear-signed", NULL },
	{ "oco",  0, OUTSIDE("1") "; " PASS("\"1/1/1\""), "opened " WRITTEN, "signed-data enveloped-data signed-data", NULL },
	/* compressed, in each place (RFC 8551 3.6) */
	{ "zs",   AS_IT_CAME, PASS("2"), WRITTEN, "clear-signed compressed-data", NULL },
	{ "zo",   AS_IT_CAME, PASS("1"), WRITTEN, "signed-data compressed-data", NULL },
	{ "szs",  AS_IT_CAME, PASS("2"), WRITTEN, "clear-signed compressed-data clear-signed", NULL },
	{ "sz",   1, PASS("\"1/2\""), "decompressed " WRITTEN, "compressed-data clear-signed", NULL },
	{ "oz",   1, PASS("\"1/1\""), "decompressed " WRITTEN, "compressed-data signed-data", NULL },
	{ "zg",   0, NONE, "opened decompressed " WRITTEN, "auth-enveloped-data compressed-data", NULL },
	{ "gz",   0, NONE, "opened decompressed " WRITTEN, "compressed-data auth-enveloped-data", NULL },
	{ "zc",   0, NONE, "opened decompressed noticed " WRITTEN, "enveloped-data compressed-data", NULL },
	{ "zsc",  0, PASS("\"1/2\""), "opened decompressed " WRITTEN, "enveloped-data clear-signed compressed-data", NULL },
	{ "szc",  1, PASS("\"1/1/2\""), "opened decompressed " WRITTEN, "enveloped-data compressed-data clear-signed", NULL },
	{ "zog",  0, PASS("\"1/1\""), "opened decompressed " WRITTEN, "auth-enveloped-data signed-data compressed-data", NULL },
	{ "ozg",  0, PASS("\"1/1/1\""), "opened decompressed " WRITTEN, "auth-enveloped-data compressed-data signed-data", NULL },
	{ "zgz",  0, NONE, "opened decompressed " WRITTEN, "compressed-data auth-enveloped-data compressed-data", NULL },
	{ "scz",  1, PASS("\"1/1/2\""), "opened decompressed " WRITTEN, "compressed-data enveloped-data clear-signed", NULL },
	{ "zz",   0, NONE, "decompressed " WRITTEN, "compressed-data compressed-data", NULL },
	/* a message within: its header is the sender's, where something vouches for it */
	{ "w",    AS_IT_CAME, NONE, WRITTEN, "", NULL },
	{ "ws",   AS_IT_CAME, PASS("2"), WRITTEN, "clear-signed", "inside" },
	{ "wo",   AS_IT_CAME, PASS("1"), WRITTEN, "signed-data", "inside" },
	{ "wg",   0, NONE, "opened " WRITTEN, "auth-enveloped-data", "inside" },
	{ "wsg",  2, PASS("\"1/2\""), "opened " WRITTEN, "auth-enveloped-data clear-signed", "inside" },
	{ "wog",  0, PASS("\"1/1\""), "opened " WRITTEN, "auth-enveloped-data signed-data", "inside" },
	{ "wz",   1, NONE, "decompressed " WRITTEN, "compressed-data", NULL },
	/* protected mail in a message within: forwarded */
	{ "sw",   AS_IT_CAME, "smime=neutral reason=\"partly-signed\"", WRITTEN, "", NULL },
	{ "gw",   AS_IT_CAME, "smime=neutral reason=\"partly-signed\"", WRITTEN, "", NULL },
	/* clang-format on */
};

static void
expect_form(const struct arrival *form, const struct buffer *entity, const struct made *made, const char *name)
{
	struct buffer text = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;
	const struct mail mail = { .from = "<alice@a.example>", .to = { "<bob@b.example>" }, .client = "192.0.2.1",
		.role = CHOICE_ROLE_INBOUND };
	struct mail sent = mail;
	const struct buffer *delivered = form->delivered == AS_IT_CAME ? entity : &made->stages[form->delivered];

	expect_ok(buffer_append_text(&text, HEADER, &e));
	expect_ok(buffer_append(&text, entity->data, entity->size, &e));
	sent.text = buffer_text(&text);
	sent.size = text.size;
	for (enum mta_rules rules = MTA_POSTFIX; rules < MTA_COUNT; rules++) {
		struct delivery d = mta_send(w, &sent, rules);

		ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s: %s", name, error_text(&d.error));
		expect_result(&d, form->result, name);
		expect_words(json_look(d.report, "actions"), NULL, form->actions, name);
		expect_words(json_look(d.report, "layers"), "type", form->layers, name);
		expect_body(&d, delivered, name);
		expect_header(&d, delivered, form->subject != NULL ? form->subject : "outside", name);
		delivery_done(&d);
	}
	buffer_done(&text);
}

START_TEST(delivers_each_form_as_its_reader_can_use_it)
{
	const struct arrival *form = &forms[_i];
	struct made made = make(form->kinds);

	expect_form(form, &made.stages[made.count - 1], &made, form->kinds);
	made_done(&made);
}
END_TEST

static const struct arrival *
arrival_of(const char *kinds)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(forms[i].kinds, kinds) == 0)
			return &forms[i];
	ck_abort_msg("no form %s", kinds);
	return NULL;
}

/* ---- signatures that are not kept ---- */

#define STRIPPED "signature-removed " WRITTEN

static const struct arrival stripped[] = {
	/* clang-format off */
	{ "",     AS_IT_CAME, NONE, WRITTEN, "", NULL },
	{ "s",    0, PASS("2"), STRIPPED, "clear-signed", NULL },
	{ "o",    0, PASS("1"), STRIPPED, "signed-data", NULL },
	{ "ss",   0, PASS("2") "; " PASS("1.2"), STRIPPED, "clear-signed clear-signed", NULL },
	{ "os",   0, PASS("2") "; " PASS("1"), STRIPPED, "clear-signed signed-data", NULL },
	{ "so",   0, PASS("1") "; " PASS("\"1/2\""), STRIPPED, "signed-data clear-signed", NULL },
	{ "sg",   0, PASS("\"1/2\""), "opened " STRIPPED, "auth-enveloped-data clear-signed", NULL },
	{ "og",   0, PASS("\"1/1\""), "opened " WRITTEN, "auth-enveloped-data signed-data", NULL },
	{ "sgs",  0, OUTSIDE("2") "; " PASS("\"1/2\""), "opened " STRIPPED, "clear-signed auth-enveloped-data clear-signed", NULL },
	{ "cs",   0, OUTSIDE("2"), "opened noticed " WRITTEN, "clear-signed enveloped-data", NULL },
	/* with the signature goes the compression that it covered, and what that hid is seen */
	{ "zs",   0, PASS("2"), "signature-removed decompressed " WRITTEN, "clear-signed compressed-data", NULL },
	{ "zo",   0, PASS("1"), "signature-removed decompressed " WRITTEN, "signed-data compressed-data", NULL },
	{ "sz",   0, PASS("\"1/2\""), "signature-removed decompressed " WRITTEN, "compressed-data clear-signed", NULL },
	{ "szs",  0, PASS("2") "; " PASS("\"1/2\""), "signature-removed decompressed " WRITTEN, "clear-signed compressed-data clear-signed", NULL },
	{ "ws",   0, PASS("2"), STRIPPED, "clear-signed", "inside" },
	{ "wo",   0, PASS("1"), STRIPPED, "signed-data", "inside" },
	{ "sw",   AS_IT_CAME, "smime=neutral reason=\"partly-signed\"", WRITTEN, "", NULL },
	/* clang-format on */
};

START_TEST(strips_a_signature_that_is_good_where_the_settings_say_so)
{
	const struct arrival *form = &stripped[_i];
	struct made made = make(form->kinds);

	world_configure(w, "b.example", "defaults { valid-signature = \"strip\" }");
	expect_form(form, &made.stages[made.count - 1], &made, form->kinds);
	made_done(&made);
}
END_TEST

/* Everything but `pass` is delivered octet by octet, also where the settings say "strip". */
static void
expect_kept(const struct buffer *entity, const char *result, const char *layers, const char *name)
{
	const struct arrival form = { name, AS_IT_CAME, result, WRITTEN, layers, NULL };
	const struct made none = { .count = 0 };

	expect_form(&form, entity, &none, name);
}

static struct buffer
replaced(struct buffer take, const char *from, const char *to)
{
	char *at = from != NULL ? strstr(buffer_text(&take), from) : NULL;
	struct buffer out = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;

	if (from == NULL)
		return take;
	ck_assert_msg(at != NULL, "no %s in %s", from, buffer_text(&take));
	expect_ok(buffer_append(&out, take.data, (size_t)(at - take.data), &e));
	expect_ok(buffer_append_text(&out, to, &e));
	expect_ok(buffer_append_text(&out, at + strlen(from), &e));
	buffer_done(&take);
	return out;
}

START_TEST(strips_no_signature_that_is_not_good)
{
	struct forged eve = certified("eve@a.example", NULL), crowd = certified("carol@b.example", "rsa-2048");
	struct buffer plain = BUFFER_INIT(ROOM), entity, sealed;
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_text(&plain, PLAIN, &e));
	world_configure(w, "b.example", "defaults { valid-signature = \"strip\" }");
	entity = openssl_signed(&plain, &eve, false);
	expect_kept(&entity, "smime=policy reason=\"from-mismatch\" body.smime-identifier=eve@a.example body.smime-part=2", "clear-signed",
	    "another's signature");
	buffer_done(&entity);
	entity = openssl_signed(&plain, &eve, true);
	expect_kept(&entity, "smime=policy reason=\"from-mismatch\" body.smime-identifier=eve@a.example body.smime-part=1", "signed-data",
	    "another's opaque signature");
	buffer_done(&entity);
	entity = replaced(openssl_signed(&plain, &alice, false), "hello", "HELLO");
	expect_kept(&entity, "smime=fail reason=\"content-changed\" body.smime-part=2", "clear-signed", "a broken signature");
	buffer_done(&entity);
	/* around ciphertext for somebody else, and around compressed data that is odd */
	sealed = openssl_encrypted(&plain, &crowd, EVP_aes_256_gcm());
	entity = openssl_signed(&sealed, &alice, false);
	expect_kept(&entity, PASS("2"), "clear-signed auth-enveloped-data", "around what stays closed");
	buffer_done(&entity);
	buffer_done(&sealed);
	buffer_done(&plain);
	forged_done(&eve);
	forged_done(&crowd);
}
END_TEST

/* The one body serves both: who keeps signatures keeps them for all. */
START_TEST(strips_only_where_every_recipient_says_so)
{
	struct made made = make("s");
	struct forged carol = certified("carol@b.example", NULL);
	struct buffer text = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;
	const struct mail mail = { .from = "<alice@a.example>", .to = { "<carol@b.example>", "<bob@b.example>" },
		.client = "192.0.2.1", .role = CHOICE_ROLE_INBOUND };
	struct mail sent = mail;
	struct delivery d;

	expect_ok(buffer_append_format(&text, &e, HEADER "%s", buffer_text(&made.stages[1])));
	sent.text = buffer_text(&text);
	world_configure(w, "b.example", "address \"bob@b.example\" { valid-signature = \"strip\" }");
	d = mta_send(w, &sent, MTA_POSTFIX);
	expect_body(&d, &made.stages[1], "two recipients");
	delivery_done(&d);
	world_configure(w, "b.example", "domain \"b.example\" { valid-signature = \"strip\" }");
	d = mta_send(w, &sent, MTA_POSTFIX);
	expect_body(&d, &made.stages[0], "two recipients of one mind");
	delivery_done(&d);
	buffer_done(&text);
	forged_done(&carol);
	made_done(&made);
}
END_TEST

/* The sender cannot ask for it. */
START_TEST(strips_nothing_because_of_the_author)
{
	struct made made = make("s");

	world_configure(w, "b.example", "domain \"a.example\" { valid-signature = \"strip\" }");
	expect_form(arrival_of("s"), &made.stages[1], &made, "the author's setting");
	made_done(&made);
}
END_TEST

/* NUL in a signed text: nobody may write it anew, and so it stays signed. */
START_TEST(keeps_a_signature_over_what_cannot_go_on_alone)
{
	static const char unsafe[] = "Content-Type: multipart/mixed; boundary=x\r\n\r\n\r.\rpreamble\r\n--x\r\n\r\nhello\r\n--x--\r\n";
	struct buffer plain = BUFFER_INIT(ROOM), entity;
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_text(&plain, unsafe, &e));
	world_configure(w, "b.example", "defaults { valid-signature = \"strip\" }");
	entity = openssl_signed(&plain, &alice, true);
	expect_kept(&entity, PASS("1"), "signed-data", "unsafe octets");
	buffer_done(&entity);
	buffer_done(&plain);
}
END_TEST

/* ---- the table of postseal.conf(5) ---- */

static const struct {
	const char *name, *kept, *stripped, *kinds;
} documented[] = {
#define FORM(name, kept, stripped, kinds) { name, kept, stripped, kinds },
#include "tests/unit/gateway/forms.def"
#undef FORM
};

/* How many layers such a delivery has left. */
static size_t
left_of(const char *words)
{
	if (strcmp(words, "as it came") == 0)
		return AS_IT_CAME;
	ck_assert_msg(strcmp(words, "text") == 0 || strcmp(words, "signed text") == 0, "%s", words);
	return strcmp(words, "text") == 0 ? 0 : 1;
}

static void
expect_documented(const struct made *made, const char *words, const char *name)
{
	const struct buffer *sent = &made->stages[made->count - 1];
	const struct buffer *want = left_of(words) == AS_IT_CAME ? sent : &made->stages[left_of(words)];
	struct buffer text = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;
	struct delivery d;

	expect_ok(buffer_append_format(&text, &e, HEADER "%s", buffer_text(sent)));
	d = mta_receive(w, "<bob@b.example>", buffer_text(&text));
	expect_body(&d, want, name);
	delivery_done(&d);
	buffer_done(&text);
}

START_TEST(delivers_each_form_as_the_manual_says)
{
	struct made made = make(documented[_i].kinds);

	expect_documented(&made, documented[_i].kept, documented[_i].name);
	world_configure(w, "b.example", "defaults { valid-signature = \"strip\" }");
	expect_documented(&made, documented[_i].stripped, documented[_i].name);
	made_done(&made);
}
END_TEST

/* ---- labels ---- */

enum encoding { IN_BASE64, IN_QUOTED_PRINTABLE, IN_BINARY, ENCODINGS };
static const char *const encoding_words[] = { "base64", "quoted-printable", "binary" };

static void
append_encoded(struct buffer *to, const struct buffer *octets, enum encoding encoding)
{
	struct sink sink = buffer_sink(to);
	struct base64_writer base64;
	struct error e = ERROR_INIT;

	if (encoding == IN_BASE64) {
		base64_writer_init(&base64, &sink);
		expect_ok(base64_write(&base64, octets->data, octets->size, &e));
		expect_ok(base64_finish(&base64, &e));
	}
	for (size_t i = 0; encoding == IN_QUOTED_PRINTABLE && i < octets->size; i++)
		expect_ok(buffer_append_format(to, &e, "=%02X%s", (unsigned char)octets->data[i], i % 24 == 23 ? "=\r\n" : ""));
	if (encoding == IN_BINARY)
		expect_ok(buffer_append(to, octets->data, octets->size, &e));
}

/* The object that `entity` holds, under another label and in another transfer encoding. */
static struct buffer
relabelled(const struct buffer *entity, const char *label, enum encoding encoding)
{
	struct message m = message_of(buffer_text(entity));
	struct buffer object = BUFFER_INIT(ROOM), out = BUFFER_INIT(ROOM);
	struct entity_reader *reader = NULL;
	struct source source;
	struct sink sink = buffer_sink(&object);
	struct error e = ERROR_INIT;

	expect_ok(entity_reader_new(m.root, &reader, &source, &e));
	expect_ok(io_copy(&source, &sink, &e));
	entity_reader_free(reader);
	message_done(&m);
	expect_ok(buffer_append_format(&out, &e, "Content-Type: %s\r\nContent-Transfer-Encoding: %s\r\n\r\n", label,
	    encoding_words[encoding]));
	append_encoded(&out, &object, encoding);
	buffer_done(&object);
	return out;
}

static const char *const labels[] = {
	"application/pkcs7-mime",
	"application/x-pkcs7-mime",
	"APPLICATION/X-PKCS7-MIME; NAME=\"SMIME.P7M\"",
	"application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
	"application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
	"application/pkcs7-mime; smime-type=authEnveloped-data; name=smime.p7m",
	"application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z",
	"application/pkcs7-mime; smime-type=certs-only; name=smime.p7c",
	"application/pkcs7-mime; smime-type=x-nonsense",
	"application/pkcs7-signature",
	"application/x-pkcs7-signature; name=smime.p7s",
	"application/octet-stream; name=\"smime.p7m\"",
	"application/octet-stream; name=smime.p7s",
	"application/octet-stream; name=SMIME.P7Z",
	"application/octet-stream; name=smime.p7c",
	"application/octet-stream\r\nContent-Disposition: attachment; filename=\"smime.p7m\"",
};

START_TEST(lets_the_content_decide_whatever_the_label_says)
{
	static const char *const outermost[] = { "o", "c", "g", "z", "zo", "sz", "go" };

	for (size_t i = 0; i < sizeof(outermost) / sizeof(outermost[0]); i++) {
		struct made made = make(outermost[i]);

		for (enum encoding k = IN_BASE64; k <= IN_QUOTED_PRINTABLE; k++) { /* no MTA takes binary */
			struct buffer entity = relabelled(&made.stages[made.count - 1], labels[_i], k);
			char name[200];

			(void)snprintf(name, sizeof(name), "%s as %s in %s", outermost[i], labels[_i], encoding_words[k]);
			expect_form(arrival_of(outermost[i]), &entity, &made, name);
			buffer_done(&entity);
		}
		made_done(&made);
	}
}
END_TEST

START_TEST(lets_the_content_decide_inside_an_envelope_too)
{
	static const char *const inner[] = { "o", "z", "g" };
	static const struct arrival both[] = {
		{ "og", 0, PASS("\"1/1\""), "opened " WRITTEN, "auth-enveloped-data signed-data", NULL },
		{ "zg", 0, NONE, "opened decompressed " WRITTEN, "auth-enveloped-data compressed-data", NULL },
		{ "gg", 0, NONE, "opened " WRITTEN, "auth-enveloped-data auth-enveloped-data", NULL },
	};

	for (size_t i = 0; i < sizeof(inner) / sizeof(inner[0]); i++) {
		struct made made = make(inner[i]);

		for (enum encoding k = IN_BASE64; k < ENCODINGS; k++) {
			struct buffer entity = relabelled(&made.stages[made.count - 1], labels[_i], k);
			struct buffer sealed = openssl_encrypted(&entity, &bob, EVP_aes_256_gcm());
			char name[200];

			(void)snprintf(name, sizeof(name), "%s as %s in %s", both[i].kinds, labels[_i], encoding_words[k]);
			expect_form(&both[i], &sealed, &made, name);
			buffer_done(&entity);
			buffer_done(&sealed);
		}
		made_done(&made);
	}
}
END_TEST

/* What stands on a multipart/signed and on its second part: each pair replaces the first by the second. */
static const char *const clear_labels[][4] = {
	{ "protocol=\"application/pkcs7-signature\"", "protocol=\"application/x-pkcs7-signature\"", NULL, NULL },
	{ "Content-Type: application/pkcs7-signature", "Content-Type: application/x-pkcs7-signature", NULL, NULL },
	{ "Content-Type: application/pkcs7-signature", "Content-Type: application/octet-stream", NULL, NULL },
	{ "protocol=\"application/pkcs7-signature\"; ", "", NULL, NULL },
	{ "protocol=\"application/pkcs7-signature\"; ", "", "Content-Type: application/pkcs7-signature",
	    "Content-Type: application/octet-stream" },
	{ "micalg=\"sha-256\"; ", "", NULL, NULL },
	{ "micalg=\"sha-256\"", "micalg=\"unknown\"", NULL, NULL },
	{ "micalg=\"sha-256\"", "micalg=rsa-md5", "protocol=\"application/pkcs7-signature\"",
	    "protocol=\"APPLICATION/PKCS7-Signature\"" },
};

START_TEST(knows_a_clear_signature_whatever_its_labels_say)
{
	const char *const *row = clear_labels[_i];
	struct made made = make("s"), none = { .count = 0 };

	made.stages[1] = replaced(replaced(made.stages[1], row[0], row[1]), row[2], row[3]);
	expect_form(arrival_of("s"), &made.stages[1], &none, row[1]);
	made_done(&made);
}
END_TEST

Suite *
suite_forms(void)
{
	Suite *s = suite_create("forms");
	TCase *t = tcase_create("forms");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, delivers_each_form_as_its_reader_can_use_it, 0, sizeof(forms) / sizeof(forms[0]));
	suite_add_tcase(s, t);
	t = tcase_create("signatures");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, strips_a_signature_that_is_good_where_the_settings_say_so, 0, sizeof(stripped) / sizeof(stripped[0]));
	tcase_add_test(t, strips_no_signature_that_is_not_good);
	tcase_add_test(t, strips_only_where_every_recipient_says_so);
	tcase_add_test(t, strips_nothing_because_of_the_author);
	tcase_add_test(t, keeps_a_signature_over_what_cannot_go_on_alone);
	suite_add_tcase(s, t);
	t = tcase_create("manual");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, delivers_each_form_as_the_manual_says, 0, sizeof(documented) / sizeof(documented[0]));
	suite_add_tcase(s, t);
	t = tcase_create("labels");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, lets_the_content_decide_whatever_the_label_says, 0, sizeof(labels) / sizeof(labels[0]));
	tcase_add_loop_test(t, lets_the_content_decide_inside_an_envelope_too, 0, sizeof(labels) / sizeof(labels[0]));
	tcase_add_loop_test(t, knows_a_clear_signature_whatever_its_labels_say, 0, sizeof(clear_labels) / sizeof(clear_labels[0]));
	suite_add_tcase(s, t);
	return s;
}
