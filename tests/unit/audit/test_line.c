/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "audit/line_private.h"
#include "base/encoding.h"
#include "base/json.h"
#include "tests/unit/audit/helpers.h"
#include "tests/unit/support.h"

Suite *suite_line(void);

static struct error e;

static void
set_up(void)
{
	e = (struct error)ERROR_INIT;
}

/* ---- the formula, by hand over the octets of a file ---- */

/* The `n` octets whose digits stand behind `name` in `line`. */
static void
digits_behind(const char *line, const char *name, unsigned char *to, size_t n)
{
	const char *at = strstr(line, name);

	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(hex_decode(at + strlen(name), 2 * n, to, n), 0);
}

static void
by_hand(const unsigned char prev[32], const char *line, unsigned char out[32])
{
	unsigned char octets[4096], both[64];
	size_t n = (size_t)(strstr(line, ",\"h\":") - line);

	ck_assert_uint_le(16 + n, sizeof octets);
	digits_behind(line, "\"salt\":\"", octets, 16);
	memcpy(octets + 16, line, n);
	memcpy(both, prev, 32);
	expect_ok(digest_sha256(octets, 16 + n, both + 32, &e));
	expect_ok(digest_sha256(both, 64, out, &e));
}

START_TEST(each_hash_is_the_formulas)
{
	struct buffer b = make_record(scratch("record"), 5);
	unsigned char chain[32], stated[32];
	char *save = NULL, *line;
	int lines = 0;

	expect_ok(digest_sha256("postseal-record-1" GATEWAY, strlen("postseal-record-1" GATEWAY), chain, &e));
	for (line = strtok_r(b.data, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		digits_behind(line, "\"prev\":\"", stated, 32);
		ck_assert_mem_eq(stated, chain, 32);
		by_hand(chain, line, chain);
		digits_behind(line, ",\"h\":\"", stated, 32);
		ck_assert_mem_eq(stated, chain, 32);
		lines++;
	}
	ck_assert_int_eq(lines, 5);
	buffer_done(&b);
}
END_TEST

/* Computed elsewhere (Python's hashlib); pins the format for ever. */
START_TEST(a_known_line_has_its_known_hash)
{
	static const char rest[] = "\"time\":\"2026-11-22T21:00:00.123Z\",\"event\":\"stop\",\"pid\":7";
	struct record_line line = { .seq = 1 };
	struct buffer out = BUFFER_INIT(RECORD_LINE_MAX);

	expect_ok(record_origin(GATEWAY, line.prev, &e));
	for (size_t i = 0; i < sizeof line.salt; i++)
		line.salt[i] = (unsigned char)i;
	expect_ok(record_compose(&line, rest, strlen(rest), &out, &e));
	ck_assert_str_eq(buffer_text(&out),
	    "{\"v\":1,\"seq\":1,\"prev\":\"570ed61427809d543b0c4a2aaf684e4ad0502aab64d1c0ee191b548f2e3c0dd3\","
	    "\"salt\":\"000102030405060708090a0b0c0d0e0f\",\"time\":\"2026-11-22T21:00:00.123Z\",\"event\":\"stop\",\"pid\":7,"
	    "\"h\":\"31e05ea450010f3db19650e0243f5018983af98277a032bced46d2f9c853ca28\"}\n");
	buffer_done(&out);
}
END_TEST

START_TEST(a_line_is_json_with_its_members_in_order)
{
	static const char *const order[] = { "{\"v\":1,\"seq\":1,\"prev\":\"", ",\"salt\":\"",
		",\"time\":\"2026-11-22T21:00:00.123Z\",\"event\":\"login-add\",", "\"author\":\"author1@example.org\",\"h\":\"" };
	struct buffer b = make_record(scratch("record"), 1);
	struct json *json = NULL;
	const char *at = b.data;
	int64_t number;

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		ck_assert_ptr_nonnull(strstr(at, order[i]));
		at = strstr(at, order[i]) + strlen(order[i]);
	}
	ck_assert_str_eq(b.data + b.size - 3, "\"}\n");
	expect_ok(json_read(b.data, b.size, &json, &e));
	ck_assert_int_eq(json_look_number(json, "seq", &number), 0);
	ck_assert_int_eq(number, 1);
	ck_assert_uint_eq(strlen(json_look_text(json, "salt")), 32);
	json_release(json);
	buffer_done(&b);
}
END_TEST

START_TEST(salts_differ)
{
	struct buffer b = make_record(scratch("record"), 2);
	unsigned char one[16], two[16];

	digits_behind(b.data, "\"salt\":\"", one, 16);
	digits_behind(b.data + line_start(&b, 2), "\"salt\":\"", two, 16);
	ck_assert_mem_ne(one, two, 16);
	buffer_done(&b);
}
END_TEST

/* ---- the frame ---- */

#define PREV "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SALT "0123456789abcdef0123456789abcdef"
#define TAIL ",\"h\":\"" PREV "\"}"

static const struct {
	const char *text;
	int good;
} frames[] = {
	/* clang-format off */
	{ "{\"v\":1,\"seq\":1,\"prev\":\"" PREV "\",\"salt\":\"" SALT "\",\"time\":\"x\"" TAIL, 1 },
	{ "{\"v\":1,\"seq\":9223372036854775807,\"prev\":\"" PREV "\",\"salt\":\"" SALT "\",\"time\":\"x\"" TAIL, 1 },
	{ "{\"v\":1,\"seq\":9223372036854775808,\"prev\":\"" PREV "\",\"salt\":\"" SALT "\",\"time\":\"x\"" TAIL, 0 },
	{ "{\"v\":1,\"seq\":99999999999999999999,\"prev\":\"" PREV "\",\"salt\":\"" SALT "\",\"time\":\"x\"" TAIL, 0 },
	{ "{\"v\":2,\"seq\":1,\"prev\":\"" PREV "\",\"salt\":\"" SALT "\",\"time\":\"x\"" TAIL, 0 },
	{ "{\"v\":1,\"seq\":0,\"prev\":\"" PREV "\",\"salt\":\"" SALT "\",\"time\":\"x\"" TAIL, 0 },
	{ "{\"v\":1,\"seq\":01,\"prev\":\"" PREV "\",\"salt\":\"" SALT "\",\"time\":\"x\"" TAIL, 0 },
	{ "{\"v\":1,\"seq\":-1,\"prev\":\"" PREV "\",\"salt\":\"" SALT "\",\"time\":\"x\"" TAIL, 0 },
	{ "{\"v\":1,\"seq\":,\"prev\":\"" PREV "\",\"salt\":\"" SALT "\",\"time\":\"x\"" TAIL, 0 },
	{ "{ \"v\":1,\"seq\":1,\"prev\":\"" PREV "\",\"salt\":\"" SALT "\",\"time\":\"x\"" TAIL, 0 },
	{ "{\"seq\":1,\"v\":1,\"prev\":\"" PREV "\",\"salt\":\"" SALT "\",\"time\":\"x\"" TAIL, 0 },
	{ "{\"v\":1,\"seq\":1,\"salt\":\"" SALT "\",\"prev\":\"" PREV "\",\"time\":\"x\"" TAIL, 0 },
	{ "{\"v\":1,\"seq\":1,\"prev\":\"A123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"salt\":\"" SALT "\",\"time\":\"x\"" TAIL, 0 },
	{ "{\"v\":1,\"seq\":1,\"prev\":\"" PREV "\",\"salt\":\"" SALT "0\",\"time\":\"x\"" TAIL, 0 },
	{ "{\"v\":1,\"seq\":1,\"prev\":\"" PREV "\",\"salt\":\"" SALT "\",\"x\":1,\"time\":\"x\"" TAIL, 0 },
	{ "{\"v\":1,\"seq\":1,\"prev\":\"" PREV "\",\"salt\":\"" SALT "\"" TAIL, 0 },
	{ "{\"v\":1,\"seq\":1,\"prev\":\"" PREV "\",\"salt\":\"" SALT "\",\"time\":\"x\"" TAIL " ", 0 },
	{ "{\"v\":1,\"seq\":1,\"prev\":\"" PREV "\",\"salt\":\"" SALT "\",\"time\":\"x\",\"h\":\"" PREV "\",\"i\":1}", 0 },
	{ TAIL, 0 },
	{ "", 0 },
	/* clang-format on */
};

START_TEST(only_the_exact_frame_is_a_line)
{
	for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
		struct record_line line = { .seq = 77 };
		int rc = record_parse(frames[i].text, strlen(frames[i].text), &line);

		ck_assert_msg((rc == 0) == frames[i].good, "%s", frames[i].text);
		if (rc != 0)
			ck_assert_uint_eq(line.seq, 77);
	}
}
END_TEST

START_TEST(a_frame_cut_anywhere_is_no_line)
{
	struct record_line line;
	size_t n = strlen(frames[0].text);

	for (size_t cut = 0; cut < n; cut++)
		ck_assert_int_eq(record_parse(frames[0].text, cut, &line), -1);
	ck_assert_int_eq(record_parse(frames[0].text, n, &line), 0);
	ck_assert_uint_eq(line.size, n - strlen(TAIL));
}
END_TEST

Suite *
suite_line(void)
{
	Suite *suite = suite_create("audit/line");
	TCase *t = tcase_create("line");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, each_hash_is_the_formulas);
	tcase_add_test(t, a_known_line_has_its_known_hash);
	tcase_add_test(t, a_line_is_json_with_its_members_in_order);
	tcase_add_test(t, salts_differ);
	tcase_add_test(t, only_the_exact_frame_is_a_line);
	tcase_add_test(t, a_frame_cut_anywhere_is_no_line);
	suite_add_tcase(suite, t);
	return suite;
}
