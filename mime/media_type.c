/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"
#include "mime/media_type.h"
#include "mime/parameter_private.h"

/*
 * A tokenizer of our own, because what counts is not only what the value means
 * but whether every reader would say the same (CVE-like splits of opinion are
 * how a signature comes to cover something else than what is shown).
 */
struct cursor {
	const char *at, *end;
	bool odd;     /* unbalanced, given twice, octets that belong nowhere … */
	bool comment; /* some comment was seen */
};

/* Room for parameters as they stand in the field. */
struct raw_list {
	struct media_parameter items[LIMIT_PARAMETERS];
	size_t count;
};

/* RFC 2045 5.1: token. */
static bool
is_token(char c)
{
	return c > ' ' && c < 127 && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

/* At "(": behind the comment that begins here (RFC 5322 3.2.2: they nest). */
static void
skip_comment(struct cursor *c)
{
	unsigned depth = 0;

	c->comment = true;
	for (; c->at < c->end; c->at++) {
		if (*c->at == '\\' && c->at + 1 < c->end)
			c->at++;
		else if (*c->at == '(')
			depth++;
		else if (*c->at == ')' && --depth == 0) {
			c->at++;
			return;
		}
	}
	c->odd = true;
}

/* Skip white space and comments; true if there was any. */
static bool
skip_space(struct cursor *c)
{
	const char *from = c->at;

	while (c->at < c->end) {
		if (*c->at == '(')
			skip_comment(c);
		else if (text_is_space(*c->at))
			c->at++;
		else
			break;
	}
	return c->at > from;
}

static bool
next_is(const struct cursor *c, char want)
{
	return c->at < c->end && *c->at == want;
}

/* The token at the cursor in lower case; "" if there is none. */
static char *
take_token(struct cursor *c, struct error *e)
{
	const char *from = c->at;
	char *token;

	while (c->at < c->end && is_token(*c->at))
		c->at++;
	token = memory_copy(from, (size_t)(c->at - from), e);
	for (char *p = token; p != NULL && *p != '\0'; p++)
		*p = text_lower(*p);
	return token;
}

/* Behind a quoted-string (RFC 2045 5.1); a fold inside loses its line end, an escape its backslash. */
static int
take_quoted(struct cursor *c, struct buffer *out, bool *plain, struct error *e)
{
	for (c->at++; c->at < c->end; c->at++) {
		if (*c->at == '"') {
			c->at++;
			return 0;
		}
		if (*c->at == '\r' || *c->at == '\n') {
			*plain = false;
			continue;
		}
		if (*c->at == '\\' && c->at + 1 < c->end) {
			*plain = false;
			c->at++;
		}
		if (buffer_append_char(out, *c->at, e) != 0)
			return -1;
	}
	c->odd = true;
	return 0;
}

/* A value without quotes: to the next white space or ";", as senders who forget the quotes mean it. */
static int
take_bare(struct cursor *c, struct buffer *out, struct error *e)
{
	const char *from = c->at;

	while (c->at < c->end && *c->at != ';' && !text_is_space(*c->at)) {
		if (strchr("()<>[]\\\"", *c->at) != NULL)
			c->odd = true;
		c->at++;
	}
	if (c->at == from)
		c->odd = true;
	return buffer_append(out, from, (size_t)(c->at - from), e);
}

static int
take_value(struct cursor *c, bool *plain, char **out, struct error *e)
{
	struct buffer value = BUFFER_INIT(LIMIT_HEADER_FIELD);
	int rc;

	*plain = true;
	rc = next_is(c, '"') ? take_quoted(c, &value, plain, e) : take_bare(c, &value, e);
	if (rc == 0) {
		*out = memory_copy(buffer_text(&value), value.size, e);
		rc = *out == NULL ? -1 : 0;
	}
	buffer_done(&value);
	return rc;
}

/* What belongs to no parameter is passed over to the next ";". */
static void
skip_junk(struct cursor *c)
{
	c->odd = true;
	while (c->at < c->end && *c->at != ';')
		c->at++;
}

/*
 * What some readers undo or drop and others keep (escapes and folds; octets that are no UTF-8): elsewhere a blemish,
 * in these parameters another structure.
 */
static bool
is_doubtful(const struct media_parameter *p, bool plain)
{
	if (text_starts_nocase(p->name, "boundary"))
		return !plain || !text_is_utf8(p->value, strlen(p->value));
	return (text_starts_nocase(p->name, "protocol") || text_starts_nocase(p->name, "smime-type")) &&
	    !text_is_utf8(p->value, strlen(p->value));
}

/* One "name=value" into `raw`; junk instead of it is passed over: so is a name of which RFC 2231 leaves nothing. */
static int
take_parameter(struct cursor *c, struct raw_list *raw, struct error *e)
{
	struct media_parameter p = { .name = take_token(c, e) };
	bool plain;

	if (p.name == NULL)
		return -1;
	skip_space(c);
	if (p.name[0] == '\0' || p.name[0] == '*' || !next_is(c, '=') || raw->count == LIMIT_PARAMETERS) {
		free(p.name);
		skip_junk(c);
		return 0;
	}
	c->at++;
	skip_space(c);
	if (take_value(c, &plain, &p.value, e) != 0) {
		free(p.name);
		return -1;
	}
	if (is_doubtful(&p, plain))
		c->odd = true;
	raw->items[raw->count++] = p;
	return 0;
}

static int
take_parameters(struct cursor *c, struct raw_list *raw, struct error *e)
{
	for (;;) {
		skip_space(c);
		if (c->at == c->end)
			return 0;
		if (*c->at != ';')
			skip_junk(c);
		while (next_is(c, ';')) {
			c->at++;
			skip_space(c);
		}
		if (c->at < c->end && take_parameter(c, raw, e) != 0)
			return -1;
	}
}

static int
set_type(struct media_type *m, const char *type, const char *subtype, struct error *e)
{
	free(m->type);
	free(m->subtype);
	m->type = memory_text(type, e);
	m->subtype = memory_text(subtype, e);
	return m->type == NULL || m->subtype == NULL ? -1 : 0;
}

static int
unreadable_type(struct cursor *c, struct media_type *m, struct error *e)
{
	m->type_ambiguous = true;
	c->odd = true;
	c->at = c->end;
	return set_type(m, "application", "octet-stream", e);
}

/* type "/" subtype; white space or comments in or before it are legal in old texts and trip readers today. */
static int
take_type(struct cursor *c, struct media_type *m, struct error *e)
{
	bool loose = false;

	skip_space(c);
	m->type = take_token(c, e);
	if (m->type == NULL)
		return -1;
	loose |= skip_space(c);
	if (m->type[0] == '\0' || !next_is(c, '/'))
		return unreadable_type(c, m, e);
	c->at++;
	loose |= skip_space(c);
	m->subtype = take_token(c, e);
	if (m->subtype == NULL)
		return -1;
	if (m->subtype[0] == '\0')
		return unreadable_type(c, m, e);
	m->type_ambiguous = loose || c->comment;
	/* "multipart/mixed/x", "text/plain=": the type goes on in a way that none of us knows */
	if (c->at < c->end && *c->at != ';' && *c->at != '(' && !text_is_space(*c->at))
		m->type_ambiguous = true;
	return 0;
}

static int
take_disposition(struct cursor *c, struct media_type *m, struct error *e)
{
	skip_space(c);
	m->type = take_token(c, e);
	m->subtype = memory_text("", e);
	if (m->type == NULL || m->subtype == NULL)
		return -1;
	if (m->type[0] != '\0')
		return 0;
	m->type_ambiguous = c->odd = true;
	return set_type(m, "attachment", "", e); /* RFC 2183 2.8: the safe reading */
}

static bool
is_composite(const struct media_type *m)
{
	return media_type_is(m, "multipart", NULL) || media_type_is(m, "message", NULL);
}

static int
parse(const char *value, size_t n, int (*take)(struct cursor *, struct media_type *, struct error *),
    struct media_type **out, struct error *e)
{
	struct raw_list *raw = memory_new(1, sizeof(*raw), e);
	struct media_type *m = memory_new(1, sizeof(*m), e);
	size_t size = n > LIMIT_HEADER_FIELD ? LIMIT_HEADER_FIELD : n;
	struct cursor c = { value, value + strnlen(value, size), false, false };
	int rc = -1;

	if (raw == NULL || m == NULL || take(&c, m, e) != 0 || take_parameters(&c, raw, e) != 0 ||
	    parameters_join(raw->items, raw->count, m, e) != 0)
		goto out;
	m->ambiguous |= c.odd || m->type_ambiguous || c.end != value + n || (c.comment && is_composite(m));
	*out = m;
	m = NULL;
	rc = 0;
out:
	for (size_t i = 0; raw != NULL && i < raw->count; i++) {
		free(raw->items[i].name);
		free(raw->items[i].value);
	}
	free(raw);
	media_type_free(m);
	return rc;
}

int
media_type_parse(const char *value, size_t n, struct media_type **out, struct error *e)
{
	return parse(value, n, take_type, out, e);
}

int
media_disposition_parse(const char *value, size_t n, struct media_type **out, struct error *e)
{
	return parse(value, n, take_disposition, out, e);
}

void
media_type_free(struct media_type *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->count; i++) {
		free(m->parameters[i].name);
		free(m->parameters[i].value);
	}
	free(m->parameters);
	free(m->type);
	free(m->subtype);
	free(m);
}

bool
media_type_is(const struct media_type *m, const char *type, const char *subtype)
{
	return text_equal_nocase(m->type, type) && (subtype == NULL || text_equal_nocase(m->subtype, subtype));
}

const char *
media_type_parameter(const struct media_type *m, const char *name)
{
	for (size_t i = 0; i < m->count; i++)
		if (text_equal_nocase(m->parameters[i].name, name))
			return m->parameters[i].value;
	return NULL;
}
