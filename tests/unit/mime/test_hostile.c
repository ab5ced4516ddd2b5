/* SPDX-License-Identifier: BSD-2-Clause */

/* Messages that mail filters have been seen to corrupt, crash or loop on: ours carries each of them whole.  Cut off: tests/corpus. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mime/seven_bit.h"
#include "tests/unit/mime/mime_support.h"
#include "tests/unit/support.h"

Suite *suite_hostile(void);

static const struct row {
	const char *name;
	enum form form;
	bool ambiguous;
	size_t leaves;
	const char *type, *subtype;
} rows[] = {
	{ "01-plain-nonmime", FORM_SAME, false, 1, "text", "plain" },
	{ "02-nonmime-8bit", FORM_CHANGED, false, 1, "text", "plain" },
	{ "03-mime-8bit", FORM_CHANGED, false, 1, "text", "plain" },
	{ "04-multipart", FORM_SAME, false, 2, "multipart", "mixed" },
	{ "05-preamble-dashes", FORM_SAME, false, 2, "multipart", "mixed" },
	{ "06-no-boundary-in-body", FORM_SAME, true, 1, "multipart", "mixed" },
	{ "07-close-delim-padding", FORM_SAME, false, 3, "multipart", "mixed" },
	{ "08-epilogue", FORM_SAME, false, 3, "multipart", "mixed" },
	{ "09-ct-nospace", FORM_SAME, false, 1, "text", "plain" },
	{ "10-mp-nospace", FORM_SAME, false, 2, "multipart", "mixed" },
	{ "11-semicolon-quoted", FORM_SAME, false, 1, "application", "octet-stream" },
	{ "12-lowercase-names", FORM_SAME, false, 1, "text", "plain" },
	{ "13-two-content-types", FORM_SAME, true, 1, "text", "plain" },
	{ "14-content-no-mime-version", FORM_SAME, false, 1, "text", "plain" },
	{ "15-mime-version-only", FORM_SAME, false, 1, "text", "plain" },
	{ "16-empty-body", FORM_SAME, false, 1, "text", "plain" },
	{ "17-pkcs7-mime", FORM_SAME, false, 1, "application", "pkcs7-mime" },
	{ "18-opaque-signed", FORM_SAME, false, 1, "application", "pkcs7-mime" },
	{ "19-signed-uppercase", FORM_SAME, false, 2, "multipart", "signed" },
	{ "20-pgp-signed", FORM_SAME, false, 2, "multipart", "signed" },
	{ "21-from-line", FORM_CHANGED, false, 1, "text", "plain" },
	{ "22-trailing-ws", FORM_CHANGED, false, 1, "text", "plain" },
	{ "23-bare-cr-lf", FORM_CHANGED, false, 1, "text", "plain" },
	{ "24-nul", FORM_CHANGED, false, 1, "text", "plain" },
	{ "25-long-ct", FORM_BLOCKED, false, 1, "text", "plain" },
	{ "26-trailing-semicolon", FORM_SAME, false, 1, "text", "plain" },
	{ "27-folded-ct-tab", FORM_SAME, false, 2, "multipart", "mixed" },
	{ "28-content-extras", FORM_SAME, false, 1, "text", "plain" },
	{ "29-rfc2231", FORM_SAME, false, 1, "application", "octet-stream" },
	{ "30-preamble-70k", FORM_SAME, false, 2, "multipart", "mixed" },
	{ "31-long-lines", FORM_CHANGED, false, 1, "text", "plain" },
	{ "32-binary-cte", FORM_CHANGED, false, 1, "application", "octet-stream" },
};

static struct buffer
load_hostile(const char *name)
{
	char path[100];

	snprintf(path, sizeof(path), "mime/hostile/%s.eml", name);
	return load(path);
}

static struct message
open_hostile(const char *name)
{
	struct buffer b = load_hostile(name);
	struct error e = ERROR_INIT;
	struct message m;

	expect_ok(message_open(&m, b.data, b.size, &e));
	buffer_done(&b);
	return m;
}

START_TEST(each_is_read_for_what_it_is)
{
	const struct row *row = &rows[_i];
	struct message m = open_hostile(row->name);

	ck_assert_msg(entity_is(m.root, row->type, row->subtype), "%s is %s/%s", row->name, m.root->type->type,
	    m.root->type->subtype);
	ck_assert_msg(leaf_count(m.root) == row->leaves, "%s has %zu leaves", row->name, leaf_count(m.root));
	ck_assert_msg((entity_structure_ambiguity(m.root) != NULL) == row->ambiguous, "%s: %s", row->name,
	    entity_structure_ambiguity(m.root));
	message_done(&m);
}
END_TEST

START_TEST(each_comes_through_unharmed_or_is_refused_with_a_reason)
{
	const struct row *row = &rows[_i];
	struct buffer b = load_hostile(row->name);
	enum form form;
	const char *harm = find_harm(b.data, b.size, &form);

	ck_assert_msg(harm == NULL, "%s: %s", row->name, harm);
	ck_assert_msg(form == row->form, "%s: form is %d", row->name, form);
	buffer_done(&b);
}
END_TEST

static void
expect_leaf(const char *name, size_t leaf, const char *want, size_t n)
{
	struct message m = open_hostile(name);
	struct entity_reader *reader = NULL;
	struct buffer out = BUFFER_INIT(100000);
	struct error e = ERROR_INIT;
	struct source source;

	expect_ok(entity_reader_new(leaf_at(m.root, leaf), &reader, &source, &e));
	expect_ok(read_all(&source, &out, &e));
	ck_assert_uint_eq(out.size, n);
	ck_assert_int_eq(memcmp(buffer_text(&out), want, n), 0);
	entity_reader_free(reader);
	buffer_done(&out);
	message_done(&m);
}

START_TEST(what_others_lost_is_there)
{
	/* 07, 08: blanks behind the closing delimiter, an epilogue */
	expect_leaf("07-close-delim-padding", 2, "IMPORTANT ATTACHMENT", 20);
	expect_leaf("08-epilogue", 2, "IMPORTANT ATTACHMENT", 20);
	expect_leaf("10-mp-nospace", 1, "second part", 11);
	expect_leaf("06-no-boundary-in-body", 0, "no boundary here at all\r\n", 25);
	expect_leaf("23-bare-cr-lf", 0, "a\rb\r\nc\r\n", 8);
	expect_leaf("24-nul", 0, "a\0b\r\n", 5);
	expect_leaf("30-preamble-70k", 0, "first part", 10);
	expect_leaf("16-empty-body", 0, "", 0);
	expect_leaf("32-binary-cte", 0, "\x01\x02\xff\xfe\r\n", 6);
}
END_TEST

START_TEST(names_of_files_are_whole)
{
	static const char *const files[] = { "11-semicolon-quoted", "29-rfc2231" };

	for (size_t i = 0; i < 2; i++) {
		struct message m = open_hostile(files[i]);

		ck_assert_str_eq(media_type_parameter(m.root->type, "name"), "a;b.txt");
		message_done(&m);
	}
}
END_TEST

START_TEST(structural_fields_move_inside_octet_for_octet)
{
	struct message m = open_hostile("27-folded-ct-tab");
	struct buffer out = BUFFER_INIT(10000);
	struct sink sink = buffer_sink(&out);
	struct error e = ERROR_INIT;

	expect_ok(seven_bit_write(m.root, NULL, &sink, &e));
	ck_assert_int_eq(strncmp(buffer_text(&out), "Content-Type:\tmultipart/mixed;\r\n\tboundary=\"b1\"\r\n\r\n--b1", 54), 0);
	message_done(&m);
	m = open_hostile("28-content-extras");
	buffer_clear(&out);
	expect_ok(seven_bit_write(m.root, NULL, &sink, &e));
	ck_assert_str_eq(buffer_text(&out), "Content-Type: text/plain; charset=us-ascii\r\nContent-Language: de\r\n"
	    "Content-ID: <a@b>\r\nContent-Length: 6\r\n\r\nhello\r\n");
	message_done(&m);
	m = open_hostile("13-two-content-types");
	buffer_clear(&out);
	expect_ok(seven_bit_write(m.root, NULL, &sink, &e));
	ck_assert_str_eq(buffer_text(&out), "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n<p>hello</p>\r\n");
	message_done(&m);
	buffer_done(&out);
}
END_TEST

#define LENGTH(a) ((int)(sizeof(a) / sizeof((a)[0])))

Suite *
suite_hostile(void)
{
	Suite *s = suite_create("hostile");
	TCase *t = tcase_create("hostile");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, each_is_read_for_what_it_is, 0, LENGTH(rows));
	tcase_add_loop_test(t, each_comes_through_unharmed_or_is_refused_with_a_reason, 0, LENGTH(rows));
	tcase_add_test(t, what_others_lost_is_there);
	tcase_add_test(t, names_of_files_are_whole);
	tcase_add_test(t, structural_fields_move_inside_octet_for_octet);
	suite_add_tcase(s, t);
	return s;
}
