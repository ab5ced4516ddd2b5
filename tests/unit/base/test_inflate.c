/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/inflate.h"
#include "base/limits.h"
#include "tests/unit/support.h"

Suite *suite_inflate(void);

#define ROOM ((size_t)64 * 1024 * 1024)

/* "hello" in one stored block (RFC 1951 3.2.4), written by hand. */
static const unsigned char stored[] = { 0x78, 0x01, 0x01, 5, 0, 0xfa, 0xff, 'h', 'e', 'l', 'l', 'o', 0x06, 0x2c, 0x02, 0x15 };

static struct buffer
deflated(const void *plain, size_t n, int level)
{
	uLongf size = compressBound(n);
	struct buffer out = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;
	char *room = buffer_reserve(&out, size, &e);

	ck_assert_ptr_nonnull(room);
	ck_assert_int_eq(compress2((Bytef *)room, &size, plain, n, level), Z_OK);
	out.size = size;
	return out;
}

/* Pieces of `step` octets go in. */
static int
inflated(const void *data, size_t n, size_t step, uint64_t max, struct buffer *out, struct error *e)
{
	struct sink to = buffer_sink(out), in;
	struct inflater *inflater = NULL;
	struct slow_source slow;
	struct source from = slow_source(&slow, data, n, step);
	int rc = -1;

	if (inflater_new(&to, max, &inflater, e) != 0)
		return -1;
	in = inflater_sink(inflater);
	if (io_copy(&from, &in, e) == 0)
		rc = inflater_finish(inflater, e);
	inflater_free(inflater);
	return rc;
}

static void
expect_refused(const void *data, size_t n, uint64_t max, enum error_code code)
{
	for (size_t step = 1; step <= n + 2; step += n + 1) {
		struct buffer out = BUFFER_INIT(ROOM);
		struct error e = ERROR_INIT;

		expect_error(inflated(data, n, step, max, &out, &e), code);
		ck_assert_uint_le(out.size, max);
		buffer_done(&out);
	}
}

START_TEST(gives_back_what_was_compressed_whatever_the_steps)
{
	char *text = malloc(300000);
	struct error e = ERROR_INIT;

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < 300000; i++)
		text[i] = (char)('a' + (i * i / 7) % 23);
	for (int level = 0; level <= 9; level += 3) {
		struct buffer packed = deflated(text, 300000, level);

		for (size_t step = 1; step < 70000; step = step * 13 + 1) {
			struct buffer out = BUFFER_INIT(ROOM);

			expect_ok(inflated(packed.data, packed.size, step, 300000, &out, &e));
			ck_assert_uint_eq(out.size, 300000);
			ck_assert_int_eq(memcmp(out.data, text, 300000), 0);
			buffer_done(&out);
		}
		buffer_done(&packed);
	}
	free(text);
}
END_TEST

START_TEST(reads_a_stream_that_was_written_by_hand)
{
	struct buffer out = BUFFER_INIT(100);
	struct error e = ERROR_INIT;

	expect_ok(inflated(stored, sizeof(stored), 1, 5, &out, &e));
	ck_assert_str_eq(buffer_text(&out), "hello");
	buffer_done(&out);
}
END_TEST

START_TEST(holds_of_nothing_nothing)
{
	struct buffer packed = deflated("", 0, 9), out = BUFFER_INIT(1);
	struct error e = ERROR_INIT;

	expect_ok(inflated(packed.data, packed.size, 1, 0, &out, &e));
	ck_assert_uint_eq(out.size, 0);
	buffer_done(&packed);
	buffer_done(&out);
}
END_TEST

START_TEST(refuses_a_stream_that_is_cut_off_anywhere)
{
	for (size_t n = 0; n < sizeof(stored); n++)
		expect_refused(stored, n, 100, ERROR_CMS_SYNTAX);
}
END_TEST

START_TEST(refuses_any_octet_behind_the_end)
{
	unsigned char longer[sizeof(stored) + sizeof(stored)];

	memcpy(longer, stored, sizeof(stored));
	memcpy(longer + sizeof(stored), stored, sizeof(stored));
	expect_refused(longer, sizeof(stored) + 1, 100, ERROR_CMS_SYNTAX);
	expect_refused(longer, sizeof(longer), 100, ERROR_CMS_SYNTAX);
}
END_TEST

START_TEST(refuses_a_false_check_sum_and_what_is_no_zlib)
{
	static const unsigned char gzip[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 7, 0,
		0x86, 0xa6, 0x10, 0x36, 5, 0, 0, 0 };
	static const unsigned char dictionary[] = { 0x78, 0xbb, 0x06, 0x2c, 0x02, 0x15, 0x03, 0x00 };
	unsigned char copy[sizeof(stored)];

	for (size_t i = 0; i < sizeof(stored); i++) {
		memcpy(copy, stored, sizeof(stored));
		copy[i] ^= 1;
		expect_refused(copy, sizeof(copy), 100, ERROR_CMS_SYNTAX);
	}
	expect_refused(gzip, sizeof(gzip), 100, ERROR_CMS_SYNTAX);
	expect_refused(dictionary, sizeof(dictionary), 100, ERROR_CMS_SYNTAX);
	expect_refused(stored + 2, sizeof(stored) - 2, 100, ERROR_CMS_SYNTAX);
}
END_TEST

START_TEST(stops_at_the_room_there_is)
{
	expect_refused(stored, sizeof(stored), 4, ERROR_TOO_LARGE);
	expect_refused(stored, sizeof(stored), 0, ERROR_TOO_LARGE);
}
END_TEST

/* A megabyte is nothing yet; beyond it the ratio counts. */
START_TEST(stops_at_what_holds_far_more_than_it_is_long)
{
	size_t n = LIMIT_INFLATE_FREE;
	char *zeros = calloc(1, 8 * n);
	struct buffer small, large, out = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;

	ck_assert_ptr_nonnull(zeros);
	small = deflated(zeros, n, 9);
	large = deflated(zeros, 8 * n, 9);
	ck_assert_uint_lt(large.size * LIMIT_INFLATE_RATIO, 8 * n);
	expect_ok(inflated(small.data, small.size, 1000, ROOM, &out, &e));
	ck_assert_uint_eq(out.size, n);
	buffer_clear(&out);
	expect_error(inflated(large.data, large.size, 1000, ROOM, &out, &e), ERROR_TOO_LARGE);
	ck_assert_uint_lt(out.size, n + LIMIT_INFLATE_RATIO * large.size);
	buffer_done(&small);
	buffer_done(&large);
	buffer_done(&out);
	free(zeros);
}
END_TEST

START_TEST(takes_nothing_more_after_an_error)
{
	struct buffer out = BUFFER_INIT(3);
	struct sink to = buffer_sink(&out), in;
	struct inflater *inflater = NULL;
	struct error e = ERROR_INIT;

	expect_ok(inflater_new(&to, 100, &inflater, &e));
	in = inflater_sink(inflater);
	expect_error(sink_write(&in, stored, sizeof(stored), &e), ERROR_TOO_LARGE); /* the sink's own */
	expect_error(sink_write(&in, stored, sizeof(stored), &e), ERROR_IO);
	expect_error(inflater_finish(inflater, &e), ERROR_IO);
	inflater_free(inflater);
	inflater_free(NULL);
	buffer_done(&out);
}
END_TEST

static int
inflate_large(void *ctx, struct error *e)
{
	const struct buffer *packed = ctx;
	struct buffer out = BUFFER_INIT(ROOM);
	int rc = inflated(packed->data, packed->size, 10, ROOM, &out, e);

	buffer_done(&out);
	return rc;
}

START_TEST(says_so_when_memory_is_out)
{
	char text[100000];
	struct buffer packed;

	memset(text, 'x', sizeof(text));
	packed = deflated(text, sizeof(text), 9);
	each_allocation_fails(inflate_large, &packed);
	buffer_done(&packed);
}
END_TEST

Suite *
suite_inflate(void)
{
	Suite *s = suite_create("inflate");
	TCase *t = tcase_create("inflate");

	tcase_add_test(t, gives_back_what_was_compressed_whatever_the_steps);
	tcase_add_test(t, reads_a_stream_that_was_written_by_hand);
	tcase_add_test(t, holds_of_nothing_nothing);
	tcase_add_test(t, refuses_a_stream_that_is_cut_off_anywhere);
	tcase_add_test(t, refuses_any_octet_behind_the_end);
	tcase_add_test(t, refuses_a_false_check_sum_and_what_is_no_zlib);
	tcase_add_test(t, stops_at_the_room_there_is);
	tcase_add_test(t, stops_at_what_holds_far_more_than_it_is_long);
	tcase_add_test(t, takes_nothing_more_after_an_error);
	tcase_add_test(t, says_so_when_memory_is_out);
	suite_add_tcase(s, t);
	return s;
}
