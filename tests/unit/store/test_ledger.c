/* SPDX-License-Identifier: BSD-2-Clause */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/claim.h"
#include "base/text.h"
#include "tests/unit/store/helpers.h"
#include "tests/unit/support.h"

Suite *suite_ledger(void);

/* Who got a copy already: what one try leaves to the next. */

#define NOW 1700000000

static struct error e;

static void
set_up(void)
{
	e = (struct error)ERROR_INIT;
}

/* ---- tries ---- */

static const char *alive; /* the owners that are, separated by spaces */

static int
is_alive(void *ctx, const char *owner, bool *out, struct error *e_)
{
	(void)ctx;
	(void)e_;
	*out = alive != NULL && strstr(alive, owner) != NULL;
	return 0;
}

static struct ledger_try
a_try(const char *owner)
{
	return (struct ledger_try){ .message = HASH_A, .owner = owner, .now = NOW, .is_alive = is_alive };
}

static const char *const three[] = { "<a@x.example>", "<b@x.example>", "<c@x.example>" };

static void
expect_states(struct store *s, const struct ledger_try *try, enum ledger_state a, enum ledger_state b,
    enum ledger_state c)
{
	enum ledger_state got[3] = { (enum ledger_state)9, (enum ledger_state)9, (enum ledger_state)9 };

	expect_ok(ledger_begin(s, try, three, 3, got, &e));
	ck_assert_int_eq(got[0], a);
	ck_assert_int_eq(got[1], b);
	ck_assert_int_eq(got[2], c);
}

static int
print_row(void *ctx, const struct ledger_row *row, struct error *e_)
{
	return buffer_append_format(ctx, e_, "%.1s %.2s %s %s %d \"%s\"\n", row->message, row->recipient + 1, row->state,
	    row->owner, (int)(row->changed - NOW), row->reply);
}

static void
expect_rows(struct store *s, const char *want)
{
	struct buffer text = BUFFER_INIT(65536);

	expect_ok(ledger_each(s, NULL, print_row, &text, &e));
	ck_assert_str_eq(buffer_text(&text), want);
	buffer_done(&text);
}

START_TEST(the_first_try_sends_to_everybody)
{
	struct store *s = fresh_store();
	struct ledger_try try = a_try("one");

	expect_states(s, &try, LEDGER_UNSENT, LEDGER_UNSENT, LEDGER_UNSENT);
	expect_rows(s, "a a@ begun one 0 \"\"\na b@ begun one 0 \"\"\na c@ begun one 0 \"\"\n");
	store_close(s);
}
END_TEST

START_TEST(the_next_try_learns_how_each_ended)
{
	struct store *s = fresh_store();
	struct ledger_try one = a_try("one"), two = a_try("two"), three_ = a_try("three");

	expect_states(s, &one, LEDGER_UNSENT, LEDGER_UNSENT, LEDGER_UNSENT);
	one.now++;
	expect_ok(ledger_set(s, &one, three[0], LEDGER_SENT, "250 ok", &e));
	expect_ok(ledger_set(s, &one, three[1], LEDGER_UNKNOWN, "the connection was lost", &e));
	expect_ok(ledger_set(s, &one, three[2], LEDGER_UNSENT, "450 later", &e));
	expect_rows(s, "a a@ sent one 1 \"250 ok\"\na b@ unknown one 1 \"the connection was lost\"\n");
	two.now += 2;
	expect_states(s, &two, LEDGER_SENT, LEDGER_UNKNOWN, LEDGER_UNSENT);
	expect_rows(s, "a a@ sent two 2 \"250 ok\"\na b@ begun two 2 \"the connection was lost\"\na c@ begun two 2 \"\"\n");
	expect_states(s, &three_, LEDGER_SENT, LEDGER_UNKNOWN, LEDGER_UNKNOWN); /* two did not say how it ended */
	store_close(s);
}
END_TEST

START_TEST(a_try_that_is_alive_keeps_others_away)
{
	struct store *s = fresh_store();
	struct ledger_try one = a_try("one"), two = a_try("two"), other = a_try("two");
	const char *const parts[2][2] = { { three[0], three[1] }, { three[2], three[1] } };
	enum ledger_state got[2] = { (enum ledger_state)9, (enum ledger_state)9 };

	alive = "one";
	expect_ok(ledger_begin(s, &one, parts[0], 2, got, &e));
	expect_ok(ledger_set(s, &one, three[0], LEDGER_SENT, "250 ok", &e));
	got[0] = got[1] = (enum ledger_state)9;
	expect_error(ledger_begin(s, &two, parts[1], 2, got, &e), ERROR_LEDGER_BUSY);
	expect_error(ledger_begin(s, &two, &three[0], 1, got, &e), ERROR_LEDGER_BUSY); /* sent, and not closed */
	ck_assert_int_eq(got[0], 9);
	expect_rows(s, "a a@ sent one 0 \"250 ok\"\na b@ begun one 0 \"\"\n");
	/* Another message, and other recipients of this one, are nobody's business. */
	other.message = HASH_B;
	expect_ok(ledger_begin(s, &other, parts[1], 2, got, &e));
	expect_ok(ledger_begin(s, &two, &three[2], 1, got, &e));
	ck_assert_int_eq(got[0], LEDGER_UNSENT);
	alive = NULL;
	expect_states(s, &two, LEDGER_SENT, LEDGER_UNKNOWN, LEDGER_UNSENT);
	store_close(s);
}
END_TEST

START_TEST(a_recipient_named_twice_is_begun_once)
{
	static const char *const twice[] = { "<a@x.example>", "<a@x.example>" };
	struct store *s = fresh_store();
	struct ledger_try one = a_try("one"), two = a_try("two");
	enum ledger_state got[2];

	alive = "one";
	expect_ok(ledger_begin(s, &one, twice, 2, got, &e));
	ck_assert(got[0] == LEDGER_UNSENT && got[1] == LEDGER_UNSENT);
	expect_ok(ledger_set(s, &one, twice[0], LEDGER_SENT, "", &e));
	alive = NULL;
	expect_ok(ledger_begin(s, &two, twice, 2, got, &e));
	ck_assert(got[0] == LEDGER_SENT && got[1] == LEDGER_SENT);
	store_close(s);
}
END_TEST

START_TEST(what_is_closed_holds_back_nothing)
{
	struct store *s = fresh_store();
	struct ledger_try one = a_try("one"), two = a_try("two"), other = a_try("one");

	expect_states(s, &one, LEDGER_UNSENT, LEDGER_UNSENT, LEDGER_UNSENT);
	other.message = HASH_B;
	expect_states(s, &other, LEDGER_UNSENT, LEDGER_UNSENT, LEDGER_UNSENT);
	for (int i = 0; i < 3; i++)
		expect_ok(ledger_set(s, &one, three[i], LEDGER_SENT, "", &e));
	expect_states(s, &two, LEDGER_SENT, LEDGER_SENT, LEDGER_SENT);
	expect_ok(ledger_close(s, &one, &e)); /* they are two's now */
	expect_states(s, &two, LEDGER_SENT, LEDGER_SENT, LEDGER_SENT);
	expect_ok(ledger_close(s, &two, &e));
	expect_rows(s, "b a@ begun one 0 \"\"\nb b@ begun one 0 \"\"\nb c@ begun one 0 \"\"\n");
	expect_states(s, &two, LEDGER_UNSENT, LEDGER_UNSENT, LEDGER_UNSENT);
	store_close(s);
}
END_TEST

START_TEST(only_the_rows_of_the_try_are_set)
{
	struct store *s = fresh_store();
	struct ledger_try one = a_try("one"), two = a_try("two");

	expect_error(ledger_set(s, &one, three[0], LEDGER_SENT, "", &e), ERROR_STORE_NOT_FOUND);
	expect_states(s, &one, LEDGER_UNSENT, LEDGER_UNSENT, LEDGER_UNSENT);
	expect_error(ledger_set(s, &two, three[0], LEDGER_SENT, "", &e), ERROR_STORE_NOT_FOUND);
	expect_states(s, &two, LEDGER_UNKNOWN, LEDGER_UNKNOWN, LEDGER_UNKNOWN);
	expect_error(ledger_set(s, &one, three[0], LEDGER_UNKNOWN, "", &e), ERROR_STORE_NOT_FOUND); /* too late */
	store_close(s);
}
END_TEST

START_TEST(what_nobody_touched_expires)
{
	struct store *s = fresh_store();
	struct ledger_try one = a_try("one");

	expect_states(s, &one, LEDGER_UNSENT, LEDGER_UNSENT, LEDGER_UNSENT);
	one.now += 10;
	expect_ok(ledger_set(s, &one, three[1], LEDGER_SENT, "", &e));
	expect_ok(ledger_expire(s, NOW, &e));
	expect_ok(ledger_set(s, &one, three[0], LEDGER_UNKNOWN, "", &e));
	expect_ok(ledger_expire(s, NOW + 10, &e));
	expect_rows(s, "a a@ unknown one 10 \"\"\na b@ sent one 10 \"\"\n");
	expect_ok(ledger_expire(s, NOW + 11, &e));
	expect_rows(s, "");
	store_close(s);
}
END_TEST

static int
cannot_tell(void *ctx, const char *owner, bool *out, struct error *e_)
{
	(void)ctx;
	(void)out;
	return error_set(e_, ERROR_IO, "%s: who is that?", owner);
}

START_TEST(a_try_that_cannot_learn_who_is_alive_begins_nothing)
{
	struct store *s = fresh_store();
	struct ledger_try one = a_try("one"), two = a_try("two");
	enum ledger_state got[3] = { (enum ledger_state)9 };

	expect_ok(ledger_begin(s, &one, &three[2], 1, got, &e));
	got[0] = (enum ledger_state)9;
	two.is_alive = cannot_tell;
	expect_error(ledger_begin(s, &two, three, 3, got, &e), ERROR_IO);
	ck_assert_int_eq(got[0], 9);
	expect_rows(s, "a c@ begun one 0 \"\"\n");
	two.owner = "";
	expect_error(ledger_begin(s, &two, three, 3, got, &e), ERROR_INTERNAL);
	two.owner = "123456789012345678901234567890123"; /* would not be read again */
	expect_error(ledger_begin(s, &two, three, 3, got, &e), ERROR_INTERNAL);
	store_close(s);
}
END_TEST

START_TEST(the_ledger_leaves_the_revision_alone)
{
	struct store *s = fresh_store();
	struct ledger_try one = a_try("one");
	const int64_t before = revision(s);

	expect_states(s, &one, LEDGER_UNSENT, LEDGER_UNSENT, LEDGER_UNSENT);
	expect_ok(ledger_set(s, &one, three[0], LEDGER_SENT, "", &e));
	expect_ok(ledger_close(s, &one, &e));
	expect_ok(ledger_expire(s, NOW + 1, &e));
	ck_assert_int_eq(revision(s), before);
	store_close(s);
}
END_TEST

/*
 * Try after try with any outcome.  Nobody who was sent to is sent to again before the message is closed, and nobody is
 * left out.
 */
START_TEST(no_order_of_tries_sends_twice_or_loses_anybody)
{
	enum ledger_state known[3] = { LEDGER_UNSENT, LEDGER_UNSENT, LEDGER_UNSENT };
	struct store *s = fresh_store();
	unsigned seed = (unsigned)_i + 1;

	for (int round = 0; round < 60; round++) {
		char owner[16];
		struct ledger_try try = a_try(owner);

		snprintf(owner, sizeof owner, "%d", round);
		expect_states(s, &try, known[0], known[1], known[2]);
		for (int i = 0; i < 3; i++) {
			unsigned dice = (seed = seed * 1103515245 + 12345) >> 16 & 3;

			if (known[i] == LEDGER_SENT)
				continue;
			known[i] = dice == 3 ? LEDGER_UNKNOWN : (enum ledger_state)dice; /* 3: died, and said nothing */
			if (dice < 3)
				expect_ok(ledger_set(s, &try, three[i], known[i], "", &e));
		}
		if (known[0] != LEDGER_SENT || known[1] != LEDGER_SENT || known[2] != LEDGER_SENT)
			continue;
		expect_ok(ledger_close(s, &try, &e));
		expect_rows(s, "");
		known[0] = known[1] = known[2] = LEDGER_UNSENT;
	}
	store_close(s);
}
END_TEST

/* ---- processes ---- */

static int
claim_alive(void *ctx, const char *owner, bool *out, struct error *e_)
{
	return claim_is_held(ctx, owner, out, e_);
}

struct place {
	char store[512], claims[512];
};

static struct place *
the_place(void)
{
	static struct place place;

	snprintf(place.store, sizeof place.store, "%s", scratch("store"));
	snprintf(place.claims, sizeof place.claims, "%s", scratch("claims"));
	return &place;
}

/* A try of this process, as the daemon makes one; -1: not begun, `e_` says why. */
static int
begin_try(const struct place *place, struct store **s, char owner[CLAIM_SIZE], struct ledger_try *try,
    enum ledger_state out[3], struct error *e_)
{
	struct claims *claims = NULL;

	if (store_open(place->store, s, e_) != 0 || claims_open(place->claims, &claims, e_) != 0 ||
	    claim_take(claims, owner, e_) != 0)
		return -1;
	*try = (struct ledger_try){ HASH_A, owner, NOW, claim_alive, claims };
	return ledger_begin(*s, try, three, 3, out, e_);
}

static void
end_try(struct store *s, struct ledger_try *try)
{
	claims_close(try->ctx);
	store_close(s);
}

static int
send_one_and_die(void *ctx)
{
	struct error mine = ERROR_INIT;
	enum ledger_state out[3];
	struct ledger_try try;
	char owner[CLAIM_SIZE];
	struct store *s = NULL;

	if (begin_try(ctx, &s, owner, &try, out, &mine) == 0 &&
	    ledger_set(s, &try, three[0], LEDGER_SENT, "250 ok", &mine) == 0)
		kill(getpid(), SIGKILL);
	return 1;
}

START_TEST(a_process_that_died_leaves_unknown_what_it_did_not_finish)
{
	struct place *place = the_place();
	struct process other = start_process(send_one_and_die, place);
	enum ledger_state out[3];
	struct ledger_try try;
	char owner[CLAIM_SIZE];
	struct store *s = NULL;

	store_close(fresh_store());
	release_process(&other);
	ck_assert_int_eq(WTERMSIG(finish_process(&other)), SIGKILL);
	expect_ok(begin_try(place, &s, owner, &try, out, &e));
	ck_assert_int_eq(out[0], LEDGER_SENT);
	ck_assert_int_eq(out[1], LEDGER_UNKNOWN);
	ck_assert_int_eq(out[2], LEDGER_UNKNOWN);
	end_try(s, &try);
}
END_TEST

static int
die_before_the_commit(void *ctx)
{
	struct error mine = ERROR_INIT;
	enum ledger_state out[3];
	struct ledger_try try = a_try("other");
	struct store *s = NULL;

	if (store_open(((struct place *)ctx)->store, &s, &mine) == 0 && store_begin(s, &mine) == 0 &&
	    ledger_begin(s, &try, three, 3, out, &mine) == 0)
		kill(getpid(), SIGKILL);
	return 1;
}

START_TEST(what_was_not_committed_was_not_begun)
{
	struct process other = start_process(die_before_the_commit, the_place());
	struct ledger_try one = a_try("one");
	struct store *s = fresh_store();

	release_process(&other);
	ck_assert_int_eq(WTERMSIG(finish_process(&other)), SIGKILL);
	expect_states(s, &one, LEDGER_UNSENT, LEDGER_UNSENT, LEDGER_UNSENT);
	store_close(s);
}
END_TEST

/* Begins, says 'y' or 'n', and holds on until nobody reads what it says any more. */
struct contest {
	struct place *place;
	int said[2], until[2];
};

static int
compete(void *ctx)
{
	struct contest *c = ctx;
	struct error mine = ERROR_INIT;
	enum ledger_state out[3];
	struct ledger_try try;
	char owner[CLAIM_SIZE], word;
	struct store *s = NULL;

	close(c->until[1]);
	word = begin_try(c->place, &s, owner, &try, out, &mine) == 0 ? 'y' : mine.code == ERROR_LEDGER_BUSY ? 'n' : '?';
	return write(c->said[1], &word, 1) == 1 && read(c->until[0], &word, 1) == 0 ? 0 : 1;
}

#define PROCESSES 4

START_TEST(of_several_processes_one_begins)
{
	struct contest c = { .place = the_place() };
	struct process processes[PROCESSES];
	int yes = 0, no = 0;
	char word;

	ck_assert_int_eq(pipe(c.said), 0);
	ck_assert_int_eq(pipe(c.until), 0);
	for (int i = 0; i < PROCESSES; i++)
		processes[i] = start_process(compete, &c);
	store_close(fresh_store());
	for (int i = 0; i < PROCESSES; i++)
		release_process(&processes[i]);
	for (int i = 0; i < PROCESSES; i++) {
		ck_assert_int_eq(read(c.said[0], &word, 1), 1);
		yes += word == 'y';
		no += word == 'n';
	}
	close(c.until[1]);
	for (int i = 0; i < PROCESSES; i++)
		ck_assert_int_eq(finish_process(&processes[i]), 0);
	ck_assert_int_eq(yes, 1);
	ck_assert_int_eq(no, PROCESSES - 1);
	close(c.said[0]);
	close(c.said[1]);
	close(c.until[0]);
}
END_TEST

START_TEST(two_tries_of_one_process_are_two)
{
	struct place *place = the_place();
	struct store *s = NULL, *again = NULL;
	struct ledger_try one, two;
	char first[CLAIM_SIZE], second[CLAIM_SIZE];
	enum ledger_state out[3];

	store_close(fresh_store());
	expect_ok(begin_try(place, &s, first, &one, out, &e));
	expect_error(begin_try(place, &again, second, &two, out, &e), ERROR_LEDGER_BUSY);
	claim_drop(one.ctx, first);
	expect_ok(ledger_begin(again, &two, three, 3, out, &e));
	ck_assert_int_eq(out[0], LEDGER_UNKNOWN);
	end_try(s, &one);
	end_try(again, &two);
}
END_TEST

START_TEST(what_was_not_sent_leaves_no_row_and_what_was_sent_stays)
{
	struct store *s = fresh_store();
	struct ledger_try one = a_try("one"), two = a_try("two");

	expect_states(s, &one, LEDGER_UNSENT, LEDGER_UNSENT, LEDGER_UNSENT);
	expect_ok(ledger_set(s, &one, three[0], LEDGER_SENT, "", &e));
	for (size_t i = 0; i < 2; i++) { /* also when there is no row any more */
		expect_ok(ledger_set(s, &one, three[0], LEDGER_UNSENT, "", &e));
		expect_ok(ledger_set(s, &one, three[1], LEDGER_UNSENT, "", &e));
		expect_ok(ledger_set(s, &two, three[2], LEDGER_UNSENT, "", &e)); /* it is not two's */
	}
	expect_states(s, &two, LEDGER_SENT, LEDGER_UNSENT, LEDGER_UNKNOWN);
	store_close(s);
}
END_TEST

Suite *
suite_ledger(void)
{
	Suite *suite = suite_create("store/ledger");
	TCase *t = tcase_create("ledger");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_first_try_sends_to_everybody);
	tcase_add_test(t, the_next_try_learns_how_each_ended);
	tcase_add_test(t, a_try_that_is_alive_keeps_others_away);
	tcase_add_test(t, a_recipient_named_twice_is_begun_once);
	tcase_add_test(t, what_is_closed_holds_back_nothing);
	tcase_add_test(t, only_the_rows_of_the_try_are_set);
	tcase_add_test(t, what_nobody_touched_expires);
	tcase_add_test(t, a_try_that_cannot_learn_who_is_alive_begins_nothing);
	tcase_add_test(t, the_ledger_leaves_the_revision_alone);
	tcase_add_loop_test(t, no_order_of_tries_sends_twice_or_loses_anybody, 0, 8);
	tcase_add_test(t, a_process_that_died_leaves_unknown_what_it_did_not_finish);
	tcase_add_test(t, what_was_not_committed_was_not_begun);
	tcase_add_test(t, of_several_processes_one_begins);
	tcase_add_test(t, two_tries_of_one_process_are_two);
	tcase_add_test(t, what_was_not_sent_leaves_no_row_and_what_was_sent_stays);
	suite_add_tcase(suite, t);
	return suite;
}
