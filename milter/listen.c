/* SPDX-License-Identifier: BSD-2-Clause */

#include "milter/listen.h"

#include <libmilter/mfapi.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024 /* cut to the kernel's ceiling; a unix socket with a full queue refuses the MTA at once */
#define DESCRIPTORS_SEARCHED 1024 /* the socket was opened a moment ago: its descriptor is low */

/* libmilter does not tell the descriptor: it is the one that listens and is of an inet family. */
static void
set_nodelay(void)
{
	for (int fd = 3; fd < DESCRIPTORS_SEARCHED; fd++) {
		int listening = 0, on = 1;
		socklen_t n = sizeof(listening);

		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) == 0 && listening)
			(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	}
}

static int
give_to(const char *path, const char *user, const char *group, struct error *e)
{
	uid_t uid = (uid_t)-1;
	gid_t gid = (gid_t)-1;
	const struct passwd *pw = geteuid() == 0 ? getpwnam(user) : NULL;

	if (pw != NULL) {
		uid = pw->pw_uid;
		gid = pw->pw_gid;
	}
	if (group != NULL) {
		const struct group *gr = getgrnam(group);

		if (gr == NULL)
			return error_set(e, ERROR_CONFIGURATION, "socket-group: group \"%s\" does not exist", group);
		gid = gr->gr_gid;
	}
	if (chmod(path, 0660) != 0)
		return error_set_errno(e, ERROR_PERMISSIONS, "socket: %s", path);
	if ((pw != NULL || group != NULL) && chown(path, uid, gid) != 0)
		return error_set_errno(e, ERROR_PERMISSIONS, "socket-group: %s to %s; start the daemon as root, or make its user a member",
		    path, group != NULL ? group : user);
	return 0;
}

/* Anybody who may write into the folder could put a socket of his own there, and Sendmail refuses such a path. */
int
listen_check(const char *path, struct error *e)
{
	char folder[4096];
	const char *slash = strrchr(path, '/');
	struct stat st;

	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return error_set(e, ERROR_CONFIGURATION, "socket: the path \"%s\" is longer than %zu octets", path,
		    sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1);
	if (slash == NULL || slash == path || (size_t)(slash - path) >= sizeof(folder))
		return error_set(e, ERROR_CONFIGURATION, "socket: \"%s\" is no absolute path below a folder", path);
	memcpy(folder, path, (size_t)(slash - path));
	folder[slash - path] = '\0';
	if (stat(folder, &st) != 0)
		return error_set_errno(e, ERROR_CONFIGURATION, "socket: folder %s; create it with mode 0750", folder);
	if ((st.st_mode & S_IWOTH) != 0)
		return error_set(e, ERROR_CONFIGURATION, "socket: folder %s is writable by everybody; use mode 0750", folder);
	/* libmilter removes what is in its way. */
	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return error_set(e, ERROR_CONFIGURATION, "socket: %s exists and is no socket; remove it or name another path", path);
	return 0;
}

int
listen_open(const struct listener *listener, const char *user, struct error *e)
{
	const char *spec = listener_value(listener, SETTING_SOCKET)->text;
	const char *group = listener_value(listener, SETTING_SOCKET_GROUP)->text;
	const char *path = strncmp(spec, "unix:", 5) == 0 ? spec + 5 : NULL;
	mode_t mask;
	int rc;

	if (path != NULL && listen_check(path, e) != 0)
		return -1;
	if (smfi_setconn((char *)(uintptr_t)spec) != MI_SUCCESS)
		return error_set(e, ERROR_CONFIGURATION, "socket: libmilter does not understand \"%s\"", spec);
	(void)smfi_setbacklog(BACKLOG);
	mask = umask(0117);
	rc = smfi_opensocket(path != NULL);
	(void)umask(mask);
	if (rc != MI_SUCCESS)
		return error_set_errno(e, ERROR_CONFIGURATION, "socket: cannot listen on \"%s\"", spec);
	if (path == NULL) {
		set_nodelay();
		return 0;
	}
	return give_to(path, user, group, e);
}
