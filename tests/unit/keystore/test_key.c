/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "crypto/pkcs12.h"
#include "keystore/identity.h"
#include "tests/unit/keystore/world.h"

Suite *suite_key(void);

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

static void
new_identity(const char *address, char id[33])
{
	struct address_list list = { NULL, 0 };

	expect_ok(address_list_take(&list, address_new(address), &e));
	expect_ok(identity_create(ks, &list, "somebody", &w.w, id, &e));
	address_list_done(&list);
}

static struct key_row
row_of(const char *id)
{
	struct key_row row;

	expect_ok(key_get(w.store, id, &row, &e));
	return row;
}

static void
expect_row(const char *id, const char *purpose, const char *state)
{
	struct key_row row = row_of(id);

	ck_assert_str_eq(row.purpose, purpose);
	ck_assert_str_eq(row.state, state);
	key_row_done(&row);
}

/* ---- import ------------------------------------------------------------------ */

static void
expect_import(struct leaf leaf, const char *purpose)
{
	struct certificate *certificate = NULL;
	struct key *key = NULL;
	char id[33];

	pki_issue(&pki, leaf, &key, &certificate);
	expect_ok(keystore_key_import(ks, NULL, key, certificate, &pki.chain, false, &w.w, id, &e));
	expect_row(id, purpose, "active");
	key_unref(key);
	certificate_unref(certificate);
}

START_TEST(the_certificates_usage_gives_the_purpose)
{
	expect_import((struct leaf){ .first = "both@example.org" }, "both");
	expect_import((struct leaf){ .first = "sign@example.org", .only_sign = true }, "sign");
	expect_import((struct leaf){ .first = "decrypt@example.org", .only_encrypt = true }, "decrypt");
	expect_import((struct leaf){ .first = "old@example.org", .from = NOW - 9 * YEAR, .to = NOW - 8 * YEAR },
	    "both");
	ck_assert_uint_eq(world_count(&w, "identity-add"), 4);
	ck_assert_uint_eq(world_count(&w, "key-add"), 4);
	ck_assert_uint_eq(world_count(&w, "key-certificate"), 4);
}
END_TEST

START_TEST(an_import_makes_the_identity_or_finds_it)
{
	struct certificate *first = NULL, *second = NULL, *between = NULL, *bare = NULL;
	struct key *one = NULL, *two = NULL, *three = NULL, *four = NULL;
	char id[33], alice[33], found[33];
	struct key_row row;

	pki_issue(&pki, (struct leaf){ .first = "alice@example.org", .second = "aa@example.org" }, &one, &first);
	expect_ok(keystore_key_import(ks, NULL, one, first, NULL, false, &w.w, id, &e));
	expect_ok(identity_find(ks, "aa@example.org", alice, &e));
	pki_issue(&pki, (struct leaf){ .first = "ALICE@example.org" }, &two, &second);
	expect_ok(keystore_key_import(ks, NULL, two, second, NULL, false, &w.w, id, &e));
	row = row_of(id);
	ck_assert_str_eq(row.identity_id, alice);
	key_row_done(&row);
	new_identity("bob@example.org", found);
	pki_issue(&pki, (struct leaf){ .first = "alice@example.org", .second = "bob@example.org" }, &three, &between);
	expect_error(keystore_key_import(ks, NULL, three, between, NULL, false, &w.w, id, &e), ERROR_STORE_CONFLICT);
	pki_issue(&pki, (struct leaf){ .first = NULL }, &four, &bare);
	expect_error(keystore_key_import(ks, NULL, four, bare, NULL, false, &w.w, id, &e), ERROR_CERTIFICATE_UNUSABLE);
	ck_assert_uint_eq(world_count(&w, "key-add"), 2);
	certificate_unref(first);
	certificate_unref(second);
	certificate_unref(between);
	certificate_unref(bare);
	key_unref(one);
	key_unref(two);
	key_unref(three);
	key_unref(four);
}
END_TEST

START_TEST(a_key_that_is_stored_already_is_refused)
{
	struct certificate *first = NULL, *second = NULL;
	struct key *key = NULL;
	char id[33], again[33] = "untouched";

	pki_issue(&pki, (struct leaf){ .first = "alice@example.org" }, &key, &first);
	expect_ok(keystore_key_import(ks, NULL, key, first, NULL, false, &w.w, id, &e));
	expect_error(keystore_key_import(ks, NULL, key, first, NULL, false, &w.w, again, &e), ERROR_STORE_CONFLICT);
	/* also for somebody else, and when it is destroyed */
	pki_issue(&pki, (struct leaf){ .first = "bob@example.org", .key = key }, NULL, &second);
	expect_error(keystore_key_import(ks, NULL, key, second, NULL, false, &w.w, again, &e), ERROR_STORE_CONFLICT);
	expect_ok(keystore_key_set_state(ks, id, "destroyed", &w.w, &e));
	expect_error(keystore_key_import(ks, NULL, key, first, NULL, false, &w.w, again, &e), ERROR_STORE_CONFLICT);
	ck_assert_str_eq(again, "untouched");
	ck_assert_uint_eq(world_count(&w, "key-add"), 1);
	certificate_unref(first);
	certificate_unref(second);
	key_unref(key);
}
END_TEST

START_TEST(a_certificate_of_another_key_is_refused)
{
	struct certificate *mine = NULL, *other = NULL;
	struct key *key = NULL;
	char id[33];

	pki_issue(&pki, (struct leaf){ .first = "alice@example.org" }, &key, &mine);
	pki_issue(&pki, (struct leaf){ .first = "alice@example.org" }, NULL, &other);
	expect_error(keystore_key_import(ks, NULL, key, other, NULL, false, &w.w, id, &e), ERROR_KEY_MISMATCH);
	ck_assert_uint_eq(world_count(&w, "key-add"), 0);
	certificate_unref(mine);
	certificate_unref(other);
	key_unref(key);
}
END_TEST

START_TEST(a_pkcs12_of_somebody_else_is_refused)
{
	struct buffer file = load("keystore/alice.p12");
	struct secret password = SECRET_INIT;
	struct certificates others = { NULL, 0 };
	struct certificate *leaf = NULL;
	struct key *key = NULL;
	char bob[33], alice[33], id[33];

	expect_ok(secret_copy(&password, "wonderland", 10, &e));
	expect_ok(pkcs12_read(file.data, file.size, &password, &key, &leaf, &others, &e));
	new_identity("bob@example.org", bob);
	expect_error(keystore_key_import(ks, bob, key, leaf, &others, false, &w.w, id, &e), ERROR_CERTIFICATE_UNUSABLE);
	new_identity("A.Adams@example.org", alice);
	expect_ok(keystore_key_import(ks, alice, key, leaf, &others, false, &w.w, id, &e));
	expect_row(id, "both", "active");
	expect_error(keystore_key_import(ks, "nobody", key, leaf, &others, false, &w.w, id, &e), ERROR_STORE_CONFLICT);
	certificates_done(&others);
	certificate_unref(leaf);
	key_unref(key);
	secret_done(&password);
	buffer_done(&file);
}
END_TEST

START_TEST(a_ca_certificate_is_nobodys)
{
	char id[33], alice[33];

	new_identity("alice@example.org", alice);
	expect_error(keystore_key_import(ks, alice, pki.ca_key, pki.ca, NULL, false, &w.w, id, &e),
	    ERROR_CERTIFICATE_UNUSABLE);
}
END_TEST

START_TEST(a_domains_certificate_names_the_domain_or_nobody)
{
	static const struct {
		const char *address;
		bool good;
	} rows[] = { { "domain-signing-authority@example.org", true }, { NULL, true },
		{ "domain-signing-authority@example.com", false }, { "x@sub.example.org", false } };
	char domain[33], id[33];

	expect_ok(identity_create_domain(ks, "example.org", "the domain", &w.w, domain, &e));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct certificate *leaf = NULL;
		struct key *key = NULL;

		pki_issue(&pki, (struct leaf){ .first = rows[i].address }, &key, &leaf);
		if (rows[i].good)
			expect_ok(keystore_key_import(ks, domain, key, leaf, NULL, false, &w.w, id, &e));
		else
			expect_error(keystore_key_import(ks, domain, key, leaf, NULL, false, &w.w, id, &e),
			    ERROR_CERTIFICATE_UNUSABLE);
		certificate_unref(leaf);
		key_unref(key);
	}
}
END_TEST

static int
count_chain(void *ctx, const struct key_certificate_row *row, struct error *err)
{
	struct certificates chain = { NULL, 0 };

	if (row->chain.size > 0 && certificates_read(row->chain.data, row->chain.size, &chain, err) != 0)
		return -1;
	*(size_t *)ctx = chain.count;
	certificates_done(&chain);
	return 0;
}

START_TEST(only_what_leads_upwards_is_kept_as_chain)
{
	struct pki stranger = pki_new("Stranger CA");
	struct certificates others = { NULL, 0 };
	struct certificate *leaf = NULL;
	struct key *key = NULL;
	size_t count = 99;
	char id[33];

	pki_issue(&pki, (struct leaf){ .first = "alice@example.org" }, &key, &leaf);
	expect_ok(certificates_add(&others, stranger.ca, &e));
	expect_ok(certificates_add(&others, pki.root, &e));
	expect_ok(certificates_add(&others, leaf, &e));
	expect_ok(certificates_add(&others, pki.ca, &e));
	expect_ok(keystore_key_import(ks, NULL, key, leaf, &others, false, &w.w, id, &e));
	expect_ok(key_certificate_each(w.store, id, count_chain, &count, &e));
	ck_assert_uint_eq(count, 2);
	certificates_done(&others);
	certificate_unref(leaf);
	key_unref(key);
	pki_done(&stranger);
}
END_TEST

/* ---- birth and certificates ------------------------------------------------------ */

START_TEST(a_generated_key_waits_for_its_certificate)
{
	struct certificate *leaf = NULL, *sign = NULL, *other = NULL, *renewed = NULL, *foreign = NULL;
	struct key *key = NULL;
	char alice[33], id[33];

	new_identity("alice@example.org", alice);
	expect_ok(keystore_key_generate(ks, alice, KEY_PURPOSE_BOTH, KEY_EC_P256, 0, &w.w, id, &e));
	expect_row(id, "both", "pending");
	expect_ok(keystore_key_open(ks, id, &key, &e));
	pki_issue(&pki, (struct leaf){ .first = "alice@example.org", .only_sign = true, .key = key }, NULL, &sign);
	expect_error(keystore_certificate_bind(ks, id, sign, NULL, false, &w.w, &e), ERROR_CERTIFICATE_UNUSABLE);
	pki_issue(&pki, (struct leaf){ .first = "bob@example.org", .key = key }, NULL, &foreign);
	expect_error(keystore_certificate_bind(ks, id, foreign, NULL, false, &w.w, &e), ERROR_CERTIFICATE_UNUSABLE);
	pki_issue(&pki, (struct leaf){ .first = "alice@example.org" }, NULL, &other);
	expect_error(keystore_certificate_bind(ks, id, other, NULL, false, &w.w, &e), ERROR_KEY_MISMATCH);
	expect_row(id, "both", "pending");
	pki_issue(&pki, (struct leaf){ .first = "alice@example.org", .key = key }, NULL, &leaf);
	expect_ok(keystore_certificate_bind(ks, id, leaf, &pki.chain, false, &w.w, &e));
	expect_row(id, "both", "active");
	expect_error(keystore_certificate_bind(ks, id, leaf, &pki.chain, false, &w.w, &e), ERROR_STORE_CONFLICT);
	pki_issue(&pki, (struct leaf){ .first = "alice@example.org", .from = NOW, .key = key }, NULL, &renewed);
	expect_ok(keystore_certificate_bind(ks, id, renewed, &pki.chain, false, &w.w, &e));
	ck_assert_uint_eq(world_count(&w, "key-certificate"), 2);
	ck_assert_uint_eq(world_count(&w, "key-state"), 1);
	certificate_unref(leaf);
	certificate_unref(sign);
	certificate_unref(other);
	certificate_unref(renewed);
	certificate_unref(foreign);
	key_unref(key);
}
END_TEST

START_TEST(a_key_is_made_only_for_what_its_type_can_do)
{
	char alice[33], id[33] = "untouched";

	new_identity("alice@example.org", alice);
	expect_error(keystore_key_generate(ks, alice, KEY_PURPOSE_BOTH, KEY_ED25519, 0, &w.w, id, &e),
	    ERROR_KEY_UNUSABLE);
	expect_error(keystore_key_generate(ks, alice, KEY_PURPOSE_DECRYPT, KEY_ED25519, 0, &w.w, id, &e),
	    ERROR_KEY_UNUSABLE);
	expect_error(keystore_key_generate(ks, "alice", KEY_PURPOSE_SIGN, KEY_ED25519, 0, &w.w, id, &e), ERROR_USAGE);
	expect_error(keystore_key_generate(ks, "00112233445566778899aabbccddeeff", KEY_PURPOSE_SIGN, KEY_ED25519, 0,
	    &w.w, id, &e), ERROR_STORE_NOT_FOUND);
	ck_assert_str_eq(id, "untouched");
	ck_assert_uint_eq(world_count(&w, "key-add"), 0);
	expect_ok(keystore_key_generate(ks, alice, KEY_PURPOSE_SIGN, KEY_ED25519, 0, &w.w, id, &e));
	expect_row(id, "sign", "pending");
}
END_TEST

START_TEST(a_request_asks_for_the_identitys_addresses)
{
	struct buffer pem = BUFFER_INIT(65536);
	char alice[33], id[33];

	new_identity("alice@example.org", alice);
	expect_ok(keystore_key_generate(ks, alice, KEY_PURPOSE_BOTH, KEY_EC_P256, 0, &w.w, id, &e));
	expect_ok(keystore_key_request(ks, id, &pem, &e));
	ck_assert_int_eq(strncmp(pem.data, "-----BEGIN CERTIFICATE REQUEST-----\n", 36), 0);
	expect_error(keystore_key_request(ks, "nothing", &pem, &e), ERROR_STORE_NOT_FOUND);
	buffer_done(&pem);
}
END_TEST

/* ---- states --------------------------------------------------------------------------- */

START_TEST(states_follow_each_other_as_the_table_says)
{
	static const char *const states[] = { "pending", "active", "retired", "revoked", "destroyed" };
	static const char *const allowed[] = { "pending>destroyed", "active>retired", "active>revoked",
		"active>destroyed", "retired>active", "retired>revoked", "retired>destroyed", "revoked>destroyed" };
	char alice[33], id[33];

	new_identity("alice@example.org", alice);
	for (size_t from = 0; from < 5; from++)
		for (size_t to = 0; to < 5; to++) {
			char step[64];
			bool good = false;

			snprintf(step, sizeof step, "%s>%s", states[from], states[to]);
			for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
				good = good || strcmp(step, allowed[i]) == 0;
			expect_ok(keystore_key_generate(ks, alice, KEY_PURPOSE_BOTH, KEY_EC_P256, 0, &w.w, id, &e));
			expect_ok(key_set_state(w.store, id, states[from], &e));
			if (good)
				expect_ok(keystore_key_set_state(ks, id, states[to], &w.w, &e));
			else
				expect_error(keystore_key_set_state(ks, id, states[to], &w.w, &e), ERROR_USAGE);
			expect_row(id, "both", good ? states[to] : states[from]);
		}
	ck_assert_uint_eq(world_count(&w, "key-state"), sizeof allowed / sizeof allowed[0]);
	expect_error(keystore_key_set_state(ks, id, "unheard-of", &w.w, &e), ERROR_USAGE);
	expect_error(keystore_key_set_state(ks, "nothing", "retired", &w.w, &e), ERROR_STORE_NOT_FOUND);
}
END_TEST

START_TEST(a_destroyed_key_leaves_no_octets)
{
	struct key *key = NULL;
	struct key_row row;
	char alice[33], id[33];

	new_identity("alice@example.org", alice);
	expect_ok(keystore_key_generate(ks, alice, KEY_PURPOSE_BOTH, KEY_EC_P256, 0, &w.w, id, &e));
	expect_ok(keystore_key_open(ks, id, &key, &e)); /* in memory, too */
	key_unref(key);
	key = NULL;
	expect_ok(keystore_key_set_state(ks, id, "destroyed", &w.w, &e));
	row = row_of(id);
	ck_assert_uint_eq(row.sealed.size, 0);
	key_row_done(&row);
	expect_error(keystore_key_open(ks, id, &key, &e), ERROR_KEY_UNUSABLE);
}
END_TEST

START_TEST(purposes_have_words)
{
	enum key_purpose p = KEY_PURPOSE_BOTH;

	expect_ok(key_purpose_parse("sign", &p, &e));
	ck_assert_int_eq(p, KEY_PURPOSE_SIGN);
	expect_ok(key_purpose_parse(key_purpose_word(KEY_PURPOSE_DECRYPT), &p, &e));
	ck_assert_int_eq(p, KEY_PURPOSE_DECRYPT);
	expect_error(key_purpose_parse("encrypt", &p, &e), ERROR_USAGE);
	ck_assert_int_eq(p, KEY_PURPOSE_DECRYPT);
}
END_TEST

Suite *
suite_key(void)
{
	Suite *suite = suite_create("key");
	TCase *tc = tcase_create("key");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, the_certificates_usage_gives_the_purpose);
	tcase_add_test(tc, an_import_makes_the_identity_or_finds_it);
	tcase_add_test(tc, a_key_that_is_stored_already_is_refused);
	tcase_add_test(tc, a_certificate_of_another_key_is_refused);
	tcase_add_test(tc, a_pkcs12_of_somebody_else_is_refused);
	tcase_add_test(tc, a_ca_certificate_is_nobodys);
	tcase_add_test(tc, a_domains_certificate_names_the_domain_or_nobody);
	tcase_add_test(tc, only_what_leads_upwards_is_kept_as_chain);
	tcase_add_test(tc, a_generated_key_waits_for_its_certificate);
	tcase_add_test(tc, a_key_is_made_only_for_what_its_type_can_do);
	tcase_add_test(tc, a_request_asks_for_the_identitys_addresses);
	tcase_add_test(tc, states_follow_each_other_as_the_table_says);
	tcase_add_test(tc, a_destroyed_key_leaves_no_octets);
	tcase_add_test(tc, purposes_have_words);
	suite_add_tcase(suite, tc);
	return suite;
}
