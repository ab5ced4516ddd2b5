/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/text.h"
#include "smime/layers_private.h"

/* OpenPGP's ASCII armour (RFC 9580 6.2), read only to tell what is protected from what is merely labelled so. */

#define ARMOUR_LINE 80 /* header lines; data lines have 76 characters at most */

enum place { BEFORE, HEADERS, DATA, CHECKSUM, AFTER, WRONG };

/* The two kinds that a message as a whole can be. */
struct armour_kind {
	const char *begin, *end;
	unsigned tags; /* of the first packet: 1 << tag (RFC 9580 5) */
};

/* RFC 9580 10.3.1: session keys, encrypted data, or the marker that old software puts before them. */
static const struct armour_kind ciphertext = {
	"-----BEGIN PGP MESSAGE-----", "-----END PGP MESSAGE-----",
	1u << 1 | 1u << 3 | 1u << 9 | 1u << 10 | 1u << 18 | 1u << 20
};
/* RFC 9580 10.4: detached. */
static const struct armour_kind signature = {
	"-----BEGIN PGP SIGNATURE-----", "-----END PGP SIGNATURE-----", 1u << 2
};

struct armour {
	const struct armour_kind *kind;
	enum place place;
	char line[ARMOUR_LINE + 1];
	size_t size;       /* of the line so far */
	unsigned headers;  /* 1 << row of header_keys */
	size_t data_lines;
};

/*
 * RFC 9580 6.2.2.  Whoever wants to write beside the ciphertext can do it here, and what software writes of itself
 * cannot be told from it, so each key may stand there once and its line is short.  MessageID belongs to messages in
 * several armours and Hash to signed text: neither stands over a message.
 */
static bool
take_header(struct armour *a)
{
	static const char *const header_keys[] = { "Version:", "Comment:", "Charset:" };

	for (unsigned i = 0; i < sizeof(header_keys) / sizeof(header_keys[0]); i++) {
		const size_t n = strlen(header_keys[i]);

		if (!text_starts_nocase(a->line, header_keys[i]) || (a->line[n] != ' ' && a->line[n] != '\0'))
			continue;
		if ((a->headers & 1u << i) != 0)
			return false;
		a->headers |= 1u << i;
		return true;
	}
	return false;
}

static bool
is_base64(const char *line, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t used = strspn(line, digits);

	return n > 0 && n <= 76 && used > 0 && used + strspn(line + used, "=") == n;
}

/* 6 bits, of a character that is_base64() has seen. */
static unsigned
digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0') + 52;
	return c == '+' ? 62 : 63;
}

/* RFC 9580 4.2: the first packet is one of the kind's. */
static bool
begins_as(const struct armour_kind *kind, const char *line, size_t n)
{
	unsigned octet, tag;

	if (n < 4 || line[1] == '=')
		return false;
	octet = digit(line[0]) << 2 | digit(line[1]) >> 4;
	tag = (octet & 0x40) != 0 ? octet & 0x3f : (octet & 0x3c) >> 2;
	return (octet & 0x80) != 0 && tag < 32 && (kind->tags & 1u << tag) != 0;
}

static enum place
after_data_line(struct armour *a)
{
	if (strcmp(a->line, a->kind->end) == 0)
		return a->data_lines > 0 ? AFTER : WRONG;
	if (a->place == CHECKSUM)
		return WRONG;
	if (a->line[0] == '=' && a->size == 5 && a->data_lines > 0)
		return is_base64(a->line + 1, 4) ? CHECKSUM : WRONG;
	if (!is_base64(a->line, a->size) || (a->data_lines == 0 && !begins_as(a->kind, a->line, a->size)))
		return WRONG;
	a->data_lines++;
	return DATA;
}

/* The place behind a whole line, of which white space at the end does not count. */
static enum place
after_line(struct armour *a)
{
	while (a->size > 0 && text_is_space(a->line[a->size - 1]))
		a->size--;
	a->line[a->size] = '\0';
	switch (a->place) {
	case BEFORE:
		if (a->size == 0)
			return BEFORE;
		return strcmp(a->line, a->kind->begin) == 0 ? HEADERS : WRONG;
	case HEADERS:
		if (a->size == 0)
			return DATA;
		return take_header(a) ? HEADERS : WRONG;
	case DATA:
	case CHECKSUM:
		return after_data_line(a);
	case AFTER:
		return a->size == 0 ? AFTER : WRONG;
	case WRONG:
		break;
	}
	return WRONG;
}

static void
take(struct armour *a, const char *octets, size_t n)
{
	for (size_t i = 0; i < n && a->place != WRONG; i++) {
		if (octets[i] == '\n') {
			a->place = after_line(a);
			a->size = 0;
		} else if (octets[i] == '\0' || a->size == ARMOUR_LINE) {
			a->place = WRONG;
		} else {
			a->line[a->size++] = octets[i];
		}
	}
}

static int
read_armour(struct source *source, struct armour *a, struct error *e)
{
	char chunk[1024];
	ssize_t n;

	while (a->place != WRONG && (n = source_read(source, chunk, sizeof(chunk), e)) != 0) {
		if (n < 0)
			return -1;
		take(a, chunk, (size_t)n);
	}
	if (a->place != WRONG && a->size > 0)
		a->place = after_line(a);
	return 0;
}

static int
holds(const struct entity *leaf, const struct armour_kind *kind, bool *out, struct error *e)
{
	struct armour a = { .kind = kind, .place = BEFORE };
	struct entity_reader *reader = NULL;
	struct source source;
	int rc = -1;

	if (entity_reader_new(leaf, &reader, &source, e) == 0)
		rc = read_armour(&source, &a, e);
	entity_reader_free(reader);
	if (rc != 0 && error_is_fault(e))
		return -1;
	error_clear(e);
	*out = rc == 0 && leaf->count == 0 && a.place == AFTER;
	return 0;
}

int
armour_is_ciphertext(const struct entity *leaf, bool *out, struct error *e)
{
	return holds(leaf, &ciphertext, out, e);
}

int
armour_is_signature(const struct entity *leaf, bool *out, struct error *e)
{
	return holds(leaf, &signature, out, e);
}
