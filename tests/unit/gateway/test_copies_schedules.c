/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/rows.h"
#include "tests/unit/gateway/mta.h"

Suite *suite_copies_schedules(void);

/*
 * Many schedules by seed: a message to people who need different bodies, an MTA behind `resubmit` that fails in every
 * way, edits that fail, a client that tries again until it is told that all is well.  Whatever happens: everybody gets
 * the message, nobody twice but where no answer came, nobody reads it in clear whom the rules do not let, the record
 * says what was, and nobody is taken off the message who has no copy.
 *
 * COPIES_SCHEDULES in the environment: how many.
 */

#define CANARY "canary-in-the-coal-mine"
#define AT_ONCE 10 /* schedules in one store and record, which grow */
#define PEOPLE 5
#define TRIES_MAX 30

static const struct person {
	const char *path;
	bool clear; /* may get it unencrypted */
	bool visible;
} people[PEOPLE] = {
	{ "<bob@b.example>", false, true },
	{ "<carol@c.example>", false, false }, /* blind */
	{ "<erin@e.example>", false, true },   /* another profile */
	{ "<dora@d.example>", true, true },    /* no certificate */
	{ "<lily@a.example>", true, true },    /* one of ours */
};

static struct world *a;
static struct forged certificates[4];

static void
set_up(void)
{
	static const char *const owners[] = { "alice@a.example", "bob@b.example", "carol@c.example", "erin@e.example" };

	a = world_open("a.example",
	    "defaults { sign = \"off\" encrypt = \"available\" }\ndomain \"e.example\" { profile = \"modern\" }\n");
	for (size_t i = 0; i < 4; i++)
		certificates[i] = certified(owners[i], "P-256");
	world_identity(a, &certificates[0]);
	world_login(a, "alice", owners[0]);
	for (size_t i = 1; i < 4; i++)
		world_partner(a, NULL, &certificates[i]);
	world_disk_is_lazy(true);
}

static void
tear_down(void)
{
	world_disk_is_lazy(false);
	world_close(a);
	for (size_t i = 0; i < 4; i++)
		forged_done(&certificates[i]);
}

/* ---- chance ---- */

struct schedule {
	uint32_t state;
	bool calm;                /* the last tries: nothing fails any more */
	bool to[PEOPLE];
	unsigned delivered[PEOPLE]; /* by the message itself */
	unsigned lost[PEOPLE];    /* so often the ledger lost that a copy was sent, as when a process dies in between */
	const struct mail *mail;  /* while a try is under way */
};

static uint32_t
chance(struct schedule *s, uint32_t below)
{
	s->state = s->state * 1664525u + 1013904223u;
	return (s->state >> 8) % below;
}

/* ---- other tries, and those that died ---- */

/* Another connection of the client while a copy is under way. */
static void
try_at_once(const struct mail *mail)
{
	struct mail again = *mail;
	struct delivery d;

	again.fail_at = 0;
	d = mta_send(a, &again, MTA_POSTFIX);
	ck_assert_int_eq(d.verdict, VERDICT_RETRY_LATER);
	delivery_done(&d);
}

static int
is_alive(void *ctx, const char *owner, bool *out, struct error *e)
{
	(void)ctx;
	(void)owner;
	(void)e;
	*out = false;
	return 0;
}

/* As a process leaves the ledger that died with one answer in its hands. */
static void
die_in_between(struct schedule *s)
{
	struct json *line = world_last(a, "message");
	const char *id = json_look_text(line, "ledger");
	size_t i = chance(s, PEOPLE);
	const struct ledger_try try = { .message = id, .owner = "0123456789abcdef", .now = FORGE_NOW, .is_alive = is_alive };
	enum ledger_state state;
	struct error e = ERROR_INIT;

	if (id != NULL && s->to[i]) {
		expect_ok(ledger_begin(a->store, &try, &people[i].path, 1, &state, &e));
		expect_ok(ledger_set(a->store, &try, people[i].path, LEDGER_UNKNOWN, "", &e));
		s->lost[i] += state == LEDGER_SENT;
	}
	json_release(line);
}

/* ---- the MTA behind ---- */

static const struct {
	enum peer_step step;
	const char *reply;
} troubles[] = {
	{ PEER_GREETING, "421 4.3.2 down\r\n" },
	{ PEER_GREETING, peer_hangs },
	{ PEER_EHLO, peer_drops },
	{ PEER_MAIL, "451 4.3.0 later\r\n" },
	{ PEER_MAIL, "550 5.7.1 no\r\n" },
	{ PEER_RCPT, "450 4.2.1 later\r\n" },
	{ PEER_RCPT, "550 5.1.1 unknown\r\n" },
	{ PEER_DATA, "451 4.3.0 later\r\n" },
	{ PEER_DATA, peer_drops },
	{ PEER_DOT, "452 4.3.1 full\r\n" },
	{ PEER_DOT, "554 5.6.0 no\r\n" },
	{ PEER_DOT, peer_drops },
	{ PEER_DOT, peer_hangs },
};

static void
script(void *ctx, struct peer *p, size_t n)
{
	struct schedule *s = ctx;
	size_t row = chance(s, 2 * sizeof(troubles) / sizeof(troubles[0]));

	(void)n;
	if (s->calm)
		return;
	if (chance(s, 20) == 0)
		try_at_once(s->mail);
	if (row < sizeof(troubles) / sizeof(troubles[0]))
		p->replies[troubles[row].step] = troubles[row].reply;
	else if (chance(s, 4) == 0)
		p->rcpt[chance(s, 2)] = "450 4.2.1 not this one now\r\n";
	else if (chance(s, 8) == 0)
		p->cut_commands = 50 + chance(s, 4000);
	else if (chance(s, 12) == 0)
		p->refuses_connection = true;
}

static bool
is_asked_for(const struct peer *p, const char *path)
{
	char command[100];

	(void)snprintf(command, sizeof(command), "RCPT TO:%s", path);
	return strstr(buffer_text(&p->commands), command) != NULL;
}

/* ---- what must hold ---- */

static void
expect_no_harm(const struct peer *p, unsigned seed)
{
	bool clear = strstr(buffer_text(&p->received), CANARY) != NULL;

	for (size_t i = 0; i < PEOPLE; i++) {
		if (!is_asked_for(p, people[i].path))
			continue;
		ck_assert_msg(!clear || people[i].clear, "seed %u: %s in clear", seed, people[i].path);
		for (size_t j = 0; j < PEOPLE && !people[i].visible; j++)
			ck_assert_msg(j == i || !is_asked_for(p, people[j].path), "seed %u: %s shares with %s", seed,
			    people[i].path, people[j].path);
	}
}

static const char *
fate_of(const struct json *line, const char *path)
{
	const struct json *list = json_look(line, "recipients");

	for (size_t i = 0; i < json_count(list); i++) {
		const char *address = json_look_text(json_at(list, i), "address");

		if (address != NULL && strncmp(path + 1, address, strlen(address)) == 0)
			return json_look_text(json_at(list, i), "fate");
	}
	return NULL;
}

/* Of this try: "sent" is on the record if and only if a server said that it took the copy. */
static void
expect_true_record(const struct schedule *s, const struct delivery *d, size_t first, unsigned seed)
{
	struct json *line = world_last(a, "message");

	ck_assert_str_eq(json_look_text(line, "verdict"), d->verdict == VERDICT_CONTINUE ? "continue" : "retry-later");
	for (size_t i = 0; i < PEOPLE; i++) {
		const char *fate = fate_of(line, people[i].path);
		bool took = false;

		for (size_t n = first; n < a->office.count; n++)
			took = took || office_took(a->office.peers[n], people[i].path);
		if (s->to[i])
			ck_assert_msg(took == (fate != NULL && strcmp(fate, "sent") == 0), "seed %u: %s: %s", seed,
			    people[i].path, fate != NULL ? fate : "none");
	}
	json_release(line);
}

/* ---- one schedule ---- */

static struct mail
mail_of(struct schedule *s, char *text, size_t size, unsigned seed)
{
	struct mail mail = { .from = "<alice@a.example>", .text = text, .login = "alice", .client = "192.0.2.7",
		.role = CHOICE_ROLE_SUBMISSION, .resubmit = "[127.0.0.1]:10026" };
	size_t n = 0;

	for (size_t i = 0; i < PEOPLE; i++)
		s->to[i] = chance(s, 3) != 0;
	s->to[chance(s, PEOPLE)] = true;
	for (size_t i = 0; i < PEOPLE; i++)
		if (s->to[i])
			mail.to[n++] = people[i].path;
	(void)snprintf(text, size,
	    "From: alice@a.example\r\nTo: bob@b.example, erin@e.example,\r\n dora@d.example, lily@a.example\r\n"
	    "Subject: s\r\nMessage-ID: <%u@a.example>\r\n\r\n" CANARY "\r\n", seed);
	return mail;
}

static void
note_delivery(struct schedule *s, const struct mail *mail, const struct delivery *d, unsigned seed)
{
	bool clear = strstr(buffer_text(&d->text), CANARY) != NULL;
	size_t n = 0;

	for (size_t i = 0; i < PEOPLE; i++) {
		if (!s->to[i] || d->deleted[n++])
			continue;
		s->delivered[i]++;
		ck_assert_msg(!clear || people[i].clear, "seed %u: %s in clear", seed, mail->to[n - 1]);
	}
}

static bool
try_once(struct schedule *s, struct mail *mail, unsigned seed)
{
	size_t first = a->office.count;
	struct delivery d;
	bool done, full;

	mail->fail_at = !s->calm && chance(s, 4) == 0 ? 1 + chance(s, 8) : 0;
	full = !s->calm && chance(s, 8) == 0;
	world_disk_is_full(full);
	s->mail = mail;
	d = mta_send(a, mail, (enum mta_rules)chance(s, MTA_COUNT));
	s->mail = NULL;
	world_disk_is_full(false);
	done = d.verdict == VERDICT_CONTINUE;
	ck_assert_msg(done || d.verdict == VERDICT_RETRY_LATER, "seed %u: %s", seed, error_text(&d.error));
	if (done)
		note_delivery(s, mail, &d, seed);
	if (!full) /* else there is no line */
		expect_true_record(s, &d, first, seed);
	for (size_t n = first; n < a->office.count; n++)
		expect_no_harm(a->office.peers[n], seed);
	delivery_done(&d);
	if (!done && !s->calm && chance(s, 3) == 0)
		die_in_between(s);
	return done;
}

static void
expect_everybody_served(const struct schedule *s, unsigned seed)
{
	for (size_t i = 0; i < PEOPLE; i++) {
		size_t count = s->delivered[i] + office_count(&a->office, people[i].path, NULL);

		if (!s->to[i])
			ck_assert_msg(count == 0, "seed %u: %s was never named", seed, people[i].path);
		else
			ck_assert_msg(count >= 1 && count <= 1 + s->lost[i], "seed %u: %s got it %zu times", seed,
			    people[i].path, count);
	}
}

static void
run_schedule(unsigned seed)
{
	struct schedule s = { .state = seed * 2654435761u + 1 };
	char text[500];
	struct mail mail = mail_of(&s, text, sizeof(text), seed);
	unsigned tries = 0;

	office_done(&a->office);
	office_init(&a->office);
	a->office.script = script;
	a->office.ctx = &s;
	while (!try_once(&s, &mail, seed)) {
		s.calm = ++tries > 6;
		ck_assert_msg(tries < TRIES_MAX, "seed %u: never accepted", seed);
	}
	expect_everybody_served(&s, seed);
}

START_TEST(whatever_fails_everybody_is_served_once_and_nobody_in_clear_against_the_rules)
{
	for (unsigned i = 0; i < AT_ONCE; i++)
		run_schedule((unsigned)_i * AT_ONCE + i);
}
END_TEST

Suite *
suite_copies_schedules(void)
{
	Suite *suite = suite_create("copies_schedules");
	TCase *tc = tcase_create("copies_schedules");
	const char *wanted = getenv("COPIES_SCHEDULES");
	int count = wanted != NULL ? atoi(wanted) : 1000;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, whatever_fails_everybody_is_served_once_and_nobody_in_clear_against_the_rules, 0,
	    count / AT_ONCE);
	suite_add_tcase(suite, tc);
	return suite;
}
