/* SPDX-License-Identifier: BSD-2-Clause */

/* RFC 2231: parameters cut into sections, in percent encoding, with a charset. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"
#include "mime/parameter_private.h"

/* Parameters that decide what a message is: a reader without RFC 2231 must see the same. */
static const char *const deciding[] = { "boundary", "protocol", "smime-type" };

/* All raw parameters of one base name. */
struct group {
	const struct media_parameter *raw;
	size_t count;
	const char *base;
	size_t base_size;
	bool odd;
};

static size_t
base_size_of(const char *name)
{
	return strcspn(name, "*");
}

static bool
in_group(const struct group *g, const char *name)
{
	return strncmp(name, g->base, g->base_size) == 0 && base_size_of(name) == g->base_size;
}

/* The parameter whose name is the base and `suffix`; a second one makes the group odd. */
static const struct media_parameter *
find(struct group *g, const char *suffix)
{
	const struct media_parameter *found = NULL;

	for (size_t i = 0; i < g->count; i++) {
		const struct media_parameter *p = &g->raw[i];

		if (!in_group(g, p->name) || strcmp(p->name + g->base_size, suffix) != 0)
			continue;
		if (found == NULL)
			found = p;
		else
			g->odd = true;
	}
	return found;
}

static int
percent_decode(const char *text, struct buffer *out, bool *odd, struct error *e)
{
	for (; *text != '\0'; text++) {
		char octet = *text;

		if (octet == '%' && strnlen(text, 3) == 3 && hex_decode(text + 1, 2, &octet, 1) == 0)
			text += 2;
		else if (octet == '%')
			*odd = true;
		if (buffer_append_char(out, octet, e) != 0)
			return -1;
	}
	return 0;
}

/* charset'language'text, the form of a first section; a value without the two marks is text. */
static int
initial_decode(const char *value, char **charset, struct buffer *out, bool *odd, struct error *e)
{
	const char *language = strchr(value, '\''), *text = NULL;

	if (language != NULL)
		text = strchr(language + 1, '\'');
	if (text == NULL) {
		*odd = true;
		return percent_decode(value, out, odd, e);
	}
	*charset = memory_copy(value, (size_t)(language - value), e);
	return *charset == NULL ? -1 : percent_decode(text + 1, out, odd, e);
}

/* base*0, base*1*, …: as far as they go; `*used` says how many. */
static int
sections_decode(struct group *g, char **charset, struct buffer *out, size_t *used, struct error *e)
{
	char suffix[32];

	for (unsigned i = 0;; i++, ++*used) {
		const struct media_parameter *plain, *encoded;

		snprintf(suffix, sizeof suffix, "*%u", i);
		plain = find(g, suffix);
		snprintf(suffix, sizeof suffix, "*%u*", i);
		encoded = find(g, suffix);
		g->odd |= plain != NULL && encoded != NULL;
		if (encoded != NULL) {
			if ((i == 0 ? initial_decode(encoded->value, charset, out, &g->odd, e)
			            : percent_decode(encoded->value, out, &g->odd, e)) != 0)
				return -1;
		} else if (plain == NULL) {
			return 0;
		} else if (buffer_append_text(out, plain->value, e) != 0) {
			return -1;
		}
	}
}

static size_t
group_size(const struct group *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->count; i++)
		n += in_group(g, g->raw[i].name);
	return n;
}

/* The value in the extended form, decoded into `out`; `*used` raw parameters went into it. */
static int
extended_value(struct group *g, struct buffer *out, size_t *used, struct error *e)
{
	const struct media_parameter *whole = find(g, "*");
	struct buffer octets = BUFFER_INIT(LIMIT_HEADER_FIELD);
	char *charset = NULL;
	int rc;

	*used = 0;
	if (whole != NULL) {
		*used = 1;
		rc = initial_decode(whole->value, &charset, &octets, &g->odd, e);
	} else {
		rc = sections_decode(g, &charset, &octets, used, e);
	}
	if (rc == 0)
		rc = charset_to_utf8(charset == NULL ? "utf-8" : charset, &octets, out, e);
	free(charset);
	buffer_done(&octets);
	return rc;
}

static bool
is_deciding(const struct group *g)
{
	for (size_t i = 0; i < sizeof deciding / sizeof deciding[0]; i++)
		if (strlen(deciding[i]) == g->base_size && strncmp(deciding[i], g->base, g->base_size) == 0)
			return true;
	return false;
}

/* RFC 2231 wins over a plain form beside it, which is there for old readers. */
static int
group_value(struct group *g, char **out, struct error *e)
{
	struct buffer value = BUFFER_INIT(4 * LIMIT_HEADER_FIELD);
	const struct media_parameter *plain = find(g, "");
	size_t all = group_size(g), used = 0;
	int rc = 0;

	if (all > (plain != NULL)) {
		rc = extended_value(g, &value, &used, e);
		g->odd |= used + (plain != NULL) != all || is_deciding(g);
	}
	if (rc == 0) {
		const char *text = used > 0 ? buffer_text(&value) : plain != NULL ? plain->value : "";

		*out = memory_text(text, e);
		rc = *out == NULL ? -1 : 0;
	}
	buffer_done(&value);
	return rc;
}

static bool
is_first(const struct group *g, const struct media_parameter *p)
{
	for (const struct media_parameter *q = g->raw; q < p; q++)
		if (in_group(g, q->name))
			return false;
	return true;
}

int
parameters_join(const struct media_parameter *raw, size_t count, struct media_type *m, struct error *e)
{
	m->parameters = memory_new(count, sizeof(*m->parameters), e);
	if (m->parameters == NULL)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct group g = { raw, count, raw[i].name, base_size_of(raw[i].name), false };
		struct media_parameter *p = &m->parameters[m->count];

		if (!is_first(&g, &raw[i]))
			continue;
		p->name = memory_copy(g.base, g.base_size, e);
		if (p->name == NULL)
			return -1;
		m->count++;
		if (group_value(&g, &p->value, e) != 0)
			return -1;
		m->ambiguous |= g.odd;
	}
	return 0;
}
