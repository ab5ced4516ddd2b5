/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "gateway/ticket_private.h"
#include "tests/unit/support.h"

Suite *suite_ticket(void);

/* The text of a ticket: what is written is read, and nothing else is. */

static struct buffer
printed(const struct ticket *t)
{
	struct buffer out = BUFFER_INIT(4096);
	struct error e = ERROR_INIT;

	expect_ok(ticket_print(t, &out, &e));
	return out;
}

static struct ticket
usual(void)
{
	struct ticket t = { .expiry = 1700604800, .no_date = true, .outside = true, .holder = "alice" };

	for (size_t i = 0; i < sizeof(t.code); i++)
		t.code[i] = (unsigned char)(7 * i);
	return t;
}

#define CODE "00070e151c232a31383f464d545b626970777e858c939aa1a8afb6bdc4cbd2d9"
#define USUAL "v=1; x=1700604800; f=do; login=616c696365; h=" CODE

START_TEST(is_written_in_one_form)
{
	struct ticket t = usual();
	struct buffer text = printed(&t);

	ck_assert_str_eq(buffer_text(&text), USUAL);
	buffer_done(&text);
}
END_TEST

START_TEST(every_combination_of_flags_and_holders_is_read_as_it_was_written)
{
	struct ticket t = usual(), read = { 0 };
	struct buffer text;

	t.no_date = _i & 1;
	t.no_message_id = _i & 2;
	t.outside = _i & 4;
	t.is_host = _i & 8;
	text = printed(&t);
	ck_assert(ticket_parse(buffer_text(&text), text.size, &read));
	ck_assert_mem_eq(&read, &t, sizeof(t));
	buffer_done(&text);
}
END_TEST

START_TEST(a_holder_may_be_any_octets_up_to_its_limit)
{
	struct ticket t = usual(), read;
	struct buffer text;

	memset(t.holder, 0xff, TICKET_HOLDER_MAX);
	memcpy(t.holder, "; h=\n\"", 6);
	text = printed(&t);
	ck_assert(ticket_parse(buffer_text(&text), text.size, &read));
	ck_assert_str_eq(read.holder, t.holder);
	buffer_done(&text);
}
END_TEST

START_TEST(is_read_at_its_whole_length_only)
{
	struct ticket out = { .expiry = 5 };

	for (size_t n = 0; n < strlen(USUAL); n++) {
		char *exact = malloc(n + 1); /* nothing readable behind it, where a sanitizer looks */

		memcpy(exact, USUAL, n);
		ck_assert_msg(!ticket_parse(exact, n, &out), "%zu octets", n);
		free(exact);
	}
	ck_assert_int_eq(out.expiry, 5);
	ck_assert(!ticket_parse(USUAL "0", strlen(USUAL) + 1, &out));
	ck_assert(!ticket_parse(USUAL " ", strlen(USUAL) + 1, &out));
	ck_assert(ticket_parse(USUAL, strlen(USUAL), &out));
}
END_TEST

/* What is read is what would be written: there are no two texts of one ticket. */
START_TEST(no_changed_octet_is_read_as_the_same)
{
	char text[] = USUAL;

	for (size_t i = 0; i < strlen(USUAL); i++)
		for (int c = 0; c < 256; c++) {
			struct ticket t;
			struct buffer again;

			text[i] = (char)c;
			if (ticket_parse(text, strlen(USUAL), &t)) {
				again = printed(&t);
				ck_assert_mem_eq(again.data, text, strlen(USUAL));
				buffer_done(&again);
			}
			text[i] = USUAL[i];
		}
}
END_TEST

static const char *const wrong[] = {
	"",
	"v=2; x=1; f=-; login=61; h=" CODE,
	"V=1; x=1; f=-; login=61; h=" CODE,
	"v=1; x=; f=-; login=61; h=" CODE,
	"v=1; x=0; f=-; login=61; h=" CODE,
	"v=1; x=01; f=-; login=61; h=" CODE,
	"v=1; x=-1; f=-; login=61; h=" CODE,
	"v=1; x=+1; f=-; login=61; h=" CODE,
	"v=1; x=1234567890123; f=-; login=61; h=" CODE,
	"v=1; x=99999999999999999999999; f=-; login=61; h=" CODE,
	"v=1; x=1; f=; login=61; h=" CODE,
	"v=1; x=1; f=id; login=61; h=" CODE,
	"v=1; x=1; f=dd; login=61; h=" CODE,
	"v=1; x=1; f=d-; login=61; h=" CODE,
	"v=1; x=1; f=x; login=61; h=" CODE,
	"v=1; x=1; f=-; login=; h=" CODE,
	"v=1; x=1; f=-; login=6; h=" CODE,
	"v=1; x=1; f=-; login=6A; h=" CODE,
	"v=1; x=1; f=-; login=6g; h=" CODE,
	"v=1; x=1; f=-; login=610062; h=" CODE,
	"v=1; x=1; f=-; Login=61; h=" CODE,
	"v=1; x=1; f=-; host=61; login=61; h=" CODE,
	"v=1; x=1; f=-; login=61; login=62; h=" CODE,
	"v=1;x=1; f=-; login=61; h=" CODE,
	"v=1; x=1; f=-; h=" CODE,
	"v=1; x=1; f=-; login=61; h=",
	"v=1; x=1; f=-; login=61; h=" CODE CODE,
	"v=1; x=1; f=-; login=61; h=00070E151c232a31383f464d545b626970777e858c939aa1a8afb6bdc4cbd2d9",
	"v=1; x=1; f=-; login=61; h=" CODE "; z=1",
};

START_TEST(nothing_else_is_a_ticket)
{
	struct ticket t;

	ck_assert_msg(!ticket_parse(wrong[_i], strlen(wrong[_i]), &t), "%s", wrong[_i]);
}
END_TEST

START_TEST(a_holder_past_its_limit_is_none)
{
	struct buffer text = BUFFER_INIT(4096);
	struct ticket t;
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_text(&text, "v=1; x=1; f=-; login=", &e));
	for (size_t i = 0; i <= TICKET_HOLDER_MAX; i++)
		expect_ok(buffer_append_text(&text, "61", &e));
	expect_ok(buffer_append_text(&text, "; h=" CODE, &e));
	ck_assert(!ticket_parse(buffer_text(&text), text.size, &t));
	buffer_done(&text);
}
END_TEST

Suite *
suite_ticket(void)
{
	Suite *s = suite_create("ticket");
	TCase *t = tcase_create("ticket");

	tcase_add_test(t, is_written_in_one_form);
	tcase_add_loop_test(t, every_combination_of_flags_and_holders_is_read_as_it_was_written, 0, 16);
	tcase_add_test(t, a_holder_may_be_any_octets_up_to_its_limit);
	tcase_add_test(t, is_read_at_its_whole_length_only);
	tcase_add_test(t, no_changed_octet_is_read_as_the_same);
	tcase_add_loop_test(t, nothing_else_is_a_ticket, 0, (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(t, a_holder_past_its_limit_is_none);
	suite_add_tcase(s, t);
	return s;
}
