/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "mime/line_facts_private.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)
#define LOW_BITS  UINT64_C(0x0101010101010101)

/* Eight octets at a time: attachments are megabytes of plain ASCII. */
static void
add_octets(struct line_facts *f, const char *data, size_t n)
{
	uint64_t high = 0, nul = 0, word;
	size_t i = 0;

	for (; n - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, data + i, sizeof(word));
		high += ((word & HIGH_BITS) >> 7) * LOW_BITS >> 56; /* the sum of its octets: how many have the bit */
		nul |= (word - LOW_BITS) & ~word & HIGH_BITS;
	}
	for (; i < n; i++) {
		high += (unsigned char)data[i] >> 7;
		nul |= data[i] == '\0';
	}
	f->octets_8bit += high;
	f->has_8bit |= high != 0;
	f->has_nul |= nul != 0;
}

bool
line_facts_add(struct line_facts *f, struct line_meter *meter, const struct line_piece *piece)
{
	const char *data = piece->data;
	size_t n = piece->size;
	bool has_cr = n > 0 && memchr(data, '\r', n) != NULL;

	if (piece->first) {
		meter->length = 0;
		meter->last_octet = '\0';
		f->has_from_line |= n >= 5 && memcmp(data, "From ", 5) == 0;
		f->has_lone_dot |= n == 1 && data[0] == '.' && piece->last;
	}
	add_octets(f, data, n);
	f->has_bare_cr |= has_cr;
	meter->length += n;
	if (n > 0)
		meter->last_octet = data[n - 1];
	if (piece->last) {
		f->has_trailing_space |= meter->last_octet == ' ' || meter->last_octet == '\t';
		if (meter->length > f->longest_line)
			f->longest_line = meter->length;
	}
	return has_cr;
}

void
line_facts_end(struct line_facts *f, enum line_end end)
{
	f->has_bare_lf |= end == LINE_END_LF;
}

void
line_facts_merge(struct line_facts *f, const struct line_facts *part)
{
	f->has_8bit |= part->has_8bit;
	f->has_nul |= part->has_nul;
	f->has_bare_cr |= part->has_bare_cr;
	f->has_bare_lf |= part->has_bare_lf;
	f->has_from_line |= part->has_from_line;
	f->has_trailing_space |= part->has_trailing_space;
	f->has_lone_dot |= part->has_lone_dot;
	f->octets_8bit += part->octets_8bit;
	if (part->longest_line > f->longest_line)
		f->longest_line = part->longest_line;
}

void
line_facts_add_value(struct line_facts *f, size_t name_size, const char *value, size_t n)
{
	struct line_meter meter;
	size_t before = name_size + 1;

	while (n > 0) {
		const char *lf = memchr(value, '\n', n);
		size_t taken = lf == NULL ? n : (size_t)(lf - value) + 1;
		size_t size = lf == NULL ? n : taken - 2; /* a header list writes its folds as CRLF */
		struct line_piece line = { value, size, 0, true, true, LINE_END_NONE };

		line_facts_add(f, &meter, &line);
		if (before + size > f->longest_line)
			f->longest_line = before + size;
		before = 0;
		value += taken;
		n -= taken;
	}
}
