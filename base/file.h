/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "base/error.h"

/* Files as a careful daemon handles them: opened once, judged by descriptor, replaced whole. */

/* file_read(path, ceiling, out, e): the whole file (or descriptor) into `out` (appended). */
int file_read(const char *path, size_t ceiling, struct buffer *out, struct error *e);
int file_read_fd(int fd, const char *name, size_t ceiling, struct buffer *out, struct error *e);

/*
 * file_open_private(path, e): open for reading a file that nobody but its owner
 * (root or the effective user; for root anybody, since the daemon's files belong
 * to the daemon's user) may read or write; symbolic links to such files
 * are followed.  Returns the descriptor or -1 with ERROR_PERMISSIONS naming the
 * path, its mode and the remedy, or ERROR_IO.
 */
int file_open_private(const char *path, struct error *e);

/* file_replace(path, data, n, mode, e): write beside, fsync, rename, fsync the folder. */
int file_replace(const char *path, const void *data, size_t n, mode_t mode, struct error *e);

/* file_create(path, data, n, mode, e): the same, but fail with ERROR_STORE_CONFLICT if it exists. */
int file_create(const char *path, const void *data, size_t n, mode_t mode, struct error *e);

/* file_create_for_folder(): the same, and the file belongs to its folder's owner from the first moment, see below. */
int file_create_for_folder(const char *path, const void *data, size_t n, mode_t mode, struct error *e);

/*
 * file_take_folder_owner(fd, path, e): when root makes a file for a daemon, `fd`
 * gets the owner and group of the folder of `path`; for anybody else nothing happens.
 */
int file_take_folder_owner(int fd, const char *path, struct error *e);

/* file_make_folder(path, mode, e): like mkdir -p for the last component; an existing folder is fine. */
int file_make_folder(const char *path, mode_t mode, struct error *e);

/* file_write_all(fd, data, n, e): every octet, EINTR handled. */
int file_write_all(int fd, const void *data, size_t n, struct error *e);

/* file_sync_folder(path, e): make a rename in the folder of `path` durable. */
int file_sync_folder(const char *path, struct error *e);

/*
 * file_names(folder, visit, ctx, e): call visit(ctx, path, e) for each regular
 * file, sorted by name, until one call fails.  Links are followed; names with a
 * leading dot (hidden files, files being written) are passed over.
 */
int file_names(const char *folder, int (*visit)(void *ctx, const char *path, struct error *e), void *ctx,
    struct error *e);

/*
 * file_lock(path, wait, out_fd, e): create or open `path` and hold an exclusive
 * flock(2) on it until the descriptor is closed.  Without `wait`, a lock held by
 * somebody else is ERROR_BUSY.
 */
int file_lock(const char *path, bool wait, int *out_fd, struct error *e);

#endif
