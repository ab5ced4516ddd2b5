/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/memory.h"
#include "crypto/cms_walk_private.h"

/* EncryptedContentInfo (RFC 5652 6.1): encryptedContent is [0] IMPLICIT, primitive or in segments. */
static int
walk_encrypted_content(struct walk *w, struct error *e)
{
	struct cms_shape *shape = w->shape;
	struct octets algorithm;
	unsigned tag;

	if (ber_enter(&w->ber, DER_SEQUENCE, e) != 0 || walk_content_type(w, e) != 0 ||
	    walk_element(w, DER_SEQUENCE, &algorithm, e) != 0)
		return -1;
	shape->unusable = algorithm_content_cipher(algorithm, shape);
	if (ber_peek(&w->ber, &tag, e) != 0)
		return -1;
	if (tag != BER_END) {
		if (walk_content(w, DER_CONTEXT_0, e) != 0)
			return -1;
	} else if (shape->unusable == NULL) {
		shape->unusable = "no-content";
	}
	return ber_leave(&w->ber, e);
}

/*
 * authAttrs [1] IMPLICIT: what is authenticated is their DER with the tag of SET OF (RFC 5083 2.2), made anew from
 * what was sent.
 */
static int
walk_authenticated_attributes(struct walk *w, struct error *e)
{
	struct buffer der = BUFFER_INIT(LIMIT_CMS_ELEMENT);
	struct octets sent;
	struct der_element set;
	struct der_writer writer;
	unsigned tag;
	int rc = -1;

	if (ber_peek(&w->ber, &tag, e) != 0)
		return -1;
	if (tag != DER_CONSTRUCTED_0 + 1)
		return 0;
	if (walk_element(w, tag, &sent, e) != 0)
		return -1;
	if (!der_sole(sent.data, sent.size, (unsigned char)tag, &set))
		return ber_wrong(&w->ber, "malformed attributes", e);
	der_begin(&writer, &der, e);
	der_open(&writer, DER_SET);
	der_put_raw(&writer, set.data, set.size);
	der_close_set(&writer);
	if (der_finish(&writer) == 0)
		rc = walk_keep(w, &der, &w->shape->authenticated_attributes, e);
	w->shape->has_authenticated_attributes = true;
	buffer_done(&der);
	return rc;
}

/* mac (RFC 5083 2.1): its length must be what the parameters announced (RFC 5084 3.2). */
static int
walk_mac(struct walk *w, struct error *e)
{
	struct cms_shape *shape = w->shape;
	struct octets mac;

	if (walk_string(w, DER_OCTET_STRING, &mac, e) != 0)
		return -1;
	if (mac.size != 0 && mac.size <= sizeof shape->mac) {
		memcpy(shape->mac, mac.data, mac.size);
		shape->mac_size = mac.size;
	}
	if (shape->unusable == NULL && mac.size != shape->icv_size)
		shape->unusable = "parameters";
	return 0;
}

static int
walk_recipient_infos(struct walk *w, struct error *e)
{
	unsigned tag;

	if (ber_enter(&w->ber, DER_SET, e) != 0)
		return -1;
	for (;;) {
		if (ber_peek(&w->ber, &tag, e) != 0)
			return -1;
		if (tag == BER_END)
			break;
		if (walk_recipient_info(w, e) != 0)
			return -1;
	}
	if (w->shape->recipient_count == 0) /* RFC 5652 6.1: SIZE (1..MAX) */
		return ber_wrong(&w->ber, "no recipients", e);
	return ber_leave(&w->ber, e);
}

/* EnvelopedData (RFC 5652 6.1) and AuthEnvelopedData (RFC 5083 2.1). */
int
walk_enveloped(struct walk *w, bool authenticated, struct error *e)
{
	if (ber_enter(&w->ber, DER_SEQUENCE, e) != 0 || walk_version(w, &w->shape->version, e) != 0 ||
	    walk_skip_optional(w, DER_CONSTRUCTED_0, e) != 0 || walk_recipient_infos(w, e) != 0 ||
	    walk_encrypted_content(w, e) != 0)
		return -1;
	if (authenticated) {
		if (walk_authenticated_attributes(w, e) != 0 || walk_mac(w, e) != 0 ||
		    walk_skip_optional(w, DER_CONSTRUCTED_0 + 2, e) != 0)
			return -1;
	} else if (walk_skip_optional(w, DER_CONSTRUCTED_0 + 1, e) != 0) {
		return -1;
	}
	return ber_leave(&w->ber, e);
}
