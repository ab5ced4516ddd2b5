/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "tests/unit/support.h"

Suite *suite_encoding(void);

/* ---- hexadecimal ---- */

START_TEST(hex_goes_there_and_back)
{
	unsigned char octets[256], back[256];
	char text[513];

	for (size_t i = 0; i < 256; i++)
		octets[i] = (unsigned char)i;
	hex_encode(octets, 256, text);
	ck_assert_int_eq(strncmp(text, "000102", 6), 0);
	ck_assert_str_eq(text + 506, "fdfeff");
	ck_assert_int_eq(hex_decode(text, 512, back, 256), 0);
	ck_assert_int_eq(memcmp(octets, back, 256), 0);
	ck_assert_int_eq(hex_decode("aAfF", 4, back, 2), 0);
	ck_assert_uint_eq(back[0], 0xaa);
	ck_assert_uint_eq(back[1], 0xff);
}
END_TEST

START_TEST(hex_of_another_length_or_alphabet_is_refused)
{
	unsigned char to[2] = { 7, 7 };

	ck_assert_int_eq(hex_decode("0102", 4, to, 1), -1);
	ck_assert_int_eq(hex_decode("010", 3, to, 1), -1);
	ck_assert_int_eq(hex_decode("01", 2, to, 2), -1);
	ck_assert_int_eq(hex_decode("010g", 4, to, 2), -1);
	ck_assert_int_eq(hex_decode("01 2", 4, to, 2), -1);
	ck_assert_uint_eq(to[0], 7);
	ck_assert_int_eq(hex_decode("", 0, to, 0), 0);
}
END_TEST

/* ---- base64 ---- */

/* RFC 4648 10 and some more. */
static const struct {
	const char *plain, *encoded;
} vectors[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xfb\xff\xbf", "+/+/" },
};

START_TEST(base64_matches_the_vectors_of_rfc_4648)
{
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		struct buffer text = BUFFER_INIT(100), plain = BUFFER_INIT(100);

		expect_ok(base64_encode_line(vectors[i].plain, strlen(vectors[i].plain), &text, &e));
		ck_assert_str_eq(buffer_text(&text), vectors[i].encoded);
		expect_ok(base64_decode_text(vectors[i].encoded, strlen(vectors[i].encoded), &plain, &e));
		ck_assert_str_eq(buffer_text(&plain), vectors[i].plain);
		buffer_done(&text);
		buffer_done(&plain);
	}
}
END_TEST

/* The text of `n` octets, written in pieces of `step`. */
static void
write_in_steps(const unsigned char *octets, size_t n, size_t step, struct buffer *text)
{
	struct sink to = buffer_sink(text), sink;
	struct base64_writer w;
	struct error e = ERROR_INIT;

	base64_writer_init(&w, &to);
	sink = base64_writer_sink(&w);
	for (size_t i = 0; i < n; i += step)
		ck_assert_int_eq(sink_write(&sink, octets + i, n - i < step ? n - i : step, &e), 0);
	expect_ok(base64_finish(&w, &e));
}

static void
expect_lines_of_64(const struct buffer *text)
{
	size_t at = 0;

	while (at < text->size) {
		const char *end = memchr(text->data + at, '\r', text->size - at);
		size_t n;

		ck_assert_ptr_nonnull(end);
		n = (size_t)(end - text->data) - at;
		ck_assert_int_eq(end[1], '\n');
		ck_assert(n == 64 || (n > 0 && n < 64 && n % 4 == 0 && at + n + 2 == text->size));
		at += n + 2;
	}
}

START_TEST(lines_of_64_are_the_same_whatever_the_steps)
{
	static const size_t sizes[] = { 0, 1, 2, 47, 48, 49, 95, 96, 97, 1535, 1536, 1537, 1584, 5000 };
	static const size_t steps[] = { 1, 2, 3, 47, 48, 49, 1000, 5000 };
	unsigned char octets[5000];

	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (unsigned char)(i * 31 >> 2);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct buffer whole = BUFFER_INIT(10000), plain = BUFFER_INIT(10000);
		struct error e = ERROR_INIT;

		write_in_steps(octets, sizes[i], 10000, &whole);
		expect_lines_of_64(&whole);
		for (size_t j = 0; j < sizeof steps / sizeof steps[0]; j++) {
			struct buffer pieces = BUFFER_INIT(10000);

			write_in_steps(octets, sizes[i], steps[j], &pieces);
			ck_assert_str_eq(buffer_text(&pieces), buffer_text(&whole));
			buffer_done(&pieces);
		}
		expect_ok(base64_decode_text(buffer_text(&whole), whole.size, &plain, &e));
		ck_assert_uint_eq(plain.size, sizes[i]);
		if (sizes[i] > 0)
			ck_assert_int_eq(memcmp(plain.data, octets, sizes[i]), 0);
		buffer_done(&whole);
		buffer_done(&plain);
	}
}
END_TEST

static const char *const refused[] = {
	"Z",
	"Zg",
	"Zg=",
	"Zm9vYg",
	"Zg===",
	"Zg==Zg==",
	"Zg==\r\nZm9v",
	"Zg== .",
	"=",
	"====",
	"Z===",
	"Z=g=",
	"Zg=g",
	"=Zg=",
	"Zm9v=",
	"Zm9v-A==",
	"Zm9v_A==",
	"Zm9v.Zm9v",
	"Zm9v\vZm9v",
	"Zm9v\xc3\xa9",
	"Zm9v\xff",
};

START_TEST(base64_that_is_not_strict_is_refused)
{
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct buffer b = BUFFER_INIT(100);

		expect_ok(buffer_append_text(&b, "kept", &e));
		if (base64_decode_text(refused[i], strlen(refused[i]), &b, &e) == 0)
			ck_abort_msg("accepted: %s", refused[i]);
		expect_error(-1, ERROR_MIME_SYNTAX);
		ck_assert_str_eq(buffer_text(&b), "kept");
		buffer_done(&b);
	}
}
END_TEST

START_TEST(nul_is_no_base64)
{
	struct buffer b = BUFFER_INIT(100);
	struct error e = ERROR_INIT;

	expect_error(base64_decode_text("Zm9v\0Zm9v", 9, &b, &e), ERROR_MIME_SYNTAX);
	buffer_done(&b);
}
END_TEST

START_TEST(white_space_may_stand_anywhere)
{
	static const char text[] = "\r\n Z\tm\n9\r\nv Y g =\r\n= \t\r\n\r\n";
	struct buffer b = BUFFER_INIT(100);
	struct error e = ERROR_INIT;

	expect_ok(base64_decode_text(text, strlen(text), &b, &e));
	ck_assert_str_eq(buffer_text(&b), "foob");
	buffer_done(&b);
	expect_ok(base64_decode_text(" \r\n", 3, &b, &e));
	ck_assert_uint_eq(b.size, 0);
	buffer_done(&b);
}
END_TEST

/* Decode with the source giving `step` octets a read and the reader asked for `max` at a time. */
static void
decode_in_steps(const char *text, size_t step, size_t max, struct buffer *out)
{
	struct slow_source slow;
	struct source from = slow_source(&slow, text, strlen(text), step), octets;
	struct base64_reader reader;
	struct error e = ERROR_INIT;
	unsigned char to[100];
	ssize_t n;

	octets = base64_reader_source(&reader, &from);
	while ((n = source_read(&octets, to, max, &e)) > 0)
		ck_assert_int_eq(buffer_append(out, to, (size_t)n, &e), 0);
	expect_ok((int)n);
	ck_assert_int_eq(source_read(&octets, to, max, &e), 0);
}

START_TEST(reads_the_same_byte_by_byte)
{
	static const char text[] = "VGhlIHF1aWNrIGJy\r\nb3duIGZveCBqdW1w\r\ncyBvdmVyIHRoZSBs\r\nYXp5IGRvZy4=\r\n";

	for (size_t step = 1; step < 20; step++)
		for (size_t max = 1; max < 20; max++) {
			struct buffer b = BUFFER_INIT(100);

			decode_in_steps(text, step, max, &b);
			ck_assert_str_eq(buffer_text(&b), "The quick brown fox jumps over the lazy dog.");
			buffer_done(&b);
		}
}
END_TEST

START_TEST(a_cut_text_is_refused_or_a_whole_group)
{
	static const char text[] = "Zm9v\r\nYmFy\r\nZg==\r\n";

	for (size_t n = 0; n < strlen(text); n++) {
		struct buffer b = BUFFER_INIT(100);
		struct error e = ERROR_INIT;
		size_t characters = 0;

		for (size_t i = 0; i < n; i++)
			characters += text[i] != '\r' && text[i] != '\n';
		ck_assert_int_eq(base64_decode_text(text, n, &b, &e), characters % 4 == 0 ? 0 : -1);
		buffer_done(&b);
	}
}
END_TEST

START_TEST(a_sink_that_is_full_is_an_error)
{
	struct buffer b = BUFFER_INIT(70);
	struct sink to = buffer_sink(&b);
	struct base64_writer w;
	struct error e = ERROR_INIT;
	unsigned char octets[100] = { 0 };

	base64_writer_init(&w, &to);
	expect_error(base64_write(&w, octets, sizeof octets, &e), ERROR_TOO_LARGE);
	base64_writer_init(&w, &to);
	expect_ok(base64_write(&w, octets, 52, &e));
	expect_error(base64_finish(&w, &e), ERROR_TOO_LARGE);
	buffer_done(&b);
	expect_error(base64_encode_line(octets, sizeof octets, &b, &e), ERROR_TOO_LARGE);
}
END_TEST

Suite *
suite_encoding(void)
{
	Suite *s = suite_create("encoding");
	TCase *t = tcase_create("encoding");

	tcase_add_test(t, hex_goes_there_and_back);
	tcase_add_test(t, hex_of_another_length_or_alphabet_is_refused);
	tcase_add_test(t, base64_matches_the_vectors_of_rfc_4648);
	tcase_add_test(t, lines_of_64_are_the_same_whatever_the_steps);
	tcase_add_test(t, base64_that_is_not_strict_is_refused);
	tcase_add_test(t, nul_is_no_base64);
	tcase_add_test(t, white_space_may_stand_anywhere);
	tcase_add_test(t, reads_the_same_byte_by_byte);
	tcase_add_test(t, a_cut_text_is_refused_or_a_whole_group);
	tcase_add_test(t, a_sink_that_is_full_is_an_error);
	suite_add_tcase(s, t);
	return s;
}
