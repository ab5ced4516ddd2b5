/* SPDX-License-Identifier: BSD-2-Clause */

#include "milter/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define AT_ONCE 512 /* orders taken together: a hundred reloads that wait are one */

/* Written by handlers and signals_wake(), read by signals_wait(). */
static int orders[2] = { -1, -1 };

/* Apart from the pipe, which a storm of reloads may have filled. */
static volatile sig_atomic_t stop_ordered;

/*
 * libmilter's thread calls this, and nobody else in the process does.  It has its signals blocked, so that pause(2)
 * sees none.
 */
int
sigwait(const sigset_t *set, int *number)
{
	(void)set;
	(void)number;
	for (;;)
		(void)pause();
}

static void
put(char order)
{
	int saved = errno;

	/* A full pipe holds an order to come already; a lost reload among thousands is the same reload. */
	(void)!write(orders[1], &order, 1);
	errno = saved;
}

static void
on_signal(int number)
{
	if (number != SIGHUP)
		stop_ordered = 1;
	put(number == SIGHUP ? 'r' : 's');
}

int
signals_begin(struct error *e)
{
	static const int numbers[] = { SIGHUP, SIGTERM, SIGINT };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	sigset_t set;

	if (pipe2(orders, O_CLOEXEC) != 0 || fcntl(orders[1], F_SETFL, O_NONBLOCK) != 0)
		return error_set_errno(e, ERROR_INTERNAL, "cannot make a pipe");
	(void)sigemptyset(&action.sa_mask);
	(void)sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (sigaction(numbers[i], &action, NULL) != 0)
			return error_set_errno(e, ERROR_INTERNAL, "cannot handle signal %d", numbers[i]);
		(void)sigaddset(&set, numbers[i]);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a record or store that may not grow is an error to report */
	return pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0 ? 0 : error_set(e, ERROR_INTERNAL, "signal mask");
}

enum signal_order
signals_wait(void)
{
	struct pollfd waiting = { .fd = orders[0], .events = POLLIN };
	char taken[AT_ONCE];

	for (;;) {
		/* poll(2) and not read(2) waits: a signal ends it, and the thread sanitizer runs handlers there. */
		ssize_t n = poll(&waiting, 1, -1);

		if (n > 0)
			n = read(orders[0], taken, sizeof(taken));
		if (stop_ordered)
			return ORDER_STOP;
		if (n > 0)
			return memchr(taken, 'e', (size_t)n) != NULL ? ORDER_ENDED : ORDER_RELOAD;
		if (n != -1 || errno != EINTR)
			return ORDER_ENDED;
	}
}

void
signals_wake(void)
{
	put('e');
}
