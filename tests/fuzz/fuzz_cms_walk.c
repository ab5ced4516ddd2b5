/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any octets as a CMS object: refused as malformed or too large, or read: then the same in small pieces, its content
 * has the size that the shape says, and where OpenSSL reads it too, it reads the same content.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>

#include "crypto/cms_walk.h"

#define CONTENT_MAX (16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* A source of at most seven octets a read. */
static ssize_t
read_little(void *ctx, void *to, size_t max, struct error *e)
{
	struct memory_source *m = ctx;
	size_t n = m->size - m->position;

	(void)e;
	if (n > max)
		n = max;
	if (n > 7)
		n = 7;
	if (n != 0)
		memcpy(to, m->data + m->position, n);
	m->position += n;
	return (ssize_t)n;
}

static void
in_small_pieces(const unsigned char *data, size_t size, const struct cms_shape *whole)
{
	struct memory_source m = { data, size, 0 };
	struct source source = { read_little, &m };
	struct cms_shape *s = NULL;
	struct error e = ERROR_INIT;

	if (cms_walk(&source, NULL, &s, &e) != 0)
		abort();
	if (s->type != whole->type || s->content_size != whole->content_size ||
	    s->recipient_count != whole->recipient_count || s->signer_count != whole->signer_count ||
	    s->certificates.count != whole->certificates.count || s->cipher != whole->cipher ||
	    (s->unusable == NULL) != (whole->unusable == NULL))
		abort();
	cms_shape_free(s);
}

static void
beside_openssl(const unsigned char *data, size_t size, const struct buffer *content)
{
	const unsigned char *p = data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)size);
	ASN1_OCTET_STRING **theirs = cms == NULL ? NULL : CMS_get0_content(cms);

	if (theirs != NULL && *theirs != NULL && p == data + size) {
		if ((size_t)ASN1_STRING_length(*theirs) != content->size)
			abort();
		if (content->size != 0 && memcmp(ASN1_STRING_get0_data(*theirs), content->data, content->size) != 0)
			abort();
	}
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
}

static void
content_of(const unsigned char *data, size_t size, const struct cms_shape *s)
{
	struct memory_source m;
	struct source source = memory_source(&m, data, size);
	struct buffer content = BUFFER_INIT(CONTENT_MAX);
	struct sink sink = buffer_sink(&content);
	struct error e = ERROR_INIT;
	int rc = cms_copy_content(&source, &sink, &e);

	if ((rc == 0) != (s->has_content && s->type != CMS_OTHER) || content.size != s->content_size)
		abort();
	if (s->has_content)
		beside_openssl(data, size, &content);
	buffer_done(&content);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct memory_source m;
	struct source source = memory_source(&m, data, size);
	struct cms_shape *s = NULL;
	struct error e = ERROR_INIT;

	if (cms_walk(&source, NULL, &s, &e) != 0) {
		if (s != NULL || ERR_peek_error() != 0 ||
		    (e.code != ERROR_CMS_SYNTAX && e.code != ERROR_TOO_LARGE && e.code != ERROR_TOO_DEEP))
			abort();
		return 0;
	}
	in_small_pieces(data, size, s);
	content_of(data, size, s);
	cms_shape_free(s);
	return 0;
}
