/* SPDX-License-Identifier: BSD-2-Clause */

/* postseal process: what becomes of a message, done. */

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/drive.h"
#include "cli/output.h"

#define MESSAGE_MAX ((size_t)4 << 30)

static bool
to_stdout(const struct question *q)
{
	return q->out == NULL || strcmp(q->out, "-") == 0;
}

static int
write_to_stdout(void *ctx, const void *from, size_t n, struct error *e)
{
	(void)ctx;
	return fwrite(from, 1, n, stdout) == n ? 0 : error_set_errno(e, ERROR_IO, "standard output");
}

/* A file is for whoever asked alone: it may be in clear what came encrypted. */
static int
write_message(const struct answer *a, const struct question *q, struct error *e)
{
	struct sink standard = { write_to_stdout, NULL };
	struct buffer text = BUFFER_INIT(MESSAGE_MAX);
	struct sink memory = buffer_sink(&text);
	int rc;

	if (to_stdout(q))
		return message_write(&a->message, &standard, e);
	rc = message_write(&a->message, &memory, e);
	if (rc == 0)
		rc = file_replace(q->out, text.data, text.size, 0600, e);
	buffer_wipe(&text);
	return rc;
}

/* An envelope that changed is not in the message: whoever hands it on has to know. */
static void
tell_envelope(const struct message *m)
{
	if (m->sender != NULL)
		(void)fprintf(stderr, "postseal: the sender becomes: %s\n", m->sender);
	for (size_t i = 0; i < m->deleted.count; i++)
		(void)fprintf(stderr, "postseal: not for: %s\n", m->deleted.items[i]);
}

/* ---- a message that was delivered already ---- */

static int
check_incoming(const struct cli *c, const struct question *q, struct error *e)
{
	if (q->login != NULL || q->client != NULL || q->daemon != NULL)
		return error_set(e, ERROR_USAGE, "--incoming opens a message that was delivered: no --login, --client or --daemon");
	if (c->reason == NULL || *c->reason == '\0')
		return error_set(e, ERROR_USAGE, "--incoming opens somebody's mail: say why with --reason");
	return 0;
}

static bool
was_opened(const struct json *report)
{
	const struct json *actions = json_look(report, "actions");

	for (size_t i = 0; i < json_count(actions); i++)
		if (strcmp(json_text_of(json_at(actions, i)), "opened") == 0)
			return true;
	return false;
}

/* What is as it was is not written: nobody should take it for opened. */
static int
expect_opened(const struct json *report, struct error *e)
{
	const char *why = json_look_text(report, "reason");

	if (was_opened(report))
		return 0;
	if (why == NULL || strcmp(why, reason_word(REASON_INCOMING)) == 0)
		why = "nothing in it is encrypted as a whole";
	return error_set(e, ERROR_CMS_UNREADABLE, "the message was not opened: %s", why);
}

/* ---- the command ---- */

static int
finish(const struct answer *a, const struct question *q, const struct error *verdict, struct error *e)
{
	if (a->verdict != VERDICT_CONTINUE) {
		(void)error_set(e, verdict->code, "%s", error_text(verdict));
		return error_context(e, "%s", json_look_text(a->report, "reply"));
	}
	if (q->incoming && expect_opened(a->report, e) != 0)
		return -1;
	if (!q->incoming)
		tell_envelope(&a->message);
	return write_message(a, q, e);
}

int
command_process(struct cli *c, int argc, char **argv, struct error *e)
{
	struct question q = { .from = NULL };
	struct answer a = { .listener = NULL };
	struct error verdict = ERROR_INIT;
	int rc = -1;

	if (question_read(c, argc, argv, true, &q, e) != 0 || (q.incoming && check_incoming(c, &q, e) != 0))
		return -1;
	if (c->json && to_stdout(&q))
		return error_set(e, ERROR_USAGE, "--json writes the report to standard output: name a file for the message with --out");
	if (cli_open(c, NEED_RECORD, e) != 0)
		return -1;
	if (drive(c, &q, GATEWAY_PROCESS, &a, &verdict) != 0)
		(void)error_set(e, verdict.code, "%s", error_text(&verdict));
	else if (!c->json || output_json(a.report, e) == 0)
		rc = finish(&a, &q, &verdict, e);
	answer_done(&a);
	return rc;
}
