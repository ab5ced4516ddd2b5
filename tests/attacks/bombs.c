/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "crypto/identifier_private.h"
#include "tests/attacks/attack.h"
#include "tests/attacks/envelope.h"
#include "tests/unit/crypto/compress.h"
#include "tests/unit/crypto/signed_support.h"

/*
 * Small mails that make much work, and large ones.  None is measured by a clock:
 * each is far past a limit of base/limits.h, and says so, or ends in reasonable
 * time on any machine because the work is linear.
 */

#define ROOM ((size_t)64 * 1024 * 1024)

/* `b` appended `n` times to `to`. */
static void
repeat(struct buffer *to, const void *b, size_t size, int n)
{
	struct error e = ERROR_INIT;

	for (int i = 0; i < n; i++)
		expect_ok(buffer_append(to, b, size, &e));
}

/* ---- CMS ---- */

/* SignedData of Alice's over `PLAIN`, detached, taken apart and put together with many of each. */
static struct buffer
multiplied(const struct buffer *good, const struct buffer *certificates, int certificate_count, int signer_count)
{
	struct buffer b = BUFFER_INIT(ROOM), many = BUFFER_INIT(ROOM);
	struct der_element x, encap, set;
	struct der_reader r = { (const unsigned char *)good->data, good->size };
	struct error e = ERROR_INIT;
	struct der_writer w;

	ck_assert(der_expect(&r, DER_SEQUENCE, &x));
	r = der_enter(&x);
	ck_assert(der_next(&r, &x) && der_next(&r, &x));
	r = der_enter(&x);
	ck_assert(der_next(&r, &x));
	r = der_enter(&x);
	ck_assert(der_next(&r, &x) && der_next(&r, &x) && der_next(&r, &encap) && der_next(&r, &x) && der_next(&r, &set));
	der_begin(&w, &b, &e);
	der_open(&w, DER_SEQUENCE);
	der_put_oid(&w, cms_type_oid(CMS_SIGNED));
	der_open(&w, DER_CONSTRUCTED_0);
	der_open(&w, DER_SEQUENCE);
	der_put_small(&w, DER_INTEGER, 1);
	der_put(&w, DER_SET, "", 0);
	der_put_raw(&w, encap.whole, encap.whole_size);
	repeat(&many, certificates != NULL ? certificates->data : (const char *)x.data,
	    certificates != NULL ? certificates->size : x.size, certificate_count);
	der_put(&w, DER_CONSTRUCTED_0, many.data, many.size);
	buffer_clear(&many);
	repeat(&many, set.data, set.size, signer_count);
	if (certificates != NULL && many.size > 0) /* the last does not hold */
		many.data[many.size - 1] ^= 1;
	der_put(&w, DER_SET, many.data, many.size);
	der_close(&w);
	der_close(&w);
	der_close(&w);
	expect_ok(der_finish(&w));
	buffer_done(&many);
	return b;
}

static struct buffer
detached(struct buffer take_der)
{
	struct buffer signature = entity_of(take_der, "application/pkcs7-signature");
	struct buffer out = text(HEADER "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";"
	    " micalg=sha-256; boundary=x\r\n\r\n--x\r\n" PLAIN "\r\n--x\r\n%s\r\n--x--\r\n", buffer_text(&signature));

	buffer_done(&signature);
	return out;
}

/* `n` certificates, or with `a`: `n` SignerInfos. */
static struct buffer
many_in_signature(const struct attack *a)
{
	struct buffer good = craft(&(struct craft){ .signer = &cast.alice, .scheme = SIGNATURE_ECDSA_SHA256, .content = PLAIN });
	struct buffer der = multiplied(&good, NULL, a->a == NULL ? a->n : 1, a->a == NULL ? 1 : a->n);

	buffer_done(&good);
	return detached(der);
}

/* As many certificates of one key and key identifier as we take, and as many SignerInfos, all but the last good. */
static struct buffer
each_with_each(const struct attack *a)
{
	struct buffer certificates = BUFFER_INIT(ROOM), good, der;
	struct error e = ERROR_INIT;

	(void)a;
	for (int i = 0; i < LIMIT_CERTIFICATES; i++) {
		struct forged f = certified_as((struct forge){ .cn = "Eve", .pkey = cast.eve.pkey,
			.extensions = { "subjectAltName", "email:" EVE } });
		size_t n;
		const unsigned char *one = certificate_der(f.c, &n);

		expect_ok(buffer_append(&certificates, one, n, &e));
		forged_done(&f);
	}
	good = craft(&(struct craft){ .signer = &cast.eve, .scheme = SIGNATURE_ECDSA_SHA256, .content = PLAIN,
		.by_key_identifier = true, .omit = BIT(ATTRIBUTE_SIGNING_CERTIFICATE_V2) });
	der = multiplied(&good, &certificates, 1, LIMIT_SIGNER_INFOS);
	buffer_done(&good);
	buffer_done(&certificates);
	return detached(der);
}

/* `n` RecipientInfos for Bob, all but the last with another key. */
static struct buffer
many_recipients(const struct attack *a)
{
	struct envelope x = envelope_seal(&cast.bob, CIPHER_AES256_GCM, SECRET, sizeof(SECRET) - 1);
	struct buffer good = BUFFER_INIT(ROOM), bad = BUFFER_INIT(ROOM);
	unsigned char block[256];
	struct error e = ERROR_INIT;

	expect_ok(buffer_append(&good, x.infos.data, x.infos.size, &e));
	rsa_block(&x, block);
	block[255] ^= 1;
	buffer_clear(&x.infos);
	envelope_address(&x, &cast.bob, block, sizeof(block));
	expect_ok(buffer_append(&bad, x.infos.data, x.infos.size, &e));
	repeat(&x.infos, bad.data, bad.size, a->n - 2);
	expect_ok(buffer_append(&x.infos, good.data, good.size, &e));
	buffer_done(&good);
	buffer_done(&bad);
	return letter(HEADER, entity_of(envelope_der(&x), "application/pkcs7-mime; smime-type=authEnveloped-data"));
}

/* Signed without a signer, in binary: each layer costs a hundred octets. */
static struct buffer
signed_in_signed(const struct attack *a)
{
	static const char head[] = "Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n"
	                           "Content-Transfer-Encoding: binary\r\n\r\n";
	struct buffer entity = text("%s", PLAIN), der;
	struct error e = ERROR_INIT;
	struct der_writer w;

	for (int i = 0; i < a->n; i++) {
		buffer_init(&der, ROOM);
		expect_ok(buffer_append_text(&der, head, &e));
		der_begin(&w, &der, &e);
		der_open(&w, DER_SEQUENCE);
		der_put_oid(&w, cms_type_oid(CMS_SIGNED));
		der_open(&w, DER_CONSTRUCTED_0);
		der_open(&w, DER_SEQUENCE);
		der_put_small(&w, DER_INTEGER, 1);
		der_put(&w, DER_SET, "", 0);
		der_open(&w, DER_SEQUENCE);
		der_put_oid(&w, &oid_data);
		der_open(&w, DER_CONSTRUCTED_0);
		der_put(&w, DER_OCTET_STRING, entity.data, entity.size);
		der_close(&w);
		der_close(&w);
		der_put(&w, DER_SET, "", 0);
		der_close(&w);
		der_close(&w);
		der_close(&w);
		expect_ok(der_finish(&w));
		buffer_done(&entity);
		entity = der;
	}
	return letter(HEADER, entity);
}

/* The same in envelopes to Bob. */
static struct buffer
sealed_in_sealed(const struct attack *a)
{
	struct buffer entity = text("%s", SECRET);

	for (int i = 0; i < a->n; i++) {
		struct envelope x = envelope_seal(&cast.bob, CIPHER_AES256_GCM, entity.data, entity.size);
		struct buffer der = envelope_der(&x);
		struct error e = ERROR_INIT;

		buffer_clear(&entity);
		expect_ok(buffer_append_text(&entity, "Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data\r\n"
		    "Content-Transfer-Encoding: binary\r\n\r\n", &e));
		expect_ok(buffer_append(&entity, der.data, der.size, &e));
		buffer_done(&der);
	}
	return letter(HEADER, entity);
}

/* A SignedData up to its eContent, then `a` `n` times, then `b`. */
#define START "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80" \
	"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x80"
struct ber_text {
	const char *again;
	size_t size;
	const char *end;
	size_t end_size;
};

static struct buffer
ber(const struct attack *a)
{
	const struct ber_text *t = a->with;
	struct buffer der = BUFFER_INIT(ROOM);

	repeat(&der, START, sizeof(START) - 1, 1);
	repeat(&der, t->again, t->size, a->n);
	repeat(&der, t->end, t->end_size, 1);
	return letter(HEADER, entity_of(der, "application/pkcs7-mime; smime-type=enveloped-data"));
}

/* 32 MiB in 32 KiB (RFC 3274). */
static struct buffer
compressed_zeros(void)
{
	size_t n = 32 * 1024 * 1024;
	char *plain = calloc(1, n);
	struct buffer stream, der;

	ck_assert_ptr_nonnull(plain);
	memcpy(plain, SECRET, sizeof(SECRET) - 1);
	stream = zlib_stream(plain, n);
	der = compressed_der(&stream);
	buffer_done(&stream);
	free(plain);
	return compressed_entity(der);
}

static struct buffer
bomb(const struct attack *a)
{
	struct buffer entity = compressed_zeros(), out;
	struct envelope x;

	if (a->n == 0)
		return letter(HEADER, entity);
	x = envelope_seal(&cast.bob, CIPHER_AES256_GCM, entity.data, entity.size);
	buffer_done(&entity);
	out = letter(HEADER, entity_of(envelope_der(&x), "application/pkcs7-mime; smime-type=authEnveloped-data"));
	return out;
}

/* Nothing was unpacked. */
static void
stays_small(const struct attack *a, const struct delivery *d)
{
	ck_assert_msg(d->text.size < 256 * 1024, "%s: %zu octets", a->name, d->text.size);
}

/* ---- MIME ---- */

/* `a` `n` times between header and `b`. */
static struct buffer
many(const struct attack *a)
{
	struct buffer out = text("%s", HEADER);

	repeat(&out, a->a, strlen(a->a), a->n);
	repeat(&out, a->b, strlen(a->b), 1);
	return out;
}

/* The same, and `a` is what comes first of all. */
static struct buffer
many_first(const struct attack *a)
{
	struct buffer out = text("%s", (const char *)a->with);

	repeat(&out, a->a, strlen(a->a), a->n);
	repeat(&out, a->b, strlen(a->b), 1);
	return out;
}

/* Multiparts as deep as we go, boundaries as long as we take, and lines that are nearly delimiters of them all. */
static struct buffer
near_misses(const struct attack *a)
{
	struct buffer out = text("%s", HEADER);
	struct error e = ERROR_INIT;
	char prefix[180];

	memset(prefix, '=', sizeof(prefix));
	for (int i = 0; i < LIMIT_MIME_DEPTH - 1; i++)
		expect_ok(buffer_append_format(&out, &e, "Content-Type: multipart/mixed; boundary=\"%.180s%03d\"\r\n\r\n--%.180s%03d\r\n",
		    prefix, i, prefix, i));
	expect_ok(buffer_append_text(&out, "\r\n", &e));
	for (int i = 0; i < a->n; i++)
		expect_ok(buffer_append_format(&out, &e, "--%.180s999\r\n", prefix));
	return out;
}

static void
names_few_authors(const struct attack *a, const struct delivery *d)
{
	const struct json *from = json_look(d->report, "from");

	ck_assert_msg(from == NULL || json_count(from) <= LIMIT_AUTHORS, "%s: %zu authors", a->name, json_count(from));
}

/* clang-format off */
#define NEUTRAL(part) .result = "smime=neutral reason=\"malformed\"" part
#define BER(again, end) .with = &(const struct ber_text){ again, sizeof(again) - 1, end, sizeof(end) - 1 }
#define MALFORMED .result = "smime=none", .recorded = "\"closed\":\"malformed\""
#define TOO_DEEP .result = "smime=neutral reason=\"malformed\"", .recorded = "\"reason\":\"structure\""
#define EIGHT_UNSIGNED "smime=none body.smime-part=1; smime=none body.smime-part=\"1/1\"; smime=none body.smime-part=\"1/1/1\"; " \
	"smime=none body.smime-part=\"1/1/1/1\"; smime=none body.smime-part=\"1/1/1/1/1\"; smime=none body.smime-part=\"1/1/1/1/1/1\"; " \
	"smime=none body.smime-part=\"1/1/1/1/1/1/1\"; smime=none body.smime-part=\"1/1/1/1/1/1/1/1\""
#define UNSIGNED .result = "smime=none"
#define REST "\r\nSubject: s\r\n\r\nx\r\n"

static const struct attack attacks[] = {
	{ "10,000 certificates in a signature", many_in_signature, .n = 10000, NEUTRAL(" body.smime-part=2"), .recorded = "no-signed-data" },
	{ "one certificate more than we take", many_in_signature, .n = LIMIT_CERTIFICATES + 1, NEUTRAL(" body.smime-part=2"), .recorded = "no-signed-data" },
	{ "10,000 SignerInfos", many_in_signature, "signers", .n = 10000, NEUTRAL(" body.smime-part=2"), .recorded = "no-signed-data" },
	{ "a hundred certificates tried on sixteen signatures each", each_with_each, .result = "smime=fail reason=\"signature-invalid\" body.smime-part=2",
	    .recorded = "\"detail\":\"too-many-tries\"" },
	{ "10,000 RecipientInfos", many_recipients, .n = 10000, MALFORMED },
	{ "as many RecipientInfos as we look at, all for Bob", many_recipients, .n = LIMIT_RECIPIENT_INFOS, .result = "smime=none",
	    .recorded = "\"reason\":\"unreadable\"" },
	{ "1,000 signed layers", signed_in_signed, .n = 1000, .result = EIGHT_UNSIGNED, .recorded = "\"reason\":\"too-many-layers\"" },
	{ "100 sealed layers", sealed_in_sealed, .n = 100, .result = "smime=none", .recorded = "\"reason\":\"too-many-layers\"" },
	{ "OCTET STRINGs in OCTET STRINGs, 100,000 deep", ber, .n = 100000, BER("\x24\x80", ""), MALFORMED },
	{ "SEQUENCEs in SEQUENCEs, 100,000 deep", ber, .n = 100000, BER("\x30\x80", ""), MALFORMED },
	{ "the same with definite lengths", ber, .n = 100000, BER("\x24\x84\x00\x0f\x42\x40", ""), MALFORMED },
	{ "nothing but ends of content", ber, .n = 100000, BER("\0\0", ""), MALFORMED },
	{ "empty OCTET STRINGs, a million octets of them", ber, .n = 500000, BER("\x04\x00", ""), MALFORMED },
	{ "a length of 2^31", ber, .n = 0, BER("", "\x04\x84\x80\x00\x00\x00" "x"), MALFORMED },
	{ "a length of 2^32 - 1", ber, .n = 0, BER("", "\x04\x84\xff\xff\xff\xff" "x"), MALFORMED },
	{ "a length of 2^63 - 1", ber, .n = 0, BER("", "\x04\x88\x7f\xff\xff\xff\xff\xff\xff\xff" "x"), MALFORMED },
	{ "a length of 2^64 - 1", ber, .n = 0, BER("", "\x04\x88\xff\xff\xff\xff\xff\xff\xff\xff" "x"), MALFORMED },
	{ "a length of nine octets", ber, .n = 0, BER("", "\x04\x89\x01\x00\x00\x00\x00\x00\x00\x00\x00" "x"), MALFORMED },
	{ "a length of 127 octets", ber, .n = 0, BER("", "\x04\xff" "x"), MALFORMED },
	{ "a segment longer than what it is in", ber, .n = 0, BER("", "\x24\x04\x04\x88\x7f\xff\xff\xff\xff\xff\xff\xff"), MALFORMED },
	{ "a tag number without end", ber, .n = 100000, BER("\x3f\xff\xff\xff\xff\xff\xff\xff", ""), MALFORMED },
	{ "32 MiB in 32 KiB (RFC 3274)", bomb, .n = 0, .result = "smime=none", .recorded = "\"closed\":\"too-large\"", .look = stays_small },
	{ "32 MiB in 32 KiB inside an envelope", bomb, .n = 1, .fate = FATE_OPENED, .result = "smime=none",
	    .recorded = "\"closed\":\"too-large\"", .look = stays_small },

	{ "multiparts 10,000 deep", many, "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n", "\r\nx\r\n", 10000, TOO_DEEP },
	{ "messages in messages, 10,000 deep", many, "Content-Type: message/rfc822\r\n\r\n", "\r\nx\r\n", 10000, TOO_DEEP },
	{ "100,000 parts", many_first, "--x\r\n\r\n\r\n", "--x--\r\n", 100000, .with = HEADER "Content-Type: multipart/mixed; boundary=x\r\n\r\n", TOO_DEEP },
	{ "100,000 lines that are nearly delimiters", near_misses, .n = 100000, UNSIGNED },
	{ "fields in each of 9,000 parts", many_first, "--x\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\n",
	    "--x--\r\n", 9000, .with = HEADER "Content-Type: multipart/mixed; boundary=x\r\n\r\n", TOO_DEEP },
	{ "100,000 fields", many, "A: b\r\n", "\r\nx\r\n", 100000, .fate = FATE_REFUSED, .recorded = "too-many-headers" },
	{ "a field of a million octets", many_first, "0123456789", REST, 100000, .with = HEADER "X: ", .fate = FATE_REFUSED, .recorded = "too-many-headers" },
	{ "15,000 parameters", many_first, ";a=b", "\r\n\r\nx\r\n", 15000, .with = HEADER "Content-Type: text/plain", UNSIGNED },
	{ "15,000 boundaries", many_first, ";boundary=b", "\r\n\r\nx\r\n", 5000, .with = HEADER "Content-Type: multipart/mixed", UNSIGNED },
	{ "comments in comments in Content-Type, 50,000 deep", many_first, "(", "\r\n\r\nx\r\n", 50000, .with = HEADER "Content-Type: text/plain ", UNSIGNED },
	{ "comments in comments in a result, 50,000 deep", many_first, "(", "\r\n\r\nx\r\n", 50000, .with = HEADER "Authentication-Results: ", .fate = FATE_STRIPPED, UNSIGNED },
	{ "comments in comments in From, 50,000 deep", many_first, "(", REST, 50000, .with = "From: ", UNSIGNED },
	{ "groups in groups in From", many_first, "a:", REST, 30000, .with = "From: ", UNSIGNED },
	{ "quotes in From", many_first, "\"", REST, 50001, .with = "From: ", UNSIGNED },
	{ "encoded words in From", many_first, "=?utf-8?q?=41?= ", "<" ALICE ">" REST, 3500, .with = "From: ", UNSIGNED },
	{ "10,000 mailboxes in From", many_first, "a@b.c,", REST, 10000, .with = "From: ", UNSIGNED, .look = names_few_authors },
	{ "1,900 From fields", many_first, "From: a@b.c,d@e.f\r\n", REST, 1900, .with = "", UNSIGNED, .look = names_few_authors },
	{ "10,000 local mailboxes in From, submitted", many_first, "a@b.example,", REST, 5000, .with = "From: ", .to = { "<" ALICE ">" },
	    .way = SUBMITTED, .fate = FATE_REFUSED, .recorded = "too-many-authors" },
};
/* clang-format on */

/* ---- the envelope ---- */

START_TEST(recipients_without_end)
{
	const struct session_facts session = { .mode = GATEWAY_SERVE, .role = CHOICE_ROLE_INBOUND, .client_address = "192.0.2.1" };
	struct error e = ERROR_INIT;
	struct gateway_message *m =
	    gateway_begin(cast.w->gateway, settings_ref(cast.w->settings), &session, "<" EVE ">", NULL, &e);
	struct json *line;

	ck_assert_ptr_nonnull(m);
	for (int i = 0; i < LIMIT_RECIPIENTS + 20; i++) {
		char *path = memory_format(NULL, "<u%d@b.example>", i);
		enum verdict want = i < LIMIT_RECIPIENTS ? VERDICT_CONTINUE : VERDICT_RETRY_LATER;

		ck_assert_int_eq(gateway_recipient(m, path, NULL, &e), want);
		ck_assert_int_eq(e.code, i < LIMIT_RECIPIENTS ? ERROR_NONE : ERROR_TOO_MANY_RECIPIENTS);
		free(path);
	}
	line = world_last(cast.w, "refusal");
	ck_assert_str_eq(json_look_text(line, "reason"), "too-many-recipients");
	json_release(line);
	gateway_end(m);
	printf("  more recipients than we take: put off, one by one\n");
}
END_TEST

static Suite *with_recipients(Suite *s);

ATTACKS_AND(bombs, attacks, with_recipients)

static Suite *
with_recipients(Suite *s)
{
	TCase *t = tcase_create("recipients");

	tcase_add_checked_fixture(t, attacks_set_up, attacks_tear_down);
	tcase_add_test(t, recipients_without_end);
	suite_add_tcase(s, t);
	return s;
}
