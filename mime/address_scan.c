/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/text.h"
#include "mime/address_scan_private.h"

struct cursor {
	const char *at, *end;
	struct address_scan *scan;
	struct error *e;
	bool failed; /* no memory; `e` says so */
};

/* RFC 5322 3.2.3, RFC 6532 3.2 */
static bool
is_atext(char c)
{
	return (unsigned char)c > 127 || (c > ' ' && c < 127 && strchr("()<>[]:;@\\,.\"", c) == NULL);
}

static bool
next_is(const struct cursor *c, char want)
{
	return c->at < c->end && *c->at == want;
}

/* From "(" behind the matching ")"; false if there is none. */
static bool
skip_comment(struct cursor *c)
{
	unsigned depth = 0;

	for (; c->at < c->end; c->at++) {
		if (*c->at == '\\' && c->end - c->at > 1)
			c->at++;
		else if (*c->at == '(')
			depth++;
		else if (*c->at == '@')
			c->scan->at_in_comment = true;
		else if (*c->at == ')' && --depth == 0) {
			c->at++;
			return true;
		}
	}
	return false;
}

static bool
skip_cfws(struct cursor *c)
{
	while (c->at < c->end) {
		if (text_is_space(*c->at))
			c->at++;
		else if (*c->at != '(')
			break;
		else if (!skip_comment(c))
			return false;
	}
	return true;
}

/* From the opening quote behind the closing one. */
static bool
skip_quoted(struct cursor *c)
{
	for (c->at++; c->at < c->end; c->at++) {
		if (*c->at == '\\' && c->end - c->at > 1)
			c->at++;
		else if (*c->at == '"') {
			c->at++;
			return true;
		}
	}
	return false;
}

static bool
skip_atoms(struct cursor *c, bool dots)
{
	const char *from = c->at;

	while (c->at < c->end && (is_atext(*c->at) || (dots && *c->at == '.')))
		c->at++;
	return c->at > from;
}

/* RFC 5322 3.2.3: atoms with one dot between two. */
static bool
skip_dot_atom(struct cursor *c)
{
	while (skip_atoms(c, false)) {
		if (!next_is(c, '.'))
			return true;
		c->at++;
	}
	return false;
}

static bool
skip_literal(struct cursor *c)
{
	while (c->at < c->end && *c->at > ' ' && *c->at != ']' && *c->at != '\\')
		c->at++;
	if (!next_is(c, ']'))
		return false;
	c->at++;
	return true;
}

/* addr-spec without white space or comments inside; its address is added to the list. */
static bool
take_addr_spec(struct cursor *c)
{
	const char *from = c->at;
	struct address *address = NULL;
	struct error why = ERROR_INIT;

	if (!(next_is(c, '"') ? skip_quoted(c) : skip_dot_atom(c)) || !next_is(c, '@'))
		goto back;
	c->at++;
	if (!(next_is(c, '[') ? skip_literal(c) : skip_dot_atom(c)))
		goto back;
	if (address_parse(from, (size_t)(c->at - from), &address, &why) == 0 &&
	    address_list_take(&c->scan->list, address, &why) == 0)
		return true;
	if (why.code == ERROR_NO_MEMORY) {
		error_set(c->e, why.code, "%s", why.detail);
		c->failed = true;
	}
back:
	c->at = from;
	return false;
}

/* phrase: words with dots between them, possibly none. */
static bool
skip_phrase(struct cursor *c)
{
	for (;;) {
		if (!skip_cfws(c))
			return false;
		if (next_is(c, '"')) {
			if (!skip_quoted(c))
				return false;
		} else if (!skip_atoms(c, true)) {
			return true;
		}
	}
}

/* From "<" behind ">": no source route. */
static bool
take_angle(struct cursor *c)
{
	c->at++;
	if (!skip_cfws(c) || !take_addr_spec(c) || !skip_cfws(c) || !next_is(c, '>'))
		return false;
	c->at++;
	return true;
}

static bool take_list(struct cursor *c, bool in_group);

/* From ":" behind ";". */
static bool
take_group(struct cursor *c)
{
	c->scan->has_group = true;
	c->at++;
	if (!take_list(c, true) || !next_is(c, ';'))
		return false;
	c->at++;
	return true;
}

static bool
take_element(struct cursor *c, bool in_group)
{
	const char *from = c->at;

	if (take_addr_spec(c))
		return true;
	if (c->failed || !skip_phrase(c))
		return false;
	if (next_is(c, '<'))
		return take_angle(c);
	return next_is(c, ':') && c->at > from && !in_group && take_group(c);
}

/* Mailboxes and groups between commas, to the end or, in a group, to its ";". */
static bool
take_list(struct cursor *c, bool in_group)
{
	for (;;) {
		if (!skip_cfws(c))
			return false;
		if (c->at == c->end || (in_group && *c->at == ';'))
			return true;
		if (*c->at == ',') {
			c->at++;
			continue;
		}
		if (!take_element(c, in_group) || !skip_cfws(c))
			return false;
		if (c->at < c->end && *c->at != ',' && !(in_group && *c->at == ';'))
			return false;
	}
}

/* May a header hold the octet at `at`, `n` in sight?  No control character, no line end but a fold's. */
static bool
is_clean_octet(const char *at, size_t n)
{
	switch (*at) {
	case '\r':
		return n > 1 && at[1] == '\n';
	case '\n':
		return n > 1 && (at[1] == ' ' || at[1] == '\t');
	case '\t':
		return true;
	default:
		return (unsigned char)*at >= ' ' && *at != 127;
	}
}

static bool
is_clean(const char *value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_clean_octet(value + i, n - i))
			return false;
	return text_is_utf8(value, n);
}

/* A parenthesis behind a backslash opens, since a reader may begin there, and does not close. */
static void
count_marks(const char *value, size_t n, struct address_scan *out)
{
	size_t open = 0;

	for (size_t i = 0; i < n; i++) {
		out->colons += value[i] == ':';
		out->commas += value[i] == ',';
		open += value[i] == '(';
		open -= value[i] == ')' && open > 0 && value[i - 1] != '\\';
	}
	out->open_comment = open > 0;
}

int
address_scan(const char *value, size_t n, struct address_scan *out, struct error *e)
{
	struct cursor c = { value, value + n, out, e, false };

	memset(out, 0, sizeof(*out));
	count_marks(value, n, out);
	out->strict = is_clean(value, n) && take_list(&c, false) && c.at == c.end;
	if (!c.failed)
		return 0;
	address_scan_done(out);
	return -1;
}

void
address_scan_done(struct address_scan *s)
{
	address_list_done(&s->list);
}
