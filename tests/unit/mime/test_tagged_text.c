/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "mime/address_field.h"
#include "mime/tagged_text.h"
#include "tests/unit/support.h"

static bool
has(const char *value, const char *tag)
{
	struct error e = ERROR_INIT;
	bool found = false;

	expect_ok(tagged_text_has(value, strlen(value), tag, &found, &e));
	return found;
}

/* The value as it is written without the tag, and as a reader sees it. */
static void
expect_without(const char *value, const char *tag, const char *written, const char *seen)
{
	struct buffer out = BUFFER_INIT(100000), decoded = BUFFER_INIT(100000);
	struct error e = ERROR_INIT;

	ck_assert_msg(has(value, tag), "%s", value);
	expect_ok(tagged_text_remove(value, strlen(value), tag, &out, &e));
	if (written != NULL)
		ck_assert_str_eq(buffer_text(&out), written);
	ck_assert(!has(buffer_text(&out), tag));
	expect_ok(encoded_words_decode(buffer_text(&out), out.size, &decoded, &e));
	ck_assert_str_eq(buffer_text(&decoded), seen);
	buffer_done(&out);
	buffer_done(&decoded);
}

START_TEST(sees_a_tag_as_a_reader_does)
{
	ck_assert(has(" [secret] plans", "[secret]"));
	ck_assert(has(" Re: [SECRET] plans", "[secret]"));
	ck_assert(has(" plans [se\r\n cret]", "[se cret]"));
	ck_assert(has(" =?utf-8?q?=5Bsecret=5D_pl=C3=A4ne?=", "[secret]"));
	ck_assert(has(" =?utf-8?b?W3NlY3JldF0=?= plans", "[Secret]"));
	ck_assert(has(" =?utf-8?q?=5Bsec?=\r\n =?utf-8?q?ret=5D?=", "[secret]"));
	ck_assert(has(" =?iso-8859-1?q?geh=E4im?=", "geh\xc3\xa4im"));
	ck_assert(has(" =?utf-8?b?w7Y=?= =?utf-8?b?W3NlY3JldF0=?=", "[secret]"));
	ck_assert(has(" =?utf-8?B?w7Y=?=\r\n =?UTF-8?B?w7ZbcwZWM=?=\r\n =?utf-8?B?W3NlY3JldF0?=", "[secret]"));
	ck_assert(!has(" secret plans", "[secret]"));
	ck_assert(!has(" [secret", "[secret]"));
	ck_assert(!has("", "[secret]"));
}
END_TEST

START_TEST(removes_a_tag_wherever_it_stands)
{
	expect_without(" [secret] plans", "[secret]", " plans", "plans");
	expect_without(" Re: [SECRET] plans", "[secret]", " Re: plans", "Re: plans");
	expect_without(" plans [secret]", "[secret]", " plans", "plans");
	expect_without(" a[secret]b", "[secret]", " ab", "ab");
	expect_without(" [secret][secret] x [Secret]", "[secret]", " x", "x");
	expect_without(" [secret]   plans", "[secret]", " plans", "plans");
	expect_without(" [sec[secret]ret] x", "[secret]", " x", "x");
}
END_TEST

START_TEST(removes_a_tag_that_is_encoded)
{
	expect_without(" =?utf-8?q?=5Bsecret=5D_pl=C3=A4ne?=", "[secret]", NULL, "pl\xc3\xa4ne");
	expect_without(" =?utf-8?b?W3NlY3JldF0=?= plans", "[secret]", " plans", "plans");
	expect_without(" =?utf-8?q?=5Bsec?=\r\n =?utf-8?q?ret=5D?= x", "[secret]", " x", "x");
	expect_without(" [secret] =?utf-8?b?w7Y=?=\r\n =?utf-8?b?w6Q=?= =?utf-8?b?w7w=?=", "[secret]", NULL,
	    "\xc3\xb6\xc3\xa4\xc3\xbc");
	expect_without(" [secret] Gr\xc3\xb6\xc3\x9f"
		       "en\xc3\xa4nderungs\xc3\xbc"
		       "bersicht-\xc3\x9c"
		       "bergangsl\xc3\xb6sung \xe2\x80\x93 \xc3\x84",
	    "[secret]", NULL,
	    "Gr\xc3\xb6\xc3\x9f"
	    "en\xc3\xa4nderungs\xc3\xbc"
	    "bersicht-\xc3\x9c"
	    "bergangsl\xc3\xb6sung \xe2\x80\x93 \xc3\x84");
	expect_without(" =?iso-8859-1?q?[secret]_gr=FC=DFe?=", "[secret]", NULL,
	    "gr\xc3\xbc\xc3\x9f"
	    "e");
	expect_without(" [secret] gr\xc3\xbc\xc3\x9f"
		       "e",
	    "[secret]", NULL,
	    "gr\xc3\xbc\xc3\x9f"
	    "e");
}
END_TEST

START_TEST(leaves_an_empty_text_where_there_was_nothing_else)
{
	struct buffer out = BUFFER_INIT(100);
	struct error e = ERROR_INIT;

	expect_ok(tagged_text_remove(" [secret]", 9, "[secret]", &out, &e));
	ck_assert_str_eq(buffer_text(&out), " ");
	buffer_done(&out);
}
END_TEST

START_TEST(folds_what_it_writes)
{
	char value[2000] = " [x]";
	struct buffer out = BUFFER_INIT(10000);
	struct error e = ERROR_INIT;

	for (int i = 0; i < 100; i++)
		strcat(value, " w\xc3\xb6rd word");
	expect_ok(tagged_text_remove(value, strlen(value), "[x]", &out, &e));
	for (const char *line = buffer_text(&out); *line != '\0';
	     line += strcspn(line, "\n") + (strchr(line, '\n') != NULL)) {
		ck_assert_uint_le(strcspn(line, "\n"), 79);
		ck_assert(*line == ' ');
	}
	buffer_done(&out);
}
END_TEST

START_TEST(refuses_a_text_that_would_read_differently)
{
	/* A reader sees "=?utf-8?q?x?=" itself; written bare it would be decoded. */
	static const char value[] = " [x] =?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=";
	struct buffer out = BUFFER_INIT(1000);
	struct error e = ERROR_INIT;

	ck_assert_int_eq(tagged_text_remove(value, strlen(value), "[x]", &out, &e), -1);
	ck_assert_int_eq(e.code, ERROR_HEADER_SYNTAX);
	ck_assert_uint_eq(out.size, 0);
	buffer_done(&out);
}
END_TEST

START_TEST(takes_any_octets_and_any_cut)
{
	static const char value[] =
	    " Re: =?utf-8?b?W3NlY3JldF0=?=\r\n =?utf-8?q?=5Bsecret=5D?= \xff\x00 =?x?y?z?= [secret]";

	for (size_t n = 0; n <= sizeof(value) - 1; n++) {
		struct buffer out = BUFFER_INIT(1000);
		struct error e = ERROR_INIT;

		if (tagged_text_remove(value, n, "[secret]", &out, &e) == 0)
			ck_assert(!has(buffer_text(&out), "[secret]"));
		buffer_done(&out);
	}
}
END_TEST

Suite *suite_tagged_text(void);

Suite *
suite_tagged_text(void)
{
	Suite *s = suite_create("tagged text");
	TCase *t = tcase_create("tagged text");

	tcase_add_test(t, sees_a_tag_as_a_reader_does);
	tcase_add_test(t, removes_a_tag_wherever_it_stands);
	tcase_add_test(t, removes_a_tag_that_is_encoded);
	tcase_add_test(t, leaves_an_empty_text_where_there_was_nothing_else);
	tcase_add_test(t, folds_what_it_writes);
	tcase_add_test(t, refuses_a_text_that_would_read_differently);
	tcase_add_test(t, takes_any_octets_and_any_cut);
	suite_add_tcase(s, t);
	return s;
}
