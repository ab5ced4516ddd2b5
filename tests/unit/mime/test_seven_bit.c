/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mime/reencode_private.h"
#include "mime/seven_bit.h"
#include "tests/unit/mime/mime_support.h"
#include "tests/unit/support.h"

Suite *suite_seven_bit(void);

#define CTE(e)     "Content-Transfer-Encoding: " e "\r\n"
#define TYPE(t)    "Content-Type: " t "\r\n"
#define MIXED      TYPE("multipart/mixed; boundary=b")
#define LINE_100   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LINE_71    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LINE_76    LINE_71 "xxxxx"
#define LINE_1000  LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100

/* A message and the entity that is signed for it. */
static const struct form_row {
	const char *message, *form;
} form_rows[] = {
	/* fields: Content-* only, in their order; the default type is written out */
	{ "From: a@b\r\nSubject: s\r\n\r\nhello\r\n", TYPE("text/plain; charset=us-ascii") "\r\nhello\r\n" },
	{ "MIME-Version: 1.0\r\n\r\nhello\r\n", TYPE("text/plain; charset=us-ascii") "\r\nhello\r\n" },
	{ "content-id: <x>\r\nSubject: s\r\ncontent-type:text/html\r\nMIME-Version: 1.0\r\n\r\nhello\r\n",
	  "content-id: <x>\r\ncontent-type:text/html\r\n\r\nhello\r\n" },
	{ "Content-Type: text/plain;\n\tcharset=us-ascii\r\n\r\nhello\r\n",
	  "Content-Type: text/plain;\r\n\tcharset=us-ascii\r\n\r\nhello\r\n" },
	{ TYPE("text/plain") "\r\n", TYPE("text/plain") "\r\n" },
	/* it ends in CRLF */
	{ TYPE("text/plain") "\r\nhello", TYPE("text/plain") "\r\nhello\r\n" },
	{ TYPE("text/plain") "\r\n\xc3\xa4 hello hello", TYPE("text/plain") CTE("quoted-printable") "\r\n=C3=A4 hello hello=\r\n" },
	{ TYPE("image/x") "\r\n\xff", TYPE("image/x") CTE("base64") "\r\n/w==\r\n" },
	/* text that is mostly ASCII becomes quoted-printable, other octets base64 */
	{ "\r\nGr\xc3\xbc\xc3\x9f" "e, Alice und alle\r\n",
	  TYPE("text/plain") CTE("quoted-printable") "\r\nGr=C3=BC=C3=9Fe, Alice und alle\r\n" },
	{ TYPE("text/plain; charset=utf-8") CTE("8bit") "\r\n\xc3\xa4\xc3\xb6\r\n",
	  TYPE("text/plain; charset=utf-8") CTE("base64") "\r\nw6TDtg0K\r\n" },
	{ TYPE("application/x") CTE("binary") "Content-Disposition: inline\r\n\r\n\x01\xff\r\n",
	  TYPE("application/x") CTE("base64") "Content-Disposition: inline\r\n\r\nAf8NCg==\r\n" },
	/* what hops change although it is 7bit */
	{ TYPE("text/plain") "\r\nFrom here\r\n", TYPE("text/plain") CTE("quoted-printable") "\r\n=46rom here\r\n" },
	{ TYPE("text/plain") "\r\n.\r\n", TYPE("text/plain") CTE("quoted-printable") "\r\n=2E\r\n" },
	{ TYPE("text/plain") "\r\n-- \r\n", TYPE("text/plain") CTE("quoted-printable") "\r\n--=20\r\n" },
	{ TYPE("text/plain") "\r\na\rb\r\n", TYPE("text/plain") CTE("quoted-printable") "\r\na=0Db\r\n" },
	{ TYPE("text/plain") "\r\na\nb\r\n", TYPE("text/plain") CTE("quoted-printable") "\r\na=0Ab\r\n" },
	{ TYPE("application/x") "\r\na \r\n", TYPE("application/x") CTE("base64") "\r\nYSANCg==\r\n" },
	/* a label that says more than the octets need is made true, the octets stay */
	{ TYPE("text/plain") CTE("8bit") "\r\nplain\r\n", TYPE("text/plain") CTE("7bit") "\r\nplain\r\n" },
	{ CTE("BINARY") TYPE("text/plain") "\r\nplain\r\n", CTE("7bit") TYPE("text/plain") "\r\nplain\r\n" },
	/* what is encoded already stays, or is mended without another decoding */
	{ TYPE("text/plain") CTE("quoted-printable") "\r\n=C3=A4 \r\n",
	  TYPE("text/plain") CTE("quoted-printable") "\r\n=C3=A4 \r\n" },
	{ TYPE("text/plain") CTE("quoted-printable") "\r\nFrom =\r\n.\r\n-x\r\n",
	  TYPE("text/plain") CTE("quoted-printable") "\r\n=46rom =\r\n=2E\r\n-x\r\n" },
	{ TYPE("image/x") CTE("base64") "\r\naGVs \r\nbG8=\r\n", TYPE("image/x") CTE("base64") "\r\naGVsbG8=\r\n" },
	{ TYPE("image/x") CTE("base64") "\r\naGVs\nbG8=\r\n--\r\n", TYPE("image/x") CTE("base64") "\r\naGVsbG8=--\r\n" },
	{ TYPE("image/x") CTE("base64") "\r\n" LINE_76 "--b\r\n" LINE_71 "x \r\n.\r\n",
	  TYPE("image/x") CTE("base64") "\r\n" LINE_76 "\r\n --b" LINE_71 "x\r\n .\r\n" },
	/* only the leaves that need it */
	{ MIXED CTE("8bit") "\r\npre\r\n--b\r\n\r\nplain\r\n--b \r\nX: y\r\n" TYPE("text/plain") CTE("8bit")
	  "\r\nGr\xfc\xdf" "e an alle anderen\r\n--b--\t\r\nepilogue",
	  MIXED CTE("7bit") "\r\npre\r\n--b\r\n\r\nplain\r\n--b \r\nX: y\r\n" TYPE("text/plain") CTE("quoted-printable")
	  "\r\nGr=FC=DFe an alle anderen\r\n--b--\t\r\nepilogue\r\n" },
	{ MIXED "\r\n--b\r\n\r\n\xff\r\n--b\r\n\n\r\n--b--\r\n",
	  MIXED "\r\n--b\r\n" CTE("base64") "\r\n/w==\r\n\r\n--b\r\n\r\n\r\n--b--\r\n" },
	{ MIXED "\r\n--b\r\n" TYPE("image/x") "\r\n\xff\xfe\r\n--b--\r\n",
	  MIXED "\r\n--b\r\n" TYPE("image/x") CTE("base64") "\r\n//4=\r\n\r\n--b--\r\n" },
	/* within an attached message, which is told that it is MIME */
	{ TYPE("message/rfc822") CTE("8bit") "\r\nSubject: in\r\n\r\n\xff\r\n",
	  TYPE("message/rfc822") CTE("7bit") "\r\nMIME-Version: 1.0\r\nSubject: in\r\n" CTE("base64") "\r\n/w0K\r\n" },
	{ TYPE("message/rfc822") "\r\nmime-version: 1.0\r\n" TYPE("text/plain") "\r\n\xff\r\n",
	  TYPE("message/rfc822") "\r\nmime-version: 1.0\r\n" TYPE("text/plain") CTE("base64") "\r\n/w0K\r\n" },
	{ TYPE("message/global") "\r\nSubject: x \r\n\r\n", TYPE("message/global") "\r\nSubject: x \r\n\r\n" },
	/* a bare LF in the header of a part that can be written anew */
	{ MIXED "\r\n--b\r\nA: b\nC: d\r\n\r\nx\r\n--b--\r\n", MIXED "\r\n--b\r\nA: b\r\nC: d\r\n\r\nx\r\n--b--\r\n" },
	/* nothing that is sealed, ambiguous, or of a kind that takes no encoding */
	{ TYPE("Multipart/Signed; boundary=b") CTE("8bit") "\r\n--b\r\n\r\nFrom x \r\n--b\r\n\r\ny\r\n--b--\r\n",
	  TYPE("Multipart/Signed; boundary=b") CTE("8bit") "\r\n--b\r\n\r\nFrom x \r\n--b\r\n\r\ny\r\n--b--\r\n" },
	{ TYPE("application/pkcs7-mime") CTE("base64") "\r\nMIIB \r\n", TYPE("application/pkcs7-mime") CTE("base64") "\r\nMIIB \r\n" },
	{ TYPE("application/X-PKCS7-MIME") "\r\n.\r\n", TYPE("application/X-PKCS7-MIME") "\r\n.\r\n" },
	{ TYPE("message/partial; id=x") CTE("8bit") "\r\nFrom \r\n", TYPE("message/partial; id=x") CTE("8bit") "\r\nFrom \r\n" },
	{ TYPE("message/external-body") CTE("8bit") "\r\nFrom \r\n", TYPE("message/external-body") CTE("8bit") "\r\nFrom \r\n" },
	{ TYPE("message/delivery-status") "\r\nA: b \r\n", TYPE("message/delivery-status") "\r\nA: b \r\n" },
	{ MIXED "\r\nFrom here\r\n", MIXED "\r\nFrom here\r\n" },
	{ TYPE("a/b") TYPE("c/d") "\r\nFrom here\r\n", TYPE("a/b") TYPE("c/d") "\r\nFrom here\r\n" },
	{ CTE("x-uuencode") "\r\nFrom here\r\n", TYPE("text/plain; charset=us-ascii") CTE("x-uuencode") "\r\nFrom here\r\n" },
};

START_TEST(writes_the_entity_to_sign)
{
	const struct form_row *row = &form_rows[_i];
	struct message m = message_of(row->message);
	struct buffer out = BUFFER_INIT(1 << 20);
	struct sink sink = buffer_sink(&out);
	struct error e = ERROR_INIT;
	enum form form;
	const char *harm;

	ck_assert_ptr_null(seven_bit_blocked(m.root));
	expect_ok(seven_bit_write(m.root, NULL, &sink, &e));
	ck_assert_str_eq(buffer_text(&out), row->form);
	harm = find_harm(row->message, strlen(row->message), &form);
	ck_assert_msg(harm == NULL, "%s: %s", row->message, harm);
	buffer_done(&out);
	message_done(&m);
}
END_TEST

static const char *const blocked[] = {
	/* signed or encrypted already */
	TYPE("multipart/signed; boundary=b") "\r\n--b\r\n\r\n\xff\r\n--b\r\n\r\ny\r\n--b--\r\n",
	TYPE("multipart/encrypted; boundary=b") "\r\n--b\r\nX: \xff\r\n\r\nx\r\n--b--\r\n",
	TYPE("application/pkcs7-mime") CTE("binary") "\r\n\x30\x80\xff\r\n",
	TYPE("application/pkcs7-mime") "\r\n" LINE_1000 "\r\n",
	TYPE("message/partial") "\r\n\xff\r\n",
	TYPE("message/external-body") "\r\n\xff\r\n",
	MIXED "\r\n--b\r\n" TYPE("multipart/signed; boundary=c") "\r\n--c\r\n\r\n\xff\r\n--c--\r\n--b--\r\n",
	MIXED "\r\n--b\r\n" TYPE("multipart/signed; boundary=c") "\r\n--c\r\n\r\n" LINE_1000 "\r\n--c--\r\n--b--\r\n",
	MIXED "\r\n--b\r\nA: b\n" TYPE("multipart/signed; boundary=c") "\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n",
	/* uncertain */
	MIXED "\r\n\xff\r\n",
	MIXED "\r\n--b\r\n\r\n\xff\r\n",
	TYPE("a/b") TYPE("c/d") "\r\n\xff\r\n",
	TYPE("text") "\r\n" LINE_1000 "\r\n",
	MIXED "\r\n--b\r\n" TYPE("multipart/mixed; boundary=c") "\r\n--b\r\n\r\n\xff\r\n--b--\r\n",
	/* no encoding, or another than they say */
	CTE("x-uuencode") "\r\n\xff\r\n",
	CTE("x-uuencode") "\r\n" LINE_1000 "\r\n",
	CTE("8-bit") "\r\n\xff\r\n",
	CTE("base64") "\r\n\xff\r\n",
	CTE("quoted-printable") "\r\n\xff\r\n",
	CTE("quoted-printable") "\r\na\rb\r\n",
	CTE("quoted-printable") "\r\na\nb\r\n",
	TYPE("message/delivery-status") "\r\nA: \xff\r\n",
	TYPE("message/global") "\r\nSubject: \xc3\xa4\r\n\r\n",
	/* headers and frames */
	TYPE("text/plain; name=\"\xc3\xa4\"") "\r\nx\r\n",
	TYPE("text/plain; x=" LINE_1000) "\r\nx\r\n",
	"Content-X: a\rb\r\n\r\n\xff\r\n",
	MIXED "\r\n--b\r\nX: \xff\r\n\r\nx\r\n--b--\r\n",
	MIXED "\r\n--b\r\nX: " LINE_1000 "\r\n\r\nx\r\n--b--\r\n",
	MIXED "\r\npre\xff\r\n--b\r\n\r\nx\r\n--b--\r\n",
	MIXED "\r\n--b\r\n\r\nx\r\n--b--\r\nepi\xff\r\n",
	MIXED "\r\n" LINE_1000 "\r\n--b\r\n\r\nx\r\n--b--\r\n",
	MIXED "\r\na\nb\r\n--b\r\n\r\nx\r\n--b--\r\n",
	TYPE("message/rfc822") "\r\nSubject: \xff\r\n\r\nx\r\n",
};

START_TEST(refuses_what_it_cannot_change)
{
	struct message m = message_of(blocked[_i]);
	struct buffer out = BUFFER_INIT(1 << 20), same = BUFFER_INIT(1 << 20);
	struct sink sink = buffer_sink(&out);
	struct error e = ERROR_INIT;

	ck_assert_msg(seven_bit_blocked(m.root) != NULL, "not blocked: %s", blocked[_i]);
	expect_error(seven_bit_write(m.root, NULL, &sink, &e), ERROR_MIME_SYNTAX);
	ck_assert_uint_eq(out.size, 0);
	/* as it is, it can still be carried */
	expect_ok(entity_write_verbatim(m.root, NULL, &sink, &e));
	same = span_text(m.body);
	ck_assert_uint_ge(out.size, same.size);
	ck_assert_int_eq(memcmp(out.data + out.size - same.size, same.data, same.size), 0);
	buffer_done(&out);
	buffer_done(&same);
	message_done(&m);
}
END_TEST

START_TEST(fields_that_stay_outside_do_not_count)
{
	struct message m = message_of("Subject: \xc3\xa4\r\nX: " LINE_1000 "\r\n\r\nhello\r\n");

	ck_assert_ptr_null(seven_bit_blocked(m.root));
	ck_assert(!seven_bit_needed(m.root));
	message_done(&m);
}
END_TEST

START_TEST(further_fields_come_first)
{
	struct message m = message_of("Subject: s\r\nContent-Type: text/plain\r\n\r\n\xc3\xa4 und mehr Text\r\n");
	struct buffer out = BUFFER_INIT(1000);
	struct sink sink = buffer_sink(&out);
	struct error e = ERROR_INIT;
	struct header_list *extra = header_list_new(&e);

	expect_ok(header_list_append(extra, "Subject", " s", 2, &e));
	expect_ok(seven_bit_write(m.root, extra, &sink, &e));
	ck_assert_str_eq(buffer_text(&out), "Subject: s\r\n" TYPE("text/plain") CTE("quoted-printable")
	    "\r\n=C3=A4 und mehr Text\r\n");
	buffer_clear(&out);
	expect_ok(entity_write_verbatim(m.root, extra, &sink, &e));
	ck_assert_str_eq(buffer_text(&out), "Subject: s\r\n" TYPE("text/plain") "\r\n\xc3\xa4 und mehr Text\r\n");
	header_list_free(extra);
	buffer_done(&out);
	message_done(&m);
}
END_TEST

START_TEST(verbatim_adds_no_line_end)
{
	struct message m = message_of("\r\nhello");
	struct buffer out = BUFFER_INIT(1000);
	struct sink sink = buffer_sink(&out);
	struct error e = ERROR_INIT;

	expect_ok(entity_write_verbatim(m.root, NULL, &sink, &e));
	ck_assert_str_eq(buffer_text(&out), TYPE("text/plain; charset=us-ascii") "\r\nhello");
	buffer_done(&out);
	message_done(&m);
}
END_TEST

/* Long lines of every encoding, at every offset to the places where they are broken and to the blocks of the spool. */
static const struct long_row {
	const char *head, *unit;
} long_rows[] = {
	{ TYPE("text/plain"), "x" },
	{ TYPE("text/plain"), "ab-" },
	{ TYPE("text/plain"), "From ." },
	{ TYPE("text/plain") CTE("quoted-printable"), "=3D" },
	{ TYPE("text/plain") CTE("quoted-printable"), "a=C3=A4" },
	{ TYPE("text/plain") CTE("quoted-printable"), "--b" },
	{ TYPE("text/plain") CTE("quoted-printable"), "From " },
	{ TYPE("text/plain") CTE("quoted-printable"), "." },
	{ TYPE("image/x") CTE("base64"), "AAAA" },
	{ TYPE("image/x") CTE("base64"), "--b--" },
};

START_TEST(long_lines_come_through)
{
	const struct long_row *row = &long_rows[_i];
	static const size_t sizes[] = { 995, 1000, 65536, 131072 };

	for (size_t k = 0; k < 4; k++)
		for (size_t shift = 0; shift < 8; shift++) {
			struct buffer b = BUFFER_INIT(1 << 20);
			struct error e = ERROR_INIT;
			enum form form;
			const char *harm;
			size_t begin;

			expect_ok(buffer_append_text(&b, TYPE("multipart/mixed; boundary=bb") "\r\n--bb\r\n", &e));
			expect_ok(buffer_append_text(&b, row->head, &e));
			expect_ok(buffer_append_text(&b, "\r\n", &e));
			begin = b.size;
			for (size_t i = 0; i < shift; i++)
				expect_ok(buffer_append_char(&b, 'y', &e));
			while (b.size - begin < sizes[k])
				expect_ok(buffer_append_text(&b, row->unit, &e));
			expect_ok(buffer_append_text(&b, "\r\n--bb--\r\n", &e));
			harm = find_harm(b.data, b.size, &form);
			ck_assert_msg(harm == NULL, "%s, %zu, %zu: %s", row->unit, sizes[k], shift, harm);
			ck_assert_int_ne(form, FORM_BLOCKED);
			buffer_done(&b);
		}
}
END_TEST

/* The octet that a mended line may begin with instead of `c`, or 0. */
static const char *
quoted_first(char c)
{
	return c == '-' ? "=2D" : c == '.' ? "=2E" : c == 'F' ? "=46" : NULL;
}

/* A broken line may not end within "=XX", nor the next one begin like a delimiter, a lone dot or a mailbox line. */
static bool
is_good_break(const char *begin, const char *at, size_t column)
{
	const char *next = at + 3;

	if (at - 2 >= begin && (at[-1] == '=' || (at[-2] == '=' && column >= 2)))
		return false;
	return *next != '-' && *next != '.' && strncmp(next, "From ", 5) != 0;
}

/* One word for all octets: Check writes down every assertion that holds, and here there would be millions. */
static const char *
find_wrong(const struct buffer *text, const struct buffer *out)
{
	const char *want = text->data, *got = out->data;
	size_t column = 0;

	while (*got != '\0') {
		if (strncmp(got, "=\r\n", 3) == 0) {
			if (!is_good_break(out->data, got, column))
				return "a break in the wrong place";
			got += 3;
			column = 0;
			continue;
		}
		if (++column > 998)
			return "a line of more than 998 octets";
		if (*got != *want) {
			if (column != 1 || quoted_first(*want) == NULL || strncmp(got, quoted_first(*want), 3) != 0)
				return "other octets";
			got += 2;
			column += 2;
		}
		got++;
		want++;
	}
	return *want != '\0' ? "too few octets" : NULL;
}

/* Where soft line breaks fall in a line of several blocks: never within "=XX", never before what begins like a delimiter. */
START_TEST(mended_lines_are_the_same_without_their_breaks)
{
	static const char *const units[] = { "=3D", "-", "a=C3=A4.", "From " };

	for (size_t shift = 0; shift < 920; shift += shift < 3 ? 1 : 7) {
		struct buffer text = BUFFER_INIT(1 << 20), out = BUFFER_INIT(1 << 20);
		struct sink sink = buffer_sink(&out);
		struct error e = ERROR_INIT;
		struct spool *spool;
		const char *wrong;

		while (text.size < shift)
			expect_ok(buffer_append_char(&text, 'y', &e));
		while (text.size < 67000)
			expect_ok(buffer_append_text(&text, units[_i], &e));
		spool = spool_of(text.data, text.size);
		expect_ok(mend_quoted(spool_all(spool), &sink, &e));
		wrong = find_wrong(&text, &out);
		ck_assert_msg(wrong == NULL, "shift %zu: %s", shift, wrong);
		spool_free(spool);
		buffer_done(&text);
		buffer_done(&out);
	}
}
END_TEST

static int
write_once(void *ctx, struct error *e)
{
	struct sink sink = sink_null();

	return seven_bit_write(ctx, NULL, &sink, e);
}

START_TEST(survives_every_failing_allocation)
{
	struct message m = message_of(MIXED "\r\n--b\r\n\r\n\xff\r\n--b\r\n" CTE("quoted-printable") "\r\nFrom x\r\n--b--\r\n");

	each_allocation_fails(write_once, m.root);
	message_done(&m);
}
END_TEST

#define LENGTH(a) ((int)(sizeof(a) / sizeof((a)[0])))

Suite *
suite_seven_bit(void)
{
	Suite *s = suite_create("seven_bit");
	TCase *t = tcase_create("seven_bit");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, writes_the_entity_to_sign, 0, LENGTH(form_rows));
	tcase_add_loop_test(t, refuses_what_it_cannot_change, 0, LENGTH(blocked));
	tcase_add_test(t, fields_that_stay_outside_do_not_count);
	tcase_add_test(t, further_fields_come_first);
	tcase_add_test(t, verbatim_adds_no_line_end);
	tcase_add_loop_test(t, long_lines_come_through, 0, LENGTH(long_rows));
	tcase_add_loop_test(t, mended_lines_are_the_same_without_their_breaks, 0, 4);
	tcase_add_test(t, survives_every_failing_allocation);
	suite_add_tcase(s, t);
	return s;
}
