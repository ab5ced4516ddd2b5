/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "tests/unit/support.h"

Suite *suite_json(void);

static void
expect_rendered(const struct json *j, const char *want)
{
	struct buffer b = BUFFER_INIT(10000);
	struct error e = ERROR_INIT;

	expect_ok(json_render(j, &b, &e));
	ck_assert_str_eq(buffer_text(&b), want);
	buffer_done(&b);
}

START_TEST(keeps_the_order_of_insertion)
{
	struct error e = ERROR_INIT;
	struct json *o = json_new_object(&e), *a = json_new_array(&e);

	expect_ok(json_put_text(o, "z", "last letter", &e));
	expect_ok(json_put_number(o, "a", -9007199254740993, &e));
	expect_ok(json_put_bool(o, "m", true, &e));
	expect_ok(json_push_text(a, "x", &e));
	expect_ok(json_push_text(a, NULL, &e));
	expect_ok(json_push_take(a, json_new_object(&e), &e));
	expect_ok(json_put_take(o, "b", a, &e));
	expect_ok(json_put_text(o, "n", NULL, &e));
	expect_rendered(o, "{\"z\":\"last letter\",\"a\":-9007199254740993,\"m\":true,\"b\":[\"x\",null,{}],\"n\":null}");
	expect_ok(json_put_text(o, "z", "again", &e));
	expect_rendered(o, "{\"z\":\"again\",\"a\":-9007199254740993,\"m\":true,\"b\":[\"x\",null,{}],\"n\":null}");
	json_release(o);
	json_release(NULL);
}
END_TEST

START_TEST(writes_one_line_of_ascii)
{
	struct error e = ERROR_INIT;
	struct json *o = json_new_object(&e);

	expect_ok(json_put_text(o, "t", "a\r\n\"\\\x01\x7f \xc3\xa9 \xf0\x9f\x98\x80", &e));
	expect_rendered(o, "{\"t\":\"a\\r\\n\\\"\\\\\\u0001\x7f \\u00E9 \\uD83D\\uDE00\"}");
	json_release(o);
}
END_TEST

START_TEST(bad_octets_become_replacement_characters)
{
	struct error e = ERROR_INIT;
	struct json *o = json_new_object(&e);

	expect_ok(json_put_text(o, "t", "a\xff\xc3(\xed\xa0\x80\xc3\xa9", &e));
	expect_rendered(o, "{\"t\":\"a\\uFFFD\\uFFFD(\\uFFFD\\uFFFD\\uFFFD\\u00E9\"}");
	json_release(o);
}
END_TEST

START_TEST(indents_for_people)
{
	struct buffer b = BUFFER_INIT(100);
	struct error e = ERROR_INIT;
	struct json *o = json_new_object(&e);

	expect_ok(json_put_text(o, "t", "\xc3\xa9", &e));
	expect_ok(json_render_indented(o, &b, &e));
	ck_assert_str_eq(buffer_text(&b), "{\n  \"t\": \"\xc3\xa9\"\n}\n");
	buffer_done(&b);
	json_release(o);
}
END_TEST

START_TEST(a_full_buffer_stays_as_it_was)
{
	struct buffer b = BUFFER_INIT(8);
	struct error e = ERROR_INIT;
	struct json *o = json_new_object(&e);

	expect_ok(buffer_append_text(&b, "kept", &e));
	expect_ok(json_put_text(o, "t", "long", &e));
	expect_error(json_render(o, &b, &e), ERROR_TOO_LARGE);
	ck_assert_str_eq(buffer_text(&b), "kept");
	ck_assert_uint_eq(b.size, 4);
	buffer_done(&b);
	json_release(o);
}
END_TEST

START_TEST(a_name_that_does_not_fit_is_not_left_out)
{
	struct buffer b = BUFFER_INIT(16);
	struct error e = ERROR_INIT;
	struct json *o = json_new_object(&e);

	expect_ok(json_put_number(o, "longer-than-the-buffer", 1, &e));
	expect_error(json_render(o, &b, &e), ERROR_TOO_LARGE);
	ck_assert_uint_eq(b.size, 0);
	buffer_done(&b);
	json_release(o);
}
END_TEST

static struct json *
read_text(const char *text)
{
	struct error e = ERROR_INIT;
	struct json *j = NULL;

	expect_ok(json_read(text, strlen(text), &j, &e));
	return j;
}

START_TEST(looks_at_members_by_type)
{
	struct json *j = read_text(" {\"t\":\"x\",\"n\":9223372036854775807,\"b\":false,\"a\":[1,\"y\"],\"r\":1.5,\"z\":null} ");
	int64_t n = 7;
	bool b = true;

	ck_assert_str_eq(json_look_text(j, "t"), "x");
	ck_assert_ptr_null(json_look_text(j, "n"));
	ck_assert_ptr_null(json_look_text(j, "absent"));
	ck_assert_ptr_null(json_look_text(j, "z"));
	ck_assert_int_eq(json_look_number(j, "n", &n), 0);
	ck_assert_int_eq(n, INT64_MAX);
	ck_assert_int_eq(json_look_number(j, "r", &n), -1);
	ck_assert_int_eq(json_look_number(j, "t", &n), -1);
	ck_assert_int_eq(json_look_number(j, "absent", &n), -1);
	ck_assert_int_eq(n, INT64_MAX);
	ck_assert_int_eq(json_look_bool(j, "b", &b), 0);
	ck_assert(!b);
	ck_assert_int_eq(json_look_bool(j, "n", &b), -1);
	ck_assert_uint_eq(json_count(json_look(j, "a")), 2);
	ck_assert_str_eq(json_text_of(json_at(json_look(j, "a"), 1)), "y");
	ck_assert_ptr_null(json_text_of(json_at(json_look(j, "a"), 0)));
	ck_assert_ptr_null(json_at(json_look(j, "a"), 2));
	ck_assert_uint_eq(json_count(json_look(j, "t")), 0);
	ck_assert_uint_eq(json_count(NULL), 0);
	json_release(j);
}
END_TEST

START_TEST(reads_what_it_wrote)
{
	static const char text[] = "{\"z\":\"\\u00E9\\uD83D\\uDE00\\n\",\"a\":[1,true,null,{\"b\":[]}]}";
	struct json *j = read_text(text);

	expect_rendered(j, text);
	json_release(j);
	j = read_text("\"alone\"");
	ck_assert_str_eq(json_text_of(j), "alone");
	json_release(j);
}
END_TEST

static const char *const refused[] = {
	"",
	" ",
	"{",
	"{}{}",
	"{} x",
	"[1,]",
	"{\"a\":1,}",
	"{a:1}",
	"{'a':1}",
	"{\"a\":1,\"a\":2}",
	"{\"x\":{\"a\":1,\"\\u0061\":2}}",
	"[9223372036854775808]",
	"[01]",
	"[1e999]",
	"[NaN]",
	"[\"\\ud800\"]",
	"[\"\\u0000\"]",
	"[\"\xff\"]",
	"[\"\xed\xa0\x80\"]",
	"[\"a\nb\"]",
	"[/* c */]",
	"\xef\xbb\xbf{}",
};

START_TEST(refuses_what_is_not_rfc_8259)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct error e = ERROR_INIT;
		struct json *j = NULL;

		if (json_read(refused[i], strlen(refused[i]), &j, &e) == 0)
			ck_abort_msg("accepted: %s", refused[i]);
		ck_assert_ptr_null(j);
		expect_error(-1, ERROR_JSON_SYNTAX);
	}
}
END_TEST

START_TEST(a_cut_value_is_refused)
{
	static const char text[] = "{\"a\":[1,\"\\u00e9\",true],\"b\":{\"c\":null}}";

	for (size_t n = 0; n < strlen(text); n++) {
		struct error e = ERROR_INIT;
		struct json *j = NULL;

		expect_error(json_read(text, n, &j, &e), ERROR_JSON_SYNTAX);
	}
}
END_TEST

START_TEST(nul_behind_a_value_is_refused)
{
	struct error e = ERROR_INIT;
	struct json *j = NULL;

	expect_error(json_read("{}\0{}", 5, &j, &e), ERROR_JSON_SYNTAX);
}
END_TEST

/* `depth` arrays, the innermost with text that only looks like brackets. */
static int
read_nested(size_t depth)
{
	struct buffer b = BUFFER_INIT(100000);
	struct error e = ERROR_INIT;
	struct json *j = NULL;
	int rc;

	for (size_t i = 0; i < depth; i++)
		ck_assert_int_eq(buffer_append_char(&b, '[', &e), 0);
	expect_ok(buffer_append_text(&b, "\"[[[[[{{{{{\\\"[[[\\\\\"", &e));
	for (size_t i = 0; i < depth; i++)
		ck_assert_int_eq(buffer_append_char(&b, ']', &e), 0);
	rc = json_read(b.data, b.size, &j, &e);
	if (rc != 0)
		expect_error(rc, ERROR_JSON_SYNTAX);
	json_release(j);
	buffer_done(&b);
	return rc;
}

START_TEST(depth_is_bounded)
{
	ck_assert_int_eq(read_nested(LIMIT_JSON_DEPTH), 0);
	ck_assert_int_eq(read_nested(LIMIT_JSON_DEPTH + 1), -1);
	ck_assert_int_eq(read_nested(40000), -1);
}
END_TEST

START_TEST(a_child_is_taken_even_on_failure)
{
	struct error e = ERROR_INIT;
	struct json *array = json_new_array(&e), *object = json_new_object(&e);

	/* The address sanitizer's leak check watches these. */
	expect_error(json_put_take(array, "x", json_new_object(&e), &e), ERROR_INTERNAL);
	expect_error(json_push_take(object, json_new_object(&e), &e), ERROR_INTERNAL);
	expect_error(json_put_text(object, "\xff", "x", &e), ERROR_INTERNAL);
	json_release(array);
	json_release(object);
}
END_TEST

static int
build_and_read(void *ctx, struct error *e)
{
	struct buffer b = BUFFER_INIT(10000);
	struct json *o = json_new_object(e), *back = NULL, *child;
	char name[16];
	int rc = o == NULL ? -1 : 0;

	(void)ctx;
	for (int i = 0; rc == 0 && i < 10; i++) {
		snprintf(name, sizeof name, "name%d", i);
		rc = json_put_text(o, name, "text \xff", e);
	}
	if (rc == 0)
		rc = json_put_number(o, "number", 42, e);
	if (rc == 0) {
		child = json_new_array(e);
		rc = child == NULL ? -1 : json_put_take(o, "array", child, e);
	}
	if (rc == 0)
		rc = json_render(o, &b, e);
	if (rc == 0)
		rc = json_read(buffer_text(&b), b.size, &back, e);
	json_release(o);
	json_release(back);
	buffer_done(&b);
	return rc;
}

START_TEST(survives_every_failing_allocation)
{
	each_allocation_fails(build_and_read, NULL);
}
END_TEST

Suite *
suite_json(void)
{
	Suite *s = suite_create("json");
	TCase *t = tcase_create("json");

	tcase_add_test(t, keeps_the_order_of_insertion);
	tcase_add_test(t, writes_one_line_of_ascii);
	tcase_add_test(t, bad_octets_become_replacement_characters);
	tcase_add_test(t, indents_for_people);
	tcase_add_test(t, a_full_buffer_stays_as_it_was);
	tcase_add_test(t, a_name_that_does_not_fit_is_not_left_out);
	tcase_add_test(t, looks_at_members_by_type);
	tcase_add_test(t, reads_what_it_wrote);
	tcase_add_test(t, refuses_what_is_not_rfc_8259);
	tcase_add_test(t, a_cut_value_is_refused);
	tcase_add_test(t, nul_behind_a_value_is_refused);
	tcase_add_test(t, depth_is_bounded);
	tcase_add_test(t, a_child_is_taken_even_on_failure);
	tcase_add_test(t, survives_every_failing_allocation);
	suite_add_tcase(s, t);
	return s;
}
