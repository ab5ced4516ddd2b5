/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/memory.h"
#include "keystore/identity.h"
#include "keystore/keystore_private.h"
#include "tests/unit/keystore/world.h"

Suite *suite_signer(void);

/* Whose signature an author gets, and what mail to us is encrypted to. */

static struct error e = ERROR_INIT;
static struct world w;
static struct keystore *ks;
static struct pki pki;

static void
set_up(void)
{
	w = world_new();
	expect_ok(keystore_create(w.store, &w.master, &e));
	expect_ok(keystore_open(w.store, &w.master, &ks, &e));
	pki = pki_new("Test CA");
}

static void
tear_down(void)
{
	pki_done(&pki);
	keystore_close(ks);
	world_done(&w);
}

/* Import a key with such a certificate; its fingerprint goes to `fingerprint`. */
static void
import(const char *identity, struct leaf leaf, char id[33], char fingerprint[65])
{
	struct certificate *certificate = NULL;
	struct key *key = NULL;

	pki_issue(&pki, leaf, &key, &certificate);
	expect_ok(keystore_key_import(ks, identity, key, certificate, &pki.chain, false, &w.w, id, &e));
	if (fingerprint != NULL)
		strcpy(fingerprint, certificate_fingerprint(certificate));
	certificate_unref(certificate);
	key_unref(key);
}

static struct signer *
find(struct keystore *from, const char *author, const char **reason)
{
	struct address *a = address_new(author);
	struct signer *s = NULL;

	*reason = "untouched";
	expect_ok(keystore_find_signer(from, a, NOW, true, &s, reason, &e));
	address_free(a);
	return s;
}

static void
expect_signer(const char *author, const char *fingerprint)
{
	const char *reason;
	struct signer *s = find(ks, author, &reason);

	ck_assert_msg(s != NULL, "%s: %s", author, reason);
	ck_assert_ptr_null(reason);
	ck_assert_str_eq(certificate_fingerprint(s->certificate), fingerprint);
	ck_assert_str_eq(key_public_hash(s->key), certificate_public_hash(s->certificate));
	signer_free(s);
}

static void
expect_no_signer(const char *author, const char *why)
{
	const char *reason;
	struct signer *s = find(ks, author, &reason);

	ck_assert_ptr_null(s);
	ck_assert_str_eq(reason, why);
}

START_TEST(an_author_signs_with_the_identitys_key)
{
	const char *reason;
	char id[33], fingerprint[65];
	struct signer *s;

	import(NULL, (struct leaf){ .first = "alice@example.org", .second = "aa@example.org" }, id, fingerprint);
	expect_signer("alice@example.org", fingerprint);
	expect_signer("ALICE@Example.ORG", fingerprint);
	expect_signer("aa@example.org", fingerprint);
	s = find(ks, "alice@example.org", &reason);
	ck_assert_uint_eq(s->chain.count, 2);
	ck_assert_ptr_null(s->encryption); /* answers go to the same certificate */
	ck_assert(is_id(s->identity));
	signer_free(s);
	signer_free(NULL);
}
END_TEST

START_TEST(explaining_opens_no_key)
{
	struct address *a = address_new("alice@example.org");
	const char *reason;
	struct signer *s = NULL;
	char id[33];

	import(NULL, (struct leaf){ .first = "alice@example.org" }, id, NULL);
	expect_ok(keystore_find_signer(ks, a, NOW, false, &s, &reason, &e));
	ck_assert_ptr_nonnull(s->certificate);
	ck_assert_ptr_null(s->key);
	ck_assert_uint_eq(cache_count(ks->opened), 0);
	signer_free(s);
	address_free(a);
}
END_TEST

START_TEST(each_want_has_its_reason)
{
	struct address_list list = { NULL, 0 };
	struct address *null = NULL;
	const char *reason = NULL;
	struct signer *s = NULL;
	char identity[33], id[33];

	expect_no_signer("alice@example.org", "no-identity");
	expect_ok(address_list_take(&list, address_new("alice@example.org"), &e));
	expect_ok(identity_create(ks, &list, "Alice", &w.w, identity, &e));
	address_list_done(&list);
	expect_no_signer("alice@example.org", "no-key");
	expect_ok(keystore_key_generate(ks, identity, KEY_PURPOSE_BOTH, KEY_EC_P256, 0, &w.w, id, &e));
	expect_no_signer("alice@example.org", "no-key"); /* pending */
	expect_ok(key_set_state(w.store, id, "active", &e));
	expect_no_signer("alice@example.org", "no-certificate");
	import(identity, (struct leaf){ .first = "alice@example.org", .to = NOW - DAY }, id, NULL);
	expect_no_signer("alice@example.org", "expired");
	import(NULL, (struct leaf){ .first = "bob@example.org", .from = NOW + DAY }, id, NULL);
	expect_no_signer("bob@example.org", "not-yet-valid");
	import(NULL, (struct leaf){ .first = "carol@example.org", .only_encrypt = true }, id, NULL);
	expect_no_signer("carol@example.org", "no-key");
	expect_ok(address_parse_path("<>", NULL, &null, &e));
	expect_ok(keystore_find_signer(ks, null, NOW, true, &s, &reason, &e));
	ck_assert_ptr_null(s);
	ck_assert_str_eq(reason, "no-identity");
	address_free(null);
}
END_TEST

START_TEST(an_expired_certificate_gives_way_to_an_older_one_that_is_valid)
{
	char id[33], old[65];

	import(NULL, (struct leaf){ .first = "alice@example.org", .from = NOW - 3 * YEAR }, id, old);
	import(NULL, (struct leaf){ .first = "alice@example.org", .from = NOW - 2 * DAY, .to = NOW - DAY }, id, NULL);
	expect_signer("alice@example.org", old);
}
END_TEST

START_TEST(the_newest_certificate_signs)
{
	char id[33], old[65], new[65];
	struct certificate *renewed = NULL;
	struct key *key = NULL;

	import(NULL, (struct leaf){ .first = "alice@example.org", .from = NOW - 3 * DAY }, id, old);
	expect_signer("alice@example.org", old);
	expect_ok(keystore_key_open(ks, id, &key, &e));
	pki_issue(&pki, (struct leaf){ .first = "alice@example.org", .from = NOW - 2 * DAY, .key = key }, NULL, &renewed);
	expect_ok(keystore_certificate_bind(ks, id, renewed, NULL, false, &w.w, &e));
	expect_signer("alice@example.org", certificate_fingerprint(renewed));
	certificate_unref(renewed);
	key_unref(key);
	import(NULL, (struct leaf){ .first = "alice@example.org", .from = NOW - DAY }, id, new);
	expect_signer("alice@example.org", new);
}
END_TEST

/* A key that is older or newer than the clock would make it, with a certificate of its own age. */
static void
put_key_of_time(const char *identity, int64_t created, int64_t from, char fingerprint[65])
{
	char state[] = "pending", purpose[] = "both";
	struct key_row row = { .purpose = purpose, .state = state, .created = created };
	struct buffer sealed = BUFFER_INIT(65536);
	struct certificate *leaf = NULL;
	struct key *key = NULL;

	pki_issue(&pki, (struct leaf){ .first = "alice@example.org", .from = from }, &key, &leaf);
	expect_ok(random_id(row.id, &e));
	strcpy(row.identity_id, identity);
	strcpy(row.public_hash, key_public_hash(key));
	row.algorithm = (char *)key_algorithm_name(key);
	expect_ok(sealed_write(ks, &row, key, &sealed, &e));
	row.sealed = (struct blob){ sealed.data, sealed.size };
	expect_ok(key_add(w.store, &row, &e));
	expect_ok(keystore_certificate_bind(ks, row.id, leaf, NULL, false, &w.w, &e));
	strcpy(fingerprint, certificate_fingerprint(leaf));
	buffer_done(&sealed);
	certificate_unref(leaf);
	key_unref(key);
}

START_TEST(the_newest_key_comes_before_the_newest_certificate)
{
	char id[33], identity[33], old[65], new[65];

	import(NULL, (struct leaf){ .first = "alice@example.org" }, id, NULL);
	expect_ok(keystore_key_set_state(ks, id, "retired", &w.w, &e));
	expect_ok(identity_find(ks, "alice@example.org", identity, &e));
	put_key_of_time(identity, 200, NOW - 9 * DAY, new);
	put_key_of_time(identity, 100, NOW - DAY, old);
	expect_signer("alice@example.org", new);
}
END_TEST

START_TEST(a_certificate_signs_only_for_the_addresses_that_it_bears)
{
	struct address *more = address_new("aa@example.org");
	char id[33], fingerprint[65], second[65], identity[33];

	import(NULL, (struct leaf){ .first = "alice@example.org" }, id, fingerprint);
	expect_ok(identity_find(ks, "alice@example.org", identity, &e));
	expect_ok(identity_address_change(ks, identity, more, true, &w.w, &e));
	expect_signer("alice@example.org", fingerprint);
	expect_no_signer("aa@example.org", "address");
	import(identity, (struct leaf){ .first = "aa@example.org", .from = NOW - DAY }, id, second);
	expect_signer("aa@example.org", second);
	expect_signer("alice@example.org", fingerprint);
	address_free(more);
}
END_TEST

START_TEST(retired_and_revoked_keys_never_sign)
{
	static const char *const states[] = { "retired", "revoked", "destroyed" };
	char id[33];

	for (size_t i = 0; i < 3; i++) {
		import(NULL, (struct leaf){ .first = "alice@example.org" }, id, NULL);
		expect_ok(keystore_key_set_state(ks, id, states[i], &w.w, &e));
		expect_no_signer("alice@example.org", "no-key");
	}
}
END_TEST

START_TEST(answers_go_to_the_newest_certificate_that_decrypts)
{
	const char *reason;
	char id[33], sign[65], decrypt[65];
	struct signer *s;

	import(NULL, (struct leaf){ .first = "alice@example.org", .only_sign = true, .from = NOW - 9 * DAY }, id, sign);
	s = find(ks, "alice@example.org", &reason);
	ck_assert_ptr_null(s->encryption);
	signer_free(s);
	import(NULL, (struct leaf){ .first = "alice@example.org", .only_encrypt = true }, id, decrypt);
	s = find(ks, "alice@example.org", &reason);
	ck_assert_str_eq(certificate_fingerprint(s->certificate), sign);
	ck_assert_str_eq(certificate_fingerprint(s->encryption), decrypt);
	signer_free(s);
}
END_TEST

/* The agent of the author's domain, or NULL and why: its certificate is `want`. */
static void
expect_agent(const char *author, const char *want, const char *why)
{
	struct address *a = address_new(author);
	const char *reason = NULL;
	struct signer *s = NULL;

	expect_ok(keystore_find_domain_signer(ks, a, NOW, true, &s, &reason, &e));
	if (want != NULL) {
		ck_assert_msg(s != NULL, "%s: %s", author, reason);
		ck_assert(s->domain && s->key != NULL);
		ck_assert_str_eq(certificate_fingerprint(s->certificate), want);
	} else {
		ck_assert_ptr_null(s);
		ck_assert_str_eq(reason, why);
	}
	signer_free(s);
	address_free(a);
}

START_TEST(a_domains_agent_signs_for_who_has_no_key_of_his_own)
{
	const struct leaf agent = { .first = "domain-signing-authority@example.org", .common_name = "domain-signing-authority" };
	char identity[33], id[33], domain[65];

	expect_agent("anybody@example.org", NULL, "no-identity");
	expect_ok(identity_create_domain(ks, "example.org", "the domain", &w.w, identity, &e));
	expect_agent("anybody@example.org", NULL, "no-key");
	import(identity, agent, id, domain);
	expect_agent("anybody@example.org", domain, NULL);
	expect_no_signer("anybody@example.org", "no-identity"); /* it is not taken for the author */
	expect_agent("anybody@sub.example.org", NULL, "no-identity");
	expect_agent("anybody@notexample.org", NULL, "no-identity");
	import(NULL, (struct leaf){ .first = "alice@example.org" }, id, NULL);
	expect_agent("alice@example.org", NULL, "own-key");
	expect_ok(keystore_key_set_state(ks, id, "retired", &w.w, &e));
	expect_agent("alice@example.org", domain, NULL);
	expect_no_signer("alice@example.org", "no-key");
}
END_TEST

/* A key that an author has stands before the domain's also where it is no longer good: somebody is to notice. */
START_TEST(a_domains_agent_does_not_hide_that_a_certificate_ran_out)
{
	char identity[33], id[33];

	expect_ok(identity_create_domain(ks, "example.org", "the domain", &w.w, identity, &e));
	import(identity, (struct leaf){ .first = "domain-signing-authority@example.org", .common_name = "domain-signing-authority" }, id, NULL);
	import(NULL, (struct leaf){ .first = "alice@example.org", .from = NOW - YEAR, .to = NOW - DAY }, id, NULL);
	expect_no_signer("alice@example.org", "expired");
	expect_agent("alice@example.org", NULL, "own-key");
}
END_TEST

START_TEST(a_domains_agent_is_named_as_one)
{
	char identity[33], id[33];

	expect_ok(identity_create_domain(ks, "example.org", "the domain", &w.w, identity, &e));
	import(identity, (struct leaf){ .first = "domain-signing-authority@example.org", .common_name = "The Domain" }, id, NULL);
	import(identity, (struct leaf){ .first = NULL, .common_name = "domain-signing-authority" }, id, NULL);
	expect_agent("anybody@example.org", NULL, "domain-name");
}
END_TEST

START_TEST(changes_of_another_process_are_seen)
{
	struct store *store = NULL;
	struct keystore *other = NULL;
	const char *reason;
	char id[33], fingerprint[65];
	struct signer *s;

	expect_ok(store_open(w.path, &store, &e));
	expect_ok(keystore_open(store, &w.master, &other, &e));
	ck_assert_ptr_null(find(other, "alice@example.org", &reason));
	import(NULL, (struct leaf){ .first = "alice@example.org" }, id, fingerprint);
	s = find(other, "alice@example.org", &reason);
	ck_assert_ptr_nonnull(s);
	expect_ok(keystore_key_set_state(ks, id, "destroyed", &w.w, &e));
	ck_assert_ptr_null(find(other, "alice@example.org", &reason));
	ck_assert_str_eq(certificate_fingerprint(s->certificate), fingerprint); /* a message under way keeps its signer */
	signer_free(s);
	keystore_close(other);
	store_close(store);
}
END_TEST

START_TEST(the_caches_hold_what_was_asked_for)
{
	const char *reason;
	char id[33], fingerprint[65];

	import(NULL, (struct leaf){ .first = "alice@example.org" }, id, fingerprint);
	for (int i = 0; i < 3; i++) {
		expect_signer("alice@example.org", fingerprint);
		ck_assert_ptr_null(find(ks, "nobody@example.org", &reason));
	}
	ck_assert_uint_eq(cache_count(ks->rings), 2);
	ck_assert_uint_eq(cache_count(ks->opened), 1);
}
END_TEST

START_TEST(our_own_certificates_for_mail_to_us)
{
	struct certificates list = { NULL, 0 };
	struct address *a = address_new("alice@example.org"), *b = address_new("bob@example.org");
	char id[33], fingerprint[65];

	import(NULL, (struct leaf){ .first = "alice@example.org", .only_encrypt = true }, id, fingerprint);
	import(NULL, (struct leaf){ .first = "alice@example.org", .only_sign = true }, id, NULL);
	import(NULL, (struct leaf){ .first = "alice@example.org", .to = NOW - DAY }, id, NULL);
	import(NULL, (struct leaf){ .first = "alice@example.org" }, id, NULL);
	expect_ok(keystore_key_set_state(ks, id, "retired", &w.w, &e));
	expect_ok(keystore_own_encryption(ks, a, NOW, &list, &e));
	expect_ok(keystore_own_encryption(ks, b, NOW, &list, &e));
	ck_assert_uint_eq(list.count, 1);
	ck_assert_str_eq(certificate_fingerprint(list.items[0]), fingerprint);
	certificates_done(&list);
	address_free(a);
	address_free(b);
}
END_TEST

/* ---- want of memory -------------------------------------------------------------- */

/* What does not fit into the caches is not remembered, so a call may also succeed. */
START_TEST(want_of_memory_is_an_error_or_nothing)
{
	struct address *a = address_new("alice@example.org");
	bool pending = false;
	char id[33];

	import(NULL, (struct leaf){ .first = "alice@example.org", .second = "aa@example.org" }, id, NULL);
	for (unsigned n = 1; !pending; n++) {
		struct keystore *fresh = NULL;
		struct signer *s = NULL;
		const char *reason = NULL;
		int rc;

		ck_assert_uint_lt(n, 2000);
		memory_fail_at(n);
		rc = keystore_open(w.store, &w.master, &fresh, &e);
		if (rc == 0)
			rc = keystore_find_signer(fresh, a, NOW, true, &s, &reason, &e);
		pending = memory_fail_pending();
		memory_fail_at(0);
		if (rc == 0)
			ck_assert(s != NULL && reason == NULL && s->key != NULL);
		else
			expect_error(rc, ERROR_NO_MEMORY);
		signer_free(s);
		keystore_close(fresh);
	}
	address_free(a);
}
END_TEST

Suite *
suite_signer(void)
{
	Suite *suite = suite_create("signer");
	TCase *tc = tcase_create("signer");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, an_author_signs_with_the_identitys_key);
	tcase_add_test(tc, explaining_opens_no_key);
	tcase_add_test(tc, each_want_has_its_reason);
	tcase_add_test(tc, an_expired_certificate_gives_way_to_an_older_one_that_is_valid);
	tcase_add_test(tc, the_newest_certificate_signs);
	tcase_add_test(tc, the_newest_key_comes_before_the_newest_certificate);
	tcase_add_test(tc, a_certificate_signs_only_for_the_addresses_that_it_bears);
	tcase_add_test(tc, retired_and_revoked_keys_never_sign);
	tcase_add_test(tc, answers_go_to_the_newest_certificate_that_decrypts);
	tcase_add_test(tc, a_domains_agent_signs_for_who_has_no_key_of_his_own);
	tcase_add_test(tc, a_domains_agent_does_not_hide_that_a_certificate_ran_out);
	tcase_add_test(tc, a_domains_agent_is_named_as_one);
	tcase_add_test(tc, changes_of_another_process_are_seen);
	tcase_add_test(tc, the_caches_hold_what_was_asked_for);
	tcase_add_test(tc, our_own_certificates_for_mail_to_us);
	tcase_add_test(tc, want_of_memory_is_an_error_or_nothing);
	suite_add_tcase(suite, tc);
	return suite;
}
