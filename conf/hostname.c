/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "conf/settings_private.h"

#define HOSTS     "/etc/hosts"
#define HOSTS_MAX ((size_t)1024 * 1024)
#define BLANKS    " \t\r\n"

/* The next name of a hosts(5) file at `*at`; comments are skipped.  Returns its octets, 0 at the end. */
static size_t
next_name(const char **at)
{
	for (*at += strspn(*at, BLANKS); **at == '#'; *at += strspn(*at, BLANKS))
		*at += strcspn(*at, "\n");
	return strcspn(*at, BLANKS "#");
}

int
hostname_find(const char *hosts, const char *name, struct pool *pool, const char **out, struct error *e)
{
	size_t n = strlen(name), size;

	for (const char *at = hosts; (size = next_name(&at)) > 0; at += size) {
		if (size <= n + 1 || at[n] != '.' || !text_equal_nocase_n(at, n, name, n))
			continue;
		*out = pool_copy(pool, at, size, e);
		return *out != NULL ? 0 : -1;
	}
	*out = NULL;
	return 0;
}

/* A host's name that goes into a header field and the record. */
static bool
is_hostname(const char *name)
{
	return *name != '\0' && *name != '.' &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == strlen(name);
}

const char *
hostname_qualified(struct pool *pool, struct error *e)
{
	struct buffer hosts = BUFFER_INIT(HOSTS_MAX);
	char name[256] = "";
	const char *found = NULL;
	char *lower;

	if (gethostname(name, sizeof name - 1) != 0 || !is_hostname(name))
		strcpy(name, "localhost");
	/* A host without the file, or with one that makes no sense, has its short name. */
	if (strchr(name, '.') == NULL && file_read(HOSTS, HOSTS_MAX, &hosts, NULL) == 0)
		hostname_find(buffer_text(&hosts), name, pool, &found, NULL);
	buffer_done(&hosts);
	if (found == NULL || !is_hostname(found))
		found = name;
	lower = pool_copy(pool, found, strlen(found), e);
	for (char *c = lower; c != NULL && *c != '\0'; c++)
		*c = text_lower(*c);
	return lower;
}
