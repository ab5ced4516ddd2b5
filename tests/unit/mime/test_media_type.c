/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <gmime/gmime.h>

#include "base/limits.h"
#include "mime/media_type.h"
#include "tests/unit/support.h"

Suite *suite_media_type(void);

static struct media_type *
type_of(const char *value)
{
	struct error e = ERROR_INIT;
	struct media_type *m = NULL;

	expect_ok(media_type_parse(value, strlen(value), &m, &e));
	return m;
}

enum certainty { SURE, SURE_UNLIKE_GMIME, VAGUE, VAGUE_TYPE };

/* One row a claim: value, type/subtype, a parameter and its value (NULL: absent), how sure we are. */
static const struct row {
	const char *value, *type, *subtype, *name, *want;
	enum certainty certainty;
} rows[] = {
	/* as it should be */
	{ " text/plain; charset=utf-8", "text", "plain", "charset", "utf-8", SURE },
	{ "TEXT/Plain; CharSet=UTF-8", "text", "plain", "charset", "UTF-8", SURE },
	{ "multipart/mixed;\r\n boundary=\"b 1\"", "multipart", "mixed", "boundary", "b 1", SURE },
	{ " application/pkcs7-mime; smime-type=signed-data; name=\"smime.p7m\"", "application", "pkcs7-mime",
	  "smime-type", "signed-data", SURE },
	{ "text/plain; name=\"a;b.txt\"; x=y", "text", "plain", "name", "a;b.txt", SURE },
	{ "text/plain; name=\"a\\\"b\\\\c\"", "text", "plain", "name", "a\"b\\c", SURE },
	{ "text/plain; name=\"\"", "text", "plain", "name", "", SURE },
	{ "text/plain (a (nested) \\) comment); (and) charset (x) = (y) utf-8 (z)", "text", "plain", "charset",
	  "utf-8", SURE_UNLIKE_GMIME },
	/* as real mail has it */
	{ "multipart/mixed;boundary=b1", "multipart", "mixed", "boundary", "b1", SURE },
	{ "text/plain;", "text", "plain", "charset", NULL, SURE },
	{ "text/plain;; ; charset=a;", "text", "plain", "charset", "a", SURE },
	{ "multipart/mixed; boundary=----=_Part_1?a/b:c", "multipart", "mixed", "boundary",
	  "----=_Part_1?a/b:c", SURE },
	{ "text/plain; name=\"\xc3\xa4.txt\"", "text", "plain", "name", "\xc3\xa4.txt", SURE },
	{ "text/plain; name=\"a\r\n b\"", "text", "plain", "name", "a b", SURE_UNLIKE_GMIME },
	/* RFC 2231 */
	{ "a/b; name*0*=utf-8''a%3B; name*1=b.txt", "a", "b", "name", "a;b.txt", SURE },
	{ "a/b; name*1=b.txt; name*0=a%3B", "a", "b", "name", "a%3Bb.txt", SURE },
	{ "a/b; name*=utf-8'en'%e2%82%ac%20rates", "a", "b", "name", "\xe2\x82\xac rates", SURE },
	{ "a/b; name*=iso-8859-1''%e4", "a", "b", "name", "\xc3\xa4", SURE },
	{ "a/b; name*=x-unknown''%e4b", "a", "b", "name", "?b", SURE_UNLIKE_GMIME },
	{ "a/b; name*=utf-8''a%0d%0ab%00c", "a", "b", "name", "a??b?c", SURE_UNLIKE_GMIME },
	{ "a/b; name*=iso-8859-1''a%0ab%85c", "a", "b", "name", "a?b?c", SURE_UNLIKE_GMIME },
	{ "a/b; name=old.txt; name*=utf-8''n%65w.txt", "a", "b", "name", "new.txt", SURE_UNLIKE_GMIME },
	{ "a/b; name*0=a; name*1=b; name*2=c; name*3=d; name*4=e; name*5=f; name*6=g; name*7=h; name*8=i; "
	  "name*9=j; name*10=k",
	  "a", "b", "name", "abcdefghijk", SURE },
	{ "a/b; name*0=a; name*2=c", "a", "b", "name", "a", VAGUE },
	{ "a/b; name*0=a; name*0=c", "a", "b", "name", "a", VAGUE },
	{ "a/b; name*0=a; name*0*=''c", "a", "b", "name", "c", VAGUE },
	{ "a/b; name*=noquotes", "a", "b", "name", "noquotes", VAGUE },
	{ "a/b; name*=utf-8''%zz", "a", "b", "name", "%zz", VAGUE },
	{ "a/b; name*01=x", "a", "b", "name", "", VAGUE },
	{ "multipart/mixed; boundary*=us-ascii''b1", "multipart", "mixed", "boundary", "b1", VAGUE },
	{ "multipart/mixed; boundary*0=b; boundary*1=1", "multipart", "mixed", "boundary", "b1", VAGUE },
	{ "multipart/mixed; boundary=b1; boundary*=''b2", "multipart", "mixed", "boundary", "b2", VAGUE },
	{ "application/pkcs7-mime; smime-type*=''signed-data", "application", "pkcs7-mime", "smime-type",
	  "signed-data", VAGUE },
	/* parameters on which readers differ */
	{ "multipart/mixed; boundary=b1; boundary=b2", "multipart", "mixed", "boundary", "b1", VAGUE },
	{ "multipart/mixed; boundary=b1; BOUNDARY=b1", "multipart", "mixed", "boundary", "b1", VAGUE },
	{ "multipart/mixed; boundary=\"b1", "multipart", "mixed", "boundary", "b1", VAGUE },
	{ "multipart/mixed; boundary=\"b\\1\"", "multipart", "mixed", "boundary", "b1", VAGUE },
	{ "multipart/mixed; boundary=\"b\r\n 1\"", "multipart", "mixed", "boundary", "b 1", VAGUE },
	{ "multipart/mixed; boundary=\"b1\"x", "multipart", "mixed", "boundary", "b1", VAGUE },
	{ "multipart/mixed; boundary=b1 x", "multipart", "mixed", "boundary", "b1", VAGUE },
	{ "multipart/mixed; boundary=b(1)", "multipart", "mixed", "boundary", "b(1)", VAGUE },
	{ "multipart/mixed; boundary=b\"1\"", "multipart", "mixed", "boundary", "b\"1\"", VAGUE },
	{ "multipart/mixed; boundary=b1 (; boundary=b2)", "multipart", "mixed", "boundary", "b1", VAGUE },
	{ "multipart/mixed (c); boundary=b1", "multipart", "mixed", "boundary", "b1", VAGUE },
	{ "message/rfc822 (c)", "message", "rfc822", "x", NULL, VAGUE },
	{ "multipart/mixed; boundary=", "multipart", "mixed", "boundary", "", VAGUE },
	{ "multipart/mixed; boundary", "multipart", "mixed", "boundary", NULL, VAGUE },
	{ "multipart/mixed; =b1", "multipart", "mixed", "boundary", NULL, VAGUE },
	{ "multipart/mixed; *=''x; boundary=b1", "multipart", "mixed", "boundary", "b1", VAGUE },
	{ "multipart/mixed; boundary=b\xc2", "multipart", "mixed", "boundary", "b\xc2", VAGUE },
	{ "a/b; protocol=\"b\xc2\"", "a", "b", "protocol", "b\xc2", VAGUE },
	{ "a/b; smime-type=b\xc2", "a", "b", "smime-type", "b\xc2", VAGUE },
	{ "a/b; name=b\xc2", "a", "b", "name", "b\xc2", SURE_UNLIKE_GMIME },
	{ "multipart/mixed boundary=b1", "multipart", "mixed", "boundary", NULL, VAGUE },
	{ "multipart/mixed; boundary=b1; (unbalanced", "multipart", "mixed", "boundary", "b1", VAGUE },
	{ "text/plain; name=my file.txt; x=y", "text", "plain", "x", "y", VAGUE },
	/* types on which readers differ */
	{ "", "application", "octet-stream", "x", NULL, VAGUE_TYPE },
	{ "text", "application", "octet-stream", "x", NULL, VAGUE_TYPE },
	{ "text/", "application", "octet-stream", "x", NULL, VAGUE_TYPE },
	{ "/plain; charset=a", "application", "octet-stream", "charset", NULL, VAGUE_TYPE },
	{ "\"text/plain\"", "application", "octet-stream", "x", NULL, VAGUE_TYPE },
	{ "(multipart/mixed) text/plain", "text", "plain", "x", NULL, VAGUE_TYPE },
	{ "text / plain", "text", "plain", "x", NULL, VAGUE_TYPE },
	{ "text/plain/x; charset=a", "text", "plain", "charset", "a", VAGUE_TYPE },
	{ "text/plain, multipart/mixed; boundary=a", "text", "plain", "boundary", "a", VAGUE_TYPE },
};

START_TEST(reads_the_value_and_says_what_is_uncertain)
{
	const struct row *row = &rows[_i];
	struct media_type *m = type_of(row->value);
	const char *got = media_type_parameter(m, row->name);

	ck_assert_msg(media_type_is(m, row->type, row->subtype), "%s: %s/%s", row->value, m->type, m->subtype);
	ck_assert_msg((got == NULL) == (row->want == NULL) && (got == NULL || strcmp(got, row->want) == 0),
	    "%s: %s is \"%s\"", row->value, row->name, got == NULL ? "absent" : got);
	ck_assert_msg(m->ambiguous == (row->certainty >= VAGUE), "%s: ambiguous is %d", row->value, m->ambiguous);
	ck_assert_msg(m->type_ambiguous == (row->certainty == VAGUE_TYPE), "%s: type_ambiguous", row->value);
	media_type_free(m);
}
END_TEST

/* What we are sure of, GMime reads alike. */
START_TEST(gmime_agrees_where_nothing_is_ambiguous)
{
	const struct row *row = &rows[_i];
	GMimeContentType *other;
	const char *got;

	g_mime_init();
	other = g_mime_content_type_parse(NULL, row->value);
	got = g_mime_content_type_get_parameter(other, row->name);
	if (row->certainty < VAGUE) {
		bool same = (got == NULL) == (row->want == NULL) && (got == NULL || strcmp(got, row->want) == 0);

		ck_assert(g_mime_content_type_is_type(other, row->type, row->subtype));
		ck_assert_msg(same == (row->certainty == SURE), "%s: GMime reads %s", row->value, got);
	}
	g_object_unref(other);
}
END_TEST

START_TEST(reads_a_disposition)
{
	const char *value = " Attachment; FileName=\"smime.p7m\"; size=3";
	struct error e = ERROR_INIT;
	struct media_type *m = NULL;

	expect_ok(media_disposition_parse(value, strlen(value), &m, &e));
	ck_assert(media_type_is(m, "attachment", ""));
	ck_assert_str_eq(m->type, "attachment");
	ck_assert_str_eq(media_type_parameter(m, "filename"), "smime.p7m");
	ck_assert(!m->ambiguous);
	media_type_free(m);
	expect_ok(media_disposition_parse("; filename=x", 12, &m, &e));
	ck_assert_str_eq(m->type, "attachment");
	ck_assert_str_eq(media_type_parameter(m, "filename"), "x");
	ck_assert(m->ambiguous);
	media_type_free(m);
}
END_TEST

START_TEST(a_nul_ends_the_value_and_is_told)
{
	struct error e = ERROR_INIT;
	struct media_type *m = NULL;

	expect_ok(media_type_parse("text/plain\0; x=y", 16, &m, &e));
	ck_assert(media_type_is(m, "text", "plain"));
	ck_assert(m->ambiguous);
	ck_assert_uint_eq(m->count, 0);
	media_type_free(m);
}
END_TEST

START_TEST(parameters_past_the_ceiling_are_left_out_and_told)
{
	struct buffer b = BUFFER_INIT(LIMIT_HEADER_FIELD);
	struct error e = ERROR_INIT;
	struct media_type *m = NULL;

	expect_ok(buffer_append_text(&b, "text/plain", &e));
	for (int i = 0; i < LIMIT_PARAMETERS + 5; i++)
		expect_ok(buffer_append_format(&b, &e, ";p%d=v", i));
	expect_ok(media_type_parse(b.data, b.size, &m, &e));
	ck_assert_uint_eq(m->count, LIMIT_PARAMETERS);
	ck_assert(m->ambiguous);
	media_type_free(m);
	buffer_done(&b);
}
END_TEST

/* Cut anywhere, in memory of exactly that size. */
START_TEST(reads_values_cut_at_every_length)
{
	for (size_t n = 0; n <= strlen(rows[_i].value); n++) {
		char *cut = malloc(n + 1);
		struct error e = ERROR_INIT;
		struct media_type *m = NULL;

		memcpy(cut, rows[_i].value, n);
		cut[n] = 'Z'; /* no NUL behind it */
		expect_ok(media_type_parse(cut, n, &m, &e));
		media_type_free(m);
		expect_ok(media_disposition_parse(cut, n, &m, &e));
		media_type_free(m);
		free(cut);
	}
}
END_TEST

static int
parse_once(void *ctx, struct error *e)
{
	struct media_type *m = NULL;
	int rc = media_type_parse(ctx, strlen(ctx), &m, e);

	media_type_free(m);
	return rc;
}

START_TEST(survives_every_failing_allocation)
{
	char value[] = "text/plain; a=b; name*0*=iso-8859-1'en'a%3B; name*1=\"b\"; c=d";

	each_allocation_fails(parse_once, value);
}
END_TEST

#define LENGTH(a) ((int)(sizeof(a) / sizeof((a)[0])))

Suite *
suite_media_type(void)
{
	Suite *s = suite_create("media_type");
	TCase *t = tcase_create("media_type");

	tcase_add_loop_test(t, reads_the_value_and_says_what_is_uncertain, 0, LENGTH(rows));
	tcase_add_loop_test(t, gmime_agrees_where_nothing_is_ambiguous, 0, LENGTH(rows));
	tcase_add_test(t, reads_a_disposition);
	tcase_add_test(t, a_nul_ends_the_value_and_is_told);
	tcase_add_test(t, parameters_past_the_ceiling_are_left_out_and_told);
	tcase_add_loop_test(t, reads_values_cut_at_every_length, 0, LENGTH(rows));
	tcase_add_test(t, survives_every_failing_allocation);
	suite_add_tcase(s, t);
	return s;
}
