/* SPDX-License-Identifier: BSD-2-Clause */

#include "milter/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

int
privileges_drop(const char *user, struct error *e)
{
	const struct passwd *pw;

	if (geteuid() != 0)
		return 0;
	if ((pw = getpwnam(user)) == NULL)
		return error_set(e, ERROR_CONFIGURATION, "user \"%s\" does not exist; create it, or set `user`", user);
	if (pw->pw_uid == 0)
		return error_set(e, ERROR_CONFIGURATION, "user \"%s\" is root; the daemon does not serve as root", user);
	if (initgroups(user, pw->pw_gid) != 0 || setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0)
		return error_set_errno(e, ERROR_PERMISSIONS, "cannot become user \"%s\"", user);
	if (setuid(0) == 0)
		return error_set(e, ERROR_PERMISSIONS, "root could be regained after becoming \"%s\"", user);
	return 0;
}

int
privileges_confine(struct error *e)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_set_errno(e, ERROR_PERMISSIONS, "cannot confine the process");
	return 0;
}

void
privileges_raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}
