/* SPDX-License-Identifier: BSD-2-Clause */

/* postseal explain, postseal process: what becomes of a message, said or done. */

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/drive.h"
#include "cli/output.h"
#include "cli/plan.h"

#define MESSAGE_MAX ((size_t)4 << 30)
#define REPORT_MAX  ((size_t)16 << 20)

static int
read_question(struct cli *c, int argc, char **argv, const char **out, struct question *q, struct error *e)
{
	const struct arg_option options[] = { { "from", ARG_TEXT, &q->from }, { "to", ARG_LIST, &q->to },
		{ "login", ARG_TEXT, &q->login }, { "client", ARG_TEXT, &q->client }, { "listener", ARG_TEXT, &q->listener },
		{ "daemon", ARG_TEXT, &q->daemon }, { out != NULL ? "out" : NULL, ARG_TEXT, out }, { NULL, ARG_FLAG, NULL } };
	struct arg_list words;

	if (args_parse(c, argc, argv, options, &words, out != NULL ? 1 : 0, 1, e) != 0)
		return -1;
	if (q->from == NULL || q->to.count == 0)
		return error_set(e, ERROR_USAGE, "%s needs --from and --to", argv[0]);
	q->file = words.items[0];
	return 0;
}

static int
print_json(const struct json *report, struct error *e)
{
	struct buffer text = BUFFER_INIT(REPORT_MAX);
	int rc = json_render_indented(report, &text, e);

	if (rc == 0)
		rc = output_write(NULL, &text, e);
	buffer_done(&text);
	return rc;
}

int
command_explain(struct cli *c, int argc, char **argv, struct error *e)
{
	struct question q = { .from = NULL };
	struct answer a = { .listener = NULL };
	struct error verdict = ERROR_INIT;
	int rc = -1;

	if (read_question(c, argc, argv, NULL, &q, e) != 0 || cli_open(c, NEED_TRUST, e) != 0)
		return -1;
	if (drive(c, &q, GATEWAY_EXPLAIN, &a, &verdict) != 0) {
		(void)error_set(e, verdict.code, "%s", error_text(&verdict));
		goto out;
	}
	/* A refusal is an answer, too: explaining succeeded. */
	rc = plan_add_candidates(c, a.report, e);
	if (rc == 0)
		rc = c->json ? print_json(a.report, e) : plan_print(&a, e);
out:
	answer_done(&a);
	return rc;
}

/* ---- process ---------------------------------------------------------------------------------- */

static int
write_to_stdout(void *ctx, const void *from, size_t n, struct error *e)
{
	(void)ctx;
	return fwrite(from, 1, n, stdout) == n ? 0 : error_set_errno(e, ERROR_IO, "standard output");
}

static int
write_message(const struct answer *a, const char *to, struct error *e)
{
	struct sink standard = { write_to_stdout, NULL };
	struct buffer text = BUFFER_INIT(MESSAGE_MAX);
	struct sink memory = buffer_sink(&text);
	int rc;

	if (to == NULL || strcmp(to, "-") == 0)
		return message_write(&a->message, &standard, e);
	rc = message_write(&a->message, &memory, e);
	if (rc == 0)
		rc = output_write(to, &text, e);
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

int
command_process(struct cli *c, int argc, char **argv, struct error *e)
{
	struct question q = { .from = NULL };
	struct answer a = { .listener = NULL };
	struct error verdict = ERROR_INIT;
	const char *to = NULL;
	int rc = -1;

	if (read_question(c, argc, argv, &to, &q, e) != 0)
		return -1;
	if (c->json && (to == NULL || strcmp(to, "-") == 0))
		return error_set(e, ERROR_USAGE, "--json writes the report to standard output: name a file for the message with --out");
	if (cli_open(c, NEED_RECORD, e) != 0)
		return -1;
	if (drive(c, &q, GATEWAY_PROCESS, &a, &verdict) != 0) {
		(void)error_set(e, verdict.code, "%s", error_text(&verdict));
		goto out;
	}
	if (c->json && print_json(a.report, e) != 0)
		goto out;
	if (a.verdict == VERDICT_CONTINUE) {
		tell_envelope(&a.message);
		rc = write_message(&a, to, e);
	} else {
		(void)error_set(e, verdict.code, "%s", error_text(&verdict));
		(void)error_context(e, "%s", json_look_text(a.report, "reply"));
	}
out:
	answer_done(&a);
	return rc;
}
