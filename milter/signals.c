/* SPDX-License-Identifier: BSD-2-Clause */

#include "milter/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

/* Written by handlers and signals_wake(), read by signals_wait(). */
static int orders[2] = { -1, -1 };

static void
put(char order)
{
	int saved = errno;

	/* A full pipe already holds an order to come; a lost reload among thousands is the same reload. */
	(void)!write(orders[1], &order, 1);
	errno = saved;
}

static void
on_signal(int number)
{
	put(number == SIGHUP ? 'r' : 's');
}

int
signals_begin(struct error *e)
{
	static const int numbers[] = { SIGHUP, SIGTERM, SIGINT };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_NODEFER | SA_RESTART };
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
	return pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0 ? 0 : error_set(e, ERROR_INTERNAL, "signal mask");
}

enum signal_order
signals_wait(void)
{
	char order;

	for (;;) {
		ssize_t n = read(orders[0], &order, 1);

		if (n == 1)
			return order == 'r' ? ORDER_RELOAD : order == 's' ? ORDER_STOP : ORDER_ENDED;
		if (n != -1 || errno != EINTR)
			return ORDER_ENDED;
	}
}

void
signals_wake(void)
{
	put('e');
}
