/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_PLACE_H
#define STORE_PLACE_H

#include "base/error.h"

/* Where an engine of one file puts it. */

/* place_judge(path, e): a regular file that only its owner may open; nothing is opened for it. */
int place_judge(const char *path, struct error *e);

/* place_judge_new(path, e): nothing bears this name, and nothing of a former store is left beside it. */
int place_judge_new(const char *path, struct error *e);

/*
 * place_make(name, path, e): an empty file under a name from mkstemp(3)'s
 * pattern `name`, for its owner alone: the folder's owner, when root makes a
 * store for the daemon.
 */
int place_make(char *name, const char *path, struct error *e);

#endif
