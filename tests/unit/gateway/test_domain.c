/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keystore/identity.h"
#include "tests/unit/gateway/letters.h"
#include "tests/unit/gateway/mta.h"
#include "tests/unit/gateway/openssl_side.h"

Suite *suite_domain(void);

/* Signatures of a domain's agent (RFC 3183): made for who has no key, and what they are worth where they arrive. */

#define AGENT "domain-signing-authority"
#define FIELDS "To: bob@b.example\r\nSubject: s\r\nMessage-ID: <1@a.example>\r\n"
#define MAIL "From: alice@a.example\r\n" FIELDS "\r\nhello\r\n"
#define PLAIN "Content-Type: text/plain\r\n\r\nhello\r\n"
#define PASS "smime=pass reason=\"domain-signature\" body.smime-identifier=" AGENT "@a.example policy.domain-signature=a.example"

static struct world *a, *b;
static struct forged agent, alice, bob;

static struct forged
agent_of(const char *address)
{
	char name[128];

	(void)snprintf(name, sizeof(name), "email:%s", address);
	return certified_as((struct forge){ .cn = AGENT, .extensions = { "subjectAltName", name } });
}

static void
give_domain_its_key(void)
{
	struct key *key = forged_key(&agent);
	struct error e = ERROR_INIT;
	char identity[33], id[33];

	expect_ok(identity_create_domain(a->keystore, "a.example", "the domain", &a->witness, identity, &e));
	expect_ok(keystore_key_import(a->keystore, identity, key, agent.c, NULL, false, &a->witness, id, &e));
	key_unref(key);
}

static void
set_up(void)
{
	a = world_open("a.example", "defaults { domain-signing-authority = yes encrypt = \"off\" }");
	b = world_open("b.example", "domain \"a.example\" { accept-domain-signature = \"same-domain\" }");
	agent = agent_of(AGENT "@a.example");
	alice = certified("alice@a.example", NULL);
	bob = certified("bob@b.example", NULL);
	world_login(a, "alice", "alice@a.example");
	world_identity(b, &bob);
	give_domain_its_key();
}

static void
tear_down(void)
{
	world_close(a);
	world_close(b);
	forged_done(&agent);
	forged_done(&alice);
	forged_done(&bob);
}

static struct delivery
submit(const char *text, const char *login)
{
	return mta_send(a, &(struct mail){ .from = "<alice@a.example>", .to = { "<bob@b.example>" }, .text = text, .login = login,
		.client = "192.0.2.7", .role = CHOICE_ROLE_SUBMISSION }, MTA_POSTFIX);
}

static void
expect_result(const struct delivery *d, const char *want)
{
	char *value = delivery_field(d, "Authentication-Results", 1);

	ck_assert_msg(value != NULL && strstr(value, want) != NULL, "%s has not %s", value, want);
	free(value);
}

static const char *
made(const struct delivery *d, const char *member)
{
	return json_text_of(json_look(json_look(d->report, "signature"), member));
}

/* ---- made --------------------------------------------------------------------------- */

START_TEST(the_agent_signs_for_an_author_without_a_key_and_the_other_side_believes_it)
{
	struct delivery sent = submit(MAIL, "alice"), arrived;

	ck_assert_msg(sent.verdict == VERDICT_CONTINUE, "%s", error_text(&sent.error));
	ck_assert_ptr_nonnull(strstr(buffer_text(&sent.text), "multipart/signed"));
	ck_assert_str_eq(made(&sent, "reason"), "domain-signature");
	ck_assert_str_eq(made(&sent, "certificate"), certificate_fingerprint(agent.c));
	arrived = mta_receive(b, "<bob@b.example>", buffer_text(&sent.text));
	expect_result(&arrived, PASS " body.smime-part=2");
	delivery_done(&sent);
	delivery_done(&arrived);
}
END_TEST

START_TEST(openssl_reads_what_the_agent_signed)
{
	struct delivery sent = submit(MAIL, "alice");
	struct buffer content = openssl_verified(&sent.text, &agent, "the agent's mail");

	ck_assert_ptr_nonnull(strstr(buffer_text(&content), "hello"));
	buffer_done(&content);
	delivery_done(&sent);
}
END_TEST

START_TEST(inside_an_envelope_the_agents_signature_counts_too)
{
	struct delivery sent, arrived;

	world_partner(a, NULL, &bob);
	world_configure(a, "a.example", "defaults { domain-signing-authority = yes encrypt = \"required\" }");
	sent = submit(MAIL, "alice");
	ck_assert_msg(sent.verdict == VERDICT_CONTINUE, "%s", error_text(&sent.error));
	arrived = mta_receive(b, "<bob@b.example>", buffer_text(&sent.text));
	expect_result(&arrived, PASS " body.smime-part=\"1/2\"");
	ck_assert_ptr_nonnull(strstr(buffer_text(&arrived.text), "hello"));
	delivery_done(&sent);
	delivery_done(&arrived);
}
END_TEST

START_TEST(an_author_with_a_key_signs_himself)
{
	struct delivery d;

	world_identity(a, &alice);
	d = submit(MAIL, "alice");
	ck_assert_str_eq(made(&d, "reason"), "sign-setting");
	ck_assert_str_eq(made(&d, "certificate"), certificate_fingerprint(alice.c));
	delivery_done(&d);
}
END_TEST

static void
expect_unsigned(const char *text, const char *login, const char *reason)
{
	struct delivery d = submit(text, login);

	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s: %s", reason, error_text(&d.error));
	ck_assert_ptr_null(strstr(buffer_text(&d.text), "multipart/signed"));
	ck_assert_str_eq(made(&d, "reason"), reason);
	delivery_done(&d);
}

START_TEST(the_agent_signs_for_nobody_who_is_not_proven)
{
	world_configure(a, "a.example", "relay-local-author = \"allow\"\n"
	    "defaults { domain-signing-authority = yes encrypt = \"off\" unauthorised-author = \"unsigned\" }");
	expect_unsigned(MAIL, NULL, "not-proven");
	expect_unsigned("From: boss@a.example\r\n" FIELDS "\r\nhello\r\n", "alice", "login-mismatch");
	expect_unsigned("From: alice@a.example, boss@a.example\r\n" FIELDS "\r\nhello\r\n", "alice", "several-authors");
	expect_unsigned("From: alice@a.example\r\nList-Id: <l.a.example>\r\n" FIELDS "\r\nhello\r\n", "alice", "list-mail");
}
END_TEST

START_TEST(without_the_setting_the_agent_signs_nothing)
{
	struct delivery d;

	world_configure(a, "a.example", "defaults { encrypt = \"off\" }");
	expect_unsigned(MAIL, "alice", "domain-signing-off");
	world_configure(a, "a.example", "defaults { sign = \"required\" encrypt = \"off\" }");
	d = submit(MAIL, "alice");
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_str_eq(d.answer.status, "5.7.5");
	delivery_done(&d);
}
END_TEST

/* It would vouch for that signature (RFC 3183 3.2), and we do not know it. */
START_TEST(the_agent_signs_nothing_that_is_signed_already)
{
	struct buffer text = letter("From: alice@a.example\r\n" FIELDS, letter_signed(&alice, PLAIN, false));
	struct delivery d;

	world_configure(a, "a.example", "defaults { domain-signing-authority = yes encrypt = \"off\" protect-again = yes }");
	d = submit(buffer_text(&text), "alice");
	ck_assert_str_eq(made(&d, "reason"), "domain-over-signed");
	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

/* ---- received ------------------------------------------------------------------------ */

/* By whom, saying what, with which settings: what the result is. */
static const struct arrival {
	const char *from, *signer;
	enum signature_type type;
	const char *settings, *result;
} arrivals[] = {
	/* clang-format off */
	{ "alice@a.example", AGENT "@a.example", SIGNATURE_TYPE_DOMAIN, "defaults { accept-domain-signature = \"same-domain\" }", PASS },
	{ "alice@sub.a.example", AGENT "@a.example", SIGNATURE_TYPE_DOMAIN, "defaults { accept-domain-signature = \"subdomains\" }", PASS },
	{ "alice@sub.a.example", AGENT "@a.example", SIGNATURE_TYPE_DOMAIN, "domain \"sub.a.example\" { accept-domain-signature = \"subdomains\" }", PASS },
	{ "alice@a.example", AGENT "@a.example", SIGNATURE_TYPE_DOMAIN, "domain \"a.example\" { accept-domain-signature = \"same-domain\" }\n"
	  "address \"bob@b.example\" { accept-domain-signature = \"never\" }", "smime=policy reason=\"domain-signature\"" },
	{ AGENT "@a.example", AGENT "@a.example", SIGNATURE_TYPE_NONE, "", "smime=pass body.smime-identifier=" AGENT "@a.example body.smime-part=2" },
	{ AGENT "@a.example", AGENT "@a.example", SIGNATURE_TYPE_ORIGINATOR, "", "smime=pass body.smime-identifier=" AGENT "@a.example body.smime-part=2" },
	/* clang-format on */
};

START_TEST(the_settings_say_whose_agent_counts)
{
	const struct arrival *row = &arrivals[_i];
	struct forged signer = agent_of(row->signer);
	struct buffer text;
	struct delivery d;
	char header[256];

	(void)snprintf(header, sizeof(header), "From: %s\r\n" FIELDS, row->from);
	text = letter(header, letter_signed_as(&signer, row->type, PLAIN, false));
	world_configure(b, "b.example", row->settings);
	d = mta_receive(b, "<bob@b.example>", buffer_text(&text));
	expect_result(&d, row->result);
	delivery_done(&d);
	buffer_done(&text);
	forged_done(&signer);
}
END_TEST

/* Each is judged for itself: the domain released it, and Alice signed it. */
START_TEST(around_the_authors_own_signature_both_are_told)
{
	struct buffer inner = letter_signed(&alice, PLAIN, false);
	struct buffer text =
	    letter("From: alice@a.example\r\n" FIELDS, letter_signed_as(&agent, SIGNATURE_TYPE_DOMAIN, buffer_text(&inner), false));
	struct delivery d = mta_receive(b, "<bob@b.example>", buffer_text(&text));

	expect_result(&d, PASS " body.smime-part=2; smime=pass body.smime-identifier=alice@a.example body.smime-part=1.2");
	delivery_done(&d);
	buffer_done(&inner);
	buffer_done(&text);
}
END_TEST

START_TEST(the_record_names_the_type_of_the_signature)
{
	struct buffer text = letter("From: alice@a.example\r\n" FIELDS, letter_signed_as(&agent, SIGNATURE_TYPE_DOMAIN, PLAIN, false));
	struct delivery d = mta_receive(b, "<bob@b.example>", buffer_text(&text));
	const struct json *layer = json_at(json_look(d.report, "layers"), 0);

	ck_assert_str_eq(json_text_of(json_look(layer, "signature-type")), "domain");
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

Suite *
suite_domain(void)
{
	Suite *s = suite_create("domain");
	TCase *t = tcase_create("domain");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, the_agent_signs_for_an_author_without_a_key_and_the_other_side_believes_it);
	tcase_add_test(t, openssl_reads_what_the_agent_signed);
	tcase_add_test(t, inside_an_envelope_the_agents_signature_counts_too);
	tcase_add_test(t, an_author_with_a_key_signs_himself);
	tcase_add_test(t, the_agent_signs_for_nobody_who_is_not_proven);
	tcase_add_test(t, without_the_setting_the_agent_signs_nothing);
	tcase_add_test(t, the_agent_signs_nothing_that_is_signed_already);
	tcase_add_loop_test(t, the_settings_say_whose_agent_counts, 0, sizeof(arrivals) / sizeof(arrivals[0]));
	tcase_add_test(t, around_the_authors_own_signature_both_are_told);
	tcase_add_test(t, the_record_names_the_type_of_the_signature);
	suite_add_tcase(s, t);
	return s;
}
