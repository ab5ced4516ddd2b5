/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/mta.h"

Suite *suite_roundtrip(void);

/* Two organisations: what leaves one as its settings say arrives at the other as it was written. */

#define MAIL \
	"Received: from pc\r\n" \
	"From: Alice <alice@a.example>\r\n" \
	"To: bob@b.example\r\n" \
	"Subject: a subject\r\n" \
	"Message-ID: <1@a.example>\r\n" \
	"MIME-Version: 1.0\r\n" \
	"Content-Type: text/plain; charset=us-ascii\r\n" \
	"\r\n" \
	"hello\r\nworld\r\n"

static const struct way {
	const char *settings;
	const char *alice, *bob; /* keys */
	const char *wire;        /* what the message on the wire is */
	const char *result;
} ways[] = {
	/* clang-format off */
	{ "sign = \"required\" encrypt = \"off\"",                                 NULL,       NULL,       "multipart/signed",       "smime=pass body.smime-identifier=alice@a.example body.smime-part=2" },
	{ "sign = \"required\" encrypt = \"off\"",                                 "rsa-2048", NULL,       "multipart/signed",       "smime=pass body.smime-identifier=alice@a.example body.smime-part=2" },
	{ "sign = \"required\" encrypt = \"off\" signature-form = \"opaque\"",     NULL,       NULL,       "smime-type=signed-data", "smime=pass body.smime-identifier=alice@a.example body.smime-part=1" },
	{ "sign = \"off\" encrypt = \"required\"",                                 NULL,       "rsa-2048", "smime-type=enveloped-data", "smime=none" },
	{ "sign = \"off\" encrypt = \"required\" profile = \"modern\"",            NULL,       NULL,       "smime-type=authEnveloped-data", "smime=none" },
	{ "sign = \"required\" encrypt = \"required\"",                            NULL,       "rsa-2048", "smime-type=enveloped-data", "smime=pass body.smime-identifier=alice@a.example body.smime-part=\"1/2\"" },
	{ "sign = \"required\" encrypt = \"required\" profile = \"modern\"",       "rsa-2048", "rsa-2048", "smime-type=authEnveloped-data", "smime=pass body.smime-identifier=alice@a.example body.smime-part=\"1/2\"" },
	{ "sign = \"required\" encrypt = \"required\" profile = \"modern\" signature-form = \"opaque\"", NULL, NULL, "smime-type=authEnveloped-data", "smime=pass body.smime-identifier=alice@a.example body.smime-part=\"1/1\"" },
	{ "sign = \"required\" encrypt = \"required\" profile = \"edi-energy\"",   "rsa-2048", "rsa-2048", "smime-type=enveloped-data", "smime=pass body.smime-identifier=alice@a.example body.smime-part=\"1/2\"" },
	{ "sign = \"off\" encrypt = \"off\"",                                      NULL,       NULL,       "text/plain", "smime=none" },
	/* clang-format on */
};

static void
expect_field(const struct delivery *d, const char *name, const char *want)
{
	char *value = delivery_field(d, name, 1);

	ck_assert_msg(value != NULL && strstr(value, want) != NULL, "%s: %s has not %s", name, value, want);
	ck_assert_uint_eq(delivery_count(d, name), 1);
	free(value);
}

START_TEST(what_leaves_one_arrives_at_the_other)
{
	const struct way *way = &ways[_i / 2];
	enum mta_rules rules = (enum mta_rules)(_i % 2);
	char settings[512];
	struct forged alice = certified("alice@a.example", way->alice), bob = certified("bob@b.example", way->bob);
	struct world *a, *b;
	struct delivery sent, arrived;

	(void)snprintf(settings, sizeof(settings), "defaults { %s }\n", way->settings);
	a = world_open("a.example", settings);
	b = world_open("b.example", NULL);
	world_identity(a, &alice);
	world_login(a, "alice", "alice@a.example");
	world_partner(a, NULL, &bob);
	world_identity(b, &bob);
	sent = mta_send(a, &(struct mail){ .from = "<alice@a.example>", .to = { "<bob@b.example>" }, .text = MAIL,
		.login = "alice", .client = "192.0.2.7", .role = CHOICE_ROLE_SUBMISSION }, rules);
	ck_assert_msg(sent.verdict == VERDICT_CONTINUE, "%s", error_text(&sent.error));
	expect_field(&sent, "Content-Type", way->wire);
	expect_field(&sent, "MIME-Version", "1.0");
	arrived = mta_send(b, &(struct mail){ .from = "<alice@a.example>", .to = { "<bob@b.example>" },
		.text = buffer_text(&sent.text), .client = "192.0.2.1", .role = CHOICE_ROLE_INBOUND }, rules);
	ck_assert_msg(arrived.verdict == VERDICT_CONTINUE, "%s", error_text(&arrived.error));
	expect_field(&arrived, "Authentication-Results", "smime.b.example;");
	expect_field(&arrived, "Authentication-Results", way->result);
	expect_field(&arrived, "Subject", "a subject");
	/* An opaque signature that was not encrypted stays; the reader's own software opens it. */
	if (strstr(way->wire, "signed-data") != NULL)
		ck_assert_str_eq(delivery_body(&arrived), delivery_body(&sent));
	else
		ck_assert_ptr_nonnull(strstr(buffer_text(&arrived.text), "hello\r\nworld\r\n"));
	delivery_done(&sent);
	delivery_done(&arrived);
	world_close(a);
	world_close(b);
	forged_done(&alice);
	forged_done(&bob);
}
END_TEST

Suite *
suite_roundtrip(void)
{
	Suite *s = suite_create("roundtrip");
	TCase *t = tcase_create("roundtrip");

	tcase_add_loop_test(t, what_leaves_one_arrives_at_the_other, 0, 2 * sizeof(ways) / sizeof(ways[0]));
	suite_add_tcase(s, t);
	return s;
}
