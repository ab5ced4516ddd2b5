/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crashpoint.h"
#include "base/memory.h"
#include "base/spool.h"

#define BLOCK        ((size_t)64 * 1024)
#define MEMORY_FIRST ((size_t)4 * 1024) /* most messages are small, and each has several spools */
#define NO_BLOCK     UINT64_MAX

/*
 * Two forms.  In memory: `memory` holds all octets.  As a file (`fd` >= 0):
 * blocks of BLOCK octets, sealed, of which `sealed` are written; the octets
 * behind them wait in `tail` until they fill a block, so that no block number is
 * ever sealed over two contents.  `cached` is the block last opened.
 */
struct spool {
	struct spool_settings settings;
	uint64_t size;
	bool failed; /* a write failed half way: nothing may follow it */

	unsigned char *memory;
	size_t room;

	int fd;
	void *key;
	uint64_t sealed, cached;
	unsigned char *tail, *cache, *scratch; /* BLOCK, BLOCK, BLOCK + overhead octets */
};

struct spool *
spool_new(const struct spool_settings *settings, struct error *e)
{
	struct spool *spool = memory_new(1, sizeof *spool, e);

	if (spool == NULL)
		return NULL;
	spool->settings = *settings;
	spool->fd = -1;
	spool->cached = NO_BLOCK;
	return spool;
}

/* ---- the two forms come and go ---- */

static void
wipe_free(unsigned char **p, size_t n)
{
	if (*p != NULL)
		memory_wipe(*p, n);
	free(*p);
	*p = NULL;
}

static void
drop_memory(struct spool *spool)
{
	wipe_free(&spool->memory, spool->room);
	spool->room = 0;
}

/* Dropping the key is the wipe of what is on disk. */
static void
drop_file(struct spool *spool)
{
	if (spool->key != NULL)
		spool->settings.cipher->key_free(spool->key);
	if (spool->fd >= 0)
		close(spool->fd);
	wipe_free(&spool->tail, BLOCK);
	wipe_free(&spool->cache, BLOCK);
	free(spool->scratch);
	spool->scratch = NULL;
	spool->key = NULL;
	spool->fd = -1;
	spool->sealed = 0;
	spool->cached = NO_BLOCK;
}

void
spool_free(struct spool *spool)
{
	if (spool == NULL)
		return;
	drop_memory(spool);
	drop_file(spool);
	free(spool);
}

int
spool_truncate(struct spool *spool, struct error *e)
{
	(void)e;
	drop_memory(spool);
	drop_file(spool);
	spool->size = 0;
	spool->failed = false;
	return 0;
}

/* A file that no folder names: O_TMPFILE, or by hand where the file system has none. */
static int
open_unnamed(const char *folder, struct error *e)
{
	int fd = open(folder, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	char *name;

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) {
		if (fd < 0)
			error_set_errno(e, ERROR_IO, "spool folder %s", folder);
		return fd;
	}
	name = memory_format(e, "%s/.spool.XXXXXX", folder);
	if (name == NULL)
		return -1;
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		error_set_errno(e, ERROR_IO, "spool folder %s", folder);
	else
		unlink(name);
	free(name);
	return fd;
}

static int
open_file_form(struct spool *spool, struct error *e)
{
	const struct spool_cipher *cipher = spool->settings.cipher;

	spool->tail = memory_new(1, BLOCK, e);
	spool->cache = memory_new(1, BLOCK, e);
	spool->scratch = memory_new(1, BLOCK + cipher->overhead, e);
	if (spool->tail == NULL || spool->cache == NULL || spool->scratch == NULL)
		return -1;
	spool->key = cipher->key_new(e);
	if (spool->key == NULL)
		return -1;
	spool->fd = open_unnamed(spool->settings.folder, e);
	if (spool->fd < 0)
		return -1;
	crashpoint(SPOOL_FILE_MADE);
	return 0;
}

/* ---- blocks ---- */

static off_t
block_place(const struct spool *spool, uint64_t block)
{
	return (off_t)(block * (BLOCK + spool->settings.cipher->overhead));
}

static int
write_block(struct spool *spool, struct error *e)
{
	size_t n = BLOCK + spool->settings.cipher->overhead, done = 0;
	off_t place = block_place(spool, spool->sealed);

	while (done < n) {
		ssize_t some = pwrite(spool->fd, spool->scratch + done, n - done, place + (off_t)done);

		if (some < 0 && errno == EINTR)
			continue;
		if (some < 0)
			return error_set_errno(e, ERROR_IO, "spool folder %s", spool->settings.folder);
		done += (size_t)some;
	}
	return 0;
}

static int
seal_tail(struct spool *spool, struct error *e)
{
	const struct spool_cipher *cipher = spool->settings.cipher;

	if (cipher->seal(spool->key, spool->sealed, spool->tail, BLOCK, spool->scratch, e) != 0)
		return -1;
	if (write_block(spool, e) != 0)
		return -1;
	spool->sealed++;
	crashpoint(SPOOL_BLOCK_SEALED);
	return 0;
}

static int
read_block(struct spool *spool, uint64_t block, struct error *e)
{
	size_t n = BLOCK + spool->settings.cipher->overhead, done = 0;
	off_t place = block_place(spool, block);

	while (done < n) {
		ssize_t some = pread(spool->fd, spool->scratch + done, n - done, place + (off_t)done);

		if (some < 0 && errno == EINTR)
			continue;
		if (some < 0)
			return error_set_errno(e, ERROR_IO, "spool file");
		if (some == 0)
			return error_set(e, ERROR_IO, "spool file: a block is missing");
		done += (size_t)some;
	}
	return 0;
}

/* The opened block, from the cache or the file. */
static int
load_block(struct spool *spool, uint64_t block, struct error *e)
{
	const struct spool_cipher *cipher = spool->settings.cipher;

	if (spool->cached == block)
		return 0;
	spool->cached = NO_BLOCK; /* what is in the cache is overwritten, or wiped with it */
	if (read_block(spool, block, e) != 0)
		return -1;
	if (cipher->open(spool->key, block, spool->scratch, BLOCK + cipher->overhead, spool->cache, e) != 0) {
		memory_wipe(spool->cache, BLOCK);
		return error_set(e, ERROR_IO, "spool file: a block does not authenticate");
	}
	spool->cached = block;
	return 0;
}

/* ---- writing ---- */

/* Not realloc(3), which would leave the octets behind where they were. */
static int
grow_memory(struct spool *spool, size_t need, struct error *e)
{
	size_t room = spool->room == 0 ? MEMORY_FIRST : spool->room * 2;
	unsigned char *memory;

	if (need <= spool->room)
		return 0;
	if (room < need)
		room = need;
	memory = memory_new(1, room, e);
	if (memory == NULL)
		return -1;
	if (spool->size > 0)
		memcpy(memory, spool->memory, (size_t)spool->size);
	drop_memory(spool);
	spool->memory = memory;
	spool->room = room;
	return 0;
}

static int
append_memory(struct spool *spool, const void *from, size_t n, struct error *e)
{
	if (grow_memory(spool, (size_t)spool->size + n, e) != 0)
		return -1;
	memcpy(spool->memory + spool->size, from, n);
	spool->size += n;
	return 0;
}

static int
append_file(struct spool *spool, const unsigned char *from, size_t n, struct error *e)
{
	while (n > 0) {
		size_t used = (size_t)(spool->size - spool->sealed * BLOCK);
		size_t some = BLOCK - used < n ? BLOCK - used : n;

		memcpy(spool->tail + used, from, some);
		if (used + some == BLOCK && seal_tail(spool, e) != 0)
			return -1;
		spool->size += some;
		from += some;
		n -= some;
	}
	return 0;
}

/* Memory's content moves into the file form; on failure the spool stays as it was. */
static int
move_to_file(struct spool *spool, struct error *e)
{
	uint64_t size = spool->size;

	if (spool->settings.cipher == NULL || spool->settings.folder == NULL)
		return error_set(e, ERROR_TOO_LARGE, "more than %zu octets, in memory",
		    spool->settings.memory);
	spool->size = 0;
	if (open_file_form(spool, e) != 0 || append_file(spool, spool->memory, (size_t)size, e) != 0) {
		drop_file(spool);
		spool->size = size;
		return -1;
	}
	drop_memory(spool);
	return 0;
}

static bool
fits_memory(const struct spool *spool, size_t n)
{
	return spool->size <= spool->settings.memory && n <= spool->settings.memory - spool->size;
}

int
spool_write(struct spool *spool, const void *from, size_t n, struct error *e)
{
	if (spool->failed)
		return error_set(e, ERROR_IO, "spool: an earlier write failed");
	if (n > spool->settings.max || spool->size > spool->settings.max - n)
		return error_set(
		    e, ERROR_TOO_LARGE, "more than %llu octets", (unsigned long long)spool->settings.max);
	if (n == 0)
		return 0;
	if (spool->fd < 0 && fits_memory(spool, n))
		return append_memory(spool, from, n, e);
	if (spool->fd < 0 && move_to_file(spool, e) != 0)
		return -1;
	if (append_file(spool, from, n, e) == 0)
		return 0;
	spool->failed = true;
	return -1;
}

uint64_t
spool_size(const struct spool *spool)
{
	return spool->size;
}

static int
sink_spool(void *ctx, const void *from, size_t n, struct error *e)
{
	return spool_write(ctx, from, n, e);
}

struct sink
spool_sink(struct spool *spool)
{
	return (struct sink){ sink_spool, spool };
}

/* ---- reading ---- */

static int
read_file(struct spool *spool, uint64_t offset, unsigned char *to, size_t n, struct error *e)
{
	while (n > 0) {
		uint64_t block = offset / BLOCK;
		size_t within = (size_t)(offset % BLOCK);
		size_t some = BLOCK - within < n ? BLOCK - within : n;

		if (block < spool->sealed && load_block(spool, block, e) != 0)
			return -1;
		memcpy(to, (block < spool->sealed ? spool->cache : spool->tail) + within, some);
		offset += some;
		to += some;
		n -= some;
	}
	return 0;
}

int
spool_read_at(struct spool *spool, uint64_t offset, void *to, size_t n, struct error *e)
{
	if (offset > spool->size || n > spool->size - offset)
		return error_set(e, ERROR_INTERNAL, "spool: a read past the end");
	if (n == 0)
		return 0;
	if (spool->fd >= 0)
		return read_file(spool, offset, to, n, e);
	memcpy(to, spool->memory + offset, n);
	return 0;
}

struct spool_span
spool_all(struct spool *spool)
{
	return (struct spool_span){ spool, 0, spool->size };
}

static ssize_t
read_span(void *ctx, void *to, size_t max, struct error *e)
{
	struct spool_reader *reader = ctx;
	uint64_t left = reader->span.size - reader->position;
	size_t n = left < max ? (size_t)left : max;

	if (n == 0) /* a span of nothing may have no spool */
		return 0;
	if (spool_read_at(reader->span.spool, reader->span.offset + reader->position, to, n, e) != 0)
		return -1;
	reader->position += n;
	return (ssize_t)n;
}

struct source
spool_reader_source(struct spool_reader *reader, struct spool_span span)
{
	*reader = (struct spool_reader){ span, 0 };
	return (struct source){ read_span, reader };
}

int
spool_span_write(struct spool_span span, struct sink *to, struct error *e)
{
	struct spool_reader reader;
	struct source from = spool_reader_source(&reader, span);

	return io_copy(&from, to, e);
}
