/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/text.h"
#include "smime/layers_private.h"

/* OpenPGP's ASCII armour (RFC 9580 6.2), read only to tell ciphertext from what is merely labelled so. */

#define ARMOUR_LINE    200 /* header lines; data lines have 76 characters at most */
#define ARMOUR_HEADERS 5   /* as many as there are keys */

enum place { BEFORE, HEADERS, DATA, CHECKSUM, AFTER, WRONG };

struct armour {
	enum place place;
	char line[ARMOUR_LINE + 1];
	size_t size; /* of the line so far */
	size_t headers, data_lines;
};

static bool
is_header(const char *line)
{
	static const char *const keys[] = { "Version: ", "Comment: ", "MessageID: ", "Hash: ", "Charset: " };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (text_starts_nocase(line, keys[i]))
			return true;
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

/* RFC 9580 4.2, 10.3.1: session keys, encrypted data, or the marker that old software puts before them. */
static bool
begins_encrypted(const char *line, size_t n)
{
	unsigned octet, tag;

	if (n < 4 || line[1] == '=')
		return false;
	octet = digit(line[0]) << 2 | digit(line[1]) >> 4;
	tag = (octet & 0x40) != 0 ? octet & 0x3f : (octet & 0x3c) >> 2;
	return (octet & 0x80) != 0 &&
	    (tag == 1 || tag == 3 || tag == 9 || tag == 10 || tag == 18 || tag == 20);
}

static enum place
after_data_line(struct armour *a)
{
	if (strcmp(a->line, "-----END PGP MESSAGE-----") == 0)
		return a->data_lines > 0 ? AFTER : WRONG;
	if (a->place == CHECKSUM)
		return WRONG;
	if (a->line[0] == '=' && a->size == 5 && a->data_lines > 0)
		return is_base64(a->line + 1, 4) ? CHECKSUM : WRONG;
	if (!is_base64(a->line, a->size) || (a->data_lines == 0 && !begins_encrypted(a->line, a->size)))
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
		return strcmp(a->line, "-----BEGIN PGP MESSAGE-----") == 0 ? HEADERS : WRONG;
	case HEADERS:
		if (a->size == 0)
			return DATA;
		return is_header(a->line) && a->headers++ < ARMOUR_HEADERS ? HEADERS : WRONG;
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

int
armour_is_ciphertext(const struct entity *leaf, bool *out, struct error *e)
{
	struct armour a = { .place = BEFORE };
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
