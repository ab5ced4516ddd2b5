/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "conf/files_private.h"

#define CIRCLE "it includes itself; remove this include"
#define TWICE  "it is included twice; remove one include"

struct file_seen {
	dev_t device;
	ino_t inode;
	bool open; /* still being read: an include of it would be a circle */
};

struct reading {
	struct pool *pool;
	struct lexicon *out;
	struct buffer *octets; /* all that was read */
	struct file_seen seen[LIMIT_CONF_FILES];
	size_t seen_count;
	unsigned depth;
	const struct word *by; /* the include that asks for the file; NULL for the first */
};

static int add_text(struct reading *r, const char *name, const char *text, size_t n, struct error *e);
static int add_file(struct reading *r, const char *path, struct error *e);

/* ---- opening ---- */

/* What is wrong with a file, told at the include that names it. */
static int
refuse(const struct reading *r, const char *path, const char *what, struct error *e)
{
	if (r->by != NULL)
		return word_error(r->by, "include", e, "%s: %s", path, what);
	return error_set(e, ERROR_CONFIGURATION, "%s: %s", path, what);
}

static int
judge(const struct reading *r, const char *path, const struct stat *st, struct error *e)
{
	if (!S_ISREG(st->st_mode))
		return refuse(r, path, "not a regular file", e);
	if ((st->st_mode & S_IWOTH) != 0)
		return refuse(r, path, "everybody may write to it; remedy: chmod o-w", e);
	if (st->st_size > (off_t)(LIMIT_CONFIGURATION - r->octets->size))
		return refuse(r, path, "the configuration is larger than 4 MiB", e);
	if (r->seen_count == LIMIT_CONF_FILES)
		return refuse(r, path, "the configuration has more than 1000 files", e);
	for (size_t i = 0; i < r->seen_count; i++) {
		const struct file_seen *seen = &r->seen[i];

		if (seen->device == st->st_dev && seen->inode == st->st_ino)
			return refuse(r, path, seen->open ? CIRCLE : TWICE, e);
	}
	return 0;
}

/* The descriptor of a file that may be read, noted as seen; -1. */
static int
open_file(struct reading *r, const char *path, struct error *e)
{
	/* O_NONBLOCK: a FIFO in the file's place shall be refused, not waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		refuse(r, path, strerror(errno), e);
	} else if (judge(r, path, &st, e) == 0) {
		r->seen[r->seen_count++] = (struct file_seen){ st.st_dev, st.st_ino, true };
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* ---- includes ---- */

static bool
has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

static int
add_member(void *ctx, const char *path, struct error *e)
{
	return has_suffix(path, ".conf") ? add_file(ctx, path, e) : 0;
}

/* The path that an include names, as seen from the folder of its file. */
static char *
included_path(struct reading *r, const struct word *name, struct error *e)
{
	const char *slash = strrchr(name->file, '/');

	if (name->text[0] == '/' || slash == NULL)
		return pool_copy(r->pool, name->text, strlen(name->text), e);
	return pool_format(r->pool, e, "%.*s/%s", (int)(slash - name->file), name->file, name->text);
}

static int
add_include(struct reading *r, const struct word *name, struct error *e)
{
	const struct word *before = r->by;
	struct stat st;
	char *path;
	int rc;

	if (name->kind != WORD_QUOTED || name->text[0] == '\0')
		return word_error(name, "include", e, "no file name; write include \"file\"");
	if (r->depth == LIMIT_CONF_DEPTH)
		return word_error(name, "include", e, "includes are nested deeper than %d", LIMIT_CONF_DEPTH);
	path = included_path(r, name, e);
	if (path == NULL)
		return -1;
	r->by = name;
	r->depth++;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		rc = file_names(path, add_member, r, e);
	else
		rc = add_file(r, path, e);
	r->depth--;
	r->by = before;
	return rc;
}

/* An include stands outside of sections, where a statement begins. */
static bool
is_include(const struct lexicon *words, size_t i, unsigned depth)
{
	const struct word *w = &words->items[i];

	return depth == 0 && w->kind == WORD_BARE && strcmp(w->text, "include") == 0 &&
	    (i == 0 || w[-1].kind != WORD_EQUALS) && w[1].kind != WORD_EQUALS;
}

/* Copy one file's words, putting included ones in their places, up to and with its end. */
static int
put_together(struct reading *r, const struct lexicon *words, struct error *e)
{
	unsigned depth = 0;

	for (size_t i = 0; i < words->count; i++) {
		const struct word *w = &words->items[i];

		depth += w->kind == WORD_OPEN;
		depth -= w->kind == WORD_CLOSE;
		if (is_include(words, i, depth)) {
			if (add_include(r, &words->items[++i], e) != 0)
				return -1;
		} else if (lexicon_add(r->out, w, e) != 0) {
			return -1;
		}
	}
	return 0;
}

/* ---- reading ---- */

static int
add_text(struct reading *r, const char *name, const char *text, size_t n, struct error *e)
{
	struct lexicon words = WORDS_INIT;
	char *file = pool_copy(r->pool, name, strlen(name), e);
	int rc = -1;

	if (file != NULL && buffer_append(r->octets, text, n, e) == 0 &&
	    lexicon_scan(file, text, n, r->pool, &words, e) == 0 &&
	    lexicon_end(&words, file, e) == 0)
		rc = put_together(r, &words, e);
	lexicon_done(&words);
	return rc;
}

static int
add_file(struct reading *r, const char *path, struct error *e)
{
	struct buffer text = BUFFER_INIT(LIMIT_CONFIGURATION);
	size_t mine = r->seen_count;
	int rc, fd = open_file(r, path, e);

	if (fd < 0)
		return -1;
	rc = file_read_fd(fd, path, LIMIT_CONFIGURATION - r->octets->size, &text, e);
	close(fd);
	if (rc == 0)
		rc = add_text(r, path, buffer_text(&text), text.size, e);
	r->seen[mine].open = false;
	buffer_done(&text);
	return rc;
}

int
files_read(const char *path, struct pool *pool, struct lexicon *out, struct buffer *octets, struct error *e)
{
	struct reading r = { .pool = pool, .out = out, .octets = octets };

	return add_file(&r, path, e);
}

int
files_read_text(const char *name, const char *text, size_t n, struct pool *pool, struct lexicon *out,
    struct buffer *octets, struct error *e)
{
	struct reading r = { .pool = pool, .out = out, .octets = octets };

	if (n > LIMIT_CONFIGURATION)
		return error_set(e, ERROR_CONFIGURATION, "%s: the configuration is larger than 4 MiB", name);
	return add_text(&r, name, text, n, e);
}
