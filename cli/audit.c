/* SPDX-License-Identifier: BSD-2-Clause */

/* postseal audit: the record, verified and listed. */

#include <stdio.h>
#include <string.h>

#include "audit/verify.h"
#include "base/buffer.h"
#include "cli/args.h"

#define LINE_MAX_SIZE (4U << 20)

int
command_audit_verify(struct cli *c, int argc, char **argv, struct error *e)
{
	struct audit_report report;
	struct arg_list words;
	const char *path;

	if (args_parse(c, argc, argv, NULL, &words, 0, 1, e) != 0 || cli_open(c, NEED_SETTINGS, e) != 0)
		return -1;
	path = words.count > 0 ? words.items[0] : settings_global(c->settings, SETTING_RECORD)->text;
	if (audit_verify(path, settings_gateway_id(c->settings), &report, e) != 0)
		return -1;
	if (c->json)
		printf("{\"finding\":\"%s\",\"lines\":%llu,\"line\":%llu,\"last-seq\":%llu,\"last-hash\":\"%s\"}\n",
		    audit_finding_text(report.finding), (unsigned long long)report.lines,
		    (unsigned long long)report.line, (unsigned long long)report.last_seq, report.last_hash);
	else
		printf("%s: %s; %llu lines, last %llu, hash %s\n", path, audit_finding_text(report.finding),
		    (unsigned long long)report.lines, (unsigned long long)report.last_seq, report.last_hash);
	if (report.finding == AUDIT_WHOLE)
		return 0;
	return error_set(e, ERROR_RECORD_BROKEN, "%s:%llu: %s", path, (unsigned long long)report.line, report.detail);
}

struct filter {
	const struct cli *cli;
	const char *event, *since;
	struct buffer text;
};

/* One line a record for people: time, event, and the members that say most. */
static void
print_line(const struct json *line)
{
	static const char *const telling[] = { "queue-id", "mail-from", "verdict", "reply", "signature", "actor", "identity",
		"key", "owner", "login", "fingerprint", "detail", NULL };

	printf("%s %s", json_look_text(line, "time"), json_look_text(line, "event"));
	for (size_t i = 0; telling[i] != NULL; i++)
		if (json_look_text(line, telling[i]) != NULL)
			printf(" %s=%s", telling[i], json_look_text(line, telling[i]));
	putchar('\n');
}

static int
visit(void *ctx, const struct json *line, struct error *e)
{
	struct filter *f = ctx;
	const char *event = json_look_text(line, "event"), *time = json_look_text(line, "time");

	if (event == NULL || time == NULL || (f->event != NULL && strcmp(event, f->event) != 0) ||
	    (f->since != NULL && strcmp(time, f->since) < 0))
		return 0;
	if (!f->cli->json) {
		print_line(line);
		return 0;
	}
	buffer_clear(&f->text);
	if (json_render(line, &f->text, e) != 0)
		return -1;
	puts(buffer_text(&f->text));
	return 0;
}

int
command_audit_list(struct cli *c, int argc, char **argv, struct error *e)
{
	struct filter f = { .cli = c, .text = BUFFER_INIT(LINE_MAX_SIZE) };
	const struct arg_option options[] = { { "event", ARG_TEXT, &f.event }, { "since", ARG_TEXT, &f.since },
		{ NULL, ARG_FLAG, NULL } };
	struct arg_list words;
	int rc;

	if (args_parse(c, argc, argv, options, &words, 0, 0, e) != 0 || cli_open(c, NEED_SETTINGS, e) != 0)
		return -1;
	rc = audit_each(settings_global(c->settings, SETTING_RECORD)->text, visit, &f, e);
	buffer_done(&f.text);
	return rc;
}
