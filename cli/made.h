/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_MADE_H
#define CLI_MADE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Folders and files that `init` makes: given to the daemon's user when root
 * makes them, and gone again when a later step fails.
 */
#define MADE_MAX 32

struct made {
	char *paths[MADE_MAX]; /* oldest first */
	size_t count;
	bool give;             /* we are root: what is made goes to uid and gid */
	uid_t uid;
	gid_t gid;
};

/* made_folder(m, path, mode, e): with its parents (mode 0755, they stay as their maker's). */
int made_folder(struct made *m, const char *path, mode_t mode, struct error *e);

/*
 * made_daemon_folder(m, path, mode, setting, e): the same, for the daemon to write into: an existing one must be its
 * user's, or empty (then it is given to that user); the error names `setting` and the remedy.
 */
int made_daemon_folder(struct made *m, const char *path, mode_t mode, const char *setting, struct error *e);

/*
 * made_file(m, path, e): note a file once it is ours, not before: it may be another's.  made_give(): give a path to
 * the user.
 */
int made_file(struct made *m, const char *path, struct error *e);
int made_give(const struct made *m, const char *path, struct error *e);

void made_undo(struct made *m); /* newest first; what was not made after all is passed over */
void made_done(struct made *m);

#endif
