/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "crypto/der_private.h"
#include "tests/attacks/attack.h"

/*
 * Whose signature it is: a From field that shows one author to the reader and
 * another to the gateway, and certificates whose address is nearly Alice's
 * ("Johnny, you are fired", 4.5; RFC 8550 3; RFC 9598).
 */

#define REST "To: " BOB "\r\nSubject: s\r\n"

static struct buffer
signed_letter(const struct forged *signer, const char *from)
{
	struct buffer good = letter_signed(signer, PLAIN, false);
	struct buffer out = text("%s" REST "%s", from, buffer_text(&good));

	buffer_done(&good);
	return out;
}

static struct buffer
by_alice(const struct attack *a)
{
	return signed_letter(&cast.alice, a->a);
}

static struct buffer
by_eve(const struct attack *a)
{
	return signed_letter(&cast.eve, a->a);
}

/* From Alice, signed under a certificate made as `with` says. */
static struct buffer
under(const struct attack *a)
{
	struct forged f = certified_as(*(const struct forge *)a->with);
	struct buffer out = signed_letter(&f, a->a != NULL ? a->a : "From: " ALICE "\r\n");

	forged_done(&f);
	return out;
}

/* From Alice, signed under a certificate whose one rfc822Name is `b`, `n` octets of it (0: to its NUL). */
static struct buffer
named(const struct attack *a)
{
	struct buffer san = BUFFER_INIT(1 << 16);
	size_t n = a->n != 0 ? (size_t)a->n : strlen(a->b);
	struct error e = ERROR_INIT;
	struct der_writer w;
	struct forged f;
	struct buffer out;

	der_begin(&w, &san, &e);
	der_open(&w, DER_SEQUENCE);
	der_put(&w, DER_CONTEXT_0 + 1, a->b, n);
	der_close(&w);
	expect_ok(der_finish(&w));
	f = certified_as((struct forge){ .cn = "Eve", .san = san.data, .san_size = san.size });
	out = signed_letter(&f, a->a != NULL ? a->a : "From: " ALICE "\r\n");
	forged_done(&f);
	buffer_done(&san);
	return out;
}

/* clang-format off */
#define POLICY(reason, who) .result = "smime=policy reason=\"" reason "\" body.smime-identifier=" who " body.smime-part=2", \
	.recorded = "\"reason\":\"" reason "\""
#define TWO_READERS POLICY("from-ambiguous", ALICE)
#define NOT_HERS POLICY("from-mismatch", ALICE)
#define SHOWN POLICY("display-name-address", EVE)
#define OTHER(who) POLICY("from-mismatch", who)
#define NAMELESS .result = "smime=policy reason=\"no-address\" body.smime-serial=# body.smime-issuer=\"CN=Test CA\" body.smime-part=2", \
	.recorded = "\"reason\":\"no-address\""
#define SAN(...) .with = &(const struct forge){ .cn = "Eve", .extensions = { "subjectAltName", __VA_ARGS__ } }
/* clang-format on */

static const struct attack attacks[] = {
	/* clang-format off */
	{ "no From", by_alice, "X: y\r\n", TWO_READERS },
	{ "two From fields, Alice's first", by_alice, "From: " ALICE "\r\nFrom: " EVE "\r\n", TWO_READERS },
	{ "two From fields, Alice's last", by_alice, "From: " EVE "\r\nFrom: " ALICE "\r\n", TWO_READERS },
	{ "two From fields, the second in small letters", by_alice, "From: " ALICE "\r\nfrom: " EVE "\r\n", TWO_READERS },
	{ "the same author twice", by_alice, "From: " ALICE "\r\nFrom: " ALICE "\r\n", TWO_READERS },
	{ "a blank before the colon of a second From", by_alice, "From: " ALICE "\r\nFrom : " EVE "\r\n", TWO_READERS },
	{ "two mailboxes", by_alice, "From: " ALICE ", " EVE "\r\n", TWO_READERS },
	{ "two mailboxes, Alice's last", by_alice, "From: " EVE ", " ALICE "\r\n", TWO_READERS },
	{ "a group of Alice alone", by_alice, "From: Us: " ALICE ";\r\n", TWO_READERS },
	{ "a group of both", by_alice, "From: Us: " ALICE ", " EVE ";\r\n", TWO_READERS },
	{ "an empty group", by_alice, "From: " ALICE ":;\r\n", TWO_READERS },
	{ "an empty From", by_alice, "From:\r\n", TWO_READERS },
	{ "the null author", by_alice, "From: <>\r\n", TWO_READERS },
	{ "the null author with Alice's name", by_alice, "From: \"" ALICE "\" <>\r\n", TWO_READERS },
	{ "two addresses without a comma", by_alice, "From: " ALICE " " EVE "\r\n", TWO_READERS },
	{ "two addresses in angle brackets", by_alice, "From: <" ALICE "> <" EVE ">\r\n", TWO_READERS },
	{ "a source route through Alice", by_eve, "From: <@a.example:" EVE ">\r\n", POLICY("from-ambiguous", EVE) },
	{ "an address in a comment, another outside", by_alice, "From: (" ALICE ") " EVE "\r\n", NOT_HERS },
	{ "a comment inside the address", by_alice, "From: alice(" EVE ")@a.example\r\n", TWO_READERS },
	{ "a field whose name has a blank", by_alice, "From: " ALICE "\r\nBad name: x\r\n", TWO_READERS },
	{ "two Subject fields", by_alice, "From: " ALICE "\r\nSubject: another\r\n", TWO_READERS },
	{ "two To fields", by_alice, "From: " ALICE "\r\nTo: " EVE "\r\n", TWO_READERS },
	{ "two Date fields", by_alice, "From: " ALICE "\r\nDate: x\r\nDate: y\r\n", TWO_READERS },
	{ "two Reply-To fields", by_alice, "From: " ALICE "\r\nReply-To: " EVE "\r\nReply-To: " ALICE "\r\n", TWO_READERS },

	{ "Alice's signature, Eve's From", by_alice, "From: " EVE "\r\n", NOT_HERS },
	{ "Alice's signature as Sender of Eve's", by_alice, "From: " EVE "\r\nSender: " ALICE "\r\n", NOT_HERS },
	{ "Eve's signature as Sender of Alice's", by_eve, "From: " ALICE "\r\nSender: " EVE "\r\n", OTHER(EVE) },
	{ "Eve's signature, Reply-To Eve", by_eve, "From: " ALICE "\r\nReply-To: " EVE "\r\n", OTHER(EVE) },
	{ "Eve's signature, Resent-From Eve", by_eve, "From: " ALICE "\r\nResent-From: " EVE "\r\n", OTHER(EVE) },
	{ "Alice's address as Eve's name", by_eve, "From: \"" ALICE "\" <" EVE ">\r\n", SHOWN },
	{ "Alice's address as Eve's name, her signature", by_alice, "From: \"" ALICE "\" <" EVE ">\r\n", NOT_HERS },
	{ "Alice's whole mailbox as Eve's name", by_eve, "From: \"Alice <" ALICE ">\" <" EVE ">\r\n", SHOWN },
	{ "Alice's address as Eve's name, unquoted", by_eve, "From: " ALICE " <" EVE ">\r\n", POLICY("from-ambiguous", EVE) },
	{ "Alice's address as Eve's name in encoded words", by_eve, "From: =?utf-8?q?alice=40a.example?= <" EVE ">\r\n", SHOWN },
	{ "the same in base64, a NUL behind it", by_eve, "From: =?utf-8?b?YWxpY2VAYS5leGFtcGxlAA==?= <" EVE ">\r\n", SHOWN },
	{ "the same in two encoded words", by_eve, "From: =?utf-8?q?alice=40?= =?utf-8?q?a.example?= <" EVE ">\r\n", SHOWN },
	{ "Alice's address as Eve's name with a wide at sign", by_eve, "From: \"alice\xef\xbc\xa0" "a.example\" <" EVE ">\r\n", SHOWN },
	{ "Alice's address in a comment behind Eve's", by_eve, "From: " EVE " (" ALICE ")\r\n", SHOWN },
	{ "Alice's address in a comment before Eve's", by_eve, "From: (" ALICE ") <" EVE ">\r\n", SHOWN },
	{ "Alice's address behind Eve's own in the name", by_eve, "From: \"" EVE " " ALICE "\" <" EVE ">\r\n", SHOWN },
	{ "Alice's address as an encoded word in an address of Eve's", named,
	    "From: =?utf-8?q?alice=40a.example=00?=@e.example\r\n", "=?utf-8?q?alice=40a.example=00?=@e.example",
	    .result = "smime=policy reason=\"from-ambiguous\" body.smime-identifier==?utf-8?q?alice=40a.example=00?=@e.example body.smime-part=2" },

	{ "SAN of Eve, subject of Alice", under, .with = &(const struct forge){ .cn = "Eve", .email = ALICE,
	    .extensions = { "subjectAltName", "email:" EVE } }, OTHER(EVE) },
	{ "SAN of Eve, subject of Alice, where subjects count", under, .settings = "defaults { subject-dn-address = yes }",
	    .with = &(const struct forge){ .cn = "Eve", .email = ALICE, .extensions = { "subjectAltName", "email:" EVE } }, OTHER(EVE) },
	{ "Alice's address as common name", under, .with = &(const struct forge){ .cn = ALICE, .extensions = { "subjectAltName", "email:" EVE } }, OTHER(EVE) },
	{ "an address with NUL and more", named, .b = ALICE "\0.e.example", .n = 26, NAMELESS },
	{ "an address that ends in NUL", named, .b = ALICE "\0", .n = 16, NAMELESS },
	{ "an address that begins with a blank", named, .b = " " ALICE, NAMELESS },
	{ "an address that ends in a blank", named, .b = ALICE " ", NAMELESS },
	{ "an address with a tab", named, .b = "alice\t@a.example", NAMELESS },
	{ "an address with a line end", named, .b = ALICE "\r\n", NAMELESS },
	{ "an address in angle brackets", named, .b = "<" ALICE ">", NAMELESS },
	{ "a mailbox with a name", named, .b = "Alice <" ALICE ">", NAMELESS },
	{ "two addresses in one", named, .b = ALICE "," EVE, NAMELESS },
	{ "two at signs, Alice first", named, .b = ALICE "@e.example", NAMELESS },
	{ "two at signs, Alice last", named, .b = "eve@" ALICE, NAMELESS },
	{ "every mailbox of the domain", named, .b = "*@a.example", OTHER("*@a.example") },
	{ "the domain alone", named, .b = "a.example", NAMELESS },
	{ "the domain behind an at sign", named, .b = "@a.example", NAMELESS },
	{ "the domain behind a dot", named, .b = ".a.example", NAMELESS },
	{ "a star in the domain", named, .b = "alice@*.example", NAMELESS },
	{ "a subaddress", named, .b = "alice+x@a.example", OTHER("alice+x@a.example") },
	{ "a subdomain", named, .b = "alice@sub.a.example", OTHER("alice@sub.a.example") },
	{ "a domain that begins like hers", named, .b = "alice@a.example.e.example", OTHER("alice@a.example.e.example") },
	{ "a percent route", named, .b = "alice%a.example@e.example", OTHER("alice%a.example@e.example") },
	{ "an address beyond ASCII where ASCII must be", named, .b = "alice@\xef\xbd\x81.example", NAMELESS },
	{ "a domain whose A looks like hers", under, .with = &(const struct forge){ .cn = "Eve", .extensions = { "subjectAltName", "email:alice@xn--80a.example" } },
	    OTHER("alice@xn--80a.example") },
	{ "From a domain whose A looks like hers", by_alice, "From: alice@\xd0\xb0.example\r\n", NOT_HERS },
	{ "From a local part that folds to hers beyond ASCII", named, "From: al\xc4\xb1" "ce@a.example\r\n", ALICE, NOT_HERS },
	{ "an SmtpUTF8Mailbox of ASCII", under, SAN("otherName:1.3.6.1.5.5.7.8.9;UTF8:" ALICE), NAMELESS },
	{ "an IA5String as SmtpUTF8Mailbox", under, SAN("otherName:1.3.6.1.5.5.7.8.9;IA5:" ALICE), NAMELESS },
	{ "a user principal name", under, SAN("otherName:1.3.6.1.4.1.311.20.2.3;UTF8:" ALICE), NAMELESS },
	{ "a mailto URI", under, SAN("URI:mailto:" ALICE), NAMELESS },
	{ "a DNS name of the domain", under, SAN("DNS:a.example"), NAMELESS },
	{ "a DNS name that is an address", under, SAN("DNS:" ALICE), NAMELESS },
	/* clang-format on */
};

ATTACKS(identity, attacks)
