/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/postfix_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"

#define EXPAND_DEPTH 10
#define EXPAND_NAMES 1000 /* names within names: a short file could ask for billions */

/* ---- logical lines ------------------------------------------------------------------------ */

struct reader {
	const char *at, *end;
	unsigned line;      /* of `at` */
	struct buffer text; /* the logical line */
	unsigned begins;    /* where it begins */
};

static bool
is_continuation(const struct reader *r)
{
	return r->at < r->end && (*r->at == ' ' || *r->at == '\t');
}

/* postconf(5): comments and empty lines do not end a logical line. */
static int
take_line(struct reader *r, struct error *e)
{
	const char *lf = memchr(r->at, '\n', (size_t)(r->end - r->at)), *end = lf != NULL ? lf : r->end;
	const char *text = r->at;
	size_t n = (size_t)(end - text);
	int rc = 0;

	text_trim(&text, &n);
	if (n > 0 && *text != '#') {
		if (r->text.size == 0)
			r->begins = r->line;
		rc = (r->text.size > 0 && buffer_append_char(&r->text, ' ', e) != 0) ||
		        buffer_append(&r->text, text, n, e) != 0
		    ? -1
		    : 0;
	}
	r->at = lf != NULL ? lf + 1 : r->end;
	r->line++;
	return rc;
}

static bool
is_nothing(const struct reader *r)
{
	const char *c = r->at;

	while (c < r->end && (*c == ' ' || *c == '\t'))
		c++;
	return c == r->end || *c == '\n' || *c == '\r' || *c == '#';
}

/* The next logical line into r->text; empty at the end. */
static int
next_line(struct reader *r, struct error *e)
{
	buffer_clear(&r->text);
	while (r->at < r->end && (r->text.size == 0 || is_continuation(r) || is_nothing(r)))
		if (take_line(r, e) != 0)
			return -1;
	return 0;
}

/* ---- settings ------------------------------------------------------------------------------- */

static void
setting_done(struct postfix_setting *s)
{
	free(s->name);
	free(s->value);
}

/* "name = value"; what has no "=" is no setting. */
static int
add_setting(struct postfix_setting **list, size_t *count, const char *text, size_t n, const char *file, unsigned line,
    struct error *e)
{
	const char *equals = memchr(text, '=', n), *name = text, *value;
	struct postfix_setting s = { NULL, NULL, file, line }, *grown;
	size_t name_size, value_size;

	if (equals == NULL)
		return 0;
	name_size = (size_t)(equals - text);
	value = equals + 1;
	value_size = n - name_size - 1;
	text_trim(&name, &name_size);
	text_trim(&value, &value_size);
	grown = memory_resize(*list, *count + 1, sizeof(*grown), e);
	if (grown == NULL)
		return -1;
	*list = grown;
	s.name = memory_copy(name, name_size, e);
	s.value = memory_copy(value, value_size, e);
	if (s.name == NULL || s.value == NULL) {
		setting_done(&s);
		return -1;
	}
	grown[(*count)++] = s;
	return 0;
}

static int
read_main(struct postfix *p, struct reader *r, struct error *e)
{
	while (r->at < r->end) {
		if (next_line(r, e) != 0)
			return -1;
		if (r->text.size > 0 && add_setting(&p->settings, &p->count, r->text.data, r->text.size, p->main_cf, r->begins, e) != 0)
			return -1;
	}
	return 0;
}

/* ---- services ---------------------------------------------------------------------------------- */

/* The next word of a service's line; what stands in braces is one. */
static bool
next_word(const char **at, const char *end, const char **out, size_t *n)
{
	const char *c = *at, *close;

	while (c < end && text_is_space(*c))
		c++;
	if (c == end)
		return false;
	close = *c == '{' ? memchr(c, '}', (size_t)(end - c)) : NULL;
	if (close != NULL) {
		*out = c + 1;
		*n = (size_t)(close - c - 1);
		*at = close + 1;
		return true;
	}
	*out = c;
	while (c < end && !text_is_space(*c))
		c++;
	*n = (size_t)(c - *out);
	*at = c;
	return true;
}

/* "-o name=value", "-o { name = value }" and "-oname=value". */
static int
read_options(struct postfix_service *s, const char *at, const char *end, const char *file, struct error *e)
{
	const char *word;
	size_t n;

	while (next_word(&at, end, &word, &n)) {
		if (n < 2 || memcmp(word, "-o", 2) != 0)
			continue;
		word += 2;
		n -= 2;
		if (n == 0 && !next_word(&at, end, &word, &n))
			return 0;
		if (add_setting(&s->options, &s->count, word, n, file, s->line, e) != 0)
			return -1;
	}
	return 0;
}

static void
service_done(struct postfix_service *s)
{
	for (size_t i = 0; i < s->count; i++)
		setting_done(&s->options[i]);
	free(s->options);
	free(s->name);
	free(s->type);
	free(s->command);
}

#define COLUMNS 8 /* name, type, private, unprivileged, chroot, wakeup, processes, command */

static int
add_service(struct postfix *p, const struct reader *r, struct error *e)
{
	const char *at = r->text.data, *end = at + r->text.size, *words[COLUMNS];
	struct postfix_service s = { .line = r->begins }, *grown;
	size_t sizes[COLUMNS];

	for (size_t i = 0; i < COLUMNS; i++)
		if (!next_word(&at, end, &words[i], &sizes[i]))
			return 0;
	grown = memory_resize(p->services, p->service_count + 1, sizeof(*grown), e);
	if (grown == NULL)
		return -1;
	p->services = grown;
	s.name = memory_copy(words[0], sizes[0], e);
	s.type = memory_copy(words[1], sizes[1], e);
	s.command = memory_copy(words[7], sizes[7], e);
	if (s.name == NULL || s.type == NULL || s.command == NULL || read_options(&s, at, end, p->master_cf, e) != 0) {
		service_done(&s);
		return -1;
	}
	grown[p->service_count++] = s;
	return 0;
}

static int
read_master(struct postfix *p, struct reader *r, struct error *e)
{
	while (r->at < r->end) {
		if (next_line(r, e) != 0)
			return -1;
		if (r->text.size > 0 && add_service(p, r, e) != 0)
			return -1;
	}
	return 0;
}

/* ---- the files ----------------------------------------------------------------------------------- */

static int
read_text(const char *text, size_t n, struct postfix *p, int (*read)(struct postfix *, struct reader *, struct error *),
    struct error *e)
{
	struct reader r = { .at = text, .end = text + n, .line = 1, .text = BUFFER_INIT(LIMIT_CONFIGURATION) };
	int rc = read(p, &r, e);

	buffer_done(&r.text);
	return rc;
}

static int
read_both(const char *folder, const char *main, size_t n, const char *master, size_t m, struct postfix *out,
    struct error *e)
{
	struct postfix p = { 0 };

	p.main_cf = memory_format(e, "%smain.cf", folder);
	p.master_cf = memory_format(e, "%smaster.cf", folder);
	if (p.main_cf == NULL || p.master_cf == NULL || read_text(main, n, &p, read_main, e) != 0 ||
	    read_text(master, m, &p, read_master, e) != 0) {
		postfix_done(&p);
		return -1;
	}
	*out = p;
	return 0;
}

int
postfix_read_text(const char *main, size_t n, const char *master, size_t m, struct postfix *out, struct error *e)
{
	return read_both("", main, n, master, m, out, e);
}

static int
read_file(const char *folder, const char *name, struct buffer *out, struct error *e)
{
	char *path = memory_format(e, "%s%s", folder, name);
	int rc = path != NULL ? file_read(path, LIMIT_CONFIGURATION, out, e) : -1;

	free(path);
	return rc;
}

int
postfix_read(const char *folder, struct postfix *out, struct error *e)
{
	struct buffer main = BUFFER_INIT(LIMIT_CONFIGURATION), master = BUFFER_INIT(LIMIT_CONFIGURATION);
	char *prefix = memory_format(e, "%s/", folder);
	int rc = -1;

	if (prefix != NULL && read_file(prefix, "main.cf", &main, e) == 0 && read_file(prefix, "master.cf", &master, e) == 0)
		rc = read_both(prefix, buffer_text(&main), main.size, buffer_text(&master), master.size, out, e);
	free(prefix);
	buffer_done(&main);
	buffer_done(&master);
	return rc;
}

void
postfix_done(struct postfix *p)
{
	for (size_t i = 0; i < p->count; i++)
		setting_done(&p->settings[i]);
	for (size_t i = 0; i < p->service_count; i++)
		service_done(&p->services[i]);
	free(p->settings);
	free(p->services);
	free(p->main_cf);
	free(p->master_cf);
	*p = (struct postfix){ 0 };
}

/* ---- looking things up ------------------------------------------------------------------------------ */

/* The last one counts. */
static const struct postfix_setting *
find(const struct postfix_setting *list, size_t count, const char *name)
{
	for (size_t i = count; i > 0; i--)
		if (strcmp(list[i - 1].name, name) == 0)
			return &list[i - 1];
	return NULL;
}

const struct postfix_setting *
postfix_setting(const struct postfix *p, const struct postfix_service *service, const char *name)
{
	const struct postfix_setting *s = service != NULL ? find(service->options, service->count, name) : NULL;

	return s != NULL ? s : find(p->settings, p->count, name);
}

const struct postfix_service *
postfix_service(const struct postfix *p, const char *name, const char *command)
{
	for (size_t i = 0; i < p->service_count; i++) {
		const struct postfix_service *s = &p->services[i];

		if ((name == NULL || strcmp(s->name, name) == 0) && (command == NULL || strcmp(s->command, command) == 0))
			return s;
	}
	return NULL;
}

/* The name behind a "$" at `at`; its end, or NULL if it is none. */
static const char *
name_behind(const char *at, char name[128])
{
	const char close = at[1] == '{' ? '}' : at[1] == '(' ? ')' : '\0', *begin = at + 1 + (close != '\0');
	size_t n = strspn(begin, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

	if (n == 0 || n >= 128 || (close != '\0' && begin[n] != close))
		return NULL;
	memcpy(name, begin, n);
	name[n] = '\0';
	return begin + n + (close != '\0');
}

struct expansion {
	const struct postfix *p;
	const struct postfix_service *service;
	unsigned names; /* put in so far */
	struct buffer *out;
};

static int
expand(struct expansion *x, const char *text, int depth, struct error *e)
{
	char name[128];

	while (*text != '\0') {
		const char *end = *text == '$' ? name_behind(text, name) : NULL;
		const struct postfix_setting *s = end != NULL ? postfix_setting(x->p, x->service, name) : NULL;

		if (s != NULL && depth < EXPAND_DEPTH && x->names++ < EXPAND_NAMES) {
			if (expand(x, s->value, depth + 1, e) != 0)
				return -1;
			text = end;
		} else if (buffer_append_char(x->out, *text++, e) != 0) {
			return -1;
		}
	}
	return 0;
}

int
postfix_value(const struct postfix *p, const struct postfix_service *service, const char *name, const char *otherwise,
    struct buffer *out, struct error *e)
{
	const struct postfix_setting *s = postfix_setting(p, service, name);
	struct expansion x = { p, service, 0, out };

	buffer_clear(out);
	return expand(&x, s != NULL ? s->value : otherwise, 0, e);
}
