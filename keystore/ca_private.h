/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KEYSTORE_CA_PRIVATE_H
#define KEYSTORE_CA_PRIVATE_H

#include "keystore/ca.h"
#include "keystore/keystore_private.h"

/* The CAs of the store, as ca.c reads them for ca_issue.c and ca_revoke.c. */
struct authority {
	char id[RANDOM_ID_SIZE], key_id[RANDOM_ID_SIZE];
	char *name;
	struct certificate *certificate; /* of the issuing CA */
	struct certificates chain;       /* above it; the root last */
};
struct authorities {
	struct authority *items; /* newest first */
	size_t count;
};
int authorities_read(struct keystore *ks, struct authorities *out, struct error *e);
void authorities_done(struct authorities *list);

/* authority_newest(list, e): the one that issues; ERROR_STORE_NOT_FOUND and the remedy if there is none. */
const struct authority *authority_newest(const struct authorities *list, struct error *e);

#endif
