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

/* OpenSSL ends the lines of base64 by LF whatever it is told. */
static struct buffer
with_crlf(struct buffer take)
{
	struct buffer out = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < take.size; i++) {
		if (take.data[i] == '\n' && (i == 0 || take.data[i - 1] != '\r'))
			expect_ok(buffer_append_char(&out, '\r', &e));
		expect_ok(buffer_append_char(&out, take.data[i], &e));
	}
	buffer_done(&take);
	return out;
}

static struct buffer
write_cms(CMS_ContentInfo *take, BIO *content, int flags)
{
	BIO *out = BIO_new(BIO_s_mem());

	ck_assert_ptr_nonnull(take);
	ck_assert_int_eq(SMIME_write_CMS(out, take, content, flags | CMS_CRLFEOL), 1);
	CMS_ContentInfo_free(take);
	BIO_free(content);
	return with_crlf(take_bio(out));
}

struct buffer
openssl_signed(const struct buffer *entity, const struct forged *by, bool opaque)
{
	BIO *in = BIO_new_mem_buf(entity->data, (int)entity->size);
	int flags = CMS_BINARY | (opaque ? 0 : CMS_DETACHED | CMS_STREAM);

	return write_cms(CMS_sign(by->x509, by->pkey, NULL, in, (unsigned)flags), in, flags);
}

struct buffer
openssl_encrypted(const struct buffer *entity, const struct forged *to, const EVP_CIPHER *cipher)
{
	BIO *in = BIO_new_mem_buf(entity->data, (int)entity->size);
	STACK_OF(X509) *list = sk_X509_new_null();
	CMS_ContentInfo *cms;

	ck_assert_int_gt(sk_X509_push(list, to->x509), 0);
	cms = CMS_encrypt(list, in, cipher, CMS_BINARY);
	sk_X509_free(list);
	return write_cms(cms, in, CMS_BINARY);
}
