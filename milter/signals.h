/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MILTER_SIGNALS_H
#define MILTER_SIGNALS_H

#include "base/error.h"

/*
 * Signals beside libmilter, whose own thread waits for SIGHUP, SIGTERM and
 * SIGINT and ends the daemon at each.  The kernel gives a signal to the main
 * thread while that one does not block it: so the main thread has them
 * unblocked and handlers that only write into a pipe.  SA_NODEFER keeps them
 * unblocked inside the handler, too: else a second SIGHUP at that moment would
 * go to libmilter's thread.
 */
enum signal_order { ORDER_RELOAD, ORDER_STOP, ORDER_ENDED };

/* signals_begin(e): install; from the main thread, before libmilter's threads exist. */
int signals_begin(struct error *e);

/* signals_wait(): the next order. */
enum signal_order signals_wait(void);

/* signals_wake(): from another thread: libmilter has ended. */
void signals_wake(void);

#endif
