/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_GATEWAY_OFFICE_H
#define TESTS_UNIT_GATEWAY_OFFICE_H

#include <pthread.h>

#include "tests/unit/net/peer.h"

/*
 * The MTA behind `resubmit`: each connection is a scripted server of its own
 * (tests/unit/net/peer.h), and what it took over is kept.  A clock that
 * stands still unless the test moves it: whoever waits in vain is told so at once.
 */
#define OFFICE_PEERS 256

struct office {
	/* the script of the n-th connection, counted from 0; NULL: friendly */
	void (*script)(void *ctx, struct peer *p, size_t n);
	void *ctx;
	struct peer *peers[OFFICE_PEERS];
	size_t count;
	int64_t now_ms; /* at which a connection begins, too */
	pthread_mutex_t mutex;
	struct smtp_transport transport;
};

void office_init(struct office *o);
void office_done(struct office *o);

/*
 * office_took(p, path): that connection took a message over for that path.  office_count(o, path): how often it was taken
 * over; out_text, if not NULL, is the last.
 */
bool office_took(const struct peer *p, const char *path);
size_t office_count(const struct office *o, const char *path, const struct buffer **out_text);

#endif
