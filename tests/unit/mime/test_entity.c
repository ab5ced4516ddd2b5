/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "tests/unit/mime/mime_support.h"
#include "tests/unit/support.h"

Suite *suite_entity(void);

#define HEAD(type) "Content-Type: " type "\r\n\r\n"
#define MIXED(b)   HEAD("multipart/mixed; boundary=" b)

static void
expect_part(const struct entity *part, const char *whole, const char *body)
{
	struct buffer got = span_text(entity_whole(part));

	ck_assert_str_eq(buffer_text(&got), whole);
	ck_assert(is_span(part->body, body));
	buffer_done(&got);
}

START_TEST(the_line_end_before_a_delimiter_is_the_delimiters)
{
	struct message m = message_of(MIXED("b") "--b\r\nA: 1\r\n\r\none\r\n--b\r\n\r\ntwo\r\n\r\n--b--\r\n");
	const struct entity *root = m.root;

	ck_assert_uint_eq(root->count, 2);
	ck_assert(root->closed);
	ck_assert_ptr_null(entity_structure_ambiguity(root));
	expect_part(root->parts[0], "A: 1\r\n\r\none", "one");
	expect_part(root->parts[1], "\r\ntwo\r\n", "two\r\n");
	ck_assert(!root->parts[0]->facts.ends_in_line_end);
	ck_assert(root->parts[1]->facts.ends_in_line_end);
	ck_assert(root->facts.ends_in_line_end);
	ck_assert_ptr_eq(root->parts[0]->parent, root);
	ck_assert_uint_eq(root->header_span.size, 0);
	message_done(&m);
}
END_TEST

START_TEST(preamble_and_epilogue_are_told_apart)
{
	struct message m = message_of(MIXED("b") "pre -- amble\r\nb\r\n--b\r\n\r\nx\r\n--b-- \t\r\nepi\r\n");

	ck_assert(is_span(m.root->preamble, "pre -- amble\r\nb"));
	ck_assert(is_span(m.root->epilogue, "epi\r\n"));
	ck_assert_uint_eq(m.root->count, 1);
	ck_assert_ptr_null(m.root->ambiguity);
	message_done(&m);
	m = message_of(MIXED("b") "--b\r\n\r\nx\r\n--b--");
	ck_assert(is_span(m.root->preamble, ""));
	ck_assert(is_span(m.root->epilogue, ""));
	ck_assert(m.root->closed);
	ck_assert(!m.root->facts.ends_in_line_end);
	message_done(&m);
}
END_TEST

START_TEST(delimiters_stand_at_line_starts_and_may_be_padded)
{
	struct message m = message_of(
	    MIXED("b") "--b  \t \r\n\r\nx --b\r\n --b\r\n-b\r\n--B\r\n--b \r\n\r\ny\r\n--b--  \r\n");

	ck_assert_uint_eq(m.root->count, 2);
	ck_assert(is_span(m.root->parts[0]->body, "x --b\r\n --b\r\n-b\r\n--B"));
	ck_assert(is_span(m.root->parts[1]->body, "y"));
	ck_assert_ptr_null(entity_structure_ambiguity(m.root));
	message_done(&m);
}
END_TEST

START_TEST(an_outer_boundary_ends_inner_parts)
{
	struct message m = message_of(MIXED("out") "--out\r\n" MIXED("in") "--in\r\n\r\nx\r\n--out\r\n\r\ny\r\n--out--\r\n");
	const struct entity *inner = m.root->parts[0];

	ck_assert_uint_eq(m.root->count, 2);
	ck_assert(m.root->closed);
	ck_assert_uint_eq(inner->count, 1);
	ck_assert(!inner->closed);
	ck_assert(is_span(inner->parts[0]->body, "x"));
	ck_assert(is_span(inner->body, "--in\r\n\r\nx"));
	ck_assert_ptr_nonnull(inner->ambiguity);
	ck_assert_ptr_null(m.root->ambiguity);
	ck_assert_ptr_eq(entity_structure_ambiguity(m.root), inner->ambiguity);
	message_done(&m);
}
END_TEST

START_TEST(a_boundary_may_go_on_like_the_one_around_it)
{
	struct message m = message_of(MIXED("b") "--b\r\n" MIXED("b_alt") "--b_alt\r\n\r\nx\r\n--b_alt--\r\n\r\n--b--\r\n");

	ck_assert_uint_eq(m.root->count, 1);
	ck_assert_uint_eq(m.root->parts[0]->count, 1);
	ck_assert(m.root->parts[0]->closed);
	ck_assert_ptr_null(entity_structure_ambiguity(m.root));
	message_done(&m);
}
END_TEST

START_TEST(a_message_within_is_the_only_part)
{
	struct message m = message_of(HEAD("message/rfc822") "Subject: in\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
	    "--b\r\n\r\nx\r\n--b--\r\n");
	const struct entity *inner = m.root->parts[0];

	ck_assert_uint_eq(m.root->count, 1);
	ck_assert(entity_is(inner, "MULTIPART", "mixed"));
	ck_assert(entity_is(inner, "multipart", NULL));
	ck_assert(!entity_is(inner, "text", NULL));
	ck_assert_str_eq(header_list_find(inner->headers, "subject", 1)->value, " in");
	ck_assert_uint_eq(inner->count, 1);
	ck_assert_uint_eq(entity_whole(inner).size, m.root->body.size);
	message_done(&m);
	/* encoded (RFC 2045 6.4 forbids it), it is a leaf */
	m = message_of("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nQTogYg==\r\n");
	ck_assert_uint_eq(m.root->count, 0);
	message_done(&m);
}
END_TEST

START_TEST(each_place_has_its_default_type)
{
	struct message m = message_of(HEAD("multipart/digest; boundary=b") "--b\r\n\r\nSubject: x\r\n\r\ny\r\n--b\r\n"
	    HEAD("text/html") "z\r\n--b--\r\n");

	ck_assert(entity_is(m.root->parts[0], "message", "rfc822"));
	ck_assert(entity_is(m.root->parts[0]->parts[0], "text", "plain"));
	ck_assert(is_span(m.root->parts[0]->parts[0]->body, "y"));
	ck_assert(entity_is(m.root->parts[1], "text", "html"));
	message_done(&m);
	m = message_of("Subject: x\r\n\r\ny\r\n");
	ck_assert(entity_is(m.root, "text", "plain"));
	ck_assert_int_eq(m.root->encoding, ENCODING_7BIT);
	message_done(&m);
}
END_TEST

/* ---- where two readers could differ ---- */

static const char *const ambiguous[] = {
	/* fields */
	"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nx\r\n",
	"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n",
	"Content-Type: text\r\n\r\nx\r\n",
	"X: a\rContent-Type: text/html\r\n\r\nx\r\n",
	"X: a\r\n \t\r\n b\r\n\r\nx\r\n",
	"Content-Type: text/plain\r\n \r\n\r\nx\r\n",
	/* boundaries */
	HEAD("multipart/mixed") "--b\r\n\r\nx\r\n--b--\r\n",
	HEAD("multipart/mixed; boundary=\"\"") "--\r\n\r\nx\r\n----\r\n",
	HEAD("multipart/mixed; boundary=\"b \"") "--b \r\n\r\nx\r\n--b --\r\n",
	HEAD("multipart/mixed; boundary=\" b\"") "-- b\r\n\r\nx\r\n-- b--\r\n",
	HEAD("multipart/mixed; boundary=\"a\\\\b\"") "--a\\b\r\n\r\nx\r\n--a\\b--\r\n",
	HEAD("multipart/mixed; boundary=\"=?us-ascii?q?b?=\"") "--=?us-ascii?q?b?=\r\n\r\nx\r\n--=?us-ascii?q?b?=--\r\n",
	HEAD("multipart/mixed; boundary=\"\xc3\xa4\"") "--\xc3\xa4\r\n\r\nx\r\n--\xc3\xa4--\r\n",
	HEAD("multipart/mixed; boundary=b; boundary=c") "--b\r\n\r\nx\r\n--b--\r\n",
	HEAD("multipart/mixed; boundary*=''b") "--b\r\n\r\nx\r\n--b--\r\n",
	HEAD("multipart/mixed; boundary=b (comment)") "--b\r\n\r\nx\r\n--b--\r\n",
	"Content-Transfer-Encoding: base64\r\n" MIXED("b") "--b\r\n\r\nx\r\n--b--\r\n",
	/* delimiters */
	MIXED("b") "no delimiter\r\n",
	MIXED("b") "--b--\r\n",
	MIXED("b") "",
	MIXED("b") "--b\r\n\r\nx\r\n",
	MIXED("b") "--b\r\n\r\nx\r\n--b-\r\n\r\n--b--\r\n",
	MIXED("b") "--b\r\n\r\nx\r\n--bc\r\ny\r\n--b--\r\n",
	MIXED("b") "--b\r\n\r\nx\r\n--b--x\r\n--b--\r\n",
	MIXED("b") "--b\r\n\r\nx\n--b--\r\n",
	MIXED("b") "--b\n\r\nx\r\n--b--\r\n",
	MIXED("b") "--b\r\n\r\nx\r--b\r\ny\r\n--b--\r\n",
	MIXED("b") "--b\r\n\r\nx\r\n--b--\r\n--b\r\n\r\nhidden\r\n--b--\r\n",
	MIXED("b") "--b\r\n\r\nx\r\n--b--\r\n--b\r\n",
	MIXED("b") "--b\r\n" MIXED("b") "--b\r\n\r\nx\r\n--b--\r\n--b--\r\n",
	MIXED("bb") "--bb\r\n" MIXED("b") "--b\r\n\r\nx\r\n--bb--\r\n",
	MIXED("o") "--o\r\n" MIXED("i") "--i\r\n\r\nx\r\n--o--\r\n",
	/* headers of parts */
	MIXED("b") "--b\r\nno blank line before this text\r\n--b--\r\n",
	MIXED("b") "--b\r\nContent-Type : text/html\r\n\r\nx\r\n--b--\r\n",
	MIXED("b") "--b\r\nA: 1\rContent-Type: text/html\r\n\r\nx\r\n--b--\r\n",
	MIXED("b") "--b\r\nA: 1\r\n \r\n\r\nx\r\n--b--\r\n",
	MIXED("b") "--b\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\nx\r\n--b--\r\n",
	HEAD("message/rfc822") "From x\r\nSubject: y\r\n\r\nz\r\n",
};

START_TEST(says_where_readers_could_differ)
{
	struct message m = message_of(ambiguous[_i]);

	ck_assert_msg(entity_structure_ambiguity(m.root) != NULL, "taken as certain: %s", ambiguous[_i]);
	message_done(&m);
}
END_TEST

static const char *const certain[] = {
	"\r\n",
	"Subject: x\r\n",
	"MIME-Version: 1.0\r\n\r\nhello\r\n",
	"Content-Type: text/plain; charset=a; charset=b\r\n\r\nx\r\n", /* no question of structure */
	"Content-Type: text/plain (comment)\r\n\r\nx\r\n",
	"Content-Type: text/plain\r\n\r\n--b\r\n\r\n--b--\r\n",
	"Content-Type: text/plain\r\n\r\na\rb\nc\r\n",
	HEAD("multipart/mixed; boundary=\"a b\"") "--a b\r\n\r\nx\r\n--a b--\r\n",
	HEAD("multipart/mixed; boundary=\"a;b\"") "--a;b\r\n\r\nx\r\n--a;b--\r\n",
	MIXED("b") "--b\r\nA: 1\r\n--b--\r\n", /* RFC 2046 5.1: a header only */
	MIXED("b") "--b\r\n--b--\r\n",
	MIXED("b") "--b\r\n\r\n--b--\r\n",
	MIXED("b") "--b\r\n" HEAD("message/rfc822") "Subject: y\r\n--b--\r\n",
	MIXED("b") "--b\r\n" HEAD("message/rfc822") "--b--\r\n",
	MIXED("b") "--b\r\n\r\na\rb\n--c\r\n--b--\r\n",
};

START_TEST(is_not_afraid_of_what_is_certain)
{
	struct message m = message_of(certain[_i]);

	ck_assert_msg(entity_structure_ambiguity(m.root) == NULL, "%s: %s", certain[_i],
	    entity_structure_ambiguity(m.root));
	message_done(&m);
}
END_TEST

START_TEST(parts_that_are_only_a_header_lie_within_their_parents)
{
	struct message m = message_of(MIXED("b") "--b\r\n" HEAD("message/rfc822") "Subject: y\r\n--b\r\n"
	    HEAD("message/rfc822") "--b\r\nA: 1\r\n\r\n--b\r\n--b--\r\n");
	const struct entity *root = m.root;

	ck_assert_uint_eq(root->count, 4);
	expect_part(root->parts[0], HEAD("message/rfc822") "Subject: y", "Subject: y");
	expect_part(root->parts[0]->parts[0], "Subject: y", "");
	expect_part(root->parts[1], "Content-Type: message/rfc822\r\n", "");
	expect_part(root->parts[1]->parts[0], "", "");
	expect_part(root->parts[2], "A: 1\r\n", "");
	expect_part(root->parts[3], "", "");
	ck_assert_uint_eq(root->parts[3]->body.offset + strlen("--b--\r\n"), root->body.offset + root->body.size);
	message_done(&m);
}
END_TEST

/* ---- facts ---- */

static const struct fact_row {
	const char *body;
	size_t size;
	struct line_facts want;
} fact_rows[] = {
	{ "", 0, { .ends_in_line_end = true } },
	{ "abc\r\n", 5, { .longest_line = 3, .ends_in_line_end = true } },
	{ "abc", 3, { .longest_line = 3 } },
	{ "a\r\n\r\n", 5, { .longest_line = 1, .ends_in_line_end = true } },
	{ "\xc3\xa4\r\nabcdefgh\xff", 13, { .has_8bit = true, .longest_line = 9, .octets_8bit = 3 } },
	{ "a\0b\r\n", 5, { .has_nul = true, .longest_line = 3, .ends_in_line_end = true } },
	{ "abcdefgh\0\r\n", 11, { .has_nul = true, .longest_line = 9, .ends_in_line_end = true } },
	{ "abc\0efgh\r\n", 10, { .has_nul = true, .longest_line = 8, .ends_in_line_end = true } },
	{ "a\rb\r\n", 5, { .has_bare_cr = true, .longest_line = 3, .ends_in_line_end = true } },
	{ "a\r", 2, { .has_bare_cr = true, .longest_line = 2 } },
	{ "a\r\r\n", 4, { .has_bare_cr = true, .longest_line = 2, .ends_in_line_end = true } },
	{ "a\nb\r\n", 5, { .has_bare_lf = true, .longest_line = 1, .ends_in_line_end = true } },
	{ "a\n", 2, { .has_bare_lf = true, .longest_line = 1, .ends_in_line_end = true } },
	{ "From x\r\n", 8, { .has_from_line = true, .longest_line = 6, .ends_in_line_end = true } },
	{ "xFrom y\r\n>From\r\nFrom\r\n", 22, { .longest_line = 7, .ends_in_line_end = true } },
	{ "a \r\n", 4, { .has_trailing_space = true, .longest_line = 2, .ends_in_line_end = true } },
	{ "a\t", 2, { .has_trailing_space = true, .longest_line = 2 } },
	{ "..\r\n.\r\n", 7, { .has_lone_dot = true, .longest_line = 2, .ends_in_line_end = true } },
	{ "a.\r\n..", 6, { .longest_line = 2 } },
};

static void
expect_facts(const struct line_facts *got, const struct line_facts *want)
{
	ck_assert_int_eq(got->has_8bit, want->has_8bit);
	ck_assert_int_eq(got->has_nul, want->has_nul);
	ck_assert_int_eq(got->has_bare_cr, want->has_bare_cr);
	ck_assert_int_eq(got->has_bare_lf, want->has_bare_lf);
	ck_assert_int_eq(got->has_from_line, want->has_from_line);
	ck_assert_int_eq(got->has_trailing_space, want->has_trailing_space);
	ck_assert_int_eq(got->has_lone_dot, want->has_lone_dot);
	ck_assert_uint_eq(got->longest_line, want->longest_line);
	ck_assert_uint_eq(got->octets_8bit, want->octets_8bit);
	ck_assert_int_eq(got->ends_in_line_end, want->ends_in_line_end);
}

/* Alone, and as a part, whose last line end is then not its own. */
START_TEST(knows_what_the_lines_of_a_body_are_like)
{
	const struct fact_row *row = &fact_rows[_i];
	struct buffer b = BUFFER_INIT(1000);
	struct error e = ERROR_INIT;
	struct message m;

	expect_ok(buffer_append_text(&b, "\r\n", &e));
	expect_ok(buffer_append(&b, row->body, row->size, &e));
	expect_ok(message_open(&m, b.data, b.size, &e));
	expect_facts(&m.root->facts, &row->want);
	message_done(&m);
	buffer_clear(&b);
	expect_ok(buffer_append_text(&b, MIXED("b") "--b\r\n\r\n", &e));
	expect_ok(buffer_append(&b, row->body, row->size, &e));
	expect_ok(buffer_append_text(&b, "\r\n--b--\r\n", &e));
	expect_ok(message_open(&m, b.data, b.size, &e));
	ck_assert_uint_eq(m.root->count, 1);
	/* a CR at the end and the CRLF of the delimiter are CR CRLF: still bare */
	expect_facts(&m.root->parts[0]->facts, &row->want);
	ck_assert_int_eq(m.root->facts.has_8bit, row->want.has_8bit);
	ck_assert_int_eq(m.root->facts.has_bare_lf, row->want.has_bare_lf);
	ck_assert_int_eq(m.root->facts.has_from_line, row->want.has_from_line);
	message_done(&m);
	buffer_done(&b);
}
END_TEST

START_TEST(facts_of_headers_and_frames_are_kept_apart)
{
	struct message m = message_of(MIXED("b") "pre\xff\r\n--b\r\nA: \xc3\xa4 long line\r\nB: c\n\r\nx\r\n--b--\r\nepi \r\n");
	const struct entity *part = m.root->parts[0];

	ck_assert(!part->facts.has_8bit);
	ck_assert(part->header_facts.has_8bit);
	ck_assert(part->header_facts.has_bare_lf);
	ck_assert_uint_eq(part->header_facts.longest_line, strlen("A: \xc3\xa4 long line"));
	ck_assert(m.root->frame_facts.has_8bit);
	ck_assert(m.root->frame_facts.has_trailing_space);
	ck_assert(!m.root->frame_facts.has_bare_lf);
	ck_assert(m.root->facts.has_bare_lf);
	ck_assert_uint_eq(m.root->facts.octets_8bit, 3);
	message_done(&m);
	m = message_of("A: b \r\n\xc3\xa4 no field\r\n");
	ck_assert(m.root->header_facts.has_trailing_space);
	ck_assert(!m.root->header_facts.has_8bit);
	message_done(&m);
}
END_TEST

/* ---- blocks ---- */

/* Lines, delimiters and CRLF at every place relative to the edges of the blocks in which the spool is read. */
START_TEST(block_edges_change_nothing)
{
	for (size_t fill = 65536 - 12; fill <= 65536 + 16; fill++) {
		struct buffer b = BUFFER_INIT(1 << 20);
		struct error e = ERROR_INIT;
		struct message m;

		expect_ok(buffer_append_text(&b, MIXED("b") "--b\r\n\r\n", &e));
		while (b.size < fill + strlen(MIXED("b")))
			expect_ok(buffer_append_char(&b, _i == 0 || b.size % 70 != 0 ? 'x' : '\n', &e));
		expect_ok(buffer_append_text(&b, "y\r\n--b  \r\n\r\nz\r\n--b--\r\n", &e));
		expect_ok(message_open(&m, b.data, b.size, &e));
		ck_assert_uint_eq(m.root->count, 2);
		ck_assert(m.root->closed);
		ck_assert(is_span(m.root->parts[1]->body, "z"));
		ck_assert_uint_eq(m.root->parts[0]->body.size, fill - 7 + 1);
		ck_assert(!m.root->parts[0]->facts.has_bare_cr);
		if (_i == 0)
			ck_assert_uint_eq(m.root->parts[0]->facts.longest_line, fill - 7 + 1);
		message_done(&m);
		buffer_done(&b);
	}
}
END_TEST

START_TEST(a_delimiter_behind_a_bare_cr_at_a_block_edge_is_seen)
{
	for (size_t fill = 65536 - 6; fill <= 65536; fill++) {
		struct buffer b = BUFFER_INIT(1 << 20);
		struct error e = ERROR_INIT;
		struct message m;

		expect_ok(buffer_append_text(&b, MIXED("b") "--b\r\n\r\n", &e));
		while (b.size < fill + strlen(MIXED("b")))
			expect_ok(buffer_append_char(&b, 'x', &e));
		expect_ok(buffer_append_text(&b, "\r--b y\r\n--b--\r\n", &e));
		expect_ok(message_open(&m, b.data, b.size, &e));
		ck_assert_ptr_nonnull(m.root->ambiguity);
		message_done(&m);
		buffer_done(&b);
	}
}
END_TEST

/* ---- limits ---- */

/* `piece` `n` times behind `head`, each "%" in it counted up. */
static struct buffer
repeated(const char *head, const char *piece, unsigned n)
{
	struct buffer b = BUFFER_INIT(64 << 20);
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_text(&b, head, &e));
	for (unsigned i = 0; i < n; i++)
		for (const char *p = piece; *p != '\0'; p++)
			if (*p == '%')
				expect_ok(buffer_append_format(&b, &e, "%u", i));
			else
				expect_ok(buffer_append_char(&b, *p, &e));
	return b;
}

static void
expect_parse(struct buffer b, enum error_code want)
{
	struct error e = ERROR_INIT;
	struct message m;

	if (want == ERROR_NONE) {
		expect_ok(message_open(&m, b.data, b.size, &e));
		message_done(&m);
	} else {
		expect_error(message_open(&m, b.data, b.size, &e), want);
	}
	buffer_done(&b);
}

#define NESTED "Content-Type: multipart/mixed; boundary=b%\r\n\r\n--b%\r\n"

START_TEST(nesting_has_a_ceiling)
{
	expect_parse(repeated("", NESTED, LIMIT_MIME_DEPTH - 1), ERROR_NONE);
	expect_parse(repeated("", NESTED, LIMIT_MIME_DEPTH), ERROR_TOO_DEEP);
	expect_parse(repeated("", NESTED, 100000), ERROR_TOO_DEEP);
	expect_parse(repeated("", "Content-Type: message/rfc822\r\n\r\n", LIMIT_MIME_DEPTH - 1), ERROR_NONE);
	expect_parse(repeated("", "Content-Type: message/rfc822\r\n\r\n", 100000), ERROR_TOO_DEEP);
}
END_TEST

START_TEST(parts_have_a_ceiling)
{
	expect_parse(repeated(MIXED("b"), "--b\r\n\r\n%\r\n", LIMIT_PARTS), ERROR_NONE);
	expect_parse(repeated(MIXED("b"), "--b\r\n\r\n%\r\n", LIMIT_PARTS + 1), ERROR_TOO_MANY_PARTS);
}
END_TEST

START_TEST(headers_of_all_parts_have_a_ceiling)
{
	expect_parse(repeated(MIXED("b"), "--b\r\nA:1\r\nA:2\r\nA:3\r\nA:4\r\nA:5\r\nA:6\r\nA:7\r\nA:8\r\nA:9\r\nA:10\r\n"
	    "A:11\r\n\r\n%\r\n", LIMIT_PARTS - 1), ERROR_TOO_MANY_HEADERS);
}
END_TEST

START_TEST(a_boundary_has_a_ceiling)
{
	char boundary[LIMIT_BOUNDARY + 2], text[1000];
	struct message m;

	for (int over = 0; over < 2; over++) {
		memset(boundary, 'b', sizeof(boundary));
		boundary[LIMIT_BOUNDARY + over] = '\0';
		snprintf(text, sizeof(text), HEAD("multipart/mixed; boundary=%s") "--%s\r\n\r\nx\r\n--%s--\r\n", boundary,
		    boundary, boundary);
		m = message_of(text);
		ck_assert_uint_eq(m.root->count, over ? 0 : 1);
		ck_assert_int_eq(m.root->ambiguity != NULL, over);
		message_done(&m);
	}
}
END_TEST

/* ---- content ---- */

static const struct content_row {
	const char *encoding, *body, *want; /* want NULL: ERROR_MIME_SYNTAX */
} content_rows[] = {
	{ "7bit", "a=41\r\n", "a=41\r\n" },
	{ "8BIT", "\xc3\xa4", "\xc3\xa4" },
	{ " Binary ", "x\n", "x\n" },
	{ "base64", "aGVs\r\nbG8=\r\n", "hello" },
	{ "BASE64", "aGVsbG8", NULL },
	{ "Quoted-Printable", "a=3D=\r\n b \r\n", "a= b\r\n" },
	{ "quoted-printable", "=zz", NULL },
	{ "x-uuencode", "x", NULL },
	{ "", "x", NULL },
	{ "7bit 8bit", "x", NULL },
};

START_TEST(undoes_the_transfer_encoding_strictly)
{
	const struct content_row *row = &content_rows[_i];
	struct entity_reader *reader = NULL;
	struct buffer out = BUFFER_INIT(1000);
	struct error e = ERROR_INIT;
	struct source source;
	struct message m;
	char text[200];
	int rc;

	snprintf(text, sizeof(text), "Content-Transfer-Encoding: %s\r\n\r\n%s", row->encoding, row->body);
	m = message_of(text);
	rc = entity_reader_new(m.root, &reader, &source, &e);
	if (rc == 0)
		rc = read_all(&source, &out, &e);
	if (row->want == NULL) {
		expect_error(rc, ERROR_MIME_SYNTAX);
	} else {
		expect_ok(rc);
		ck_assert_str_eq(buffer_text(&out), row->want);
	}
	entity_reader_free(reader);
	buffer_done(&out);
	message_done(&m);
}
END_TEST

/* ---- whole messages ---- */

START_TEST(a_whole_message_reads_like_its_halves)
{
	static const char text[] = "Subject: x\r\n" MIXED("b") "--b\r\n\r\none\r\n--b--\r\n";
	struct spool *spool = spool_of(text, sizeof(text) - 1);
	struct entity *root = NULL;
	struct error e = ERROR_INIT;

	expect_ok(entity_parse_whole(spool_all(spool), &root, &e));
	ck_assert_uint_eq(root->header_span.offset, 0);
	ck_assert_uint_eq(root->header_span.size + root->body.size, sizeof(text) - 1);
	ck_assert_uint_eq(entity_whole(root).size, sizeof(text) - 1);
	ck_assert_uint_eq(root->count, 1);
	ck_assert(is_span(root->parts[0]->body, "one"));
	entity_free(root);
	spool_free(spool);
	entity_free(NULL);
}
END_TEST

/* Every span of a part lies within its parent's body, in order, without overlap. */
static void
expect_nested(const struct entity *entity)
{
	uint64_t at = entity->body.offset, end = at + entity->body.size;

	if (entity->preamble.spool != NULL)
		ck_assert_uint_ge(entity->preamble.offset, at);
	for (size_t i = 0; i < entity->count; i++) {
		const struct entity *part = entity->parts[i];
		struct spool_span whole = entity_whole(part);

		ck_assert_uint_ge(whole.offset, at);
		ck_assert_uint_ge(part->body.offset, whole.offset);
		at = whole.offset + whole.size;
		ck_assert_uint_eq(at, part->body.offset + part->body.size);
		ck_assert_uint_le(at, end);
		expect_nested(part);
	}
}

START_TEST(reads_messages_cut_at_every_length)
{
	static const char *const files[] = { "07-close-delim-padding", "08-epilogue", "19-signed-uppercase",
		"23-bare-cr-lf", "27-folded-ct-tab", "29-rfc2231", "05-preamble-dashes" };
	char path[100];
	struct buffer b;

	snprintf(path, sizeof(path), "mime/hostile/%s.eml", files[_i]);
	b = load(path);
	for (size_t n = 0; n <= b.size; n++) {
		struct error e = ERROR_INIT;
		struct entity *root = NULL;
		struct message m;
		struct spool *spool = spool_of(b.data, n);

		expect_ok(message_open(&m, b.data, n, &e));
		expect_nested(m.root);
		expect_ok(entity_parse_whole(spool_all(spool), &root, &e));
		expect_nested(root);
		ck_assert_uint_eq(leaf_count(root), leaf_count(m.root));
		entity_free(root);
		spool_free(spool);
		message_done(&m);
	}
	buffer_done(&b);
}
END_TEST

static int
parse_once(void *ctx, struct error *e)
{
	struct entity *root = NULL;
	int rc = entity_parse_whole(spool_all(ctx), &root, e);
	struct entity_reader *reader = NULL;
	struct source source;

	if (rc == 0)
		rc = entity_reader_new(root, &reader, &source, e);
	entity_reader_free(reader);
	entity_free(root);
	return rc;
}

START_TEST(survives_every_failing_allocation)
{
	static const char text[] = MIXED("b") "--b\r\n" HEAD("message/rfc822") "A: 1\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--\r\n";
	struct spool *spool = spool_of(text, sizeof(text) - 1);

	each_allocation_fails(parse_once, spool);
	spool_free(spool);
}
END_TEST

#define LENGTH(a) ((int)(sizeof(a) / sizeof((a)[0])))

Suite *
suite_entity(void)
{
	Suite *s = suite_create("entity");
	TCase *t = tcase_create("entity");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_line_end_before_a_delimiter_is_the_delimiters);
	tcase_add_test(t, preamble_and_epilogue_are_told_apart);
	tcase_add_test(t, delimiters_stand_at_line_starts_and_may_be_padded);
	tcase_add_test(t, an_outer_boundary_ends_inner_parts);
	tcase_add_test(t, a_boundary_may_go_on_like_the_one_around_it);
	tcase_add_test(t, a_message_within_is_the_only_part);
	tcase_add_test(t, each_place_has_its_default_type);
	tcase_add_loop_test(t, says_where_readers_could_differ, 0, LENGTH(ambiguous));
	tcase_add_loop_test(t, is_not_afraid_of_what_is_certain, 0, LENGTH(certain));
	tcase_add_test(t, parts_that_are_only_a_header_lie_within_their_parents);
	tcase_add_loop_test(t, knows_what_the_lines_of_a_body_are_like, 0, LENGTH(fact_rows));
	tcase_add_test(t, facts_of_headers_and_frames_are_kept_apart);
	tcase_add_loop_test(t, block_edges_change_nothing, 0, 2);
	tcase_add_test(t, a_delimiter_behind_a_bare_cr_at_a_block_edge_is_seen);
	tcase_add_test(t, nesting_has_a_ceiling);
	tcase_add_test(t, parts_have_a_ceiling);
	tcase_add_test(t, headers_of_all_parts_have_a_ceiling);
	tcase_add_test(t, a_boundary_has_a_ceiling);
	tcase_add_loop_test(t, undoes_the_transfer_encoding_strictly, 0, LENGTH(content_rows));
	tcase_add_test(t, a_whole_message_reads_like_its_halves);
	tcase_add_loop_test(t, reads_messages_cut_at_every_length, 0, 7);
	tcase_add_test(t, survives_every_failing_allocation);
	suite_add_tcase(s, t);
	return s;
}
