/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/limits.h"
#include "base/text.h"
#include "smime/result_field.h"

/*
 * Whose is an Authentication-Results field (RFC 8601 2.2)?  Only the id decides,
 * and it can hide behind comments, folds, quotes and U-labels.  What no careful
 * reader can make sense of may still fool a careless one: it is ours when our
 * id is anywhere in it.
 */
struct reader {
	const char *at, *end;
};

/* RFC 5322 3.2.2: a comment, which nests; `at` is behind its parenthesis.  -1: it does not end. */
static int
skip_comment(struct reader *r)
{
	for (unsigned depth = 1; depth > 0; r->at++) {
		if (r->at < r->end && *r->at == '\\')
			r->at++;
		else if (r->at < r->end && *r->at == '(')
			depth++;
		else if (r->at < r->end && *r->at == ')')
			depth--;
		if (r->at >= r->end)
			return -1;
	}
	return 0;
}

static int
skip_cfws(struct reader *r)
{
	while (r->at < r->end) {
		if (text_is_space(*r->at))
			r->at++;
		else if (*r->at != '(')
			return 0;
		else if (r->at++, skip_comment(r) != 0)
			return -1;
	}
	return 0;
}

static bool
is_token_char(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

static int
read_quoted(struct reader *r, struct buffer *out)
{
	for (r->at++; r->at < r->end && *r->at != '"'; r->at++) {
		if (*r->at == '\\' && ++r->at == r->end)
			return -1;
		if (buffer_append_char(out, *r->at, NULL) != 0)
			return -1;
	}
	if (r->at == r->end)
		return -1;
	r->at++;
	return 0;
}

/* RFC 2045 5.1: a value is a token or a quoted-string. */
static int
read_value(struct reader *r, struct buffer *out)
{
	const char *start = r->at;

	if (r->at < r->end && *r->at == '"')
		return read_quoted(r, out);
	while (r->at < r->end && is_token_char(*r->at))
		r->at++;
	return r->at > start ? buffer_append(out, start, (size_t)(r->at - start), NULL) : -1;
}

/* Equal as domains (case, U-labels, a final dot), or as text where one is no domain. */
static bool
is_same_id(const char *a, size_t an, const char *b)
{
	size_t bn = strlen(b);
	char *na = NULL, *nb = NULL;
	bool same;

	if (an > 0 && a[an - 1] == '.')
		an--;
	if (address_domain_normal(a, an, &na, NULL) == 0 && address_domain_normal(b, bn, &nb, NULL) == 0)
		same = strcmp(na, nb) == 0;
	else
		same = text_equal_nocase_n(a, an, b, bn);
	free(na);
	free(nb);
	return same;
}

static bool
contains(const char *s, size_t n, const char *word)
{
	size_t length = strlen(word);

	for (; length > 0 && n >= length; s++, n--)
		if (text_equal_nocase_n(s, length, word, length))
			return true;
	return false;
}

#define COMMENTS_OPEN 64 /* within each other; what has more is nobody's honest field */

/*
 * Does the id occur, also with blanks, quotes, backslashes and whole comments taken out?  What is within a
 * parenthesis counts until it is closed; so the value is read once, however many of them never are.
 */
static bool
mentions(const char *value, size_t n, const char *id)
{
	struct buffer squeezed = BUFFER_INIT(LIMIT_HEADER_FIELD);
	size_t open[COMMENTS_OPEN], depth = 0;
	bool found = contains(value, n, id), after_pair = false;

	for (size_t i = 0; i < n && !found; i++) {
		const char c = value[i];
		const bool quoted = depth > 0 && i > 0 && value[i - 1] == '\\' && !after_pair;

		after_pair = quoted;
		if (quoted && (c == '(' || c == ')'))
			continue; /* a quoted parenthesis is none */
		if (c == '(') {
			found = depth == COMMENTS_OPEN;
			if (!found)
				open[depth++] = squeezed.size;
		} else if (c == ')' && depth > 0) {
			buffer_cut(&squeezed, open[--depth]);
		} else if (!text_is_space(c) && c != '"' && c != '\\') {
			/* A value that does not fit is longer than any field that came: taken for ours. */
			found = buffer_append_char(&squeezed, c, NULL) != 0;
		}
	}
	found = found || contains(buffer_text(&squeezed), squeezed.size, id);
	buffer_done(&squeezed);
	return found;
}

/* Behind the id: an optional version, then the results or nothing.  True when `r` stands at ";" or the end. */
static bool
skip_version(struct reader *r)
{
	if (skip_cfws(r) != 0)
		return false;
	while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
		r->at++;
	return skip_cfws(r) == 0 && (r->at == r->end || *r->at == ';');
}

/* To the next ";" outside comments and quoted strings. */
static int
skip_result(struct reader *r, struct buffer *scrap)
{
	while (r->at < r->end && *r->at != ';') {
		if (*r->at == '(') {
			r->at++;
			if (skip_comment(r) != 0)
				return -1;
		} else if (*r->at == '"') {
			buffer_clear(scrap);
			if (read_quoted(r, scrap) != 0)
				return -1;
		} else {
			r->at++;
		}
	}
	return 0;
}

/* One of the results is of our method.  Unreadable ones count, too. */
static bool
has_smime_result(struct reader *r, struct buffer *scrap)
{
	while (r->at < r->end) {
		const char *method;

		r->at++; /* the ";" */
		if (skip_cfws(r) != 0)
			return true;
		method = r->at;
		while (r->at < r->end && is_token_char(*r->at))
			r->at++;
		if (text_equal_nocase_n(method, (size_t)(r->at - method), "smime", 5) || skip_result(r, scrap) != 0)
			return true;
	}
	return false;
}

enum result_field_judgement
result_field_judge(const char *value, size_t n, const char *authserv_id, bool shared)
{
	struct reader r = { value, value + n };
	struct buffer id = BUFFER_INIT(LIMIT_HEADER_FIELD);
	enum result_field_judgement judgement = RESULT_FIELD_FOREIGN;
	bool readable = skip_cfws(&r) == 0 && read_value(&r, &id) == 0;
	bool ours = readable && is_same_id(buffer_text(&id), id.size, authserv_id);

	readable = readable && skip_version(&r);
	if (ours && (!shared || (readable && has_smime_result(&r, &id))))
		judgement = RESULT_FIELD_OURS;
	else if (!readable && (ours || mentions(value, n, authserv_id)))
		judgement = RESULT_FIELD_UNREADABLE;
	buffer_done(&id);
	return judgement;
}
