/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MILTER_SIGNALS_H
#define MILTER_SIGNALS_H

#include "base/error.h"

/*
 * Signals beside libmilter, whose own thread waits for SIGHUP, SIGTERM and
 * SIGINT in sigwait(3) and ends the daemon at each.  Leaving them unblocked in
 * the main thread is not enough: while one is on its way there, the kernel gives
 * the next one to whoever waits for it.  So signals.c has a sigwait() of its
 * own, which the linker prefers to that of the C library and which never
 * returns.  What is left are handlers in the main thread that write into a pipe.
 */
enum signal_order { ORDER_RELOAD, ORDER_STOP, ORDER_ENDED };

/* signals_begin(e): install; from the main thread, before libmilter's threads exist. */
int signals_begin(struct error *e);

/* signals_wait(): the next order. */
enum signal_order signals_wait(void);

/* signals_wake(): from another thread: libmilter has ended. */
void signals_wake(void);

#endif
