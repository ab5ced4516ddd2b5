/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crashpoint.h"
#include "base/file.h"
#include "base/memory.h"

/* ---- reading ---- */

/* Append to `out` until the end of `fd`; more than `ceiling` octets are an error. */
static int
append_all(int fd, const char *name, size_t ceiling, struct buffer *out, struct error *e)
{
	char block[16 * 1024];
	size_t total = 0;
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = read(fd, block, sizeof block)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			rc = error_set_errno(e, ERROR_IO, "%s", name);
		} else if ((size_t)n > ceiling - total) {
			rc = error_set(e, ERROR_TOO_LARGE, "%s: more than %zu octets", name, ceiling);
		} else {
			total += (size_t)n;
			rc = buffer_append(out, block, (size_t)n, e);
		}
	}
	memory_wipe(block, sizeof block); /* it may have been a key in PEM */
	return rc;
}

int
file_read_fd(int fd, const char *name, size_t ceiling, struct buffer *out, struct error *e)
{
	size_t start = out->size;

	if (append_all(fd, name, ceiling, out, e) == 0)
		return 0;
	buffer_cut(out, start);
	return -1;
}

int
file_read(const char *path, size_t ceiling, struct buffer *out, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int rc;

	if (fd < 0)
		return error_set_errno(e, ERROR_IO, "%s", path);
	rc = file_read_fd(fd, path, ceiling, out, e);
	close(fd);
	return rc;
}

static int
judge_private(int fd, const char *path, struct error *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return error_set_errno(e, ERROR_IO, "%s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(e, ERROR_PERMISSIONS, "%s is not a regular file", path);
	/* Root runs commands on the daemon's own files; any other user trusts root and itself alone. */
	if (geteuid() != 0 && st.st_uid != 0 && st.st_uid != geteuid())
		return error_set(e, ERROR_PERMISSIONS,
		    "%s belongs to user %lu; remedy: chown it to user %lu or to root", path,
		    (unsigned long)st.st_uid, (unsigned long)geteuid());
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return error_set(e, ERROR_PERMISSIONS,
		    "%s has mode %04o and is open to others than its owner; remedy: chmod 0600 %s", path,
		    (unsigned)(st.st_mode & 07777), path);
	return 0;
}

int
file_open_private(const char *path, struct error *e)
{
	/* O_NONBLOCK: a FIFO in the file's place shall be refused, not waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return error_set_errno(e, ERROR_IO, "%s", path);
	if (judge_private(fd, path, e) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* ---- writing ---- */

int
file_write_all(int fd, const void *data, size_t n, struct error *e)
{
	const char *at = data;

	while (n > 0) {
		ssize_t done = write(fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return error_set_errno(e, ERROR_IO, "write");
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Octets of `path` up to and with its last slash. */
static size_t
folder_octets(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

/* The folder of `path`; the caller frees. */
static char *
folder_of(const char *path, struct error *e)
{
	size_t n = folder_octets(path);

	return n == 0 ? memory_text(".", e) : memory_copy(path, n, e);
}

int
file_sync_folder(const char *path, struct error *e)
{
	char *folder = folder_of(path, e);
	int fd, rc = 0;

	crashpoint(FILE_NAMED);
	if (folder == NULL)
		return -1;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		rc = error_set_errno(e, ERROR_IO, "%s", folder);
	if (fd >= 0)
		close(fd);
	free(folder);
	return rc;
}

int
file_take_folder_owner(int fd, const char *path, struct error *e)
{
	struct stat st;
	char *folder;
	int rc = 0;

	if (geteuid() != 0)
		return 0;
	folder = folder_of(path, e);
	if (folder == NULL)
		return -1;
	if (stat(folder, &st) != 0 || fchown(fd, st.st_uid, st.st_gid) != 0)
		rc = error_set_errno(e, ERROR_IO, "%s", path);
	free(folder);
	return rc;
}

static int
fill(int fd, const char *name, const void *data, size_t n, mode_t mode, struct error *e)
{
	crashpoint(FILE_MADE);
	if (file_write_all(fd, data, n, e) != 0)
		return error_context(e, "%s", name);
	crashpoint(FILE_WRITTEN);
	if (fchmod(fd, mode) != 0 || fsync(fd) != 0)
		return error_set_errno(e, ERROR_IO, "%s", name);
	return 0;
}

/*
 * The content in a file beside `path`, durable; its name is hidden (a leading
 * dot) so that file_names() never sees half a file.  The caller frees the name.
 */
static char *
write_beside(const char *path, const void *data, size_t n, mode_t mode, bool for_folder, struct error *e)
{
	int folder = (int)folder_octets(path);
	char *beside = memory_format(e, "%.*s.%s.XXXXXX", folder, path, path + folder);
	int fd, rc;

	if (beside == NULL)
		return NULL;
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0) {
		error_set_errno(e, ERROR_IO, "%s", beside);
		free(beside);
		return NULL;
	}
	rc = for_folder ? file_take_folder_owner(fd, path, e) : 0;
	if (rc == 0)
		rc = fill(fd, beside, data, n, mode, e);
	if (close(fd) != 0 && rc == 0)
		rc = error_set_errno(e, ERROR_IO, "%s", beside);
	if (rc != 0) {
		unlink(beside);
		free(beside);
		return NULL;
	}
	crashpoint(FILE_SYNCED);
	return beside;
}

int
file_replace(const char *path, const void *data, size_t n, mode_t mode, struct error *e)
{
	char *beside = write_beside(path, data, n, mode, false, e);
	int rc;

	if (beside == NULL)
		return -1;
	rc = rename(beside, path);
	if (rc != 0) {
		error_set_errno(e, ERROR_IO, "%s", path);
		unlink(beside);
	}
	free(beside);
	return rc == 0 ? file_sync_folder(path, e) : -1;
}

static int
create(const char *path, const void *data, size_t n, mode_t mode, bool for_folder, struct error *e)
{
	char *beside = write_beside(path, data, n, mode, for_folder, e);
	int rc;

	if (beside == NULL)
		return -1;
	rc = link(beside, path); /* rename(2) would replace */
	if (rc != 0)
		error_set_errno(e, errno == EEXIST ? ERROR_STORE_CONFLICT : ERROR_IO, "%s", path);
	unlink(beside);
	free(beside);
	return rc == 0 ? file_sync_folder(path, e) : -1;
}

int
file_create(const char *path, const void *data, size_t n, mode_t mode, struct error *e)
{
	return create(path, data, n, mode, false, e);
}

int
file_create_for_folder(const char *path, const void *data, size_t n, mode_t mode, struct error *e)
{
	return create(path, data, n, mode, true, e);
}

/* ---- folders and locks ---- */

int
file_make_folder(const char *path, mode_t mode, struct error *e)
{
	struct stat st;

	if (mkdir(path, mode) == 0) {
		if (chmod(path, mode) != 0) /* whatever the umask is */
			return error_set_errno(e, ERROR_IO, "%s", path);
		return 0;
	}
	if (errno != EEXIST)
		return error_set_errno(e, ERROR_IO, "%s", path);
	if (stat(path, &st) != 0)
		return error_set_errno(e, ERROR_IO, "%s", path);
	return S_ISDIR(st.st_mode) ? 0 : error_set(e, ERROR_IO, "%s is not a folder", path);
}

static int
is_same_file(int fd, const char *path)
{
	struct stat mine, there;

	return fstat(fd, &mine) == 0 && stat(path, &there) == 0 && mine.st_dev == there.st_dev &&
	    mine.st_ino == there.st_ino;
}

static int
lock_descriptor(int fd, const char *path, bool wait, struct error *e)
{
	while (flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)) != 0) {
		if (errno == EWOULDBLOCK)
			return error_set(e, ERROR_BUSY, "%s is locked by another process", path);
		if (errno != EINTR)
			return error_set_errno(e, ERROR_IO, "%s", path);
	}
	return 0;
}

int
file_lock(const char *path, bool wait, int *out_fd, struct error *e)
{
	for (;;) {
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

		if (fd < 0)
			return error_set_errno(e, ERROR_IO, "%s", path);
		if (lock_descriptor(fd, path, wait, e) != 0) {
			close(fd);
			return -1;
		}
		if (is_same_file(fd, path)) {
			*out_fd = fd;
			return 0;
		}
		close(fd); /* removed while we waited: our lock would protect nothing */
	}
}
