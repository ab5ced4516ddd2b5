/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CLAIM_H
#define BASE_CLAIM_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Who is still at work.  A claim is a name that lives until it is dropped or the
 * process that holds it ends, however that happens; any thread of any process
 * that has the same file open can ask.  It is a lock on one octet of the file
 * that a random number picks, so nothing is written there, nothing is left
 * behind, and no process has to see another (the daemon's /proc is hidden).
 */
struct claims;

/*
 * claims_open(path, out, e): the file, made (mode 0600; made by root it belongs to the owner of its folder) where it
 * is missing.  ERROR_IO.  May be used by several threads.  Do not carry it across fork(2): the child would hold on to
 * its parent's claims.
 */
int claims_open(const char *path, struct claims **out, struct error *e);
void claims_close(struct claims *c); /* drops all that were taken by it; NULL is fine */

/* claim_take(c, to, e): a new claim, 16 hexadecimal digits.  claim_drop(c, claim): it is no longer held. */
#define CLAIM_SIZE 17
int claim_take(struct claims *c, char to[CLAIM_SIZE], struct error *e);
void claim_drop(struct claims *c, const char *claim);

/* claim_is_held(c, claim, out, e): by anybody, this process included.  A text that is no claim is held by nobody. */
int claim_is_held(const struct claims *c, const char *claim, bool *out, struct error *e);

#endif
