/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/tail_private.h"
#include "audit/writer_private.h"
#include "base/crashpoint.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"

#define BATCH_ROOM ((size_t)256 * 1024) /* kept between batches */

const struct audit_io audit_io_system = { write, fdatasync, ftruncate };

/* ---- drafts ---- */

int
draft_init(struct draft *draft, const struct audit_event *event, const struct clock *clock, struct error *e)
{
	draft->next = NULL;
	buffer_init(&draft->rest, LIMIT_RECORD_LINE);
	if (random_octets(draft->salt, sizeof draft->salt, e) == 0 &&
	    event_render(event, clock_now_ms(clock), &draft->rest, e) == 0)
		return 0;
	draft_done(draft);
	return -1;
}

void
draft_done(struct draft *draft)
{
	buffer_done(&draft->rest);
}

/* ---- writing ---- */

/* All drafts as lines behind the last one; `line` is the last one and becomes the new one. */
static int
compose(struct writer *w, const struct draft *drafts, struct record_line *line, struct error *e)
{
	buffer_clear(&w->batch);
	line->seq = w->seq;
	memcpy(line->hash, w->hash, SHA256_SIZE);
	for (const struct draft *d = drafts; d != NULL; d = d->next) {
		line->seq++;
		memcpy(line->prev, line->hash, SHA256_SIZE);
		memcpy(line->salt, d->salt, RECORD_SALT_SIZE);
		if (record_compose(line, d->rest.data, d->rest.size, &w->batch, e) != 0)
			return -1;
	}
	return 0;
}

static int
write_batch(struct writer *w, struct error *e)
{
	size_t done = 0;

	while (done < w->batch.size) {
		ssize_t n = w->io->write(w->fd, w->batch.data + done, w->batch.size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set_errno(e, ERROR_RECORD, "it cannot be written");
		done += (size_t)n;
	}
	crashpoint(RECORD_WRITTEN);
	if (w->io->sync(w->fd) != 0)
		return error_set_errno(e, ERROR_RECORD, "it cannot be synchronised to the disk");
	return 0;
}

/*
 * Cut refused lines off again, so that the chain goes on from the last line
 * that was promised.  Where even that fails the size is remembered: as long as
 * nobody else has written behind, it is tried again.
 */
static int
cut_back(struct writer *w, struct error *e)
{
	struct stat st;

	if (w->io->truncate(w->fd, w->end) == 0) {
		w->refused_end = 0;
		w->io->sync(w->fd);
		return 0;
	}
	error_set_errno(e, ERROR_RECORD, "refused lines cannot be cut off");
	w->refused_end = fstat(w->fd, &st) == 0 ? st.st_size : 0;
	return -1;
}

static int
append(struct writer *w, const struct draft *drafts, struct error *e)
{
	struct record_line last;

	if (w->batch.room > BATCH_ROOM)
		buffer_done(&w->batch);
	if (compose(w, drafts, &last, e) != 0)
		return -1;
	crashpoint(RECORD_LOCKED);
	if (write_batch(w, e) != 0) {
		cut_back(w, e);
		return -1;
	}
	crashpoint(RECORD_SYNCED);
	w->seq = last.seq;
	memcpy(w->hash, last.hash, SHA256_SIZE);
	w->end += (off_t)w->batch.size;
	return 0;
}

/* ---- following what others wrote ---- */

static int
record_torn(struct writer *w, off_t octets, struct error *e)
{
	struct audit_event *event = audit_event_new(AUDIT_TORN_LINE, e);
	struct draft draft;
	int rc = -1;

	if (event != NULL && audit_put_number(event, "octets", octets, e) == 0 &&
	    draft_init(&draft, event, w->clock, e) == 0) {
		rc = append(w, &draft, e);
		draft_done(&draft);
	}
	audit_event_free(event);
	return rc;
}

/* Take the file's end as it is now; what a crash tore is cut off, and said. */
static int
take_tail(struct writer *w, struct error *e)
{
	struct tail tail;

	if (tail_read(w->fd, w->origin, &tail, e) != 0)
		return -1;
	if (tail.seq < w->seq || (tail.seq == w->seq && memcmp(tail.hash, w->hash, SHA256_SIZE) != 0))
		return error_set(e, ERROR_RECORD_BROKEN, "line %" PRIu64 ", which we knew, is gone from it", w->seq);
	if (tail.torn > 0 && w->io->truncate(w->fd, tail.end) != 0)
		return error_set_errno(e, ERROR_RECORD, "its torn last line cannot be cut off");
	w->seq = tail.seq;
	memcpy(w->hash, tail.hash, SHA256_SIZE);
	w->end = tail.end;
	w->refused_end = 0;
	if (tail.torn > 0)
		crashpoint(RECORD_CUT);
	return tail.torn > 0 ? record_torn(w, tail.torn, e) : 0;
}

static int
follow(struct writer *w, struct error *e)
{
	struct stat mine, there;

	if (fstat(w->fd, &mine) != 0)
		return error_set_errno(e, ERROR_RECORD, "it cannot be looked at");
	if (stat(w->path, &there) != 0 || mine.st_dev != there.st_dev || mine.st_ino != there.st_ino)
		return error_set(e, ERROR_RECORD, "it was moved away or replaced: put it back, or restart to go on with the new one");
	if (mine.st_size == w->end)
		return 0;
	if (w->refused_end != 0 && mine.st_size == w->refused_end)
		return cut_back(w, e);
	return take_tail(w, e);
}

/* The lock is shared with other processes, which hold it as shortly: for one write and one synchronisation. */
static int
lock(struct writer *w, struct error *e)
{
	while (flock(w->fd, LOCK_EX) != 0)
		if (errno != EINTR)
			return error_set_errno(e, ERROR_RECORD, "it cannot be locked");
	return 0;
}

int
writer_write(struct writer *w, const struct draft *drafts, struct error *e)
{
	int rc;

	if (lock(w, e) != 0)
		return error_context(e, "record %s", w->path);
	rc = follow(w, e) != 0 || append(w, drafts, e) != 0 ? -1 : 0;
	flock(w->fd, LOCK_UN);
	return rc == 0 ? 0 : error_context(e, "record %s", w->path);
}

/* ---- opening ---- */

/* A new record belongs to the folder's owner, so that root's command line can make it for the daemon. */
static int
create_file(const char *path, struct error *e)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);

	if (fd < 0)
		return -1;
	crashpoint(RECORD_MADE);
	if (fchmod(fd, 0640) == 0 && file_take_folder_owner(fd, path, e) == 0 && fsync(fd) == 0 &&
	    file_sync_folder(path, e) == 0)
		return fd;
	error_set_errno(e, ERROR_RECORD, "it cannot be made");
	close(fd);
	return -1;
}

static int
open_file(const char *path, struct error *e)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT) {
		fd = create_file(path, e);
		if (fd < 0 && errno == EEXIST) /* somebody else was faster */
			fd = open(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	}
	if (fd < 0) {
		error_set_errno(e, ERROR_RECORD, "it cannot be opened");
		return -1;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		error_set(e, ERROR_RECORD, "it is not a regular file");
		close(fd);
		return -1;
	}
	/* Whoever made an empty one may have died before it was given away. */
	if (st.st_size == 0 && file_take_folder_owner(fd, path, e) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
open_tail(struct writer *w, struct error *e)
{
	int rc;

	if (lock(w, e) != 0)
		return -1;
	rc = head_check(w->fd, w->origin, e) != 0 || take_tail(w, e) != 0 ? -1 : 0;
	flock(w->fd, LOCK_UN);
	return rc;
}

int
writer_open(struct writer *w, const char *path, const char *gateway_id, const struct clock *clock,
    const struct audit_io *io, struct error *e)
{
	memset(w, 0, sizeof *w);
	w->fd = -1;
	w->io = io;
	w->clock = clock;
	buffer_init(&w->batch, LIMIT_RECORD_BATCH + RECORD_LINE_MAX);
	w->path = memory_text(path, e);
	if (w->path == NULL || record_origin(gateway_id, w->origin, e) != 0)
		return -1;
	memcpy(w->hash, w->origin, SHA256_SIZE);
	w->fd = open_file(path, e);
	if (w->fd >= 0 && open_tail(w, e) == 0)
		return 0;
	return error_context(e, "record %s", path);
}

void
writer_close(struct writer *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	buffer_done(&w->batch);
	free(w->path);
	w->path = NULL;
}
