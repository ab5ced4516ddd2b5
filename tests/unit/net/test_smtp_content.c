/* SPDX-License-Identifier: BSD-2-Clause */

/* Every octet arrives, or nothing. */

#include <ftw.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/net/peer.h"
#include "tests/unit/support.h"

Suite *suite_smtp_content(void);

/* Sends `text` in pieces and compares what came with `want`. */
static void
expect_arrives(const char *text, size_t size, size_t piece, const char *want, size_t want_size)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, "", 1);
	m.text = text;
	m.size = size;
	m.piece = piece;
	expect_ok(send_to_peer(&p, &m, &e));
	ck_assert_int_eq((int)m.to[0].fate, SMTP_SENT);
	ck_assert_uint_eq(p.message.size, want_size);
	ck_assert(want_size == 0 || memcmp(p.message.data, want, want_size) == 0);
	peer_done(&p);
}

#define ROW(text) { text, sizeof text - 1 }

static const struct {
	const char *text;
	size_t size;
} whole[] = {
	ROW(""), ROW("\r\n"), ROW("a\r\n"), ROW("\r\n\r\n\r\n"), ROW(".\r\n"), ROW("..\r\n"), ROW("...\r\n"), ROW(".a\r\n"),
	ROW("a.\r\n"), ROW("a\r\n.\r\nb\r\n"), ROW("a\r\n.\r\n.\r\n.\r\n"), ROW("\r\n.\r\n"), ROW("a\r\n.b\r\n..c\r\n. d\r\n"),
	ROW("From here\r\n From there\r\n"), ROW("trailing  \r\n\t\r\n"), ROW("\xe4\xf6\xfc\xff\x80\r\n"), ROW("a\0b\r\n\0\r\n"),
	ROW(".\0\r\n\0.\r\n"), ROW("\x01\x02\x1a\x7f\r\n"), ROW("QUIT\r\nRCPT TO:<x@y>\r\n"),
};

START_TEST(every_octet_arrives_in_whatever_pieces)
{
	for (size_t piece = 0; piece <= whole[_i].size; piece++)
		expect_arrives(whole[_i].text, whole[_i].size, piece, whole[_i].text, whole[_i].size);
}
END_TEST

static const char *const without_end[] = { "a", ".", "a\r\n.", "a\r\nb", "..", "\xff" };

START_TEST(a_last_line_without_its_end_gets_one_and_nothing_else)
{
	char want[20];
	size_t n = strlen(without_end[_i]);

	memcpy(want, without_end[_i], n);
	memcpy(want + n, "\r\n", 2);
	for (size_t piece = 0; piece <= n; piece++)
		expect_arrives(without_end[_i], n, piece, want, n + 2);
}
END_TEST

static void
expect_refused(const char *text, size_t size, size_t piece)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, "", 1);
	m.text = text;
	m.size = size;
	m.piece = piece;
	expect_error(send_to_peer(&p, &m, &e), ERROR_MIME_SYNTAX);
	ck_assert_int_eq((int)m.to[0].fate, SMTP_UNTRIED);
	ck_assert(!p.got_dot);
	peer_done(&p);
}

static const char *const alone[] = {
	"\r", "\n", "a\n", "a\r", "a\rb\r\n", "a\nb\r\n", "a\r\n\n", "a\r\n\r", "a\r\r\n", "\r\r\n", "\n\r\n", "a\r\n.\n",
	"a\n.\r\n", "a\n.\nb\r\n", "a\r\n.\r", "a\r.\r\nMAIL FROM:<x>\r\n", "a\r.\rb\r\n", "a\r\n.\rb\r\n",
};

START_TEST(a_cr_or_lf_alone_is_refused_in_whatever_pieces)
{
	for (size_t piece = 0; piece <= strlen(alone[_i]); piece++)
		expect_refused(alone[_i], strlen(alone[_i]), piece);
}
END_TEST

START_TEST(lines_have_no_longest)
{
	static const size_t sizes[] = { 997, 998, 999, 1000, 2048, 16383, 16384, 16385, 3000000 };

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		for (int dot = 0; dot < 2; dot++) {
			char *text = malloc(sizes[i] + 3);

			ck_assert_ptr_nonnull(text);
			memset(text, 'x', sizes[i]);
			if (dot)
				text[0] = '.';
			memcpy(text + sizes[i], "\r\n", 3);
			expect_arrives(text, sizes[i] + 2, 0, text, sizes[i] + 2);
			expect_arrives(text, sizes[i] + 2, 1000, text, sizes[i] + 2);
			free(text);
		}
}
END_TEST

/* ---- real and hostile messages: everything of tests/data ------------------------------------------ */

#define FILE_MAX (1 << 20)

static unsigned arrived, refused;

/* LF to CRLF, as messages stand in files; a CR that ends no line stays alone. */
static int
with_crlf(const char *from, size_t n, struct buffer *to, struct error *e)
{
	for (size_t i = 0; i < n; i++) {
		if (from[i] == '\n' && (i == 0 || from[i - 1] != '\r') && buffer_append_char(to, '\r', e) != 0)
			return -1;
		if (buffer_append_char(to, from[i], e) != 0)
			return -1;
	}
	return n == 0 || from[n - 1] == '\n' ? 0 : buffer_append_text(to, "\r\n", e);
}

static bool
has_cr_alone(const struct buffer *b)
{
	for (size_t i = 0; i < b->size; i++)
		if (b->data[i] == '\r' && (i + 1 == b->size || b->data[i + 1] != '\n'))
			return true;
	return false;
}

static int
send_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
	struct error e = ERROR_INIT;
	struct buffer file, text = BUFFER_INIT(FILE_MAX * 2);

	(void)at;
	if (type != FTW_F || st->st_size > FILE_MAX)
		return 0;
	file = load(path + strlen("tests/data/"));
	expect_ok(with_crlf(file.data, file.size, &text, &e));
	if (has_cr_alone(&text)) {
		expect_refused(text.data, text.size, 0);
		refused++;
	} else {
		expect_arrives(buffer_text(&text), text.size, (size_t)(st->st_size % 7) * 100, text.data, text.size);
		arrived++;
	}
	buffer_done(&text);
	buffer_done(&file);
	return 0;
}

START_TEST(every_message_at_hand_arrives_octet_by_octet)
{
	ck_assert_int_eq(nftw("tests/data", send_file, 20, FTW_PHYS), 0);
	ck_assert_uint_gt(arrived, 300);
	ck_assert_uint_gt(refused, 0);
}
END_TEST

Suite *
suite_smtp_content(void)
{
	Suite *s = suite_create("smtp_content");
	TCase *t = tcase_create("smtp_content");

	tcase_add_loop_test(t, every_octet_arrives_in_whatever_pieces, 0, (int)(sizeof whole / sizeof whole[0]));
	tcase_add_loop_test(t, a_last_line_without_its_end_gets_one_and_nothing_else, 0,
	    (int)(sizeof without_end / sizeof without_end[0]));
	tcase_add_loop_test(t, a_cr_or_lf_alone_is_refused_in_whatever_pieces, 0, (int)(sizeof alone / sizeof alone[0]));
	tcase_add_test(t, lines_have_no_longest);
	tcase_add_test(t, every_message_at_hand_arrives_octet_by_octet);
	suite_add_tcase(s, t);
	return s;
}
