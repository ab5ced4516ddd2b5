/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "tests/unit/gateway/letters.h"
#include "tests/unit/gateway/mta.h"

Suite *suite_record(void);

/* What is decided is on the record before it is said; explaining and observing change nothing. */

static struct world *w;
static struct forged alice, bob, sender;

static void
set_up(void)
{
	w = world_open("a.example", "defaults { encrypt = \"required\" }\n");
	alice = certified("alice@a.example", NULL);
	bob = certified("bob@b.example", NULL);
	sender = certified("sender@elsewhere.example", NULL);
	world_identity(w, &alice);
	world_login(w, "alice", "alice@a.example");
	world_partner(w, NULL, &bob);
}

static void
tear_down(void)
{
	world_close(w);
	forged_done(&alice);
	forged_done(&bob);
	forged_done(&sender);
}

#define OUT "From: alice@a.example\r\nTo: bob@b.example\r\nMessage-ID: <1@a.example>\r\n\r\nhello\r\n"
#define IN "From: sender@elsewhere.example\r\nTo: alice@a.example\r\n"
#define PLAIN "Content-Type: text/plain\r\n\r\nhello\r\nworld\r\n"

static const struct mail outgoing = { .from = "<alice@a.example>", .to = { "<bob@b.example>" }, .text = OUT,
	.login = "alice", .client = "192.0.2.7", .role = CHOICE_ROLE_SUBMISSION };

static void
expect_member(const struct json *line, const char *name, const char *want)
{
	const char *text = json_look_text(line, name);

	ck_assert_msg(text != NULL && strcmp(text, want) == 0, "%s: %s", name, text);
}

static struct json *
last_message(void)
{
	struct json *line = world_last(w, "message");

	ck_assert_ptr_nonnull(line);
	return line;
}

START_TEST(tells_what_left_and_why)
{
	struct delivery d = mta_send(w, &outgoing, MTA_POSTFIX);
	struct json *line = last_message();
	const struct json *recipient = json_at(json_look(line, "recipients"), 0), *signature = json_look(line, "signature");

	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	expect_member(line, "instance", "test");
	expect_member(line, "role", "submission");
	expect_member(line, "queue-id", "4QUEUEID");
	expect_member(line, "message-id", "<1@a.example>");
	expect_member(line, "direction", "outgoing");
	expect_member(line, "client", "192.0.2.7");
	expect_member(line, "login", "alice");
	expect_member(line, "mail-from", "alice@a.example");
	expect_member(line, "from", "alice@a.example");
	expect_member(line, "verdict", "continue");
	expect_member(recipient, "address", "bob@b.example");
	expect_member(recipient, "action", "encrypt");
	expect_member(recipient, "reason", "encrypt-setting");
	expect_member(recipient, "setting", "required");
	expect_member(recipient, "origin", "test.conf:5, defaults");
	expect_member(recipient, "certificate", certificate_fingerprint(bob.c));
	expect_member(signature, "reason", "sign-setting");
	expect_member(signature, "certificate", certificate_fingerprint(alice.c));
	ck_assert_uint_eq(json_count(json_look(line, "actions")), 2);
	ck_assert_str_eq(d.log_line, "outgoing: signed, encrypted (sign-setting)");
	json_release(line);
	delivery_done(&d);
}
END_TEST

START_TEST(tells_what_came_and_which_key_opened_it)
{
	const struct forged *to[] = { &alice };
	struct buffer inner = letter_signed(&sender, PLAIN, false);
	struct buffer text = letter(IN, letter_encrypted(to, 1, PROFILE_MODERN, buffer_text(&inner)));
	struct delivery d = mta_receive(w, "<alice@a.example>", buffer_text(&text));
	struct json *line = last_message();
	const struct json *layers = json_look(line, "layers"), *judged = json_at(json_look(line, "signature"), 0);
	bool opened = false;

	expect_member(line, "direction", "incoming");
	ck_assert_uint_eq(json_count(layers), 2);
	expect_member(json_at(layers, 0), "type", "auth-enveloped-data");
	expect_member(json_at(layers, 0), "cipher", "aes-256-gcm");
	ck_assert_int_eq(json_look_bool(json_at(layers, 0), "opened", &opened), 0);
	ck_assert(opened);
	ck_assert_uint_eq(strlen(json_look_text(json_at(layers, 0), "key")), 32);
	expect_member(json_at(layers, 1), "type", "clear-signed");
	expect_member(json_at(layers, 1), "signer", certificate_fingerprint(sender.c));
	expect_member(judged, "result", "pass");
	expect_member(judged, "section", "1/2");
	ck_assert_str_eq(d.log_line, "incoming: opened, smime=pass (incoming)");
	json_release(line);
	delivery_done(&d);
	buffer_done(&inner);
	buffer_done(&text);
}
END_TEST

START_TEST(knows_alone_why_a_message_stayed_closed)
{
	const struct forged *to[] = { &alice };

	for (int wrong = 0; wrong < LETTER_WRONG_COUNT; wrong++) {
		struct buffer text = letter(IN, letter_broken(to, (enum letter_wrong)wrong, &sender));
		struct delivery d;
		struct json *line;

		if (wrong == LETTER_BAD_KEY_BLOCK || wrong == LETTER_BAD_OAEP_BLOCK) {
			buffer_done(&text); /* keys of these tests are elliptic */
			continue;
		}
		d = mta_receive(w, "<alice@a.example>", buffer_text(&text));
		line = last_message();
		expect_member(line, "reason", "unreadable");
		expect_member(line, "verdict", "continue");
		expect_member(line, "reply", "250 2.0.0 ok");
		json_release(line);
		delivery_done(&d);
		buffer_done(&text);
	}
}
END_TEST

START_TEST(tells_of_refusals_and_retries)
{
	struct mail mail = outgoing;
	struct delivery d;
	struct json *line;

	mail.to[0] = "<zed@z.example>";
	d = mta_send(w, &mail, MTA_POSTFIX);
	line = last_message();
	expect_member(line, "verdict", "refuse");
	expect_member(line, "reason", "missing-refused");
	expect_member(line, "reply", "550 5.7.5 no usable certificate is known for a recipient");
	ck_assert_ptr_nonnull(strstr(d.answer.text, "zed@z.example"));
	ck_assert_uint_eq(json_count(json_look(line, "actions")), 0);
	json_release(line);
	delivery_done(&d);
	mail = outgoing;
	mail.fail_at = 1;
	d = mta_send(w, &mail, MTA_POSTFIX);
	line = last_message();
	expect_member(line, "verdict", "retry-later");
	ck_assert_uint_eq(json_count(json_look(line, "actions")), 0);
	json_release(line);
	delivery_done(&d);
}
END_TEST

START_TEST(says_nothing_that_is_not_on_the_record)
{
	struct mail refused = outgoing;
	struct delivery d;

	refused.to[0] = "<zed@z.example>";
	world_disk_is_full(true);
	d = mta_send(w, &outgoing, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_RETRY_LATER);
	ck_assert_str_eq(d.answer.code, "451");
	ck_assert_ptr_null(strstr(d.answer.text, "/"));
	delivery_done(&d);
	d = mta_send(w, &refused, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_RETRY_LATER);
	delivery_done(&d);
	refused.to[0] = "<a@b@c>";
	d = mta_send(w, &refused, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_RETRY_LATER);
	delivery_done(&d);
	world_disk_is_full(false);
	d = mta_send(w, &outgoing, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	delivery_done(&d);
}
END_TEST

/* ---- observe, explain, process ---- */

START_TEST(observes_without_changing_or_refusing)
{
	struct mail mail = outgoing;
	struct delivery d;
	struct json *line;
	bool observed = false;

	mail.observe = true;
	d = mta_send(w, &mail, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_uint_eq(d.edits.size, 0);
	line = last_message();
	ck_assert_int_eq(json_look_bool(line, "observe", &observed), 0);
	ck_assert(observed);
	ck_assert_uint_eq(json_count(json_look(line, "actions")), 2); /* what would have been done */
	json_release(line);
	delivery_done(&d);
	mail.to[0] = "<zed@z.example>";
	d = mta_send(w, &mail, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_uint_eq(d.edits.size, 0);
	line = last_message();
	expect_member(line, "verdict", "refuse");
	json_release(line);
	delivery_done(&d);
	mail.to[0] = "<a@b@c>";
	d = mta_send(w, &mail, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	delivery_done(&d);
}
END_TEST

START_TEST(observes_incoming_mail_without_changing_it)
{
	const struct forged *to[] = { &alice };
	struct buffer text = letter(IN, letter_encrypted(to, 1, PROFILE_MODERN, PLAIN));
	struct mail mail = { .from = "<sender@elsewhere.example>", .to = { "<alice@a.example>" }, .text = buffer_text(&text),
		.client = "192.0.2.1", .role = CHOICE_ROLE_INBOUND, .observe = true };
	struct delivery d = mta_send(w, &mail, MTA_POSTFIX);

	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(explains_without_a_key_an_edit_or_a_line_of_the_record)
{
	const struct forged *to[] = { &alice };
	struct buffer text = letter(IN, letter_encrypted(to, 1, PROFILE_MODERN, PLAIN));
	struct mail in = { .from = "<sender@elsewhere.example>", .to = { "<alice@a.example>" }, .text = buffer_text(&text),
		.client = "192.0.2.1", .role = CHOICE_ROLE_INBOUND, .mode = GATEWAY_EXPLAIN };
	struct mail out = outgoing;
	size_t lines = world_lines(w);
	struct delivery d;

	out.mode = GATEWAY_EXPLAIN;
	d = mta_send(w, &out, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_uint_eq(d.edits.size, 0);
	ck_assert_uint_eq(json_count(json_look(d.report, "actions")), 2);
	delivery_done(&d);
	out.to[0] = "<zed@z.example>";
	d = mta_send(w, &out, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	expect_member(d.report, "why", "encryption is required and no usable certificate is known");
	expect_member(d.report, "origin", "factory default");
	delivery_done(&d);
	d = mta_send(w, &in, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_uint_eq(d.edits.size, 0);
	expect_member(d.report, "reason", "explained-only");
	delivery_done(&d);
	ck_assert_uint_eq(world_lines(w), lines);
	buffer_done(&text);
}
END_TEST

START_TEST(puts_a_command_on_the_record_as_such)
{
	struct mail mail = outgoing;
	struct delivery d;
	struct json *line;

	mail.mode = GATEWAY_PROCESS;
	d = mta_send(w, &mail, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	ck_assert_ptr_nonnull(strstr(buffer_text(&d.text), "enveloped-data"));
	line = world_last(w, "process");
	ck_assert_ptr_nonnull(line);
	expect_member(line, "actor", "tester");
	expect_member(line, "verdict", "continue");
	json_release(line);
	ck_assert_ptr_null(world_last(w, "message"));
	delivery_done(&d);
}
END_TEST

START_TEST(lets_no_octet_of_a_message_break_a_line_of_the_record)
{
	struct mail mail = { .from = "<\"a\nb\"@x>", .to = { "<alice@a.example>" },
		.text = "From: a@\r\n b\r\nMessage-ID: \"\\\x01\x7f\xff\r\n x\r\nSubject: s\r\n\r\nx\r\n", .client = "192.0.2.1",
		.role = CHOICE_ROLE_INBOUND };
	struct delivery d = mta_send(w, &mail, MTA_POSTFIX);
	struct json *line = last_message(); /* world_close() verifies all of the record */

	ck_assert_int_eq(d.verdict, VERDICT_CONTINUE);
	json_release(line);
	delivery_done(&d);
}
END_TEST

Suite *
suite_record(void)
{
	Suite *s = suite_create("record");
	TCase *t = tcase_create("record");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, tells_what_left_and_why);
	tcase_add_test(t, tells_what_came_and_which_key_opened_it);
	tcase_add_test(t, knows_alone_why_a_message_stayed_closed);
	tcase_add_test(t, tells_of_refusals_and_retries);
	tcase_add_test(t, says_nothing_that_is_not_on_the_record);
	tcase_add_test(t, observes_without_changing_or_refusing);
	tcase_add_test(t, observes_incoming_mail_without_changing_it);
	tcase_add_test(t, explains_without_a_key_an_edit_or_a_line_of_the_record);
	tcase_add_test(t, puts_a_command_on_the_record_as_such);
	tcase_add_test(t, lets_no_octet_of_a_message_break_a_line_of_the_record);
	suite_add_tcase(s, t);
	return s;
}
