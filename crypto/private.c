/* SPDX-License-Identifier: BSD-2-Clause */

#include <limits.h>

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

/* An empty buffer has no octets at all to point to, which the library would take for a fault. */
BIO *
text_bio(const void *data, size_t n)
{
	return n > INT_MAX ? NULL : BIO_new_mem_buf(n == 0 ? "" : data, (int)n);
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
