/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/check_mta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"

/* What a sendmail.cf does that leads mail past the gateway (Sendmail Installation and Operation Guide, 5). */

#define FILE_NAME "/etc/mail/sendmail.cf"
#define SUBJECT "sendmail"
#define WORD_MAX ((size_t)512)

/* A line that says something to us: its kind, and the rest. */
enum kind { FILTER, DAEMON, DEFAULT_FILTERS, ALIAS_FILE, FORWARD_PATH, SMART_HOST, MAP };

struct entry {
	enum kind kind;
	char *text; /* what follows */
	unsigned line;
};

static const struct {
	const char *prefix;
	enum kind kind;
} kinds[] = {
	{ "X", FILTER },
	{ "O DaemonPortOptions=", DAEMON },
	{ "O InputMailFilters=", DEFAULT_FILTERS },
	{ "O AliasFile=", ALIAS_FILE },
	{ "O ForwardPath=", FORWARD_PATH },
	{ "DS", SMART_HOST },
	{ "Kvirtuser ", MAP },
};

struct looking {
	const struct cli *c;
	struct checklist *f;
	const char *file;
	struct entry *entries;
	size_t count;
};

/* ---- reading ----------------------------------------------------------------------------------- */

static int
add_entry(struct looking *l, enum kind kind, const char *text, size_t n, unsigned line, struct error *e)
{
	struct entry *grown = memory_resize(l->entries, l->count + 1, sizeof(*grown), e);

	if (grown == NULL)
		return -1;
	l->entries = grown;
	grown[l->count] = (struct entry){ kind, memory_copy(text, n, e), line };
	if (grown[l->count].text == NULL)
		return -1;
	l->count++;
	return 0;
}

static int
read_line(struct looking *l, const char *text, size_t n, unsigned line, struct error *e)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t p = strlen(kinds[i].prefix);

		if (n >= p && strncmp(text, kinds[i].prefix, p) == 0)
			return add_entry(l, kinds[i].kind, text + p, n - p, line, e);
	}
	return 0;
}

static int
read_file(struct looking *l, struct error *e)
{
	struct buffer content = BUFFER_INIT(LIMIT_CONFIGURATION);
	int rc = file_read(l->file, LIMIT_CONFIGURATION, &content, e);
	const char *at = buffer_text(&content), *end = at + content.size;

	for (unsigned line = 1; rc == 0 && at < end; line++) {
		const char *lf = memchr(at, '\n', (size_t)(end - at)), *stop = lf != NULL ? lf : end;

		rc = read_line(l, at, (size_t)(stop - at), line, e);
		at = stop < end ? stop + 1 : end;
	}
	buffer_done(&content);
	return rc;
}

/* The value of "Name=value" among what commas separate, by its first letter as Sendmail takes it; "" if there is none. */
static const char *
equate(const char *text, const char *name, char to[WORD_MAX])
{
	to[0] = '\0';
	for (text += strspn(text, ", \t"); *text != '\0'; text += strspn(text, ", \t")) {
		size_t n = strcspn(text, ","), value = strcspn(text, "=");

		if (value < n && text_lower(*text) == text_lower(*name)) {
			(void)snprintf(to, WORD_MAX, "%.*s", (int)(n - value - 1), text + value + 1);
			return to;
		}
		text += n;
	}
	return to;
}

static const struct entry *
find(const struct looking *l, enum kind kind)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->entries[i].kind == kind)
			return &l->entries[i];
	return NULL;
}

static int
object(struct looking *l, enum finding_level level, const struct entry *at, const char *remedy, const char *what,
    struct error *e)
{
	return finding_add(l->f, level, SUBJECT, remedy, e, "%s:%u: %.200s: %s", l->file, at->line, at->text, what);
}

/* ---- filters ------------------------------------------------------------------------------------- */

/* A filter of ours whose name stands in the list, where ";" and "," separate. */
static bool
list_has_ours(const struct looking *l, const char *list, int role)
{
	for (; *list != '\0'; list += strspn(list, ";, \t")) {
		size_t n = strcspn(list, ";, \t");

		for (size_t i = 0; n > 0 && i < l->count; i++) {
			const char *filter = l->entries[i].text;

			if (l->entries[i].kind == FILTER && strcspn(filter, ", \t") == n && strncmp(filter, list, n) == 0 &&
			    mta_names_any(l->c, filter + n, role, NULL) != NULL)
				return true;
		}
		list += n;
	}
	return false;
}

static int
check_filters(struct looking *l, struct error *e)
{
	char flags[WORD_MAX];

	for (size_t i = 0; i < l->count; i++) {
		const struct entry *filter = &l->entries[i];

		if (filter->kind == FILTER && mta_names_any(l->c, filter->text, -1, NULL) != NULL &&
		    strpbrk(equate(filter->text + strcspn(filter->text, ","), "F", flags), "TRt4") == NULL &&
		    object(l, FINDING_ERROR, filter, "add F=T", "while the daemon is down, mail goes on without it", e) != 0)
			return -1;
	}
	return 0;
}

static const char *
filters_of(const struct looking *l, const struct entry *daemon, char to[WORD_MAX])
{
	const struct entry *general = find(l, DEFAULT_FILTERS);

	if (*equate(daemon->text, "I", to) == '\0' && general != NULL)
		(void)snprintf(to, WORD_MAX, "%s", general->text);
	return to;
}

static bool
takes_copies(const struct looking *l, const char *port)
{
	for (size_t i = 0; i < settings_listener_count(l->c->settings); i++) {
		const struct value *resubmit = listener_value(settings_listener_at(l->c->settings, i), SETTING_RESUBMIT);
		const char *colon = resubmit->set ? strrchr(resubmit->text, ':') : NULL;

		if (colon != NULL && strcmp(colon + 1, port) == 0)
			return true;
	}
	return false;
}

static int
check_copies(struct looking *l, const struct entry *daemon, bool ours, struct error *e)
{
	char host[WORD_MAX];

	if (ours && object(l, FINDING_ERROR, daemon, "take the filter out: this is where our copies come in",
	        "copies come back to the filter that made them", e) != 0)
		return -1;
	if (!mta_is_loopback(equate(daemon->text, "Addr", host)))
		return object(l, FINDING_ERROR, daemon, "give it an address of the loopback",
		    "other hosts reach it, and hand in mail past the filter", e);
	return object(l, FINDING_WARNING, daemon, "a firewall that knows users closes it, as INSTALL says",
	    "every user of this host reaches it, and can hand in mail past the filter", e);
}

static int
check_daemon(struct looking *l, const struct entry *daemon, struct error *e)
{
	char filters[WORD_MAX], port[WORD_MAX];
	bool ours = list_has_ours(l, filters_of(l, daemon, filters), -1);

	if (takes_copies(l, equate(daemon->text, "Port", port)))
		return check_copies(l, daemon, ours, e);
	if (ours)
		return 0;
	return object(l, FINDING_WARNING, daemon, "name a filter of ours in InputMailFilters, or take the daemon away",
	    "no filter of ours: mail passes without it", e);
}

/* ---- what leads outside ------------------------------------------------------------------------------ */

/* "hash:/etc/mail/aliases", "-o /path", "hash -o /path": the path is what begins with a slash. */
static int
check_table(struct looking *l, const struct entry *entry, const char *subject, struct error *e)
{
	char path[WORD_MAX];
	const char *slash = strchr(entry->text, '/');

	if (slash == NULL)
		return 0;
	(void)snprintf(path, sizeof(path), "%.*s", (int)strcspn(slash, ", \t"), slash);
	return mta_check_table(l->c, l->f, path, subject, e);
}

static int
check_what_leads_outside(struct looking *l, struct error *e)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct entry *entry = &l->entries[i];

		if (entry->kind == ALIAS_FILE && check_table(l, entry, "aliases", e) != 0)
			return -1;
		if (entry->kind == MAP && check_table(l, entry, "virtusertable", e) != 0)
			return -1;
		if (entry->kind == FORWARD_PATH && *entry->text != '\0' &&
		    object(l, FINDING_WARNING, entry, MTA_EGRESS_REMEDY,
		        "the .forward files of users may lead outside, past the filter", e) != 0)
			return -1;
	}
	return 0;
}

/* A smart host of this host is the second Sendmail; whether a filter stands there, its own file says. */
static int
check_second_pass(struct looking *l, bool *out, struct error *e)
{
	const struct entry *host = find(l, SMART_HOST);

	*out = false;
	if (!mta_has_egress(l->c))
		return 0;
	if (host != NULL && (strstr(host->text, "[127.") != NULL || strstr(host->text, "localhost") != NULL)) {
		*out = true;
		return finding_add(l->f, FINDING_OK, SUBJECT, NULL, e, "%s:%u: what leaves goes to a second Sendmail on this host",
		    l->file, host->line);
	}
	return finding_add(l->f, FINDING_WARNING, SUBJECT, MTA_EGRESS_REMEDY, e,
	    "%s: no SMART_HOST on this host: what leaves does not reach the listener of role egress", l->file);
}

/* ---- the whole ------------------------------------------------------------------------------------------- */

/* The second Sendmail: its daemon has the filter of role egress, and is where everything ends. */
static bool
is_second(const struct looking *l)
{
	char filters[WORD_MAX];

	for (size_t i = 0; i < l->count; i++)
		if (l->entries[i].kind == DAEMON && list_has_ours(l, filters_of(l, &l->entries[i], filters), CHOICE_ROLE_EGRESS))
			return true;
	return false;
}

static int
look(struct looking *l, struct error *e)
{
	bool second = false;

	if (check_filters(l, e) != 0)
		return -1;
	for (size_t i = 0; i < l->count; i++)
		if (l->entries[i].kind == DAEMON && check_daemon(l, &l->entries[i], e) != 0)
			return -1;
	if (is_second(l))
		return 0;
	if (check_second_pass(l, &second, e) != 0)
		return -1;
	return second ? 0 : check_what_leads_outside(l, e);
}

int
check_sendmail(const struct cli *c, struct checklist *f, const char *file, struct error *e)
{
	struct looking l = { .c = c, .f = f, .file = file != NULL ? file : FILE_NAME };
	struct error why = ERROR_INIT;
	int rc;

	if (file == NULL && access(FILE_NAME, F_OK) != 0)
		return 0;
	if (read_file(&l, &why) != 0)
		rc = finding_take(f, SUBJECT, "run check as root, or name the file with --sendmail", &why, e);
	else
		rc = look(&l, e);
	for (size_t i = 0; i < l.count; i++)
		free(l.entries[i].text);
	free(l.entries);
	return rc;
}
