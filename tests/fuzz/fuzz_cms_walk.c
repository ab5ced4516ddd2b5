/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any octets as a CMS object: refused as malformed or too large, or read: then the same in small pieces, its content
 * has the size that the shape says, and OpenSSL reads it too: the same type, signers, recipients and content.
 */

#include <stdio.h>
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

/* ---- beside OpenSSL ---- */

static int
nid_of(enum cms_type type)
{
	switch (type) {
	case CMS_SIGNED:
		return NID_pkcs7_signed;
	case CMS_ENVELOPED:
		return NID_pkcs7_enveloped;
	case CMS_AUTH_ENVELOPED:
		return NID_id_smime_ct_authEnvelopedData;
	case CMS_COMPRESSED:
		return NID_id_smime_ct_compressedData;
	default:
		return NID_undef;
	}
}

/* RecipientInfos as we count them: each RecipientEncryptedKey of a key agreement. */
static size_t
recipients_of(CMS_ContentInfo *cms)
{
	STACK_OF(CMS_RecipientInfo) *list = CMS_get0_RecipientInfos(cms);
	size_t count = 0;

	for (int i = 0; i < sk_CMS_RecipientInfo_num(list); i++) {
		CMS_RecipientInfo *ri = sk_CMS_RecipientInfo_value(list, i);

		if (CMS_RecipientInfo_type(ri) == CMS_RECIPINFO_AGREE)
			count += (size_t)sk_CMS_RecipientEncryptedKey_num(CMS_RecipientInfo_kari_get0_reks(ri));
		else
			count++;
	}
	return count;
}

static void
compare(CMS_ContentInfo *cms, const struct cms_shape *s, const struct buffer *content)
{
	ASN1_OCTET_STRING **theirs = CMS_get0_content(cms);
	int signers = s->type == CMS_SIGNED ? sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms)) : 0;

	if (OBJ_obj2nid(CMS_get0_type(cms)) != nid_of(s->type))
		abort();
	if ((signers < 0 ? 0 : (size_t)signers) != s->signer_count)
		abort();
	if ((s->type == CMS_ENVELOPED || s->type == CMS_AUTH_ENVELOPED) && recipients_of(cms) != s->recipient_count)
		abort();
	if ((theirs != NULL && *theirs != NULL) != s->has_content)
		abort();
	if (s->has_content && ((size_t)ASN1_STRING_length(*theirs) != content->size ||
	    (content->size != 0 && memcmp(ASN1_STRING_get0_data(*theirs), content->data, content->size) != 0)))
		abort();
}

/* Is there nothing in the object that we would not try? */
static bool
is_usable(const struct cms_shape *s)
{
	bool usable = s->unusable == NULL;

	for (size_t i = 0; i < s->recipient_count; i++)
		usable = usable && s->recipients[i].unusable == NULL;
	for (size_t i = 0; i < s->signer_count; i++)
		usable = usable && s->signers[i].digest != DIGEST_NONE && s->signers[i].scheme != SIGNATURE_UNKNOWN;
	return usable;
}

/*
 * Fields that OpenSSL takes apart and we do not: names (issuer and serial number) are compared by their octets, certificates are counted as bad
 * ones, the next ones are of no use to us, attributes are judged with the signature; what is no algorithm is one that
 * we would not try, and the same goes for the key of an originator.  OpenSSL 3.0 numbers both kinds of attributes of
 * AuthEnvelopedData wrongly, and so meets something else where it looks for the MAC or the end.
 */
static bool
is_opaque_to_us(const char *error_data, const struct cms_shape *s)
{
	static const struct {
		const char *field;
		bool though_usable;
	} fields[] = { { "Field=issuer,", true }, { "Field=serialNumber,", true }, { "Field=certificates,", true }, { "Field=crls,", true },
		{ "Field=unsignedAttrs,", true }, { "Field=unprotectedAttrs,", true }, { "Field=unauthAttrs,", true },
		{ "Field=originatorInfo,", true }, { "Field=digestAlgorithms,", true }, { "Field=signedAttrs,", true },
		{ "Field=authAttrs,", true }, { "Field=mac,", true },
		{ "Type=CMS_AuthEnvelopedData", true }, { "Field=contentEncryptionAlgorithm,", false },
		{ "Field=keyEncryptionAlgorithm,", false }, { "Field=digestAlgorithm,", false },
		{ "Field=signatureAlgorithm,", false }, { "Field=compressionAlgorithm,", false }, { "Field=d.kekri,", false },
		{ "Field=d.pwri,", false }, { "Field=d.ori,", false }, { "Field=d.originatorKey,", false } };

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (strstr(error_data, fields[i].field) != NULL &&
		    (strncmp(error_data, "Field", 5) == 0) == (strncmp(fields[i].field, "Field", 5) == 0))
			return fields[i].though_usable || !is_usable(s);
	return false;
}

/* Did OpenSSL refuse the object for something in such a field?  Empties its queue. */
static bool
refused_what_is_opaque(const struct cms_shape *s)
{
	bool opaque = false;
	const char *data;
	int flags;

	while (ERR_get_error_all(NULL, NULL, NULL, &data, &flags) != 0) {
		opaque = opaque || ((flags & ERR_TXT_STRING) != 0 && is_opaque_to_us(data, s));
		if (getenv("FUZZ_SAY") != NULL)
			fprintf(stderr, "OpenSSL: %s\n", data);
	}
	return opaque;
}

/* What we read, OpenSSL reads, too, and reads the same. */
static void
beside_openssl(const unsigned char *data, size_t size, const struct cms_shape *s, const struct buffer *content)
{
	const unsigned char *p = data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)size);

	if (cms != NULL) {
		if (p != data + size)
			abort();
		compare(cms, s, content);
	} else if (!refused_what_is_opaque(s)) {
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
	if (s->type != CMS_OTHER)
		beside_openssl(data, size, s, &content);
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
