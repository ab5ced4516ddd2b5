/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "crypto/der_private.h"

void
der_begin(struct der_writer *w, struct buffer *out, struct error *e)
{
	*w = (struct der_writer){ .out = out, .e = e };
}

int
der_finish(struct der_writer *w)
{
	if (!w->failed && w->depth != 0)
		w->failed = error_set(w->e, ERROR_INTERNAL, "DER: %zu elements left open", w->depth);
	return w->failed ? -1 : 0;
}

void
der_put_raw(struct der_writer *w, const void *encoded, size_t n)
{
	if (!w->failed)
		w->failed = buffer_append(w->out, encoded, n, w->e);
}

size_t
der_header(unsigned char to[DER_HEADER_MAX], unsigned char tag, uint64_t size)
{
	size_t octets = 0;

	to[0] = tag;
	if (size < 0x80) {
		to[1] = (unsigned char)size;
		return 2;
	}
	for (uint64_t rest = size; rest != 0; rest >>= 8)
		octets++;
	to[1] = (unsigned char)(0x80 | octets);
	for (size_t i = 0; i < octets; i++)
		to[2 + i] = (unsigned char)(size >> (8 * (octets - 1 - i)));
	return 2 + octets;
}

void
der_put(struct der_writer *w, unsigned char tag, const void *content, size_t n)
{
	unsigned char header[DER_HEADER_MAX];

	der_put_raw(w, header, der_header(header, tag, n));
	der_put_raw(w, content, n);
}

/* The length is not known yet: one octet is kept for it, and der_close() makes room for more if it must. */
void
der_open(struct der_writer *w, unsigned char tag)
{
	const unsigned char header[2] = { tag, 0 };

	if (!w->failed && w->depth == DER_OPEN_MAX)
		w->failed = error_set(w->e, ERROR_INTERNAL, "DER: nested too deeply");
	der_put_raw(w, header, sizeof header);
	if (!w->failed)
		w->open[w->depth++] = w->out->size;
}

void
der_close(struct der_writer *w)
{
	unsigned char header[DER_HEADER_MAX], *content;
	size_t size, at, longer;

	if (w->failed)
		return;
	if (w->depth == 0) {
		w->failed = error_set(w->e, ERROR_INTERNAL, "DER: nothing is open");
		return;
	}
	at = w->open[--w->depth];
	size = w->out->size - at;
	longer = der_header(header, (unsigned char)w->out->data[at - 2], size) - 2;
	if (longer != 0 && buffer_reserve(w->out, longer, w->e) == NULL) {
		w->failed = 1;
		return;
	}
	content = (unsigned char *)w->out->data + at;
	memmove(content + longer, content, size);
	memcpy(content - 2, header, 2 + longer);
	w->out->size += longer;
	w->out->data[w->out->size] = '\0';
}

/* ---- SET OF ---- */

static int
compare_elements(const void *a, const void *b)
{
	const struct der_element *x = a, *y = b;
	size_t n = x->whole_size < y->whole_size ? x->whole_size : y->whole_size;
	int order = memcmp(x->whole, y->whole, n);

	if (order != 0)
		return order;
	return (x->whole_size > y->whole_size) - (x->whole_size < y->whole_size);
}

/* Rewrite `size` octets of whole elements in their order. */
static int
sort_elements(unsigned char *data, size_t size, struct error *e)
{
	struct der_reader r = { data, size };
	struct der_element *list = NULL, *longer;
	unsigned char *copy = NULL, *to = data;
	size_t count = 0;
	int rc = -1;

	if ((copy = memory_copy(data, size, e)) == NULL)
		return -1;
	r.data = copy;
	while (r.size != 0) {
		if ((longer = memory_resize(list, count + 1, sizeof *list, e)) == NULL)
			goto out;
		list = longer;
		if (!der_next(&r, &list[count++])) {
			error_set(e, ERROR_INTERNAL, "DER: a SET OF with a broken element");
			goto out;
		}
	}
	if (count > 1)
		qsort(list, count, sizeof *list, compare_elements);
	for (size_t i = 0; i < count; i++) {
		memcpy(to, list[i].whole, list[i].whole_size);
		to += list[i].whole_size;
	}
	rc = 0;
out:
	free(copy);
	free(list);
	return rc;
}

void
der_close_set(struct der_writer *w)
{
	size_t at;

	if (!w->failed && w->depth != 0) {
		at = w->open[w->depth - 1];
		w->failed = sort_elements((unsigned char *)w->out->data + at, w->out->size - at, w->e);
	}
	der_close(w);
}

/* ---- primitive types ---- */

void
der_put_unsigned(struct der_writer *w, unsigned char tag, const unsigned char *octets, size_t n)
{
	while (n > 1 && octets[0] == 0) {
		octets++;
		n--;
	}
	der_open(w, tag);
	if (n == 0 || (octets[0] & 0x80) != 0)
		der_put_raw(w, "", 1);
	der_put_raw(w, octets, n);
	der_close(w);
}

void
der_put_small(struct der_writer *w, unsigned char tag, uint64_t value)
{
	unsigned char octets[8];

	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (unsigned char)(value >> (8 * (sizeof octets - 1 - i)));
	der_put_unsigned(w, tag, octets, sizeof octets);
}

void
der_put_bits(struct der_writer *w, const void *octets, size_t n)
{
	der_open(w, DER_BIT_STRING);
	der_put_raw(w, "", 1); /* no unused bits */
	der_put_raw(w, octets, n);
	der_close(w);
}

/* A named bit list loses its trailing zero bits (X.690 11.2.2); up to 16 names are enough for us. */
void
der_put_flags(struct der_writer *w, unsigned flags, unsigned count)
{
	unsigned char content[3] = { 0, 0, 0 };
	unsigned last = 0;

	for (unsigned i = 0; i < count && i < 16; i++) {
		if ((flags >> i & 1) == 0)
			continue;
		content[1 + i / 8] = (unsigned char)(content[1 + i / 8] | 0x80 >> i % 8);
		last = i + 1;
	}
	content[0] = (unsigned char)((8 - last % 8) % 8);
	der_put(w, DER_BIT_STRING, content, 1 + (last + 7) / 8);
}

/* UTCTime through 2049, GeneralizedTime after (RFC 5280 4.1.2.5). */
void
der_put_time(struct der_writer *w, int64_t seconds)
{
	time_t when = (time_t)seconds;
	struct tm tm;
	char text[80]; /* as wide as the compiler thinks a struct tm may print */
	int n, year;

	if (gmtime_r(&when, &tm) == NULL || tm.tm_year + 1900 < 1950 || tm.tm_year + 1900 > 9999) {
		if (!w->failed)
			w->failed = error_set(w->e, ERROR_INTERNAL, "a time outside the years 1950 to 9999");
		return;
	}
	year = tm.tm_year + 1900;
	if (year < 2050)
		n = snprintf(text, sizeof text, "%02d", year % 100);
	else
		n = snprintf(text, sizeof text, "%04d", year);
	n += snprintf(text + n, sizeof text - (size_t)n, "%02d%02d%02d%02d%02dZ", tm.tm_mon + 1, tm.tm_mday,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
	der_put(w, year < 2050 ? DER_UTC_TIME : DER_GENERALIZED_TIME, text, (size_t)n);
}
