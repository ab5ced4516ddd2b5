/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/letters.h"
#include "tests/unit/gateway/mta.h"

Suite *suite_headers(void);

/* Header protection through the whole gateway: what is restored, and what nobody gets promoted. */

static struct world *a, *b;
static struct forged alice, bob, eve;

static void
set_up(void)
{
	a = world_open("a.example", NULL);
	b = world_open("b.example", NULL);
	alice = certified("alice@a.example", NULL);
	bob = certified("bob@b.example", NULL);
	eve = certified("eve@e.example", NULL);
	world_identity(a, &alice);
	world_login(a, "alice", "alice@a.example");
	world_partner(a, NULL, &bob);
	world_identity(b, &bob);
}

static void
tear_down(void)
{
	world_close(a);
	world_close(b);
	forged_done(&alice);
	forged_done(&bob);
	forged_done(&eve);
}

static void
expect_field(const struct delivery *d, const char *name, const char *want)
{
	char *value = delivery_field(d, name, 1);

	ck_assert_msg(d->verdict == VERDICT_CONTINUE, "%s", error_text(&d->error));
	if (want == NULL)
		ck_assert_msg(value == NULL, "%s: %s", name, value);
	else
		ck_assert_msg(value != NULL && strcmp(value, want) == 0, "%s: %s instead of %s", name, value, want);
	if (want != NULL && strncmp(name, "X-Postseal", 10) != 0)
		ck_assert_msg(delivery_count(d, name) == 1, "%s: %u", name, delivery_count(d, name));
	free(value);
}

static void
expect_result(const struct delivery *d, const char *want)
{
	char *value = delivery_field(d, "Authentication-Results", 1);

	ck_assert_msg(value != NULL && strstr(value, want) != NULL, "%s instead of %s", value, want);
	ck_assert_uint_eq(delivery_count(d, "Authentication-Results"), 1);
	free(value);
}

/* Does some field of that name say this? */
static bool
is_told(const struct delivery *d, const char *name, const char *want)
{
	bool found = false;

	for (unsigned nth = 1; nth <= delivery_count(d, name) && !found; nth++) {
		char *value = delivery_field(d, name, nth);

		found = strcmp(value, want) == 0;
		free(value);
	}
	return found;
}

/* ---- what came ---- */

enum dress { CLEAR_SIGNED, OPAQUE_SIGNED, ENCRYPTED, ENCRYPTED_CLEAR_SIGNED, ENCRYPTED_OPAQUE_SIGNED, DRESSES };

static struct buffer
dressed(enum dress dress, const struct forged *signer, const char *payload)
{
	const struct forged *to[] = { &bob };
	struct buffer inner, out;

	if (dress == ENCRYPTED)
		return letter_encrypted(to, 1, PROFILE_MODERN, payload);
	inner = letter_signed(signer, payload, dress == OPAQUE_SIGNED || dress == ENCRYPTED_OPAQUE_SIGNED);
	if (dress == CLEAR_SIGNED || dress == OPAQUE_SIGNED)
		return inner;
	out = letter_encrypted(to, 1, PROFILE_MODERN, buffer_text(&inner));
	buffer_done(&inner);
	return out;
}

static struct delivery
receive(const char *outside, struct buffer take, enum mta_rules rules)
{
	struct buffer text = letter(outside, take);
	struct delivery d = mta_send(b, &(struct mail){ .from = "<x@a.example>", .to = { "<bob@b.example>" },
		.text = buffer_text(&text), .client = "192.0.2.1", .role = CHOICE_ROLE_INBOUND }, rules);

	buffer_done(&text);
	return d;
}

#define ALICE   "From: Alice <alice@a.example>\r\n"
#define EVE     "From: Eve <eve@e.example>\r\n"
#define OUTSIDE ALICE "To: bob@b.example\r\nSubject: [...]\r\nMessage-ID: <1@a.example>\r\n"
#define INSIDE  ALICE "To: Bob <bob@b.example>\r\nSubject: secret\r\nMessage-ID: <1@a.example>\r\n"
#define CIPHER  "Content-Type: text/plain; charset=us-ascii; hp=\"cipher\"\r\n"
#define HELLO   "\r\nhello\r\n"

START_TEST(restores_the_header_of_whatever_speaks_for_it)
{
	enum dress dress = (enum dress)(_i / MTA_COUNT);
	struct delivery d = receive(OUTSIDE, dressed(dress, &alice, INSIDE CIPHER HELLO), (enum mta_rules)(_i % MTA_COUNT));

	expect_result(&d, dress == ENCRYPTED ? "smime=none" : "smime=pass body.smime-identifier=alice@a.example");
	expect_field(&d, "Subject", "secret");
	expect_field(&d, "To", "Bob <bob@b.example>");
	expect_field(&d, "From", "Alice <alice@a.example>");
	expect_field(&d, "Message-ID", "<1@a.example>");
	expect_field(&d, "X-Postseal-Outer", NULL);
	expect_field(&d, "X-Postseal-Inner", NULL);
	expect_field(&d, "X-Postseal-Notice", NULL);
	if (dress == ENCRYPTED || dress == ENCRYPTED_OPAQUE_SIGNED) {
		expect_field(&d, "Content-Type", "text/plain; charset=us-ascii");
		ck_assert_str_eq(delivery_body(&d), "hello\r\n");
	}
	delivery_done(&d);
}
END_TEST

/* A signature that does not hold speaks for nothing; what was decrypted was meant for the recipient all the same. */
START_TEST(restores_nothing_by_a_broken_signature)
{
	struct buffer text = dressed(CLEAR_SIGNED, &alice, INSIDE CIPHER HELLO);
	struct delivery d;

	*strstr(text.data, "hello") = 'H';
	d = receive(OUTSIDE, text, MTA_POSTFIX);
	expect_result(&d, "smime=fail reason=\"content-changed\"");
	expect_field(&d, "Subject", "[...]");
	expect_field(&d, "To", "bob@b.example");
	delivery_done(&d);
}
END_TEST

START_TEST(keeps_the_octets_under_a_signature)
{
	const char *payload = INSIDE "Content-Type: text/plain; hp-legacy-display=1; hp=\"cipher\"\r\n\r\nSubject: secret\r\n\r\nhello\r\n";
	struct delivery d = receive(OUTSIDE, dressed(ENCRYPTED_CLEAR_SIGNED, &alice, payload), MTA_POSTFIX);
	struct delivery again;

	expect_field(&d, "Subject", "secret");
	ck_assert_ptr_nonnull(strstr(delivery_body(&d), "\r\n\r\nSubject: secret\r\n\r\nhello\r\n"));
	ck_assert_ptr_nonnull(strstr(delivery_body(&d), "hp-legacy-display=1"));
	/* Whoever checks it behind us finds it whole. */
	again = mta_receive(b, "<bob@b.example>", buffer_text(&d.text));
	expect_result(&again, "smime=pass body.smime-identifier=alice@a.example body.smime-part=2");
	delivery_done(&d);
	delivery_done(&again);
	d = receive(OUTSIDE, dressed(ENCRYPTED_OPAQUE_SIGNED, &alice, payload), MTA_POSTFIX);
	expect_field(&d, "Content-Type", "text/plain");
	ck_assert_str_eq(delivery_body(&d), "hello\r\n");
	delivery_done(&d);
}
END_TEST

/* ---- From ---- */

static const struct from_row {
	enum dress dress;
	const struct forged *signer;
	const char *outside, *inside;
	const char *result, *from, *subject;
	const char *notice, *told_outer, *told_inner;
} froms[] = {
	/* clang-format off */
	/* RFC 9788 10.1: no signature, another author inside */
	{ ENCRYPTED, NULL, ALICE "Subject: [...]\r\n", EVE "Subject: s\r\n", "smime=none",
	  "Alice <alice@a.example>", "s", "from-mismatch", NULL, "From: Eve <eve@e.example>" },
	/* one that is not good for the author inside, though it is for the one outside */
	{ ENCRYPTED_OPAQUE_SIGNED, &alice, ALICE "Subject: [...]\r\n", EVE "Subject: s\r\n", "smime=policy reason=\"from-mismatch\"",
	  "Alice <alice@a.example>", "s", "from-mismatch", NULL, "From: Eve <eve@e.example>" },
	{ CLEAR_SIGNED, &alice, ALICE "Subject: o\r\n", EVE "Subject: s\r\n", "smime=policy reason=\"from-mismatch\"",
	  "Alice <alice@a.example>", "o", NULL, NULL, NULL },
	{ OPAQUE_SIGNED, &alice, ALICE "Subject: o\r\n", EVE "Subject: s\r\n", "smime=policy reason=\"from-mismatch\"",
	  "Alice <alice@a.example>", "o", NULL, NULL, NULL },
	/* one that is: the author inside counts, and the one outside is told of */
	{ ENCRYPTED_OPAQUE_SIGNED, &alice, EVE "Subject: [...]\r\n", ALICE "Subject: s\r\n", "smime=pass body.smime-identifier=alice@a.example",
	  "Alice <alice@a.example>", "s", NULL, "From: Eve <eve@e.example>", NULL },
	{ CLEAR_SIGNED, &alice, EVE "Subject: o\r\n", ALICE "Subject: s\r\n", "smime=pass body.smime-identifier=alice@a.example",
	  "Alice <alice@a.example>", "s", NULL, "From: Eve <eve@e.example>", NULL },
	/* a display name inside that shows another address */
	{ ENCRYPTED_OPAQUE_SIGNED, &alice, ALICE "Subject: [...]\r\n", "From: \"ceo@b.example\" <alice@a.example>\r\nSubject: s\r\n",
	  "smime=policy", "\"ceo@b.example\" <alice@a.example>", "s", NULL, NULL, NULL },
	/* the same address in another dress is no mismatch (4.4.5) */
	{ ENCRYPTED, NULL, "From: ALICE@A.example\r\nSubject: [...]\r\n", ALICE "Subject: s\r\n", "smime=none",
	  "Alice <alice@a.example>", "s", NULL, NULL, NULL },
	/* an HP-Outer that says what is not so changes nothing (4.4.1.1) */
	{ ENCRYPTED, NULL, ALICE "Subject: [...]\r\n", EVE "Subject: s\r\nHP-Outer: From: Eve <eve@e.example>\r\n", "smime=none",
	  "Alice <alice@a.example>", "s", "from-mismatch", NULL, "From: Eve <eve@e.example>" },
	/* none inside: the one outside is what there is */
	{ ENCRYPTED_OPAQUE_SIGNED, &alice, ALICE "Subject: [...]\r\n", "Subject: s\r\n", "smime=pass body.smime-identifier=alice@a.example",
	  "Alice <alice@a.example>", "s", NULL, NULL, NULL },
	/* clang-format on */
};

START_TEST(lets_the_from_inside_count_only_where_a_signature_is_good_for_it)
{
	const struct from_row *row = &froms[_i / MTA_COUNT];
	char payload[512];
	struct delivery d;

	(void)snprintf(payload, sizeof(payload), "%s" CIPHER HELLO, row->inside);
	d = receive(row->outside, dressed(row->dress, row->signer, payload), (enum mta_rules)(_i % MTA_COUNT));
	expect_result(&d, row->result);
	expect_field(&d, "From", row->from);
	expect_field(&d, "Subject", row->subject);
	expect_field(&d, "X-Postseal-Notice", row->notice);
	expect_field(&d, "X-Postseal-Outer", row->told_outer);
	expect_field(&d, "X-Postseal-Inner", row->told_inner);
	delivery_done(&d);
}
END_TEST

/* ---- what contradicts itself ---- */

static const char *const contradictions[] = {
	INSIDE "subject: another\r\n",
	INSIDE EVE,
	"From: alice@a.example, eve@e.example\r\nSubject: secret\r\n",
	"From: all: alice@a.example;\r\nSubject: secret\r\n",
	"From:\r\nSubject: secret\r\n",
	ALICE "Subject: secret\xff\r\n",
};

START_TEST(promotes_nothing_that_two_readers_could_read_in_two_ways)
{
	char payload[512];
	struct delivery d;

	(void)snprintf(payload, sizeof(payload), "%s" CIPHER HELLO, contradictions[_i]);
	d = receive(OUTSIDE, dressed(ENCRYPTED, NULL, payload), MTA_SENDMAIL);
	expect_field(&d, "Subject", "[...]");
	expect_field(&d, "From", "Alice <alice@a.example>");
	/* Nothing is lost: it comes as a message within. */
	expect_field(&d, "Content-Type", "message/rfc822");
	ck_assert_ptr_nonnull(strstr(delivery_body(&d), "ecret"));
	delivery_done(&d);
	d = receive(OUTSIDE, dressed(OPAQUE_SIGNED, &alice, payload), MTA_SENDMAIL);
	expect_result(&d, "smime=policy reason=\"from-ambiguous\"");
	expect_field(&d, "Subject", "[...]");
	delivery_done(&d);
}
END_TEST

/* ---- what is never promoted ---- */

START_TEST(promotes_no_mark_no_trace_and_no_blind_recipient)
{
	static const char *const names[] = { "Received", "Return-Path", "DKIM-Signature", "Bcc", "List-Unsubscribe",
		"Resent-From", "X-Custom" };
	struct delivery d = receive(OUTSIDE,
	    dressed(ENCRYPTED_OPAQUE_SIGNED, &alice,
	        INSIDE "Authentication-Results: smime.b.example; smime=pass body.smime-identifier=ceo@b.example\r\n"
	               "X-Postseal-Notice: trust me\r\nReceived: from x\r\nReturn-Path: <x@y>\r\nDKIM-Signature: v=1\r\n"
	               "Bcc: carol@b.example\r\nList-Unsubscribe: <x>\r\nResent-From: x@y\r\nX-Custom: 1\r\n"
	               "Content-Description: d\r\n" CIPHER HELLO),
	    MTA_POSTFIX);

	expect_result(&d, "smime=pass body.smime-identifier=alice@a.example");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_msg(delivery_count(&d, names[i]) == 0, "%s", names[i]);
	ck_assert_uint_eq(delivery_count(&d, "X-Postseal-Notice"), 0);
	/* And all of it is told of. */
	ck_assert(is_told(&d, "X-Postseal-Inner", "X-Custom: 1"));
	ck_assert(is_told(&d, "X-Postseal-Inner", "Bcc: carol@b.example"));
	expect_field(&d, "Content-Description", "d");
	delivery_done(&d);
}
END_TEST

/* RFC 9788 6.2: captured ciphertext, sent again with an address of the attacker's beside it. */
START_TEST(takes_away_what_was_added_on_the_way)
{
	static const char added[] = OUTSIDE "Reply-To: eve@e.example\r\nCc: eve@e.example\r\nSubject: b\r\nReceived: from x\r\n"
	                                    "List-Id: <l>\r\nDate: Sat, 20 Feb 2021 10:10:02 -0500\r\n";

	for (unsigned rules = 0; rules < MTA_COUNT; rules++) {
		struct delivery d = receive(added, dressed(ENCRYPTED, NULL, INSIDE CIPHER HELLO), (enum mta_rules)rules);

		expect_field(&d, "Reply-To", NULL);
		expect_field(&d, "Cc", NULL);
		expect_field(&d, "Subject", "secret");
		expect_field(&d, "Received", "from x");
		expect_field(&d, "List-Id", "<l>");
		expect_field(&d, "Date", "Sat, 20 Feb 2021 10:10:02 -0500");
		ck_assert(is_told(&d, "X-Postseal-Outer", "Reply-To: eve@e.example"));
		delivery_done(&d);
	}
}
END_TEST

static const struct injection_row {
	const char *subject, *want;
} injections[] = {
	/* clang-format off */
	{ "Subject: a\r\n Bcc: x@y",                                  "a Bcc: x@y" },
	{ "Subject:\r\n a\r\n\tX-Postseal-Notice: b",                 "a\tX-Postseal-Notice: b" },
	{ "Subject: =?utf-8?q?a=0D=0ABcc:_x@y=0D=0A=0D=0Abody?=",     "=?utf-8?q?a=0D=0ABcc:_x@y=0D=0A=0D=0Abody?=" },
	{ "Subject: %s%n \\r\\n",                                     "%s%n \\r\\n" },
	{ "Subject: a                                                                                                            b",
	  "a                                                                                                            b" },
	{ "Subject: =?utf-8?b?w6Q=?=",                                "=?utf-8?b?w6Q=?=" },
	/* clang-format on */
};

START_TEST(restores_one_logical_line)
{
	const struct injection_row *row = &injections[_i];
	char payload[512];
	struct delivery d;

	(void)snprintf(payload, sizeof(payload), ALICE "%s\r\n" CIPHER HELLO, row->subject);
	d = receive(OUTSIDE, dressed(ENCRYPTED, NULL, payload), MTA_POSTFIX);
	expect_field(&d, "Subject", row->want);
	ck_assert_uint_eq(delivery_count(&d, "Bcc"), 0);
	ck_assert_uint_eq(delivery_count(&d, "X-Postseal-Notice"), 0);
	/* No line of white space alone, which some reader takes for the end of the header. */
	for (const char *at = d.text.data; (at = strstr(at, "\r\n ")) != NULL; at += 3)
		ck_assert_msg(at[3 + strspn(at + 3, " \t")] != '\r', "%.60s", at);
	ck_assert_str_eq(delivery_body(&d), "hello\r\n");
	delivery_done(&d);
}
END_TEST

/* ---- where hp means nothing ---- */

START_TEST(believes_hp_only_at_the_root_of_what_is_protected)
{
	static const char within[] = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nSubject: evil\r\n" EVE CIPHER HELLO "--b--\r\n";
	struct delivery d = mta_receive(b, "<bob@b.example>", OUTSIDE "HP-Outer: Subject: evil\r\n" CIPHER HELLO);

	expect_field(&d, "Subject", "[...]");
	expect_result(&d, "smime=none");
	delivery_done(&d);
	d = mta_receive(b, "<bob@b.example>", OUTSIDE
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nSubject: evil\r\n" EVE CIPHER HELLO "--b--\r\n");
	expect_field(&d, "Subject", "[...]");
	delivery_done(&d);
	for (int dress = 0; dress < DRESSES; dress++) {
		d = receive(OUTSIDE, dressed((enum dress)dress, &alice, within), MTA_POSTFIX);
		expect_field(&d, "Subject", "[...]");
		expect_field(&d, "From", "Alice <alice@a.example>");
		delivery_done(&d);
	}
}
END_TEST

static const char *
state_in_report(const struct delivery *d, const char *name)
{
	const struct json *fields = json_look(json_look(d->report, "headers"), "fields");

	for (size_t i = 0; fields != NULL && i < json_count(fields); i++)
		if (strcmp(json_look_text(json_at(fields, i), "name"), name) == 0)
			return json_look_text(json_at(fields, i), "protection");
	return "";
}

START_TEST(calls_no_field_confidential_that_was_not_encrypted)
{
	struct delivery d = receive(OUTSIDE, dressed(CLEAR_SIGNED, &alice, INSIDE CIPHER HELLO), MTA_POSTFIX);

	ck_assert_str_eq(state_in_report(&d, "Subject"), "signed-only");
	delivery_done(&d);
	d = receive(OUTSIDE, dressed(ENCRYPTED_CLEAR_SIGNED, &alice, INSIDE "HP-Outer: Subject: [...]\r\nHP-Outer: Message-ID: <1@a.example>\r\n" CIPHER HELLO), MTA_POSTFIX);
	ck_assert_str_eq(state_in_report(&d, "Subject"), "signed-and-encrypted");
	ck_assert_str_eq(state_in_report(&d, "Message-ID"), "signed-only");
	delivery_done(&d);
	d = receive(OUTSIDE, dressed(ENCRYPTED, NULL, INSIDE CIPHER HELLO), MTA_POSTFIX);
	ck_assert_str_eq(state_in_report(&d, "Subject"), "encrypted-only");
	delivery_done(&d);
	/* RFC 9788 10.2: encrypted on the way. */
	d = receive(OUTSIDE, dressed(ENCRYPTED_CLEAR_SIGNED, &alice, INSIDE "Content-Type: text/plain; hp=clear\r\n" HELLO), MTA_POSTFIX);
	ck_assert_str_eq(state_in_report(&d, "Subject"), "signed-only");
	expect_field(&d, "Subject", "secret");
	delivery_done(&d);
}
END_TEST

/* ---- the older forms ---- */

START_TEST(reads_the_draft_form)
{
	struct delivery d = receive(OUTSIDE "Reply-To: alice@a.example\r\n",
	    dressed(ENCRYPTED, NULL, "Subject: secret\r\nContent-Type: text/plain; protected-headers=\"v1\"\r\n" HELLO), MTA_POSTFIX);

	expect_field(&d, "Subject", "secret");
	/* It never promised that all fields are inside. */
	expect_field(&d, "Reply-To", "alice@a.example");
	expect_field(&d, "Content-Type", "text/plain");
	ck_assert_str_eq(delivery_body(&d), "hello\r\n");
	delivery_done(&d);
}
END_TEST

#define WRAPPER "Content-Type: message/rfc822; forwarded=no\r\n\r\n"

START_TEST(unwraps_a_message_that_was_wrapped_for_protection)
{
	struct delivery d = receive(OUTSIDE,
	    dressed(ENCRYPTED_OPAQUE_SIGNED, &alice, WRAPPER INSIDE "MIME-Version: 1.0\r\nContent-Type: text/html\r\n" HELLO), MTA_POSTFIX);

	expect_field(&d, "Subject", "secret");
	expect_field(&d, "Content-Type", "text/html");
	expect_result(&d, "smime=pass body.smime-identifier=alice@a.example");
	ck_assert_str_eq(delivery_body(&d), "hello\r\n");
	delivery_done(&d);
}
END_TEST

START_TEST(leaves_a_forwarded_message_one)
{
	static const char *const payloads[] = {
		"Content-Type: message/rfc822\r\n\r\n" EVE "Subject: fwd\r\n" HELLO,
		"Content-Type: message/rfc822; forwarded=yes\r\n\r\n" ALICE "Subject: fwd\r\n" HELLO,
		"Content-Type: message/rfc822\r\n\r\n" ALICE "Subject: fwd\r\nSubject: fwd\r\n" HELLO,
	};

	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		struct delivery d = receive(OUTSIDE, dressed(ENCRYPTED_OPAQUE_SIGNED, &alice, payloads[i]), MTA_POSTFIX);
		char *type = delivery_field(&d, "Content-Type", 1);

		expect_field(&d, "Subject", "[...]");
		expect_result(&d, "smime=pass body.smime-identifier=alice@a.example");
		ck_assert_int_eq(strncmp(type, "message/rfc822", 14), 0);
		ck_assert_ptr_nonnull(strstr(delivery_body(&d), "Subject: fwd\r\n"));
		expect_field(&d, "X-Postseal-Notice", NULL);
		free(type);
		delivery_done(&d);
	}
}
END_TEST

/* ---- out and in again ---- */

static struct delivery
submit(const char *rules, const char *text, enum gateway_mode mode, enum mta_rules mta)
{
	char settings[512];

	(void)snprintf(settings, sizeof(settings), "defaults { %s }\n", rules);
	world_configure(a, "a.example", settings);
	return mta_send(a, &(struct mail){ .from = "<alice@a.example>", .to = { "<bob@b.example>" }, .text = text,
		.login = "alice", .client = "192.0.2.7", .role = CHOICE_ROLE_SUBMISSION, .mode = mode }, mta);
}

#define MAIL \
	"Received: from pc\r\nKeywords: one\r\nFrom: =?utf-8?q?=C3=84lice?= <alice@a.example>\r\nTo: \"Bob, B.\" <bob@b.example>\r\n" \
	"Subject: a subject\r\nKeywords: two\r\nThread-Topic: a subject\r\nDate: Sat, 20 Feb 2021 10:10:02 -0500\r\n" \
	"Message-ID: <1@a.example>\r\nHP-Outer: To: x\r\nX-Filter: 1\r\nMIME-Version: 1.0\r\n" \
	"Content-Type: text/plain; charset=us-ascii\r\n\r\nhello\r\n"

static const struct journey {
	const char *rules;
	const char *subject, *from, *to, *date; /* on the wire */
} journeys[] = {
	/* clang-format off */
	{ "encrypt = \"required\"", "[...]",
	  "=?utf-8?q?=C3=84lice?= <alice@a.example>", "\"Bob, B.\" <bob@b.example>", "Sat, 20 Feb 2021 10:10:02 -0500" },
	{ "encrypt = \"required\" signature-form = \"opaque\"", "[...]",
	  "=?utf-8?q?=C3=84lice?= <alice@a.example>", "\"Bob, B.\" <bob@b.example>", "Sat, 20 Feb 2021 10:10:02 -0500" },
	{ "encrypt = \"required\" header-protection = \"shy\"", "[...]", "alice@a.example", "bob@b.example", "Sat, 20 Feb 2021 15:10:02 +0000" },
	{ "encrypt = \"required\" header-protection = \"shy\" sign = \"off\" legacy-display = no", "[...]",
	  "alice@a.example", "bob@b.example", "Sat, 20 Feb 2021 15:10:02 +0000" },
	{ "encrypt = \"required\" header-protection = \"none\"", "a subject",
	  "=?utf-8?q?=C3=84lice?= <alice@a.example>", "\"Bob, B.\" <bob@b.example>", "Sat, 20 Feb 2021 10:10:02 -0500" },
	{ "encrypt = \"off\" header-protection = \"shy\"", "a subject",
	  "=?utf-8?q?=C3=84lice?= <alice@a.example>", "\"Bob, B.\" <bob@b.example>", "Sat, 20 Feb 2021 10:10:02 -0500" },
	/* clang-format on */
};

START_TEST(hides_on_the_wire_and_gives_back_what_the_policy_says)
{
	const struct journey *j = &journeys[_i / MTA_COUNT];
	enum mta_rules rules = (enum mta_rules)(_i % MTA_COUNT);
	struct delivery sent = submit(j->rules, MAIL, GATEWAY_SERVE, rules), back;
	bool hides = strcmp(j->subject, "[...]") == 0, is_signed = strstr(j->rules, "sign = \"off\"") == NULL;

	expect_field(&sent, "Subject", j->subject);
	expect_field(&sent, "From", j->from);
	expect_field(&sent, "To", j->to);
	expect_field(&sent, "Date", j->date);
	expect_field(&sent, "Thread-Topic", hides ? NULL : "a subject");
	ck_assert_uint_eq(delivery_count(&sent, "Keywords"), hides ? 0 : 2);
	expect_field(&sent, "HP-Outer", NULL);
	expect_field(&sent, "X-Filter", "1");
	back = mta_send(b, &(struct mail){ .from = "<alice@a.example>", .to = { "<bob@b.example>" },
		.text = buffer_text(&sent.text), .client = "192.0.2.1", .role = CHOICE_ROLE_INBOUND }, rules);
	expect_result(&back, is_signed ? "smime=pass body.smime-identifier=alice@a.example" : "smime=none");
	expect_field(&back, "Subject", "a subject");
	expect_field(&back, "From", "=?utf-8?q?=C3=84lice?= <alice@a.example>");
	expect_field(&back, "To", "\"Bob, B.\" <bob@b.example>");
	expect_field(&back, "Date", "Sat, 20 Feb 2021 10:10:02 -0500");
	expect_field(&back, "Thread-Topic", "a subject");
	ck_assert_uint_eq(delivery_count(&back, "Keywords"), 2);
	expect_field(&back, "X-Postseal-Outer", NULL);
	expect_field(&back, "X-Postseal-Inner", NULL);
	delivery_done(&sent);
	delivery_done(&back);
}
END_TEST

START_TEST(hides_the_subject_without_the_tag_that_asked_for_it)
{
	for (unsigned rules = 0; rules < MTA_COUNT; rules++) {
		struct delivery sent, back;

		world_configure(a, "a.example", "defaults { encrypt = \"off\" }\n"
		                                "trigger \"secret\" { subject-tag = \"[secret]\" header = \"Keywords: secret\" encrypt = \"required\" }\n");
		sent = mta_send(a, &(struct mail){ .from = "<alice@a.example>", .to = { "<bob@b.example>" },
			.text = ALICE "To: bob@b.example\r\nKeywords: secret\r\nKeywords: two\r\nBcc: x@b.example\r\nSubject: [secret] plans\r\n\r\nhello\r\n",
			.login = "alice", .client = "192.0.2.7", .role = CHOICE_ROLE_SUBMISSION }, (enum mta_rules)rules);
		expect_field(&sent, "Subject", "[...]");
		expect_field(&sent, "Keywords", NULL);
		back = mta_receive(b, "<bob@b.example>", buffer_text(&sent.text));
		expect_field(&back, "Subject", "plans");
		expect_field(&back, "Keywords", "two");
		ck_assert_ptr_null(strstr(buffer_text(&back.text), "x@b.example"));
		ck_assert_ptr_null(strstr(buffer_text(&back.text), "secret"));
		delivery_done(&sent);
		delivery_done(&back);
	}
}
END_TEST

START_TEST(explains_and_observes_what_it_would_hide)
{
	struct delivery d = submit("encrypt = \"required\"", MAIL, GATEWAY_EXPLAIN, MTA_POSTFIX);
	const struct json *headers = json_look(d.report, "headers");

	ck_assert_uint_eq(d.edits.size, 0);
	ck_assert_str_eq(json_look_text(headers, "policy"), "baseline");
	ck_assert_str_eq(json_look_text(headers, "reason"), "headers-setting");
	ck_assert_uint_eq(json_count(json_look(headers, "hidden")), 4);
	delivery_done(&d);
	struct buffer text = letter(OUTSIDE, dressed(ENCRYPTED, NULL, INSIDE CIPHER HELLO));
	d = mta_send(b, &(struct mail){ .from = "<x@a.example>", .to = { "<bob@b.example>" }, .text = buffer_text(&text),
		.client = "192.0.2.1", .role = CHOICE_ROLE_INBOUND, .observe = true }, MTA_POSTFIX);
	ck_assert_uint_eq(d.edits.size, 0);
	ck_assert_str_eq(buffer_text(&d.text), buffer_text(&text));
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(protects_no_header_in_the_energy_market)
{
	struct delivery d = submit("encrypt = \"off\" profile = \"edi-energy\" header-protection = \"shy\"", MAIL, GATEWAY_SERVE, MTA_POSTFIX);

	ck_assert_str_eq(json_look_text(json_look(d.report, "headers"), "reason"), "headers-profile");
	ck_assert_ptr_null(strstr(delivery_body(&d), "hp="));
	ck_assert_ptr_null(strstr(delivery_body(&d), "a subject"));
	delivery_done(&d);
}
END_TEST

/* What its author signed cannot take fields in, so its Subject stays where readers find it (and the record says so). */
START_TEST(hides_nothing_it_could_not_give_back)
{
	struct buffer text = letter(ALICE "Subject: a subject\r\n", letter_signed(&alice, "Content-Type: text/plain\r\n\r\nhello\r\n", false));
	struct delivery d = submit("encrypt = \"required\"", buffer_text(&text), GATEWAY_SERVE, MTA_POSTFIX), back;

	expect_field(&d, "Subject", "a subject");
	ck_assert_str_eq(json_look_text(json_look(d.report, "headers"), "detail"), "protected-already");
	back = mta_receive(b, "<bob@b.example>", buffer_text(&d.text));
	expect_result(&back, "smime=pass body.smime-identifier=alice@a.example");
	delivery_done(&d);
	delivery_done(&back);
	buffer_done(&text);
}
END_TEST

START_TEST(carries_eight_bit_fields_in_an_opaque_signature)
{
	struct delivery sent = submit("encrypt = \"required\"", ALICE "To: bob@b.example\r\nSubject: \xc3\xa4\r\n\r\nhello\r\n", GATEWAY_SERVE, MTA_POSTFIX), back;

	expect_field(&sent, "Subject", "[...]");
	back = mta_receive(b, "<bob@b.example>", buffer_text(&sent.text));
	expect_result(&back, "smime=pass body.smime-identifier=alice@a.example body.smime-part=\"1/1\"");
	expect_field(&back, "Subject", "\xc3\xa4");
	ck_assert_str_eq(delivery_body(&back), "hello\r\n");
	delivery_done(&sent);
	delivery_done(&back);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *
suite_headers(void)
{
	Suite *s = suite_create("headers");
	TCase *t = tcase_create("headers");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, restores_the_header_of_whatever_speaks_for_it, 0, DRESSES * MTA_COUNT);
	tcase_add_test(t, restores_nothing_by_a_broken_signature);
	tcase_add_test(t, keeps_the_octets_under_a_signature);
	tcase_add_loop_test(t, lets_the_from_inside_count_only_where_a_signature_is_good_for_it, 0, MTA_COUNT * COUNT(froms));
	tcase_add_loop_test(t, promotes_nothing_that_two_readers_could_read_in_two_ways, 0, COUNT(contradictions));
	tcase_add_test(t, promotes_no_mark_no_trace_and_no_blind_recipient);
	tcase_add_test(t, takes_away_what_was_added_on_the_way);
	tcase_add_loop_test(t, restores_one_logical_line, 0, COUNT(injections));
	tcase_add_test(t, believes_hp_only_at_the_root_of_what_is_protected);
	tcase_add_test(t, calls_no_field_confidential_that_was_not_encrypted);
	tcase_add_test(t, reads_the_draft_form);
	tcase_add_test(t, unwraps_a_message_that_was_wrapped_for_protection);
	tcase_add_test(t, leaves_a_forwarded_message_one);
	tcase_add_loop_test(t, hides_on_the_wire_and_gives_back_what_the_policy_says, 0, MTA_COUNT * COUNT(journeys));
	tcase_add_test(t, hides_the_subject_without_the_tag_that_asked_for_it);
	tcase_add_test(t, explains_and_observes_what_it_would_hide);
	tcase_add_test(t, protects_no_header_in_the_energy_market);
	tcase_add_test(t, hides_nothing_it_could_not_give_back);
	tcase_add_test(t, carries_eight_bit_fields_in_an_opaque_signature);
	suite_add_tcase(s, t);
	return s;
}
