/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "tests/attacks/attack.h"

/* Marks that only we write, written by Eve: wherever a reader might look for them (RFC 8601 1.6, 5). */

#define CLAIM "smime=pass body.smime-identifier=ceo@b.example"

static struct buffer
plain(const struct attack *a)
{
	return text("%s%s%s", a->a, a->b != NULL ? a->b : HEADER, PLAIN);
}

/* Encrypted to Bob, the mark in the header inside. */
static struct buffer
inside(const struct attack *a)
{
	const struct forged *to[] = { &cast.bob };
	struct buffer inner = text("%sSubject: inside\r\n" PLAIN, a->a), out;

	out = letter(HEADER, letter_encrypted(to, 1, PROFILE_MODERN, buffer_text(&inner)));
	buffer_done(&inner);
	return out;
}

/* The same inside an opaque signature of Eve's, and within both. */
static struct buffer
signed_inside(const struct attack *a)
{
	const struct forged *to[] = { &cast.bob };
	struct buffer inner = text("%sSubject: inside\r\n" PLAIN, a->a), entity = letter_signed(&cast.eve, buffer_text(&inner), true),
	    out;

	buffer_done(&inner);
	if (a->n == 0)
		return letter(HEADER_OF_EVE, entity);
	out = letter(HEADER_OF_EVE, letter_encrypted(to, 1, PROFILE_MODERN, buffer_text(&entity)));
	buffer_done(&entity);
	return out;
}

static struct buffer
many(const struct attack *a)
{
	struct buffer out = text("%s", HEADER);
	struct error e = ERROR_INIT;

	for (int i = 0; i < a->n; i++)
		expect_ok(buffer_append_text(&out, a->a, &e));
	expect_ok(buffer_append_text(&out, PLAIN, &e));
	return out;
}

/* One result field, ours, and the claim nowhere in the header. */
static void
only_ours(const struct attack *a, const struct delivery *d)
{
	const char *end = strstr(d->text.data, "\r\n\r\n"), *claim = strstr(d->text.data, "ceo@");

	ck_assert_msg(delivery_count(d, "Authentication-Results") == (a->way == FROM_OUTSIDE ? 1 : 0), "%s: result fields", a->name);
	ck_assert_msg(delivery_count(d, "X-Postseal-Notice") == 0, "%s: a notice", a->name);
	ck_assert_msg(claim == NULL || claim > end, "%s: the claim stands in the header", a->name);
	ck_assert_msg(a->fate != FATE_STRIPPED || strstr(d->log_line, "forged marks removed") != NULL, "%s: %s", a->name, d->log_line);
}

/* clang-format off */
#define GONE .fate = FATE_STRIPPED, .result = "smime=none", .recorded = "marks-removed", .look = only_ours
#define FIELD(what, value) { what, plain, "Authentication-Results:" value "\r\n", GONE }
#define STAYS .result = "smime=none", .look = only_ours
#define OFF .settings = "defaults { sign = \"off\" encrypt = \"off\" }"
#define FROM_CAROL "From: " CAROL "\r\n" FIELDS

static const struct attack attacks[] = {
	FIELD("our result", " smime.b.example; " CLAIM),
	FIELD("our result without a blank", "smime.b.example;" CLAIM),
	FIELD("our result behind a tab", "\tsmime.b.example; " CLAIM),
	FIELD("our id in capitals", " SMIME.B.Example; " CLAIM),
	FIELD("our id behind a comment", " (not) smime.b.example; " CLAIM),
	FIELD("our id behind nested comments", " (a (b) \\) c)smime.b.example; " CLAIM),
	FIELD("our id before a comment", " smime.b.example (of old); " CLAIM),
	FIELD("our id behind a fold", "\r\n smime.b.example; " CLAIM),
	FIELD("our id behind folds and comments", "\r\n (x)\r\n\t(y)\r\n smime.b.example\r\n ; " CLAIM),
	FIELD("our id in quotes", " \"smime.b.example\"; " CLAIM),
	FIELD("our id in quotes, escaped", " \"smime\\.b\\.ex\\ample\"; " CLAIM),
	FIELD("our id with a final dot", " smime.b.example.; " CLAIM),
	FIELD("our id in wide letters", " smime.\xef\xbd\x82.example; " CLAIM),
	FIELD("our id with its version", " smime.b.example 1; " CLAIM),
	FIELD("our id with a version of the future", " smime.b.example 99; " CLAIM),
	FIELD("our id with a version that is none", " smime.b.example x; " CLAIM),
	FIELD("our id with a comment for a version", " smime.b.example (1); " CLAIM),
	FIELD("our id without results", " smime.b.example; none"),
	FIELD("our id alone", " smime.b.example"),
	FIELD("our id and no semicolon", " smime.b.example " CLAIM),
	FIELD("our id behind an empty one", " ; smime.b.example; " CLAIM),
	FIELD("our id in a comment that does not end", " (smime.b.example; " CLAIM),
	FIELD("our id in quotes that do not end", " \"smime.b.example; " CLAIM),
	FIELD("our id and a bare CR", " smime.b.example\r; " CLAIM),
	{ "the field's name in small letters", plain, "authentication-results: smime.b.example; " CLAIM "\r\n", GONE },
	{ "the field's name in capitals", plain, "AUTHENTICATION-RESULTS: smime.b.example; " CLAIM "\r\n", GONE },
	{ "a blank before the colon", plain, "Authentication-Results : smime.b.example; " CLAIM "\r\n", GONE },
	{ "a tab before the colon", plain, "Authentication-Results\t: smime.b.example; " CLAIM "\r\n", GONE },
	{ "the last of the header", many, "Authentication-Results: smime.b.example; " CLAIM "\r\n", .n = 1, GONE },
	{ "a thousand of them", many, "Authentication-Results: smime.b.example; " CLAIM "\r\n", .n = 1000, GONE },
	{ "our notice", plain, "X-Postseal-Notice: ceo@b.example\r\n", GONE },
	{ "our notice in small letters", plain, "x-postseal-notice: ceo@b.example\r\n", GONE },
	{ "our notice with a blank before the colon", plain, "X-Postseal-Notice : ceo@b.example\r\n", GONE },
	{ "a field of ours that there is not", plain, "X-Postseal-Verified: ceo@b.example\r\n", GONE },
	{ "submitted by a user of ours", plain, "Authentication-Results: smime.b.example; " CLAIM "\r\n", FROM_CAROL, OFF,
	    .way = SUBMITTED, .fate = FATE_STRIPPED, .recorded = "marks-removed", .look = only_ours },
	{ "from a program of this host", plain, "Authentication-Results: smime.b.example; " CLAIM "\r\n", FROM_CAROL, OFF,
	    .way = LOCALLY, .fate = FATE_STRIPPED, .recorded = "marks-removed", .look = only_ours },
	{ "where we only observe: seen and left", plain, "Authentication-Results: smime.b.example; " CLAIM "\r\n",
	    .observe = true, .fate = FATE_UNTOUCHED, .recorded = "marks-removed" },
	/* Marks that are none: nobody reads a result there, and others need them as they are. */
	{ "the field of an ARC set (RFC 8617)", plain, "ARC-Authentication-Results: i=1; smime.b.example; smime=pass\r\n", STAYS },
	{ "a field whose name ends alike", plain, "X-Authentication-Results: smime.b.example; smime=pass\r\n", STAYS },
	{ "in the header of a part", plain, "Content-Type: multipart/mixed; boundary=x\r\n", HEADER
	    "\r\n--x\r\nAuthentication-Results: smime.b.example; " CLAIM "\r\n\r\nx\r\n--x--\r\n", STAYS },
	{ "in the header of a forwarded message", plain, "Content-Type: message/rfc822\r\n", HEADER
	    "\r\nAuthentication-Results: smime.b.example; " CLAIM "\r\n\r\nx\r\n", STAYS },
	{ "at the top of the text", plain, "", HEADER "\r\nAuthentication-Results: smime.b.example; " CLAIM "\r\n\r\n", STAYS },
	{ "in the Subject", plain, "", "From: " EVE "\r\nSubject: [signed OK] smime=pass\r\n", STAYS },
	/* From inside nothing is promoted. */
	{ "in the header inside an envelope", inside, "Authentication-Results: smime.b.example; " CLAIM "\r\n",
	    .fate = FATE_OPENED, .result = "smime=none", .look = only_ours },
	{ "our notice inside an envelope", inside, "X-Postseal-Notice: ceo@b.example\r\n",
	    .fate = FATE_OPENED, .result = "smime=none", .look = only_ours },
	{ "in the header inside an opaque signature", signed_inside, "Authentication-Results: smime.b.example; " CLAIM "\r\n", .n = 0,
	    .result = "smime=pass body.smime-identifier=" EVE " body.smime-part=1", .look = only_ours },
	{ "in the header inside a signature inside an envelope", signed_inside, "Authentication-Results: smime.b.example; " CLAIM "\r\n",
	    .n = 1, .fate = FATE_OPENED, .result = "smime=pass body.smime-identifier=" EVE " body.smime-part=\"1/1\"", .look = only_ours },
};
/* clang-format on */

ATTACKS(marks, attacks)
