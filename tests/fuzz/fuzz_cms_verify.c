/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any octets as SignedData, detached from a fixed text and opaque: judged or
 * refused.  What is valid has a signer, and stays valid when it is judged again
 * with other certificates at hand; over another text it is not.
 */

#include <stdlib.h>
#include <string.h>

#include "crypto/cms_verify.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char text[] = "Content-Type: text/plain\r\n\r\nhello\r\n";
static const char other[] = "Content-Type: text/plain\r\n\r\nHello\r\n";

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

	if (cms_copy_content(&source, &sink, NULL) == 0) {
		if (content.size != shape->content_size)
			abort();
		judge(shape, false, buffer_text(&content), content.size, NULL);
	}
	buffer_done(&content);
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
		if (judge(shape, true, text, strlen(text), NULL) == SIGNATURE_VALID &&
		    (judge(shape, true, text, strlen(text), &shape->certificates) != SIGNATURE_VALID ||
		        judge(shape, true, other, strlen(other), NULL) != SIGNATURE_DIGEST_DIFFERS))
			abort();
		if (shape->has_content)
			judge_opaque(shape, data, size);
	}
	cms_shape_free(shape);
	return 0;
}
