/* SPDX-License-Identifier: BSD-2-Clause */

#include "crypto/ber_private.h"

static int normalise(struct der_reader *from, bool to_mark, unsigned depth, struct buffer *out, struct error *e);

static int
malformed(struct error *e)
{
	return error_set(e, ERROR_CMS_SYNTAX, "CMS: a malformed element");
}

static void
skip(struct der_reader *from, size_t n)
{
	from->data += n;
	from->size -= n;
}

static int
put(struct buffer *out, unsigned tag, const void *value, size_t n, struct error *e)
{
	unsigned char header[DER_HEADER_MAX];

	if (buffer_append(out, header, der_header(header, (unsigned char)tag, n), e) != 0)
		return -1;
	return n == 0 ? 0 : buffer_append(out, value, n, e);
}

/* The segments of a constructed OCTET STRING, normalised already, become one value. */
static int
put_joined(struct buffer *out, const struct buffer *segments, struct error *e)
{
	struct buffer joined = BUFFER_INIT(out->ceiling);
	struct der_reader rest = { (const unsigned char *)segments->data, segments->size };
	struct der_element segment;
	int rc = -1;

	while (rest.size != 0) {
		if (!der_expect(&rest, DER_OCTET_STRING, &segment)) {
			malformed(e);
			goto out;
		}
		if (segment.size != 0 && buffer_append(&joined, segment.data, segment.size, e) != 0)
			goto out;
	}
	rc = put(out, DER_OCTET_STRING, joined.data, joined.size, e);
out:
	buffer_done(&joined);
	return rc;
}

/* One constructed element behind its header. */
static int
normalise_construction(struct der_reader *from, const struct ber_header *h, unsigned depth, struct buffer *out,
    struct error *e)
{
	struct buffer inside = BUFFER_INIT(out->ceiling);
	struct der_reader value = { from->data, (size_t)h->length };
	int rc = -1;

	if (!h->indefinite)
		skip(from, value.size);
	if (normalise(h->indefinite ? from : &value, h->indefinite, depth + 1, &inside, e) != 0)
		goto out;
	if (h->tag == (DER_OCTET_STRING | BER_CONSTRUCTED))
		rc = put_joined(out, &inside, e);
	else
		rc = put(out, h->tag, inside.data, inside.size, e);
out:
	buffer_done(&inside);
	return rc;
}

static int
normalise_element(struct der_reader *from, unsigned depth, struct buffer *out, struct error *e)
{
	struct ber_header h;
	const unsigned char *value;

	/* High tag numbers: none of the structures that we normalise has one. */
	if (ber_header(from->data, from->size, &h) != 0 || (h.tag & 0x1f) == 0x1f ||
	    (!h.indefinite && h.length > from->size - h.size))
		return malformed(e);
	skip(from, h.size);
	if ((h.tag & BER_CONSTRUCTED) != 0)
		return normalise_construction(from, &h, depth, out, e);
	value = from->data;
	skip(from, (size_t)h.length);
	return put(out, h.tag, value, (size_t)h.length, e);
}

/* The elements up to the end of `from`, or `to_mark`: up to and with the end mark (X.690 8.1.5). */
static int
normalise(struct der_reader *from, bool to_mark, unsigned depth, struct buffer *out, struct error *e)
{
	if (depth == LIMIT_DER_DEPTH)
		return error_set(e, ERROR_TOO_DEEP, "CMS: nested too deeply");
	while (from->size != 0) {
		if (from->data[0] == BER_END) {
			if (!to_mark || from->size < 2 || from->data[1] != 0)
				return malformed(e);
			skip(from, 2);
			return 0;
		}
		if (normalise_element(from, depth, out, e) != 0)
			return -1;
	}
	return to_mark ? malformed(e) : 0;
}

int
ber_normalise(const void *from, size_t n, struct buffer *out, struct error *e)
{
	struct der_reader reader = { from, n };

	return normalise(&reader, false, 0, out, e);
}
