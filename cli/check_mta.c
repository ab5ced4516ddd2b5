/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/check_mta.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"

/* What the checks of both MTAs share. */

#define SEPARATORS " \t,{}"

/* ---- sockets ---------------------------------------------------------------------------------- */

/* "inet:8891@127.0.0.1", "inet:127.0.0.1:8891" and "inet:localhost:8891" are one: the port tells them apart. */
static bool
same_port(const char *ours, const char *word, size_t n)
{
	size_t digits = strspn(ours, "0123456789"), tail = 0;
	const char *port = ours;

	if (digits == 0 || (ours[digits] != '@' && ours[digits] != '\0'))
		return false;
	if (strncmp(word, port, digits) == 0 && n > digits && word[digits] == '@')
		return true;
	while (tail < n && word[n - 1 - tail] >= '0' && word[n - 1 - tail] <= '9')
		tail++;
	return tail == digits && tail < n && word[n - 1 - tail] == ':' && memcmp(word + n - tail, port, digits) == 0;
}

static bool
same_path(const char *ours, const char *word, size_t n, const char *root)
{
	size_t before = root != NULL ? strlen(root) : 0;

	if (strlen(ours) == n && memcmp(ours, word, n) == 0)
		return true;
	return before > 0 && strlen(ours) == before + n && strncmp(ours, root, before) == 0 &&
	    memcmp(ours + before, word, n) == 0;
}

static bool
is_socket(const char *ours, const char *word, size_t n, const char *root)
{
	static const char *const paths[] = { "unix:", "local:" }, *const ports[] = { "inet:", "inet6:" };

	if (n > 2 && (word[0] == 'S' || word[0] == 's') && word[1] == '=') { /* a filter's equate */
		word += 2;
		n -= 2;
	}
	for (size_t i = 0; i < 2; i++) {
		size_t p = strlen(paths[i]), q = strlen(ports[i]);

		if (n > p && strncmp(word, paths[i], p) == 0 && strncmp(ours, "unix:", 5) == 0)
			return same_path(ours + 5, word + p, n - p, root);
		if (n > q && strncmp(word, ports[i], q) == 0 && strncmp(ours, "inet", 4) == 0)
			return same_port(strchr(ours, ':') + 1, word + q, n - q);
	}
	return false;
}

bool
mta_names_listener(const char *text, const struct listener *listener, const char *root)
{
	const char *socket = listener_value(listener, SETTING_SOCKET)->text;

	for (text += strspn(text, SEPARATORS); *text != '\0'; text += strspn(text, SEPARATORS)) {
		size_t n = strcspn(text, SEPARATORS);

		if (is_socket(socket, text, n, root))
			return true;
		text += n;
	}
	return false;
}

const struct listener *
mta_names_any(const struct cli *c, const char *text, int role, const char *root)
{
	for (size_t i = 0; i < settings_listener_count(c->settings); i++) {
		const struct listener *l = settings_listener_at(c->settings, i);

		if ((role < 0 || listener_value(l, SETTING_ROLE)->number == role) && mta_names_listener(text, l, root))
			return l;
	}
	return NULL;
}

bool
mta_has_egress(const struct cli *c)
{
	return settings_have_role(c->settings, CHOICE_ROLE_EGRESS);
}

bool
mta_is_loopback(const char *host)
{
	return strncmp(host, "127.", 4) == 0 || strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
	    strcmp(host, "[::1]") == 0;
}

/* ---- tables ------------------------------------------------------------------------------------- */

/* A word with an "@" whose address is nobody's of ours; a path, a command or a local name is none. */
static bool
is_outside(const struct cli *c, const char *word, size_t n)
{
	struct error ignored = ERROR_INIT;
	struct address *a = NULL;
	bool outside;

	while (n > 0 && strchr("\"<>", *word) != NULL) {
		word++;
		n--;
	}
	while (n > 0 && strchr("\"<>", word[n - 1]) != NULL)
		n--;
	if (n == 0 || memchr(word, '@', n) == NULL || strchr("/|:", *word) != NULL ||
	    address_parse(word, n, &a, &ignored) != 0)
		return false;
	outside = !settings_is_local(c->settings, a);
	address_free(a);
	return outside;
}

static bool
line_leads_outside(const struct cli *c, const char *text, size_t size)
{
	for (size_t at = 0; at < size;) {
		size_t n = 0;

		while (at + n < size && strchr(", \t\r", text[at + n]) == NULL)
			n++;
		if (is_outside(c, text + at, n))
			return true;
		at += n + 1;
	}
	return false;
}

bool
mta_leads_outside(const struct cli *c, const char *text)
{
	return line_leads_outside(c, text, strlen(text));
}

/* What stands to the right of the key, or the whole of a line that goes on. */
static const char *
right_side(const char *line, const char *end)
{
	const char *c = line;

	while (c < end && strchr(" \t:", *c) == NULL)
		c++;
	return c;
}

/* Without its text only what was made of it is there, if anything. */
static int
check_unreadable(struct checklist *f, const char *file, const char *subject, struct error *e)
{
	char *made = memory_format(e, "%s.db", file);
	bool there;

	if (made == NULL)
		return -1;
	there = access(file, F_OK) == 0 || access(made, F_OK) == 0;
	free(made);
	if (!there)
		return 0;
	return finding_add(f, FINDING_WARNING, subject, MTA_EGRESS_REMEDY, e,
	    "%s: its text cannot be read, and it may lead outside", file);
}

int
mta_check_table(const struct cli *c, struct checklist *f, const char *file, const char *subject, struct error *e)
{
	struct buffer content = BUFFER_INIT(LIMIT_CRL_FILE);
	struct error ignored = ERROR_INIT;
	const char *at, *end;
	unsigned line = 1;
	int rc = 0;

	if (file_read(file, LIMIT_CRL_FILE, &content, &ignored) != 0) {
		buffer_done(&content);
		return check_unreadable(f, file, subject, e);
	}
	at = buffer_text(&content);
	for (end = at + content.size; at < end; line++) {
		const char *lf = memchr(at, '\n', (size_t)(end - at)), *stop = lf != NULL ? lf : end;
		const char *right = *at == ' ' || *at == '\t' ? at : right_side(at, stop);

		if (*at != '#' && line_leads_outside(c, right, (size_t)(stop - right))) {
			rc = finding_add(f, FINDING_WARNING, subject, MTA_EGRESS_REMEDY, e,
			    "%s:%u: leads outside, past the filter", file, line);
			break;
		}
		at = stop < end ? stop + 1 : end;
	}
	buffer_done(&content);
	return rc;
}
