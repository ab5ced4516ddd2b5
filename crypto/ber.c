/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "crypto/ber_private.h"

/* The tag number's own octets, when it does not fit the first one (X.690 8.1.2.4).  Returns the identifier's size. */
static size_t
identifier_size(const unsigned char *p, size_t n)
{
	if ((p[0] & 0x1f) != 0x1f)
		return 1;
	for (size_t i = 1; i < n && i <= 5; i++)
		if ((p[i] & 0x80) == 0)
			return i + 1;
	return 0;
}

int
ber_header(const unsigned char *p, size_t n, struct ber_header *out)
{
	struct ber_header h = { .size = 0 };
	size_t digits;

	if (n < 2 || (h.size = identifier_size(p, n)) == 0 || h.size >= n)
		return -1;
	h.tag = p[0];
	digits = p[h.size++];
	if (digits < 0x80) {
		h.length = digits;
	} else if (digits == 0x80) {
		h.indefinite = true;
		if ((h.tag & BER_CONSTRUCTED) == 0)
			return -1;
	} else {
		digits &= 0x7f;
		if (digits > 8 || digits > n - h.size)
			return -1;
		for (; digits > 0; digits--)
			h.length = h.length << 8 | p[h.size++];
	}
	*out = h;
	return 0;
}

void
ber_init(struct ber *b, struct source *source, uint64_t overhead, uint64_t content)
{
	memset(b, 0, sizeof *b);
	b->source = source;
	b->overhead_max = overhead;
	b->content_max = content;
}

int
ber_wrong(const struct ber *b, const char *what, struct error *e)
{
	return error_set(e, ERROR_CMS_SYNTAX, "CMS octet %llu: %s", (unsigned long long)b->position, what);
}

/* Have at least `want` octets in the block, or all that are left of the source. */
static int
fill(struct ber *b, size_t want, struct error *e)
{
	ssize_t n;

	if (b->count - b->used >= want)
		return 0;
	memmove(b->block, b->block + b->used, b->count - b->used);
	b->count -= b->used;
	b->used = 0;
	while (b->count < want) {
		n = source_read(b->source, b->block + b->count, sizeof b->block - b->count, e);
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		b->count += (size_t)n;
	}
	return 0;
}

static int
charge(struct ber *b, uint64_t n, bool content, struct error *e)
{
	uint64_t *sum = content ? &b->content : &b->overhead;
	uint64_t max = content ? b->content_max : b->overhead_max;

	if (n > max - *sum)
		return error_set(e, ERROR_TOO_LARGE, "CMS octet %llu: more than %llu octets of %s",
		    (unsigned long long)b->position, (unsigned long long)max, content ? "content" : "structure");
	*sum += n;
	return 0;
}

static uint64_t
level_end(const struct ber *b)
{
	return b->depth == 0 ? UINT64_MAX : b->levels[b->depth - 1].end;
}

static bool
level_indefinite(const struct ber *b)
{
	return b->depth != 0 && b->levels[b->depth - 1].indefinite;
}

/* A header that must lie within its construction, as its value must. */
static int
read_header(struct ber *b, struct error *e)
{
	struct ber_header h;
	uint64_t room;

	if (fill(b, BER_HEADER_MAX, e) != 0)
		return -1;
	if (ber_header(b->block + b->used, b->count - b->used, &h) != 0)
		return ber_wrong(b, "no element", e);
	room = level_end(b) - b->position;
	if (h.size > room || (!h.indefinite && h.length > room - h.size))
		return ber_wrong(b, "an element overlaps the end", e);
	if (h.tag == BER_END && (h.length != 0 || h.size != 2 || !level_indefinite(b)))
		return ber_wrong(b, "an end without a beginning", e);
	if (charge(b, h.size, false, e) != 0)
		return -1;
	memcpy(b->next_raw, b->block + b->used, h.size);
	b->used += h.size;
	b->position += h.size;
	b->next = h;
	b->peeked = true;
	return 0;
}

/* Is there nothing more without an end mark: the definite length used up, or outermost the source at its end? */
static int
at_plain_end(struct ber *b, bool *end, struct error *e)
{
	if (b->depth == 0) {
		if (fill(b, 1, e) != 0)
			return -1;
		*end = b->count == b->used;
	} else {
		*end = !level_indefinite(b) && b->position == level_end(b);
	}
	return 0;
}

int
ber_peek(struct ber *b, unsigned *tag, struct error *e)
{
	bool end;

	if (!b->peeked) {
		if (at_plain_end(b, &end, e) != 0)
			return -1;
		if (end) {
			*tag = BER_END;
			return 0;
		}
		if (read_header(b, e) != 0)
			return -1;
	}
	*tag = b->next.tag;
	return 0;
}

int
ber_enter(struct ber *b, unsigned tag, struct error *e)
{
	unsigned found;
	uint64_t end;

	if (ber_peek(b, &found, e) != 0)
		return -1;
	if (found != tag || (found & BER_CONSTRUCTED) == 0)
		return ber_wrong(b, "an element of another kind was expected", e);
	if (b->depth == LIMIT_DER_DEPTH)
		return error_set(e, ERROR_TOO_DEEP, "CMS octet %llu: nested too deeply",
		    (unsigned long long)b->position);
	end = b->next.indefinite ? level_end(b) : b->position + b->next.length;
	b->levels[b->depth].end = end;
	b->levels[b->depth].indefinite = b->next.indefinite;
	b->depth++;
	b->peeked = false;
	return 0;
}

int
ber_leave(struct ber *b, struct error *e)
{
	unsigned tag;

	if (ber_peek(b, &tag, e) != 0)
		return -1;
	if (tag != BER_END)
		return ber_wrong(b, "an element too many", e);
	b->peeked = false;
	b->depth--;
	return 0;
}

/* The value of the primitive (or the whole inside of the definite) element whose header was just taken. */
static int
pass_value(struct ber *b, struct sink *to, bool content, struct error *e)
{
	uint64_t left = b->next.length;
	size_t n;

	if (charge(b, left, content, e) != 0)
		return -1;
	b->peeked = false;
	while (left > 0) {
		if (fill(b, 1, e) != 0)
			return -1;
		n = b->count - b->used;
		if (n == 0)
			return ber_wrong(b, "the object ends too early", e);
		if (n > left)
			n = (size_t)left;
		if (to != NULL && sink_write(to, b->block + b->used, n, e) != 0)
			return -1;
		b->used += n;
		b->position += n;
		left -= n;
	}
	return 0;
}

static int
pass_header(struct ber *b, struct sink *to, struct error *e)
{
	return to == NULL ? 0 : sink_write(to, b->next_raw, b->next.size, e);
}

/* Everything down to the end of the level `depth`, whose end mark is taken but belongs to the caller to pass on. */
static int
pass_until(struct ber *b, size_t depth, struct sink *to, struct error *e)
{
	bool marked;
	unsigned tag;

	for (;;) {
		if (ber_peek(b, &tag, e) != 0)
			return -1;
		if (tag == BER_END) {
			if (b->depth == depth)
				return 0;
			marked = level_indefinite(b);
			if (ber_leave(b, e) != 0 || (marked && pass_header(b, to, e) != 0))
				return -1;
		} else if (pass_header(b, to, e) != 0) {
			return -1;
		} else if (b->next.indefinite) {
			if (ber_enter(b, tag, e) != 0)
				return -1;
		} else if (pass_value(b, to, false, e) != 0) {
			return -1;
		}
	}
}

int
ber_element(struct ber *b, struct sink *to, struct error *e)
{
	unsigned tag;

	if (ber_peek(b, &tag, e) != 0)
		return -1;
	if (tag == BER_END)
		return ber_wrong(b, "an element is missing", e);
	if (pass_header(b, to, e) != 0)
		return -1;
	if (!b->next.indefinite)
		return pass_value(b, to, false, e);
	if (ber_enter(b, tag, e) != 0 || pass_until(b, b->depth, to, e) != 0 || pass_header(b, to, e) != 0)
		return -1;
	return ber_leave(b, e);
}

int
ber_inside(struct ber *b, struct sink *to, struct error *e)
{
	return pass_until(b, b->depth, to, e);
}

int
ber_string(struct ber *b, unsigned tag, struct sink *to, bool content, struct error *e)
{
	size_t outside = b->depth;
	unsigned found;

	if (ber_peek(b, &found, e) != 0)
		return -1;
	if (found == tag)
		return pass_value(b, to, content, e);
	if (ber_enter(b, tag | BER_CONSTRUCTED, e) != 0)
		return -1;
	while (b->depth > outside) {
		if (ber_peek(b, &found, e) != 0)
			return -1;
		if (found == BER_END) {
			if (ber_leave(b, e) != 0)
				return -1;
		} else if (found == DER_OCTET_STRING) {
			if (pass_value(b, to, content, e) != 0)
				return -1;
		} else if (ber_enter(b, DER_OCTET_STRING | BER_CONSTRUCTED, e) != 0) {
			return -1;
		}
	}
	return 0;
}
