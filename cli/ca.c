/* SPDX-License-Identifier: BSD-2-Clause */

/* postseal ca: the built-in certification authority. */

#include "keystore/ca.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "cli/args.h"
#include "cli/output.h"

#define LEAF_DAYS 824 /* CA/B S/MIME, Strict: 825 less the second that counts */
#define CRL_DAYS  7
#define PEM_MAX   (16U << 20)

static int
read_passphrase(const char *file, struct secret *out, struct error *e)
{
	struct secret again = SECRET_INIT;
	int rc;

	if (file != NULL)
		return secret_read_file(file, out, e);
	if (secret_prompt("Passphrase for the root's private key: ", out, e) != 0 ||
	    secret_prompt("Again: ", &again, e) != 0)
		return -1;
	rc = secret_equal(out, &again) ? 0 : error_set(e, ERROR_PASSWORD, "the two passphrases differ");
	secret_done(&again);
	return rc;
}

/* Where the root's key goes. */
struct root_file {
	const char *path;
	bool written;
};

static int
keep_root(void *ctx, const struct secret *pem, struct error *e)
{
	struct root_file *file = ctx;

	if (file_create(file->path, pem->data, pem->size, 0400, e) != 0)
		return e->code == ERROR_STORE_CONFLICT ?
		    error_context(e, "a root's key may be in it, of another CA or of a try that was interrupted; name another file") : -1;
	file->written = true;
	return 0;
}

int
command_ca_init(struct cli *c, int argc, char **argv, struct error *e)
{
	const char *name = NULL, *passphrase_file = NULL;
	struct root_file file = { NULL, false };
	const struct root_keeper keeper = { keep_root, &file };
	struct arg_list domains = { .count = 0 }, words;
	const struct arg_option options[] = { { "name", ARG_TEXT, &name }, { "root-key", ARG_TEXT, &file.path },
		{ "passphrase-file", ARG_TEXT, &passphrase_file }, { "domain", ARG_LIST, &domains },
		{ NULL, ARG_FLAG, NULL } };
	struct secret passphrase = SECRET_INIT;
	struct buffer pem = BUFFER_INIT(PEM_MAX);
	const struct value *local;
	int rc = -1;

	if (args_parse(c, argc, argv, options, &words, 0, 0, e) != 0)
		return -1;
	if (name == NULL || file.path == NULL)
		return error_set(e, ERROR_USAGE, "ca init needs --name and --root-key");
	if (cli_open(c, NEED_RECORD, e) != 0 || read_passphrase(passphrase_file, &passphrase, e) != 0)
		goto out;
	local = settings_global(c->settings, SETTING_LOCAL_DOMAINS);
	rc = ca_create(c->keystore, name, domains.count > 0 ? domains.items : (const char *const *)local->items, KEY_EC_P384,
	    &passphrase, clock_now(clock_system()), &keeper, &c->witness, &pem, e);
	if (rc == 0)
		(void)fprintf(stderr, "postseal: the root's private key is in %s: move it to a safe place, offline\n", file.path);
	else if (file.written)
		(void)unlink(file.path);
out:
	secret_done(&passphrase);
	buffer_done(&pem);
	return rc;
}

int
command_ca_issue(struct cli *c, int argc, char **argv, struct error *e)
{
	int64_t days = LEAF_DAYS;
	const struct arg_option options[] = { { "days", ARG_NUMBER, &days }, { NULL, ARG_FLAG, NULL } };
	struct certificate *certificate = NULL;
	struct arg_list words;

	if (args_parse(c, argc, argv, options, &words, 1, 1, e) != 0 || cli_open(c, NEED_RECORD, e) != 0)
		return -1;
	if (days < 1 || days > LEAF_DAYS)
		return error_set(e, ERROR_USAGE, "--days is 1 to %d", LEAF_DAYS);
	if (ca_issue(c->keystore, words.items[0], (unsigned)days, clock_now(clock_system()), &c->witness, &certificate, e) != 0)
		return -1;
	puts(certificate_fingerprint(certificate));
	certificate_unref(certificate);
	return 0;
}

int
command_ca_revoke(struct cli *c, int argc, char **argv, struct error *e)
{
	int64_t reason = 0;
	const struct arg_option options[] = { { "crl-reason", ARG_NUMBER, &reason }, { NULL, ARG_FLAG, NULL } };
	struct arg_list words;

	if (args_parse(c, argc, argv, options, &words, 1, 1, e) != 0)
		return -1;
	if (reason > 10 || reason == 7)
		return error_set(e, ERROR_USAGE, "--crl-reason is a CRLReason of RFC 5280 5.3.1: 0 to 10, not 7");
	if (cli_open(c, NEED_RECORD, e) != 0)
		return -1;
	return ca_revoke(c->keystore, words.items[0], reason, clock_now(clock_system()), &c->witness, e);
}

int
command_ca_crl(struct cli *c, int argc, char **argv, struct error *e)
{
	int64_t days = CRL_DAYS;
	const char *to = NULL;
	const struct arg_option options[] = { { "days", ARG_NUMBER, &days }, { "out", ARG_TEXT, &to }, { NULL, ARG_FLAG, NULL } };
	struct buffer pem = BUFFER_INIT(PEM_MAX);
	struct arg_list words;
	int rc;

	if (args_parse(c, argc, argv, options, &words, 0, 0, e) != 0 || cli_open(c, NEED_RECORD, e) != 0)
		return -1;
	if (days < 1 || days > 365)
		return error_set(e, ERROR_USAGE, "--days is 1 to 365");
	rc = ca_crl(c->keystore, clock_now(clock_system()), (unsigned)days, &c->witness, &pem, e);
	if (rc == 0)
		rc = output_write(to, &pem, e);
	buffer_done(&pem);
	return rc;
}

int
command_ca_export(struct cli *c, int argc, char **argv, struct error *e)
{
	const char *to = NULL;
	const struct arg_option options[] = { { "out", ARG_TEXT, &to }, { NULL, ARG_FLAG, NULL } };
	struct buffer pem = BUFFER_INIT(PEM_MAX);
	struct certificates roots = { NULL, 0 };
	struct arg_list words;
	int rc;

	if (args_parse(c, argc, argv, options, &words, 0, 0, e) != 0 || cli_open(c, NEED_KEYS, e) != 0)
		return -1;
	rc = ca_anchors(c->keystore, &roots, e);
	if (rc == 0 && roots.count == 0)
		rc = error_set(e, ERROR_STORE_NOT_FOUND, "there is no built-in CA; see `postseal ca init`");
	for (size_t i = 0; rc == 0 && i < roots.count; i++)
		rc = certificate_write_pem(roots.items[i], &pem, e);
	if (rc == 0)
		rc = output_write(to, &pem, e);
	certificates_done(&roots);
	buffer_done(&pem);
	return rc;
}
