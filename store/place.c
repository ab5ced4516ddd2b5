/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "store/place.h"

int
place_judge(const char *path, struct error *e)
{
	struct stat st;
	int rc = stat(path, &st);

	if (rc != 0 && errno == ENOENT)
		return error_set(e, ERROR_STORE, "store %s: there is none: \"postseal init\" makes it", path);
	if (rc != 0)
		return error_set_errno(e, ERROR_STORE, "store %s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(e, ERROR_STORE, "store %s: this is not a regular file", path);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return error_set(e, ERROR_PERMISSIONS, "store %s: mode %04o opens it to others: chmod 0600 %s", path,
		    (unsigned)(st.st_mode & 07777), path);
	return 0;
}

/* A log or index of a former store would be taken for the new one's. */
int
place_judge_new(const char *path, struct error *e)
{
	static const char *const rests[] = { "-wal", "-shm", "-journal" };
	struct stat st;

	if (lstat(path, &st) == 0)
		return error_set(e, ERROR_STORE_CONFLICT, "store %s: it exists already", path);
	for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
		char *rest = memory_format(e, "%s%s", path, rests[i]);
		int found = rest != NULL && lstat(rest, &st) == 0;

		free(rest);
		if (rest == NULL)
			return -1;
		if (found)
			return error_set(e, ERROR_STORE_CONFLICT,
			    "store %s: %s%s is left of a former store: move it away", path, path, rests[i]);
	}
	return 0;
}

int
place_make(char *name, const char *path, struct error *e)
{
	int fd = mkostemp(name, O_CLOEXEC);
	int rc = 0;

	if (fd < 0)
		return error_set_errno(e, ERROR_STORE, "store %s: cannot be made", path);
	if (fchmod(fd, 0600) != 0 || file_take_folder_owner(fd, path, e) != 0)
		rc = error_set_errno(e, ERROR_STORE, "store %s", path);
	close(fd); /* no connection has it open yet */
	if (rc != 0)
		unlink(name);
	return rc;
}
