/* SPDX-License-Identifier: BSD-2-Clause */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "conf/network.h"
#include "conf/table_private.h"
#include "conf/types_private.h"
#include "tests/unit/conf/reading.h"

START_TEST(every_default_is_a_value_of_its_setting)
{
	struct error e = ERROR_INIT;
	struct pool pool = POOL_INIT;

	for (unsigned i = 0; i < SETTING_COUNT; i++) {
		struct value v = { .number = -1 };

		expect_ok(value_factory((enum setting_id)i, &pool, &v, &e));
		ck_assert_int_eq(v.set, setting_row((enum setting_id)i)->def != NULL);
		ck_assert_ptr_null(v.origin.file);
	}
	pool_done(&pool);
}
END_TEST

START_TEST(every_row_of_the_table_makes_sense)
{
	for (unsigned i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *row = setting_row((enum setting_id)i);
		enum setting_id found;

		ck_assert(setting_find(row->name, row->scope, &found));
		ck_assert_uint_eq(found, i);
		ck_assert_msg(
		    (row->scope == SCOPE_RULE) == (row->merge != MERGE_NONE), "%s: merge", row->name);
		ck_assert_msg(row->max >= row->min, "%s: bounds", row->name);
		ck_assert_msg(row->merge != MERGE_STRICTER || setting_type(found) == TYPE_CHOICE,
		    "%s: stricter?", row->name);
		ck_assert_str_ne(setting_help(found), "");
	}
}
END_TEST

START_TEST(choices_count_from_nought_in_the_order_of_their_table)
{
	int64_t next[ROW_CHOICE_HEADERS + 1] = { 0 };
	size_t total = 0;

#define CHOICE(type, value, word)                                                                            \
	ck_assert_int_eq(CHOICE_##type##_##value, next[ROW_CHOICE_##type]);                                  \
	ck_assert_str_eq(choice_at(ROW_CHOICE_##type, next[ROW_CHOICE_##type]), word);                       \
	next[ROW_CHOICE_##type]++;                                                                           \
	total++;
#include "conf/choices.def"
#undef CHOICE
	for (int type = ROW_CHOICE_RELAY; type <= ROW_CHOICE_HEADERS; type++) {
		ck_assert_int_gt(next[type], 1);
		ck_assert_ptr_null(choice_at((enum row_type)type, next[type]));
		total -= (size_t)next[type];
	}
	ck_assert_uint_eq(total, 0);
	ck_assert_str_eq(choice_word(SETTING_ROLE, CHOICE_ROLE_LOCAL), "local");
	ck_assert_ptr_null(choice_word(SETTING_ROLE, -1));
	ck_assert_ptr_null(choice_word(SETTING_USER, 0));
}
END_TEST

static const struct number_row {
	const char *(*read)(const char *text, int64_t *out);
	const char *text;
	int64_t want; /* -1: refused */
} numbers[] = {
	{ number_read, "0", 0 },
	{ number_read, "9223372036854775807", INT64_MAX },
	{ number_read, "9223372036854775808", -1 },
	{ number_read, "99999999999999999999999", -1 },
	{ number_read, "", -1 },
	{ number_read, "00", -1 },
	{ number_read, "010", -1 },
	{ number_read, "+1", -1 },
	{ number_read, "-1", -1 },
	{ number_read, " 1", -1 },
	{ number_read, "1 ", -1 },
	{ number_read, "1k", -1 },
	{ number_read, "0x1f", -1 },
	{ number_read, "1e3", -1 },
	{ number_read, "1.5", -1 },
	{ size_read, "10", 10 },
	{ size_read, "10k", 10240 },
	{ size_read, "10K", 10240 },
	{ size_read, "2M", 2097152 },
	{ size_read, "4G", INT64_C(4294967296) },
	{ size_read, "0G", 0 },
	{ size_read, "9223372036854775807k", -1 },
	{ size_read, "8589934592G", -1 },
	{ size_read, "010M", -1 },
	{ size_read, "1m", -1 },
	{ size_read, "1MB", -1 },
	{ size_read, "M", -1 },
	{ size_read, "1 M", -1 },
	{ duration_read, "30", 30 },
	{ duration_read, "30s", 30 },
	{ duration_read, "2m", 120 },
	{ duration_read, "1h", 3600 },
	{ duration_read, "7d", 604800 },
	{ duration_read, "1h30m", -1 },
	{ duration_read, "1M", -1 },
	{ duration_read, "s", -1 },
	{ duration_read, "08s", -1 },
};

START_TEST(reads_numbers_as_people_write_them)
{
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		const struct number_row *row = &numbers[i];
		int64_t n = -7;
		const char *fault = row->read(row->text, &n);

		ck_assert_msg((fault == NULL) == (row->want >= 0), "%s: %s", row->text,
		    fault != NULL ? fault : "accepted");
		ck_assert_msg(n == (row->want >= 0 ? row->want : -7), "%s is %" PRId64, row->text, n);
	}
}
END_TEST

START_TEST(holds_numbers_within_their_bounds)
{
	refuses_more("spool-memory = 65535\n",
	    "test.conf:2: spool-memory: \"65535\" is out of bounds; write 65536 to 1073741824");
	refuses_more("spool-memory = 2G\n", "out of bounds");
	refuses_more("lookup-timeout = 0\n", "out of bounds; write 1 to 240 (seconds)");
	refuses_more("max-copies = 101\n", "test.conf:2: max-copies: \"101\" is out of bounds; write 0 to 100");
	refuses_more("max-copies = -1\n", "max-copies");
	refuses_more("ledger-lifetime = 59m\n", "out of bounds");
	refuses_more("ledger-lifetime = 31d\n", "out of bounds");
	settings_unref(reads_more("max-copies = 0\nledger-lifetime = 30d\n"));
	settings_unref(reads_more("spool-memory = 64k\nmessage-size-limit = 4G\nlookup-timeout = 4m\n"));
}
END_TEST

START_TEST(takes_the_words_of_a_choice_and_no_others)
{
	struct settings *s = reads_more("log-level = debug\nauthserv-id-shared = yes\n");

	ck_assert_int_eq(settings_global(s, SETTING_LOG_LEVEL)->number, CHOICE_LOG_DEBUG);
	ck_assert_str_eq(value_print(settings_global(s, SETTING_LOG_LEVEL)), "debug");
	ck_assert_int_eq(settings_global(s, SETTING_AUTHSERV_ID_SHARED)->number, 1);
	settings_unref(s);
	refuses_more("log-level = loud\n",
	    "test.conf:2: log-level: \"loud\" is none of its words; write one of: error, warning, info, "
	    "debug");
	refuses_more("log-level = Info\n", "none of its words");
	refuses_more("authserv-id-shared = true\n", "\"true\" is neither; write yes or no");
	refuses_more("user = \"\"\n", "test.conf:2: user: empty");
	refuses_more("crls = { \"/a\", \"\" }\n", "crls: an empty item");
}
END_TEST

START_TEST(takes_a_single_value_for_a_list)
{
	struct settings *s =
	    reads("local-domains = example.org\ncrls = { \"/a\", \"/b\", }\ntrust-anchors = { }\n");
	const struct value *crls = settings_global(s, SETTING_CRLS);

	ck_assert_str_eq(value_print(settings_global(s, SETTING_LOCAL_DOMAINS)), "{ \"example.org\" }");
	ck_assert_uint_eq(crls->count, 2);
	ck_assert_str_eq(crls->items[1], "/b");
	ck_assert_ptr_null(crls->items[2]);
	ck_assert(settings_global(s, SETTING_TRUST_ANCHORS)->set);
	ck_assert_uint_eq(settings_global(s, SETTING_TRUST_ANCHORS)->origin.line, 3);
	settings_unref(s);
}
END_TEST

START_TEST(resolves_the_two_escapes)
{
	struct settings *s = reads_more("store = \"/a\\\"b\\\\c\"\n");

	ck_assert_str_eq(settings_global(s, SETTING_STORE)->text, "/a\"b\\c");
	prints(s, "store = \"/a\\\"b\\\\c\"");
	settings_unref(s);
}
END_TEST

static const char *const bad_values[][2] = {
	{ "store = \"var/store.db\"\n", "store: \"var/store.db\": not an absolute path; begin it with /" },
	{ "trust-anchors = { \"/a\", \"b\" }\n", "trust-anchors: \"b\": not an absolute path" },
	{ "master-key = \"credential:\"\n", "not the name of a credential" },
	{ "master-key = \"credential:../x\"\n", "not the name of a credential" },
	{ "master-key = \"credential:.x\"\n", "not the name of a credential" },
	{ "authserv-id = \"two words\"\n", "authserv-id: \"two words\": not a token of RFC 2045" },
	{ "authserv-id = \"a;b\"\n", "not a token" },
	{ "gateway-id = \"a/b\"\n", "gateway-id: \"a/b\": not a name; write letters" },
	{ "user = \"-x\"\n", "not the name of a user" },
	{ "user = \"a b\"\n", "not the name of a user" },
	{ "internal-hosts = { \"10.0.0.1/8\" }\n", "bits behind the prefix" },
	{ "internal-hosts = { \"host.example\" }\n", "not an IP network" },
	{ "internal-hosts = { \"10.0.0.0/33\" }\n", "not a prefix length" },
	{ "internal-hosts = { \"10.0.0.0/08\" }\n", "not a prefix length" },
	{ "internal-hosts = { \"10.0.0.0/\" }\n", "not a prefix length" },
	{ "internal-hosts = { \"010.0.0.0/8\" }\n", "not an IP network" },
	{ "internal-hosts = { \"0000:0000:0000:0000:0000:0000:255.255.255.255x\" }\n", "not an IP network" },
};

START_TEST(refuses_values_that_would_fail_at_the_first_mail)
{
	for (size_t i = 0; i < sizeof bad_values / sizeof bad_values[0]; i++)
		refuses_more(bad_values[i][0], bad_values[i][1]);
	settings_unref(
	    reads_more("master-key = \"credential:postseal.key\"\nauthserv-id = \"smime.example.org\"\n"));
}
END_TEST

START_TEST(refuses_domains_that_are_none)
{
	refuses("local-domains = { \"example.org\", \"a@example.org\" }\n",
	    "an address where a domain is expected");
	refuses("local-domains = { \"*\" }\n", "not a domain");
	refuses(
	    "local-domains = { \"a..b\" }\n", "local-domains: \"a..b\": not a domain; write \"example.org\"");
	refuses_more("domain \"a@b.example\" { }\n", "write it in a section address");
	refuses_more("domain \"a.*.example\" { }\n", "not a domain");
	refuses_more("address \"example.org\" { }\n", "not one address; rules for a domain stand in domain");
	refuses_more("address \"*@example.org\" { }\n", "not one address");
	refuses_more("address \"a b@example.org\" { }\n", "not a mail address");
}
END_TEST

static const struct network_row {
	const char *network, *ip;
	bool inside;
} networks[] = {
	{ "127.0.0.0/8", "127.1.2.3", true },
	{ "127.0.0.0/8", "128.0.0.1", false },
	{ "192.0.2.128/25", "192.0.2.128", true },
	{ "192.0.2.128/25", "192.0.2.127", false },
	{ "192.0.2.1", "192.0.2.1", true },
	{ "192.0.2.1", "192.0.2.2", false },
	{ "0.0.0.0/0", "203.0.113.9", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "::/0", "2001:db8::1", true },
	{ "::/0", "203.0.113.9", false },
	{ "2001:db8::/33", "2001:db8:7fff::1", true },
	{ "2001:db8::/33", "2001:db8:8000::1", false },
	{ "2001:db8::/32", "IPv6:2001:db8::1", true },
	{ "::1/128", "IPv6:::1", true },
	{ "10.0.0.0/8", "::ffff:10.1.2.3", true },
	{ "10.0.0.0/8", "", false },
	{ "10.0.0.0/8", "unknown", false },
	{ "10.0.0.0/8", "010.0.0.1", false },
	{ "10.0.0.0/8", "10.0.0.1 ", false },
	{ "fe80::/10", "fe80::1%eth0", false },
};

START_TEST(knows_which_address_is_in_which_network)
{
	for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
		struct network network;

		ck_assert_ptr_null(network_parse(networks[i].network, &network));
		ck_assert_msg(network_has(&network, networks[i].ip) == networks[i].inside, "%s in %s",
		    networks[i].ip, networks[i].network);
	}
}
END_TEST

START_TEST(internal_hosts_are_this_host_unless_written)
{
	struct settings *s = reads(LOCAL);

	ck_assert(settings_is_internal(s, "127.0.0.1"));
	ck_assert(settings_is_internal(s, "IPv6:::1"));
	ck_assert(!settings_is_internal(s, "192.0.2.1"));
	ck_assert(!settings_is_internal(s, NULL));
	settings_unref(s);
	s = reads_more("internal-hosts = { \"192.0.2.0/24\" }\n");
	ck_assert(settings_is_internal(s, "192.0.2.1"));
	ck_assert(!settings_is_internal(s, "127.0.0.1"));
	settings_unref(s);
	s = reads_more("internal-hosts = { }\n");
	ck_assert(!settings_is_internal(s, "127.0.0.1"));
	settings_unref(s);
}
END_TEST

Suite *
suite_values(void)
{
	Suite *suite = suite_create("conf/values");
	TCase *tc = tcase_create("values");

	tcase_add_test(tc, every_default_is_a_value_of_its_setting);
	tcase_add_test(tc, every_row_of_the_table_makes_sense);
	tcase_add_test(tc, choices_count_from_nought_in_the_order_of_their_table);
	tcase_add_test(tc, reads_numbers_as_people_write_them);
	tcase_add_test(tc, holds_numbers_within_their_bounds);
	tcase_add_test(tc, takes_the_words_of_a_choice_and_no_others);
	tcase_add_test(tc, takes_a_single_value_for_a_list);
	tcase_add_test(tc, resolves_the_two_escapes);
	tcase_add_test(tc, refuses_values_that_would_fail_at_the_first_mail);
	tcase_add_test(tc, refuses_domains_that_are_none);
	tcase_add_test(tc, knows_which_address_is_in_which_network);
	tcase_add_test(tc, internal_hosts_are_this_host_unless_written);
	suite_add_tcase(suite, tc);
	return suite;
}
