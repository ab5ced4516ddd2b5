/* SPDX-License-Identifier: BSD-2-Clause */

/* What is passed on, only where it is offered; and that nothing can be smuggled into a command. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "tests/unit/net/peer.h"
#include "tests/unit/support.h"

Suite *suite_smtp_command(void);

#define TEXT "Subject: x\r\n\r\nhello\r\n"

static const struct {
	const char *offer;      /* keywords behind the first line of the answer to EHLO */
	const char *parameters; /* of MAIL */
	bool eight_bit, utf8;
	uint64_t size;
	const char *mail; /* behind the path */
} rows[] = {
	{ "DSN", "", false, false, 0, "" },
	{ "DSN", "RET=HDRS ENVID=abc+2B", false, false, 0, " RET=HDRS ENVID=abc+2B" },
	{ "dsn", "  envid=x   ret=full ", false, false, 0, " ret=full envid=x" },
	{ "HELP", "RET=HDRS ENVID=abc MT-PRIORITY=3 BODY=8BITMIME SMTPUTF8", false, false, 5, "" },
	{ "DSNX", "RET=HDRS", false, false, 0, "" },
	{ "DSN more words", "RET=HDRS", false, false, 0, " RET=HDRS" },
	{ "MT-PRIORITY 2STANAG4406", "RET=HDRS MT-PRIORITY=-3", false, false, 0, " MT-PRIORITY=-3" },
	/* our size, not the front's */
	{ "SIZE", "SIZE=17", false, false, 42, " SIZE=42" },
	{ "SIZE 0", "", false, false, 18446744073709551615U, " SIZE=18446744073709551615" },
	{ "SIZE 42", "", false, false, 42, " SIZE=42" },
	{ "SIZE 18446744073709551626", "", false, false, 42, " SIZE=42" },
	{ "SIZE 4x", "", false, false, 42, " SIZE=42" },
	{ "SIZE", "", false, false, 0, "" },
	{ "8BITMIME", "", false, false, 0, "" },
	{ "8BITMIME", "", true, false, 0, " BODY=8BITMIME" },
	{ "8BITMIME", "BODY=7BIT", true, false, 0, " BODY=8BITMIME" },
	{ "8BITMIME", "body=7bit", false, false, 0, " BODY=7BIT" },
	{ "8BITMIME", "BODY=8BITMIME", false, false, 0, " BODY=8BITMIME" },
	/* DATA cannot carry a binary body, and ours has line ends */
	{ "8BITMIME", "BODY=BINARYMIME", false, false, 0, " BODY=8BITMIME" },
	{ "SMTPUTF8", "", false, true, 0, " SMTPUTF8" },
	{ "SMTPUTF8", "SMTPUTF8", false, false, 0, " SMTPUTF8" },
	{ "SMTPUTF8", "", false, false, 0, "" },
	{ "SMTPUTF8", "ENVID=\xc3\xa9", false, false, 0, " SMTPUTF8" },
	/* what a later hop does not know, or what is ours to say */
	{ "DSN", "AUTH=<> BY=120;R HOLDFOR=3 NOTIFY=NEVER ORCPT=rfc822;x X=Y", false, false, 0, "" },
	{ "DSN", "RETX=HDRS XRET=HDRS =RET RET", false, false, 0, " RET" },
};

static void
offer(struct peer *p, char reply[200], const char *keywords)
{
	(void)snprintf(reply, 200, "250-peer.example\r\n250 %s\r\n", keywords);
	p->replies[PEER_EHLO] = reply;
}

START_TEST(passes_to_mail_what_is_offered)
{
	char reply[200], want[300];
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	offer(&p, reply, rows[_i].offer);
	m.mail.parameters = rows[_i].parameters;
	m.mail.eight_bit = rows[_i].eight_bit;
	m.mail.utf8 = rows[_i].utf8;
	m.mail.size = rows[_i].size;
	expect_ok(send_to_peer(&p, &m, &e));
	ck_assert_int_eq((int)m.to[0].fate, SMTP_SENT);
	(void)snprintf(want, sizeof want, "\nMAIL FROM:<a@one.example>%s\n", rows[_i].mail);
	ck_assert_msg(strstr(buffer_text(&p.commands), want) != NULL, "%s is not in %s", want, buffer_text(&p.commands));
	peer_done(&p);
}
END_TEST

START_TEST(passes_to_each_rcpt_its_own_where_dsn_is_offered)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 3);
	m.to[0].parameters = "NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob+2Bx@two.example";
	m.to[2].parameters = "ORCPT=rfc822;c RET=HDRS X=1";
	if (_i == 1)
		p.replies[PEER_EHLO] = "250 peer.example\r\n";
	expect_ok(send_to_peer(&p, &m, &e));
	ck_assert_ptr_nonnull(strstr(buffer_text(&p.commands), _i == 1 ?
	    "RCPT TO:<r0@two.example>\nRCPT TO:<r1@two.example>\nRCPT TO:<r2@two.example>\n" :
	    "RCPT TO:<r0@two.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob+2Bx@two.example\n"
	    "RCPT TO:<r1@two.example>\nRCPT TO:<r2@two.example> ORCPT=rfc822;c\n"));
	peer_done(&p);
}
END_TEST

/* What the server cannot do: nothing of the envelope is said, and QUIT is. */
static const struct {
	const char *offer, *sender, *path, *parameters;
	bool eight_bit, utf8, needs_dsn;
	uint64_t size;
	enum smtp_fate fate;
	const char *status;
} lacking[] = {
	{ "DSN", "", "b", "", true, false, false, 0, SMTP_RETRY, "451 4.6.3 " },
	{ "SMTPUTF8", "", "b", "", true, false, false, 0, SMTP_RETRY, "451 4.6.3 " },
	{ "8BITMIME", "", "b", "", false, true, false, 0, SMTP_RETRY, "451 4.6.7 " },
	{ "8BITMIME", "", "b", "", true, true, false, 0, SMTP_RETRY, "451 4.6.7 " },
	{ "8BITMIME", "\xc3\xa9@one.example", "b", "", false, false, false, 0, SMTP_RETRY, "451 4.6.7 " },
	{ "8BITMIME", "", "<b@\xc3\xa9.example>", "", false, false, false, 0, SMTP_RETRY, "451 4.6.7 " },
	{ "DSN", "", "b", "ORCPT=utf-8;\xc3\xa9", false, false, false, 0, SMTP_RETRY, "451 4.6.7 " },
	{ "SIZE 100", "", "b", "", false, false, false, 101, SMTP_REFUSED, "552 5.3.4 " },
	{ "8BITMIME", "", "b", "", false, false, true, 0, SMTP_RETRY, "451 4.7.1 " },
	{ "", "", "b", "", false, false, true, 0, SMTP_RETRY, "451 4.7.1 " },
	{ "DSN", "", "b", "", true, false, true, 0, SMTP_RETRY, "451 4.6.3 " },
};

START_TEST(tells_what_the_server_cannot_do)
{
	char reply[200];
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	offer(&p, reply, lacking[_i].offer);
	m.mail.sender = lacking[_i].sender;
	m.to[0].path = lacking[_i].path;
	m.to[0].parameters = lacking[_i].parameters;
	m.mail.eight_bit = lacking[_i].eight_bit;
	m.mail.utf8 = lacking[_i].utf8;
	m.mail.needs_dsn = lacking[_i].needs_dsn;
	m.mail.size = lacking[_i].size;
	expect_ok(send_to_peer(&p, &m, &e));
	ck_assert_int_eq((int)m.to[0].fate, (int)lacking[_i].fate);
	ck_assert_msg(strncmp(m.to[0].reply, lacking[_i].status, 10) == 0, "%s", m.to[0].reply);
	ck_assert_str_eq(buffer_text(&p.commands), "EHLO gate.example\nQUIT\n");
	peer_done(&p);
}
END_TEST

static const char *const good_paths[][2] = {
	{ "", "<>" }, { "<>", "<>" }, { "a@b", "<a@b>" }, { "<a@b>", "<a@b>" }, { "root", "<root>" },
	{ "<\"a b\"@c>", "<\"a b\"@c>" }, { "<\"a> <x\\\"y\\\\\"@c>", "<\"a> <x\\\"y\\\\\"@c>" },
	{ "<@relay.example:a@b>", "<@relay.example:a@b>" }, { "<a=b+c%d!e@[192.0.2.1]>", "<a=b+c%d!e@[192.0.2.1]>" },
	{ "<\xc3\xa9@\xc3\xa9.example>", "<\xc3\xa9@\xc3\xa9.example>" },
};

START_TEST(writes_a_path_as_it_came)
{
	char want[200];
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	m.mail.sender = good_paths[_i][0];
	if (_i >= 2)
		m.to[0].path = good_paths[_i][0];
	expect_ok(send_to_peer(&p, &m, &e));
	ck_assert_int_eq((int)m.to[0].fate, SMTP_SENT);
	(void)snprintf(want, sizeof want, "MAIL FROM:%s", good_paths[_i][1]);
	ck_assert_ptr_nonnull(strstr(buffer_text(&p.commands), want));
	(void)snprintf(want, sizeof want, "RCPT TO:%s\n", _i < 2 ? "<r0@two.example>" : good_paths[_i][1]);
	ck_assert_ptr_nonnull(strstr(buffer_text(&p.commands), want));
	peer_done(&p);
}
END_TEST

static const char *const bad_paths[] = {
	"<a@b>\r\nRCPT TO:<c@d>", "a@b\r\nDATA", "a@b\r", "a@b\n", "\ra@b", "<a\r@b>", "<a\n@b>", "a@b NOTIFY=NEVER",
	"<a@b> NOTIFY=NEVER", "<a@b> ", " <a@b>", "a b@c", "<a@b>c", "<<a@b>>", "<a@b>>", "a@b>", "<a@b", "<a><b>", "a\tb@c",
	"a\x01@b", "a\x7f@b", "\"a b@c", "\"a\\\"", "\"a\"b@c", "a\"b\"@c", "\"a\" b@c", "\"a\"@c d", "\"a\r\n\"@c",
	"\"a\x01\"@c", "\xff@b", "a@\xc3", "<a@b>\x1b[2J",
};

START_TEST(refuses_a_path_that_would_be_more_than_a_path)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 2);
	m.to[1].path = bad_paths[_i];
	expect_error(send_to_peer(&p, &m, &e), ERROR_ADDRESS_SYNTAX);
	mail_fixture_init(&m, TEXT, 2);
	m.mail.sender = bad_paths[_i];
	expect_error(send_to_peer(&p, &m, &e), ERROR_ADDRESS_SYNTAX);
	ck_assert_int_eq((int)m.to[0].fate, SMTP_UNTRIED);
	ck_assert_uint_eq(p.opened, 0);
	peer_done(&p);
}
END_TEST

START_TEST(refuses_a_recipient_without_address_and_a_path_without_end)
{
	static char longest[ADDRESS_MAX + 2];
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	m.to[0].path = "<>";
	expect_error(send_to_peer(&p, &m, &e), ERROR_ADDRESS_SYNTAX);
	m.to[0].path = "";
	expect_error(send_to_peer(&p, &m, &e), ERROR_ADDRESS_SYNTAX);
	m.to[0].path = longest;
	memset(longest, 'a', ADDRESS_MAX + 1);
	expect_error(send_to_peer(&p, &m, &e), ERROR_ADDRESS_SYNTAX);
	ck_assert_uint_eq(p.opened, 0);
	longest[ADDRESS_MAX] = '\0';
	expect_ok(send_to_peer(&p, &m, &e));
	ck_assert_int_eq((int)m.to[0].fate, SMTP_SENT);
	peer_done(&p);
}
END_TEST

static const char *const bad_parameters[] = {
	"RET=HDRS\r\nDATA", "\r\n", "RET=HDRS\r", "RET=HDRS\n", "RET=\tHDRS", "RET=\x01", "RET=\x7f", "ENVID=\xff",
	"X=1\rRET=HDRS", "\nRET=HDRS",
};

START_TEST(refuses_a_parameter_that_would_be_more_than_a_parameter)
{
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 2);
	m.to[1].parameters = bad_parameters[_i];
	expect_error(send_to_peer(&p, &m, &e), ERROR_INTERNAL);
	mail_fixture_init(&m, TEXT, 2);
	m.mail.parameters = bad_parameters[_i];
	expect_error(send_to_peer(&p, &m, &e), ERROR_INTERNAL);
	mail_fixture_init(&m, TEXT, 2);
	m.mail.helo = bad_parameters[_i];
	expect_error(send_to_peer(&p, &m, &e), ERROR_INTERNAL);
	ck_assert_uint_eq(p.opened, 0);
	peer_done(&p);
}
END_TEST

START_TEST(refuses_a_name_of_ours_that_is_none_and_parameters_without_end)
{
	static char longest[4096 + 2];
	struct peer p;
	struct mail_fixture m;
	struct error e = ERROR_INIT;

	peer_init(&p);
	mail_fixture_init(&m, TEXT, 1);
	m.mail.helo = "";
	expect_error(send_to_peer(&p, &m, &e), ERROR_INTERNAL);
	m.mail.helo = "two words";
	expect_error(send_to_peer(&p, &m, &e), ERROR_INTERNAL);
	m.mail.helo = "gate.example";
	memset(longest, 'a', sizeof longest - 1);
	m.mail.parameters = longest;
	expect_error(send_to_peer(&p, &m, &e), ERROR_INTERNAL);
	ck_assert_uint_eq(p.opened, 0);
	peer_done(&p);
}
END_TEST

Suite *
suite_smtp_command(void)
{
	Suite *s = suite_create("smtp_command");
	TCase *t = tcase_create("smtp_command");

	tcase_add_loop_test(t, passes_to_mail_what_is_offered, 0, (int)(sizeof rows / sizeof rows[0]));
	tcase_add_loop_test(t, passes_to_each_rcpt_its_own_where_dsn_is_offered, 0, 2);
	tcase_add_loop_test(t, tells_what_the_server_cannot_do, 0, (int)(sizeof lacking / sizeof lacking[0]));
	tcase_add_loop_test(t, writes_a_path_as_it_came, 0, (int)(sizeof good_paths / sizeof good_paths[0]));
	tcase_add_loop_test(t, refuses_a_path_that_would_be_more_than_a_path, 0,
	    (int)(sizeof bad_paths / sizeof bad_paths[0]));
	tcase_add_test(t, refuses_a_recipient_without_address_and_a_path_without_end);
	tcase_add_loop_test(t, refuses_a_parameter_that_would_be_more_than_a_parameter, 0,
	    (int)(sizeof bad_parameters / sizeof bad_parameters[0]));
	tcase_add_test(t, refuses_a_name_of_ours_that_is_none_and_parameters_without_end);
	suite_add_tcase(s, t);
	return s;
}
