/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GATEWAY_EDITS_PRIVATE_H
#define GATEWAY_EDITS_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/spool.h"
#include "gateway/gateway.h"
#include "mime/header_list.h"

/*
 * What is to be changed in a message, computed whole before the first change is
 * asked for.  Indexes are those of the message as it came.
 */
enum edit_kind { EDIT_CHANGE, EDIT_ADD, EDIT_INSERT, EDIT_DELETE_RECIPIENT };

struct edit {
	enum edit_kind kind;
	char *name;    /* EDIT_DELETE_RECIPIENT: the path, verbatim */
	unsigned nth;  /* EDIT_CHANGE */
	char *value;   /* LF folds, leading space; NULL: delete */
};

struct edits {
	struct edit *items;
	size_t count;
	bool has_body;
	struct spool_span body; /* borrowed */
	char *sender, *sender_esmtp; /* NULL: unchanged */
};

void edits_done(struct edits *edits);

/* edits_copy(from, to, e): `to` is empty; a body is borrowed by both. */
int edits_copy(const struct edits *from, struct edits *to, struct error *e);

int edits_delete(struct edits *edits, const char *name, unsigned nth, struct error *e);
/*
 * edits_change(), edits_add(), edits_insert(): `value` with CRLF or LF folds.  Of several changes and deletions of one
 * field the last counts.  Inserted fields go to the top, the last one topmost.
 */
int edits_change(struct edits *edits, const char *name, unsigned nth, const char *value, struct error *e);
int edits_add(struct edits *edits, const char *name, const char *value, struct error *e);
int edits_insert(struct edits *edits, const char *name, const char *value, struct error *e);
/*
 * edits_result(edits, headers, out, out_places, e): the header as changes, deletions and additions so far leave it;
 * out_places[i] is where its i-th field stands in `headers`, PLACE_ADDED for one that was added.  The caller frees both.
 */
#define PLACE_ADDED SIZE_MAX
int edits_result(const struct edits *edits, const struct header_list *headers, struct header_list **out,
    size_t **out_places, struct error *e);
int edits_delete_recipient(struct edits *edits, const char *verbatim, struct error *e);
int edits_sender(struct edits *edits, const char *path, const char *esmtp, struct error *e);

/* edits_find_change(edits, name, nth): the change or deletion of that field, or NULL. */
struct edit *edits_find_change(const struct edits *edits, const char *name, unsigned nth);

/* edits_truncate(edits, count): forget all but the first `count`, and sender and body; for a second attempt. */
void edits_truncate(struct edits *edits, size_t count);

/*
 * edits_replace_entity(edits, outer, whole, e): the message's own MIME fields and body become those of the entity
 * `whole` (header, blank line, body): each of its Content-* fields takes the first place of its name, all other
 * Content-* fields go, and one MIME-Version stays.
 */
int edits_replace_entity(struct edits *edits, const struct header_list *outer, struct spool_span whole,
    struct error *e);

/*
 * edits_apply(edits, ops, ctx, e): headers, the highest index first: Postfix moves later fields down when one is
 * deleted, Sendmail does not; then additions, insertions, the envelope, and the body last, in one go.  Where nobody
 * listens any more it fails, also when there was nothing to edit: what nobody heard is not handed over.
 */
int edits_apply(const struct edits *edits, const struct edit_ops *ops, void *ctx, struct error *e);

/*
 * edits_write(edits, headers, text, to, e): the message of that header and body as an MTA that took the edits would send
 * it, CRLF line ends, whole.
 */
int edits_write(const struct edits *edits, const struct header_list *headers, struct spool_span text, struct sink *to,
    struct error *e);

#endif
