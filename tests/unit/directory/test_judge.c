/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "tests/unit/directory/scene.h"

Suite *suite_judge(void);

/* A signer's certificate. */

#define AUTHOR "carol@partner.example"

static struct error e = ERROR_INIT;
static struct scene s;

static void
set_up(void)
{
	scene_set_up(&s);
}

static void
tear_down(void)
{
	scene_tear_down(&s);
}

static struct judgement
judge_at(const struct certificate *leaf, const struct certificates *chain, enum certificate_purpose purpose,
    int64_t when)
{
	struct chain_question q = { leaf, chain, purpose, when, NULL };
	struct judgement j = { .reason = "untouched" };

	expect_ok(directory_judge(s.d, &q, &j, &e));
	ck_assert(j.trusted == (j.reason == NULL));
	return j;
}

static void
expect_judgement(const struct certificate *leaf, const struct certificates *chain, const char *reason)
{
	struct judgement j = judge_at(leaf, chain, PURPOSE_SIGN, NOW);

	ck_assert_pstr_eq(j.reason, reason);
	judgement_done(&j);
}

START_TEST(a_chain_to_an_anchor_is_trusted)
{
	struct certificate *leaf = NULL;
	struct judgement j;

	pki_issue(&s.pki, (struct leaf){ .first = AUTHOR }, NULL, &leaf);
	j = judge_at(leaf, &s.pki.chain, PURPOSE_SIGN, NOW);
	ck_assert(j.trusted);
	ck_assert_str_eq(j.anchor, certificate_subject(s.pki.root));
	ck_assert_int_eq(j.revocation, REVOCATION_UNKNOWN);
	judgement_done(&j);
	judgement_done(&j);
	certificate_unref(leaf);
}
END_TEST

START_TEST(a_chain_that_does_not_hold_says_why)
{
	struct certificate *leaf = NULL, *self = NULL, *expired = NULL, *encrypt = NULL;

	pki_issue(&s.pki, (struct leaf){ .first = AUTHOR }, NULL, &leaf);
	pki_issue(NULL, (struct leaf){ .first = AUTHOR }, NULL, &self);
	pki_issue(&s.pki, (struct leaf){ .first = AUTHOR, .to = NOW - 1 }, NULL, &expired);
	pki_issue(&s.pki, (struct leaf){ .first = AUTHOR, .only_encrypt = true }, NULL, &encrypt);
	expect_judgement(self, NULL, "self-signed");
	expect_judgement(expired, &s.pki.chain, "expired");
	expect_judgement(encrypt, &s.pki.chain, "key-usage");
	expect_judgement(leaf, NULL, "no-anchor");
	scene_trust(&s, NULL, NULL);
	expect_judgement(leaf, &s.pki.chain, "no-anchor");
	certificate_unref(leaf);
	certificate_unref(self);
	certificate_unref(expired);
	certificate_unref(encrypt);
}
END_TEST

START_TEST(a_missing_intermediate_is_not_remembered_and_a_found_one_is)
{
	struct certificate *leaf = NULL;

	pki_issue(&s.pki, (struct leaf){ .first = AUTHOR }, NULL, &leaf);
	expect_judgement(leaf, NULL, "no-anchor");
	expect_judgement(leaf, NULL, "no-anchor");
	expect_judgement(leaf, &s.pki.chain, NULL);
	expect_judgement(leaf, NULL, NULL); /* the path was found a moment ago */
	certificate_unref(leaf);
}
END_TEST

START_TEST(what_is_remembered_ends_with_the_minute_the_trust_the_purpose_and_the_certificate)
{
	struct certificate *leaf = NULL, *short_lived = NULL;
	struct judgement j;

	pki_issue(&s.pki, (struct leaf){ .first = AUTHOR }, NULL, &leaf);
	expect_judgement(leaf, &s.pki.chain, NULL);
	j = judge_at(leaf, NULL, PURPOSE_SIGN, NOW + 59);
	ck_assert(j.trusted);
	judgement_done(&j);
	j = judge_at(leaf, NULL, PURPOSE_SIGN, NOW + 60);
	ck_assert(!j.trusted);
	j = judge_at(leaf, NULL, PURPOSE_SIGN, NOW - 1);
	ck_assert(!j.trusted);
	j = judge_at(leaf, NULL, PURPOSE_ENCRYPT, NOW);
	ck_assert(!j.trusted);
	scene_trust(&s, s.pki.root, NULL);
	expect_judgement(leaf, NULL, "no-anchor");
	pki_issue(&s.pki, (struct leaf){ .first = AUTHOR, .to = NOW + 1 }, NULL, &short_lived);
	expect_judgement(short_lived, &s.pki.chain, NULL);
	j = judge_at(short_lived, &s.pki.chain, PURPOSE_SIGN, NOW + 2);
	ck_assert_str_eq(j.reason, "expired");
	certificate_unref(leaf);
	certificate_unref(short_lived);
}
END_TEST

START_TEST(what_was_revoked_is_said_with_its_time_each_time)
{
	struct certificate *leaf = NULL;
	struct buffer crl;

	pki_issue(&s.pki, (struct leaf){ .first = AUTHOR }, NULL, &leaf);
	expect_judgement(leaf, &s.pki.chain, NULL);
	crl = pki_crl(&s.pki, leaf, NOW - DAY);
	scene_trust(&s, s.pki.root, &crl);
	for (int i = 0; i < 2; i++) {
		struct judgement j = judge_at(leaf, &s.pki.chain, PURPOSE_SIGN, NOW);

		ck_assert_int_eq(j.revocation, REVOCATION_REVOKED);
		ck_assert_int_eq(j.revoked_at, NOW - DAY);
		judgement_done(&j);
	}
	buffer_done(&crl);
	certificate_unref(leaf);
}
END_TEST

START_TEST(a_pinned_signer_needs_no_anchor)
{
	struct certificate *self = NULL, *other = NULL, *domain = NULL;
	struct judgement j;

	pki_issue(NULL, (struct leaf){ .first = AUTHOR, .to = NOW + DAY }, NULL, &self);
	pki_issue(NULL, (struct leaf){ .first = AUTHOR }, NULL, &other);
	pki_issue(NULL, (struct leaf){ .first = "gateway@partner.example" }, NULL, &domain);
	expect_ok(import_one(&s, AUTHOR, self, NULL, LEVEL_PINNED, &e));
	expect_ok(import_one(&s, "@partner.example", domain, NULL, LEVEL_PINNED, &e));
	expect_judgement(self, NULL, NULL);
	expect_judgement(domain, NULL, NULL);
	expect_judgement(other, NULL, "self-signed"); /* the pin is this certificate, not the address */
	j = judge_at(self, NULL, PURPOSE_SIGN, NOW + 2 * DAY);
	ck_assert_str_eq(j.reason, "expired");
	expect_ok(partner_remove(s.d, AUTHOR, certificate_fingerprint(self), &s.w.w, &e));
	expect_judgement(self, NULL, "self-signed"); /* at once */
	expect_ok(import_one(&s, AUTHOR, self, NULL, LEVEL_VERIFIED, &e));
	expect_judgement(self, NULL, "self-signed");
	certificate_unref(self);
	certificate_unref(other);
	certificate_unref(domain);
}
END_TEST

static bool
is_trusted_for(const struct certificate *leaf, const char *author)
{
	struct address *a = address_new(author);
	struct chain_question q = { leaf, NULL, PURPOSE_SIGN, NOW, a };
	struct judgement j;
	bool trusted;

	expect_ok(directory_judge(s.d, &q, &j, &e));
	trusted = j.trusted;
	judgement_done(&j);
	address_free(a);
	return trusted;
}

START_TEST(a_pin_vouches_for_its_own_address_alone)
{
	struct certificate *both = NULL, *domain = NULL;

	pki_issue(NULL, (struct leaf){ .first = AUTHOR, .second = "boss@bank.example" }, NULL, &both);
	pki_issue(NULL, (struct leaf){ .first = AUTHOR, .second = "boss@bank.example" }, NULL, &domain);
	expect_ok(import_one(&s, AUTHOR, both, NULL, LEVEL_PINNED, &e));
	expect_ok(import_one(&s, "@partner.example", domain, NULL, LEVEL_PINNED, &e));
	ck_assert(is_trusted_for(both, AUTHOR));
	ck_assert(!is_trusted_for(both, "boss@bank.example")); /* also when the pin was in use a moment ago */
	ck_assert(is_trusted_for(domain, AUTHOR));
	ck_assert(!is_trusted_for(domain, "boss@bank.example"));
	certificate_unref(both);
	certificate_unref(domain);
}
END_TEST

Suite *
suite_judge(void)
{
	Suite *suite = suite_create("judge");
	TCase *tc = tcase_create("judge");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, a_chain_to_an_anchor_is_trusted);
	tcase_add_test(tc, a_chain_that_does_not_hold_says_why);
	tcase_add_test(tc, a_missing_intermediate_is_not_remembered_and_a_found_one_is);
	tcase_add_test(tc, what_is_remembered_ends_with_the_minute_the_trust_the_purpose_and_the_certificate);
	tcase_add_test(tc, what_was_revoked_is_said_with_its_time_each_time);
	tcase_add_test(tc, a_pinned_signer_needs_no_anchor);
	tcase_add_test(tc, a_pin_vouches_for_its_own_address_alone);
	suite_add_tcase(suite, tc);
	return suite;
}
