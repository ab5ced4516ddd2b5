/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/address.h"
#include "base/text.h"
#include "conf/checks_private.h"
#include "conf/network.h"
#include "conf/table_private.h"
#include "conf/types_private.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"

/* One value or item: the text, where it stands, whose it is. */
struct subject {
	const char *name;
	const char *text;
	const struct word *word;
	struct pool *pool;
	struct error *e;
};

static int
complain(const struct subject *s, const char *what)
{
	return word_error(s->word, s->name, s->e, "\"%.80s\": %s", s->text, what);
}

/* ---- domains and addresses ---- */

/* base/ found no normal form: that is an error of this line, unless memory is out. */
static int
complain_of(const struct subject *s, const struct error *why, const char *what)
{
	if (why->code == ERROR_NO_MEMORY)
		return error_set(s->e, why->code, "%s", error_text(why));
	return complain(s, what);
}

static int
check_domain(const struct subject *s, const char **out)
{
	const char *rest = s->text;
	struct error why = ERROR_INIT;
	char *domain = NULL;
	bool below = *rest == '.' || (rest[0] == '*' && rest[1] == '.');

	if (strchr(s->text, '@') != NULL)
		return complain(s, "an address where a domain is expected; write the domain alone");
	if (below)
		rest += *rest == '.' ? 1 : 2;
	if (address_domain_normal(rest, strlen(rest), &domain, &why) != 0)
		return complain_of(
		    s, &why, "not a domain; write \"example.org\", or \".example.org\" for those below it");
	*out = pool_format(s->pool, s->e, "%s%s", below ? "." : "", domain);
	free(domain);
	return *out != NULL ? 0 : -1;
}

int
check_domain_title(
    const struct word *section, const char *title, struct pool *pool, const char **out, struct error *e)
{
	struct subject s = { "domain", title, section, pool, e };

	if (strcmp(title, "*") == 0) {
		*out = "*";
		return 0;
	}
	if (strchr(title, '@') != NULL)
		return complain(&s, "an address; write it in a section address \"...\" { }");
	return check_domain(&s, out);
}

int
check_address_title(
    const struct word *section, const char *title, struct pool *pool, const char **out, struct error *e)
{
	struct subject s = { "address", title, section, pool, e };
	struct error why = ERROR_INIT;
	struct address *address = NULL;

	if (strchr(title, '@') == NULL || title[0] == '@' || strncmp(title, "*@", 2) == 0)
		return complain(&s, "not one address; rules for a domain stand in domain \"...\" { }");
	if (address_parse(title, strlen(title), &address, &why) != 0)
		return complain_of(&s, &why, "not a mail address; write \"local@example.org\"");
	*out = pool_copy(pool, address->key, strlen(address->key), e);
	address_free(address);
	return *out != NULL ? 0 : -1;
}

/* ---- files, hosts, names ---- */

static int
check_network(const struct subject *s, const char **text)
{
	struct network network;
	const char *fault = network_parse(s->text, &network);

	(void)text;
	return fault == NULL ? 0 : complain(s, fault);
}

static int
check_path(const struct subject *s, const char **text)
{
	(void)text;
	return s->text[0] == '/' ? 0 : complain(s, "not an absolute path; begin it with /");
}

/* A systemd credential is a file name in a folder that the service manager gives. */
static int
check_key_path(const struct subject *s, const char **text)
{
	const char *name = s->text + strlen("credential:");

	if (strncmp(s->text, "credential:", strlen("credential:")) != 0)
		return check_path(s, text);
	if (*name == '\0' || *name == '.' || strspn(name, LETTERS DIGITS "-_.") != strlen(name))
		return complain(s, "not the name of a credential; write letters, digits, -, _ and . only");
	return 0;
}

/* RFC 8601 2.2: the authserv-id is a value; a token (RFC 2045 5.1) needs no quotes in the field. */
static int
check_authserv_id(const struct subject *s, const char **text)
{
	(void)text;
	if (strlen(s->text) > 255 || strspn(s->text, LETTERS DIGITS "!#$%&'*+-.^_`{|}~") != strlen(s->text))
		return complain(s, "not a token of RFC 2045; write a name like \"smime.example.org\"");
	return 0;
}

static int
check_gateway_id(const struct subject *s, const char **text)
{
	(void)text;
	if (strlen(s->text) > 255 || strspn(s->text, LETTERS DIGITS "-_.") != strlen(s->text))
		return complain(s, "not a name; write letters, digits, -, _ and . only");
	return 0;
}

int
check_name_title(const struct word *section, const char *title, struct error *e)
{
	struct subject s = { section->text, title, section, NULL, e };

	if (strlen(title) > 64 || title[0] == '-' || title[0] == '.' ||
	    strspn(title, LETTERS DIGITS "-_.") != strlen(title))
		return complain(&s, "not a name; write letters, digits, -, _ and . only");
	return 0;
}

static int
check_account(const struct subject *s, const char **text)
{
	(void)text;
	if (s->text[0] == '-' || strspn(s->text, LETTERS DIGITS "-_.$") != strlen(s->text))
		return complain(s, "not the name of a user or group");
	return 0;
}

/* ---- sockets ---- */

bool
socket_is_inet(const char *text)
{
	return strncmp(text, "inet", strlen("inet")) == 0;
}

static int
check_inet(const struct subject *s, const char *port)
{
	char digits[8] = "";
	const char *at = strchr(port, '@'), *host = at != NULL ? at + 1 : "";
	int64_t number = 0;

	if (*host == '\0' || strspn(host, LETTERS DIGITS "-_.:") != strlen(host))
		return complain(s, "no host to listen on; write \"inet:8891@127.0.0.1\"");
	if ((size_t)(at - port) < sizeof digits)
		memcpy(digits, port, (size_t)(at - port));
	if (number_read(digits, &number) != NULL || number < 1 || number > 65535)
		return complain(s, "no port between 1 and 65535; write \"inet:8891@127.0.0.1\"");
	return 0;
}

static int
check_socket(const struct subject *s, const char **text)
{
	const size_t path_max = sizeof((struct sockaddr_un){ 0 }.sun_path) - 1;
	const char *rest = strchr(s->text, ':');

	(void)text;
	if (strncmp(s->text, "unix:/", 6) == 0)
		return strlen(s->text + 5) <= path_max ? 0 : complain(s, "too long for a socket; shorten it");
	if (strncmp(s->text, "inet:", 5) == 0 || strncmp(s->text, "inet6:", 6) == 0)
		return check_inet(s, rest + 1);
	return complain(s, "not a socket; write \"unix:/path\" or \"inet:port@host\"");
}

/* ---- triggers ---- */

static int
check_subject_tag(const struct subject *s, const char **text)
{
	size_t n = strlen(s->text);

	(void)text;
	if (n < 2 || n > 64 || text_is_space(s->text[0]) || text_is_space(s->text[n - 1]))
		return complain(s, "no tag of 2 to 64 octets without white space around it; write \"[secret]\"");
	for (size_t i = 0; i < n; i += text_printable_octets(s->text + i, n - i))
		if (text_printable_octets(s->text + i, n - i) == 0)
			return complain(s, "a tag holds printable UTF-8 text only");
	return 0;
}

static bool
begins(const char *name, size_t n, const char *with)
{
	size_t length = strlen(with);

	return n >= length && text_equal_nocase_n(name, length, with, length);
}

/* Fields without which a message is none, or another one, and marks of ours; a trigger's field goes. */
static bool
is_needed_field(const char *name, size_t n)
{
	static const char *const needed[] = { "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Subject", "Date", "Message-ID",
		"Received", "MIME-Version", "Authentication-Results" };

	for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
		if (text_equal_nocase_n(name, n, needed[i], strlen(needed[i])))
			return true;
	return begins(name, n, "Content-") || begins(name, n, "Resent-") || begins(name, n, "X-Postseal-");
}

static int
check_trigger_header(const struct subject *s, const char **text)
{
	size_t n = strcspn(s->text, ":");

	(void)text;
	if (n == 0 || strspn(s->text, LETTERS DIGITS "-_") < n)
		return complain(s, "no header field; write \"Name\" or \"Name: value\"");
	if (is_needed_field(s->text, n))
		return complain(s, "a field that every message needs, or one of ours; take one of your own, as \"X-Secret: yes\"");
	return 0;
}

/* ---- the table ---- */

static const struct check {
	enum setting_id id;
	int (*check)(const struct subject *s, const char **text); /* may put a normal form in its place */
} checks[] = {
	{ SETTING_LOCAL_DOMAINS, check_domain },
	{ SETTING_GATEWAY_ID, check_gateway_id },
	{ SETTING_AUTHSERV_ID, check_authserv_id },
	{ SETTING_INTERNAL_HOSTS, check_network },
	{ SETTING_TRUST_ANCHORS, check_path },
	{ SETTING_CRLS, check_path },
	{ SETTING_STORE, check_path },
	{ SETTING_MASTER_KEY, check_key_path },
	{ SETTING_RECORD, check_path },
	{ SETTING_SPOOL_FOLDER, check_path },
	{ SETTING_USER, check_account },
	{ SETTING_SOCKET, check_socket },
	{ SETTING_SOCKET_GROUP, check_account },
	{ SETTING_SUBJECT_TAG, check_subject_tag },
	{ SETTING_TRIGGER_HEADER, check_trigger_header },
};

static int
check_items(const struct check *check, const struct word *const *words, struct subject *s, struct value *v)
{
	const char **items = (const char **)v->items;

	for (size_t i = 0; i < v->count; i++) {
		s->text = items[i];
		s->word = words[i];
		if (check->check(s, &items[i]) != 0)
			return -1;
	}
	return 0;
}

int
check_value(
    enum setting_id id, const struct word *const *words, struct pool *pool, struct value *v, struct error *e)
{
	struct subject s = { setting_name(id), v->text, NULL, pool, e };

	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
		if (checks[i].id != id)
			continue;
		if (setting_type(id) == TYPE_LIST)
			return check_items(&checks[i], words, &s, v);
		s.word = words[0];
		return checks[i].check(&s, &v->text);
	}
	return 0;
}
