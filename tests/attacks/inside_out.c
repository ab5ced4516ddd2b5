/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "tests/attacks/attack.h"
#include "tests/attacks/envelope.h"

/*
 * What Eve encrypted to Bob has been seen by no MTA and no filter.  Fields from
 * inside must not become fields of the mail, and octets from inside must not end
 * it: the mail goes on by SMTP (CVE-2023-51764 and its like).
 */

static struct buffer
enveloped(const void *inner, size_t n)
{
	struct envelope x = envelope_seal(&cast.bob, CIPHER_AES256_GCM, inner, n);

	return letter(HEADER, entity_of(envelope_der(&x), "application/pkcs7-mime; smime-type=authEnveloped-data"));
}

static struct buffer
inner(const struct attack *a)
{
	return enveloped(a->a, a->n > 0 ? (size_t)a->n : strlen(a->a));
}

/* A field, and the text. */
static struct buffer
field(const struct attack *a)
{
	struct buffer entity = text("%s" SECRET, a->a), out = enveloped(entity.data, entity.size);

	buffer_done(&entity);
	return out;
}

/* A signed text: its octets must stay what they are. */
static struct buffer
signed_inner(const struct attack *a)
{
	struct buffer entity = letter_signed(&cast.eve, SECRET, false), out;

	entity = edited(entity, "<p>", a->a);
	out = enveloped(entity.data, entity.size);
	buffer_done(&entity);
	return out;
}

/* `n` times `b` behind `a`, then a blank line and the text. */
static struct buffer
many(const struct attack *a)
{
	struct buffer entity = text("%s", a->a), out;
	struct error e = ERROR_INIT;

	for (int i = 0; i < a->n; i++)
		expect_ok(buffer_append_text(&entity, a->b, &e));
	expect_ok(buffer_append_text(&entity, "\r\n\r\n" CANARY "\r\n", &e));
	out = enveloped(entity.data, entity.size);
	buffer_done(&entity);
	return out;
}

/* The fields that the mail came with, and no other of a name that matters. */
static void
header_stands(const struct attack *a, const struct delivery *d)
{
	static const struct {
		const char *name;
		unsigned count;
	} fields[] = { { "From", 1 }, { "To", 1 }, { "Cc", 0 }, { "Bcc", 0 }, { "Subject", 1 }, { "Received", 0 },
		{ "Resent-To", 0 }, { "Return-Path", 0 }, { "Authentication-Results", 1 }, { "X-Postseal-Notice", 0 },
		{ "DKIM-Signature", 0 }, { "X-Spam", 0 }, { "Content-Type", 1 }, { "MIME-Version", 1 } };
	char *from = delivery_field(d, "From", 1), *subject = delivery_field(d, "Subject", 1);

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		ck_assert_msg(delivery_count(d, fields[i].name) == fields[i].count, "%s: %u of %s", a->name,
		    delivery_count(d, fields[i].name), fields[i].name);
	ck_assert_str_eq(from, "Alice <" ALICE ">");
	ck_assert_str_eq(subject, "s");
	free(from);
	free(subject);
}

/* No octet that one MTA takes for something else than the next. */
static void
lines_are_clean(const struct attack *a, const struct delivery *d)
{
	const char *body = delivery_body(d), *end = d->text.data + d->text.size, *what = NULL;
	size_t length = 0;

	header_stands(a, d);
	for (const char *c = body; c < end && what == NULL; c++) {
		if (*c == '\0')
			what = "NUL";
		else if (*c == '\n' && (c == body || c[-1] != '\r'))
			what = "a bare LF";
		else if (*c == '\r' && (c + 1 == end || c[1] != '\n'))
			what = "a bare CR";
		length = *c == '\n' ? 0 : length + 1;
		if (length > 999)
			what = "a line over 998 octets";
	}
	ck_assert_msg(what == NULL, "%s: %s", a->name, what);
}

/* clang-format off */
#define OPENED(look_) .fate = FATE_OPENED, .result = "smime=none", .look = look_
#define CLOSED(why) .result = "smime=none", .recorded = "\"reason\":\"" why "\""
#define HEAD "Content-Type: text/plain\r\n\r\n"
#define NEXT_MAIL "MAIL FROM:<ceo@b.example>"

static const struct attack attacks[] = {
	{ "Bcc inside", field, "Bcc: " EVE "\r\n", OPENED(header_stands) },
	{ "Cc and Resent-To inside", field, "Cc: " EVE "\r\nResent-To: " EVE "\r\n", OPENED(header_stands) },
	{ "another author and subject inside", field, "From: ceo@b.example\r\nSubject: pay\r\n", OPENED(header_stands) },
	{ "Received inside", field, "Received: from b.example\r\n", OPENED(header_stands) },
	{ "a result inside", field, "Authentication-Results: smime.b.example; smime=pass\r\n", OPENED(header_stands) },
	{ "a result of another filter inside", field, "Authentication-Results: mx.b.example; dkim=pass\r\n", OPENED(header_stands) },
	{ "our notice inside", field, "X-Postseal-Notice: fine\r\n", OPENED(header_stands) },
	{ "what other filters go by inside", field, "X-Spam: No\r\nDKIM-Signature: v=1\r\nReturn-Path: <" BOB ">\r\n", OPENED(header_stands) },
	{ "a CR in a field", field, "Subject: x\rBcc: " EVE "\r\n", CLOSED("unreadable") },
	{ "an LF in a field", field, "Subject: x\nBcc: " EVE "\r\n", OPENED(header_stands) },
	{ "a CR in Content-Type", inner, "Content-Type: text/plain\rBcc: " EVE "\r\n\r\n" CANARY, CLOSED("unreadable") },
	{ "NUL in a field", inner, "Subject: x\0Bcc: " EVE "\r\n" SECRET, .n = 134, CLOSED("unreadable") },
	{ "NUL in Content-Type", inner, "Content-Type: text/plain; x=\0y\r\n\r\n" CANARY, .n = 66, CLOSED("unreadable") },
	{ "ESC in Content-Type", inner, "Content-Type: text/plain; x=\033[2J\r\n\r\n" CANARY, CLOSED("unreadable") },
	{ "a field without a name", field, ": x\r\n", CLOSED("unreadable") },
	{ "a line that is no field", field, "Bcc\r\n", CLOSED("unreadable") },
	{ "Content-Type folded again and again", many, "Content-Type: text/plain", "\r\n (x)", 100, OPENED(header_stands) },
	{ "Content-Type of 65,000 octets", many, "Content-Type: text/plain; x=", "0123456789", 6500, CLOSED("fault") },
	{ "Content-Type of 200,000 octets", many, "Content-Type: text/plain; x=", "0123456789", 20000, CLOSED("unreadable") },
	{ "1,900 fields", many, "Content-Type: text/plain", "\r\nBcc: " EVE, 1900, OPENED(header_stands) },
	{ "100,000 fields", many, "Content-Type: text/plain", "\r\nBcc: " EVE, 100000, CLOSED("unreadable") },
	{ "two Content-Type fields", field, "Content-Type: text/html\r\n", CLOSED("unreadable") },

	{ "a lone dot in CRLF", inner, HEAD "x\r\n.\r\n" NEXT_MAIL "\r\n" CANARY "\r\n", OPENED(lines_are_clean) },
	{ "a lone dot in LF", inner, HEAD "x\n.\n" NEXT_MAIL "\n" CANARY "\n", OPENED(lines_are_clean) },
	{ "a lone dot in CR", inner, HEAD "x\r.\r" NEXT_MAIL "\r" CANARY "\r\n", OPENED(lines_are_clean) },
	{ "a lone dot in LF and CRLF", inner, HEAD "x\n.\r\n" NEXT_MAIL "\r\n" CANARY "\r\n", OPENED(lines_are_clean) },
	{ "a lone dot in CRLF and LF", inner, HEAD "x\r\n.\n" NEXT_MAIL "\r\n" CANARY "\r\n", OPENED(lines_are_clean) },
	{ "a lone dot in CR and CRLF", inner, HEAD "x\r.\r\n" NEXT_MAIL "\r\n" CANARY "\r\n", OPENED(lines_are_clean) },
	{ "a lone dot in CRLF and CR", inner, HEAD "x\r\n.\r" NEXT_MAIL "\r\n" CANARY "\r\n", OPENED(lines_are_clean) },
	{ "a lone dot in CR CRLF", inner, HEAD "x\r\r\n.\r\r\n" NEXT_MAIL "\r\n" CANARY "\r\n", OPENED(lines_are_clean) },
	{ "the header in LF, its end in both", inner, "Content-Type: text/plain\n\r\n" NEXT_MAIL "\r\n" CANARY "\r\n", OPENED(lines_are_clean) },
	{ "NUL in the text", inner, HEAD "x\0.\r\n" CANARY "\r\n", .n = 67, OPENED(lines_are_clean) },
	{ "NUL before a line end", inner, HEAD "x\r\0\n.\r\n" CANARY "\r\n", .n = 69, OPENED(lines_are_clean) },
	{ "no line end at the end", inner, HEAD CANARY, OPENED(lines_are_clean) },
	{ "a CR at the end", inner, HEAD CANARY "\r", OPENED(lines_are_clean) },
	{ "a line of 100,000 octets", many, HEAD, "0123456789", 10000, OPENED(lines_are_clean) },
	{ "all of it labelled binary", inner, "Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n\r\nx\n.\n"
	    NEXT_MAIL "\r.\r" CANARY "\r\n", OPENED(lines_are_clean) },
	{ "a bare CR in a part", inner, "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nx\r.\r" NEXT_MAIL "\r\n" CANARY
	    "\r\n--x--\r\n", OPENED(lines_are_clean) },
	{ "a bare CR in the preamble", inner, "Content-Type: multipart/mixed; boundary=x\r\n\r\n\r.\r" NEXT_MAIL "\r\n--x\r\n\r\n" CANARY
	    "\r\n--x--\r\n", CLOSED("unsafe-octets") },
	{ "a bare CR in the header of a part", inner, "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nX: y\r.\r" NEXT_MAIL
	    "\r\n\r\n" CANARY "\r\n--x--\r\n", CLOSED("unreadable") },
	{ "a bare CR in a signed text", signed_inner, "<p>\r.\r" NEXT_MAIL "\r\n", CLOSED("unsafe-octets") },
	{ "a bare LF in a signed text", signed_inner, "<p>\n.\n" NEXT_MAIL "\r\n", .fate = FATE_OPENED,
	    .result = "smime=fail reason=\"content-changed\" body.smime-part=\"1/2\"", .look = lines_are_clean },
};
/* clang-format on */

ATTACKS(inside_out, attacks)
