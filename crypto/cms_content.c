/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>

#include "base/memory.h"
#include "crypto/ber_private.h"
#include "crypto/cms_walk.h"
#include "crypto/oid_private.h"

/*
 * The second reading of an object that was walked: straight to the content, with nothing kept.  What stands before
 * and behind it was judged by cms_walk().
 */

/* ContentInfo down to the SEQUENCE behind its [0]. */
static int
enter_object(struct ber *b, enum cms_type *type, struct error *e)
{
	struct buffer raw = BUFFER_INIT(LIMIT_CMS_ELEMENT), der = BUFFER_INIT(LIMIT_CMS_ELEMENT);
	struct sink sink = buffer_sink(&raw);
	struct der_element oid;
	int rc = -1;

	if (ber_enter(b, DER_SEQUENCE, e) != 0 || ber_element(b, &sink, e) != 0 ||
	    ber_normalise(raw.data, raw.size, &der, e) != 0)
		goto out;
	*type = der_sole(der.data, der.size, DER_OID, &oid) ? cms_type_from_oid(&oid) : CMS_OTHER;
	if (ber_enter(b, DER_CONSTRUCTED_0, e) == 0)
		rc = ber_enter(b, DER_SEQUENCE, e);
out:
	buffer_done(&raw);
	buffer_done(&der);
	return rc;
}

/* Pass by what stands before the SEQUENCE that holds the content: `elements`, and [0] originatorInfo if it is there. */
static int
skip_to_content(struct ber *b, size_t elements, struct error *e)
{
	unsigned tag;

	for (; elements > 0; elements--) {
		if (ber_peek(b, &tag, e) != 0)
			return -1;
		if (tag == DER_CONSTRUCTED_0 && ber_element(b, NULL, e) != 0)
			return -1;
		if (ber_element(b, NULL, e) != 0)
			return -1;
	}
	return ber_enter(b, DER_SEQUENCE, e);
}

/* Version and a set or algorithm stand before it, in every type; then come its type, its algorithm if encrypted. */
static int
copy_from(struct ber *b, struct sink *to, struct error *e)
{
	enum cms_type type;
	bool encrypted;

	if (enter_object(b, &type, e) != 0)
		return -1;
	if (type == CMS_OTHER)
		return ber_wrong(b, "no content of ours", e);
	if (skip_to_content(b, 2, e) != 0 || ber_element(b, NULL, e) != 0)
		return -1;
	encrypted = type == CMS_ENVELOPED || type == CMS_AUTH_ENVELOPED;
	if (encrypted)
		return ber_element(b, NULL, e) != 0 ? -1 : ber_string(b, DER_CONTEXT_0, to, true, e);
	return ber_enter(b, DER_CONSTRUCTED_0, e) != 0 ? -1 : ber_string(b, DER_OCTET_STRING, to, true, e);
}

int
cms_copy_content(struct source *source, struct sink *to, struct error *e)
{
	struct ber *b = memory_new(1, sizeof *b, e);
	int rc;

	if (b == NULL)
		return -1;
	ber_init(b, source, UINT64_MAX, UINT64_MAX);
	rc = copy_from(b, to, e);
	free(b);
	return rc;
}
