/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>

#include "base/encoding.h"
#include "base/memory.h"
#include "crypto/cms_walk_private.h"
#include "crypto/oid_private.h"

/* ---- pieces ---- */

int
walk_keep(struct walk *w, struct buffer *take, struct octets *out, struct error *e)
{
	struct shape_owner *owner = w->owner;
	char **pieces;

	if (take->size == 0) {
		buffer_done(take);
		*out = (struct octets){ NULL, 0 };
		return 0;
	}
	if ((owner->count & (owner->count + 1)) == 0) { /* room for one less than each power of two */
		pieces = memory_resize(owner->pieces, owner->count * 2 + 1, sizeof *pieces, e);
		if (pieces == NULL)
			return -1;
		owner->pieces = pieces;
	}
	out->size = take->size;
	owner->pieces[owner->count] = buffer_take(take);
	out->data = (const unsigned char *)owner->pieces[owner->count++];
	return 0;
}

int
walk_string(struct walk *w, unsigned tag, struct octets *out, struct error *e)
{
	struct buffer value = BUFFER_INIT(LIMIT_CMS_ELEMENT);
	struct sink sink = buffer_sink(&value);
	int rc = -1;

	if (ber_string(&w->ber, tag, &sink, false, e) == 0)
		rc = walk_keep(w, &value, out, e);
	buffer_done(&value);
	return rc;
}

/* The next element, which must have this tag, as DER. */
static int
take_element(struct walk *w, unsigned tag, struct buffer *der, struct error *e)
{
	struct buffer raw = BUFFER_INIT(LIMIT_CMS_ELEMENT);
	struct sink sink = buffer_sink(&raw);
	unsigned found;
	int rc = -1;

	if (ber_peek(&w->ber, &found, e) != 0)
		return -1;
	if (found != tag)
		return ber_wrong(&w->ber, "an element of another kind was expected", e);
	if (ber_element(&w->ber, &sink, e) == 0)
		rc = ber_normalise(raw.data, raw.size, der, e);
	buffer_done(&raw);
	return rc;
}

int
walk_element(struct walk *w, unsigned tag, struct octets *out, struct error *e)
{
	struct buffer der = BUFFER_INIT(LIMIT_CMS_ELEMENT);
	int rc = -1;

	if (take_element(w, tag, &der, e) == 0)
		rc = walk_keep(w, &der, out, e);
	buffer_done(&der);
	return rc;
}

/* CMSVersion: 0 to 5 (RFC 5652 10.2.5).  Writers are not careful with it, so no more is asked of it. */
int
walk_version(struct walk *w, unsigned *out, struct error *e)
{
	struct buffer der = BUFFER_INIT(LIMIT_CMS_ELEMENT);
	struct der_element value;
	int rc = -1;

	if (take_element(w, DER_INTEGER, &der, e) != 0)
		goto out;
	if (!der_sole(der.data, der.size, DER_INTEGER, &value) || value.size != 1 || value.data[0] > 5) {
		ber_wrong(&w->ber, "an impossible version", e);
		goto out;
	}
	*out = value.data[0];
	rc = 0;
out:
	buffer_done(&der);
	return rc;
}

int
walk_content(struct walk *w, unsigned tag, struct error *e)
{
	if (ber_string(&w->ber, tag, NULL, true, e) != 0)
		return -1;
	w->shape->has_content = true;
	w->shape->content_size = w->ber.content;
	return 0;
}

int
walk_skip_optional(struct walk *w, unsigned tag, struct error *e)
{
	unsigned found;

	if (ber_peek(&w->ber, &found, e) != 0)
		return -1;
	return found == tag ? ber_element(&w->ber, NULL, e) : 0;
}

/* ---- names ---- */

/* IssuerAndSerialNumber: what is digested are the two elements, as certificate_issuer_serial() does. */
int
walk_issuer_serial(struct walk *w, struct certificate_name *out, struct error *e)
{
	struct octets whole;
	struct der_element sequence, part;
	struct der_reader r;

	if (walk_element(w, DER_SEQUENCE, &whole, e) != 0)
		return -1;
	if (!der_sole(whole.data, whole.size, DER_SEQUENCE, &sequence))
		return ber_wrong(&w->ber, "no issuer and serial number", e);
	r = der_enter(&sequence);
	if (!der_expect(&r, DER_SEQUENCE, &part) || !der_expect(&r, DER_INTEGER, &part) || r.size != 0)
		return ber_wrong(&w->ber, "no issuer and serial number", e);
	return digest_sha256_text(sequence.data, sequence.size, out->issuer_serial, e);
}

/* An identifier longer than any digest names no certificate that we could know: it is left empty. */
int
walk_key_identifier(struct walk *w, unsigned tag, struct certificate_name *out, struct error *e)
{
	struct octets ski;

	if (walk_string(w, tag, &ski, e) != 0)
		return -1;
	if (ski.size < sizeof out->ski / 2 + 1)
		hex_encode(ski.data, ski.size, out->ski);
	return 0;
}

int
walk_name(struct walk *w, struct certificate_name *out, struct error *e)
{
	unsigned tag;

	if (ber_peek(&w->ber, &tag, e) != 0)
		return -1;
	if (tag == DER_SEQUENCE)
		return walk_issuer_serial(w, out, e);
	return walk_key_identifier(w, DER_CONTEXT_0, out, e);
}

/* ---- the object ---- */

/* X.690 8.19.2: numbers in groups of seven bits, none of which begins with an empty group or lacks its last one. */
static bool
is_identifier(const struct der_element *oid)
{
	bool begins = true;

	for (size_t i = 0; i < oid->size; i++) {
		if (begins && oid->data[i] == 0x80)
			return false;
		begins = (oid->data[i] & 0x80) == 0;
	}
	return oid->size > 0 && begins;
}

/* An OBJECT IDENTIFIER, of which the content octets are kept. */
static int
walk_oid(struct walk *w, struct der_element *out, struct error *e)
{
	struct octets whole;

	if (walk_element(w, DER_OID, &whole, e) != 0)
		return -1;
	if (!der_sole(whole.data, whole.size, DER_OID, out) || !is_identifier(out))
		return ber_wrong(&w->ber, "a malformed object identifier", e);
	return 0;
}

int
walk_content_type(struct walk *w, struct error *e)
{
	struct der_element oid;

	if (walk_oid(w, &oid, e) != 0)
		return -1;
	w->shape->content_type = (struct octets){ oid.data, oid.size };
	w->shape->content_is_data = oid_is(&oid, &oid_data);
	return 0;
}

/* EncapsulatedContentInfo (RFC 5652 5.2): the content may be absent, an empty one is not. */
int
walk_encapsulated(struct walk *w, struct error *e)
{
	unsigned tag;

	if (ber_enter(&w->ber, DER_SEQUENCE, e) != 0 || walk_content_type(w, e) != 0 ||
	    ber_peek(&w->ber, &tag, e) != 0)
		return -1;
	if (tag != BER_END && (ber_enter(&w->ber, DER_CONSTRUCTED_0, e) != 0 ||
	    walk_content(w, DER_OCTET_STRING, e) != 0 || ber_leave(&w->ber, e) != 0))
		return -1;
	return ber_leave(&w->ber, e);
}

/* CompressedData (RFC 3274 1.1). */
static int
walk_compressed(struct walk *w, struct error *e)
{
	struct octets algorithm;

	if (ber_enter(&w->ber, DER_SEQUENCE, e) != 0 || walk_version(w, &w->shape->version, e) != 0 ||
	    walk_element(w, DER_SEQUENCE, &algorithm, e) != 0 || walk_encapsulated(w, e) != 0)
		return -1;
	w->shape->unusable = algorithm_compression(algorithm);
	if (w->shape->unusable == NULL && !w->shape->has_content)
		w->shape->unusable = "no-content";
	return ber_leave(&w->ber, e);
}

static int
walk_by_type(struct walk *w, struct error *e)
{
	switch (w->shape->type) {
	case CMS_SIGNED:
		return walk_signed(w, e);
	case CMS_ENVELOPED:
		return walk_enveloped(w, false, e);
	case CMS_AUTH_ENVELOPED:
		return walk_enveloped(w, true, e);
	case CMS_COMPRESSED:
		return walk_compressed(w, e);
	case CMS_OTHER:
		break;
	}
	return ber_element(&w->ber, NULL, e);
}

/* ContentInfo (RFC 5652 3), and nothing behind it. */
static int
walk_content_info(struct walk *w, struct error *e)
{
	struct der_element oid;
	unsigned tag;

	if (ber_enter(&w->ber, DER_SEQUENCE, e) != 0 || walk_oid(w, &oid, e) != 0)
		return -1;
	w->shape->type = cms_type_from_oid(&oid);
	if (ber_enter(&w->ber, DER_CONSTRUCTED_0, e) != 0 || walk_by_type(w, e) != 0 ||
	    ber_leave(&w->ber, e) != 0 || ber_leave(&w->ber, e) != 0 || ber_peek(&w->ber, &tag, e) != 0)
		return -1;
	return tag == BER_END ? 0 : ber_wrong(&w->ber, "something behind the object", e);
}

static size_t
limit_or(size_t asked, size_t otherwise)
{
	return asked == 0 ? otherwise : asked;
}

static struct cms_limits
effective_limits(const struct cms_limits *asked)
{
	struct cms_limits l = { .overhead = 0 };

	if (asked != NULL)
		l = *asked;
	l.overhead = limit_or(l.overhead, LIMIT_CMS_OVERHEAD);
	l.content = l.content == 0 ? UINT64_MAX : l.content;
	l.recipient_infos = limit_or(l.recipient_infos, LIMIT_RECIPIENT_INFOS);
	l.signer_infos = limit_or(l.signer_infos, LIMIT_SIGNER_INFOS);
	l.certificates = limit_or(l.certificates, LIMIT_CERTIFICATES);
	return l;
}

int
cms_walk(struct source *source, const struct cms_limits *limits, struct cms_shape **out, struct error *e)
{
	struct walk *w;
	int rc = -1;

	if ((w = memory_new(1, sizeof *w, e)) == NULL)
		return -1;
	w->limits = effective_limits(limits);
	ber_init(&w->ber, source, w->limits.overhead, w->limits.content);
	if ((w->owner = memory_new(1, sizeof *w->owner, e)) == NULL)
		goto out;
	w->shape = &w->owner->shape;
	if (walk_content_info(w, e) != 0)
		goto out;
	*out = w->shape;
	w->shape = NULL;
	rc = 0;
out:
	cms_shape_free(w->shape);
	free(w);
	return rc;
}

void
cms_shape_free(struct cms_shape *shape)
{
	struct shape_owner *owner = (struct shape_owner *)shape;

	if (owner == NULL)
		return;
	for (size_t i = 0; i < owner->count; i++)
		free(owner->pieces[i]);
	free(owner->pieces);
	free(shape->signers);
	free(shape->recipients);
	certificates_done(&shape->certificates);
	free(owner);
}
