/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/check_files.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

#define REMEDY_MAX 1024

/* ---- the user ------------------------------------------------------------------------ */

int
check_user(const struct cli *c, struct checklist *f, struct error *e)
{
	const char *name = settings_global(c->settings, SETTING_USER)->text;
	const struct passwd *pw = getpwnam(name);

	if (pw == NULL)
		return finding_add(f, FINDING_ERROR, "user", "adduser --system --group --no-create-home postseal, or set `user`",
		    e, "user \"%s\" does not exist", name);
	if (pw->pw_uid == 0)
		return finding_add(f, FINDING_ERROR, "user", "set `user` to a user of its own", e,
		    "user \"%s\" is root; the daemon does not serve as root", name);
	if (geteuid() != 0 && geteuid() != pw->pw_uid)
		return finding_add(f, FINDING_WARNING, "user", "run check as root, or as that user", e,
		    "the daemon's user is \"%s\", you are not: what only it may read looks broken to you", name);
	return finding_add(f, FINDING_OK, "user", NULL, e, "%s", name);
}

/* ---- owner and mode ------------------------------------------------------------------- */

/* What a path must be. */
struct demand {
	const char *subject, *path;
	bool folder;
	mode_t forbidden; /* bits that must not be set */
	mode_t good;      /* the mode that the remedy names */
	bool root_too;    /* may belong to root */
};

static const char *
user_name(uid_t uid, char to[64])
{
	const struct passwd *pw = getpwuid(uid);

	if (pw != NULL)
		(void)snprintf(to, 64, "%s", pw->pw_name);
	else
		(void)snprintf(to, 64, "uid %u", (unsigned)uid);
	return to;
}

static bool
owner_fits(const struct cli *c, const struct demand *d, uid_t owner)
{
	const struct passwd *pw = getpwnam(settings_global(c->settings, SETTING_USER)->text);

	return pw == NULL || owner == pw->pw_uid || (d->root_too && owner == 0);
}

static int
check_path(const struct cli *c, struct checklist *f, const struct demand *d, struct error *e)
{
	const char *user = settings_global(c->settings, SETTING_USER)->text;
	char remedy[REMEDY_MAX], name[64];
	struct stat st;

	if (stat(d->path, &st) != 0)
		return finding_add(f, FINDING_ERROR, d->subject,
		    errno == ENOENT ? "postseal init makes what is missing of a new gateway; restore it otherwise" : NULL, e,
		    "%s: %s", d->path, strerror(errno));
	if (d->folder != (bool)S_ISDIR(st.st_mode) || (!d->folder && !S_ISREG(st.st_mode)))
		return finding_add(f, FINDING_ERROR, d->subject, NULL, e, "%s is no %s", d->path, d->folder ? "folder" : "file");
	if ((st.st_mode & d->forbidden) != 0) {
		(void)snprintf(remedy, sizeof(remedy), "chmod %04o %s", (unsigned)d->good, d->path);
		return finding_add(f, FINDING_ERROR, d->subject, remedy, e, "%s has mode %04o", d->path,
		    (unsigned)(st.st_mode & 07777));
	}
	if (!owner_fits(c, d, st.st_uid)) {
		(void)snprintf(remedy, sizeof(remedy), "chown %s: %s", user, d->path);
		return finding_add(f, FINDING_ERROR, d->subject, remedy, e, "%s belongs to %s, the daemon is %s", d->path,
		    user_name(st.st_uid, name), user);
	}
	return finding_add(f, FINDING_OK, d->subject, NULL, e, "%s, mode %04o, %s", d->path,
	    (unsigned)(st.st_mode & 07777), user_name(st.st_uid, name));
}

static char *
folder_of(const char *path, struct error *e)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL || slash == path ? memory_text("/", e) : memory_copy(path, (size_t)(slash - path), e);
}

/* Whoever may write to a folder may put another file in a file's place. */
static int
check_folder_of(const struct cli *c, struct checklist *f, const char *subject, const char *path, mode_t good,
    struct error *e)
{
	char *folder = folder_of(path, e);
	struct demand d = { subject, folder, true, S_IWGRP | S_IWOTH, good, false };
	int rc = folder != NULL ? check_path(c, f, &d, e) : -1;

	free(folder);
	return rc;
}

int
check_files(const struct cli *c, struct checklist *f, struct error *e)
{
	const char *store = settings_global(c->settings, SETTING_STORE)->text;
	const char *master = settings_global(c->settings, SETTING_MASTER_KEY)->text;
	const char *record = settings_global(c->settings, SETTING_RECORD)->text;
	const struct demand demands[] = {
		{ "master key", master, false, S_IRWXG | S_IRWXO, 0400, true },
		{ "store", store, false, S_IRWXG | S_IRWXO, 0600, false },
		{ "record", record, false, S_IWGRP | S_IRWXO, 0640, false },
		{ "spool folder", settings_global(c->settings, SETTING_SPOOL_FOLDER)->text, true, S_IWGRP | S_IWOTH, 0700, false },
	};
	bool credential = strncmp(master, "credential:", strlen("credential:")) == 0;

	if (check_folder_of(c, f, "store folder", store, 0700, e) != 0 ||
	    check_folder_of(c, f, "record folder", record, 0750, e) != 0)
		return -1;
	for (size_t i = credential ? 1 : 0; i < sizeof(demands) / sizeof(demands[0]); i++)
		if (check_path(c, f, &demands[i], e) != 0)
			return -1;
	return 0;
}

/* ---- sockets ----------------------------------------------------------------------------- */

static int
check_group(struct checklist *f, const struct listener *l, struct error *e)
{
	const struct value *group = listener_value(l, SETTING_SOCKET_GROUP);

	if (!group->set || getgrnam(group->text) != NULL)
		return 0;
	return finding_add(f, FINDING_ERROR, "socket-group", "name the group of the MTA, as in: id postfix", e,
	    "%s: group \"%s\" does not exist (%s:%u)", listener_name(l), group->text, group->origin.file,
	    group->origin.line);
}

static int
check_socket(struct checklist *f, const struct listener *l, struct error *e)
{
	const char *socket = listener_value(l, SETTING_SOCKET)->text;
	char remedy[REMEDY_MAX], *folder;
	struct stat st;
	int rc;

	if (strncmp(socket, "unix:", 5) != 0)
		return finding_add(f, FINDING_WARNING, "socket folder", "prefer a unix socket", e,
		    "%s: whoever reaches %s may use it", listener_name(l), socket);
	folder = folder_of(socket + 5, e);
	if (folder == NULL)
		return -1;
	(void)snprintf(remedy, sizeof(remedy), "install -d -m 0750 -o USER -g GROUP %s", folder);
	if (stat(folder, &st) != 0)
		rc = finding_add(f, FINDING_WARNING, "socket folder", remedy, e,
		    "%s: %s: %s; its systemd unit makes it at start, whoever else starts the daemon must", listener_name(l),
		    folder, strerror(errno));
	else if ((st.st_mode & S_IWOTH) != 0)
		rc = finding_add(f, FINDING_ERROR, "socket folder", remedy, e,
		    "%s: everybody may write to %s, and put a socket of his own there", listener_name(l), folder);
	else if ((st.st_mode & S_IWGRP) != 0)
		rc = finding_add(f, FINDING_WARNING, "socket folder", remedy, e,
		    "%s: the group may write to %s: Sendmail takes no socket from there", listener_name(l), folder);
	else
		rc = finding_add(f, FINDING_OK, "socket folder", NULL, e, "%s: %s, mode %04o", listener_name(l), folder,
		    (unsigned)(st.st_mode & 07777));
	free(folder);
	return rc;
}

int
check_sockets(const struct cli *c, struct checklist *f, struct error *e)
{
	for (size_t i = 0; i < settings_listener_count(c->settings); i++) {
		const struct listener *l = settings_listener_at(c->settings, i);

		if (check_socket(f, l, e) != 0 || check_group(f, l, e) != 0 ||
		    finding_listener(f, l, FINDING_WARNING, e) != 0)
			return -1;
	}
	if (settings_listener_count(c->settings) == 0)
		return finding_add(f, FINDING_ERROR, "listener", "add listener sections, see postseal.conf(5)", e,
		    "%s has no listener: no daemon can serve", c->configuration);
	return 0;
}
