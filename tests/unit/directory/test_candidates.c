/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/memory.h"
#include "tests/unit/directory/scene.h"

Suite *suite_candidates(void);

/* Which certificate a correspondent is encrypted to, and why another one is not. */

#define PARTNER "carol@partner.example"

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

START_TEST(a_verified_certificate_is_used)
{
	struct certificate *c = scene_import(&s, PARTNER, (struct leaf){ .first = PARTNER }, LEVEL_VERIFIED);
	struct candidates *none = scene_look(&s, "dave@partner.example");

	expect_usable(&s, PARTNER, c);
	expect_usable(&s, "CAROL@Partner.Example", c);
	ck_assert_uint_eq(none->count, 0);
	ck_assert(!none->temporary);
	candidates_free(none);
	candidates_free(NULL);
	certificate_unref(c);
}
END_TEST

static const struct row {
	struct leaf leaf;
	const char *reason;
} rows[] = {
	{ { .first = PARTNER, .from = NOW - YEAR, .to = NOW + 1 }, "expired" }, /* by the time we look */
	{ { .first = PARTNER, .from = NOW + DAY }, "not-yet-valid" },
	{ { .first = PARTNER, .only_sign = true }, "key-usage" },
};

START_TEST(an_unusable_certificate_keeps_its_reason)
{
	for (enum trust_level level = LEVEL_HARVESTED; level <= LEVEL_PINNED; level++) {
		struct certificate *c = scene_import(&s, PARTNER, rows[_i].leaf, level);

		s.now_ms = (NOW + 2) * 1000;
		expect_rejected(&s, PARTNER, c, rows[_i].reason);
		expect_missing(&s, PARTNER, rows[_i].reason);
		s.now_ms = NOW * 1000;
		certificate_unref(c);
	}
}
END_TEST

START_TEST(an_expired_certificate_is_skipped_for_an_older_one)
{
	struct certificate *old = scene_import(&s, PARTNER, (struct leaf){ .first = PARTNER, .from = NOW - 3 * YEAR },
	    LEVEL_VERIFIED);
	struct certificate *new = scene_import(&s, PARTNER,
	    (struct leaf){ .first = PARTNER, .from = NOW - DAY, .to = NOW + DAY }, LEVEL_VERIFIED);

	expect_usable(&s, PARTNER, new);
	s.now_ms = (NOW + 2 * DAY) * 1000;
	expect_usable(&s, PARTNER, old);
	expect_rejected(&s, PARTNER, new, "expired");
	certificate_unref(old);
	certificate_unref(new);
}
END_TEST

START_TEST(only_the_highest_level_is_used)
{
	struct certificate *c[LEVEL_PINNED + 1];

	for (enum trust_level level = LEVEL_HARVESTED; level <= LEVEL_PINNED; level++) {
		c[level] = scene_import(&s, PARTNER, (struct leaf){ .first = PARTNER, .from = NOW - level * DAY }, level);
		expect_usable(&s, PARTNER, c[level]);
		for (enum trust_level lower = LEVEL_HARVESTED; lower < level; lower++)
			expect_rejected(&s, PARTNER, c[lower], "lower-level");
	}
	for (enum trust_level level = LEVEL_HARVESTED; level <= LEVEL_PINNED; level++)
		certificate_unref(c[level]);
}
END_TEST

START_TEST(an_unusable_level_gives_way_to_the_next_but_a_pin_does_not)
{
	struct leaf soon = { .first = PARTNER, .to = NOW + 1 };
	struct certificate *harvested = scene_import(&s, PARTNER, (struct leaf){ .first = PARTNER }, LEVEL_HARVESTED);
	struct certificate *verified = scene_import(&s, PARTNER, soon, LEVEL_VERIFIED), *pinned;

	expect_usable(&s, PARTNER, verified);
	s.now_ms = (NOW + 2) * 1000;
	expect_usable(&s, PARTNER, harvested);
	s.now_ms = NOW * 1000;
	pinned = scene_import(&s, PARTNER, soon, LEVEL_PINNED);
	expect_usable(&s, PARTNER, pinned);
	s.now_ms = (NOW + 2) * 1000;
	expect_missing(&s, PARTNER, "expired");
	expect_rejected(&s, PARTNER, harvested, "lower-level");
	certificate_unref(harvested);
	certificate_unref(verified);
	certificate_unref(pinned);
}
END_TEST

START_TEST(several_of_one_level_are_all_usable_the_newest_first)
{
	struct certificate *old = scene_import(&s, PARTNER, (struct leaf){ .first = PARTNER, .from = NOW - 9 * DAY },
	    LEVEL_VERIFIED);
	struct certificate *new = scene_import(&s, PARTNER, (struct leaf){ .first = PARTNER, .from = NOW - DAY },
	    LEVEL_VERIFIED);
	struct candidates *found;

	expect_usable(&s, PARTNER, new);
	found = scene_look(&s, PARTNER);
	ck_assert_uint_eq(found->usable, 2);
	candidates_free(found);
	certificate_unref(old);
	certificate_unref(new);
}
END_TEST

/* ---- whole domains --------------------------------------------------------------- */

START_TEST(one_certificate_may_stand_for_a_whole_domain)
{
	struct certificate *c = scene_import(&s, "@Partner.Example",
	    (struct leaf){ .first = "gateway@partner.example" }, LEVEL_VERIFIED);
	struct candidates *found;

	expect_usable(&s, "anybody@partner.example", c);
	found = scene_look(&s, "anybody@partner.example");
	ck_assert(found->items[0].domain);
	candidates_free(found);
	found = scene_look(&s, "anybody@sub.partner.example");
	ck_assert_uint_eq(found->count, 0);
	candidates_free(found);
	found = scene_look(&s, "anybody@notpartner.example");
	ck_assert_uint_eq(found->count, 0);
	candidates_free(found);
	certificate_unref(c);
}
END_TEST

START_TEST(the_address_comes_before_its_domain_and_the_level_before_both)
{
	struct certificate *domain = scene_import(&s, "@partner.example", (struct leaf){ .first = NULL }, LEVEL_VERIFIED);
	struct certificate *own = scene_import(&s, PARTNER, (struct leaf){ .first = PARTNER }, LEVEL_VERIFIED), *pinned;

	expect_usable(&s, PARTNER, own);
	expect_rejected(&s, PARTNER, domain, "less-specific");
	expect_usable(&s, "dave@partner.example", domain);
	pinned = scene_import(&s, "@partner.example", (struct leaf){ .first = NULL, .from = NOW - DAY }, LEVEL_PINNED);
	expect_usable(&s, PARTNER, pinned);
	expect_rejected(&s, PARTNER, own, "lower-level");
	expect_rejected(&s, PARTNER, domain, "lower-level");
	certificate_unref(domain);
	certificate_unref(own);
	certificate_unref(pinned);
}
END_TEST

START_TEST(an_expired_pin_of_the_address_is_not_replaced_by_its_domain)
{
	struct certificate *domain = scene_import(&s, "@partner.example", (struct leaf){ .first = NULL }, LEVEL_PINNED);
	struct certificate *own = scene_import(&s, PARTNER, (struct leaf){ .first = PARTNER, .to = NOW + 1 }, LEVEL_PINNED);

	expect_usable(&s, PARTNER, own);
	s.now_ms = (NOW + 2) * 1000;
	expect_missing(&s, PARTNER, "expired");
	expect_rejected(&s, PARTNER, domain, "less-specific");
	expect_usable(&s, "dave@partner.example", domain);
	certificate_unref(domain);
	certificate_unref(own);
}
END_TEST

/* ---- chains -------------------------------------------------------------------------- */

START_TEST(without_an_anchor_only_a_pin_is_trusted)
{
	struct certificate *verified = scene_import(&s, PARTNER, (struct leaf){ .first = PARTNER }, LEVEL_VERIFIED);
	struct certificate *self = NULL;

	scene_trust(&s, NULL, NULL);
	expect_missing(&s, PARTNER, "no-anchor");
	pki_issue(NULL, (struct leaf){ .first = "self@partner.example" }, NULL, &self);
	expect_ok(import_one(&s, NULL, self, NULL, LEVEL_VERIFIED, &e));
	expect_missing(&s, "self@partner.example", "self-signed");
	expect_ok(partner_remove(s.d, "self@partner.example", certificate_fingerprint(self), &s.w.w, &e));
	expect_ok(import_one(&s, NULL, self, NULL, LEVEL_PINNED, &e));
	expect_usable(&s, "self@partner.example", self);
	expect_ok(partner_remove(s.d, PARTNER, certificate_fingerprint(verified), &s.w.w, &e));
	expect_ok(import_one(&s, PARTNER, verified, &s.pki.chain, LEVEL_PINNED, &e));
	expect_usable(&s, PARTNER, verified);
	scene_trust(&s, s.pki.root, NULL);
	expect_usable(&s, PARTNER, verified);
	certificate_unref(verified);
	certificate_unref(self);
}
END_TEST

START_TEST(a_directory_without_any_trust_set_trusts_pins_alone)
{
	struct directory *bare = NULL;
	struct certificate *c = scene_import(&s, PARTNER, (struct leaf){ .first = PARTNER }, LEVEL_VERIFIED);
	struct certificate *pin = scene_import(&s, "dave@partner.example",
	    (struct leaf){ .first = "dave@partner.example" }, LEVEL_PINNED);

	expect_ok(directory_new(s.w.store, &s.clock, &bare, &e));
	directory_free(s.d);
	s.d = bare;
	expect_missing(&s, PARTNER, "no-anchor");
	expect_usable(&s, "dave@partner.example", pin);
	certificate_unref(c);
	certificate_unref(pin);
}
END_TEST

START_TEST(what_its_issuer_revoked_is_not_used_pinned_or_not)
{
	for (enum trust_level level = LEVEL_VERIFIED; level <= LEVEL_PINNED; level++)
		for (int anchored = 0; anchored < 2; anchored++) {
			struct certificate *c = scene_import(&s, PARTNER, (struct leaf){ .first = PARTNER }, level);
			struct buffer crl = pki_crl(&s.pki, c, NOW - DAY), empty = pki_crl(&s.pki, NULL, 0);
			struct candidates *found;

			scene_trust(&s, anchored ? s.pki.root : s.pki.ca, &crl);
			expect_missing(&s, PARTNER, "revoked");
			found = scene_look(&s, PARTNER);
			ck_assert_int_eq(found->items[0].revocation, REVOCATION_REVOKED);
			candidates_free(found);
			scene_trust(&s, anchored ? s.pki.root : s.pki.ca, &empty);
			expect_usable(&s, PARTNER, c);
			expect_ok(partner_remove(s.d, PARTNER, certificate_fingerprint(c), &s.w.w, &e));
			buffer_done(&crl);
			buffer_done(&empty);
			certificate_unref(c);
		}
}
END_TEST

START_TEST(a_pin_is_revoked_by_the_issuer_it_was_imported_with)
{
	struct certificate *c = scene_import(&s, PARTNER, (struct leaf){ .first = PARTNER }, LEVEL_PINNED);
	struct buffer crl = pki_crl(&s.pki, c, NOW - DAY);

	scene_trust(&s, NULL, &crl); /* nobody is trusted, and yet */
	expect_missing(&s, PARTNER, "revoked");
	buffer_done(&crl);
	certificate_unref(c);
}
END_TEST

START_TEST(unknown_revocation_is_said_and_does_not_reject)
{
	struct certificate *c = scene_import(&s, PARTNER, (struct leaf){ .first = PARTNER }, LEVEL_VERIFIED);
	struct certificate *self = NULL;
	struct candidates *found = scene_look(&s, PARTNER);

	ck_assert_uint_eq(found->usable, 1);
	ck_assert_int_eq(found->items[0].revocation, REVOCATION_UNKNOWN);
	candidates_free(found);
	pki_issue(NULL, (struct leaf){ .first = "self@partner.example" }, NULL, &self);
	expect_ok(import_one(&s, NULL, self, NULL, LEVEL_PINNED, &e));
	found = scene_look(&s, "self@partner.example"); /* nobody could revoke it */
	ck_assert_int_eq(found->items[0].revocation, REVOCATION_GOOD);
	candidates_free(found);
	certificate_unref(c);
	certificate_unref(self);
}
END_TEST

/* ---- look-ups -------------------------------------------------------------------------- */

START_TEST(a_lookup_keeps_the_trust_of_its_time)
{
	struct certificate *c = scene_import(&s, PARTNER, (struct leaf){ .first = PARTNER }, LEVEL_VERIFIED);
	struct address *a = address_new(PARTNER);
	struct lookup *lookup = directory_want(s.d, a, clock_monotonic_ms() + 60000);
	struct candidates *found = NULL;

	scene_trust(&s, NULL, NULL);
	expect_ok(directory_collect(lookup, &found, &e));
	ck_assert_uint_eq(found->usable, 1);
	candidates_free(found);
	expect_missing(&s, PARTNER, "no-anchor");
	address_free(a);
	certificate_unref(c);
}
END_TEST

START_TEST(past_its_deadline_nothing_is_known)
{
	struct certificate *c = scene_import(&s, PARTNER, (struct leaf){ .first = PARTNER }, LEVEL_VERIFIED);
	struct address *a = address_new(PARTNER);
	struct candidates *found = NULL;

	expect_ok(directory_collect(directory_want(s.d, a, clock_monotonic_ms() - 1), &found, &e));
	ck_assert_uint_eq(found->count, 0);
	ck_assert(found->temporary);
	candidates_free(found);
	directory_forget(directory_want(s.d, a, clock_monotonic_ms() - 1));
	directory_forget(NULL);
	address_free(a);
	certificate_unref(c);
}
END_TEST

START_TEST(a_row_that_cannot_be_read_makes_the_answer_doubtful)
{
	char owner[] = PARTNER, level[] = "verified";
	struct partner_certificate_row row = { .owner = owner, .level = level, .der = { owner, 5 } };
	struct candidates *found;

	expect_ok(random_id(row.id, &e));
	memset(row.fingerprint, '0', 64);
	expect_ok(partner_certificate_add(s.w.store, &row, &e));
	found = scene_look(&s, PARTNER);
	ck_assert_uint_eq(found->usable, 0);
	ck_assert(found->temporary);
	candidates_free(found);
}
END_TEST

START_TEST(a_certificate_of_somebody_else_is_not_believed_for_standing_in_the_row)
{
	struct certificate *c = NULL;
	char owner[] = PARTNER, level[] = "pinned";
	struct partner_certificate_row row = { .owner = owner, .level = level };

	pki_issue(&s.pki, (struct leaf){ .first = "eve@partner.example" }, NULL, &c);
	row.der.data = (void *)certificate_der(c, &row.der.size);
	strcpy(row.fingerprint, certificate_fingerprint(c));
	expect_ok(random_id(row.id, &e));
	expect_ok(partner_certificate_add(s.w.store, &row, &e));
	expect_missing(&s, PARTNER, "address");
	certificate_unref(c);
}
END_TEST

START_TEST(a_row_that_holds_another_certificate_than_it_says_makes_the_answer_doubtful)
{
	struct certificate *c = NULL;
	char owner[] = PARTNER, level[] = "pinned";
	struct partner_certificate_row row = { .owner = owner, .level = level };
	struct candidates *found;

	pki_issue(&s.pki, (struct leaf){ .first = PARTNER }, NULL, &c);
	row.der.data = (void *)certificate_der(c, &row.der.size);
	memset(row.fingerprint, '0', 64);
	expect_ok(random_id(row.id, &e));
	expect_ok(partner_certificate_add(s.w.store, &row, &e));
	found = scene_look(&s, PARTNER);
	ck_assert_uint_eq(found->count, 0);
	ck_assert(found->temporary);
	candidates_free(found);
	certificate_unref(c);
}
END_TEST

static int
look_once(void *ctx, struct error *err)
{
	struct candidates *found = NULL;
	struct lookup *lookup = directory_want(s.d, ctx, clock_monotonic_ms() + 60000);
	int rc;

	if (lookup == NULL)
		return error_set(err, ERROR_NO_MEMORY, "no look-up");
	rc = directory_collect(lookup, &found, err);
	if (rc == 0)
		ck_assert(found->usable == 1 && !found->temporary);
	candidates_free(found);
	return rc;
}

START_TEST(want_of_memory_is_an_error_and_never_a_missing_certificate)
{
	struct certificate *c = scene_import(&s, PARTNER, (struct leaf){ .first = PARTNER }, LEVEL_VERIFIED);
	struct address *a = address_new(PARTNER);

	expect_usable(&s, PARTNER, c); /* now the judgement is remembered, or not for want of memory */
	for (unsigned n = 1, pending = 0; pending == 0; n++) {
		struct error mine = ERROR_INIT;
		int rc;

		ck_assert_uint_lt(n, 2000);
		memory_fail_at(n);
		rc = look_once(a, &mine);
		pending = (unsigned)memory_fail_pending();
		memory_fail_at(0);
		ck_assert(rc == 0 || mine.code == ERROR_NO_MEMORY);
	}
	address_free(a);
	certificate_unref(c);
}
END_TEST

Suite *
suite_candidates(void)
{
	Suite *suite = suite_create("candidates");
	TCase *tc = tcase_create("candidates");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, a_verified_certificate_is_used);
	tcase_add_loop_test(tc, an_unusable_certificate_keeps_its_reason, 0, (int)(sizeof rows / sizeof rows[0]));
	tcase_add_test(tc, an_expired_certificate_is_skipped_for_an_older_one);
	tcase_add_test(tc, only_the_highest_level_is_used);
	tcase_add_test(tc, an_unusable_level_gives_way_to_the_next_but_a_pin_does_not);
	tcase_add_test(tc, several_of_one_level_are_all_usable_the_newest_first);
	tcase_add_test(tc, one_certificate_may_stand_for_a_whole_domain);
	tcase_add_test(tc, the_address_comes_before_its_domain_and_the_level_before_both);
	tcase_add_test(tc, an_expired_pin_of_the_address_is_not_replaced_by_its_domain);
	tcase_add_test(tc, without_an_anchor_only_a_pin_is_trusted);
	tcase_add_test(tc, a_directory_without_any_trust_set_trusts_pins_alone);
	tcase_add_test(tc, what_its_issuer_revoked_is_not_used_pinned_or_not);
	tcase_add_test(tc, a_pin_is_revoked_by_the_issuer_it_was_imported_with);
	tcase_add_test(tc, unknown_revocation_is_said_and_does_not_reject);
	tcase_add_test(tc, a_lookup_keeps_the_trust_of_its_time);
	tcase_add_test(tc, past_its_deadline_nothing_is_known);
	tcase_add_test(tc, a_row_that_cannot_be_read_makes_the_answer_doubtful);
	tcase_add_test(tc, a_certificate_of_somebody_else_is_not_believed_for_standing_in_the_row);
	tcase_add_test(tc, a_row_that_holds_another_certificate_than_it_says_makes_the_answer_doubtful);
	tcase_add_test(tc, want_of_memory_is_an_error_and_never_a_missing_certificate);
	suite_add_tcase(suite, tc);
	return suite;
}
