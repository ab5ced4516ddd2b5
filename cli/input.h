/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "base/error.h"
#include "base/secret.h"
#include "crypto/certificate.h"

/* Files that a command names; "-" is standard input. */

/* input_certificates(path, list, e): every certificate of a PEM or DER file, or of a certs-only CMS; appended. */
int input_certificates(const char *path, struct certificates *list, struct error *e);

/*
 * input_secret(path, out, e): a file that may hold a private key, whole, into pages that are wiped.  Unlike a
 * passphrase file it may be readable by others (it came from elsewhere): that is said on standard error.
 */
int input_secret(const char *path, struct secret *out, struct error *e);

/* input_passphrase(file, prompt, out, e): from a private file, or from the terminal when `file` is NULL. */
int input_passphrase(const char *file, const char *prompt, struct secret *out, struct error *e);

#endif
