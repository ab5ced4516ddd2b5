/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include <stdbool.h>

#include "cli/args.h"
#include "gateway/gateway.h"
#include "mime/header_list.h"

/*
 * A message in a file, treated as an MTA would: its fields and body are handed
 * to the gateway, whose edits are applied by the rules of Postfix.
 */
struct message {
	struct header_list *headers;
	struct spool *text;          /* the whole message with CRLF line ends */
	struct spool_span body;
	bool crlf;                   /* the file's own line ends, for writing */
	char *sender;                /* MAIL FROM after an edit; NULL: as it was */
	struct arg_list deleted;     /* recipients that an edit took away, verbatim */
	char *deleted_text[ARGS_MAX];
};

/*
 * message_read(path, settings, out, e): from a file, "-" for standard input.  LF becomes CRLF; a "From " line of a
 * mailbox before the header is passed over; a header without body is fine.
 */
int message_read(const char *path, const struct settings *s, struct message *out, struct error *e);

/* message_compose(from, to, out, e): the least message between these two: From, To, and a line. */
int message_compose(const char *from, const struct arg_list *to, const struct settings *s, struct message *out,
    struct error *e);

/* message_feed(m, gm, e): its fields and body, as an MTA hands them over. */
int message_feed(const struct message *m, struct gateway_message *gm, struct error *e);

/*
 * Edits with a struct message as context.  Indexes are as Postfix has them (README_FILES/MILTER_README, cleanup(8)):
 * 0 is 1; a deleted field moves later ones down; changing one that is not there adds it; insertion past the end adds.
 * A replaced body is borrowed until message_done(): write before gateway_end().
 */
extern const struct edit_ops message_edit_ops;

/* message_write(m, to, e): header, blank line, body, with the line ends that the file had. */
int message_write(const struct message *m, struct sink *to, struct error *e);
void message_done(struct message *m);

#endif
