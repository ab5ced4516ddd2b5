/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "mime/quoted_printable.h"
#include "tests/unit/mime/mime_support.h"
#include "tests/unit/support.h"

Suite *suite_quoted_printable(void);

/* Write in steps of `step` octets. */
static void
encode(const void *data, size_t n, size_t step, struct buffer *out)
{
	struct sink to = buffer_sink(out);
	struct quoted_writer w;
	struct error e = ERROR_INIT;

	quoted_writer_init(&w, &to);
	for (size_t i = 0; i < n; i += step)
		expect_ok(quoted_write(&w, (const char *)data + i, n - i < step ? n - i : step, &e));
	expect_ok(quoted_finish(&w, &e));
}

static int
decode(const void *data, size_t n, size_t step, struct buffer *out, struct error *e)
{
	struct slow_source slow;
	struct source from = slow_source(&slow, data, n, step), source;
	struct quoted_reader *r = malloc(sizeof(*r));
	int rc;

	source = quoted_reader_source(r, &from);
	rc = read_all(&source, out, e);
	free(r);
	return rc;
}

static const struct pair {
	const char *text;
	size_t size;
	const char *form;
} pairs[] = {
	{ "", 0, "" },
	{ "hello\r\n", 7, "hello\r\n" },
	{ "hello", 5, "hello" },
	{ "a=b\r\n", 5, "a=3Db\r\n" },
	{ "\xc3\xa4\x7f\x01\r\n", 6, "=C3=A4=7F=01\r\n" },
	{ "a \r\nb\t\r\n  \r\n", 12, "a=20\r\nb=09\r\n =20\r\n" },
	{ "a ", 2, "a=20" },
	{ " a\tb", 4, " a\tb" },
	{ "a\rb\nc\r\n", 7, "a=0Db=0Ac\r\n" },
	{ "\r\r\n\n", 4, "=0D\r\n=0A" },
	{ "\0", 1, "=00" },
	{ "From x\r\nFrom\r\n>From y\r\nFrom ", 28, "=46rom x\r\nFrom\r\n>From y\r\n=46rom=20" },
	{ ".\r\n..\r\na.\r\n", 11, "=2E\r\n=2E.\r\na.\r\n" },
	{ "--b\r\n-- \r\n", 10, "--b\r\n--=20\r\n" },
	{ "~!\r\n", 4, "~!\r\n" },
};

START_TEST(writes_what_must_be_quoted_and_nothing_else)
{
	const struct pair *p = &pairs[_i];

	for (size_t step = 1; step < 9; step++) {
		struct buffer out = BUFFER_INIT(1000), back = BUFFER_INIT(1000);
		struct error e = ERROR_INIT;

		encode(p->text, p->size, step, &out);
		ck_assert_str_eq(buffer_text(&out), p->form);
		expect_ok(decode(buffer_text(&out), out.size, step, &back, &e));
		ck_assert_uint_eq(back.size, p->size);
		ck_assert_int_eq(memcmp(buffer_text(&back), p->text, p->size), 0);
		buffer_done(&out);
		buffer_done(&back);
	}
}
END_TEST

/* No line over 76, none begins in a way that a hop or a reader of boundaries could take amiss. */
static void
expect_tame(const struct buffer *form, bool broken_before)
{
	const char *line = buffer_text(form);
	bool broken = broken_before;

	while (*line != '\0') {
		size_t n = strcspn(line, "\r");

		ck_assert_uint_le(n, 76);
		ck_assert(line[0] != '.');
		ck_assert(!broken || line[0] != '-');
		ck_assert(strncmp(line, "From ", 5) != 0);
		ck_assert(n == 0 || (line[n - 1] != ' ' && line[n - 1] != '\t'));
		broken = n > 0 && line[n - 1] == '=';
		line += line[n] == '\r' ? n + 2 : n;
	}
}

/* Long lines of each kind of octet, so that soft breaks fall before each of them. */
START_TEST(breaks_long_lines_softly_and_safely)
{
	static const char *const kinds[] = { "x", "-", ".", "From ", " ", "=", "\xff", "--b", "a\t", "\n", "xFrom " };

	for (size_t fill = 0; fill < 80; fill++) {
		struct buffer text = BUFFER_INIT(10000), out = BUFFER_INIT(100000), back = BUFFER_INIT(10000);
		struct error e = ERROR_INIT;

		for (size_t i = 0; i < fill; i++)
			expect_ok(buffer_append_char(&text, 'x', &e));
		for (size_t i = 0; i < 200; i++)
			expect_ok(buffer_append_text(&text, kinds[_i], &e));
		encode(text.data, text.size, 7, &out);
		expect_tame(&out, false);
		expect_ok(decode(out.data, out.size, 3, &back, &e));
		ck_assert_str_eq(buffer_text(&back), buffer_text(&text));
		buffer_done(&text);
		buffer_done(&out);
		buffer_done(&back);
	}
}
END_TEST

START_TEST(every_octet_before_every_other_comes_back)
{
	struct buffer text = BUFFER_INIT(1 << 20), out = BUFFER_INIT(1 << 22), back = BUFFER_INIT(1 << 20);
	struct error e = ERROR_INIT;

	for (int a = 0; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			char both[2] = { (char)a, (char)b };

			expect_ok(buffer_append(&text, both, 2, &e));
		}
	encode(text.data, text.size, 1021, &out);
	expect_tame(&out, false);
	expect_ok(decode(out.data, out.size, 4096, &back, &e));
	ck_assert_uint_eq(back.size, text.size);
	ck_assert_int_eq(memcmp(back.data, text.data, text.size), 0);
	buffer_done(&text);
	buffer_done(&out);
	buffer_done(&back);
}
END_TEST

static const struct pair readable[] = {
	{ "a=\r\nb", 5, "ab" },
	{ "a= \t\r\nb", 7, "ab" },
	{ "a  \r\nb\t", 7, "a\r\nb" },
	{ "a=20 \r\n", 7, "a \r\n" },
	{ "=3d=3D", 6, "==" },
	{ "a=", 2, "a" },
	{ "=\r\n=\r\n", 6, "" },
	{ "\r\n\r\n", 4, "\r\n\r\n" },
};

START_TEST(reads_what_the_standard_allows)
{
	for (size_t step = 1; step < 4; step++) {
		struct buffer out = BUFFER_INIT(1000);
		struct error e = ERROR_INIT;

		expect_ok(decode(readable[_i].text, readable[_i].size, step, &out, &e));
		ck_assert_str_eq(buffer_text(&out), readable[_i].form);
		buffer_done(&out);
	}
}
END_TEST

static const struct pair unreadable[] = {
	{ "=4", 2, NULL },       { "=4\r\n", 4, NULL },   { "=zz", 3, NULL },
	{ "a==\r\n", 5, NULL }, { "\xc3\xa4", 2, NULL }, { "a\nb", 3, NULL },     { "a\rb", 3, NULL },
	{ "a\0b", 3, NULL },   { "a\x7f", 2, NULL },    { "a\r\r\n", 4, NULL },  { "= x", 3, NULL },
};

START_TEST(refuses_what_the_encoding_does_not_know)
{
	struct buffer out = BUFFER_INIT(1000);
	struct error e = ERROR_INIT;

	expect_error(decode(unreadable[_i].text, unreadable[_i].size, 1, &out, &e), ERROR_MIME_SYNTAX);
	buffer_done(&out);
}
END_TEST

START_TEST(refuses_lines_over_998_octets)
{
	char line[1010];

	for (size_t n = 996; n < 1002; n++) {
		struct buffer out = BUFFER_INIT(2000);
		struct error e = ERROR_INIT;

		memset(line, 'x', n);
		memcpy(line + n, "\r\n", 2);
		if (n <= 998)
			expect_ok(decode(line, n + 2, 100, &out, &e));
		else
			expect_error(decode(line, n + 2, 100, &out, &e), ERROR_MIME_SYNTAX);
		buffer_done(&out);
	}
}
END_TEST

#define LENGTH(a) ((int)(sizeof(a) / sizeof((a)[0])))

Suite *
suite_quoted_printable(void)
{
	Suite *s = suite_create("quoted_printable");
	TCase *t = tcase_create("quoted_printable");

	tcase_add_loop_test(t, writes_what_must_be_quoted_and_nothing_else, 0, LENGTH(pairs));
	tcase_add_loop_test(t, breaks_long_lines_softly_and_safely, 0, 11);
	tcase_add_test(t, every_octet_before_every_other_comes_back);
	tcase_add_loop_test(t, reads_what_the_standard_allows, 0, LENGTH(readable));
	tcase_add_loop_test(t, refuses_what_the_encoding_does_not_know, 0, LENGTH(unreadable));
	tcase_add_test(t, refuses_lines_over_998_octets);
	suite_add_tcase(s, t);
	return s;
}
