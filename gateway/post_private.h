/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GATEWAY_POST_PRIVATE_H
#define GATEWAY_POST_PRIVATE_H

#include "gateway/gateway_private.h"
#include "store/rows.h"

/*
 * A mail of ours by SMTP: a copy for the recipients of a body, or the report about recipients who are left out.  What
 * becomes of it is noted with each of them and in the ledger.
 */
struct post {
	struct gateway_message *message;
	const struct body *body;        /* NULL: the report */
	struct recipient **recipients;  /* whom it serves, or is about; the array is owned */
	size_t count;
	size_t *places;                 /* of each recipient: its place among the paths that are named to the server; owned */
	size_t paths;
	struct spool *text;             /* the whole of it */
	bool eight_bit;
	struct error error;             /* why something is not known, or not in the ledger */
};

/* post_init(post, m, body, e): for nobody yet, with room for every recipient of the message. */
int post_init(struct post *post, struct gateway_message *m, const struct body *body, struct error *e);
void post_done(struct post *post);
void post_add(struct post *post, struct recipient *r);

/* post_write(post, e): the text, for those who are in it now. */
int post_write(struct post *post, struct error *e);

/* post_drop_served(post): whom an earlier try has served needs nothing. */
void post_drop_served(struct post *post);

/* post_ledger_name(r, reported, e): by what the ledger knows a recipient, or that its sender was told; caller frees. */
char *post_ledger_name(const struct recipient *r, bool reported, struct error *e);

/* post_send(post): by SMTP until the message's deadline.  Any thread may do it; no two for one post. */
void post_send(struct post *post);

/*
 * posting.c: posts_send(posts, count, ops, ctx, e): all of them at once, and a word to the MTA now and then.  -1 if
 * the MTA hears no more or something is not known; each recipient has its fate either way.
 */
int posts_send(struct post *posts, size_t count, const struct edit_ops *ops, void *ctx, struct error *e);

/* is_served(r): nothing is owed to that recipient. */
bool is_served(const struct recipient *r);

/* copies_try(m): this try as the ledger knows it. */
struct ledger_try copies_try(const struct gateway_message *m);

#endif
