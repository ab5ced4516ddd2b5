/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMIME_RESULT_FIELD_H
#define SMIME_RESULT_FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

/*
 * The Authentication-Results field (RFC 8601, RFC 7281): ours written, forged
 * ones found.
 */
struct result_line {
	const char *result;            /* "pass", "fail", … */
	const char *reason;            /* NULL: none */
	const char *identifier;        /* local-part@domain; NULL: none */
	const char *domain;            /* whose agent signed for the author (RFC 3183); NULL: none did */
	const char *part;              /* IMAP section; NULL: none */
	const char *serial, *issuer;   /* together, for certificates without address; NULL: none */
};

/* result_field_write(authserv_id, lines, n, out, e): the field's value, folded with LF and a space, leading space included. */
int result_field_write(const char *authserv_id, const struct result_line *lines, size_t n, struct buffer *out,
    struct error *e);

/*
 * What is to become of an Authentication-Results value that came with a message: parsed through CFWS and quoted
 * strings, the id compared without case and in A-label form.
 */
enum result_field_judgement {
	RESULT_FIELD_FOREIGN,  /* another id: keep */
	RESULT_FIELD_OURS,     /* our id (when shared: with an smime result): remove */
	RESULT_FIELD_UNREADABLE, /* cannot be parsed and our id occurs in it: remove */
};
enum result_field_judgement result_field_judge(const char *value, size_t n, const char *authserv_id, bool shared);

#endif
