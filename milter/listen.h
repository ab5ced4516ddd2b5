/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MILTER_LISTEN_H
#define MILTER_LISTEN_H

#include "base/error.h"
#include "conf/settings.h"

/*
 * listen_open(listener, user, e): the socket of a listener, open and listening: a unix socket with mode 0660, owned
 * by `user` and the listener's group; an inet socket with TCP_NODELAY, which accepted connections inherit (libmilter
 * leaves Nagle's algorithm on: 40 ms a message).  To be called before privileges are dropped and with the instance's
 * lock held (a stale socket is removed), and after callbacks_register(), without which libmilter opens nothing.
 */
int listen_open(const struct listener *listener, const char *user, struct error *e);

/* listen_check(path, e): may a unix socket stand there?  Also for -t, which opens none. */
int listen_check(const char *path, struct error *e);

#endif
