/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "mime/charset.h"
#include "mime/date_field.h"
#include "mime/html.h"
#include "mime/leaf_edit.h"
#include "tests/unit/mime/mime_support.h"
#include "tests/unit/support.h"

Suite *suite_edits(void);

/* What is changed in fields and parts without writing them anew. */

/* ---- parameters ---- */

static const struct parameter_row {
	const char *value, *name, *text, *want;
} parameters[] = {
	/* clang-format off */
	{ " text/plain",                                   "hp", "clear", " text/plain; hp=\"clear\"" },
	{ " text/plain;",                                  "hp", "clear", " text/plain; hp=\"clear\"" },
	{ " text/plain ; ; charset=x ; ",                  "hp", "clear", " text/plain ; charset=x; hp=\"clear\"" },
	{ " text/plain; HP = cipher; charset=x",           "hp", "clear", " text/plain; charset=x; hp=\"clear\"" },
	{ " text/plain; hp*=a'b'c; hp*0=d; charset=x",     "hp", NULL,    " text/plain; charset=x" },
	{ " text/plain; hpx=1; x=\"; hp=cipher\"",         "hp", NULL,    " text/plain; hpx=1; x=\"; hp=cipher\"" },
	{ " text/plain; x=\"a\\\"; hp=1\"; (c; hp=2) hp=3", "hp", NULL,   " text/plain; x=\"a\\\"; hp=1\"" },
	{ " text/plain; x=1 (; hp=2)",                     "hp", NULL,    " text/plain; x=1 (; hp=2)" },
	{ " text/plain;\r\n\thp=cipher",                   "hp", NULL,    " text/plain" },
	{ " multipart/mixed; boundary=\"0123456789012345678901234567890123456789\"", "hp", "cipher",
	  " multipart/mixed; boundary=\"0123456789012345678901234567890123456789\";\r\n hp=\"cipher\"" },
	/* clang-format on */
};

START_TEST(sets_one_parameter_and_keeps_the_rest)
{
	const struct parameter_row *row = &parameters[_i];
	struct buffer out = BUFFER_INIT(65536);
	struct error e = ERROR_INIT;

	expect_ok(media_type_set(row->value, strlen(row->value), row->name, row->text, &out, &e));
	ck_assert_str_eq(buffer_text(&out), row->want);
	buffer_done(&out);
}
END_TEST

/* ---- dates ---- */

static const struct date_row {
	const char *value, *want; /* NULL: no date */
} dates[] = {
	/* clang-format off */
	{ " Sat, 20 Feb 2021 10:10:02 -0500",       "Sat, 20 Feb 2021 15:10:02 +0000" },
	{ " sat, 20 feb 2021 10:10:02 +0000 (UTC)", "Sat, 20 Feb 2021 10:10:02 +0000" },
	{ "29 Feb 2024 23:59 GMT",                  "Thu, 29 Feb 2024 23:59:00 +0000" },
	{ " Fri,\r\n 1 Jan 2021 00:30:00 +0130",    "Thu, 31 Dec 2020 23:00:00 +0000" },
	{ " Sat, 20 Feb 21 10:10:02 -0500",         NULL },
	{ " Sat, 20 Feb 2021 10:10:02 EST",         NULL },
	{ " Sat, 20 Feb 2021 10:10:02 -0560",       NULL },
	{ " Sat, 20 Feb 2021 25:10:02 -0500",       NULL },
	{ " Sat, 32 Feb 2021 10:10:02 -0500",       NULL },
	{ " Sat, 20 Feb 2021 10:10:02 -0500 x",     NULL },
	{ " 2021-02-20T10:10:02Z",                  NULL },
	{ "",                                       NULL },
	/* clang-format on */
};

START_TEST(reads_a_moment_only_where_all_readers_do)
{
	struct buffer out = BUFFER_INIT(100);
	bool is_date = false;
	struct error e = ERROR_INIT;

	expect_ok(date_field_utc(dates[_i].value, strlen(dates[_i].value), &out, &is_date, &e));
	ck_assert(is_date == (dates[_i].want != NULL));
	ck_assert_str_eq(buffer_text(&out), is_date ? dates[_i].want : "");
	buffer_done(&out);
}
END_TEST

/* ---- values ---- */

static struct header_list *
two_fields(const char *one, const char *other)
{
	struct error e = ERROR_INIT;
	struct header_list *list = header_list_new(&e);

	expect_ok(header_list_append(list, "A", one, strlen(one), &e));
	expect_ok(header_list_append(list, "B", other, strlen(other), &e));
	return list;
}

static const struct same_row {
	const char *one, *other;
	bool same;
} sames[] = {
	{ " a b", " a b", true }, { " a b", "a\r\n\t b  ", true }, { " a b", " ab", false }, { " a", " A", false },
	{ "", "  ", true }, { " a", "", false }, { " a", " a b", false },
};

START_TEST(compares_values_however_they_are_folded)
{
	struct header_list *list = two_fields(sames[_i].one, sames[_i].other);

	ck_assert(header_field_same(header_list_at(list, 0), header_list_at(list, 1)) == sames[_i].same);
	ck_assert(header_field_same(header_list_at(list, 1), header_list_at(list, 0)) == sames[_i].same);
	header_list_free(list);
}
END_TEST

/* Whatever the value: it unfolds to itself, and no line is white space alone. */
START_TEST(folds_without_a_line_that_looks_blank)
{
	struct buffer text = BUFFER_INIT(4096), out = BUFFER_INIT(65536), back = BUFFER_INIT(65536);
	struct error e = ERROR_INIT;
	struct header_list *list;

	for (int i = 0; i < 700; i++)
		expect_ok(buffer_append_char(&text, i % (_i + 2) == 0 ? 'x' : ' ', &e));
	expect_ok(buffer_append_char(&text, 'y', &e));
	expect_ok(header_value_fold(buffer_text(&text), text.size, 8, &out, &e));
	for (const char *at = buffer_text(&out); (at = strstr(at, "\r\n")) != NULL; at += 2)
		ck_assert_int_ne(at[2 + strspn(at + 2, " \t")], '\r');
	list = two_fields(buffer_text(&out), "");
	expect_ok(header_field_unfolded(header_list_at(list, 0), &back, &e));
	ck_assert_str_eq(buffer_text(&back), buffer_text(&text));
	header_list_free(list);
	buffer_done(&text);
	buffer_done(&out);
	buffer_done(&back);
}
END_TEST

/* ---- charsets ---- */

START_TEST(writes_utf8_in_the_charset_of_a_part_or_not_at_all)
{
	struct buffer text = BUFFER_INIT(100), out = BUFFER_INIT(1000);
	bool fits = false;
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_text(&text, "a\xc3\xa4", &e));
	expect_ok(charset_from_utf8("ISO-8859-1", &text, &out, &fits, &e));
	ck_assert(fits);
	ck_assert_str_eq(buffer_text(&out), "a\xe4");
	expect_ok(charset_from_utf8("koi8-r", &text, &out, &fits, &e));
	ck_assert(!fits);
	ck_assert_str_eq(buffer_text(&out), "a\xe4");
	expect_ok(charset_from_utf8("x-unknown", &text, &out, &fits, &e));
	ck_assert(!fits);
	ck_assert(charset_holds_ascii("UTF-8") && !charset_holds_ascii("utf-16") && !charset_holds_ascii("utf-7"));
	buffer_done(&text);
	buffer_done(&out);
}
END_TEST

/* ---- HTML ---- */

static const struct body_row {
	const char *html;
	bool whole;
	int at; /* -1: nowhere */
} bodies[] = {
	/* clang-format off */
	{ "<html><body>x",                               true,  12 },
	{ "<body title='a>b'>x",                         true,  18 },
	{ "<!-- <body> --><BODY>x",                      true,  21 },
	{ "<title><body></title><body>x",                true,  27 },
	{ "<script>\"<body>\"</script ><body>x",         true,  32 },
	{ "x <b>y</b>",                                  true,  0 },
	{ "<html><head></head>x",                        true,  19 },
	{ "<html>x",                                     true,  -1 },
	{ "<head><style>",                               false, -1 },
	{ "x",                                           false, -1 },
	{ "<body",                                       true,  0 },
	{ "",                                            true,  0 },
	/* clang-format on */
};

START_TEST(finds_where_a_body_begins)
{
	const char *html = bodies[_i].html;
	size_t at = 0;
	bool found = html_body_start(html, strlen(html), bodies[_i].whole, &at);

	ck_assert_int_eq(found ? (int)at : -1, bodies[_i].at);
}
END_TEST

/* ---- leaves ---- */

static bool
wants_all(void *ctx, const struct entity *leaf)
{
	(void)ctx;
	(void)leaf;
	return true;
}

static int
put_x(void *ctx, const struct entity *leaf, const struct buffer *head, bool whole, struct leaf_edit *out, bool *out_wanted,
    struct error *e)
{
	(void)ctx;
	(void)leaf;
	ck_assert(head->size < LEAF_HEAD ? whole : head->size == LEAF_HEAD);
	out->from = out->to = head->size < 1 ? 0 : 1;
	*out_wanted = true;
	out->parameters[0].name = "x";
	out->parameters[0].value = "y";
	return buffer_append_text(&out->text, "\xff", e);
}

START_TEST(edits_leaves_and_nothing_that_is_signed)
{
	static const char text[] =
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n"
	    "--b \r\nX: 1\r\n\r\nab\r\n"
	    "--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=62\r\n"
	    "--b\r\nContent-Transfer-Encoding: base64\r\n\r\nYWI=\r\n"
	    "--b\r\nContent-Transfer-Encoding: x\r\n\r\nab\r\n"
	    "--b\r\nContent-Type: multipart/signed; boundary=c\r\n\r\n--c\r\n\r\nab\r\n--c--\r\n"
	    "--b\r\nContent-Type: message/rfc822\r\n\r\nS: x\r\n\r\nab\r\n"
	    "--b--\r\nepilogue\r\n";
	static const char want[] =
	    "preamble\r\n"
	    "--b \r\nX: 1\r\nContent-Type: text/plain; x=\"y\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\na\xff" "b\r\n"
	    "--b\r\nContent-Type: text/plain; x=\"y\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=FFb\r\n"
	    "--b\r\nContent-Transfer-Encoding: base64\r\nContent-Type: text/plain; x=\"y\"\r\n\r\nYf9i\r\n\r\n"
	    "--b\r\nContent-Transfer-Encoding: x\r\n\r\nab\r\n"
	    "--b\r\nContent-Type: multipart/signed; boundary=c\r\n\r\n--c\r\n\r\nab\r\n--c--\r\n"
	    "--b\r\nContent-Type: message/rfc822\r\n\r\nS: x\r\n\r\nab\r\n"
	    "--b--\r\nepilogue\r\n";
	static const struct spool_settings settings = { .memory = 1 << 20, .max = 1 << 20 };
	const struct leaf_editor editor = { wants_all, put_x, NULL };
	struct message m = message_of(text);
	struct error e = ERROR_INIT;
	struct spool *out = spool_new(&settings, &e);
	size_t edited = 0;
	struct buffer got;

	expect_ok(entity_edit_leaves(m.root, &editor, m.headers, out, &edited, &e));
	got = span_text(spool_all(out));
	ck_assert_str_eq(buffer_text(&got), want);
	ck_assert_uint_eq(edited, 3);
	buffer_done(&got);
	spool_free(out);
	message_done(&m);
}
END_TEST

/* The head is what the editor sees; what lies behind it comes along. */
START_TEST(keeps_what_lies_behind_the_head)
{
	static const struct spool_settings settings = { .memory = 1 << 20, .max = 1 << 20 };
	const struct leaf_editor editor = { wants_all, put_x, NULL };
	struct buffer text = BUFFER_INIT(1 << 20), got;
	struct error e = ERROR_INIT;
	struct message m;
	struct spool *out = spool_new(&settings, &e);
	size_t edited = 0, body;

	expect_ok(buffer_append_text(&text, "X: 1\r\n\r\n", &e));
	body = text.size;
	for (int i = 0; i < 20000; i++)
		expect_ok(buffer_append_format(&text, &e, "%d\r\n", i));
	m = message_of(buffer_text(&text));
	expect_ok(entity_edit_leaves(m.root, &editor, m.headers, out, &edited, &e));
	got = span_text(spool_all(out));
	ck_assert_uint_eq(got.size, text.size - body + 1);
	ck_assert_int_eq(memcmp(got.data, "0\xff", 2), 0);
	ck_assert_int_eq(memcmp(got.data + 2, text.data + body + 1, text.size - body - 1), 0);
	buffer_done(&text);
	buffer_done(&got);
	spool_free(out);
	message_done(&m);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *
suite_edits(void)
{
	Suite *s = suite_create("edits");
	TCase *t = tcase_create("edits");

	tcase_add_loop_test(t, sets_one_parameter_and_keeps_the_rest, 0, COUNT(parameters));
	tcase_add_loop_test(t, reads_a_moment_only_where_all_readers_do, 0, COUNT(dates));
	tcase_add_loop_test(t, compares_values_however_they_are_folded, 0, COUNT(sames));
	tcase_add_loop_test(t, folds_without_a_line_that_looks_blank, 0, 300);
	tcase_add_test(t, writes_utf8_in_the_charset_of_a_part_or_not_at_all);
	tcase_add_loop_test(t, finds_where_a_body_begins, 0, COUNT(bodies));
	tcase_add_test(t, edits_leaves_and_nothing_that_is_signed);
	tcase_add_test(t, keeps_what_lies_behind_the_head);
	suite_add_tcase(s, t);
	return s;
}
