/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "crypto/cms_walk.h"
#include "gateway/gateway_private.h"
#include "mime/entity.h"
#include "store/rows.h"
#include "tests/unit/gateway/letters.h"
#include "tests/unit/gateway/mta.h"
#include "tests/unit/gateway/openssl_side.h"
#include "tests/unit/mime/mime_support.h"

Suite *suite_copies(void);

/* Copies for whom the message itself is not: what they are, what becomes of them, and what a second try does. */

static struct world *a;
static struct forged alice, bob, carol;

static void
set_up(void)
{
	a = world_open("a.example", "defaults { sign = \"off\" encrypt = \"available\" }\n");
	alice = certified("alice@a.example", NULL);
	bob = certified("bob@b.example", NULL);
	carol = certified("carol@c.example", NULL);
	world_identity(a, &alice);
	world_login(a, "alice", "alice@a.example");
	world_partner(a, NULL, &bob);
	world_partner(a, NULL, &carol);
}

static void
tear_down(void)
{
	world_close(a);
	forged_done(&alice);
	forged_done(&bob);
	forged_done(&carol);
}

#define RESUBMIT "[127.0.0.1]:10026"
#define CANARY "canary in the coal mine"
#define HEADER "From: alice@a.example\r\nTo: bob@b.example, dora@d.example\r\nSubject: s\r\nMessage-ID: <1@a.example>\r\n"
#define BODY "\r\n" CANARY "\r\n"
#define REFUSE_SOME "defaults { sign = \"off\" encrypt = \"required\" on-missing-certificate = \"refuse-some\" }\n"
#define BOB "<bob@b.example>"
#define CAROL "<carol@c.example>"
#define DORA "<dora@d.example>" /* has no certificate */

static struct mail
mail_to(const char *one, const char *two, const char *three, const char *text)
{
	return (struct mail){ .from = "<alice@a.example>", .to = { one, two, three }, .text = text, .login = "alice",
		.client = "192.0.2.7", .role = CHOICE_ROLE_SUBMISSION, .resubmit = RESUBMIT };
}

static struct delivery
submit(const char *one, const char *two, const char *three, const char *text)
{
	const struct mail mail = mail_to(one, two, three, text);

	return mta_send(a, &mail, MTA_POSTFIX);
}

static void
expect_accepted(const struct delivery *d)
{
	ck_assert_msg(d->verdict == VERDICT_CONTINUE, "%s", error_text(&d->error));
}

/* A refusal or a deferral leaves the message as it was. */
static void
expect_answer(const struct delivery *d, enum verdict verdict, const char *code)
{
	ck_assert_int_eq(d->verdict, verdict);
	ck_assert_str_eq(d->answer.code, code);
}

/* How many RecipientInfos an encrypted message has. */
static size_t
recipient_infos(const char *text)
{
	struct buffer der = BUFFER_INIT(1 << 22);
	const char *body = strstr(text, "\r\n\r\n") + 4;
	struct memory_source memory;
	struct source source;
	struct cms_shape *shape = NULL;
	struct error e = ERROR_INIT;
	size_t count;

	expect_ok(base64_decode_text(body, strlen(body), &der, &e));
	source = memory_source(&memory, der.data, der.size);
	expect_ok(cms_walk(&source, NULL, &shape, &e));
	count = shape->recipient_count;
	cms_shape_free(shape);
	buffer_done(&der);
	return count;
}

/* A member of the i-th recipient in the last line of the record. */
static void
expect_recorded(size_t i, const char *member, const char *want)
{
	struct json *line = world_last(a, "message");
	const char *have = json_look_text(json_at(json_look(line, "recipients"), i), member);

	ck_assert_msg(have != NULL && strcmp(have, want) == 0, "%s: %s", member, have != NULL ? have : "none");
	json_release(line);
}

/* ---- what goes where ---- */

START_TEST(whoever_has_no_certificate_gets_a_clear_copy_and_the_message_is_encrypted)
{
	struct delivery d = submit(BOB, DORA, NULL, "Bcc: x@y.example\r\n" HEADER BODY);
	const struct buffer *copy = NULL;
	struct buffer inside;

	expect_accepted(&d);
	ck_assert(!d.deleted[0] && d.deleted[1]);
	ck_assert_ptr_null(strstr(buffer_text(&d.text), CANARY));
	ck_assert_uint_eq(recipient_infos(buffer_text(&d.text)), 1);
	inside = openssl_decrypted(&d.text, &bob, "in place");
	ck_assert_ptr_nonnull(strstr(buffer_text(&inside), CANARY));
	ck_assert_uint_eq(office_count(&a->office, BOB, NULL), 0);
	ck_assert_uint_eq(office_count(&a->office, DORA, &copy), 1);
	ck_assert_ptr_nonnull(strstr(buffer_text(copy), "\r\n\r\n" CANARY "\r\n"));
	ck_assert_int_eq(strncmp(buffer_text(copy), "Received: from ", 15), 0);
	ck_assert_ptr_null(strstr(buffer_text(copy), "Bcc:"));
	ck_assert_ptr_null(strstr(buffer_text(&inside), "x@y.example"));
	expect_recorded(0, "fate", "in-place");
	expect_recorded(1, "fate", "sent");
	buffer_done(&inside);
	delivery_done(&d);
}
END_TEST

START_TEST(a_blind_recipient_is_named_in_nobody_elses_copy)
{
	struct delivery d = submit(BOB, CAROL, NULL,
	    "From: alice@a.example\r\nTo: bob@b.example\r\nBcc: carol@c.example\r\nSubject: s\r\n" BODY);
	const struct buffer *copy = NULL;
	struct buffer inside;

	expect_accepted(&d);
	ck_assert(!d.deleted[0] && d.deleted[1]);
	ck_assert_uint_eq(recipient_infos(buffer_text(&d.text)), 1);
	ck_assert_uint_eq(office_count(&a->office, CAROL, &copy), 1);
	ck_assert_uint_eq(recipient_infos(buffer_text(copy)), 1);
	inside = openssl_decrypted(copy, &carol, "copy");
	ck_assert_ptr_nonnull(strstr(buffer_text(&inside), CANARY));
	ck_assert_ptr_null(strstr(buffer_text(&inside), "carol"));
	buffer_done(&inside);
	inside = openssl_decrypted(&d.text, &bob, "in place");
	ck_assert_ptr_null(strstr(buffer_text(&inside), "carol"));
	buffer_done(&inside);
	delivery_done(&d);
}
END_TEST

/* An MTA that is asked to take a path off takes every recipient of that path off. */
START_TEST(one_path_given_twice_is_never_in_two_bodies)
{
	struct mail mail = mail_to(BOB, CAROL, CAROL,
	    "From: alice@a.example\r\nTo: bob@b.example, list@a.example\r\nSubject: s\r\n" BODY);
	struct delivery d;

	mail.rcpt_parameters = (char *[]){ (char[]){ "ORCPT=rfc822;list@a.example" }, NULL };
	d = mta_send(a, &mail, MTA_POSTFIX);
	expect_accepted(&d);
	ck_assert(!d.deleted[1] && !d.deleted[2]);
	ck_assert_uint_eq(a->office.count, 0);
	delivery_done(&d);
}
END_TEST

static const struct {
	const char *to[3], *header;
	size_t copies;
} given_twice[] = {
	{ { BOB, CAROL, CAROL }, "To: bob@b.example\r\n", 1 },
	{ { CAROL, BOB, CAROL }, "To: bob@b.example\r\n", 1 },
	{ { CAROL, CAROL }, "To: undisclosed:;\r\n", 0 },
};

START_TEST(a_blind_path_given_twice_is_served_once)
{
	const char *const *to = given_twice[_i].to;
	struct buffer text = BUFFER_INIT(1024);
	struct error e = ERROR_INIT;
	struct delivery d;
	const struct buffer *copy = NULL;

	expect_ok(buffer_append_format(&text, &e, "From: alice@a.example\r\n%sSubject: s\r\n" BODY, given_twice[_i].header));
	d = submit(to[0], to[1], to[2], buffer_text(&text));
	expect_accepted(&d);
	ck_assert_uint_eq(a->office.count, given_twice[_i].copies);
	ck_assert_uint_eq(office_count(&a->office, CAROL, &copy), given_twice[_i].copies);
	for (size_t i = 0; i < 3 && to[i] != NULL; i++)
		ck_assert_int_eq(d.deleted[i], copy != NULL && strcmp(to[i], CAROL) == 0);
	ck_assert_uint_eq(recipient_infos(buffer_text(copy != NULL ? copy : &d.text)), 1);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

static char *
field_of(const struct buffer *text, const char *name)
{
	const char *at = strstr(buffer_text(text), name);

	ck_assert_msg(at != NULL, "no %s", name);
	return strndup(at, strcspn(at, "\r"));
}

START_TEST(all_bodies_get_the_same_message_id_and_date_where_there_was_none)
{
	struct delivery d =
	    submit(BOB, DORA, NULL, "From: alice@a.example\r\nTo: bob@b.example, dora@d.example\r\n" BODY);
	const struct buffer *copy = NULL;
	struct buffer inside;

	expect_accepted(&d);
	ck_assert_uint_eq(office_count(&a->office, DORA, &copy), 1);
	inside = openssl_decrypted(&d.text, &bob, "in place");
	for (size_t i = 0; i < 2; i++) {
		static const char *const names[] = { "\r\nMessage-ID: <", "\r\nDate: " };
		char *outside = field_of(&d.text, names[i] + 2), *other = field_of(copy, names[i] + 2);

		ck_assert_str_eq(outside, other);
		ck_assert_ptr_nonnull(strstr(buffer_text(&inside), outside)); /* protected, too */
		free(outside);
		free(other);
	}
	buffer_done(&inside);
	delivery_done(&d);
}
END_TEST

START_TEST(a_copy_keeps_what_the_envelope_asked_for)
{
	struct mail mail = mail_to(BOB, DORA, NULL, HEADER BODY);
	struct delivery d;
	const char *said;

	mail.parameters = (char *[]){ (char[]){ "RET=HDRS" }, (char[]){ "ENVID=e+3D1" }, NULL };
	mail.rcpt_parameters = (char *[]){ (char[]){ "NOTIFY=DELAY" }, NULL };
	d = mta_send(a, &mail, MTA_POSTFIX);
	expect_accepted(&d);
	ck_assert_uint_eq(a->office.count, 1);
	said = buffer_text(&a->office.peers[0]->commands);
	ck_assert_ptr_nonnull(strstr(said, "MAIL FROM:<alice@a.example>"));
	ck_assert_ptr_nonnull(strstr(said, "RET=HDRS"));
	ck_assert_ptr_nonnull(strstr(said, "ENVID=e+3D1"));
	ck_assert_ptr_nonnull(strstr(said, "RCPT TO:" DORA " NOTIFY=DELAY\n"));
	delivery_done(&d);
}
END_TEST

/* ---- coming in ---- */

/* Alice can open it, eve cannot; the caller frees the text. */
static struct mail
mail_for_alice_and_eve(struct buffer *text)
{
	const struct forged *to[] = { &alice };
	struct buffer entity = letter_encrypted(to, 1, PROFILE_MODERN, "Content-Type: text/plain\r\n\r\n" CANARY "\r\n");

	*text = letter("From: bob@b.example\r\nTo: alice@a.example, eve@a.example\r\nDate: Thu, 1 Jan 2026 "
		       "00:00:00 +0000\r\nMessage-ID: <2@b.example>\r\n", entity);
	return (struct mail){ .from = "<bob@b.example>", .to = { "<eve@a.example>", "<alice@a.example>" },
		.text = buffer_text(text), .client = "192.0.2.1", .role = CHOICE_ROLE_INBOUND, .resubmit = RESUBMIT };
}

START_TEST(each_local_recipient_gets_what_it_may_read)
{
	struct buffer text;
	const struct mail mail = mail_for_alice_and_eve(&text);
	struct delivery d = mta_send(a, &mail, MTA_POSTFIX);
	const struct buffer *copy = NULL;

	expect_accepted(&d);
	ck_assert(!d.deleted[0] && d.deleted[1]); /* as it came stays */
	ck_assert_str_eq(delivery_body(&d), strstr(buffer_text(&text), "\r\n\r\n") + 4);
	ck_assert_uint_eq(office_count(&a->office, "<alice@a.example>", &copy), 1);
	ck_assert_ptr_nonnull(strstr(buffer_text(copy), CANARY));
	ck_assert_ptr_nonnull(strstr(buffer_text(&a->office.peers[0]->commands), "RET=HDRS"));
	buffer_done(&text);
	delivery_done(&d);
}
END_TEST

static void
offers_no_dsn(void *ctx, struct peer *p, size_t n)
{
	(void)ctx;
	(void)n;
	p->replies[PEER_EHLO] = "250-mx.a.example\r\n250-8BITMIME\r\n250 PIPELINING\r\n";
}

START_TEST(what_was_opened_goes_nowhere_from_where_a_bounce_could_disclose_it)
{
	struct buffer text;
	const struct mail mail = mail_for_alice_and_eve(&text);
	struct delivery d;

	a->office.script = offers_no_dsn;
	d = mta_send(a, &mail, MTA_POSTFIX);
	expect_answer(&d, VERDICT_RETRY_LATER, "451");
	ck_assert_ptr_nonnull(strstr(error_text(&d.error), "does not offer DSN"));
	ck_assert_uint_eq(d.edits.size, 0);
	ck_assert_uint_eq(a->office.count, 1);
	ck_assert_ptr_null(strstr(buffer_text(&a->office.peers[0]->commands), "MAIL"));
	expect_recorded(1, "fate", "retry");
	delivery_done(&d);
	a->office.script = NULL;
	d = mta_send(a, &mail, MTA_POSTFIX);
	expect_accepted(&d);
	ck_assert_uint_eq(office_count(&a->office, "<alice@a.example>", NULL), 1);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(without_dsn_other_copies_go)
{
	struct delivery d;

	a->office.script = offers_no_dsn;
	d = submit(BOB, DORA, NULL, HEADER BODY);
	expect_accepted(&d);
	ck_assert_uint_eq(office_count(&a->office, DORA, NULL), 1);
	delivery_done(&d);
}
END_TEST

/* ---- what becomes of a copy ---- */

static const char refuses_connection[] = "";

static const struct outcome {
	const char *what;
	enum peer_step step;
	const char *reply;
	const char *fate;
	bool alarm;
} outcomes[] = {
	{ "no connection", PEER_GREETING, refuses_connection, "retry", false },
	{ "greeting 4xx", PEER_GREETING, "421 4.3.2 down\r\n", "retry", false },
	{ "hangs at once", PEER_GREETING, peer_hangs, "retry", false },
	{ "sender 4xx", PEER_MAIL, "451 4.3.0 later\r\n", "retry", false },
	{ "recipient 4xx", PEER_RCPT, "450 4.2.1 greylisted\r\n", "retry", false },
	{ "recipient 5xx", PEER_RCPT, "550 5.1.1 unknown\r\n", "refused", true },
	{ "drops before the text", PEER_DATA, peer_drops, "retry", false },
	{ "text 4xx", PEER_DOT, "452 4.3.1 full\r\n", "retry", false },
	{ "text 5xx", PEER_DOT, "554 5.6.0 no\r\n", "refused", true },
	{ "drops after the dot", PEER_DOT, peer_drops, "unknown", false },
	{ "hangs after the dot", PEER_DOT, peer_hangs, "unknown", false },
};

static void
first_answers(void *ctx, struct peer *p, size_t n)
{
	const struct outcome *o = ctx;

	if (n > 0)
		return;
	p->refuses_connection = o->reply == refuses_connection;
	if (!p->refuses_connection)
		p->replies[o->step] = o->reply;
}

START_TEST(whatever_keeps_a_copy_away_defers_the_message_and_the_next_try_sends_it)
{
	const struct outcome *o = &outcomes[_i];
	struct delivery d;
	struct json *line;

	a->office.script = first_answers;
	a->office.ctx = (void *)(uintptr_t)o;
	d = submit(BOB, DORA, NULL, HEADER BODY);
	expect_answer(&d, VERDICT_RETRY_LATER, "451");
	ck_assert_uint_eq(d.edits.size, 0);
	expect_recorded(1, "fate", o->fate);
	line = world_last(a, "message");
	ck_assert_int_eq(json_look_text(line, "alarm") != NULL, o->alarm);
	json_release(line);
	delivery_done(&d);
	d = submit(BOB, DORA, NULL, HEADER BODY);
	expect_accepted(&d);
	ck_assert(d.deleted[1]);
	ck_assert_uint_eq(office_count(&a->office, DORA, NULL), 1);
	delivery_done(&d);
}
END_TEST

START_TEST(an_edit_that_fails_after_a_copy_was_sent_doubles_nothing)
{
	struct mail mail = mail_to(BOB, DORA, NULL, HEADER BODY);
	struct delivery d;

	mail.fail_at = 1;
	d = mta_send(a, &mail, MTA_POSTFIX);
	expect_answer(&d, VERDICT_RETRY_LATER, "451");
	ck_assert_uint_eq(office_count(&a->office, DORA, NULL), 1);
	delivery_done(&d);
	d = submit(BOB, DORA, NULL, HEADER BODY);
	expect_accepted(&d);
	ck_assert(d.deleted[1]);
	ck_assert_uint_eq(office_count(&a->office, DORA, NULL), 1);
	expect_recorded(1, "fate", "sent-before");
	delivery_done(&d);
}
END_TEST

/* The rules may have changed in between: one body would serve everybody now. */
START_TEST(whoever_got_a_copy_is_not_served_again_by_the_message_itself)
{
	struct mail mail = mail_to(BOB, DORA, NULL, HEADER BODY);
	struct forged dora = certified("dora@d.example", NULL);
	struct delivery d;

	mail.fail_at = 1;
	d = mta_send(a, &mail, MTA_POSTFIX);
	expect_answer(&d, VERDICT_RETRY_LATER, "451");
	delivery_done(&d);
	world_partner(a, NULL, &dora);
	d = submit(BOB, DORA, NULL, HEADER BODY);
	expect_accepted(&d);
	ck_assert(!d.deleted[0] && d.deleted[1]);
	ck_assert_uint_eq(office_count(&a->office, DORA, NULL), 1);
	delivery_done(&d);
	forged_done(&dora);
}
END_TEST

START_TEST(two_equal_mails_are_two)
{
	for (size_t i = 1; i <= 2; i++) {
		struct delivery d = submit(BOB, DORA, NULL, HEADER BODY);

		expect_accepted(&d);
		ck_assert_uint_eq(office_count(&a->office, DORA, NULL), i);
		delivery_done(&d);
	}
}
END_TEST

static enum verdict second_verdict;
static enum error_code second_error;

static void
submit_again(void *ctx, struct peer *p, size_t n)
{
	struct delivery d;

	(void)ctx;
	(void)p;
	(void)n;
	d = submit(BOB, DORA, NULL, HEADER BODY);
	second_verdict = d.verdict;
	second_error = d.error.code;
	delivery_done(&d);
}

START_TEST(a_second_try_while_the_first_is_at_work_is_told_to_come_again)
{
	struct delivery d;

	a->office.script = submit_again;
	d = submit(BOB, DORA, NULL, HEADER BODY);
	expect_accepted(&d);
	ck_assert_int_eq(second_verdict, VERDICT_RETRY_LATER);
	ck_assert_int_eq(second_error, ERROR_LEDGER_BUSY);
	ck_assert_uint_eq(office_count(&a->office, DORA, NULL), 1);
	delivery_done(&d);
}
END_TEST

static int
alive(void *ctx, const char *owner, bool *out, struct error *e)
{
	(void)ctx;
	(void)owner;
	(void)e;
	*out = false;
	return 0;
}

/* As a process leaves it that died while it sent. */
START_TEST(what_a_dead_try_began_is_sent_again_and_the_record_says_so)
{
	const char *const names[] = { BOB, DORA };
	enum ledger_state states[2];
	struct delivery d;
	struct json *line;
	struct error e = ERROR_INIT;

	a->office.script = first_answers;
	a->office.ctx = (void *)(uintptr_t)&outcomes[0];
	d = submit(BOB, DORA, NULL, HEADER BODY);
	expect_answer(&d, VERDICT_RETRY_LATER, "451");
	delivery_done(&d);
	line = world_last(a, "message");
	expect_ok(ledger_begin(a->store,
	    &(struct ledger_try){ .message = json_look_text(line, "ledger"), .owner = "0123456789abcdef", .now = FORGE_NOW,
	        .is_alive = alive }, names, 2, states, &e));
	json_release(line);
	d = submit(BOB, DORA, NULL, HEADER BODY);
	expect_accepted(&d);
	line = world_last(a, "message");
	ck_assert_ptr_nonnull(json_look(json_at(json_look(line, "recipients"), 1), "repeated"));
	json_release(line);
	ck_assert_uint_eq(office_count(&a->office, DORA, NULL), 1);
	delivery_done(&d);
}
END_TEST

START_TEST(more_copies_than_allowed_are_refused_before_any_is_sent)
{
	struct delivery d;

	world_configure(a, "a.example", "max-copies = 0\ndefaults { sign = \"off\" encrypt = \"available\" }\n");
	d = submit(BOB, DORA, NULL, HEADER BODY);
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_uint_eq(a->office.count, 0);
	delivery_done(&d);
}
END_TEST

START_TEST(without_a_place_for_copies_the_message_is_refused)
{
	struct mail mail = mail_to(BOB, DORA, NULL, HEADER BODY);
	struct delivery d;

	mail.resubmit = NULL;
	d = mta_send(a, &mail, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_int_eq(d.error.code, ERROR_COPIES_NEEDED);
	delivery_done(&d);
}
END_TEST

START_TEST(without_a_ledger_nobody_who_needs_a_copy_is_passed_over)
{
	struct delivery d;

	if (_i == 1)
		world_configure(a, "a.example", REFUSE_SOME);
	a->gateway->parts.store = NULL;
	d = submit(BOB, DORA, NULL, HEADER BODY);
	expect_answer(&d, VERDICT_RETRY_LATER, "451");
	ck_assert_int_eq(d.error.code, ERROR_INTERNAL);
	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
	d = submit(BOB, NULL, NULL, HEADER BODY);
	expect_accepted(&d);
	delivery_done(&d);
}
END_TEST

START_TEST(explaining_and_observing_send_nothing)
{
	struct mail mail = mail_to(BOB, DORA, NULL, HEADER BODY);
	struct delivery d;

	mail.mode = _i == 0 ? GATEWAY_EXPLAIN : GATEWAY_SERVE;
	mail.observe = _i == 1;
	d = mta_send(a, &mail, MTA_POSTFIX);
	expect_accepted(&d);
	ck_assert_uint_eq(a->office.count, 0);
	ck_assert_uint_eq(json_count(json_look(d.report, "copies")), 1);
	delivery_done(&d);
}
END_TEST

#define ERIN "<erin@e.example>" /* has no certificate, either */

static void
second_and_third_come_later(void *ctx, struct peer *p, size_t n)
{
	(void)ctx;
	if (n == 0)
		p->rcpt[1] = p->rcpt[2] = "450 4.2.1 greylisted\r\n";
}

START_TEST(a_path_given_twice_that_is_deferred_doubles_nobody)
{
	struct mail mail = mail_to(BOB, ERIN, DORA, HEADER BODY);
	struct delivery d;

	mail.to[3] = DORA;
	a->office.script = second_and_third_come_later;
	d = mta_send(a, &mail, MTA_POSTFIX);
	expect_answer(&d, VERDICT_RETRY_LATER, "451");
	ck_assert_int_ne(d.error.code, ERROR_STORE_NOT_FOUND);
	for (size_t i = 1; i < 4; i++)
		expect_recorded(i, "fate", i == 1 ? "sent" : "retry");
	delivery_done(&d);
	d = mta_send(a, &mail, MTA_POSTFIX);
	expect_accepted(&d);
	ck_assert(!d.deleted[0] && d.deleted[1] && d.deleted[2] && d.deleted[3]);
	ck_assert_uint_eq(office_count(&a->office, ERIN, NULL), 1);
	ck_assert_uint_eq(office_count(&a->office, DORA, NULL), 1);
	delivery_done(&d);
}
END_TEST

/* So that there is one answer for it. */
START_TEST(a_path_given_twice_is_named_once_to_the_server)
{
	struct delivery d = submit(BOB, DORA, DORA, HEADER BODY);
	const char *said, *first;

	expect_accepted(&d);
	ck_assert_uint_eq(a->office.count, 1);
	said = buffer_text(&a->office.peers[0]->commands);
	first = strstr(said, "RCPT TO:");
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_null(strstr(first + 1, "RCPT TO:"));
	for (size_t i = 1; i < 3; i++)
		expect_recorded(i, "fate", "sent");
	delivery_done(&d);
}
END_TEST

/* Whoever asks for the time has worked since the last time for longer than copies may be under way. */
static int64_t
time_flies(void *ctx)
{
	struct world *w = ctx;

	w->office.now_ms += 31000;
	return w->now_ms;
}

START_TEST(a_message_that_took_long_to_prepare_has_all_the_time_to_be_sent)
{
	struct delivery d;

	a->clock = (struct clock){ time_flies, a };
	d = submit(BOB, DORA, NULL, HEADER BODY);
	expect_accepted(&d);
	ck_assert(d.deleted[1]);
	ck_assert_uint_eq(office_count(&a->office, DORA, NULL), 1);
	ck_assert_int_gt(a->office.now_ms, PEER_START_MS + 31000);
	delivery_done(&d);
}
END_TEST

/* What was done to the copy for carol, if it was handed over. */
static void
expect_copy_actions(const struct delivery *d, bool encrypted)
{
	const struct json *actions = json_look(json_at(json_look(d->report, "copies"), 0), "actions");

	ck_assert_ptr_nonnull(actions);
	ck_assert_uint_eq(json_count(actions), encrypted ? 1 : 0);
	if (encrypted)
		ck_assert_str_eq(json_text_of(json_at(actions, 0)), "encrypted");
}

START_TEST(a_copy_is_said_to_be_encrypted_only_where_it_was_handed_over)
{
	static const char *const blind = "From: alice@a.example\r\nTo: bob@b.example\r\nSubject: s\r\n" BODY;
	struct mail mail = mail_to(BOB, CAROL, NULL, blind);
	struct delivery d;

	mail.observe = true;
	d = mta_send(a, &mail, MTA_POSTFIX);
	expect_copy_actions(&d, false);
	delivery_done(&d);
	a->office.script = first_answers;
	a->office.ctx = (void *)(uintptr_t)&outcomes[3];
	d = submit(BOB, CAROL, NULL, blind);
	expect_answer(&d, VERDICT_RETRY_LATER, "451");
	expect_copy_actions(&d, false);
	delivery_done(&d);
	mail.observe = false;
	mail.fail_at = 1;
	d = mta_send(a, &mail, MTA_POSTFIX);
	expect_answer(&d, VERDICT_RETRY_LATER, "451");
	expect_copy_actions(&d, true);
	delivery_done(&d);
	d = submit(BOB, CAROL, NULL, blind);
	expect_accepted(&d);
	expect_copy_actions(&d, true);
	delivery_done(&d);
}
END_TEST

/* ---- reports ---- */

/* The fields behind the message's own in a delivery status. */
static void
expect_status(const struct entity *part, const char *want)
{
	struct buffer text = span_text(part->body);

	ck_assert_msg(strstr(buffer_text(&text), want) != NULL, "no %s in:\n%s", want, buffer_text(&text));
	buffer_done(&text);
}

START_TEST(refuse_some_serves_the_others_and_reports_to_the_sender_first)
{
	struct message m;
	struct delivery d;
	const struct buffer *report = NULL;

	world_configure(a, "a.example", REFUSE_SOME);
	d = submit(BOB, DORA, NULL, HEADER BODY);
	expect_accepted(&d);
	ck_assert(!d.deleted[0] && d.deleted[1]);
	ck_assert_uint_eq(a->office.count, 1);
	ck_assert_uint_eq(office_count(&a->office, DORA, NULL), 0);
	ck_assert_uint_eq(office_count(&a->office, "<alice@a.example>", &report), 1);
	ck_assert_ptr_nonnull(strstr(buffer_text(&a->office.peers[0]->commands), "MAIL FROM:<>"));
	ck_assert_ptr_nonnull(strstr(buffer_text(&a->office.peers[0]->commands), "NOTIFY=NEVER"));
	ck_assert_ptr_null(strstr(buffer_text(report), CANARY));
	ck_assert_ptr_null(strstr(buffer_text(report), "Subject: s\r\n"));
	m = message_of(buffer_text(report));
	ck_assert(entity_is(m.root, "multipart", "report"));
	ck_assert_uint_eq(m.root->count, 3);
	ck_assert(entity_is(m.root->parts[1], "message", "delivery-status"));
	expect_status(m.root->parts[0], "dora@d.example");
	expect_status(m.root->parts[1], "Reporting-MTA: dns; gw.a.example\r\n");
	expect_status(m.root->parts[1], "Final-Recipient: rfc822;dora@d.example\r\nAction: failed\r\nStatus: 5.7.5\r\n");
	expect_status(m.root->parts[2], "Message-ID: <1@a.example>\r\n");
	expect_recorded(1, "fate", "reported");
	message_done(&m);
	delivery_done(&d);
}
END_TEST

START_TEST(a_report_that_cannot_be_sent_leaves_nobody_out)
{
	struct delivery d;

	world_configure(a, "a.example", REFUSE_SOME);
	a->office.script = first_answers;
	a->office.ctx = (void *)(uintptr_t)&outcomes[3];
	d = submit(BOB, DORA, NULL, HEADER BODY);
	expect_answer(&d, VERDICT_RETRY_LATER, "451");
	ck_assert_uint_eq(d.edits.size, 0);
	delivery_done(&d);
	d = submit(BOB, DORA, NULL, HEADER BODY);
	expect_accepted(&d);
	ck_assert_uint_eq(office_count(&a->office, "<alice@a.example>", NULL), 1);
	delivery_done(&d);
}
END_TEST

static const struct {
	size_t outcome;
	enum error_code code;
	const char *text, *fate, *alarm;
} lost_reports[] = {
	{ 4, ERROR_REPORT_FAILED, "the report to the sender about dora@d.example: 450", "report-retry", NULL },
	{ 5, ERROR_REPORT_REFUSED, "the report to the sender about dora@d.example: 550", "report-refused", "report-refused" },
	{ 9, ERROR_REPORT_FAILED, "the report to the sender about dora@d.example: ", "report-unknown", NULL },
};

/* No RCPT for dora is ever sent. */
START_TEST(a_lost_report_is_not_said_to_be_a_copy_for_whom_it_is_about)
{
	struct delivery d;
	struct json *line;
	const char *alarm;

	world_configure(a, "a.example", REFUSE_SOME);
	a->office.script = first_answers;
	a->office.ctx = (void *)(uintptr_t)&outcomes[lost_reports[_i].outcome];
	d = submit(CAROL, BOB, DORA, "From: alice@a.example\r\nTo: bob@b.example\r\n" BODY);
	expect_answer(&d, VERDICT_RETRY_LATER, "451");
	ck_assert_int_eq(d.error.code, lost_reports[_i].code);
	ck_assert_msg(strstr(error_text(&d.error), lost_reports[_i].text) != NULL, "%s", error_text(&d.error));
	expect_recorded(0, "fate", "untried");
	expect_recorded(2, "fate", lost_reports[_i].fate);
	line = world_last(a, "message");
	alarm = json_look_text(line, "alarm");
	ck_assert((alarm != NULL) == (lost_reports[_i].alarm != NULL));
	if (alarm != NULL)
		ck_assert_str_eq(alarm, lost_reports[_i].alarm);
	json_release(line);
	delivery_done(&d);
}
END_TEST

static const struct {
	const char *from, *notify;
} unreported[] = { { "<>", NULL }, { "<alice@a.example>", "NOTIFY=NEVER" }, { "<alice@a.example>", "NOTIFY=SUCCESS" } };

START_TEST(where_no_report_may_be_sent_the_whole_is_refused)
{
	struct mail mail = mail_to(BOB, DORA, NULL, HEADER BODY);
	char notify[32];
	struct delivery d;

	world_configure(a, "a.example", REFUSE_SOME);
	(void)snprintf(notify, sizeof(notify), "%s", unreported[_i].notify != NULL ? unreported[_i].notify : "");
	mail.from = unreported[_i].from;
	mail.rcpt_parameters = (char *[]){ unreported[_i].notify != NULL ? notify : NULL, NULL };
	d = mta_send(a, &mail, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
	ck_assert_uint_eq(a->office.count, 0);
	delivery_done(&d);
}
END_TEST

/* It goes first: the message itself may yet be deferred, or refused when the client tries again. */
START_TEST(a_report_promises_nothing_of_the_other_recipients)
{
	struct mail mail = mail_to(BOB, DORA, NULL, HEADER BODY);
	const struct buffer *report = NULL;
	struct delivery d;

	world_configure(a, "a.example", REFUSE_SOME);
	mail.fail_at = 1;
	d = mta_send(a, &mail, MTA_POSTFIX);
	expect_answer(&d, VERDICT_RETRY_LATER, "451");
	ck_assert_uint_eq(office_count(&a->office, "<alice@a.example>", &report), 1);
	ck_assert_ptr_nonnull(strstr(buffer_text(report), "about these recipients only"));
	ck_assert_ptr_nonnull(strstr(buffer_text(report), "will hear separately"));
	ck_assert_ptr_null(strstr(buffer_text(report), "others are served and"));
	ck_assert_ptr_null(strstr(buffer_text(report), "do not send it to them"));
	delivery_done(&d);
}
END_TEST

START_TEST(a_report_shows_no_more_than_the_outside_of_a_shy_message)
{
	struct delivery d;
	const struct buffer *report = NULL;
	const char *fields;

	world_configure(a, "a.example", REFUSE_SOME);
	d = submit(BOB, DORA, NULL,
	    "From: Secret Name <alice@a.example>\r\nTo: Project X <bob@b.example>,\r\n Y (why) <dora@d.example>\r\n"
	    "Cc: \"Merger\" <zoe@z.example>\r\nDate: Mon, 2 Nov 2026 01:00:00 +0100\r\nSubject: s\r\n" BODY);
	expect_accepted(&d);
	ck_assert_uint_eq(office_count(&a->office, "<alice@a.example>", &report), 1);
	fields = strstr(buffer_text(report), "text/rfc822-headers");
	ck_assert_ptr_nonnull(fields);
	ck_assert_ptr_nonnull(strstr(fields,
	    "\r\n\r\nFrom: alice@a.example\r\nTo: bob@b.example, dora@d.example\r\nCc: zoe@z.example\r\n"
	    "Date: Mon, 02 Nov 2026 00:00:00 +0000\r\n"));
	for (size_t i = 0; i < 4; i++) {
		static const char *const hidden[] = { "Secret", "Project", "why", "Merger" };

		ck_assert_msg(strstr(buffer_text(report), hidden[i]) == NULL, "%s is shown", hidden[i]);
	}
	delivery_done(&d);
}
END_TEST

#define VICTIM "<victim@v.example>"
#define OF_NOBODY "From: x@v.example\r\nTo: list@a.example\r\nSubject: s\r\n"

static const struct {
	enum choice_role role;
	const char *from, *login, *header;
	size_t reports;
} reverse_paths[] = {
	{ CHOICE_ROLE_SUBMISSION, VICTIM, NULL, OF_NOBODY, 0 },
	{ CHOICE_ROLE_INBOUND, VICTIM, NULL, OF_NOBODY, 0 },
	{ CHOICE_ROLE_INBOUND, "<alice@a.example>", NULL, OF_NOBODY, 0 },
	{ CHOICE_ROLE_EGRESS, VICTIM, NULL, OF_NOBODY, 0 },
	{ CHOICE_ROLE_EGRESS, "<alice@a.example>", NULL, HEADER, 0 },
	{ CHOICE_ROLE_LOCAL, VICTIM, NULL, OF_NOBODY, 0 },
	{ CHOICE_ROLE_LOCAL, "<alice@a.example>", NULL, OF_NOBODY, 1 },
	{ CHOICE_ROLE_SUBMISSION, "<alice@a.example>", NULL, OF_NOBODY, 1 },
	{ CHOICE_ROLE_SUBMISSION, "<alice@elsewhere.example>", "alice", HEADER, 1 },
};

/* Else anybody could have reports sent to a victim, or learn whom an alias stands for. */
START_TEST(a_report_goes_to_nobody_but_a_proven_or_a_local_sender)
{
	struct mail mail = mail_to(BOB, DORA, NULL, NULL);
	struct buffer text = BUFFER_INIT(1024);
	struct error e = ERROR_INIT;
	struct delivery d;

	world_configure(a, "a.example", REFUSE_SOME);
	expect_ok(buffer_append_format(&text, &e, "%s" BODY, reverse_paths[_i].header));
	mail.text = buffer_text(&text);
	mail.from = reverse_paths[_i].from;
	mail.login = reverse_paths[_i].login;
	mail.role = reverse_paths[_i].role;
	d = mta_send(a, &mail, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, reverse_paths[_i].reports > 0 ? VERDICT_CONTINUE : VERDICT_REFUSE);
	if (reverse_paths[_i].reports == 0)
		ck_assert_str_eq(delivery_report(&d, "reason"), "missing-refused");
	ck_assert_uint_eq(a->office.count, reverse_paths[_i].reports);
	ck_assert_uint_eq(office_count(&a->office, mail.from, NULL), reverse_paths[_i].reports);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

Suite *
suite_copies(void)
{
	Suite *suite = suite_create("copies");
	TCase *tc = tcase_create("copies");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, whoever_has_no_certificate_gets_a_clear_copy_and_the_message_is_encrypted);
	tcase_add_test(tc, a_blind_recipient_is_named_in_nobody_elses_copy);
	tcase_add_test(tc, one_path_given_twice_is_never_in_two_bodies);
	tcase_add_loop_test(tc, a_blind_path_given_twice_is_served_once, 0, sizeof(given_twice) / sizeof(given_twice[0]));
	tcase_add_test(tc, all_bodies_get_the_same_message_id_and_date_where_there_was_none);
	tcase_add_test(tc, a_copy_keeps_what_the_envelope_asked_for);
	tcase_add_test(tc, each_local_recipient_gets_what_it_may_read);
	tcase_add_test(tc, what_was_opened_goes_nowhere_from_where_a_bounce_could_disclose_it);
	tcase_add_test(tc, without_dsn_other_copies_go);
	tcase_add_loop_test(tc, whatever_keeps_a_copy_away_defers_the_message_and_the_next_try_sends_it, 0,
	    sizeof(outcomes) / sizeof(outcomes[0]));
	tcase_add_test(tc, an_edit_that_fails_after_a_copy_was_sent_doubles_nothing);
	tcase_add_test(tc, whoever_got_a_copy_is_not_served_again_by_the_message_itself);
	tcase_add_test(tc, two_equal_mails_are_two);
	tcase_add_test(tc, a_second_try_while_the_first_is_at_work_is_told_to_come_again);
	tcase_add_test(tc, what_a_dead_try_began_is_sent_again_and_the_record_says_so);
	tcase_add_test(tc, a_path_given_twice_that_is_deferred_doubles_nobody);
	tcase_add_test(tc, a_path_given_twice_is_named_once_to_the_server);
	tcase_add_test(tc, a_message_that_took_long_to_prepare_has_all_the_time_to_be_sent);
	tcase_add_test(tc, more_copies_than_allowed_are_refused_before_any_is_sent);
	tcase_add_test(tc, without_a_place_for_copies_the_message_is_refused);
	tcase_add_loop_test(tc, without_a_ledger_nobody_who_needs_a_copy_is_passed_over, 0, 2);
	tcase_add_loop_test(tc, explaining_and_observing_send_nothing, 0, 2);
	tcase_add_test(tc, a_copy_is_said_to_be_encrypted_only_where_it_was_handed_over);
	tcase_add_test(tc, refuse_some_serves_the_others_and_reports_to_the_sender_first);
	tcase_add_test(tc, a_report_that_cannot_be_sent_leaves_nobody_out);
	tcase_add_loop_test(tc, a_lost_report_is_not_said_to_be_a_copy_for_whom_it_is_about, 0,
	    sizeof(lost_reports) / sizeof(lost_reports[0]));
	tcase_add_loop_test(tc, where_no_report_may_be_sent_the_whole_is_refused, 0,
	    sizeof(unreported) / sizeof(unreported[0]));
	tcase_add_test(tc, a_report_promises_nothing_of_the_other_recipients);
	tcase_add_test(tc, a_report_shows_no_more_than_the_outside_of_a_shy_message);
	tcase_add_loop_test(tc, a_report_goes_to_nobody_but_a_proven_or_a_local_sender, 0,
	    sizeof(reverse_paths) / sizeof(reverse_paths[0]));
	suite_add_tcase(suite, tc);
	return suite;
}
