/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "tests/unit/store/helpers.h"
#include "tests/unit/support.h"

Suite *suite_rows(void);

static struct store *s;
static struct error e;

static void
set_up(void)
{
	e = (struct error)ERROR_INIT;
	s = fresh_store();
}

static void
tear_down(void)
{
	store_close(s);
}

/* What a visit saw: "a b c". */
static char seen[1024];

static void
see(const char *text)
{
	size_t n = strlen(seen);

	snprintf(seen + n, sizeof seen - n, "%s%s", n == 0 ? "" : " ", text);
}

#define expect_seen(call, want) do { \
	seen[0] = '\0'; \
	expect_ok(call); \
	ck_assert_str_eq(seen, want); \
} while (0)

/* ---- meta ---- */

START_TEST(a_value_is_kept_and_replaced)
{
	struct buffer out = BUFFER_INIT(100);

	expect_error(meta_get(s, "id", &out, &e), ERROR_STORE_NOT_FOUND);
	expect_ok(meta_put(s, "id", "one", &e));
	expect_ok(meta_put(s, "id", "it's \"two\"; DROP TABLE meta; --", &e));
	expect_ok(meta_get(s, "id", &out, &e));
	ck_assert_str_eq(buffer_text(&out), "it's \"two\"; DROP TABLE meta; --");
	buffer_done(&out);
}
END_TEST

START_TEST(a_value_past_the_ceiling_of_its_buffer_is_an_error)
{
	struct buffer out = BUFFER_INIT(2);

	expect_ok(meta_put(s, "id", "abc", &e));
	expect_error(meta_get(s, "id", &out, &e), ERROR_TOO_LARGE);
	ck_assert_uint_eq(out.size, 0);
	buffer_done(&out);
}
END_TEST

/* ---- store_key ---- */

static int
see_store_key(void *ctx, const struct store_key_row *row, struct error *e_)
{
	(void)ctx;
	(void)e_;
	ck_assert_mem_eq(row->wrapped.data, "\0\1\2", 3);
	ck_assert_uint_eq(row->wrapped.size, 3);
	see(row->id);
	return 0;
}

START_TEST(store_keys_come_oldest_first)
{
	struct store_key_row young = { ID_A, 20, { "\0\1\2", 3 } }, old = { ID_B, 10, { "\0\1\2", 3 } };

	expect_ok(store_key_add(s, &young, &e));
	expect_ok(store_key_add(s, &old, &e));
	expect_error(store_key_add(s, &old, &e), ERROR_STORE_CONFLICT);
	expect_seen(store_key_each(s, see_store_key, NULL, &e), ID_B " " ID_A);
}
END_TEST

/* ---- identity ---- */

static int
see_identity(void *ctx, const struct identity_row *row, struct error *e_)
{
	(void)ctx;
	(void)e_;
	see(row->name);
	return 0;
}

START_TEST(an_identity_comes_back_as_it_was_written)
{
	struct identity_row row = an_identity(ID_A), got;

	row.kind = "domain";
	row.name = "J\xc3\xbcrgen \xe2\x9c\x89";
	expect_ok(identity_add(s, &row, &e));
	expect_error(identity_add(s, &row, &e), ERROR_STORE_CONFLICT);
	expect_error(identity_get(s, ID_B, &got, &e), ERROR_STORE_NOT_FOUND);
	expect_ok(identity_get(s, ID_A, &got, &e));
	ck_assert_str_eq(got.id, ID_A);
	ck_assert_str_eq(got.kind, "domain");
	ck_assert_str_eq(got.name, row.name);
	ck_assert_int_eq(got.created, row.created);
	identity_row_done(&got);
	identity_row_done(&got); /* twice is fine */
}
END_TEST

START_TEST(identities_come_by_name)
{
	struct identity_row one = an_identity(ID_A), two = an_identity(ID_B);

	one.name = "zoe";
	two.name = "adam";
	expect_ok(identity_add(s, &one, &e));
	expect_ok(identity_add(s, &two, &e));
	expect_seen(identity_each(s, see_identity, NULL, &e), "adam zoe");
}
END_TEST

START_TEST(a_kind_that_is_none_is_refused)
{
	struct identity_row row = an_identity(ID_A);

	row.kind = "person";
	expect_error(identity_add(s, &row, &e), ERROR_STORE);
	row.kind = NULL;
	expect_error(identity_add(s, &row, &e), ERROR_STORE);
}
END_TEST

static int
see_text(void *ctx, const char *key, struct error *e_)
{
	(void)ctx;
	(void)e_;
	see(key);
	return 0;
}

START_TEST(an_address_leads_to_one_identity)
{
	struct identity_row one = an_identity(ID_A), two = an_identity(ID_B);
	char id[RANDOM_ID_SIZE] = "";

	expect_ok(identity_add(s, &one, &e));
	expect_ok(identity_add(s, &two, &e));
	expect_ok(identity_address_add(s, ID_A, "b@example.org", &e));
	expect_ok(identity_address_add(s, ID_A, "a@example.org", &e));
	expect_error(identity_address_add(s, ID_B, "a@example.org", &e), ERROR_STORE_CONFLICT);
	expect_ok(identity_address_get(s, "a@example.org", id, &e));
	ck_assert_str_eq(id, ID_A);
	expect_seen(identity_address_each(s, ID_A, see_text, NULL, &e), "a@example.org b@example.org");
	expect_seen(identity_address_each(s, ID_B, see_text, NULL, &e), "");
	expect_ok(identity_address_remove(s, "a@example.org", &e));
	expect_error(identity_address_remove(s, "a@example.org", &e), ERROR_STORE_NOT_FOUND);
	expect_error(identity_address_get(s, "a@example.org", id, &e), ERROR_STORE_NOT_FOUND);
}
END_TEST

START_TEST(an_address_of_no_identity_is_refused)
{
	expect_error(identity_address_add(s, ID_A, "a@example.org", &e), ERROR_STORE_NOT_FOUND);
}
END_TEST

START_TEST(an_identity_goes_with_its_addresses)
{
	struct identity_row row = an_identity(ID_A);
	char id[RANDOM_ID_SIZE];

	expect_ok(identity_add(s, &row, &e));
	expect_ok(identity_address_add(s, ID_A, "a@example.org", &e));
	expect_ok(identity_remove(s, ID_A, &e));
	expect_error(identity_address_get(s, "a@example.org", id, &e), ERROR_STORE_NOT_FOUND);
	expect_error(identity_remove(s, ID_A, &e), ERROR_STORE_NOT_FOUND);
}
END_TEST

START_TEST(an_identity_with_keys_stays_with_its_addresses)
{
	struct identity_row row = an_identity(ID_A);
	struct key_row key = a_key(ID_C, ID_A, HASH_A);
	char id[RANDOM_ID_SIZE];

	expect_ok(identity_add(s, &row, &e));
	expect_ok(identity_address_add(s, ID_A, "a@example.org", &e));
	expect_ok(key_add(s, &key, &e));
	expect_error(identity_remove(s, ID_A, &e), ERROR_STORE_CONFLICT);
	expect_ok(identity_address_get(s, "a@example.org", id, &e));
}
END_TEST

/* ---- key ---- */

static void
two_identities(void)
{
	struct identity_row one = an_identity(ID_A), two = an_identity(ID_B);

	expect_ok(identity_add(s, &one, &e));
	expect_ok(identity_add(s, &two, &e));
}

static void
expect_key(const struct key_row *got, const struct key_row *want)
{
	ck_assert_str_eq(got->id, want->id);
	ck_assert_str_eq(got->identity_id, want->identity_id);
	ck_assert_str_eq(got->purpose, want->purpose);
	ck_assert_str_eq(got->state, want->state);
	ck_assert_str_eq(got->algorithm, want->algorithm);
	ck_assert_str_eq(got->public_hash, want->public_hash);
	ck_assert_int_eq(got->created, want->created);
	ck_assert_uint_eq(got->sealed.size, want->sealed.size);
	ck_assert_mem_eq(got->sealed.data, want->sealed.data, want->sealed.size);
}

START_TEST(a_key_comes_back_as_it_was_written)
{
	struct key_row row = a_key(ID_C, ID_A, HASH_C), got;

	two_identities();
	expect_ok(key_add(s, &row, &e));
	expect_ok(key_get(s, ID_C, &got, &e));
	expect_key(&got, &row);
	key_row_done(&got);
	expect_ok(key_get_by_public_hash(s, HASH_C, &got, &e));
	expect_key(&got, &row);
	key_row_done(&got);
	expect_error(key_get(s, ID_A, &got, &e), ERROR_STORE_NOT_FOUND);
	expect_error(key_get_by_public_hash(s, HASH_A, &got, &e), ERROR_STORE_NOT_FOUND);
}
END_TEST

START_TEST(a_public_key_is_stored_once)
{
	struct key_row one = a_key(ID_A, ID_A, HASH_C), two = a_key(ID_B, ID_B, HASH_C);

	two_identities();
	expect_ok(key_add(s, &one, &e));
	expect_error(key_add(s, &two, &e), ERROR_STORE_CONFLICT);
	expect_error(key_get(s, ID_B, &one, &e), ERROR_STORE_NOT_FOUND);
}
END_TEST

START_TEST(a_key_of_no_identity_is_refused)
{
	struct key_row row = a_key(ID_A, ID_A, HASH_C);

	expect_error(key_add(s, &row, &e), ERROR_STORE_NOT_FOUND);
}
END_TEST

static int
see_key(void *ctx, const struct key_row *row, struct error *e_)
{
	(void)ctx;
	(void)e_;
	see(row->id);
	return 0;
}

START_TEST(keys_come_newest_first)
{
	struct key_row old = a_key(ID_A, ID_A, HASH_A), new = a_key(ID_B, ID_A, HASH_B), other = a_key(ID_C, ID_B, HASH_C);

	new.created = 1700000009;
	other.created = 1700000005;
	two_identities();
	expect_ok(key_add(s, &old, &e));
	expect_ok(key_add(s, &new, &e));
	expect_ok(key_add(s, &other, &e));
	expect_seen(key_each(s, ID_A, see_key, NULL, &e), ID_B " " ID_A);
	expect_seen(key_each(s, NULL, see_key, NULL, &e), ID_B " " ID_C " " ID_A);
	expect_seen(key_each(s, ID_C, see_key, NULL, &e), "");
}
END_TEST

START_TEST(a_keys_state_and_seal_change_alone)
{
	struct key_row row = a_key(ID_C, ID_A, HASH_C), got;
	struct blob none = { NULL, 0 };

	two_identities();
	expect_ok(key_add(s, &row, &e));
	expect_ok(key_set_state(s, ID_C, "destroyed", &e));
	expect_ok(key_set_sealed(s, ID_C, &none, &e));
	row.state = "destroyed";
	row.sealed = none;
	expect_ok(key_get(s, ID_C, &got, &e));
	ck_assert_str_eq(got.state, "destroyed");
	ck_assert_uint_eq(got.sealed.size, 0);
	ck_assert_str_eq(got.purpose, "both");
	key_row_done(&got);
	expect_error(key_set_state(s, ID_C, "lost", &e), ERROR_STORE);
	expect_error(key_set_state(s, ID_A, "active", &e), ERROR_STORE_NOT_FOUND);
	expect_error(key_set_sealed(s, ID_A, &none, &e), ERROR_STORE_NOT_FOUND);
}
END_TEST

START_TEST(a_column_past_its_ceiling_is_refused)
{
	static char large[9 * 1024 * 1024];
	struct blob sealed = { large, sizeof large };
	struct key_row row = a_key(ID_C, ID_A, HASH_C);

	two_identities();
	expect_ok(key_add(s, &row, &e));
	expect_error(key_set_sealed(s, ID_C, &sealed, &e), ERROR_TOO_LARGE);
	sealed.size = 1024 * 1024;
	expect_ok(key_set_sealed(s, ID_C, &sealed, &e));
}
END_TEST

/* ---- key_certificate ---- */

static int
see_certificate(void *ctx, const struct key_certificate_row *row, struct error *e_)
{
	const struct key_certificate_row *want = ctx;

	(void)e_;
	see(row->fingerprint);
	if (want == NULL)
		return 0;
	ck_assert_str_eq(row->key_id, want->key_id);
	ck_assert_str_eq(row->issuer_serial, want->issuer_serial);
	ck_assert_str_eq(row->ski, want->ski);
	ck_assert_uint_eq(row->der.size, want->der.size);
	ck_assert_mem_eq(row->der.data, want->der.data, want->der.size);
	ck_assert_uint_eq(row->chain.size, 0);
	ck_assert_int_eq(row->not_before, want->not_before);
	ck_assert_int_eq(row->not_after, want->not_after);
	ck_assert_int_eq(row->created, want->created);
	return 0;
}

static void
one_key(void)
{
	struct key_row key = a_key(ID_A, ID_A, HASH_C);

	two_identities();
	expect_ok(key_add(s, &key, &e));
}

START_TEST(a_certificate_comes_back_as_it_was_written)
{
	struct key_certificate_row row = a_certificate(HASH_A, ID_A);

	one_key();
	expect_ok(key_certificate_add(s, &row, &e));
	expect_error(key_certificate_add(s, &row, &e), ERROR_STORE_CONFLICT);
	expect_seen(key_certificate_each(s, ID_A, see_certificate, &row, &e), HASH_A);
	row = a_certificate(HASH_B, ID_B);
	expect_error(key_certificate_add(s, &row, &e), ERROR_STORE_NOT_FOUND);
}
END_TEST

START_TEST(certificates_of_a_key_come_latest_first)
{
	struct key_certificate_row one = a_certificate(HASH_A, ID_A), two = a_certificate(HASH_B, ID_A);

	two.not_before = 101;
	one_key();
	expect_ok(key_certificate_add(s, &one, &e));
	expect_ok(key_certificate_add(s, &two, &e));
	expect_seen(key_certificate_each(s, ID_A, see_certificate, NULL, &e), HASH_B " " HASH_A);
}
END_TEST

START_TEST(a_recipient_is_found_by_either_name)
{
	struct key_certificate_row one = a_certificate(HASH_A, ID_A), two = a_certificate(HASH_B, ID_A);

	snprintf(one.issuer_serial, sizeof one.issuer_serial, "%s", HASH_A);
	snprintf(two.issuer_serial, sizeof two.issuer_serial, "%s", HASH_C);
	snprintf(two.ski, sizeof two.ski, "%s", "");
	two.not_before = 99;
	one_key();
	expect_ok(key_certificate_add(s, &one, &e));
	expect_ok(key_certificate_add(s, &two, &e));
	expect_seen(key_certificate_each_by_recipient(s, HASH_A, NULL, see_certificate, NULL, &e), HASH_A);
	expect_seen(key_certificate_each_by_recipient(s, NULL, "00ff", see_certificate, NULL, &e), HASH_A);
	expect_seen(key_certificate_each_by_recipient(s, HASH_C, "00ff", see_certificate, NULL, &e), HASH_A " " HASH_B);
	expect_seen(key_certificate_each_by_recipient(s, NULL, "", see_certificate, NULL, &e), "");
	expect_seen(key_certificate_each_by_recipient(s, NULL, NULL, see_certificate, NULL, &e), "");
	expect_seen(key_certificate_each_by_recipient(s, HASH_B, "00", see_certificate, NULL, &e), "");
}
END_TEST

/* ---- login ---- */

static int
see_login(void *ctx, const char *login, const char *author, struct error *e_)
{
	(void)ctx;
	(void)e_;
	see(login);
	see(author);
	return 0;
}

START_TEST(a_login_acts_for_the_authors_it_was_given)
{
	expect_ok(login_add(s, "bob", "b@example.org", &e));
	expect_ok(login_add(s, "alice", "*@example.org", &e));
	expect_ok(login_add(s, "alice", "a@example.org", &e));
	expect_error(login_add(s, "alice", "a@example.org", &e), ERROR_STORE_CONFLICT);
	expect_seen(login_each(s, "alice", see_login, NULL, &e), "alice *@example.org alice a@example.org");
	expect_seen(login_each(s, NULL, see_login, NULL, &e),
	    "alice *@example.org alice a@example.org bob b@example.org");
	expect_ok(login_remove(s, "alice", "*@example.org", &e));
	expect_error(login_remove(s, "alice", "*@example.org", &e), ERROR_STORE_NOT_FOUND);
	expect_seen(login_each(s, "alice", see_login, NULL, &e), "alice a@example.org");
	expect_seen(login_each(s, "Alice", see_login, NULL, &e), ""); /* logins are what the MTA says, to the letter */
}
END_TEST

/* ---- partner_certificate ---- */

static int
see_partner(void *ctx, const struct partner_certificate_row *row, struct error *e_)
{
	const struct partner_certificate_row *want = ctx;

	(void)e_;
	see(row->fingerprint);
	if (want == NULL)
		return 0;
	ck_assert_str_eq(row->id, want->id);
	ck_assert_str_eq(row->owner, want->owner);
	ck_assert_str_eq(row->level, want->level);
	ck_assert_uint_eq(row->chain.size, want->chain.size);
	ck_assert_mem_eq(row->chain.data, want->chain.data, want->chain.size);
	ck_assert_mem_eq(row->der.data, want->der.data, want->der.size);
	ck_assert_int_eq(row->not_before, want->not_before);
	ck_assert_int_eq(row->not_after, want->not_after);
	ck_assert_int_eq(row->created, want->created);
	return 0;
}

START_TEST(a_correspondents_certificates_come_newest_first)
{
	struct partner_certificate_row one = a_partner(ID_A, "p@example.net", HASH_A),
				       two = a_partner(ID_B, "p@example.net", HASH_B),
				       domain = a_partner(ID_C, "@example.net", HASH_A);

	two.created = 151;
	expect_ok(partner_certificate_add(s, &one, &e));
	expect_seen(partner_certificate_each(s, "p@example.net", see_partner, &one, &e), HASH_A);
	expect_ok(partner_certificate_add(s, &two, &e));
	expect_ok(partner_certificate_add(s, &domain, &e));
	expect_seen(partner_certificate_each(s, "p@example.net", see_partner, NULL, &e), HASH_B " " HASH_A);
	expect_seen(partner_certificate_each(s, NULL, see_partner, NULL, &e), HASH_A " " HASH_B " " HASH_A);
}
END_TEST

START_TEST(a_certificate_is_stored_once_for_an_owner)
{
	struct partner_certificate_row one = a_partner(ID_A, "p@example.net", HASH_A),
				       again = a_partner(ID_B, "p@example.net", HASH_A),
				       same_id = a_partner(ID_A, "q@example.net", HASH_B);

	expect_ok(partner_certificate_add(s, &one, &e));
	expect_error(partner_certificate_add(s, &again, &e), ERROR_STORE_CONFLICT);
	expect_error(partner_certificate_add(s, &same_id, &e), ERROR_STORE_CONFLICT);
	expect_error(partner_certificate_remove(s, "p@example.net", HASH_B, &e), ERROR_STORE_NOT_FOUND);
	expect_ok(partner_certificate_remove(s, "p@example.net", HASH_A, &e));
	expect_ok(partner_certificate_add(s, &again, &e));
}
END_TEST

/* ---- ca ---- */

static int
see_ca(void *ctx, const struct ca_row *row, struct error *e_)
{
	(void)ctx;
	(void)e_;
	ck_assert_str_eq(row->key_id, ID_A);
	ck_assert_mem_eq(row->certificate.data, "certificate", row->certificate.size);
	ck_assert_uint_eq(row->chain.size, 5);
	see(row->name);
	return 0;
}

static void
one_ca(void)
{
	struct ca_row ca = { ID_C, ID_A, "our CA", { "certificate", 11 }, { "chain", 5 }, 1700000000 };

	one_key();
	expect_ok(ca_add(s, &ca, &e));
}

START_TEST(authorities_come_newest_first)
{
	struct ca_row newer = { ID_B, ID_A, "newer", { "certificate", 11 }, { "chain", 5 }, 1700000001 };

	one_ca();
	expect_ok(ca_add(s, &newer, &e));
	expect_error(ca_add(s, &newer, &e), ERROR_STORE_CONFLICT);
	expect_seen(ca_each(s, see_ca, NULL, &e), "newer our CA");
}
END_TEST

static int
see_issued(void *ctx, const struct issued_row *row, struct error *e_)
{
	char text[200];

	(void)ctx;
	(void)e_;
	snprintf(text, sizeof text, "%s/%s/%lld/%lld/%lld/%lld", row->serial, row->subject, (long long)row->not_after,
	    (long long)row->issued, (long long)row->revoked, (long long)row->reason);
	ck_assert_str_eq(row->fingerprint, HASH_A);
	ck_assert_str_eq(row->ca_id, ID_C);
	see(text);
	return 0;
}

START_TEST(the_log_of_an_authority_shows_what_was_revoked)
{
	struct issued_row one = { ID_C, "0a", HASH_A, "CN=a", 900, 100, 0, 0 },
			  two = { ID_C, "0b", HASH_A, "CN=b", 900, 101, 0, 0 };

	one_ca();
	expect_ok(issued_add(s, &two, &e));
	expect_ok(issued_add(s, &one, &e));
	expect_error(issued_add(s, &one, &e), ERROR_STORE_CONFLICT);
	expect_ok(issued_revoke(s, ID_C, "0b", 500, 1, &e));
	expect_error(issued_revoke(s, ID_C, "0c", 500, 1, &e), ERROR_STORE_NOT_FOUND);
	expect_error(issued_revoke(s, ID_A, "0b", 500, 1, &e), ERROR_STORE_NOT_FOUND);
	expect_seen(issued_each(s, ID_C, see_issued, NULL, &e), "0a/CN=a/900/100/0/0 0b/CN=b/900/101/500/1");
	expect_seen(issued_each(s, ID_A, see_issued, NULL, &e), "");
}
END_TEST

/* ---- all ---- */

static int
stop(void *ctx, const struct identity_row *row, struct error *e_)
{
	(void)row;
	++*(int *)ctx;
	return error_set(e_, ERROR_USAGE, "enough");
}

START_TEST(a_visit_that_fails_ends_the_listing)
{
	int visits = 0;

	two_identities();
	expect_error(identity_each(s, stop, &visits, &e), ERROR_USAGE);
	ck_assert_int_eq(visits, 1);
	expect_seen(identity_each(s, see_identity, NULL, &e), "Alice Example Alice Example");
}
END_TEST

static int
call_the_store(void *ctx, const struct identity_row *row, struct error *e_)
{
	(void)ctx;
	(void)row;
	(void)e_;
	expect_error(login_add(s, "a", "b", &e), ERROR_INTERNAL);
	expect_error(store_begin(s, &e), ERROR_INTERNAL);
	expect_error(identity_each(s, see_identity, NULL, &e), ERROR_INTERNAL);
	store_rollback(s);
	return 0;
}

START_TEST(a_visit_may_not_call_the_store)
{
	two_identities();
	expect_ok(identity_each(s, call_the_store, NULL, &e));
	expect_ok(login_add(s, "a", "b", &e));
}
END_TEST

static int
read_all(void *ctx, struct error *e_)
{
	struct key_row key;

	(void)ctx;
	if (identity_each(s, see_identity, NULL, e_) != 0 || key_get(s, ID_A, &key, e_) != 0)
		return -1;
	key_row_done(&key);
	return key_certificate_each(s, ID_A, see_certificate, NULL, e_);
}

START_TEST(reading_survives_any_failed_allocation)
{
	struct key_certificate_row row = a_certificate(HASH_A, ID_A);

	one_key();
	expect_ok(key_certificate_add(s, &row, &e));
	each_allocation_fails(read_all, NULL);
}
END_TEST

Suite *
suite_rows(void)
{
	Suite *suite = suite_create("store/rows");
	TCase *t = tcase_create("rows");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_value_is_kept_and_replaced);
	tcase_add_test(t, a_value_past_the_ceiling_of_its_buffer_is_an_error);
	tcase_add_test(t, store_keys_come_oldest_first);
	tcase_add_test(t, an_identity_comes_back_as_it_was_written);
	tcase_add_test(t, identities_come_by_name);
	tcase_add_test(t, a_kind_that_is_none_is_refused);
	tcase_add_test(t, an_address_leads_to_one_identity);
	tcase_add_test(t, an_address_of_no_identity_is_refused);
	tcase_add_test(t, an_identity_goes_with_its_addresses);
	tcase_add_test(t, an_identity_with_keys_stays_with_its_addresses);
	tcase_add_test(t, a_key_comes_back_as_it_was_written);
	tcase_add_test(t, a_public_key_is_stored_once);
	tcase_add_test(t, a_key_of_no_identity_is_refused);
	tcase_add_test(t, keys_come_newest_first);
	tcase_add_test(t, a_keys_state_and_seal_change_alone);
	tcase_add_test(t, a_column_past_its_ceiling_is_refused);
	tcase_add_test(t, a_certificate_comes_back_as_it_was_written);
	tcase_add_test(t, certificates_of_a_key_come_latest_first);
	tcase_add_test(t, a_recipient_is_found_by_either_name);
	tcase_add_test(t, a_login_acts_for_the_authors_it_was_given);
	tcase_add_test(t, a_correspondents_certificates_come_newest_first);
	tcase_add_test(t, a_certificate_is_stored_once_for_an_owner);
	tcase_add_test(t, authorities_come_newest_first);
	tcase_add_test(t, the_log_of_an_authority_shows_what_was_revoked);
	tcase_add_test(t, a_visit_that_fails_ends_the_listing);
	tcase_add_test(t, a_visit_may_not_call_the_store);
	tcase_add_test(t, reading_survives_any_failed_allocation);
	suite_add_tcase(suite, t);
	return suite;
}
