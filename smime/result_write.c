/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "smime/result_field.h"

/* Long enough for real names of issuers, short enough for a line (RFC 5322 2.1.1). */
#define ISSUER_MAX 700

static bool
is_token(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s == 0x7f || strchr("()<>@,;:\\\"/[]?=", *s) != NULL)
			return false;
	return true;
}

/* A quoted-string (RFC 5322 3.2.4); control characters have no place in it. */
static int
write_quoted(const char *s, struct buffer *out, struct error *e)
{
	if (buffer_append_char(out, '"', e) != 0)
		return -1;
	for (; *s != '\0'; s++) {
		char c = (unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s;

		if ((c == '"' || c == '\\') && buffer_append_char(out, '\\', e) != 0)
			return -1;
		if (buffer_append_char(out, c, e) != 0)
			return -1;
	}
	return buffer_append_char(out, '"', e);
}

static int
write_value(const char *s, struct buffer *out, struct error *e)
{
	return is_token(s) ? buffer_append_text(out, s, e) : write_quoted(s, out, e);
}

static int
write_property(const char *type, const char *name, const char *value, struct buffer *out, struct error *e)
{
	if (buffer_append_format(out, e, "\n %s.%s=", type, name) != 0)
		return -1;
	return write_value(value, out, e);
}

/*
 * RFC 8601 2.2: what identifies an address is local-part "@" domain-name, not a
 * quoted-string; an address that needs quotes is left out.
 */
static bool
is_plain_address(const char *s)
{
	const char *at = strrchr(s, '@');

	if (at == NULL || at == s || at[1] == '\0')
		return false;
	for (; *s != '\0'; s++)
		if (s != at && (*s <= ' ' || *s == 0x7f || strchr("()<>@,;:\\\"[]", *s) != NULL))
			return false;
	return true;
}

/* A name in RFC 4514 form within ASCII: other octets become its "\XX". */
static int
escape_name(const char *name, struct buffer *out, struct error *e)
{
	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;

		if (c < ' ' || c >= 0x7f) {
			if (buffer_append_format(out, e, "\\%02X", (unsigned)c) != 0)
				return -1;
		} else if (buffer_append_char(out, *name, e) != 0) {
			return -1;
		}
	}
	return 0;
}

/* RFC 7281 3.2.3: both or neither. */
static int
write_certificate(const struct result_line *line, struct buffer *out, struct error *e)
{
	struct buffer issuer = BUFFER_INIT(ISSUER_MAX);
	int rc = -1;

	if (line->serial == NULL || line->issuer == NULL)
		return 0;
	if (escape_name(line->issuer, &issuer, NULL) != 0) {
		rc = 0;
		goto out;
	}
	if (write_property("body", "smime-serial", line->serial, out, e) != 0 ||
	    write_property("body", "smime-issuer", buffer_text(&issuer), out, e) != 0)
		goto out;
	rc = 0;
out:
	buffer_done(&issuer);
	return rc;
}

static int
write_line(const struct result_line *line, struct buffer *out, struct error *e)
{
	if (buffer_append_format(out, e, ";\n smime=%s", line->result) != 0)
		return -1;
	if (line->reason != NULL) {
		if (buffer_append_text(out, " reason=", e) != 0 || write_quoted(line->reason, out, e) != 0)
			return -1;
	}
	if (line->identifier != NULL && is_plain_address(line->identifier)) {
		if (buffer_append_format(out, e, "\n body.smime-identifier=%s", line->identifier) != 0)
			return -1;
	}
	if (write_certificate(line, out, e) != 0)
		return -1;
	if (line->domain != NULL && write_property("policy", "domain-signature", line->domain, out, e) != 0)
		return -1;
	return line->part == NULL ? 0 : write_property("body", "smime-part", line->part, out, e);
}

int
result_field_write(const char *authserv_id, const struct result_line *lines, size_t n, struct buffer *out,
    struct error *e)
{
	if (buffer_append_char(out, ' ', e) != 0 || write_value(authserv_id, out, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (write_line(&lines[i], out, e) != 0)
			return -1;
	return n > 0 ? 0 : buffer_append_text(out, "; none", e);
}
