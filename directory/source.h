/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DIRECTORY_SOURCE_H
#define DIRECTORY_SOURCE_H

#include "directory/directory.h"

/*
 * Where certificates come from.  Each source is one file source_*.c that fills
 * one certificate_source; the directory asks them in order and judges what they
 * give.  A source gives everything that it has for an address, and believes
 * nothing.
 */
struct finding {
	struct certificate *certificate;
	struct certificates chain;
	enum trust_level level;
	bool domain;        /* it stands for the whole domain */
	const char *source; /* static */
};
struct findings {
	struct finding *items;
	size_t count;
};
int findings_take(struct findings *list, struct finding *take, struct error *e); /* takes its members in every case */
int findings_copy(struct findings *list, const struct finding *from, struct error *e);
void finding_done(struct finding *f);
void findings_done(struct findings *list);

struct certificate_source {
	const char *name;
	/*
	 * find(ctx, address, deadline, out, e): append what it has.  ERROR_NO_MEMORY fails the look-up; after any other
	 * error the certificate may merely be unknown now: the look-up goes on and is `temporary`.
	 */
	int (*find)(void *ctx, const struct address *a, int64_t deadline, struct findings *out, struct error *e);
	void (*release)(void *ctx);
	void *ctx;
};

/* source_store.c: partner_certificate rows of the store, by address, then by "@domain". */
int source_store(struct store *store, struct certificate_source *out, struct error *e);

#endif
