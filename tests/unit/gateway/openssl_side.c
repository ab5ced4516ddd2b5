/* SPDX-License-Identifier: BSD-2-Clause */

#include <openssl/cms.h>

#include "tests/unit/gateway/openssl_side.h"

#define ROOM ((size_t)64 * 1024 * 1024)

static struct buffer
take_bio(BIO *bio)
{
	struct buffer b = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;
	char *data;
	long n = BIO_get_mem_data(bio, &data);

	expect_ok(buffer_append(&b, data, (size_t)n, &e));
	BIO_free(bio);
	return b;
}

struct buffer
openssl_verified(const struct buffer *text, const struct forged *by, const char *name)
{
	BIO *in = BIO_new_mem_buf(text->data, (int)text->size), *part = NULL, *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = SMIME_read_CMS(in, &part);
	STACK_OF(X509) *signers;

	ck_assert_msg(cms != NULL, "%s: OpenSSL reads no S/MIME", name);
	ck_assert_msg(CMS_verify(cms, NULL, NULL, part, out, CMS_NO_SIGNER_CERT_VERIFY) == 1, "%s", name);
	signers = CMS_get0_signers(cms);
	ck_assert_int_eq(X509_cmp(sk_X509_value(signers, 0), by->x509), 0);
	sk_X509_free(signers);
	CMS_ContentInfo_free(cms);
	BIO_free(part);
	BIO_free(in);
	return take_bio(out);
}

struct buffer
openssl_decrypted(const struct buffer *text, const struct forged *to, const char *name)
{
	BIO *in = BIO_new_mem_buf(text->data, (int)text->size), *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = SMIME_read_CMS(in, NULL);

	ck_assert_msg(cms != NULL, "%s: OpenSSL reads no S/MIME", name);
	ck_assert_msg(CMS_decrypt(cms, to->pkey, to->x509, NULL, out, CMS_BINARY) == 1, "%s", name);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	return take_bio(out);
}
