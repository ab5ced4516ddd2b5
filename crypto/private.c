/* SPDX-License-Identifier: BSD-2-Clause */

#include <openssl/err.h>

#include "crypto/private.h"

int
crypto_fail(struct error *e, enum error_code code, const char *what)
{
	ERR_clear_error();
	return error_set(e, code, "%s", what);
}
