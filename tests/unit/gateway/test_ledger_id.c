/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "gateway/gateway_private.h"
#include "tests/unit/gateway/mta.h"
#include "tests/unit/mime/mime_support.h"

Suite *suite_ledger_id(void);

/* By what a second try of a message is known, and by what it is not. */

static struct world *w;

static void
set_up(void)
{
	w = world_open("a.example", NULL);
}

static void
tear_down(void)
{
	world_close(w);
}

#define QUEUE_ID "4QUEUEID"

struct try {
	const char *from;   /* NULL: alice */
	const char *header; /* whole fields, CRLF */
	const char *body;
	const char *to;     /* NULL: bob */
};

/* CRLF lines become fields; a fold stays with its field. */
static void
put_header(struct gateway_message *m, const char *text)
{
	struct spool *spool = spool_of(text, strlen(text));
	struct header_list *list = NULL;
	struct spool_span rest;
	struct error e = ERROR_INIT;

	expect_ok(header_list_read(spool_all(spool), &list, &rest, &e));
	for (size_t i = 0; i < header_list_count(list); i++) {
		const struct header_field *field = header_list_at(list, i);

		expect_ok(gateway_header(m, field->name, field->value, &e));
	}
	header_list_free(list);
	spool_free(spool);
}

static void
id_of(const struct try *try, size_t step, char out[SHA256_TEXT])
{
	const struct session_facts session = { .mode = GATEWAY_SERVE, .role = CHOICE_ROLE_SUBMISSION,
		.client_address = "192.0.2.7" };
	struct error e = ERROR_INIT;
	struct gateway_message *m = gateway_begin(w->gateway, settings_ref(w->settings), &session,
	    try->from != NULL ? try->from : "<alice@a.example>", NULL, &e);

	ck_assert_ptr_nonnull(m);
	ck_assert_int_eq(gateway_fact(m, "i", QUEUE_ID), 0);
	ck_assert_int_eq(gateway_recipient(m, try->to != NULL ? try->to : "<bob@b.example>", NULL, &e),
	    VERDICT_CONTINUE);
	put_header(m, try->header);
	for (size_t at = 0, size = strlen(try->body); at < size; at += step)
		expect_ok(gateway_body(m, try->body + at, size - at < step ? size - at : step, &e));
	expect_ok(ledger_id(m, out, &e));
	gateway_end(m);
}

#define HEADER "From: alice@a.example\r\nTo: bob@b.example\r\nSubject: one and two\r\nMessage-ID: <1@a.example>\r\n"
#define BODY "hello\r\nworld\r\n"

static const struct try first = { .header = HEADER, .body = BODY };

static const struct row {
	const char *what;
	struct try try;
	bool same;
} rows[] = {
	{ "the same again", { .header = HEADER, .body = BODY }, true },
	{ "another recipient", { .header = HEADER, .body = BODY, .to = "<carol@c.example>" }, true },
	{ "a Received in front",
	    { .header = "Received: from x by y;\r\n\tThu, 1 Jan 2026 00:00:00 +0000\r\n" HEADER, .body = BODY }, true },
	{ "a Return-Path", { .header = "Return-Path: <alice@a.example>\r\n" HEADER, .body = BODY }, true },
	{ "a Date", { .header = HEADER "Date: Thu, 1 Jan 2026 00:00:00 +0000\r\n", .body = BODY }, true },
	{ "results of filters",
	    { .header = "Authentication-Results: x; dkim=pass\r\nARC-Seal: i=1\r\nDKIM-Signature: v=1\r\nX-Spam: no\r\n"
	                "X-Spam-Status: No\r\nReceived-SPF: pass\r\nX-Virus-Scanned: yes\r\nx-postseal-notice: n\r\n" HEADER,
	        .body = BODY }, true },
	{ "another case of a name",
	    { .header = "FROM: alice@a.example\r\nto: bob@b.example\r\nSUBJECT: one and two\r\n"
	                "message-id: <1@a.example>\r\n", .body = BODY }, true },
	{ "another fold",
	    { .header = "From: alice@a.example\r\nTo:\r\n bob@b.example\r\nSubject: one\r\n and two\r\n"
	                "Message-ID: <1@a.example>\r\n", .body = BODY }, true },
	{ "another sender", { .from = "<eve@a.example>", .header = HEADER, .body = BODY }, false },
	{ "no sender", { .from = "<>", .header = HEADER, .body = BODY }, false },
	{ "another From",
	    { .header = "From: eve@a.example\r\nTo: bob@b.example\r\nSubject: one and two\r\n"
	                "Message-ID: <1@a.example>\r\n", .body = BODY }, false },
	{ "another Subject",
	    { .header = "From: alice@a.example\r\nTo: bob@b.example\r\nSubject: one and three\r\n"
	                "Message-ID: <1@a.example>\r\n", .body = BODY }, false },
	{ "another Message-ID",
	    { .header = "From: alice@a.example\r\nTo: bob@b.example\r\nSubject: one and two\r\n"
	                "Message-ID: <2@a.example>\r\n", .body = BODY }, false },
	{ "one field more", { .header = HEADER "X-Author: me\r\n", .body = BODY }, false },
	{ "fields in another order",
	    { .header = "To: bob@b.example\r\nFrom: alice@a.example\r\nSubject: one and two\r\n"
	                "Message-ID: <1@a.example>\r\n", .body = BODY }, false },
	{ "a name that only begins like a filter's", { .header = HEADER "X-Spamming: me\r\n", .body = BODY }, false },
	{ "another body", { .header = HEADER, .body = "hello\r\nworld!\r\n" }, false },
	{ "a body that lacks its end", { .header = HEADER, .body = "hello\r\n" }, false },
	{ "no body", { .header = HEADER, .body = "" }, false },
	{ "text that moved from one field to the next",
	    { .header = "From: alice@a.example\r\nTo: bob@b.exampleSubject: one and two\r\nMessage-ID: <1@a.example>\r\n",
	        .body = BODY }, false },
};

START_TEST(knows_a_second_try_by_what_the_author_wrote)
{
	char a[SHA256_TEXT], b[SHA256_TEXT];

	id_of(&first, 1000, a);
	id_of(&rows[_i].try, 3, b);
	ck_assert_msg((strcmp(a, b) == 0) == rows[_i].same, "%s", rows[_i].what);
	ck_assert_uint_eq(strspn(a, "0123456789abcdef"), 64);
}
END_TEST

/* The queue id is the one of each try; another's in a Message-ID is the author's word. */
static const struct {
	const char *id;
	bool same;
} message_ids[] = {
	{ "<20260101." QUEUE_ID "@mx.a.example>", true },
	{ "<20270202." QUEUE_ID "@mx.a.example>", true },
	{ "<20260101.4OTHERID@mx.a.example>", false },
};

START_TEST(leaves_out_a_message_id_that_was_made_for_this_try)
{
	static const struct try without = { .header = "Subject: s\r\n", .body = BODY };
	char header[200], a[SHA256_TEXT], b[SHA256_TEXT];
	const struct try with = { .header = header, .body = BODY };

	(void)snprintf(header, sizeof(header), "Message-ID: %s\r\nSubject: s\r\n", message_ids[_i].id);
	id_of(&without, 1000, a);
	id_of(&with, 1000, b);
	ck_assert_int_eq(strcmp(a, b) == 0, message_ids[_i].same);
}
END_TEST

#define MONDAY "Date: Mon, 2 Nov 2026 00:00:00 +0000\r\n"
#define SUNDAY "Date: Sun, 8 Nov 2026 00:00:00 +0000\r\n"
#define DISK_FULL "From: alice@a.example\r\nSubject: disk full\r\n"
#define MADE_HERE "Message-ID: <20260101." QUEUE_ID "@mx.a.example>\r\n"

/* Where a server of ours wrote the Message-ID it may have written the Date as well. */
static const struct {
	const char *a, *b;
	bool same;
} dates[] = {
	{ MONDAY DISK_FULL, MONDAY DISK_FULL, true },
	{ MONDAY DISK_FULL, SUNDAY DISK_FULL, false },
	{ MONDAY DISK_FULL, DISK_FULL, false },
	{ MONDAY DISK_FULL, "Received: from x by y\r\n" MONDAY DISK_FULL, true },
	{ MONDAY HEADER, SUNDAY HEADER, true },
	{ MONDAY DISK_FULL MADE_HERE, SUNDAY DISK_FULL MADE_HERE, true },
};

START_TEST(a_date_tells_mails_without_a_message_id_apart)
{
	char a[SHA256_TEXT], b[SHA256_TEXT];
	const struct try one = { .header = dates[_i].a, .body = BODY }, other = { .header = dates[_i].b, .body = BODY };

	id_of(&one, 1000, a);
	id_of(&other, 1000, b);
	ck_assert_int_eq(strcmp(a, b) == 0, dates[_i].same);
}
END_TEST

Suite *
suite_ledger_id(void)
{
	Suite *suite = suite_create("ledger_id");
	TCase *tc = tcase_create("ledger_id");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, knows_a_second_try_by_what_the_author_wrote, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(tc, leaves_out_a_message_id_that_was_made_for_this_try, 0,
	    sizeof(message_ids) / sizeof(message_ids[0]));
	tcase_add_loop_test(tc, a_date_tells_mails_without_a_message_id_apart, 0, sizeof(dates) / sizeof(dates[0]));
	suite_add_tcase(suite, tc);
	return suite;
}
