/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/made.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

int
made_file(struct made *m, const char *path, struct error *e)
{
	if (m->count == MADE_MAX)
		return error_set(e, ERROR_INTERNAL, "more than %d paths to make", MADE_MAX);
	m->paths[m->count] = memory_text(path, e);
	return m->paths[m->count++] != NULL ? 0 : -1;
}

int
made_give(const struct made *m, const char *path, struct error *e)
{
	if (!m->give)
		return 0;
	return lchown(path, m->uid, m->gid) == 0 ? 0 : error_set_errno(e, ERROR_PERMISSIONS, "chown %s", path);
}

void
made_undo(struct made *m)
{
	for (size_t i = m->count; i > 0; i--)
		if (m->paths[i - 1] != NULL)
			(void)remove(m->paths[i - 1]); /* a file, or a folder that is empty again */
}

void
made_done(struct made *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->paths[i]);
	m->count = 0;
}

/* ---- folders ------------------------------------------------------------------------- */

static int
make_parents(struct made *m, const char *path, struct error *e)
{
	char *copy = memory_text(path, e);
	int rc = 0;

	if (copy == NULL)
		return -1;
	for (char *slash = strchr(copy + 1, '/'); slash != NULL && rc == 0; slash = strchr(slash + 1, '/')) {
		struct stat st;

		*slash = '\0';
		if (stat(copy, &st) != 0) {
			rc = made_file(m, copy, e);
			if (rc == 0)
				rc = file_make_folder(copy, 0755, e);
		}
		*slash = '/';
	}
	free(copy);
	return rc;
}

int
made_folder(struct made *m, const char *path, mode_t mode, struct error *e)
{
	struct stat st;

	if (stat(path, &st) == 0)
		return S_ISDIR(st.st_mode) ? 0 : error_set(e, ERROR_CONFIGURATION, "%s is no folder", path);
	if (make_parents(m, path, e) != 0 || made_file(m, path, e) != 0)
		return -1;
	return file_make_folder(path, mode, e);
}

static bool
is_empty(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	bool empty = folder != NULL;

	while (empty && (entry = readdir(folder)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	if (folder != NULL)
		(void)closedir(folder);
	return empty;
}

int
made_daemon_folder(struct made *m, const char *path, mode_t mode, const char *setting, struct error *e)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return made_folder(m, path, mode, e) == 0 ? made_give(m, path, e) : -1;
	if (!S_ISDIR(st.st_mode))
		return error_set(e, ERROR_CONFIGURATION, "%s: %s is no folder", setting, path);
	if (!m->give || st.st_uid == m->uid)
		return 0;
	/* Taking somebody's folder with what lies in it could take the whole system along. */
	if (!is_empty(path))
		return error_set(e, ERROR_PERMISSIONS,
		    "%s: the folder %s does not belong to the daemon's user and is not empty; chown it, or name another",
		    setting, path);
	return made_give(m, path, e);
}
