/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/limits.h"
#include "base/memory.h"
#include "crypto/cms_walk.h"
#include "crypto/der_private.h"
#include "crypto/private.h"

/* ---- lists ---- */

int
certificates_add(struct certificates *list, struct certificate *c, struct error *e)
{
	struct certificate **items = memory_resize(list->items, list->count + 1, sizeof list->items[0], e);

	if (items == NULL)
		return -1;
	list->items = items;
	list->items[list->count++] = certificate_ref(c);
	return 0;
}

/* Drop everything behind the first `count`. */
static void
shorten(struct certificates *list, size_t count)
{
	while (list->count > count)
		certificate_unref(list->items[--list->count]);
}

void
certificates_done(struct certificates *list)
{
	shorten(list, 0);
	free(list->items);
	*list = (struct certificates){ NULL, 0 };
}

const struct certificate *
certificates_find(const struct certificates *list, const char *fingerprint)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(certificate_fingerprint(list->items[i]), fingerprint) == 0)
			return list->items[i];
	return NULL;
}

/* ---- reading ---- */

static int
append_one(struct certificates *list, const void *der, size_t n, struct error *e)
{
	struct certificate *c;
	int rc;

	if (certificate_read(der, n, &c, e) != 0)
		return -1;
	rc = certificates_add(list, c, e);
	certificate_unref(c);
	return rc;
}

/* A certs-only SignedData (RFC 8551 3.8), by the same strict walk as any other. */
static int
append_cms(struct certificates *list, const void *data, size_t n, struct error *e)
{
	struct memory_source memory;
	struct source source = memory_source(&memory, data, n);
	struct cms_shape *shape;
	int rc = 0;

	if (cms_walk(&source, NULL, &shape, e) != 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < shape->certificates.count; i++)
		rc = certificates_add(list, shape->certificates.items[i], e);
	cms_shape_free(shape);
	return rc;
}

/* A ContentInfo begins with an OBJECT IDENTIFIER, a Certificate with another SEQUENCE. */
static bool
is_content_info(const unsigned char *data, size_t n)
{
	size_t at = 2;

	if (n < 2 || data[0] != DER_SEQUENCE)
		return false;
	if (data[1] > 0x80)
		at += data[1] & 0x7f;
	return at < n && data[at] == DER_OID;
}

static int
append_der(struct certificates *list, const unsigned char *data, size_t n, struct error *e)
{
	struct der_reader r = { data, n };
	struct der_element one;

	if (is_content_info(data, n))
		return append_cms(list, data, n, e);
	while (r.size != 0) {
		if (!der_expect(&r, DER_SEQUENCE, &one))
			return error_set(e, ERROR_CERTIFICATE_SYNTAX, "this is neither a certificate nor PEM");
		if (append_one(list, one.whole, one.whole_size, e) != 0)
			return -1;
	}
	return 0;
}

static int
append_pem_block(struct certificates *list, const char *name, const unsigned char *data, long n, struct error *e)
{
	if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0)
		return append_one(list, data, (size_t)n, e);
	if (strcmp(name, PEM_STRING_PKCS7) == 0 || strcmp(name, PEM_STRING_CMS) == 0)
		return append_cms(list, data, (size_t)n, e);
	return 0; /* keys, parameters: somebody else's business */
}

static int
append_pem(struct certificates *list, const void *data, size_t n, struct error *e)
{
	BIO *bio = text_bio(data, n);
	char *name, *header;
	unsigned char *der;
	long size;
	int rc = 0;

	if (bio == NULL)
		return crypto_fail(e, ERROR_NO_MEMORY, "cannot read the text");
	while (rc == 0 && PEM_read_bio(bio, &name, &header, &der, &size) == 1) {
		rc = append_pem_block(list, name, der, size, e);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(der, (size_t)size); /* it may have been a key */
	}
	if (rc == 0 && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		rc = crypto_fail(e, ERROR_CERTIFICATE_SYNTAX, "the PEM text is malformed");
	BIO_free(bio);
	ERR_clear_error();
	return rc;
}

int
certificates_read(const void *data, size_t n, struct certificates *list, struct error *e)
{
	size_t before = list->count;
	int rc;

	if (n != 0 && *(const unsigned char *)data == DER_SEQUENCE)
		rc = append_der(list, data, n, e);
	else
		rc = append_pem(list, data, n, e);
	if (rc == 0 && list->count == before)
		rc = error_set(e, ERROR_CERTIFICATE_SYNTAX, "there is no certificate in it");
	if (rc != 0)
		shorten(list, before);
	return rc;
}

/* ---- writing ---- */

int
certificates_write_der(const struct certificates *list, struct buffer *out, struct error *e)
{
	size_t before = out->size;

	for (size_t i = 0; i < list->count; i++) {
		size_t n;
		const unsigned char *der = certificate_der(list->items[i], &n);

		if (buffer_append(out, der, n, e) != 0) {
			buffer_cut(out, before);
			return -1;
		}
	}
	return 0;
}

int
certificate_write_pem(const struct certificate *c, struct buffer *out, struct error *e)
{
	size_t n;
	const unsigned char *der = certificate_der(c, &n);

	return pem_write(PEM_STRING_X509, der, n, out, e);
}
