/* SPDX-License-Identifier: BSD-2-Clause */

#include "keystore/identity.h"
#include "tests/unit/keystore/world.h"

Suite *suite_login(void);

static struct error e = ERROR_INIT;
static struct world w;
static struct keystore *ks;

static void
set_up(void)
{
	w = world_new();
	expect_ok(keystore_create(w.store, &w.master, &e));
	expect_ok(keystore_open(w.store, &w.master, &ks, &e));
}

static void
tear_down(void)
{
	keystore_close(ks);
	world_done(&w);
}

static void
allow(const char *login, const char *author)
{
	expect_ok(keystore_login_change(ks, login, author, true, &w.w, &e));
}

static bool
may(const char *login, const char *author)
{
	struct address *a = address_new(author);
	bool allowed = false;

	expect_ok(keystore_login_allows(ks, login, a, &allowed, &e));
	address_free(a);
	return allowed;
}

static bool
host_may(const char *ip, const char *author)
{
	struct address *a = address_new(author);
	bool allowed = false;

	expect_ok(keystore_host_allows(ks, ip, a, &allowed, &e));
	address_free(a);
	return allowed;
}

static const struct row {
	const char *pattern, *author;
	bool allowed;
} rows[] = {
	/* clang-format off */
	{ "alice@example.org",   "alice@example.org",     true },
	{ "Alice@EXAMPLE.org",   "aLICE@example.ORG",     true },
	{ "alice@example.org",   "bob@example.org",       false },
	{ "alice@example.org",   "alice@sub.example.org", false },
	{ "*@example.org",       "anybody@example.org",   true },
	{ "*@example.org",       "x@sub.example.org",     false },
	{ "example.org",         "anybody@example.org",   true },
	{ "example.org",         "x@notexample.org",      false },
	{ ".example.org",        "x@sub.example.org",     true },
	{ ".example.org",        "x@example.org",         false },
	{ "*.Example.Org",       "x@a.b.example.org",     true },
	{ "*@.example.org",      "x@sub.example.org",     true },
	{ "*@.example.org",      "x@example.org",         false },
	{ "*",                   "anybody@anywhere.test", true },
	{ "*@*",                 "anybody@anywhere.test", true },
	{ "b\303\274cher.example", "x@xn--bcher-kva.example", true },
	/* clang-format on */
};

START_TEST(a_login_acts_for_addresses_and_patterns)
{
	allow("u", rows[_i].pattern);
	ck_assert_int_eq(may("u", rows[_i].author), rows[_i].allowed);
	ck_assert(!may("v", rows[_i].author));
	allow("host:192.0.2.0/24", rows[_i].pattern);
	ck_assert_int_eq(host_may("192.0.2.7", rows[_i].author), rows[_i].allowed);
	ck_assert(!host_may("198.51.100.7", rows[_i].author));
	/* the pattern is removed as it was given */
	expect_ok(keystore_login_change(ks, "u", rows[_i].pattern, false, &w.w, &e));
	ck_assert(!may("u", rows[_i].author));
	ck_assert_uint_eq(world_count(&w, "login-add"), 2);
	ck_assert_uint_eq(world_count(&w, "login-remove"), 1);
}
END_TEST

START_TEST(a_login_is_compared_octet_for_octet)
{
	allow("alice", "alice@example.org");
	ck_assert(may("alice", "alice@example.org"));
	ck_assert(!may("Alice", "alice@example.org"));
	ck_assert(!may("alice ", "alice@example.org"));
	ck_assert(!may("alic", "alice@example.org"));
	ck_assert(!may("", "alice@example.org"));
}
END_TEST

START_TEST(several_rows_add_up)
{
	allow("assistant", "boss@example.org");
	allow("assistant", "assistant@example.org");
	ck_assert(may("assistant", "boss@example.org"));
	ck_assert(may("assistant", "assistant@example.org"));
	ck_assert(!may("assistant", "other@example.org"));
	expect_error(keystore_login_change(ks, "assistant", "Boss@example.org", true, &w.w, &e), ERROR_STORE_CONFLICT);
	expect_ok(keystore_login_change(ks, "assistant", "BOSS@example.org", false, &w.w, &e));
	ck_assert(!may("assistant", "boss@example.org"));
	expect_error(keystore_login_change(ks, "assistant", "boss@example.org", false, &w.w, &e),
	    ERROR_STORE_NOT_FOUND);
}
END_TEST

START_TEST(a_host_row_is_nobodys_login)
{
	allow("host:192.0.2.0/24", "*");
	ck_assert(!may("host:192.0.2.0/24", "alice@example.org"));
	ck_assert(!may("HOST:192.0.2.0/24", "alice@example.org"));
	ck_assert(host_may("192.0.2.1", "alice@example.org"));
}
END_TEST

START_TEST(networks_of_both_kinds_are_matched)
{
	allow("host:192.0.2.16/28", "printer@example.org");
	allow("host:2001:db8::/32", "printer@example.org");
	allow("host:198.51.100.9", "printer@example.org");
	ck_assert(host_may("192.0.2.16", "printer@example.org"));
	ck_assert(host_may("192.0.2.31", "printer@example.org"));
	ck_assert(!host_may("192.0.2.32", "printer@example.org"));
	ck_assert(!host_may("192.0.2.15", "printer@example.org"));
	ck_assert(host_may("2001:db8::1", "printer@example.org"));
	ck_assert(host_may("IPv6:2001:db8::1", "printer@example.org"));
	ck_assert(!host_may("2001:db9::1", "printer@example.org"));
	ck_assert(host_may("198.51.100.9", "printer@example.org"));
	ck_assert(!host_may("198.51.100.8", "printer@example.org"));
	ck_assert(!host_may("192.0.2.16", "alice@example.org"));
	ck_assert(!host_may("", "printer@example.org"));
	ck_assert(!host_may("unknown", "printer@example.org"));
}
END_TEST

START_TEST(nobody_acts_for_the_null_author)
{
	struct address *null = NULL;
	bool allowed = true;

	allow("alice", "*");
	allow("host:192.0.2.0/24", "*");
	expect_ok(address_parse_path("<>", NULL, &null, &e));
	expect_ok(keystore_login_allows(ks, "alice", null, &allowed, &e));
	ck_assert(!allowed);
	allowed = true;
	expect_ok(keystore_host_allows(ks, "192.0.2.1", null, &allowed, &e));
	ck_assert(!allowed);
	address_free(null);
}
END_TEST

START_TEST(mistakes_are_refused_before_they_are_stored)
{
	static const struct {
		const char *login, *author;
		enum error_code code;
	} bad[] = {
		{ "", "alice@example.org", ERROR_USAGE },
		{ "a\nb", "alice@example.org", ERROR_USAGE },
		{ "host:", "alice@example.org", ERROR_USAGE },
		{ "host:192.0.2.0/33", "alice@example.org", ERROR_USAGE },
		{ "host:192.0.2.1/24", "alice@example.org", ERROR_USAGE },
		{ "host:mail.example.org", "alice@example.org", ERROR_USAGE },
		{ "Host:192.0.2.0/24", "alice@example.org", ERROR_USAGE },
		{ "alice", "", ERROR_ADDRESS_SYNTAX },
		{ "alice", "alice@", ERROR_ADDRESS_SYNTAX },
		{ "alice", "@example.org", ERROR_ADDRESS_SYNTAX },
		{ "alice", "a lice", ERROR_ADDRESS_SYNTAX },
		{ "alice", "exam*ple.org", ERROR_ADDRESS_SYNTAX },
		{ "alice", "*@", ERROR_ADDRESS_SYNTAX },
		{ "alice", ".", ERROR_ADDRESS_SYNTAX },
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		expect_error(keystore_login_change(ks, bad[i].login, bad[i].author, true, &w.w, &e), bad[i].code);
	ck_assert_uint_eq(world_count(&w, "login-add"), 0);
}
END_TEST

Suite *
suite_login(void)
{
	Suite *suite = suite_create("login");
	TCase *tc = tcase_create("login");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, a_login_acts_for_addresses_and_patterns, 0, (int)(sizeof rows / sizeof rows[0]));
	tcase_add_test(tc, a_login_is_compared_octet_for_octet);
	tcase_add_test(tc, several_rows_add_up);
	tcase_add_test(tc, a_host_row_is_nobodys_login);
	tcase_add_test(tc, networks_of_both_kinds_are_matched);
	tcase_add_test(tc, nobody_acts_for_the_null_author);
	tcase_add_test(tc, mistakes_are_refused_before_they_are_stored);
	suite_add_tcase(suite, tc);
	return suite;
}
