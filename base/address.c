/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"

static int
bad_address(struct error *e, const char *why)
{
	return error_set(e, ERROR_ADDRESS_SYNTAX, "address: %s", why);
}

/* ---- the local part (RFC 5321 4.1.2, RFC 6531 3.3) ---- */

/* atext of RFC 5322 3.2.3 and, since RFC 6532, everything beyond ASCII. */
static bool
is_atext(char c)
{
	if ((unsigned char)c >= 0x80)
		return true;
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Where a reading of the local part is. */
struct local_reader {
	const char *at, *end;
	struct buffer *content; /* the meaning: quotes and backslashes gone */
};

/* The octets of a quoted-string behind its first quote, which ends at the second. */
static int
read_quoted(struct local_reader *r, struct error *e)
{
	for (r->at++; r->at < r->end && *r->at != '"'; r->at++) {
		if (*r->at == '\\' && ++r->at == r->end)
			break;
		if (buffer_append_char(r->content, *r->at, e) != 0)
			return -1;
	}
	if (r->at == r->end)
		return bad_address(e, "a quoted local part does not end");
	r->at++;
	if (r->at < r->end && *r->at != '@' && *r->at != '.')
		return bad_address(e, "text behind a quoted local part");
	return 0;
}

/*
 * The local part up to an unquoted "@" or the end.  Quoted words may stand
 * between dots (obs-local-part of RFC 5322 4.4); dots in odd places, which some
 * old systems gave their users, are carried and get quotes in the normal form.
 */
static int
read_local(struct local_reader *r, struct error *e)
{
	const char *start = r->at;

	while (r->at < r->end && *r->at != '@') {
		if (*r->at == '"') {
			if (r->at > start && r->at[-1] != '.')
				return bad_address(e, "a quote within a word");
			if (read_quoted(r, e) != 0)
				return -1;
			continue;
		}
		if (!is_atext(*r->at) && *r->at != '.')
			return bad_address(e, "a character that needs quotes");
		if (buffer_append_char(r->content, *r->at, e) != 0)
			return -1;
		r->at++;
	}
	return r->at > start ? 0 : bad_address(e, "the local part is empty");
}

static bool
is_dot_string(const char *s, size_t n)
{
	if (n == 0 || s[0] == '.' || s[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++)
		if (s[i] == '.' ? s[i - 1] == '.' : !is_atext(s[i]))
			return false;
	return true;
}

/* The content as it is, or quoted where a Dot-string cannot say it. */
static int
write_local(const struct buffer *content, struct buffer *out, struct error *e)
{
	const char *s = buffer_text(content);

	if (is_dot_string(s, content->size))
		return buffer_append(out, s, content->size, e);
	if (buffer_append_char(out, '"', e) != 0)
		return -1;
	for (size_t i = 0; i < content->size; i++) {
		if ((s[i] == '"' || s[i] == '\\') && buffer_append_char(out, '\\', e) != 0)
			return -1;
		if (buffer_append_char(out, s[i], e) != 0)
			return -1;
	}
	return buffer_append_char(out, '"', e);
}

/* ---- the whole ---- */

/* No control characters, NUL among them, and well-formed UTF-8. */
static int
check_octets(const char *s, size_t n, struct error *e)
{
	if (n > ADDRESS_MAX)
		return bad_address(e, "it is too long");
	for (size_t octets; n > 0; s += octets, n -= octets)
		if ((octets = text_printable_octets(s, n)) == 0)
			return bad_address(e, "a control character or an octet that is not UTF-8");
	return 0;
}

/* From parts in normal form. */
static int
build(const char *local, size_t local_size, const char *domain, struct address **out, struct error *e)
{
	const char *at = domain[0] != '\0' ? "@" : "";
	struct address *a = memory_new(1, sizeof *a, e);

	if (a == NULL)
		return -1;
	a->text = memory_format(e, "%s%s%s", local, at, domain);
	a->key = a->text == NULL ? NULL : memory_text(a->text, e);
	if (a->key == NULL) {
		address_free(a);
		return -1;
	}
	for (size_t i = 0; i < local_size; i++)
		a->key[i] = text_lower(a->key[i]);
	a->local_size = local_size;
	a->domain = a->key + local_size + strlen(at);
	*out = a;
	return 0;
}

static int
parse_parts(struct local_reader *r, const char *default_domain, struct buffer *local, char **domain,
    struct error *e)
{
	const char *at;

	if (read_local(r, e) != 0 || write_local(r->content, local, e) != 0)
		return -1;
	at = r->at;
	if (at < r->end)
		return address_domain_normal(at + 1, (size_t)(r->end - at - 1), domain, e);
	if (default_domain == NULL)
		return bad_address(e, "it has no domain");
	return address_domain_normal(default_domain, strlen(default_domain), domain, e);
}

static int
parse(const char *spec, size_t size, const char *default_domain, struct address **out, struct error *e)
{
	struct buffer content = BUFFER_INIT(ADDRESS_MAX), local = BUFFER_INIT((size_t)ADDRESS_MAX * 2 + 2);
	struct local_reader r = { spec, spec + size, &content };
	char *domain = NULL;
	int rc = -1;

	if (check_octets(spec, size, e) == 0 && parse_parts(&r, default_domain, &local, &domain, e) == 0)
		rc = build(buffer_text(&local), local.size, domain, out, e);
	free(domain);
	buffer_done(&content);
	buffer_done(&local);
	return rc;
}

int
address_parse(const char *spec, size_t size, struct address **out, struct error *e)
{
	return parse(spec, size, NULL, out, e);
}

/* One domain of a source route: where it ends, which is at a comma or colon outside an address literal. */
static const char *
route_domain_end(const char *at, const char *end)
{
	bool in_literal = false;

	for (; at < end; at++) {
		if (*at == '[')
			in_literal = true;
		else if (*at == ']')
			in_literal = false;
		else if (!in_literal && (*at == ',' || *at == ':'))
			break;
	}
	return at;
}

/* A-d-l of RFC 5321 4.1.2: "@one,@two:" is accepted and ignored (3.6.1), when it is one. */
static int
skip_route(const char **at, const char *end, struct error *e)
{
	const char *stop;
	char *domain;

	while (*at < end && **at == '@') {
		stop = route_domain_end(*at + 1, end);
		if (stop == end)
			return bad_address(e, "a source route without an address");
		if (address_domain_normal(*at + 1, (size_t)(stop - *at - 1), &domain, e) != 0)
			return -1;
		free(domain);
		*at = stop + 1;
		if (*stop == ':')
			return 0;
		if (**at != '@')
			return bad_address(e, "a source route with an empty place");
	}
	return 0;
}

int
address_parse_path(const char *path, const char *default_domain, struct address **out, struct error *e)
{
	size_t n = strlen(path);
	const char *at = path, *end;

	if (n > 0 && path[0] == '<') {
		if (path[n - 1] != '>')
			return bad_address(e, "a bracket is not closed");
		at = path + 1;
		n -= 2;
	}
	if (n == 0)
		return build("", 0, "", out, e);
	if (check_octets(at, n, e) != 0)
		return -1;
	end = at + n;
	if (skip_route(&at, end, e) != 0)
		return -1;
	return parse(at, (size_t)(end - at), default_domain, out, e);
}

int
address_copy(const struct address *a, struct address **out, struct error *e)
{
	char *local = memory_copy(a->text, a->local_size, e);
	int rc;

	if (local == NULL)
		return -1;
	rc = build(local, a->local_size, a->domain, out, e);
	free(local);
	return rc;
}

void
address_free(struct address *a)
{
	if (a == NULL)
		return;
	free(a->text);
	free(a->key);
	free(a);
}

bool
address_is_null(const struct address *a)
{
	return a->text[0] == '\0';
}

bool
address_equal(const struct address *a, const struct address *b)
{
	return strcmp(a->key, b->key) == 0;
}

bool
address_matches(const struct address *a, const char *pattern)
{
	if (strncmp(pattern, "*@", 2) == 0)
		return !address_is_null(a) && domain_matches(a->domain, pattern + 2);
	if (strchr(pattern, '@') != NULL)
		return text_equal_nocase(a->key, pattern); /* the domains are in lower case on both sides */
	return domain_matches(a->domain, pattern);
}

/* ---- lists ---- */

int
address_list_take(struct address_list *list, struct address *take, struct error *e)
{
	struct address **items = memory_resize(list->items, list->count + 1, sizeof list->items[0], e);

	if (items == NULL) {
		address_free(take);
		return -1;
	}
	list->items = items;
	list->items[list->count++] = take;
	return 0;
}

const struct address *
address_list_find(const struct address_list *list, const struct address *a)
{
	for (size_t i = 0; i < list->count; i++)
		if (address_equal(list->items[i], a))
			return list->items[i];
	return NULL;
}

void
address_list_done(struct address_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		address_free(list->items[i]);
	free(list->items);
	*list = (struct address_list){ NULL, 0 };
}
