/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_LEAF_EDIT_H
#define MIME_LEAF_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/spool.h"
#include "mime/entity.h"

/*
 * A body written anew with changes near the beginning of some leaves' decoded
 * content.  A changed leaf keeps its transfer encoding; everything else keeps
 * its bytes.  What is signed, encrypted or a message of its own is not entered.
 */
#define LEAF_HEAD ((size_t)64 * 1024) /* how much of the content is shown to the editor */

struct leaf_edit {
	size_t from, to;    /* these octets of the head give way … */
	struct buffer text; /* … to these */
	struct {
		const char *name, *value; /* static; NULL name: none; NULL value: removed */
	} parameters[2];    /* changes of its Content-Type */
};

/*
 * look(ctx, leaf, head, whole, out, out_wanted, e): what is to change in a leaf whose content begins with `head` (all
 * of it, if `whole`).  wants(ctx, leaf): whether to look at all.
 */
struct leaf_editor {
	bool (*wants)(void *ctx, const struct entity *leaf);
	int (*look)(void *ctx, const struct entity *leaf, const struct buffer *head, bool whole, struct leaf_edit *out,
	    bool *out_wanted, struct error *e);
	void *ctx;
};

/*
 * entity_edit_leaves(root, editor, headers, out, out_edited, e): the root's body into `out`; where the root itself is
 * such a leaf its new fields go into `headers`, a copy of its own.  A leaf whose encoding cannot be undone keeps its
 * bytes.  `*out_edited` counts the leaves that changed.
 */
int entity_edit_leaves(const struct entity *root, const struct leaf_editor *editor, struct header_list *headers,
    struct spool *out, size_t *out_edited, struct error *e);

/* header_list_set(list, name, value, e): the first field of that name gets this value in its place, or one is appended. */
int header_list_set(struct header_list *list, const char *name, const char *value, struct error *e);

/*
 * header_list_set_parameter(list, name, value, fallback, e): media_type_set() on its Content-Type; `fallback` is the value
 * where there is none.
 */
int header_list_set_parameter(struct header_list *list, const char *name, const char *value, const char *fallback,
    struct error *e);

#endif
