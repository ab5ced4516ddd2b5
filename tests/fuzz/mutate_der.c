/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A mutator for targets that read BER: half of the time the octets change as in any text; the other half one element
 * is left out, repeated, moved behind its neighbour, changed inside, given another tag or another form of length, and
 * the lengths around it are set right.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/ber_private.h"
#include "tests/fuzz/mutate.h"

#define ELEMENTS_MAX 2000
#define DEPTH_MAX 40

struct element {
	size_t start, header, size; /* the whole's offset, its header's and its content's octets */
	size_t parent;              /* index; its own at the root */
	unsigned char tag;
	bool indefinite;
};

struct tree {
	const uint8_t *data;
	struct element items[ELEMENTS_MAX];
	size_t count;
};

/* The element at `at` and all within; its end, or 0 for what is none. */
static size_t
grow(struct tree *t, size_t at, size_t end, size_t parent, unsigned depth)
{
	struct ber_header h;
	struct element *el = &t->items[t->count];
	size_t self = t->count, inside, stop;

	if (t->count == ELEMENTS_MAX || depth == DEPTH_MAX || at >= end || ber_header(t->data + at, end - at, &h) != 0)
		return 0;
	if (!h.indefinite && h.length > end - at - h.size)
		return 0;
	t->count++;
	*el = (struct element){ at, h.size, (size_t)h.length, self == 0 ? 0 : parent, (unsigned char)h.tag, h.indefinite };
	stop = h.indefinite ? end : at + h.size + (size_t)h.length;
	if ((h.tag & BER_CONSTRUCTED) == 0)
		return stop;
	for (inside = at + h.size; inside < stop; ) {
		size_t next;

		if (h.indefinite && stop - inside >= 2 && t->data[inside] == 0 && t->data[inside + 1] == 0) {
			el->size = inside - at - h.size;
			return inside + 2;
		}
		next = grow(t, inside, stop, self, depth + 1);
		if (next == 0)
			return 0;
		inside = next;
	}
	return h.indefinite ? 0 : stop;
}

/* A header for `size` octets of content into `to`, which has room for 10. */
static size_t
put_header(uint8_t *to, unsigned char tag, size_t size, bool longer)
{
	size_t n = 0, octets = 1;

	to[n++] = tag;
	if (size < 0x80 && !longer) {
		to[n++] = (uint8_t)size;
		return n;
	}
	for (size_t rest = size >> 8; rest != 0; rest >>= 8)
		octets++;
	octets += longer;
	to[n++] = (uint8_t)(0x80 | octets);
	while (octets-- > 0)
		to[n++] = octets < sizeof size ? (uint8_t)(size >> 8 * octets) : 0;
	return n;
}

static void
splice(struct text *t, size_t at, size_t gone, const void *with, size_t n)
{
	if (t->size - gone + n > t->max) {
		t->failed = true;
		return;
	}
	memmove(t->data + at + n, t->data + at + gone, t->size - at - gone);
	memcpy(t->data + at, with, n);
	t->size += n - gone;
}

/* Content of the elements around number `i` has become longer by `delta`: their headers from the inside out. */
static void
mend(struct text *t, const struct tree *tree, size_t i, ptrdiff_t delta)
{
	while (i != 0 && !t->failed) {
		const struct element *around = &tree->items[tree->items[i].parent];
		uint8_t header[12];
		size_t n;

		if (!around->indefinite) {
			n = put_header(header, around->tag, (size_t)((ptrdiff_t)around->size + delta), false);
			splice(t, around->start, around->header, header, n);
			delta += (ptrdiff_t)n - (ptrdiff_t)around->header;
		}
		i = tree->items[i].parent;
	}
}

static size_t
whole_size(const struct element *el)
{
	return el->header + el->size + (el->indefinite ? 2 : 0);
}

/* The new octets of one element; their number. */
static size_t
change(const struct tree *t, size_t i, unsigned how, uint8_t *to, size_t max)
{
	const struct element *el = &t->items[i];
	const uint8_t *whole = t->data + el->start, *content = whole + el->header;
	size_t n = whole_size(el), header;

	switch (how % 8) {
	case 0: /* left out */
		return 0;
	case 1: /* twice */
		memcpy(to, whole, n);
		memcpy(to + n, whole, n);
		return 2 * n;
	case 2: /* another tag */
		memcpy(to, whole, n);
		to[0] = (uint8_t)(how >> 8);
		return n;
	case 3: /* a longer length than needed */
		header = put_header(to, el->tag, el->size, true);
		memcpy(to + header, content, el->size);
		return header + el->size;
	case 4: /* indefinite, or a string in two pieces */
		if ((el->tag & BER_CONSTRUCTED) != 0) {
			to[0] = el->tag;
			to[1] = 0x80;
			memcpy(to + 2, content, el->size);
			memset(to + 2 + el->size, 0, 2);
			return 4 + el->size;
		}
		to[0] = el->tag | BER_CONSTRUCTED;
		to[1] = 0x80;
		header = 2 + put_header(to + 2, 0x04, el->size / 2, false);
		memcpy(to + header, content, el->size / 2);
		header += el->size / 2;
		header += put_header(to + header, 0x04, el->size - el->size / 2, false);
		memcpy(to + header, content + el->size / 2, el->size - el->size / 2);
		header += el->size - el->size / 2;
		memset(to + header, 0, 2);
		return header + 2;
	case 5: /* another element of the object in its place */
		el = &t->items[(how >> 8) % t->count];
		memcpy(to, t->data + el->start, whole_size(el));
		return whole_size(el);
	default: /* changed inside */
		memcpy(to + 12, content, el->size);
		n = LLVMFuzzerMutate(to + 12, el->size, max < el->size + 64 ? max : el->size + 64);
		header = put_header(to, el->tag, n, false);
		memmove(to + header, to + 12, n);
		return header + n;
	}
}

size_t
mutate_der(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	struct tree *t = calloc(1, sizeof *t);
	uint8_t *copy = malloc(size + 1), *scratch = malloc(2 * size + max + 128);
	struct text text = { data, size, max, false };
	unsigned state = seed;
	size_t i, n;

	if (t == NULL || copy == NULL || scratch == NULL)
		abort();
	memcpy(copy, data, size);
	t->data = copy;
	if (seed % 2 == 0 || grow(t, 0, size, 0, 0) == 0) {
		text.size = LLVMFuzzerMutate(data, size, max);
	} else {
		i = (size_t)rand_r(&state) % t->count;
		n = change(t, i, (unsigned)rand_r(&state), scratch, max);
		splice(&text, t->items[i].start, whole_size(&t->items[i]), scratch, n);
		mend(&text, t, i, (ptrdiff_t)n - (ptrdiff_t)whole_size(&t->items[i]));
		if (text.failed || text.size == 0) {
			memcpy(data, copy, size);
			text.size = LLVMFuzzerMutate(data, size, max);
		}
	}
	free(scratch);
	free(copy);
	free(t);
	return text.size;
}
