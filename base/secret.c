/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/memory_private.h"
#include "base/secret.h"

/* Octets of the whole pages that hold `size`. */
static size_t
pages_of(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

/* Pages of its own: no neighbour on the heap overflows into them, and locking and dump flags are per page. */
static int
map(struct secret *s, size_t size, struct error *e)
{
	size_t room = pages_of(size);
	void *pages = MAP_FAILED;

	if (!memory_refused())
		pages = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return error_set(e, ERROR_NO_MEMORY, "cannot allocate %zu octets for a secret", size);
	/*
	 * Both are best effort: RLIMIT_MEMLOCK may be small (64 KiB on older
	 * systems), and a secret that may be swapped is better than no mail.
	 */
	(void)mlock(pages, room);
	(void)madvise(pages, room, MADV_DONTDUMP);
	s->data = pages;
	s->size = size;
	s->room = room;
	return 0;
}

int
secret_init(struct secret *s, size_t size, struct error *e)
{
	if (size == 0 || size > SECRET_MAX)
		return error_set(e, ERROR_TOO_LARGE, "a secret of %zu octets; 1 to %d are possible", size,
		    SECRET_MAX);
	return map(s, size, e);
}

int
secret_copy(struct secret *s, const void *from, size_t n, struct error *e)
{
	if (secret_init(s, n, e) != 0)
		return -1;
	memcpy(s->data, from, n);
	return 0;
}

void
secret_done(struct secret *s)
{
	if (s == NULL || s->data == NULL)
		return;
	memory_wipe(s->data, s->room);
	munmap(s->data, s->room);
	*s = (struct secret)SECRET_INIT;
}

int
secret_equal(const struct secret *a, const struct secret *b)
{
	volatile unsigned char difference = 0;

	if (a->size != b->size)
		return 0;
	for (size_t i = 0; i < a->size; i++)
		difference = (unsigned char)(difference | (a->data[i] ^ b->data[i]));
	return difference == 0;
}

/* Read to the end of `fd`, at most `room` octets. */
static int
read_all(int fd, unsigned char *to, size_t room, size_t *out_size, struct error *e)
{
	size_t size = 0;
	ssize_t n;

	while (size < room && (n = read(fd, to + size, room - size)) != 0) {
		if (n > 0)
			size += (size_t)n;
		else if (errno != EINTR)
			return error_set_errno(e, ERROR_IO, "cannot read a secret");
	}
	*out_size = size;
	return 0;
}

static size_t
without_line_end(const unsigned char *data, size_t size)
{
	if (size > 0 && data[size - 1] == '\n')
		size--;
	if (size > 0 && data[size - 1] == '\r')
		size--;
	return size;
}

int
secret_read_fd(int fd, struct secret *s, struct error *e)
{
	struct secret all = SECRET_INIT;
	size_t size = 0;
	int rc = -1;

	if (map(&all, SECRET_MAX + 3, e) != 0) /* a line end, and one octet to notice more */
		return -1;
	if (read_all(fd, all.data, all.size, &size, e) != 0)
		goto out;
	size = without_line_end(all.data, size);
	if (size == 0) {
		error_set(e, ERROR_CONFIGURATION, "the secret is empty");
		goto out;
	}
	rc = secret_copy(s, all.data, size, e);
out:
	secret_done(&all);
	return rc;
}

int
secret_read_file(const char *path, struct secret *s, struct error *e)
{
	int fd = file_open_private(path, e);
	int rc;

	if (fd < 0)
		return -1;
	rc = secret_read_fd(fd, s, e);
	if (rc != 0)
		error_context(e, "%s", path);
	close(fd);
	return rc;
}
