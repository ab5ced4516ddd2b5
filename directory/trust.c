/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "directory/directory_private.h"

#define ANCHORS_MAX ((size_t)16 * 1024 * 1024) /* one file; the usual bundle of all public CAs has 220 KiB */

/* ---- reading ---------------------------------------------------------------------- */

static int
read_anchors(struct trust *t, const struct buffer *text, struct error *e)
{
	return certificates_read(text->data, text->size, &t->anchors, e);
}

static int
read_crls(struct trust *t, const struct buffer *text, struct error *e)
{
	return crls_read(t->crls, text->data, text->size, e);
}

struct reading {
	struct trust *trust;
	size_t ceiling;
	int (*read)(struct trust *t, const struct buffer *text, struct error *e);
};

static int
read_file(void *ctx, const char *path, struct error *e)
{
	const struct reading *r = ctx;
	struct buffer text = BUFFER_INIT(r->ceiling);
	int rc = file_read(path, r->ceiling, &text, e);

	if (rc == 0 && r->read(r->trust, &text, e) != 0)
		rc = error_context(e, "%s", path);
	buffer_done(&text);
	return rc;
}

static int
read_entry(struct reading *r, const char *path, struct error *e)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return error_set_errno(e, ERROR_CONFIGURATION, "%s", path);
	return S_ISDIR(st.st_mode) ? file_names(path, read_file, r, e) : read_file(r, path, e);
}

static int
read_all(struct reading *r, const char *const *paths, struct error *e)
{
	for (; paths != NULL && *paths != NULL; paths++)
		if (read_entry(r, *paths, e) != 0)
			return -1;
	return 0;
}

/* ---- life ---------------------------------------------------------------------------- */

int
trust_load(const char *const *anchors, const char *const *crls, struct trust **out, struct error *e)
{
	static _Atomic uint64_t last_number;
	struct trust *t = memory_new(1, sizeof *t, e);
	struct reading anchor_files = { t, ANCHORS_MAX, read_anchors }, crl_files = { t, LIMIT_CRL_FILE, read_crls };

	if (t == NULL)
		return -1;
	atomic_init(&t->references, 1);
	t->number = atomic_fetch_add(&last_number, 1) + 1;
	t->crls = crls_new(e);
	if (t->crls == NULL || read_all(&anchor_files, anchors, e) != 0 || read_all(&crl_files, crls, e) != 0) {
		trust_unref(t);
		return -1;
	}
	*out = t;
	return 0;
}

int
trust_add_anchors(struct trust *t, const struct certificates *more, struct error *e)
{
	for (size_t i = 0; i < more->count; i++)
		if (certificates_find(&t->anchors, certificate_fingerprint(more->items[i])) == NULL &&
		    certificates_add(&t->anchors, more->items[i], e) != 0)
			return -1;
	return 0;
}

struct trust *
trust_ref(struct trust *t)
{
	atomic_fetch_add(&t->references, 1);
	return t;
}

void
trust_unref(struct trust *t)
{
	if (t == NULL || atomic_fetch_sub(&t->references, 1) != 1)
		return;
	certificates_done(&t->anchors);
	crls_free(t->crls);
	free(t);
}

size_t
trust_anchor_count(const struct trust *t)
{
	return t->anchors.count;
}

/* ---- levels ---------------------------------------------------------------------------- */

static const char *const level_words[] = {
	[LEVEL_NONE] = "none",
	[LEVEL_HARVESTED] = "harvested",
	[LEVEL_DISCOVERED] = "discovered",
	[LEVEL_VERIFIED] = "verified",
	[LEVEL_PINNED] = "pinned",
};
#define LEVELS (sizeof level_words / sizeof level_words[0])

const char *
trust_level_word(enum trust_level l)
{
	return (size_t)l < LEVELS ? level_words[l] : "none";
}

int
trust_level_parse(const char *word, enum trust_level *out, struct error *e)
{
	for (size_t i = LEVEL_NONE + 1; i < LEVELS; i++)
		if (strcmp(word, level_words[i]) == 0) {
			*out = (enum trust_level)i;
			return 0;
		}
	return error_set(e, ERROR_USAGE, "\"%s\" is no level of trust: pinned, verified, discovered or harvested", word);
}
