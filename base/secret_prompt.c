/* SPDX-License-Identifier: BSD-2-Clause */

/* A secret from the terminal: no echo, and the terminal is as it was whatever happens. */

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/secret.h"

#define LINE_ROOM 1024 /* a terminal gives lines up to 4096; passwords are shorter */

/* The signal that came while the echo was off. */
static volatile sig_atomic_t caught;

static void
on_signal(int number)
{
	caught = number;
}

static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP };
#define SIGNAL_COUNT (sizeof signals / sizeof signals[0])

/* What was before: put back whatever happens. */
struct signal_state {
	struct sigaction actions[SIGNAL_COUNT];
	sigset_t mask;
};

/* Signals are let in only while we wait (ppoll(2)), so that none slips in between the look and the wait. */
static void
catch_signals(struct signal_state *before)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t held;

	caught = 0;
	sigemptyset(&action.sa_mask);
	sigemptyset(&held);
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		sigaddset(&held, signals[i]);
	pthread_sigmask(SIG_BLOCK, &held, &before->mask);
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		sigaction(signals[i], &action, &before->actions[i]);
}

static void
restore_signals(const struct signal_state *before)
{
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		sigaction(signals[i], &before->actions[i], NULL);
	pthread_sigmask(SIG_SETMASK, &before->mask, NULL);
	if (caught != 0)
		raise(caught);
}

/* read(2) that a signal ends. */
static ssize_t
read_interruptibly(int fd, void *to, size_t room, const sigset_t *mask)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };

	if (ppoll(&waiting, 1, NULL, mask) < 0)
		return -1;
	return read(fd, to, room);
}

/* One line up to its end or `room` octets. */
static int
read_line(int fd, const sigset_t *mask, unsigned char *to, size_t room, size_t *out_size, struct error *e)
{
	size_t size = 0;
	ssize_t n;

	do {
		n = read_interruptibly(fd, to + size, room - size, mask);
		if (n > 0)
			size += (size_t)n;
	} while (n > 0 && size < room && to[size - 1] != '\n');
	if (n < 0)
		return error_set_errno(e, ERROR_USAGE, "cannot read from the terminal");
	if (size == room)
		return error_set(e, ERROR_USAGE, "the line is too long");
	while (size > 0 && (to[size - 1] == '\n' || to[size - 1] == '\r'))
		size--;
	*out_size = size;
	return size > 0 ? 0 : error_set(e, ERROR_USAGE, "nothing was entered");
}

static int
prompt_quietly(int fd, const char *prompt, struct secret *line, size_t *out_size, struct error *e)
{
	struct signal_state before;
	struct termios echo, quiet;
	int rc;

	if (tcgetattr(fd, &echo) != 0)
		return error_set_errno(e, ERROR_USAGE, "the terminal");
	quiet = echo;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	catch_signals(&before);
	tcsetattr(fd, TCSAFLUSH, &quiet);
	rc = file_write_all(fd, prompt, strlen(prompt), e);
	if (rc == 0)
		rc = read_line(fd, &before.mask, line->data, line->size, out_size, e);
	tcsetattr(fd, TCSAFLUSH, &echo);
	(void)file_write_all(fd, "\n", 1, NULL); /* the one that was not echoed */
	restore_signals(&before);
	return rc;
}

int
secret_prompt(const char *prompt, struct secret *s, struct error *e)
{
	struct secret line = SECRET_INIT;
	size_t size = 0;
	int fd, rc = -1;

	fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return error_set_errno(e, ERROR_USAGE, "no terminal to ask for a secret");
	if (secret_init(&line, LINE_ROOM, e) == 0 && prompt_quietly(fd, prompt, &line, &size, e) == 0)
		rc = secret_copy(s, line.data, size, e);
	secret_done(&line);
	close(fd);
	return rc;
}
