/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "crypto/ber_private.h"
#include "tests/unit/support.h"

Suite *suite_ber(void);

#define MAX 100000

/* One reading: enter the SEQUENCE, join its OCTET STRING, leave, and nothing may follow. */
static int
read_string(const void *data, size_t n, size_t step, struct buffer *out, struct error *e)
{
	struct slow_source slow;
	struct source source = slow_source(&slow, data, n, step);
	struct sink sink = buffer_sink(out);
	struct ber b;
	unsigned tag;

	ber_init(&b, &source, MAX, MAX);
	if (ber_enter(&b, DER_SEQUENCE, e) != 0 || ber_string(&b, DER_OCTET_STRING, &sink, true, e) != 0 ||
	    ber_leave(&b, e) != 0 || ber_peek(&b, &tag, e) != 0)
		return -1;
	return tag == BER_END ? 0 : ber_wrong(&b, "more", e);
}

#define SAMPLE(text) { text, sizeof text - 1 }
struct sample {
	const char *octets;
	size_t size;
};

/* The same value in the forms that X.690 8 gives it. */
static const struct sample same[] = {
	SAMPLE("\x30\x06\x04\x04" "abcd"),
	SAMPLE("\x30\x81\x06\x04\x04" "abcd"),
	SAMPLE("\x30\x84\x00\x00\x00\x0b\x04\x85\x00\x00\x00\x00\x04" "abcd"),
	SAMPLE("\x30\x80\x04\x04" "abcd" "\x00\x00"),
	SAMPLE("\x30\x80\x24\x80\x04\x01" "a" "\x04\x00\x04\x03" "bcd" "\x00\x00\x00\x00"),
	SAMPLE("\x30\x08\x24\x06\x04\x04" "abcd"),
	SAMPLE("\x30\x80\x24\x0a\x04\x02" "ab" "\x24\x04\x04\x02" "cd" "\x00\x00"),
	SAMPLE("\x30\x80\x24\x80\x24\x80\x04\x02" "ab" "\x00\x00\x24\x04\x04\x02" "cd" "\x00\x00\x00\x00"),
};

START_TEST(all_forms_of_a_string_read_the_same_byte_by_byte_too)
{
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
		for (size_t step = 1; step < 40; step++) {
			struct buffer out = BUFFER_INIT(100);

			expect_ok(read_string(same[i].octets, same[i].size, step, &out, &e));
			ck_assert_str_eq(buffer_text(&out), "abcd");
			buffer_done(&out);
		}
}
END_TEST

START_TEST(an_object_cut_anywhere_or_with_more_behind_is_refused)
{
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
		struct buffer out = BUFFER_INIT(100);
		char longer[100];

		for (size_t n = 0; n < same[i].size; n++) {
			expect_error(read_string(same[i].octets, n, 3, &out, &e), ERROR_CMS_SYNTAX);
			buffer_clear(&out);
		}
		memcpy(longer, same[i].octets, same[i].size);
		longer[same[i].size] = '\0';
		expect_error(read_string(longer, same[i].size + 1, 3, &out, &e), ERROR_CMS_SYNTAX);
		buffer_done(&out);
	}
}
END_TEST

static const struct sample bad[] = {
	SAMPLE("\x30\x05\x04\x04" "abcd"),                       /* longer than what holds it */
	SAMPLE("\x30\x07\x04\x04" "abcd"),                       /* shorter than announced */
	SAMPLE("\x30\x08\x04\x04" "abcd" "\x05\x00"),            /* an element too many */
	SAMPLE("\x30\x80\x04\x80" "abcd" "\x00\x00\x00\x00"),    /* indefinite, primitive */
	SAMPLE("\x30\x80\x04\x04" "abcd" "\x00\x01\x00"),        /* an end mark with a length */
	SAMPLE("\x30\x80\x04\x04" "abcd" "\x00\x81\x00\x00\x00"),
	SAMPLE("\x30\x08\x04\x04" "abcd" "\x00\x00"),            /* an end mark that ends nothing */
	SAMPLE("\x30\x80\x24\x80\x0c\x04" "abcd" "\x00\x00\x00\x00"), /* a segment of another type */
	SAMPLE("\x30\x80\x24\x80\x04\x04" "abcd" "\x00\x00"),    /* one end mark missing */
	SAMPLE("\x30\xff\x04\x04" "abcd"),                       /* reserved length */
	SAMPLE("\x30\x89\x00\x00\x00\x00\x00\x00\x00\x00\x06\x04\x04" "abcd"), /* a length of nine octets */
	SAMPLE("\x30\x06\x04\x84\xff\xff\xff\xff" "abcd"),
	SAMPLE("\x30\x80\x04\x88\xff\xff\xff\xff\xff\xff\xff\xff" "abcd"),
	SAMPLE("\x31\x06\x04\x04" "abcd"),
	SAMPLE("\x10\x06\x04\x04" "abcd"),                       /* a primitive SEQUENCE */
	SAMPLE("\x30\x0c\x24\x80\x04\x04" "abcd" "\x00\x01\x00\x00"),
	SAMPLE("\x30\x09\x24\x80\x04\x04" "abcd" "\x00"),        /* the end mark overlaps */
};

START_TEST(malformed_elements_are_refused)
{
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct buffer out = BUFFER_INIT(100);

		expect_error(read_string(bad[i].octets, bad[i].size, 5, &out, &e), ERROR_CMS_SYNTAX);
		buffer_done(&out);
	}
}
END_TEST

/* Octet strings in octet strings, `depth` of them. */
static int
read_nested(size_t depth, struct error *e)
{
	struct buffer data = BUFFER_INIT(MAX), out = BUFFER_INIT(MAX);
	int rc;

	ck_assert_int_eq(buffer_append(&data, "\x30\x80", 2, e), 0);
	for (size_t i = 0; i < depth; i++)
		ck_assert_int_eq(buffer_append(&data, "\x24\x80", 2, e), 0);
	for (size_t i = 0; i < depth + 1; i++)
		ck_assert_int_eq(buffer_append(&data, "\x00\x00", 2, e), 0);
	rc = read_string(data.data, data.size, 100, &out, e);
	buffer_done(&data);
	buffer_done(&out);
	return rc;
}

START_TEST(depth_is_bounded)
{
	struct error e = ERROR_INIT;

	expect_ok(read_nested(LIMIT_DER_DEPTH - 1, &e));
	expect_error(read_nested(LIMIT_DER_DEPTH, &e), ERROR_TOO_DEEP);
	expect_error(read_nested(10000, &e), ERROR_TOO_DEEP);
}
END_TEST

START_TEST(content_and_structure_have_ceilings_of_their_own)
{
	struct error e = ERROR_INIT;
	struct memory_source m;
	struct source source = memory_source(&m, same[4].octets, same[4].size);
	struct sink sink = sink_null();
	struct ber b;

	ber_init(&b, &source, MAX, 3);
	expect_ok(ber_enter(&b, DER_SEQUENCE, &e));
	expect_error(ber_string(&b, DER_OCTET_STRING, &sink, true, &e), ERROR_TOO_LARGE);
	source = memory_source(&m, same[4].octets, same[4].size);
	ber_init(&b, &source, 9, MAX);
	expect_ok(ber_enter(&b, DER_SEQUENCE, &e));
	expect_error(ber_string(&b, DER_OCTET_STRING, &sink, true, &e), ERROR_TOO_LARGE);
}
END_TEST

START_TEST(an_element_is_passed_on_as_it_came)
{
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
		struct slow_source slow;
		struct source source = slow_source(&slow, same[i].octets, same[i].size, 3);
		struct buffer out = BUFFER_INIT(100);
		struct sink sink = buffer_sink(&out);
		struct ber b;

		ber_init(&b, &source, MAX, MAX);
		expect_ok(ber_element(&b, &sink, &e));
		ck_assert_uint_eq(out.size, same[i].size);
		ck_assert_mem_eq(out.data, same[i].octets, out.size);
		buffer_done(&out);
	}
}
END_TEST

START_TEST(normalised_forms_are_one_form)
{
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
		struct buffer out = BUFFER_INIT(100);

		expect_ok(ber_normalise(same[i].octets, same[i].size, &out, &e));
		ck_assert_uint_eq(out.size, same[0].size);
		ck_assert_mem_eq(out.data, same[0].octets, out.size);
		buffer_done(&out);
	}
}
END_TEST

START_TEST(normalising_refuses_what_is_cut_or_too_deep)
{
	struct buffer out = BUFFER_INIT(MAX);
	struct error e = ERROR_INIT;
	char deep[2 * LIMIT_DER_DEPTH + 2];

	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
		for (size_t n = 1; n < same[i].size; n++)
			expect_error(ber_normalise(same[i].octets, n, &out, &e), ERROR_CMS_SYNTAX);
	for (size_t i = 0; i < sizeof deep; i++)
		deep[i] = i % 2 == 0 ? 0x30 : (char)0x80;
	expect_error(ber_normalise(deep, sizeof deep, &out, &e), ERROR_TOO_DEEP);
	expect_error(ber_normalise("\x1f\x81\x01\x00", 4, &out, &e), ERROR_CMS_SYNTAX);
	buffer_done(&out);
}
END_TEST

Suite *
suite_ber(void)
{
	Suite *s = suite_create("ber");
	TCase *t = tcase_create("ber");

	tcase_add_test(t, all_forms_of_a_string_read_the_same_byte_by_byte_too);
	tcase_add_test(t, an_object_cut_anywhere_or_with_more_behind_is_refused);
	tcase_add_test(t, malformed_elements_are_refused);
	tcase_add_test(t, depth_is_bounded);
	tcase_add_test(t, content_and_structure_have_ceilings_of_their_own);
	tcase_add_test(t, an_element_is_passed_on_as_it_came);
	tcase_add_test(t, normalised_forms_are_one_form);
	tcase_add_test(t, normalising_refuses_what_is_cut_or_too_deep);
	suite_add_tcase(s, t);
	return s;
}
