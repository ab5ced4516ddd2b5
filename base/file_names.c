/* SPDX-License-Identifier: BSD-2-Clause */

/* The files of a folder in the order of their names. */

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"

struct name_list {
	char **names;
	size_t count, room;
};

static void
names_done(struct name_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->names[i]);
	free(list->names);
}

static int
names_add(struct name_list *list, const char *name, struct error *e)
{
	char **grown;

	if (list->count == list->room) {
		size_t room = list->room == 0 ? 16 : list->room * 2;

		grown = memory_resize(list->names, room, sizeof list->names[0], e);
		if (grown == NULL)
			return -1;
		list->names = grown;
		list->room = room;
	}
	list->names[list->count] = memory_text(name, e);
	if (list->names[list->count] == NULL)
		return -1;
	list->count++;
	return 0;
}

/* Names without a leading dot: those are hidden files, editors' copies and files being written. */
static int
names_read(struct name_list *list, const char *folder, struct error *e)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int rc = 0;

	if (dir == NULL)
		return error_set_errno(e, ERROR_IO, "%s", folder);
	errno = 0;
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			rc = names_add(list, entry->d_name, e);
		errno = 0;
	}
	if (rc == 0 && errno != 0)
		rc = error_set_errno(e, ERROR_IO, "%s", folder);
	closedir(dir);
	return rc;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
visit_one(const char *folder, const char *name, int (*visit)(void *, const char *, struct error *), void *ctx,
    struct error *e)
{
	char *path = memory_format(e, "%s/%s", folder, name);
	struct stat st;
	int rc = 0;

	if (path == NULL)
		return -1;
	/* A name that vanished meanwhile, or a link to nowhere, is no file. */
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		rc = visit(ctx, path, e);
	free(path);
	return rc;
}

int
file_names(const char *folder, int (*visit)(void *ctx, const char *path, struct error *e), void *ctx,
    struct error *e)
{
	struct name_list list = { NULL, 0, 0 };
	int rc = names_read(&list, folder, e);

	if (rc == 0 && list.count > 1)
		qsort(list.names, list.count, sizeof list.names[0], compare_names);
	for (size_t i = 0; rc == 0 && i < list.count; i++)
		rc = visit_one(folder, list.names[i], visit, ctx, e);
	names_done(&list);
	return rc;
}
