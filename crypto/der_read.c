/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>
#include <time.h>

#include "crypto/der_private.h"

/* The length octets at the reader's front, definite and as short as they can be (X.690 10.1). */
static bool
read_length(struct der_reader *r, size_t *out)
{
	size_t octets, length = 0;

	if (r->size == 0)
		return false;
	octets = *r->data++;
	r->size--;
	if (octets < 0x80) {
		*out = octets;
		return true;
	}
	octets &= 0x7f;
	if (octets == 0 || octets > sizeof length || octets > r->size || r->data[0] == 0)
		return false;
	for (size_t i = 0; i < octets; i++)
		length = length << 8 | r->data[i];
	r->data += octets;
	r->size -= octets;
	*out = length;
	return length >= 0x80;
}

bool
der_next(struct der_reader *r, struct der_element *out)
{
	struct der_reader at = *r;
	size_t length;

	if (at.size == 0 || (at.data[0] & 0x1f) == 0x1f)
		return false;
	at.data++;
	at.size--;
	if (!read_length(&at, &length) || length > at.size)
		return false;
	out->tag = r->data[0];
	out->whole = r->data;
	out->data = at.data;
	out->size = length;
	out->whole_size = (size_t)(at.data - r->data) + length;
	r->data += out->whole_size;
	r->size -= out->whole_size;
	return true;
}

bool
der_expect(struct der_reader *r, unsigned char tag, struct der_element *out)
{
	return r->size != 0 && r->data[0] == tag && der_next(r, out);
}

struct der_reader
der_enter(const struct der_element *element)
{
	return (struct der_reader){ element->data, element->size };
}

bool
der_is(const struct der_element *element, const void *content, size_t n)
{
	return element->size == n && memcmp(element->data, content, n) == 0;
}

bool
der_sole(const void *data, size_t n, unsigned char tag, struct der_element *out)
{
	struct der_reader r = { data, n };

	return der_expect(&r, tag, out) && r.size == 0;
}

/* ---- time ---- */

static bool
two_digits(const unsigned char *s, int *out)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return false;
	*out = (s[0] - '0') * 10 + (s[1] - '0');
	return true;
}

/* MMDDHHMMSS; the calendar is held against what timegm(3) makes of it. */
static bool
read_moment(const unsigned char *s, int year, int64_t *out)
{
	struct tm tm = { .tm_year = year - 1900 };
	int month, day;

	if (!two_digits(s, &month) || !two_digits(s + 2, &day) || !two_digits(s + 4, &tm.tm_hour) ||
	    !two_digits(s + 6, &tm.tm_min) || !two_digits(s + 8, &tm.tm_sec))
		return false;
	if (month < 1 || month > 12 || day < 1 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59)
		return false;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	*out = timegm(&tm);
	return tm.tm_mday == day; /* 31 April would have become 1 May */
}

bool
der_time(const struct der_element *element, int64_t *out)
{
	const unsigned char *s = element->data;
	int century, year;

	if (element->tag == DER_UTC_TIME && element->size == 13 && s[12] == 'Z' && two_digits(s, &year))
		return read_moment(s + 2, year >= 50 ? 1900 + year : 2000 + year, out);
	if (element->tag == DER_GENERALIZED_TIME && element->size == 15 && s[14] == 'Z' && two_digits(s, &century) &&
	    two_digits(s + 2, &year))
		return read_moment(s + 4, century * 100 + year, out);
	return false;
}
