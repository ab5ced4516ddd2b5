/* SPDX-License-Identifier: BSD-2-Clause */

/* postseal status: one screen that says whether all is well; the exit code is for monitoring. */

#include "cli/args.h"
#include "cli/checklist.h"
#include "cli/record_end.h"
#include "cli/status_rows.h"
#include "keystore/ca.h"

/* Exit codes as monitoring systems know them, not sysexits(3). */
static const int exit_codes[] = { [FINDING_OK] = 0, [FINDING_WARNING] = 1, [FINDING_ERROR] = 2 };

static int
status_listeners(const struct cli *c, struct checklist *f, struct error *e)
{
	for (size_t i = 0; i < settings_listener_count(c->settings); i++)
		if (finding_listener(f, settings_listener_at(c->settings, i), FINDING_ERROR, e) != 0)
			return -1;
	return 0;
}

/* The last line only: `postseal audit verify` reads the whole. */
static int
status_record(const struct cli *c, struct checklist *f, struct error *e)
{
	struct error why = ERROR_INIT;
	struct record_end end;

	if (record_end_read(settings_global(c->settings, SETTING_RECORD)->text, &end, &why) != 0)
		return finding_take(f, "record", "see postseal audit verify", &why, e);
	if (end.seq == 0)
		return finding_add(f, FINDING_WARNING, "record", "a store is created with a first line: was the record moved away?",
		    e, "empty");
	return finding_add(f, end.torn ? FINDING_WARNING : FINDING_OK, "record",
	    end.torn ? "the next writer cuts the torn line off and says so" : NULL, e, "line %lld of %s%s", (long long)end.seq,
	    end.time, end.torn ? "; a torn line behind it" : "");
}

static int
status_anchors(const struct cli *c, struct checklist *f, struct error *e)
{
	struct certificates own = { NULL, 0 };
	struct error why = ERROR_INIT;
	struct trust *trust = NULL;
	size_t count;
	int rc;

	if (trust_load((const char *const *)settings_global(c->settings, SETTING_TRUST_ANCHORS)->items,
	        (const char *const *)settings_global(c->settings, SETTING_CRLS)->items, &trust, &why) != 0 ||
	    ca_anchors(c->keystore, &own, &why) != 0) {
		trust_unref(trust);
		return finding_take(f, "anchors", "see postseal check", &why, e);
	}
	count = trust_anchor_count(trust) + own.count;
	rc = finding_add(f, count > 0 ? FINDING_OK : FINDING_WARNING, "anchors",
	    count > 0 ? NULL : "put PEM certificates of CAs into `trust-anchors`", e,
	    count > 0 ? "%zu" : "%zu: no signature and no certificate is trusted", count);
	certificates_done(&own);
	trust_unref(trust);
	return rc;
}

/* What cannot be opened is a row, too; what lies behind it is left out. */
static int
status_all(struct cli *c, struct checklist *f, struct error *e)
{
	struct error why = ERROR_INIT;

	if (cli_open(c, NEED_SETTINGS, &why) != 0)
		return finding_take(f, "configuration", "see postseal check", &why, e);
	if (status_listeners(c, f, e) != 0)
		return -1;
	if (cli_open(c, NEED_KEYS, &why) != 0)
		return finding_take(f, "store", "see postseal check", &why, e) != 0 ? -1 : status_record(c, f, e);
	if (status_identities(c, f, e) != 0 || status_keys(c, f, e) != 0 || status_partners(c, f, e) != 0 ||
	    status_ca(c, f, e) != 0 || status_anchors(c, f, e) != 0)
		return -1;
	return status_record(c, f, e);
}

int
command_status(struct cli *c, int argc, char **argv, struct error *e)
{
	struct arg_list words;
	struct checklist f;
	int rc;

	if (args_parse(c, argc, argv, NULL, &words, 0, 0, e) != 0 || finding_list_init(&f, e) != 0)
		return -1;
	rc = status_all(c, &f, e);
	if (rc == 0)
		rc = finding_list_print(c, &f, e);
	if (rc == 0)
		c->status = exit_codes[f.worst];
	finding_list_done(&f);
	return rc;
}
