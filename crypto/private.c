/* SPDX-License-Identifier: BSD-2-Clause */

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "crypto/private.h"

bool
crypto_out_of_memory(void)
{
	unsigned long code;
	bool no_memory = false;

	while ((code = ERR_get_error()) != 0)
		no_memory = no_memory || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
	return no_memory;
}

int
crypto_fail(struct error *e, enum error_code code, const char *what)
{
	return error_set(e, crypto_out_of_memory() ? ERROR_NO_MEMORY : code, "%s", what);
}

int
pem_write(const char *name, const unsigned char *der, size_t n, struct buffer *out, struct error *e)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long size;
	int rc;

	if (bio == NULL || PEM_write_bio(bio, name, "", der, (long)n) <= 0 || (size = BIO_get_mem_data(bio, &text)) < 0)
		rc = crypto_fail(e, ERROR_NO_MEMORY, "cannot write PEM");
	else
		rc = buffer_append(out, text, (size_t)size, e);
	BIO_free(bio);
	return rc;
}
