/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Two texts, parted by the first NUL: the header of a message, and the entity that is to take the place of its own.
 * Carried out as Postfix counts fields and as Sendmail does, the edits give one and the same header: every other field
 * as it was, the new entity's Content-* fields once each and no others, one MIME-Version.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "gateway/edits_private.h"

#define SIZE_LIMIT (16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct field {
	char *name, *value;
	bool deleted;
};

/* Only what an MTA does with a header. */
struct mta {
	bool counts_deleted; /* Sendmail */
	struct field *fields;
	size_t count;
	uint64_t body_offset, body_size;
};

static void
put(struct mta *m, size_t at, const char *name, const char *value)
{
	m->fields = memory_resize(m->fields, m->count + 1, sizeof *m->fields, NULL);
	memmove(m->fields + at + 1, m->fields + at, (m->count - at) * sizeof *m->fields);
	m->fields[at] = (struct field){ memory_text(name, NULL), memory_text(value, NULL), false };
	m->count++;
}

static int
change_header(void *ctx, const char *name, unsigned nth, const char *value, struct error *e)
{
	struct mta *m = ctx;

	(void)e;
	for (size_t i = 0; i < m->count; i++) {
		struct field *f = &m->fields[i];

		if ((f->deleted && !m->counts_deleted) || !text_equal_nocase(f->name, name) || --nth != 0)
			continue;
		f->deleted = value == NULL;
		if (value != NULL) {
			free(f->value);
			f->value = memory_text(value, NULL);
		}
		return 0;
	}
	abort(); /* only fields that are there are changed */
}

static int
insert_header(void *ctx, unsigned at, const char *name, const char *value, struct error *e)
{
	(void)e;
	put(ctx, at, name, value);
	return 0;
}

static int
add_header(void *ctx, const char *name, const char *value, struct error *e)
{
	struct mta *m = ctx;

	(void)e;
	put(m, m->count, name, value);
	return 0;
}

static int
replace_body(void *ctx, struct spool_span body, struct error *e)
{
	struct mta *m = ctx;

	(void)e;
	m->body_offset = body.offset;
	m->body_size = body.size;
	return 0;
}

/* As an MTA has it: LF at folds. */
static char *
with_lf(const struct header_field *field)
{
	char *copy = memory_copy(field->value, field->value_size, NULL), *to = copy;

	for (const char *from = copy; *from != '\0'; from++)
		if (from[0] != '\r' || from[1] != '\n')
			*to++ = *from;
	*to = '\0';
	return copy;
}

static void
fill(struct mta *m, const struct header_list *outer)
{
	for (size_t i = 0; i < header_list_count(outer); i++) {
		char *value = with_lf(header_list_at(outer, i));

		put(m, m->count, header_list_at(outer, i)->name, value);
		free(value);
	}
}

static void
mta_done(struct mta *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->fields[i].name);
		free(m->fields[i].value);
	}
	free(m->fields);
}

/* ---- what must have come of it ---- */

static size_t
count_of(const struct mta *m, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < m->count; i++)
		n += !m->fields[i].deleted && text_equal_nocase(m->fields[i].name, name);
	return n;
}

static bool
is_blank(const char *value)
{
	return value[strspn(value, " \t\r\n")] == '\0';
}

static void
check_field(const struct mta *m, const struct field *f, const struct header_list *inner)
{
	const struct header_field *source = header_list_find(inner, f->name, 1);
	char *value;

	if (!text_starts_nocase(f->name, "Content-"))
		return;
	if (source == NULL || count_of(m, f->name) != 1)
		abort();
	value = with_lf(source);
	if (strcmp(f->value, value) != 0)
		abort();
	free(value);
}

static bool
is_kept(const char *name)
{
	return !text_starts_nocase(name, "Content-") && !text_equal_nocase(name, "MIME-Version");
}

/* The fields that are none of ours, in their order. */
static void
check_kept(const struct mta *m, const struct header_list *outer)
{
	size_t at = 0;

	for (size_t i = 0; i < header_list_count(outer); i++) {
		const struct header_field *field = header_list_at(outer, i);
		char *value;

		if (!is_kept(field->name))
			continue;
		while (at < m->count && (m->fields[at].deleted || !is_kept(m->fields[at].name)))
			at++;
		value = with_lf(field);
		if (at == m->count || strcmp(m->fields[at].name, field->name) != 0 || strcmp(m->fields[at].value, value) != 0)
			abort();
		free(value);
		at++;
	}
	for (; at < m->count; at++)
		if (!m->fields[at].deleted && is_kept(m->fields[at].name))
			abort();
}

/* The MTA is there and hears. */
static int
progress(void *ctx, struct error *e)
{
	(void)ctx;
	(void)e;
	return 0;
}

static void
carry_out(const struct edits *edits, bool sendmail, const struct header_list *outer, struct spool_span whole)
{
	static const struct edit_ops ops = { change_header, insert_header, add_header, NULL, NULL, progress, replace_body };
	struct mta m = { .counts_deleted = sendmail };
	struct header_list *inner = NULL;
	struct spool_span body;

	fill(&m, outer);
	if (edits_apply(edits, &ops, &m, NULL) != 0 || header_list_read(whole, &inner, &body, NULL) != 0)
		abort();
	if (m.body_offset != body.offset || m.body_size != body.size || count_of(&m, "MIME-Version") != 1)
		abort();
	for (size_t i = 0; i < m.count; i++)
		if (!m.fields[i].deleted)
			check_field(&m, &m.fields[i], inner);
	for (size_t i = 0; i < header_list_count(inner); i++) {
		const struct header_field *field = header_list_at(inner, i);

		if (text_starts_nocase(field->name, "Content-") && field->nth == 1 &&
		    count_of(&m, field->name) != !is_blank(field->value))
			abort();
	}
	check_kept(&m, outer);
	header_list_free(inner);
	mta_done(&m);
}

static struct spool *
spool_of(const void *data, size_t n)
{
	static const struct spool_settings settings = { .memory = SIZE_LIMIT, .max = SIZE_LIMIT };
	struct spool *spool = spool_new(&settings, NULL);

	if (spool == NULL || spool_write(spool, data, n, NULL) != 0)
		abort();
	return spool;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, 0, size), *second = nul == NULL ? data : nul + 1;
	struct spool *first = spool_of(data, nul == NULL ? size : (size_t)(nul - data));
	struct spool *whole = spool_of(second, size - (size_t)(second - data));
	struct header_list *outer = NULL;
	struct edits edits = { 0 };
	struct spool_span body;

	if (header_list_read(spool_all(first), &outer, &body, NULL) == 0 && header_list_count(outer) <= 200 &&
	    edits_replace_entity(&edits, outer, spool_all(whole), NULL) == 0) {
		carry_out(&edits, false, outer, spool_all(whole));
		carry_out(&edits, true, outer, spool_all(whole));
	}
	edits_done(&edits);
	header_list_free(outer);
	spool_free(first);
	spool_free(whole);
	return 0;
}
