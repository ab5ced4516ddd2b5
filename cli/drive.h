/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_DRIVE_H
#define CLI_DRIVE_H

#include "cli/args.h"
#include "cli/message.h"

/*
 * One message driven through the gateway by a command, as the daemon would
 * drive it: `explain` and `process` differ in the mode alone.
 */
struct question {
	const char *from, *login, *client, *listener, *daemon;
	struct arg_list to;
	const char *file; /* NULL: the least message between the two */
	const char *out;  /* process: the file for the message; NULL: standard output */
	bool incoming;    /* process: a message that was delivered already, to be opened now; `from` may be NULL */
};

/*
 * question_read(c, argc, argv, process, q, e): the words of `explain` or `process`, into an empty question.
 */
int question_read(struct cli *c, int argc, char **argv, bool process, struct question *q, struct error *e);

struct answer {
	const struct listener *listener;
	enum choice_role role;
	struct origin role_origin;
	struct message message;      /* with the edits applied */
	char *sender;                /* the reverse-path that the message itself tells of; NULL: it was given */
	struct gateway *gateway;
	struct gateway_message *gm;  /* finished; NULL if it did not come that far */
	enum verdict verdict;
	struct json *report;
};

/*
 * drive(c, q, mode, out, e): `c` is open as far as the mode needs.  0 whenever there is a verdict; for one that is not
 * CONTINUE `e` holds its reason.  -1 otherwise.  answer_done() in every case; `q` has borrowed its sender by then, if it
 * had none.
 */
int drive(struct cli *c, struct question *q, enum gateway_mode mode, struct answer *out, struct error *e);
void answer_done(struct answer *a);

#endif
