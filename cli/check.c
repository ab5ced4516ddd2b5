/* SPDX-License-Identifier: BSD-2-Clause */

/* postseal check: is everything as the daemon needs it?  What is wrong comes with its remedy. */

#include <stdio.h>

#include "audit/verify.h"
#include "base/buffer.h"
#include "base/limits.h"
#include "cli/args.h"
#include "cli/check_files.h"
#include "cli/check_mta.h"
#include "cli/checklist.h"
#include "cli/output.h"
#include "keystore/ca.h"

#define SETTINGS_MAX ((size_t)16 * LIMIT_CONFIGURATION)

/* ---- what stands in the files ----------------------------------------------------------- */

static int
check_configuration(struct cli *c, struct checklist *f, struct error *e)
{
	const struct value *domains;

	if (cli_open(c, NEED_SETTINGS, e) != 0)
		return -1;
	domains = settings_global(c->settings, SETTING_LOCAL_DOMAINS);
	return finding_add(f, FINDING_OK, "configuration", NULL, e, "%s: %zu local domains, %zu listeners; gateway-id %s",
	    c->configuration, domains->count, settings_listener_count(c->settings), settings_gateway_id(c->settings));
}

static bool
signs_behind_the_queue(const struct settings *s)
{
	for (size_t i = 0; i < settings_listener_count(s); i++) {
		const struct listener *l = settings_listener_at(s, i);

		if (listener_value(l, SETTING_BEHIND_QUEUE)->number != 0 &&
		    listener_value(l, SETTING_ROLE)->number == CHOICE_ROLE_SUBMISSION)
			return true;
	}
	return false;
}

/* A ticket wants somebody who writes it and somebody who reads it; one of them may stand on another host. */
static int
check_tickets(const struct cli *c, struct checklist *f, struct error *e)
{
	bool written = settings_have_role(c->settings, CHOICE_ROLE_WITNESS);
	bool read = signs_behind_the_queue(c->settings);

	if (written && !read)
		return finding_add(f, FINDING_WARNING, "tickets",
		    "add a listener with role = \"submission\" and behind-queue = yes", e,
		    "a witness writes tickets that no listener here reads: they leave with the mail");
	if (read && !written)
		return finding_add(f, FINDING_WARNING, "tickets", "add a listener with role = \"witness\" before the queue", e,
		    "no witness here: behind the queue no mail is signed without a ticket");
	return 0;
}

/* The store opens, is sound, and the master key fits it. */
static int
check_store(struct cli *c, struct checklist *f, struct error *e)
{
	static const char restore[] = "restore it from a backup: nothing was changed";
	struct error why = ERROR_INIT;

	if (cli_open(c, NEED_STORE, &why) != 0 || store_check(c->store, &why) != 0)
		return finding_take(f, "store", why.code == ERROR_STORE_NOT_FOUND ? "run postseal init" : restore, &why, e);
	if (finding_add(f, FINDING_OK, "store", NULL, e, "whole") != 0)
		return -1;
	if (cli_open(c, NEED_KEYS, &why) != 0)
		return finding_take(f, "master key", "restore the master key that belongs to this store: nothing was changed",
		    &why, e);
	return finding_add(f, FINDING_OK, "master key", NULL, e, "it opens the store's keys");
}

/* One entry at a time, so that the bad one is named. */
static int
check_trust_list(struct checklist *f, const struct value *list, const char *subject, bool anchors, size_t *total,
    struct error *e)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *const one[] = { list->items[i], NULL }, *const none[] = { NULL };
		struct error why = ERROR_INIT;
		struct trust *trust = NULL;
		int rc;

		if (trust_load(anchors ? one : none, anchors ? none : one, &trust, &why) != 0) {
			rc = finding_take(f, subject, "correct or remove it: daemons do not start with it", &why, e);
		} else {
			*total += trust_anchor_count(trust);
			rc = finding_add(f, FINDING_OK, subject, NULL, e, "%s is readable", list->items[i]);
		}
		trust_unref(trust);
		if (rc != 0)
			return -1;
	}
	return 0;
}

static int
check_trust(struct cli *c, struct checklist *f, struct error *e)
{
	const struct value *anchors = settings_global(c->settings, SETTING_TRUST_ANCHORS);
	const struct value *crls = settings_global(c->settings, SETTING_CRLS);
	struct certificates own = { NULL, 0 };
	struct error why = ERROR_INIT;
	size_t total = 0, ignored = 0;

	if (check_trust_list(f, anchors, "anchors", true, &total, e) != 0 ||
	    check_trust_list(f, crls, "crls", false, &ignored, e) != 0)
		return -1;
	if (c->keystore != NULL && ca_anchors(c->keystore, &own, &why) != 0 &&
	    finding_take(f, "anchors", NULL, &why, e) != 0)
		return -1;
	total += own.count;
	certificates_done(&own);
	if (total == 0)
		return finding_add(f, FINDING_WARNING, "anchors",
		    "put PEM certificates of CAs into `trust-anchors`, or pin: cert import --level pinned", e,
		    "there is none: no signature and no certificate will be trusted");
	return finding_add(f, FINDING_OK, "anchors", NULL, e, "%zu in all", total);
}

static int
check_record(struct cli *c, struct checklist *f, struct error *e)
{
	const char *path = settings_global(c->settings, SETTING_RECORD)->text;
	struct error why = ERROR_INIT;
	struct audit_report report;

	if (audit_verify(path, settings_gateway_id(c->settings), &report, &why) != 0)
		return finding_take(f, "record", "run postseal init for a new gateway; restore it otherwise", &why, e);
	if (report.finding == AUDIT_WHOLE)
		return finding_add(f, FINDING_OK, "record", NULL, e, "%llu lines, whole", (unsigned long long)report.lines);
	if (report.finding == AUDIT_TORN)
		return finding_add(f, FINDING_WARNING, "record", "the next writer cuts the torn line off and says so", e,
		    "%llu lines; the last one was torn by a crash", (unsigned long long)report.lines);
	return finding_add(f, FINDING_ERROR, "record", "keep this file as evidence and set `record` to a new one", e,
	    "%s:%llu: %s", path, (unsigned long long)report.line, report.detail);
}

/* ---- the command ---------------------------------------------------------------------------- */

static int
print_settings(struct cli *c, struct error *e)
{
	struct buffer text = BUFFER_INIT(SETTINGS_MAX);
	int rc = cli_open(c, NEED_SETTINGS, e);

	if (rc == 0)
		rc = settings_print(c->settings, &text, e);
	if (rc == 0)
		rc = output_write(NULL, &text, e);
	buffer_done(&text);
	return rc;
}

static int
check_all(struct cli *c, struct checklist *f, const char *postfix, const char *sendmail, struct error *e)
{
	struct error why = ERROR_INIT;

	/* Without settings there is nothing to look at. */
	if (check_configuration(c, f, &why) != 0)
		return finding_take(f, "configuration", NULL, &why, e);
	if (check_user(c, f, e) != 0 || check_files(c, f, e) != 0 || check_sockets(c, f, e) != 0 ||
	    check_tickets(c, f, e) != 0 || check_store(c, f, e) != 0 || check_trust(c, f, e) != 0)
		return -1;
	if (check_record(c, f, e) != 0 || check_postfix(c, f, postfix, e) != 0)
		return -1;
	return check_sendmail(c, f, sendmail, e);
}

int
command_check(struct cli *c, int argc, char **argv, struct error *e)
{
	bool settings = false;
	const char *postfix = NULL, *sendmail = NULL;
	const struct arg_option options[] = { { "settings", ARG_FLAG, &settings }, { "postfix", ARG_TEXT, &postfix },
		{ "sendmail", ARG_TEXT, &sendmail }, { NULL, ARG_FLAG, NULL } };
	struct arg_list words;
	struct checklist f;
	int rc;

	if (args_parse(c, argc, argv, options, &words, 0, 0, e) != 0)
		return -1;
	if (settings)
		return print_settings(c, e);
	if (finding_list_init(&f, e) != 0)
		return -1;
	rc = check_all(c, &f, postfix, sendmail, e);
	if (rc == 0)
		rc = finding_list_print(c, &f, e);
	if (rc == 0 && f.errors > 0)
		rc = error_set(e, ERROR_CONFIGURATION, "%u errors, %u warnings", f.errors, f.warnings);
	finding_list_done(&f);
	return rc;
}
