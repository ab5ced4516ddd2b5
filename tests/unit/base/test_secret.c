/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/secret.h"
#include "tests/unit/support.h"

Suite *suite_secret(void);

/* ---- pages ---- */

/* The VmFlags of the mapping that holds `p`, from /proc/self/smaps. */
static void
flags_of(const void *p, char *to, size_t room)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	unsigned long from, end;
	bool within = false;
	char line[512];

	to[0] = '\0';
	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof line, maps) != NULL) {
		if (sscanf(line, "%lx-%lx ", &from, &end) == 2)
			within = (uintptr_t)p >= from && (uintptr_t)p < end;
		else if (within && strncmp(line, "VmFlags:", 8) == 0)
			snprintf(to, room, "%s", line);
	}
	fclose(maps);
}

START_TEST(room_is_zeroed_and_kept_out_of_dumps)
{
	struct secret s = SECRET_INIT;
	struct error e = ERROR_INIT;
	char flags[512];

	expect_ok(secret_init(&s, 5000, &e));
	ck_assert_uint_eq(s.size, 5000);
	for (size_t i = 0; i < s.size; i++)
		ck_assert_uint_eq(s.data[i], 0);
	ck_assert_uint_eq((uintptr_t)s.data % (uintptr_t)sysconf(_SC_PAGESIZE), 0);
	flags_of(s.data, flags, sizeof flags);
	ck_assert_msg(strstr(flags, " dd") != NULL, "%s", flags);
	secret_done(&s);
}
END_TEST

START_TEST(done_gives_the_pages_back)
{
	struct secret s = SECRET_INIT;
	struct error e = ERROR_INIT;
	unsigned char vector[4];
	void *pages;

	expect_ok(secret_copy(&s, "key", 3, &e));
	pages = s.data;
	s.size = 1; /* a holder made it smaller */
	secret_done(&s);
	ck_assert_ptr_null(s.data);
	ck_assert_uint_eq(s.size, 0);
	ck_assert_int_eq(mincore(pages, 1, vector), -1);
	ck_assert_int_eq(errno, ENOMEM);
	secret_done(&s);
	secret_done(NULL);
}
END_TEST

START_TEST(sizes_have_bounds)
{
	struct secret s = SECRET_INIT;
	struct error e = ERROR_INIT;

	expect_error(secret_init(&s, 0, &e), ERROR_TOO_LARGE);
	expect_error(secret_init(&s, SECRET_MAX + 1, &e), ERROR_TOO_LARGE);
	ck_assert_ptr_null(s.data);
	expect_ok(secret_init(&s, SECRET_MAX, &e));
	memset(s.data, 0xff, s.size);
	secret_done(&s);
}
END_TEST

/* In a process of its own, because the limit and the user id do not come back. */
static int
without_locked_memory(void)
{
	struct rlimit none = { 0, 0 };
	struct secret s = SECRET_INIT;
	struct error e = ERROR_INIT;
	void *page = mmap(NULL, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0))
		return 2;
	if (syscall(SYS_mlock, page, 1) == 0) /* past the address sanitizer, which makes mlock(2) empty */
		return 3; /* the limit does not bind: nothing would be tested */
	if (secret_copy(&s, "key", 3, &e) != 0 || memcmp(s.data, "key", 3) != 0)
		return 4;
	secret_done(&s);
	return 0;
}

START_TEST(a_lock_limit_is_no_error)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		_exit(without_locked_memory());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

START_TEST(equal_means_same_size_and_octets)
{
	struct secret a = SECRET_INIT, b = SECRET_INIT, none = SECRET_INIT;
	struct error e = ERROR_INIT;

	expect_ok(secret_copy(&a, "same", 4, &e));
	expect_ok(secret_copy(&b, "same", 4, &e));
	ck_assert(secret_equal(&a, &b));
	for (size_t i = 0; i < 4; i++) {
		b.data[i] ^= 0x80;
		ck_assert(!secret_equal(&a, &b));
		b.data[i] ^= 0x80;
	}
	b.size = 3;
	ck_assert(!secret_equal(&a, &b));
	ck_assert(!secret_equal(&a, &none));
	ck_assert(secret_equal(&none, &none));
	secret_done(&a);
	secret_done(&b);
}
END_TEST

/* ---- files ---- */

static const struct {
	const char *content, *secret;
} files[] = {
	{ "hunter2", "hunter2" },
	{ "hunter2\n", "hunter2" },
	{ "hunter2\r\n", "hunter2" },
	{ "hunter2\n\n", "hunter2\n" },
	{ " hunter2 \n", " hunter2 " },
};

START_TEST(a_file_gives_its_secret_without_the_line_end)
{
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		struct secret s = SECRET_INIT;

		expect_ok(file_replace(scratch("key"), files[i].content, strlen(files[i].content), 0600, &e));
		expect_ok(secret_read_file(scratch("key"), &s, &e));
		ck_assert_uint_eq(s.size, strlen(files[i].secret));
		ck_assert_int_eq(memcmp(s.data, files[i].secret, s.size), 0);
		secret_done(&s);
	}
}
END_TEST

START_TEST(an_open_or_empty_or_huge_file_is_refused)
{
	static char huge[SECRET_MAX + 10];
	struct secret s = SECRET_INIT;
	struct error e = ERROR_INIT;

	expect_ok(file_replace(scratch("key"), "x", 1, 0640, &e));
	expect_error(secret_read_file(scratch("key"), &s, &e), ERROR_PERMISSIONS);
	expect_ok(file_replace(scratch("key"), "\n", 1, 0600, &e));
	expect_error(secret_read_file(scratch("key"), &s, &e), ERROR_CONFIGURATION);
	memset(huge, 'x', sizeof huge);
	memset(huge + SECRET_MAX, '\n', 10);
	for (size_t n = SECRET_MAX + 2; n <= SECRET_MAX + 10; n++) {
		expect_ok(file_replace(scratch("key"), huge, n, 0600, &e));
		expect_error(secret_read_file(scratch("key"), &s, &e), ERROR_TOO_LARGE);
	}
	expect_ok(file_replace(scratch("key"), huge, SECRET_MAX + 1, 0600, &e));
	expect_ok(secret_read_file(scratch("key"), &s, &e));
	ck_assert_uint_eq(s.size, SECRET_MAX);
	secret_done(&s);
	expect_error(secret_read_file("/nonexistent", &s, &e), ERROR_IO);
	expect_error(secret_read_fd(-1, &s, &e), ERROR_IO);
	ck_assert_ptr_null(s.data);
}
END_TEST

START_TEST(a_pipe_is_read_to_its_end)
{
	struct secret s = SECRET_INIT;
	struct error e = ERROR_INIT;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "from a pipe\n", 12), 12);
	close(ends[1]);
	expect_ok(secret_read_fd(ends[0], &s, &e));
	ck_assert_uint_eq(s.size, 11);
	secret_done(&s);
	close(ends[0]);
}
END_TEST

static int
read_key(void *ctx, struct error *e)
{
	struct secret s = SECRET_INIT;
	int rc = secret_read_file(ctx, &s, e);

	secret_done(&s);
	return rc;
}

START_TEST(survives_every_failing_allocation)
{
	struct error e = ERROR_INIT;
	char path[512];

	snprintf(path, sizeof path, "%s", scratch("key"));
	expect_ok(file_replace(path, "x", 1, 0600, &e));
	each_allocation_fails(read_key, path);
}
END_TEST

/* ---- the terminal ---- */

/* Asks on its terminal; exit status 0 if "hunter2" was entered, else the error's code. */
static void
ask_and_exit(void)
{
	struct secret s = SECRET_INIT;
	struct error e = ERROR_INIT;

	signal(SIGINT, SIG_DFL); /* check(3) has a handler of its own */
	if (secret_prompt("Password: ", &s, &e) != 0)
		_exit((int)e.code);
	if (s.size != 7 || memcmp(s.data, "hunter2", 7) != 0)
		_exit(99);
	_exit(0);
}

/* Everything that the terminal shows, until `until` has come or the other side is gone. */
static void
watch(int terminal, const char *until, struct buffer *shown)
{
	struct error e = ERROR_INIT;
	char block[256];
	ssize_t n;

	while (until == NULL || strstr(buffer_text(shown), until) == NULL) {
		n = read(terminal, block, sizeof block);
		if (n <= 0)
			return; /* EIO: the last user of the terminal has ended */
		expect_ok(buffer_append(shown, block, (size_t)n, &e));
	}
}

/* Answer the prompt; returns the status of the process that asked. */
static int
answer(const char *text, struct buffer *shown, bool *out_echo)
{
	struct termios state;
	int terminal = -1, status = 0;
	pid_t child = forkpty(&terminal, NULL, NULL, NULL);

	if (child == 0)
		ask_and_exit();
	ck_assert_int_gt(child, 0);
	watch(terminal, "Password: ", shown);
	ck_assert_int_eq(tcgetattr(terminal, &state), 0);
	ck_assert_uint_eq(state.c_lflag & ECHO, 0);
	ck_assert_int_eq(write(terminal, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(tcgetattr(terminal, &state), 0);
	*out_echo = (state.c_lflag & ECHO) != 0;
	watch(terminal, NULL, shown);
	close(terminal);
	return status;
}

START_TEST(a_prompt_does_not_echo)
{
	struct buffer shown = BUFFER_INIT(1000);
	bool echo = false;
	int status = answer("hunter2\n", &shown, &echo);

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_ptr_null(strstr(buffer_text(&shown), "hunter"));
	ck_assert(echo);
	buffer_done(&shown);
}
END_TEST

START_TEST(an_interrupted_prompt_restores_the_terminal)
{
	struct buffer shown = BUFFER_INIT(1000);
	bool echo = false;
	int status = answer("hunt\003", &shown, &echo);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGINT);
	ck_assert(echo);
	buffer_done(&shown);
}
END_TEST

START_TEST(an_empty_answer_is_an_error)
{
	struct buffer shown = BUFFER_INIT(1000);
	bool echo = false;
	int status = answer("\n", &shown, &echo);

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), ERROR_USAGE);
	ck_assert(echo);
	buffer_done(&shown);
}
END_TEST

START_TEST(without_a_terminal_a_prompt_is_an_error)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		setsid();
		ask_and_exit();
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(WEXITSTATUS(status), ERROR_USAGE);
}
END_TEST

Suite *
suite_secret(void)
{
	Suite *s = suite_create("secret");
	TCase *t = tcase_create("secret");

	tcase_add_test(t, room_is_zeroed_and_kept_out_of_dumps);
	tcase_add_test(t, done_gives_the_pages_back);
	tcase_add_test(t, sizes_have_bounds);
	tcase_add_test(t, a_lock_limit_is_no_error);
	tcase_add_test(t, equal_means_same_size_and_octets);
	tcase_add_test(t, a_file_gives_its_secret_without_the_line_end);
	tcase_add_test(t, an_open_or_empty_or_huge_file_is_refused);
	tcase_add_test(t, a_pipe_is_read_to_its_end);
	tcase_add_test(t, survives_every_failing_allocation);
	tcase_add_test(t, a_prompt_does_not_echo);
	tcase_add_test(t, an_interrupted_prompt_restores_the_terminal);
	tcase_add_test(t, an_empty_answer_is_an_error);
	tcase_add_test(t, without_a_terminal_a_prompt_is_an_error);
	suite_add_tcase(s, t);
	return s;
}
