/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>

#include "tests/unit/policy/questions.h"

Suite *suite_signing(void);

/* Whether and how a message is signed. */

#define HERE "alice@example.org"
#define HERE2 "bob@example.org"
#define AWAY "carol@partner.example"
#define AWAY2 "dave@other.example"

static struct plan *
ask(const char *rules, const struct message_facts *m, const char *first, const char *second, struct settings **s)
{
	struct recipient_facts r[2] = { recipient_of(first, 0) };

	*s = settings_of(rules);
	if (second != NULL)
		r[1] = recipient_of(second, 0);
	return plan_of(*s, m, r, second != NULL ? 2 : 1);
}

static void
expect_signature(const char *rules, const struct message_facts *m, const char *first, const char *second, bool sign,
    enum reason why)
{
	struct settings *s;
	struct plan *plan = ask(rules, m, first, second, &s);

	expect_sent(plan, sign, false);
	ck_assert_str_eq(reason_word(plan_in_place(plan)->sign_reason), reason_word(why));
	plan_free(plan);
	settings_unref(s);
}

static void
expect_no_mail(const char *rules, const struct message_facts *m, const char *first, const char *second,
    enum reason reason, enum error_code reply)
{
	struct settings *s;
	struct plan *plan = ask(rules, m, first, second, &s);

	expect_refused(plan, reason, reply);
	plan_free(plan);
	settings_unref(s);
}

/* ---- what stands against a signature ------------------------------------------ */

static void
in_role_local(struct message_facts *m)
{
	m->role = CHOICE_ROLE_LOCAL;
}

static void
from_outside(struct message_facts *m)
{
	m->came_from_outside = true;
}

static void
with_several_authors(struct message_facts *m)
{
	m->several_authors = true;
}

static void
without_author(struct message_facts *m)
{
	m->author = NULL;
	m->author_local = false;
}

static void
as_a_fragment(struct message_facts *m)
{
	m->fragment = true;
}

static void
as_list_mail(struct message_facts *m)
{
	m->list_or_resent = true;
}

static void
as_automatic(struct message_facts *m)
{
	m->automatic = true;
}

static void
with_mismatch(struct message_facts *m)
{
	m->authority = AUTHORITY_MISMATCH;
}

static void
without_proof(struct message_facts *m)
{
	m->authority = AUTHORITY_NONE;
}

static void
without_signer(struct message_facts *m)
{
	m->has_signer = false;
	m->no_signer = "expired";
}

static const struct row {
	void (*spoil)(struct message_facts *m);
	enum reason reason;
	enum error_code required; /* the answer where the signature is required */
} rows[] = {
	/* clang-format off */
	{ in_role_local,        REASON_ROLE_NEVER_SIGNS, ERROR_POLICY },
	{ from_outside,         REASON_FROM_OUTSIDE,     ERROR_POLICY },
	{ with_several_authors, REASON_SEVERAL_AUTHORS,  ERROR_AUTHOR_AMBIGUOUS },
	{ without_author,       REASON_SEVERAL_AUTHORS,  ERROR_AUTHOR_AMBIGUOUS },
	{ as_list_mail,         REASON_LIST_MAIL,        ERROR_POLICY },
	{ as_a_fragment,        REASON_FRAGMENT,         ERROR_POLICY },
	{ as_automatic,         REASON_AUTOMATIC,        ERROR_POLICY },
	{ with_mismatch,        REASON_LOGIN_MISMATCH,   ERROR_NOT_AUTHORISED },
	{ without_proof,        REASON_NOT_PROVEN,       ERROR_POLICY },
	{ without_signer,       REASON_NO_SIGNER,        ERROR_SIGNING_REQUIRED },
	/* clang-format on */
};

/* So that what is tested is the signature and not the relaying. */
#define LENIENT "relay-local-author = \"allow\"\ndefaults { unauthorised-author = \"unsigned\" sign = \"%s\" }"

START_TEST(each_obstacle_alone_prevents_the_signature)
{
	const struct row *row = &rows[_i];
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	char rules[256];

	snprintf(rules, sizeof rules, LENIENT, "available");
	expect_signature(rules, &m, AWAY, NULL, true, REASON_SIGN_SETTING);
	row->spoil(&m);
	expect_signature(rules, &m, AWAY, NULL, false, row->reason);
}
END_TEST

START_TEST(what_must_be_signed_and_cannot_is_refused)
{
	const struct row *row = &rows[_i];
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	char rules[256];

	snprintf(rules, sizeof rules, LENIENT, "required");
	expect_signature(rules, &m, AWAY, NULL, true, REASON_SIGN_SETTING);
	row->spoil(&m);
	expect_no_mail(rules, &m, AWAY, NULL, REASON_SIGN_REQUIRED, row->required);
}
END_TEST

START_TEST(a_refused_plan_still_says_why_it_is_not_signed)
{
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	struct settings *s;
	struct plan *plan;

	m.has_signer = false;
	plan = ask("defaults { sign = \"required\" }", &m, AWAY, NULL, &s);
	ck_assert_str_eq(reason_word(plan_in_place(plan)->sign_reason), "no-signer");
	ck_assert_str_eq(value_print(plan_in_place(plan)->sign_setting), "required");
	plan_free(plan);
	settings_unref(s);
}
END_TEST

START_TEST(signs_nothing_where_signing_is_off)
{
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);

	expect_signature("defaults { sign = \"off\" }", &m, AWAY, NULL, false, REASON_SIGN_OFF);
}
END_TEST

START_TEST(carries_what_is_protected_already)
{
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);

	m.protected_already = true;
	expect_signature("defaults { sign = \"required\" }", &m, AWAY, NULL, false, REASON_PROTECTED_ALREADY);
}
END_TEST

/* ---- the domain's agent (RFC 3183 3.2) ----------------------------------------------- */

#define DOMAIN_SIGNS "defaults { sign = \"required\" domain-signing-authority = yes }"

START_TEST(lets_the_domain_sign_only_by_setting)
{
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);

	m.has_signer = false;
	m.has_domain_signer = true;
	expect_signature(DOMAIN_SIGNS, &m, AWAY, NULL, true, REASON_DOMAIN_SIGNATURE);
	expect_signature("", &m, AWAY, NULL, false, REASON_DOMAIN_SIGNING_OFF);
	expect_signature("address \"" HERE "\" { domain-signing-authority = yes }", &m, AWAY, NULL, true, REASON_DOMAIN_SIGNATURE);
	expect_signature("address \"" AWAY "\" { domain-signing-authority = yes }\n"
			 "domain \"example.org\" { domain-signing-authority = no }",
	    &m, AWAY, NULL, false, REASON_DOMAIN_SIGNING_OFF); /* it is the sender's to say */
	expect_no_mail("defaults { sign = \"required\" }", &m, AWAY, NULL, REASON_SIGN_REQUIRED, ERROR_SIGNING_REQUIRED);
	m.has_domain_signer = false;
	expect_signature("defaults { domain-signing-authority = yes }", &m, AWAY, NULL, false, REASON_NO_SIGNER);
}
END_TEST

START_TEST(lets_the_domain_sign_for_a_proven_author_only)
{
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);

	m.has_signer = false;
	m.has_domain_signer = true;
	m.authority = AUTHORITY_NONE;
	expect_signature("relay-local-author = \"allow\"\ndefaults { domain-signing-authority = yes }", &m, AWAY, NULL, false,
	    REASON_NOT_PROVEN);
	m.authority = AUTHORITY_LOGIN;
	m.list_or_resent = true;
	expect_signature("defaults { domain-signing-authority = yes }", &m, AWAY, NULL, false, REASON_LIST_MAIL);
}
END_TEST

START_TEST(lets_the_domain_sign_nothing_that_is_signed_already)
{
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);

	m.has_signer = false;
	m.has_domain_signer = m.protected_already = true;
	expect_signature("defaults { domain-signing-authority = yes protect-again = yes }", &m, AWAY, NULL, false,
	    REASON_DOMAIN_OVER_SIGNED);
	m.has_signer = true;
	m.has_domain_signer = false;
	expect_signature("defaults { domain-signing-authority = yes protect-again = yes }", &m, AWAY, NULL, true,
	    REASON_SIGN_SETTING);
}
END_TEST

/* ---- mail between local users ---------------------------------------------------- */

START_TEST(leaves_local_mail_unsigned_unless_asked)
{
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);

	expect_signature("defaults { sign = \"required\" }", &m, HERE2, NULL, false, REASON_LOCAL_NOT_SIGNED);
	expect_signature("defaults { sign-local = \"yes\" }", &m, HERE2, NULL, true, REASON_SIGN_SETTING);
	expect_signature("defaults { sign-local = \"yes\" sign = \"off\" }", &m, HERE2, NULL, false,
	    REASON_SIGN_OFF);
	m.has_signer = false;
	expect_no_mail("defaults { sign-local = \"yes\" sign = \"required\" }", &m, HERE2, NULL,
	    REASON_SIGN_REQUIRED, ERROR_SIGNING_REQUIRED);
}
END_TEST

START_TEST(signs_for_a_local_recipient_beside_a_remote_one)
{
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);

	expect_signature("", &m, AWAY, HERE2, true, REASON_SIGN_SETTING);
	expect_signature("", &m, HERE2, AWAY, true, REASON_SIGN_SETTING);
	expect_signature("domain \"partner.example\" { sign = \"off\" }", &m, HERE2, AWAY, false, REASON_SIGN_OFF);
}
END_TEST

START_TEST(never_signs_what_comes_in)
{
	struct message_facts m = message_of(CHOICE_ROLE_INBOUND, HERE);

	expect_signature("defaults { sign = \"required\" sign-local = \"yes\" }", &m, HERE2, NULL, false,
	    REASON_INCOMING);
}
END_TEST

/* ---- one signature for all --------------------------------------------------------- */

START_TEST(refuses_recipients_who_wish_different_signatures)
{
	static const char *const rules[] = {
		"domain \"other.example\" { sign = \"off\" }",
		"domain \"other.example\" { signature-form = \"opaque\" }",
		"domain \"other.example\" { profile = \"edi-energy\" }",
	};
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		expect_no_mail(rules[i], &m, AWAY, AWAY2, REASON_COPIES_NEEDED, ERROR_COPIES_NEEDED);
		expect_no_mail(rules[i], &m, AWAY2, AWAY, REASON_COPIES_NEEDED, ERROR_COPIES_NEEDED);
		m.has_signer = false; /* no signature, no difference */
		expect_signature(rules[i], &m, AWAY, AWAY2, false, REASON_NO_SIGNER);
		m.has_signer = true;
	}
}
END_TEST

START_TEST(a_profile_matters_only_where_it_changes_the_signature)
{
	static const char rules[] = "domain \"other.example\" { profile = \"modern\" }";
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);

	m.signer_key = KEY_EC_P256;
	expect_signature(rules, &m, AWAY, AWAY2, true, REASON_SIGN_SETTING);
	m.signer_key = KEY_RSA;
	expect_no_mail(rules, &m, AWAY, AWAY2, REASON_COPIES_NEEDED, ERROR_COPIES_NEEDED);
}
END_TEST

START_TEST(never_gives_opaque_mail_to_who_did_not_ask_for_it)
{
	static const char rules[] = "domain \"partner.example\" { signature-form = \"opaque\" }";
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	struct settings *s;
	struct plan *plan = ask(rules, &m, AWAY, NULL, &s);

	expect_sent(plan, true, false);
	ck_assert(plan_in_place(plan)->opaque);
	plan_free(plan);
	settings_unref(s);
	expect_no_mail(rules, &m, AWAY, HERE2, REASON_COPIES_NEEDED, ERROR_COPIES_NEEDED);
	expect_no_mail(rules, &m, HERE2, AWAY, REASON_COPIES_NEEDED, ERROR_COPIES_NEEDED);
}
END_TEST

START_TEST(signs_opaquely_what_cannot_be_signed_clearly_only_where_a_signature_is_required)
{
	struct message_facts m = message_of(CHOICE_ROLE_SUBMISSION, HERE);
	struct settings *s;
	struct plan *plan;

	m.cannot_clear_sign = "8-bit octets inside a signed part";
	expect_signature("", &m, AWAY, NULL, false, REASON_CANNOT_CLEAR_SIGN);
	plan = ask("defaults { sign = \"required\" }", &m, AWAY, AWAY2, &s);
	expect_sent(plan, true, false);
	ck_assert(plan_in_place(plan)->opaque);
	plan_free(plan);
	settings_unref(s);
	plan = ask("defaults { signature-form = \"opaque\" }", &m, AWAY, NULL, &s);
	expect_sent(plan, true, false);
	ck_assert(plan_in_place(plan)->opaque);
	plan_free(plan);
	settings_unref(s);
	expect_no_mail("domain \"partner.example\" { sign = \"required\" }", &m, AWAY, AWAY2,
	    REASON_COPIES_NEEDED, ERROR_COPIES_NEEDED);
	expect_no_mail("defaults { sign = \"required\" }", &m, AWAY, HERE2, REASON_COPIES_NEEDED,
	    ERROR_COPIES_NEEDED);
}
END_TEST

Suite *
suite_signing(void)
{
	Suite *suite = suite_create("signing");
	TCase *tc = tcase_create("signing");

	tcase_add_loop_test(tc, each_obstacle_alone_prevents_the_signature, 0, (int)(sizeof rows / sizeof rows[0]));
	tcase_add_loop_test(tc, what_must_be_signed_and_cannot_is_refused, 0, (int)(sizeof rows / sizeof rows[0]));
	tcase_add_test(tc, a_refused_plan_still_says_why_it_is_not_signed);
	tcase_add_test(tc, signs_nothing_where_signing_is_off);
	tcase_add_test(tc, carries_what_is_protected_already);
	tcase_add_test(tc, lets_the_domain_sign_only_by_setting);
	tcase_add_test(tc, lets_the_domain_sign_for_a_proven_author_only);
	tcase_add_test(tc, lets_the_domain_sign_nothing_that_is_signed_already);
	tcase_add_test(tc, leaves_local_mail_unsigned_unless_asked);
	tcase_add_test(tc, signs_for_a_local_recipient_beside_a_remote_one);
	tcase_add_test(tc, never_signs_what_comes_in);
	tcase_add_test(tc, refuses_recipients_who_wish_different_signatures);
	tcase_add_test(tc, a_profile_matters_only_where_it_changes_the_signature);
	tcase_add_test(tc, never_gives_opaque_mail_to_who_did_not_ask_for_it);
	tcase_add_test(tc, signs_opaquely_what_cannot_be_signed_clearly_only_where_a_signature_is_required);
	suite_add_tcase(suite, tc);
	return suite;
}
