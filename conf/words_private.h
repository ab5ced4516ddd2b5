/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONF_WORDS_PRIVATE_H
#define CONF_WORDS_PRIVATE_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "conf/pool_private.h"

/*
 * The configuration as words, each with the place where it stands.  The scanner
 * is the pre-pass before libconfuse: it refuses what that library would read in
 * another way than the postmaster meant it.
 */
enum word_kind { WORD_BARE, WORD_QUOTED, WORD_OPEN, WORD_CLOSE, WORD_EQUALS, WORD_COMMA, WORD_END };

struct word {
	enum word_kind kind;
	const char *text; /* escapes resolved; punctuation as it is; lives in the pool */
	const char *file;
	unsigned line;
	size_t place; /* WORD_CLOSE of a section: its index in the outline */
};

struct lexicon {
	struct word *items;
	size_t count, room;
};

#define WORDS_INIT { NULL, 0, 0 }

void lexicon_done(struct lexicon *words);

/*
 * lexicon_scan(file, text, n, pool, out, e): append the words of one file.
 * `file` lives as long as the pool.  Refused: NUL, a byte order mark, text that
 * is not UTF-8, control characters but tab and line feed, a last line without
 * its end, unclosed comments, strings and braces, "${" in a string, escapes
 * other than \" and \\, and characters that only a string may hold.
 */
int lexicon_scan(
    const char *file, const char *text, size_t n, struct pool *pool, struct lexicon *out, struct error *e);

/* lexicon_add(words, word, e): append one word, up to LIMIT_CONF_WORDS. */
int lexicon_add(struct lexicon *words, const struct word *word, struct error *e);

/* lexicon_end(words, file, e): the WORD_END behind the last word of a file, which readers may look at. */
int lexicon_end(struct lexicon *words, const char *file, struct error *e);

/* text_quote(s, out, e): `s` as a string of the file, "..." with its escapes. */
int text_quote(const char *s, struct buffer *out, struct error *e);

/* word_error(w, subject, e, fmt, ...): "file:line: subject: what; remedy"; `subject` may be NULL.  Returns -1. */
int word_error(const struct word *w, const char *subject, struct error *e, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
