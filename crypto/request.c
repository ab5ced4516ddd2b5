/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/limits.h"
#include "crypto/extension_private.h"
#include "crypto/identifier_private.h"
#include "crypto/request.h"

/* extensionRequest (RFC 2985 5.4.2), the one attribute: what the certificate should say. */
static void
put_wishes(struct der_writer *w, const struct address_list *addresses, unsigned usage, bool critical)
{
	der_open(w, DER_SEQUENCE);
	der_put_oid(w, &oid_extension_request);
	der_open(w, DER_SET);
	der_open(w, DER_SEQUENCE);
	if (addresses != NULL && addresses->count != 0)
		extension_put_addresses(w, addresses, critical);
	extension_put_key_usage(w, usage);
	extension_put_email_protection(w);
	der_close(w);
	der_close(w);
	der_close(w);
}

/* CertificationRequestInfo (RFC 2986 4.1). */
static int
build_info(const char *common_name, const struct address_list *addresses, unsigned usage, const struct buffer *spki,
    struct buffer *out, struct error *e)
{
	struct der_writer w;

	der_begin(&w, out, e);
	der_open(&w, DER_SEQUENCE);
	der_put_small(&w, DER_INTEGER, 0);
	name_put(&w, common_name);
	der_put_raw(&w, spki->data, spki->size);
	der_open(&w, DER_CONSTRUCTED_0);
	put_wishes(&w, addresses, usage, common_name == NULL || common_name[0] == '\0');
	der_close(&w);
	der_close(&w);
	return der_finish(&w);
}

int
request_make(const struct key *k, const char *common_name, const struct address_list *addresses, int sign,
    int encrypt, struct buffer *out_der, struct error *e)
{
	struct buffer spki = BUFFER_INIT(LIMIT_CERTIFICATE_SIZE), info = BUFFER_INIT(LIMIT_CERTIFICATE_SIZE);
	size_t before = out_der->size;
	unsigned usage;
	int rc = -1;

	if (extension_usage(key_type(k), sign, encrypt, &usage, e) == 0 && public_key_der(k, &spki, e) == 0 &&
	    build_info(common_name, addresses, usage, &spki, &info, e) == 0)
		rc = sign_der(k, &info, out_der, e);
	if (rc != 0)
		buffer_cut(out_der, before);
	buffer_done(&spki);
	buffer_done(&info);
	return rc;
}
