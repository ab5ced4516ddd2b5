/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_EXPIRY_H
#define CLI_EXPIRY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/random.h"
#include "cli/checklist.h"
#include "store/store.h"

/* What ends when: our certificates and our partners'. */

struct key_entry {
	char id[RANDOM_ID_SIZE], identity[RANDOM_ID_SIZE];
	char state[16], purpose[16];
};

struct key_list {
	struct key_entry *items;
	size_t count;
};
int key_list_read(struct store *s, struct key_list *out, struct error *e);
void key_list_done(struct key_list *list);

enum expiry_span { EXPIRY_30, EXPIRY_14, EXPIRY_7, EXPIRY_1, EXPIRY_PAST, EXPIRY_SPANS };
#define EXPIRY_30_SECONDS ((int64_t)30 * 86400)

struct expiry {
	char *name;    /* an address or domain */
	int64_t until; /* 0: there never was a certificate */
};

struct expiries {
	int64_t now;
	struct expiry *items; /* the first to end first */
	size_t count;
	size_t within[EXPIRY_SPANS]; /* each counts those of the next, save the past */
	enum finding_level error_level;
};

/*
 * expiries_own(s, keys, x, e): until when each identity can sign or decrypt: the latest end of a certificate among its
 * active keys for each of the two, and of these the sooner.  An identity without active keys does not stand there.
 * expiries_partners(): the latest end among an owner's certificates.  `x->now` is set by the caller.
 */
int expiries_own(struct store *s, const struct key_list *keys, struct expiries *x, struct error *e);
int expiries_partners(struct store *s, struct expiries *x, struct error *e);
void expiries_done(struct expiries *x);

#endif
