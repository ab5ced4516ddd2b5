/* SPDX-License-Identifier: BSD-2-Clause */

#include "milter/edits.h"

#include <libmilter/mfapi.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/crashpoint.h"
#include "base/memory.h"

/* As many octets as fit one packet of smfi_replacebody(). */
#define BODY_CHUNK 65535

static char *
writable(const char *s)
{
	return (char *)(uintptr_t)s; /* libmilter's prototypes lack const; it does not write */
}

static int
done(int rc, const char *what, struct error *e)
{
	if (rc != MI_SUCCESS)
		return error_set(e, ERROR_IO, "the MTA did not take an edit: %s", what);
	crashpoint(EDIT_SAID);
	return 0;
}

/* Without SMFIP_HDR_LEADSPC the MTA writes the space itself. */
static const char *
as_negotiated(const struct edit_context *c, const char *value)
{
	return value != NULL && !c->leading_space && value[0] == ' ' ? value + 1 : value;
}

static int
change_header(void *ctx, const char *name, unsigned nth, const char *value, struct error *e)
{
	const struct edit_context *c = ctx;

	return done(smfi_chgheader(c->milter, writable(name), (int)nth, writable(as_negotiated(c, value))),
	    "change header", e);
}

static int
insert_header(void *ctx, unsigned at, const char *name, const char *value, struct error *e)
{
	const struct edit_context *c = ctx;

	return done(smfi_insheader(c->milter, (int)at, writable(name), writable(as_negotiated(c, value))),
	    "insert header", e);
}

static int
add_header(void *ctx, const char *name, const char *value, struct error *e)
{
	const struct edit_context *c = ctx;

	return done(smfi_addheader(c->milter, writable(name), writable(as_negotiated(c, value))), "add header", e);
}

static int
change_sender(void *ctx, const char *path, const char *esmtp, struct error *e)
{
	const struct edit_context *c = ctx;

	return done(smfi_chgfrom(c->milter, writable(path), writable(esmtp)), "change sender", e);
}

static int
delete_recipient(void *ctx, const char *verbatim, struct error *e)
{
	const struct edit_context *c = ctx;

	return done(smfi_delrcpt(c->milter, writable(verbatim)), "delete recipient", e);
}

static int
progress(void *ctx, struct error *e)
{
	const struct edit_context *c = ctx;

	return done(smfi_progress(c->milter), "progress", e);
}

static int
replace_body(void *ctx, struct spool_span body, struct error *e)
{
	const struct edit_context *c = ctx;
	unsigned char *chunk = memory_new(BODY_CHUNK, 1, e);
	int rc = -1;

	if (chunk == NULL)
		return -1;
	if (body.size == 0) /* an empty replacement still has to be said */
		rc = done(smfi_replacebody(c->milter, chunk, 0), "replace body", e);
	for (uint64_t at = 0; at < body.size;) {
		size_t n = body.size - at < BODY_CHUNK ? (size_t)(body.size - at) : BODY_CHUNK;

		rc = spool_read_at(body.spool, body.offset + at, chunk, n, e);
		if (rc == 0)
			rc = done(smfi_replacebody(c->milter, chunk, (int)n), "replace body", e);
		if (rc != 0)
			break;
		at += n;
	}
	free(chunk);
	return rc;
}

const struct edit_ops milter_edit_ops = {
	.change_header = change_header,
	.insert_header = insert_header,
	.add_header = add_header,
	.change_sender = change_sender,
	.delete_recipient = delete_recipient,
	.progress = progress,
	.replace_body = replace_body,
};
