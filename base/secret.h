/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>

#include "base/error.h"

/* Key material and passwords: never copied by accident, kept out of core dumps, wiped when done. */
struct secret {
	unsigned char *data;
	size_t size; /* a holder may make it smaller */
	size_t room; /* octets mapped */
};

#define SECRET_INIT { NULL, 0, 0 }
#define SECRET_MAX 65536 /* a PKCS#8 of RSA-8192 is under 5 KiB; a PEM chain with key under 64 KiB */

/* secret_init(s, size, e): zeroed room of `size` octets (1 to SECRET_MAX) in pages of its own: locked, no dump. */
int secret_init(struct secret *s, size_t size, struct error *e);

/* secret_copy(s, from, n, e): secret_init() and fill. */
int secret_copy(struct secret *s, const void *from, size_t n, struct error *e);

/* secret_done(s): wipe and free; NULL and empty are fine, and it may be called twice. */
void secret_done(struct secret *s);

/* secret_equal(a, b): constant time in the content. */
int secret_equal(const struct secret *a, const struct secret *b);

/*
 * secret_read_file(path, s, e): a secret from a file that only its owner may
 * read (ERROR_PERMISSIONS otherwise).  A single final line end is not part of
 * it.  The file is opened once and checked by descriptor.
 */
int secret_read_file(const char *path, struct secret *s, struct error *e);

/* secret_read_fd(fd, s, e): the same from a descriptor, to its end, without the check. */
int secret_read_fd(int fd, struct secret *s, struct error *e);

/* secret_prompt(prompt, s, e): from the terminal, without echo.  ERROR_USAGE if there is none. */
int secret_prompt(const char *prompt, struct secret *s, struct error *e);

#endif
