/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any octets as SignedData, detached from a fixed text and opaque: judged or
 * refused.  What is valid has a signer, and stays valid when it is judged again
 * with other certificates at hand; over another text it is not.  What is valid is
 * valid to OpenSSL, and what is valid to OpenSSL is not called forged or altered.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>

#include "crypto/cms_verify.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char text[] = "Content-Type: text/plain\r\n\r\nhello\r\n";
static const char other[] = "Content-Type: text/plain\r\n\r\nHello\r\n";

/* Its own CMS cannot do Ed25519 before 3.5. */
static bool
openssl_can(const struct cms_shape *shape)
{
	for (size_t i = 0; i < shape->signer_count; i++)
		if (shape->signers[i].scheme == SIGNATURE_ED25519)
			return false;
	return true;
}

/* `content` NULL: that of the object. */
static void
beside_openssl(const unsigned char *data, size_t size, const char *content, enum signature_status ours)
{
	const unsigned char *p = data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)size);
	BIO *in = content == NULL ? NULL : BIO_new_mem_buf(content, (int)strlen(content));
	bool valid = cms != NULL && CMS_verify(cms, NULL, NULL, in, NULL, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1;

	if (cms != NULL && ours == SIGNATURE_VALID && !valid) {
		ERR_print_errors_fp(stderr);
		abort();
	}
	if (valid && (ours == SIGNATURE_INVALID || ours == SIGNATURE_DIGEST_DIFFERS))
		abort();
	BIO_free(in);
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
}

static enum signature_status
judge(const struct cms_shape *shape, bool detached, const void *content, size_t n, const struct certificates *more)
{
	struct memory_source memory;
	struct source source = memory_source(&memory, content, n);
	struct signature_facts f;
	enum signature_status status;

	if (cms_verify(shape, detached, &source, more, &f, NULL) != 0)
		abort();
	status = f.status;
	if (status == SIGNATURE_VALID && (f.signer == NULL || f.detail != NULL))
		abort();
	if (status != SIGNATURE_VALID && f.encryption != NULL)
		abort();
	if (strcmp(signature_status_word(status), "unknown") == 0)
		abort();
	/* a rule and not the mathematics: the certificate is not the one that was signed with (RFC 5035), OpenSSL does not ask */
	if (status == SIGNATURE_INVALID && f.detail != NULL)
		status = SIGNATURE_UNSUPPORTED;
	signature_facts_done(&f);
	return status;
}

static void
judge_opaque(const struct cms_shape *shape, const unsigned char *data, size_t size)
{
	struct buffer content = BUFFER_INIT(64 * 1024 * 1024);
	struct sink sink = buffer_sink(&content);
	struct memory_source memory;
	struct source source = memory_source(&memory, data, size);
	enum signature_status status;

	if (cms_copy_content(&source, &sink, NULL) == 0) {
		if (content.size != shape->content_size)
			abort();
		status = judge(shape, false, buffer_text(&content), content.size, NULL);
		if (openssl_can(shape))
			beside_openssl(data, size, NULL, status);
	}
	buffer_done(&content);
}

static void
judge_detached(const struct cms_shape *shape, const unsigned char *data, size_t size)
{
	enum signature_status status = judge(shape, true, text, strlen(text), NULL);

	if (status == SIGNATURE_VALID &&
	    (judge(shape, true, text, strlen(text), &shape->certificates) != SIGNATURE_VALID ||
	        judge(shape, true, other, strlen(other), NULL) != SIGNATURE_DIGEST_DIFFERS))
		abort();
	if (openssl_can(shape) && !shape->has_content)
		beside_openssl(data, size, text, status);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct memory_source memory;
	struct source source = memory_source(&memory, data, size);
	struct cms_shape *shape = NULL;

	if (cms_walk(&source, NULL, &shape, NULL) != 0)
		return 0;
	if (shape->type == CMS_SIGNED) {
		judge_detached(shape, data, size);
		if (shape->has_content)
			judge_opaque(shape, data, size);
	}
	cms_shape_free(shape);
	return 0;
}
