/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "crypto/chain.h"
#include "keystore/ca.h"
#include "tests/unit/keystore/world.h"

Suite *suite_ca(void);

static struct error e = ERROR_INIT;
static struct world w;
static struct keystore *ks;

/* A closed store that has a CA: its birth, with a passphrase made slow on purpose, happens once. */
static struct secret old_master = SECRET_INIT;
static char old_store[512];

static void
set_up(void)
{
	w = world_new();
	expect_ok(keystore_create(w.store, &w.master, &e));
	expect_ok(keystore_open(w.store, &w.master, &ks, &e));
}

static void
set_up_with_ca(void)
{
	w = world_copy(old_store, &old_master);
	expect_ok(keystore_open(w.store, &w.master, &ks, &e));
}

static void
tear_down(void)
{
	keystore_close(ks);
	world_done(&w);
}

static const char *const domains[] = { "Example.org", "*.example.net", NULL };

static int
keep(void *ctx, const struct secret *root_key, struct error *error)
{
	return secret_copy(ctx, root_key->data, root_key->size, error);
}

static int
lose(void *ctx, const struct secret *root_key, struct error *error)
{
	(void)ctx;
	(void)root_key;
	return error_set(error, ERROR_IO, "planted");
}

static int
try_to_create(const char *name, const char *const *for_domains, const struct secret *passphrase,
    const struct root_keeper *keeper, struct buffer *root)
{
	return ca_create(ks, name, for_domains, KEY_EC_P256, passphrase, NOW, keeper, &w.w, root, &e);
}

/* A CA; root and key go to the caller. */
static void
create(struct buffer *root, struct secret *root_key)
{
	struct secret passphrase = SECRET_INIT;
	const struct root_keeper keeper = { keep, root_key };

	expect_ok(secret_copy(&passphrase, "correct horse", 13, &e));
	expect_ok(try_to_create("Example CA", domains, &passphrase, &keeper, root));
	secret_done(&passphrase);
}

static void
make_old_store(void)
{
	struct buffer root = BUFFER_INIT(65536);
	struct secret root_key = SECRET_INIT;

	set_up();
	create(&root, &root_key);
	expect_ok(secret_copy(&old_master, w.master.data, w.master.size, &e));
	snprintf(old_store, sizeof old_store, "%s", w.path);
	tear_down();
	buffer_done(&root);
	secret_done(&root_key);
}

static void
forget_old_store(void)
{
	secret_done(&old_master);
}

/* A pending key of a new identity; `address` may be "@domain". */
static void
new_key(const char *address, enum key_purpose purpose, char id[33])
{
	struct address_list list = { NULL, 0 };
	char identity[33];

	if (address[0] == '@')
		expect_ok(identity_create_domain(ks, address + 1, "the domain", &w.w, identity, &e));
	else {
		expect_ok(address_list_take(&list, address_new(address), &e));
		expect_ok(identity_create(ks, &list, "somebody", &w.w, identity, &e));
		address_list_done(&list);
	}
	expect_ok(keystore_key_generate(ks, identity, purpose, KEY_EC_P256, 0, &w.w, id, &e));
}

static struct certificate *
issue(const char *address, enum key_purpose purpose, char id[33])
{
	struct certificate *leaf = NULL;

	new_key(address, purpose, id);
	expect_ok(ca_issue(ks, id, 365, NOW, &w.w, &leaf, &e));
	return leaf;
}

/* A chain as a correspondent would judge it, with our root and a list. */
static struct chain_result
judge(const struct certificate *leaf, const struct buffer *crl, enum certificate_purpose purpose)
{
	struct certificates anchors = { NULL, 0 }, intermediates = { NULL, 0 };
	struct crls *crls = crls_new(&e);
	struct chain_request request = { leaf, &intermediates, &anchors, crls, purpose, NOW + DAY };
	struct chain_result result;

	expect_ok(ca_anchors(ks, &anchors, &e));
	expect_ok(ca_intermediates(ks, &intermediates, &e));
	if (crl != NULL)
		expect_ok(crls_read(crls, crl->data, crl->size, &e));
	expect_ok(chain_verify(&request, &result, &e));
	certificates_done(&anchors);
	certificates_done(&intermediates);
	crls_free(crls);
	return result;
}

START_TEST(a_ca_is_born_with_a_root_to_publish_and_a_key_to_lock_away)
{
	struct buffer root = BUFFER_INIT(65536);
	struct secret root_key = SECRET_INIT, right = SECRET_INIT, wrong = SECRET_INIT;
	struct certificates anchors = { NULL, 0 }, intermediates = { NULL, 0 }, published = { NULL, 0 };
	struct key *key = NULL;

	create(&root, &root_key);
	expect_ok(certificates_read(root.data, root.size, &published, &e));
	expect_ok(ca_anchors(ks, &anchors, &e));
	expect_ok(ca_intermediates(ks, &intermediates, &e));
	ck_assert_uint_eq(anchors.count, 1);
	ck_assert_uint_eq(intermediates.count, 1);
	ck_assert_str_eq(certificate_fingerprint(published.items[0]), certificate_fingerprint(anchors.items[0]));
	ck_assert_str_eq(certificate_common_name(intermediates.items[0]), "Example CA");
	ck_assert(certificate_is_self_signed(anchors.items[0]) && certificate_is_ca(intermediates.items[0]));
	expect_ok(secret_copy(&right, "correct horse", 13, &e));
	expect_ok(secret_copy(&wrong, "correct mouse", 13, &e));
	expect_error(key_read_pem(root_key.data, root_key.size, &wrong, &key, &e), ERROR_PASSWORD);
	expect_error(key_read_pem(root_key.data, root_key.size, NULL, &key, &e), ERROR_PASSWORD);
	expect_ok(key_read_pem(root_key.data, root_key.size, &right, &key, &e));
	ck_assert_str_eq(key_public_hash(key), certificate_public_hash(anchors.items[0]));
	ck_assert_uint_eq(world_count(&w, "ca-init"), 1);
	key_unref(key);
	secret_done(&right);
	secret_done(&wrong);
	secret_done(&root_key);
	buffer_done(&root);
	certificates_done(&anchors);
	certificates_done(&intermediates);
	certificates_done(&published);
}
END_TEST

START_TEST(a_root_key_that_cannot_be_kept_leaves_no_ca)
{
	const struct root_keeper keeper = { lose, NULL };
	struct secret passphrase = SECRET_INIT;
	struct buffer root = BUFFER_INIT(65536);

	expect_ok(secret_copy(&passphrase, "correct horse", 13, &e));
	expect_error(try_to_create("CA", domains, &passphrase, &keeper, &root), ERROR_IO);
	ck_assert_uint_eq(root.size, 0);
	ck_assert_uint_eq(world_count(&w, "ca-init") + world_count(&w, "undone"), 0);
	expect_error(ca_crl(ks, NOW, 7, &w.w, &root, &e), ERROR_STORE_NOT_FOUND);
	buffer_done(&root);
	secret_done(&passphrase);
}
END_TEST

START_TEST(a_ca_needs_a_name_domains_and_a_passphrase)
{
	static const char *const none[] = { NULL }, *const bad[] = { "example.org", "*", NULL };
	struct secret passphrase = SECRET_INIT, root_key = SECRET_INIT;
	const struct root_keeper keeper = { keep, &root_key };
	struct buffer root = BUFFER_INIT(65536);
	struct certificate *leaf = NULL;
	char id[33];

	expect_error(try_to_create("CA", domains, &passphrase, &keeper, &root), ERROR_PASSWORD);
	expect_ok(secret_copy(&passphrase, "correct horse", 13, &e));
	expect_error(try_to_create("", domains, &passphrase, &keeper, &root), ERROR_USAGE);
	expect_error(try_to_create("CA", none, &passphrase, &keeper, &root), ERROR_USAGE);
	expect_error(try_to_create("CA", NULL, &passphrase, &keeper, &root), ERROR_USAGE);
	expect_error(try_to_create("CA", bad, &passphrase, &keeper, &root), ERROR_ADDRESS_SYNTAX);
	ck_assert_uint_eq(root.size + root_key.size, 0);
	ck_assert_uint_eq(world_count(&w, "ca-init"), 0);
	new_key("alice@example.org", KEY_PURPOSE_BOTH, id);
	expect_error(ca_issue(ks, id, 365, NOW, &w.w, &leaf, &e), ERROR_STORE_NOT_FOUND);
	expect_error(ca_crl(ks, NOW, 7, &w.w, &root, &e), ERROR_STORE_NOT_FOUND);
	expect_error(ca_revoke(ks, "01", 1, NOW, &w.w, &e), ERROR_STORE_NOT_FOUND);
	secret_done(&passphrase);
}
END_TEST

START_TEST(what_it_issues_is_trusted_bound_and_logged)
{
	struct address *a = address_new("alice@example.org");
	struct chain_result result;
	struct certificate *leaf;
	struct signer *s = NULL;
	const char *reason;
	char id[33];

	leaf = issue("alice@example.org", KEY_PURPOSE_BOTH, id);
	ck_assert(certificate_has_address(leaf, a, false));
	ck_assert_int_le(certificate_not_after(leaf), NOW + 365 * DAY);
	result = judge(leaf, NULL, PURPOSE_SIGN);
	ck_assert(result.trusted);
	chain_result_done(&result);
	result = judge(leaf, NULL, PURPOSE_ENCRYPT);
	ck_assert(result.trusted);
	chain_result_done(&result);
	expect_ok(keystore_find_signer(ks, a, NOW, true, &s, &reason, &e));
	ck_assert_str_eq(certificate_fingerprint(s->certificate), certificate_fingerprint(leaf));
	ck_assert_uint_eq(s->chain.count, 1); /* the issuing CA; the root is known or it is not */
	signer_free(s);
	ck_assert_uint_eq(world_count(&w, "ca-issue"), 1);
	ck_assert_uint_eq(world_count(&w, "key-certificate"), 1);
	certificate_unref(leaf);
	address_free(a);
}
END_TEST

START_TEST(names_outside_its_domains_are_refused)
{
	static const struct {
		const char *address;
		bool good;
	} rows[] = {
		{ "alice@example.org", true }, { "alice@sub.example.net", true },
		{ "alice@sub.example.org", false }, { "alice@example.net", false }, { "alice@example.com", false },
		{ "alice@notexample.org", false },
	};
	char id[33];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct certificate *leaf = NULL;

		new_key(rows[i].address, KEY_PURPOSE_SIGN, id);
		if (rows[i].good)
			expect_ok(ca_issue(ks, id, 365, NOW, &w.w, &leaf, &e));
		else
			expect_error(ca_issue(ks, id, 365, NOW, &w.w, &leaf, &e), ERROR_CERTIFICATE_UNUSABLE);
		ck_assert((leaf != NULL) == rows[i].good);
		certificate_unref(leaf);
	}
	ck_assert_uint_eq(world_count(&w, "ca-issue"), 2);
}
END_TEST

START_TEST(a_domains_agents_have_the_names_of_the_standard)
{
	static const char *const persons[] = { "Domain-Signing-Authority@example.org", "review-authority@example.org" };
	struct certificate *leaf;
	char id[33];

	for (size_t i = 0; i < 2; i++) {
		new_key(persons[i], KEY_PURPOSE_SIGN, id);
		expect_error(ca_issue(ks, id, 365, NOW, &w.w, &leaf, &e), ERROR_CERTIFICATE_UNUSABLE);
	}
	leaf = issue("@example.org", KEY_PURPOSE_SIGN, id);
	ck_assert_str_eq(certificate_common_name(leaf), "domain-signing-authority");
	ck_assert_str_eq(certificate_addresses(leaf)->items[0]->text, "domain-signing-authority@example.org");
	certificate_unref(leaf);
	leaf = issue("@sub.example.net", KEY_PURPOSE_DECRYPT, id);
	ck_assert_str_eq(certificate_common_name(leaf), "domain-confidentiality-authority");
	certificate_unref(leaf);
	new_key("@other.example.net", KEY_PURPOSE_BOTH, id);
	expect_error(ca_issue(ks, id, 365, NOW, &w.w, &leaf, &e), ERROR_KEY_UNUSABLE);
}
END_TEST

START_TEST(lifetimes_and_states_are_bounded)
{
	struct certificate *leaf = NULL;
	char id[33];

	new_key("alice@example.org", KEY_PURPOSE_BOTH, id);
	expect_error(ca_issue(ks, id, 0, NOW, &w.w, &leaf, &e), ERROR_USAGE);
	expect_error(ca_issue(ks, id, 825, NOW, &w.w, &leaf, &e), ERROR_USAGE);
	expect_error(ca_issue(ks, "nothing", 365, NOW, &w.w, &leaf, &e), ERROR_STORE_NOT_FOUND);
	expect_ok(ca_issue(ks, id, 824, NOW, &w.w, &leaf, &e));
	ck_assert_int_lt(certificate_not_after(leaf) - certificate_not_before(leaf), 825 * DAY);
	certificate_unref(leaf);
	leaf = NULL;
	expect_ok(ca_issue(ks, id, 30, NOW + DAY, &w.w, &leaf, &e)); /* renewed */
	certificate_unref(leaf);
	leaf = NULL;
	expect_ok(keystore_key_set_state(ks, id, "retired", &w.w, &e));
	expect_error(ca_issue(ks, id, 30, NOW, &w.w, &leaf, &e), ERROR_KEY_UNUSABLE);
	/* near its own end the CA issues no longer than it lives */
	new_key("bob@example.org", KEY_PURPOSE_BOTH, id);
	expect_ok(ca_issue(ks, id, 824, NOW + 9 * YEAR + 300 * DAY, &w.w, &leaf, &e));
	ck_assert_int_lt(certificate_not_after(leaf), NOW + 10 * YEAR + 5 * DAY);
	certificate_unref(leaf);
}
END_TEST

START_TEST(what_is_revoked_stands_on_the_list_and_signs_no_more)
{
	struct address *a = address_new("alice@example.org");
	struct buffer first = BUFFER_INIT(1 << 20), second = BUFFER_INIT(1 << 20);
	struct certificate *alice, *bob;
	struct chain_result result;
	struct signer *s = NULL;
	const char *reason;
	char id[33], other[33];

	alice = issue("alice@example.org", KEY_PURPOSE_BOTH, id);
	bob = issue("bob@example.org", KEY_PURPOSE_BOTH, other);
	expect_ok(ca_crl(ks, NOW, 7, &w.w, &first, &e));
	result = judge(alice, &first, PURPOSE_SIGN);
	ck_assert(result.trusted);
	ck_assert_int_ne(result.revocation, REVOCATION_REVOKED);
	chain_result_done(&result);
	expect_ok(ca_revoke(ks, certificate_serial(alice), 1, NOW, &w.w, &e));
	expect_ok(ca_crl(ks, NOW, 7, &w.w, &second, &e));
	result = judge(alice, &second, PURPOSE_SIGN);
	ck_assert_int_eq(result.revocation, REVOCATION_REVOKED);
	chain_result_done(&result);
	result = judge(bob, &second, PURPOSE_SIGN);
	ck_assert_int_ne(result.revocation, REVOCATION_REVOKED);
	chain_result_done(&result);
	expect_ok(keystore_find_signer(ks, a, NOW, true, &s, &reason, &e));
	ck_assert_ptr_null(s);
	ck_assert_str_eq(reason, "revoked");
	ck_assert_uint_eq(world_count(&w, "ca-revoke"), 1);
	ck_assert_uint_eq(world_count(&w, "crl"), 2);
	buffer_done(&first);
	buffer_done(&second);
	certificate_unref(alice);
	certificate_unref(bob);
	address_free(a);
}
END_TEST

START_TEST(serials_are_read_as_people_write_them)
{
	struct certificate *leaf;
	char id[33], written[128], *to = written;
	const char *serial;

	leaf = issue("alice@example.org", KEY_PURPOSE_BOTH, id);
	serial = certificate_serial(leaf);
	for (size_t i = 0; serial[i] != '\0'; i++) {
		*to++ = serial[i] >= 'a' ? (char)(serial[i] - 'a' + 'A') : serial[i];
		if (i % 2 == 1 && serial[i + 1] != '\0')
			*to++ = ':';
	}
	*to = '\0';
	expect_error(ca_revoke(ks, "12:34", 1, NOW, &w.w, &e), ERROR_STORE_NOT_FOUND);
	expect_error(ca_revoke(ks, "", 1, NOW, &w.w, &e), ERROR_USAGE);
	expect_error(ca_revoke(ks, "xyz", 1, NOW, &w.w, &e), ERROR_USAGE);
	expect_error(ca_revoke(ks, written, 6, NOW, &w.w, &e), ERROR_USAGE); /* certificateHold */
	expect_error(ca_revoke(ks, written, 11, NOW, &w.w, &e), ERROR_USAGE);
	expect_ok(ca_revoke(ks, written, 0, NOW, &w.w, &e));
	expect_error(ca_revoke(ks, serial, 0, NOW, &w.w, &e), ERROR_STORE_CONFLICT);
	ck_assert_uint_eq(world_count(&w, "ca-revoke"), 1);
	certificate_unref(leaf);
}
END_TEST

Suite *
suite_ca(void)
{
	Suite *suite = suite_create("ca");
	TCase *birth = tcase_create("birth"), *tc = tcase_create("ca");

	tcase_add_checked_fixture(birth, set_up, tear_down);
	tcase_set_timeout(birth, 60);
	tcase_add_test(birth, a_ca_is_born_with_a_root_to_publish_and_a_key_to_lock_away);
	tcase_add_test(birth, a_root_key_that_cannot_be_kept_leaves_no_ca);
	tcase_add_test(birth, a_ca_needs_a_name_domains_and_a_passphrase);
	suite_add_tcase(suite, birth);
	tcase_add_unchecked_fixture(tc, make_old_store, forget_old_store);
	tcase_add_checked_fixture(tc, set_up_with_ca, tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, what_it_issues_is_trusted_bound_and_logged);
	tcase_add_test(tc, names_outside_its_domains_are_refused);
	tcase_add_test(tc, a_domains_agents_have_the_names_of_the_standard);
	tcase_add_test(tc, lifetimes_and_states_are_bounded);
	tcase_add_test(tc, what_is_revoked_stands_on_the_list_and_signs_no_more);
	tcase_add_test(tc, serials_are_read_as_people_write_them);
	suite_add_tcase(suite, tc);
	return suite;
}
