/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "tests/attacks/attack.h"

/*
 * A signature of Alice's that is good, in a message that shows something else
 * besides, or can be read in two ways ("Johnny, you are fired", USENIX Security
 * 2019, 4.3).  Eve needs no key: Alice's mail is public.
 */

/* Alice's entity between `a` and `b`. */
static struct buffer
beside(const struct attack *a)
{
	struct buffer good = letter_signed(&cast.alice, PLAIN, a->n != 0);
	struct buffer out = text(HEADER "MIME-Version: 1.0\r\n%s%s%s", a->a, buffer_text(&good), a->b);

	buffer_done(&good);
	return out;
}

/* The boundary of Alice's mail. */
static struct buffer
boundary_of(const struct buffer *message)
{
	const char *at = strstr(message->data, "\r\n\r\n--") + 6;

	return text("%.*s", (int)strcspn(at, "\r"), at);
}

/* `@` in a row stands for the boundary. */
static struct buffer
with_boundary(const char *pattern, const struct buffer *boundary)
{
	struct buffer out = text("%s", "");
	struct error e = ERROR_INIT;

	for (; *pattern != '\0'; pattern++)
		if (*pattern == '@')
			expect_ok(buffer_append(&out, boundary->data, boundary->size, &e));
		else
			expect_ok(buffer_append_char(&out, *pattern, &e));
	return out;
}

/* In Alice's mail `a` became `b`. */
static struct buffer
altered(const struct attack *a)
{
	struct buffer good = letter(HEADER, letter_signed(&cast.alice, PLAIN, false)), boundary = boundary_of(&good);
	struct buffer from = with_boundary(a->a, &boundary), to = with_boundary(a->b, &boundary);

	good = edited(good, buffer_text(&from), buffer_text(&to));
	buffer_done(&boundary);
	buffer_done(&from);
	buffer_done(&to);
	return good;
}

static struct buffer
appended(const struct attack *a)
{
	struct buffer good = letter(HEADER, letter_signed(&cast.alice, PLAIN, false)), boundary = boundary_of(&good);
	struct buffer more = with_boundary(a->a, &boundary);
	struct error e = ERROR_INIT;

	expect_ok(buffer_append(&good, more.data, more.size, &e));
	buffer_done(&boundary);
	buffer_done(&more);
	return good;
}

/* The two parts in the other order. */
static struct buffer
turned_round(const struct attack *a)
{
	struct buffer good = letter(HEADER, letter_signed(&cast.alice, PLAIN, false)), boundary = boundary_of(&good), out;
	const char *first = strstr(good.data, "\r\n\r\n--") + 4, *second = strstr(first + 3, boundary.data),
	    *end = strstr(second + boundary.size, boundary.data);

	(void)a;
	out = text("%.*s%.*s%.*s%s", (int)(first - good.data), good.data, (int)(end - second), second - 2,
	    (int)(second - 2 - first), first, end - 2);
	buffer_done(&good);
	buffer_done(&boundary);
	return out;
}

/* clang-format off */
#define MULTIPART(type) "Content-Type: multipart/" type "; boundary=x\r\n\r\n"
#define EVIL "Content-Type: text/html\r\n\r\n<b>Pay Eve</b>\r\n"
#define WITHIN .result = "smime=neutral reason=\"partly-signed\"", .recorded = "\"reason\":\"partly-signed\""
#define PARTLY(why) .result = "smime=neutral reason=\"partly-signed\" body.smime-part=2", .recorded = "\"structure\":\"" why "\""

static const struct attack attacks[] = {
	{ "M1: text before the signed part", beside, MULTIPART("mixed") "--x\r\n" EVIL "\r\n--x\r\n", "\r\n--x--\r\n", WITHIN },
	{ "M1: text before the opaque signed part", beside, MULTIPART("mixed") "--x\r\n" EVIL "\r\n--x\r\n", "\r\n--x--\r\n", 1, WITHIN },
	{ "M2: a page that hides the signed part", beside, MULTIPART("mixed")
	    "--x\r\nContent-Type: text/html\r\n\r\nPay Eve<div style=display:none>\r\n--x\r\n", "\r\n--x--\r\n", WITHIN },
	{ "M3: the signed part as an image of the page", beside, MULTIPART("related")
	    "--x\r\nContent-Type: text/html\r\n\r\nPay Eve<img src=cid:1>\r\n--x\r\nContent-ID: <1>\r\n", "\r\n--x--\r\n", WITHIN },
	{ "M4: the signed part as an attachment", beside, MULTIPART("mixed")
	    "--x\r\n" EVIL "\r\n--x\r\nContent-Disposition: attachment\r\n", "\r\n--x--\r\n", WITHIN },
	{ "M4: the signed mail forwarded", beside, MULTIPART("mixed")
	    "--x\r\n" EVIL "\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nFrom: " ALICE "\r\n", "\r\n--x--\r\n", WITHIN },
	{ "the signed mail as a message alone", beside, "Content-Type: message/rfc822\r\n\r\nFrom: " ALICE "\r\n", "", WITHIN },
	{ "a list's footer behind the signed part", beside, MULTIPART("mixed") "--x\r\n", "\r\n--x\r\n" EVIL "\r\n--x--\r\n", WITHIN },
	{ "the signed part as the lesser alternative", beside, MULTIPART("alternative") "--x\r\n", "\r\n--x\r\n" EVIL "\r\n--x--\r\n", WITHIN },
	{ "the signed part in a digest", beside, MULTIPART("digest") "--x\r\n\r\nFrom: " ALICE "\r\n", "\r\n--x--\r\n", WITHIN },
	{ "the signed part as the only part", beside, MULTIPART("mixed") "--x\r\n", "\r\n--x--\r\n", WITHIN },
	{ "the signed part three levels down", beside, MULTIPART("mixed") "--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n"
	    "--y\r\nContent-Type: multipart/mixed; boundary=z\r\n\r\n--z\r\n", "\r\n--z--\r\n--y--\r\n--x\r\n" EVIL "\r\n--x--\r\n", WITHIN },
	{ "a multipart/signed of another protocol around it", beside,
	    "Content-Type: multipart/signed; protocol=\"application/x-none\"; boundary=x\r\n\r\n--x\r\n",
	    "\r\n--x\r\nContent-Type: application/x-none\r\n\r\n\r\n--x--\r\n", .result = "smime=none" },

	{ "a page in the preamble", altered, "\r\n\r\n--@", "\r\n\r\n<b>Pay Eve</b>\r\n--@", PARTLY("text-outside-parts") },
	{ "a notice with a link in the preamble", altered, "\r\n\r\n--@",
	    "\r\n\r\nThis is a MIME message, see http://e.example\r\n--@", PARTLY("text-outside-parts") },
	{ "a notice of two lines in the preamble", altered, "\r\n\r\n--@",
	    "\r\n\r\nThis is a MIME message\r\nPay Eve\r\n--@", PARTLY("text-outside-parts") },
	{ "a part in the preamble, its lines ending in LF", altered, "\r\n\r\n--@\r\n",
	    "\r\n\r\n--@\n" "Content-Type: text/html\n\nPay Eve\n--@\r\n", PARTLY("not-two-parts") },
	{ "text in the epilogue", appended, "Pay Eve\r\n", PARTLY("text-outside-parts") },
	{ "a page in the epilogue", appended, "\r\n\r\n<b>Pay Eve</b>\r\n", PARTLY("text-outside-parts") },
	{ "header fields in the epilogue", appended, "Content-Type: text/html\r\n\r\nPay Eve\r\n", PARTLY("text-outside-parts") },
	{ "a part behind the closing delimiter", appended, "--@\r\n" EVIL "--@--\r\n", PARTLY("ambiguous-structure") },

	{ "a part before the signed one", altered, "\r\n\r\n--@\r\n", "\r\n\r\n--@\r\n" EVIL "\r\n--@\r\n", PARTLY("not-two-parts") },
	{ "a part between text and signature", altered, "\r\n--@\r\nContent-Type: application",
	    "\r\n--@\r\n" EVIL "\r\n--@\r\nContent-Type: application", PARTLY("not-two-parts") },
	{ "a part behind the signature", altered, "\r\n--@--", "\r\n--@\r\n" EVIL "\r\n--@--", PARTLY("not-two-parts") },
	{ "the parts in the other order", turned_round, PARTLY("not-a-signature-part") },
	{ "the signature labelled a page", altered, "application/pkcs7-signature; name=\"smime.p7s\"", "text/html",
	    PARTLY("not-a-signature-part") },
	{ "no closing delimiter", altered, "--@--", "", PARTLY("not-closed") },
	{ "the boundary twice, ours first", altered, "boundary=", "boundary=e; boundary=", PARTLY("not-two-parts") },
	{ "the boundary twice, ours last", altered, "\r\n\r\n--@", "; boundary=e\r\n\r\n--@", PARTLY("ambiguous-structure") },
	{ "the boundary twice, once in capitals", altered, "\r\n\r\n--@", "; BOUNDARY=e\r\n\r\n--@", PARTLY("ambiguous-structure") },
	{ "the boundary and one in continuations (RFC 2231)", altered, "\r\n\r\n--@", "; boundary*0=e; boundary*1=v\r\n\r\n--@",
	    PARTLY("not-two-parts") },
	{ "the boundary and one with a charset (RFC 2231)", altered, "\r\n\r\n--@", "; boundary*=us-ascii''e\r\n\r\n--@",
	    PARTLY("not-two-parts") },
	{ "a boundary in a comment", altered, "boundary=", "(boundary=e;) boundary=", PARTLY("ambiguous-structure") },
	{ "a comment that does not end", altered, "\r\n\r\n--@", "; (boundary=e\r\n\r\n--@", PARTLY("ambiguous-structure") },
	{ "a quoted boundary that does not end", altered, "\r\n\r\n--@", "; x=\"e\r\n\r\n--@", PARTLY("ambiguous-structure") },
	{ "Content-Type twice, a page last", altered, "\r\n\r\n--@", "\r\nContent-Type: text/html\r\n\r\n--@", PARTLY("ambiguous-structure") },
	{ "Content-Type twice, a page first", altered, "Content-Type: multipart", "Content-Type: text/html\r\nContent-Type: multipart",
	    .result = "smime=none" },
	{ "base64 said of the whole", altered, "Content-Type: multipart", "Content-Transfer-Encoding: base64\r\nContent-Type: multipart",
	    PARTLY("ambiguous-structure") },
	{ "the same boundary around it", altered, "Content-Type: multipart", "Content-Type: multipart/mixed; boundary=\"@\"\r\n\r\n--@\r\n"
	    "Content-Type: multipart", .result = "smime=neutral reason=\"partly-signed\"" },
	{ "a blank before the colon of another Content-Type", altered, "Content-Type: multipart",
	    "Content-Type : text/html\r\nContent-Type: multipart",
	    .result = "smime=policy reason=\"from-ambiguous\" body.smime-identifier=" ALICE " body.smime-part=2" },
	{ "the text changed", altered, "hello", "HELLO", .result = "smime=fail reason=\"content-changed\" body.smime-part=2",
	    .recorded = "\"status\":\"digest-differs\"" },
	{ "the header of the signed part changed", altered, "\r\n--@\r\nContent-Type: text/plain", "\r\n--@\r\nContent-Type: text/html",
	    .result = "smime=fail reason=\"content-changed\" body.smime-part=2", .recorded = "\"status\":\"digest-differs\"" },
};
/* clang-format on */

ATTACKS(coverage, attacks)
