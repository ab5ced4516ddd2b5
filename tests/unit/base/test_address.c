/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/memory.h"
#include "tests/unit/support.h"

Suite *suite_address(void);

/* ---- normal form ---- */

static const struct {
	const char *path, *text, *key;
} accepted[] = {
	{ "", "", "" },
	{ "<>", "", "" },
	{ "<a@b>", "a@b", "a@b" },
	{ "a@b", "a@b", "a@b" },
	{ "<Alice.Smith@Example.ORG>", "Alice.Smith@example.org", "alice.smith@example.org" },
	{ "a+tag@example.org", "a+tag@example.org", "a+tag@example.org" },
	{ "!#$%&'*+-/=?^_`{|}~@b", "!#$%&'*+-/=?^_`{|}~@b", "!#$%&'*+-/=?^_`{|}~@b" },
	{ "a@example.org.", "a@example.org", "a@example.org" },
	{ "a@sub_domain.example.org", "a@sub_domain.example.org", "a@sub_domain.example.org" },

	/* source routes (RFC 5321 4.1.2) */
	{ "<@relay:a@b>", "a@b", "a@b" },
	{ "<@one.example,@two.example:a@b>", "a@b", "a@b" },
	{ "<@[IPv6:::1],@[10.0.0.1]:a@b>", "a@b", "a@b" },
	{ "<@relay:\"a:b\"@c>", "\"a:b\"@c", "\"a:b\"@c" },

	/* quotes: gone where a Dot-string says the same */
	{ "<\"Alice\"@b>", "Alice@b", "alice@b" },
	{ "\"a.b\"@c", "a.b@c", "a.b@c" },
	{ "\"a\".\"b\"@c", "a.b@c", "a.b@c" },
	{ "a.\"b\"@c", "a.b@c", "a.b@c" },
	{ "\"\\a\\b\"@c", "ab@c", "ab@c" },
	{ "\"A b\"@c", "\"A b\"@c", "\"a b\"@c" },
	{ "\"a\\ b\"@c", "\"a b\"@c", "\"a b\"@c" },
	{ "\"a\\\"b\\\\c\"@d", "\"a\\\"b\\\\c\"@d", "\"a\\\"b\\\\c\"@d" },
	{ "\"a@b\"@c", "\"a@b\"@c", "\"a@b\"@c" },
	{ "<\"a>b\"@c>", "\"a>b\"@c", "\"a>b\"@c" },
	{ "\"\"@c", "\"\"@c", "\"\"@c" },
	{ "a..b@c", "\"a..b\"@c", "\"a..b\"@c" },
	{ ".a@c", "\".a\"@c", "\".a\"@c" },
	{ "a.@c", "\"a.\"@c", "\"a.\"@c" },
	{ "\"a..b\"@c", "\"a..b\"@c", "\"a..b\"@c" },

	/* address literals (RFC 5321 4.1.3) */
	{ "a@[192.0.2.1]", "a@[192.0.2.1]", "a@[192.0.2.1]" },
	{ "a@[IPv6:2001:DB8::1]", "a@[ipv6:2001:db8::1]", "a@[ipv6:2001:db8::1]" },
	{ "a@[x-tag:Any]", "a@[x-tag:any]", "a@[x-tag:any]" },

	/* beyond ASCII (RFC 6531): the domain as A-labels, the local part as it is */
	{ "a@m\xc3\xbcnchen.example", "a@xn--mnchen-3ya.example", "a@xn--mnchen-3ya.example" },
	{ "a@M\xc3\x9cNCHEN.Example", "a@xn--mnchen-3ya.example", "a@xn--mnchen-3ya.example" },
	{ "a@mu\xcc\x88nchen.example", "a@xn--mnchen-3ya.example", "a@xn--mnchen-3ya.example" },
	{ "a@XN--MNCHEN-3YA.example", "a@xn--mnchen-3ya.example", "a@xn--mnchen-3ya.example" },
	{ "a@stra\xc3\x9f" "e.example", "a@xn--strae-oqa.example", "a@xn--strae-oqa.example" },
	{ "a@\xef\xbd\x85\xef\xbd\x98.example", "a@ex.example", "a@ex.example" },
	{ "a@\xe4\xbe\x8b\xe3\x81\x88\xe3\x80\x82jp", "a@xn--r8jz45g.jp", "a@xn--r8jz45g.jp" },
	{ "\xc3\x84" "B@c", "\xc3\x84" "B@c", "\xc3\x84" "b@c" },
};

START_TEST(brings_paths_to_one_normal_form)
{
	for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
		struct error e = ERROR_INIT;
		struct address *a = NULL;

		if (address_parse_path(accepted[i].path, NULL, &a, &e) != 0)
			ck_abort_msg("%s: %s", accepted[i].path, error_text(&e));
		ck_assert_str_eq(a->text, accepted[i].text);
		ck_assert_str_eq(a->key, accepted[i].key);
		ck_assert_int_eq(address_is_null(a), accepted[i].text[0] == '\0');
		if (!address_is_null(a)) {
			ck_assert_int_eq(a->key[a->local_size], '@');
			ck_assert_ptr_eq(a->domain, a->key + a->local_size + 1);
		} else {
			ck_assert_str_eq(a->domain, "");
		}
		address_free(a);
	}
}
END_TEST

START_TEST(the_normal_form_is_its_own_normal_form)
{
	for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
		struct error e = ERROR_INIT;
		struct address *a = NULL;

		expect_ok(address_parse_path(accepted[i].text, NULL, &a, &e));
		ck_assert_str_eq(a->text, accepted[i].text);
		address_free(a);
	}
}
END_TEST

static const char *const refused[] = {
	"<",
	">",
	"<a@b",
	"a@b>",
	"<<a@b>>",
	"<a@b>x",
	" a@b",
	"a@b ",
	"a b@c",
	"a",
	"<postmaster>",
	"@b",
	"a@",
	"a@b@c",
	"a@b,c@d",
	"a,b@c",
	"a(comment)@b",
	"a;b@c",
	"a:b@c",
	"a[b]@c",
	"a\\@b@c",
	"a<b>@c",

	/* quotes */
	"\"a@b",
	"\"a\\",
	"\"a\\\"@b",
	"\"a\"b@c",
	"a\"b\"@c",
	"\"a\"\"b\"@c",

	/* control characters */
	"a\r\nRCPT TO:<x@y>@b",
	"a\n@b",
	"\"a\nb\"@c",
	"\"a\\\nb\"@c",
	"\"a\tb\"@c",
	"a\x7f@b",
	"a@b\r\n",
	"a\xc2\x85@b",
	"a@b\x01",

	/* not UTF-8 */
	"\xff@b",
	"\xe9@b",
	"a@b\xe9",
	"\xc0\x80@b",

	/* source routes */
	"<@relay>",
	"<@relay:>",
	"<@:a@b>",
	"<@relay,:a@b>",
	"<@one,two:a@b>",
	"<@re lay:a@b>",
	"<@relay:@other:a@b>",

	/* domains */
	"a@.b",
	"a@b..c",
	"a@b..",
	"a@.",
	"a@-b",
	"a@b-",
	"a@b c",
	"a@b!c",
	"a@b:25",
	"a@*.b",
	"a@b/c",
	"a@\"b\"",
	"a@\xc2\xad",         /* a soft hyphen maps to nothing */
	"a@a\xe2\x80\xae" "b",   /* right-to-left override */
	"a@a\xef\xbc\x83" "b",   /* a full-width # maps to # */
	"a@a\xef\xbc\xa0" "b",   /* a full-width @ maps to @ */
	"a@xn--a\xc3\xa9.b",

	/* literals */
	"a@[",
	"a@[]",
	"a@[192.0.2.1",
	"a@[192.0.2.1]x",
	"a@[192.0.2.256]",
	"a@[192.0.2]",
	"a@[IPv6:]",
	"a@[IPv6:1::2::3]",
	"a@[IPv6:zz::]",
	"a@[tag:]",
	"a@[-:x]",
	"a@[tag:a b]",
	"a@[tag:a@b]",
	"a@[[192.0.2.1]]",
	"a@[tag:\xc3\xa9]",
};

START_TEST(refuses_what_is_no_address)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct error e = ERROR_INIT;
		struct address *a = NULL;

		if (address_parse_path(refused[i], NULL, &a, &e) == 0)
			ck_abort_msg("accepted %s as %s", refused[i], a->text);
		ck_assert_ptr_null(a);
		ck_assert_uint_eq(strcspn(e.detail, "\r\n"), strlen(e.detail));
		expect_error(-1, ERROR_ADDRESS_SYNTAX);
	}
}
END_TEST

START_TEST(every_single_octet_is_judged)
{
	for (unsigned c = 0; c < 256; c++) {
		char spec[] = "aXb@c";
		struct error e = ERROR_INIT;
		struct address *a = NULL;
		int good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    (c != 0 && strchr("!#$%&'*+-/=?^_`{|}~.", (int)c) != NULL);

		spec[1] = (char)c;
		ck_assert_msg(address_parse(spec, 5, &a, &e) == (good ? 0 : -1), "octet %u", c);
		address_free(a);
	}
}
END_TEST

START_TEST(nul_within_is_refused)
{
	struct error e = ERROR_INIT;
	struct address *a = NULL;
	char *domain = NULL;

	expect_error(address_parse("a\0@b", 4, &a, &e), ERROR_ADDRESS_SYNTAX);
	expect_error(address_parse("\"a\0\"@b", 6, &a, &e), ERROR_ADDRESS_SYNTAX);
	expect_error(address_parse("a@b\0.example", 12, &a, &e), ERROR_ADDRESS_SYNTAX);
	expect_error(address_domain_normal("b\0.example", 10, &domain, &e), ERROR_ADDRESS_SYNTAX);
	ck_assert_ptr_null(a);
	ck_assert_ptr_null(domain);
}
END_TEST

START_TEST(an_addr_spec_has_no_brackets_and_is_not_empty)
{
	struct error e = ERROR_INIT;
	struct address *a = NULL;

	expect_error(address_parse("<a@b>", 5, &a, &e), ERROR_ADDRESS_SYNTAX);
	expect_error(address_parse("", 0, &a, &e), ERROR_ADDRESS_SYNTAX);
	expect_error(address_parse("@r:a@b", 6, &a, &e), ERROR_ADDRESS_SYNTAX);
	expect_ok(address_parse("a@b.example-and-more", 11, &a, &e));
	ck_assert_str_eq(a->text, "a@b.example");
	address_free(a);
}
END_TEST

START_TEST(a_bare_local_part_gets_the_default_domain)
{
	struct error e = ERROR_INIT;
	struct address *a = NULL, *b = NULL;

	expect_ok(address_parse_path("Root", "Host.Example", &a, &e));
	ck_assert_str_eq(a->text, "Root@host.example");
	expect_ok(address_parse_path("<\"a b\">", "host.example", &b, &e));
	ck_assert_str_eq(b->text, "\"a b\"@host.example");
	address_free(a);
	address_free(b);
	a = NULL;
	expect_error(address_parse_path("root@", "host.example", &a, &e), ERROR_ADDRESS_SYNTAX);
	expect_ok(address_parse_path("<>", "host.example", &a, &e));
	ck_assert(address_is_null(a));
	address_free(a);
}
END_TEST

START_TEST(has_a_ceiling)
{
	char spec[ADDRESS_MAX + 100], domain[300];
	struct error e = ERROR_INIT;
	struct address *a = NULL;
	char *normal = NULL;

	memset(spec, 'x', sizeof spec);
	memcpy(spec + ADDRESS_MAX - 2, "@b", 2);
	expect_ok(address_parse(spec, ADDRESS_MAX, &a, &e));
	address_free(a);
	a = NULL;
	memset(spec, 'x', sizeof spec);
	memcpy(spec + ADDRESS_MAX - 1, "@b", 2);
	expect_error(address_parse(spec, ADDRESS_MAX + 1, &a, &e), ERROR_ADDRESS_SYNTAX);

	memset(domain, 'a', sizeof domain);
	for (size_t i = 49; i < sizeof domain; i += 50)
		domain[i] = '.';
	expect_ok(address_domain_normal(domain, 253, &normal, &e));
	free(normal);
	expect_error(address_domain_normal(domain, 254, &normal, &e), ERROR_ADDRESS_SYNTAX);
	memset(domain, 'a', 64);
	expect_error(address_domain_normal(domain, 64, &normal, &e), ERROR_ADDRESS_SYNTAX);
	expect_ok(address_domain_normal(domain, 63, &normal, &e));
	free(normal);
}
END_TEST

/* An address of backslashes and quotes doubles in its normal form. */
START_TEST(quoting_that_grows_still_fits)
{
	char spec[ADDRESS_MAX];
	struct error e = ERROR_INIT;
	struct address *a = NULL;

	for (size_t i = 0; i < sizeof spec; i++)
		spec[i] = i % 2 == 1 ? '\\' : '"';
	spec[sizeof spec - 3] = '"';
	memcpy(spec + sizeof spec - 2, "@b", 2);
	expect_ok(address_parse(spec, sizeof spec, &a, &e));
	address_free(a);
}
END_TEST

/* ---- equality, copies, lists ---- */

static struct address *
parsed(const char *text)
{
	struct error e = ERROR_INIT;
	struct address *a = NULL;

	expect_ok(address_parse_path(text, NULL, &a, &e));
	return a;
}

static const struct {
	const char *a, *b;
	bool equal;
} pairs[] = {
	{ "<Alice@Example.org>", "aLICE@eXAMPLE.ORG", true },
	{ "\"alice\"@example.org", "alice@example.org", true },
	{ "a@m\xc3\xbcnchen.example", "a@XN--mnchen-3ya.example", true },
	{ "", "<>", true },
	{ "a+b@example.org", "a@example.org", false },
	{ "a.b@example.org", "ab@example.org", false },
	{ "\xc3\xa9@example.org", "\xc3\x89@example.org", false }, /* no folding beyond ASCII */
	{ "a@example.org", "a@example.com", false },
	{ "a@example.org", "", false },
};

START_TEST(equality_folds_ascii_case_and_nothing_else)
{
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		struct address *a = parsed(pairs[i].a), *b = parsed(pairs[i].b);

		ck_assert_msg(address_equal(a, b) == pairs[i].equal, "row %zu", i);
		ck_assert_msg(address_equal(b, a) == pairs[i].equal, "row %zu", i);
		address_free(a);
		address_free(b);
	}
}
END_TEST

START_TEST(a_copy_is_whole_and_its_own)
{
	static const char *const texts[] = { "Alice@Example.org", "", "\"a b\"@[192.0.2.1]" };
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < 3; i++) {
		struct address *a = parsed(texts[i]), *b = NULL;
		char *text = memory_text(a->text, &e), *key = memory_text(a->key, &e);

		expect_ok(address_copy(a, &b, &e));
		address_free(a);
		ck_assert_str_eq(b->text, text);
		ck_assert_str_eq(b->key, key);
		ck_assert(strchr(b->key, '\0') >= b->domain && b->domain >= b->key);
		address_free(b);
		free(text);
		free(key);
	}
	address_free(NULL);
}
END_TEST

START_TEST(a_list_owns_and_finds)
{
	struct address_list list = { NULL, 0 };
	struct error e = ERROR_INIT;
	struct address *wanted = parsed("B@example.org"), *lost = parsed("c@example.org");

	ck_assert_ptr_null(address_list_find(&list, wanted));
	expect_ok(address_list_take(&list, parsed("a@example.org"), &e));
	expect_ok(address_list_take(&list, parsed("b@example.org"), &e));
	ck_assert_ptr_eq(address_list_find(&list, wanted), list.items[1]);
	ck_assert_uint_eq(list.count, 2);
	memory_fail_at(1);
	expect_error(address_list_take(&list, lost, &e), ERROR_NO_MEMORY);
	address_list_done(&list);
	address_list_done(&list);
	address_free(wanted);
}
END_TEST

/* ---- patterns ---- */

static const struct {
	const char *domain, *pattern;
	bool matches;
} domain_rows[] = {
	{ "example.org", "example.org", true },
	{ "example.org", "example.com", false },
	{ "notexample.org", "example.org", false },
	{ "a.example.org", "example.org", false },
	{ "a.example.org", ".example.org", true },
	{ "a.example.org", "*.example.org", true },
	{ "b.a.example.org", "*.example.org", true },
	{ "example.org", ".example.org", false },
	{ "example.org", "*.example.org", false },
	{ "notexample.org", ".example.org", false },
	{ "notexample.org", "*.example.org", false },
	{ "org", ".example.org", false },
	{ "example.org", "*", true },
	{ "[192.0.2.1]", "*", true },
	{ "[192.0.2.1]", "[192.0.2.1]", true },
	{ "example.org", ".", false },
	{ "example.org", "*.", false },
	{ "example.org", "", false },
	{ "example.org", "*example.org", false },
};

START_TEST(domain_patterns_hold_at_label_boundaries)
{
	for (size_t i = 0; i < sizeof domain_rows / sizeof domain_rows[0]; i++)
		ck_assert_msg(domain_matches(domain_rows[i].domain, domain_rows[i].pattern) == domain_rows[i].matches,
		    "row %zu", i);
}
END_TEST

static const struct {
	const char *address, *pattern;
	bool matches;
} address_rows[] = {
	{ "Alice@example.org", "alice@example.org", true },
	{ "alice@example.org", "Alice@example.org", true },
	{ "alice@example.org", "bob@example.org", false },
	{ "alice@example.org", "alice@a.example.org", false },
	{ "alice@example.org", "example.org", true },
	{ "alice@example.org", "*@example.org", true },
	{ "alice@a.example.org", "*@example.org", false },
	{ "alice@a.example.org", "*@*.example.org", true },
	{ "alice@a.example.org", ".example.org", true },
	{ "alice@notexample.org", "example.org", false },
	{ "alice@example.org", "*", true },
	{ "alice@example.org", "*@*", true },
	{ "\"a@b\"@example.org", "*@example.org", true },
	{ "\"a@b\"@example.org", "\"a@b\"@example.org", true },
	{ "\"x@example.org\"@evil.example", "*@example.org", false },
	{ "\"x@example.org\"@evil.example", "x@example.org", false },
	{ "", "example.org", false },
	{ "", "*@*", false },
	{ "", "*", true },
};

START_TEST(address_patterns_are_exact_or_of_the_domain)
{
	for (size_t i = 0; i < sizeof address_rows / sizeof address_rows[0]; i++) {
		struct address *a = parsed(address_rows[i].address);

		ck_assert_msg(
		    address_matches(a, address_rows[i].pattern) == address_rows[i].matches, "row %zu", i);
		address_free(a);
	}
}
END_TEST

/* ---- failing memory ---- */

static int
parse_and_copy(void *ctx, struct error *e)
{
	struct address *a = NULL, *b = NULL;
	int rc = address_parse_path(ctx, "host.example", &a, e);

	if (rc == 0)
		rc = address_copy(a, &b, e);
	address_free(a);
	address_free(b);
	return rc;
}

START_TEST(survives_every_failing_allocation)
{
	static char *const paths[] = { "<@r.example:\"a\\\"b\"@m\xc3\xbcnchen.example>", "root", "<>" };

	for (size_t i = 0; i < 3; i++)
		each_allocation_fails(parse_and_copy, paths[i]);
}
END_TEST

Suite *
suite_address(void)
{
	Suite *s = suite_create("address");
	TCase *t = tcase_create("address");

	tcase_add_test(t, brings_paths_to_one_normal_form);
	tcase_add_test(t, the_normal_form_is_its_own_normal_form);
	tcase_add_test(t, refuses_what_is_no_address);
	tcase_add_test(t, every_single_octet_is_judged);
	tcase_add_test(t, nul_within_is_refused);
	tcase_add_test(t, an_addr_spec_has_no_brackets_and_is_not_empty);
	tcase_add_test(t, a_bare_local_part_gets_the_default_domain);
	tcase_add_test(t, has_a_ceiling);
	tcase_add_test(t, quoting_that_grows_still_fits);
	tcase_add_test(t, equality_folds_ascii_case_and_nothing_else);
	tcase_add_test(t, a_copy_is_whole_and_its_own);
	tcase_add_test(t, a_list_owns_and_finds);
	tcase_add_test(t, domain_patterns_hold_at_label_boundaries);
	tcase_add_test(t, address_patterns_are_exact_or_of_the_domain);
	tcase_add_test(t, survives_every_failing_allocation);
	suite_add_tcase(s, t);
	return s;
}
