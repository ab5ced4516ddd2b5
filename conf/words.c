/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"
#include "conf/words_private.h"

#define DEPTH_MAX 8 /* braces within braces; a list in a daemon section is 3 */

struct scan {
	const char *file;
	const char *at, *end;
	unsigned line;
	struct pool *pool;
	struct lexicon *words;
	struct word open[DEPTH_MAX]; /* the braces that wait for their end */
	size_t depth;
	struct error *e;
};

void
lexicon_done(struct lexicon *words)
{
	free(words->items);
	*words = (struct lexicon)WORDS_INIT;
}

int
word_error(const struct word *w, const char *subject, struct error *e, const char *fmt, ...)
{
	char what[ERROR_DETAIL_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	return error_set(e, ERROR_CONFIGURATION, "%s:%u: %s%s%s", w->file, w->line,
	    subject != NULL ? subject : "", subject != NULL ? ": " : "", what);
}

int
lexicon_add(struct lexicon *words, const struct word *word, struct error *e)
{
	if (words->count >= LIMIT_CONF_WORDS)
		return word_error(
		    word, NULL, e, "the configuration has more than %d words", LIMIT_CONF_WORDS);
	if (words->count == words->room) {
		size_t room = words->room == 0 ? 256 : words->room * 2;
		struct word *items = memory_resize(words->items, room, sizeof *items, e);

		if (items == NULL)
			return -1;
		words->items = items;
		words->room = room;
	}
	words->items[words->count++] = *word;
	return 0;
}

int
lexicon_end(struct lexicon *words, const char *file, struct error *e)
{
	struct word end = { .kind = WORD_END, .text = "the end of the file", .file = file, .line = 1 };

	if (words->count > 0)
		end.line = words->items[words->count - 1].line;
	return lexicon_add(words, &end, e);
}

int
text_quote(const char *s, struct buffer *out, struct error *e)
{
	int rc = buffer_append_char(out, '"', e);

	for (; rc == 0 && *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			rc = buffer_append_char(out, '\\', e);
		if (rc == 0)
			rc = buffer_append_char(out, *s, e);
	}
	return rc == 0 ? buffer_append_char(out, '"', e) : -1;
}

static struct word
here(const struct scan *s, enum word_kind kind, const char *text)
{
	return (struct word){ .kind = kind, .text = text, .file = s->file, .line = s->line };
}

/* ---- the file as a whole ---- */

/* What is wrong with the character at `c`; NULL: nothing. */
static const char *
character_fault(const char *c, size_t n)
{
	if (*c == '\t' || *c == '\n' || text_printable_octets(c, n) != 0)
		return NULL;
	if (*c == '\0')
		return "a NUL octet; save the file as UTF-8 text";
	if (*c == '\r')
		return "a carriage return; save the file with Unix line ends";
	if (text_utf8_octets(c, n) == 0)
		return "not UTF-8; save the file as UTF-8 text";
	return "a control character; remove it";
}

static int
check_characters(struct scan *s)
{
	struct word where = here(s, WORD_END, "");

	for (const char *c = s->at; c < s->end; c += text_utf8_octets(c, (size_t)(s->end - c))) {
		const char *fault = character_fault(c, (size_t)(s->end - c));

		if (fault != NULL)
			return word_error(&where, NULL, s->e, "%s", fault);
		where.line += *c == '\n';
	}
	if (s->end[-1] != '\n')
		return word_error(&where, NULL, s->e,
		    "the last line has no line end, as if the file were cut off; complete it");
	return 0;
}

static int
check_file(struct scan *s)
{
	struct word where = here(s, WORD_END, "");

	if (s->end - s->at >= 3 && memcmp(s->at, "\xef\xbb\xbf", 3) == 0)
		return word_error(
		    &where, NULL, s->e, "a byte order mark; save the file as UTF-8 without one");
	return check_characters(s);
}

/* ---- comments and strings ---- */

static void
skip_line(struct scan *s)
{
	while (*s->at != '\n')
		s->at++;
}

/*
 * A comment that is not closed would swallow every later setting, up to the end
 * of the next comment or of the file, and libconfuse says nothing about it.
 */
static int
skip_comment(struct scan *s)
{
	struct word start = here(s, WORD_END, "");

	for (s->at += 2; s->at < s->end; s->at++) {
		if (s->end - s->at >= 2 && memcmp(s->at, "*/", 2) == 0) {
			s->at += 2;
			return 0;
		}
		if (s->end - s->at >= 2 && memcmp(s->at, "/*", 2) == 0)
			break;
		s->line += *s->at == '\n';
	}
	return word_error(
	    &start, NULL, s->e, "the comment is not closed; end it with */ or use # for each line");
}

/* One character of a string into `to`; only \" and \\ are escapes. */
static int
string_octet(struct scan *s, struct buffer *to)
{
	struct word where = here(s, WORD_END, "");

	if (*s->at == '\n')
		return word_error(
		    &where, NULL, s->e, "the string is not closed; end it with \" on the same line");
	if (s->at[0] == '$' && s->at[1] == '{')
		return word_error(&where, NULL, s->e,
		    "\"${\" in a string; the environment is never consulted, write the value itself");
	if (*s->at == '\\' && s->at[1] != '"' && s->at[1] != '\\')
		return word_error(
		    &where, NULL, s->e, "a lone backslash in a string; write \\\\ for a backslash");
	if (*s->at == '\\')
		s->at++;
	return buffer_append_char(to, *s->at++, s->e);
}

static int
scan_string(struct scan *s)
{
	struct buffer text = BUFFER_INIT(LIMIT_CONFIGURATION);
	struct word word = here(s, WORD_QUOTED, NULL);
	int rc = 0;

	s->at++;
	while (rc == 0 && *s->at != '"')
		rc = string_octet(s, &text);
	s->at++;
	if (rc == 0)
		word.text = pool_copy(s->pool, buffer_text(&text), text.size, s->e);
	buffer_done(&text);
	return word.text == NULL ? -1 : lexicon_add(s->words, &word, s->e);
}

/* ---- words ---- */

/*
 * Fewer characters than libconfuse takes: there "*" and "+" vanish from a word
 * that is not quoted, and "//" or "#" may end it as a comment.
 */
static bool
is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
	    c == '_' || c == '.' || c == ':';
}

static int
scan_bare(struct scan *s)
{
	const char *start = s->at;
	struct word word = here(s, WORD_BARE, NULL);

	while (is_bare(*s->at))
		s->at++;
	word.text = pool_copy(s->pool, start, (size_t)(s->at - start), s->e);
	return word.text == NULL ? -1 : lexicon_add(s->words, &word, s->e);
}

static int
scan_brace(struct scan *s)
{
	struct word word = here(s, *s->at == '{' ? WORD_OPEN : WORD_CLOSE, *s->at == '{' ? "{" : "}");

	s->at++;
	if (word.kind == WORD_OPEN && s->depth == DEPTH_MAX)
		return word_error(
		    &word, NULL, s->e, "sections are nested too deeply; close the earlier ones with }");
	if (word.kind == WORD_OPEN)
		s->open[s->depth++] = word;
	else if (s->depth-- == 0)
		return word_error(&word, NULL, s->e, "this } closes nothing; remove it");
	return lexicon_add(s->words, &word, s->e);
}

static int
scan_sign(struct scan *s)
{
	struct word word = here(s, *s->at == '=' ? WORD_EQUALS : WORD_COMMA, *s->at == '=' ? "=" : ",");

	s->at++;
	return lexicon_add(s->words, &word, s->e);
}

#define STRAY "\"%.*s\" outside of a string; write the value in \"...\""

static int
refuse_character(struct scan *s)
{
	struct word where = here(s, WORD_END, "");
	int n = (int)text_utf8_octets(s->at, (size_t)(s->end - s->at));

	switch (*s->at) {
	case '\'':
		return word_error(&where, NULL, s->e, "a single quote; write strings as \"...\"");
	case '+':
		return word_error(
		    &where, NULL, s->e, "\"+\" outside of a string; write a list once and whole");
	case ';':
		return word_error(&where, NULL, s->e, "\";\" outside of a string; remove it");
	case '$':
		return word_error(&where, NULL, s->e, "\"$\" outside of a string; write the value itself");
	default:
		return word_error(&where, NULL, s->e, STRAY, n, s->at);
	}
}

static int
scan_word(struct scan *s)
{
	switch (*s->at) {
	case '"':
		return scan_string(s);
	case '{':
	case '}':
		return scan_brace(s);
	case '=':
	case ',':
		return scan_sign(s);
	default:
		return is_bare(*s->at) ? scan_bare(s) : refuse_character(s);
	}
}

/* White space, a comment or a word.  The text ends with a line feed, so that at[1] is there for all but that. */
static int
scan_step(struct scan *s)
{
	if (*s->at == '\n')
		s->line++;
	if (text_is_space(*s->at)) {
		s->at++;
		return 0;
	}
	if (*s->at == '/' && s->at[1] == '*')
		return skip_comment(s);
	if (*s->at == '#' || (*s->at == '/' && s->at[1] == '/')) {
		skip_line(s);
		return 0;
	}
	return scan_word(s);
}

int
lexicon_scan(
    const char *file, const char *text, size_t n, struct pool *pool, struct lexicon *out, struct error *e)
{
	struct scan s = {
		.file = file, .at = text, .end = text + n, .line = 1, .pool = pool, .words = out, .e = e
	};

	if (n == 0)
		return 0;
	if (check_file(&s) != 0)
		return -1;
	while (s.at < s.end)
		if (scan_step(&s) != 0)
			return -1;
	/* libconfuse takes the end of the file for the end of every open section. */
	if (s.depth > 0)
		return word_error(
		    &s.open[s.depth - 1], NULL, e, "this { is not closed; end the section or list with }");
	return 0;
}
