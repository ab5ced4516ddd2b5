/* SPDX-License-Identifier: BSD-2-Clause */

/* postseal init: a new gateway, whole or not at all. */

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/change.h"
#include "base/crashpoint.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli/args.h"
#include "cli/first_configuration.h"
#include "cli/made.h"

#define CONFIGURATION_MAX 65536
#define CREDENTIAL        "credential:"

struct init {
	struct cli *cli;
	struct arg_list domains;
	const char *folder, *user;
	struct made made;
	bool wrote_configuration;
};

static bool
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* The folder of `path`, as an absolute path: it goes into a file that others read. */
static char *
absolute_folder_of(const char *path, struct error *e)
{
	char here[PATH_MAX], *folder;
	const char *slash = strrchr(path, '/');
	int n = slash != NULL ? (int)(slash - path) : 0;

	if (path[0] == '/')
		return n == 0 ? memory_text("/", e) : memory_copy(path, (size_t)n, e);
	if (getcwd(here, sizeof(here)) == NULL) {
		error_set_errno(e, ERROR_IO, "the current folder");
		return NULL;
	}
	folder = slash != NULL ? memory_format(e, "%s/%.*s", here, n, path) : memory_text(here, e);
	return folder;
}

/* ---- whose it will be -------------------------------------------------------------------- */

/* Asked before anything is made. */
static int
find_user(struct init *in, const char *name, struct error *e)
{
	const struct passwd *pw;

	if (geteuid() != 0)
		return 0;
	pw = getpwnam(name);
	if (pw == NULL)
		return error_set(e, ERROR_CONFIGURATION,
		    "user \"%s\" does not exist; create it with: adduser --system --group --no-create-home --home " LOCALSTATEDIR
		    "/lib/postseal %s", name, name);
	if (pw->pw_uid == 0)
		return error_set(e, ERROR_CONFIGURATION, "user \"%s\" is root; name one of its own in `user`", name);
	in->made.give = true;
	in->made.uid = pw->pw_uid;
	in->made.gid = pw->pw_gid;
	return 0;
}

/* ---- the configuration ----------------------------------------------------------------------- */

/* Who is not root has no other user to become. */
static int
compose(struct init *in, const char *folder, struct buffer *text, struct error *e)
{
	const struct passwd *me = geteuid() != 0 ? getpwuid(geteuid()) : NULL;
	struct first_configuration w = { in->domains.items, folder, in->folder, in->user };

	if (w.user == NULL && me != NULL)
		w.user = me->pw_name;
	return find_user(in, w.user != NULL ? w.user : "postseal", e) != 0 ? -1 : first_configuration(&w, text, e);
}

static int
write_configuration(struct init *in, struct error *e)
{
	struct buffer text = BUFFER_INIT(CONFIGURATION_MAX);
	char *folder = absolute_folder_of(in->cli->configuration, e);
	int rc = -1;

	if (folder == NULL)
		return -1;
	if (compose(in, folder, &text, e) != 0 || made_folder(&in->made, folder, 0755, e) != 0 ||
	    file_create(in->cli->configuration, text.data, text.size, 0644, e) != 0)
		goto out;
	in->wrote_configuration = true;
	rc = made_file(&in->made, in->cli->configuration, e);
out:
	buffer_done(&text);
	free(folder);
	return rc;
}

/* One that says exactly what we would write was written by us, in a try that did not come to its end. */
static bool
is_ours(struct init *in)
{
	struct buffer want = BUFFER_INIT(CONFIGURATION_MAX), got = BUFFER_INIT(CONFIGURATION_MAX);
	char *folder = absolute_folder_of(in->cli->configuration, NULL);
	bool ours;

	ours = in->domains.count > 0 && folder != NULL && compose(in, folder, &want, NULL) == 0 &&
	    file_read(in->cli->configuration, CONFIGURATION_MAX, &got, NULL) == 0 && want.size == got.size &&
	    memcmp(want.data, got.data, got.size) == 0;
	buffer_done(&want);
	buffer_done(&got);
	free(folder);
	return ours;
}

/* An existing file is the postmaster's: it is kept, and must speak of the same domains. */
static int
read_configuration(struct init *in, struct error *e)
{
	if (cli_open(in->cli, NEED_SETTINGS, e) != 0)
		return -1;
	for (size_t i = 0; i < in->domains.count; i++) {
		char *text = memory_format(e, "postmaster@%s", in->domains.items[i]);
		struct address *a = NULL;
		int rc = text != NULL ? address_parse(text, strlen(text), &a, e) : -1;

		if (rc == 0 && !settings_is_local(in->cli->settings, a))
			rc = error_set(e, ERROR_STORE_CONFLICT, "%s exists and does not name %s in local-domains; change it there",
			    in->cli->configuration, in->domains.items[i]);
		address_free(a);
		free(text);
		if (rc != 0)
			return -1;
	}
	return 0;
}

static int
prepare_configuration(struct init *in, struct error *e)
{
	if (exists(in->cli->configuration)) {
		in->wrote_configuration = is_ours(in);
		if (in->wrote_configuration)
			return read_configuration(in, e);
		if (in->folder != NULL || in->user != NULL)
			return error_set(e, ERROR_USAGE, "%s exists: --folder and --user are for a new one", in->cli->configuration);
	} else {
		if (in->domains.count == 0)
			return error_set(e, ERROR_USAGE, "init needs --domain: there is no %s yet", in->cli->configuration);
		if (write_configuration(in, e) != 0)
			return -1;
	}
	return read_configuration(in, e);
}

/* ---- folders and files ----------------------------------------------------------------------- */

static int
make_folder_for(struct init *in, enum setting_id id, mode_t mode, struct error *e)
{
	char *folder = absolute_folder_of(settings_global(in->cli->settings, id)->text, e);
	int rc = folder != NULL ? made_daemon_folder(&in->made, folder, mode, setting_name(id), e) : -1;

	free(folder);
	return rc;
}

/* Those of the written configuration; another one's are the postmaster's affair. */
static int
make_trust_folders(struct init *in, struct error *e)
{
	static const char *const names[] = { "anchors", "crls" };
	char *folder = absolute_folder_of(in->cli->configuration, e);
	int rc = folder != NULL ? 0 : -1;

	for (size_t i = 0; rc == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = memory_format(e, "%s/%s", folder, names[i]);

		rc = path != NULL ? made_folder(&in->made, path, 0755, e) : -1;
		free(path);
	}
	free(folder);
	return rc;
}

static int
make_run_folder(struct init *in, struct error *e)
{
	char *path = memory_format(e, "%s/run", in->folder);
	int rc = path != NULL ? made_daemon_folder(&in->made, path, 0750, "socket", e) : -1;

	free(path);
	return rc;
}

static int
make_folders(struct init *in, struct error *e)
{
	const char *master = settings_global(in->cli->settings, SETTING_MASTER_KEY)->text;

	if (in->wrote_configuration && make_trust_folders(in, e) != 0)
		return -1;
	if (in->folder != NULL && make_run_folder(in, e) != 0)
		return -1;
	if (make_folder_for(in, SETTING_STORE, 0700, e) != 0 || make_folder_for(in, SETTING_RECORD, 0750, e) != 0)
		return -1;
	/* The folder of a master key that is there already belongs to whoever keeps it. */
	if (strncmp(master, CREDENTIAL, strlen(CREDENTIAL)) != 0 && !exists(master) &&
	    make_folder_for(in, SETTING_MASTER_KEY, 0700, e) != 0)
		return -1;
	return made_daemon_folder(&in->made, settings_global(in->cli->settings, SETTING_SPOOL_FOLDER)->text, 0700,
	    setting_name(SETTING_SPOOL_FOLDER), e);
}

/* One that is there already, or is a credential, is used. */
static int
make_master_key(struct init *in, struct secret *out, struct error *e)
{
	const char *where = settings_global(in->cli->settings, SETTING_MASTER_KEY)->text;

	if (strncmp(where, CREDENTIAL, strlen(CREDENTIAL)) != 0 && !exists(where))
		if (master_key_create(where, e) != 0 || made_file(&in->made, where, e) != 0)
			return -1;
	crashpoint(INIT_MASTER_KEY);
	return master_key_read(where, out, e);
}

static int
note_store_files(struct init *in, const char *path, struct error *e)
{
	static const char *const suffixes[] = { "-shm", "-wal", "" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char *name = memory_format(e, "%s%s", path, suffixes[i]);
		int rc = name != NULL ? made_file(&in->made, name, e) : -1;

		free(name);
		if (rc != 0)
			return -1;
	}
	return 0;
}

/* A store without a key is what an interrupted try left: it is taken on. */
static int
refuse_finished(struct init *in, struct error *e)
{
	const char *path = settings_global(in->cli->settings, SETTING_STORE)->text;
	bool finished;

	if (!exists(path))
		return 0;
	if (cli_open(in->cli, NEED_STORE, e) != 0 || keystore_exists(in->cli->store, &finished, e) != 0)
		return -1;
	if (finished)
		return error_set(e, ERROR_STORE_CONFLICT, "%s exists: this gateway is set up already; see postseal check", path);
	return 0;
}

static int
make_store(struct init *in, struct error *e)
{
	const char *path = settings_global(in->cli->settings, SETTING_STORE)->text;

	if (!exists(path) && (store_create(path, e) != 0 || note_store_files(in, path, e) != 0))
		return -1;
	if (cli_open(in->cli, NEED_STORE, e) != 0)
		return -1;
	crashpoint(INIT_STORE);
	return 0;
}

/* ---- the record ---------------------------------------------------------------------------------- */

static int
open_record(struct init *in, struct error *e)
{
	const char *path = settings_global(in->cli->settings, SETTING_RECORD)->text;

	if (!exists(path) && made_file(&in->made, path, e) != 0)
		return -1;
	if (cli_open_record(in->cli, e) != 0)
		return -1;
	crashpoint(INIT_RECORD);
	return 0;
}

static int
record(struct init *in, struct change *c, struct error *e)
{
	struct audit_event *event = audit_event_new(AUDIT_INIT, e);

	if (event == NULL)
		return -1;
	if (audit_put_text(event, "store", settings_global(in->cli->settings, SETTING_STORE)->text, e) == 0)
		return change_record(c, event, e);
	audit_event_free(event);
	return -1;
}

/* The store's first key is what makes it one: it comes last, together with its line. */
static int
make_first_key(struct init *in, struct error *e)
{
	struct secret master = SECRET_INIT;
	struct change c = { 0 };
	int rc = -1;

	if (make_master_key(in, &master, e) == 0 && make_store(in, e) == 0 && open_record(in, e) == 0 &&
	    change_begin(&c, in->cli->store, &in->cli->witness, e) == 0 &&
	    keystore_fill(in->cli->store, &master, e) == 0 && record(in, &c, e) == 0)
		rc = change_commit(&c, e);
	change_end(&c);
	secret_done(&master);
	return rc;
}

static void
print_next_steps(const struct init *in)
{
	const char *c = in->cli->configuration;

	if (in->wrote_configuration)
		printf("%s was written: look through it.\n", c);
	printf("Store, master key and record are ready.  Keep a copy of the master key apart from the store:\n    %s\n\n",
	    settings_global(in->cli->settings, SETTING_MASTER_KEY)->text);
	puts("Next:\n"
	     "  postseal ca init --name NAME --root-key FILE    a CA of your own; or bring keys: postseal key import\n"
	     "  postseal identity add ADDRESS                   whose mail is signed and decrypted\n"
	     "  postseal key generate ADDRESS                   a key; then: postseal ca issue KEY\n"
	     "  postseal login add LOGIN ADDRESS                who may send as whom\n"
	     "  postseal cert import FILE                       partners' certificates\n"
	     "  postseal check                                  is all well?\n"
	     "Then start postseal-milter for each listener, let the MTA's user into the group of its sockets,\n"
	     "and name them to the MTA; see postseal-milter(8).");
}

static int
init(struct init *in, struct error *e)
{
	if (prepare_configuration(in, e) != 0)
		return -1;
	crashpoint(INIT_CONFIGURED);
	if (refuse_finished(in, e) != 0 ||
	    find_user(in, settings_global(in->cli->settings, SETTING_USER)->text, e) != 0 || make_folders(in, e) != 0)
		return -1;
	crashpoint(INIT_FOLDERS);
	return make_first_key(in, e);
}

int
command_init(struct cli *c, int argc, char **argv, struct error *e)
{
	struct init in = { .cli = c };
	const struct arg_option options[] = { { "domain", ARG_LIST, &in.domains }, { "folder", ARG_TEXT, &in.folder },
		{ "user", ARG_TEXT, &in.user }, { NULL, ARG_FLAG, NULL } };
	struct arg_list words;
	int rc;

	if (args_parse(c, argc, argv, options, &words, 0, 0, e) != 0)
		return -1;
	if (in.folder != NULL && in.folder[0] != '/')
		return error_set(e, ERROR_USAGE, "--folder is an absolute path");
	rc = init(&in, e);
	if (rc == 0) {
		print_next_steps(&in);
	} else {
		cli_close(c); /* before its files go */
		made_undo(&in.made);
	}
	made_done(&in.made);
	return rc;
}
