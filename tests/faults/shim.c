/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Stands between a program, its libraries and the C library (LD_PRELOAD), and makes the n-th operation of one kind fail:
 * an allocation, or a file operation below $POSTSEAL_FAULTS_UNDER; and sets the clock back or forward.  What is to fail
 * stands in the second page of the file that $POSTSEAL_FAULTS names; control.py has the same picture.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PAGE        4096
#define DESCRIPTORS 4096

enum kind { ALLOC, OPEN, READ, WRITE, SYNC, NAME, SIZE, LOCK, MAP, KINDS };
enum manner { ONCE, FROM_THEN_ON, TEAR };

struct faults {
	_Atomic uint32_t kind;   /* counted from 1; 0: none */
	_Atomic uint32_t left;   /* operations of the kind until the one that fails, this one included */
	_Atomic uint32_t error;
	_Atomic uint32_t manner; /* TEAR: half of what is written reaches the file, and the process dies */
	_Atomic int64_t clock;   /* milliseconds added to the time */
	_Atomic uint32_t count[KINDS];
	_Atomic uint32_t failed; /* operations that were made to fail */
};

static struct faults *faults;
static char under[PATH_MAX];
static size_t under_size;
static _Atomic bool watched[DESCRIPTORS]; /* descriptors of files below `under` */

/* ---- the C library's own ---- */

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void *__libc_memalign(size_t alignment, size_t n);

#define REAL(result, name, ...) \
	static result (*real_##name)(__VA_ARGS__); \
	static void find_##name(void) { if (real_##name == NULL) *(void **)&real_##name = dlsym(RTLD_NEXT, #name); }
REAL(int, open, const char *, int, ...)
REAL(int, close, int)
REAL(ssize_t, read, int, void *, size_t)
REAL(ssize_t, pread, int, void *, size_t, off_t)
REAL(ssize_t, write, int, const void *, size_t)
REAL(ssize_t, pwrite, int, const void *, size_t, off_t)
REAL(int, fsync, int)
REAL(int, fdatasync, int)
REAL(int, rename, const char *, const char *)
REAL(int, link, const char *, const char *)
REAL(int, mkdir, const char *, mode_t)
REAL(int, mkostemp, char *, int)
REAL(int, ftruncate, int, off_t)
REAL(int, flock, int, int)
REAL(int, fcntl, int, int, ...)
REAL(void *, mmap, void *, size_t, int, int, int, off_t)
REAL(int, clock_gettime, clockid_t, struct timespec *)

static void
find_all(void)
{
	find_open(), find_close(), find_read(), find_pread(), find_write(), find_pwrite(), find_fsync(), find_fdatasync();
	find_rename(), find_link(), find_mkdir(), find_mkostemp(), find_ftruncate(), find_flock(), find_fcntl();
	find_mmap(), find_clock_gettime();
}

__attribute__((constructor)) static void
begin(void)
{
	const char *control = getenv("POSTSEAL_FAULTS"), *folder = getenv("POSTSEAL_FAULTS_UNDER");
	int fd;
	void *at;

	find_all();
	if (control == NULL || folder == NULL || (fd = real_open(control, O_RDWR | O_CLOEXEC)) < 0)
		return;
	under_size = strlen(folder);
	memcpy(under, folder, under_size < sizeof under ? under_size + 1 : 0);
	at = real_mmap(NULL, sizeof(struct faults), PROT_READ | PROT_WRITE, MAP_SHARED, fd, PAGE);
	real_close(fd);
	if (at != MAP_FAILED)
		faults = at;
}

/* ---- what is to fail ---- */

/* Count one operation; true, with errno set, if it is to fail. */
static bool
fails(enum kind kind)
{
	uint32_t left;

	if (faults == NULL)
		return false;
	atomic_fetch_add(&faults->count[kind], 1);
	if (atomic_load(&faults->kind) != (uint32_t)kind + 1)
		return false;
	left = atomic_load(&faults->left);
	while (left > 1 && !atomic_compare_exchange_weak(&faults->left, &left, left - 1))
		;
	if (left != 1)
		return false;
	if (atomic_load(&faults->manner) != FROM_THEN_ON)
		atomic_store(&faults->left, 0);
	atomic_fetch_add(&faults->failed, 1);
	errno = (int)atomic_load(&faults->error);
	return true;
}

static bool
is_watched(int fd)
{
	return fd >= 0 && fd < DESCRIPTORS && atomic_load(&watched[fd]);
}

static bool
is_below(const char *path)
{
	return under_size != 0 && path != NULL && strncmp(path, under, under_size) == 0;
}

static bool
tears(void)
{
	return atomic_load(&faults->manner) == TEAR;
}

/* ---- memory ---- */

void *
malloc(size_t n)
{
	return fails(ALLOC) ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails(ALLOC) ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails(ALLOC) ? NULL : __libc_realloc(p, n);
}

void *
reallocarray(void *p, size_t n, size_t size)
{
	if (size != 0 && n > PTRDIFF_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, n * size);
}

int
posix_memalign(void **out, size_t alignment, size_t n)
{
	void *p = fails(ALLOC) ? NULL : __libc_memalign(alignment, n);

	if (p == NULL)
		return ENOMEM;
	*out = p;
	return 0;
}

/* ---- opening ---- */

static int
opened(const char *path, int flags, mode_t mode)
{
	bool below = is_below(path);
	int fd;

	find_open(); /* other constructors may come first */
	if (below && fails(OPEN))
		return -1;
	fd = real_open(path, flags, mode);
	if (fd >= 0 && fd < DESCRIPTORS)
		atomic_store(&watched[fd], below);
	return fd;
}

int
open(const char *path, int flags, ...)
{
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags) __attribute__((alias("__open_2")));

int
__open_2(const char *path, int flags)
{
	return opened(path, flags, 0);
}

int
mkostemp(char *name, int flags)
{
	bool below = is_below(name);
	int fd;

	if (below && fails(OPEN))
		return -1;
	fd = real_mkostemp(name, flags);
	if (fd >= 0 && fd < DESCRIPTORS)
		atomic_store(&watched[fd], below);
	return fd;
}

int mkostemp64(char *name, int flags) __attribute__((alias("mkostemp")));

int
close(int fd)
{
	find_close();
	if (fd >= 0 && fd < DESCRIPTORS)
		atomic_store(&watched[fd], false);
	return real_close(fd);
}

/* ---- reading and writing ---- */

ssize_t
read(int fd, void *to, size_t n)
{
	find_read();
	return is_watched(fd) && fails(READ) ? -1 : real_read(fd, to, n);
}

ssize_t
pread(int fd, void *to, size_t n, off_t at)
{
	find_pread();
	return is_watched(fd) && fails(READ) ? -1 : real_pread(fd, to, n, at);
}

ssize_t pread64(int fd, void *to, size_t n, off_t at) __attribute__((alias("pread")));

ssize_t __read_chk(int fd, void *to, size_t n, size_t room);
ssize_t __pread_chk(int fd, void *to, size_t n, off_t at, size_t room);
ssize_t __pread64_chk(int fd, void *to, size_t n, off_t at, size_t room) __attribute__((alias("__pread_chk")));

ssize_t
__read_chk(int fd, void *to, size_t n, size_t room)
{
	return read(fd, to, n < room ? n : room);
}

ssize_t
__pread_chk(int fd, void *to, size_t n, off_t at, size_t room)
{
	return pread(fd, to, n < room ? n : room, at);
}

ssize_t
write(int fd, const void *from, size_t n)
{
	find_write();
	if (!is_watched(fd) || !fails(WRITE))
		return real_write(fd, from, n);
	if (tears() && real_write(fd, from, n / 2) >= 0)
		kill(getpid(), SIGKILL);
	return -1;
}

ssize_t
pwrite(int fd, const void *from, size_t n, off_t at)
{
	find_pwrite();
	if (!is_watched(fd) || !fails(WRITE))
		return real_pwrite(fd, from, n, at);
	if (tears() && real_pwrite(fd, from, n / 2, at) >= 0)
		kill(getpid(), SIGKILL);
	return -1;
}

ssize_t pwrite64(int fd, const void *from, size_t n, off_t at) __attribute__((alias("pwrite")));

/* ---- the rest ---- */

int
fsync(int fd)
{
	find_fsync();
	return is_watched(fd) && fails(SYNC) ? -1 : real_fsync(fd);
}

int
fdatasync(int fd)
{
	find_fdatasync();
	return is_watched(fd) && fails(SYNC) ? -1 : real_fdatasync(fd);
}

int
rename(const char *from, const char *to)
{
	find_rename();
	return is_below(to) && fails(NAME) ? -1 : real_rename(from, to);
}

int
link(const char *from, const char *to)
{
	find_link();
	return is_below(to) && fails(NAME) ? -1 : real_link(from, to);
}

int
mkdir(const char *path, mode_t mode)
{
	find_mkdir();
	return is_below(path) && fails(NAME) ? -1 : real_mkdir(path, mode);
}

int
ftruncate(int fd, off_t size)
{
	find_ftruncate();
	return is_watched(fd) && fails(SIZE) ? -1 : real_ftruncate(fd, size);
}

int ftruncate64(int fd, off_t size) __attribute__((alias("ftruncate")));

int
flock(int fd, int how)
{
	find_flock();
	return is_watched(fd) && how != LOCK_UN && fails(LOCK) ? -1 : real_flock(fd, how);
}

int
fcntl(int fd, int command, ...)
{
	void *argument;
	va_list ap;

	va_start(ap, command);
	argument = va_arg(ap, void *);
	va_end(ap);
	find_fcntl();
	if (command == F_SETLK && is_watched(fd) && ((struct flock *)argument)->l_type != F_UNLCK && fails(LOCK))
		return -1;
	return real_fcntl(fd, command, argument);
}

int fcntl64(int fd, int command, ...) __attribute__((alias("fcntl")));

void *
mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
	find_mmap();
	return is_watched(fd) && fails(MAP) ? MAP_FAILED : real_mmap(at, n, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t n, int protection, int flags, int fd, off_t offset) __attribute__((alias("mmap")));

/* ---- time ---- */

int
clock_gettime(clockid_t clock, struct timespec *out)
{
	int64_t moved = faults != NULL && clock == CLOCK_REALTIME ? atomic_load(&faults->clock) : 0;
	int rc;

	find_clock_gettime();
	rc = real_clock_gettime(clock, out);
	if (rc == 0 && moved != 0)
		out->tv_sec += moved / 1000;
	return rc;
}

time_t
time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return 0;
}
