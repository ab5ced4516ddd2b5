/* SPDX-License-Identifier: BSD-2-Clause */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/claim.h"
#include "tests/unit/support.h"

Suite *suite_claim(void);

static struct error e;

static struct claims *
open_claims(void)
{
	struct claims *c = NULL;

	expect_ok(claims_open(scratch("claims"), &c, &e));
	return c;
}

static bool
held(const struct claims *c, const char *claim)
{
	bool out = false;

	expect_ok(claim_is_held(c, claim, &out, &e));
	return out;
}

START_TEST(a_claim_is_held_until_it_is_dropped)
{
	struct claims *mine = open_claims(), *other = open_claims();
	char one[CLAIM_SIZE], two[CLAIM_SIZE];

	expect_ok(claim_take(mine, one, &e));
	expect_ok(claim_take(mine, two, &e));
	ck_assert_uint_eq(strspn(one, "0123456789abcdef"), CLAIM_SIZE - 1);
	ck_assert_str_ne(one, two);
	ck_assert(held(mine, one) && held(mine, two)); /* also by whoever holds it */
	ck_assert(held(other, one) && held(other, two));
	claim_drop(mine, one);
	ck_assert(!held(mine, one) && held(mine, two));
	ck_assert(!held(other, one) && held(other, two));
	claim_drop(other, two); /* not its own */
	ck_assert(held(mine, two));
	claims_close(mine);
	ck_assert(!held(other, two));
	claims_close(other);
}
END_TEST

START_TEST(what_is_no_claim_is_held_by_nobody)
{
	static const char *const texts[] = { "", "1", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg" };
	struct claims *c = open_claims();

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		ck_assert(!held(c, texts[i]));
		claim_drop(c, texts[i]);
	}
	claims_close(c);
}
END_TEST

/* Takes a claim, says it to `to`, and waits for the end of `until`. */
static void
hold_a_claim(const char *path, int to, int until)
{
	struct error mine = ERROR_INIT;
	struct claims *c = NULL;
	char claim[CLAIM_SIZE];

	if (claims_open(path, &c, &mine) != 0 || claim_take(c, claim, &mine) != 0 ||
	    write(to, claim, sizeof claim) != (ssize_t)sizeof claim)
		_exit(1);
	_exit(read(until, claim, 1) == 0 ? 0 : 1); /* not closed: the kernel has to */
}

struct holder {
	pid_t pid;
	int until;
	char claim[CLAIM_SIZE];
};

static struct holder
start_holder(const char *path)
{
	struct holder h;
	int said[2], until[2];

	ck_assert_int_eq(pipe(said), 0);
	ck_assert_int_eq(pipe(until), 0);
	h.pid = fork();
	ck_assert_int_ge(h.pid, 0);
	if (h.pid == 0) {
		close(until[1]);
		hold_a_claim(path, said[1], until[0]);
	}
	close(said[1]);
	close(until[0]);
	ck_assert_int_eq(read(said[0], h.claim, sizeof h.claim), (ssize_t)sizeof h.claim);
	close(said[0]);
	h.until = until[1];
	return h;
}

START_TEST(a_claim_ends_with_its_process)
{
	struct holder leaves, killed;
	struct claims *c;
	char path[512];

	snprintf(path, sizeof path, "%s", scratch("claims"));
	killed = start_holder(path);
	leaves = start_holder(path);
	c = open_claims();
	ck_assert(held(c, leaves.claim) && held(c, killed.claim));
	close(leaves.until);
	ck_assert_int_eq(waitpid(leaves.pid, NULL, 0), leaves.pid);
	ck_assert(!held(c, leaves.claim) && held(c, killed.claim));
	ck_assert_int_eq(kill(killed.pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(killed.pid, NULL, 0), killed.pid);
	ck_assert(!held(c, killed.claim));
	close(killed.until);
	claims_close(c);
}
END_TEST

START_TEST(the_file_is_its_owners_alone_and_stays_empty)
{
	struct claims *c = open_claims();
	char claim[CLAIM_SIZE];
	struct stat st;

	expect_ok(claim_take(c, claim, &e));
	ck_assert_int_eq(stat(scratch("claims"), &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(st.st_size, 0);
	claims_close(c);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	struct claims *c = NULL;
	char path[512];

	snprintf(path, sizeof path, "%s", scratch("claims"));
	ck_assert_int_eq(symlink(scratch("elsewhere"), path), 0);
	expect_error(claims_open(path, &c, &e), ERROR_IO);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	expect_error(claims_open(path, &c, &e), ERROR_IO);
	expect_error(claims_open(scratch("no/folder"), &c, &e), ERROR_IO);
	ck_assert_ptr_null(c);
}
END_TEST

Suite *
suite_claim(void)
{
	Suite *s = suite_create("claim");
	TCase *t = tcase_create("claim");

	tcase_add_test(t, a_claim_is_held_until_it_is_dropped);
	tcase_add_test(t, what_is_no_claim_is_held_by_nobody);
	tcase_add_test(t, a_claim_ends_with_its_process);
	tcase_add_test(t, the_file_is_its_owners_alone_and_stays_empty);
	tcase_add_test(t, what_is_no_file_is_refused);
	suite_add_tcase(s, t);
	return s;
}
