/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MILTER_DAEMON_H
#define MILTER_DAEMON_H

#include <stdbool.h>

#include "base/error.h"
#include "conf/settings.h"
#include "gateway/gateway.h"

/*
 * What the daemon holds from start to stop: store, keys, record, directory and
 * gateway outlive every reload; the settings are a snapshot that a reload swaps.
 */
struct daemon_options {
	const char *configuration; /* path */
	const char *instance;      /* the listener to run; NULL: the only one */
	bool test;                 /* -t: check everything that can be checked, serve nothing */
	bool verbose;              /* log to standard error */
};

struct daemon;

/*
 * daemon_prepare(options, out, e): settings, lock against a second instance, socket, master key, privileges given
 * up, store, record, trust, gateway: all that must hold before a connection is taken.  On failure nothing is left
 * behind and nothing was changed.
 */
int daemon_prepare(const struct daemon_options *options, struct daemon **out, struct error *e);

/* daemon_serve(d, e): answer the MTA until SIGTERM or SIGINT; SIGHUP reloads.  Returns when drained. */
int daemon_serve(struct daemon *d, struct error *e);
void daemon_free(struct daemon *d); /* NULL is fine */

/* ---- for the callbacks -------------------------------------------------------- */

/* daemon_snapshot(d): the current settings, one reference more. */
struct settings *daemon_snapshot(struct daemon *d);
struct gateway *daemon_gateway(struct daemon *d);
const char *daemon_instance(const struct daemon *d);

/*
 * daemon_message_begins(d): false while stopping: the MTA is told to try again.  daemon_message_ends(d) for each true.
 */
bool daemon_message_begins(struct daemon *d);
void daemon_message_ends(struct daemon *d);

#endif
