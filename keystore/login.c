/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "conf/network.h"
#include "keystore/keystore_private.h"

/*
 * Who may act for which author.  A login is compared octet for octet, as the
 * MTA reports it; a name that begins "host:" stands for the hosts of a network
 * and is nobody's login.
 */
#define HOST_PREFIX "host:"

static bool
names_host(const char *login)
{
	return text_starts_nocase(login, HOST_PREFIX);
}

/* ---- host rows, parsed and whole ---------------------------------------------- */

struct host {
	struct network network;
	char *author;
};

struct hosts {
	atomic_uint references;
	struct host *items;
	size_t count;
};

static void *
hosts_ref(void *value)
{
	atomic_fetch_add(&((struct hosts *)value)->references, 1);
	return value;
}

static void
hosts_unref(void *value)
{
	struct hosts *hosts = value;

	if (hosts == NULL || atomic_fetch_sub(&hosts->references, 1) != 1)
		return;
	for (size_t i = 0; i < hosts->count; i++)
		free(hosts->items[i].author);
	free(hosts->items);
	free(hosts);
}

const struct cache_values hosts_values = { hosts_ref, hosts_unref };

static int
take_host(void *ctx, const char *login, const char *author, struct error *e)
{
	struct hosts *hosts = ctx;
	struct host host = { .author = NULL }, *items;
	const char *wrong;

	if (!names_host(login))
		return 0;
	wrong = network_parse(login + strlen(HOST_PREFIX), &host.network);
	if (wrong != NULL)
		return error_set(e, ERROR_STORE, "the store names %s: %s", login, wrong);
	items = memory_resize(hosts->items, hosts->count + 1, sizeof items[0], e);
	if (items == NULL)
		return -1;
	hosts->items = items;
	host.author = memory_text(author, e);
	if (host.author == NULL)
		return -1;
	hosts->items[hosts->count++] = host;
	return 0;
}

static int
hosts_get(struct keystore *ks, int64_t revision, struct hosts **out, struct error *e)
{
	struct hosts *hosts = cache_get(ks->hosts, revision, "");

	if (hosts == NULL) {
		hosts = memory_new(1, sizeof *hosts, e);
		if (hosts == NULL)
			return -1;
		atomic_init(&hosts->references, 1);
		if (login_each(ks->store, NULL, take_host, hosts, e) != 0) {
			hosts_unref(hosts);
			return -1;
		}
		cache_put(ks->hosts, revision, "", hosts);
	}
	*out = hosts;
	return 0;
}

int
keystore_host_allows(struct keystore *ks, const char *ip, const struct address *author, bool *out, struct error *e)
{
	struct hosts *hosts = NULL;
	bool allowed = false;
	int64_t revision;

	if (store_revision(ks->store, &revision, e) != 0 || hosts_get(ks, revision, &hosts, e) != 0)
		return -1;
	for (size_t i = 0; !allowed && !address_is_null(author) && i < hosts->count; i++)
		allowed = network_has(&hosts->items[i].network, ip) && address_matches(author, hosts->items[i].author);
	hosts_unref(hosts);
	*out = allowed;
	return 0;
}

/* ---- logins ------------------------------------------------------------------------ */

static int
take_author(void *ctx, const char *login, const char *author, struct error *e)
{
	(void)login;
	return words_add(ctx, author, e);
}

static int
authors_get(struct keystore *ks, int64_t revision, const char *login, struct words **out, struct error *e)
{
	struct words *authors = cache_get(ks->authors, revision, login);

	if (authors == NULL) {
		authors = words_new(e);
		if (authors == NULL)
			return -1;
		if (login_each(ks->store, login, take_author, authors, e) != 0) {
			words_unref(authors);
			return -1;
		}
		cache_put(ks->authors, revision, login, authors);
	}
	*out = authors;
	return 0;
}

int
keystore_login_allows(struct keystore *ks, const char *login, const struct address *author, bool *out,
    struct error *e)
{
	struct words *authors = NULL;
	bool allowed = false;
	int64_t revision;

	if (names_host(login) || login[0] == '\0' || address_is_null(author)) {
		*out = false;
		return 0;
	}
	if (store_revision(ks->store, &revision, e) != 0 || authors_get(ks, revision, login, &authors, e) != 0)
		return -1;
	for (size_t i = 0; !allowed && i < authors->count; i++)
		allowed = address_matches(author, authors->items[i]);
	words_unref(authors);
	*out = allowed;
	return 0;
}

/* ---- changes -------------------------------------------------------------------------- */

/* "*", "example.org", ".example.org", "*.example.org" with the name in normal form. */
static char *
domain_pattern(const char *text, struct error *e)
{
	const size_t lead = strcmp(text, "*") == 0 ? 1 : strncmp(text, "*.", 2) == 0 ? 2 : text[0] == '.' ? 1 : 0;
	char *domain = NULL, *pattern;

	if (strcmp(text, "*") == 0)
		return memory_text("*", e);
	if (address_domain_normal(text + lead, strlen(text + lead), &domain, e) != 0)
		return NULL;
	pattern = memory_format(e, "%.*s%s", (int)lead, text, domain);
	free(domain);
	return pattern;
}

/* An author as address_matches() wants it: an address's key, "*@pattern" or a domain pattern. */
static char *
author_pattern(const char *text, struct error *e)
{
	struct address *a = NULL;
	char *domain, *pattern;

	if (strncmp(text, "*@", 2) == 0) {
		domain = domain_pattern(text + 2, e);
		pattern = domain != NULL ? memory_format(e, "*@%s", domain) : NULL;
		free(domain);
		return pattern;
	}
	if (strchr(text, '@') == NULL)
		return domain_pattern(text, e);
	if (address_parse(text, strlen(text), &a, e) != 0)
		return NULL;
	pattern = memory_text(a->key, e);
	address_free(a);
	return pattern;
}

/* A login that can be compared and printed. */
static int
check_login(const char *login, struct error *e)
{
	struct network network;
	const char *wrong;

	if (login[0] == '\0')
		return error_set(e, ERROR_USAGE, "a login must not be empty");
	for (const char *c = login; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return error_set(e, ERROR_USAGE, "a login must not have control characters");
	if (!names_host(login))
		return 0;
	if (strncmp(login, HOST_PREFIX, strlen(HOST_PREFIX)) != 0)
		return error_set(e, ERROR_USAGE, "write hosts as \"" HOST_PREFIX "192.0.2.0/24\", in lower case");
	wrong = network_parse(login + strlen(HOST_PREFIX), &network);
	return wrong == NULL ? 0 : error_set(e, ERROR_USAGE, "%s: %s", login, wrong);
}

static struct audit_event *
login_event(const char *login, const char *author, bool add, struct error *e)
{
	struct audit_event *event = audit_event_new(add ? AUDIT_LOGIN_ADD : AUDIT_LOGIN_REMOVE, e);

	if (event != NULL && (audit_put_text(event, "login", login, e) != 0 ||
	    audit_put_text(event, "author", author, e) != 0)) {
		audit_event_free(event);
		return NULL;
	}
	return event;
}

int
keystore_login_change(struct keystore *ks, const char *login, const char *author, bool add, const struct witness *w,
    struct error *e)
{
	struct change c = { 0 };
	char *pattern = NULL;
	int rc = -1;

	if (check_login(login, e) != 0)
		return -1;
	pattern = author_pattern(author, e);
	if (pattern == NULL) {
		error_context(e, "author \"%s\"", author);
		goto out;
	}
	if (change_begin(&c, ks->store, w, e) != 0)
		goto out;
	if ((add ? login_add : login_remove)(ks->store, login, pattern, e) != 0) {
		error_context(e, "%s for %s", login, pattern);
		goto out;
	}
	if (change_record(&c, login_event(login, pattern, add, e), e) == 0)
		rc = change_commit(&c, e);
out:
	change_end(&c);
	free(pattern);
	return rc;
}
