/* SPDX-License-Identifier: BSD-2-Clause */

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "tests/unit/support.h"

#define LOAD_MAX ((size_t)64 * 1024 * 1024)

void
expect_ok_(int rc, struct error *e, const char *file, int line)
{
	if (rc != 0 || e->code != ERROR_NONE)
		ck_abort_msg("%s:%d: failed with %d, %s: %s", file, line, rc, error_name(e->code),
		    error_text(e));
}

/* The error is forgotten, so that the next call can be watched. */
void
expect_error_(int rc, enum error_code want, struct error *e, const char *file, int line)
{
	if (rc == 0)
		ck_abort_msg("%s:%d: succeeded, but %s was wanted", file, line, error_name(want));
	if (e->code != want)
		ck_abort_msg("%s:%d: %s (%s), but %s was wanted", file, line, error_name(e->code),
		    error_text(e), error_name(want));
	error_clear(e);
}

#define ALLOCATIONS_MAX 100000

void
each_allocation_fails(int (*call)(void *ctx, struct error *e), void *ctx)
{
	for (unsigned n = 1; n < ALLOCATIONS_MAX; n++) {
		struct error e = ERROR_INIT;
		int rc, pending;

		memory_fail_at(n);
		rc = call(ctx, &e);
		pending = memory_fail_pending();
		memory_fail_at(0);
		if (pending) {
			expect_ok(rc);
			return;
		}
		if (rc == 0 || e.code != ERROR_NO_MEMORY)
			ck_abort_msg("allocation %u failed: %d, %s: %s", n, rc, error_name(e.code),
			    error_text(&e));
	}
	ck_abort_msg("it allocates without end");
}

struct buffer
load(const char *path)
{
	struct buffer b = BUFFER_INIT(LOAD_MAX);
	struct error e = ERROR_INIT;
	char name[1024];

	snprintf(name, sizeof name, "tests/data/%s", path);
	expect_ok(file_read(name, LOAD_MAX, &b, &e));
	return b;
}

/* The scratch folder of the process `owner`; check(3) forks for each test. */
static char folder[256];
static pid_t owner;

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
remove_folder(void)
{
	if (owner == getpid())
		nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
make_folder(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(folder, sizeof folder, "%s/postseal-test-XXXXXX", base != NULL ? base : "/tmp");
	if (mkdtemp(folder) == NULL)
		ck_abort_msg("cannot make %s", folder);
	owner = getpid();
	atexit(remove_folder);
}

const char *
scratch(const char *name)
{
	static char names[8][512]; /* several names may be in use within one test */
	static unsigned next;
	char *to = names[next++ % 8];

	if (owner != getpid())
		make_folder();
	snprintf(to, sizeof names[0], "%s/%s", folder, name);
	return to;
}

static ssize_t
slow_read(void *ctx, void *to, size_t max, struct error *e)
{
	struct slow_source *s = ctx;
	size_t n = s->size - s->position;

	(void)e;
	if (n > max)
		n = max;
	if (n > s->step)
		n = s->step;
	if (n > 0)
		memcpy(to, s->data + s->position, n);
	s->position += n;
	return (ssize_t)n;
}

struct source
slow_source(struct slow_source *s, const void *data, size_t n, size_t step)
{
	*s = (struct slow_source){ data, n, 0, step };
	return (struct source){ slow_read, s };
}
