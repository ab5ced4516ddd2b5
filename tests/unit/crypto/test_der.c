/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>

#include "base/encoding.h"
#include "crypto/der_private.h"
#include "tests/unit/support.h"

static struct buffer
written(void (*write)(struct der_writer *w))
{
	struct buffer b = BUFFER_INIT(1024 * 1024);
	struct error e = ERROR_INIT;
	struct der_writer w;

	der_begin(&w, &b, &e);
	write(&w);
	expect_ok(der_finish(&w));
	return b;
}

static void
expect_hex(struct buffer b, const char *want)
{
	char *text = malloc(2 * b.size + 1);

	hex_encode(b.data, b.size, text);
	ck_assert_str_eq(text, want);
	free(text);
	buffer_done(&b);
}

static void
write_numbers(struct der_writer *w)
{
	static const unsigned char long_zero[3] = { 0, 0, 0 }, padded[4] = { 0, 0, 0x80, 1 };

	der_open(w, DER_SEQUENCE);
	der_put_small(w, DER_INTEGER, 0);
	der_put_small(w, DER_INTEGER, 127);
	der_put_small(w, DER_INTEGER, 128);
	der_put_small(w, DER_INTEGER, 256);
	der_put_unsigned(w, DER_INTEGER, long_zero, sizeof long_zero);
	der_put_unsigned(w, DER_INTEGER, padded, sizeof padded);
	der_put_small(w, DER_ENUMERATED, 5);
	der_close(w);
}

START_TEST(writes_numbers_as_short_as_they_can_be)
{
	expect_hex(written(write_numbers), "3019" "020100" "02017f" "02020080" "02020100" "020100" "0203008001" "0a0105");
}
END_TEST

static void
write_long(struct der_writer *w)
{
	static const char content[300];

	der_open(w, DER_SEQUENCE);
	der_open(w, DER_CONSTRUCTED_0 + 1);
	der_put(w, DER_OCTET_STRING, content, 127);
	der_close(w);
	der_put(w, DER_OCTET_STRING, content, 300);
	der_close(w);
}

START_TEST(moves_content_when_its_length_needs_more_octets)
{
	struct buffer b = written(write_long);
	struct der_reader r = { (const unsigned char *)b.data, b.size }, inside;
	struct der_element sequence, first, octets, second;

	ck_assert(der_expect(&r, DER_SEQUENCE, &sequence) && r.size == 0);
	inside = der_enter(&sequence);
	ck_assert(der_expect(&inside, DER_CONSTRUCTED_0 + 1, &first));
	ck_assert_uint_eq(first.whole_size, 3 + 129); /* 0x81 0x81 */
	ck_assert(der_expect(&inside, DER_OCTET_STRING, &second) && inside.size == 0);
	ck_assert_uint_eq(second.size, 300);
	ck_assert_uint_eq(second.whole_size, 304);
	inside = der_enter(&first);
	ck_assert(der_expect(&inside, DER_OCTET_STRING, &octets) && octets.size == 127);
	buffer_done(&b);
}
END_TEST

static void
write_set(struct der_writer *w)
{
	der_open(w, DER_SET);
	der_put(w, DER_OCTET_STRING, "b", 1);
	der_put(w, DER_OCTET_STRING, "ab", 2);
	der_put(w, DER_INTEGER, "\x01", 1);
	der_put(w, DER_OCTET_STRING, "a", 1);
	der_close_set(w);
}

START_TEST(puts_a_set_in_order)
{
	expect_hex(written(write_set), "310d" "020101" "040161" "040162" "04026162");
}
END_TEST

static void
write_flags(struct der_writer *w)
{
	der_open(w, DER_SEQUENCE);
	der_put_flags(w, 0, 9);
	der_put_flags(w, 1, 9);
	der_put_flags(w, 1 << 5 | 1 << 6, 9);
	der_put_flags(w, 1 << 8 | 1, 9);
	der_put_bits(w, "\x80", 1);
	der_close(w);
}

START_TEST(cuts_zero_bits_off_a_named_bit_list)
{
	expect_hex(written(write_flags), "3014" "030100" "03020780" "03020106" "0303078080" "03020080");
}
END_TEST

static void
write_times(struct der_writer *w)
{
	der_open(w, DER_SEQUENCE);
	der_put_time(w, 0);
	der_put_time(w, 2524607999);
	der_put_time(w, 2524608000);
	der_close(w);
}

START_TEST(changes_the_form_of_time_with_the_year_2050)
{
	struct buffer b = written(write_times);
	struct der_reader r = { (const unsigned char *)b.data + 2, b.size - 2 };
	static const int64_t want[] = { 0, 2524607999, 2524608000 };
	static const unsigned char tags[] = { DER_UTC_TIME, DER_UTC_TIME, DER_GENERALIZED_TIME };
	struct der_element t;
	int64_t got;

	for (size_t i = 0; i < 3; i++) {
		ck_assert(der_next(&r, &t));
		ck_assert_uint_eq(t.tag, tags[i]);
		ck_assert(der_time(&t, &got));
		ck_assert_int_eq(got, want[i]);
	}
	buffer_done(&b);
}
END_TEST

START_TEST(reads_time_in_one_form_only)
{
	static const struct {
		unsigned char tag;
		const char *text;
		int fine;
	} rows[] = {
		{ DER_UTC_TIME, "240229120000Z", 1 },      { DER_UTC_TIME, "230229120000Z", 0 },
		{ DER_UTC_TIME, "2402291200Z", 0 },        { DER_UTC_TIME, "240229120000+0100", 0 },
		{ DER_UTC_TIME, "24022912000Z0", 0 },      { DER_UTC_TIME, "241301000000Z", 0 },
		{ DER_UTC_TIME, "240001000000Z", 0 },      { DER_UTC_TIME, "240131240000Z", 0 },
		{ DER_UTC_TIME, "240131006000Z", 0 },      { DER_UTC_TIME, "2401310000 1Z", 0 },
		{ DER_GENERALIZED_TIME, "20240229120000Z", 1 }, { DER_GENERALIZED_TIME, "20240229120000.5Z", 0 },
		{ DER_GENERALIZED_TIME, "240229120000Z", 0 }, { DER_IA5_STRING, "240229120000Z", 0 },
		{ DER_UTC_TIME, "", 0 },
	};
	int64_t when;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct der_element t = { .tag = rows[i].tag, .data = (const unsigned char *)rows[i].text,
			.size = strlen(rows[i].text) };

		ck_assert_msg(der_time(&t, &when) == rows[i].fine, "%s", rows[i].text);
		if (rows[i].fine)
			ck_assert_int_eq(when, 1709208000);
	}
}
END_TEST

START_TEST(refuses_what_is_not_der)
{
	static const struct {
		const char *octets;
		size_t n;
	} rows[] = {
		{ "", 0 },
		{ "\x30", 1 },
		{ "\x30\x01", 2 },                          /* truncated */
		{ "\x30\x80\x00\x00", 4 },                  /* indefinite */
		{ "\x04\x81\x01\x00", 4 },                  /* a length longer than it needs */
		{ "\x04\x82\x00\x80", 4 },
		{ "\x1f\x81\x01\x00", 4 },                  /* a high tag number */
		{ "\x04\x89\x01\x01\x01\x01\x01\x01\x01\x01\x01", 11 },
		{ "\x04\x88\xff\xff\xff\xff\xff\xff\xff\xff", 10 },
	};
	struct der_element element;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct der_reader r = { (const unsigned char *)rows[i].octets, rows[i].n };

		ck_assert_msg(!der_next(&r, &element), "row %zu", i);
		ck_assert_uint_eq(r.size, rows[i].n);
	}
}
END_TEST

START_TEST(a_sole_element_has_nothing_behind_it)
{
	struct der_element element;

	ck_assert(der_sole("\x05\x00", 2, DER_NULL, &element));
	ck_assert(!der_sole("\x05\x00\x00", 3, DER_NULL, &element));
	ck_assert(!der_sole("\x05\x00", 2, DER_SEQUENCE, &element));
}
END_TEST

START_TEST(the_first_failure_of_a_writer_stays)
{
	struct buffer b = BUFFER_INIT(8);
	struct error e = ERROR_INIT;
	struct der_writer w;

	der_begin(&w, &b, &e);
	der_open(&w, DER_SEQUENCE);
	der_put(&w, DER_OCTET_STRING, "0123456789", 10);
	der_put_small(&w, DER_INTEGER, 1);
	der_close_set(&w);
	expect_error(der_finish(&w), ERROR_TOO_LARGE);
	buffer_done(&b);

	buffer_init(&b, 100);
	der_begin(&w, &b, &e);
	der_open(&w, DER_SEQUENCE);
	expect_error(der_finish(&w), ERROR_INTERNAL);
	der_begin(&w, &b, &e);
	der_close(&w);
	expect_error(der_finish(&w), ERROR_INTERNAL);
	buffer_done(&b);
}
END_TEST

/* Each header that der_header() writes is one that the library reads back. */
START_TEST(headers_are_those_of_the_library)
{
	static const uint64_t sizes[] = { 0, 1, 127, 128, 255, 256, 65535, 65536, 16777215, 16777216, 4294967295U };

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		unsigned char header[DER_HEADER_MAX], *own = header, other[16], *to = other;
		size_t n = der_header(own, DER_OCTET_STRING, sizes[i]);

		if (sizes[i] > INT32_MAX)
			continue;
		ASN1_put_object(&to, 0, (int)sizes[i], V_ASN1_OCTET_STRING, V_ASN1_UNIVERSAL);
		ck_assert_uint_eq(n, (size_t)(to - other));
		ck_assert_mem_eq(own, other, n);
	}
}
END_TEST

Suite *suite_der(void);
Suite *
suite_der(void)
{
	Suite *s = suite_create("der");
	TCase *t = tcase_create("der");

	tcase_add_test(t, writes_numbers_as_short_as_they_can_be);
	tcase_add_test(t, moves_content_when_its_length_needs_more_octets);
	tcase_add_test(t, puts_a_set_in_order);
	tcase_add_test(t, cuts_zero_bits_off_a_named_bit_list);
	tcase_add_test(t, changes_the_form_of_time_with_the_year_2050);
	tcase_add_test(t, reads_time_in_one_form_only);
	tcase_add_test(t, refuses_what_is_not_der);
	tcase_add_test(t, a_sole_element_has_nothing_behind_it);
	tcase_add_test(t, the_first_failure_of_a_writer_stays);
	tcase_add_test(t, headers_are_those_of_the_library);
	suite_add_tcase(s, t);
	return s;
}
